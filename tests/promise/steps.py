"""Stops on the way of an order: inside, at each call of the library; and outside, at the provider."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

import anyio

from songwright.app import utc_now
from songwright.library import Library
from songwright.sandbox.app import Sandbox
from songwright.service import SongService
from tests.fakes import KEY, quick_sandbox, serving

BOUND_SECONDS = 30

INSIDE: Mapping[str, tuple[str, bool]] = {
    "before it is placed": ("place", False),
    "placed": ("place", True),
    "before it is marked as sending": ("start_sending", False),
    "marked as sending": ("start_sending", True),
    "answered": ("accept", False),
    "its id stored": ("accept", True),
    "before it counts as told": ("told", False),
}
"""The calls of the library at which an order can be stopped; True: once the call is done."""

Point = Literal["balance", "order", "half", "query"]
OUTSIDE: tuple[Point, ...] = ("balance", "order", "half")


@dataclass
class Stop:
    """Holds whoever comes, until `go`."""

    reached: anyio.Event = field(default_factory=anyio.Event)
    go: anyio.Event = field(default_factory=anyio.Event)

    async def hold(self) -> None:
        """Be held. As a transaction does, it lets no cancellation in."""
        self.reached.set()
        with anyio.CancelScope(shield=True):
            await self.go.wait()

    async def arrival(self) -> None:
        """Wait until somebody is held."""
        with anyio.fail_after(BOUND_SECONDS):
            await self.reached.wait()


class Gate:
    """A library that holds at one of its calls. `left` is set when a caller is noted to have gone."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self.at: tuple[str, bool] | None = None
        self.stop = Stop()
        self.left = anyio.Event()

    def close(self, step: str) -> Stop:
        """Hold at a step of `INSIDE` from now on, once."""
        self.at, self.stop, self.left = INSIDE[step], Stop(), anyio.Event()
        return self.stop

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._library, name)
        if name == "gone":
            self.left.set()
        if self.at is None or name != self.at[0]:
            return inner
        done, self.at = self.at[1], None

        async def held(*args: Any, **kwargs: Any) -> Any:
            if not done:
                await self.stop.hold()
            result = await inner(*args, **kwargs)
            if done:
                await self.stop.hold()
            return result

        return held


def gated(service: SongService) -> Gate:
    """Put a gate between a service and its library."""
    gate = Gate(service.library)
    service.library = service.submissions.library = cast("Library", gate)
    return gate


class Till:
    """The sandbox app, which can hold: asked for the balance, an order taken, half an answer sent."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.at: Point | None = None
        self.stop = Stop()

    def close(self, point: Point) -> Stop:
        """Hold at a point from now on, once."""
        self.at, self.stop = point, Stop()
        return self.stop

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if not self._holds(scope):
            await self.sandbox.app(scope, receive, send)
            return
        point, self.at = self.at, None
        if point in ("balance", "query"):
            await self.stop.hold()
            await self.sandbox.app(scope, receive, send)
            return
        answer: list[Any] = []

        async def keep(message: Any) -> None:
            answer.append(message)

        await self.sandbox.app(scope, receive, keep)
        body = b"".join(message.get("body", b"") for message in answer[1:])
        if point == "order":
            await self.stop.hold()
        await send(answer[0])
        half = len(body) // 2 if point == "half" else 0
        await send({"type": "http.response.body", "body": body[:half], "more_body": True})
        if point == "half":
            await self.stop.hold()
        await send({"type": "http.response.body", "body": body[half:]})

    def _holds(self, scope: Any) -> bool:
        paths = {"balance": ("GET", "/v1/credits"), "query": ("GET", "/v1/tasks/")}
        method, path = paths.get(self.at or "", ("POST", "/v1/music/generations"))
        return bool(
            self.at
            and scope["type"] == "http"
            and scope["method"] == method
            and scope["path"].startswith(path)
        )

    def charged(self, title: str) -> list[str]:
        """The ids under which songs of a title were charged."""
        return [order.id for order in self.sandbox.ledger.orders() if order.wanted.title == title]


@asynccontextmanager
async def open_till(folder: Path) -> AsyncGenerator[tuple[Till, Mapping[str, str]]]:
    """A till on a port of this machine, and the settings that lead there. Its songs take a day."""
    sandbox = quick_sandbox(folder / "provider", 100_000, utc_now)
    till = Till(sandbox)
    try:
        async with serving(till) as url:
            yield (
                till,
                {
                    "provider": "aivideoapi",
                    "aivideoapi_api_key": KEY,
                    "aivideoapi_base_url": url,
                    "allow_private_hosts": "1",
                    "request_timeout": "20",
                },
            )
    finally:
        till.stop.go.set()
        with anyio.CancelScope(shield=True):
            await sandbox.aclose()
