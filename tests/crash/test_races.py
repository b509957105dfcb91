"""Workers of several processes on one library: the cap, one song and one confirmation hold for all of them.

`make race` does the same with 64 workers, many times.
"""

import sys
from collections.abc import Generator

import pytest

from tests.crash.lane import Lane, open_lane
from tests.crash.races import run_race

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


@pytest.fixture(scope="module")
def lane() -> Generator[Lane]:
    with open_lane("aivideoapi") as opened:
        yield opened


def test_exactly_as_many_songs_are_ordered_as_the_daily_cap_pays_for(lane: Lane) -> None:
    finish = run_race(lane, "credits", processes=4, workers=6, daily_credits="250")
    assert finish.ends == {"ordered": 10, "budget_exceeded": 14}
    assert finish.charges == 10


def test_one_song_that_everyone_orders_at_once_is_one_order(lane: Lane) -> None:
    finish = run_race(lane, "song", processes=4, workers=6)
    assert finish.ends == {"ordered": 1, "repeated": 23}
    assert finish.charges == 1


def test_one_confirmation_is_used_up_once(lane: Lane) -> None:
    finish = run_race(lane, "confirmation", processes=4, workers=6)
    assert finish.ends == {"won": 1, "too late": 23}
