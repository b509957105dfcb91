"""What a fault does to one HTTP answer."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from songwright.sandbox.faults import REFUSALS, Fault
from songwright.sandbox.orders import Order, Wanted
from songwright.sandbox.validation import ROWS
from songwright.sandbox.wire import Answer, Call

HUGE_BYTES = 2 << 20
SLOW_SECONDS = 2.0
LONGEST_SECONDS = 600.0

_CODES = {400: "invalid_request", 401: "invalid_api_key", 402: "insufficient_credits", 500: "internal_error"}


class Dialect(Protocol):
    """One of the two APIs: how it reads a request and the shapes in which it answers."""

    @property
    def name(self) -> str:
        """`a` or `b`."""
        ...

    def key(self, call: Call) -> str:
        """The key of a call, or `Refusal`."""
        ...

    def read(self, call: Call) -> Wanted:
        """The order in a call, or `Refusal`."""
        ...

    def refusal(self, code: str, message: str | None = None, status: int | None = None) -> Answer:
        """An error."""
        ...

    def enveloped(self, code: int, message: str) -> Answer:
        """An error code inside HTTP 200."""
        ...

    def accepted(self, order_id: str | None, *, other_place: bool = False, code: object = 200) -> Answer:
        """The answer to an order."""
        ...

    def unknown_task(self) -> Answer:
        """The answer to a query for an unknown id."""
        ...

    def credits(self, balance: int, purchased: int, consumed: int) -> Answer:
        """The answer to a question for credits."""
        ...

    def state(self, order: Order, now: float, base_url: str) -> Answer:
        """The answer to a query."""
        ...


def spoiled(answer: Answer, fault: Fault, dialect: Dialect) -> Answer:
    """The answer as the fault makes it."""
    if fault.name in REFUSALS:
        return _refusal(fault, dialect)
    return _SPOILERS[fault.name](answer, fault, dialect)


def _refusal(fault: Fault, dialect: Dialect) -> Answer:
    answer = dialect.refusal(fault.name.replace("-", "_"))
    if fault.name == "rate-limit-exceeded" and fault.number is not None:
        return answer.but(headers={"retry-after": f"{fault.number:g}"})
    return answer


def _code_in_200(answer: Answer, fault: Fault, dialect: Dialect) -> Answer:
    number = int(fault.number or 402)
    return dialect.enveloped(number, ROWS[_CODES.get(number, "internal_error")].message)


def _page(status: int, title: str) -> Callable[[Answer, Fault, Dialect], Answer]:
    page = f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return lambda answer, fault, dialect: Answer(status, page.encode(), "text/html; charset=UTF-8")


def _huge(answer: Answer, fault: Fault, dialect: Dialect) -> Answer:
    """The same JSON object with two megabytes of nothing at its end; what is no JSON object is made one."""
    body = answer.body.rstrip() if answer.body.rstrip().endswith(b"}") else b'{"code": 200}'
    return answer.but(body=body[:-1] + b', "padding": "' + b"x" * HUGE_BYTES + b'"}', file=None)


def _with_id(answer: Answer, dialect: Dialect, **how: Any) -> Answer:
    """The answer to an order, told otherwise; the id is taken from the usual answer."""
    content: dict[str, Any] = json.loads(answer.body)
    data: dict[str, Any] = content.get("data") or {}
    order_id: str | None = content.get("workId") or data.get("taskId")
    return dialect.accepted(order_id, **how)


def _slow(answer: Answer, fault: Fault, dialect: Dialect) -> Answer:
    seconds = SLOW_SECONDS if fault.number is None else fault.number
    return answer.but(delay=min(LONGEST_SECONDS, seconds))


_SPOILERS: Mapping[str, Callable[[Answer, Fault, Dialect], Answer]] = {
    "code-in-200": _code_in_200,
    "html502": _page(502, "502 Bad Gateway"),
    "html403": _page(403, "Attention Required!"),
    "drop": lambda answer, fault, dialect: answer.but(delivery="drop"),
    "drop-after-charge": lambda answer, fault, dialect: answer.but(delivery="drop"),
    "hang": lambda answer, fault, dialect: answer.but(delivery="hang"),
    "slow": _slow,
    "empty": lambda answer, fault, dialect: answer.but(body=b"", file=None),
    "cut": lambda answer, fault, dialect: answer.but(delivery="cut"),
    "not-json": lambda answer, fault, dialect: answer.but(body=b"ok", file=None),
    "huge": _huge,
    "gzip-lie": lambda answer, fault, dialect: answer.but(
        headers={**answer.headers, "content-encoding": "gzip"}
    ),
    "no-id": lambda answer, fault, dialect: dialect.accepted(None),
    "other-id": lambda answer, fault, dialect: _with_id(answer, dialect, other_place=True),
    "code-text": lambda answer, fault, dialect: _with_id(answer, dialect, code="200"),
    "id-twice": lambda answer, fault, dialect: answer,
    "answer": lambda answer, fault, dialect: Answer(
        fault.status, fault.body, "application/json", {name.lower(): value for name, value in fault.headers}
    ),
}
