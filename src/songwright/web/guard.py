"""Who may speak to this server: no page of another site, whatever name it gives this machine."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Guard:
    """Answers 421 to a foreign Host and 403 to a foreign Origin, on every route (DNS rebinding).

    `public_hosts` are let through too, but only to paths that begin with `public_path`.
    """

    app: ASGIApp
    hosts: frozenset[str]
    origins: frozenset[str]
    public_hosts: frozenset[str] = field(default=frozenset())
    public_path: str = "/callbacks/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if not self._knows(headers.get("host", "").lower(), scope["path"]):
            await PlainTextResponse("Misdirected request", 421)(scope, receive, send)
            return
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in self.origins:
            await PlainTextResponse("Forbidden origin", 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _knows(self, host: str, path: str) -> bool:
        return host in self.hosts or (host in self.public_hosts and path.startswith(self.public_path))


def loopback_guard(app: ASGIApp, port: int, public_url: str | None = None) -> Guard:
    """A guard that lets only this machine's own names through, and the host of `public_url` to callbacks."""
    hosts = frozenset(_with_port(LOOPBACK, port))
    origins = frozenset(f"http://{host}" for host in hosts)
    return Guard(app, hosts, origins, frozenset(_public_hosts(public_url)) if public_url else frozenset())


def _with_port(names: Iterable[str], port: int) -> Iterable[str]:
    for name in names:
        yield f"{name}:{port}"
        if port == 80:  # the port that browsers leave out
            yield name


def _public_hosts(url: str) -> Iterable[str]:
    """The Host header of requests to an address, with and without the port where it may be left out."""
    parts = urlsplit(url.lower())
    name = parts.netloc.removesuffix(f":{parts.port}")
    usual = DEFAULT_PORTS.get(parts.scheme)
    yield f"{name}:{parts.port or usual}"
    if parts.port in (None, usual):
        yield name
