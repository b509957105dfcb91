"""The tables, as numbered steps. A step that was published is never changed; a new one follows it.

The steps use types that SQLite and PostgreSQL share. Which ones were applied is kept in `migrations`.
"""

import secrets
from dataclasses import dataclass

from songwright.library.database import Connection, first

_FIRST = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE counters (name TEXT PRIMARY KEY, value BIGINT NOT NULL);

CREATE TABLE tasks (
    task_id TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    principal TEXT NOT NULL,
    provider_task_id TEXT,
    status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'unconfirmed')),
    title TEXT NOT NULL,
    model TEXT NOT NULL,
    request TEXT,
    fingerprint TEXT,
    credits BIGINT,
    error TEXT,
    notice TEXT,
    poll_notice TEXT,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    ended_at BIGINT,
    asked_by TEXT,
    told_at BIGINT,
    gone_at BIGINT,
    polls INTEGER NOT NULL DEFAULT 0,
    misses INTEGER NOT NULL DEFAULT 0,
    next_poll_at BIGINT,
    lease_owner TEXT,
    lease_until BIGINT,
    revision BIGINT NOT NULL
);
CREATE INDEX tasks_fingerprint ON tasks (fingerprint, created_at);
CREATE INDEX tasks_provider_task_id ON tasks (provider_task_id);
CREATE INDEX tasks_revision ON tasks (revision);
CREATE INDEX tasks_created_at ON tasks (created_at);
CREATE INDEX tasks_open ON tasks (next_poll_at) WHERE status IN ('pending', 'processing', 'unconfirmed');
CREATE INDEX tasks_untold ON tasks (asked_by) WHERE told_at IS NULL AND gone_at IS NULL;

CREATE TABLE attempts (
    attempt_id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (task_id),
    number INTEGER NOT NULL,
    provider TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN (
        'prepared', 'sending', 'accepted', 'rejected', 'not_sent', 'unconfirmed', 'not_charged', 'superseded'
    )),
    owner TEXT NOT NULL,
    provider_task_id TEXT,
    callback_hash TEXT UNIQUE,
    credits BIGINT,
    day TEXT NOT NULL,
    released INTEGER NOT NULL DEFAULT 0 CHECK (released IN (0, 1)),
    error TEXT,
    evidence TEXT,
    balance_before DOUBLE PRECISION,
    sends INTEGER NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    sent_at BIGINT,
    settled_at BIGINT,
    UNIQUE (task_id, number)
);
CREATE UNIQUE INDEX attempts_live ON attempts (task_id)
    WHERE state IN ('prepared', 'sending', 'accepted', 'unconfirmed');
CREATE INDEX attempts_provider_task_id ON attempts (provider_task_id);
CREATE INDEX attempts_open ON attempts (state) WHERE state IN ('prepared', 'sending', 'unconfirmed');

CREATE TABLE tracks (
    track_id TEXT PRIMARY KEY,
    task_id TEXT NOT NULL REFERENCES tasks (task_id),
    principal TEXT NOT NULL,
    provider TEXT NOT NULL,
    take_number INTEGER NOT NULL,
    answer_index INTEGER NOT NULL,
    provider_track_id TEXT,
    title TEXT NOT NULL,
    style TEXT,
    lyrics TEXT,
    duration_seconds DOUBLE PRECISION,
    audio_url TEXT,
    image_url TEXT,
    video_url TEXT,
    expires_at BIGINT,
    created_at BIGINT NOT NULL,
    ordered_at BIGINT NOT NULL,
    file TEXT,
    cover_file TEXT,
    sha256 TEXT,
    size BIGINT,
    archived TEXT NOT NULL CHECK (archived IN ('waiting', 'saved', 'failed', 'expired', 'off')),
    archive_note TEXT,
    archive_tries INTEGER NOT NULL DEFAULT 0,
    next_save_at BIGINT,
    save_owner TEXT,
    save_until BIGINT,
    kept INTEGER NOT NULL DEFAULT 0,
    search TEXT NOT NULL,
    UNIQUE (task_id, take_number)
);
CREATE INDEX tracks_newest ON tracks (ordered_at, task_id, take_number);
CREATE INDEX tracks_unsaved ON tracks (next_save_at) WHERE archived = 'waiting';

CREATE TABLE spending (
    day TEXT NOT NULL,
    provider TEXT NOT NULL,
    spent BIGINT NOT NULL,
    PRIMARY KEY (day, provider)
);

CREATE TABLE events (
    revision BIGINT NOT NULL,
    number INTEGER NOT NULL,
    task_id TEXT NOT NULL REFERENCES tasks (task_id),
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    detail TEXT,
    PRIMARY KEY (revision, number)
);
CREATE INDEX events_task ON events (task_id);

CREATE TABLE confirmations (
    confirmation_id TEXT PRIMARY KEY,
    principal TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at BIGINT NOT NULL
);
"""


@dataclass(frozen=True)
class Step:
    """One change of the tables: a name that is never reused, and its statements."""

    name: str
    statements: tuple[str, ...]


def _step(name: str, script: str) -> Step:
    return Step(name, tuple(part.strip() for part in script.split(";\n") if part.strip()))


STEPS = (_step("0001_first_tables", _FIRST),)

SCHEMA = len(STEPS)
"""The number of the newest schema this program knows."""


class NewerSchema(Exception):
    """The tables were changed by a newer program."""


def migrate(connection: Connection, now: int) -> str:
    """Bring the tables up to date inside the caller's transaction and return the library's id.

    Raises:
        NewerSchema: the tables hold a step that this program does not know.
    """
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)"
    )
    applied = {row["name"] for row in connection.execute("SELECT name FROM migrations")}
    if applied - {step.name for step in STEPS}:
        raise NewerSchema
    for step in STEPS:
        if step.name not in applied:
            for statement in step.statements:
                connection.execute(statement)
            connection.execute(
                "INSERT INTO migrations (name, applied_at) VALUES (:name, :now)",
                {"name": step.name, "now": now},
            )
    return _identity(connection)


def _identity(connection: Connection) -> str:
    connection.execute(
        "INSERT INTO counters (name, value) VALUES ('revision', 0) ON CONFLICT (name) DO NOTHING"
    )
    for name, value in (("library_id", secrets.token_hex(16)), ("seal", secrets.token_hex(32))):
        connection.execute(
            "INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
            {"name": name, "value": value},
        )
    row = first(connection, "SELECT value FROM meta WHERE name = 'library_id'")
    return str(row["value"]) if row else ""
