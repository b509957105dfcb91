"""Serving an ASGI app on one address until a signal comes."""

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Generator
from contextlib import contextmanager

import anyio
import uvicorn
from starlette.types import ASGIApp

GRACE_SECONDS = 3
MOST_CONNECTIONS = 600


class QuietServer(uvicorn.Server):
    """uvicorn without its own signal handling, which raises the signals again before clean-up."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Signals are received by `serve_app`."""
        yield


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


async def serve_app(app: ASGIApp, listener: socket.socket, *, log_level: str = "warning") -> None:
    """Serve until SIGTERM or SIGINT, then at most 3 s longer for requests under way."""
    config = uvicorn.Config(
        app,
        log_level=log_level.lower(),
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = QuietServer(config)
    logging.getLogger("uvicorn.error").addFilter(_is_no_stream_end)
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_on_signal, server)
        await server.serve(sockets=[listener])
        group.cancel_scope.cancel()


async def _stop_on_signal(server: uvicorn.Server) -> None:
    if sys.platform == "win32":  # there uvicorn is ended by the console's own event
        return
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            server.should_exit = True


def _is_no_stream_end(record: logging.LogRecord) -> bool:
    """Whether a record is anything but the traceback of an event stream that was ended at shutdown."""
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
