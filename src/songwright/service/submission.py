"""The one place that spends money: each order is sent by the process, and journalled at every step.

The rules are those of the spending design: the attempt is marked `sending` and committed before a connection
is opened; an answer's id is stored before anything else; only what surely was not taken is sent again;
everything unclear becomes `unconfirmed` and waits for evidence or a person. A caller that gives up stops only
its waiting.
"""

import logging
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
from anyio.abc import TaskGroup

from songwright.errors import (
    Busy,
    ErrorInfo,
    InsufficientCredits,
    LibraryUnavailable,
    NotReached,
    ProviderUnreachable,
    RateLimitExceeded,
    Refused,
    SongwrightError,
    SubmissionUnconfirmed,
    Unanswered,
)
from songwright.library import Attempt, Library
from songwright.models import Submission, Task
from songwright.service.accounts import Accounts
from songwright.service.changes import Changes

RESEND_SECONDS = 60.0
"""The most time that repeated sends of one order may take in all."""

SETTLE_SECONDS = 2.0
SETTLE_TRIES = 1800

HEARD_SECONDS = 1.0
"""A reply that the process outlives by so long has surely left it."""

IN_FLIGHT = 4
"""Orders on their way at once, per provider."""

logger = logging.getLogger(__name__)


@dataclass
class Submissions:
    """Sends orders in the process's own task group."""

    library: Library
    accounts: Accounts
    changes: Changes
    tasks: TaskGroup
    clock: Callable[[], datetime]
    rng: random.Random
    sleep: Callable[[float], Awaitable[None]]
    _settled: dict[str, anyio.Event] = field(default_factory=dict[str, anyio.Event])
    _limiters: dict[str, anyio.CapacityLimiter] = field(default_factory=dict[str, anyio.CapacityLimiter])
    _replies: set[str] = field(default_factory=set[str])

    def start(self, task: Task, attempt: Attempt, callback_url: str | None = None) -> None:
        """Send an order that was placed, in the background."""
        self._settled[task.task_id] = anyio.Event()
        self.tasks.start_soon(self._send, task, attempt, callback_url)

    async def settled(self, task_id: str, seconds: float) -> None:
        """Wait until an order of this process was answered, at most so long."""
        if event := self._settled.get(task_id):
            with anyio.move_on_after(seconds):
                await event.wait()

    async def drain(self, seconds: float) -> None:
        """Wait until every order on its way was answered, at most so long."""
        with anyio.move_on_after(seconds):
            for event in list(self._settled.values()):
                await event.wait()
        await self.heard()

    def replying(self, task_id: str) -> None:
        """A caller is being given the answer to its order: told, once this process has outlived the reply.

        A process that is killed with the reply in its hands has told nobody.
        """
        self._replies.add(task_id)
        self.tasks.start_soon(self._outlive, task_id)

    async def heard(self) -> None:
        """Every reply so far was heard: its client calls again, or this process ends in order."""
        while self._replies:
            await self._told(self._replies.pop())

    async def _outlive(self, task_id: str) -> None:
        await anyio.sleep(HEARD_SECONDS)
        if task_id in self._replies:
            self._replies.remove(task_id)
            await self._told(task_id)

    async def _told(self, task_id: str) -> None:
        """Write down that a caller was told; where the library cannot, the caller knows all the same."""
        try:
            with anyio.CancelScope(shield=True):
                await self.library.told(task_id)
        except SongwrightError as error:
            logger.warning("order %s: %s", task_id, error.message)

    async def _send(self, task: Task, attempt: Attempt, callback_url: str | None) -> None:
        try:
            limiter = self._limiters.setdefault(task.provider, anyio.CapacityLimiter(IN_FLIGHT))
            async with limiter:
                await self._send_until_answered(task, attempt, callback_url)
        except SongwrightError as error:  # the library failed: what is not written is swept later
            logger.error("order %s: %s", task.task_id, error.message)
        finally:
            self._settled.pop(task.task_id).set()
            self.changes.wake(task.task_id)

    async def _send_until_answered(self, task: Task, attempt: Attempt, callback_url: str | None) -> None:
        """Send; send again only what surely was not taken, within a minute and never past `error.sends`."""
        last_start = self.clock() + timedelta(seconds=RESEND_SECONDS)
        for sent in range(1, 100):
            if not await self.library.start_sending(attempt.attempt_id):
                return
            error = await self._send_once(task, attempt, callback_url)
            if error is None:
                return
            pause = self._pause(error, sent)
            if sent >= error.sends or self.clock() + timedelta(seconds=pause) > last_start:
                await self._refuse(task, attempt, error)
                return
            if not await self.library.send_later(attempt.attempt_id):
                return
            await self._sleep_or_withdraw(attempt, pause)

    async def _send_once(
        self, task: Task, attempt: Attempt, callback_url: str | None
    ) -> Refused | NotReached | None:
        """Send once. None: settled, taken or in doubt; else the reason why it surely was not taken."""
        assert task.request is not None, "an order always has its request"  # noqa: S101 # for the type checker
        try:
            provider = await self.accounts.provider(task.provider)
            submission = await provider.submit(task.request, callback_url=callback_url)
        except (Refused, NotReached) as error:
            return error
        except Unanswered as error:
            await self._doubt(task, attempt, error)
        except Exception:  # a defect of ours: it may have been sent
            logger.exception("order %s failed inside", task.task_id)
            await self._doubt(task, attempt, SubmissionUnconfirmed("Songwright itself failed while sending."))
        except BaseException:
            closed = SubmissionUnconfirmed("The app was closed while the order was on its way.")
            with anyio.CancelScope(shield=True):
                await self.library.doubt(attempt.attempt_id, self._info(task, closed))
            raise
        else:
            await self._accept(task, attempt, submission)
        return None

    async def _accept(self, task: Task, attempt: Attempt, submission: Submission) -> None:
        first = self.clock() + timedelta(seconds=self.accounts.settings.poll_seconds)
        await self._settle(
            lambda: self.library.accept(
                attempt.attempt_id, submission.provider_task_id, submission.warning, first_poll_at=first
            )
        )

    async def _doubt(self, task: Task, attempt: Attempt, error: Unanswered) -> None:
        info = self._info(task, error)
        await self._settle(lambda: self.library.doubt(attempt.attempt_id, info, evidence=error.evidence))

    def _info(self, task: Task, error: Unanswered) -> ErrorInfo:
        return error.info.model_copy(update={"provider": task.provider, "credits": task.credits})

    async def _refuse(self, task: Task, attempt: Attempt, error: Refused | NotReached) -> None:
        info = error.info.model_copy(update={"provider": task.provider})
        if isinstance(error, InsufficientCredits):
            info = info.model_copy(update={"message": await self._shortage(task, error)})
        state = "not_sent" if isinstance(error, NotReached) else "rejected"
        await self._settle(lambda: self.library.refuse(attempt.attempt_id, info, state))

    async def _shortage(self, task: Task, error: InsufficientCredits) -> str:
        """What is needed and what is left, where the provider tells it."""
        left = None
        with anyio.CancelScope(shield=True):
            left = await self.accounts.balance(task.provider)
        if left is None or (task.credits and left >= task.credits):
            return error.message
        return f"{task.provider} needs {task.credits or 'more'} credits, {left:g} are left."

    async def _settle(self, write: Callable[[], Awaitable[Task]]) -> None:
        """Write down an outcome; where the library cannot, try again until it can or the app is closed."""
        for _ in range(SETTLE_TRIES):
            try:
                with anyio.CancelScope(shield=True):
                    await write()
                return
            except (LibraryUnavailable, Busy) as error:
                logger.error("an order's outcome cannot be written down: %s", error.message)
            await self.sleep(SETTLE_SECONDS)

    async def _sleep_or_withdraw(self, attempt: Attempt, seconds: float) -> None:
        """Wait before the next send; if the app is closed meanwhile, the order was never sent."""
        try:
            await self.sleep(seconds)
        except BaseException:
            closed = ProviderUnreachable("The app was closed before the order could be sent.")
            with anyio.CancelScope(shield=True):
                await self.library.refuse(attempt.attempt_id, closed.info, "not_sent")
            raise

    def _pause(self, error: SongwrightError, sent: int) -> float:
        """2, 4, 8 s with jitter, or what Retry-After asks."""
        if isinstance(error, RateLimitExceeded) and error.retry_after_seconds is not None:
            return float(error.retry_after_seconds)
        base = 2.0**sent if isinstance(error, RateLimitExceeded) else 0.5 * 4.0 ** (sent - 1)
        return base * self.rng.uniform(0.8, 1.2)
