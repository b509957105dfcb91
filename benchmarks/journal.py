"""What the journal adds to an order beyond the provider's own time.

Orders go through the real service and the real library to a provider that answers at once; what an order
takes less that provider's time is the journal's: the search for an identical order, the reservation,
`sending`, and the id.
Five runs are made; the median of each run's median and 99th percentile is printed, in milliseconds.
"""

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field

import anyio

from songwright.app import open_service
from songwright.catalog import CATALOGS, SANDBOX, Catalog
from songwright.models import Credits, CustomRequest, SimpleRequest, Submission, TaskState
from songwright.service import SongService
from songwright.settings import read_settings

AIM_MS = 10.0


@dataclass
class Instant:
    """A provider that answers at once and keeps count of its own time."""

    catalog: Catalog = CATALOGS[SANDBOX]
    name: str = SANDBOX
    seconds: float = 0.0
    taken: list[str] = field(default_factory=list[str])

    async def submit(
        self, request: SimpleRequest | CustomRequest, *, callback_url: str | None = None
    ) -> Submission:
        """Take an order."""
        start = time.perf_counter()
        await anyio.lowlevel.checkpoint()
        self.taken.append(request.title)
        self.seconds += time.perf_counter() - start
        return Submission(provider_task_id=f"instant-{len(self.taken)}")

    async def query(self, provider_task_id: str) -> TaskState:
        """Everything is under way for ever."""
        await anyio.lowlevel.checkpoint()
        return TaskState(status="processing")

    async def credits(self) -> Credits:
        """There is always enough."""
        await anyio.lowlevel.checkpoint()
        return Credits(balance=1e6)

    async def aclose(self) -> None:
        """There is nothing to close."""


async def measure(service: SongService, provider: Instant, orders: int) -> list[float]:
    """Milliseconds that each order took beyond the provider."""
    costs: list[float] = []
    for number in range(orders):
        provider.seconds = 0.0
        start = time.perf_counter()
        await service.submit(SimpleRequest(prompt=f"Song number {number} about the sea"))
        costs.append((time.perf_counter() - start - provider.seconds) * 1000)
    assert len(provider.taken) == orders, "an order was not sent exactly once"
    return costs


async def run(orders: int) -> list[float]:
    """One run on a fresh library."""
    with tempfile.TemporaryDirectory() as folder:
        places = {"SONGWRIGHT_DATA_DIR": f"{folder}/data", "SONGWRIGHT_MUSIC_DIR": f"{folder}/music"}
        settings = read_settings({**places, "SONGWRIGHT_POLL_SECONDS": "60"})
        provider = Instant()

        async def opened(_: str) -> Instant:
            await anyio.lowlevel.checkpoint()
            return provider

        async with open_service(settings, open_provider=opened) as service:
            return await measure(service, provider, orders)


def main() -> int:
    """Measure and print; never fails for a slow machine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=400)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    runs = [sorted(anyio.run(run, options.orders)) for _ in range(options.runs)]
    half = statistics.median(statistics.median(costs) for costs in runs)
    worst = statistics.median(costs[int(len(costs) * 0.99)] for costs in runs)
    print(f"journal: median {half:.2f} ms, 99th percentile {worst:.2f} ms an order (aim: {AIM_MS:g} ms)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
