"""What stands beside the database for one process: its lock, and its spill file."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import anyio.to_thread

from songwright.library.owners import Owner
from songwright.library.spill import Spill, Spilled, parse
from songwright.models import Task

Write = Callable[[list[Spilled]], Awaitable[list[Task]]]


class Safekeeping:
    """An owner and its spill file; `claim` makes both."""

    def __init__(self, owner: Owner, spill: Spill) -> None:
        self.owner = owner
        self._spill = spill
        self._one_at_a_time = anyio.CapacityLimiter(1)

    @classmethod
    def claim(cls, folder: Path) -> "Safekeeping":
        """Become an owner in `folder` and reserve the spill file; blocks.

        Raises:
            OSError: the folder cannot be written or the disk is full.
        """
        owner = Owner.claim(folder)
        try:
            return cls(owner, Spill(owner.spill_path))
        except OSError:
            owner.release()
            raise

    async def keep(self, entry: Spilled) -> bool:
        """Put an id into the spill file; False if even that cannot be written."""
        with anyio.CancelScope(shield=True):
            return await anyio.to_thread.run_sync(self._keep, entry, limiter=self._one_at_a_time)
        raise AssertionError("a shielded scope ends with its result")

    async def replay(self, write: Write) -> list[Task]:
        """Write the spilled ids of this owner and of dead ones, then forget them; the tasks they changed."""
        tasks: list[Task] = []
        if entries := await anyio.to_thread.run_sync(self._spill.entries, limiter=self._one_at_a_time):
            tasks += await write(entries)
            await anyio.to_thread.run_sync(self._spill.clear, limiter=self._one_at_a_time)
        for owner_id, left in await anyio.to_thread.run_sync(self._left_by_the_dead):
            if left:
                tasks += await write(left)
            await anyio.to_thread.run_sync(self.owner.bury, owner_id)
        return tasks

    def close(self) -> None:
        """End this owner. A spill file that holds something stays for the next start. Idempotent; blocks."""
        self._spill.close()
        self.owner.release()

    def _keep(self, entry: Spilled) -> bool:
        try:
            self._spill.add(entry)
        except OSError:
            return False
        return True

    def _left_by_the_dead(self) -> list[tuple[str, list[Spilled]]]:
        return [(owner_id, self._read(owner_id)) for owner_id in self.owner.dead()]

    def _read(self, owner_id: str) -> list[Spilled]:
        try:
            return parse(self.owner.dead_spill(owner_id).read_bytes())
        except FileNotFoundError:
            return []


def with_spilled_id(task: Task, entry: Spilled, *, kept: bool) -> Task:
    """The task of an order whose id the database could not take; `kept`: the spill file did."""
    where = "kept beside the library and written as soon as that works" if kept else "NOT kept: write it down"
    notice = f"The library could not take this order's id {entry.provider_task_id}; it is {where}."
    return task.model_copy(
        update={"provider_task_id": entry.provider_task_id, "status": "pending", "notice": notice}
    )
