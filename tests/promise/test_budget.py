"""SONGWRIGHT_DAILY_CREDITS: exactly the cap, given back where nothing was kept, free again at midnight."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from songwright.app import open_service
from songwright.errors import BudgetExceeded
from songwright.models import SimpleRequest
from songwright.sandbox.app import Sandbox
from songwright.sandbox.faults import Fault
from songwright.settings import Settings
from tests.fakes import CUSTOM, Door, content, open_door, open_paid_door, quick_sandbox, settings, text

pytestmark = pytest.mark.anyio

ORDER = "generate_custom_song"


async def refused(door: Door, **changes: Any) -> dict[str, Any]:
    """The error of an order that the cap does not allow."""
    charged = door.charged
    result = await door.call(ORDER, **{**CUSTOM, **changes})
    error = content(result)["error"]
    assert error["code"] == "budget_exceeded", error
    assert (error["spent"], error["retryable"]) == ("nothing", False)
    assert door.charged == charged
    return error


async def test_bad_input_19_two_processes_with_a_cap_for_three_admit_exactly_three(tmp_path: Path) -> None:
    chosen = settings(tmp_path, daily_credits="75")

    def sandbox(settings: Settings, clock: Callable[[], datetime]) -> Sandbox:
        return quick_sandbox(settings.data_dir / "sandbox", 0, clock)

    told: list[str] = []
    async with (
        open_service(chosen, open_sandbox=sandbox) as one,
        open_service(chosen, open_sandbox=sandbox) as two,
        anyio.create_task_group() as group,
    ):

        async def order(number: int) -> None:
            try:
                await (one, two)[number % 2].submit(SimpleRequest(prompt=f"song {number}"))
                told.append("ordered")
            except BudgetExceeded:
                told.append("refused")

        for number in range(50):
            group.start_soon(order, number)
    assert (told.count("ordered"), told.count("refused")) == (3, 47)


async def test_a_refund_a_refusal_and_an_order_never_sent_are_given_back(tmp_path: Path) -> None:
    async with open_door(tmp_path, daily_credits="24") as door:
        door.order_faults(Fault("failed"), route="submit")
        failed = await door.finished(title="It fails")
        assert failed["status"] == "failed"
        door.order_faults(Fault("insufficient-credits"), route="submit")
        assert (await door.call(ORDER, **{**CUSTOM, "title": "Refused"})).is_error
        door.order_faults(Fault("upstream-error"), route="submit")
        assert (await door.call(ORDER, **{**CUSTOM, "title": "Refunded"})).is_error
        assert (await door.told("check_credits"))["cap_left"] == 24
        assert (await door.finished(title="Made"))["status"] == "completed"
        await refused(door, title="One too many")


async def test_an_unconfirmed_order_keeps_its_hold_and_the_text_says_so(tmp_path: Path) -> None:
    async with open_door(tmp_path, daily_credits="30") as door:
        door.order_faults(Fault("no-id"), route="submit")
        told = await door.told(ORDER, **CUSTOM)
        assert told["status"] == "unconfirmed"
        error = await refused(door, title="Another")
        assert "24 held for unconfirmed orders" in error["message"]
        account = await door.told("check_credits")
        assert (account["reserved_unconfirmed"], account["cap_left"]) == (24, 6)
        resend = {"task_id": told["task_id"], "resolution": "send_again", "accept_double_charge": True}
        again = content(await door.call("resolve_task", **resend))
        assert again["error"]["code"] == "budget_exceeded", "each attempt is reserved for"
        assert (await door.told("get_task", task_id=told["task_id"]))["status"] == "unconfirmed"


async def test_the_cap_is_free_again_at_midnight_utc_as_the_text_says(tmp_path: Path) -> None:
    async with open_door(tmp_path, daily_credits="24") as door:
        await door.order()
        error = await refused(door, title="Another")
        now = door.clock()
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        assert f"{midnight.astimezone():%H:%M} (00:00 UTC)" in error["fix"]
        assert "Only the person" in error["fix"]
        door.clock.move((midnight - now).total_seconds() - 60)
        await refused(door, title="A minute before")
        door.clock.move(61)
        await door.order(title="After midnight")
        await refused(door, title="And no more")


async def test_a_clock_that_is_set_back_gives_no_second_budget(tmp_path: Path) -> None:
    async with open_door(tmp_path, daily_credits="24") as door:
        await door.order()
        door.clock.move(2 * 86400)
        await door.order(title="Two days on")
        door.clock.move(-2 * 86400)
        await refused(door, title="Back again")


async def test_a_cap_of_zero_lets_nothing_be_spent(tmp_path: Path) -> None:
    async with open_door(tmp_path, daily_credits="0") as door:
        error = await refused(door)
        assert "0 credits" in error["message"]
        assert (await door.told("check_lyrics", lyrics="[Verse]\nLa"))["status"] != "error"


async def test_with_a_cap_and_no_known_price_the_missing_setting_is_named(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi", daily_credits="100") as door:
        result = await door.call(ORDER, **CUSTOM)
        error = content(result)["error"]
        assert error["code"] == "not_configured"
        assert "SONGWRIGHT_CREDITS_PER_SONG" in error["fix"]
        assert "SONGWRIGHT_CREDITS_PER_SONG" in text(result)
        assert door.charges == ()
    async with open_paid_door(tmp_path, "aimusicapi", daily_credits="100", credits_per_song="60") as door:
        await door.order()
        error = await refused(door, title="Another")
        assert "leaves 40" in error["message"]
        assert "needs 60" in error["message"]


async def test_without_a_cap_an_unknown_price_is_no_hindrance(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, "aimusicapi") as door:
        assert (await door.finished())["status"] == "completed"
