"""What happened: events, attempts, revisions, who was told, which confirmations were used; and the seal."""

from typing import Literal

from songwright.library.database import Connection, first
from songwright.library.rows import load_task, to_attempt
from songwright.library.transaction import Transaction, from_ms
from songwright.library.values import Attempt, Event
from songwright.models import Task


def events(connection: Connection, task_id: str) -> list[Event]:
    """A task's history, oldest first."""
    rows = connection.execute(
        "SELECT at, what, detail FROM events WHERE task_id = :task_id ORDER BY revision, number",
        {"task_id": task_id},
    )
    return [Event(from_ms(row["at"]), row["what"], row["detail"]) for row in rows]


def attempts(connection: Connection, task_id: str) -> list[Attempt]:
    """A task's attempts, oldest first."""
    rows = connection.execute(
        "SELECT * FROM attempts WHERE task_id = :task_id ORDER BY number", {"task_id": task_id}
    )
    return [to_attempt(row) for row in rows]


def by_callback(connection: Connection, callback_hash: str) -> tuple[Task, Attempt] | None:
    """The attempt with that callback secret, and its task."""
    row = first(connection, "SELECT * FROM attempts WHERE callback_hash = :hash", hash=callback_hash)
    task = load_task(connection, row["task_id"]) if row else None
    return (task, to_attempt(row)) if row and task else None


def task_of(connection: Connection, attempt_id: str) -> Task | None:
    """The task of an attempt."""
    row = first(connection, "SELECT task_id FROM attempts WHERE attempt_id = :id", id=attempt_id)
    return load_task(connection, row["task_id"]) if row else None


def revision(connection: Connection) -> int:
    """The newest revision."""
    row = first(connection, "SELECT value FROM counters WHERE name = 'revision'")
    return int(row["value"]) if row else 0


def seal(connection: Connection) -> bytes | None:
    """The library's own secret, made with it."""
    row = first(connection, "SELECT value FROM meta WHERE name = 'seal'")
    return bytes.fromhex(row["value"]) if row else None


def changed_since(connection: Connection, revision: int) -> list[str]:
    """The tasks that changed after a revision."""
    rows = connection.execute(
        "SELECT task_id FROM tasks WHERE revision > :revision ORDER BY revision, task_id",
        {"revision": revision},
    )
    return [row["task_id"] for row in rows]


def mark(tx: Transaction, task_id: str, column: Literal["told_at", "gone_at"]) -> None:
    """Note that the caller was told of a task, or that it went away untold."""
    open_yet = "told_at IS NULL" if column == "told_at" else "told_at IS NULL AND gone_at IS NULL"
    tx.all(
        f"UPDATE tasks SET {column} = :now WHERE task_id = :task_id AND {open_yet}",  # noqa: S608 # our own conditions
        now=tx.now,
        task_id=task_id,
    )


def consume(tx: Transaction, confirmation_id: str, principal: str, answer: str) -> bool:
    """Use up a confirmation, whatever the answer was; False if it was used before (SPENDING.md, rule 5)."""
    return bool(
        tx.all(
            "INSERT INTO confirmations (confirmation_id, principal, answer, answered_at) "
            "VALUES (:id, :principal, :answer, :now) ON CONFLICT (confirmation_id) DO NOTHING "
            "RETURNING confirmation_id",
            id=confirmation_id,
            principal=principal,
            answer=answer,
            now=tx.now,
        )
    )
