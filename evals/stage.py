"""Where a task is played: a provider with the ordered faults, and the real server with a real client on it.

A paid provider is the sandbox's HTTP API on a port of this machine, spoken to by the real provider class. The
time can be moved on, so that a night or a slow song takes no time.
"""

import io
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import anyio
import uvicorn
from anyio.lowlevel import checkpoint
from mcp import Client, StdioServerParameters
from mcp.server import MCPServer
from mcp.types import ElicitRequestParams, ElicitResult

from evals.tasks import FaultOrder, Setup
from evals.transcript import Booked, Books
from songwright.app import open_service
from songwright.mcp import build_server
from songwright.sandbox.app import Sandbox, open_sandbox
from songwright.sandbox.faults import Fault
from songwright.sandbox.ledger import SANDBOX_KEY, Ledger, account_of
from songwright.sandbox.studio import RenderedTake
from songwright.service import SongService
from songwright.settings import read_settings

if TYPE_CHECKING:
    from songwright.sandbox.composer import Brief

DRAIN_SECONDS = 0.2
HURRY_SECONDS = 30.0
"""How far the clock goes on in each real twentieth of a second while somebody waits for a song."""

Over = Literal["memory", "stdio"]
"""How the client reaches the server: in this process, or over the pipes of a real one."""

Answer = Callable[[str], bool]
"""The person's yes or no to the server's question."""


class QuickRenderer:
    """A second of silence as a real MP3 and a small real PNG: enough for every rule but the ear's."""

    def song(self, brief: "Brief", seed: int, take: int) -> RenderedTake:
        """The same silence for every song; the two takes claim different lengths."""
        return RenderedTake(_silence(take), 1.0 + take)

    def cover(self, brief: "Brief", seed: int, take: int, size: int) -> bytes:
        """The same picture for every song."""
        return _picture()


@cache
def _silence(take: int) -> bytes:
    import numpy as np
    import soundfile

    target = io.BytesIO()
    quiet = np.zeros((44100 * (1 + take), 2))
    soundfile.write(target, quiet, 44100, format="MP3", subtype="MPEG_LAYER_III")  # pyright: ignore[reportUnknownMemberType] # untyped
    return target.getvalue()


@cache
def _picture() -> bytes:
    from songwright.sandbox.brief import Brief
    from songwright.sandbox.cover import cover

    return cover(Brief("Song", "folk", "La"), 1, 0, 64)


class Clock:
    """The time, which runs as usual and can be moved on."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, seconds: float) -> None:
        """Move it on."""
        self._offset += timedelta(seconds=seconds)


@dataclass
class Stage:
    """One task's provider and folders. `earlier` counts the orders that were made before the run."""

    setup: Setup
    folder: Path
    environ: Mapping[str, str]
    clock: Clock
    paid: Sandbox | None
    over: Over = "memory"
    earlier: int = 0
    _service: SongService | None = field(default=None)

    @asynccontextmanager
    async def session(self, number: int, answer: Answer) -> AsyncGenerator[Client]:
        """A new process of the server, or one that passes for it, and a client of it.

        Over stdio the provider's time can be moved on, the server's own cannot.
        """

        async def asked(context: object, params: ElicitRequestParams) -> ElicitResult:
            if answer(params.message):
                return ElicitResult(action="accept", content={"yes": True})
            return ElicitResult(action="decline")

        asking = asked if self.setup.can_ask else None
        if self.over == "stdio":
            _order_faults(self.paid, self._faults(number))
            async with Client(_process(self.environ), elicitation_callback=asking) as client:
                yield client
            return
        box = self.paid or self._sandbox()
        _order_faults(box, self._faults(number))
        async with self._serving(box) as server, Client(server, elicitation_callback=asking) as client:
            yield client

    def _faults(self, session: int) -> list[FaultOrder]:
        return [fault for fault in self.setup.faults if fault.session == session]

    @asynccontextmanager
    async def _serving(self, box: Sandbox) -> AsyncGenerator[MCPServer[Any]]:
        """The server in this process, on a service of its own."""
        async with open_service(
            read_settings(self.environ),
            clock=self.clock,
            drain_seconds=DRAIN_SECONDS,
            answer_seconds=self.setup.answer_seconds,
            sleep=self._pause,
            open_sandbox=lambda settings, clock: box,
        ) as self._service:
            yield build_server(self._service)
        self._service = None

    def _sandbox(self) -> Sandbox:
        return open_sandbox(
            self.folder / "data" / "sandbox",
            seconds=self.setup.song_seconds,
            clock=lambda: self.clock().timestamp(),
            renderer=QuickRenderer(),
        )

    async def _pause(self, seconds: float) -> None:
        """The service's pause between two sends: it takes no real time."""
        self.clock.move(seconds)
        await checkpoint()

    async def hurry(self) -> None:
        """Let the time run fast until cancelled: somebody waits for a song."""
        while True:
            await anyio.sleep(0.05)
            self.clock.move(HURRY_SECONDS)
            if self._service:
                self._service.changes.wake()

    def books(self) -> Books:
        """What the provider charged in this run."""
        ledger = self._ledger()
        try:
            ledger.balance(self.account)  # pays what is due to be refunded
            orders = ledger.orders(self.account)[self.earlier :]
        finally:
            ledger.close()
        return Books(
            tuple(
                Booked(
                    title=order.wanted.title,
                    style=order.wanted.style,
                    text=order.wanted.text,
                    model=order.wanted.model,
                    instrumental=order.wanted.instrumental,
                    custom=order.wanted.custom,
                    kept=order.failure is None,
                    request=order.wanted.request,
                )
                for order in orders
            )
        )

    def refill(self, credits: int) -> None:
        """The person tops up their account."""
        ledger = self._ledger()
        try:
            ledger.refill(credits, self.account)
        finally:
            ledger.close()

    def newest_order_id(self) -> str:
        """The id of the newest order, as the provider's own page shows it to the person."""
        ledger = self._ledger()
        try:
            orders = ledger.orders(self.account)
        finally:
            ledger.close()
        return orders[-1].id if orders else "(no order)"

    @property
    def account(self) -> str:
        """The person's account at the provider."""
        return account_of(SANDBOX_KEY if self.paid is None else self.setup.key)

    def _ledger(self) -> Ledger:
        folder = self.folder / "provider" if self.paid else self.folder / "data" / "sandbox"
        return Ledger(folder / "sandbox.sqlite3", clock=lambda: self.clock().timestamp())


@asynccontextmanager
async def open_stage(setup: Setup, folder: Path, over: Over = "memory") -> AsyncGenerator[Stage]:
    """The stage of a task in an empty folder, with the songs that were made before.

    Raises:
        ValueError: a setting of the task is wrong, or it cannot be played over stdio.
    """
    if over == "stdio" and setup.provider == "sandbox" and setup.faults:
        raise ValueError("the sandbox inside a process takes its faults by word only")
    clock = Clock()
    async with AsyncExitStack() as stack:
        box, environ = None, _environment(setup, folder)
        if setup.provider != "sandbox":
            box = open_sandbox(
                folder / "provider",
                seconds=setup.song_seconds,
                clock=lambda: clock().timestamp(),
                renderer=QuickRenderer(),
            )
            stack.push_async_callback(box.aclose)
            url = await stack.enter_async_context(_served(box))
            environ |= {
                f"SONGWRIGHT_{setup.provider.upper()}_API_KEY": setup.key,
                f"SONGWRIGHT_{setup.provider.upper()}_BASE_URL": url,
                "SONGWRIGHT_ALLOW_PRIVATE_HOSTS": "1",
            }
        if problems := read_settings(environ).problems:
            raise ValueError("; ".join(problem.message for problem in problems))
        stage = Stage(setup, folder, environ, clock, box, over)
        await _make_earlier(stage)
        yield stage


def _environment(setup: Setup, folder: Path) -> dict[str, str]:
    told = {
        "provider": setup.provider,
        "data_dir": str(folder / "data"),
        "music_dir": str(folder / "music"),
        "poll_seconds": "0.02",
        "sandbox_seconds": str(setup.song_seconds),
    }
    return {f"SONGWRIGHT_{name.upper()}": value for name, value in {**told, **setup.settings}.items()}


async def _make_earlier(stage: Stage) -> None:
    """Make the songs that the person already has; faults and the conversation come after."""
    if not stage.setup.earlier:
        return
    async with stage.session(0, lambda question: True) as client:
        for earlier in stage.setup.earlier:
            ordered = await client.call_tool(earlier.tool, dict(earlier.arguments))
            told: dict[str, Any] = ordered.structured_content or {}
            await client.call_tool("get_task", {"task_id": told["task_id"], "wait_seconds": 20})
    stage.earlier = len(stage.setup.earlier)


def _process(environ: Mapping[str, str]) -> StdioServerParameters:
    """The server as a host starts it."""
    return StdioServerParameters(command=sys.executable, args=["-P", "-m", "songwright"], env=dict(environ))


def _order_faults(box: Sandbox | None, orders: list[FaultOrder]) -> None:
    if box is None:
        return
    for order in orders:
        fault = Fault(order.name, order.number, status=order.status, body=order.body.encode())
        box.faults.push(*[fault] * order.times, route=order.route)


@asynccontextmanager
async def _served(app: Any) -> AsyncGenerator[str]:
    """An ASGI app on a port of this machine; gives its base URL."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)  # who connects before uvicorn is up waits here
        config = uvicorn.Config(
            app, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        async with anyio.create_task_group() as group:
            group.start_soon(server._serve, [listener])  # pyright: ignore[reportPrivateUsage] # `serve` takes the signals
            try:
                yield f"http://127.0.0.1:{listener.getsockname()[1]}"
            finally:
                server.force_exit = True
                with anyio.CancelScope(shield=True):
                    await server.shutdown()
                group.cancel_scope.cancel()
