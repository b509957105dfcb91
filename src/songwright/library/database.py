"""The seam between the library and the database that holds it.

The library speaks SQL that SQLite and PostgreSQL both understand, with named parameters (`:name`), times as
whole milliseconds UTC, switches as 0 and 1, and JSON as text. What differs between the two stays behind this.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from songwright.errors import SongwrightError

T = TypeVar("T")
Row = Mapping[str, Any]


class Connection(Protocol):
    """What a piece of work may do inside its transaction."""

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement and return its rows, the ones of RETURNING included."""
        ...


class Database(Protocol):
    """A place for tables. Work runs outside the event loop; faults are raised as `SongwrightError`s."""

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` over one unchanging snapshot; it must not write.

        Raises:
            LibraryUnavailable: the database cannot be read.
            Busy: another program kept it locked for 5 seconds.
        """
        ...

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in one transaction that is committed durably, or not at all if `work` raises.

        Cancellation waits for the end: whoever awaited this knows whether it was committed.

        Raises:
            LibraryUnavailable: the database cannot be written; nothing was.
            Busy: another program kept it locked for 5 seconds; nothing was written.
        """
        ...

    async def check(self) -> None:
        """Raise `LibraryUnavailable` if it cannot be written or was taken away."""
        ...

    async def tidy(self) -> None:
        """Do now what would otherwise hold up an order."""
        ...

    async def aclose(self) -> None:
        """Close it. Idempotent."""
        ...


class NoDatabase:
    """Stands where no database could be opened: everything asked of it is refused with the reason."""

    def __init__(self, reason: SongwrightError) -> None:
        self._reason = reason

    async def read(self, work: Callable[[Connection], T]) -> T:
        """See `Database.read`."""
        raise self._reason

    async def write(self, work: Callable[[Connection], T]) -> T:
        """See `Database.write`."""
        raise self._reason

    async def check(self) -> None:
        """See `Database.check`."""
        raise self._reason

    async def tidy(self) -> None:
        """There is nothing to tidy."""

    async def aclose(self) -> None:
        """There is nothing to close."""


def first(connection: Connection, sql: str, **params: object) -> Row | None:
    """The first row of a statement, or None."""
    rows = connection.execute(sql, params)
    return rows[0] if rows else None
