"""One contract over both providers: every state of a task, and every way it has been told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from songwright.errors import ErrorInfo, SongwrightError
from songwright.models import Credits, TaskState

from .dialects import (
    A_TRACK,
    KEY,
    Reply,
    Script,
    a_error,
    a_output,
    a_task,
    asked_in_vain,
    b_take,
    b_task,
    opened,
    said,
)

pytestmark = pytest.mark.anyio

STATES: list[tuple[str, str, Any, str, int]] = [
    ("aivideoapi", "pending", a_task("pending", progress=None), "pending", 0),
    ("aivideoapi", "processing", a_task("processing"), "processing", 0),
    ("aivideoapi", "two takes", a_task("completed", completed_at=1775384028, **a_output(2)), "completed", 2),
    ("aivideoapi", "one take", a_task("completed", **a_output(1)), "completed", 1),
    ("aivideoapi", "three takes", a_task("completed", **a_output(3)), "completed", 3),
    ("aivideoapi", "no takes", a_task("completed", output={"urls": []}), "completed", 0),
    ("aivideoapi", "no output", a_task("completed"), "completed", 0),
    ("aivideoapi", "output null", a_task("completed", output=None), "completed", 0),
    ("aivideoapi", "failed", a_task("failed", **a_error("upstream_error", "Broken")), "failed", 0),
    ("aivideoapi", "failed without error", a_task("failed"), "failed", 0),
    ("aivideoapi", "enveloped", {"code": 200, "msg": "ok", "data": a_task("processing")}, "processing", 0),
    ("aivideoapi", "in capitals", a_task("COMPLETED", **a_output(1)), "completed", 1),
    ("aivideoapi", "unknown word", a_task("dreaming", **a_output(1)), "processing", 0),
    ("aivideoapi", "null", a_task(None), "processing", 0),
    ("aivideoapi", "number", a_task(7), "processing", 0),
    ("aimusicapi", "nothing yet", b_task("IN_PROGRESS"), "processing", 0),
    ("aimusicapi", "data null", b_task("IN_PROGRESS", response_data=None), "processing", 0),
    ("aimusicapi", "an object", b_task("IN_PROGRESS", response_data={}), "processing", 0),
    ("aimusicapi", "missing", {"code": 200, "data": {"type": "IN_PROGRESS"}}, "processing", 0),
    ("aimusicapi", "text", b_task("IN_PROGRESS", b_take(status="text", audio_url="")), "processing", 0),
    ("aimusicapi", "streaming", b_task("SUCCESS", b_take(status="first")), "processing", 0),
    ("aimusicapi", "success, nothing", b_task("SUCCESS"), "processing", 0),
    ("aimusicapi", "two takes", b_task("SUCCESS", b_take(), b_take()), "completed", 2),
    ("aimusicapi", "one done, one not", b_task("SUCCESS", b_take(), b_take(status="text")), "processing", 0),
    (
        "aimusicapi",
        "one done, one failed",
        b_task("SUCCESS", b_take(), b_take(status="error")),
        "completed",
        1,
    ),
    ("aimusicapi", "both failed", b_task("SUCCESS", b_take(status="failed")), "failed", 0),
    ("aimusicapi", "FAILED", b_task("FAILED"), "failed", 0),
    ("aimusicapi", "failed, one done", b_task("FAIL", b_take(), b_take(status="text")), "completed", 1),
    ("aimusicapi", "done, no address", b_task("SUCCESS", b_take(audio_url="")), "completed", 0),
    ("aimusicapi", "one object", b_task("SUCCESS", response_data=b_take()), "completed", 1),
    ("aimusicapi", "unknown type", b_task("DREAMING", b_take(status="queued")), "processing", 0),
]


@pytest.mark.parametrize(
    ("name", "answer", "status", "tracks"),
    [(name, answer, status, tracks) for name, _, answer, status, tracks in STATES],
    ids=[f"{name}: {what}" for name, what, *_ in STATES],
)
async def test_every_state_is_read(name: str, answer: Any, status: str, tracks: int) -> None:
    state = await opened(name, Script([said(200, answer)])).query("t-1")
    assert state.status == status
    assert len(state.tracks) == tracks
    assert (state.error is not None) == (status == "failed")
    assert all(track.audio_url for track in state.tracks)


async def asked(name: str, answer: Any) -> TaskState:
    return await opened(name, Script([said(200, answer)])).query("t-1")


async def test_every_response_field_of_the_first_seed_has_its_place() -> None:
    first = {**A_TRACK, "image_large_url": "https://e.com/l.jpeg", "video_url": "https://e.com/v.mp4"}
    task = a_task("completed", completed_at=1775384028, **a_output(2))
    task["output"]["metadata"]["tracks"] = [first, {**A_TRACK, "id": "track-uuid-2", "duration": 201.12}]
    state = await asked("aivideoapi", task)
    assert state.model == "suno-v5_5"
    assert state.created_at == datetime(2026, 4, 5, 10, 11, 48, tzinfo=UTC)
    assert state.completed_at == datetime(2026, 4, 5, 10, 13, 48, tzinfo=UTC)
    assert state.tracks[0].model_dump() == {
        "index": 0,
        "provider_track_id": "track-uuid-1",
        "title": "Summer Nights",
        "style": "pop, indie",
        "lyrics": "[Verse]\nWalking down the empty street...",
        "duration_seconds": 198.44,
        "audio_url": "https://file.aivideoapi.ai/audio/1.mp3",
        "image_url": "https://e.com/l.jpeg",
        "video_url": "https://e.com/v.mp4",
        "created_at": None,
    }
    assert (state.tracks[1].index, state.tracks[1].provider_track_id) == (1, "track-uuid-2")
    assert state.tracks[1].duration_seconds == 201.12
    assert state.tracks[1].image_url == "https://example.com/cover1.jpeg"


async def test_every_response_field_of_the_second_seed_has_its_place() -> None:
    state = await asked("aimusicapi", b_task("SUCCESS", b_take(id="s-1", duration="3:02"), b_take()))
    assert state.model == "chirp-v3-5"
    assert state.created_at == datetime(2026, 4, 5, 10, tzinfo=UTC)
    assert state.tracks[0].model_dump() == {
        "index": 0,
        "provider_track_id": "s-1",
        "title": "Summer Nights",
        "style": "pop, indie",
        "lyrics": "[Verse]\nWalking",
        "duration_seconds": 182.0,
        "audio_url": "https://cdn.example.com/1.mp3",
        "image_url": "https://cdn.example.com/1_large.jpeg",
        "video_url": "https://cdn.example.com/1.mp4",
        "created_at": datetime(2026, 4, 5, 10, tzinfo=UTC),
    }
    assert state.tracks[1].provider_track_id is None


@pytest.mark.parametrize(
    ("code", "message", "ours"),
    [
        ("upstream_error", "Music generation failed", "upstream_error"),
        ("internal_error", "Oops", "internal_error"),
        ("upstream_error", "The prompt contains sensitive information", "content_rejected"),
        ("out_of_tune", "New", "upstream_error"),
        (None, None, "upstream_error"),
    ],
)
@pytest.mark.parametrize("name", ["aivideoapi", "sandbox"])
async def test_a_failed_task_of_the_first_seed_is_refunded(
    name: str, code: str | None, message: str | None, ours: str
) -> None:
    state = await asked(name, a_task("failed", error={"code": code, "message": message}))
    error = state.error
    assert error is not None
    assert (error.code, error.provider, error.provider_code) == (ours, name, code)
    assert (error.spent, error.retryable) == ("refunded", False)
    assert error.fix
    assert message is None or error.message.endswith(f': "{message}"')


async def test_a_failed_task_of_the_second_seed_leaves_the_money_unknown() -> None:
    failed = b_take(status="error", error_message="Broken", audio_url=None)
    for answer, ours in (
        (b_task("SUCCESS", failed), "upstream_error"),
        (b_task("FAILED", b_take(status="", fail_message="moderation failed")), "content_rejected"),
        ({**b_task("FAILED"), "message": "Broken"}, "upstream_error"),
    ):
        error = (await asked("aimusicapi", answer)).error
        assert error is not None
        assert (error.code, error.spent, error.retryable) == (ours, "unknown", False)
        assert '"' in error.message


async def test_a_key_in_the_reason_of_a_failure_is_told_nowhere() -> None:
    state = await asked("aivideoapi", a_task("failed", **a_error(KEY, f"key {KEY} broke")))
    assert isinstance(state.error, ErrorInfo)
    assert KEY not in state.error.model_dump_json()


@pytest.mark.parametrize(
    ("take", "kind", "done"),
    [
        ({"status": "complete"}, "IN_PROGRESS", True),
        ({"status": "Completed"}, "IN_PROGRESS", True),
        ({"status": "SUCCESS"}, "IN_PROGRESS", True),
        ({"status": "succeeded"}, "IN_PROGRESS", True),
        ({"status": "first", "extra_message": "All generated successfully."}, "IN_PROGRESS", True),
        ({"status": "first", "extra_message": "Generating"}, "SUCCESS", False),
        ({"status": ""}, "SUCCESS", True),
        ({"status": None}, "COMPLETED", True),
        ({"status": "odd"}, "success", True),
        ({"status": "odd"}, "IN_PROGRESS", False),
        ({"status": "text"}, "SUCCESS", False),
        ({"status": "pending"}, "SUCCESS", False),
        ({"status": "queued"}, "SUCCESS", False),
        ({"status": "streaming"}, "SUCCESS", False),
        ({"status": "", "audio_url": "https://audiopipe.suno.ai/?item_id=1"}, "SUCCESS", False),
        ({"status": "", "audio_url": "ftp://x/y.mp3"}, "SUCCESS", False),
        ({"status": "", "audio_url": None}, "SUCCESS", False),
    ],
)
async def test_whether_a_take_of_the_second_provider_is_done(
    take: dict[str, Any], kind: str, done: bool
) -> None:
    state = await asked("aimusicapi", b_task(kind, b_take(**take)))
    assert state.status == ("completed" if done else "processing")


@pytest.mark.parametrize(
    "answer",
    [
        {"code": 200, "msg": "success", "data": {"balance": 9800}},
        {"code": 200, "data": {"credits": "9800"}},
        {"data": {"remaining": 9800}},
        {"data": 9800},
        {"credits": 9800},
        {"balance": 9800.0},
        9800,
    ],
)
async def test_the_balance_is_found_in_every_known_shape(answer: Any) -> None:
    script = Script([said(200, answer)])
    assert await opened("aivideoapi", script).credits() == Credits(balance=9800)
    assert script.requests[0].url.path == "/v1/credits"


async def test_the_totals_are_read_beside_the_balance() -> None:
    answer = {"code": 200, "data": {"balance": 9800, "total_purchased": 10000, "total_consumed": 200}}
    told = await opened("sandbox", Script([said(200, answer)])).credits()
    assert told == Credits(balance=9800, total_purchased=10000, total_consumed=200)


async def test_the_second_provider_tells_no_balance_and_is_not_asked() -> None:
    script = Script([said(500, {})])
    assert await opened("aimusicapi", script).credits() == Credits()
    assert not script.requests


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (said(401, a_error("invalid_api_key")), "invalid_api_key"),
        (said(200, {"code": 401, "msg": "no"}), "invalid_api_key"),
        (said(404, a_error("not_found")), "invalid_request"),
        (said(200, {"data": {}}), "unexpected_response"),
        (said(200, {"balance": True}), "unexpected_response"),
        (Reply(200, b"NaN"), "unexpected_response"),
        (Reply(502, b"<html>"), "unexpected_response"),
    ],
)
async def test_a_balance_that_cannot_be_read_is_an_error_that_cost_nothing(answer: Reply, code: str) -> None:
    with pytest.raises(SongwrightError) as raised:
        await opened("aivideoapi", Script([answer])).credits()
    assert (raised.value.code, raised.value.spent) == (code, "nothing")


@pytest.mark.parametrize("body", [{}, {"data": {}}, {"data": None}, {"code": 200, "data": []}, [], 1, None])
@pytest.mark.parametrize("name", ["aivideoapi", "aimusicapi"])
async def test_an_object_that_is_no_task_is_asked_again(name: str, body: Any) -> None:
    error = await asked_in_vain(name, said(200, body))
    assert (error.code, error.retryable, error.spent) == ("unexpected_response", True, "nothing")
