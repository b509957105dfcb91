"""What is due: which tasks to ask for and which tracks to save, each by one process at a time.

A claim is a lease: it names its owner and ends by itself. A clock that was set back makes a stored time look
far away; a time further off than the longest wait we ever set counts as now (bad input 74).
"""

from songwright.library.database import Connection, first
from songwright.library.rows import to_task, to_track
from songwright.library.transaction import Transaction
from songwright.models import Task, Track

_LONGEST_WAIT_MS = 2 * 60 * 60 * 1000
_LONGEST_SAVE_WAIT_MS = 25 * 60 * 60 * 1000
_LONGEST_LEASE_MS = 15 * 60 * 1000

_TASK_OPEN = (
    "status IN ('pending', 'processing') AND provider_task_id IS NOT NULL AND next_poll_at IS NOT NULL"
)
_TASK_FREE = "(lease_until IS NULL OR lease_until <= :now OR lease_until > :lease_limit)"
_TASK_DUE = f"{_TASK_OPEN} AND (next_poll_at <= :now OR next_poll_at > :limit_at) AND {_TASK_FREE}"

_TRACK_OPEN = "archived = 'waiting' AND next_save_at IS NOT NULL"
_TRACK_FREE = "(save_until IS NULL OR save_until <= :now OR save_until > :lease_limit)"
_TRACK_DUE = f"{_TRACK_OPEN} AND (next_save_at <= :now OR next_save_at > :limit_at) AND {_TRACK_FREE}"


def _bounds(now: int, longest: int) -> dict[str, object]:
    return {"now": now, "limit_at": now + longest, "lease_limit": now + _LONGEST_LEASE_MS}


def any_due(connection: Connection, now: int) -> bool:
    """Whether `claim_due` would find a task: a cheap look before a write."""
    sql = f"SELECT task_id FROM tasks WHERE {_TASK_DUE} LIMIT 1"  # noqa: S608 # our own conditions
    return bool(connection.execute(sql, _bounds(now, _LONGEST_WAIT_MS)))


def claim_due(tx: Transaction, now: int, limit: int, lease_ms: int) -> list[Task]:
    """Lease the tasks that are due, the longest overdue first."""
    sql = (
        "UPDATE tasks SET lease_owner = :owner, lease_until = :until WHERE task_id IN "  # noqa: S608 # our own conditions
        f"(SELECT task_id FROM tasks WHERE {_TASK_DUE} ORDER BY next_poll_at LIMIT :limit) RETURNING *"
    )
    params = {"owner": tx.owner, "until": now + min(lease_ms, _LONGEST_LEASE_MS), "limit": limit}
    rows = tx.execute(sql, {**_bounds(now, _LONGEST_WAIT_MS), **params})
    return [to_task(tx, row) for row in sorted(rows, key=lambda row: row["next_poll_at"])]


def spread_overdue(tx: Transaction, now: int, per_second: float) -> None:
    """Give every overdue task a place in a queue, the newest order first."""
    sql = (
        "UPDATE tasks SET next_poll_at = :now + CAST(queue.place * :gap AS INTEGER) FROM "  # noqa: S608 # our own conditions
        "(SELECT task_id AS id, row_number() OVER (ORDER BY created_at DESC, task_id) - 1 AS place "
        f"FROM tasks WHERE {_TASK_DUE}) AS queue WHERE tasks.task_id = queue.id"
    )
    tx.execute(sql, {**_bounds(now, _LONGEST_WAIT_MS), "gap": 1000 / per_second})


def next_due(connection: Connection, now: int) -> int | None:
    """When the next task is due, or its lease by another ends."""
    sql = (
        "SELECT MIN(CASE WHEN next_poll_at > :limit_at THEN :now "  # noqa: S608 # our own conditions
        f"WHEN NOT {_TASK_FREE} AND lease_until > next_poll_at THEN lease_until "
        f"ELSE next_poll_at END) AS due FROM tasks WHERE {_TASK_OPEN}"
    )
    row = first(connection, sql, **_bounds(now, _LONGEST_WAIT_MS))
    return row["due"] if row else None


def any_unsaved(connection: Connection, now: int) -> bool:
    """Whether `claim_unsaved` would find a track."""
    sql = f"SELECT track_id FROM tracks WHERE {_TRACK_DUE} LIMIT 1"  # noqa: S608 # our own conditions
    return bool(connection.execute(sql, _bounds(now, _LONGEST_SAVE_WAIT_MS)))


def claim_unsaved(tx: Transaction, now: int, limit: int, lease_ms: int) -> list[Track]:
    """Lease the tracks whose files are to be saved, the earliest expiring first."""
    sql = (
        "UPDATE tracks SET save_owner = :owner, save_until = :until WHERE track_id IN "  # noqa: S608 # our own conditions
        f"(SELECT track_id FROM tracks WHERE {_TRACK_DUE} "
        "ORDER BY COALESCE(expires_at, 9223372036854775807), next_save_at LIMIT :limit) "
        "RETURNING *"
    )
    params = {"owner": tx.owner, "until": now + min(lease_ms, _LONGEST_LEASE_MS), "limit": limit}
    rows = tx.execute(sql, {**_bounds(now, _LONGEST_SAVE_WAIT_MS), **params})
    rows.sort(key=lambda row: (row["ordered_at"], row["task_id"], row["take_number"]))
    return [to_track(row) for row in rows]


def next_save(connection: Connection, now: int) -> int | None:
    """When the next track is to be saved."""
    sql = (
        "SELECT MIN(CASE WHEN next_save_at > :limit_at THEN :now "  # noqa: S608 # our own conditions
        f"WHEN NOT {_TRACK_FREE} AND save_until > next_save_at THEN save_until "
        f"ELSE next_save_at END) AS due FROM tracks WHERE {_TRACK_OPEN}"
    )
    row = first(connection, sql, **_bounds(now, _LONGEST_SAVE_WAIT_MS))
    return row["due"] if row else None
