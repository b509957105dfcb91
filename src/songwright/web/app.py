"""One ASGI app for every HTTP transport: /mcp, /sse with /messages, and /healthz."""

from typing import Any

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

import songwright
from songwright.web.guard import loopback_guard

MOST_SESSIONS = 500
IDLE_SECONDS = 900.0
MOST_BODY_BYTES = 4 * 1024 * 1024
SSE_PATHS = ("/sse", "/messages")

UNCHECKED = TransportSecuritySettings(enable_dns_rebinding_protection=False)
"""The SDK's own check covers only its own routes; the guard covers all of them."""


def build_app(server: MCPServer[Any], port: int) -> ASGIApp:
    """The app for a loopback address and port, with Host and Origin checked on every route."""
    http = server.streamable_http_app(
        max_request_body_size=MOST_BODY_BYTES,
        session_idle_timeout=IDLE_SECONDS,
        max_sessions=MOST_SESSIONS,
        transport_security=UNCHECKED,
    )
    sse = server.sse_app(max_request_body_size=MOST_BODY_BYTES, transport_security=UNCHECKED)
    routes = [*http.routes, *(route for route in sse.routes if _path(route) in SSE_PATHS)]
    app = Starlette(
        routes=[*routes, Route("/healthz", health)],
        middleware=[*http.user_middleware],
        lifespan=lambda _: server.session_manager.run(),
    )
    return loopback_guard(app, port)


async def health(_: Request) -> JSONResponse:
    """Whether the server is up, and its version; no more than that."""
    return JSONResponse({"status": "ok", "version": songwright.__version__})


def _path(route: BaseRoute) -> str:
    path: str = getattr(route, "path", "")
    return path
