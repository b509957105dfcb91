"""One file from a host, with every cap counted on the wire."""

import asyncio
import gzip
from pathlib import Path

import anyio
import pytest

from songwright.archive import ArchiveError, Limits, open_public_fetcher
from songwright.archive.download import MIB, Download, Wanted, download
from songwright.archive.folder import Scratch
from songwright.archive.kinds import MP3, PNG

from .world import ROOMY, Canned, FileHost, Handler, answer, audio_bytes, file_host, left, png_bytes

pytestmark = pytest.mark.anyio

SONG = audio_bytes()
SMALL = Limits(audio_bytes=64 * 1024, image_bytes=32 * 1024)


async def fetch(
    folder: Path,
    host: FileHost,
    *,
    limits: Limits = SMALL,
    cover: bool = False,
    free: int = ROOMY,
    idle: float = 5.0,
) -> tuple[Download, bytes]:
    fetcher = open_public_fetcher(allow_private=True, idle_seconds=idle)
    wanted = Wanted.cover(limits) if cover else Wanted.audio(limits)
    try:
        with Scratch(folder, lambda _: free) as scratch:
            done = await download(fetcher, host.url("/a.mp3"), wanted, scratch, limits)
            return done, done.file.read_bytes()
    finally:
        await fetcher.aclose()


async def failure(
    folder: Path, reply: bytes | Handler, limits: Limits = SMALL, idle: float = 5.0
) -> ArchiveError:
    """What a reply leads to; whatever it is, nothing may be left in the folder."""
    async with file_host({"/a.mp3": reply}) as host:
        with pytest.raises(ArchiveError) as caught, anyio.fail_after(10):
            await fetch(folder, host, limits=limits, idle=idle)
    assert left(folder) == []
    return caught.value


async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nID3")
    while True:
        writer.write(bytes(16 * 1024))
        await writer.drain()


async def endless_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nID3\r\n")
    while True:
        writer.write(b"4000\r\n" + bytes(16 * 1024) + b"\r\n")
        await writer.drain()


async def cut_chunks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + SONG[:2000])


async def stalled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(answer(SONG)[:2000])
    await writer.drain()
    await reader.read()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def dripping(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A byte now and then, often enough to never be idle."""
    writer.write(b"HTTP/1.1 200 OK\r\n\r\nID3")
    while not reader.at_eof():
        writer.write(b"\0")
        await writer.drain()
        try:
            with anyio.fail_after(0.02):
                await reader.read()
        except TimeoutError:
            continue


async def test_a_whole_file_comes_as_it_is(tmp_path: Path) -> None:
    async with file_host({"/a.mp3": answer(SONG, headers={"Content-Type": "audio/mpeg"})}) as host:
        done, content = await fetch(tmp_path, host)
    assert content == SONG
    assert (done.kind, done.size, done.host) == (MP3, len(SONG), "127.0.0.1")
    assert left(tmp_path) == []


@pytest.mark.parametrize("length", [None, -1])
async def test_a_file_may_come_with_or_without_its_length(length: int | None, tmp_path: Path) -> None:
    async with file_host({"/a.mp3": answer(SONG, length=length)}) as host:
        assert (await fetch(tmp_path, host))[1] == SONG


async def test_the_kind_is_told_by_the_bytes_and_not_by_name_or_type(tmp_path: Path) -> None:
    async with file_host({"/a.mp3": answer(png_bytes(), headers={"Content-Type": "audio/mpeg"})}) as host:
        assert (await fetch(tmp_path, host, cover=True))[0].kind == PNG


PAGE = b"<!DOCTYPE html><title>Error</title>" + b" " * 3000
WRONG = {
    "0 bytes": answer(b""),
    "0 bytes without a length": answer(b"", length=None),
    "too small": answer(SONG[:1000]),
    "html with 200": answer(PAGE, headers={"Content-Type": "text/html; charset=utf-8"}),
    "html as audio": answer(PAGE, headers={"Content-Type": "audio/mpeg"}),
    "json": answer(b'{"error": "expired"}' * 100, headers={"Content-Type": "application/json"}),
    "problem json": answer(SONG, headers={"Content-Type": "application/problem+json"}),
    "xml": answer(b"<?xml version='1.0'?><Error/>" * 100, headers={"Content-Type": "application/xml"}),
    "json without a type": answer(b'{"error": "expired"}' * 100),
    "a picture": answer(png_bytes()),
    "a program": answer(b"MZ\x90" + bytes(5000)),
    "2 GB announced": answer(SONG, length=2 * 1024 * MIB),
    "truncated": answer(SONG[:3000], length=len(SONG)),
    "larger than announced by nothing": answer(SONG[:100] + bytes(70_000), length=None),
    "nonsensical length": answer(SONG, length=None, headers={"Content-Length": "-5"}),
    "gzip": answer(gzip.compress(SONG), headers={"Content-Encoding": "gzip"}),
    "gzip bomb": answer(gzip.compress(bytes(5_000_000)), headers={"Content-Encoding": "gzip, identity"}),
    "brotli": answer(SONG, headers={"Content-Encoding": "br"}),
    "endless": endless,
    "endless chunks": endless_chunks,
    "cut chunks": cut_chunks,
    "no http": b"\x00\x01\x02 what is this\r\n\r\n",
    "nothing": b"",
    "partial content": answer(SONG, status=206),
    "no content": answer(status=204, length=None),
}


@pytest.mark.parametrize("reply", WRONG.values(), ids=WRONG.keys())
async def test_bad_input_61_wrong_audio_is_not_kept_and_may_be_tried_again(
    reply: bytes | Handler, tmp_path: Path
) -> None:
    error = await failure(tmp_path, reply)
    assert error.retry and not error.fresh_url
    assert 10 < len(error.reason) < 150


async def canned(folder: Path, fetcher: Canned) -> ArchiveError:
    with pytest.raises(ArchiveError) as caught, Scratch(folder, lambda _: ROOMY) as scratch:
        await download(fetcher, "u", Wanted.audio(SMALL), scratch, SMALL)
    assert left(folder) == []
    return caught.value


@pytest.mark.parametrize(("length", "words"), [(len(SONG) + 1, "less than"), (len(SONG) - 1, "more than")])
async def test_bad_input_61_a_length_that_lies_is_noticed_without_the_help_of_the_network(
    length: int, words: str, tmp_path: Path
) -> None:
    error = await canned(tmp_path, Canned(SONG, content_length=str(length)))
    assert error.retry and words in error.reason


async def test_bad_input_61_a_file_announced_as_too_large_is_not_even_read(tmp_path: Path) -> None:
    fetcher = Canned(SONG, content_length=str(2 * 1024 * MIB))
    assert "larger than" in (await canned(tmp_path, fetcher)).reason
    assert fetcher.read == 0


async def test_what_is_no_audio_is_given_up_with_its_first_bytes(tmp_path: Path) -> None:
    fetcher = Canned(b"<!DOCTYPE html>" + bytes(100), *[bytes(1000)] * 20)
    assert "not audio" in (await canned(tmp_path, fetcher)).reason
    assert fetcher.read == 1


async def test_a_length_that_lies_low_does_not_let_more_through(tmp_path: Path) -> None:
    async with file_host({"/a.mp3": answer(SONG + bytes(500_000), length=len(SONG))}) as host:
        assert (await fetch(tmp_path, host))[1] == SONG


@pytest.mark.parametrize("status", [403, 404, 410])
async def test_an_address_that_is_gone_asks_for_a_fresh_one(status: int, tmp_path: Path) -> None:
    error = await failure(tmp_path, answer(PAGE, status=status))
    assert error.retry and error.fresh_url and str(status) in error.reason


@pytest.mark.parametrize("status", [400, 401, 416, 429, 451, 500, 502, 503, 504])
async def test_any_other_refusal_may_be_tried_again_at_the_same_address(status: int, tmp_path: Path) -> None:
    error = await failure(tmp_path, answer(PAGE, status=status))
    assert error.retry and not error.fresh_url and str(status) in error.reason


@pytest.mark.parametrize("handler", [stalled, silent])
async def test_a_host_that_falls_silent_is_given_up(handler: Handler, tmp_path: Path) -> None:
    assert "in time" in (await failure(tmp_path, handler, idle=0.05)).reason


async def test_a_host_that_drips_is_given_up_when_the_whole_time_is_over(tmp_path: Path) -> None:
    error = await failure(tmp_path, dripping, Limits(total_seconds=0.3))
    assert error.retry and "0.3 seconds" in error.reason


async def test_a_host_that_is_not_there_may_be_tried_again(tmp_path: Path) -> None:
    async with file_host() as host:
        pass
    with pytest.raises(ArchiveError) as caught:
        await fetch(tmp_path, host)
    assert caught.value.retry


async def test_the_cap_holds_at_its_exact_size(tmp_path: Path) -> None:
    exact = SONG + bytes(SMALL.audio_bytes - len(SONG))
    for length in (None, -1):
        async with file_host({"/a.mp3": answer(exact, length=length)}) as host:
            assert (await fetch(tmp_path, host))[0].size == SMALL.audio_bytes
        error = await failure(tmp_path, answer(exact + b"\0", length=length))
        assert "larger than" in error.reason


async def test_a_disk_with_too_little_room_is_not_filled(tmp_path: Path) -> None:
    async with file_host({"/a.mp3": answer(SONG)}) as host:
        with pytest.raises(ArchiveError) as caught:
            await fetch(tmp_path, host, free=200 * MIB + len(SONG))
        assert caught.value.retry and "nearly full" in caught.value.reason
        await fetch(tmp_path, host, free=200 * MIB + 2 * len(SONG))
    assert left(tmp_path) == []


async def test_a_download_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    async with file_host() as host:

        async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(answer(SONG)[:3000])
            await writer.drain()
            await host.hang(reader, writer)

        host.routes["/a.mp3"] = hang
        async with anyio.create_task_group() as group:
            group.start_soon(fetch, tmp_path, host)
            await host.hung.wait()
            group.cancel_scope.cancel()
    assert left(tmp_path) == []
