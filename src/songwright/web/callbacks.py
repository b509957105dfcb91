"""`POST /callbacks/{token}`: a provider says that a task has ended. Unsigned, so nothing in it is believed.

The token is the secret of one attempt (32 random bytes, known here by its hash). Of the body only `id` is
taken, as a hint of what to ask the provider for, with our own key. The answer comes at once and is the same
for every known token; the asking is done afterwards, a few times over where the provider cannot be asked,
since for an unconfirmed order the callback may be the only word of its id. Polling goes on beside it.
"""

import json
import logging
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

import anyio
from anyio.abc import TaskGroup
from starlette.requests import Request
from starlette.responses import Response

from songwright.errors import SongwrightError
from songwright.service.doubts import Doubts
from songwright.web.intake import Limit
from songwright.web.rates import Rate, Rates

PATH = "/callbacks/{token}"
LIMIT = Limit(64 * 1024, 5.0)
MOST_DEPTH = 20
PER_TOKEN = 10.0
IN_ALL = 50.0
LOOKED_UP = 500.0
"""Callbacks a second: of one token; of unknown tokens; that are looked up at all.

A known token is heard through a flood of forged ones, since its order may have no other evidence.
"""

MOST_AT_WORK = 64
MOST_HINTS = 4
PAUSES = (1.0, 5.0, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
"""Seconds between the questions for an order that could not be settled yet."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A body that no provider sends."""


@dataclass
class Callbacks:
    """Receives callbacks. `now` is any clock that goes forward, in seconds."""

    doubts: Doubts
    now: Callable[[], float] = anyio.current_time
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    _tasks: TaskGroup | None = None
    _hints: dict[str, list[str | None]] = field(default_factory=dict[str, list[str | None]])
    _per_token: Rates = field(default_factory=lambda: Rates(PER_TOKEN))
    _unknown: Rate = field(default_factory=lambda: Rate(IN_ALL))
    _looked_up: Rate = field(default_factory=lambda: Rate(LOOKED_UP))

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Work on what comes while inside."""
        async with anyio.create_task_group() as self._tasks:
            try:
                yield
            finally:
                self._tasks.cancel_scope.cancel()

    async def receive(self, request: Request) -> Response:
        """Answer one callback: 200, 400, 404 or 429, always without a body."""
        token: str = request.path_params["token"]
        if not self._looked_up.admits(self.now()) or not self._per_token.admits(token[:64], self.now()):
            return _too_many()
        try:
            hint = read_hint(await request.body())
        except Refused:
            return Response(status_code=400)
        try:
            known = _TOKEN.fullmatch(token) is not None and await self.doubts.knows(token) is not None
        except SongwrightError:  # the library cannot be read just now
            return Response(status_code=503, headers={"retry-after": "5"})
        if not known:
            return Response(status_code=404) if self._unknown.admits(self.now()) else _too_many()
        return self._taken(token, hint)

    def _taken(self, token: str, hint: str | None) -> Response:
        """Have a callback worked on. One worker asks for one token, whatever number of callbacks comes."""
        hints = self._hints.get(token)
        if hints is None:
            if self._tasks is None or len(self._hints) >= MOST_AT_WORK:
                return _too_many()
            self._hints[token] = [hint]
            self._tasks.start_soon(self._work, token)
            logger.info("callback %s…: asking the provider", token[:6])
        elif hint not in hints and len(hints) < MOST_HINTS:
            hints.append(hint)
        return Response(status_code=200)

    async def _work(self, token: str) -> None:
        """Follow up every hint of a token until each is settled, or patience ends."""
        hints = self._hints[token]
        try:
            for pause in PAUSES:
                hint = hints[0]
                settled = await self._settled(token, hint)
                hints.remove(hint)  # only now: its replays are heard as itself
                if not settled:
                    hints.append(hint)
                if not hints:
                    return
                await self.sleep(pause)
            logger.warning("callback %s…: the provider could not be asked", token[:6])
        finally:
            del self._hints[token]

    async def _settled(self, token: str, hint: str | None) -> bool:
        """Whether nothing more is to be done for a hint."""
        try:
            known = await self.doubts.knows(token)
            return known is None or await self.doubts.called_back(*known, hint)
        except SongwrightError as error:
            logger.warning("callback %s…: %s", token[:6], error.message)
            return False
        except Exception:  # a defect with one order must not end the others' callbacks
            logger.exception("callback %s… failed inside", token[:6])
            return True


def read_hint(body: bytes) -> str | None:
    """The id in a callback's body, or None where it has none that could be one.

    Raises:
        Refused: not a JSON object, deeper than 20, or with keys that two readers could read differently.
    """
    try:
        value: object = json.loads(body.decode(), object_pairs_hook=_unambiguous, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise Refused from None
    if not isinstance(value, dict):
        raise Refused
    found = cast("dict[str, object]", value)
    if any(key != "id" and key.casefold() == "id" for key in found) or _deeper(found, MOST_DEPTH):
        raise Refused
    hint = found.get("id")
    return hint if isinstance(hint, str) and _ID.fullmatch(hint) else None


def _unambiguous(pairs: list[tuple[str, object]]) -> dict[str, object]:
    if len({key.casefold() for key, _ in pairs}) != len(pairs):
        raise Refused
    return dict(pairs)


def _refuse(_: str) -> None:
    raise Refused


def _deeper(value: object, most: int) -> bool:
    """Whether objects and lists stand in each other more than `most` deep."""
    level: list[object] = [value]
    for _ in range(most):
        level = [inner for outer in level for inner in _inside(outer)]
    return any(isinstance(inner, dict | list) for inner in level)


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(cast("dict[str, object]", value).values())
    return list(cast("list[object]", value)) if isinstance(value, list) else []


def _too_many() -> Response:
    return Response(status_code=429, headers={"retry-after": "1"})
