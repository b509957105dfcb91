"""Race 64 workers in several processes on one library, and hold who won against the provider's ledger.

Run `python -m benchmarks.races` for 20 rounds of each race, `--short` for 3. For N credits exactly N // 24
songs are ordered and charged; of one song ordered by everyone, one; one confirmation is used up once. Exits
with 1 when a round ended otherwise.
"""

import argparse
import random
import sys
import time

from tests.crash.lane import Lane, open_lane
from tests.crash.races import Finish, run_race

PROCESSES = 8
WORKERS = 8
PRICE = 24


def race_for_credits(lane: Lane, rng: random.Random) -> tuple[str, bool]:
    """Everyone orders a song of their own, under a cap that is enough for some."""
    cap = rng.randrange(PRICE * (PROCESSES * WORKERS + 2))
    most = min(cap // PRICE, PROCESSES * WORKERS)
    finish = run_race(lane, "credits", PROCESSES, WORKERS, daily_credits=str(cap))
    refused = PROCESSES * WORKERS - most
    wanted = {name: count for name, count in (("ordered", most), ("budget_exceeded", refused)) if count}
    kept = dict(finish.ends) == wanted and finish.charges == most
    return f"{cap} credits: {told(finish)}; {most} is right", kept


def race_for_a_song(lane: Lane, rng: random.Random) -> tuple[str, bool]:
    """Everyone orders the same song."""
    finish = run_race(lane, "song", PROCESSES, WORKERS)
    kept = finish.charges == 1 and finish.ends == {"ordered": 1, "repeated": PROCESSES * WORKERS - 1}
    return f"one song: {told(finish)}; 1 is right", kept


def race_for_a_confirmation(lane: Lane, rng: random.Random) -> tuple[str, bool]:
    """Everyone uses the same confirmation."""
    finish = run_race(lane, "confirmation", PROCESSES, WORKERS)
    kept = finish.ends == {"won": 1, "too late": PROCESSES * WORKERS - 1}
    return f"one confirmation: {told(finish)}; 1 is right", kept


def told(finish: Finish) -> str:
    """A finish in words."""
    ends = ", ".join(f"{count} {name}" for name, count in sorted(finish.ends.items()))
    return f"{ends}, {finish.charges} charged"


def main() -> int:
    """Race, print, and judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--short", action="store_true", help="3 rounds")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--provider", choices=("aivideoapi", "aimusicapi"), default="aivideoapi")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311 # not a secret
    options = parser.parse_args()
    rounds = options.rounds or (3 if options.short else 20)
    rng = random.Random(options.seed)  # noqa: S311 # caps, not secrets
    print(f"{PROCESSES} processes of {WORKERS} workers, seed {options.seed}")
    began, broken = time.monotonic(), 0
    with open_lane(options.provider) as lane:
        for race in (race_for_credits, race_for_a_song, race_for_a_confirmation):
            for number in range(1, rounds + 1):
                text, kept = race(lane, rng)
                broken += not kept
                print(f"{'ok' if kept else 'BROKEN':6} {number:3} {text}")
    print(f"{broken} of {3 * rounds} rounds broken, {time.monotonic() - began:.0f} s")
    return int(broken > 0)


if __name__ == "__main__":
    sys.exit(main())
