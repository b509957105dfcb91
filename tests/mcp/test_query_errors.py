"""What goes wrong while a task is followed: a question costs nothing, and never fails the task."""

from pathlib import Path
from typing import Any, Literal

import pytest

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, Door, are_saved, content, open_paid_door, text

pytestmark = pytest.mark.anyio

Paid = Literal["aivideoapi", "aimusicapi"]
PAID: tuple[Paid, Paid] = ("aivideoapi", "aimusicapi")
TASK_PATHS = {"aivideoapi": "/v1/tasks/", "aimusicapi": "/api/query"}


def asked(door: Door, provider: Paid) -> int:
    """How often the provider was asked for a task."""
    assert door.requests is not None
    return door.requests.count("GET", TASK_PATHS[provider])


@pytest.mark.parametrize("word", ["invalid-api-key", "insufficient-credits"])
@pytest.mark.parametrize("provider", PAID)
async def test_bad_input_64_a_rejected_key_pauses_following_and_never_fails_the_task(
    tmp_path: Path, provider: Paid, word: str
) -> None:
    async with open_paid_door(tmp_path, provider, song_seconds=100) as door:
        door.order_faults(Fault(word), route="query")
        task_id = await door.order()
        paused = await door.until(task_id, lambda told: "paused" in told.get("notice", ""))
        assert paused["status"] == "pending"
        assert f"({word.replace('-', '_')})" in paused["notice"]
        assert paused["notice"] in text(await door.call("get_task", task_id=task_id))
        assert "error" not in paused
        await door.later(200)
        assert (await door.told("get_task", task_id=task_id))["status"] == "pending"
        assert asked(door, provider) == 1, "a paused task was asked for"
        await door.later(101)
        done = await door.ended(task_id)
        assert done["status"] == "completed"
        assert "paused" not in done.get("notice", "")
        assert door.charged == 1


async def test_an_address_that_is_not_allowed_pauses_too_and_names_the_allowlist(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("ip-not-allowed"), route="query")
        task_id = await door.order()
        paused = await door.until(task_id, lambda told: "paused" in told.get("notice", ""))
        assert "allowlist" in paused["notice"]
        await door.later(301)
        assert (await door.ended(task_id))["status"] == "completed"


async def test_a_pause_holds_for_every_task_of_that_key_and_new_orders_are_tried(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("invalid-api-key"), route="query")
        first = await door.order()
        await door.until(first, lambda told: "paused" in told.get("notice", ""))
        second = await door.order(title="Another")
        await door.until(second, lambda told: "paused" in told.get("notice", ""))
        assert asked(door, "aivideoapi") == 1
        await door.later(301)
        for task_id in (first, second):
            assert (await door.ended(task_id))["status"] == "completed"


FAULTS = (
    Fault("internal-error"),
    Fault("upstream-error"),
    Fault("html502"),
    Fault("html403"),
    Fault("drop"),
    Fault("empty"),
    Fault("not-json"),
    Fault("huge"),
    Fault("gzip-lie"),
    Fault("code-in-200", 500),
    Fault("rate-limit-exceeded"),
    Fault("spend-limit-exceeded"),
    Fault("model-not-found"),
    Fault("answer", status=302, headers=(("location", "http://127.0.0.1:9/"),)),
    Fault("answer", status=200, body=b"[]"),
    Fault("answer", status=200, body=b'{"status": null}'),
)


@pytest.mark.parametrize("provider", PAID)
async def test_questions_that_fail_in_every_way_are_asked_again_and_the_song_arrives(
    tmp_path: Path, provider: Paid
) -> None:
    async with open_paid_door(tmp_path, provider, poll_seconds="0.01") as door:
        door.order_faults(*FAULTS, route="query")
        done = await door.finished()
        assert done["status"] == "completed"
        assert len(done["tracks"]) == 2
        assert door.sandbox.faults.waiting == ()
        assert asked(door, provider) > len(FAULTS)
        assert door.charged == 1


@pytest.mark.parametrize("provider", PAID)
async def test_a_question_without_an_answer_is_asked_again(tmp_path: Path, provider: Paid) -> None:
    async with open_paid_door(tmp_path, provider, request_timeout="0.3") as door:
        door.order_faults(Fault("hang"), route="query")
        assert (await door.finished())["status"] == "completed"


async def test_retry_after_on_a_question_is_kept(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault("rate-limit-exceeded", 90), route="query")
        task_id = await door.order()
        await door.until(task_id, lambda told: asked(door, "aivideoapi") == 1)
        await door.later(80)
        assert (await door.told("get_task", task_id=task_id))["status"] == "pending"
        assert asked(door, "aivideoapi") == 1
        await door.later(11)
        assert (await door.ended(task_id))["status"] == "completed"


@pytest.mark.parametrize("provider", PAID)
async def test_a_fresh_task_that_is_not_found_yet_is_waited_for(tmp_path: Path, provider: Paid) -> None:
    async with open_paid_door(tmp_path, provider) as door:
        door.order_faults(Fault("not-found-first", 4), route="submit")
        done = await door.finished()
        assert done["status"] == "completed"
        assert asked(door, provider) >= 5


@pytest.mark.parametrize("provider", PAID)
async def test_a_task_that_is_never_found_is_given_up_after_a_day_with_its_ids_kept(
    tmp_path: Path, provider: Paid
) -> None:
    async with open_paid_door(tmp_path, provider) as door:
        door.order_faults(Fault("not-found-first", 9999), route="submit")
        task_id = await door.order()
        await door.until(task_id, lambda told: asked(door, provider) > 5)
        assert (await door.told("get_task", task_id=task_id))["status"] == "pending"
        await door.later(601)
        rare = await door.until(task_id, lambda told: "does not know this task" in told.get("notice", ""))
        assert rare["status"] == "pending"
        count = asked(door, provider)
        await door.later(1000)
        assert (await door.told("get_task", task_id=task_id))["status"] == "pending"
        assert asked(door, provider) == count, "asked again before half an hour was over"
        await door.later(86_400)
        gone = await door.ended(task_id)
        assert gone["status"] == "failed"
        assert gone["provider_task_id"] == door.sandbox.ledger.orders()[0].id
        error = gone["error"]
        assert (error["code"], error["spent"], error["retryable"]) == ("task_not_found", "unknown", False)
        assert gone["provider_task_id"] in error["fix"]
        shown = text(await door.call("get_task", task_id=task_id))
        assert f"{task_id} failed: [task_not_found]" in shown
        assert "It may have been charged" in shown
        counted = await door.service.spending()
        assert counted.spent_today == 0, "it was spent yesterday"


ENDS: list[tuple[Paid, str, dict[str, Any]]] = [
    (
        "aivideoapi",
        "failed",
        {"code": "upstream_error", "provider_code": "upstream_error", "spent": "refunded"},
    ),
    (
        "aivideoapi",
        "moderation",
        {"code": "content_rejected", "provider_code": "upstream_error", "spent": "refunded"},
    ),
    ("aimusicapi", "failed", {"code": "upstream_error", "spent": "unknown"}),
    ("aimusicapi", "moderation", {"code": "content_rejected", "spent": "unknown"}),
]


@pytest.mark.parametrize(
    ("provider", "word", "told"), ENDS, ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_failed_task_says_why_and_what_became_of_the_money(
    tmp_path: Path, provider: Paid, word: str, told: dict[str, Any]
) -> None:
    async with open_paid_door(tmp_path, provider, credits_per_song="24") as door:
        door.order_faults(Fault(word), route="submit")
        task_id = await door.order()
        failed = await door.ended(task_id)
        error = failed["error"]
        assert failed["status"] == "failed"
        assert {name: error.get(name) for name in told} == told
        assert error["provider"] == provider
        assert not error["retryable"]
        assert error["fix"]
        if word == "moderation":
            assert "sensitive information" in error["message"]
            assert "the same text will be refused again" in error["fix"]
        shown = text(await door.call("get_task", task_id=task_id))
        assert ("Refunded by aivideoapi" in shown) == (provider == "aivideoapi")
        assert ("It may have been charged" in shown) == (provider == "aimusicapi")
        assert error["fix"] in shown
        spent = (await door.service.spending()).spent_today
        assert spent == (0 if provider == "aivideoapi" else 24), "only a promised refund is given back"
        again = await door.told("generate_custom_song", **CUSTOM)
        assert again["task_id"] != task_id, "a failed first doesn't count"
        assert (await door.ended(again["task_id"]))["status"] == "completed"


@pytest.mark.parametrize("provider", PAID)
async def test_an_unknown_status_word_counts_as_processing(tmp_path: Path, provider: Paid) -> None:
    async with open_paid_door(tmp_path, provider, song_seconds=50) as door:
        door.order_faults(Fault("unknown-status"), route="submit")
        task_id = await door.order()
        told = await door.until(task_id, lambda told: told["status"] == "processing")
        assert "error" not in told
        await door.later(51)
        assert (await door.ended(task_id))["status"] == "completed"


@pytest.mark.parametrize("provider", PAID)
async def test_a_success_without_finished_audio_is_not_the_end(tmp_path: Path, provider: Paid) -> None:
    async with open_paid_door(tmp_path, provider, song_seconds=300) as door:
        door.order_faults(Fault("early-success"), route="submit")
        task_id = await door.order()
        await door.until(task_id, lambda told: asked(door, provider) >= 1)
        early = await door.told("get_task", task_id=task_id)
        assert early["status"] in ("pending", "processing")
        assert "tracks" not in early
        await door.later(301)
        done = await door.ended(task_id)
        assert [track["take"] for track in done["tracks"]] == ["A", "B"]
        assert are_saved(done)


@pytest.mark.parametrize(("word", "takes"), [("one-take", ["A"]), ("three-takes", ["A", "B", "C"])])
@pytest.mark.parametrize("provider", PAID)
async def test_as_many_takes_as_there_are_arrive(
    tmp_path: Path, provider: Paid, word: str, takes: list[str]
) -> None:
    async with open_paid_door(tmp_path, provider) as door:
        door.order_faults(Fault(word), route="submit")
        done = await door.finished()
        assert [track["take"] for track in done["tracks"]] == takes
        assert are_saved(done)


async def test_a_provider_that_is_down_for_long_is_told_of_and_the_song_still_arrives(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(*[Fault("html502")] * 3, route="query")
        task_id = await door.order()
        await door.until(task_id, lambda told: asked(door, "aivideoapi") >= 1)
        await door.later(700)
        slow = await door.until(
            task_id, lambda told: told["status"] == "completed" or "unusually" in told.get("notice", "")
        )
        assert slow["status"] == "completed" or slow["notice"].startswith("This takes unusually long")
        assert (await door.ended(task_id))["status"] == "completed"


@pytest.mark.parametrize(
    ("word", "code", "retryable"),
    [
        ("invalid-api-key", "invalid_api_key", False),
        ("ip-not-allowed", "ip_not_allowed", False),
        ("rate-limit-exceeded", "rate_limit_exceeded", True),
        ("internal-error", "internal_error", True),
        ("html502", "unexpected_response", True),
        ("drop", "submission_unconfirmed", True),
    ],
)
async def test_credits_that_cannot_be_asked_for_are_an_error_that_cost_nothing(
    tmp_path: Path, word: str, code: str, retryable: bool
) -> None:
    async with open_paid_door(tmp_path) as door:
        door.order_faults(Fault(word), route="credits")
        result = await door.call("check_credits")
        error = content(result)["error"]
        assert result.is_error
        assert (error["code"], error["retryable"], error["spent"]) == (code, retryable, "nothing")
        assert "don't order it again" not in error["fix"]
        assert (await door.told("check_credits"))["balance"] == 1000
