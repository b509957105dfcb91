"""Finding tasks and tracks: ids, words, pages, people, attention."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.errors import InvalidRequest
from songwright.library import Library, TrackPage
from songwright.library.takes import folded
from songwright.models import TaskState
from tests.library.shelf import (
    NOON,
    REFUSAL,
    Shelf,
    accepted,
    custom,
    finished,
    order,
    recorded,
    sent,
    shelf,
    unconfirmed,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


@pytest.fixture
async def library(home: Shelf) -> Library:
    return await home.open()


def titles(page: TrackPage) -> list[str]:
    return [f"{track.title} {track.take}" for track in page.tracks]


async def test_a_task_is_found_by_its_id_the_provider_s_and_a_track_s(library: Library) -> None:
    task = await finished(library)
    for key in (task.task_id, "prov-1", f"  {task.tracks[1].track_id} "):
        assert await library.find(key, "local") == task
    assert await library.find("prov-2") is None


async def test_a_superseded_attempt_s_provider_id_still_finds_the_task(library: Library) -> None:
    task, _ = await unconfirmed(library)
    await library.settle_found(task.task_id, "old-id", NOON)
    found = await library.find("old-id")
    assert found is not None
    assert found.task_id == task.task_id


@pytest.mark.parametrize("key", ["", "../../x", "x" * 10_000, "\ud800", "a\0b", "' OR 1=1 --", "%"])
async def test_bad_input_14_odd_ids_are_simply_not_found(library: Library, key: str) -> None:
    await finished(library)
    assert await library.find(key) is None
    assert await library.track(key) is None
    assert (await library.tracks(f"zz {key} zz")).tracks == ()


async def test_bad_input_14_and_46_another_person_s_songs_are_not_there(library: Library) -> None:
    task = await finished(library, order(principal="alice"))
    track = task.tracks[0].track_id
    for key in (task.task_id, "prov-1", track):
        assert await library.find(key, "bob") is None
        assert await library.find(key, "alice") is not None
        assert (await library.tracks(key, principal="bob")).total == 0
    assert await library.track(track, "bob") is None
    assert (await library.tracks(principal="bob")) == TrackPage()
    assert await library.attention("bob", NOON) == []
    assert (await library.tracks(principal=None)).total == 2


async def test_tracks_come_newest_task_first_with_their_takes_in_order(home: Shelf, library: Library) -> None:
    for number in range(3):
        home.clock.forward(seconds=1)
        await finished(library, order(f"song {number}"), f"S{number}", f"S{number}", provider_id=f"p{number}")
    page = await library.tracks(limit=4)
    assert titles(page) == ["S2 A", "S2 B", "S1 A", "S1 B"]
    assert (page.total, page.next_cursor is None) == (6, False)
    rest = await library.tracks(limit=4, cursor=page.next_cursor)
    assert (titles(rest), rest.total, rest.next_cursor) == (["S0 A", "S0 B"], 6, None)


async def test_a_new_song_between_two_pages_moves_nothing(home: Shelf, library: Library) -> None:
    await finished(library, order("old"), "Old", "Old")
    page = await library.tracks(limit=1)
    home.clock.forward(seconds=1)
    await finished(library, order("new"), "New", provider_id="prov-2")
    assert titles(await library.tracks(limit=5, cursor=page.next_cursor)) == ["Old B"]


async def test_every_word_must_stand_in_title_style_or_lyrics_whatever_its_case_or_form(
    library: Library,
) -> None:
    request = custom("Straße am Fluß", "Bossa Nova, 120 BPM", "[Verse]\nÇa va, 100%_sure!\nﬁne")
    await finished(library, order(request=request), "Straße am Fluß")
    await finished(library, order("rain"), "Regen", provider_id="prov-2")
    for query in ("STRASSE", "bossa fluss", "ça VA", "Ça", "100%_", "FINE", "sure!", "  "):
        assert "Straße am Fluß A" in titles(await library.tracks(query)), query
    for query in ("strasse regen", "100_%", "bossa%nova", "_"):
        expected = ["Straße am Fluß A"] if query == "_" else []
        assert titles(await library.tracks(query)) == expected, query


async def test_an_exact_id_is_a_query_too(library: Library) -> None:
    task = await finished(library)
    for key, count in ((task.task_id, 2), ("prov-1", 2), (task.tracks[0].track_id, 1)):
        assert (await library.tracks(key)).total == count


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "W10", "bnVsbA", "WzEsMiwzXQ", "WzEsIngiLHRydWVd", "é", "[" * 500, "WzFlOTk5LCJ4IiwxXQ"],
)
async def test_bad_input_16_a_bad_cursor_is_named(library: Library, cursor: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await library.tracks(cursor=cursor)
    assert caught.value.problems[0].field == "cursor"


@pytest.mark.parametrize("limit", [0, -1])
async def test_bad_input_16_a_bad_limit_is_named(library: Library, limit: int) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await library.tracks(limit=limit)
    assert caught.value.problems[0].field == "limit"


@given(
    songs=st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=7),
    limit=st.integers(1, 6),
)
@settings(max_examples=20, deadline=None)
def test_paging_shows_every_track_once_in_the_order_of_one_long_page(
    tmp_path_factory: pytest.TempPathFactory, songs: list[tuple[int, int]], limit: int
) -> None:
    async def run() -> None:
        async with shelf(tmp_path_factory.mktemp("pages")) as home:
            library = await home.open()
            for number, (seconds, count) in enumerate(songs):
                home.clock.forward(seconds=seconds)
                await finished(library, order(f"{number}"), *(["x"] * count), provider_id=f"p{number}")
            whole = await library.tracks(limit=100)
            seen = [track for page in await pages(library, limit) for track in page.tracks]
            assert tuple(seen) == whole.tracks
            assert len(seen) == whole.total == sum(count for _, count in songs)

    anyio.run(run)


async def pages(library: Library, limit: int) -> list[TrackPage]:
    found = [await library.tracks(limit=limit)]
    while found[-1].next_cursor:
        found.append(await library.tracks(limit=limit, cursor=found[-1].next_cursor))
        assert len(found[-1].tracks) > 0
    return found


@given(st.text(max_size=40))
@settings(max_examples=200, deadline=None)
def test_folding_is_the_same_for_a_text_and_its_capitals(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert folded(text.upper()) == folded(text.upper().upper())
    folded(text).encode("utf-8")


async def test_attention_shows_unfinished_unconfirmed_and_lately_failed_tasks_newest_first(
    home: Shelf, library: Library
) -> None:
    _, attempt = await sent(library, order("long ago"))
    await library.refuse(attempt, REFUSAL)
    doubtful, _ = await unconfirmed(library, order("doubtful"))
    home.clock.forward(hours=25)
    running = await accepted(library, order("running"))
    home.clock.forward(seconds=1)
    failed, _ = await recorded(
        library, await accepted(library, order("failed"), "p2"), TaskState(status="failed", error=REFUSAL)
    )
    home.clock.forward(seconds=1)
    await finished(library, order("done"), provider_id="p3")
    found = [task.task_id for task in await library.attention("local", home.clock())]
    assert found == [failed.task_id, running.task_id, doubtful.task_id]


async def test_attention_cuts_unconfirmed_tasks_off_last(home: Shelf, library: Library) -> None:
    doubtful, _ = await unconfirmed(library, order("doubtful"))
    for number in range(55):
        home.clock.forward(seconds=1)
        await library.place(order(f"song {number}"))
    found = await library.attention(None, home.clock())
    assert len(found) == 50
    assert found[-1].task_id == doubtful.task_id
    assert found[0].created_at == NOON + timedelta(seconds=55)
