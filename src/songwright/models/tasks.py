"""A paid order and its life, its recordings, and what a provider says of them."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from songwright.errors import ErrorInfo
from songwright.models.requests import SongRequest

TaskStatus = Literal["pending", "processing", "completed", "failed", "unconfirmed"]
OrderStatus = Literal["pending", "processing", "completed", "failed"]
"""The statuses that a provider can report: the first seed's own words."""

Archived = Literal["waiting", "saved", "failed", "expired", "off"]

TERMINAL = frozenset({"completed", "failed"})
"""A task never leaves these."""


class Frozen(BaseModel):
    """A value."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class ProviderTrack(Frozen):
    """One recording as a provider describes it, cleaned. `index` is its place in the answer."""

    index: int
    provider_track_id: str | None = None
    title: str | None = None
    style: str | None = None
    lyrics: str | None = None
    duration_seconds: float | None = None
    audio_url: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    created_at: datetime | None = None


class TaskState(Frozen):
    """What a provider answers about a task."""

    status: OrderStatus
    tracks: tuple[ProviderTrack, ...] = ()
    error: ErrorInfo | None = None
    model: str | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None


class Submission(Frozen):
    """A provider took an order. `warning` tells what was odd about its answer."""

    provider_task_id: str
    warning: str | None = None


class Credits(Frozen):
    """What the account holds, in credits; None where the provider does not tell."""

    balance: float | None = None
    total_purchased: float | None = None
    total_consumed: float | None = None


class Track(Frozen):
    """One take of a finished task. `file` and `cover_file` are paths on this machine once they are saved."""

    track_id: str
    task_id: str
    take: str
    provider: str
    title: str
    style: str | None = None
    lyrics: str | None = None
    duration_seconds: float | None = None
    audio_url: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    expires_at: datetime | None = None
    created_at: datetime
    file: str | None = None
    cover_file: str | None = None
    archived: Archived = "waiting"
    archive_note: str | None = None
    archive_tries: int = 0
    kept: bool = False
    index: int = 0
    provider_track_id: str | None = None


class Task(Frozen):
    """One paid order and its life.

    `credits` is what was reserved for it, None where the price is unknown. `polls`, `next_poll_at` and
    `first_poll_at` are the watcher's. `revision` grows with every change in the library.
    """

    task_id: str
    provider: str
    principal: str = "local"
    provider_task_id: str | None = None
    status: TaskStatus
    title: str
    model: str
    request: SongRequest | None = None
    credits: int | None = None
    error: ErrorInfo | None = None
    notice: str | None = None
    created_at: datetime
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    polls: int = 0
    next_poll_at: datetime | None = None
    misses: int = 0
    revision: int = 0
    tracks: tuple[Track, ...] = Field(default=())

    @property
    def is_over(self) -> bool:
        """Whether it completed or failed."""
        return self.status in TERMINAL
