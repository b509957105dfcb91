"""The daily cap: reservations, as conditional updates of one row per day and provider.

Checking first and adding after lets a few orders too many through when several come at once; one conditional
UPDATE lets exactly the cap through (measured, SPENDING.md).
"""

from songwright.library.database import Connection, first
from songwright.library.transaction import Transaction
from songwright.library.values import OverBudget, Spending


def reserve(tx: Transaction, provider: str, credits: int | None, cap: int | None) -> None:
    """Count an order's credits against today, if the cap allows it.

    Raises:
        OverBudget: it does not.
        ValueError: there is a cap and no known price; such an order must be refused before.
    """
    if cap is not None and credits is None:
        raise ValueError("a daily cap needs a known price")
    key = {"day": tx.day, "provider": provider}
    tx.execute(
        "INSERT INTO spending (day, provider, spent) VALUES (:day, :provider, 0) "
        "ON CONFLICT (day, provider) DO NOTHING",
        key,
    )
    add = "UPDATE spending SET spent = spent + :credits WHERE day = :day AND provider = :provider"
    if cap is None:
        tx.execute(add, {**key, "credits": credits or 0})
        return
    room = f"{add} AND spent + :credits <= :cap RETURNING spent"
    if not tx.execute(room, {**key, "credits": credits, "cap": cap}):
        total, held = _reserved(tx, provider, tx.day), _held(tx, provider, tx.day)
        raise OverBudget(total - held, held, cap)


def reserve_late(tx: Transaction, attempt_id: str) -> None:
    """Count a released reservation again: the provider took the order after all."""
    row = tx.first(
        "UPDATE attempts SET released = 0 WHERE attempt_id = :attempt_id AND released = 1 "
        "RETURNING credits, day, provider",
        attempt_id=attempt_id,
    )
    if row is not None:
        _add(tx, row["provider"], row["day"], row["credits"] or 0)


def release(tx: Transaction, attempt_id: str) -> None:
    """Give an attempt's reservation back, once however often it is called."""
    row = tx.first(
        "UPDATE attempts SET released = 1 WHERE attempt_id = :attempt_id AND released = 0 "
        "RETURNING credits, day, provider",
        attempt_id=attempt_id,
    )
    if row is not None:
        _add(tx, row["provider"], row["day"], -(row["credits"] or 0))


def release_task(tx: Transaction, task_id: str) -> None:
    """Give back what the attempt that the provider took had reserved.

    A task without attempts of its own was found late: its reservation is that of the attempt with its id.
    """
    row = tx.first(
        "SELECT a.attempt_id FROM attempts a JOIN tasks t ON t.task_id = :task_id "
        "WHERE (a.task_id = t.task_id AND a.state = 'accepted') OR (a.provider = t.provider "
        "AND a.provider_task_id = t.provider_task_id "
        "AND NOT EXISTS (SELECT 1 FROM attempts own WHERE own.task_id = t.task_id))",
        task_id=task_id,
    )
    if row is not None:
        release(tx, row["attempt_id"])


def spending(connection: Connection, provider: str, day: str) -> Spending:
    """What a provider's orders cost on that day, and what unconfirmed ones hold back."""
    total, held = _reserved(connection, provider, day), _held(connection, provider, day)
    row = first(
        connection,
        "SELECT COUNT(*) AS count FROM tasks WHERE provider = :provider "
        "AND status IN ('pending', 'processing')",
        provider=provider,
    )
    return Spending(
        spent_today=total - held,
        held_unconfirmed=_held(connection, provider, None),
        unfinished=int(row["count"]) if row else 0,
        reserved_today=total,
    )


def _add(tx: Transaction, provider: str, day: str, credits: int) -> None:
    tx.all(
        "UPDATE spending SET spent = spent + :credits WHERE day = :day AND provider = :provider",
        credits=credits,
        day=day,
        provider=provider,
    )


def _reserved(connection: Connection, provider: str, day: str) -> int:
    row = first(
        connection,
        "SELECT spent FROM spending WHERE day = :day AND provider = :provider",
        day=day,
        provider=provider,
    )
    return int(row["spent"]) if row else 0


def _held(connection: Connection, provider: str, day: str | None) -> int:
    row = first(
        connection,
        "SELECT COALESCE(SUM(credits), 0) AS held FROM attempts WHERE state = 'unconfirmed' AND released = 0 "
        "AND provider = :provider AND (CAST(:day AS TEXT) IS NULL OR day = :day)",
        provider=provider,
        day=day,
    )
    return int(row["held"]) if row else 0
