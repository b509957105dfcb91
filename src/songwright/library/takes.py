"""Storing a finished task's takes: which is which in a later answer, and what that answer adds."""

import unicodedata
from typing import Any, cast

from pydantic import TypeAdapter

from songwright.library.database import Row
from songwright.library.transaction import Transaction, optional_ms
from songwright.models import CustomRequest, ProviderTrack, SongRequest
from songwright.text import without_invisible

_REQUESTS: TypeAdapter[SongRequest] = TypeAdapter(SongRequest)
_HOUR_MS = 60 * 60 * 1000
_SKEW_MS = 2 * 60 * 1000

_TOLD = ("duration_seconds", "image_url", "video_url", "provider_track_id")


def folded(text: str) -> str:
    """The form in which texts are searched: NFKC without case and without invisible characters."""
    plain = without_invisible(text).encode("utf-8", "replace").decode("utf-8")
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", plain).casefold())


def store(
    tx: Transaction, task: Row, tracks: tuple[ProviderTrack, ...], made_at: int, file_hours: int | None
) -> bool:
    """Insert new takes and complete known ones; True if a reader sees a difference.

    A take keeps its `track_id` and its letter. It is known again by the provider's track id, else by its
    place.
    """
    known = [
        dict(row)
        for row in tx.all(
            "SELECT * FROM tracks WHERE task_id = :task_id ORDER BY take_number", task_id=task["task_id"]
        )
    ]
    changed = False
    for track in sorted(tracks, key=lambda track: track.index):
        match = _match(known, track)
        if match is None:
            known.append(_insert(tx, task, track, len(known), made_at, file_hours))
            changed = True
        else:
            changed |= _complete(tx, match, track, file_hours)
    return changed


def _match(known: list[dict[str, Any]], track: ProviderTrack) -> dict[str, Any] | None:
    if track.provider_track_id is not None:
        for row in known:
            if row["provider_track_id"] == track.provider_track_id:
                return row
    for row in known:
        ids = row["provider_track_id"], track.provider_track_id
        if row["answer_index"] == track.index and None in ids:
            return row
    return None


def _insert(
    tx: Transaction, task: Row, track: ProviderTrack, number: int, made_at: int, file_hours: int | None
) -> dict[str, Any]:
    row = {
        "track_id": tx.fresh_id(),
        "task_id": task["task_id"],
        "principal": task["principal"],
        "provider": task["provider"],
        "take_number": number,
        "answer_index": track.index,
        "ordered_at": task["created_at"],
        "created_at": _created(tx, task, track),
        "expires_at": made_at + file_hours * _HOUR_MS if file_hours and track.audio_url else None,
        "audio_url": track.audio_url,
        **{name: getattr(track, name) for name in _TOLD},
        **_words(task, track),
        **_archive_state(tx, track.audio_url),
    }
    columns = ", ".join(row)
    tx.execute(f"INSERT INTO tracks ({columns}) VALUES ({_placeholders(row)})", row)  # noqa: S608 # our own column names
    return row


def _complete(tx: Transaction, row: dict[str, Any], track: ProviderTrack, file_hours: int | None) -> bool:
    """Fill what was missing, and take a fresh audio URL."""
    news: dict[str, Any] = {
        name: getattr(track, name) for name in _TOLD if row[name] is None and getattr(track, name) is not None
    }
    news |= {
        name: value
        for name in ("style", "lyrics")
        if row[name] is None and (value := getattr(track, name)) is not None
    }
    if track.audio_url is not None and track.audio_url != row["audio_url"]:
        news["audio_url"] = track.audio_url
        news["expires_at"] = tx.now + file_hours * _HOUR_MS if file_hours else None
        if row["archived"] in ("failed", "expired"):
            news |= _archive_state(tx, track.audio_url)
    if not news:
        return False
    row.update(news)
    news["search"] = _search(row)
    sets = ", ".join(f"{name} = :{name}" for name in news)
    tx.execute(f"UPDATE tracks SET {sets} WHERE track_id = :track_id", {**news, "track_id": row["track_id"]})  # noqa: S608 # our own column names
    return True


def _words(task: Row, track: ProviderTrack) -> dict[str, Any]:
    """Title, style and lyrics: the provider's words, else those of the request."""
    request = _REQUESTS.validate_json(task["request"]) if task["request"] else None
    custom = request if isinstance(request, CustomRequest) else None
    words: dict[str, Any] = {
        "title": track.title or task["title"],
        "style": track.style or (custom.style if custom else None),
        "lyrics": track.lyrics or (custom.lyrics if custom else None),
    }
    return {**words, "search": _search(words)}


def _search(row: dict[str, Any]) -> str:
    return folded("\n".join(cast("str", row[name]) for name in ("title", "style", "lyrics") if row[name]))


def _archive_state(tx: Transaction, audio_url: str | None) -> dict[str, Any]:
    if audio_url is None:
        return {"archived": "failed", "archive_note": "the provider gave no audio", "next_save_at": None}
    return {"archived": "waiting", "archive_note": None, "archive_tries": 0, "next_save_at": tx.now}


def _created(tx: Transaction, task: Row, track: ProviderTrack) -> int:
    """When the recording was made: as the provider says, if that can be, else now."""
    told = optional_ms(track.created_at)
    return told if told is not None and task["created_at"] - _SKEW_MS <= told <= tx.now + _SKEW_MS else tx.now


def _placeholders(row: dict[str, Any]) -> str:
    return ", ".join(f":{name}" for name in row)
