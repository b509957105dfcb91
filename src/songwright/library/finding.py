"""Finding tasks and tracks: by any of their ids, by words, and those that need attention.

`principal` is the person who asks; None sees everything (the command line).
"""

import base64
import json
from typing import Any

from songwright.errors import InvalidRequest, Problem
from songwright.library.database import Connection, Row, first
from songwright.library.rows import to_task, to_track
from songwright.library.takes import folded
from songwright.library.values import TrackPage
from songwright.models import Task, Track

_MINE = "(CAST(:principal AS TEXT) IS NULL OR principal = :principal)"
_DAY_MS = 24 * 60 * 60 * 1000
_MOST = 50
_MOST_WORDS = 32

_BY_ID = (
    "task_id = :key",
    "provider_task_id = :key",
    "task_id IN (SELECT task_id FROM tracks WHERE track_id = :key)",
    "task_id IN (SELECT task_id FROM attempts WHERE provider_task_id = :key)",
)


def find(connection: Connection, key: str, principal: str | None) -> Task | None:
    """The task with that id, the provider's id, or the id of one of its tracks; the newest of several."""
    wanted = _printable(key)
    for condition in _BY_ID:
        row = first(
            connection,
            f"SELECT * FROM tasks WHERE {condition} AND {_MINE} "  # noqa: S608 # our own conditions
            "ORDER BY created_at DESC, revision DESC LIMIT 1",
            key=wanted,
            principal=principal,
        )
        if row is not None:
            return to_task(connection, row)
    return None


def find_track(connection: Connection, track_id: str, principal: str | None) -> Track | None:
    """One track, or None."""
    sql = f"SELECT * FROM tracks WHERE track_id = :key AND {_MINE}"  # noqa: S608 # our own condition
    row = first(connection, sql, key=_printable(track_id), principal=principal)
    return None if row is None else to_track(row)


def attention(connection: Connection, principal: str | None, now: int) -> list[Task]:
    """Unconfirmed, unfinished and lately failed tasks, newest first; unconfirmed ones are cut off last."""
    rows = connection.execute(
        f"SELECT * FROM tasks WHERE {_MINE} AND (status IN ('pending', 'processing', 'unconfirmed') "  # noqa: S608 # our own condition
        "OR (status = 'failed' AND ended_at > :since)) "
        "ORDER BY CASE status WHEN 'unconfirmed' THEN 0 ELSE 1 END, created_at DESC, task_id LIMIT :most",
        {"principal": principal, "since": now - _DAY_MS, "most": _MOST},
    )
    newest = sorted(rows, key=lambda row: (row["created_at"], row["revision"]), reverse=True)
    return [to_task(connection, row) for row in newest]


def list_tracks(
    connection: Connection, query: str | None, limit: int, cursor: str | None, principal: str | None
) -> TrackPage:
    """A page of tracks, newest task first and its takes in order.

    Raises:
        InvalidRequest: a limit below 1, or a cursor that is not one of ours.
    """
    if limit < 1:
        raise _invalid("limit", "limit must be at least 1")
    wanted, params = _matching(query)
    params["principal"] = principal
    total = first(connection, f"SELECT COUNT(*) AS total FROM tracks WHERE {wanted}", **params)  # noqa: S608 # our own conditions
    after = ""
    if cursor:
        after = _AFTER
        params |= _position(cursor)
    rows = connection.execute(
        f"SELECT * FROM tracks WHERE {wanted} {after} "  # noqa: S608 # our own conditions
        "ORDER BY ordered_at DESC, task_id DESC, take_number LIMIT :most",
        {**params, "most": limit + 1},
    )
    page = rows[:limit]
    return TrackPage(
        tracks=tuple(to_track(row) for row in page),
        total=int(total["total"]) if total else 0,
        next_cursor=_cursor(page[-1]) if len(rows) > limit else None,
    )


_AFTER = (
    "AND (ordered_at < :after_at OR (ordered_at = :after_at AND (task_id < :after_task "
    "OR (task_id = :after_task AND take_number > :after_take))))"
)


def _matching(query: str | None) -> tuple[str, dict[str, Any]]:
    """The condition for a query: an exact id, or every word somewhere in title, style or lyrics."""
    words = folded(query or "").split()[:_MOST_WORDS]
    if not words:
        return _MINE, {}
    params: dict[str, Any] = {f"word{n}": f"%{_escaped(word)}%" for n, word in enumerate(words)}
    every = " AND ".join(f"search LIKE :word{n} ESCAPE '!'" for n in range(len(words)))
    params["key"] = _printable(query or "")
    ids = (
        "track_id = :key OR task_id IN (SELECT task_id FROM tasks WHERE task_id = :key "
        "OR provider_task_id = :key)"
    )
    return f"{_MINE} AND (({every}) OR {ids})", params


def _escaped(word: str) -> str:
    return word.replace("!", "!!").replace("%", "!%").replace("_", "!_")


def _printable(key: str) -> str:
    return key.strip()[:512].encode("utf-8", "replace").decode("utf-8")


def _cursor(row: Row) -> str:
    place = json.dumps([row["ordered_at"], row["task_id"], row["take_number"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _position(cursor: str) -> dict[str, Any]:
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        at, task_id, take = json.loads(raw)
    except (ValueError, TypeError, RecursionError):
        raise _bad_cursor() from None
    if type(at) is not int or type(take) is not int or not isinstance(task_id, str):
        raise _bad_cursor()
    if abs(at) >= 2**63 or abs(take) >= 2**31:
        raise _bad_cursor()
    return {"after_at": at, "after_task": _printable(task_id), "after_take": take}


def _bad_cursor() -> InvalidRequest:
    return _invalid("cursor", "cursor must be the next_cursor of an earlier answer, or left out")


def _invalid(field: str, message: str) -> InvalidRequest:
    return InvalidRequest(
        f"{message}.",
        problems=[Problem(field=field, message=message)],
        fix="Leave it out for the first page.",
    )
