"""get_task: now or at the end, with progress, for every id, and at no cost to the provider."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from songwright.models import Task
from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, LYRICS, Clock, Door, Era, content, open_door, open_paid_door, text

pytestmark = pytest.mark.anyio


async def waiting(door: Door, task_id: str, heard: list[tuple[float, float | None, str | None]]) -> str:
    """The status in which a long wait ends; progress is written to `heard`."""

    async def on_progress(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    with anyio.fail_after(50):
        result = await door.client.call_tool(
            "get_task", {"task_id": task_id, "wait_seconds": 45}, progress_callback=on_progress
        )
    return content(result)["status"]


@pytest.mark.parametrize("era", ERAS)
async def test_a_wait_sends_growing_progress_ends_with_the_task_and_blocks_nobody(
    tmp_path: Path, era: Era
) -> None:
    heard: list[tuple[float, float | None, str | None]] = []
    async with open_paid_door(tmp_path, era=era, song_seconds=1000) as door:
        task_id = await door.order()
        ended = anyio.Event()

        async def wait() -> None:
            assert await waiting(door, task_id, heard) == "completed"
            ended.set()

        async with anyio.create_task_group() as group:
            group.start_soon(wait)
            with anyio.fail_after(20):
                while len(heard) < 2:  # the second comes after two seconds
                    assert (await door.told("list_tracks"))["status"] == "ok"
                    assert (await door.told("get_task", task_id=task_id))["status"] != "completed"
            await door.later(1001)
            with anyio.fail_after(20):
                await ended.wait()
    numbers = [progress for progress, _, _ in heard]
    assert numbers == sorted(set(numbers)), "progress must grow"
    assert {total for _, total, _ in heard} == {45}
    assert heard[0][2] is not None
    assert heard[0][2].startswith("pending for 0:0")


async def test_a_wait_without_a_listener_for_progress_is_a_wait(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        task_id = await door.order()
        assert (await door.told("get_task", task_id=task_id, wait_seconds=45))["status"] == "completed"


async def test_a_wait_for_a_task_that_is_over_ends_at_once_without_progress(tmp_path: Path) -> None:
    heard: list[tuple[float, float | None, str | None]] = []
    async with open_door(tmp_path) as door:
        task_id = (await door.finished())["task_id"]
        assert await waiting(door, task_id, heard) == "completed"
        assert heard == []


async def test_without_a_wait_the_state_is_told_at_once(tmp_path: Path) -> None:
    async with open_door(tmp_path, sandbox_seconds="3600") as door:
        task_id = await door.order()
        with anyio.fail_after(10):
            assert (await door.told("get_task", task_id=task_id))["status"] == "pending"
            assert (await door.told("get_task", task_id=task_id, wait_seconds=0))["status"] == "pending"


async def test_a_wait_that_runs_out_tells_the_state_and_the_next_call(tmp_path: Path) -> None:
    async with open_door(tmp_path, sandbox_seconds="3600") as door:
        task_id = await door.order()
        told = await door.told("get_task", task_id=task_id, wait_seconds=1)
        assert told["status"] == "pending"
        assert told["next_step"] == f'get_task(task_id="{task_id}", wait_seconds=45)'


async def test_a_task_is_found_by_its_own_id_the_providers_and_a_tracks(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        done = await door.finished()
        ids = [done["provider_task_id"], *[track["track_id"] for track in done["tracks"]]]
        for name in ids:
            assert (await door.told("get_task", task_id=name))["task_id"] == done["task_id"]


async def test_a_task_of_the_provider_that_the_library_never_saw_is_adopted(tmp_path: Path) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock) as door:
        first = await door.finished()
    elsewhere: Any = {"data_dir": str(tmp_path / "other"), "music_dir": str(tmp_path / "other music")}
    async with open_paid_door(tmp_path, clock=clock, **elsewhere) as door:
        assert (await door.told("list_tracks"))["total"] == 0
        adopted = await door.ended(first["provider_task_id"])
        assert adopted["provider_task_id"] == first["provider_task_id"]
        assert adopted["task_id"] != first["task_id"]
        assert adopted["title"] == "Sixty and Still Loud"
        assert [track["take"] for track in adopted["tracks"]] == ["A", "B"]
        again = await door.told("get_task", task_id=first["provider_task_id"])
        assert again["task_id"] == adopted["task_id"], "adopted once"
        assert (await door.told("list_tracks"))["total"] == 2
        assert (await door.told("check_credits"))["spent_today"] == 0
        assert door.charged == 1


async def test_an_adopted_task_that_still_runs_is_followed_to_its_end(tmp_path: Path) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock, song_seconds=100) as door:
        first = await door.order()
        provider_id = (await door.told("get_task", task_id=first))["provider_task_id"]
    async with open_paid_door(tmp_path, clock=clock, data_dir=str(tmp_path / "other")) as door:
        assert (await door.told("get_task", task_id=provider_id))["status"] == "pending"
        await door.later(101)
        assert (await door.ended(provider_id))["status"] == "completed"


async def test_lyrics_and_request_are_told_only_when_asked_for(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        done = await door.finished(negative_tags="drums")
        assert not {"lyrics", "request"} & done.keys()
        assert all("lyrics" not in track for track in done["tracks"])
        result = await door.call("get_task", task_id=done["task_id"], include_lyrics=True)
        told = content(result)
        assert told["lyrics"] == LYRICS
        assert told["request"]["negative_tags"] == "drums"
        assert told["request"]["style"] == CUSTOM["style"]
        assert LYRICS in text(result)
        assert all("Sixty and still loud" in track["lyrics"] for track in told["tracks"])


async def test_a_song_from_a_description_is_called_what_the_provider_called_it(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door:
        order = await door.told("generate_song", prompt="A song about the night train to Lisbon")
        assert order["title"] == "A song about the night train to Lisbon"
        done = await door.ended(order["task_id"], include_lyrics=True)
        assert done["title"] == done["tracks"][0]["title"]
        assert done["title"] != order["title"]
        assert done["lyrics"]


@pytest.mark.parametrize("waiters", [0, 25])
async def test_many_waiters_ask_the_provider_as_often_as_none(tmp_path: Path, waiters: int) -> None:
    statuses: list[str] = []
    async with open_paid_door(tmp_path, song_seconds=1000, poll_seconds="60") as door:
        tasks = [await door.order(title=f"Song {number}") for number in range(20)]
        assert door.requests is not None

        async def wait(task_id: str) -> None:
            statuses.append(await waiting(door, task_id, []))

        async with anyio.create_task_group() as group:
            for task_id in tasks * waiters:
                group.start_soon(wait, task_id)
            for polls in range(1, 5):
                await door.later(300 if polls < 4 else 1001)
                await polled(door, polls)
                assert door.requests.count("GET", "/v1/tasks") == 20 * polls
    assert statuses == ["completed"] * 20 * waiters


async def polled(door: Door, times: int) -> None:
    """Wait until the answer to that many questions about each task is written down."""
    with anyio.fail_after(30):
        while min((task.polls for task in await under_way(door)), default=times) < times:
            with anyio.move_on_after(0.05):
                await door.service.changes.next().wait()


async def under_way(door: Door) -> list[Task]:
    """Every task that is not over."""
    return [task for task in await door.service.attention() if not task.is_over]


async def test_two_processes_on_a_library_ask_no_more_than_one(tmp_path: Path) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock, song_seconds=1000) as one:
        task_id = await one.order()
        assert one.requests is not None
        same: Any = {"aivideoapi_base_url": one.service.accounts.settings.aivideoapi_base_url}
        async with open_paid_door(tmp_path, clock=clock, **same) as two:
            one.order_faults(Fault("rate-limit-exceeded", 600), route="query")
            await one.until(task_id, lambda told: one.sandbox.faults.waiting == ())
            count = one.requests.count("GET", "/v1/tasks")
            await two.later(300)
            await one.later(0)
            assert (await two.told("get_task", task_id=task_id))["status"] == "pending"
            assert one.requests.count("GET", "/v1/tasks") == count, "what one was told holds for both"


async def test_a_wait_learns_of_an_end_that_another_process_saw(tmp_path: Path) -> None:
    """The first process cannot reach the provider; the second can, and finishes for both."""
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock, song_seconds=1000) as two:
        nowhere: Any = {"aivideoapi_base_url": "http://127.0.0.1:9"}
        async with open_paid_door(tmp_path, clock=clock, **nowhere) as one:
            task_id = await two.order()
            heard: list[tuple[float, float | None, str | None]] = []
            ends: list[str] = []

            async def wait() -> None:
                ends.append(await waiting(one, task_id, heard))

            with anyio.fail_after(20):
                async with anyio.create_task_group() as group:
                    group.start_soon(wait)
                    await two.later(1001)
                    assert (await two.ended(task_id))["status"] == "completed"
            assert ends == ["completed"]


async def test_progress_and_state_survive_a_restart(tmp_path: Path) -> None:
    clock = Clock()
    async with open_door(tmp_path, clock=clock, sandbox_seconds="100") as door:
        task_id = await door.order()
    clock.move(101)
    async with open_door(tmp_path, clock=clock, sandbox_seconds="100") as door:
        done = await door.ended(task_id)
        assert done["status"] == "completed"
        assert all(track["file"] for track in done["tracks"])
