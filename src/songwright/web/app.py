"""One ASGI app for every HTTP transport: /mcp, /sse with /messages, /callbacks and /healthz."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

import songwright
from songwright.web import callbacks
from songwright.web.callbacks import Callbacks
from songwright.web.guard import loopback_guard
from songwright.web.intake import Intake, Limit
from songwright.web.streams import Capped

MOST_SESSIONS = 500
MOST_STREAMS = 200
IDLE_SECONDS = 900.0
MOST_BODY_BYTES = 4 * 1024 * 1024
BODY_SECONDS = 6.0
SSE_PATHS = ("/sse", "/messages")

UNCHECKED = TransportSecuritySettings(enable_dns_rebinding_protection=False)
"""The SDK's own check covers only its own routes; the guard covers all of them."""


def build_app(
    server: MCPServer[Any],
    port: int,
    *,
    receiver: Callbacks | None = None,
    public_url: str | None = None,
    max_sessions: int = MOST_SESSIONS,
    max_streams: int = MOST_STREAMS,
    body_seconds: float = BODY_SECONDS,
) -> ASGIApp:
    """The app for a loopback address and port, with Host and Origin checked on every route.

    `receiver` takes callbacks, which come to the host of `public_url` too. Sessions of /mcp beyond
    `max_sessions` and streams of /sse beyond `max_streams` are answered with 503.
    """
    http = server.streamable_http_app(
        max_request_body_size=MOST_BODY_BYTES,
        session_idle_timeout=IDLE_SECONDS,
        max_sessions=max_sessions,
        transport_security=UNCHECKED,
    )
    sse = server.sse_app(max_request_body_size=MOST_BODY_BYTES, transport_security=UNCHECKED)
    routes = [*http.routes, *(route for route in sse.routes if _path(route) in SSE_PATHS)]
    routes.append(Route("/healthz", health))
    if receiver:
        routes.append(Route(callbacks.PATH, receiver.receive, methods=["POST"]))

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncGenerator[None]:
        async with server.session_manager.run():
            if receiver is None:
                yield
                return
            async with receiver.running():
                yield

    app = Starlette(routes=routes, middleware=[*http.user_middleware], lifespan=lifespan)
    bounded = Intake(
        Capped(app, "/sse", max_streams),
        Limit(MOST_BODY_BYTES, body_seconds),
        (("/callbacks/", callbacks.LIMIT),),
    )
    return loopback_guard(bounded, port, public_url if receiver else None)


async def health(_: Request) -> JSONResponse:
    """Whether the server is up, and its version; no more than that."""
    return JSONResponse({"status": "ok", "version": songwright.__version__})


def _path(route: BaseRoute) -> str:
    path: str = getattr(route, "path", "")
    return path
