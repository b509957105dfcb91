"""One process in small: the real service on the real library, which can end in order or die.

Death is what `kill -9` leaves: the lock falls, the lock file stays, nothing more is written, and what was on
its way to the provider may have arrived.
"""

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import anyio
import anyio.lowlevel
from anyio.abc import TaskStatus

from songwright.library import Library, open_library
from songwright.providers import open_provider
from songwright.providers.base import Provider
from songwright.service import Accounts, Changes, SongService
from songwright.service.archiving import Archiving
from songwright.service.doubts import Doubts
from songwright.service.following import Follower
from songwright.service.submission import Submissions
from songwright.settings import Settings
from songwright.watcher import Watcher
from tests.promise.vendor import Vendor


@dataclass
class House:
    """A running process. `callers` are the scopes of those who wait in it."""

    service: SongService
    watcher: Watcher
    over: anyio.Event
    callers: list[anyio.CancelScope] = field(default_factory=list[anyio.CancelScope])
    _ending: anyio.Event = field(default_factory=anyio.Event)
    _dies: bool = False

    @property
    def library(self) -> Library:
        """Its library."""
        return self.service.library

    async def end(self, *, dies: bool) -> None:
        """End it; returns when it is over."""
        self._dies = dies
        self._ending.set()
        await self.over.wait()

    async def ended(self) -> None:
        """Wait for the word to end, and do what comes before the task group ends."""
        await self._ending.wait()
        if self._dies:
            await die(self.library)
        else:
            await self.service.submissions.drain(0)
        for caller in self.callers:
            caller.cancel()


async def die(library: Library) -> None:
    """Let the lock of a library's owner fall and write nothing more, as the death of its process does."""
    keeping = library._safekeeping  # pyright: ignore[reportPrivateUsage] # no public way leads to a death
    assert keeping is not None
    descriptor = keeping.owner._descriptor  # pyright: ignore[reportPrivateUsage] # the same
    assert descriptor is not None
    os.close(descriptor)
    keeping.owner._descriptor = None  # pyright: ignore[reportPrivateUsage] # the same
    await library.aclose()


async def run_house(
    name: str,
    settings: Settings,
    clock: Callable[[], datetime],
    vendor: Vendor,
    pause: Callable[[float], None],
    seed: int,
    *,
    task_status: TaskStatus[House],
) -> None:
    """Build the house as `open_service` does, its watcher at rest, and keep it until it is told to end."""

    async def open_one(provider: str) -> Provider:
        key = settings.key(provider)
        assert key is not None
        return open_provider(
            provider,
            key=key.get_secret_value(),
            base_url=settings.base_url(provider),
            timeout=settings.request_timeout,
            transport=vendor.transport(name),
        )

    async def sleep(seconds: float) -> None:
        pause(seconds)
        await anyio.lowlevel.checkpoint()

    rng = random.Random(seed)  # noqa: S311 # jitter
    path, owners = settings.data_dir / "songwright.db", settings.data_dir / "owners"
    library = await open_library(path, owners_dir=owners, clock=clock)
    accounts = Accounts(settings, open_one)
    changes = Changes()
    follower = Follower(library, accounts, changes, clock, rng)
    archiving = Archiving(library, None, follower, changes, clock)
    watcher = Watcher(library, follower, archiving, changes, clock, 60.0)
    over = anyio.Event()
    async with anyio.create_task_group() as tasks:
        submissions = Submissions(library, accounts, changes, tasks, clock, rng, sleep)
        doubts = Doubts(library, accounts, submissions, follower, changes, clock)
        build = partial(SongService, library, accounts, submissions, follower, doubts, changes)
        house = House(build(clock, 600.0), watcher, over)
        task_status.started(house)
        await house.ended()
        tasks.cancel_scope.cancel()
    await accounts.aclose()
    await library.aclose()
    over.set()
