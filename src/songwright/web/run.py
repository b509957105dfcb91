"""Serving an ASGI app on one address until a signal comes."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial
from typing import Any

import anyio
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

GRACE_SECONDS = 3
HEAD_SECONDS = 6.0
"""From the opening of a connection, or the end of an answer, to the last byte of the next request's head."""

MOST_CONNECTIONS = 600


class QuietServer(uvicorn.Server):
    """uvicorn without its own signal handling, which raises the signals again before clean-up."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are received by `serve_app`."""
        yield


class ImpatientProtocol(H11Protocol):
    """HTTP/1.1 that closes a connection whose next request does not begin in time.

    uvicorn itself bounds only the silence between two requests: a head that comes byte by byte may take for
    ever, and so may a body that nobody wants any more.
    """

    def __init__(self, *args: Any, head_seconds: float = HEAD_SECONDS, **options: Any) -> None:
        super().__init__(*args, **options)
        self._head_seconds = head_seconds
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """A connection was opened: its first request is awaited."""
        super().connection_made(transport)
        self._await_request()

    def handle_events(self) -> None:
        """Bytes came: where they complete the head of a request, it is not awaited any more."""
        last = self.cycle
        super().handle_events()
        if self.cycle is not last:
            self._stop_awaiting()

    def on_response_complete(self) -> None:
        """An answer was sent: the next request is awaited."""
        self._await_request()
        super().on_response_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._stop_awaiting()
        super().connection_lost(exc)

    def _await_request(self) -> None:
        self._stop_awaiting()
        self._deadline = self.loop.call_later(self._head_seconds, self.transport.close)

    def _stop_awaiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def bound_socket(host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 takes a free one. Raises OSError where the address is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


async def serve_app(
    app: ASGIApp,
    listener: socket.socket,
    *,
    log_level: str = "warning",
    head_seconds: float = HEAD_SECONDS,
    stop: anyio.Event | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or until `stop` is set; then at most 3 s longer for requests under way.

    The logs are those of the program: uvicorn brings no handlers of its own.
    """
    config = uvicorn.Config(
        app,
        http=partial(ImpatientProtocol, head_seconds=head_seconds),  # pyright: ignore[reportArgumentType] # made by a call
        ws="none",
        log_config=None,
        log_level=log_level.lower(),
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = QuietServer(config)
    logging.getLogger("uvicorn.error").addFilter(_is_no_usual_end)
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_on_signal, server)
        if stop:
            group.start_soon(_stop_on_event, server, stop)
        await server.serve(sockets=[listener])
        group.cancel_scope.cancel()


async def _stop_on_signal(server: uvicorn.Server) -> None:
    if sys.platform == "win32":  # there uvicorn is ended by the console's own event
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            server.should_exit = True


async def _stop_on_event(server: uvicorn.Server, stop: anyio.Event) -> None:
    await stop.wait()
    server.should_exit = True


def _is_no_usual_end(record: logging.LogRecord) -> bool:
    """Whether a record is anything but the usual end of waits and event streams at shutdown.

    They are cut off after the grace, which uvicorn counts as errors, with a traceback for each.
    """
    cut_off = record.exc_info is not None and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut_off and not str(record.msg).startswith("Cancel %s running task(s)")
