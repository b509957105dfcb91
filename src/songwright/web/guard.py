"""Who may speak to this server: no page of another site, whatever name it gives this machine."""

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True)
class Guard:
    """Answers 421 to a foreign Host and 403 to a foreign Origin, on every route (DNS rebinding)."""

    app: ASGIApp
    hosts: frozenset[str]
    origins: frozenset[str]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("host", "").lower() not in self.hosts:
            await PlainTextResponse("Misdirected request", 421)(scope, receive, send)
            return
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self.origins:
            await PlainTextResponse("Forbidden origin", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def loopback_guard(app: ASGIApp, port: int) -> Guard:
    """A guard that lets only this machine's own names through."""
    hosts = frozenset(_with_port(LOOPBACK, port))
    return Guard(app, hosts, frozenset(f"http://{host}" for host in hosts))


def _with_port(names: Iterable[str], port: int) -> Iterable[str]:
    for name in names:
        yield f"{name}:{port}"
        if port == 80:  # the port that browsers leave out
            yield name
