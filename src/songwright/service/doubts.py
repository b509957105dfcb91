"""Orders of which nobody knows whether they were taken: their evidence, and how they are settled.

An unconfirmed order leaves that state in two ways only: by an id (a callback whose secret belongs to the
attempt, or a person who found it, either verified by a query), or by a person's decision. The balance is
shown as evidence and never decides, since others may use the same key.
"""

import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from songwright.catalog import CATALOGS
from songwright.errors import (
    InvalidRequest,
    NotConfigured,
    SongwrightError,
    TaskNotFound,
    UnsupportedOption,
)
from songwright.library import Attempt, Library
from songwright.models import Task, TaskState
from songwright.service.accounts import Accounts
from songwright.service.changes import Changes
from songwright.service.following import Follower
from songwright.service.submission import Submissions

SKEW = timedelta(seconds=120)
"""How much earlier than our send a provider's clock may date a task."""

TOKEN_LIFE = timedelta(hours=48)
"""How long after a task's end its callback secret is known."""

HINT_SECONDS = 5.0
"""How often at most callbacks make a task be asked for."""

ON_THEIR_WAY = ("prepared", "sending")
"""States of an attempt whose answer may still come."""

BALANCE_LIFE = timedelta(seconds=30)

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


def new_secret() -> str:
    """A secret for one attempt's callback address: 32 random bytes."""
    return secrets.token_urlsafe(32)


def hashed(secret: str) -> str:
    """How a secret is kept and looked up."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass
class Doubts:
    """Settles unconfirmed orders."""

    library: Library
    accounts: Accounts
    submissions: Submissions
    follower: Follower
    changes: Changes
    clock: Callable[[], datetime]
    _hinted: dict[str, datetime] = field(default_factory=dict[str, datetime])
    _balances: dict[str, tuple[datetime, float | None]] = field(
        default_factory=dict[str, tuple[datetime, float | None]]
    )

    async def not_charged(self, task: Task) -> Task:
        """The person found that it was not taken: the reservation is given back, the task ends failed."""
        error = InvalidRequest(
            f"{task.task_id} was settled as not charged.",
            provider=task.provider,
            fix="The song can be ordered again.",
        )
        info = error.info.model_copy(update={"code": task.error.code} if task.error else {})
        return await self._settled(task, await self.library.settle_not_charged(task.task_id, info))

    async def found(self, task: Task, provider_task_id: str) -> Task:
        """The person found its id: verified by a query, then followed.

        Raises:
            TaskNotFound: the provider does not know the id.
            InvalidRequest: it is another task's.
        """
        if not _ID.fullmatch(provider_task_id):
            raise TaskNotFound(f"{task.provider} has no task of that id.", provider=task.provider)
        other = await self.library.find(provider_task_id)
        if other and other.task_id != task.task_id:
            raise InvalidRequest(
                f"That id belongs to another task here, {other.task_id}.",
                fix=f'get_task(task_id="{other.task_id}") shows it. Ask the person to look again.',
            )
        state = await (await self.accounts.provider(task.provider)).query(provider_task_id)
        bound = await self.library.settle_found(task.task_id, provider_task_id, self._first_poll())
        return await self.follower.record(await self._settled(task, bound), state)

    async def send_again(self, task: Task) -> Task:
        """The person wants it sent once more, although it may be charged twice. Reserves again."""
        self.accounts.require_spending()
        if task.request is None:
            raise UnsupportedOption(f"{task.task_id} was not ordered here, so it cannot be sent again.")
        if task.provider != self.accounts.chosen:
            raise NotConfigured(
                f"{task.task_id} was ordered at {task.provider}; new orders go to {self.accounts.chosen}.",
                fix=f"The person sets SONGWRIGHT_PROVIDER={task.provider} and restarts the app.",
            )
        secret = new_secret() if self.calls_back(task.provider) else None
        placed = await self.library.send_again(
            task.task_id,
            credits=self.accounts.price(task.model),
            daily_cap=self.accounts.settings.daily_credits,
            callback_hash=hashed(secret) if secret else None,
            balance_before=await self.accounts.balance(task.provider),
        )
        if placed is None or placed.attempt is None:
            raise _not_unconfirmed(task)
        self.submissions.start(placed.task, placed.attempt, self.callback_url(secret))
        return placed.task

    def calls_back(self, provider: str) -> bool:
        """Whether orders at a provider carry a callback address."""
        return bool(self.accounts.settings.callback_url) and CATALOGS[provider].calls_back

    def callback_url(self, secret: str | None) -> str | None:
        """The address that one attempt's provider may call."""
        return f"{self.accounts.settings.callback_url}/callbacks/{secret}" if secret else None

    async def knows(self, secret: str) -> tuple[Task, Attempt] | None:
        """The attempt of a callback secret that is still alive, and its task."""
        known = await self.library.by_callback(hashed(secret))
        if known and known[0].ended_at and self.clock() - known[0].ended_at > TOKEN_LIFE:
            return None
        return known

    async def called_back(self, task: Task, attempt: Attempt, hint: str | None) -> bool:
        """A provider called: ask it now, with our key. Of the call itself only an id is taken, as a hint.

        False where the hint may settle the order, but not just now, as the order is still being sent or the
        provider cannot be asked: the call stands to be followed up, 5 s later at the earliest.
        """
        if attempt.provider_task_id is None:
            if not hint or not _ID.fullmatch(hint):
                return True
            if attempt.state in ON_THEIR_WAY:  # the answer to the order itself is the better word
                return False
            return self._may_ask(attempt) and await self._bind(task, attempt, hint)
        if not task.is_over and self._may_ask(attempt):
            await self.follower.refresh(task)
        return True

    def _may_ask(self, attempt: Attempt) -> bool:
        """Whether the last question that a callback caused is long enough ago; if so, now is the last."""
        now = self.clock()
        recent = {
            one: at for one, at in self._hinted.items() if abs((now - at).total_seconds()) < HINT_SECONDS
        }
        self._hinted = recent if attempt.attempt_id in recent else {**recent, attempt.attempt_id: now}
        return attempt.attempt_id not in recent

    async def _bind(self, task: Task, attempt: Attempt, hint: str) -> bool:
        """Give an attempt the id that a callback named, if the provider's own answer fits the order.

        False where the provider did not tell.
        """
        other = await self.library.find(hint)
        if other and other.task_id != task.task_id:
            return True
        try:
            state = await (await self.accounts.provider(task.provider)).query(hint)
        except SongwrightError:
            return False
        if not _fits(task, attempt, state):
            return True
        bound = await self.library.accept(attempt.attempt_id, hint, None, first_poll_at=self._first_poll())
        self.changes.wake(bound.task_id)
        await self.follower.record(bound, state)
        return True

    async def evidence(self, task: Task) -> str | None:
        """What speaks for or against an unconfirmed order having been taken, as a sentence."""
        attempts = await self.library.attempts(task.task_id)
        attempt = next((one for one in reversed(attempts) if one.state == "unconfirmed"), None)
        if attempt is None:
            return None
        parts = [await self._balance_evidence(task, attempt)]
        if attempt.callback_hash:
            parts.append("No callback has come for it yet; one would settle it.")
        elif not CATALOGS[task.provider].calls_back:
            parts.append(f"{task.provider} has no callbacks: only the person can settle it.")
        return " ".join(part for part in parts if part) or None

    async def _balance_evidence(self, task: Task, attempt: Attempt) -> str | None:
        asked_after = attempt.settled_at or attempt.created_at
        if attempt.balance_before is None or (now := await self._balance(task.provider, asked_after)) is None:
            return None
        taken = bool(task.credits) and now <= attempt.balance_before - (task.credits or 0)
        meaning = "it was probably taken" if taken else "it was probably not taken"
        return f"Balance before {attempt.balance_before:g}, now {now:g}: {meaning}."

    async def _balance(self, provider: str, asked_after: datetime) -> float | None:
        """The balance as it was after a moment, asked at most every half minute."""
        known = self._balances.get(provider)
        if known is None or known[0] < asked_after or self.clock() - known[0] > BALANCE_LIFE:
            known = (self.clock(), await self.accounts.balance(provider))
            self._balances[provider] = known
        return known[1]

    async def _settled(self, task: Task, settled: Task | None) -> Task:
        if settled is None:
            raise _not_unconfirmed(task)
        self.changes.wake(task.task_id)
        return settled

    def _first_poll(self) -> datetime:
        return self.clock() + timedelta(seconds=self.accounts.settings.poll_seconds)


def require_unconfirmed(task: Task) -> Task:
    """The task, or InvalidRequest where there is nothing to settle."""
    if task.status != "unconfirmed":
        raise _not_unconfirmed(task)
    return task


def _not_unconfirmed(task: Task) -> InvalidRequest:
    return InvalidRequest(
        f"{task.task_id} is {task.status}, not unconfirmed: there is nothing to settle.",
        fix=f'get_task(task_id="{task.task_id}") shows it.',
    )


def _fits(task: Task, attempt: Attempt, state: TaskState) -> bool:
    """Whether a provider's task can be this attempt: the same model, not older than our send."""
    if state.model is not None and state.model != task.model:
        return False
    sent = attempt.sent_at or attempt.created_at
    return state.created_at is None or state.created_at >= sent - SKEW
