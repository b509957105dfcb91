"""What the tests of the sandbox's app share: a clock, a quick renderer, clients, a port."""

import socket
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import uvicorn

from songwright.sandbox.app import Sandbox, open_sandbox
from songwright.sandbox.ledger import SANDBOX_KEY
from songwright.sandbox.studio import RenderedTake

if TYPE_CHECKING:
    from songwright.sandbox.composer import Brief

URL = "http://sandbox.invalid"
START = 1_800_000_000.0
SUBMIT = "/v1/music/generations"


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self, now: float = START) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class TinyRenderer:
    """Renders a few bytes made of its arguments; waits for `go_on`, and fails on the title "broken"."""

    def __init__(self) -> None:
        self.songs: list[tuple[str, int, int]] = []
        self.go_on = threading.Event()
        self.go_on.set()

    def song(self, brief: "Brief", seed: int, take: int) -> RenderedTake:
        self.go_on.wait(20)
        if brief.title == "broken":
            raise RuntimeError("out of tune")
        self.songs.append((brief.title, seed, take))
        return RenderedTake(b"ID3" + f"{brief} {seed} {take}".encode() * 40, 60.0 + take)

    def cover(self, brief: "Brief", seed: int, take: int, size: int) -> bytes:
        return b"\x89PNG\r\n\x1a\n" + f"{brief.title} {seed} {take} {size}".encode()


def simple(prompt: str = "A calm piano track", **more: Any) -> dict[str, Any]:
    """An order in simple mode for the first API."""
    return {"model": "suno-v5_5", "input": {"prompt": prompt, **more}}


def custom(**fields: Any) -> dict[str, Any]:
    """An order in custom mode for the first API; a field given as None is left out."""
    usual: dict[str, Any] = {
        "custom_mode": True,
        "title": "Summer Nights",
        "style": "Pop, Indie",
        "prompt": "[Verse]\nWalking down the empty street",
    }
    return {
        "model": "suno-v5_5",
        "input": {name: value for name, value in (usual | fields).items() if value is not None},
    }


def client_of(sandbox: Sandbox, key: str | None = SANDBOX_KEY, url: str | None = None) -> httpx.AsyncClient:
    """A client in process, or over the port of `url`."""
    headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
    transport = None if url else httpx.ASGITransport(app=sandbox.app)
    return httpx.AsyncClient(
        transport=transport, base_url=url or URL, headers=headers, trust_env=False, timeout=20
    )


class Box:
    """A sandbox in a folder, with its clock and renderer, and a client of the first key."""

    def __init__(self, folder: Path, clock: Clock | None = None, *, seconds: float = 8.0) -> None:
        self.clock = clock or Clock()
        self.renderer = TinyRenderer()
        self.sandbox = open_sandbox(folder, clock=self.clock, renderer=self.renderer, seconds=seconds)
        self.client = client_of(self.sandbox)

    async def order(self, body: dict[str, Any] | None = None) -> str:
        """Order from the first API, and return the task's id."""
        answer = await self.client.post(SUBMIT, json=body or simple())
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]["taskId"]

    async def order_b(self, **fields: Any) -> str:
        """Order from the second API, and return the work's id."""
        body = fields or {"gpt_description_prompt": "a calm piano track"}
        answer = await self.client.post("/api/submit", json={"model": "chirp-v3-5", **body})
        assert answer.status_code == 200, answer.text
        return answer.json()["workId"]

    async def state(self, task_id: str) -> dict[str, Any]:
        """The task as the first API tells it."""
        return (await self.client.get(f"/v1/tasks/{task_id}")).json()

    async def state_b(self, work_id: str) -> dict[str, Any]:
        """The data of a work as the second API tells it."""
        answer = await self.client.get("/api/query", params={"workId": work_id})
        return answer.json()["data"]

    async def balance(self) -> int:
        """What the first key has left, as the first API tells it."""
        return (await self.client.get("/v1/credits")).json()["data"]["balance"]

    async def later(self, seconds: float) -> None:
        """Let everything be rendered, and then the clock go on."""
        with anyio.fail_after(20):
            await self.sandbox.rendered()
        self.clock.now += seconds

    async def aclose(self) -> None:
        """Close client and sandbox."""
        self.renderer.go_on.set()
        await self.client.aclose()
        await self.sandbox.aclose()


@asynccontextmanager
async def opened(folder: Path, clock: Clock | None = None, *, seconds: float = 8.0) -> AsyncGenerator[Box]:
    """A sandbox that is closed at the end."""
    box = Box(folder, clock, seconds=seconds)
    try:
        yield box
    finally:
        with anyio.CancelScope(shield=True):
            await box.aclose()


@asynccontextmanager
async def serving(app: Any) -> AsyncGenerator[str]:
    """An ASGI app on a port of this machine, served by uvicorn; gives its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="critical", ws="none", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        async with anyio.create_task_group() as group:
            group.start_soon(server._serve, [listener])  # pyright: ignore[reportPrivateUsage] # `serve` takes the signals
            with anyio.fail_after(20):
                while not server.started:  # noqa: ASYNC110 # uvicorn offers a flag only
                    await anyio.sleep(0.01)
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True


@asynccontextmanager
async def over_port(folder: Path) -> AsyncGenerator[tuple[Box, httpx.AsyncClient, str]]:
    """A sandbox, a client that reaches it over a port, and the URL of that port."""
    async with (
        opened(folder) as box,
        serving(box.sandbox.app) as url,
        client_of(box.sandbox, url=url) as client,
    ):
        yield box, client, url
