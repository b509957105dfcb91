"""Callers that leave, and programs that end, at every step of an order: over stdio and HTTP, in both eras.

    python benchmarks/cancel.py [--rounds 20]

Runs the tests of tests/promise/test_cancel.py, and every way to end a real process over stdio (end of input,
SIGTERM, SIGINT) at each point at which the provider can hold it, in both eras, again and again. Prints how
often each was run; exits with 1 at the first id that is lost or order that is charged twice.
"""

import argparse
import itertools
import logging
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import anyio

from tests.fakes import ERAS
from tests.promise.steps import OUTSIDE
from tests.promise.test_cancel import (
    TRANSPORTS,
    cancel_over_stdio,
    end_at,
    test_bad_input_44_and_45_a_wait_that_is_left_changes_nothing,
    test_bad_input_44_and_45_an_order_that_is_left_at_any_step_goes_on_and_is_found,
)

ENDS = ("eof", "SIGTERM", "SIGINT")
LEAVES = ("cancel", "disconnect")


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    for number in range(1, rounds + 1):
        done = one_round()
        seconds = time.monotonic() - began
        print(f"round {number:3}: {done} runs, nothing lost or paid twice, {seconds:5.0f} s", flush=True)
    return 0


def one_round() -> int:
    """Everything once; how many runs that were. Raises what broke."""
    done = 0
    for transport, era, how in itertools.product(TRANSPORTS, ERAS, LEAVES):
        for test in (
            test_bad_input_44_and_45_an_order_that_is_left_at_any_step_goes_on_and_is_found,
            test_bad_input_44_and_45_a_wait_that_is_left_changes_nothing,
        ):
            with tempfile.TemporaryDirectory(prefix="songwright-") as folder:
                anyio.run(test, Path(folder), transport, era, how)
            done += 1
    for era, how, point in itertools.product(ERAS, ENDS, OUTSIDE):
        with tempfile.TemporaryDirectory(prefix="songwright-") as folder:
            anyio.run(end_at, Path(folder), era, how, point)
        done += 1
    for era in ERAS:
        with tempfile.TemporaryDirectory(prefix="songwright-") as folder:
            anyio.run(cancel_over_stdio, Path(folder), era)
        done += 1
    return done


if __name__ == "__main__":
    sys.exit(main())
