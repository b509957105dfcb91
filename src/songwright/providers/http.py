"""The way to a provider and back: two clients, one deadline, and what is kept when they break.

Submits go over connections of their own that are never used twice; questions share a pool. Redirects are
never followed and the environment's proxies are ignored.
"""

import json
import logging
import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import anyio
import httpx
from pydantic import SecretStr

from songwright.catalog import CUSTOM_OPTIONS, Catalog, providers_with
from songwright.errors import (
    InvalidRequest,
    Problem,
    SongwrightError,
    TaskNotFound,
    Unanswered,
    UnsupportedOption,
)
from songwright.models import Credits, CustomRequest, SimpleRequest, Submission, TaskState
from songwright.providers import fields
from songwright.providers.answers import LARGEST, Answer, Flaw, any_id, read_answer
from songwright.providers.failures import failure, silence
from songwright.providers.refusals import Complaint, Judge
from songwright.providers.texts import Words
from songwright.text import quoted, redact

Payload = Mapping[str, Any]
Clock = Callable[[], datetime]

_log = logging.getLogger(__name__)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class HttpProvider(ABC):
    """A provider over HTTP; what a dialect adds are four readings of its JSON.

    `timeout` bounds every call in seconds, from the first byte to the last.
    """

    def __init__(
        self,
        catalog: Catalog,
        *,
        key: SecretStr,
        base_url: str,
        timeout: float,
        user_agent: str,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._catalog = catalog
        self._key = key
        self._base_url = base_url.rstrip("/")
        self._timeout = timeout
        self._user_agent = user_agent
        self._transport = transport
        self._clock = clock
        self._trust: ssl.SSLContext | None = None
        self._submits: httpx.AsyncClient | None = None
        self._queries: httpx.AsyncClient | None = None
        self._warned_of: set[str] = set()
        self._words = Words(catalog)
        self._judge = Judge(self._words, self._without_key)

    @property
    def name(self) -> str:
        """`aivideoapi`, `aimusicapi` or `sandbox`."""
        return self._catalog.provider

    @property
    def catalog(self) -> Catalog:
        """What it can do."""
        return self._catalog

    # What a dialect says

    _unknown_task = frozenset({404})

    @abstractmethod
    def _order(self, request: SimpleRequest | CustomRequest, callback_url: str | None) -> tuple[str, Payload]:
        """The path and the JSON of an order."""

    @abstractmethod
    def _task_path(self, provider_task_id: str) -> str:
        """Where a task is asked for."""

    @abstractmethod
    def _id_of(self, body: Mapping[str, object]) -> object:
        """Whatever stands where the id of a new task stands; None where nothing does."""

    @abstractmethod
    def _complaint(self, answer: Answer) -> Complaint | None:
        """The error in this provider's own shape, if the answer has one."""

    @abstractmethod
    def _state(self, body: Mapping[str, object]) -> TaskState | None:
        """The state of a task, or None where the object is no task."""

    # What every dialect shares

    async def submit(
        self, request: SimpleRequest | CustomRequest, *, callback_url: str | None = None
    ) -> Submission:
        """Order a song, once; see `Provider.submit`. An id anywhere in the answer is a submission."""
        self._refuse_lacking(request)
        path, payload = self._order(request, callback_url)
        content = _encoded(payload)
        answer = await self._exchange(self._submitting(), "POST", path, content)
        complaint = self._complaint(answer)
        if complaint is not None and complaint.status not in (None, answer.status):
            _log.info("%s answered HTTP %d with code %d", self.name, answer.status, complaint.status)
        raw = self._id_of(answer.body) if answer.flaw is None else None
        found = fields.task_id(raw) if raw else any_id(answer.content)
        if found is not None:
            return Submission(provider_task_id=found, warning=self._warning(answer, complaint))
        if raw:
            raise self._judge.unusable(answer, "answered with a task id that cannot be used", raw)
        raise self._judge.order(answer, complaint)

    async def query(self, provider_task_id: str) -> TaskState:
        """Ask for the state of a task; see `Provider.query`."""
        if fields.task_id(provider_task_id) is None:
            raise TaskNotFound("No task of a provider has an id like that.", provider=self.name)
        answer = await self._asked(self._task_path(provider_task_id))
        if answer.flaw is None and (state := self._readable_state(answer)) is not None:
            return state
        raise self._judge.question(answer, self._complaint(answer), unknown_task=self._unknown_task)

    async def credits(self) -> Credits:
        """Ask for the balance: nothing is known where the seed has no such endpoint."""
        return Credits()

    async def aclose(self) -> None:
        """Close the connections."""
        clients, self._submits, self._queries = (self._submits, self._queries), None, None
        for client in clients:
            if client is not None:
                await client.aclose()

    def _readable_state(self, answer: Answer) -> TaskState | None:
        if not answer.is_success or self._complaint(answer) is not None:
            return None
        return self._state(answer.body)

    def _refuse_lacking(self, request: SimpleRequest | CustomRequest) -> None:
        """Never leave an option out in silence: it would make a wrong song that is paid for."""
        lacking = [name for name in CUSTOM_OPTIONS if name not in self._catalog.options]
        for name in lacking:
            if getattr(request, name, None) is not None:
                others = " and ".join(providers_with(name))
                raise UnsupportedOption(
                    f"{self.name} has no {name}.",
                    provider=self.name,
                    problems=[Problem(field=name, message=f"{self.name} has no such option")],
                    fix=f"Leave {name} out, or use {others}, which has it.",
                )

    def _warn_once(self, word: str) -> None:
        """Say once that a status word is new; it counts as processing."""
        if word not in self._warned_of and len(self._warned_of) < 20:
            self._warned_of.add(word)
            _log.warning("%s reports the unknown status %s", self.name, quoted(self._without_key(word), 40))

    def _warning(self, answer: Answer, complaint: Complaint | None) -> str | None:
        if answer.is_success and answer.flaw is None and complaint is None:
            return None
        what = f"HTTP {answer.status}" + (f", body {answer.flaw}" if answer.flaw else "")
        _log.warning("%s gave a task id in an answer that is none (%s)", self.name, what)
        return f"{self.name} gave a task id in an odd answer ({what}); the order is followed all the same."

    async def _asked(self, path: str) -> Answer:
        """The answer to a free question."""
        try:
            return await self._exchange(self._querying(), "GET", path)
        except SongwrightError as error:
            told = error.as_query()
        if isinstance(told, Unanswered):
            told.fix = self._words.later()
        raise told

    async def _exchange(
        self, client: httpx.AsyncClient, method: str, path: str, content: bytes | None = None
    ) -> Answer:
        """One request and what came back of its answer, within the deadline; a broken body is one too."""
        reception = _Reception()
        thrown: Exception | None = None
        with anyio.move_on_after(self._timeout):
            try:
                await reception.receive(client, method, self._base_url + path, content)
            except Exception as exception:  # whatever it was, an order may be on its way: it gets a class
                thrown = exception
        if reception.status is not None:
            return reception.answer(self._clock())
        if thrown is None:
            raise silence(self._words)
        raise failure(thrown, self._words)

    def _submitting(self) -> httpx.AsyncClient:
        if self._submits is None:
            self._submits = self._client(httpx.Limits(max_connections=20, max_keepalive_connections=0))
        return self._submits

    def _querying(self) -> httpx.AsyncClient:
        if self._queries is None:
            self._queries = self._client(
                httpx.Limits(max_connections=20, max_keepalive_connections=5, keepalive_expiry=30)
            )
        return self._queries

    def _client(self, limits: httpx.Limits) -> httpx.AsyncClient:
        if self._trust is None and self._transport is None:
            self._trust = httpx.create_ssl_context(trust_env=False)
        early = self._timeout * 0.3
        return httpx.AsyncClient(
            transport=self._transport,
            verify=self._trust or True,
            limits=limits,
            http1=True,
            http2=False,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(self._timeout, connect=min(early, 10), pool=min(early, 5)),
            headers={
                "User-Agent": self._user_agent,
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "Authorization": f"Bearer {self._key.get_secret_value()}",
            },
        )

    def _without_key(self, text: str) -> str:
        return redact(text.replace(self._key.get_secret_value(), "…"))


class _Reception:
    """What has arrived of one answer so far, kept when the deadline or the connection ends it."""

    def __init__(self) -> None:
        self.status: int | None = None
        self._headers = httpx.Headers()
        self._wire = bytearray()
        self._flaw: Flaw | None = "cut"

    async def receive(self, client: httpx.AsyncClient, method: str, url: str, content: bytes | None) -> None:
        """Send, then read at most `LARGEST` bytes of the body as they stand on the wire."""
        headers = {"Content-Type": "application/json"} if content is not None else {}
        request = client.build_request(method, url, content=content, headers=headers)
        response = await client.send(request, stream=True)
        try:
            self.status, self._headers = response.status_code, response.headers
            if isinstance(response.stream, httpx.AsyncByteStream):
                await self._read(response.stream)
        finally:
            await response.aclose()

    async def _read(self, stream: httpx.AsyncByteStream) -> None:
        async for chunk in stream:
            self._wire += chunk[: LARGEST + 1 - len(self._wire)]
            if len(self._wire) > LARGEST:
                self._flaw = "too long"
                return
        self._flaw = None

    def answer(self, now: datetime) -> Answer:
        """The answer as far as it arrived."""
        return read_answer(
            self.status or 0,
            bytes(self._wire[:LARGEST]),
            self._headers.get("Content-Encoding", ""),
            flaw=self._flaw,
            retry_after=fields.retry_after(self._headers.get("Retry-After"), now),
        )


def _encoded(payload: Payload) -> bytes:
    """The JSON of an order. Raises InvalidRequest for a text or number that JSON cannot carry."""
    try:
        return json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except ValueError:
        pass
    raise InvalidRequest(
        "The order holds a character or a number that cannot be sent.",
        fix="Remove lone surrogate characters; weights are numbers from 0 to 1.",
    )
