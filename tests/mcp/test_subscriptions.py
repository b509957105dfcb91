"""Changes are announced from the background, in both protocol eras, also those that another process made."""

import warnings
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.session import MessageHandlerFnT
from mcp.client.subscriptions import ResourceUpdated
from mcp.shared.exceptions import MCPDeprecationWarning
from mcp.types import ResourceUpdatedNotification

from songwright.mcp import build_server
from tests.fakes import BOUND_SECONDS, ERAS, Clock, Door, Era, open_door, open_paid_door

pytestmark = pytest.mark.anyio


class Heard:
    """The resources of which a client was told that they changed."""

    def __init__(self) -> None:
        self.uris: list[str] = []
        self._event = anyio.Event()

    def add(self, uri: str) -> None:
        self.uris.append(uri)
        event, self._event = self._event, anyio.Event()
        event.set()

    async def until(self, *uris: str) -> None:
        """Wait until all of these were announced."""
        with anyio.fail_after(BOUND_SECONDS):
            while not set(uris) <= set(self.uris):
                await self._event.wait()


@asynccontextmanager
async def listening(door: Door, era: Era, *uris: str) -> AsyncGenerator[Heard]:
    """A second client of the door's server that listens for changes of some resources."""
    heard = Heard()
    server = build_server(door.service)
    if era == "legacy":
        async with Client(server, mode="legacy", message_handler=_hear(heard)) as client:
            assert client.server_capabilities.resources is not None
            assert client.server_capabilities.resources.subscribe is True
            await subscribe(client, *uris)
            yield heard
        return
    async with Client(server) as client, client.listen(resource_subscriptions=uris) as stream:
        async with anyio.create_task_group() as group:

            async def hear() -> None:
                async for event in stream:
                    assert isinstance(event, ResourceUpdated)
                    heard.add(str(event.uri))

            group.start_soon(hear)
            yield heard
            group.cancel_scope.cancel()


def _hear(heard: Heard) -> MessageHandlerFnT:
    async def handle(message: Any) -> None:
        if isinstance(message, ResourceUpdatedNotification):
            heard.add(str(message.params.uri))

    return handle


async def subscribe(client: Client, *uris: str) -> None:
    """Subscribe as clients of the older protocol versions do."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MCPDeprecationWarning)  # what is tested
        for uri in uris:
            await client.subscribe_resource(uri)  # pyright: ignore[reportDeprecated] # what is tested


@pytest.mark.parametrize("era", ERAS)
async def test_an_order_its_end_and_its_files_are_announced(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path, era=era, sandbox_seconds="100") as door:
        async with listening(door, era, "tasks://recent", "tracks://recent") as heard:
            task_id = await door.order()
            await heard.until("tasks://recent")
            assert "tracks://recent" not in heard.uris
            async with listening(door, era, f"tasks://{task_id}") as of_task:
                await door.later(101)
                await heard.until("tracks://recent")
                await of_task.until(f"tasks://{task_id}")
                await door.ended(task_id)
                assert set(of_task.uris) == {f"tasks://{task_id}"}


@pytest.mark.parametrize("era", ERAS)
async def test_what_another_process_changed_is_announced_too(tmp_path: Path, era: Era) -> None:
    clock = Clock()
    async with open_paid_door(tmp_path, clock=clock) as one, open_door(tmp_path, clock=clock) as two:
        async with listening(two, era, "tasks://recent", "tracks://recent") as heard:
            await one.finished()
            two.service.changes.wake()
            await heard.until("tasks://recent", "tracks://recent")


async def test_an_older_client_that_unsubscribes_is_told_no_more(tmp_path: Path) -> None:
    heard = Heard()
    async with open_door(tmp_path) as door:
        async with Client(build_server(door.service), mode="legacy", message_handler=_hear(heard)) as client:
            await subscribe(client, "tasks://recent", "tracks://recent")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", MCPDeprecationWarning)
                await client.unsubscribe_resource("tasks://recent")  # pyright: ignore[reportDeprecated] # what is tested
            await door.finished()
            await heard.until("tracks://recent")
            assert set(heard.uris) == {"tracks://recent"}


@pytest.mark.parametrize("era", ERAS)
async def test_a_subscriber_that_left_harms_nobody(tmp_path: Path, era: Era) -> None:
    async with open_door(tmp_path) as door:
        async with listening(door, era, "tasks://recent"):
            pass
        async with listening(door, era, "tasks://recent") as heard:
            assert (await door.finished())["status"] == "completed"
            await heard.until("tasks://recent")
