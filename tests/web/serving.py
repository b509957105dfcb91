"""The HTTP app on a port of this machine, in the test's own process, with limits that a test chooses."""

import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx

from songwright.app import open_service
from songwright.mcp import build_server
from songwright.service import SongService
from songwright.web.app import build_app
from songwright.web.callbacks import Callbacks
from songwright.web.run import bound_socket, serve_app
from tests.fakes import Clock, quick_sandbox, settings

BOUND_SECONDS = 30
HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
ACCEPT = {"accept": "application/json, text/event-stream"}


@dataclass
class Site:
    """A server: its address, a plain client for it, and the service behind it."""

    url: str
    port: int
    client: httpx.AsyncClient
    service: SongService
    clock: Clock
    receiver: Callbacks


@asynccontextmanager
async def open_site(
    folder: Path,
    *,
    now: Callable[[], float] = anyio.current_time,
    head_seconds: float = 8.0,
    limits: dict[str, Any] | None = None,
    callbacks_at: str | None = None,
    clock: Clock | None = None,
    **changes: str,
) -> AsyncGenerator[Site]:
    """The app on a free port, with callbacks at its own address or at `callbacks_at`.

    `limits` are those of `build_app`, `changes` settings by their names.
    """
    clock = clock or Clock()
    listener = bound_socket("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    changes = {"callback_url": callbacks_at or url, "allow_private_hosts": "1", **changes}
    chosen = settings(folder, **changes)
    assert chosen.problems == ()
    level = logging.getLogger("uvicorn.error").level
    async with AsyncExitStack() as stack:
        stack.enter_context(listener)
        stack.callback(logging.getLogger("uvicorn.error").setLevel, level)
        service = await stack.enter_async_context(
            open_service(
                chosen,
                clock=clock,
                open_sandbox=lambda settings, clock: quick_sandbox(settings.data_dir / "sandbox", 0, clock),
            )
        )
        receiver = Callbacks(service.doubts, now)
        app = build_app(
            build_server(service), port, receiver=receiver, public_url=chosen.callback_url, **(limits or {})
        )
        client = await stack.enter_async_context(
            httpx.AsyncClient(base_url=url, trust_env=False, timeout=BOUND_SECONDS)
        )
        stop = anyio.Event()
        async with anyio.create_task_group() as group:

            async def serve() -> None:
                await serve_app(app, listener, log_level="critical", head_seconds=head_seconds, stop=stop)

            group.start_soon(serve)
            try:
                yield Site(url, port, client, service, clock, receiver)
            finally:
                stop.set()
