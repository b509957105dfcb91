"""An order goes on in the process: whoever stops waiting for it loses nothing and pays nothing twice."""

from pathlib import Path

import anyio
import pytest
from mcp import Client

from songwright.mcp import build_server
from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, Clock, Door, Era, content, open_paid_door, text

pytestmark = pytest.mark.anyio


async def leave_while_ordering(door: Door) -> None:
    """Order, and cancel the call when the order has reached the provider and no answer has come."""
    requests = door.requests
    assert requests is not None

    async def call() -> None:
        await door.client.call_tool("generate_custom_song", CUSTOM)
        raise AssertionError("the call was answered before it was cancelled")

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        await requests.until(lambda: requests.count("POST") == 1)
        group.cancel_scope.cancel()


async def test_an_order_without_an_answer_in_time_is_pending_and_get_task_tells_the_outcome(
    tmp_path: Path,
) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.05) as door:
        door.order_faults(Fault("slow", 0.4), route="submit")
        result = await door.call("generate_custom_song", **CUSTOM)
        told = content(result)
        assert not result.is_error
        assert told["status"] == "pending"
        assert "is still being sent to aivideoapi" in text(result)
        assert told["next_step"] == f'get_task(task_id="{told["task_id"]}", wait_seconds=45)'
        assert (await door.ended(told["task_id"]))["status"] == "completed"
        assert door.charged == 1


async def test_a_late_refusal_is_told_by_get_task(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.05) as door:
        door.order_faults(Fault("slow", 0.3), Fault("insufficient-credits"), route="submit")
        first = await door.told("generate_custom_song", **CUSTOM)
        second = await door.told("generate_custom_song", **{**CUSTOM, "title": "Another"})
        ends = {(await door.ended(told["task_id"])).get("error", {}).get("code") for told in (first, second)}
        assert ends == {None, "insufficient_credits"}
        assert door.paid == 24


async def test_an_order_that_hangs_is_pending_and_then_unconfirmed(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.05, request_timeout="0.5") as door:
        door.order_faults(Fault("hang"), route="submit")
        told = await door.told("generate_custom_song", **CUSTOM)
        assert told["status"] == "pending"
        doubt = await door.told("get_task", task_id=told["task_id"], wait_seconds=45)
        assert doubt["status"] == "unconfirmed", "a wait ends when the order is in doubt"
        assert (doubt["error"]["code"], doubt["error"]["spent"]) == ("provider_timeout", "unknown")
        assert door.charged == 1


async def test_a_call_that_repeats_an_order_still_on_its_way_gets_it(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.05) as door:
        door.order_faults(Fault("slow", 0.4), route="submit")
        first = await door.told("generate_custom_song", **CUSTOM)
        again = await door.told("generate_custom_song", **CUSTOM)
        assert again["task_id"] == first["task_id"]
        assert again["status"] == "pending"
        await door.ended(first["task_id"])
        assert door.charged == 1


@pytest.mark.parametrize("era", ERAS)
async def test_an_order_whose_caller_cancels_goes_on_and_a_repeated_call_gets_it(
    tmp_path: Path, era: Era
) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        door.order_faults(Fault("slow", 0.3), route="submit")
        await leave_while_ordering(door)
        again = await door.told("generate_custom_song", **CUSTOM)
        assert (await door.ended(again["task_id"]))["status"] == "completed"
        assert door.charged == 1


@pytest.mark.parametrize("era", ERAS)
async def test_a_host_that_repeats_another_take_whose_answer_it_never_got_pays_once(
    tmp_path: Path, era: Era
) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        door.order_faults(Fault("slow", 0.3), route="submit")
        await leave_while_ordering(door)
        first = await door.told("generate_custom_song", **CUSTOM, another_take=True)
        await door.ended(first["task_id"])
        assert door.charged == 1, "the repeated call was given the order that nobody was told of"
        second = await door.told("generate_custom_song", **CUSTOM, another_take=True)
        assert second["task_id"] != first["task_id"], "once only"
        assert door.charged == 2


@pytest.mark.parametrize("era", ERAS)
async def test_an_order_whose_client_disconnects_goes_on_and_another_client_gets_it(
    tmp_path: Path, era: Era
) -> None:
    async with open_paid_door(tmp_path, era=era) as door:
        requests = door.requests
        assert requests is not None

        async def vanishing_host() -> None:
            async with Client(build_server(door.service), mode=era) as client:
                await client.call_tool("generate_custom_song", CUSTOM)

        door.order_faults(Fault("slow", 0.3), route="submit")
        async with anyio.create_task_group() as group:
            group.start_soon(vanishing_host)
            await requests.until(lambda: requests.count("POST") == 1)
            group.cancel_scope.cancel()
        again = await door.told("generate_custom_song", **CUSTOM, another_take=True)
        assert (await door.ended(again["task_id"]))["status"] == "completed"
        assert door.charged == 1


async def test_an_order_that_was_left_survives_a_restart_and_is_found(tmp_path: Path) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock) as door:
        door.order_faults(Fault("slow", 0.3), route="submit")
        await leave_while_ordering(door)
    async with open_paid_door(tmp_path, clock=clock) as door:
        listed = await door.told("list_tracks")
        again = await door.told("generate_custom_song", **CUSTOM, another_take=True)
        known = [*listed.get("tasks", []), *listed["tracks"]]
        assert {item["task_id"] for item in known} == {again["task_id"]}
        assert (await door.ended(again["task_id"]))["status"] == "completed"
        assert door.charged == 1


async def test_an_order_that_the_end_of_the_program_cut_off_is_in_doubt_at_the_next_start(
    tmp_path: Path,
) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock, answer_seconds=0.05, drain_seconds=0.1) as door:
        door.order_faults(Fault("hang"), route="submit")
        first = await door.told("generate_custom_song", **CUSTOM)
        assert first["status"] == "pending"
    async with open_paid_door(tmp_path, clock=clock) as door:
        result = await door.call("generate_custom_song", **CUSTOM, another_take=True)
        assert result.is_error
        assert content(result)["status"] == "unconfirmed"
        assert content(result)["task_id"] == first["task_id"]
        assert content(result)["error"]["code"] == "submission_unconfirmed"
        assert door.charged == 1
