"""`songwright serve --transport http` as a process: all clients at once, slow ones too, and the end."""

import re
import socket
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import anyio.abc
import httpx
import pytest
from mcp import Client
from mcp.client.sse import sse_client

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, content
from tests.transports.wire import BOUND_SECONDS, PROGRAM, environ, open_provider, open_wire, tasks_in

pytestmark = pytest.mark.anyio

SERVE = (*PROGRAM, "serve", "--transport", "http", "--port")
DOORS = {"mcp": ("auto", "legacy"), "sse": ("auto", "legacy")}

SDK_LEAKS = "error,ignore::ResourceWarning"
"""The SDK does not close the streams in memory of a call that is cut off; Python itself says so to nobody."""


class Served:
    """A served process: its address, and how it ended."""

    def __init__(self, process: anyio.abc.Process, url: str, complaints: Path) -> None:
        self.process = process
        self.url = url
        self.port = int(url.rpartition(":")[2])
        self.complaints = complaints

    async def stop(self) -> int:
        """Send SIGTERM; the exit code."""
        self.process.terminate()
        with anyio.fail_after(BOUND_SECONDS):
            return await self.process.wait()

    @property
    def stderr(self) -> str:
        return self.complaints.read_text("utf-8", "replace")


@asynccontextmanager
async def served(environ: Mapping[str, str], folder: Path, port: int = 0) -> AsyncGenerator[Served]:
    """The program serving HTTP on a port, by default a free one."""
    async with open_wire(environ, folder, [*SERVE, str(port)]) as wire:
        assert wire.process.stdout is not None
        line = b""
        with anyio.fail_after(BOUND_SECONDS):
            while b"/mcp" not in line:
                line += await wire.process.stdout.receive()
        found = re.search(rb"http://127\.0\.0\.1:\d+", line)
        assert found, line
        yield Served(wire.process, found.group().decode(), wire.complaints)


def client_of(url: str, door: str, era: Any) -> Client:
    """A client of one transport and era."""
    return Client(f"{url}/mcp" if door == "mcp" else sse_client(f"{url}/sse"), mode=era)


async def test_every_transport_and_era_works_at_once_on_one_state(tmp_path: Path) -> None:
    ended: dict[str, dict[str, Any]] = {}
    reports: dict[str, list[float]] = {}

    async def song(client: Client, name: str) -> None:
        async def report(progress: float, total: float | None, message: str | None) -> None:
            reports.setdefault(name, []).append(progress)

        ordered = content(await client.call_tool("generate_custom_song", {**CUSTOM, "title": name}))
        asked = {"task_id": ordered["task_id"], "wait_seconds": 40}
        told = content(await client.call_tool("get_task", asked, progress_callback=report))
        ended[name] = told

    async with open_provider(tmp_path, seconds=2) as provider:
        async with served(environ(tmp_path, **provider.settings), tmp_path) as server:
            with anyio.fail_after(BOUND_SECONDS * 2):
                async with AsyncExitStack() as stack:
                    clients = {
                        f"{door} {era}": await stack.enter_async_context(client_of(server.url, door, era))
                        for door, eras in DOORS.items()
                        for era in eras
                    }
                    async with anyio.create_task_group() as group:
                        for name, client in clients.items():
                            group.start_soon(song, client, name)
                    for client in clients.values():
                        listed = content(await client.call_tool("list_tracks", {}))
                        assert listed["total"] == 8
                    owners = list((tmp_path / "data" / "owners").glob("*.lock"))
                    assert len(owners) == 1, "the state is opened once, whatever number of clients come"
            assert await server.stop() == 0
            assert server.stderr == ""
        assert len(provider.sandbox.ledger.orders()) == 4
    assert ended.keys() == reports.keys() == clients.keys()
    for name, told in ended.items():
        assert told["status"] == "completed"
        assert told["title"] == name
        files = [Path(track["file"]) for track in told["tracks"]]
        assert len(set(files)) == 2
        assert set(files) <= set((tmp_path / "music").rglob("*.mp3")), "on this machine paths are shown"
        assert reports[name] == sorted(set(reports[name]))


async def test_sigterm_ends_calls_in_flight_and_open_streams_and_keeps_the_order(tmp_path: Path) -> None:
    async with open_provider(tmp_path, seconds=1000) as provider:
        settings = {**environ(tmp_path, **provider.settings), "PYTHONWARNINGS": SDK_LEAKS}
        async with served(settings, tmp_path) as server:
            async with anyio.create_task_group() as group, AsyncExitStack() as stack:

                async def call(tool: str, arguments: dict[str, Any]) -> None:
                    try:
                        async with client_of(server.url, "mcp", "auto") as client:
                            await client.call_tool(tool, arguments, progress_callback=report)
                    except Exception as gone:  # the server leaves; that is what the client sees
                        left.append(gone)

                async def report(progress: float, total: float | None, message: str | None) -> None:
                    waiting.set()

                left: list[Exception] = []
                waiting = anyio.Event()
                stream = await stack.enter_async_context(
                    httpx.AsyncClient(trust_env=False).stream("GET", f"{server.url}/sse")
                )
                assert stream.status_code == 200
                async with client_of(server.url, "mcp", "legacy") as client:
                    first = content(await client.call_tool("generate_custom_song", CUSTOM))
                group.start_soon(call, "get_task", {"task_id": first["task_id"], "wait_seconds": 45})
                with anyio.fail_after(BOUND_SECONDS):
                    await waiting.wait()
                provider.sandbox.faults.push(Fault("slow", 2.0), route="submit")
                provider.arrivals.forget("POST")
                group.start_soon(call, "generate_custom_song", {**CUSTOM, "title": "On Its Way"})
                await provider.arrivals.first("POST")
                assert await server.stop() == 0
                group.cancel_scope.cancel()
            assert server.stderr == ""
        ids = {order.id for order in provider.sandbox.ledger.orders()}
        tasks = await tasks_in(tmp_path)
        assert {task.provider_task_id for task in tasks} == ids
        assert len(ids) == 2


async def test_bad_input_40_a_served_process_closes_slow_connections_within_10_seconds(
    tmp_path: Path,
) -> None:
    """A byte a second, as bad input 40 says, with the limits that people are served with."""
    closed: set[str] = set()

    async def slow(name: str, port: int, start: bytes) -> None:
        async with await anyio.connect_tcp("127.0.0.1", port) as stream:
            await stream.send(start)
            try:
                while True:
                    with anyio.move_on_after(1):
                        await stream.receive()
                        continue
                    await stream.send(b"x")
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                closed.add(name)

    settings = environ(tmp_path, callback_url="https://songs.example.com")
    async with served(settings, tmp_path) as server:
        rest = f" HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nContent-Length: 1000\r\n\r\n"
        with anyio.fail_after(10):
            async with anyio.create_task_group() as group:
                group.start_soon(slow, "head", server.port, b"POST /mcp HTTP/1.1\r\nHost: ")
                group.start_soon(slow, "body", server.port, f"POST /mcp{rest}".encode())
                group.start_soon(slow, "callback", server.port, f"POST /callbacks/x{rest}".encode())
        assert closed == {"head", "body", "callback"}
        assert await server.stop() == 0
        assert server.stderr == ""


async def test_a_wrong_setting_keeps_http_from_starting_with_one_line(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path, daily_credits="ten"), tmp_path, [*SERVE, "0"]) as wire:
        assert await wire.ended() == 2
        assert wire.lines == []
        assert len(wire.stderr.splitlines()) == 1
        assert "SONGWRIGHT_DAILY_CREDITS" in wire.stderr


async def test_an_order_in_doubt_is_settled_by_the_providers_callback_to_a_served_process(
    tmp_path: Path,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    async with open_provider(tmp_path) as provider:
        provider.sandbox.faults.push(Fault("drop-after-charge"), route="submit")
        callback = {"callback_url": f"http://127.0.0.1:{port}"}
        settings = environ(tmp_path, **provider.settings, **callback)
        async with served(settings, tmp_path, port) as server:
            with anyio.fail_after(BOUND_SECONDS):
                async with client_of(server.url, "mcp", "auto") as client:
                    ordered = content(await client.call_tool("generate_custom_song", CUSTOM))
                    told: dict[str, Any] = ordered
                    while told["status"] != "completed":
                        assert told["status"] in ("unconfirmed", "pending", "processing")
                        asked = {"task_id": ordered["task_id"], "wait_seconds": 10}
                        told = content(await client.call_tool("get_task", asked))
            assert told["provider_task_id"] == provider.sandbox.ledger.orders()[0].id
            assert await server.stop() == 0
            assert server.stderr == ""
