"""Serving over standard input and output, with an end that is always in order.

The SDK reads standard input in a thread that no signal wakes. Here a pipe stands in for it: the real input is
pumped into the pipe, and a signal closes the pipe, so that the SDK sees an ordinary end of input.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any

import anyio
from mcp.server import MCPServer

CHUNK = 65536
STDIN = 0


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve one client until its input ends, or SIGTERM or SIGINT comes.

    Where signals cannot be received (Windows), the end of input alone ends it.
    """
    if sys.platform == "win32":
        await server.run_stdio_async()
        return
    with _pumped_input() as end_input:
        async with anyio.create_task_group() as group:
            group.start_soon(_end_on_signal, end_input)
            await server.run_stdio_async()
            group.cancel_scope.cancel()


async def _end_on_signal(end_input: Callable[[], None]) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            end_input()


@contextmanager
def _pumped_input() -> Generator[Callable[[], None]]:
    """A pipe in the place of standard input; the callable it gives ends the input.

    The pump alone writes to the pipe and closes it: closed elsewhere, its number could mean another file.
    """
    real = os.dup(STDIN)
    reading, writing = os.pipe()
    waking, wake = os.pipe()
    os.dup2(reading, STDIN)
    os.close(reading)
    threading.Thread(target=_pump, args=(real, waking, writing), name="stdin", daemon=True).start()

    def end_input() -> None:
        os.write(wake, b".")

    try:
        yield end_input
    finally:
        end_input()


def _pump(real: int, waking: int, writing: int) -> None:
    """Copy until the input ends, its reader is gone, or somebody wakes the pump."""
    with suppress(OSError):
        while waking not in select.select([real, waking], [], [])[0] and (chunk := os.read(real, CHUNK)):
            _write(writing, chunk)
    os.close(writing)


def _write(target: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]
