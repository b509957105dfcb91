"""Callbacks: what is posted, when, how often, and that a restart loses none."""

import json
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.sandbox.sandbox_kit import SUBMIT, Box, Clock, opened, serving, simple

pytestmark = pytest.mark.anyio


class Receiver:
    """Takes callbacks; answers with the statuses given, then with 200."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.posts: list[tuple[str, dict[str, Any]]] = []
        self.news = anyio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        self.posts.append((scope["path"], json.loads(body)))
        status = self.statuses.pop(0) if self.statuses else 200
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})
        self.news.set()


async def order(box: Box, url: str, prompt: str = "a calm song") -> str:
    answer = await box.client.post(SUBMIT, json={**simple(prompt), "callback_url": f"{url}/callbacks/secret"})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["taskId"]


async def test_a_finished_task_is_posted_once_as_a_query_would_tell_it(tmp_path: Path) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, opened(tmp_path) as box:
        task_id = await order(box, url)
        assert await box.sandbox.deliver_callbacks() == 1
        assert receiver.posts == []
        await box.later(8)
        assert await box.sandbox.deliver_callbacks() == 0
        assert await box.sandbox.deliver_callbacks() == 0
        assert receiver.posts == [("/callbacks/secret", await box.state(task_id))]
        assert receiver.posts[0][1]["status"] == "completed"


async def test_a_failed_task_is_posted_too(tmp_path: Path) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, opened(tmp_path) as box:
        await order(box, url, "sandbox:moderation")
        await box.later(8)
        await box.sandbox.deliver_callbacks()
        assert receiver.posts[0][1]["error"]["code"] == "upstream_error"


async def test_a_refused_callback_is_tried_three_times_at_most_with_pauses(tmp_path: Path) -> None:
    receiver = Receiver(500, 302, 404, 500)
    async with serving(receiver) as url, opened(tmp_path) as box:
        await order(box, url)
        await box.later(8)
        for tries in (1, 2, 3):
            await box.sandbox.deliver_callbacks()
            await box.sandbox.deliver_callbacks()
            assert len(receiver.posts) == tries
            box.clock.now += 2
        assert await box.sandbox.deliver_callbacks() == 0
        assert len(receiver.posts) == 3


async def test_a_callback_to_a_closed_port_harms_nothing(tmp_path: Path) -> None:
    async with opened(tmp_path) as box:
        async with serving(Receiver()) as url:
            closed = url
        task_id = await order(box, closed)
        await box.later(8)
        for _ in range(4):
            await box.sandbox.deliver_callbacks()
            box.clock.now += 2
        assert await box.sandbox.deliver_callbacks() == 0
        assert (await box.state(task_id))["status"] == "completed"


async def test_callbacks_go_out_by_themselves_while_the_sandbox_runs(tmp_path: Path) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, opened(tmp_path) as box:
        async with box.sandbox.running():
            await order(box, url)
            await box.later(8)
            with anyio.fail_after(20):
                await receiver.news.wait()
        assert len(receiver.posts) == 1


async def test_a_callback_that_was_due_is_sent_after_a_restart_and_by_one_of_two_sandboxes(
    tmp_path: Path,
) -> None:
    receiver, clock = Receiver(), Clock()
    async with serving(receiver) as url:
        async with opened(tmp_path, clock) as box:
            await order(box, url)
            await box.later(60)
        async with (
            opened(tmp_path, clock) as one,
            opened(tmp_path, clock) as two,
            anyio.create_task_group() as group,
        ):
            group.start_soon(one.sandbox.deliver_callbacks)
            group.start_soon(two.sandbox.deliver_callbacks)
        assert len(receiver.posts) == 1


async def test_a_callback_can_be_left_out_by_a_fault(tmp_path: Path) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, opened(tmp_path) as box:
        await order(box, url, "sandbox:no-callback")
        await box.later(8)
        assert await box.sandbox.deliver_callbacks() == 0
        assert receiver.posts == []
