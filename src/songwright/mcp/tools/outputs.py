"""What the tools publish of their results: pruned by hand to what a client can use.

Objects stay open: the full models are what is sent. `error` is spelled out once, in get_task, and `tracks`
where tracks are the point.
"""

from typing import Any

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_WHOLE: Schema = {"type": "integer"}
_NUMBER: Schema = {"type": "number"}
_OPEN: Schema = {"type": "object"}
_MANY: Schema = {"type": "array"}
_STATUSES = ["pending", "processing", "completed", "failed", "unconfirmed", "error"]

_ERROR: Schema = {
    "type": "object",
    "properties": {
        "code": _TEXT,
        "message": _TEXT,
        "retryable": {"type": "boolean"},
        "retry_after_seconds": _WHOLE,
        "spent": {"enum": ["nothing", "refunded", "unknown", "credits"]},
        "fix": _TEXT,
    },
}

_TRACK: Schema = {
    "type": "object",
    "properties": {
        "track_id": _TEXT,
        "task_id": _TEXT,
        "take": _TEXT,
        "title": _TEXT,
        "duration_seconds": _NUMBER,
        "file": _TEXT,
        "audio_url": _TEXT,
    },
}


def _result(statuses: list[str], **properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {"status": {"enum": statuses}, **properties},
        "required": ["status"],
    }


ORDER = _result(
    _STATUSES,
    task_id=_TEXT,
    credits=_WHOLE,
    next_step=_TEXT,
    error=_OPEN,
)

TASK = _result(
    _STATUSES,
    task_id=_TEXT,
    title=_TEXT,
    elapsed_seconds=_WHOLE,
    credits=_WHOLE,
    tracks={"type": "array", "items": _TRACK},
    lyrics=_TEXT,
    notice=_TEXT,
    next_step=_TEXT,
    error=_ERROR,
)

CREDITS = _result(
    ["ok", "error"],
    balance=_NUMBER,
    models=_MANY,
    songs_left=_WHOLE,
    spent_today=_WHOLE,
    daily_cap=_WHOLE,
    cap_left=_WHOLE,
    error=_OPEN,
)

LYRICS = _result(
    ["ok", "problems", "error"],
    price_credits=_WHOLE,
    counts=_OPEN,
    sections=_MANY,
    estimated_seconds=_OPEN,
    problems=_MANY,
    next_step=_TEXT,
    error=_OPEN,
)

TRACKS = _result(
    ["ok", "error"],
    tasks=_MANY,
    tracks={"type": "array", "items": _TRACK},
    total=_WHOLE,
    next_cursor=_TEXT,
    error=_OPEN,
)
