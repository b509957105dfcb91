"""Chosen sequences of the machine's events: each answer of the provider, and what chance meets rarely."""

import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from tests.promise.machine import QUICK
from tests.promise.vendor import REPLIES, Phase
from tests.promise.world import Hint, World, open_world

pytestmark = pytest.mark.anyio


@pytest.fixture
async def world() -> AsyncGenerator[World]:
    """A world with one process."""
    with tempfile.TemporaryDirectory(prefix="songwright-", dir=QUICK) as folder:
        async with open_world(Path(folder)) as made:
            await made.start("one")
            yield made


async def order(world: World, *names: str, slot: str = "one", song: int = 0, **how: bool) -> None:
    """Order, and hold everything against the promises."""
    await world.submit(slot, song, 0, names, **how)
    world.check()


@pytest.mark.parametrize("name", sorted(REPLIES))
async def test_each_answer_is_what_the_table_says_and_nothing_is_charged_twice(
    world: World, name: str
) -> None:
    await order(world, name)
    await order(world, name)
    await order(world, name, another=True)
    await world.look("one")
    await world.end("one", dies=True)
    await world.start("two")
    world.check()
    await order(world, "taken", slot="two")
    await world.tick("two", 700)
    world.check()


@pytest.mark.parametrize("name", sorted(REPLIES))
@pytest.mark.parametrize("before", ["unreachable", "rate limit"])
async def test_each_answer_to_a_second_send_is_what_the_table_says(
    world: World, name: str, before: str
) -> None:
    await order(world, before, name)
    await world.tick("one", 10)
    world.check()


@pytest.mark.parametrize("taken", [True, False])
@pytest.mark.parametrize("dies", [True, False])
@pytest.mark.parametrize("leaves", [True, False])
async def test_an_order_whose_process_ends_is_in_doubt_and_its_repeat_is_free(
    world: World, taken: bool, dies: bool, leaves: bool
) -> None:
    await order(world, "hold")
    if leaves:
        await world.callers_leave("one")
    await world.start("two")
    await order(world, slot="two", another=leaves)
    await world.end("one", dies=dies, taken=taken)
    world.check()
    await order(world, slot="two")
    await order(world, slot="two", another=True)
    assert sum(world.vendor.opened.values()) == 1
    await world.look("two")
    await world.call_back("two", 0, "true")
    world.check()
    assert world.is_in_doubt() != taken, "a callback settles what was taken"


async def test_a_caller_who_left_gets_the_order_once_for_another_take(world: World) -> None:
    await order(world, "hold")
    await world.callers_leave("one")
    await world.answer(0, ["taken"])
    world.check()
    await order(world, another=True)
    assert len(world.vendor.charges) == 1
    await order(world, another=True)
    assert len(world.vendor.charges) == 2


@pytest.mark.parametrize("last", ["pending", "processing", "odd", "failed", "completed"])
@pytest.mark.parametrize("end", ["completed", "failed"])
async def test_an_ended_task_stays_as_it_is_whatever_the_provider_says_later(
    world: World, end: Phase, last: Phase
) -> None:
    await order(world)
    for phase in ("processing", end, last):
        world.progress(0, phase)
        await world.tick("one", 700)
        await world.ask_all("one")
        world.check()


async def test_a_task_never_goes_back(world: World) -> None:
    await order(world)
    phases: tuple[Phase, ...] = ("processing", "pending", "odd", "unknown", "pending", "completed")
    for phase in phases:
        world.progress(0, phase)
        await world.tick("one", 700)
        world.check()
    assert [task["status"] for task in world.audit().tasks.values()] == ["completed"]


@pytest.mark.parametrize(
    "hint", ["unknown secret", "other's id", "no such id", "older", "other model", "none"]
)
async def test_a_forged_callback_binds_nothing(world: World, hint: Hint) -> None:
    await order(world, "taken", song=1)
    await order(world, "taken, silence")
    for token in range(2):
        world.now = world.now.replace(hour=world.now.hour + 1)
        await world.call_back("one", token, hint)
        world.check()
    assert world.is_in_doubt()


async def test_an_order_sent_again_is_charged_twice_only_by_that_word_and_both_songs_are_followed(
    world: World,
) -> None:
    await order(world, "taken, silence")
    await world.decide("one", 0, "send_again")
    world.check()
    assert len(world.vendor.charges) == 2
    await world.call_back("one", 0, "true")
    world.check()
    await world.look("one")
    for charge in world.vendor.charges:
        assert (await world.houses["one"].service.find(charge.id)).provider_task_id == charge.id


async def test_an_order_settled_as_not_charged_is_found_after_all_by_its_callback(world: World) -> None:
    await order(world, "taken, broken")
    await world.decide("one", 0, "not_charged")
    world.check()
    await world.call_back("one", 0, "true")
    world.check()
    (charge,) = world.vendor.charges
    assert (await world.houses["one"].service.find(charge.id)).provider_task_id == charge.id


async def test_a_callback_before_the_answer_leaves_the_word_to_the_answer(world: World) -> None:
    await order(world, "hold")
    await world.call_back("one", 0, "older")
    world.check()
    await world.answer(0, ["taken"])
    world.check()
    assert not world.is_in_doubt()
