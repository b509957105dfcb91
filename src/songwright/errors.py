"""Every failure, as one tree: a class says what the caller should do and what happened to the money.

    SongwrightError
    ├── Refused                    known not to be an order: nothing is owed, nothing goes on
    │   ├── InvalidRequest             invalid_request        mend the arguments
    │   ├── UnsupportedOption          unsupported_option     leave it out, or use another provider
    │   ├── InvalidApiKey              invalid_api_key        mend the key
    │   ├── InsufficientCredits        insufficient_credits   top up
    │   ├── IpNotAllowed               ip_not_allowed         mend the key's allowlist
    │   ├── ModelNotFound              model_not_found        name a known model
    │   ├── RateLimitExceeded          rate_limit_exceeded    call again later
    │   ├── SpendLimitExceeded         spend_limit_exceeded   raise the key's limit
    │   ├── UpstreamError              upstream_error         read the three causes
    │   ├── ContentRejected            content_rejected       change the text
    │   ├── NotConfigured              not_configured         mend a setting
    │   ├── BudgetExceeded             budget_exceeded        wait for tomorrow
    │   ├── Declined                   declined               the person said no
    │   ├── LibraryUnavailable         library_unavailable    mend the disk or the database
    │   └── Busy                       busy                   call again
    ├── NotReached                 no connection was made: nothing was sent
    │   └── ProviderUnreachable        provider_unreachable   check network and base URL
    ├── Unanswered                 sent, and no usable answer: an order may have been charged
    │   ├── InternalError              internal_error
    │   ├── ProviderTimeout            provider_timeout
    │   ├── UnexpectedResponse         unexpected_response
    │   └── SubmissionUnconfirmed      submission_unconfirmed
    └── TaskNotFound               task_not_found         an id that nobody knows

The codes and their meaning are the error table of the design; most are the first seed's own. `Unanswered` on
a query cost nothing and may simply be asked again: `as_query` gives it that reading.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict

Spent = Literal["nothing", "refunded", "unknown", "credits"]


class Problem(BaseModel):
    """One wrong argument: which, and what would be right."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    field: str
    message: str


class ErrorInfo(BaseModel):
    """A failure as it is told to a client and kept in the library."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    code: str
    type: str
    message: str
    provider: str | None = None
    provider_code: str | None = None
    http_status: int | None = None
    retryable: bool = False
    retry_after_seconds: int | None = None
    spent: Spent = "nothing"
    credits: int | None = None
    problems: tuple[Problem, ...] = ()
    fix: str | None = None


class SongwrightError(Exception):
    """The root. Never raised itself.

    `message` says what happened and `fix` what to do next, each in our own words; provider text appears only
    quoted. `http_status` is the effective code, which may have stood in a body (second seed).
    `sends` is how often an order that failed so may be sent in all: above 1 only where it surely was not
    taken. `evidence` is a cut, redacted piece of an answer that made no sense, kept for the person who looks.
    """

    code: ClassVar[str] = "error"
    type: ClassVar[str] = "error"
    retryable: bool = False
    spent: Spent = "nothing"
    fix: str | None = None
    sends: int = 1
    evidence: str | None = None

    def __init__(
        self,
        message: str,
        *,
        provider: str | None = None,
        provider_code: str | None = None,
        http_status: int | None = None,
        retryable: bool | None = None,
        retry_after_seconds: int | None = None,
        spent: Spent | None = None,
        credits: int | None = None,
        problems: Sequence[Problem] = (),
        fix: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.provider_code = provider_code
        self.http_status = http_status
        self.retryable = self.retryable if retryable is None else retryable
        self.retry_after_seconds = retry_after_seconds
        self.spent = spent or self.spent
        self.credits = credits
        self.problems = tuple(problems)
        self.fix = fix or self.fix

    @property
    def info(self) -> ErrorInfo:
        """This failure as a value."""
        return ErrorInfo(
            code=self.code,
            type=self.type,
            message=self.message,
            provider=self.provider,
            provider_code=self.provider_code,
            http_status=self.http_status,
            retryable=self.retryable,
            retry_after_seconds=self.retry_after_seconds,
            spent=self.spent,
            credits=self.credits,
            problems=self.problems,
            fix=self.fix,
        )

    def as_query(self) -> Self:
        """The same failure when a free question failed: it may be asked again and cost nothing."""
        return self


class Refused(SongwrightError):
    """Known not to be an order. The reservation is released."""


class InvalidRequest(Refused):
    """Arguments found wrong before sending, or a 4xx of the provider that has no class of its own."""

    code = "invalid_request"
    type = "invalid_request_error"


class UnsupportedOption(Refused):
    """The provider lacks the option; leaving it out silently would make a wrong song."""

    code = "unsupported_option"
    type = "invalid_request_error"


class InvalidApiKey(Refused):
    """401. The causes are the first seed's."""

    code = "invalid_api_key"
    type = "authentication_error"


class InsufficientCredits(Refused):
    """402."""

    code = "insufficient_credits"
    type = "billing_error"


class IpNotAllowed(Refused):
    """403."""

    code = "ip_not_allowed"
    type = "permission_error"


class ModelNotFound(Refused):
    """404 on an order."""

    code = "model_not_found"
    type = "invalid_request_error"


class RateLimitExceeded(Refused):
    """429, after our own patience: nothing was accepted, the same call may be made later."""

    code = "rate_limit_exceeded"
    type = "rate_limit_error"
    retryable = True
    sends = 4


class SpendLimitExceeded(Refused):
    """429 of type billing_error: waiting a little does not help."""

    code = "spend_limit_exceeded"
    type = "billing_error"


class UpstreamError(Refused):
    """503 in the provider's shape, or a task that failed so: refunded, as the first seed promises."""

    code = "upstream_error"
    type = "upstream_error"
    spent = "refunded"


class ContentRejected(Refused):
    """Moderation. The same text will be refused again."""

    code = "content_rejected"
    type = "invalid_request_error"


class NotConfigured(Refused):
    """No key, or a setting that cannot be used."""

    code = "not_configured"
    type = "configuration_error"


class BudgetExceeded(Refused):
    """Our own daily cap."""

    code = "budget_exceeded"
    type = "billing_error"


class Declined(Refused):
    """The person said no, or could not be asked."""

    code = "declined"
    type = "permission_error"


class LibraryUnavailable(Refused):
    """The library cannot be written, so nothing may be sent."""

    code = "library_unavailable"
    type = "library_error"


class Busy(Refused):
    """Too much at once here; nothing was sent."""

    code = "busy"
    type = "rate_limit_error"
    retryable = True


class NotReached(SongwrightError):
    """No connection was made, so nothing was sent and nothing spent."""


class ProviderUnreachable(NotReached):
    """DNS, TCP or TLS failed, or no connection was free.

    `sends` is 2 for a full pool and 1 for a bad certificate.
    """

    code = "provider_unreachable"
    type = "connection_error"
    retryable = True
    sends = 3


class Unanswered(SongwrightError):
    """Sent, and nothing tells whether it was taken. Never sent again without a person."""

    spent = "unknown"
    type = "api_error"

    def as_query(self) -> Self:
        """A question is free: asking again is safe."""
        self.retryable, self.spent = True, "nothing"
        self.fix = "Nothing was spent. The task goes on at the provider; ask again in a minute."
        return self


class InternalError(Unanswered):
    """500: the seeds do not say whether it was charged."""

    code = "internal_error"


class ProviderTimeout(Unanswered):
    """No answer in time."""

    code = "provider_timeout"
    type = "connection_error"


class UnexpectedResponse(Unanswered):
    """An answer that is not what the seeds describe."""

    code = "unexpected_response"


class SubmissionUnconfirmed(Unanswered):
    """The connection broke, or this program ended, while an order was on its way."""

    code = "submission_unconfirmed"
    type = "connection_error"


class TaskNotFound(SongwrightError):
    """An id that neither the library nor the provider knows."""

    code = "task_not_found"
    type = "invalid_request_error"
    fix = "list_tracks shows every song and task with its id."
