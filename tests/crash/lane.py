"""One lane of the crash test: a provider, a nursery, and a host that speaks MCP with whoever is alive."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.crash.lines import Ended, Lines

ROOT = Path(__file__).parent.parent.parent
KEY = "sk-crash0123456789abcdef"


@contextmanager
def started(module: str, *arguments: str) -> Generator[Lines]:
    """A Python process of ours and the line to it; it ends when the line is closed."""
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", module, *arguments]
    process = subprocess.Popen(command, stdin=theirs.fileno(), cwd=ROOT)  # noqa: S603 # our own modules
    theirs.close()
    line = Lines(ours)
    try:
        yield line
    finally:
        line.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@dataclass
class Process:
    """A forked process. `stdio` is its standard input and output, `line` its word to the harness."""

    pid: int
    stdio: socket.socket
    line: Lines
    nursery: Lines

    def shoot(self) -> None:
        """SIGKILL."""
        os.kill(self.pid, signal.SIGKILL)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone."""
        self.shoot()
        self.wait()

    def end(self) -> None:
        """End its standard input, as a host that quits does, and wait until it is gone."""
        self.stdio.shutdown(socket.SHUT_WR)
        self.wait()

    def wait(self) -> None:
        """Wait until it is gone."""
        self.nursery.say(wait=self.pid)
        self.nursery.hear()
        self.stdio.close()
        self.line.close()


@dataclass
class Nursery:
    """Starts processes at the price of a fork."""

    line: Lines

    def start(self, job: str, /, **more: Any) -> Process:
        """Start one that does a job of `work.run`."""
        (our_stdio, their_stdio), (our_line, their_line) = socket.socketpair(), socket.socketpair()
        with their_stdio, their_line:
            message = json.dumps({"job": job, **more}).encode()
            socket.send_fds(self.line.channel, [message], [their_stdio.fileno(), their_line.fileno()])
            pid: int = self.line.hear()["pid"]
        return Process(pid, our_stdio, Lines(our_line), self.line)


@dataclass
class ProviderHandle:
    """The provider's process."""

    name: str
    line: Lines
    ledger: Path
    url: str

    def plan(self, **plan: Any) -> None:
        """What the next orders meet (`provider.Plan`)."""
        self._ask(plan=plan)

    def settle(self) -> None:
        """Let every order go on, and wait until each has arrived or broken."""
        self._ask(settle=True)

    def stopped(self) -> str:
        """Wait until an order stands at its point; what has arrived of its body."""
        return self.line.hear()["body"]

    def asked(self, since: float = 0.0) -> list[tuple[float, str]]:
        """When (seconds of the epoch) it was asked for which task."""
        return [(when, key) for when, key in self._ask(asked=since)["asked"]]

    def until_asked(self, task_id: str) -> bool:
        """Whether it is asked for a task, within 10 s."""
        return bool(self._ask(until_asked=task_id)["asked"])

    def adopt(self, entries: list[dict[str, Any]]) -> None:
        """Have it know tasks that nobody ordered."""
        self._ask(adopt=entries)

    def charges(self, mark: str) -> list[dict[str, Any]]:
        """What the ledger on disk has charged for a mark."""
        if not self.ledger.exists():
            return []
        entries = [json.loads(line) for line in self.ledger.read_text("utf-8").splitlines()]
        return [entry for entry in entries if entry["mark"] == mark]

    def _ask(self, **command: Any) -> dict[str, Any]:
        self.line.say(**command)
        while "at" in (answer := self.line.hear()):
            pass  # an order that reached its point after it was killed
        return answer


@dataclass
class Host:
    """The least host there is: MCP over standard input and output, one call at a time."""

    process: Process
    _lines: Lines = field(init=False)
    _next: int = 0
    _answered: dict[int, dict[str, Any]] = field(default_factory=dict[int, dict[str, Any]])

    def __post_init__(self) -> None:
        self._lines = Lines(self.process.stdio)
        client = {"name": "crash", "version": "1"}
        self._ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self._lines.say(jsonrpc="2.0", method="notifications/initialized")

    def send(self, tool: str, **arguments: Any) -> int:
        """Call a tool without waiting; the id of the call."""
        return self._send("tools/call", name=tool, arguments=arguments)

    def result(self, call: int) -> dict[str, Any]:
        """The result of a call."""
        while (message := self._lines.hear()).get("id") != call:
            pass
        return message["result"]

    def wait_for(self, call: int) -> None:
        """Wait for the result of a call, which can be had again."""
        self._answered[call] = self.result(call)

    def was_answered(self, call: int) -> bool:
        """Whether the result of a call came before the server's end, which is awaited."""
        try:
            return call in self._answered or bool(self.result(call))
        except Ended:
            return False

    def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; the whole result."""
        return self.result(self.send(tool, **arguments))

    def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool; its structured content."""
        return self.call(tool, **arguments)["structuredContent"]

    def _send(self, method: str, **params: Any) -> int:
        self._next += 1
        self._lines.say(jsonrpc="2.0", id=self._next, method=method, params=params)
        return self._next

    def _ask(self, method: str, **params: Any) -> None:
        self.result(self._send(method, **params))


@dataclass
class Lane:
    """A provider, a nursery, and a folder for each run."""

    provider: ProviderHandle
    nursery: Nursery
    folder: Path
    runs: int = 0

    def environ(self, folder: Path, **changes: str) -> Mapping[str, str]:
        """The settings of a server whose library is in `folder`."""
        name = self.provider.name
        environ = {
            "provider": name,
            f"{name}_api_key": KEY,
            f"{name}_base_url": self.provider.url,
            "allow_private_hosts": "1",
            "credits_per_song": "24",
            "data_dir": str(folder / "data"),
            "music_dir": str(folder / "music"),
            "archive": "off",
            "poll_seconds": "0.05",
            "request_timeout": "10",
            **changes,
        }
        return {f"SONGWRIGHT_{key.upper()}": value for key, value in environ.items()}

    def fresh(self) -> tuple[Path, str]:
        """A folder and a mark for one run."""
        self.runs += 1
        folder = self.folder / f"{self.runs}"
        folder.mkdir()
        return folder, f"mark-{self.runs}"

    def host(self, environ: Mapping[str, str], step: str | None = None) -> Host:
        """A server and its host; with a step, the server stops there."""
        job = "stopping server" if step else "server"
        return Host(self.nursery.start(job, step=step, environ=dict(environ)))


@contextmanager
def open_lane(provider: str) -> Generator[Lane]:
    """A lane at one provider."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        ledger = folder / "ledger"
        line = stack.enter_context(started("tests.crash.provider", provider, str(ledger)))
        nursery = stack.enter_context(started("tests.crash.nursery"))
        url = f"http://127.0.0.1:{line.hear()['port']}"
        yield Lane(ProviderHandle(provider, line, ledger, url), Nursery(nursery), folder)
