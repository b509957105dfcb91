"""The error table of the design, row by row: a real client, the real provider classes, real HTTP.

A fault of the sandbox's script spoils the answer to one order; checked are every field of the error, the
text, what became of the task, what the library counts, and what the provider charged.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, Door, content, open_paid_door, text

pytestmark = pytest.mark.anyio

A: Literal["aivideoapi"] = "aivideoapi"
B: Literal["aimusicapi"] = "aimusicapi"
FIELDS = {
    "code",
    "type",
    "message",
    "provider",
    "provider_code",
    "http_status",
    "retryable",
    "retry_after_seconds",
    "spent",
    "credits",
    "problems",
    "fix",
}


@dataclass(frozen=True)
class Row:
    """One fault and what must come of it. `told` are fields of the error beside code, type and provider."""

    fault: Fault
    code: str
    type: str
    status: Literal["failed", "unconfirmed"] = "failed"
    charged: int = 0
    http_status: int | None = None
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    fix: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return self.fault.word.removeprefix("sandbox:") + (f"-{self.http_status}" if self.fault.body else "")


def refused(word: str, status: int, type: str, *fix: str, number: float | None = None, **told: Any) -> Row:
    """A row of the seed's own table: refused in the provider's shape, nothing charged."""
    code = word.replace("-", "_")
    return Row(
        Fault(word, number), code, type, http_status=status, told={"provider_code": code, **told}, fix=fix
    )


def in_doubt(
    fault: Fault, code: str, type: str, *fix: str, charged: int = 0, status: int | None = None, **told: Any
) -> Row:
    """A row that leaves open whether the order was taken."""
    return Row(
        fault,
        code,
        type,
        status="unconfirmed",
        charged=charged,
        http_status=status,
        told={"spent": "unknown", **told},
        fix=("isn't sent again by itself", "get_task(task_id=", "don't order it again", *fix),
    )


def said(status: int, body: str) -> Fault:
    """An answer word for word."""
    return Fault("answer", status=status, body=body.encode())


A_ROWS = [
    refused("invalid-request", 400, "invalid_request_error", "Correct what the provider names"),
    refused(
        "invalid-api-key",
        401,
        "authentication_error",
        "starts with sk-",
        "disabled or deleted",
        "banned",
        "SONGWRIGHT_AIVIDEOAPI_API_KEY",
        "restart",
    ),
    refused(
        "insufficient-credits",
        402,
        "billing_error",
        "Dashboard > Billing",
        "same call",
        "in progress are paid",
    ),
    refused("ip-not-allowed", 403, "permission_error", "allowlist"),
    refused("model-not-found", 404, "invalid_request_error", "suno-v5_5", "suno-v5"),
    refused(
        "rate-limit-exceeded",
        429,
        "rate_limit_error",
        "in 61 s",
        number=61,
        retryable=True,
        retry_after_seconds=61,
    ),
    refused("spend-limit-exceeded", 429, "billing_error", "hourly, daily or total"),
    in_doubt(
        Fault("internal-error"), "internal_error", "api_error", status=500, provider_code="internal_error"
    ),
    refused(
        "upstream-error",
        503,
        "upstream_error",
        "sensitive or prohibited",
        "unavailable",
        "parameter",
        "refunded",
        spent="refunded",
    ),
    Row(
        said(
            503,
            '{"error": {"code": "upstream_error", "message": "contains sensitive information", "type": "x"}}',
        ),
        "content_rejected",
        "invalid_request_error",
        http_status=503,
        told={"provider_code": "upstream_error", "spent": "refunded"},
        fix=("the same text will be refused again",),
    ),
    Row(
        said(400, '{"error": {"code": "invalid_request", "message": "\'style\' is too long.", "type": "x"}}'),
        "invalid_request",
        "invalid_request_error",
        http_status=400,
        told={
            "provider_code": "invalid_request",
            "problems": [{"field": "style", "message": "\"'style' is too long.\""}],
        },
        fix=("Correct what the provider names",),
    ),
    Row(
        Fault("code-in-200", 402),
        "insufficient_credits",
        "billing_error",
        http_status=402,
        told={"provider_code": "402"},
        fix=("Dashboard > Billing",),
    ),
    in_doubt(Fault("html502"), "unexpected_response", "api_error", status=502),
    in_doubt(
        Fault("html403"), "unexpected_response", "api_error", "SONGWRIGHT_AIVIDEOAPI_BASE_URL", status=403
    ),
    in_doubt(Fault("drop"), "submission_unconfirmed", "connection_error"),
    in_doubt(Fault("drop-after-charge"), "submission_unconfirmed", "connection_error", charged=1),
    in_doubt(Fault("hang"), "provider_timeout", "connection_error", charged=1),
    in_doubt(Fault("empty"), "unexpected_response", "api_error", charged=1, status=200),
    in_doubt(Fault("not-json"), "unexpected_response", "api_error", charged=1, status=200),
    in_doubt(Fault("no-id"), "unexpected_response", "api_error", charged=1, status=200),
]

B_KEY = ("SONGWRIGHT_AIMUSICAPI_API_KEY", "restart", "aimusicapi.org")
B_ROWS = [
    refused("invalid-request", 400, "invalid_request_error", "Correct", provider_code="400"),
    refused("invalid-api-key", 401, "authentication_error", *B_KEY, provider_code="401"),
    refused(
        "insufficient-credits",
        402,
        "billing_error",
        "the person's account at aimusicapi.org",
        "same call",
        provider_code="402",
    ),
    refused(
        "rate-limit-exceeded",
        429,
        "rate_limit_error",
        "in 61 s",
        number=61,
        retryable=True,
        retry_after_seconds=61,
        provider_code="429",
    ),
    in_doubt(Fault("internal-error"), "internal_error", "api_error", status=500, provider_code="500"),
    Row(
        Fault("code-in-200", 400),
        "invalid_request",
        "invalid_request_error",
        http_status=400,
        told={"provider_code": "400"},
        fix=("Correct",),
    ),
    Row(
        Fault("code-in-200", 401),
        "invalid_api_key",
        "authentication_error",
        http_status=401,
        told={"provider_code": "401"},
        fix=B_KEY,
    ),
    Row(
        Fault("code-in-200", 402),
        "insufficient_credits",
        "billing_error",
        http_status=402,
        told={"provider_code": "402"},
        fix=("same call",),
    ),
    in_doubt(Fault("code-in-200", 500), "internal_error", "api_error", status=500, provider_code="500"),
    in_doubt(Fault("html502"), "unexpected_response", "api_error", status=502),
    in_doubt(
        Fault("html403"), "unexpected_response", "api_error", "SONGWRIGHT_AIMUSICAPI_BASE_URL", status=403
    ),
    in_doubt(Fault("drop"), "submission_unconfirmed", "connection_error"),
    in_doubt(Fault("hang"), "provider_timeout", "connection_error", charged=1),
    in_doubt(Fault("no-id"), "unexpected_response", "api_error", charged=1, status=200),
]


@pytest.mark.parametrize("row", A_ROWS, ids=lambda row: row.name)
async def test_every_refusal_of_aivideoapi_is_told_in_full(tmp_path: Path, row: Row) -> None:
    async with open_paid_door(tmp_path, A, request_timeout="0.4") as door:
        await check(door, row, A, credits=24)


@pytest.mark.parametrize("row", B_ROWS, ids=lambda row: row.name)
async def test_every_refusal_of_aimusicapi_is_told_in_full(tmp_path: Path, row: Row) -> None:
    async with open_paid_door(tmp_path, B, request_timeout="0.4") as door:
        await check(door, row, B, credits=None)


async def check(door: Door, row: Row, provider: str, credits: int | None) -> None:
    """Order into the fault, and look everywhere that it is told."""
    door.order_faults(row.fault, route="submit")
    result = await door.call("generate_custom_song", **CUSTOM)
    told, shown = content(result), text(result)
    error = told["error"]
    assert result.is_error
    assert error.keys() <= FIELDS
    assert told["status"] == ("unconfirmed" if row.status == "unconfirmed" else "error")
    check_error(error, row, provider, credits)
    check_text(shown, error, provider)
    await check_kept(door, told["task_id"], row, error)
    assert door.charged == row.charged
    assert door.sandbox.faults.waiting == ()
    assert door.requests is not None
    assert door.requests.count("POST") == 1, "an order was sent again by itself"
    await check_counted(door, row, credits)


def check_error(error: dict[str, Any], row: Row, provider: str, credits: int | None) -> None:
    """Every field of the error."""
    doubt = row.status == "unconfirmed"
    expected: dict[str, Any] = {
        "code": row.code,
        "type": row.type,
        "provider": provider,
        "http_status": row.http_status,
        "retryable": False,
        "spent": "nothing",
        "problems": [],
        "credits": credits if doubt else None,
        **row.told,
    }
    expected = {name: value for name, value in expected.items() if value is not None}
    assert {name: value for name, value in error.items() if name not in ("message", "fix")} == expected
    assert provider in error["message"]
    assert [words for words in row.fix if words not in error["fix"]] == []


def check_text(shown: str, error: dict[str, Any], provider: str) -> None:
    """The text, for hosts that show nothing else."""
    money = {
        "nothing": "Nothing was spent.",
        "refunded": f"Refunded by {provider}.",
        "unknown": "It may have been charged",
    }[error["spent"]]
    assert shown.startswith(f"[{error['code']}] {error['message']} {money}")
    assert error["fix"] in shown
    if seconds := error.get("retry_after_seconds"):
        assert f"Call again in {seconds} s." in shown


async def check_kept(door: Door, task_id: str, row: Row, error: dict[str, Any]) -> None:
    """The task as the library keeps it."""
    kept = await door.call("get_task", task_id=task_id)
    assert not kept.is_error
    assert content(kept)["status"] == row.status
    assert content(kept)["error"] == error
    assert "provider_task_id" not in content(kept)
    listed = await door.told("list_tracks")
    assert [(task["task_id"], task["status"]) for task in listed["tasks"]] == [(task_id, row.status)]


async def check_counted(door: Door, row: Row, credits: int | None) -> None:
    """What the library counts as spent and held."""
    spending = await door.service.spending()
    held = (credits or 0) if row.status == "unconfirmed" else 0
    assert (spending.spent_today, spending.held_unconfirmed, spending.unfinished) == (0, held, 0)


@pytest.mark.parametrize("provider", [A, B])
async def test_an_unreachable_provider_is_told_and_nothing_was_sent(
    tmp_path: Path, provider: Literal["aivideoapi", "aimusicapi"]
) -> None:
    nowhere: dict[str, Any] = {f"{provider}_base_url": "http://127.0.0.1:9"}
    async with open_paid_door(tmp_path, provider, **nowhere) as door:
        result = await door.call("generate_custom_song", **CUSTOM)
        error = content(result)["error"]
        assert result.is_error
        assert error["code"] == "provider_unreachable"
        assert error["type"] == "connection_error"
        assert error["provider"] == provider
        assert (error["retryable"], error["spent"]) == (True, "nothing")
        assert f"SONGWRIGHT_{provider.upper()}_BASE_URL" in error["fix"]
        assert "http_status" not in error
        assert len(door.pauses) == 2, "what was surely not sent is tried three times"
        assert (await door.told("get_task", task_id=content(result)["task_id"]))["status"] == "failed"
        assert (await door.service.spending()).reserved_today == 0
        again = await door.call("generate_custom_song", **CUSTOM)
        assert content(again)["task_id"] != content(result)["task_id"], "a refused first doesn't count"


async def test_a_balance_that_is_too_low_is_told_with_both_figures(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, A, aivideoapi_api_key="sk-sandbox-poor0123456789") as door:
        error = (await door.told("generate_custom_song", **CUSTOM))["error"]
        assert error["code"] == "insufficient_credits"
        assert error["message"] == "aivideoapi needs 24 credits, 0 are left."
        assert door.charged == 0


@pytest.mark.parametrize("provider", [A, B])
async def test_a_rate_limit_is_waited_out_and_the_order_is_charged_once(
    tmp_path: Path, provider: Literal["aivideoapi", "aimusicapi"]
) -> None:
    async with open_paid_door(tmp_path, provider) as door:
        door.order_faults(*[Fault("rate-limit-exceeded")] * 2, route="submit")
        assert (await door.finished())["status"] == "completed"
        assert door.charged == 1
        assert len(door.pauses) == 2
        assert 1.6 <= door.pauses[0] <= 2.4
        assert 3.2 <= door.pauses[1] <= 4.8


async def test_a_rate_limit_that_lasts_is_told_after_four_sends(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, A) as door:
        door.order_faults(*[Fault("rate-limit-exceeded", 7)] * 4, route="submit")
        error = (await door.told("generate_custom_song", **CUSTOM))["error"]
        assert (error["code"], error["retry_after_seconds"]) == ("rate_limit_exceeded", 7)
        assert door.pauses == [7.0, 7.0, 7.0]
        assert door.charged == 0
        assert (await door.finished())["status"] == "completed"


@pytest.mark.parametrize("word", ["other-id", "code-text", "cut", "huge", "gzip-lie"])
@pytest.mark.parametrize("provider", [A, B])
async def test_an_id_in_an_odd_answer_is_an_order_all_the_same(
    tmp_path: Path, provider: Literal["aivideoapi", "aimusicapi"], word: str
) -> None:
    async with open_paid_door(tmp_path, provider) as door:
        door.order_faults(Fault(word), route="submit")
        result = await door.call("generate_custom_song", **CUSTOM)
        if content(result)["status"] == "unconfirmed":  # half of an answer need not hold the id
            assert word == "cut"
            assert "provider_task_id" not in content(result)
            return
        done = await door.ended(content(result)["task_id"])
        assert done["status"] == "completed"
        assert done["provider_task_id"] == door.sandbox.ledger.orders()[0].id
        assert door.charged == 1


async def test_one_id_for_two_orders_is_told_and_mixes_nothing_up(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, A) as door:
        first = await door.finished()
        door.order_faults(Fault("id-twice"), route="submit")
        result = await door.call("generate_custom_song", **{**CUSTOM, "title": "Another"})
        second = await door.told("get_task", task_id=content(result)["task_id"])
        assert second["task_id"] != first["task_id"]
        assert first["provider_task_id"] in (second.get("notice", "") + str(second.get("error", "")))
        assert (await door.told("get_task", task_id=first["task_id"]))["tracks"] == first["tracks"]
