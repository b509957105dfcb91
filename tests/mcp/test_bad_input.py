"""The numbered bad inputs on tool arguments: a clear error, nothing sent, nothing spent, nothing lost.

The provider is reached over HTTP and writes down every request, so that "nothing sent" is seen there.
"""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest

from songwright.errors import InvalidRequest
from songwright.mcp.tools.arguments import CustomArguments
from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, LYRICS, Door, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio

Arguments = dict[str, Any]


@asynccontextmanager
async def untouched(
    folder: Path, provider: Literal["aivideoapi", "aimusicapi"] = "aivideoapi"
) -> AsyncGenerator[Door]:
    """A door behind which the provider hears nothing at all."""
    async with open_paid_door(folder, provider) as door:
        yield door
        assert door.requests is not None
        assert door.requests.requests == []
        assert (await door.told("list_tracks")).get("tasks") is None


async def refusal(door: Door, tool: str, arguments: Arguments) -> dict[str, str]:
    """The problems that a call is refused with, by argument."""
    result = await door.call(tool, **arguments)
    error = content(result)["error"]
    assert result.is_error
    assert content(result)["status"] == "error"
    assert (error["code"], error["type"]) == ("invalid_request", "invalid_request_error")
    assert (error["spent"], error["retryable"]) == ("nothing", False)
    assert "task_id" not in content(result)
    for problem in error["problems"]:
        assert problem["message"] in text(result)
    return {problem["field"]: problem["message"] for problem in error["problems"]}


def custom(**changes: Any) -> Arguments:
    """The usual song with changes; None leaves an argument out."""
    return {name: value for name, value in {**CUSTOM, **changes}.items() if value is not None}


async def test_bad_input_01_an_unknown_argument_is_named_with_the_nearest_real_one(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "a waltz", "instrumntal": True})
        assert told == {"instrumntal": "there is no argument instrumntal; did you mean instrumental?"}
        told = await refusal(door, "generate_custom_song", custom(duration=180))
        assert "there is no argument duration; there are title, style, lyrics" in told["duration"]
        told = await refusal(door, "get_task", {"taskid": "x"})
        assert told["taskid"] == "there is no argument taskid; did you mean task_id?"
        assert told["task_id"] == "task_id is missing."
        told = await refusal(door, "check_credits", {"provider": "aivideoapi"})
        assert told == {"provider": "there is no argument provider; there are none."}


@pytest.mark.parametrize("prompt", ["", " \n\t ", "\u200b\u200b"])
async def test_bad_input_02_an_empty_prompt_is_refused(tmp_path: Path, prompt: str) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": prompt})
        assert told == {"prompt": "prompt is empty: describe the song in a sentence."}


async def test_bad_input_02_a_missing_prompt_is_refused(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        assert await refusal(door, "generate_song", {}) == {"prompt": "prompt is missing."}


async def test_bad_input_03_texts_over_the_limits_of_aivideoapi_are_refused_with_their_length(
    tmp_path: Path,
) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "x" * 501})
        assert told["prompt"] == "prompt has 501 characters, 1 over the 500 that aivideoapi takes."
        long = custom(lyrics="la " * 1000 + "x", title="t" * 81, style="s" * 201, negative_tags="n" * 202)
        assert await refusal(door, "generate_custom_song", long) == {
            "title": "title has 81 characters, 1 over the 80 that aivideoapi takes.",
            "style": "style has 201 characters, 1 over the 200 that aivideoapi takes.",
            "lyrics": "lyrics has 3001 characters, 1 over the 3000 that aivideoapi takes.",
            "negative_tags": "negative_tags has 202 characters, 2 over the 200 that aivideoapi takes.",
        }


async def test_bad_input_03_texts_at_the_limits_are_sent(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        full = custom(lyrics="la " * 999 + "lah", title="t" * 80, style="s" * 200, negative_tags="n" * 200)
        assert not (await door.call("generate_custom_song", **full)).is_error
        assert not (await door.call("generate_song", prompt="x" * 500)).is_error
        assert door.charged == 2


async def test_bad_input_03_over_the_limits_at_aimusicapi_is_a_notice(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        result = await door.call("generate_custom_song", **custom(title="t" * 81, lyrics="la " * 1100))
        assert not result.is_error
        for words in ("title has 81 characters, 1 over the 80", "lyrics has 3300 characters, 300 over the"):
            assert words in content(result)["notice"]
            assert words in text(result)
        assert door.charged == 1


async def test_bad_input_04_characters_are_counted_in_utf16_units_after_crlf_became_lf(
    tmp_path: Path,
) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "🎸" * 250 + "x"})
        assert told["prompt"].startswith("prompt has 501 characters")
        combining = "e\u0301" * 250
        told = await refusal(door, "generate_song", {"prompt": combining + "x"})
        assert told["prompt"].startswith("prompt has 501 characters")
    async with open_paid_door(tmp_path / "sent") as door:
        assert not (await door.call("generate_song", prompt="🎸" * 250)).is_error
        lines = "la\r\n" * 1000  # 4,000 as it came, 3,000 as it counts
        assert not (await door.call("generate_custom_song", **custom(lyrics=lines))).is_error


@pytest.mark.parametrize(
    ("text", "name"), [("a\x00b", "U+0000"), ("a\x1b[31mb", "U+001B"), ("a\x85b", "U+0085")]
)
async def test_bad_input_05_control_characters_are_refused(tmp_path: Path, text: str, name: str) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": text})
        assert told == {"prompt": f"prompt holds the control character {name}: remove it."}
        told = await refusal(door, "generate_custom_song", custom(title=text, lyrics=text))
        assert set(told) == {"title", "lyrics"}


async def test_bad_input_05_a_lone_surrogate_is_refused(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "a \ud83c song"})
        assert set(told) == {"prompt"}


async def test_bad_input_06_direction_marks_go_and_joiners_stay(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        persian = "می\u200cخواهم 👩\u200d🎤\tla\nla"
        result = await door.call(
            "generate_custom_song", **custom(title="\u202eevil\u2066 \u200bname", lyrics=persian)
        )
        assert "Invisible characters were removed from title." in content(result)["notice"]
        assert "lyrics" not in content(result)["notice"]
        sent = door.sandbox.ledger.orders()[0].wanted
        assert sent.title == "evil name"
        assert sent.text == persian


@pytest.mark.parametrize(
    ("tool", "arguments", "field", "right"),
    [
        ("list_tracks", {"limit": "3"}, "limit", "a whole number"),
        ("list_tracks", {"limit": True}, "limit", "a whole number"),
        ("list_tracks", {"limit": 2.5}, "limit", "a whole number"),
        ("get_task", {"task_id": "abc", "wait_seconds": "10"}, "wait_seconds", "a whole number"),
        ("get_task", {"task_id": 7}, "task_id", "a text"),
        ("get_task", {"task_id": "abc", "include_lyrics": 1}, "include_lyrics", "true or false"),
        ("generate_song", {"prompt": "a waltz", "instrumental": "yes"}, "instrumental", "true or false"),
        ("generate_song", {"prompt": "a waltz", "another_take": 1}, "another_take", "true or false"),
        ("generate_song", {"prompt": ["a waltz"]}, "prompt", "a text"),
        ("generate_song", {"prompt": {"text": "a waltz"}}, "prompt", "a text"),
        ("generate_custom_song", {**CUSTOM, "style_weight": "0.5"}, "style_weight", "a number"),
        ("generate_custom_song", {**CUSTOM, "style_weight": True}, "style_weight", "a number"),
    ],
)
async def test_bad_input_07_types_are_strict_and_told_in_plain_words(
    tmp_path: Path, tool: str, arguments: Arguments, field: str, right: str
) -> None:
    async with untouched(tmp_path) as door:
        assert await refusal(door, tool, arguments) == {field: f"{field} must be {right}."}


@pytest.mark.parametrize("weight", [1.0001, -0.0001, 2, -1, 1e308])
async def test_bad_input_08_a_weight_that_is_no_share_is_refused(tmp_path: Path, weight: float) -> None:
    async with untouched(tmp_path) as door:
        for name in ("style_weight", "weirdness_constraint", "audio_weight"):
            assert set(await refusal(door, "generate_custom_song", custom(**{name: weight}))) == {name}


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_bad_input_08_a_weight_that_is_no_number_is_refused(weight: str) -> None:
    """Read as a transport reads it: the client of the tests would send null instead."""
    with pytest.raises(InvalidRequest) as refused:
        CustomArguments.read({**CUSTOM, "style_weight": json.loads(weight)}, {})
    assert [problem.message for problem in refused.value.problems] == ["style_weight must be a number."]


async def test_bad_input_08_minus_zero_is_zero(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        await door.order(style_weight=-0.0, weirdness_constraint=0, audio_weight=1)
        sent = door.sandbox.ledger.orders()[0].wanted.request["input"]
        assert str(sent["style_weight"]) == "0.0"
        assert sent["audio_weight"] == 1.0


async def test_bad_input_09_an_unknown_voice_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_custom_song", custom(vocal_gender="robot"))
        assert told == {"vocal_gender": "vocal_gender must be m or f."}


@pytest.mark.parametrize("model", ["x" * 10_240, "suno\nv5", "suno\x00v5", "süno"])
async def test_bad_input_10_a_model_name_that_is_none_is_refused(tmp_path: Path, model: str) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "a waltz", "model": model})
        assert told == {"model": "model must be a name of at most 100 plain characters."}


async def test_bad_input_11_what_custom_mode_needs_is_named_all_at_once(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        assert set(await refusal(door, "generate_custom_song", {})) == {"title", "style"}
        told = await refusal(door, "generate_custom_song", {"title": " ", "style": "", "lyrics": " "})
        assert set(told) == {"title", "style", "lyrics"}
        told = await refusal(door, "generate_custom_song", custom(lyrics=None))
        assert told == {
            "lyrics": "lyrics are missing: give them, or set instrumental=true for a song without words."
        }


async def test_bad_input_12_custom_fields_in_simple_mode_are_refused_and_the_right_tool_is_named(
    tmp_path: Path,
) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_song", {"prompt": "a waltz", "style": "folk", "lyrics": LYRICS})
        for name in ("style", "lyrics"):
            assert told[name] == f"there is no argument {name} here; generate_custom_song has it."


async def test_bad_input_13_instrumental_with_lyrics_is_refused(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "generate_custom_song", custom(instrumental=True))
        assert told == {
            "instrumental": "instrumental=true and lyrics exclude each other: leave out one of the two."
        }


async def test_bad_input_13_instrumental_with_blank_lyrics_is_an_instrumental(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        await door.order(instrumental=True, lyrics=" \n ")
        sent = door.sandbox.ledger.orders()[0].wanted.request["input"]
        assert sent["instrumental"] is True
        assert not sent.get("prompt")


@pytest.mark.parametrize(
    "task_id", ["../../x", "x" * 10_240, "", "a b", "a\x00b", "☃☃☃", "%2e%2e", "unheard-of-id"]
)
async def test_bad_input_14_an_id_that_nobody_knows_is_not_found(tmp_path: Path, task_id: str) -> None:
    async with open_paid_door(tmp_path) as door:
        result = await door.call("get_task", task_id=task_id)
        error = content(result)["error"]
        assert result.is_error
        assert (error["code"], error["spent"], error["retryable"]) == ("task_not_found", "nothing", False)
        assert error["message"] == "No task or track has that id."
        assert "list_tracks" in error["fix"]
        assert door.requests is not None
        assert len(door.requests.requests) == (1 if task_id == "unheard-of-id" else 0)


async def test_bad_input_15_a_wait_that_is_too_long_is_cut_with_a_notice(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        task_id = (await door.finished())["task_id"]
        result = await door.call("get_task", task_id=task_id, wait_seconds=1_000_000_000)
        assert "wait_seconds was taken as 45, the most." in content(result)["notice"]
        assert "wait_seconds was taken as 45, the most." in text(result)


async def test_bad_input_15_a_negative_wait_is_refused(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        told = await refusal(door, "get_task", {"task_id": "abc", "wait_seconds": -1})
        assert told == {"wait_seconds": "wait_seconds must be 0 to 45."}


@pytest.mark.parametrize("limit", [0, -1, 51, 1_000_000_000])
async def test_bad_input_16_a_limit_out_of_range_is_refused(tmp_path: Path, limit: int) -> None:
    async with untouched(tmp_path) as door:
        assert await refusal(door, "list_tracks", {"limit": limit}) == {"limit": "limit must be 1 to 50."}


@pytest.mark.parametrize("cursor", ["x", "AAAA", "../..", "x" * 10_000, "eyJhIjoxfQ", "\u202e"])
async def test_bad_input_16_a_bad_cursor_is_refused(tmp_path: Path, cursor: str) -> None:
    async with untouched(tmp_path) as door:
        result = await door.call("list_tracks", cursor=cursor)
        assert result.is_error
        assert content(result)["error"]["code"] == "invalid_request"


@pytest.mark.parametrize("persona", ["a/b", "../x", "x" * 129, "x" * 1_000_000, "a b", "a\nb"])
async def test_bad_input_21_a_persona_that_is_no_id_is_refused(tmp_path: Path, persona: str) -> None:
    async with untouched(tmp_path) as door:
        assert set(await refusal(door, "generate_custom_song", custom(persona_id=persona))) == {"persona_id"}


async def test_bad_input_24_a_key_in_a_text_is_refused_and_neither_logged_nor_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "sk-" + "abcdefghij0123456789"
    async with untouched(tmp_path) as door:
        with caplog.at_level("DEBUG", logger="songwright"):
            told = await refusal(door, "generate_song", {"prompt": f"a song about {secret}"})
            assert "looks like an API key" in told["prompt"]
            fields = {"title": secret, "style": secret, "lyrics": secret, "negative_tags": secret}
            assert set(await refusal(door, "generate_custom_song", fields)) == set(fields)
            result = await door.call("get_task", task_id=secret)
            assert secret not in result.model_dump_json()
        assert secret not in caplog.text
        async for path in anyio.Path(tmp_path).rglob("*.db*"):
            assert secret.encode() not in await path.read_bytes()


async def test_wrong_arguments_are_told_before_a_fault_of_the_provider_is_met(tmp_path: Path) -> None:
    async with untouched(tmp_path) as door:
        door.order_faults(Fault("internal-error"), route="submit")
        await refusal(door, "generate_song", {"prompt": ""})
        assert len(door.sandbox.faults.waiting) == 1
