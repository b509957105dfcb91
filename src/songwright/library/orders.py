"""Placing an order: the search for an identical one, the reservation, the task and its prepared attempt.

All of it happens in the caller's one transaction, so that intent and reservation are committed together or
not at all (SPENDING.md, rule 1 and I4).
"""

from typing import TypeVar

from songwright.library.budget import reserve
from songwright.library.database import Connection, Row, first
from songwright.library.rows import load_task, to_attempt, to_task
from songwright.library.transaction import Transaction
from songwright.library.values import Attempt, NewOrder, OverBudget, Placed

__all__ = [
    "SAME_FOR_MS",
    "NewOrder",
    "OverBudget",
    "Placed",
    "again",
    "has_identical",
    "load_attempt",
    "needed",
    "place",
]

T = TypeVar("T")

SAME_FOR_MS = 10 * 60 * 1000
"""How long an identical request means the same song."""

_SAME = (
    "SELECT * FROM tasks WHERE fingerprint = :fingerprint AND provider = :provider "
    "AND principal = :principal AND status <> 'failed' AND {which} "
    "ORDER BY created_at DESC, revision DESC LIMIT 1"
)
_RECENT_OR_OPEN = _SAME.format(
    which="(status <> 'completed' OR (created_at >= :since AND created_at <= :until))"
)
_OPEN_TO_DOUBT = _SAME.format(
    which="(status = 'unconfirmed' OR (told_at IS NULL AND gone_at IS NOT NULL))",
)


def place(tx: Transaction, order: NewOrder) -> Placed:
    """Place an order, or find the earlier identical one that stands for it.

    Raises:
        OverBudget: the daily cap does not allow it.
    """
    earlier = _identical(tx, order, tx.now)
    if earlier is not None:
        return Placed(to_task(tx, earlier), None)
    reserve(tx, order.provider, order.credits, order.daily_cap)
    task_id = _insert_task(tx, order)
    attempt = _insert_attempt(
        tx, task_id, order.provider, order.credits, order.callback_hash, order.balance_before
    )
    tx.touch(task_id, "placed", f"{order.credits} credits reserved" if order.credits else None)
    return Placed(needed(load_task(tx, task_id)), attempt)


def again(
    tx: Transaction,
    task_id: str,
    credits: int | None,
    daily_cap: int | None,
    callback_hash: str | None,
    balance_before: float | None,
) -> Placed | None:
    """A new attempt for an unconfirmed task; None if it is not unconfirmed. The old reservation is kept.

    Raises:
        OverBudget: the daily cap does not allow it; the task stays as it is.
    """
    old = tx.first(
        "UPDATE attempts SET state = 'superseded', settled_at = :now "
        "WHERE task_id = :task_id AND state = 'unconfirmed' RETURNING provider",
        task_id=task_id,
        now=tx.now,
    )
    if old is None:
        return None
    reserve(tx, old["provider"], credits, daily_cap)
    tx.all(
        "UPDATE tasks SET status = 'pending', error = NULL, credits = :credits, ended_at = NULL "
        "WHERE task_id = :task_id",
        credits=credits,
        task_id=task_id,
    )
    attempt = _insert_attempt(tx, task_id, old["provider"], credits, callback_hash, balance_before)
    tx.touch(task_id, "sent again", "a person accepted that it may be charged twice")
    return Placed(needed(load_task(tx, task_id)), attempt)


def load_attempt(tx: Transaction, attempt_id: str) -> Attempt:
    """An attempt that exists."""
    row = tx.first("SELECT * FROM attempts WHERE attempt_id = :attempt_id", attempt_id=attempt_id)
    return to_attempt(needed(row))


def needed(value: T | None) -> T:
    """A row or task that must exist: its id was made here."""
    if value is None:
        raise LookupError("the library has no such row")
    return value


def has_identical(connection: Connection, order: NewOrder, now: int) -> bool:
    """Whether `place` would find an identical order, if it were called now."""
    return _identical(connection, order, now) is not None


def _identical(connection: Connection, order: NewOrder, now: int) -> Row | None:
    key = {"fingerprint": order.fingerprint, "provider": order.provider, "principal": order.principal}
    if order.another_take:
        return first(connection, _OPEN_TO_DOUBT, **key)
    # The later bound is for a clock that was set back: a song of "tomorrow" is not a recent one.
    return first(connection, _RECENT_OR_OPEN, **key, since=now - SAME_FOR_MS, until=now + SAME_FOR_MS)


def _insert_task(tx: Transaction, order: NewOrder) -> str:
    task_id = tx.fresh_id()
    tx.all(
        "INSERT INTO tasks (task_id, provider, principal, status, title, model, request, fingerprint, "
        "credits, created_at, asked_by, revision) VALUES (:task_id, :provider, :principal, 'pending', "
        ":title, :model, "
        ":request, :fingerprint, :credits, :now, :owner, 0)",
        task_id=task_id,
        provider=order.provider,
        principal=order.principal,
        title=order.title,
        model=order.model,
        request=order.request.model_dump_json(exclude_none=True),
        fingerprint=order.fingerprint,
        credits=order.credits,
        now=tx.now,
        owner=tx.owner,
    )
    return task_id


def _insert_attempt(
    tx: Transaction,
    task_id: str,
    provider: str,
    credits: int | None,
    callback_hash: str | None,
    balance_before: float | None,
) -> Attempt:
    row = tx.first(
        "INSERT INTO attempts (attempt_id, task_id, number, provider, state, owner, callback_hash, credits, "
        "day, balance_before, created_at) VALUES (:attempt_id, :task_id, "
        "(SELECT COUNT(*) + 1 FROM attempts WHERE task_id = :task_id), :provider, 'prepared', :owner, "
        ":callback_hash, :credits, :day, :balance, :now) "
        "RETURNING *",
        attempt_id=f"{task_id}-{tx.new_id()}",
        task_id=task_id,
        provider=provider,
        owner=tx.owner,
        callback_hash=callback_hash,
        credits=credits,
        day=tx.day,
        balance=balance_before,
        now=tx.now,
    )
    return to_attempt(needed(row))
