"""The life of an attempt: each step is one compare-and-set on its state (SPENDING.md, state machine).

    prepared → sending → accepted | rejected | not_sent | unconfirmed
    unconfirmed → accepted | not_charged | superseded

Only the owner of a prepared attempt may begin to send it, once. A step that comes too late changes nothing.
"""

from songwright.errors import ErrorInfo
from songwright.library.budget import release, reserve_late
from songwright.library.database import Row
from songwright.library.orders import load_attempt, needed
from songwright.library.rows import load_task
from songwright.library.spill import Spilled
from songwright.library.transaction import Transaction, to_ms
from songwright.library.values import Attempt
from songwright.models import Task


def start_sending(tx: Transaction, attempt_id: str) -> bool:
    """prepared → sending, by its owner alone; True lets this process, and no other, open the connection."""
    row = tx.first(
        "UPDATE attempts SET state = 'sending', sends = sends + 1, sent_at = :now "
        "WHERE attempt_id = :attempt_id AND state = 'prepared' AND owner = :owner RETURNING task_id, sends",
        attempt_id=attempt_id,
        owner=tx.owner,
        now=tx.now,
    )
    if row is None:
        return False
    tx.all(
        "UPDATE tasks SET sent_at = COALESCE(sent_at, :now) WHERE task_id = :task_id",
        now=tx.now,
        task_id=row["task_id"],
    )
    tx.touch(row["task_id"], "sending", None if row["sends"] == 1 else f"try {row['sends']}")
    return True


def send_later(tx: Transaction, attempt_id: str) -> bool:
    """sending → prepared: it surely was not taken, and may be sent again by the same owner."""
    row = tx.first(
        "UPDATE attempts SET state = 'prepared' "
        "WHERE attempt_id = :attempt_id AND state = 'sending' AND owner = :owner RETURNING task_id",
        attempt_id=attempt_id,
        owner=tx.owner,
    )
    if row is not None:
        tx.touch(row["task_id"], "not taken, to be sent again")
    return row is not None


def accept(
    tx: Transaction, attempt_id: str, provider_task_id: str, warning: str | None, first_poll_at: int
) -> Task:
    """The provider gave an id. Whatever this attempt was thought to be, the id is kept."""
    row = tx.first(
        "UPDATE attempts SET state = 'accepted', provider_task_id = :id, settled_at = :now, error = NULL "
        "WHERE attempt_id = :attempt_id AND state IN ('prepared', 'sending', 'unconfirmed') "
        "RETURNING task_id",
        attempt_id=attempt_id,
        id=provider_task_id,
        now=tx.now,
    )
    if row is None:
        return _accept_late(tx, load_attempt(tx, attempt_id), provider_task_id, first_poll_at)
    task_id = row["task_id"]
    tx.all(
        "UPDATE tasks SET provider_task_id = :id, status = 'pending', error = NULL, notice = :warning, "
        "next_poll_at = :next_poll_at, ended_at = NULL WHERE task_id = :task_id",
        task_id=task_id,
        id=provider_task_id,
        warning=warning,
        next_poll_at=first_poll_at,
    )
    tx.touch(task_id, "accepted", provider_task_id)
    _tell_twins(tx, task_id, provider_task_id)
    return needed(load_task(tx, task_id))


def refuse(tx: Transaction, attempt_id: str, error: ErrorInfo, state: str) -> Task:
    """sending, prepared → rejected, not_sent: surely not an order. Releases it and fails the task."""
    row = tx.first(
        "UPDATE attempts SET state = :state, error = :error, settled_at = :now "
        "WHERE attempt_id = :attempt_id AND state IN ('prepared', 'sending') AND owner = :owner "
        "RETURNING task_id",
        attempt_id=attempt_id,
        owner=tx.owner,
        state=state,
        error=error.model_dump_json(exclude_none=True),
        now=tx.now,
    )
    if row is None:
        return _as_it_is(tx, attempt_id)
    release(tx, attempt_id)
    end(tx, row["task_id"], error, "refused" if state == "rejected" else "not sent")
    return needed(load_task(tx, row["task_id"]))


def doubt(tx: Transaction, attempt_id: str, error: ErrorInfo, evidence: str | None) -> Task:
    """sending → unconfirmed: it may have been taken. The reservation is kept."""
    row = tx.first(
        "UPDATE attempts SET state = 'unconfirmed', error = :error, evidence = :evidence "
        "WHERE attempt_id = :attempt_id AND state = 'sending' AND owner = :owner RETURNING task_id",
        attempt_id=attempt_id,
        owner=tx.owner,
        error=error.model_dump_json(exclude_none=True),
        evidence=evidence,
    )
    if row is None:
        return _as_it_is(tx, attempt_id)
    unconfirm(tx, row["task_id"], error)
    return needed(load_task(tx, row["task_id"]))


def settle_not_charged(tx: Transaction, task_id: str, error: ErrorInfo) -> Task | None:
    """unconfirmed → not_charged, by a person's word; None if it is not unconfirmed."""
    row = tx.first(
        "UPDATE attempts SET state = 'not_charged', settled_at = :now "
        "WHERE task_id = :task_id AND state = 'unconfirmed' RETURNING attempt_id",
        task_id=task_id,
        now=tx.now,
    )
    if row is None:
        return None
    release(tx, row["attempt_id"])
    end(tx, task_id, error, "settled as not charged")
    return load_task(tx, task_id)


def settle_found(tx: Transaction, task_id: str, provider_task_id: str, first_poll_at: int) -> Task | None:
    """unconfirmed → accepted with an id that a person found; None if it is not unconfirmed."""
    row = tx.first(
        "SELECT attempt_id FROM attempts WHERE task_id = :task_id AND state = 'unconfirmed'", task_id=task_id
    )
    if row is None:
        return None
    return accept(tx, row["attempt_id"], provider_task_id, None, first_poll_at)


def unconfirm(tx: Transaction, task_id: str, error: ErrorInfo) -> None:
    """Mark the task of an attempt that became unconfirmed."""
    tx.all(
        "UPDATE tasks SET status = 'unconfirmed', error = :error WHERE task_id = :task_id",
        error=error.model_dump_json(exclude_none=True),
        task_id=task_id,
    )
    tx.touch(task_id, "unconfirmed", error.code)


def end(tx: Transaction, task_id: str, error: ErrorInfo, what: str) -> None:
    """Fail a task."""
    tx.all(
        "UPDATE tasks SET status = 'failed', error = :error, ended_at = :now, next_poll_at = NULL, "
        "lease_owner = NULL, lease_until = NULL WHERE task_id = :task_id",
        error=error.model_dump_json(exclude_none=True),
        now=tx.now,
        task_id=task_id,
    )
    tx.touch(task_id, what, error.code)


def _as_it_is(tx: Transaction, attempt_id: str) -> Task:
    return needed(load_task(tx, load_attempt(tx, attempt_id).task_id))


def _accept_late(tx: Transaction, attempt: Attempt, provider_task_id: str, first_poll_at: int) -> Task:
    """An id for an attempt that was settled otherwise: the same id again, or a song nobody expected."""
    if attempt.provider_task_id is not None:
        if attempt.provider_task_id != provider_task_id:
            tx.touch(attempt.task_id, "another id for the same attempt", provider_task_id)
        return needed(load_task(tx, attempt.task_id))
    tx.all(
        "UPDATE attempts SET provider_task_id = :id WHERE attempt_id = :attempt_id",
        id=provider_task_id,
        attempt_id=attempt.attempt_id,
    )
    reserve_late(tx, attempt.attempt_id)
    add_notice(
        tx,
        attempt.task_id,
        f"The provider took an earlier attempt of this order after all, as {provider_task_id}: "
        "it was charged, and its song is kept as a task of its own.",
    )
    tx.touch(attempt.task_id, "accepted after all", provider_task_id)
    return _follow_separately(tx, attempt, provider_task_id, first_poll_at)


def _follow_separately(tx: Transaction, attempt: Attempt, provider_task_id: str, first_poll_at: int) -> Task:
    old = needed(tx.first("SELECT * FROM tasks WHERE task_id = :task_id", task_id=attempt.task_id))
    task_id = tx.fresh_id()
    tx.all(
        "INSERT INTO tasks (task_id, provider, principal, provider_task_id, status, title, model, request, "
        "credits, notice, created_at, sent_at, told_at, next_poll_at, revision) VALUES (:task_id, :provider, "
        ":principal, :id, 'pending', :title, :model, :request, :credits, :notice, :at, :at, :now, "
        ":next_poll_at, 0)",
        task_id=task_id,
        provider=old["provider"],
        principal=old["principal"],
        id=provider_task_id,
        title=old["title"],
        model=old["model"],
        request=old["request"],
        credits=attempt.credits,
        notice=f"From an earlier attempt of the order {attempt.task_id}, which the provider took after all.",
        at=to_ms(attempt.created_at),
        now=tx.now,
        next_poll_at=first_poll_at,
    )
    tx.touch(task_id, "found", provider_task_id)
    _tell_twins(tx, task_id, provider_task_id)
    return needed(load_task(tx, task_id))


def _tell_twins(tx: Transaction, task_id: str, provider_task_id: str) -> None:
    """A provider that gives one id to two orders: both keep it, both say so (bad input 57)."""
    twins: list[Row] = tx.all(
        "SELECT t.task_id FROM tasks t JOIN tasks mine ON mine.provider = t.provider "
        "WHERE mine.task_id = :task_id AND t.provider_task_id = :id AND t.task_id <> :task_id",
        task_id=task_id,
        id=provider_task_id,
    )
    for twin in twins:
        for one, other in ((task_id, twin["task_id"]), (twin["task_id"], task_id)):
            add_notice(
                tx,
                one,
                f"The provider gave the same id {provider_task_id} to this order and to {other}: "
                "both show that song; ask the provider what was charged.",
            )
            tx.touch(one, "same id as another task", other)


def add_notice(tx: Transaction, task_id: str, text: str) -> None:
    """Add a lasting notice to a task."""
    tx.all(
        "UPDATE tasks SET notice = CASE WHEN notice IS NULL THEN :text ELSE notice || ' ' || :text END "
        "WHERE task_id = :task_id",
        text=text,
        task_id=task_id,
    )


def replay(tx: Transaction, entries: list[Spilled]) -> list[Task]:
    """Accept the ids that an earlier fault kept out; one whose attempt is unknown was never ours."""
    known = [
        entry
        for entry in entries
        if tx.all("SELECT attempt_id FROM attempts WHERE attempt_id = :id", id=entry.attempt_id)
    ]
    return [accept(tx, entry.attempt_id, entry.provider_task_id, entry.warning, tx.now) for entry in known]
