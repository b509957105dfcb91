"""Rows of the tables as the frozen values that travel."""

from datetime import datetime

from pydantic import TypeAdapter

from songwright.errors import ErrorInfo
from songwright.library.database import Connection, Row, first
from songwright.library.transaction import from_ms
from songwright.library.values import Attempt
from songwright.models import SongRequest, Task, Track

_REQUESTS: TypeAdapter[SongRequest] = TypeAdapter(SongRequest)


def load_task(connection: Connection, task_id: str) -> Task | None:
    """A task with its tracks, or None."""
    row = first(connection, "SELECT * FROM tasks WHERE task_id = :task_id", task_id=task_id)
    return None if row is None else to_task(connection, row)


def to_task(connection: Connection, row: Row) -> Task:
    """A row of `tasks` with its tracks."""
    tracks = connection.execute(
        "SELECT * FROM tracks WHERE task_id = :task_id ORDER BY take_number", {"task_id": row["task_id"]}
    )
    notices = [text for text in (row["notice"], row["poll_notice"]) if text]
    return Task(
        task_id=row["task_id"],
        provider=row["provider"],
        principal=row["principal"],
        provider_task_id=row["provider_task_id"],
        status=row["status"],
        title=row["title"],
        model=row["model"],
        request=_REQUESTS.validate_json(row["request"]) if row["request"] else None,
        credits=row["credits"],
        error=to_error(row["error"]),
        notice=" ".join(notices) or None,
        created_at=from_ms(row["created_at"]),
        sent_at=moment(row["sent_at"]),
        ended_at=moment(row["ended_at"]),
        polls=row["polls"],
        next_poll_at=moment(row["next_poll_at"]),
        misses=row["misses"],
        revision=row["revision"],
        tracks=tuple(to_track(track) for track in tracks),
    )


def to_track(row: Row) -> Track:
    """A row of `tracks`."""
    return Track(
        track_id=row["track_id"],
        task_id=row["task_id"],
        take=take_letter(row["take_number"]),
        provider=row["provider"],
        title=row["title"],
        style=row["style"],
        lyrics=row["lyrics"],
        duration_seconds=row["duration_seconds"],
        audio_url=row["audio_url"],
        image_url=row["image_url"],
        video_url=row["video_url"],
        expires_at=moment(row["expires_at"]),
        created_at=from_ms(row["created_at"]),
        file=row["file"],
        cover_file=row["cover_file"],
        archived=row["archived"],
        archive_note=row["archive_note"],
        archive_tries=row["archive_tries"],
        kept=bool(row["kept"]),
        index=row["answer_index"],
        provider_track_id=row["provider_track_id"],
    )


def to_attempt(row: Row) -> Attempt:
    """A row of `attempts`."""
    return Attempt(
        attempt_id=row["attempt_id"],
        task_id=row["task_id"],
        number=row["number"],
        provider=row["provider"],
        state=row["state"],
        owner=row["owner"],
        provider_task_id=row["provider_task_id"],
        callback_hash=row["callback_hash"],
        credits=row["credits"],
        day=row["day"],
        released=bool(row["released"]),
        error=to_error(row["error"]),
        evidence=row["evidence"],
        balance_before=row["balance_before"],
        sends=row["sends"],
        created_at=from_ms(row["created_at"]),
        sent_at=moment(row["sent_at"]),
        settled_at=moment(row["settled_at"]),
    )


def to_error(text: str | None) -> ErrorInfo | None:
    """A kept error."""
    return ErrorInfo.model_validate_json(text) if text else None


def moment(milliseconds: int | None) -> datetime | None:
    """A time that may be unknown."""
    return None if milliseconds is None else from_ms(milliseconds)


def take_letter(number: int) -> str:
    """0 is A, 25 is Z, 26 is AA."""
    letters = ""
    while number >= 0:
        letters = chr(ord("A") + number % 26) + letters
        number = number // 26 - 1
    return letters
