"""Placing an order: identical requests, budgets, and what is written together."""

from collections.abc import AsyncGenerator
from contextlib import ExitStack
from pathlib import Path

import anyio
import pytest

from songwright.library import OverBudget, Placed, new_id, open_library
from songwright.library.budget import release
from songwright.library.sqlite import open_sqlite
from songwright.library.transaction import Transaction
from songwright.models import TaskState
from tests.library.shelf import (
    PROVIDER,
    REFUSAL,
    Shelf,
    accepted,
    answer,
    attempt_of,
    custom,
    finished,
    order,
    recorded,
    sent,
    shelf,
    started,
    unconfirmed,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


async def test_an_order_is_a_pending_task_with_a_prepared_attempt(home: Shelf) -> None:
    library = await home.open()
    placed = await library.place(order(callback_hash="h", balance_before=100.5))
    assert placed.attempt is not None
    assert (placed.task.status, placed.task.credits, placed.task.title) == (
        "pending",
        24,
        "a song about rain",
    )
    assert (placed.attempt.state, placed.attempt.owner) == ("prepared", library.owner_id)
    assert (placed.attempt.day, placed.attempt.balance_before) == ("2026-05-04", 100.5)
    assert await library.task(placed.task.task_id) == placed.task
    assert await library.attempts(placed.task.task_id) == [placed.attempt]


async def test_ids_are_short_and_unambiguous(home: Shelf) -> None:
    library = await home.open()
    ids = {(await library.place(order(f"song {n}"))).task.task_id for n in range(50)}
    assert len(ids) == 50
    assert {len(key) for key in ids} == {8}
    assert not set("".join(ids)) & set("01oil")


async def test_an_id_that_is_taken_is_made_anew(home: Shelf) -> None:
    given = iter(["aaaaaaaa", "x", "aaaaaaaa", "bbbbbbbb", "y"])
    library = await open_library(
        home.path, owners_dir=home.owners, clock=home.clock, new_id=lambda: next(given)
    )
    home.stack.push_async_callback(library.aclose)
    first, second = await library.place(order("one")), await library.place(order("two"))
    assert (first.task.task_id, second.task.task_id) == ("aaaaaaaa", "bbbbbbbb")


async def test_bad_input_17_an_identical_order_is_the_first_while_that_is_unfinished(home: Shelf) -> None:
    library = await home.open()
    first = await library.place(order())
    home.clock.forward(days=3)
    second = await library.place(order())
    assert second == Placed(first.task, None)
    assert (await library.spending(PROVIDER, home.clock())).unfinished == 1
    assert (await library.place(order(another_take=True))).attempt is not None


async def test_bad_input_18_a_finished_song_stands_for_the_same_order_for_ten_minutes(home: Shelf) -> None:
    library = await home.open()
    first = await finished(library)
    home.clock.forward(minutes=10)
    assert (await library.place(order())).task == first
    home.clock.forward(seconds=1)
    assert (await library.place(order())).attempt is not None


async def test_the_newest_of_several_identical_tasks_is_returned(home: Shelf) -> None:
    library = await home.open()
    await finished(library)
    home.clock.forward(seconds=5)
    newest = await finished(library, order(another_take=True), provider_id="prov-2")
    assert (await library.place(order())).task.task_id == newest.task_id


@pytest.mark.parametrize("other", [{"principal": "bob"}, {"provider": "aimusicapi"}])
async def test_another_person_or_provider_is_another_order(home: Shelf, other: dict[str, str]) -> None:
    library = await home.open()
    await library.place(order())
    assert (await library.place(order(**other))).attempt is not None


async def test_a_refused_a_never_sent_and_a_failed_order_do_not_count_as_identical(home: Shelf) -> None:
    library = await home.open()
    for state in ("rejected", "not_sent"):
        _, attempt = await sent(library)
        await library.refuse(attempt, REFUSAL, state)
    task = await accepted(library)
    await recorded(library, task, TaskState(status="failed", error=REFUSAL))
    assert (await library.place(order())).attempt is not None


async def test_an_unconfirmed_order_stands_for_identical_ones_whatever_its_age(home: Shelf) -> None:
    library = await home.open()
    first, _ = await unconfirmed(library)
    home.clock.forward(days=30)
    for another_take in (False, True, True):
        assert await library.place(order(another_take=another_take)) == Placed(first, None)


async def test_another_take_returns_a_task_once_whose_caller_was_gone_untold(home: Shelf) -> None:
    library = await home.open()
    first = await finished(library)
    await library.gone(first.task_id)
    for _ in ("the repeated call", "and again, since its process died before it could answer"):
        assert (await library.place(order(another_take=True))).task.task_id == first.task_id
    await library.told(first.task_id)
    assert (await library.place(order(another_take=True))).attempt is not None


async def test_another_take_is_a_new_order_when_the_first_caller_was_told_or_still_waits(home: Shelf) -> None:
    library = await home.open()
    first = await accepted(library)
    assert (await library.place(order(another_take=True))).attempt is not None
    await library.told(first.task_id)
    await library.gone(first.task_id)
    assert (await library.place(order(another_take=True))).attempt is not None


async def test_after_a_restart_another_take_finds_the_task_nobody_was_told_of(home: Shelf) -> None:
    before = await home.open()
    first = await accepted(before)
    await before.aclose()
    after = await home.open()
    await after.sweep()
    assert (await after.place(order(another_take=True))).task.task_id == first.task_id


async def test_looking_for_an_identical_order_writes_nothing(home: Shelf) -> None:
    library = await home.open()
    assert not await library.has_identical(order())
    task = await accepted(library)
    await library.gone(task.task_id)
    seen = await library.revision()
    for another_take in (False, True, True):
        assert await library.has_identical(order(another_take=another_take))
    assert await library.revision() == seen


async def test_bad_input_74_a_song_of_tomorrow_is_no_recent_one_after_the_clock_was_set_back(
    home: Shelf,
) -> None:
    library = await home.open()
    await finished(library)
    home.clock.forward(days=-2)
    assert (await library.place(order())).attempt is not None


async def test_the_cap_lets_exactly_what_fits_through_and_tells_what_is_held(home: Shelf) -> None:
    library = await home.open()
    await unconfirmed(library, order("one", daily_cap=60))
    await accepted(library, order("two", daily_cap=60))
    with pytest.raises(OverBudget) as caught:
        await library.place(order("three", daily_cap=60))
    assert (caught.value.spent, caught.value.held, caught.value.cap) == (24, 24, 60)
    assert (await library.tracks()).total == 0
    assert (await library.place(order("four", credits=12, daily_cap=60))).attempt is not None
    spent = await library.spending(PROVIDER, home.clock())
    assert (spent.spent_today, spent.held_unconfirmed, spent.reserved_today, spent.unfinished) == (
        36,
        24,
        60,
        2,
    )


async def test_a_cap_of_nothing_allows_nothing_and_writes_nothing(home: Shelf) -> None:
    library = await home.open()
    with pytest.raises(OverBudget):
        await library.place(order(daily_cap=0))
    assert await library.attention(None, home.clock()) == []
    assert await library.revision() == 0


async def test_a_cap_without_a_price_is_a_mistake_of_the_caller(home: Shelf) -> None:
    library = await home.open()
    with pytest.raises(ValueError, match="known price"):
        await library.place(order(credits=None, daily_cap=100))


async def test_spending_is_counted_without_a_cap_and_by_provider_and_utc_day(home: Shelf) -> None:
    library = await home.open()
    await accepted(library, order("one"))
    await accepted(library, order("two", provider="aimusicapi", credits=None), provider_id="b")
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 24
    assert (await library.spending("aimusicapi", home.clock())).spent_today == 0
    home.clock.forward(hours=12)
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 0
    assert (await library.place(order("three", daily_cap=24))).attempt is not None


async def test_a_refund_belongs_to_the_day_of_the_order(home: Shelf) -> None:
    library = await home.open()
    yesterday = home.clock()
    task = await accepted(library, order(daily_cap=24))
    home.clock.forward(days=1)
    await library.place(order("two", daily_cap=24))
    await recorded(library, task, TaskState(status="failed", error=REFUSAL))
    assert (await library.spending(PROVIDER, yesterday)).spent_today == 0
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 24


async def test_a_reservation_is_given_back_once_however_often_it_ends(home: Shelf) -> None:
    library = await home.open()
    await accepted(library, order("one"))
    _, attempt = await sent(library, order("two"))
    for _ in range(3):
        await library.refuse(attempt, REFUSAL, "rejected")
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 24


async def test_a_release_called_twice_gives_back_once(home: Shelf) -> None:
    library = await home.open()
    await accepted(library, order("one"))
    _, attempt = await sent(library, order("two"))
    database, _ = open_sqlite(home.path, 0)
    home.stack.push_async_callback(database.aclose)
    for _ in range(2):
        await database.write(lambda raw: release(Transaction(raw, 0, "test", new_id), attempt))
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 24


async def test_bad_input_19_of_64_orders_at_once_through_four_libraries_exactly_those_the_cap_allows(
    home: Shelf,
) -> None:
    libraries = [await home.open() for _ in range(4)]
    admitted: list[str] = []
    refused: list[int] = []

    async def one(number: int) -> None:
        try:
            placed = await libraries[number % 4].place(order(f"song {number}", daily_cap=24 * 7))
        except OverBudget as error:
            refused.append(error.spent)
        else:
            admitted.append(attempt_of(placed))

    async with anyio.create_task_group() as group:
        for number in range(64):
            group.start_soon(one, number)
    assert (len(admitted), len(refused), set(refused)) == (7, 57, {24 * 7})
    assert (await libraries[0].spending(PROVIDER, home.clock())).spent_today == 24 * 7


async def test_64_identical_orders_at_once_through_four_libraries_are_one_task(home: Shelf) -> None:
    libraries = [await home.open() for _ in range(4)]
    found: list[Placed] = []

    async def one(number: int) -> None:
        found.append(await libraries[number % 4].place(order(request=custom())))

    async with anyio.create_task_group() as group:
        for number in range(64):
            group.start_soon(one, number)
    assert len({placed.task.task_id for placed in found}) == 1
    assert len([placed for placed in found if placed.attempt]) == 1


_BUYER = """
import anyio, json, sys
from datetime import datetime, UTC
from pathlib import Path
from songwright.library import NewOrder, OverBudget, open_library
from songwright.models import SimpleRequest, fingerprint

def order(name):
    request = SimpleRequest(prompt=name, model="m")
    key = fingerprint(request, "aivideoapi", "local")
    return NewOrder("aivideoapi", "local", request, key, name, "m", 24, 24 * 5)

async def main(folder, me):
    clock = lambda: datetime(2026, 5, 4, 12, tzinfo=UTC)
    library = await open_library(folder / "library.db", owners_dir=folder / "owners", clock=clock)
    print('"ready"', flush=True)
    sys.stdin.readline()
    admitted = 0
    for number in range(16):
        try:
            placed = await library.place(order(f"{me} {number}"))
            admitted += placed.attempt is not None
        except OverBudget:
            pass
    print(json.dumps(admitted), flush=True)
    await library.aclose()

anyio.run(main, Path(sys.argv[1]), sys.argv[2])
"""


async def test_bad_input_76_four_processes_race_for_the_cap_and_exactly_it_is_spent(home: Shelf) -> None:
    with ExitStack() as stack:
        processes = [stack.enter_context(started(_BUYER, home.folder, name)) for name in "abcd"]
        assert [answer(process) for process in processes] == ["ready"] * 4
        for process in processes:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        assert sum(answer(process) for process in processes) == 5
    library = await home.open()
    assert (await library.spending(PROVIDER, home.clock())).spent_today == 24 * 5
