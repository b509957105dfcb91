"""Processes that are killed while an order is on its way: charged at most once, and nothing lost.

`make crash` does the same hundreds of times, with callbacks at every point and at both providers.
"""

import random
import sys
from collections.abc import Generator

import pytest

from tests.crash.lane import Lane, open_lane
from tests.crash.naive import order_naively
from tests.crash.runs import POINTS, RANDOM, Case, Outcome, Run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


@pytest.fixture(scope="module")
def lane() -> Generator[Lane]:
    with open_lane("aivideoapi") as opened:
        yield opened


@pytest.fixture(scope="module")
def other_lane() -> Generator[Lane]:
    with open_lane("aimusicapi") as opened:
        yield opened


def went(lane: Lane, case: Case, seed: int = 1) -> Outcome:
    """The outcome of a run that kept every promise."""
    outcome = Run(lane, case, random.Random(seed)).go()  # noqa: S311 # times of kills, not secrets
    assert not outcome.problems
    assert not outcome.misled
    return outcome


@pytest.mark.parametrize("point", POINTS)
def test_bad_input_78_an_order_whose_process_is_killed_is_charged_once_and_never_lost(
    lane: Lane, point: str
) -> None:
    assert went(lane, Case(point)).killed == 1


@pytest.mark.parametrize("point", ["prepared", "charged", "accepted"])
def test_another_take_whose_process_is_killed_is_charged_once_too(lane: Lane, point: str) -> None:
    assert went(lane, Case(point, another_take=True)).charges == 1


def test_a_repeated_call_that_is_killed_before_its_answer_does_not_use_the_first_order_up(lane: Lane) -> None:
    case = Case("accepted", then="prepared", another_take=True)
    assert went(lane, case).killed == 2


def test_an_order_counts_as_told_only_when_its_answer_is_out(lane: Lane) -> None:
    assert went(lane, Case("told", another_take=True)).charges == 1


@pytest.mark.parametrize("point", ["part of the request", "charged", "part of the answer", "answer arrived"])
def test_a_doubt_at_a_provider_without_callbacks_is_told_and_listed(other_lane: Lane, point: str) -> None:
    outcome = went(other_lane, Case(point))
    assert outcome.unconfirmed
    assert outcome.charges == 1


@pytest.mark.parametrize("early", [False, True])
def test_a_callback_gives_a_lost_order_its_id_before_or_after_the_call_is_repeated(
    lane: Lane, early: bool
) -> None:
    outcome = went(lane, Case("charged", callbacks=True, early=early))
    assert outcome.bound
    assert outcome.unconfirmed is not early


def test_a_forged_callback_binds_nothing_to_an_order_that_never_arrived(lane: Lane) -> None:
    outcome = went(lane, Case("part of the request", callbacks=True, drop=True, forgery="another model's id"))
    assert outcome.unconfirmed
    assert outcome.forged == 4
    assert outcome.charges == 0


@pytest.mark.parametrize("seed", range(4))
def test_kills_at_random_times_one_after_the_other_charge_once(lane: Lane, seed: int) -> None:
    assert went(lane, Case(RANDOM, kills=3, another_take=seed % 2 == 0), seed).charges <= 1


def test_the_harness_sees_the_double_charge_of_a_naive_client(lane: Lane) -> None:
    assert order_naively(lane, "charged") == 2
