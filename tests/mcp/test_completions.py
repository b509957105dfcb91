"""Completions through the public door: words to choose from, and values that work where they are put."""

from pathlib import Path

import pytest
from mcp.types import Completion, PromptReference, ResourceTemplateReference

from songwright.mcp.completions import matching
from songwright.models import ProviderTrack, TaskState
from songwright.sandbox.faults import Fault
from tests.fakes import ERAS, LYRICS, Door, Era, open_door, open_paid_door

pytestmark = pytest.mark.anyio


async def offered(door: Door, reference: str, argument: str, typed: str = "") -> Completion:
    """What is offered for an argument of a prompt, or of a resource template (with `://` in its name)."""
    ref = (
        ResourceTemplateReference(type="ref/resource", uri=reference)
        if "://" in reference
        else PromptReference(type="ref/prompt", name=reference)
    )
    told = (await door.client.complete(ref, {"name": argument, "value": typed})).completion
    assert len(told.values) <= 100
    assert told.total is not None
    assert told.has_more is (told.total > len(told.values))
    assert len(set(told.values)) == len(told.values)
    return told


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize(
    ("argument", "typed", "first", "least"),
    [
        ("genre", "", "pop", 60),
        ("genre", "FOLK", "folk", 3),
        ("genre", "hop", "hip-hop", 2),
        ("mood", "bit", "bittersweet", 1),
        ("language", "ger", "German", 1),
        ("language", "deut", "German", 1),
        ("language", "日本", "Japanese", 1),
        ("language", "", "English", 40),
        ("voice", "", "warm female alto", 20),
        ("voice", "baritone", "warm male baritone", 3),
    ],
)
async def test_words_to_choose_from(
    tmp_path: Path, era: Era, argument: str, typed: str, first: str, least: int
) -> None:
    async with open_door(tmp_path, era=era) as door:
        told = await offered(door, "write_song", argument, typed)
        assert told.values[0] == first
        assert len(told.values) >= least


async def test_the_instrumental_has_the_same_words(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        for argument in ("genre", "mood"):
            song = await offered(door, "write_song", argument)
            assert song == await offered(door, "write_instrumental", argument)


@pytest.mark.parametrize(
    ("reference", "argument"),
    [
        ("write_song", "idea"),
        ("revise_song", "feedback"),
        ("write_song", "zzz"),
        ("no_such_prompt", "genre"),
        ("tracks://{track_id}", "task_id"),
        ("guide://songwriting", "track_id"),
        ("revise_song", "track_id"),
    ],
)
async def test_where_there_is_nothing_to_choose_from_nothing_is_offered(
    tmp_path: Path, reference: str, argument: str
) -> None:
    async with open_door(tmp_path) as door:
        told = await offered(door, reference, argument)
        assert (told.values, told.total) == ([], 0)


@pytest.mark.parametrize("typed", ["zzzz", "%", "_", "x" * 100_000, "\x00", "'; DROP TABLE tracks"])
async def test_whatever_is_typed_is_only_looked_for(tmp_path: Path, typed: str) -> None:
    async with open_door(tmp_path) as door:
        await door.finished()
        for argument in ("genre", "language"):
            told = await offered(door, "write_song", argument, typed)
            assert told.values == [] or typed == "\x00"
        assert (await offered(door, "revise_song", "track_id", "Sixty")).values == ["Sixty and Still Loud"]


@pytest.mark.parametrize("era", ERAS)
async def test_songs_are_offered_by_title_and_each_offer_can_be_revised(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era) as door:
        for title in ("First Light", "Second Wind", "First Frost"):
            await door.finished(title=title)
        told = await offered(door, "revise_song", "track_id")
        assert told.values == ["latest", "First Frost", "Second Wind", "First Light"]
        assert (await offered(door, "revise_song", "track_id", "fir")).values == [
            "First Frost",
            "First Light",
        ]
        assert (await offered(door, "revise_song", "track_id", "wind")).values == ["Second Wind"]
        assert (await offered(door, "revise_song", "track_id", "la")).values == ["latest"]
        for value in told.values:
            found = await door.client.get_prompt("revise_song", {"track_id": value, "feedback": "x"})
            title = "First Frost" if value == "latest" else value
            assert f"<title>{title}</title>" in found.messages[0].content.model_dump()["text"]


async def test_words_of_the_lyrics_offer_no_title(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        await door.finished()
        assert "carriages" in LYRICS
        assert (await offered(door, "revise_song", "track_id", "carriages")).values == []


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("part", ["", "/lyrics", "/audio", "/cover"])
async def test_track_ids_are_offered_newest_first_and_can_be_read(
    tmp_path: Path, era: Era, part: str
) -> None:
    async with open_door(tmp_path, era=era) as door:
        older = [track["track_id"] for track in (await door.finished(title="Older"))["tracks"]]
        newer = [track["track_id"] for track in (await door.finished(title="Newer"))["tracks"]]
        template = f"tracks://{{track_id}}{part}"
        assert (await offered(door, template, "track_id")).values == [*newer, *older]
        assert (await offered(door, template, "track_id", older[0][:6])).values == older[:1]
        assert (await offered(door, template, "track_id", "old")).values == older
        assert (await door.client.read_resource(template.replace("{track_id}", newer[0]))).contents


@pytest.mark.parametrize("era", ERAS)
async def test_task_ids_are_offered_newest_first_those_without_takes_too(tmp_path: Path, era: Era) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        done = (await door.finished(title="Done"))["task_id"]
        door.order_faults(Fault("failed"), route="submit")
        failed = (await door.finished(title="Broken"))["task_id"]
        last = (await door.finished(title="Last"))["task_id"]
        template = "tasks://{task_id}"
        assert set((await offered(door, template, "task_id")).values) == {last, failed, done}
        assert (await offered(door, template, "task_id")).values[-1] == done
        assert (await offered(door, template, "task_id", "broken")).values == [failed]
        assert (await offered(door, template, "task_id", done)).values == [done]
        assert (await door.client.read_resource(f"tasks://{failed}")).contents


async def test_of_many_songs_a_hundred_are_offered_and_more_are_said_to_be_there(tmp_path: Path) -> None:
    async with open_door(tmp_path, archive="off") as door:
        for number in range(130):
            made = ProviderTrack(index=0, title=f"Song {number}", audio_url="https://example.com/a.mp3")
            state = TaskState(status="completed", tracks=(made,))
            await door.service.library.adopt("sandbox", f"task-{number}", state, "local", file_hours=24)
        told = await offered(door, "revise_song", "track_id", "song")
        assert (len(told.values), told.total, told.has_more) == (100, 130, True)
        assert (await offered(door, "tracks://{track_id}", "track_id")).total == 130
        assert (await offered(door, "tasks://{task_id}", "task_id")).total == 130


def test_what_begins_so_comes_before_what_holds_it() -> None:
    choices = {"deep house": "", "house": "", "warehouse": "", "indie-house": ""}
    assert matching(choices, "House") == ["house", "deep house", "indie-house", "warehouse"]
