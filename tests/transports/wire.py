"""The real program on raw pipes, and a provider on a port of this machine."""

import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
from mcp import StdioServerParameters

from songwright.app import utc_now
from songwright.library import open_library
from songwright.models import Task
from songwright.sandbox.app import Sandbox
from tests.fakes import KEY, environment, quick_sandbox, serving

BOUND_SECONDS = 30
PROGRAM = ("-P", "-m", "songwright")

Json = dict[str, Any]


def environ(folder: Path, **changes: str) -> dict[str, str]:
    """Quick settings in the test's own folder, and what a process needs. Warnings are errors there too."""
    needed = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "PYTHONWARNINGS": "error"}  # noqa: TID251 # the test's own process
    return {**needed, **environment(folder, **{"poll_seconds": "0.05", "sandbox_seconds": "0", **changes})}


def parameters(environ: Mapping[str, str], arguments: Sequence[str] = PROGRAM) -> StdioServerParameters:
    """How `mcp.Client` starts the program."""
    return StdioServerParameters(command=sys.executable, args=list(arguments), env=dict(environ))


@dataclass
class Wire:
    """One running server, line by line. Everything it writes to stdout must be a JSON-RPC message."""

    process: anyio.abc.Process
    complaints: Path
    lines: list[bytes] = field(default_factory=list[bytes])
    _rest: bytes = b""
    _id: int = 0

    async def send(self, message: Json | bytes) -> None:
        """One message, or bytes as they are."""
        assert self.process.stdin is not None
        content = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
        await self.process.stdin.send(content)

    async def ask(self, method: str, **params: Any) -> int:
        """Send a request; its id."""
        self._id += 1
        await self.send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self._id

    async def call(self, tool: str, /, **arguments: Any) -> int:
        """Send a tool call, with a token for progress; its id."""
        meta = {"progressToken": f"p{self._id + 1}"}
        return await self.ask("tools/call", name=tool, arguments=arguments, _meta=meta)

    async def answer(self, request: int) -> Json:
        """The answer to a request, messages before it passed over."""
        while True:
            message = await self.next()
            if message.get("id") == request:
                return message

    async def notified(self, method: str) -> Json:
        """The next notification of a method."""
        while True:
            message = await self.next()
            if message.get("method") == method:
                return message

    async def result(self, tool: str, /, **arguments: Any) -> Json:
        """Call a tool; the structured content of its answer."""
        answer = await self.answer(await self.call(tool, **arguments))
        return answer["result"]["structuredContent"]

    async def next(self) -> Json:
        """The next message."""
        assert self.process.stdout is not None
        with anyio.fail_after(BOUND_SECONDS):
            while b"\n" not in self._rest:
                self._rest += await self.process.stdout.receive()
        line, _, self._rest = self._rest.partition(b"\n")
        return self._checked(line)

    async def greet(self) -> Json:
        """The handshake of the older era."""
        about = {"name": "test", "version": "1"}
        request = await self.ask(
            "initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=about
        )
        answer = await self.answer(request)
        await self.send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        return answer

    async def end(self, how: str) -> int:
        """End it by `eof`, `SIGTERM` or `SIGINT`; its exit code."""
        if how == "eof":
            assert self.process.stdin is not None
            await self.process.stdin.aclose()
        else:
            self.process.send_signal(signal.Signals[how])
        return await self.ended()

    async def ended(self) -> int:
        """The exit code, once it ended; all that it still wrote is checked."""
        assert self.process.stdout is not None
        with anyio.fail_after(BOUND_SECONDS):
            async for chunk in self.process.stdout:
                self._rest += chunk
            code = await self.process.wait()
        for line in self._rest.splitlines():
            self._checked(line)
        return code

    @property
    def stderr(self) -> str:
        """What it wrote to stderr so far."""
        return self.complaints.read_text("utf-8", "replace")

    def peak_kilobytes(self) -> int:
        """The most memory that it has held (Linux)."""
        status = Path(f"/proc/{self.process.pid}/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0])

    def _checked(self, line: bytes) -> Json:
        self.lines.append(line)
        message: Json = json.loads(line)
        assert message["jsonrpc"] == "2.0", line
        return message


@asynccontextmanager
async def open_wire(
    environ: Mapping[str, str], folder: Path, arguments: Sequence[str] = PROGRAM
) -> AsyncGenerator[Wire]:
    """The program, killed at the end of the block where it still runs. Its stderr is a file in `folder`."""
    complaints = folder / "stderr"
    with complaints.open("wb") as stderr:  # an empty file
        process = await anyio.open_process(
            [sys.executable, *arguments], env=dict(environ), stderr=stderr, start_new_session=True
        )
    try:
        yield Wire(process, complaints)
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
            await process.aclose()


class Arrivals:
    """An ASGI app in front of another, which tells when a request of a method has come in full."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.seen: list[tuple[str, str]] = []
        self._events: dict[str, anyio.Event] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            self.seen.append((scope["method"], scope["path"]))
            self.event(scope["method"]).set()
        await self.app(scope, receive, send)

    def event(self, method: str) -> anyio.Event:
        """Set when the first request of a method comes."""
        return self._events.setdefault(method, anyio.Event())

    async def first(self, method: str) -> None:
        """Wait for the first request of a method."""
        with anyio.fail_after(BOUND_SECONDS):
            await self.event(method).wait()

    def forget(self, method: str) -> None:
        """Take the next request of a method for the first."""
        self._events.pop(method, None)

    def count(self, method: str, start: str = "/") -> int:
        """How many requests of a method had a path that begins so."""
        return sum(verb == method and path.startswith(start) for verb, path in self.seen)


@dataclass
class Provider:
    """The sandbox on a port, as the first paid provider; `settings` send a server there."""

    sandbox: Sandbox
    arrivals: Arrivals
    settings: Mapping[str, str]


@asynccontextmanager
async def open_provider(
    folder: Path, name: str = "aivideoapi", *, seconds: float = 0.0
) -> AsyncGenerator[Provider]:
    """A provider that this test's own process serves; a song takes `seconds`."""
    sandbox = quick_sandbox(folder / "provider", seconds, utc_now)
    arrivals = Arrivals(sandbox.app)
    try:
        async with serving(arrivals) as url, sandbox.running():
            yield Provider(
                sandbox,
                arrivals,
                {
                    "provider": name,
                    f"{name}_api_key": KEY,
                    f"{name}_base_url": url,
                    "allow_private_hosts": "1",
                    "request_timeout": "10",
                },
            )
    finally:
        with anyio.CancelScope(shield=True):
            await sandbox.aclose()


async def tasks_in(folder: Path) -> list[Task]:
    """The unfinished, unconfirmed and lately failed tasks in the library that a server left."""
    library = await open_library(
        folder / "data" / "songwright.db", owners_dir=folder / "data" / "owners", clock=utc_now
    )
    try:
        return await library.attention("local", utc_now())
    finally:
        await library.aclose()
