"""Following a task at its provider: what to do with each answer, and when to ask again.

The times are those of the providers' page: 5 s growing by 1.3 to six times the first, ±20 % jitter; after 10
minutes a word that it takes long; after 6 hours every 30 minutes, until 48 hours.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from songwright.catalog import CATALOGS
from songwright.errors import (
    InsufficientCredits,
    InvalidApiKey,
    IpNotAllowed,
    NotConfigured,
    RateLimitExceeded,
    SongwrightError,
    TaskNotFound,
)
from songwright.library import Library
from songwright.models import Task, TaskState
from songwright.service.accounts import Accounts
from songwright.service.changes import Changes

LONG = timedelta(minutes=10)
RARE = timedelta(hours=6)
RARE_SECONDS = 1800.0
GIVE_UP = timedelta(hours=48)
UNKNOWN_GIVE_UP = timedelta(hours=24)
UNKNOWN_TRIES = 5
SILENT_TRIES = 20
SILENT_SECONDS = 30.0
KEY_PAUSE = timedelta(minutes=5)

KEY_TROUBLE = (InvalidApiKey, IpNotAllowed, InsufficientCredits, NotConfigured)
"""Failures of the key, not of the task: its polling pauses, and the task stays as it is."""


@dataclass
class Follower:
    """Asks providers about tasks. The only caller of `Library.record`."""

    library: Library
    accounts: Accounts
    changes: Changes
    clock: Callable[[], datetime]
    rng: random.Random
    _paused: dict[str, tuple[datetime, str]] = field(default_factory=dict[str, tuple[datetime, str]])

    async def refresh(self, task: Task) -> Task:
        """Ask once for a task under way and write down what was learnt. No answer makes it raise."""
        if task.provider_task_id is None or task.is_over:
            return task
        if pause := self._pause_of(task.provider):
            until, notice = pause
            return await self._later(task, until, notice=notice)
        try:
            provider = await self.accounts.provider(task.provider)
            state = await provider.query(task.provider_task_id)
        except SongwrightError as error:
            return await self._not_told(task, error)
        return await self.record(task, state)

    async def refresh_addresses(self, task: Task) -> None:
        """Ask again for a finished task, whose files' addresses have expired. Changes nothing if not told."""
        if task.provider_task_id is None:
            return
        try:
            provider = await self.accounts.provider(task.provider)
            state = await provider.query(task.provider_task_id)
        except SongwrightError:
            return
        await self.record(task, state)

    async def record(self, task: Task, state: TaskState) -> Task:
        """Write down a provider's answer: the only way in which a task's state changes after its order."""
        if state.status == "completed" and not state.tracks and task.misses < SILENT_TRIES:
            again = self.clock() + timedelta(seconds=SILENT_SECONDS)
            notice = f"{task.provider} says that the song is finished, but has not sent its audio yet."
            return await self._later(task, again, misses=task.misses + 1, notice=notice)
        catalog = CATALOGS[task.provider]
        task, changed = await self.library.record(
            task.task_id,
            state,
            next_poll_at=self._next_poll(task),
            polls=task.polls + 1,
            refunds=catalog.refunds_failures,
            file_hours=catalog.file_hours,
        )
        if changed:
            self.changes.wake(task.task_id)
        return task

    async def _not_told(self, task: Task, error: SongwrightError) -> Task:
        now = self.clock()
        if isinstance(error, KEY_TROUBLE):
            notice = (
                f"{task.provider} does not accept the key ({error.code}); following is paused. {error.fix}"
            )
            self._paused[task.provider] = (now + KEY_PAUSE, notice)
            return await self._later(task, now + KEY_PAUSE, notice=notice)
        if isinstance(error, TaskNotFound):
            return await self._unknown(task, error)
        if isinstance(error, RateLimitExceeded) and error.retry_after_seconds:
            return await self._later(task, now + timedelta(seconds=error.retry_after_seconds))
        return await self._later(task, self._next_poll(task), notice=self._notice(task))

    async def _unknown(self, task: Task, error: TaskNotFound) -> Task:
        """A task that its provider does not know: patience first, then rare questions, then the end."""
        age = self.clock() - (task.sent_at or task.created_at)
        misses = task.misses + 1
        if age < LONG or misses <= UNKNOWN_TRIES:
            return await self._later(task, self._next_poll(task), misses=misses)
        if age < UNKNOWN_GIVE_UP:
            notice = f"{task.provider} does not know this task (yet); it is asked every 30 minutes for a day."
            again = self.clock() + timedelta(seconds=RARE_SECONDS)
            return await self._later(task, again, misses=misses, notice=notice)
        gone = TaskNotFound(
            f"{task.provider} has not known this task for a day.",
            provider=task.provider,
            http_status=error.http_status,
            spent="unknown",
            credits=task.credits,
            fix=f"The person looks for {task.provider_task_id} and its charge in the provider's dashboard.",
        )
        task = await self.library.fail(task.task_id, gone.info, refund=False)
        self.changes.wake(task.task_id)
        return task

    async def _later(
        self, task: Task, when: datetime | None, *, misses: int | None = None, notice: str | None = None
    ) -> Task:
        told = task.notice != notice
        task = await self.library.reschedule(
            task.task_id,
            next_poll_at=when,
            polls=task.polls + 1,
            misses=task.misses if misses is None else misses,
            notice=notice or "",
        )
        if told:
            self.changes.wake(task.task_id)
        return task

    def _pause_of(self, provider: str) -> tuple[datetime, str] | None:
        pause = self._paused.get(provider)
        if pause and pause[0] <= self.clock():
            del self._paused[provider]
            return None
        return pause

    def _next_poll(self, task: Task) -> datetime | None:
        """When to ask again; None after 48 hours, when only a caller's question asks."""
        now = self.clock()
        age = now - (task.sent_at or task.created_at)
        if age > GIVE_UP:
            return None
        first = self.accounts.settings.poll_seconds
        seconds = RARE_SECONDS if age > RARE else min(first * 1.3 ** min(task.polls, 50), first * 6)
        return now + timedelta(seconds=seconds * self.rng.uniform(0.8, 1.2))

    def _notice(self, task: Task) -> str | None:
        age = self.clock() - (task.sent_at or task.created_at)
        if age > GIVE_UP:
            return f"{task.provider} has not told the end in 48 hours. get_task still asks."
        if age > LONG:
            return "This takes unusually long; most songs take 1 to 3 minutes. It goes on."
        return None
