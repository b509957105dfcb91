"""Following every unfinished task and saving every finished song, whether anyone waits or not."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import anyio

from songwright.errors import SongwrightError
from songwright.library import Library
from songwright.models import Task, Track
from songwright.service.archiving import Archiving
from songwright.service.changes import Changes
from songwright.service.following import Follower

POLLS_AT_ONCE = 8
SAVES_AT_ONCE = 3
IDLE_SECONDS = 5.0
"""The longest sleep: a dead process's work is found within three of them."""

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
    _revision: int = field(default=0)
    _trouble: bool = field(default=False)

    async def tick(self, now: datetime) -> int:
        """Everything that is due now, once. Returns how many tasks and tracks were worked on."""
        await self._sweep(now)
        await self._tell_of_others()
        tasks = await self.library.claim_due(now, POLLS_AT_ONCE, self.lease_seconds)
        tracks = await self.library.claim_unsaved(now, SAVES_AT_ONCE, self.lease_seconds)
        async with anyio.create_task_group() as group:
            for task in tasks:
                group.start_soon(self._calmly, self.follower.refresh, task)
            for track in tracks:
                group.start_soon(self._calmly, self.archiving.save, track)
        return len(tasks) + len(tracks)

    async def run(self) -> None:
        """Tick until cancelled, asleep while nothing is due. A library that fails is tried again."""
        while True:
            change = self.changes.next()
            self._trouble = False
            try:
                worked = await self.tick(self.clock())
                if worked and not self._trouble:
                    continue
                seconds = IDLE_SECONDS if self._trouble else await self._until_due()
            except SongwrightError as error:
                logger.warning("the watcher goes on in a moment: %s", error.message)
                seconds = IDLE_SECONDS
            with anyio.move_on_after(seconds):
                await change.wait()

    async def _calmly(self, work: Callable[[Any], Awaitable[object]], item: Task | Track) -> None:
        """One piece of work; what goes wrong with it harms no other, and is tried again later."""
        try:
            await work(item)
        except SongwrightError as error:
            self._trouble = True
            logger.warning("%s: %s", item.task_id, error.message)
        except Exception:  # a defect with one song must not stop the others
            self._trouble = True
            logger.exception("%s failed inside", item.task_id)

    async def _until_due(self) -> float:
        due = [when for when in (await self.library.next_due(), await self.library.next_save()) if when]
        if not due:
            return IDLE_SECONDS
        return min(max((min(due) - self.clock()).total_seconds(), 0.05), IDLE_SECONDS)

    async def _sweep(self, now: datetime) -> None:
        """Take over from processes that died."""
        if self._swept_at and timedelta(0) <= now - self._swept_at < SWEEP:
            return
        self._swept_at = now
        for task in await self.library.sweep():
            await self.changes.announce(task.task_id)

    async def _tell_of_others(self) -> None:
        """Announce what other processes on the same library changed."""
        revision = await self.library.revision()
        if 0 < self._revision < revision:
            for task_id in await self.library.changed_since(self._revision):
                await self.changes.announce(task_id, tracks=True)
        self._revision = revision
