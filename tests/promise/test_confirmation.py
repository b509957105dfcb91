"""SONGWRIGHT_CONFIRM_SPEND=always, and the person's word on a doubtful order: one answer counts once."""

from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import MCPError

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, Door, Era, content, open_door, text
from tests.promise.people import MODERN, NO_FORMS, Host, Person, open_host

pytestmark = pytest.mark.anyio

ORDER = "generate_custom_song"
ANOTHER: dict[str, Any] = {**CUSTOM, "another_take": True}


async def in_doubt(door: Door, *, taken: bool = True) -> str:
    """The id of an order that was answered without an id."""
    door.order_faults(Fault("no-id", taken=taken), route="submit")
    told = await door.told(ORDER, **CUSTOM)
    assert told["status"] == "unconfirmed", told
    return told["task_id"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_yes_orders_once_and_the_question_names_song_price_and_provider(
    tmp_path: Path, era: Era
) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, era) as host:
        told = await host.order()
        assert told["status"] in ("pending", "processing"), told
        assert door.charged == 1
        (question,) = host.person.questions
        assert '"Sixty and Still Loud"' in question
        assert "24 credits" in question
        assert "sandbox (suno-v5_5)" in question


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("person", NO_FORMS, ids=["declined", "cancelled", "not ticked"])
async def test_every_no_orders_nothing_and_leaves_no_task(tmp_path: Path, era: Era, person: Person) -> None:
    no = Person(person.action, person.ticks)
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, era, no) as host:
        told = await host.order()
        assert (told["status"], told["error"]["code"]) == ("error", "declined")
        assert told["error"]["spent"] == "nothing"
        assert len(no.questions) == 1
        assert door.charges == ()
        assert (await door.told("list_tracks")).get("tasks", []) == []


@pytest.mark.parametrize("era", ERAS)
async def test_a_client_that_cannot_ask_is_told_what_to_set(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era, confirm_spend="always") as door:
        result = await door.call(ORDER, **CUSTOM)
        error = content(result)["error"]
        assert (error["code"], error["spent"]) == ("declined", "nothing")
        assert "SONGWRIGHT_CONFIRM_SPEND=never" in error["fix"]
        assert "SONGWRIGHT_CONFIRM_SPEND=never" in text(result)
        assert door.charges == ()


@pytest.mark.parametrize("era", ERAS)
async def test_an_identical_repeat_is_answered_without_a_question(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, era) as host:
        first = await host.order()
        again = await host.order()
        assert again["task_id"] == first["task_id"]
        assert "nothing was spent again" in again["notice"]
        assert len(host.person.questions) == 1
        assert door.charged == 1


@pytest.mark.parametrize("era", ERAS)
async def test_another_take_is_asked_for_anew(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, era) as host:
        first = await host.order()
        second = await host.order(another_take=True)
        assert second["task_id"] != first["task_id"]
        assert len(host.person.questions) == 2
        assert door.charged == 2


@pytest.mark.parametrize("era", ERAS)
async def test_what_is_refused_anyway_is_not_asked(tmp_path: Path, era: Era) -> None:
    async with (
        open_door(tmp_path, confirm_spend="always") as door,
        open_host(door, era) as host,
    ):
        told = await host.order(style="x" * 201)
        assert told["error"]["code"] == "invalid_request"
        assert host.person.questions == []


async def test_bad_input_22_one_sealed_yes_spends_once_however_often_it_is_replayed(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, MODERN) as host:
        question = await host.asked(ORDER, **ANOTHER)
        first = await host.answered(question, ORDER, ANOTHER)
        assert first["status"] in ("pending", "processing"), first
        for _ in range(3):
            replayed = await host.answered(question, ORDER, ANOTHER)
            assert replayed["error"]["code"] == "declined", replayed
            assert "used already" in replayed["error"]["message"]
        assert door.charged == 1


async def test_bad_input_22_a_yes_replayed_many_times_at_once_spends_once(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, MODERN) as host:
        question = await host.asked(ORDER, **ANOTHER)
        statuses: list[str] = []

        async def replay() -> None:
            statuses.append((await host.answered(question, ORDER, ANOTHER))["status"])

        async with anyio.create_task_group() as group:
            for _ in range(12):
                group.start_soon(replay)
        assert statuses.count("error") == 11
        assert door.charged == 1


async def test_bad_input_22_a_no_stays_a_no_when_its_state_is_replayed_with_a_yes(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, MODERN) as host:
        question = await host.asked(ORDER, **CUSTOM)
        no = await host.answered(question, ORDER, CUSTOM, Person("decline"))
        assert no["error"]["code"] == "declined"
        yes = await host.answered(question, ORDER, CUSTOM)
        assert yes["error"]["code"] == "declined"
        assert door.charges == ()


async def test_bad_input_22_a_yes_to_one_song_orders_no_other(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, MODERN) as host:
        question = await host.asked(ORDER, **CUSTOM)
        for changed in ({**CUSTOM, "title": "Another"}, ANOTHER, {**CUSTOM, "model": "suno-v5"}):
            with pytest.raises(MCPError):
                await host.answered(question, ORDER, changed)
        with pytest.raises(MCPError):
            await host.answered(question, "generate_song", {"prompt": "a song"})
        assert door.charges == ()


async def test_bad_input_22_a_state_from_before_a_restart_spends_nothing(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door:
        async with open_host(door, MODERN) as host:
            question = await host.asked(ORDER, **CUSTOM)
            used = await host.asked(ORDER, **ANOTHER)
            await host.answered(used, ORDER, ANOTHER)
        async with open_host(door, MODERN) as restarted:
            for state, arguments in ((question, CUSTOM), (used, ANOTHER)):
                await _refused_or_asked_anew(restarted, state, arguments)
        assert door.charged == 1


async def _refused_or_asked_anew(host: Host, question: Any, arguments: dict[str, Any]) -> None:
    try:
        told = await host.answered(question, ORDER, arguments)
    except MCPError:
        return
    assert told["status"] == "asked" or told["error"]["code"] == "declined" or "task_id" in told


async def test_bad_input_22_an_answer_to_a_forged_state_is_refused(tmp_path: Path) -> None:
    async with open_door(tmp_path, confirm_spend="always") as door, open_host(door, MODERN) as host:
        question = await host.asked(ORDER, **CUSTOM)
        forged = question.model_copy(update={"request_state": '{"id": "mine", "asked": "x"}'})
        with pytest.raises(MCPError):
            await host.answered(forged, ORDER, CUSTOM)
        bare = question.model_copy(update={"request_state": None})
        assert await host.answered(bare, ORDER, CUSTOM) == {"status": "asked"}
        assert door.charges == ()


@pytest.mark.parametrize("era", ERAS)
async def test_send_again_asks_the_person_and_orders_once_more(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path) as door, open_host(door, era) as host:
        task_id = await in_doubt(door)
        told = await host.told(
            "resolve_task", task_id=task_id, resolution="send_again", accept_double_charge=True
        )
        assert told["status"] in ("pending", "processing"), told
        assert told["task_id"] == task_id
        assert "charged twice" in host.person.questions[0]
        assert "24 play credits" in host.person.questions[0]
        assert door.charged == 2


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("resolution", ["send_again", "not_charged"])
@pytest.mark.parametrize("person", NO_FORMS, ids=["declined", "cancelled", "not ticked"])
async def test_a_no_leaves_the_task_unconfirmed(
    tmp_path: Path, era: Era, resolution: str, person: Person
) -> None:
    no = Person(person.action, person.ticks)
    async with open_door(tmp_path) as door, open_host(door, era, no) as host:
        task_id = await in_doubt(door)
        accepting = {"accept_double_charge": True} if resolution == "send_again" else {}
        told = await host.told("resolve_task", task_id=task_id, resolution=resolution, **accepting)
        assert told["error"]["code"] == "declined"
        assert (await door.told("get_task", task_id=task_id))["status"] == "unconfirmed"
        assert door.charged == 1


@pytest.mark.parametrize("era", ERAS)
async def test_not_charged_asks_the_person_and_closes_the_task(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, daily_credits="24") as door, open_host(door, era) as host:
        task_id = await in_doubt(door, taken=False)
        told = await host.told("resolve_task", task_id=task_id, resolution="not_charged")
        assert told["status"] == "failed", told
        assert len(host.person.questions) == 1
        assert (await door.told("check_credits"))["cap_left"] == 24
        assert await door.order() != task_id


@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("resolution", ["send_again", "not_charged"])
async def test_a_client_that_cannot_ask_settles_by_the_assistant_s_word(
    tmp_path: Path, era: Era, resolution: str
) -> None:
    async with open_door(tmp_path, era=era, confirm_spend="never") as door:
        task_id = await in_doubt(door)
        accepting = {"accept_double_charge": True} if resolution == "send_again" else {}
        told = await door.told("resolve_task", task_id=task_id, resolution=resolution, **accepting)
        assert told["status"] == ("failed" if resolution == "not_charged" else "pending"), told


async def test_bad_input_22_a_replayed_yes_to_send_again_sends_once(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, open_host(door, MODERN) as host:
        task_id = await in_doubt(door)
        arguments: dict[str, Any] = {"task_id": task_id, "resolution": "send_again"}
        arguments["accept_double_charge"] = True
        question = await host.asked("resolve_task", **arguments)
        door.order_faults(Fault("no-id"), route="submit")
        assert (await host.answered(question, "resolve_task", arguments))["status"] == "unconfirmed"
        replayed = await host.answered(question, "resolve_task", arguments)
        assert replayed["error"]["code"] == "declined"
        assert door.charged == 2


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"resolution": "found"}, "provider_task_id"),
        ({"resolution": "send_again"}, "accept_double_charge"),
        ({"resolution": "not_charged", "provider_task_id": "x"}, "provider_task_id"),
        (
            {"resolution": "send_again", "accept_double_charge": True, "provider_task_id": "x"},
            "provider_task_id",
        ),
        ({"resolution": "maybe"}, "resolution"),
        ({}, "resolution"),
    ],
)
@pytest.mark.parametrize("era", ERAS)
async def test_arguments_of_resolve_task_that_do_not_fit_are_named_before_anyone_is_asked(
    tmp_path: Path, era: Era, arguments: dict[str, Any], field: str
) -> None:
    async with open_door(tmp_path) as door, open_host(door, era) as host:
        task_id = await in_doubt(door)
        error = (await host.told("resolve_task", task_id=task_id, **arguments))["error"]
        assert error["code"] == "invalid_request"
        assert field in [problem["field"] for problem in error["problems"]]
        assert host.person.questions == []
        assert (await door.told("get_task", task_id=task_id))["status"] == "unconfirmed"


async def test_only_an_unconfirmed_task_is_settled(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, open_host(door, MODERN) as host:
        task_id = (await door.finished())["task_id"]
        error = (await host.told("resolve_task", task_id=task_id, resolution="not_charged"))["error"]
        assert error["code"] == "invalid_request"
        assert "completed" in error["message"]
        unknown = await host.told("resolve_task", task_id="nobody12", resolution="not_charged")
        assert unknown["error"]["code"] == "task_not_found"
        assert host.person.questions == []
