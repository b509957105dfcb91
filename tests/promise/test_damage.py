"""Disks, files, clocks and limits that fail, at the public door: nothing is spent blindly, no id is lost."""

import os
import shutil
import sqlite3
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.fakes import CUSTOM, Door, are_saved, content, open_door
from tests.promise.steps import BOUND_SECONDS, Point, Till, open_till
from tests.promise.world import SLOTS, open_world
from tests.transports.wire import Wire, environ, open_wire, tasks_in

pytestmark = pytest.mark.anyio
on_linux = pytest.mark.skipif(not hasattr(os, "posix_fallocate") or sys.platform != "linux", reason="prlimit")
posix = pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")

ORDER = "generate_custom_song"
SPILL_BYTES = 65536


def limit(wire: Wire, name: str, value: int | None) -> None:
    """Set a soft limit of a running process, or lift it."""
    import resource

    kind: int = getattr(resource, name)
    _, hard = resource.prlimit(wire.process.pid, kind)
    resource.prlimit(wire.process.pid, kind, (hard if value is None else value, hard))


@asynccontextmanager
async def running(folder: Path) -> AsyncGenerator[tuple[Wire, Till]]:
    """A real server over stdio, greeted and warm, and its provider."""
    async with open_till(folder) as (till, changes):
        async with open_wire(environ(folder, **changes), folder) as wire:
            await wire.greet()
            assert (await wire.result("list_tracks"))["status"] == "ok"
            assert (await wire.result(ORDER, **{**CUSTOM, "title": "warm"}))["status"] == "pending"
            yield wire, till


async def in_library(folder: Path, title: str) -> list[tuple[str, str | None]]:
    """Status and provider's id of the tasks of a title, read by another process."""
    return [(task.status, task.provider_task_id) for task in await tasks_in(folder) if task.title == title]


@on_linux
async def test_bad_input_71_on_a_full_disk_nothing_is_sent_and_reading_goes_on(tmp_path: Path) -> None:
    async with running(tmp_path) as (wire, till):
        limit(wire, "RLIMIT_FSIZE", 1)
        told = await wire.result(ORDER, **{**CUSTOM, "title": "full"})
        assert (told["status"], told["error"]["code"]) == ("error", "library_unavailable"), told
        assert told["error"]["spent"] == "nothing"
        assert till.charged("full") == []
        assert (await wire.result("list_tracks"))["status"] == "ok"
        limit(wire, "RLIMIT_FSIZE", None)
        told = await wire.result(ORDER, **{**CUSTOM, "title": "full"})
        assert told["status"] == "pending", told
        assert len(till.charged("full")) == 1


@on_linux
async def test_bad_input_71_an_id_that_comes_when_the_disk_is_full_is_told_and_written_later(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (wire, till):
        stop = till.close("order")
        request = await wire.call(ORDER, **{**CUSTOM, "title": "full"})
        await stop.arrival()
        limit(wire, "RLIMIT_FSIZE", SPILL_BYTES)
        stop.go.set()
        answer = await wire.answer(request)
        (known,) = till.charged("full")
        assert known in answer["result"]["content"][0]["text"]
        assert answer["result"]["structuredContent"]["provider_task_id"] == known
        limit(wire, "RLIMIT_FSIZE", None)
        told = await wire.result(ORDER, **{**CUSTOM, "title": "full"})
        assert told["provider_task_id"] == known
        assert till.charged("full") == [known]


@on_linux
async def test_bad_input_71_an_id_kept_beside_a_full_disk_survives_the_death_of_the_program(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (wire, till):
        stop = till.close("order")
        request = await wire.call(ORDER, **{**CUSTOM, "title": "full"})
        await stop.arrival()
        limit(wire, "RLIMIT_FSIZE", SPILL_BYTES)
        stop.go.set()
        await wire.answer(request)
        wire.process.kill()
        await wire.process.wait()
        assert await in_library(tmp_path, "full") == [("pending", till.charged("full")[0])]


@on_linux
async def test_bad_input_77_without_a_file_descriptor_left_nothing_is_spent(tmp_path: Path) -> None:
    async with running(tmp_path) as (wire, till):
        limit(wire, "RLIMIT_NOFILE", 1)
        told = await wire.result(ORDER, **{**CUSTOM, "title": "none left"})
        assert told["status"] == "error", told
        assert told["error"]["code"] in ("busy", "library_unavailable", "provider_unreachable"), wire.stderr
        assert told["error"]["spent"] == "nothing"
        assert till.charged("none left") == []
        limit(wire, "RLIMIT_NOFILE", None)
        told = await wire.result(ORDER, **{**CUSTOM, "title": "none left"})
        assert told["status"] == "pending", told
        assert len(till.charged("none left")) == 1


@on_linux
async def test_bad_input_77_with_64_file_descriptors_ten_orders_at_once_are_kept_right(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as (wire, till):
        limit(wire, "RLIMIT_NOFILE", 64)
        titles = [f"song {number}" for number in range(10)]
        requests = {await wire.call(ORDER, **{**CUSTOM, "title": title}): title for title in titles}
        while requests:
            answer = await wire.next()
            if title := requests.pop(answer.get("id", -1), ""):
                told = answer["result"]["structuredContent"]
                known = [told["provider_task_id"]] if told["status"] == "pending" else []
                assert till.charged(title) == known, told


@posix
async def test_bad_input_72_a_library_that_another_program_locks_is_busy_and_can_be_read(
    tmp_path: Path,
) -> None:
    async with open_door(tmp_path) as door:
        path = tmp_path / "data" / "songwright.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            told = await door.told(ORDER, **CUSTOM)
            assert (told["error"]["code"], told["error"]["retryable"]) == ("busy", True)
            assert told["error"]["spent"] == "nothing"
            assert door.charges == ()
            assert (await door.told("list_tracks"))["status"] == "ok"
        await door.order()
        assert door.charged == 1


@posix
@pytest.mark.parametrize("replaced", [False, True])
async def test_bad_input_73_a_library_that_vanishes_while_running_stops_spending_not_reading(
    tmp_path: Path, replaced: bool
) -> None:
    async with open_door(tmp_path) as door:
        first = await door.finished()
        path = tmp_path / "data" / "songwright.db"
        shutil.copy(path, tmp_path / "copy.db")
        path.rename(tmp_path / "aside.db")
        if replaced:
            shutil.copy(tmp_path / "copy.db", path)
        told = await door.told(ORDER, **{**CUSTOM, "title": "Another"})
        assert told["error"]["code"] == "library_unavailable"
        assert told["error"]["spent"] == "nothing"
        assert door.charged == 1
        assert (await door.told("get_task", task_id=first["task_id"]))["status"] == "completed"
        assert (await door.told("list_tracks"))["total"] == 2
        assert path.exists() == replaced, "nothing is made anew by itself"
        (tmp_path / "aside.db").rename(path)
        await door.order(title="Another")


@posix
@pytest.mark.parametrize("point", ["order", "half"])
async def test_bad_input_73_an_id_that_comes_after_the_library_vanished_is_told_and_kept(
    tmp_path: Path, point: Point
) -> None:
    async with running(tmp_path) as (wire, till):
        path = tmp_path / "data" / "songwright.db"
        stop = till.close(point)
        request = await wire.call(ORDER, **{**CUSTOM, "title": "gone"})
        await stop.arrival()
        path.rename(tmp_path / "aside.db")
        stop.go.set()
        answer = await wire.answer(request)
        (known,) = till.charged("gone")
        assert known in answer["result"]["content"][0]["text"]
        assert answer["result"]["structuredContent"]["provider_task_id"] == known
        (tmp_path / "aside.db").rename(path)
        assert await wire.end("eof") == 0
        assert await in_library(tmp_path, "gone") == [("pending", known)]


@pytest.fixture
def songs() -> dict[str, Any]:
    """The usual song under another title."""
    return {**CUSTOM, "title": "Another"}


def damaged(path: Path) -> None:
    """Overwrite the pages of one table."""
    with closing(sqlite3.connect(path)) as raw:
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))


@pytest.mark.parametrize("how", ["damaged", "no database", "empty", "gone"])
async def test_bad_input_33_a_library_damaged_at_the_start_spends_nothing_and_is_left_as_it_is(
    tmp_path: Path, how: str, songs: dict[str, Any]
) -> None:
    async with open_door(tmp_path) as door:
        await door.finished()
    path = tmp_path / "data" / "songwright.db"
    match how:
        case "damaged":
            damaged(path)
        case "no database":
            path.write_bytes(b"these are no tables" * 1000)
        case "empty":
            path.write_bytes(b"")
        case _:
            path.unlink()
    before = path.read_bytes() if path.exists() else None
    async with open_door(tmp_path) as door:
        told = await door.told(ORDER, **songs)
        assert (told["status"], told["error"]["code"]) == ("error", "library_unavailable"), told
        assert told["error"]["spent"] == "nothing"
        assert door.charged == 1
        listed = await door.told("list_tracks")
        assert listed.get("total") == 2 if how == "damaged" else listed["status"] == "error"
    assert (path.read_bytes() if path.exists() else None) == before


_READ_ONLY = """
import anyio, json, os, sys
from pathlib import Path
from songwright.app import open_service
from songwright.errors import LibraryUnavailable
from songwright.models import SimpleRequest
from songwright.sandbox import app, studio
from songwright.providers import aivideoapi, http
from songwright.settings import read_settings

async def main():
    folder = sys.argv[1]
    settings = read_settings({"SONGWRIGHT_DATA_DIR": folder, "SONGWRIGHT_MUSIC_DIR": folder + "/music"})
    async with open_service(settings) as service:
        try:
            await service.submit(SimpleRequest(prompt="another"))
        except LibraryUnavailable as error:
            page = await service.tracks(None, 10, None)
            print(json.dumps([error.code, error.spent, error.message, page.total]), flush=True)

"".encode("utf-16-le")
anyio.run(anyio.to_thread.run_sync, os.getpid)  # load what is loaded late, while it can be
if os.geteuid() == 0:
    os.setuid(65534)
anyio.run(main)
"""


@pytest.fixture
def open_folder(tmp_path_factory: pytest.TempPathFactory) -> Generator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="songwright-"))
    folder.chmod(0o755)
    yield folder
    for path in (folder, folder / "data"):
        path.chmod(0o755)
    shutil.rmtree(folder)


@posix
async def test_bad_input_32_a_read_only_data_folder_spends_nothing_and_is_read(open_folder: Path) -> None:
    async with open_door(open_folder) as door:
        await door.finished()
    data = open_folder / "data"
    (data / "songwright.db").chmod(0o444)
    (data / "songwright.db.marker").chmod(0o444)
    data.chmod(0o555)
    before = (data / "songwright.db").read_bytes()
    with anyio.fail_after(BOUND_SECONDS):
        ran = await anyio.run_process([sys.executable, "-P", "-c", _READ_ONLY, str(data)])
    assert b'["library_unavailable", "nothing"' in ran.stdout, ran.stdout
    assert b"read-only" in ran.stdout
    assert ran.stdout.rstrip().endswith(b", 2]")
    assert (data / "songwright.db").read_bytes() == before


@pytest.mark.parametrize("days", [-2, 2])
async def test_bad_input_74_a_clock_set_two_days_off_makes_no_storm_of_polls(
    tmp_path: Path, days: int
) -> None:
    async with open_world(tmp_path) as world:
        for slot in SLOTS:
            await world.start(slot)
        for song in range(3):
            await world.submit("one", song, 0, [])
        await world.tick("one", 10)
        asked = world.vendor.queries
        assert asked == 3
        await world.tick("one", days * 86400)
        for _ in range(5):
            await world.tick("two", 0.1)
        assert world.vendor.queries <= asked + 3, "one question a task, not one a tick"
        for _ in range(5):
            await world.tick("one", 3600)
        assert world.vendor.queries >= asked + 3, "they are followed on"
        world.check()


@pytest.mark.parametrize("days", [-2, 2])
async def test_bad_input_74_a_song_saved_before_the_clock_moved_stays_as_it_is(
    tmp_path: Path, days: int
) -> None:
    async with open_door(tmp_path) as door:
        first = await door.finished()
        await door.later(days * 86400)
        told = await door.told("get_task", task_id=first["task_id"])
        assert told["status"] == "completed"
        assert are_saved(told)
        again = await door.finished(title="Another")
        assert again["status"] == "completed"
        await listed(door, 4)


async def listed(door: Door, total: int) -> None:
    """Every take is in the list."""
    result = await door.call("list_tracks")
    assert content(result)["total"] == total
