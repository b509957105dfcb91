"""The one face of the library: each method is one transaction; what happens inside stands in its module."""

from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, Literal, ParamSpec, TypeVar

import anyio.to_thread

from songwright.errors import Busy, ErrorInfo, LibraryUnavailable
from songwright.library import budget, finding, journal, orders, progress, saving, schedule, sweep
from songwright.library.database import Connection, Database
from songwright.library.history import (
    attempts,
    by_callback,
    changed_since,
    consume,
    events,
    mark,
    revision,
    seal,
    task_of,
)
from songwright.library.rows import load_task, moment
from songwright.library.safekeeping import Safekeeping, with_spilled_id
from songwright.library.spill import Spilled
from songwright.library.transaction import Transaction, from_ms, optional_ms, to_ms
from songwright.library.values import Attempt, Event, NewOrder, Placed, SavedFiles, Spending, TrackPage
from songwright.models import Task, TaskState, Track

P = ParamSpec("P")
T = TypeVar("T")
Clock = Callable[[], datetime]


class Library:
    """Tasks, attempts, tracks and spending. Opened by `open_library`.

    Every method may raise `LibraryUnavailable` or `Busy`; a writing one has then written nothing. `principal`
    is the person who asks; None sees everyone's.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: Callable[[], str],
        library_id: str,
        safekeeping: Safekeeping | None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._new_id = new_id
        self._safekeeping = safekeeping
        self._in_flight: dict[str, Task] = {}
        self._spilled: dict[str, Task] = {}
        self.library_id = library_id

    @property
    def owner_id(self) -> str:
        """This process's identity; empty in a library that is open for reading only."""
        return self._safekeeping.owner.owner_id if self._safekeeping else ""

    def is_alive(self, owner_id: str) -> bool:
        """Whether that owner's process still runs. Blocks shortly."""
        return self._safekeeping is None or self._safekeeping.owner.is_alive(owner_id)

    async def aclose(self) -> None:
        """Close it. What this process was sending is in doubt to the others from now on. Idempotent."""
        await self._database.aclose()
        if self._safekeeping is not None:
            await anyio.to_thread.run_sync(self._safekeeping.close)

    async def check(self) -> None:
        """Raise `LibraryUnavailable` if nothing may be spent: read-only, deleted or replaced."""
        await self._database.check()

    # Placing and sending: orders, journal, budget

    async def place(self, order: NewOrder) -> Placed:
        """Reserve and write down an order, or find the identical one that stands for it (`orders.place`).

        Raises:
            OverBudget: the daily cap does not allow it.
        """
        return self._remembered(await self._change(orders.place, order))

    async def has_identical(self, order: NewOrder) -> bool:
        """Whether `place` would find an identical order now; nothing is written."""
        return await self._read(orders.has_identical, order, self._now())

    async def send_again(
        self,
        task_id: str,
        *,
        credits: int | None,
        daily_cap: int | None,
        callback_hash: str | None,
        balance_before: float | None = None,
    ) -> Placed | None:
        """A new attempt for an unconfirmed task, after a person said so; None if it is not unconfirmed.

        Raises:
            OverBudget: the daily cap does not allow it.
        """
        placed = await self._change(orders.again, task_id, credits, daily_cap, callback_hash, balance_before)
        return placed and self._remembered(placed)

    async def start_sending(self, attempt_id: str) -> bool:
        """prepared → sending; True means that this call, and no other, may open the connection now."""
        return await self._change(journal.start_sending, attempt_id)

    async def send_later(self, attempt_id: str) -> bool:
        """sending → prepared: surely not taken."""
        return await self._change(journal.send_later, attempt_id)

    async def accept(
        self, attempt_id: str, provider_task_id: str, warning: str | None, first_poll_at: datetime
    ) -> Task:
        """Keep the id that a provider gave, whatever happened before.

        If the database cannot take it, the id goes to the spill file, is written later (`sweep`, or the next
        start), and the task is returned all the same.
        """
        at = to_ms(first_poll_at)
        try:
            task = await self._change(journal.accept, attempt_id, provider_task_id, warning, at)
        except (LibraryUnavailable, Busy) as error:
            return await self._spill(Spilled(attempt_id, provider_task_id, warning), error)
        self._in_flight.pop(attempt_id, None)
        return task

    async def refuse(
        self, attempt_id: str, error: ErrorInfo, state: Literal["rejected", "not_sent"] = "rejected"
    ) -> Task:
        """Surely not an order: release the reservation, fail the task with `error`."""
        task = await self._change(journal.refuse, attempt_id, error, state)
        self._in_flight.pop(attempt_id, None)
        return task

    async def doubt(self, attempt_id: str, error: ErrorInfo, evidence: str | None = None) -> Task:
        """sending → unconfirmed; the reservation is kept."""
        task = await self._change(journal.doubt, attempt_id, error, evidence)
        self._in_flight.pop(attempt_id, None)
        return task

    async def settle_not_charged(self, task_id: str, error: ErrorInfo) -> Task | None:
        """A person says that it was not charged; None if the task is not unconfirmed."""
        return await self._change(journal.settle_not_charged, task_id, error)

    async def settle_found(self, task_id: str, provider_task_id: str, first_poll_at: datetime) -> Task | None:
        """A person found its id; None if the task is not unconfirmed."""
        at = to_ms(first_poll_at)
        return await self._change(journal.settle_found, task_id, provider_task_id, at)

    async def sweep(self, is_alive: Callable[[str], bool] | None = None) -> list[Task]:
        """Clear up after dead processes and write what was spilled; the tasks whose state changed."""
        alive = is_alive or self.is_alive
        await self._database.tidy()
        tasks = await self.replay()
        owners = await self._read(sweep.owners)
        dead = await anyio.to_thread.run_sync(lambda: [owner for owner in owners if not alive(owner)])
        if dead:
            tasks += await self._change(sweep.sweep, dead)
        return tasks

    async def told(self, task_id: str) -> None:
        """The person was told of it: `another_take` is a new order from now on."""
        await self._change(mark, task_id, "told_at")

    async def gone(self, task_id: str) -> None:
        """The caller who placed it went away before being told."""
        await self._change(mark, task_id, "gone_at")

    async def consume(self, confirmation_id: str, principal: str, answer: str) -> bool:
        """Use up a person's confirmation; True only the first time."""
        return await self._change(consume, confirmation_id, principal, answer)

    async def by_callback(self, callback_hash: str) -> tuple[Task, Attempt] | None:
        """The attempt whose callback secret has that SHA-256, and its task."""
        return await self._read(by_callback, callback_hash)

    # The life of a task: progress, schedule

    async def record(
        self,
        task_id: str,
        state: TaskState,
        *,
        next_poll_at: datetime | None,
        polls: int,
        refunds: bool,
        file_hours: int | None,
        notice: str | None = None,
    ) -> tuple[Task, bool]:
        """Write a provider's answer; True if a reader sees a difference. `notice` replaces the last one."""
        return await self._change(
            progress.record,
            task_id,
            state,
            next_poll_at=optional_ms(next_poll_at),
            polls=polls,
            refunds=refunds,
            file_hours=file_hours,
            notice=notice,
        )

    async def reschedule(
        self,
        task_id: str,
        *,
        next_poll_at: datetime | None,
        polls: int,
        misses: int,
        notice: str | None = None,
    ) -> Task:
        """Set the next poll and end the lease; `notice` replaces the last, "" clears it, None leaves it."""
        at = optional_ms(next_poll_at)
        return await self._change(
            progress.reschedule, task_id, next_poll_at=at, polls=polls, misses=misses, notice=notice
        )

    async def fail(self, task_id: str, error: ErrorInfo, refund: bool) -> Task:
        """End an unfinished task as failed; `refund` gives its reservation back."""
        return await self._change(progress.fail, task_id, error, refund)

    async def adopt(
        self,
        provider: str,
        provider_task_id: str,
        state: TaskState,
        principal: str,
        *,
        next_poll_at: datetime | None = None,
        file_hours: int | None = None,
    ) -> Task:
        """Take over a provider's task that was not ordered here; idempotent.

        Raises:
            TaskNotFound: it belongs to another person.
        """
        return await self._change(
            progress.adopt,
            provider,
            provider_task_id,
            state,
            principal,
            next_poll_at=to_ms(next_poll_at or self._clock()),
            file_hours=file_hours,
        )

    async def claim_due(self, now: datetime, limit: int, lease_seconds: float) -> list[Task]:
        """Lease the tasks to ask for now, the longest overdue first; nobody else gets them meanwhile."""
        at = to_ms(now)
        if not await self._read(schedule.any_due, at):
            return []
        return await self._change(schedule.claim_due, at, limit, int(lease_seconds * 1000))

    async def spread_overdue(self, now: datetime, per_second: float) -> None:
        """Plan what is overdue at a start anew, the newest first, so many a second."""
        at = to_ms(now)
        if await self._read(schedule.any_due, at):
            await self._change(schedule.spread_overdue, at, per_second)

    async def next_due(self) -> datetime | None:
        """When `claim_due` may find something next."""
        return moment(await self._read(schedule.next_due, self._now()))

    # Finding: finding, history, budget

    async def task(self, task_id: str) -> Task | None:
        """A task by its own id."""
        return self._as_known(await self._read(load_task, task_id))

    async def find(self, key: str, principal: str | None = None) -> Task | None:
        """A task by its id, a provider's id or a track's id."""
        return self._as_known(await self._read(finding.find, key, principal))

    async def track(self, track_id: str, principal: str | None = None) -> Track | None:
        """A track by its id."""
        return await self._read(finding.find_track, track_id, principal)

    async def tracks(
        self,
        query: str | None = None,
        limit: int = 10,
        cursor: str | None = None,
        principal: str | None = None,
    ) -> TrackPage:
        """Tracks, newest first; `query` is words of title, style or lyrics, or an id.

        Raises:
            InvalidRequest: a bad limit or cursor.
        """
        return await self._read(finding.list_tracks, query, limit, cursor, principal)

    async def attention(self, principal: str | None, now: datetime) -> list[Task]:
        """Unfinished, unconfirmed, and failed in the last 24 hours; newest first, at most 50."""
        at = to_ms(now)
        return await self._read(finding.attention, principal, at)

    async def spending(self, provider: str, now: datetime) -> Spending:
        """What a provider's orders cost today (UTC)."""
        day = from_ms(to_ms(now)).date().isoformat()
        return await self._read(budget.spending, provider, day)

    async def history(self, task_id: str) -> list[Event]:
        """What happened to a task, oldest first."""
        return await self._read(events, task_id)

    async def attempts(self, task_id: str) -> list[Attempt]:
        """A task's attempts, oldest first."""
        return await self._read(attempts, task_id)

    async def seal(self) -> bytes | None:
        """A secret that lasts as long as the library; None in one that an older program left behind."""
        return await self._read(seal)

    async def revision(self) -> int:
        """The newest revision: it grows with every change that a reader would see, in any process."""
        return await self._read(revision)

    async def changed_since(self, revision: int) -> list[str]:
        """The ids of the tasks that changed after that revision, in order of their last change."""
        return await self._read(changed_since, revision)

    # Saving files: saving, schedule

    async def claim_unsaved(self, now: datetime, limit: int, lease_seconds: float) -> list[Track]:
        """Lease the tracks whose files are to be saved now."""
        at = to_ms(now)
        if not await self._read(schedule.any_unsaved, at):
            return []
        return await self._change(schedule.claim_unsaved, at, limit, int(lease_seconds * 1000))

    async def next_save(self) -> datetime | None:
        """When `claim_unsaved` may find something next."""
        return moment(await self._read(schedule.next_save, self._now()))

    async def saved(self, track_id: str, files: SavedFiles) -> Track | None:
        """The files stand on disk."""
        return await self._change(saving.saved, track_id, files)

    async def not_saved(self, track_id: str, note: str, next_save_at: datetime) -> Track | None:
        """Saving failed and is tried again then."""
        return await self._change(saving.not_saved, track_id, note, to_ms(next_save_at))

    async def give_up_saving(
        self, track_id: str, state: Literal["failed", "expired", "off"], note: str | None = None
    ) -> Track | None:
        """Saving ends without files."""
        return await self._change(saving.give_up, track_id, state, note)

    def _now(self) -> int:
        return to_ms(self._clock())

    async def _read(
        self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._database.read(lambda connection: work(connection, *args, **kwargs))

    async def _change(
        self, work: Callable[Concatenate[Transaction, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        def within(connection: Connection) -> T:
            tx = Transaction(connection, self._now(), self.owner_id, self._new_id)
            return work(tx, *args, **kwargs)

        return await self._database.write(within)

    def _remembered(self, placed: Placed) -> Placed:
        """Keep the task of an order in flight at hand: `accept` returns it even without a database."""
        if placed.attempt is not None:
            self._in_flight[placed.attempt.attempt_id] = placed.task
        return placed

    async def _spill(self, entry: Spilled, error: LibraryUnavailable | Busy) -> Task:
        kept = self._safekeeping is not None and await self._safekeeping.keep(entry)
        task = self._in_flight.pop(entry.attempt_id, None)
        task = task or await self._read(task_of, entry.attempt_id)
        if task is None:
            raise error
        self._spilled[task.task_id] = with_spilled_id(task, entry, kept=kept)
        return self._spilled[task.task_id]

    def _as_known(self, task: Task | None) -> Task | None:
        """The task with its id, also while only the spill file holds that."""
        if task is None or task.provider_task_id is not None or task.is_over:
            return task
        return self._spilled.get(task.task_id, task)

    async def replay(self) -> list[Task]:
        """Write the spilled ids of this process and of dead ones."""
        if self._safekeeping is None:
            return []

        async def write(entries: list[Spilled]) -> list[Task]:
            return await self._change(journal.replay, entries)

        return await self._safekeeping.replay(write)
