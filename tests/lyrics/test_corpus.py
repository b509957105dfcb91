"""Songs and drafts with what must be found in them, as data: `corpus/*.toml`.

A good song has no error and no warning. A flawed one is a good one changed in exactly one way (`of`, with
`swap`, `before`, `after`, `title`, `style`), so what is found beyond the expectation would be a false alarm.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from songwright.catalog import CATALOGS
from songwright.lyrics.check import Draft, check_draft, refusals

CORPUS = Path(__file__).parent / "corpus"
Song = dict[str, Any]


def songs(file: str) -> list[Song]:
    return tomllib.loads((CORPUS / file).read_text(encoding="utf-8"))["song"]


GOOD = {song["name"]: song for song in songs("good.toml")}
FLAWED = songs("flawed.toml")
HOSTILE = songs("hostile.toml")


def text_of(song: Song) -> str:
    text = song["text"]
    return text.replace("\n", "\r\n") if song.get("crlf") else text


def flawed(song: Song) -> Song:
    base = GOOD[song.get("of", "harbour")]
    text = song.get("text", text_of(base))
    for old, new in song.get("swap", []):
        assert text.count(old) > 0, f"{song['name']}: {old!r} is not in {base['name']}"
        text = text.replace(old, new, 1)
    text = song.get("before", "") + text + song.get("after", "")
    return {**base, **song, "text": text}


def check(song: Song) -> Draft:
    catalog = CATALOGS[song.get("provider", "aivideoapi")]
    return check_draft(
        lyrics=text_of(song),
        title=song.get("title"),
        style=song.get("style"),
        catalog=catalog,
        model=song.get("model", catalog.default_model),
    )


def found(draft: Draft, *severities: str) -> list[str]:
    problems = [problem for problem in draft.problems if problem.severity in severities]
    return sorted({f"{problem.severity}:{problem.code}" for problem in problems})


def hints(draft: Draft) -> list[str]:
    return sorted({problem.code for problem in draft.problems if problem.severity == "hint"})


@pytest.mark.parametrize("song", GOOD.values(), ids=GOOD)
def test_a_good_song_raises_no_false_alarm(song: Song) -> None:
    draft = check(song)

    assert found(draft, "error", "warning") == []
    assert refusals(text_of(song), song["title"], song["style"]) == ()
    assert set(song.get("hints", [])) <= set(hints(draft))


@pytest.mark.parametrize("song", [flawed(song) for song in FLAWED], ids=[song["name"] for song in FLAWED])
def test_a_flaw_is_found_and_nothing_else(song: Song) -> None:
    draft = check(song)

    if song.get("hint"):
        assert song["hint"] in hints(draft)
        assert found(draft, "error", "warning") == []
    else:
        assert found(draft, "error", "warning") == [song["expect"]]
    if "line" in song:
        code = (song.get("hint") or song["expect"]).split(":")[-1]
        assert song["line"] in [problem.line for problem in draft.problems if problem.code == code]


@pytest.mark.parametrize("song", [flawed(song) for song in FLAWED], ids=[song["name"] for song in FLAWED])
def test_an_order_is_refused_for_the_errors_and_only_for_them(song: Song) -> None:
    expected = song.get("expect", "")
    refused = {f"error:{finding.code}" for finding in refusals(text_of(song), song["title"], song["style"])}

    assert refused == (
        {expected} if expected.startswith("error:") and expected != "error:over_limit" else set()
    )


@pytest.mark.parametrize("song", HOSTILE, ids=[song["name"] for song in HOSTILE])
def test_a_hostile_text_is_judged_like_any_other(song: Song) -> None:
    text = song["text"] * song.get("times", 1)
    draft = check({**song, "text": text})

    assert set(song["expect"]) <= set(found(draft, "error", "warning"))
    for problem in draft.problems:
        assert len(problem.message) < 240
        assert not any(char in problem.message for char in "\n\r\x00\x1b\u202e")


def test_the_corpus_is_as_large_and_as_mixed_as_it_is_meant_to_be() -> None:
    assert len(GOOD) + len(FLAWED) + len(HOSTILE) >= 60
    assert len({song["language"] for song in GOOD.values()}) >= 8


@pytest.mark.parametrize("song", GOOD.values(), ids=GOOD)
def test_the_language_of_a_good_song_is_recognised(song: Song) -> None:
    from songwright.lyrics.reading import read

    assert read(text_of(song)).language.code == song["language"]
