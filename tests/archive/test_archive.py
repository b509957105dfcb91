"""Finished songs come to the music folder, safely and with tags."""

import asyncio
import hashlib
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import httpx
import mutagen
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from songwright.archive import Archive, ArchiveError, Saved, open_fetcher, open_public_fetcher
from songwright.models import CustomRequest

from .world import (
    LYRICS,
    FileHost,
    answer,
    archive_in,
    audio_bytes,
    file_host,
    left,
    m4a_bytes,
    png_bytes,
    song,
    take_of,
)

pytestmark = pytest.mark.anyio

ROUTES = {
    "/a.mp3": answer(audio_bytes()),
    "/b.mp3": answer(audio_bytes("MP3", None, 3.0)),
    "/c.png": answer(png_bytes()),
}
FOLDER = "Sixty and Still Loud"


def inode(file: Path) -> int:
    return file.stat().st_ino


def tags_in(file: Path) -> Any:
    opened: Any = mutagen.File(file)  # pyright: ignore[reportUnknownMemberType, reportPrivateImportUsage] # typed in part
    return opened.tags


async def test_both_takes_covers_and_words_stand_in_one_folder(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        archive = archive_in(tmp_path)
        first = await archive.save(task, take_of(task, "A", host.url("/a.mp3"), host.url("/c.png")))
        second = await archive.save(task, take_of(task, "B", host.url("/b.mp3"), host.url("/c.png")))
        await archive.aclose()
    expected = [".songwright", "A.mp3", "A.png", "B.mp3", "B.png", "lyrics.txt"]
    assert left(tmp_path) == [f"{FOLDER}/{name}" for name in expected]
    folder = tmp_path / FOLDER
    assert first.file == folder / "A.mp3" and first.cover_file == folder / "A.png"
    assert (
        second.file == folder / "B.mp3" and second.lyrics_file == first.lyrics_file == folder / "lyrics.txt"
    )
    assert first.note is None and first.host == "127.0.0.1"
    assert (first.duration_seconds, second.duration_seconds) == (
        pytest.approx(2.0, abs=0.1),
        pytest.approx(3.0, abs=0.1),
    )
    content = first.file.read_bytes()
    assert first.sha256 == hashlib.sha256(content).hexdigest() and first.size == len(content)
    assert content.endswith(audio_bytes()[-1000:])
    assert (folder / "lyrics.txt").read_text("utf-8") == LYRICS + "\n"
    tags = tags_in(first.file)
    assert str(tags["TIT2"]) == FOLDER and tags.getall("USLT")[0].text == LYRICS
    assert tags.getall("APIC")[0].data == png_bytes()


async def test_a_take_that_is_already_there_is_taken_without_a_request(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        track = take_of(task, "A", host.url("/a.mp3"), host.url("/c.png"))
        saved = await archive_in(tmp_path).save(task, track)
        again = await archive_in(tmp_path).save(
            task, track.model_copy(update={"audio_url": host.url("/gone")})
        )
        assert len(host.requests) == 2
    assert again.file == saved.file and again.sha256 == saved.sha256 and again.host is None
    assert again.cover_file == saved.cover_file and again.lyrics_file == saved.lyrics_file


async def test_a_damaged_file_is_fetched_again(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        archive = archive_in(tmp_path)
        track = take_of(task, "A", host.url("/a.mp3"))
        saved = await archive.save(task, track)
        saved.file.write_bytes(b"")
        again = await archive.save(task, track)
    assert again.sha256 == saved.sha256 and again.size == saved.size


async def test_two_saves_of_one_take_at_once_fetch_it_once(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        archive, track = archive_in(tmp_path), take_of(task, "A", host.url("/a.mp3"))
        async with anyio.create_task_group() as group:
            for _ in range(8):
                group.start_soon(archive.save, task, track)
        assert len(host.requests) == 1
    assert left(tmp_path) == [f"{FOLDER}/{name}" for name in (".songwright", "A.mp3", "lyrics.txt")]


async def test_two_processes_that_save_one_take_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    task = song()
    saved: list[Saved] = []
    async with file_host(ROUTES) as host:
        track = take_of(task, "A", host.url("/a.mp3"), host.url("/c.png"))

        async def one() -> None:
            saved.append(await archive_in(tmp_path).save(task, track))

        async with anyio.create_task_group() as group:
            for _ in range(6):
                group.start_soon(one)
    assert len({(each.file, each.sha256) for each in saved}) == 1
    assert left(tmp_path) == [f"{FOLDER}/{name}" for name in (".songwright", "A.mp3", "A.png", "lyrics.txt")]


async def test_a_process_that_finishes_second_leaves_the_first_ones_files_alone(tmp_path: Path) -> None:
    task, released = song(), anyio.Event()
    saved: list[Saved] = []
    inodes: list[int] = []

    async def held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host.hung.set()
        await released.wait()
        writer.write(ROUTES["/c.png"])

    async with file_host({**ROUTES, "/held.png": held}) as host:
        track = take_of(task, "A", host.url("/a.mp3"))

        async def second() -> None:
            late = track.model_copy(update={"image_url": host.url("/held.png")})
            saved.append(await archive_in(tmp_path).save(task, late))
            inodes.append(inode(saved[-1].file))

        async with anyio.create_task_group() as group:
            group.start_soon(second)
            await host.hung.wait()
            saved.append(await archive_in(tmp_path).save(task, track))
            inodes.append(inode(saved[-1].file))
            released.set()
    assert [each.host for each in saved] == ["127.0.0.1", None]
    assert inodes[0] == inodes[1] and saved[0].sha256 == saved[1].sha256


async def test_only_so_many_takes_are_fetched_at_once(tmp_path: Path) -> None:
    running, most = 0, 0

    async def counted(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        writer.write(ROUTES["/a.mp3"])
        await writer.drain()
        running -= 1

    async with file_host({"/a.mp3": counted}) as host:
        archive = Archive(
            tmp_path,
            fetchers={"aivideoapi": open_public_fetcher(allow_private=True)},
            free=lambda _: 1 << 50,
            at_once=2,
        )
        async with anyio.create_task_group() as group:
            for number in range(8):
                task = song(task_id=f"t{number}")
                group.start_soon(archive.save, task, take_of(task, "A", host.url("/a.mp3")))
    assert 1 <= most <= 2
    assert len([name for name in left(tmp_path) if name.endswith("A.mp3")]) == 8


@pytest.mark.parametrize("path", ["/gone.png", "/page.png"])
async def test_a_cover_that_fails_never_fails_the_song(path: str, tmp_path: Path) -> None:
    task, page = song(), answer(b"<html>" + bytes(3000), headers={"Content-Type": "text/html"})
    async with file_host({**ROUTES, "/page.png": page}) as host:
        saved = await archive_in(tmp_path).save(task, take_of(task, "A", host.url("/a.mp3"), host.url(path)))
    assert (
        saved.cover_file is None
        and saved.note is not None
        and saved.note.startswith("The cover could not be saved")
    )
    assert str(tags_in(saved.file)["TIT2"]) == FOLDER


async def test_a_recording_that_takes_no_tags_is_saved_as_it_came(tmp_path: Path) -> None:
    task, odd = song(), b"ID3" + bytes(5000)
    async with file_host({"/a.mp3": answer(odd)}) as host:
        saved = await archive_in(tmp_path).save(task, take_of(task, "A", host.url("/a.mp3")))
    assert saved.file.read_bytes() == odd and saved.duration_seconds is None
    assert saved.note == "The tags could not be written into the file."


async def test_the_extension_comes_from_the_bytes(tmp_path: Path) -> None:
    task = song()
    async with file_host({"/a.mp3": answer(m4a_bytes()), "/b.exe": answer(audio_bytes("FLAC"))}) as host:
        archive = archive_in(tmp_path)
        assert (await archive.save(task, take_of(task, "A", host.url("/a.mp3")))).file.name == "A.m4a"
        assert (await archive.save(task, take_of(task, "B", host.url("/b.exe")))).file.name == "B.flac"


async def test_a_take_with_other_words_gets_words_of_its_own_and_none_are_overwritten(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        archive = archive_in(tmp_path)
        await archive.save(task, take_of(task, "A", host.url("/a.mp3")))
        (tmp_path / FOLDER / "lyrics.txt").write_text("edited by a person")
        other = await archive.save(task, take_of(task, "B", host.url("/b.mp3"), lyrics="Other words"))
    assert other.lyrics_file == tmp_path / FOLDER / "lyrics B.txt"
    assert (tmp_path / FOLDER / "lyrics B.txt").read_text("utf-8") == "Other words\n"
    assert (tmp_path / FOLDER / "lyrics.txt").read_text() == "edited by a person"


async def test_an_instrumental_has_no_words(tmp_path: Path) -> None:
    request = CustomRequest(title=FOLDER, style="folk", instrumental=True)
    task = song().model_copy(update={"request": request})
    async with file_host(ROUTES) as host:
        saved = await archive_in(tmp_path).save(
            task, take_of(task, "A", host.url("/a.mp3"), lyrics="[Instrumental]")
        )
    assert saved.lyrics_file is None and left(tmp_path) == [f"{FOLDER}/.songwright", f"{FOLDER}/A.mp3"]


async def test_a_take_without_an_address_asks_for_a_fresh_one(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as caught:
        await archive_in(tmp_path).save(song(), take_of(song()))
    assert caught.value.retry and caught.value.fresh_url


async def test_a_provider_without_a_fetcher_is_refused(tmp_path: Path) -> None:
    task = song(provider="aimusicapi")
    with pytest.raises(ArchiveError) as caught:
        await archive_in(tmp_path).save(task, take_of(task, "A", "https://files.test/a.mp3"))
    assert not caught.value.retry


async def test_a_file_of_the_sandbox_comes_through_its_own_transport_and_is_labelled(tmp_path: Path) -> None:
    async def serve(request: Request) -> Response:
        return Response(audio_bytes(), media_type="audio/mpeg")

    app = Starlette(routes=[Route("/files/a.mp3", serve)])
    task = song(provider="sandbox")
    fetcher = open_fetcher(lambda: httpx.ASGITransport(app))
    archive = Archive(tmp_path, fetchers={"sandbox": fetcher}, free=lambda _: 1 << 50)
    saved = await archive.save(task, take_of(task, "A", "http://sandbox.invalid/files/a.mp3"))
    assert "synthetic sketch without a real singer" in str(tags_in(saved.file).getall("COMM")[0]).lower()
    with pytest.raises(ArchiveError) as caught:
        await archive.save(task, take_of(task, "B", "http://sandbox.invalid/files/gone.mp3"))
    assert caught.value.fresh_url


async def test_a_failed_save_leaves_nothing_behind_and_the_next_one_works(tmp_path: Path) -> None:
    task = song()
    async with file_host({"/a.mp3": answer(audio_bytes()[:3000], length=9000)}) as host:
        archive, track = archive_in(tmp_path), take_of(task, "A", host.url("/a.mp3"))
        with pytest.raises(ArchiveError):
            await archive.save(task, track)
        assert left(tmp_path) == []
        host.routes.update(ROUTES)
        assert (await archive.save(task, track)).file.is_file()


async def cancelled(folder: Path, host: FileHost, path: str) -> None:
    host.routes[path] = host.hang
    task = song()
    async with anyio.create_task_group() as group:
        group.start_soon(
            archive_in(folder).save, task, take_of(task, "A", host.url("/a.mp3"), host.url("/c.png"))
        )
        await host.hung.wait()
        group.cancel_scope.cancel()


@pytest.mark.parametrize("path", ["/a.mp3", "/c.png"])
async def test_a_save_that_is_cancelled_leaves_nothing_behind(path: str, tmp_path: Path) -> None:
    async with file_host(ROUTES) as host:
        await cancelled(tmp_path, host, path)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    "title",
    [
        "../../x",
        "<script>alert(1)</script>",
        "CON",
        "\u202egpm.exe",
        "x" * 10_000,
        "\x1b[31m",
        "/etc/passwd",
        "..",
    ],
)
async def test_bad_input_62_a_hostile_title_stays_in_the_music_folder(title: str, tmp_path: Path) -> None:
    music = tmp_path / "a" / "music"
    task = song(title)
    async with file_host(ROUTES) as host:
        saved = await archive_in(music).save(task, take_of(task, "A", host.url("/a.mp3")))
    assert saved.file.resolve().parent.parent == music.resolve()
    assert all(name.startswith("a/music/") for name in left(tmp_path))


async def test_bad_input_62_a_hostile_take_and_id_stay_in_the_music_folder(tmp_path: Path) -> None:
    task = song(task_id="../../../etc")
    async with file_host(ROUTES) as host:
        archive = archive_in(tmp_path / "a" / "music")
        for take in ("../../B", "CON", "."):
            await archive.save(task, take_of(task, "A", host.url("/a.mp3")).model_copy(update={"take": take}))
    assert all(name.startswith(f"a/music/{FOLDER}/") for name in left(tmp_path))


async def test_bad_input_20_a_nearly_full_disk_is_told_before_anything_is_written(tmp_path: Path) -> None:
    task = song()
    async with file_host(ROUTES) as host:
        with pytest.raises(ArchiveError) as caught:
            await archive_in(tmp_path, free=100).save(task, take_of(task, "A", host.url("/a.mp3")))
    assert caught.value.retry and "nearly full" in caught.value.reason and left(tmp_path) == []


async def test_bad_input_75_a_music_folder_that_comes_back_is_used_then(tmp_path: Path) -> None:
    task, music = song(), tmp_path / "music"
    music.write_text("not mounted")
    async with file_host(ROUTES) as host:
        archive, track = archive_in(music), take_of(task, "A", host.url("/a.mp3"))
        with pytest.raises(ArchiveError) as caught:
            await archive.save(task, track)
        assert caught.value.retry and host.connections == 0
        music.unlink()
        assert (await archive.save(task, track)).file.is_file()


def child(script: str, *arguments: str) -> dict[str, str]:
    """Run a script in a process of its own; it prints `name=value` lines."""
    command = [sys.executable, "-c", textwrap.dedent(script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 # our own
    assert done.returncode == 0, done.stderr
    return dict(line.split("=", 1) for line in done.stdout.splitlines())


SAVE_IN_A_CHILD = """
    import contextlib, os, sys, anyio
    from datetime import UTC, datetime
    from pathlib import Path
    from songwright.archive import Archive, ArchiveError
    from songwright.archive.fetcher import Answer
    from songwright.models import Task, Track

    class Big:
        @contextlib.asynccontextmanager
        async def open(self, url):
            async def chunks():
                yield b"ID3" + bytes(3_000_000)
            yield Answer(200, {}, chunks(), "files.test")

        async def aclose(self):
            pass

    def restrict():
        if "small files" in sys.argv:
            import resource
            resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
        if "nobody" in sys.argv and os.geteuid() == 0:
            import mutagen.mp3  # while it can still be read
            os.setgroups([])
            os.setgid(65534)
            os.setuid(65534)

    async def main():
        now = datetime.now(UTC)
        task = Task(task_id="t", provider="p", status="completed", title="Song", model="m", created_at=now)
        track = Track(
            track_id="x", task_id="t", take="A", provider="p", title="Song", audio_url="u", created_at=now
        )
        archive = Archive(Path(sys.argv[1]), fetchers={"p": Big()}, free=lambda _: 1 << 50)
        restrict()  # last: everything that is imported late is there by now
        try:
            print(f"file={(await archive.save(task, track)).file}")
        except ArchiveError as error:
            print(f"reason={error.reason}\\nretry={error.retry}")

    anyio.run(main)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
def test_bad_input_20_a_disk_that_takes_no_more_bytes_is_told_and_left_clean(tmp_path: Path) -> None:
    said = child(SAVE_IN_A_CHILD, str(tmp_path), "small files")
    assert said["retry"] == "True" and "the disk of the music folder" in said["reason"]
    assert left(tmp_path) == []
    assert child(SAVE_IN_A_CHILD, str(tmp_path))["file"].endswith("A.mp3")


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_bad_input_75_a_read_only_folder_is_told_and_works_when_it_is_writable_again() -> None:
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        Path(name).chmod(0o755)
        folder = Path(name) / "music"
        folder.mkdir(mode=0o555)
        said = child(SAVE_IN_A_CHILD, str(folder), "nobody")
        assert said["retry"] == "True" and "may not be written" in said["reason"]
        folder.chmod(0o777)
        assert child(SAVE_IN_A_CHILD, str(folder), "nobody")["file"].endswith("A.mp3")


def test_importing_the_archive_and_opening_it_loads_neither_httpx_nor_mutagen(tmp_path: Path) -> None:
    script = """
        import sys
        from pathlib import Path
        from songwright.archive import Archive, open_fetcher, open_public_fetcher
        fetchers = {"a": open_public_fetcher(), "b": open_fetcher(lambda: None)}
        Archive(Path(sys.argv[1]), fetchers=fetchers)
        heavy = {"httpx", "httpcore", "httpx2", "mutagen", "numpy"}
        print("loaded=" + ",".join(sorted(heavy & set(sys.modules))))
    """
    assert child(script, str(tmp_path))["loaded"] == ""
