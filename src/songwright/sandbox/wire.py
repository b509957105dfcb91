"""The sandbox's HTTP: an ASGI request read into a `Call`, an `Answer` written, whole or broken on purpose."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qsl

import anyio

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

BODY_LIMIT = 1 << 20
"""Bytes of a request body; more is answered with 413."""
BODY_SECONDS = 30.0

_HOST = re.compile(r"[A-Za-z0-9._\-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")

Delivery = Literal["whole", "cut", "drop", "hang"]


class BodyTooLarge(Exception):
    """The request body is longer than `BODY_LIMIT`."""


class BodyTooSlow(Exception):
    """The request body did not arrive within `BODY_SECONDS`."""


class CallerLeft(Exception):
    """The caller went away before its whole request had arrived: nothing is taken."""


@dataclass(frozen=True)
class Call:
    """One request that has arrived whole. Header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    base_url: str
    body: bytes = b""


@dataclass(frozen=True)
class Answer:
    """One answer. `delivery` says how it reaches the caller; `delay` is how many seconds it is held back."""

    status: int = 200
    body: bytes = b""
    media_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    delivery: Delivery = "whole"
    delay: float = 0.0
    file: Path | None = None

    def but(self, **changes: Any) -> "Answer":
        """The same answer with some fields changed."""
        return replace(self, **changes)


def json_answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer whose body is JSON."""
    return Answer(
        status, json.dumps(content, ensure_ascii=False).encode("utf-8", "replace"), headers=headers or {}
    )


def head_of(scope: "Scope", fallback: str) -> Call:
    """The call without its body. `fallback` is the base URL where the request names no usable host."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    host = headers.get("host", "")
    base = f"{scope.get('scheme', 'http')}://{host}" if _HOST.fullmatch(host) else fallback
    query = dict(
        parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True, max_num_fields=100)
    )
    return Call(scope["method"], scope["path"], query, headers, base.rstrip("/"))


async def with_body(call: Call, receive: "Receive") -> Call:
    """The call with its body.

    Raises:
        BodyTooLarge, BodyTooSlow, CallerLeft: what the names say; the order is not taken.
    """
    body = bytearray()
    more = True
    with anyio.move_on_after(BODY_SECONDS):
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise CallerLeft
            body += message.get("body", b"")
            more = message.get("more_body", False)
            if len(body) > BODY_LIMIT:
                raise BodyTooLarge
    if more:
        raise BodyTooSlow
    return replace(call, body=bytes(body))


async def deliver(answer: Answer, scope: "Scope", receive: "Receive", send: "Send") -> None:
    """Send the answer as its `delivery` says."""
    if answer.delay:
        with anyio.move_on_after(answer.delay):
            await _hang(receive)
            return
    if answer.delivery == "hang":
        await _hang(receive)
    elif answer.delivery == "drop":
        await _drop(receive)
    elif answer.delivery == "cut":
        await _send_half(answer, receive, send)
    elif answer.file is not None:
        await _send_file(answer, scope, receive, send)
    else:
        await _send(answer, send)


async def _send(answer: Answer, send: "Send") -> None:
    await send(_start(answer, len(answer.body)))
    await send({"type": "http.response.body", "body": answer.body})


def _start(answer: Answer, length: int) -> dict[str, Any]:
    headers = {"content-type": answer.media_type, "content-length": str(length), **answer.headers}
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    return {"type": "http.response.start", "status": answer.status, "headers": raw}


async def _send_file(answer: Answer, scope: "Scope", receive: "Receive", send: "Send") -> None:
    from starlette.responses import FileResponse

    assert answer.file is not None  # noqa: S101 # `deliver` asked before
    headers = {"x-content-type-options": "nosniff", **answer.headers}
    await FileResponse(answer.file, media_type=answer.media_type, headers=headers)(scope, receive, send)


async def _send_half(answer: Answer, receive: "Receive", send: "Send") -> None:
    """Promise the whole length and send half: over a socket the connection is then closed."""
    body = await anyio.Path(answer.file).read_bytes() if answer.file else answer.body
    transport = _socket_of(receive)
    await send(_start(answer, len(body)))
    await send(
        {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": transport is not None}
    )
    if transport is not None:
        transport.close()
        await _hang(receive)


async def _hang(receive: "Receive") -> None:
    """Say nothing until the caller has gone (in process: until it cancels)."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _drop(receive: "Receive") -> None:
    """Break the connection without a byte: over a socket for real, in process with httpx's error for it.

    Raises:
        httpx.RemoteProtocolError: in process only.
    """
    transport = _socket_of(receive)
    if transport is None:
        import httpx

        raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
    transport.close()
    await _hang(receive)


def _socket_of(receive: "Receive") -> Any:
    """The socket under uvicorn, which keeps it beside its `receive`; None in process. ASGI cannot hang up."""
    return getattr(getattr(receive, "__self__", None), "transport", None)
