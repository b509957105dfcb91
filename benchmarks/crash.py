"""Kill the process of an order at every point of it, order the same again, and compare with the ledger.

Run `python -m benchmarks.crash`: at each provider 100 kills at each of 10 points, and 500 runs killed at
random times, up to three times in a row; `--short` for 5 and 15. Each run has a library of its own and the
real server over stdio. Before that the naive way is shown, which charges twice. Exits with 1 when a promise
of SPENDING.md is broken, and when the naive way seems safe.
"""

import argparse
import itertools
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tests.crash.lane import open_lane
from tests.crash.naive import NAIVE_POINTS, order_naively
from tests.crash.runs import FORGERIES, POINTS, RANDOM, Case, Outcome, Run

PROVIDERS = ("aivideoapi", "aimusicapi")


@dataclass(frozen=True)
class Extent:
    """How many kills, at each point and at random times; how many lanes at once."""

    each: int
    at_random: int
    naive: int
    lanes: int
    seed: int


def cases(provider: str, extent: Extent) -> Iterator[Case]:
    """Every run at a provider. Callbacks, late halves, further takes and forgeries take turns."""
    for point in POINTS:
        for turn in range(extent.each):
            yield case(provider, point, turn)
    for turn in range(extent.at_random):
        yield case(provider, RANDOM, turn, kills=1 + turn % 3)


def case(provider: str, point: str, turn: int, kills: int = 1) -> Case:
    """The run of a turn."""
    callbacks = provider == "aivideoapi" and turn % 2 == 0
    return Case(
        point,
        callbacks=callbacks,
        early=callbacks and turn % 4 == 0,
        drop=point == "part of the request" and turn % 3 == 0,
        another_take=turn % 5 >= 3,
        kills=kills,
        forgery=FORGERIES[turn // 2 % len(FORGERIES)],
    )


def run_lane(provider: str, todo: Iterable[Case], seed: int) -> list[Outcome]:
    """Run cases one after the other."""
    rng = random.Random(seed)  # noqa: S311 # times of kills, not secrets
    with open_lane(provider) as lane:
        return [Run(lane, case, rng).go() for case in todo]


def run_all(provider: str, extent: Extent) -> list[Outcome]:
    """Run every case of a provider, in lanes."""
    todo = list(cases(provider, extent))
    with ThreadPoolExecutor(extent.lanes) as pool:
        lanes = [
            pool.submit(run_lane, provider, todo[number :: extent.lanes], extent.seed + number)
            for number in range(extent.lanes)
        ]
        return list(itertools.chain.from_iterable(lane.result() for lane in lanes))


HEAD = "| {:<34} | {:>4} | {:>5} | {:>13} | {:>16} | {:>42} | {:>28} | {:>23} |"
COLUMNS = (
    "policy",
    "runs",
    "kills",
    "double charge",
    "id lost silently",
    "charged, unconfirmed -> bound by callback",
    "not charged, but unconfirmed",
    "forged -> misled",
)


def row(name: str, outcomes: list[Outcome]) -> str:
    """One row of the table."""
    doubtful = [one for one in outcomes if one.charges_at_death and (one.unconfirmed or one.bound)]
    calling = [one for one in doubtful if one.case.callbacks]
    bound = sum(one.bound for one in calling)
    silent = len(doubtful) - len(calling)
    return HEAD.format(
        name,
        len(outcomes),
        sum(one.killed for one in outcomes),
        sum(one.twice for one in outcomes),
        sum(one.lost for one in outcomes),
        f"{len(calling)} -> {bound}, and {silent} without callback",
        sum(one.unconfirmed and not one.charges_at_death for one in outcomes),
        f"{sum(one.forged for one in outcomes)} -> {sum(one.misled for one in outcomes)}",
    )


def report(name: str, outcomes: list[Outcome]) -> bool:
    """Print what came of a policy; True if every promise was kept."""
    print(row(name, outcomes))
    broken = Counter((one.case.point, problem) for one in outcomes for problem in one.problems)
    for (point, problem), count in broken.most_common():
        print(f"    BROKEN {count} x at {point}: {problem}")
    misled = sum(one.misled for one in outcomes)
    return not broken and not misled


def report_naive(extent: Extent) -> bool:
    """Show that the harness sees what the naive way does; True if it does."""
    twice = kills = runs = 0
    with open_lane("aivideoapi") as lane:
        for point in NAIVE_POINTS:
            for _ in range(extent.naive):
                runs += 1
                kills += 1
                twice += order_naively(lane, point) > 1
    print(HEAD.format("naive: note the answer, else resend", runs, kills, twice, "-", "-", "-", "-"))
    return twice > 0


def read_options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="5 kills a point and 15 at random")
    parser.add_argument("--each", type=int, help="kills at each point")
    parser.add_argument("--random", type=int, dest="at_random", help="runs killed at random times")
    parser.add_argument("--provider", choices=PROVIDERS, action="append")
    parser.add_argument("--lanes", type=int, default=2, help="how many runs at once")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 # not a secret
    return parser.parse_args()


def main() -> int:
    """Kill, count, print, and judge."""
    options = read_options()
    each, at_random, naive = (5, 15, 2) if options.short else (100, 500, 10)
    extent = Extent(
        each if options.each is None else options.each,
        at_random if options.at_random is None else options.at_random,
        naive,
        options.lanes,
        options.seed,
    )
    print(f"seed {extent.seed}\n")
    print(HEAD.format(*COLUMNS))
    print(HEAD.format(*("---" for _ in COLUMNS)))
    began = time.monotonic()
    kept = report_naive(extent)
    for provider in options.provider or PROVIDERS:
        kept &= report(f"journal, {provider}", run_all(provider, extent))
    print(
        f"\n{time.monotonic() - began:.0f} s. {'Every promise was kept.' if kept else 'A PROMISE IS BROKEN.'}"
    )
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
