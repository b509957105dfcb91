"""The archive: one take from its addresses to its place in the music folder.

Audio and cover are downloaded beside the songs under temporary names, tagged on a copy, and moved to their
places when they are whole; the audio comes last, so that a take whose audio is there is finished.
"""

import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from songwright.archive.download import Download, Limits, Wanted, download
from songwright.archive.fetcher import Fetcher
from songwright.archive.folder import MusicFolder, Scratch, disk_free, good_file, place, write_once
from songwright.archive.kinds import AUDIO_KINDS, HEAD, IMAGE_KINDS, Kind, audio_kind, image_kind
from songwright.archive.names import plain_name
from songwright.archive.tags import Cover, duration_seconds, song_lyrics, song_tags, write_tags
from songwright.archive.trouble import ArchiveError, disk_told
from songwright.models import Task, Track

LYRICS = "lyrics.txt"


@dataclass(frozen=True)
class Saved:
    """A take on the disk. `sha256` and `size` (bytes) are the saved file's, tags included.

    `duration_seconds` is measured. `host` sent the audio; None where the file was already there. `note` tells
    the person what is missing: a cover, or the tags.
    """

    file: Path
    cover_file: Path | None
    lyrics_file: Path | None
    sha256: str
    size: int
    duration_seconds: float | None = None
    host: str | None = None
    note: str | None = None


class Archive:
    """Saves finished takes. It decides nothing about when to try again: that is the caller's."""

    def __init__(
        self,
        folder: Path,
        *,
        fetchers: Mapping[str, Fetcher],
        limits: Limits | None = None,
        free: Callable[[Path], int] = disk_free,
        now: Callable[[], float] = time.time,
        at_once: int = 3,
    ) -> None:
        """`fetchers` are keyed by provider; `at_once` takes are fetched at the same time.

        `free` tells the free bytes of a folder's disk and `now` the seconds since 1970.
        """
        self._music = MusicFolder(folder, free=free, now=now)
        self._fetchers = fetchers
        self._limits = limits or Limits()
        self._room = anyio.Semaphore(at_once)
        self._turns: dict[tuple[str, str], anyio.Lock] = {}

    async def save(self, task: Task, track: Track) -> Saved:
        """Bring one take to the disk; a good file that is already there is taken as it is, unasked.

        A cover or tags that fail leave the song whole, and a note.

        Raises:
            ArchiveError: the audio could not be fetched or written; it says whether to try again.
        """
        async with self._turn(task.task_id, track.take):
            kept = await to_thread.run_sync(self._kept, task, track)
            if kept is not None:
                return kept
            async with self._room:
                return await self._fetched(task, track)

    async def aclose(self) -> None:
        """Close the connections of every fetcher."""
        for fetcher in self._fetchers.values():
            await fetcher.aclose()

    @asynccontextmanager
    async def _turn(self, task_id: str, take: str) -> AsyncGenerator[None]:
        """One save at a time for each take."""
        lock = self._turns.setdefault((task_id, take), anyio.Lock())
        try:
            async with lock:
                yield
        finally:
            if not lock.locked():
                self._turns.pop((task_id, take), None)

    def _kept(self, task: Task, track: Track) -> Saved | None:
        self._music.prepare()
        folder = self._music.find(task)
        return None if folder is None else self._saved(folder, track)

    def _saved(self, folder: Path, track: Track, *, host: str | None = None, note: str = "") -> Saved | None:
        """The take as it stands in the folder, or None."""
        stem, least = _stem(track), self._limits.least_bytes
        file = good_file(folder, stem, AUDIO_KINDS, audio_kind, least)
        if file is None:
            return None
        own = folder / f"lyrics {stem}.txt"
        lyrics = next((words for words in (own, folder / LYRICS) if words.is_file()), None)
        with disk_told(), file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
            size = opened.tell()
        kind = next(kind for kind in AUDIO_KINDS if kind.extension == file.suffix)
        return Saved(
            file=file,
            cover_file=good_file(folder, stem, IMAGE_KINDS, image_kind, least),
            lyrics_file=lyrics,
            sha256=digest,
            size=size,
            duration_seconds=duration_seconds(file, kind),
            host=host,
            note=note or None,
        )

    async def _fetched(self, task: Task, track: Track) -> Saved:
        fetcher = self._fetchers.get(task.provider)
        if fetcher is None:
            raise ArchiveError.refused("files of this provider cannot be fetched here")
        if not track.audio_url:
            raise ArchiveError.stale("the provider gave no address for the audio")
        with self._music.scratch() as scratch:
            audio = await download(
                fetcher, track.audio_url, Wanted.audio(self._limits), scratch, self._limits
            )
            cover, note = await self._cover(fetcher, track, scratch)
            return await to_thread.run_sync(self._keep, task, track, audio, cover, note, scratch)

    async def _cover(self, fetcher: Fetcher, track: Track, scratch: Scratch) -> tuple[Download | None, str]:
        if not track.image_url:
            return None, ""
        try:
            wanted = Wanted.cover(self._limits)
            return await download(fetcher, track.image_url, wanted, scratch, self._limits), ""
        except ArchiveError as error:
            return None, f"The cover could not be saved: {error.reason}."

    def _keep(
        self, task: Task, track: Track, audio: Download, cover: Download | None, note: str, scratch: Scratch
    ) -> Saved:
        """Tag the audio and move everything to its place, the audio last."""
        file, tag_note = self._tagged(task, track, audio, cover, scratch)
        folder = self._music.claim(task)
        kept = self._saved(folder, track)
        if kept is not None:  # another process was faster
            return kept
        if cover is not None:
            place(cover.file, folder / f"{_stem(track)}{cover.kind.extension}")
        _place_lyrics(song_lyrics(task, track), folder, track, scratch)
        place(file, folder / f"{_stem(track)}{audio.kind.extension}")
        notes = " ".join(part for part in (note, tag_note) if part)
        saved = self._saved(folder, track, host=audio.host, note=notes)
        if saved is None:
            raise ArchiveError.later("the saved file vanished from the music folder")
        return saved

    def _tagged(
        self, task: Task, track: Track, audio: Download, cover: Download | None, scratch: Scratch
    ) -> tuple[Path, str]:
        """A tagged copy, or the file as it came and a note where it takes no tags."""
        copy = scratch.copy(audio.file)
        try:
            picture = None if cover is None else Cover(cover.file.read_bytes(), cover.kind)
            write_tags(copy, audio.kind, song_tags(task, track), picture)
        except Exception:  # mutagen raises its own errors and, for damaged files, many others
            return audio.file, "The tags could not be written into the file."
        return (
            (copy, "") if _is_still(copy, audio.kind) else (audio.file, "The tags did not fit into the file.")
        )


def _stem(track: Track) -> str:
    return plain_name(track.take, "take", 20)


def _is_still(file: Path, kind: Kind) -> bool:
    """Whether a file is of its kind after it was written to."""
    with disk_told(), file.open("rb") as opened:
        return audio_kind(opened.read(HEAD)) == kind


def _place_lyrics(words: str, folder: Path, track: Track, scratch: Scratch) -> None:
    """Write the words once a song; a take with other words gets a file of its own. Nothing is overwritten."""
    if words:
        names = (LYRICS, f"lyrics {_stem(track)}.txt")
        content = f"{words}\n".encode("utf-8", "replace")
        write_once(content, [folder / name for name in names], scratch)
