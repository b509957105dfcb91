"""A process that dies while it asks a provider: another one on the library asks for the same tasks.

`make restart` measures how soon, and restarts with 10,000 unfinished tasks.
"""

import sys

import pytest

from tests.crash.lane import open_lane
from tests.crash.restarts import backlog, restart, take_over

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are forked")


def test_the_tasks_of_a_killed_process_are_followed_by_another() -> None:
    with open_lane("aivideoapi") as lane:
        folder, _ = lane.fresh()
        ids = backlog(lane, folder, 3)
        take_over(lane, lane.environ(folder), ids)


def test_a_restart_with_a_backlog_lists_it_and_asks_for_none_before_its_turn() -> None:
    with open_lane("aivideoapi") as lane:
        folder, _ = lane.fresh()
        ids = backlog(lane, folder, 60)
        found = restart(lane, lane.environ(folder), ids, polls=4)
        assert found.listed == 50
        assert len(found.polls) >= 4
        assert found.is_spread(per_second=5)
