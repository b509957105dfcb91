"""Opening the library."""

import secrets
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread

from songwright.errors import Busy, LibraryUnavailable
from songwright.library.database import Database, NoDatabase
from songwright.library.faults import unavailable
from songwright.library.library import Clock, Library
from songwright.library.safekeeping import Safekeeping
from songwright.library.sqlite import open_sqlite, open_sqlite_for_reading
from songwright.library.transaction import to_ms

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


def new_id() -> str:
    """Eight characters nobody can guess or misread (no 0, o, 1, l, i)."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(8))


async def open_library(
    path: Path,
    *,
    owners_dir: Path,
    clock: Clock,
    new_id: Callable[[], str] = new_id,
    read_only: bool = False,
    reason: LibraryUnavailable | Busy | None = None,
) -> Library:
    """Open the library at `path`, making it where there is none. `owners_dir` holds the locks of its
    processes.

    `read_only` opens what is there, damaged or not, without writing anything; every write then raises
    `reason`.

    Raises:
        LibraryUnavailable: it cannot be used; the text says why and what the person can do.
        Busy: another program kept it locked for 5 seconds.
    """
    if read_only:
        database = await anyio.to_thread.run_sync(open_sqlite_for_reading, path, reason)
        return Library(database, clock, new_id, "", None)
    now = to_ms(clock())
    database, library_id = await anyio.to_thread.run_sync(open_sqlite, path, now)
    try:
        safekeeping = await anyio.to_thread.run_sync(Safekeeping.claim, owners_dir)
    except OSError as error:
        await database.aclose()
        raise unavailable(
            f"The folder {owners_dir} beside the library cannot be written ({error.strerror or error}).",
            "Free some space there, and give this program the right to write in it.",
        ) from error
    library = Library(database, clock, new_id, library_id, safekeeping)
    try:
        await library.replay()
    except BaseException:
        await library.aclose()
        raise
    return library


async def open_what_is_left(path: Path, *, clock: Clock, reason: LibraryUnavailable | Busy) -> Library:
    """What of the library can be read. Every write, or everything, is refused with `reason`."""
    try:
        database: Database = await anyio.to_thread.run_sync(open_sqlite_for_reading, path, reason)
    except (LibraryUnavailable, Busy):
        database = NoDatabase(reason)
    return Library(database, clock, new_id, "", None)
