"""The library's database on SQLite: one file, one machine, any number of processes.

WAL with `synchronous=FULL`, so that a commit survives power loss; every write begins with BEGIN IMMEDIATE,
since a plain BEGIN may fail at its first write whatever the timeout. One connection writes and one reads,
each from one worker thread at a time.
"""

import contextlib
import sqlite3
import time
from collections.abc import Callable, Generator, Mapping
from pathlib import Path
from typing import TypeVar

import anyio
import anyio.to_thread

from songwright.errors import Busy, LibraryUnavailable
from songwright.library.database import Connection, Row
from songwright.library.faults import damaged, translated, unavailable
from songwright.library.migrations import SCHEMA, NewerSchema, migrate
from songwright.library.place import Place

APPLICATION_ID = 0x536F6E67
"""Marks the file as ours (`Song`); `file(1)` shows it."""

BUSY_SECONDS = 5

_GROWN = 1024 * 1024
_PRAGMAS = (
    "foreign_keys = ON",
    "synchronous = FULL",
    "journal_size_limit = 16777216",
    "wal_autocheckpoint = 4000",
)

T = TypeVar("T")


class SqliteConnection:
    """One connection as the library sees it."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement and return its rows."""
        cursor = self._raw.execute(sql, params or {})  # pyright: ignore[reportArgumentType] # values are None, int, float or str
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class SqliteDatabase:
    """An opened SQLite library. Made by `open_sqlite` and `open_sqlite_for_reading`."""

    def __init__(
        self,
        place: Place,
        reader: sqlite3.Connection,
        writer: sqlite3.Connection | None,
        refusal: LibraryUnavailable | Busy | None = None,
    ) -> None:
        self._place = place
        self._identity = place.identity()
        self._reader = reader
        self._writer = writer
        self._refusal = refusal
        self._reading = anyio.CapacityLimiter(1)
        self._writing = anyio.CapacityLimiter(1)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See `Database.read`."""
        return await anyio.to_thread.run_sync(self._read, work, limiter=self._reading)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Database.write`."""
        with anyio.CancelScope(shield=True):
            return await anyio.to_thread.run_sync(self._write, work, limiter=self._writing)
        raise AssertionError("a shielded scope ends with its result")

    async def check(self) -> None:
        """Raise `LibraryUnavailable` if the library cannot be written or its file was taken away."""
        await anyio.to_thread.run_sync(self._check, limiter=self._reading)

    async def tidy(self) -> None:
        """Move a grown write-ahead log into the database, so that no order has to wait for that."""
        await anyio.to_thread.run_sync(self._tidy, limiter=self._reading)

    async def aclose(self) -> None:
        """Close both connections."""
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self._close, limiter=self._writing)

    def _read(self, work: Callable[[Connection], T]) -> T:
        with _faults(self._place.path):
            return _in_transaction(self._reader, "BEGIN", work)

    def _write(self, work: Callable[[Connection], T]) -> T:
        self._check()
        assert self._writer is not None  # noqa: S101 # _check raised otherwise
        with _faults(self._place.path):
            return _in_transaction(self._writer, "BEGIN IMMEDIATE", work)

    def _check(self) -> None:
        if self._refusal or self._writer is None:
            raise self._refusal or unavailable(
                f"The library {self._place.path} is open for reading only.", "Restart the program."
            )
        if self._place.identity() != self._identity:
            raise unavailable(
                f"The library {self._place.path} was deleted or replaced while it was in use.",
                "Put the file back and restart the program. Earlier songs can still be listed until then.",
            )

    def _tidy(self) -> None:
        log = self._place.path.with_name(f"{self._place.path.name}-wal")
        with contextlib.suppress(OSError, sqlite3.Error):
            if self._writer is not None and log.stat().st_size > _GROWN:
                self._reader.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def _close(self) -> None:
        for connection in (self._reader, self._writer):
            if connection is not None:
                with contextlib.suppress(sqlite3.Error):
                    connection.close()


@contextlib.contextmanager
def _faults(path: Path) -> Generator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error, path) from error


def _in_transaction(raw: sqlite3.Connection, begin: str, work: Callable[[Connection], T]) -> T:
    raw.execute(begin)
    try:
        result = work(SqliteConnection(raw))
        raw.execute("COMMIT")
    except BaseException:
        if raw.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                raw.execute("ROLLBACK")
        raise
    return result


def open_sqlite(path: Path, now: int) -> tuple[SqliteDatabase, str]:
    """Open the library at `path` for writing, making it where there is none; blocks. Returns it with its id.

    Raises:
        LibraryUnavailable: it cannot be used; the text says why and what to do. Nothing was changed then.
        Busy: another program kept it locked for 5 seconds.
    """
    if sqlite3.sqlite_version_info < (3, 35):
        raise unavailable(
            f"SQLite {sqlite3.sqlite_version} is too old.", "Use a Python with SQLite 3.35 or newer."
        )
    place = Place(path)
    place.prepare()
    kept_before = place.library_id() is not None
    with _faults(path), contextlib.ExitStack() as opened:
        writer = opened.enter_context(contextlib.closing(_connect(path)))
        _refuse_strangers(writer, place, kept_before)
        _use_wal(writer, path)
        library_id = _initialise(writer, path, now)
        path.chmod(0o600)
        place.mark(library_id)
        reader = opened.enter_context(contextlib.closing(_connect(path)))
        reader.execute("PRAGMA query_only = ON")
        opened.pop_all()
    return SqliteDatabase(place, reader, writer), library_id


def open_sqlite_for_reading(path: Path, reason: LibraryUnavailable | Busy | None = None) -> SqliteDatabase:
    """Open what stands at `path` for reading only, damaged or not; blocks. `reason` is raised by every write.

    Raises:
        LibraryUnavailable: there is no readable library.
    """
    if not path.is_file():
        raise reason or unavailable(f"There is no library at {path}.", "Check SONGWRIGHT_DATA_DIR.")
    with _faults(path):
        try:
            raw = _readable(path, "mode=ro")
        except sqlite3.OperationalError:
            # WAL needs to write beside the file; where nobody can, nobody changes it either.
            raw = _readable(path, "mode=ro&immutable=1")
    return SqliteDatabase(Place(path), raw, None, reason)


def _readable(path: Path, mode: str) -> sqlite3.Connection:
    raw = _connect(path, mode)
    try:
        raw.execute("SELECT COUNT(*) FROM tasks").fetchall()
    except BaseException:
        raw.close()
        raise
    return raw


def _connect(path: Path, mode: str = "mode=rwc") -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?{mode}"
    raw = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS if mode == "mode=rwc" else ():
            raw.execute(f"PRAGMA {pragma}")
    except BaseException:
        raw.close()
        raise
    return raw


def _pragma(raw: sqlite3.Connection, name: str) -> int | str:
    return raw.execute(f"PRAGMA {name}").fetchone()[0]


def _refuse_strangers(raw: sqlite3.Connection, place: Place, kept_before: bool) -> None:
    """A vanished library, another program's database, a newer one of ours, a damaged one: left as it is."""
    path = place.path
    tables = raw.execute("SELECT COUNT(*) FROM sqlite_master").fetchone()[0]
    if kept_before and not tables:
        raise place.vanished()
    if _pragma(raw, "application_id") != APPLICATION_ID and tables:
        raise unavailable(
            f"The file {path} is another program's database.",
            "Move it aside, or set SONGWRIGHT_DATA_DIR to another folder.",
        )
    if int(_pragma(raw, "user_version")) > SCHEMA:
        raise _newer(path)
    found = str(_pragma(raw, "quick_check(1)"))
    if found != "ok":
        raise damaged(path, found.replace("\n", " ")[:200])


def _newer(path: Path) -> LibraryUnavailable:
    return unavailable(
        f"The library {path} was written by a newer Songwright.", "Update Songwright, then restart it."
    )


def _use_wal(raw: sqlite3.Connection, path: Path) -> None:
    """Switch to WAL. Two first starts at once may meet here, where SQLite does not wait by itself."""
    deadline = time.monotonic() + BUSY_SECONDS
    while _pragma(raw, "journal_mode") != "wal":
        try:
            mode = _pragma(raw, "journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
            continue
        if mode != "wal":
            raise unavailable(
                f"The disk with the library {path} cannot share memory between programs (journal {mode}).",
                "Set SONGWRIGHT_DATA_DIR to a folder on a disk of this machine.",
            )


def _initialise(raw: sqlite3.Connection, path: Path, now: int) -> str:
    def work(connection: Connection) -> str:
        library_id = migrate(connection, now)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
        return library_id

    try:
        return _in_transaction(raw, "BEGIN IMMEDIATE", work)
    except NewerSchema as error:
        raise _newer(path) from error
