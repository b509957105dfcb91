"""The rules of ordering: an identical request is the same song, paid once, until another is asked for."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, LYRICS, Clock, Door, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio

NINE_MINUTES = 540.0


async def again(door: Door, **changes: Any) -> str:
    """The task of an identical call, which must be an earlier one."""
    result = await door.call("generate_custom_song", **{**CUSTOM, **changes})
    assert not result.is_error
    assert "nothing was spent again" in content(result)["notice"]
    assert "Nothing was spent again." in text(result)
    assert "(another_take=true pays for the same again.)" in text(result)
    return content(result)["task_id"]


async def test_an_identical_request_within_ten_minutes_is_the_first_and_is_free(
    tmp_path: Path,
) -> None:
    async with open_door(tmp_path) as door:
        first = await door.finished()
        await door.later(NINE_MINUTES)
        assert await again(door) == first["task_id"]
        assert door.charged == 1


async def test_after_ten_minutes_a_finished_first_no_longer_counts(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        first = await door.finished()
        await door.later(601)
        assert await door.order() != first["task_id"]
        assert door.charged == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"lyrics": LYRICS.replace("\n", "\r\n")},
        {"lyrics": LYRICS.replace("\n", "  \n") + "\n\n"},
        {"lyrics": LYRICS.replace("\n\n", "\n\n\n\n")},
        {"title": " Sixty and Still Loud "},
        {"title": "Sixty\u200b and Still Loud"},
        {"model": "suno-v5_5"},
        {"model": "Suno v5.5"},
        {"model": ""},
        {"instrumental": False, "another_take": False},
        {"negative_tags": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_requests_that_differ_in_nothing_that_is_heard_are_identical(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    async with open_door(tmp_path) as door:
        first = await door.order()
        assert await again(door, **changes) == first
        assert door.charged == 1


async def test_composed_and_decomposed_letters_are_identical(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        first = await door.order(title="Café")
        assert await again(door, title="Cafe\u0301") == first


async def test_weights_written_as_whole_numbers_are_identical(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        first = await door.order(style_weight=1.0)
        assert await again(door, style_weight=1) == first


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Sixty and still loud"},
        {"style": "folk rock, 121 BPM, warm, guitar"},
        {"lyrics": LYRICS + "\nLa"},
        {"model": "suno-v5"},
        {"negative_tags": "drums"},
        {"vocal_gender": "f"},
        {"style_weight": 0.0},
        {"instrumental": True, "lyrics": ""},
    ],
    ids=lambda changes: next(iter(changes)),
)
async def test_requests_that_differ_are_two_songs(tmp_path: Path, changes: dict[str, Any]) -> None:
    async with open_door(tmp_path) as door:
        first = await door.order()
        assert await door.order(**changes) != first
        assert door.charged == 2


async def test_a_simple_and_a_custom_request_are_never_identical(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        one = await door.told("generate_song", prompt="a waltz")
        two = await door.told("generate_song", prompt=" a waltz \r\n")
        three = await door.told("generate_song", prompt="a waltz", instrumental=True)
        assert one["task_id"] == two["task_id"] != three["task_id"]
        assert door.charged == 2


async def test_another_take_pays_for_the_same_again_each_time(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        tasks = [await door.order(), *[await door.order(another_take=True) for _ in range(3)]]
        assert len(set(tasks)) == 4
        assert door.charged == 4


async def test_the_newest_of_several_identical_orders_is_returned(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        await door.finished()
        await door.later(5)
        newest = await door.order(another_take=True)
        assert await again(door) == newest


@pytest.mark.parametrize("word", ["failed", "insufficient-credits", "upstream-error"])
async def test_a_first_that_failed_or_was_refused_does_not_count(tmp_path: Path, word: str) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault(word), route="submit")
        first = await door.told("generate_custom_song", **CUSTOM)
        assert (await door.ended(first["task_id"]))["status"] == "failed"
        assert await door.order() != first["task_id"]
        assert door.paid == 24


async def test_an_unconfirmed_first_is_an_error_again_even_for_another_take(
    tmp_path: Path,
) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("drop-after-charge"), route="submit")
        first = await door.told("generate_custom_song", **CUSTOM)
        for changes in ({}, {"another_take": True}):
            result = await door.call("generate_custom_song", **{**CUSTOM, **changes})
            assert result.is_error
            assert content(result)["status"] == "unconfirmed"
            assert content(result)["task_id"] == first["task_id"]
        await door.later(86_400)
        assert (await door.told("generate_custom_song", **CUSTOM))["task_id"] == first["task_id"]
        assert door.charged == 1


@pytest.mark.parametrize("minutes", [0, 9])
async def test_an_identical_request_after_a_restart_is_the_first(tmp_path: Path, minutes: int) -> None:
    clock = Clock()
    async with open_door(tmp_path, clock=clock) as door:
        first = await door.order()
    clock.move(minutes * 60)
    async with open_door(tmp_path, clock=clock) as door:
        assert await again(door) == first
        assert door.charged == 1


async def test_an_identical_request_to_a_second_process_on_the_library_is_the_first(tmp_path: Path) -> None:
    async with open_door(tmp_path) as one, open_door(tmp_path) as two:
        first = await one.order()
        assert await again(two) == first
        assert await two.order(another_take=True) != first
        assert one.charged == 2


async def test_identical_requests_to_two_processes_at_once_are_one_order(tmp_path: Path) -> None:
    async with open_door(tmp_path) as one, open_door(tmp_path) as two:
        tasks: list[str] = []

        async def order(door: Door) -> None:
            tasks.append((await door.told("generate_custom_song", **CUSTOM))["task_id"])

        async with anyio.create_task_group() as group:
            for door in (one, two) * 4:
                group.start_soon(order, door)
        assert len(set(tasks)) == 1
        assert one.charged == 1


async def test_the_same_request_to_another_provider_is_another_order(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        first = await door.order()
    async with open_paid_door(tmp_path) as door:
        assert await door.order() != first
        assert door.charged == 1
