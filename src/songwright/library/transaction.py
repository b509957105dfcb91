"""One change of the library: a connection, the time, who changes, and the revision it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from songwright.library.database import Connection, Row, first

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def to_ms(moment: datetime) -> int:
    """Whole milliseconds since 1970, UTC."""
    return (moment - EPOCH) // _MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The moment of that many milliseconds since 1970."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def optional_ms(moment: datetime | None) -> int | None:
    """The same for a moment that may be unknown."""
    return None if moment is None else to_ms(moment)


@dataclass
class Transaction:
    """What every writing function gets. Times are milliseconds; `owner` is the process that writes.

    The revision is taken when it is first needed, so a transaction that changes no task makes none. Taking it
    locks the counter until the commit: revisions become visible in their order.
    """

    connection: Connection
    now: int
    owner: str
    new_id: Callable[[], str]
    _revision: int | None = field(default=None, init=False)
    _events: int = field(default=0, init=False)

    def execute(self, sql: str, params: Mapping[str, object] | None = None) -> list[Row]:
        """Run one statement: a transaction is a `Connection`."""
        return self.connection.execute(sql, params)

    def all(self, sql: str, **params: object) -> list[Row]:
        """Run one statement with named parameters and return its rows."""
        return self.connection.execute(sql, params)

    def first(self, sql: str, **params: object) -> Row | None:
        """The first row of a statement, or None."""
        return first(self.connection, sql, **params)

    @property
    def day(self) -> str:
        """Today in UTC, the key of the daily cap."""
        return from_ms(self.now).date().isoformat()

    @property
    def revision(self) -> int:
        """This transaction's revision."""
        if self._revision is None:
            row = self.first("UPDATE counters SET value = value + 1 WHERE name = 'revision' RETURNING value")
            self._revision = int(row["value"]) if row else 0
        return self._revision

    def touch(self, task_id: str, what: str, detail: str | None = None) -> None:
        """Mark a task as changed and write the change into its history."""
        self.all(
            "UPDATE tasks SET revision = :revision WHERE task_id = :task_id",
            revision=self.revision,
            task_id=task_id,
        )
        self._events += 1
        self.all(
            "INSERT INTO events (revision, number, task_id, at, what, detail) "
            "VALUES (:revision, :number, :task_id, :now, :what, :detail)",
            revision=self.revision,
            number=self._events,
            task_id=task_id,
            now=self.now,
            what=what,
            detail=detail,
        )

    def fresh_id(self) -> str:
        """An id that no task and no track has."""
        while True:
            key = self.new_id()
            if not self.all(
                "SELECT task_id FROM tasks WHERE task_id = :key "
                "UNION ALL SELECT task_id FROM tracks WHERE track_id = :key",
                key=key,
            ):
                return key
