"""Serving over standard input and output, with an end that is always in order.

The SDK reads standard input in a thread that no signal wakes, and takes lines of any length. Here a pipe
stands in for it: the real input is pumped into the pipe, lines that are too long are cut off, and a signal
ends the pipe, so that the SDK sees an ordinary end of input.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from mcp.server import MCPServer

CHUNK = 65536
STDIN = 0
SIGNALS = (signal.SIGTERM, signal.SIGINT)
MOST_LINE_BYTES = 8 * 1024 * 1024
"""The longest line that is passed on whole: far above any message that a client sends."""

BOM = b"\xef\xbb\xbf"

logger = logging.getLogger(__name__)


async def serve_stdio(server: MCPServer[Any]) -> None:
    """Serve one client until its input ends, or SIGTERM or SIGINT comes. Runs in the main thread.

    Without the signals of POSIX (on Windows) the end of input alone ends it.
    """
    if not hasattr(signal, "pthread_sigmask"):
        await server.run_stdio_async()
        return
    with _pumped_input() as end_input, _ended_by_signals(end_input):
        await server.run_stdio_async()


@contextmanager
def _ended_by_signals(end_input: Callable[[], None]) -> Generator[None]:
    """Signals end the input, and from then on change nothing.

    A host closes the input and sends SIGTERM 2 s later: that must not cut off the orders that are drained.
    The loop's own handlers would end with the loop, a moment too early.
    """

    def end(number: int, frame: FrameType | None) -> None:
        end_input()

    for number in SIGNALS:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)


@contextmanager
def _pumped_input() -> Generator[Callable[[], None]]:
    """A pipe in the place of standard input; the callable it gives ends the input.

    The end of the input puts the null device in the place of the pipe's writing end, whose number stays
    taken: a pump that still writes then writes to nowhere, and never to another file.
    """
    real = os.dup(STDIN)
    reading, writing = os.pipe()
    os.dup2(reading, STDIN)
    os.close(reading)
    nowhere = os.open(os.devnull, os.O_WRONLY)

    def end_input() -> None:
        os.dup2(nowhere, writing, inheritable=False)

    def pump() -> None:
        with suppress(OSError):  # the client or the reader is gone
            _pump(real, writing)
        end_input()

    threading.Thread(target=pump, name="stdin", daemon=True).start()
    try:
        yield end_input
    finally:
        end_input()


def _pump(source: int, target: int) -> None:
    """Copy until the input ends."""
    cut = LineCutter(MOST_LINE_BYTES)
    first = os.read(source, CHUNK)
    chunk = first.removeprefix(BOM)
    while first:
        _write(target, cut(chunk))
        first = chunk = os.read(source, CHUNK)


def _write(target: int, chunk: bytes) -> None:
    view = memoryview(chunk)
    while view:
        view = view[os.write(target, view) :]


class LineCutter:
    """Passes bytes on, chunk by chunk, without what a line has beyond `most_bytes`."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._length = 0

    def __call__(self, chunk: bytes) -> bytes:
        """What is passed on of the next chunk. A cut line is told once in the log."""
        return b"".join(self._cut(piece) for piece in chunk.splitlines(keepends=True))

    def _cut(self, piece: bytes) -> bytes:
        """One line, or the part of it that stands in the chunk."""
        room = max(0, self._most - self._length)
        ends = piece.endswith((b"\n", b"\r"))
        if self._length <= self._most < self._length + len(piece):
            logger.warning("a message of more than %d bytes was cut off", self._most)
        self._length = 0 if ends else self._length + len(piece)
        kept = piece[:room]
        return kept + piece[-1:] if ends and len(kept) < len(piece) else kept
