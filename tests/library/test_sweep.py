"""Processes that die: what they had prepared, what they were sending, what they had leased."""

from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path

import pytest

from songwright.library.owners import Owner
from songwright.models import TaskState
from tests.library.shelf import (
    NOON,
    PROVIDER,
    Shelf,
    accepted,
    answer,
    finished,
    order,
    recorded,
    sent,
    shelf,
    started,
    takes,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


_VICTIM = """
import anyio, json, sys
from datetime import datetime, UTC
from pathlib import Path
from songwright.library import NewOrder, open_library
from songwright.models import SimpleRequest

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

async def main(folder):
    library = await open_library(folder / "library.db", owners_dir=folder / "owners", clock=lambda: NOON)
    tasks = {}
    for name in ("prepared", "sending", "accepted"):
        request = SimpleRequest(prompt=name, model="m")
        placed = await library.place(NewOrder("aivideoapi", "local", request, name, name, "m", 24))
        tasks[name] = placed.task.task_id
        if name != "prepared":
            await library.start_sending(placed.attempt.attempt_id)
    await library.accept(placed.attempt.attempt_id, "prov-1", None, NOON)
    await library.claim_due(NOON, 10, 600)
    print(json.dumps([library.owner_id, tasks]), flush=True)
    sys.stdin.readline()

anyio.run(main, Path(sys.argv[1]))
"""


async def test_a_killed_process_leaves_nothing_sent_twice_and_nothing_lost(home: Shelf) -> None:
    survivor = await home.open()
    with started(_VICTIM, home.folder) as victim:
        owner, tasks = answer(victim)
        assert survivor.is_alive(owner)
        assert await survivor.sweep() == []
    assert not survivor.is_alive(owner)
    swept = {task.task_id: task for task in await survivor.sweep()}
    assert swept.keys() == {tasks["prepared"], tasks["sending"]}
    never, doubtful = swept[tasks["prepared"]], swept[tasks["sending"]]
    assert never.error is not None
    assert doubtful.error is not None
    assert (never.status, never.error.spent, never.error.retryable) == ("failed", "nothing", True)
    assert (doubtful.status, doubtful.error.code, doubtful.error.spent) == (
        "unconfirmed",
        "submission_unconfirmed",
        "unknown",
    )
    spending = await survivor.spending(PROVIDER, NOON)
    assert (spending.reserved_today, spending.held_unconfirmed) == (48, 24)
    assert [task.task_id for task in await survivor.claim_due(NOON, 10, 15)] == [tasks["accepted"]]
    assert await survivor.sweep() == []
    assert [path.stem for path in home.owners.glob("*.lock")] == [survivor.owner_id]


async def test_a_closed_library_is_dead_to_the_others(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    _, attempt = await sent(mine)
    await mine.aclose()
    swept = await other.sweep()
    assert [task.status for task in swept] == ["unconfirmed"]
    assert (await other.accept(attempt, "prov-1", None, NOON)).status == "pending"


async def test_two_libraries_in_one_process_are_two_living_owners(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    assert mine.owner_id != other.owner_id
    assert mine.is_alive(other.owner_id)
    assert mine.is_alive(mine.owner_id)
    assert not mine.is_alive("0123456789abcdef")
    await sent(mine)
    assert await other.sweep() == []
    assert mine.is_alive(other.owner_id)


async def test_what_the_caller_says_of_who_lives_is_believed(home: Shelf) -> None:
    library = await home.open()
    await sent(library)
    assert len(await library.sweep(lambda owner: False)) == 1


async def test_a_dead_process_s_lease_on_files_passes_on(home: Shelf) -> None:
    dying, other = await home.open(), await home.open()
    await finished(dying)
    assert len(await dying.claim_unsaved(NOON, 10, 600)) == 2
    assert await other.claim_unsaved(NOON, 10, 600) == []
    await dying.aclose()
    await other.sweep()
    assert len(await other.claim_unsaved(NOON, 10, 600)) == 2


def test_owners_know_each_other_by_their_locks_until_they_are_released(tmp_path: Path) -> None:
    first = Owner.claim(tmp_path)
    second = Owner.claim(tmp_path)
    assert sorted(first.dead()) == []
    second.release()
    assert not first.is_alive(second.owner_id)
    assert not first.spill_path.exists()
    first.release()
    first.release()
    assert list(tmp_path.glob("*.lock")) == []


def test_an_owner_that_was_only_claiming_its_lock_when_it_looked_dead_is_not_buried(tmp_path: Path) -> None:
    sweeper, claimed_meanwhile = Owner.claim(tmp_path), Owner.claim(tmp_path)
    claimed_meanwhile.spill_path.write_text("")
    sweeper.bury(claimed_meanwhile.owner_id)
    assert sweeper.is_alive(claimed_meanwhile.owner_id)
    assert claimed_meanwhile.spill_path.exists()
    claimed_meanwhile.release()
    sweeper.bury(claimed_meanwhile.owner_id)
    assert not claimed_meanwhile.spill_path.exists()


async def test_a_restart_finds_everything_as_it_was(home: Shelf) -> None:
    before = await home.open()
    done = await finished(before, order("done"))
    waiting = await accepted(before, order("waiting"), "prov-2")
    await before.aclose()
    home.clock.forward(minutes=1)
    after = await home.open()
    assert await after.find(done.task_id) == done
    assert await after.find("prov-2") == waiting
    assert [track.track_id for track in (await after.tracks()).tracks] == [t.track_id for t in done.tracks]
    assert [task.task_id for task in await after.claim_due(home.clock(), 10, 15)] == [waiting.task_id]


async def test_a_change_of_one_process_is_seen_by_another(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    task = await accepted(mine)
    seen = await other.revision()
    assert await other.changed_since(seen) == []
    await recorded(mine, task, TaskState(status="processing"))
    assert await other.revision() == seen + 1
    assert await other.changed_since(seen) == [task.task_id]
    await recorded(mine, task, TaskState(status="processing"), next_poll_at=NOON + timedelta(seconds=5))
    assert await other.revision() == seen + 1
    await recorded(mine, task, TaskState(status="completed", tracks=takes("Rain")))
    assert await other.changed_since(seen) == [task.task_id]
