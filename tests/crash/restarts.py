"""Restarts with a long backlog, and processes whose tasks another takes over."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio

from songwright.library import open_library
from songwright.models import TaskState
from tests.crash.lane import Lane


def backlog(lane: Lane, folder: Path, count: int) -> list[str]:
    """A library with so many unfinished tasks, which the provider knows; the provider's ids, oldest first."""
    ids = [f"backlog-{folder.name}-{number:06}" for number in range(count)]
    anyio.run(_fill, folder, lane.provider.name, ids)
    at = int(time.time())
    lane.provider.adopt([{"id": key, "mark": "", "model": "suno-v5_5", "at": at} for key in ids])
    return ids


async def _fill(folder: Path, provider: str, ids: list[str]) -> None:
    data = folder / "data"
    now = datetime.now(UTC)
    library = await open_library(
        data / "songwright.db", owners_dir=data / "owners", clock=lambda: datetime.now(UTC)
    )
    for age, key in enumerate(reversed(ids)):
        made = now - timedelta(seconds=age + 1)
        state = TaskState(status="processing", model="suno-v5_5", created_at=made)
        await library.adopt(provider, key, state, "local", next_poll_at=now)
    await library.aclose()


@dataclass(frozen=True)
class Restart:
    """How a restart with a backlog went, in seconds; `polls` are the times of the tasks' first polls, counted
    from the start of the process.
    """

    listed: int
    first_answer: float
    fresh_poll: float
    polls: list[float]

    def is_spread(self, per_second: float) -> bool:
        """Whether no poll came before its place in a queue of so many a second."""
        return all(at >= place / per_second for place, at in enumerate(self.polls))

    @property
    def busiest_second(self) -> int:
        """The most first polls within any one second."""
        return max((sum(start <= at < start + 1 for at in self.polls) for start in self.polls), default=0)


def restart(lane: Lane, environ: Mapping[str, str], ids: list[str], polls: int) -> Restart:
    """Start a server on a library, list, order one song more, and watch until so many tasks were asked for.

    The newest are asked for first.
    """
    lane.provider.plan()
    since = time.time()
    host = lane.host(environ)
    listed = len(host.told("list_tracks")["tasks"])
    first_answer = time.time() - since
    ordered = time.time()
    fresh = host.told("generate_song", prompt="A fresh song")["provider_task_id"]
    assert lane.provider.until_asked(fresh), "a fresh order is not followed"
    fresh_poll = time.time() - ordered
    assert any(lane.provider.until_asked(ids[-polls]) for _ in range(12)), "the backlog is not asked for"
    first: dict[str, float] = {}
    for when, key in lane.provider.asked(since):
        first.setdefault(key, when)
    host.process.kill()
    firsts = sorted(first[key] - since for key in ids if key in first)
    return Restart(listed, first_answer, fresh_poll, firsts)


def take_over(lane: Lane, environ: Mapping[str, str], keys: list[str]) -> float:
    """Kill a process that is asking for tasks (8 at most); the seconds until all are asked for again.

    The provider leaves it without an answer, so that it holds its tasks. A second process lives beside it.
    """
    since = time.time()
    lane.provider.plan(silent=True)
    victim = lane.host(environ)
    for key in keys:
        assert lane.provider.until_asked(key)
    survivor = lane.host(environ)
    survivor.told("list_tracks")
    assert len(lane.provider.asked(since)) == len(keys), "both asked for the same task"
    lane.provider.plan()
    killed = time.time()
    victim.process.kill()
    missing = set(keys)
    while missing and time.time() < killed + 60:
        missing -= {key for _, key in lane.provider.asked(killed)}
        survivor.told("check_credits")
    assert not missing, f"{len(missing)} tasks were not taken over in a minute"
    last = max(min(at for at, one in lane.provider.asked(killed) if one == key) for key in keys)
    survivor.process.kill()
    return last - killed
