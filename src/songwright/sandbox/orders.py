"""The sandbox's values: what was ordered, what came of it, and where it stands on the clock."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from songwright.sandbox.faults import Fault, faults_in

PRICE = 24
"""Play credits a song: the first seed's price."""
FIRST_CREDITS = 1000
FILE_SECONDS = 24 * 3600.0
"""How long files are kept after a task completed: the first seed's 24 hours."""
PENDING_SHARE = 0.2
STREAMING_SHARE = 0.5
"""The shares of a task's time after which it is processing, and the second API's takes are streaming."""

Status = Literal["pending", "processing", "completed", "failed"]
DialectName = Literal["a", "b"]


@dataclass(frozen=True)
class Wanted:
    """A song request as one of the APIs understood it. `request` is the JSON that was sent."""

    dialect: DialectName
    model: str
    request: Mapping[str, Any]
    custom: bool
    text: str
    title: str = ""
    style: str = ""
    instrumental: bool = False
    negative_tags: str = ""
    vocal_gender: str = ""
    style_weight: float | None = None
    weirdness: float | None = None
    callback_url: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text in which a fault can be ordered."""
        return (self.title, self.style, self.negative_tags, self.text)


@dataclass(frozen=True)
class Take:
    """One finished recording; the names are those of files in the folder, `duration` is in seconds."""

    id: str
    title: str
    tags: str
    prompt: str
    duration: float
    audio: str
    cover: str
    large_cover: str


@dataclass(frozen=True)
class Failure:
    """Why a task failed: the code and message that the API tells."""

    code: str
    message: str


@dataclass(frozen=True)
class Order:
    """One order. Times are seconds since 1970 by the sandbox's clock; `queries` counts the questions."""

    id: str
    account: str
    wanted: Wanted
    seed: int
    created_at: float
    due_at: float
    credits: int
    base_url: str
    words: tuple[str, ...] = ()
    failure: Failure | None = None
    refunded: bool = False
    rendered_at: float | None = None
    takes: tuple[Take, ...] = ()
    queries: int = 0
    callback_tries: int = 0

    @cached_property
    def faults(self) -> Mapping[str, Fault]:
        """The faults of this task and of its queries, by name."""
        return {fault.name: fault for fault in faults_in(self.words)}

    @property
    def completed_at(self) -> float | None:
        """When it completed or will complete; None while that is unknown."""
        return None if self.rendered_at is None else max(self.due_at, self.rendered_at)

    def status(self, now: float) -> Status:
        """Where the task stands. Completed is only what is rendered, so that its files can be served."""
        if now >= self.due_at and self.failure is not None:
            return "failed"
        if now >= self.due_at and self.rendered_at is not None:
            return "completed"
        return "processing" if self.share(now) >= PENDING_SHARE else "pending"

    def share(self, now: float) -> float:
        """How much of its time has gone, 0 to 1."""
        length = self.due_at - self.created_at
        return 1.0 if length <= 0 else min(1.0, max(0.0, (now - self.created_at) / length))

    def files_expired(self, now: float) -> bool:
        """Whether its URLs are dead."""
        if "expired-urls" in self.faults:
            return True
        return self.completed_at is not None and now >= self.completed_at + FILE_SECONDS


@dataclass(frozen=True)
class Charge:
    """One line of the ledger: `credits` is negative where they were spent."""

    account: str
    kind: Literal["charge", "refund", "purchase"]
    credits: int
    at: float
    order_id: str | None = None


@dataclass(frozen=True)
class Balance:
    """An account in play credits."""

    purchased: int
    consumed: int

    @property
    def left(self) -> int:
        """What can be spent."""
        return self.purchased - self.consumed
