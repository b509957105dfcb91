"""What the tools return: one model a tool for success and failure, `status` alone required."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from songwright.errors import ErrorInfo
from songwright.models.requests import SongRequest


class Result(BaseModel):
    """A tool's structured content. What is not known is left out, never null."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    def content(self) -> dict[str, Any]:
        """The JSON that goes over the wire."""
        return self.model_dump(mode="json", exclude_none=True)


class TrackResult(BaseModel):
    """One take as a client sees it. Times are ISO 8601 in UTC, the duration is in seconds."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    track_id: str
    task_id: str
    take: str
    title: str
    style: str | None = None
    duration_seconds: float | None = None
    file: str | None = None
    cover_file: str | None = None
    audio_url: str | None = None
    expires_at: str | None = None
    image_url: str | None = None
    video_url: str | None = None
    created_at: str | None = None
    provider: str | None = None
    kept: bool | None = None
    lyrics: str | None = None


class TaskResult(Result):
    """An order, or the state of a task."""

    status: Literal["pending", "processing", "completed", "failed", "unconfirmed", "error"]
    task_id: str | None = None
    provider_task_id: str | None = None
    provider: str | None = None
    model: str | None = None
    title: str | None = None
    created_at: str | None = None
    elapsed_seconds: int | None = None
    credits: int | None = None
    tracks: tuple[TrackResult, ...] | None = None
    request: SongRequest | None = None
    lyrics: str | None = None
    notice: str | None = None
    next_step: str | None = None
    error: ErrorInfo | None = None


class ModelPrice(BaseModel):
    """A model and what a song costs with it."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    name: str
    credits: int | None = None
    price: str | None = None


class CreditsResult(Result):
    """Balance, prices and spending."""

    status: Literal["ok", "error"]
    provider: str | None = None
    balance: float | None = None
    models: tuple[ModelPrice, ...] | None = None
    songs_left: int | None = None
    spent_today: int | None = None
    daily_cap: int | None = None
    cap_left: int | None = None
    reserved_unconfirmed: int | None = None
    unfinished: int | None = None
    notice: str | None = None
    next_step: str | None = None
    error: ErrorInfo | None = None


class LyricsResult(Result):
    """What a check of a draft found."""

    status: Literal["ok", "problems", "error"]
    provider: str | None = None
    model: str | None = None
    price_credits: int | None = None
    counts: dict[str, Any] | None = None
    sections: tuple[dict[str, Any], ...] | None = None
    estimated_seconds: dict[str, int] | None = None
    problems: tuple[dict[str, Any], ...] | None = None
    notice: str | None = None
    next_step: str | None = None
    error: ErrorInfo | None = None


class TrackList(Result):
    """Earlier songs, newest first; on the first page also tasks that need attention."""

    status: Literal["ok", "error"]
    tasks: tuple[TaskResult, ...] | None = None
    tracks: tuple[TrackResult, ...] | None = None
    total: int | None = None
    next_cursor: str | None = None
    notice: str | None = None
    error: ErrorInfo | None = None
