"""The naive way in the same harness: to show that a double charge is seen."""

from typing import Any

from tests.crash.lane import Lane

NAIVE_POINTS = (
    "sending",
    "part of the request",
    "charged",
    "before the answer",
    "part of the answer",
    "answer arrived",
    "accepted",
)


def order_naively(lane: Lane, point: str) -> int:
    """Kill a naive order at a point, start it again, and count the charges."""
    folder, mark = lane.fresh()
    provider = lane.provider
    job: dict[str, Any] = {
        "folder": str(folder),
        "url": f"{provider.url}/v1/music/generations",
        "body": {"model": "suno-v5_5", "input": {"prompt": f"A calm song for {mark}"}},
    }
    provider.plan(stop=point)
    victim = lane.nursery.start("naive", **job, step=point)
    if point in ("sending", "answer arrived", "accepted"):
        victim.line.hear()
    else:
        provider.stopped()
    victim.kill()
    provider.settle()
    provider.plan()
    second = lane.nursery.start("naive", **job, step=None)
    second.line.hear()
    second.wait()
    return len(provider.charges(mark))
