"""What the archive's tests stand on: songs, real small files, and file hosts on loopback."""

import asyncio
import io
import ssl
import struct
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import httpcore
import numpy
import soundfile  # pyright: ignore[reportMissingTypeStubs] # it has none

from songwright.archive import Archive, Fetcher, Limits, open_public_fetcher
from songwright.archive.fetcher import Answer, Resolve
from songwright.models import CustomRequest, Task, Track

ROOMY = 1 << 50
LYRICS = "[Verse]\nSixty and still loud\n\n[Chorus]\nÜber den Wolken, 雨の歌"
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def song(
    title: str = "Sixty and Still Loud", task_id: str = "k3f9tqxy", provider: str = "aivideoapi"
) -> Task:
    request = CustomRequest(title=title, style="folk rock, 96 BPM", lyrics=LYRICS, model="suno-v5_5")
    return Task(
        task_id=task_id,
        provider=provider,
        status="completed",
        title=title,
        model="suno-v5_5",
        request=request,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def take_of(
    task: Task, take: str = "A", audio_url: str | None = None, image_url: str | None = None, **more: Any
) -> Track:
    return Track(
        track_id=f"t-{take}",
        task_id=task.task_id,
        take=take,
        provider=task.provider,
        title=task.title,
        style="folk rock",
        audio_url=audio_url,
        image_url=image_url,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
        index=ord(take[0]) - ord("A"),
        **more,
    )


def archive_in(folder: Path, fetcher: Fetcher | None = None, *, free: int = ROOMY, **limits: Any) -> Archive:
    return Archive(
        folder,
        fetchers={"aivideoapi": fetcher or open_public_fetcher(allow_private=True)},
        limits=Limits(**limits),
        free=lambda _: free,
    )


@cache
def audio_bytes(format: str = "MP3", subtype: str | None = None, seconds: float = 2.0) -> bytes:
    time = numpy.arange(int(24000 * seconds)) / 24000
    wave = (0.3 * numpy.sin(2 * numpy.pi * 440 * time)).astype("float32")
    file = io.BytesIO()
    cast("Any", soundfile).write(file, wave, 24000, format=format, subtype=subtype)
    return file.getvalue()


@cache
def m4a_bytes() -> bytes:
    """The smallest MPEG-4 audio file (ISO 14496-12) that has a length: two seconds."""

    def box(name: bytes, *parts: bytes) -> bytes:
        content = b"".join(parts)
        return struct.pack(">I4s", len(content) + 8, name) + content

    entry = box(
        b"mp4a", bytes(6), b"\0\1", bytes(8), struct.pack(">HHHHI", 2, 16, 0, 0, 22050 << 16), box(b"free")
    )
    tables = [box(name, bytes(8)) for name in (b"stts", b"stsc", b"stco")]
    samples = box(b"stbl", box(b"stsd", bytes(4), struct.pack(">I", 1), entry), *tables)
    media = box(b"mdhd", bytes(12), struct.pack(">II", 1000, 2000), bytes(4))
    handler = box(b"hdlr", bytes(8), b"soun", bytes(13))
    track = box(b"trak", box(b"mdia", media, handler, box(b"minf", samples)))
    head = box(b"mvhd", bytes(12), struct.pack(">II", 1000, 2000), bytes(80))
    return (
        box(b"ftyp", b"M4A ", bytes(4), b"M4A mp42") + box(b"moov", head, track) + box(b"mdat", bytes(4096))
    )


@cache
def png_bytes() -> bytes:
    rows = b"".join(b"\0" + numpy.random.default_rng(row).bytes(64 * 3) for row in range(64))

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


def left(folder: Path) -> list[str]:
    """Every file below a folder, hidden ones too."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir())


def answer(
    body: bytes = b"", *, status: int = 200, length: int | None = -1, headers: Mapping[str, str] | None = None
) -> bytes:
    """A raw HTTP answer; `length` -1 announces the truth, None nothing."""
    fields = dict(headers or {})
    if length is not None:
        fields["Content-Length"] = str(len(body) if length == -1 else length)
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"HTTP/1.1 {status} Said\r\n{head}Connection: close\r\n\r\n".encode() + body


def redirect(location: str, status: int = 302) -> bytes:
    return answer(status=status, headers={"Location": location})


@dataclass
class FileHost:
    """A file host on loopback that counts who comes: raw answers, or handlers, by path."""

    routes: dict[str, bytes | Handler] = field(default_factory=dict[str, bytes | Handler])
    port: int = 0
    connections: int = 0
    requests: list[str] = field(default_factory=list[str])
    hung: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    async def hang(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say nothing until the client or the test has gone."""
        self.hung.set()
        await reader.read()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            request = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.requests.append(request)
            reply = self.routes.get(request.split()[1].partition("?")[0], answer(status=404))
            if isinstance(reply, bytes):
                writer.write(reply)
                await writer.drain()
            else:
                await reply(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()


@asynccontextmanager
async def file_host(
    routes: Mapping[str, bytes | Handler] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncGenerator[FileHost]:
    host = FileHost(dict(routes or {}))
    server = await asyncio.start_server(host.serve, "127.0.0.1", 0, ssl=tls)
    host.port = server.sockets[0].getsockname()[1]
    try:
        yield host
    finally:
        server.close()


def names(known: Mapping[str, list[str]]) -> Resolve:
    """A resolver that knows these names, and gives every address back as itself."""

    async def resolve(host: str, port: int) -> list[str]:
        return known.get(host, [host])

    return resolve


class Canned:
    """A fetcher without a network below it that would notice a wrong length, and notes what was read."""

    def __init__(self, *chunks: bytes, **headers: str) -> None:
        self._chunks = chunks
        self._headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.read = 0

    @asynccontextmanager
    async def open(self, url: str) -> AsyncGenerator[Answer]:
        yield Answer(200, self._headers, self._come(), "files.test")

    async def _come(self) -> AsyncGenerator[bytes]:
        for chunk in self._chunks:
            self.read += 1
            yield chunk

    async def aclose(self) -> None:
        """Nothing is open."""


class Detour(httpcore.AsyncNetworkBackend):
    """Leads every connection, wherever it should go, to one port on loopback, and notes the addresses."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._inner = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
        self.addresses: list[str] = []

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        self.addresses.append(host)
        return await self._inner.connect_tcp("127.0.0.1", self._port, timeout)
