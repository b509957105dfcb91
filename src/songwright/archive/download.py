"""One file from a host to the disk, with every cap counted on the wire."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio import to_thread

from songwright.archive.fetcher import Answer, Fetcher
from songwright.archive.folder import Scratch
from songwright.archive.kinds import HEAD, Kind, audio_kind, image_kind
from songwright.archive.trouble import ArchiveError, disk_told

MIB = 1024 * 1024

_BLOCK = MIB
_STALE = frozenset({403, 404, 410})
_PAGES = ("text/html", "text/xml", "application/json", "application/xml", "application/xhtml+xml")


@dataclass(frozen=True)
class Limits:
    """Bytes and seconds. `floor_bytes` must stay free on the disk beyond twice what a file needs."""

    audio_bytes: int = 100 * MIB
    image_bytes: int = 10 * MIB
    least_bytes: int = 1024
    total_seconds: float = 300.0
    floor_bytes: int = 200 * MIB


@dataclass(frozen=True)
class Wanted:
    """What a file must be."""

    word: str
    kind: Callable[[bytes], Kind | None]
    least_bytes: int
    most_bytes: int

    @classmethod
    def audio(cls, limits: Limits) -> "Wanted":
        """A recording."""
        return cls("audio", audio_kind, limits.least_bytes, limits.audio_bytes)

    @classmethod
    def cover(cls, limits: Limits) -> "Wanted":
        """A picture."""
        return cls("a picture", image_kind, limits.least_bytes, limits.image_bytes)


@dataclass(frozen=True)
class Download:
    """A whole file in the scratch space. `host` is the one that sent it."""

    file: Path
    kind: Kind
    size: int
    host: str


async def download(fetcher: Fetcher, url: str, wanted: Wanted, scratch: Scratch, limits: Limits) -> Download:
    """Fetch one file into the scratch space within `limits.total_seconds`.

    Raises:
        ArchiveError: an address that is not asked, a broken or endless answer, a wrong file, or a full disk.
    """
    try:
        with anyio.fail_after(limits.total_seconds):
            async with fetcher.open(url) as answer:
                length = _accepted(answer, wanted)
                receiver = _Receiver(wanted, scratch, limits, length)
                kind = await receiver.receive(answer.chunks)
    except TimeoutError as error:
        reason = f"the download took longer than {limits.total_seconds:g} seconds"
        raise ArchiveError.later(reason) from error
    return Download(receiver.file, kind, receiver.size, answer.host)


def _accepted(answer: Answer, wanted: Wanted) -> int | None:
    """The announced length, if any, of an answer that may be read. Raises ArchiveError for any other."""
    if answer.status in _STALE:
        raise ArchiveError.stale(f"the provider's file address no longer works (HTTP {answer.status})")
    if answer.status != 200:
        raise ArchiveError.later(f"the file host answered HTTP {answer.status}")
    if answer.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        raise ArchiveError.later("the file host sent a compressed answer that nobody asked for")
    if _is_page(answer.headers.get("content-type", "")):
        raise ArchiveError.later(f"the file host sent a page of text instead of {wanted.word}")
    length = _length(answer.headers)
    if length is not None and length > wanted.most_bytes:
        raise _too_large(wanted)
    return length


def _is_page(content_type: str) -> bool:
    plain = content_type.partition(";")[0].strip().lower()
    return plain in _PAGES or plain.endswith(("+xml", "+json"))


def _length(headers: Mapping[str, str]) -> int | None:
    """What Content-Length says. A nonsensical one is a wrong answer."""
    text = headers.get("content-length")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise ArchiveError.later("the file host announced a nonsensical length")
    return int(text)


def _too_large(wanted: Wanted) -> ArchiveError:
    return ArchiveError.later(f"the file is larger than {wanted.most_bytes / MIB:g} MiB")


class _Receiver:
    """Takes the bytes of one answer, judging them as they come and writing them a block at a time."""

    def __init__(self, wanted: Wanted, scratch: Scratch, limits: Limits, length: int | None) -> None:
        self._wanted = wanted
        self._scratch = scratch
        self._floor = limits.floor_bytes
        self._length = length
        self._head = b""
        self._waiting = bytearray()
        self.size = 0
        self.file = Path()

    async def receive(self, chunks: AsyncIterator[bytes]) -> Kind:
        """Read to the end and give the kind of the file, which then is whole on the disk."""
        await to_thread.run_sync(self._scratch.need, 2 * (self._length or 0) + self._floor)
        self.file = await to_thread.run_sync(self._scratch.new)
        async for chunk in chunks:
            self._judge(chunk)
            if len(self._waiting) >= _BLOCK:
                await to_thread.run_sync(self._write)
        await to_thread.run_sync(self._write)
        return self._finished()

    def _judge(self, chunk: bytes) -> None:
        self.size += len(chunk)
        if self.size > self._wanted.most_bytes:
            raise _too_large(self._wanted)
        if self._length is not None and self.size > self._length:
            raise ArchiveError.later("the file host sent more than it had announced")
        if len(self._head) < HEAD:
            self._head += chunk[: HEAD - len(self._head)]
            if len(self._head) == HEAD:
                self._kind()
        self._waiting += chunk

    def _kind(self) -> Kind:
        kind = self._wanted.kind(self._head)
        if kind is None:
            raise ArchiveError.later(f"what the file host sent is not {self._wanted.word}")
        return kind

    def _write(self) -> None:
        """Append what waits; the tags need a second copy, so as much again must be free."""
        self._scratch.need(self.size + self._floor)
        with disk_told(), self.file.open("ab") as file:
            file.write(self._waiting)
        self._waiting.clear()

    def _finished(self) -> Kind:
        if self._length is not None and self.size < self._length:
            raise ArchiveError.later("the file host sent less than it had announced")
        if self.size < self._wanted.least_bytes:
            raise ArchiveError.later(f"the file is too small to be {self._wanted.word} ({self.size} bytes)")
        return self._kind()
