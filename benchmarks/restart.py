"""Restart with 10,000 unfinished tasks, and let one process take over what another was asking for.

Run `python -m benchmarks.restart`, `--short` for 1,000 tasks and less watching. A restart must answer at
once, ask for what is unfinished at most 5 times a second, and follow a fresh order all the same; a dead
process's tasks are asked for again within 15 s. Exits with 1 when one of these does not hold.
"""

import argparse
import sys
import time

from tests.crash.lane import Lane, open_lane
from tests.crash.restarts import backlog, restart, take_over

MOST_SECONDS_TO_ANSWER = 3.0
MOST_POLLS_A_SECOND = 5
MOST_SECONDS_TO_A_FRESH_POLL = 5.0
MOST_SECONDS_TO_TAKE_OVER = 15.0
POLL_SECONDS = "2"
AT_ONCE = 8
"""How many tasks one process asks for at once."""


def judged(what: str, kept: bool) -> bool:
    """Print a finding."""
    print(f"{'ok' if kept else 'BROKEN':6} {what}")
    return kept


def measure_restart(lane: Lane, count: int, polls: int) -> bool:
    """A restart with a backlog."""
    folder, _ = lane.fresh()
    began = time.monotonic()
    ids = backlog(lane, folder, count)
    print(f"       {count} unfinished tasks were written in {time.monotonic() - began:.1f} s")
    found = restart(lane, lane.environ(folder, poll_seconds=POLL_SECONDS), ids, polls)
    # None may be early. Late ones may meet where the machine was busy, but no more than are asked at once.
    even = found.is_spread(MOST_POLLS_A_SECOND) and found.busiest_second <= AT_ONCE
    quick = judged(
        f"list_tracks answered {found.first_answer:.2f} s after the start, with {found.listed} tasks",
        found.first_answer <= MOST_SECONDS_TO_ANSWER and found.listed > 0,
    )
    spread = judged(
        f"{len(found.polls)} first polls in {found.polls[-1]:.1f} s, none before its turn, "
        f"{found.busiest_second} in the busiest second",
        even,
    )
    fresh = judged(
        f"a fresh order was asked for after {found.fresh_poll:.2f} s (first interval {POLL_SECONDS} s)",
        found.fresh_poll <= MOST_SECONDS_TO_A_FRESH_POLL,
    )
    return quick and spread and fresh


def measure_take_over(lane: Lane) -> bool:
    """A process that dies while it asks."""
    folder, _ = lane.fresh()
    ids = backlog(lane, folder, AT_ONCE)
    seconds = take_over(lane, lane.environ(folder, poll_seconds=POLL_SECONDS), ids)
    return judged(
        f"all {len(ids)} tasks of a killed process were asked for by another after {seconds:.1f} s",
        seconds <= MOST_SECONDS_TO_TAKE_OVER,
    )


def main() -> int:
    """Measure, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="1,000 tasks, 30 polls, one death")
    options = parser.parse_args()
    count, polls, deaths = (1_000, 30, 1) if options.short else (10_000, 100, 3)
    with open_lane("aivideoapi") as lane:
        kept = measure_restart(lane, count, polls)
        for _ in range(deaths):
            kept &= measure_take_over(lane)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
