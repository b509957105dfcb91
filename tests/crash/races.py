"""Races between real processes on one library, and what the provider's ledger says of them."""

from collections import Counter
from dataclasses import dataclass

from tests.crash.lane import Lane


@dataclass(frozen=True)
class Finish:
    """How a race ended: how often each end was reached, and what the provider charged."""

    ends: Counter[str]
    charges: int


def run_race(lane: Lane, race: str, processes: int, workers: int, **settings: str) -> Finish:
    """Start the processes, let all workers go at once, and count. `settings` are those of each process."""
    folder, mark = lane.fresh()
    environ = dict(lane.environ(folder, **settings))
    lane.provider.plan()
    racers = [
        lane.nursery.start("racer", environ=environ, race=race, workers=workers, mark=mark)
        for _ in range(processes)
    ]
    for racer in racers:
        racer.line.hear()
    for racer in racers:
        racer.line.say(go=True)
    ends: Counter[str] = Counter()
    for racer in racers:
        ends.update(racer.line.hear(120)["ends"])
        racer.wait()
    return Finish(ends, len(lane.provider.charges(mark)))
