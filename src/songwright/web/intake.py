"""How much of a request is taken, and for how long: before any route sees it.

The SDK bounds the size of a body and not its time, and routes of our own would have neither. Here the whole
body is taken in first; what is too large is answered with 413, what does not arrive in time with 408.
"""

from dataclasses import dataclass, field

import anyio
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True)
class Limit:
    """The most bytes of a body, and the seconds from its first byte to its last."""

    most_bytes: int
    seconds: float


@dataclass(frozen=True)
class Intake:
    """Takes bodies in for an app. Paths that begin as in `special` have limits of their own."""

    app: ASGIApp
    usual: Limit
    special: tuple[tuple[str, Limit], ...] = field(default=())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on with its body, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope["path"])
        body: bytes | None = None
        try:
            with anyio.fail_after(limit.seconds):
                body = await _body(scope, receive, limit.most_bytes)
        except TimeoutError:
            closing = PlainTextResponse("Request timeout", 408, headers={"connection": "close"})
            await closing(scope, receive, send)
        except _TooLarge:  # the connection stays a moment, or the answer would be lost with what still comes
            await PlainTextResponse("Content too large", 413)(scope, receive, send)
        except _Gone:
            return
        if body is not None:
            await self.app(scope, _Replay(body, receive), send)

    def _limit(self, path: str) -> Limit:
        return next((limit for start, limit in self.special if path.startswith(start)), self.usual)


class _TooLarge(Exception):
    """The body is larger than it may be."""


class _Gone(Exception):
    """The client left before its body was complete."""


async def _body(scope: Scope, receive: Receive, most_bytes: int) -> bytes:
    declared = Headers(scope=scope).get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > most_bytes:
        raise _TooLarge
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most_bytes:
            raise _TooLarge
        if not message.get("more_body", False):
            return b"".join(parts)


class _Replay:
    """Gives the body that was taken in as one message, and then what the connection tells."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}
