"""The attempts: who may send, what each answer becomes, and what a person decides."""

import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from songwright.errors import Declined
from songwright.library import Library, OverBudget
from songwright.models import TaskState
from tests.library.shelf import (
    DOUBT,
    NOON,
    PROVIDER,
    REFUSAL,
    Shelf,
    accepted,
    attempt_of,
    order,
    recorded,
    sent,
    shelf,
    takes,
    unconfirmed,
)

pytestmark = pytest.mark.anyio

SETTLED = Declined("a person says that it was not charged").info


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


@pytest.fixture
async def library(home: Shelf) -> Library:
    return await home.open()


async def states(library: Library, task_id: str) -> list[str]:
    return [attempt.state for attempt in await library.attempts(task_id)]


async def spent(library: Library) -> int:
    return (await library.spending(PROVIDER, NOON)).reserved_today


async def test_an_accepted_order_keeps_its_id_and_is_due_at_its_first_poll(library: Library) -> None:
    task = await accepted(library, provider_id="prov-9")
    assert (task.status, task.provider_task_id, task.next_poll_at) == ("pending", "prov-9", NOON)
    assert await states(library, task.task_id) == ["accepted"]
    assert [event.what for event in await library.history(task.task_id)] == ["placed", "sending", "accepted"]


async def test_of_32_that_race_to_send_one_attempt_one_may(library: Library) -> None:
    attempt = attempt_of(await library.place(order()))
    won: list[bool] = []

    async def race() -> None:
        won.append(await library.start_sending(attempt))

    async with anyio.create_task_group() as group:
        for _ in range(32):
            group.start_soon(race)
    assert won.count(True) == 1


async def test_bad_input_76_another_process_may_not_send_what_this_one_prepared(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    attempt = attempt_of(await mine.place(order()))
    assert not await other.start_sending(attempt)
    assert await mine.start_sending(attempt)
    assert not await other.send_later(attempt)
    assert (await other.refuse(attempt, REFUSAL)).status == "pending"
    assert (await other.doubt(attempt, DOUBT)).status == "pending"


async def test_an_order_that_surely_was_not_taken_may_be_sent_again_by_its_owner(library: Library) -> None:
    task, attempt = await sent(library)
    assert await library.send_later(attempt)
    assert not await library.send_later(attempt)
    assert await library.start_sending(attempt)
    assert (await library.attempts(task.task_id))[0].sends == 2


@pytest.mark.parametrize("state", ["rejected", "not_sent"])
async def test_a_refused_order_is_failed_and_released(library: Library, state: str) -> None:
    _, attempt = await sent(library)
    task = await library.refuse(attempt, REFUSAL, "rejected" if state == "rejected" else "not_sent")
    assert (task.status, task.error, task.ended_at) == ("failed", REFUSAL, NOON)
    assert await states(library, task.task_id) == [state]
    assert await spent(library) == 0


async def test_a_doubtful_order_keeps_its_reservation_and_its_evidence(library: Library) -> None:
    task, _ = await unconfirmed(library)
    attempt = (await library.attempts(task.task_id))[0]
    assert (task.status, task.error, attempt.state, attempt.evidence) == (
        "unconfirmed",
        DOUBT,
        "unconfirmed",
        "<html>",
    )
    assert (await library.spending(PROVIDER, NOON)).held_unconfirmed == 24


async def test_an_unconfirmed_order_is_left_only_for_an_id_or_by_a_person(library: Library) -> None:
    task, attempt = await unconfirmed(library)
    await library.refuse(attempt, REFUSAL)
    await library.doubt(attempt, DOUBT)
    await library.send_later(attempt)
    assert not await library.start_sending(attempt)
    await library.fail(task.task_id, REFUSAL, refund=True)
    await recorded(library, task, TaskState(status="completed", tracks=takes("x")))
    assert (await library.task(task.task_id)) == task


async def test_a_callback_binds_an_unconfirmed_order_by_the_hash_of_its_secret(library: Library) -> None:
    task, _ = await unconfirmed(library, order(callback_hash="f00"))
    found = await library.by_callback("f00")
    assert found is not None
    assert (found[0].task_id, found[1].state) == (task.task_id, "unconfirmed")
    assert await library.by_callback("f01") is None
    bound = await library.accept(found[1].attempt_id, "prov-7", None, NOON)
    assert (bound.status, bound.provider_task_id, bound.error) == ("pending", "prov-7", None)


async def test_accepting_the_same_id_twice_changes_nothing(library: Library) -> None:
    _, attempt = await sent(library)
    first = await library.accept(attempt, "prov-1", "odd answer", NOON)
    assert await library.accept(attempt, "prov-1", None, NOON) == first
    assert first.notice == "odd answer"


async def test_another_id_for_an_accepted_attempt_changes_nothing_but_its_history(library: Library) -> None:
    _, attempt = await sent(library)
    first = await library.accept(attempt, "prov-1", None, NOON)
    again = await library.accept(attempt, "prov-2", None, NOON)
    assert again.provider_task_id == "prov-1"
    assert (await library.history(first.task_id))[-1].detail == "prov-2"


async def test_bad_input_57_one_provider_id_for_two_orders_is_kept_and_told_on_both(library: Library) -> None:
    first = await accepted(library, order("one"), "same")
    second = await accepted(library, order("two"), "same")
    for task_id, other in ((first.task_id, second.task_id), (second.task_id, first.task_id)):
        task = await library.task(task_id)
        assert task is not None
        assert task.provider_task_id == "same"
        assert other in (task.notice or "")
        _, changed = await recorded(library, task, TaskState(status="completed", tracks=takes("x")))
        assert changed
        assert other in ((await library.task(task_id)) or task).model_dump()["notice"]


async def test_the_same_id_at_another_provider_is_no_alarm(library: Library) -> None:
    await accepted(library, order("one"), "same")
    task = await accepted(library, order("two", provider="aimusicapi"), "same")
    assert task.notice is None


async def test_settled_as_not_charged_is_failed_and_released_once(library: Library) -> None:
    task, _ = await unconfirmed(library)
    settled = await library.settle_not_charged(task.task_id, SETTLED)
    assert settled is not None
    assert (settled.status, settled.error) == ("failed", SETTLED)
    assert await library.settle_not_charged(task.task_id, SETTLED) is None
    assert await states(library, task.task_id) == ["not_charged"]
    assert await spent(library) == 0


async def test_settled_as_found_is_followed_and_keeps_its_reservation(library: Library) -> None:
    task, _ = await unconfirmed(library)
    found = await library.settle_found(task.task_id, "prov-5", NOON)
    assert found is not None
    assert (found.status, found.provider_task_id) == ("pending", "prov-5")
    assert await library.settle_found(task.task_id, "prov-6", NOON) is None
    assert await spent(library) == 24


async def test_send_again_reserves_again_and_keeps_the_old_reservation(library: Library) -> None:
    task, _ = await unconfirmed(library)
    again = await library.send_again(task.task_id, credits=24, daily_cap=48, callback_hash="second")
    assert again is not None
    assert (again.task.task_id, again.task.status, again.task.error) == (task.task_id, "pending", None)
    assert await states(library, task.task_id) == ["superseded", "prepared"]
    assert await spent(library) == 48
    assert await library.send_again(task.task_id, credits=24, daily_cap=None, callback_hash="x") is None


async def test_send_again_over_the_cap_leaves_the_task_unconfirmed(library: Library) -> None:
    task, _ = await unconfirmed(library)
    with pytest.raises(OverBudget):
        await library.send_again(task.task_id, credits=24, daily_cap=47, callback_hash=None)
    assert await library.task(task.task_id) == task
    assert await states(library, task.task_id) == ["unconfirmed"]


async def test_an_id_for_a_superseded_attempt_is_followed_as_a_task_of_its_own(library: Library) -> None:
    task, old = await unconfirmed(library)
    again = await library.send_again(task.task_id, credits=24, daily_cap=None, callback_hash=None)
    assert again is not None
    assert await library.start_sending(attempt_of(again))
    await library.accept(attempt_of(again), "second", None, NOON)
    late = await library.accept(old, "first", None, NOON)
    assert late.task_id != task.task_id
    assert (late.provider_task_id, late.status, late.request) == ("first", "pending", task.request)
    kept = await library.find("second")
    assert kept is not None
    assert kept.task_id == task.task_id
    assert "first" in (kept.notice or "")
    assert (await library.find("first")) == late


async def test_an_id_after_not_charged_counts_the_charge_again_and_follows_the_song(library: Library) -> None:
    task, attempt = await unconfirmed(library)
    await library.settle_not_charged(task.task_id, SETTLED)
    late = await library.accept(attempt, "after-all", None, NOON)
    assert await spent(library) == 24
    ended = await library.task(task.task_id)
    assert ended is not None
    assert ended.status == "failed"
    failed, _ = await recorded(library, late, TaskState(status="failed", error=REFUSAL))
    assert failed.status == "failed"
    assert await spent(library) == 0


async def test_a_task_never_has_two_live_attempts(home: Shelf, library: Library) -> None:
    task = await accepted(library)
    with closing(sqlite3.connect(home.path)) as raw, pytest.raises(sqlite3.IntegrityError):
        raw.execute(
            "INSERT INTO attempts (attempt_id, task_id, number, provider, state, owner, day, created_at) "
            "VALUES ('x', ?, 2, 'p', 'prepared', 'me', 'd', 0)",
            (task.task_id,),
        )


async def test_bad_input_22_a_confirmation_is_used_up_once_whatever_was_answered(home: Shelf) -> None:
    mine, other = await home.open(), await home.open()
    assert await mine.consume("token", "local", "declined")
    assert not await mine.consume("token", "local", "confirmed")
    assert not await other.consume("token", "local", "confirmed")
    await mine.aclose()
    assert not await (await home.open()).consume("token", "local", "confirmed")
