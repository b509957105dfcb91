"""Callers who cancel, vanish or end the program at every step of an order: it goes on, and is found again."""

import signal
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client

from songwright.app import open_service
from songwright.mcp import build_server
from songwright.models import CustomRequest
from songwright.service import SongService
from songwright.web.app import build_app
from songwright.web.run import bound_socket, serve_app
from tests.fakes import CUSTOM, ERAS, Era, content, plain_errors, settings
from tests.promise.steps import BOUND_SECONDS, INSIDE, OUTSIDE, Gate, Point, Stop, Till, gated, open_till
from tests.transports.wire import Wire, environ, open_wire

pytestmark = pytest.mark.anyio

ORDER = "generate_custom_song"
TRANSPORTS = ("memory", "http")
LEAVES_SECONDS = 0.1
"""How long a server gets to learn that its client is gone, where the transport tells it at all."""

Connect = Callable[[], AbstractAsyncContextManager[Client]]


@asynccontextmanager
async def connectable(service: SongService, transport: str, era: Era) -> AsyncGenerator[Connect]:
    """A way to connect clients to a service."""
    if transport == "memory":
        server = build_server(service)
        yield lambda: Client(server, mode=era)
        return
    listener = bound_socket("127.0.0.1", 0)
    with listener:
        port = listener.getsockname()[1]
        app = build_app(build_server(service), port)
        async with anyio.create_task_group() as group:
            group.start_soon(serve_app, app, listener)
            yield lambda: Client(f"http://127.0.0.1:{port}/mcp", mode=era)
            group.cancel_scope.cancel()


async def leave(
    connect: Connect, how: str, tool: str, arguments: dict[str, Any], stop: Stop, left: Any
) -> None:
    """Call a tool, and cancel the call or drop the connection once it is held; then let the order go on."""
    gone = anyio.Event()

    async def call(client: Client) -> None:
        try:
            await client.call_tool(tool, arguments)
        finally:
            gone.set()

    async def host() -> None:
        async with connect() as client, anyio.create_task_group() as calls:
            calls.start_soon(call, client)
            await stop.arrival()
            if how == "cancel":
                calls.cancel_scope.cancel()
            else:
                scope.cancel()

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as scope:
            group.start_soon(_go_on, stop, left)
            await host()


async def _go_on(stop: Stop, left: anyio.Event) -> None:
    await stop.arrival()
    with anyio.move_on_after(LEAVES_SECONDS):
        await left.wait()
    stop.go.set()


async def check_found(connect: Connect, till: Till, service: SongService, title: str) -> None:
    """A repeated call gets the one task, charged once, under the provider's id."""
    await service.submissions.drain(BOUND_SECONDS)
    before = till.charged(title)
    async with connect() as client:
        told = content(await client.call_tool(ORDER, {**CUSTOM, "title": title}))
    assert told["status"] in ("pending", "processing"), (title, told)
    await service.submissions.drain(BOUND_SECONDS)  # where the first went on only after it was left
    found = await service.find(told["task_id"])
    assert till.charged(title) == [found.provider_task_id], title
    assert not before or before == till.charged(title)
    tasks = [task for task in await service.attention() if task.title == title]
    assert [task.task_id for task in tasks] == [told["task_id"]], title


@pytest.mark.parametrize("how", ["cancel", "disconnect"])
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_bad_input_44_and_45_an_order_that_is_left_at_any_step_goes_on_and_is_found(
    tmp_path: Path, transport: str, era: Era, how: str
) -> None:
    done: list[str] = []
    with plain_errors():
        async with open_till(tmp_path) as (till, changes):
            async with open_service(settings(tmp_path, **changes)) as service:
                gate = gated(service)
                async with connectable(service, transport, era) as connect:
                    for step in INSIDE:
                        await _left_inside(connect, how, gate, till, service, step)
                        done.append(step)
                    for point in OUTSIDE:
                        await _left_outside(connect, how, gate, till, service, point)
                        done.append(point)
    assert done == [*INSIDE, *OUTSIDE], "the service ended with a caller"


async def _left_inside(
    connect: Connect, how: str, gate: Gate, till: Till, service: SongService, step: str
) -> None:
    stop = gate.close(step)
    await leave(connect, how, ORDER, {**CUSTOM, "title": step}, stop, gate.left)
    await check_found(connect, till, service, step)


async def _left_outside(
    connect: Connect, how: str, gate: Gate, till: Till, service: SongService, point: Point
) -> None:
    stop, gate.left = till.close(point), anyio.Event()
    await leave(connect, how, ORDER, {**CUSTOM, "title": point}, stop, gate.left)
    await check_found(connect, till, service, point)


@pytest.mark.parametrize("how", ["cancel", "disconnect"])
@pytest.mark.parametrize("era", ERAS)
@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_bad_input_44_and_45_a_wait_that_is_left_changes_nothing(
    tmp_path: Path, transport: str, era: Era, how: str
) -> None:
    with plain_errors():
        async with open_till(tmp_path) as (till, changes):
            async with open_service(settings(tmp_path, **changes)) as service:
                async with connectable(service, transport, era) as connect:
                    async with connect() as client:
                        first = content(await client.call_tool(ORDER, {**CUSTOM, "title": "waited"}))
                    stop = till.close("query")  # it is being followed while the caller leaves
                    waiting = {"task_id": first["task_id"], "wait_seconds": 45}
                    await leave(connect, how, "get_task", waiting, stop, anyio.Event())
                    await check_found(connect, till, service, "waited")
                    stop = till.close("query")
                    await stop.arrival()
                    stop.go.set()
            assert len(till.charged("waited")) == 1


MODERN_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
}


async def call_over(wire: Wire, era: Era, title: str) -> int:
    """Order a song over raw pipes; the request's id."""
    meta = MODERN_META if era == "auto" else {}
    return await wire.ask("tools/call", name=ORDER, arguments={**CUSTOM, "title": title}, _meta=meta)


async def asked_over(wire: Wire, era: Era, task_id: str) -> dict[str, Any]:
    """A task's state, over raw pipes."""
    arguments = {"task_id": task_id, "wait_seconds": 1}
    meta = MODERN_META if era == "auto" else {}
    request = await wire.ask("tools/call", name="get_task", arguments=arguments, _meta=meta)
    return (await wire.answer(request))["result"]["structuredContent"]


async def ordered_anew(folder: Path, changes: Any, title: str) -> tuple[str, str | None, str]:
    """The same order from another process: status, provider's id and task id of what it gets."""
    async with open_service(settings(folder, **changes)) as service:
        request = CustomRequest(title=title, style=CUSTOM["style"], lyrics=CUSTOM["lyrics"])
        task = (await service.submit(request)).task
        tasks = [one for one in await service.attention() if one.title == title]
        assert [one.task_id for one in tasks] == [task.task_id]
        return task.status, task.provider_task_id, task.task_id


async def end_at(folder: Path, era: Era, how: str, point: Point) -> None:
    """End a real process over stdio while an order stands at a point; then order the same again."""
    async with open_till(folder) as (till, changes):
        async with open_wire(environ(folder, **changes), folder) as wire:
            if era == "legacy":
                await wire.greet()
            stop = till.close(point)
            await call_over(wire, era, point)
            await stop.arrival()
            async with anyio.create_task_group() as group:
                group.start_soon(_answer_after_the_end, wire, how, stop)
            with anyio.fail_after(BOUND_SECONDS):
                await wire.process.wait()
            assert wire.process.returncode == 0
            assert wire.stderr == ""
        charged = till.charged(point)
        assert len(charged) == 1 or point == "balance"
        status, provider_id, _ = await ordered_anew(folder, changes, point)
        assert status in ("pending", "processing")
        assert till.charged(point) == [provider_id]
        assert not charged or charged == [provider_id]


async def _answer_after_the_end(wire: Wire, how: str, stop: Stop) -> None:
    """Say that it ends; the provider's answer comes while the program drains."""
    if how == "eof":
        assert wire.process.stdin is not None
        await wire.process.stdin.aclose()
    else:
        wire.process.send_signal(signal.Signals[how])
    stop.go.set()


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGTERM there")
@pytest.mark.parametrize("point", OUTSIDE)
@pytest.mark.parametrize(("how", "era"), [("eof", "auto"), ("SIGTERM", "legacy")])
async def test_bad_input_49_a_program_that_ends_at_any_step_of_an_order_loses_nothing(
    tmp_path: Path, how: str, era: Era, point: Point
) -> None:
    await end_at(tmp_path, era, how, point)


async def cancel_over_stdio(folder: Path, era: Era) -> None:
    """Cancel a call at every point, over the pipes of a real process, and repeat it there."""
    async with open_till(folder) as (till, changes):
        async with open_wire(environ(folder, **changes), folder) as wire:
            if era == "legacy":
                await wire.greet()
            for point in OUTSIDE:
                stop = till.close(point)
                request = await call_over(wire, era, point)
                await stop.arrival()
                cancelled = {"requestId": request, "reason": "the person pressed escape"}
                await wire.send({"jsonrpc": "2.0", "method": "notifications/cancelled", "params": cancelled})
                stop.go.set()
                again = await call_over(wire, era, point)
                told = (await wire.answer(again))["result"]["structuredContent"]
                assert told["status"] in ("pending", "processing"), (point, told)
                while "provider_task_id" not in told:  # a repeat is answered while the first is on its way
                    told = await asked_over(wire, era, told["task_id"])
                assert till.charged(point) == [told["provider_task_id"]], point
            assert await wire.end("eof") == 0
            assert wire.stderr == ""


@pytest.mark.parametrize("era", ERAS)
async def test_bad_input_44_a_call_cancelled_over_stdio_at_any_step_is_one_order(
    tmp_path: Path, era: Era
) -> None:
    with anyio.fail_after(BOUND_SECONDS * 2):
        await cancel_over_stdio(tmp_path, era)
