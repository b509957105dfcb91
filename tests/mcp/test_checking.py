"""check_lyrics through the public door, and the refusals inside an order."""

import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.fakes import CUSTOM, ERAS, LYRICS, Era, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio

GOOD = Path(__file__).parent.parent / "lyrics" / "corpus" / "good.toml"

FLAWED = """\
# Harbour Song

[Verse]
Dear [Name], the harbour lights are low
**Every** gull has somewhere left to go

[Chorus]
Sail on, sail on, the tide is kind
Sail on, sail on, and never mind

repeat chorus
[End]"""

INSTRUMENTAL = {
    "title": "Low Tide",
    "style": "slow ambient, 70 BPM, calm, piano, cello",
    "instrumental": True,
}


@pytest.mark.parametrize("era", ERAS)
async def test_a_good_draft_is_told_in_figures(tmp_path: Path, era: Era) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        told = await door.told("check_lyrics", **CUSTOM)
        assert told["status"] == "ok"
        assert (told["provider"], told["model"], told["price_credits"]) == ("aivideoapi", "suno-v5_5", 24)
        assert told["counts"]["lyrics"] == {"used": len(LYRICS), "limit": 3000, "over": 0}
        assert told["counts"]["title"]["limit"] == 80
        assert told["counts"]["style"]["limit"] == 200
        verse, chorus, end = told["sections"]
        assert (verse["tag"], verse["kind"], verse["line"], verse["lines"]) == ("Verse", "verse", 1, 2)
        assert verse["syllables"] == sum(verse["syllables_per_line"])
        assert chorus["rhyme"] == "AA"
        assert end["kind"] == "end"
        length = told["estimated_seconds"]
        assert 0 < length["low"] < length["high"]
        assert [found["severity"] for found in told["problems"]] == ["hint"]
        assert door.requests is not None
        assert door.requests.requests == [], "a check asks nobody"


async def test_the_text_stands_alone_with_errors_first(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        result = await door.call(
            "check_lyrics", lyrics=FLAWED, title="Harbour", style="folk, no drums, 95 BPM"
        )
        shown = text(result).splitlines()
        assert shown[0].startswith("Draft for aivideoapi (suno-v5_5): 4 errors, ")
        assert shown[0].endswith("An order would be refused.")
        kinds = [line.split(",")[0][2:] for line in shown if line.startswith("- ")]
        assert kinds == sorted(kinds)
        assert kinds.count("error") == 4
        counts = next(line for line in shown if line.startswith("Counts: "))
        assert f"lyrics {len(FLAWED)} of 3,000 characters" in counts
        assert "style 22 of 200 characters" in counts
        length = next(line for line in shown if line.startswith("Length: "))
        assert "an estimate; length can't be set" in length
        assert "Price: 24 credits ($0.12) for two takes." in shown
        assert any(line.startswith("[Chorus] 3 lines, syllables ") for line in shown)


async def test_each_problem_has_its_place_and_its_fix(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        result = await door.call("check_lyrics", lyrics=FLAWED, title="Harbour", style="folk, no drums")
        told = content(result)
        assert not result.is_error, "the check did its work"
        assert told["status"] == "problems"
        errors = [found for found in told["problems"] if found["severity"] == "error"]
        assert [(found["field"], found["line"]) for found in errors] == [("lyrics", n) for n in (1, 4, 5, 11)]
        for found in told["problems"]:
            assert found["message"]
            assert found["fix"]
            assert f"{found['message']} {found['fix']}" in text(result)
        assert told["next_step"].startswith("mend the errors, then check_lyrics again")


@pytest.mark.parametrize(
    ("draft", "step"),
    [
        ({"lyrics": LYRICS}, "write title and style, then check_lyrics("),
        ({"title": "Low Tide"}, "write lyrics and style, then check_lyrics("),
        ({"title": "Low Tide", "style": "ambient, 70 BPM, calm piano"}, "instrumental=true)"),
        (CUSTOM, f'generate_custom_song(title="{CUSTOM["title"]}", style="{CUSTOM["style"]}", lyrics=…)'),
        ({**CUSTOM, "model": "suno v5"}, 'model="suno v5", lyrics=…)'),
        ({**CUSTOM, "title": 'The "Old" Road'}, r'title="The \"Old\" Road"'),
    ],
)
async def test_the_next_step_is_the_exact_call(tmp_path: Path, draft: dict[str, str], step: str) -> None:
    async with open_paid_door(tmp_path) as door:
        result = await door.call("check_lyrics", **draft)
        told = content(result)
        assert step in told["next_step"]
        assert f"Next: {told['next_step']}" in text(result)
        ordering = "generate_custom_song" in told["next_step"]
        assert ("after their yes" in told["next_step"]) == ordering


async def test_in_the_sandbox_no_yes_is_asked_for_and_the_price_is_play_money(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        result = await door.call("check_lyrics", **CUSTOM)
        assert "yes" not in content(result)["next_step"]
        assert "Price: free; 24 play credits" in text(result)


async def test_the_model_sets_limits_and_price_and_another_spelling_is_told(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        long = {**CUSTOM, "lyrics": "[Verse]\n" + "Rolling on the river all day long\n" * 100}
        early = await door.told("check_lyrics", **long)
        over = next(found for found in early["problems"] if "over the limit" in found["message"])
        assert over["severity"] == "warning", "this provider names no limits"
        assert early["counts"]["lyrics"]["over"] == early["counts"]["lyrics"]["used"] - 3000
        later = await door.call("check_lyrics", **long, model="Chirp v5")
        told = content(later)
        assert (told["model"], told["counts"]["lyrics"]["limit"]) == ("chirp-v5", 5000)
        assert 'model "Chirp v5" was taken as chirp-v5.' in told["notice"]
        assert told["notice"] in text(later)
        assert "price_credits" not in told
        assert "Price: not known here; the person looks in" in text(later)


async def test_a_price_that_was_set_is_told(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi", credits_per_song="10") as door:
        assert "Price: 10 credits for two takes." in text(await door.call("check_lyrics", **CUSTOM))


async def test_over_a_limit_is_an_error_that_says_by_how_much(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        told = await door.told("check_lyrics", title="x" * 81, style="folk 🎸" + " " * 200)
        assert {name: count["over"] for name, count in told["counts"].items()} == {"title": 1, "style": 7}
        assert [found["severity"] for found in told["problems"][:2]] == ["error", "error"]


async def test_without_a_key_a_draft_can_be_checked_and_is_told_that_nothing_can_be_ordered(
    tmp_path: Path,
) -> None:
    async with open_door(tmp_path, provider="aivideoapi") as door:
        told = await door.told("check_lyrics", **CUSTOM)
        assert told["status"] == "ok"
        assert told["price_credits"] == 24
        assert "Nothing can be ordered yet" in told["notice"]


async def test_the_seeds_own_names_are_understood(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        told = await door.told("check_lyrics", prompt=LYRICS, tags="folk, 90 BPM, guitar")
        assert set(told["counts"]) == {"lyrics", "style"}


@pytest.mark.parametrize(
    ("arguments", "field", "words"),
    [
        ({}, "lyrics", "at least one of lyrics, title and style"),
        ({"lyrics": "  \n", "title": "", "style": " "}, "lyrics", "at least one"),
        ({"lyrics": LYRICS, "lyric": "x"}, "lyric", "did you mean lyrics?"),
        ({"lyrics": LYRICS, "instrumental": True}, "instrumental", "generate_song has it"),
        ({"lyrics": 5}, "lyrics", "must be a text"),
        ({"lyrics": LYRICS, "model": "x" * 10_000}, "model", "at most 100"),
        ({"lyrics": LYRICS, "prompt": LYRICS}, "lyrics", "mean the same"),
    ],
)
async def test_wrong_arguments_are_named(
    tmp_path: Path, arguments: dict[str, Any], field: str, words: str
) -> None:
    async with open_door(tmp_path) as door:
        result = await door.call("check_lyrics", **arguments)
        error = content(result)["error"]
        assert result.is_error
        assert error["code"] == "invalid_request"
        assert [problem["field"] for problem in error["problems"]] == [field]
        assert words in error["problems"][0]["message"]


@pytest.mark.parametrize("lyrics", ["x" * 1_000_000, "[Verse]\n" * 140_000, "ä\n" * 500_000])
async def test_a_megabyte_is_refused_unread(tmp_path: Path, lyrics: str) -> None:
    async with open_door(tmp_path) as door:
        with anyio.fail_after(10):
            result = await door.call("check_lyrics", lyrics=lyrics)
        assert result.is_error
        assert f"lyrics has {len(lyrics)} characters: too long" in text(result)


@pytest.mark.parametrize(
    "lyrics", ["[Verse]\nOne more line to sing\n" * 700, "word\n" * 3_900, "[a] " * 4_900]
)
async def test_an_answer_stays_small_whatever_the_draft(tmp_path: Path, lyrics: str) -> None:
    async with open_door(tmp_path) as door:
        result = await door.call("check_lyrics", lyrics=lyrics)
        assert content(result)["status"] == "problems"
        assert len(result.model_dump_json()) < 40_000


async def test_controls_and_keys_in_a_draft_are_told_and_not_repeated(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        key = "sk-" + "a1" * 12
        result = await door.call(
            "check_lyrics", lyrics=f"[Verse]\nmy key {key}\nbell \x07 rings", title="T\x00"
        )
        assert key not in result.model_dump_json()
        assert "\x07" not in text(result)
        fields = [found["field"] for found in content(result)["problems"] if found["severity"] == "error"]
        assert fields == ["lyrics", "lyrics", "title"]


@pytest.mark.parametrize("era", ERAS)
async def test_an_order_of_what_nobody_wants_sung_is_refused_before_it_is_sent(
    tmp_path: Path, era: Era
) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        result = await door.call("generate_custom_song", **{**CUSTOM, "lyrics": FLAWED})
        error = content(result)["error"]
        assert result.is_error
        assert (error["code"], error["spent"], error["retryable"]) == ("invalid_request", "nothing", False)
        assert "task_id" not in content(result)
        problems = error["problems"]
        assert [problem["field"] for problem in problems] == ["lyrics"] * 4
        for problem, line in zip(problems, (1, 4, 5, 11), strict=True):
            assert f"Line {line}" in problem["message"]
            assert f"- lyrics: {problem['message']}" in text(result), "nothing of it is cut"
        assert "square brackets" in problems[2]["message"], "the fix stands in it"
        assert "check_lyrics" in error["fix"]
        assert door.requests is not None
        assert door.requests.requests == []
        assert (await door.told("list_tracks")).get("tasks") is None


@pytest.mark.parametrize("field", ["title", "style"])
async def test_title_and_style_of_an_order_are_looked_at_too(tmp_path: Path, field: str) -> None:
    async with open_door(tmp_path) as door:
        spoilt = {"title": "Song for [Name]", "style": "folk \x07 rock"}[field]
        error = (await door.told("generate_custom_song", **{**INSTRUMENTAL, field: spoilt}))["error"]
        assert error["code"] == "invalid_request"
        assert [problem["field"] for problem in error["problems"]] == [field]


async def test_a_mended_draft_is_ordered(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        flawed = {**CUSTOM, "lyrics": f"{LYRICS}\nrepeat chorus"}
        checked = (await door.told("check_lyrics", **flawed))["problems"][0]
        refused = await door.told("generate_custom_song", **flawed)
        assert f"{checked['message']} {checked['fix']}" in refused["error"]["message"]
        assert door.charged == 0
        await door.order()
        assert door.charged == 1


@pytest.mark.parametrize(
    "lyrics",
    [
        "[Verse]\nHey you\n[Chorus]\n(ooh, ooh)\n[End]",
        "[Verse 1: soft]\nUno, dos, tres\n[Guitar Solo 8 bars]\n[Fade Out]",
        "Just one line without any tag",
        "[Hook x2]\nna na na\nstars\n",
        "[Verse]\n- Who's there?\n- Only me\n[End]",
        "[Verse]\n#1 in my heart, 50% of the time & more\n[End]",
        "[Verse]\nReapeat after me: we will never leave\n[End]",
        "[Strophe]\nDrei Dinge > zwei Dinge\n[Ende]",
    ],
)
async def test_an_order_is_not_stopped_by_a_matter_of_taste(tmp_path: Path, lyrics: str) -> None:
    async with open_door(tmp_path) as door:
        await door.order(lyrics=lyrics)


async def test_an_instrumental_needs_no_lyrics(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        told = await door.told("generate_custom_song", **INSTRUMENTAL)
        assert told["status"] in ("pending", "processing")


async def test_what_a_check_calls_free_of_errors_is_never_refused_by_the_order(tmp_path: Path) -> None:
    songs = tomllib.loads(GOOD.read_text("utf-8"))["song"]
    assert len(songs) >= 10
    async with open_door(tmp_path) as door:
        for song in songs:
            draft = {"title": song["title"], "style": song["style"], "lyrics": song["text"]}
            checked = await door.told("check_lyrics", **draft)
            if checked["counts"]["lyrics"]["over"] == checked["counts"]["style"]["over"] == 0:
                assert checked["status"] == "ok"
                await door.order(**draft)
