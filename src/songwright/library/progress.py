"""The life of a task after it was taken: what a provider answers, and when it is asked next.

`record` is the one writer of a state that came from a provider. A task never leaves a terminal state and
never goes back from processing to pending. Only what a reader would see makes a new revision: a poll that
brought nothing new wakes nobody.
"""

from songwright.errors import ErrorInfo, TaskNotFound, UpstreamError
from songwright.library import takes
from songwright.library.budget import release_task
from songwright.library.database import Row
from songwright.library.journal import end
from songwright.library.orders import needed
from songwright.library.rows import load_task
from songwright.library.transaction import Transaction, optional_ms
from songwright.models import Task, TaskState

_ORDER = {"unconfirmed": 0, "pending": 0, "processing": 1, "completed": 2, "failed": 2}
_SKEW_MS = 2 * 60 * 1000


def record(
    tx: Transaction,
    task_id: str,
    state: TaskState,
    *,
    next_poll_at: int | None,
    polls: int,
    refunds: bool,
    file_hours: int | None,
    notice: str | None,
) -> tuple[Task, bool]:
    """Write a provider's answer; True if a reader sees a difference.

    Raises:
        TaskNotFound: the library has no such task.
    """
    row = tx.first("SELECT * FROM tasks WHERE task_id = :task_id", task_id=task_id)
    if row is None:
        raise TaskNotFound(f"The library has no task {task_id}.")
    if row["provider_task_id"] is None:
        return needed(load_task(tx, task_id)), False
    _reschedule(tx, task_id, next_poll_at, polls, 0)
    changed = False
    if row["status"] not in ("completed", "failed"):
        changed = _advance(tx, row, state, refunds) | _set_poll_notice(tx, row, notice)
    if state.status == "completed" and row["status"] != "failed":
        made_at = _made_at(tx, row, state)
        changed |= takes.store(tx, row, state.tracks, made_at, file_hours)
        changed |= _name(tx, row)
    if changed:
        tx.touch(task_id, state.status, state.error.code if state.error else None)
    return needed(load_task(tx, task_id)), changed


def reschedule(
    tx: Transaction, task_id: str, *, next_poll_at: int | None, polls: int, misses: int, notice: str | None
) -> Task:
    """Set when a task is asked for next, after an answer that told no state. An empty notice clears it."""
    row = needed(tx.first("SELECT * FROM tasks WHERE task_id = :task_id", task_id=task_id))
    _reschedule(tx, task_id, next_poll_at, polls, misses)
    if notice is not None and _set_poll_notice(tx, row, notice or None):
        tx.touch(task_id, "notice", notice or None)
    return needed(load_task(tx, task_id))


def fail(tx: Transaction, task_id: str, error: ErrorInfo, refund: bool) -> Task:
    """End an unfinished task as failed; one that is over stays as it is."""
    row = needed(tx.first("SELECT status FROM tasks WHERE task_id = :task_id", task_id=task_id))
    if row["status"] in ("pending", "processing"):
        if refund:
            release_task(tx, task_id)
        end(tx, task_id, error, "failed")
    return needed(load_task(tx, task_id))


def adopt(
    tx: Transaction,
    provider: str,
    provider_task_id: str,
    state: TaskState,
    principal: str,
    *,
    next_poll_at: int | None,
    file_hours: int | None,
) -> Task:
    """Take over a provider's task that the library did not order; the same one again is found, not doubled.

    Raises:
        TaskNotFound: it belongs to another person.
    """
    known = tx.first(
        "SELECT task_id, principal FROM tasks WHERE provider = :provider AND provider_task_id = :id",
        provider=provider,
        id=provider_task_id,
    )
    if known is not None and known["principal"] != principal:
        raise TaskNotFound("No such task.")
    task_id = known["task_id"] if known else _insert_adopted(tx, provider, provider_task_id, state, principal)
    task, _ = record(
        tx,
        task_id,
        state,
        next_poll_at=None if state.status in ("completed", "failed") else next_poll_at,
        polls=1,
        refunds=False,
        file_hours=file_hours,
        notice=None,
    )
    return task


def _insert_adopted(
    tx: Transaction, provider: str, provider_task_id: str, state: TaskState, principal: str
) -> str:
    task_id = tx.fresh_id()
    made = optional_ms(state.created_at)
    tx.all(
        "INSERT INTO tasks (task_id, provider, principal, provider_task_id, status, title, model, "
        "created_at, sent_at, told_at, revision) VALUES (:task_id, :provider, :principal, :id, 'pending', "
        ":title, :model, :at, :at, :now, 0)",
        task_id=task_id,
        provider=provider,
        principal=principal,
        id=provider_task_id,
        title=next((track.title for track in state.tracks if track.title), provider_task_id),
        model=state.model or "",
        at=made if made is not None and 0 < made <= tx.now else tx.now,
        now=tx.now,
    )
    tx.touch(task_id, "adopted", provider_task_id)
    return task_id


def _advance(tx: Transaction, row: Row, state: TaskState, refunds: bool) -> bool:
    """Move the status forward; True if it moved."""
    task_id = row["task_id"]
    if _ORDER[state.status] <= _ORDER[row["status"]]:
        return False
    if state.status == "failed":
        if refunds:
            release_task(tx, task_id)
        end(tx, task_id, state.error or _failed_without_reason(row), "failed at the provider")
        return True
    over = state.status == "completed"
    tx.all(
        "UPDATE tasks SET status = :status, ended_at = :ended_at, "
        "next_poll_at = CASE WHEN :over = 1 THEN NULL ELSE next_poll_at END WHERE task_id = :task_id",
        task_id=task_id,
        status=state.status,
        over=int(over),
        ended_at=_made_at(tx, row, state) if over else None,
    )
    return True


def _failed_without_reason(row: Row) -> ErrorInfo:
    return UpstreamError(
        "The provider says that this song failed, and not why.", provider=row["provider"]
    ).info


def _made_at(tx: Transaction, row: Row, state: TaskState) -> int:
    """When the song was finished: as the provider says, if that can be, else now."""
    if row["ended_at"] is not None:
        return int(row["ended_at"])
    told = optional_ms(state.completed_at)
    began = row["sent_at"] or row["created_at"]
    return told if told is not None and began - _SKEW_MS <= told <= tx.now else tx.now


def _name(tx: Transaction, task: Row) -> bool:
    """A song from a description, or one we did not order, is called what the provider called it."""
    if task["request"] is not None and not task["request"].startswith('{"mode":"simple"'):
        return False
    row = tx.first(
        "SELECT title FROM tracks WHERE task_id = :task_id ORDER BY take_number LIMIT 1",
        task_id=task["task_id"],
    )
    if row is None or row["title"] == task["title"]:
        return False
    tx.all(
        "UPDATE tasks SET title = :title WHERE task_id = :task_id",
        title=row["title"],
        task_id=task["task_id"],
    )
    return True


def _set_poll_notice(tx: Transaction, row: Row, notice: str | None) -> bool:
    if row["poll_notice"] == notice:
        return False
    tx.all(
        "UPDATE tasks SET poll_notice = :notice WHERE task_id = :task_id",
        notice=notice,
        task_id=row["task_id"],
    )
    return True


def _reschedule(tx: Transaction, task_id: str, next_poll_at: int | None, polls: int, misses: int) -> None:
    """Write the schedule of an unfinished task and end its lease."""
    tx.all(
        "UPDATE tasks SET next_poll_at = CASE WHEN status IN ('completed', 'failed') THEN NULL "
        "ELSE :next_poll_at END, polls = :polls, misses = :misses, lease_owner = NULL, lease_until = NULL "
        "WHERE task_id = :task_id",
        task_id=task_id,
        next_poll_at=next_poll_at,
        polls=polls,
        misses=misses,
    )
