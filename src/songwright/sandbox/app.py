"""Both providers' HTTP APIs as one ASGI app with a ledger of its own: a stand-in that costs nothing.

    POST /v1/music/generations · GET /v1/tasks/{id} · GET /v1/credits     aivideoapi.ai (first seed)
    POST /api/submit · GET /api/query?workId=                             aimusicapi.org (second seed)
    GET /files/{name} · GET / · GET /health                               both; the sandbox itself

`open_sandbox` is the door. In process, give `sandbox.app` to `httpx.ASGITransport` and stay inside
`async with sandbox.running()` where callbacks are wanted; over a port, uvicorn's lifespan does that.
Faults are ordered as `faults` says.
"""

import logging
import time
import uuid
from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, Protocol, TypeVar

import anyio
import anyio.to_thread

from songwright.sandbox import dialect_a, dialect_b
from songwright.sandbox.callbacks import Courier
from songwright.sandbox.dialect_a import DialectA
from songwright.sandbox.dialect_b import DialectB
from songwright.sandbox.faults import Fault, Route, Script, UnknownFault, faults_in
from songwright.sandbox.ledger import CreditsTooLow, Ledger, account_of
from songwright.sandbox.orders import FIRST_CREDITS, Failure, Order, Wanted
from songwright.sandbox.spoiling import Dialect, spoiled
from songwright.sandbox.studio import Renderer, SketchRenderer, Studio, file_path
from songwright.sandbox.validation import Refusal, check_key, is_poor, refuse
from songwright.sandbox.wire import (
    Answer,
    BodyTooLarge,
    BodyTooSlow,
    Call,
    CallerLeft,
    deliver,
    head_of,
    json_answer,
    with_body,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

SECONDS = 8.0
BASE_URL = "http://sandbox.invalid"
ABOUT = {
    "name": "Songwright sandbox",
    "what": "A stand-in for two song APIs, free and without an account.",
    "note": "Its songs are synthetic sketches without a real singer.",
    "aivideoapi": ["POST /v1/music/generations", "GET /v1/tasks/{id}", "GET /v1/credits"],
    "aimusicapi": ["POST /api/submit", "GET /api/query?workId={workId}"],
    "key": "Authorization: Bearer sk-sandbox (each sk-… key has its own account, with 1,000 play credits)",
    "faults": "A word such as sandbox:moderation in the prompt, lyrics, title or style orders a fault.",
}

_Params = ParamSpec("_Params")
_Result = TypeVar("_Result")
_NEVER_SECONDS = 10 * 365 * 86400.0
_log = logging.getLogger(__name__)


class _Handler(Protocol):
    async def __call__(self, call: Call, dialect: Dialect, scripted: Fault | None) -> Answer: ...


def open_sandbox(
    folder: Path,
    *,
    seconds: float = SECONDS,
    clock: Callable[[], float] = time.time,
    seed: int = 0,
    base_url: str = BASE_URL,
    renderer: Renderer | None = None,
    callback_hosts: Collection[str] = (),
    new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
) -> "Sandbox":
    """Open the sandbox in a folder, which several processes may share. The first request touches it.

    A song takes `seconds` by `clock` (seconds since 1970). `seed` and the request decide the music.
    `base_url` stands in URLs where a request names no host. `callback_hosts` may be called back beside this
    machine. `new_id` makes the ids of tasks, as UUIDs.
    """
    ledger = Ledger(folder / "sandbox.sqlite3", clock=clock, seed=seed)
    studio = Studio(ledger, folder / "files", renderer or SketchRenderer(), clock)
    return Sandbox(
        ledger, studio, folder / "files", seconds, clock, base_url, DialectA(callback_hosts), new_id
    )


class Sandbox:
    """One open sandbox. `app` is the ASGI app, `ledger` its books, `faults` the script of a test."""

    def __init__(
        self,
        ledger: Ledger,
        studio: Studio,
        files: Path,
        seconds: float,
        clock: Callable[[], float],
        base_url: str,
        dialect_a: DialectA,
        new_id: Callable[[], str],
    ) -> None:
        self.ledger = ledger
        self.faults = Script()
        self._studio = studio
        self._files = files
        self._seconds = seconds
        self._clock = clock
        self._base_url = base_url
        self._dialects: dict[str, Dialect] = {"a": dialect_a, "b": DialectB()}
        self._new_id = new_id
        self._courier = Courier(ledger, clock, dialect_a.content, studio.want)

    async def aclose(self) -> None:
        """Stop rendering and close the ledger. What is unfinished goes on when the folder is opened again."""
        await self._studio.aclose()
        await anyio.to_thread.run_sync(self.ledger.close)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Send callbacks while inside."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._courier.run)
            try:
                yield
            finally:
                group.cancel_scope.cancel()

    async def deliver_callbacks(self) -> int:
        """Send the callbacks that are due now, and say how many still wait; `running` does it by itself."""
        return await self._courier.deliver()

    async def rendered(self) -> None:
        """Wait until everything ordered so far is rendered. Bound it from outside."""
        await self._studio.idle()

    @property
    def app(self) -> "ASGIApp":
        """The ASGI app. An object and no method: uvicorn would take a bound method for ASGI 2."""
        return self

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Serve one request, or the lifespan."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(scope, receive, send)

    async def _live(self, receive: "Receive", send: "Send") -> None:
        await receive()
        async with self.running():
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        head = head_of(scope, self._base_url)
        dialect = self._dialect_of(head.path)
        try:
            call = await with_body(head, receive)
        except CallerLeft:
            return
        except BodyTooLarge:
            answer = _no(dialect, "The request body is larger than 1 MiB.", 413)
        except BodyTooSlow:
            answer = _no(dialect, "The request body did not arrive in time.", 408)
        else:
            answer = await self._answer(call, dialect)
        await deliver(answer, scope, receive, send)

    async def _answer(self, call: Call, dialect: Dialect | None) -> Answer:
        """The answer to a call; whatever goes wrong here is the simulated provider's 500."""
        try:
            if dialect is None:
                return await self._own(call)
            return await self._routed(call, dialect)
        except Refusal as refusal:
            return (dialect or self._dialects["a"]).refusal(refusal.code, refusal.message, refusal.status)
        except Exception:
            _log.warning("the sandbox failed at %s %s", call.method, call.path, exc_info=True)
            return (dialect or self._dialects["a"]).refusal("internal_error")

    def _dialect_of(self, path: str) -> Dialect | None:
        if path.startswith("/v1/"):
            return self._dialects["a"]
        return self._dialects["b"] if path.startswith("/api/") else None

    async def _own(self, call: Call) -> Answer:
        """What belongs to neither API."""
        if call.method not in ("GET", "HEAD"):
            return json_answer({"error": "not found"}, 404)
        if call.path.startswith("/files/"):
            return await self._file(call)
        if call.path == "/health":
            return json_answer({"status": "ok"})
        return json_answer(ABOUT) if call.path == "/" else json_answer({"error": "not found"}, 404)

    async def _routed(self, call: Call, dialect: Dialect) -> Answer:
        route, handler = self._route(call)
        scripted = self.faults.take(dialect.name, route)
        if scripted is None or not scripted.spoils_answer:
            return await handler(call, dialect, scripted)
        if not scripted.takes_order:
            return spoiled(dialect.accepted(self._new_id()), scripted, dialect)
        return spoiled(await handler(call, dialect, scripted), scripted, dialect)

    def _route(self, call: Call) -> tuple[Route, _Handler]:
        """Which handler a call is for. Raises `Refusal` for a wrong path or method."""
        if call.path in (dialect_a.SUBMIT_PATH, dialect_b.SUBMIT_PATH):
            wanted: tuple[str, Route, _Handler] = ("POST", "submit", self._submit)
        elif call.path.startswith(dialect_a.TASK_PATH) or call.path == dialect_b.QUERY_PATH:
            wanted = ("GET", "query", self._query)
        elif call.path == dialect_a.CREDITS_PATH:
            wanted = ("GET", "credits", self._credits)
        else:
            raise Refusal("invalid_request", "There is no such endpoint.", 404)
        method, route, handler = wanted
        if call.method != method:
            raise Refusal("invalid_request", f"Use {method} here.", 405)
        return route, handler

    # ---- the endpoints

    async def _submit(self, call: Call, dialect: Dialect, scripted: Fault | None) -> Answer:
        account, first = _account(call, dialect, orders=True)
        wanted = dialect.read(call)
        faults = _ordered(wanted)
        answering = [fault for fault in faults if fault.spoils_answer and not fault.on_query]
        refused = next((fault for fault in answering if not fault.takes_order), None)
        if refused is not None:
            return spoiled(dialect.accepted(self._new_id()), refused, dialect)
        kept = [
            fault for fault in (*faults, scripted) if fault and (fault.on_query or not fault.spoils_answer)
        ]
        order = await self._place(call, wanted, account, first, kept)
        twice = any(fault.name == "id-twice" for fault in (*answering, scripted) if fault)
        before = await _threaded(self.ledger.before, order) if twice else None
        answer = dialect.accepted((before or order).id)
        for fault in answering:
            answer = spoiled(answer, fault, dialect)
        return answer

    async def _place(
        self, call: Call, wanted: Wanted, account: str, first: int, faults: list[Fault]
    ) -> Order:
        """Charge and write the order, and have it rendered. Raises `Refusal` where credits are lacking."""
        place = partial(
            self.ledger.place,
            seconds=_length(faults, self._seconds),
            base_url=call.base_url,
            words=[fault.word for fault in faults],
            failure=_failure(faults),
            first=first,
        )
        try:
            order = await _threaded(place, wanted, account, self._new_id())
        except CreditsTooLow:
            raise Refusal("insufficient_credits") from None
        self._studio.want(order)
        if wanted.callback_url:
            self._courier.wake()
        return order

    async def _query(self, call: Call, dialect: Dialect, scripted: Fault | None) -> Answer:
        account, first = _account(call, dialect, orders=False)
        in_path = call.path.startswith(dialect_a.TASK_PATH)
        order_id = call.path.removeprefix(dialect_a.TASK_PATH) if in_path else call.query.get("workId", "")
        if not order_id:
            refuse("'workId' is required." if not in_path else "A task ID is required.")
        order = await _threaded(partial(self.ledger.ask, first=first), order_id, account)
        if order is None or order.wanted.dialect != dialect.name or _hidden(order):
            return dialect.unknown_task()
        self._studio.want(order)
        answer = dialect.state(order, self._clock(), call.base_url)
        for fault in order.faults.values():
            if fault.on_query and order.queries == 1:
                answer = spoiled(answer, fault, dialect)
        return answer

    async def _credits(self, call: Call, dialect: Dialect, scripted: Fault | None) -> Answer:
        account, first = _account(call, dialect, orders=False)
        balance = await _threaded(partial(self.ledger.balance, first=first), account)
        return dialect.credits(balance.left, balance.purchased, balance.consumed)

    async def _file(self, call: Call) -> Answer:
        name = call.path.removeprefix("/files/")
        path = file_path(self._files, name)
        order = await _threaded(self.ledger.find, name[:36]) if path else None
        if path is None or order is None:
            return json_answer({"error": "not found"}, 404)
        if order.files_expired(self._clock()):
            return json_answer({"error": "the URL has expired"}, 410)
        if not await anyio.Path(path).is_file():
            return json_answer({"error": "not found"}, 404)
        answer = Answer(media_type="image/png" if path.suffix == ".png" else "audio/mpeg", file=path)
        scripted = self.faults.take(order.wanted.dialect, "file")
        return _spoiled_file(answer, order, scripted, self._dialects[order.wanted.dialect])


async def _threaded(
    call: Callable[_Params, _Result], *args: _Params.args, **kwargs: _Params.kwargs
) -> _Result:
    """A call that blocks, in a worker thread."""
    return await anyio.to_thread.run_sync(partial(call, *args, **kwargs))


def _no(dialect: Dialect | None, message: str, status: int) -> Answer:
    """A refusal before anything was read, in the shape of the API that was meant."""
    return (
        dialect.refusal("invalid_request", message, status)
        if dialect
        else json_answer({"error": message}, status)
    )


def _account(call: Call, dialect: Dialect, *, orders: bool) -> tuple[str, int]:
    """The account of a call and its first credits. Raises `Refusal` for a missing, wrong or blocked key."""
    key = dialect.key(call)
    check_key(key, orders=orders)
    return account_of(key), 0 if is_poor(key) else FIRST_CREDITS


def _ordered(wanted: Wanted) -> tuple[Fault, ...]:
    try:
        return faults_in(wanted.texts)
    except UnknownFault as unknown:
        refuse(f"{unknown}; the sandbox's faults stand in songwright/sandbox/faults.py")


def _length(faults: list[Fault], usual: float) -> float:
    """How many seconds a task takes."""
    for fault in faults:
        if fault.name == "never":
            return _NEVER_SECONDS
        if fault.name == "long":
            return fault.number if fault.number is not None else 60.0
    return usual


def _failure(faults: list[Fault]) -> Failure | None:
    names = {fault.name for fault in faults}
    if "moderation" in names:
        return Failure(
            "upstream_error", "The input contains sensitive information, please change it and try again"
        )
    return Failure("upstream_error", "Music generation failed") if "failed" in names else None


def _hidden(order: Order) -> bool:
    """Whether the task is not to be found yet (`not-found-first`); `queries` counts this one already."""
    fault = order.faults.get("not-found-first")
    return fault is not None and order.queries <= (1 if fault.number is None else fault.number)


def _spoiled_file(answer: Answer, order: Order, scripted: Fault | None, dialect: Dialect) -> Answer:
    """A file's answer with the fault of its task, or of the script."""
    if scripted is not None:
        return spoiled(answer, scripted, dialect)
    if answer.media_type != "audio/mpeg":
        return answer
    if "bad-audio" in order.faults:
        return Answer(200, b"<!doctype html><title>Sign in</title><p>Please sign in.</p>" * 40, "text/html")
    return answer.but(delivery="cut") if "cut-audio" in order.faults else answer
