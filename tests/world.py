"""What stands in for the world in a test: the time, the music, and the provider on a port of this machine."""

import io
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import anyio
import uvicorn

from songwright.sandbox.app import Sandbox, open_sandbox
from songwright.sandbox.composer import Brief
from songwright.sandbox.studio import RenderedTake

BOUND_SECONDS = 30.0
"""No wait of a test is longer."""


class Clock:
    """The time, which runs as usual and can be moved on."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, seconds: float) -> None:
        """Move it on."""
        self._offset += timedelta(seconds=seconds)


class QuickRenderer:
    """A second of silence as a real MP3, and a real one-coloured PNG: enough for every rule but the ear's."""

    def song(self, brief: Brief, seed: int, take: int) -> RenderedTake:
        """A second of silence."""
        return RenderedTake(silence(), 1.0)

    def cover(self, brief: Brief, seed: int, take: int, size: int) -> bytes:
        """A small picture, padded to the least size that a cover has."""
        return picture()


@cache
def silence() -> bytes:
    """One second of silence as MP3."""
    import numpy as np
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, np.zeros((44100, 2)), 44100, format="MP3", subtype="MPEG_LAYER_III")  # pyright: ignore[reportUnknownMemberType] # untyped
    return target.getvalue()


@cache
def picture() -> bytes:
    """A small grey PNG."""
    from songwright.sandbox.cover import cover

    return cover(Brief("Test", "folk", "La"), 1, 0, 64)


def quick_sandbox(folder: Path, seconds: float, clock: Callable[[], datetime]) -> Sandbox:
    """A sandbox with the quick renderer."""
    return open_sandbox(folder, seconds=seconds, clock=lambda: clock().timestamp(), renderer=QuickRenderer())


@dataclass
class Recorder:
    """An ASGI app in front of another, which writes down what was asked for."""

    app: Any
    requests: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    _next: anyio.Event = field(default_factory=anyio.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.requests.append((scope["method"], scope["path"]))
            event, self._next = self._next, anyio.Event()
            event.set()
        await self.app(scope, receive, send)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until the requests are as wanted."""
        with anyio.fail_after(BOUND_SECONDS):
            while not wanted():
                await self._next.wait()

    def count(self, method: str, start: str = "/") -> int:
        """How many requests of a method had a path that starts so."""
        return sum(1 for verb, path in self.requests if verb == method and path.startswith(start))


@asynccontextmanager
async def serving(app: Any) -> AsyncGenerator[str]:
    """An ASGI app on a port of this machine, served by uvicorn; gives its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)  # who connects before uvicorn is up waits here
        config = uvicorn.Config(
            app, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        async with anyio.create_task_group() as group:
            group.start_soon(server._serve, [listener])  # pyright: ignore[reportPrivateUsage] # `serve` takes the signals
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                for listening in server.servers:
                    listening.close()
                for connection in list(server.server_state.connections):
                    connection.shutdown()
                for task in server.server_state.tasks:  # whoever still waits for a hanging answer
                    task.cancel()
                group.cancel_scope.cancel()
