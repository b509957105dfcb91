"""What became of a track's files: saved, to be tried again, or given up."""

from dataclasses import asdict

from songwright.library.database import Row
from songwright.library.rows import to_track
from songwright.library.transaction import Transaction
from songwright.library.values import SavedFiles
from songwright.models import Track


def saved(tx: Transaction, track_id: str, files: SavedFiles) -> Track | None:
    """The files of a track stand on disk; None if there is no such track."""
    row = tx.first(
        "UPDATE tracks SET archived = 'saved', archive_note = :note, file = :file, cover_file = :cover_file, "
        "sha256 = :sha256, size = :size, next_save_at = NULL, save_owner = NULL, save_until = NULL, "
        "duration_seconds = COALESCE(duration_seconds, :seconds) "
        "WHERE track_id = :track_id RETURNING *",
        track_id=track_id,
        **asdict(files),
    )
    return _told(tx, row, "saved")


def not_saved(tx: Transaction, track_id: str, note: str, next_save_at: int) -> Track | None:
    """Saving failed and is tried again; a track that is not waiting stays as it is (None)."""
    row = tx.first(
        "UPDATE tracks SET archive_note = :note, archive_tries = archive_tries + 1, next_save_at = :at, "
        "save_owner = NULL, save_until = NULL WHERE track_id = :track_id AND archived = 'waiting' "
        "RETURNING *",
        track_id=track_id,
        note=note,
        at=next_save_at,
    )
    return _told(tx, row, "not saved yet")


def give_up(tx: Transaction, track_id: str, state: str, note: str | None) -> Track | None:
    """Saving ends without files; a track that is not waiting stays as it is (None)."""
    row = tx.first(
        "UPDATE tracks SET archived = :state, archive_note = :note, next_save_at = NULL, save_owner = NULL, "
        "save_until = NULL WHERE track_id = :track_id AND archived = 'waiting' RETURNING *",
        track_id=track_id,
        state=state,
        note=note,
    )
    return _told(tx, row, f"saving ended: {state}")


def _told(tx: Transaction, row: Row | None, what: str) -> Track | None:
    if row is None:
        return None
    track = to_track(row)
    tx.touch(track.task_id, what, f"take {track.take}: {track.archive_note or track.file or ''}".rstrip(": "))
    return track
