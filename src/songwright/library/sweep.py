"""Clearing up after processes that died: their orders, their leases, and callers who were never told.

What was prepared was never sent, and is released; what was being sent may have been taken, and becomes
unconfirmed (SPENDING.md, rule 8 and I6). The watcher and every order do this, also while other processes live
on.
"""

from collections.abc import Sequence

from songwright.errors import Busy, ErrorInfo, SubmissionUnconfirmed
from songwright.library.budget import release
from songwright.library.database import Connection, Row
from songwright.library.journal import end, unconfirm
from songwright.library.orders import needed
from songwright.library.rows import load_task
from songwright.library.transaction import Transaction
from songwright.models import Task


def owners(connection: Connection) -> list[str]:
    """Everyone who holds an attempt, a lease or an untold task."""
    rows = connection.execute(
        "SELECT owner FROM attempts WHERE state IN ('prepared', 'sending') "
        "UNION SELECT lease_owner FROM tasks WHERE lease_owner IS NOT NULL "
        "AND status IN ('pending', 'processing', 'unconfirmed') "
        "UNION SELECT save_owner FROM tracks WHERE save_owner IS NOT NULL AND archived = 'waiting' "
        "UNION SELECT asked_by FROM tasks WHERE told_at IS NULL AND gone_at IS NULL"
    )
    return [row["owner"] for row in rows if row["owner"]]


def sweep(tx: Transaction, dead: Sequence[str]) -> list[Task]:
    """Clear up after dead owners and return the tasks whose state changed, each once."""
    changed: list[str] = []
    for owner in dead:
        for row in _settle(tx, owner, "prepared", "not_sent"):
            release(tx, row["attempt_id"])
            end(tx, row["task_id"], _never_sent(row), "never sent")
            changed.append(row["task_id"])
        for row in _settle(tx, owner, "sending", "unconfirmed"):
            unconfirm(tx, row["task_id"], _on_its_way(row))
            changed.append(row["task_id"])
        _end_leases(tx, owner)
    return [needed(load_task(tx, task_id)) for task_id in changed]


def _settle(tx: Transaction, owner: str, state: str, becomes: str) -> list[Row]:
    error = (_never_sent if becomes == "not_sent" else _on_its_way)({})
    return tx.all(
        "UPDATE attempts SET state = :becomes, error = :error, settled_at = :settled_at "
        "WHERE owner = :owner AND state = :state RETURNING attempt_id, task_id, provider",
        owner=owner,
        state=state,
        becomes=becomes,
        error=error.model_dump_json(exclude_none=True),
        settled_at=tx.now if becomes == "not_sent" else None,
    )


def _end_leases(tx: Transaction, owner: str) -> None:
    tx.all("UPDATE tasks SET lease_owner = NULL, lease_until = NULL WHERE lease_owner = :owner", owner=owner)
    tx.all("UPDATE tracks SET save_owner = NULL, save_until = NULL WHERE save_owner = :owner", owner=owner)
    tx.all(
        "UPDATE tasks SET gone_at = :now WHERE asked_by = :owner AND told_at IS NULL AND gone_at IS NULL",
        owner=owner,
        now=tx.now,
    )


def _never_sent(row: Row) -> ErrorInfo:
    return Busy(
        "This order was never sent: the program ended before. Nothing was spent.",
        provider=row.get("provider"),
        fix="Order it again with the same call.",
    ).info


def _on_its_way(row: Row) -> ErrorInfo:
    return SubmissionUnconfirmed(
        "The program ended while this order was on its way: it may have been taken and charged. "
        "It is not sent again by itself.",
        provider=row.get("provider"),
        fix="Call get_task in a minute. If it stays unconfirmed, the person looks at the provider's "
        "dashboard and says with resolve_task what they found.",
    ).info
