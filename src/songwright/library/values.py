"""What the library takes and gives besides tasks and tracks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from songwright.errors import ErrorInfo
from songwright.models import CustomRequest, SimpleRequest, Task, Track

AttemptState = Literal[
    "prepared", "sending", "accepted", "rejected", "not_sent", "unconfirmed", "not_charged", "superseded"
]


@dataclass(frozen=True)
class Attempt:
    """One try to place an order. `credits` were reserved on `day` (UTC); `released` tells whether they were
    given back.

    `callback_hash` is the SHA-256 of the secret in its callback URL, `evidence` a cut piece of an odd answer,
    and `balance_before` what the account held before it was sent. `sends` counts how often it was sent.
    """

    attempt_id: str
    task_id: str
    number: int
    provider: str
    state: AttemptState
    owner: str
    provider_task_id: str | None
    callback_hash: str | None
    credits: int | None
    day: str
    released: bool
    error: ErrorInfo | None
    evidence: str | None
    balance_before: float | None
    sends: int
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


@dataclass(frozen=True)
class NewOrder:
    """An order as it is placed. `request.model` is resolved; `credits` is None where the price is unknown.

    With a `daily_cap` (credits per UTC day and provider) the price must be known.
    """

    provider: str
    principal: str
    request: SimpleRequest | CustomRequest
    fingerprint: str
    title: str
    model: str
    credits: int | None = None
    daily_cap: int | None = None
    another_take: bool = False
    callback_hash: str | None = None
    balance_before: float | None = None


@dataclass(frozen=True)
class Placed:
    """A task and its prepared attempt, or none: then an earlier identical task stands for the order."""

    task: Task
    attempt: Attempt | None


class OverBudget(Exception):
    """The daily cap does not allow it: `spent` credits today, and `held` for today's unconfirmed orders."""

    def __init__(self, spent: int, held: int, cap: int) -> None:
        super().__init__(f"{spent} spent, {held} held, cap {cap}")
        self.spent = spent
        self.held = held
        self.cap = cap


@dataclass(frozen=True)
class Spending:
    """A provider's spending, in credits.

    `spent_today` leaves out what unconfirmed orders hold; `reserved_today` is what counts against the daily
    cap: `spent_today` and what today's unconfirmed orders hold. `held_unconfirmed` is held by all unconfirmed
    orders, whatever their day. `unfinished` counts tasks.
    """

    spent_today: int
    held_unconfirmed: int
    unfinished: int
    reserved_today: int


@dataclass(frozen=True)
class SavedFiles:
    """What was saved of a take. `size` is in bytes; `seconds` is the measured length, kept where the provider
    told none; `note` says what is missing, such as a cover.
    """

    file: str
    cover_file: str | None
    sha256: str
    size: int
    seconds: float | None = None
    note: str | None = None


@dataclass(frozen=True)
class TrackPage:
    """A page of tracks, newest first; `total` counts all that match."""

    tracks: tuple[Track, ...] = field(default=())
    total: int = 0
    next_cursor: str | None = None


@dataclass(frozen=True)
class Event:
    """Something that happened to a task."""

    at: datetime
    what: str
    detail: str | None = None
