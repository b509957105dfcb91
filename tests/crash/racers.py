"""Processes that race each other on one library: for the last credits, for one song, for one confirmation."""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from songwright.app import open_service
from songwright.errors import SongwrightError
from songwright.models import SimpleRequest
from songwright.service import SongService
from songwright.settings import Settings
from tests.crash.lines import Lines

CONFIRMATION = "the one question"


@dataclass
class Racer:
    """One process: so many workers, who all start when the harness says so. Tells how each ended."""

    service: SongService
    workers: int
    mark: str
    ends: Counter[str] = field(default_factory=Counter[str])

    async def run(self, race: str) -> None:
        """Have every worker run, and wait for the last."""
        runs: dict[str, Callable[[int], Awaitable[str]]] = {
            "credits": self.order_another,
            "song": self.order_the_same,
            "confirmation": self.use_up,
        }
        async with anyio.create_task_group() as group:
            for number in range(self.workers):
                group.start_soon(self._count, runs[race], number)

    async def _count(self, run: Callable[[int], Awaitable[str]], number: int) -> None:
        try:
            self.ends[await run(number)] += 1
        except SongwrightError as error:
            self.ends[error.code] += 1

    async def order_another(self, number: int) -> str:
        """A song that nobody else orders."""
        prompt = f"Song {number} of {self.service.library.owner_id}, {self.mark}"
        return await self._order(prompt, another_take=False)

    async def order_the_same(self, number: int) -> str:
        """The song that everyone orders."""
        return await self._order(f"The same song for all, {self.mark}", another_take=False)

    async def use_up(self, number: int) -> str:
        """The person's one yes."""
        return "won" if await self.service.use_up("local", CONFIRMATION, "accept") else "too late"

    async def _order(self, prompt: str, *, another_take: bool) -> str:
        ordered = await self.service.submit(SimpleRequest(prompt=prompt), another_take=another_take)
        if ordered.repeated:
            return "repeated"
        if ordered.task.provider_task_id:
            return "ordered"
        return f"{ordered.task.status} ({ordered.task.error.code if ordered.task.error else 'no error'})"


async def race(settings: Settings, line: Lines, race: str, workers: int, mark: str) -> None:
    """Open the service, wait for the start, run, and tell the ends."""
    async with open_service(settings) as service:
        racer = Racer(service, workers, mark)
        line.say(ready=True)
        await anyio.to_thread.run_sync(line.hear)
        await racer.run(race)
        line.say(ends=racer.ends)
