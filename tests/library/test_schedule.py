"""What is due: polls and saves, each claimed by one process at a time."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from songwright.library import Library, SavedFiles
from songwright.models import Task, TaskState, Track
from tests.library.shelf import NOON, Shelf, accepted, finished, order, recorded, shelf, unconfirmed

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


@pytest.fixture
async def library(home: Shelf) -> Library:
    return await home.open()


async def test_due_tasks_are_claimed_longest_overdue_first_up_to_the_limit(library: Library) -> None:
    made: list[Task] = []
    for number in range(4):
        task = await accepted(library, order(f"song {number}"), f"prov-{number}")
        at = NOON - timedelta(seconds=number)
        made.append(await library.reschedule(task.task_id, next_poll_at=at, polls=1, misses=0))
    claimed = await library.claim_due(NOON, 3, 15)
    assert [task.task_id for task in claimed] == [task.task_id for task in reversed(made[1:])]


async def test_nothing_is_due_early_or_without_an_id_or_after_the_end(library: Library) -> None:
    task = await accepted(library, order("later"))
    await library.reschedule(task.task_id, next_poll_at=NOON + timedelta(seconds=1), polls=1, misses=0)
    await library.place(order("prepared"))
    await unconfirmed(library, order("unconfirmed"))
    await finished(library, order("done"), provider_id="prov-2")
    assert await library.claim_due(NOON, 10, 15) == []
    assert await library.next_due() == NOON + timedelta(seconds=1)


async def test_an_empty_library_has_nothing_due(library: Library) -> None:
    assert await library.next_due() is None
    assert await library.next_save() is None
    assert await library.claim_due(NOON, 10, 15) == []
    assert await library.claim_unsaved(NOON, 10, 15) == []


async def test_a_lease_keeps_others_away_until_it_ends(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    task = await accepted(mine)
    assert len(await mine.claim_due(NOON, 10, 15)) == 1
    assert await other.claim_due(NOON, 10, 15) == []
    assert await other.next_due() == NOON + timedelta(seconds=15)
    after = home.clock.forward(seconds=15)
    assert [due.task_id for due in await other.claim_due(after, 10, 15)] == [task.task_id]


async def test_an_answer_ends_the_lease(library: Library) -> None:
    task = await accepted(library)
    for _ in range(2):
        assert len(await library.claim_due(NOON, 10, 600)) == 1
        await recorded(library, task, TaskState(status="processing"), next_poll_at=NOON)
    assert len(await library.claim_due(NOON, 10, 600)) == 1
    await library.reschedule(task.task_id, next_poll_at=NOON, polls=2, misses=1)
    assert len(await library.claim_due(NOON, 10, 600)) == 1


async def test_bad_input_76_of_many_that_claim_at_once_each_task_has_one_poller(home: Shelf) -> None:
    libraries = [await home.open() for _ in range(4)]
    for number in range(20):
        await accepted(libraries[0], order(f"song {number}"), f"prov-{number}")
    claimed: list[str] = []

    async def claim(library: Library) -> None:
        for _ in range(5):
            claimed.extend(task.task_id for task in await library.claim_due(NOON, 3, 60))

    async with anyio.create_task_group() as group:
        for library in libraries:
            group.start_soon(claim, library)
    assert len(claimed) == len(set(claimed)) == 20


@pytest.mark.parametrize("days", [-2, 2])
async def test_bad_input_74_a_clock_that_jumps_neither_stops_the_polls_nor_doubles_them(
    home: Shelf, days: int
) -> None:
    library = await home.open()
    task = await accepted(library)
    await library.reschedule(task.task_id, next_poll_at=NOON + timedelta(seconds=30), polls=1, misses=0)
    now = home.clock.forward(days=days)
    due = await library.next_due()
    assert due is not None
    assert due <= now
    assert len(await library.claim_due(now, 10, 15)) == 1
    assert await library.claim_due(now, 10, 15) == []
    await library.reschedule(task.task_id, next_poll_at=now + timedelta(seconds=30), polls=2, misses=0)
    assert await library.claim_due(now, 10, 15) == []


async def test_bad_input_74_a_lease_of_the_future_is_none(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    await accepted(mine)
    assert len(await mine.claim_due(NOON, 10, 600)) == 1
    assert len(await other.claim_due(home.clock.forward(days=-2), 10, 15)) == 1


async def test_files_are_claimed_saved_and_told(library: Library) -> None:
    task = await finished(library)
    before = await library.revision()
    claimed = await library.claim_unsaved(NOON, 10, 60)
    assert [track.track_id for track in claimed] == [track.track_id for track in task.tracks]
    assert await library.claim_unsaved(NOON, 10, 60) == []
    track = await library.saved(
        claimed[0].track_id, SavedFiles("/music/a.mp3", "/music/a.jpg", "ab" * 32, 1234)
    )
    assert track is not None
    assert (track.archived, track.file, track.cover_file) == ("saved", "/music/a.mp3", "/music/a.jpg")
    assert await library.changed_since(before) == [task.task_id]
    assert await library.track(track.track_id) == track


async def test_what_could_not_be_saved_is_tried_again_at_its_time(home: Shelf, library: Library) -> None:
    await finished(library, None, "Rain")
    track = (await library.claim_unsaved(NOON, 10, 60))[0]
    later = NOON + timedelta(minutes=1)
    tried = await library.not_saved(track.track_id, "disk full", later)
    assert tried is not None
    assert (tried.archived, tried.archive_note, tried.archive_tries) == ("waiting", "disk full", 1)
    assert await library.claim_unsaved(NOON, 10, 60) == []
    assert await library.next_save() == later
    assert len(await library.claim_unsaved(home.clock.forward(minutes=1), 10, 60)) == 1


async def test_a_take_given_up_is_tried_no_more(library: Library) -> None:
    task = await finished(library, None, "A", "B")
    ended: list[Track | None] = [
        await library.give_up_saving(task.tracks[0].track_id, "expired", "24 hours are over"),
        await library.give_up_saving(task.tracks[1].track_id, "off"),
    ]
    assert [track and track.archived for track in ended] == ["expired", "off"]
    assert await library.claim_unsaved(NOON, 10, 60) == []
    assert await library.not_saved(task.tracks[0].track_id, "late", NOON) is None
    assert await library.give_up_saving(task.tracks[0].track_id, "failed", "late") is None


async def test_a_take_that_expires_first_is_saved_first(home: Shelf, library: Library) -> None:
    await finished(library, order("first"), "First", provider_id="prov-1")
    home.clock.forward(minutes=5)
    await finished(library, order("second"), "Second", provider_id="prov-2")
    assert [track.title for track in await library.claim_unsaved(home.clock(), 1, 60)] == ["First"]


async def test_a_track_nobody_knows_is_no_matter(library: Library) -> None:
    assert await library.saved("nothing", SavedFiles("f", None, "0", 0)) is None
    assert await library.track("nothing") is None


async def test_what_is_overdue_at_a_start_is_spread_newest_first(home: Shelf, library: Library) -> None:
    made: list[str] = []
    for number in range(10):
        home.clock.forward(seconds=1)
        made.append((await accepted(library, order(f"song {number}"), f"prov-{number}")).task_id)
    now = home.clock.forward(hours=1)
    await library.spread_overdue(now, 5)
    assert [task.task_id for task in await library.claim_due(now, 100, 15)] == [made[-1]]
    due = await library.claim_due(now + timedelta(seconds=1), 100, 15)
    assert [task.task_id for task in due] == made[-2:-7:-1]
