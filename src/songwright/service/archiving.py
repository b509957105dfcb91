"""Saving finished songs: when, how often, and what to say when it does not work."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from songwright.library import Library, SavedFiles
from songwright.models import Task, Track
from songwright.service.changes import Changes
from songwright.service.following import Follower

if TYPE_CHECKING:
    from songwright.archive import Archive, ArchiveError

FIRST_RETRY = timedelta(seconds=15)
LONGEST_RETRY = timedelta(hours=1)
KEEP_TRYING = timedelta(hours=24)

logger = logging.getLogger(__name__)


@dataclass
class Archiving:
    """Downloads each take once, and again until the provider's files are gone.

    `open_archive` is called when the first song is saved; None: saving is switched off.
    """

    library: Library
    open_archive: "Callable[[], Archive] | None"
    follower: Follower
    changes: Changes
    clock: Callable[[], datetime]
    _archive: "Archive | None" = field(default=None)

    async def save(self, track: Track) -> None:
        """Try to save one take, and write down how it went. Never raises for a download that failed."""
        task = await self.library.task(track.task_id)
        if task is None:
            return
        if self.open_archive is None:
            await self.library.give_up_saving(track.track_id, "off", "Saving is switched off.")
        else:
            self._archive = self._archive or self.open_archive()
            await self._save(self._archive, task, track)
        self.changes.wake(track.task_id)

    async def aclose(self) -> None:
        """Close the connections to the file hosts."""
        if self._archive is not None:
            await self._archive.aclose()

    async def _save(self, archive: "Archive", task: Task, track: Track) -> None:
        from songwright.archive import ArchiveError

        try:
            saved = await archive.save(task, track)
        except ArchiveError as error:
            await self._not_saved(task, track, error)
            return
        files = SavedFiles(
            file=str(saved.file),
            cover_file=str(saved.cover_file) if saved.cover_file else None,
            sha256=saved.sha256,
            size=saved.size,
            seconds=saved.duration_seconds,
            note=saved.note,
        )
        await self.library.saved(track.track_id, files)

    async def _not_saved(self, task: Task, track: Track, error: "ArchiveError") -> None:
        """Plan another try, with a fresh address where the old one is gone, until the files expire."""
        now = self.clock()
        logger.info("take %s of %s was not saved: %s", track.take, track.task_id, error.reason)
        deadline = track.expires_at or (task.ended_at or track.created_at) + KEEP_TRYING
        wait = min(FIRST_RETRY * 2 ** min(track.archive_tries, 10), LONGEST_RETRY)
        if now + wait < deadline:
            note = f"Take {track.take} is not saved yet: {error.reason}. It is tried again."
            await self.library.not_saved(track.track_id, note, next_save_at=now + wait)
            if error.fresh_url:
                await self.follower.refresh_addresses(task)
        elif error.fresh_url or now >= deadline:
            note = "The song was made and paid, but its files have expired at the provider."
            await self.library.give_up_saving(track.track_id, "expired", note)
        else:
            note = f"Take {track.take} could not be saved: {error.reason}."
            await self.library.give_up_saving(track.track_id, "failed", note)
