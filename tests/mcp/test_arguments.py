"""Arguments that are understood though they are not the published ones, and options that are not there."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.errors import InvalidRequest
from songwright.mcp.tools.arguments import Arguments, CustomArguments, SimpleArguments
from songwright.mcp.tools.finding import ListArguments
from songwright.mcp.tools.following import TaskArguments
from tests.fakes import CUSTOM, KEY, LYRICS, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio

SYNONYMS = {"title": CUSTOM["title"], "tags": CUSTOM["style"], "prompt": LYRICS}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


async def test_the_names_of_the_seeds_are_understood(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        await door.told("generate_custom_song", **SYNONYMS, make_instrumental=False)
        await door.told("generate_song", gpt_description_prompt="a slow waltz", make_instrumental=True)
        custom, simple = (order.wanted.request["input"] for order in door.sandbox.ledger.orders())
        assert custom["prompt"] == LYRICS
        assert custom["style"] == CUSTOM["style"]
        assert simple == {"prompt": "a slow waltz", "custom_mode": False, "instrumental": True}


async def test_a_synonym_makes_the_same_order(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        first = await door.order()
        assert (await door.told("generate_custom_song", **SYNONYMS))["task_id"] == first
        assert door.charged == 1


@pytest.mark.parametrize(
    ("tool", "arguments", "field", "used"),
    [
        ("generate_custom_song", {**CUSTOM, "prompt": LYRICS}, "lyrics", "lyrics and prompt"),
        ("generate_custom_song", {**CUSTOM, "tags": "folk"}, "style", "style and tags"),
        (
            "generate_song",
            {"prompt": "a waltz", "gpt_description_prompt": "a waltz"},
            "prompt",
            "prompt and gpt_description_prompt",
        ),
        (
            "generate_song",
            {"prompt": "a waltz", "instrumental": True, "make_instrumental": True},
            "instrumental",
            "instrumental and make_instrumental",
        ),
    ],
)
async def test_one_argument_under_two_names_is_refused(
    tmp_path: Path, tool: str, arguments: dict[str, Any], field: str, used: str
) -> None:
    async with open_paid_door(tmp_path) as door:
        error = (await door.told(tool, **arguments))["error"]
        assert error["problems"] == [{"field": field, "message": f"{used} mean the same: give only {field}."}]
        assert door.requests is not None
        assert door.requests.requests == []


@pytest.mark.parametrize(
    ("said", "sent"), [("male", "m"), ("Female", "f"), ("m", "m"), ("F", "f"), ("", None), (" ", None)]
)
async def test_words_for_the_voice_are_understood(tmp_path: Path, said: str, sent: str | None) -> None:
    async with open_paid_door(tmp_path) as door:
        await door.order(vocal_gender=said)
        assert door.sandbox.ledger.orders()[0].wanted.request["input"].get("vocal_gender") == sent


async def test_null_and_empty_options_count_as_left_out(tmp_path: Path) -> None:
    options = ("model", "negative_tags", "vocal_gender", "persona_id", "style_weight", "another_take")
    nulls = dict.fromkeys((*options, "instrumental"))
    async with open_paid_door(tmp_path) as door:
        first = await door.order(**nulls)
        assert await door.order(model="", negative_tags=" ", persona_id="", instrumental=False) == first
        sent = door.sandbox.ledger.orders()[0].wanted.request
        assert sent["input"].keys() == {"custom_mode", "prompt", "title", "style"} | (
            {"instrumental"} & sent["input"].keys()
        )
        assert sent["model"] == "suno-v5_5"
        assert None not in sent["input"].values()


async def test_every_option_is_sent_as_it_was_given(tmp_path: Path) -> None:
    options = {
        "negative_tags": "drums, choir",
        "vocal_gender": "f",
        "persona_id": "p-123_x",
        "style_weight": 0.5,
        "weirdness_constraint": 0.25,
        "audio_weight": 1.0,
    }
    async with open_paid_door(tmp_path) as door:
        await door.order(**options, model="suno-v5")
        sent = door.sandbox.ledger.orders()[0].wanted.request
        assert {name: sent["input"][name] for name in options} == options
        assert sent["model"] == "suno-v5"


@pytest.mark.parametrize("spelling", ["Suno v5.5", "v5.5", "SUNO_V5_5", "5.5", "suno v5.5 "])
async def test_another_spelling_of_a_model_is_mapped_with_a_notice(tmp_path: Path, spelling: str) -> None:
    async with open_paid_door(tmp_path) as door:
        result = await door.call("generate_custom_song", **CUSTOM, model=spelling)
        assert content(result)["model"] == "suno-v5_5"
        assert "was taken as suno-v5_5." in content(result)["notice"]
        assert "was taken as suno-v5_5." in text(result)
        assert door.sandbox.ledger.orders()[0].wanted.model == "suno-v5_5"


async def test_an_unknown_model_is_sent_as_it_is_with_a_notice(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        result = await door.call("generate_custom_song", **CUSTOM, model="chirp-v9-9")
        assert not result.is_error
        assert door.sandbox.ledger.orders()[0].wanted.model == "chirp-v9-9"
        for words in ('model "chirp-v9-9" is not known here and is sent as it is', "chirp-v3-5"):
            assert words in content(result)["notice"]
            assert words in text(result)


async def test_a_model_of_the_other_provider_is_named_as_such(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        result = await door.call("generate_custom_song", **CUSTOM, model="chirp-v4-5")
        assert content(result)["error"]["code"] == "model_not_found"
        assert "It is a model of aimusicapi." in content(result)["notice"]
        assert "It is a model of aimusicapi." in text(result)


async def test_options_that_aimusicapi_lacks_are_refused_with_who_has_them(tmp_path: Path) -> None:
    options = {
        "negative_tags": "drums",
        "vocal_gender": "m",
        "persona_id": "p1",
        "style_weight": 0.5,
        "weirdness_constraint": 0.5,
        "audio_weight": 0.5,
    }
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        for name, value in options.items():
            result = await door.call("generate_custom_song", **CUSTOM, **{name: value})
            error = content(result)["error"]
            assert result.is_error
            assert (error["code"], error["type"]) == ("unsupported_option", "invalid_request_error")
            assert (error["spent"], error["retryable"], error["provider"]) == ("nothing", False, "aimusicapi")
            assert error["message"] == f"aimusicapi has no {name}. aivideoapi has it."
            assert error["problems"] == [{"field": name, "message": f"{name} is not offered by aimusicapi."}]
            assert error["fix"] == f"Leave out {name}, or ask the person to use aivideoapi."
        error = (await door.told("generate_custom_song", **CUSTOM, **options))["error"]
        assert {problem["field"] for problem in error["problems"]} == set(options)
        assert door.requests is not None
        assert door.requests.requests == []


async def test_the_default_model_of_the_settings_is_sent(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, model="suno-v5") as door:
        first = await door.order()
        assert door.sandbox.ledger.orders()[0].wanted.model == "suno-v5"
        assert await door.order(model="suno-v5") == first, "a default written out is the same order"


async def test_the_provider_whose_key_is_set_is_chosen_by_itself(tmp_path: Path) -> None:
    async with open_door(tmp_path, aimusicapi_api_key=KEY) as door:
        assert (await door.told("check_credits"))["provider"] == "aimusicapi"


@given(
    st.sampled_from([SimpleArguments, CustomArguments, TaskArguments, ListArguments]),
    st.dictionaries(
        st.sampled_from(["prompt", "title", "style", "lyrics", "tags", "model", "limit", "wait_seconds", "x"])
        | st.text(),
        JSON,
        max_size=6,
    ),
)
@settings(max_examples=150, deadline=None)
def test_whatever_comes_is_read_or_refused_with_named_problems(
    arguments: type[Arguments], given: dict[str, Any]
) -> None:
    try:
        arguments.read(given, {})
    except InvalidRequest as error:
        assert error.problems
        assert all(problem.field and problem.message for problem in error.problems)
