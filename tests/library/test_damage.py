"""Libraries that are missing, foreign, damaged, locked or read-only: spending refuses, reading goes on."""

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import closing
from pathlib import Path

import pytest

from songwright.errors import Busy, LibraryUnavailable
from songwright.library import open_library
from songwright.library.place import network_file_system
from tests.library.shelf import PROVIDER, Shelf, answer, finished, order, shelf, started

pytestmark = pytest.mark.anyio


@pytest.fixture
async def home(tmp_path: Path) -> AsyncGenerator[Shelf]:
    async with shelf(tmp_path) as made:
        yield made


async def refused(home: Shelf, words: str) -> LibraryUnavailable:
    """The error that opening ends with; it says what was spent and what to do."""
    with pytest.raises(LibraryUnavailable) as caught:
        await home.open()
    assert words in caught.value.message
    assert caught.value.spent == "nothing"
    assert caught.value.fix
    assert caught.value.info.spent == "nothing"
    return caught.value


async def filled(home: Shelf) -> None:
    """A closed library with one finished song."""
    library = await home.open()
    await finished(library)
    await library.aclose()


async def test_bad_input_32_a_folder_in_the_library_s_place_is_refused(home: Shelf) -> None:
    home.path.mkdir()
    await refused(home, "is a folder")


async def test_bad_input_32_a_missing_parent_is_made(tmp_path: Path) -> None:
    async with shelf(tmp_path / "a" / "b c" / "ü%#?") as home:
        library = await home.open()
        assert (await library.place(order())).attempt is not None
    assert home.path.exists()


async def test_bad_input_32_a_parent_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    await refused(Shelf(tmp_path / "file" / "data"), "cannot be made")


async def test_bad_input_32_another_program_s_database_is_refused_and_left_as_it_is(home: Shelf) -> None:
    with closing(sqlite3.connect(home.path)) as raw:
        raw.execute("CREATE TABLE bookmarks (url TEXT)")
    before = home.path.read_bytes()
    await refused(home, "another program's database")
    assert home.path.read_bytes() == before
    assert [path.name for path in home.folder.iterdir()] == ["library.db"]


async def test_bad_input_32_a_newer_schema_is_refused(home: Shelf) -> None:
    await filled(home)
    with closing(sqlite3.connect(home.path)) as raw:
        raw.execute("PRAGMA user_version = 99")
    await refused(home, "newer Songwright")
    with closing(sqlite3.connect(home.path)) as raw:
        raw.execute("PRAGMA user_version = 1")
        raw.execute("INSERT INTO migrations VALUES ('9999_future', 0)")
        raw.commit()
    await refused(home, "newer Songwright")
    assert (await (await home.open(read_only=True)).tracks()).total == 2


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/mnt/team/songs/library.db", "nfs4"),
        ("/mnt/team/local/library.db", None),
        ("/mnt/team2/library.db", None),
        ("/home/me/library.db", None),
        ("/media/my share/library.db", "cifs"),
    ],
)
def test_bad_input_32_a_network_file_system_is_recognised(path: str, kind: str | None) -> None:
    mounts = (
        "/dev/sda1 / ext4 rw 0 0\nhost:/x /mnt/team nfs4 rw 0 0\n/dev/sdb1 /mnt/team/local xfs rw 0 0\n"
        "//nas/share /media/my\\040share cifs rw 0 0\nshort line\n"
    )
    assert network_file_system(Path(path), mounts) == kind


_READ_ONLY = """
import anyio, json, os, sys
import urllib.parse  # which pathlib imports late, when this process may no longer read it
from datetime import datetime, UTC
from pathlib import Path
from songwright.errors import LibraryUnavailable
from songwright.library import open_library

async def main(folder):
    clock = lambda: datetime(2026, 5, 4, 12, tzinfo=UTC)
    paths = {"path": folder / "library.db", "owners_dir": folder / "owners", "clock": clock}
    try:
        await open_library(**paths)
        said = "opened"
    except LibraryUnavailable as error:
        said = error
    library = await open_library(**paths, read_only=True, reason=said)
    found = (await library.tracks()).total
    try:
        await library.told("x")
    except LibraryUnavailable as error:
        print(json.dumps([said.message, found, error.message]), flush=True)
    await library.aclose()

anyio.run(anyio.to_thread.run_sync, os.getpid)  # load what is loaded late, while it can be
if os.geteuid() == 0:
    os.setuid(65534)
anyio.run(main, Path(sys.argv[1]))
"""


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that every user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.mark.skipif(sys.platform == "win32", reason="folders are not read-only there")
async def test_bad_input_32_a_read_only_folder_is_refused_and_still_read(open_folder: Path) -> None:
    async with shelf(open_folder) as home:
        await filled(home)
    home.path.chmod(0o644)
    home.folder.chmod(0o555)
    with started(_READ_ONLY, open_folder) as process:
        said, found, written = answer(process)
    assert "read-only" in said
    assert written == said
    assert found == 2


async def test_bad_input_33_an_empty_file_is_a_vanished_library_where_one_was_kept(home: Shelf) -> None:
    home.path.touch()
    await filled(home)
    for suffix in ("", "-wal", "-shm"):
        home.path.with_name(f"library.db{suffix}").unlink(missing_ok=True)
    await refused(home, "gone or empty")
    home.path.touch()
    error = await refused(home, "gone or empty")
    assert home.path.stat().st_size == 0
    assert "library.db.marker" in (error.fix or "")


async def test_bad_input_33_a_library_begins_anew_once_the_person_moved_the_marker_too(home: Shelf) -> None:
    await filled(home)
    home.path.unlink()
    (home.folder / "library.db.marker").unlink()
    assert (await (await home.open()).tracks()).total == 0


async def test_another_library_in_the_place_of_the_first_is_noticed_at_start(home: Shelf) -> None:
    await filled(home)
    async with shelf(home.folder / "other") as other:
        await filled(other)
    shutil.copy(other.path, home.path)
    await refused(home, "another one than before")


@pytest.mark.parametrize("content", [b"\0" * 8192, b"these are not the bytes of a database" * 300])
async def test_bad_input_33_a_file_that_is_no_database_is_refused_and_kept(
    home: Shelf, content: bytes
) -> None:
    await filled(home)
    home.path.write_bytes(content)
    await refused(home, "damaged")
    assert home.path.read_bytes() == content


async def test_bad_input_33_a_damaged_library_is_refused_and_its_songs_still_read(home: Shelf) -> None:
    await filled(home)
    with closing(sqlite3.connect(home.path)) as raw:
        page = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'events'").fetchone()[0]
        size = raw.execute("PRAGMA page_size").fetchone()[0]
    with home.path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    error = await refused(home, "damaged")
    library = await open_library(
        home.path, owners_dir=home.owners, clock=home.clock, read_only=True, reason=error
    )
    home.stack.push_async_callback(library.aclose)
    assert (await library.tracks()).total == 2
    with pytest.raises(LibraryUnavailable, match="damaged"):
        await library.place(order())
    with pytest.raises(LibraryUnavailable, match="damaged"):
        await library.check()


async def test_a_missing_library_cannot_be_read_and_is_not_made_by_trying(home: Shelf) -> None:
    with pytest.raises(LibraryUnavailable, match="no library"):
        await home.open(read_only=True)
    assert not home.path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
@pytest.mark.parametrize("replaced", [False, True])
async def test_bad_input_73_a_library_deleted_or_replaced_while_running_stops_spending(
    home: Shelf, replaced: bool
) -> None:
    library = await home.open()
    await finished(library)
    await library.check()
    copy = home.folder / "copy.db"
    shutil.copy(home.path, copy)
    home.path.unlink()
    if replaced:
        copy.rename(home.path)
    with pytest.raises(LibraryUnavailable, match="deleted or replaced"):
        await library.check()
    with pytest.raises(LibraryUnavailable, match="deleted or replaced"):
        await library.place(order("another"))
    assert (await library.tracks()).total == 2


async def test_bad_input_72_a_locked_library_is_busy_before_anything_is_sent(home: Shelf) -> None:
    library = await home.open()
    with closing(sqlite3.connect(home.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy) as caught:
            await library.place(order())
        assert (caught.value.info.retryable, caught.value.info.spent) == (True, "nothing")
        assert (await library.spending(PROVIDER, home.clock())).reserved_today == 0
    assert (await library.place(order())).attempt is not None


async def test_an_owners_folder_that_cannot_be_made_is_refused(home: Shelf) -> None:
    home.owners.write_text("in the way")
    await refused(home, "owners")


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
async def test_the_library_is_for_its_person_alone(home: Shelf) -> None:
    await home.open()
    assert home.path.stat().st_mode & 0o777 == 0o600
