"""A provider that keeps its own ledger, and answers every order as it is told.

It stands under the real provider class in place of the network. Its ledger is the truth that the library is
measured against: what was charged, under which id, and whether the whole answer reached the caller.
"""

import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, get_args

import anyio
import httpx

Outcome = Literal["accepted", "rejected", "not_sent", "unconfirmed"]
Phase = Literal["pending", "processing", "completed", "failed", "odd", "unknown", "broken", "keyless"]


@dataclass(frozen=True)
class Reply:
    """How an order is answered: whether it is charged, what the attempt becomes, and what the wire carries.

    `{id}` in the body is the order's id. A body that is `cut` ends before its declared end. `again` marks
    what was surely not taken, so that the same attempt may be sent once more.
    """

    takes: bool
    outcome: Outcome
    status: int = 200
    body: str = ""
    cut: bool = False
    raises: type[httpx.TransportError] | None = None
    again: bool = False
    refunds: bool = False

    @property
    def tells_id(self) -> bool:
        """Whether the id reaches the caller."""
        return "{id}" in self.body


def _error(code: str, type: str = "invalid_request_error") -> str:
    return json.dumps({"error": {"code": code, "message": "no", "type": type}})


_TAKEN = '{"code":200,"msg":"success","data":{"taskId":"{id}"}}'
_PAGE = "<html>Bad gateway</html>"

REPLIES: dict[str, Reply] = {
    "taken": Reply(True, "accepted", body=_TAKEN),
    "taken, id elsewhere": Reply(True, "accepted", body='{"code":200,"data":{"id":"{id}"}}'),
    "taken in a 500": Reply(True, "accepted", 500, _TAKEN),
    "taken in a 400": Reply(True, "accepted", 400, '{"code":400,"msg":"no","data":{"task_id":"{id}"}}'),
    "taken, cut after the id": Reply(True, "accepted", body=_TAKEN[:-2], cut=True),
    "taken, cut before the id": Reply(True, "unconfirmed", body='{"code":200,"msg":"succ', cut=True),
    "taken, no id": Reply(True, "unconfirmed", body='{"code":200,"msg":"success","data":{}}'),
    "taken, silence": Reply(True, "unconfirmed", raises=httpx.ReadTimeout),
    "lost, silence": Reply(False, "unconfirmed", raises=httpx.ReadTimeout),
    "taken, broken": Reply(True, "unconfirmed", raises=httpx.RemoteProtocolError),
    "lost, broken while writing": Reply(False, "unconfirmed", raises=httpx.WriteError),
    "taken, broken while reading": Reply(True, "unconfirmed", raises=httpx.ReadError),
    "taken, 500": Reply(True, "unconfirmed", 500, _error("internal_error", "api_error")),
    "lost, 500": Reply(False, "unconfirmed", 500, _error("internal_error", "api_error")),
    "taken, page 503": Reply(True, "unconfirmed", 503, _PAGE),
    "taken, page 502": Reply(True, "unconfirmed", 502, _PAGE),
    "lost, page 403": Reply(False, "unconfirmed", 403, _PAGE),
    "taken, redirect": Reply(True, "unconfirmed", 307),
    "taken, conflict": Reply(True, "unconfirmed", 409, _error("conflict")),
    "refused 400": Reply(False, "rejected", 400, _error("invalid_request")),
    "refused 401": Reply(False, "rejected", 401, _error("invalid_api_key", "authentication_error")),
    "refused 402": Reply(False, "rejected", 402, _error("insufficient_credits", "billing_error")),
    "refused 403": Reply(False, "rejected", 403, _error("ip_not_allowed", "permission_error")),
    "refused 404": Reply(False, "rejected", 404, _error("model_not_found")),
    "spend limit": Reply(False, "rejected", 429, _error("spend_limit_exceeded", "billing_error")),
    "upstream 503": Reply(True, "rejected", 503, _error("upstream_error", "upstream_error"), refunds=True),
    "unreachable": Reply(False, "not_sent", raises=httpx.ConnectError, again=True),
    "rate limit": Reply(
        False, "rejected", 429, _error("rate_limit_exceeded", "rate_limit_error"), again=True
    ),
}


@dataclass
class Charge:
    """One order that the vendor took."""

    token: str
    id: str
    model: str
    at: datetime
    refunded: bool = False
    told: bool = False
    phase: Phase = "pending"


@dataclass
class Held:
    """An order that waits for its answer. `taken_at_death`: whether it is charged if the caller dies."""

    token: str
    house: str
    replies: deque[str]
    released: anyio.Event = field(default_factory=anyio.Event)
    taken_at_death: bool = True


STRANGERS = (
    Charge("", "older-song", "suno-v5_5", datetime(2020, 1, 1, tzinfo=UTC)),
    Charge("", "other-song", "suno-v5", datetime(2040, 1, 1, tzinfo=UTC)),
)
"""Songs that somebody else ordered with the same key: too old for any of ours, and of another model."""

Sent = Callable[[str, str, int], None]
"""Told of every order that is opened: which process, which secret, for the how many-th time."""


@dataclass
class Vendor:
    """The account at the provider. `replies` are for the next orders, in order; then every order is taken."""

    clock: Callable[[], datetime]
    sent: Sent
    charges: list[Charge] = field(default_factory=list[Charge])
    replies: deque[str] = field(default_factory=deque[str])
    opened: dict[str, int] = field(default_factory=dict[str, int])
    last: dict[str, str] = field(default_factory=dict[str, str])
    held: list[Held] = field(default_factory=list[Held])
    trouble: dict[str, Phase] = field(default_factory=dict[str, Phase])
    queries: int = 0
    arrived: anyio.Event = field(default_factory=anyio.Event)

    def transport(self, house: str) -> httpx.AsyncBaseTransport:
        """The way of one process to this account."""
        return _Way(self, house)

    def of_token(self, token: str) -> Charge | None:
        """What was charged for a secret."""
        return next((charge for charge in self.charges if charge.token == token), None)

    async def order(self, house: str, request: httpx.Request) -> httpx.Response:
        """Take an order, or not."""
        payload = json.loads(await request.aread())
        token = str(payload["callback_url"]).rpartition("/")[2]
        self.opened[token] = self.opened.get(token, 0) + 1
        self.sent(house, token, self.opened[token])
        name = self.replies.popleft() if self.replies else "taken"
        if name == "hold":
            name = await self._hold(house, token, payload["model"])
        reply = REPLIES[name]
        self.last[token] = name
        return self._answer(reply, token, payload["model"], request)

    async def _hold(self, house: str, token: str, model: str) -> str:
        held = Held(token, house, self.replies)
        self.replies = deque()
        self.held.append(held)
        self.arrived.set()
        self.arrived = anyio.Event()
        try:
            await held.released.wait()
        except BaseException:
            self.last[token] = "died"
            if held.taken_at_death:
                self._charge(token, model)
            raise
        finally:
            self.held.remove(held)
        self.replies = held.replies
        return self.replies.popleft() if self.replies else "taken"

    def _charge(self, token: str, model: str) -> Charge:
        charge = Charge(token, f"song-{len(self.charges) + 1}", model, self.clock())
        self.charges.append(charge)
        return charge

    def _answer(self, reply: Reply, token: str, model: str, request: httpx.Request) -> httpx.Response:
        charge = self._charge(token, model) if reply.takes else None
        if charge is not None:
            charge.refunded, charge.told = reply.refunds, reply.tells_id
        if reply.raises is not None:
            raise reply.raises("the connection", request=request)
        body = reply.body.replace("{id}", charge.id if charge else "").encode()
        headers = {"location": "https://elsewhere.example/v1/music/generations"}
        if reply.cut:
            return httpx.Response(reply.status, headers={"content-length": "999"}, stream=_Cut(body))
        return httpx.Response(reply.status, headers=headers, content=body)

    def task(self, id: str) -> httpx.Response:
        """The state of a task."""
        self.queries += 1
        charge = next((one for one in (*self.charges, *STRANGERS) if one.id == id), None)
        phase = self.trouble.pop(id, charge.phase if charge else "unknown")
        if phase == "keyless":
            return httpx.Response(401, text=_error("invalid_api_key", "authentication_error"))
        if phase == "broken":
            return httpx.Response(500, text=_PAGE)
        if phase == "unknown" or charge is None:
            return httpx.Response(404, text=_error("task_not_found"))
        return httpx.Response(200, json=_state(charge, phase))


def _state(charge: Charge, phase: Phase) -> dict[str, object]:
    state: dict[str, object] = {
        "id": charge.id,
        "status": "composing" if phase == "odd" else phase,
        "model": charge.model,
        "created_at": charge.at.timestamp(),
    }
    if phase == "completed":
        urls = [f"https://file.aivideoapi.ai/{charge.id}-{take}.mp3" for take in (1, 2)]
        state["output"] = {"urls": urls, "metadata": {"tracks": [{"title": "Rain", "duration": 9.5}] * 2}}
    if phase == "failed":
        state["error"] = {"code": "upstream_error", "message": "it did not work"}
    return state


@dataclass
class _Way(httpx.AsyncBaseTransport):
    vendor: Vendor
    house: str

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        path = request.url.path
        if request.method == "POST":
            return await self.vendor.order(self.house, request)
        if path.startswith("/v1/tasks/"):
            return self.vendor.task(path.rpartition("/")[2])
        return httpx.Response(200, json={"code": 200, "data": {"balance": 9800}})


class _Cut(httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._body
        raise httpx.RemoteProtocolError("peer closed the connection")


def replies(names: Iterable[str]) -> deque[str]:
    """Names of `REPLIES`, checked."""
    return deque(name for name in names if name == "hold" or REPLIES[name])


def phases() -> tuple[Phase, ...]:
    """Every way in which a task can be reported."""
    return get_args(Phase)
