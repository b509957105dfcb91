"""What an answer without a usable result means: one table from codes and statuses to the error tree.

The sources are the first seed's error reference, the second seed's four codes, and for everything else one
rule: what is not a clear refusal in the provider's own shape may be a paid order.
"""

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass

from songwright.errors import (
    ContentRejected,
    ErrorInfo,
    InsufficientCredits,
    InternalError,
    InvalidApiKey,
    InvalidRequest,
    IpNotAllowed,
    ModelNotFound,
    Problem,
    RateLimitExceeded,
    SongwrightError,
    SpendLimitExceeded,
    TaskNotFound,
    Unanswered,
    UnexpectedResponse,
    UpstreamError,
)
from songwright.models import CustomRequest
from songwright.providers import fields
from songwright.providers.answers import Answer
from songwright.providers.texts import Words
from songwright.text import quoted

Redact = Callable[[str], str]


@dataclass(frozen=True)
class Complaint:
    """An error in a provider's own shape. `status` is a number that stood in the body."""

    code: str | None = None
    status: int | None = None
    type: str | None = None
    message: object = None


@dataclass(frozen=True)
class Meaning:
    """One row: the class, what is told before the provider's message, and what to do next."""

    error: type[SongwrightError]
    said: str
    fix: Callable[[Words], str] | None = None


_INVALID = Meaning(InvalidRequest, "refused the request", Words.request)
_KEY = Meaning(InvalidApiKey, "did not accept the API key", Words.api_key)
_CREDITS = Meaning(InsufficientCredits, "refused: the credit balance is too low", Words.credits)
_IP = Meaning(IpNotAllowed, "does not allow this machine's address for the key", Words.ip)
_MODEL = Meaning(ModelNotFound, "does not know the model, or no longer offers it", Words.model)
_TASK = Meaning(TaskNotFound, "does not know this task")
_RATE = Meaning(RateLimitExceeded, "had too many requests and did not take this one")
_SPEND = Meaning(SpendLimitExceeded, "refused: the spend limit of the key is reached", Words.spend_limit)
_UPSTREAM = Meaning(UpstreamError, "got an error from the music service behind it", Words.upstream)
_CONTENT = Meaning(ContentRejected, "refused the content", Words.content)
_INTERNAL = Meaning(InternalError, "met an error of its own", Words.unconfirmed)
_UNKNOWN = Meaning(
    UnexpectedResponse, "answered with an error that the API does not describe", Words.unconfirmed
)
_FAILED = Meaning(UpstreamError, "could not make the song", Words.failed)

BY_CODE: dict[str, tuple[int, Meaning]] = {
    "invalid_request": (400, _INVALID),
    "invalid_api_key": (401, _KEY),
    "insufficient_credits": (402, _CREDITS),
    "ip_not_allowed": (403, _IP),
    "model_not_found": (404, _MODEL),
    "task_not_found": (404, _TASK),
    "rate_limit_exceeded": (429, _RATE),
    "spend_limit_exceeded": (429, _SPEND),
    "internal_error": (500, _INTERNAL),
    "upstream_error": (503, _UPSTREAM),
}
"""The error reference of the first seed."""

_ENDED: dict[str, Meaning] = {
    "invalid_request": _INVALID,
    "upstream_error": Meaning(UpstreamError, _FAILED.said, Words.upstream),
    "internal_error": Meaning(InternalError, _FAILED.said, Words.failed),
    "model_not_found": _MODEL,
}
"""Codes that a task may fail with; any other is told as an error of the music service."""

BY_STATUS: dict[int, Meaning] = {
    400: _INVALID,
    401: _KEY,
    402: _CREDITS,
    403: _IP,
    404: _MODEL,
    429: _RATE,
    500: _INTERNAL,
}
"""Codes that are numbers: the second seed's, and what may be expected beside them."""

_BY_STATUS_OF_UNKNOWN_CODE = {status: BY_STATUS[status] for status in (401, 402, 403, 429, 500)}

UNDECIDED = frozenset({408, 409, 425, 502, 504, *range(520, 528)})
"""Statuses that come from a gateway, or leave open whether the order was taken, in whatever shape."""

_MODERATION = re.compile(
    r"sensitive|prohibit|moderation|moderated|inappropriate|nsfw|copyright|explicit (?:content|lyrics)"
    r"|content[ _](?:policy|violation|filter)|violat\w+ (?:our|the|content|community|usage) |banned word",
    re.IGNORECASE,
)
_PARAMETER = re.compile(r"['\"`](?:input\.)?([a-z_]{4,30})['\"`]")
_PARAMETERS = frozenset(CustomRequest.model_fields) | {"prompt", "tags", "callback_url", "make_instrumental"}


def enveloped(body: Mapping[str, object]) -> Complaint | None:
    """A complaint in `code` beside `message` or `msg`: any number but 2xx."""
    status = fields.whole(body.get("code"))
    if status is None or 200 <= status <= 299:
        return None
    return Complaint(status=status, message=body.get("message") or body.get("msg"))


def is_moderation(message: object) -> bool:
    """Whether a message speaks of content that is not allowed."""
    return isinstance(message, str) and _MODERATION.search(message[:2000]) is not None


@dataclass(frozen=True)
class Judge:
    """Turns answers of one provider into errors. `redact` takes keys out of provider text."""

    words: Words
    redact: Redact

    def order(self, answer: Answer, complaint: Complaint | None) -> SongwrightError:
        """Why an answer to a paid order, without an id in it, is no submission."""
        if complaint is None or _is_unreadable(answer):
            return self._shapeless(answer, complaint)
        http_status, meaning = _meaning(answer.status, complaint)
        return self._error(answer, complaint, http_status, _INVALID if meaning is _TASK else meaning)

    def question(
        self, answer: Answer, complaint: Complaint | None, *, unknown_task: Container[int] = ()
    ) -> SongwrightError:
        """Why an answer to a free question has no result.

        `unknown_task` holds the statuses that say, in the provider's shape, that it does not know the task.
        """
        if complaint is None or _is_unreadable(answer):
            error = self._shapeless(answer, complaint).as_query()
            error.fix = (self.words.moved_query if _is_elsewhere(answer, complaint) else self.words.later)()
            return error
        http_status, meaning = _meaning(answer.status, complaint)
        if http_status in unknown_task:
            meaning = _TASK
        error = self._error(answer, complaint, http_status, meaning).as_query()
        if isinstance(error, Unanswered | UpstreamError | ContentRejected):
            error.spent, error.retryable, error.fix = "nothing", True, self.words.later()
        return error

    def ended(self, code: object, message: object) -> ErrorInfo:
        """Why a task failed, from its own error; the money is refunded where the seed promises it."""
        theirs = fields.line(code, 100)
        meaning = _CONTENT if is_moderation(message) else _ENDED.get(theirs or "", _FAILED)
        error = meaning.error(
            self._sentence(meaning.said, message),
            provider=self.words.provider,
            provider_code=self.redact(theirs) if theirs else None,
            spent="refunded" if self.words.catalog.refunds_failures else "unknown",
            retryable=False,
            fix=self._fix(meaning, None),
        )
        return error.info

    def unusable(self, answer: Answer, what: str, raw: object) -> UnexpectedResponse:
        """An answer that was read and makes no sense; `raw` is kept as evidence."""
        error = UnexpectedResponse(
            f"{self.words.provider} {what}.",
            provider=self.words.provider,
            http_status=answer.status,
            fix=self.words.unconfirmed(),
        )
        error.evidence = self._excerpt(raw)
        return error

    def _shapeless(self, answer: Answer, complaint: Complaint | None) -> UnexpectedResponse:
        """An answer that is not the provider's: a gateway, a web page, a redirect, a cut body, no id."""
        error = self.unusable(answer, _looks(answer), answer.content[:2000].decode("utf-8", "replace"))
        if _is_elsewhere(answer, complaint):
            error.fix = self.words.moved()
        return error

    def _error(
        self, answer: Answer, complaint: Complaint, http_status: int, meaning: Meaning
    ) -> SongwrightError:
        if meaning in (_INVALID, _UPSTREAM) and is_moderation(complaint.message):
            spent = meaning.error.spent
            meaning = _CONTENT
        else:
            spent = None
        theirs = complaint.code or (str(complaint.status) if complaint.status is not None else None)
        error = meaning.error(
            self._sentence(meaning.said, complaint.message),
            provider=self.words.provider,
            provider_code=fields.line(self.redact(theirs), 100) if theirs else None,
            http_status=http_status,
            retry_after_seconds=answer.retry_after if meaning is _RATE else None,
            spent=spent,
            problems=self._problems(complaint.message) if meaning is _INVALID else (),
            fix=self._fix(meaning, answer.retry_after),
        )
        if meaning is _RATE and complaint.code not in (None, "rate_limit_exceeded"):
            error.sends = 1
        if isinstance(error, Unanswered):
            error.evidence = self._excerpt(answer.content[:2000].decode("utf-8", "replace"))
        return error

    def _fix(self, meaning: Meaning, retry_after: int | None) -> str | None:
        if meaning is _RATE:
            return self.words.rate_limit(retry_after)
        return meaning.fix(self.words) if meaning.fix else None

    def _sentence(self, said: str, message: object) -> str:
        told = fields.line(message, 2000)
        if told is None:
            return f"{self.words.provider} {said}."
        return f"{self.words.provider} {said}: {quoted(self.redact(told), fields.MESSAGE)}"

    def _problems(self, message: object) -> tuple[Problem, ...]:
        """The arguments that a message names, so that they can be mended."""
        told = self.redact(fields.line(message, fields.MESSAGE) or "")
        named = dict.fromkeys(name for name in _PARAMETER.findall(told) if name in _PARAMETERS)
        return tuple(Problem(field=name, message=quoted(told, fields.MESSAGE)) for name in named)

    def _excerpt(self, raw: object) -> str:
        return self.redact(fields.prose(self.redact(str(raw)[:4000]), 500) or "")


def _meaning(status: int, complaint: Complaint) -> tuple[int, Meaning]:
    """The effective code of a complaint, and its row."""
    if status in UNDECIDED or complaint.status in UNDECIDED:
        return complaint.status or status, _UNKNOWN
    if complaint.code is None:
        effective = status if complaint.status is None else complaint.status
        fallback = _INVALID if 400 <= effective <= 499 else _UNKNOWN
        return effective, BY_STATUS.get(effective, fallback)
    if complaint.code in BY_CODE:
        return _known(status, *BY_CODE[complaint.code])
    if status == 429 and complaint.type == "billing_error":
        return status, _SPEND
    fallback = _INVALID if 400 <= status <= 499 else _UNKNOWN
    return status, _BY_STATUS_OF_UNKNOWN_CODE.get(status, fallback)


def _known(status: int, seed_status: int, meaning: Meaning) -> tuple[int, Meaning]:
    """A code of the seed, believed unless a server error says more than it or it contradicts the status."""
    if status < 500:
        return (seed_status if status < 400 else status), meaning
    if seed_status < 500 or (meaning is _UPSTREAM and status != 503):
        return status, BY_STATUS[500] if status == 500 else _UNKNOWN
    return status, meaning


def _is_unreadable(answer: Answer) -> bool:
    """Whether an answer is no final answer of the API, whatever stands in it."""
    return answer.flaw is not None or answer.status < 200 or 300 <= answer.status <= 399


def _is_elsewhere(answer: Answer, complaint: Complaint | None) -> bool:
    """Whether something else than the API seems to have answered: a redirect, or a 4xx in no shape."""
    return 300 <= answer.status <= 399 or (complaint is None and 400 <= answer.status <= 499)


def _looks(answer: Answer) -> str:
    """What a shapeless answer looks like, as the rest of a sentence that begins with the provider's name."""
    if 300 <= answer.status <= 399:
        return f"answered with a redirect (HTTP {answer.status}), which is not followed"
    if answer.flaw == "not JSON":
        kind = "nothing" if not answer.content.strip() else "something that is not JSON"
        return f"answered HTTP {answer.status} with {kind}"
    if answer.flaw:
        broken = {"cut": "that broke off", "too long": "that is too long"}.get(
            answer.flaw, "that cannot be read"
        )
        return f"answered HTTP {answer.status} with a body {broken}"
    if answer.is_success:
        return f"answered HTTP {answer.status} without what was asked for"
    return f"answered HTTP {answer.status} in a shape that is not its own"
