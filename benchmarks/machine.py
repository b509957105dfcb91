"""The stateful machine of tests/promise, run long: 20,000 sequences of events by default.

    python benchmarks/machine.py [--sequences 20000] [--steps 25] [--seed N]

Prints what it ran. Exits with 1 where a promise was broken, after the shortest sequence that breaks it.
"""

import argparse
import logging
import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from hypothesis import HealthCheck, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.promise.machine import SpendingMachine

BLOCK = 500
"""Sequences between two lines of progress."""


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--sequences", type=int, default=20_000)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    wanted = parser.parse_args()
    logging.disable(logging.CRITICAL)
    print(f"seed {wanted.seed}, {wanted.sequences} sequences of up to {wanted.steps} events")
    began, done = time.monotonic(), 0
    while done < wanted.sequences:
        block = min(BLOCK, wanted.sequences - done)
        run_block(block, wanted.steps, wanted.seed + done)
        done += block
        print(f"{done:7} sequences, {time.monotonic() - began:6.0f} s, no promise broken", flush=True)
    return 0


def run_block(sequences: int, steps: int, start: int) -> None:
    """Run some sequences. Raises what broke."""
    machine = type("SpendingMachine", (SpendingMachine,), {})
    seed(start)(machine)
    options = settings(
        max_examples=sequences,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_state_machine_as_test(machine, settings=options)  # pyright: ignore[reportUnknownMemberType] # untyped


if __name__ == "__main__":
    sys.exit(main())
