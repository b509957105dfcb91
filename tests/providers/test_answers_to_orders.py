"""What an answer to a paid order means: every status in every shape, and the id that is never lost."""

import gzip
import json
from typing import Any

import pytest

from songwright.errors import (
    InsufficientCredits,
    InternalError,
    InvalidApiKey,
    InvalidRequest,
    IpNotAllowed,
    ModelNotFound,
    RateLimitExceeded,
    Refused,
    SongwrightError,
    Unanswered,
    UnexpectedResponse,
)
from songwright.models import Submission

from .dialects import KEY, Reply, a_error, b_error, ordered, refused, said

pytestmark = pytest.mark.anyio

NAMES = ("aivideoapi", "aimusicapi", "sandbox")
STATUSES = range(100, 600)
OPEN = {408, 409, 425, 502, 504, *range(520, 528)}

SHAPES: dict[str, bytes] = {
    "A": json.dumps(a_error("brand_new_code")).encode(),
    "B": json.dumps({"message": "No."}).encode(),
    "HTML": b"<!DOCTYPE html><title>Attention Required! | Cloudflare</title>",
    "empty": b"",
    "null": b"null",
    "array": b'[{"error": {"code": "invalid_request"}}]',
    "cut": b'{"error": {"code": "invalid_request", "mess',
    "id": b'{"code": 200, "msg": "success", "data": {"taskId": "t-9"}}',
    "work id": b'{"code": 200, "message": "success", "workId": "t-9"}',
    "cut after the id": b'{"code":200,"workId":"t-9","mes',
}


def expected(name: str, status: int, shape: str) -> type[SongwrightError] | None:
    """The decision tables, written a second time: None is a submission."""
    if "id" in shape:
        return None
    if not (shape == "B" if name == "aimusicapi" else shape == "A") or status in OPEN:
        return UnexpectedResponse
    if 400 <= status <= 499:
        special = {401: InvalidApiKey, 402: InsufficientCredits, 403: IpNotAllowed, 429: RateLimitExceeded}
        return (special | ({404: ModelNotFound} if name == "aimusicapi" else {})).get(status, InvalidRequest)
    return InternalError if status == 500 and name != "aimusicapi" else UnexpectedResponse


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", NAMES)
async def test_every_status_in_every_shape_has_its_class(name: str, shape: str) -> None:
    for status in STATUSES:
        outcome = await ordered(name, Reply(status, SHAPES[shape]))
        wanted = expected(name, status, shape)
        assert type(outcome) is (wanted or Submission), status
        if isinstance(outcome, SongwrightError):
            assert outcome.http_status == status
            assert outcome.sends == 1 or (status == 429 and name == "aimusicapi")
            assert (outcome.spent == "unknown") == isinstance(outcome, Unanswered)
        else:
            assert outcome.provider_task_id == "t-9"
            assert (outcome.warning is None) == (200 <= status <= 299 and not shape.startswith("cut"))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("http_status", [200, 202, 400, 402, 500])
@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (400, InvalidRequest),
        ("400", InvalidRequest),
        (401, InvalidApiKey),
        (402, InsufficientCredits),
        (403, IpNotAllowed),
        (404, ModelNotFound),
        (418, InvalidRequest),
        (429, RateLimitExceeded),
        (408, UnexpectedResponse),
        (500, InternalError),
        ("500", InternalError),
        (503, UnexpectedResponse),
        (1001, UnexpectedResponse),
        (0, UnexpectedResponse),
        (-1, UnexpectedResponse),
    ],
)
async def test_a_number_in_the_body_is_the_effective_code(
    name: str, http_status: int, code: object, wanted: type[SongwrightError]
) -> None:
    error = await refused(name, said(http_status, b_error(code)))
    assert type(error) is wanted
    assert error.http_status == int(str(code))
    assert error.provider_code == str(code)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("http_status", [201, 302, 402, 500, 503])
async def test_a_body_that_says_success_without_an_id_never_makes_a_refusal(
    name: str, http_status: int
) -> None:
    for body in ({"code": 200, "message": "success"}, {"code": "200", "msg": "success", "data": None}):
        error = await refused(name, said(http_status, body))
        assert type(error) is UnexpectedResponse
        assert error.spent == "unknown"


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("aivideoapi", {"data": {"taskId": "i-1"}}),
        ("aivideoapi", {"data": {"task_id": "i-1"}}),
        ("aivideoapi", {"data": {"id": "i-1"}}),
        ("aivideoapi", {"taskId": "i-1"}),
        ("aivideoapi", {"task_id": "i-1"}),
        ("aivideoapi", {"id": "i-1"}),
        ("aivideoapi", {"id": "i-1", "status": "pending", "error": None}),
        ("aivideoapi", {"id": "i-1", "status": "failed", "error": {"code": "upstream_error"}}),
        ("aivideoapi", {"error": {"code": "rate_limit_exceeded"}, "taskId": "i-1"}),
        ("aivideoapi", {"result": {"taskId": "i-1"}}),
        ("aimusicapi", {"workId": "i-1"}),
        ("aimusicapi", {"data": {"workId": "i-1"}}),
        ("aimusicapi", {"data": {"task_id": "i-1"}}),
        ("aimusicapi", {"task_id": "i-1"}),
        ("aimusicapi", {"code": 500, "message": "error", "workId": "i-1"}),
    ],
)
@pytest.mark.parametrize("status", [200, 301, 402, 500])
async def test_an_id_is_found_wherever_one_was_ever_seen(
    name: str, body: dict[str, Any], status: int
) -> None:
    outcome = await ordered(name, said(status, body))
    assert isinstance(outcome, Submission)
    assert outcome.provider_task_id == "i-1"


async def test_the_id_of_a_request_beside_an_error_is_no_task() -> None:
    body = {"id": "req-77", "status": "error", **a_error("invalid_api_key")}
    assert type(await refused("aivideoapi", said(401, body))) is InvalidApiKey


async def test_a_whole_number_is_an_id() -> None:
    outcome = await ordered("aimusicapi", said(200, {"code": 200, "workId": 4711}))
    assert isinstance(outcome, Submission)
    assert outcome.provider_task_id == "4711"


@pytest.mark.parametrize(
    "content",
    [
        b'{"code":200,"workId":"w-1","message":"succ',
        b'{"code":200,"workId":17,"message":"succ',
        b'\x00\xff{"code":200 "workId" : "w-1"}',
        b'HTTP/1.1 200 OK {"data":{"task_id":"w-1"}',
        b'{"workId":"w-1"}' + b" " * 1_100_000,
    ],
    ids=["cut", "cut-number", "garbled", "mixed", "too-long"],
)
async def test_an_id_in_a_body_that_cannot_be_read_is_kept(content: bytes) -> None:
    outcome = await ordered("aimusicapi", Reply(200, content))
    assert isinstance(outcome, Submission)
    assert outcome.provider_task_id in ("w-1", "17")
    assert outcome.warning


@pytest.mark.parametrize("content", [b'{"code":200,"workId":"w-1', b'{"code":200,"workId":17', b'{"workId":'])
async def test_an_id_that_was_cut_is_none(content: bytes) -> None:
    error = await refused("aimusicapi", Reply(200, content))
    assert type(error) is UnexpectedResponse
    assert error.evidence


async def test_a_web_page_with_an_id_in_its_script_is_no_order() -> None:
    page = b'<script>window.data = {"id":"GTM-XYZ", "data":{"id":"x"}}</script>'
    assert type(await refused("aivideoapi", Reply(200, page))) is UnexpectedResponse


async def test_gzip_that_was_not_asked_for_is_read_with_a_bound() -> None:
    body = gzip.compress(b'{"code":200,"workId":"w-1"}')
    outcome = await ordered("aimusicapi", Reply(200, body, {"Content-Encoding": "gzip"}))
    assert isinstance(outcome, Submission)
    assert outcome.warning is None


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "zstd", "gzip, gzip"])
async def test_an_encoding_that_lies_leaves_the_order_unconfirmed(encoding: str) -> None:
    answer = Reply(200, b'{"code":200}', {"Content-Encoding": encoding})
    assert type(await refused("aimusicapi", answer)) is UnexpectedResponse


async def test_a_refusal_that_mentions_content_is_a_rejection_of_content() -> None:
    for name, body, spent in (
        ("aivideoapi", a_error("upstream_error", "Contains sensitive information"), "refunded"),
        ("aivideoapi", a_error("invalid_request", "prohibited content in 'prompt'"), "nothing"),
        ("aimusicapi", b_error(400, "Lyrics failed moderation"), "nothing"),
    ):
        status = 503 if spent == "refunded" else 400
        info = (await refused(name, said(status, body))).info
        assert (info.code, info.spent, info.retryable) == ("content_rejected", spent, False)
        assert info.provider_code in ("upstream_error", "invalid_request", "400")


async def test_a_known_code_that_contradicts_a_server_error_is_unconfirmed() -> None:
    for code, status, wanted in (
        ("invalid_request", 500, InternalError),
        ("insufficient_credits", 503, UnexpectedResponse),
        ("upstream_error", 500, InternalError),
        ("upstream_error", 505, UnexpectedResponse),
        ("rate_limit_exceeded", 502, UnexpectedResponse),
    ):
        error = await refused("aivideoapi", said(status, a_error(code)))
        assert type(error) is wanted
        assert error.provider_code == code


async def test_an_error_object_under_http_200_is_read_by_its_code() -> None:
    error = await refused("aivideoapi", said(200, a_error("insufficient_credits")))
    assert type(error) is InsufficientCredits
    assert error.http_status == 402
    assert type(await refused("aivideoapi", said(200, a_error("unheard_of")))) is UnexpectedResponse


async def test_429_of_an_unknown_kind_is_refused_and_never_sent_again() -> None:
    error = await refused("aivideoapi", said(429, a_error("concurrency_reached")))
    assert isinstance(error, RateLimitExceeded)
    assert (error.sends, error.spent) == (1, "nothing")
    billing = await refused("aivideoapi", said(429, a_error("cap", type="billing_error")))
    assert billing.code == "spend_limit_exceeded"


async def test_a_shapeless_4xx_and_a_redirect_name_the_base_url() -> None:
    for status in (301, 307, 400, 403, 404):
        error = await refused("aivideoapi", Reply(status, b"<html>"))
        assert "SONGWRIGHT_AIVIDEOAPI_BASE_URL" in (error.fix or "")
        assert "don't order it again" in (error.fix or "")


@pytest.mark.parametrize("name", NAMES)
async def test_a_key_that_the_provider_repeats_is_told_nowhere(name: str) -> None:
    for status in (200, 400, 401, 500, 503):
        bodies = [a_error("c" + KEY, f"bad key {KEY}"), b_error(status, f"bad key {KEY}"), f"<p>{KEY}</p>"]
        for body in bodies:
            error = await refused(name, said(status, body))
            assert KEY not in f"{error!r} {error} {error.info!r} {error.evidence}"
            assert KEY[:12] not in f"{error!r} {error} {error.info!r} {error.evidence}"


async def test_a_refusal_names_the_arguments_that_the_provider_named() -> None:
    error = await refused("aivideoapi", said(400, a_error("invalid_request", "'model' is required.")))
    assert isinstance(error, Refused)
    assert [problem.field for problem in error.problems] == ["model"]
    assert error.message == "aivideoapi refused the request: \"'model' is required.\""


@pytest.mark.parametrize("status", [103, 301, 307])
@pytest.mark.parametrize("name", NAMES)
async def test_a_redirect_is_unconfirmed_whatever_its_body_says(name: str, status: int) -> None:
    for body in (a_error("insufficient_credits"), b_error(402)):
        error = await refused(name, said(status, body))
        assert (type(error), error.spent) == (UnexpectedResponse, "unknown")


async def test_an_order_is_never_told_that_a_task_is_unknown() -> None:
    error = await refused("aivideoapi", said(404, a_error("task_not_found")))
    assert (type(error), error.provider_code) == (InvalidRequest, "task_not_found")
