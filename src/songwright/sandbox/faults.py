"""Faults to order: by a word in a song request, or by a test's script.

A word is `sandbox:NAME` or `sandbox:NAME:NUMBER`, anywhere in the prompt, lyrics, title, style or tags, as in
"a calm piano sandbox:moderation" or "sandbox:not-found-first:3". `sandbox:query-NAME` spoils the first query
of the task instead of the answer to the order. An unknown word is refused with 400: a misspelt one is seen.

Faults of an answer. "taken" says whether the order is accepted and charged all the same:

    word                        taken   what happens
    invalid-request             no      400 in the API's own shape; likewise invalid-api-key 401,
                                        insufficient-credits 402, ip-not-allowed 403, model-not-found 404,
                                        task-not-found 404, spend-limit-exceeded 429, internal-error 500,
                                        upstream-error 503
    rate-limit-exceeded[:N]     no      429 in the API's own shape, with Retry-After N
    code-in-200[:N]             no      HTTP 200 with the code N (402) in the body
    html502, html403            no      a gateway's web page
    drop                        no      the connection breaks before the order is taken
    drop-after-charge           yes     the connection breaks after it
    hang                        yes     no answer, ever
    slow[:N]                    yes     the answer comes after N (2) seconds
    empty, cut, not-json, huge  yes     no body; half of it; a word; 2 MiB
    gzip-lie                    yes     plain JSON that calls itself gzip
    no-id, other-id, code-text  yes     no task id; the id in another field; the code as a text
    id-twice                    yes     the id of the order before
    answer                      no      by script only: any status, body and headers

Faults of a task (the order is taken and charged):

    failed                      fails with upstream_error; refunded
    moderation                  fails, "sensitive information" in the message; refunded
    never                       never ends
    long[:N]                    takes N (60) seconds
    one-take, three-takes       as many takes instead of two
    no-audio                    completed, without audio URLs
    bad-audio                   the audio is a web page with status 200
    cut-audio                   the audio breaks off half way
    expired-urls                the files are gone at once
    weird-title                 hostile text from the provider: ANSI, bidi, orders to the model
    unknown-status              an unknown status word until the end
    early-success               A: completed without output until the end; B: SUCCESS while still streaming
    not-found-first[:N]         the first N (1) queries do not find the task
    no-callback                 no callback is sent
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

Route = Literal["submit", "query", "credits", "file"]

REFUSALS = frozenset(
    {
        "invalid-request",
        "invalid-api-key",
        "insufficient-credits",
        "ip-not-allowed",
        "model-not-found",
        "task-not-found",
        "rate-limit-exceeded",
        "spend-limit-exceeded",
        "internal-error",
        "upstream-error",
    }
)
"""The faults that are rows of the first seed's error table."""

_UNTAKEN = REFUSALS | {"code-in-200", "html502", "html403", "drop", "answer"}
_TAKEN = frozenset(
    {
        "drop-after-charge",
        "hang",
        "slow",
        "empty",
        "cut",
        "not-json",
        "huge",
        "gzip-lie",
        "no-id",
        "other-id",
        "code-text",
        "id-twice",
    }
)
ANSWER_FAULTS = _UNTAKEN | _TAKEN
TASK_FAULTS = frozenset(
    {
        "failed",
        "moderation",
        "never",
        "long",
        "one-take",
        "three-takes",
        "no-audio",
        "bad-audio",
        "cut-audio",
        "expired-urls",
        "weird-title",
        "unknown-status",
        "early-success",
        "not-found-first",
        "no-callback",
    }
)

_WORD = re.compile(r"(?<![\w:])sandbox:([a-z][a-z0-9_-]*)(?::(\d{1,4}(?:\.\d{1,3})?))?", re.IGNORECASE)


class UnknownFault(ValueError):
    """A fault that the table does not have."""


@dataclass(frozen=True)
class Fault:
    """One fault of the table. `taken` overrules the table; status, body and headers are those of `answer`.

    Raises:
        UnknownFault: no such name.
    """

    name: str
    number: float | None = None
    taken: bool | None = None
    on_query: bool = False
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = field(default=())

    def __post_init__(self) -> None:
        if self.name not in ANSWER_FAULTS and (self.on_query or self.name not in TASK_FAULTS):
            raise UnknownFault(f"unknown sandbox fault {self.name!r}")

    @property
    def spoils_answer(self) -> bool:
        """Whether it spoils one HTTP answer; else it shapes the life of a task."""
        return self.name in ANSWER_FAULTS

    @property
    def takes_order(self) -> bool:
        """Whether an order that meets it is taken and charged."""
        return self.taken if self.taken is not None else self.name not in _UNTAKEN

    @property
    def word(self) -> str:
        """The word that orders it."""
        number = "" if self.number is None else f":{self.number:g}"
        return f"sandbox:{'query-' if self.on_query else ''}{self.name}{number}"


def faults_in(texts: Iterable[str]) -> tuple[Fault, ...]:
    """The faults ordered by words, in the order in which they stand.

    Raises:
        UnknownFault: a word names no fault.
    """
    return tuple(_fault(*match.groups()) for text in texts for match in _WORD.finditer(text))


def without_words(text: str) -> str:
    """The text without its fault words, for the music."""
    return _WORD.sub("", text).strip()


def _fault(word: str, number: str | None) -> Fault:
    name = word.lower().replace("_", "-").rstrip("-")
    on_query = name.startswith("query-")
    return Fault(name.removeprefix("query-"), float(number) if number else None, on_query=on_query)


@dataclass(frozen=True)
class _Scripted:
    fault: Fault
    dialect: str | None
    route: Route | None

    def meets(self, dialect: str | None, route: Route) -> bool:
        return self.dialect in (None, dialect) and self.route in (None, route)


class Script:
    """The faults a test ordered, consumed in order: each is met by the next request that matches it."""

    def __init__(self) -> None:
        self._waiting: list[_Scripted] = []

    def push(
        self, *faults: Fault, dialect: Literal["a", "b"] | None = None, route: Route | None = None
    ) -> None:
        """Order faults. Without `route`, an answer is spoiled on any route, and a task's life at its submit.

        Raises:
            ValueError: a task's fault on another route than submit.
        """
        for fault in faults:
            if not fault.spoils_answer and route not in (None, "submit"):
                raise ValueError(f"{fault.name} shapes a task: it can only be ordered at the submit")
            where = route if fault.spoils_answer else "submit"
            self._waiting.append(_Scripted(replace(fault, on_query=False), dialect, where))

    def take(self, dialect: str | None, route: Route) -> Fault | None:
        """The first waiting fault for this request, which is then gone, or None."""
        for place, scripted in enumerate(self._waiting):
            if scripted.meets(dialect, route):
                return self._waiting.pop(place).fault
        return None

    @property
    def waiting(self) -> tuple[Fault, ...]:
        """What no request has met yet."""
        return tuple(scripted.fault for scripted in self._waiting)
