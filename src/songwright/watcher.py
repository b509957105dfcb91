"""Following every unfinished task and saving every finished song, whether anyone waits or not."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import anyio
from anyio.abc import TaskGroup

from songwright.errors import SongwrightError
from songwright.library import Library
from songwright.models import Task, Track
from songwright.service.archiving import Archiving
from songwright.service.changes import Changes
from songwright.service.following import Follower

POLLS_AT_ONCE = 8
SAVES_AT_ONCE = 3
IDLE_SECONDS = 1.0
"""The longest sleep: what other processes change is told to subscribers within it."""

FIRST_POLLS_PER_SECOND = 4.0
"""How fast a start asks for what was left unfinished: no second has more than 5, a late poll included."""

LEAST_SECONDS = 0.02

SAVE_LEASE_SECONDS = 600.0
"""Longer than a download may take."""

TROUBLE_SECONDS = 5.0
"""How long the watcher rests when the library fails."""

SWEEP = timedelta(seconds=5)

logger = logging.getLogger(__name__)


@dataclass
class Watcher:
    """One per process. Several on one library share the work: each task and track is leased to one."""

    library: Library
    follower: Follower
    archiving: Archiving
    changes: Changes
    clock: Callable[[], datetime]
    lease_seconds: float
    _swept_at: datetime | None = field(default=None)
    _revision: int | None = field(default=None)
    _polling: int = field(default=0)
    _saving: int = field(default=0)

    async def tick(self, now: datetime) -> int:
        """Everything that is due now, once and to its end. Returns how many tasks and tracks there were."""
        begun = 0
        async with anyio.create_task_group() as group:
            begun = await self._begin(group, now)
        return begun  # noqa: RET504 # the group ends first

    async def run(self) -> None:
        """Begin what is due until cancelled, asleep while nothing is. A library that fails is tried again."""
        async with anyio.create_task_group() as group:
            await self._calmly("the start", self.library.spread_overdue(self.clock(), FIRST_POLLS_PER_SECOND))
            while True:
                change = self.changes.next()
                seconds = IDLE_SECONDS
                try:
                    await self._begin(group, self.clock())
                    seconds = await self._until_due()
                except SongwrightError as error:
                    logger.info("the watcher goes on in a moment: %s", error.message)
                    seconds = TROUBLE_SECONDS
                with anyio.move_on_after(seconds):
                    await change.wait()

    async def _begin(self, group: TaskGroup, now: datetime) -> int:
        """Start on what is due, as far as there are hands; what is slow holds up nothing else."""
        await self._sweep(now)
        await self._tell_changes()
        tasks: list[Task] = []
        tracks: list[Track] = []
        if free := POLLS_AT_ONCE - self._polling:
            tasks = await self.library.claim_due(now, free, self.lease_seconds)
        if free := SAVES_AT_ONCE - self._saving:
            tracks = await self.library.claim_unsaved(now, free, SAVE_LEASE_SECONDS)
        for task in tasks:
            self._polling += 1
            group.start_soon(self._poll, task)
        for track in tracks:
            self._saving += 1
            group.start_soon(self._save, track)
        return len(tasks) + len(tracks)

    async def _poll(self, task: Task) -> None:
        try:
            await self._calmly(task.task_id, self.follower.refresh(task))
        finally:
            self._polling -= 1
            self.changes.wake()

    async def _save(self, track: Track) -> None:
        try:
            await self._calmly(track.task_id, self.archiving.save(track))
        finally:
            self._saving -= 1
            self.changes.wake()

    async def _calmly(self, task_id: str, work: Awaitable[object]) -> None:
        """One piece of work. What goes wrong harms no other; its lease ends, and it is tried again."""
        try:
            await work
        except SongwrightError as error:
            logger.warning("%s: %s", task_id, error.message)
        except Exception:  # a defect with one song must not stop the others
            logger.exception("%s failed inside", task_id)

    async def _until_due(self) -> float:
        """Seconds until there is something to begin; a piece that ends wakes the watcher earlier."""
        polls = await self.library.next_due() if self._polling < POLLS_AT_ONCE else None
        saves = await self.library.next_save() if self._saving < SAVES_AT_ONCE else None
        due = [when for when in (polls, saves) if when]
        if not due:
            return IDLE_SECONDS
        return min(max((min(due) - self.clock()).total_seconds(), LEAST_SECONDS), IDLE_SECONDS)

    async def _sweep(self, now: datetime) -> None:
        """Take over from processes that died."""
        if self._swept_at and timedelta(0) <= now - self._swept_at < SWEEP:
            return
        self._swept_at = now
        for task in await self.library.sweep():
            self.changes.wake(task.task_id)

    async def _tell_changes(self) -> None:
        """Tell listeners what was changed in the library, by whichever process."""
        revision = await self.library.revision()
        if self._revision is not None and self._revision < revision:
            for task_id in await self.library.changed_since(self._revision):
                task = await self.library.task(task_id)
                self.changes.wake(task_id)
                await self.changes.tell(task_id, tracks=task is not None and bool(task.tracks))
        self._revision = revision
