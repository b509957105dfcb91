"""The ledger's SQLite file: its tables, and how it is opened."""

import sqlite3
import time
from pathlib import Path
from typing import Any

BUSY_SECONDS = 20.0
"""How long one process waits for another's transaction."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts (
    account TEXT PRIMARY KEY,
    purchased INTEGER NOT NULL,
    consumed INTEGER NOT NULL DEFAULT 0,
    CHECK (consumed >= 0 AND consumed <= purchased)
) STRICT;
CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts,
    wanted TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    seed INTEGER NOT NULL,
    created_at REAL NOT NULL,
    due_at REAL NOT NULL,
    credits INTEGER NOT NULL,
    base_url TEXT NOT NULL,
    words TEXT NOT NULL,
    failure TEXT,
    refunded INTEGER NOT NULL DEFAULT 0,
    rendered_at REAL,
    takes TEXT NOT NULL DEFAULT '[]',
    queries INTEGER NOT NULL DEFAULT 0,
    swept INTEGER NOT NULL DEFAULT 0,
    renderer TEXT,
    claimed_until REAL NOT NULL DEFAULT 0,
    callback_at REAL,
    callback_tries INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS orders_same ON orders (fingerprint);
CREATE INDEX IF NOT EXISTS orders_callback ON orders (callback_at) WHERE callback_at IS NOT NULL;
CREATE INDEX IF NOT EXISTS orders_refund ON orders (account) WHERE failure IS NOT NULL AND refunded = 0;
CREATE TABLE IF NOT EXISTS charges (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    account TEXT NOT NULL REFERENCES accounts,
    kind TEXT NOT NULL CHECK (kind IN ('charge', 'refund', 'purchase')),
    credits INTEGER NOT NULL,
    at REAL NOT NULL,
    order_id TEXT,
    UNIQUE (order_id, kind)
) STRICT;
"""


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file. Two processes that make it at once may collide while it learns its mode: try again."""
    until = time.monotonic() + BUSY_SECONDS
    while True:
        db = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        db.row_factory = _row
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.executescript(_SCHEMA)
        except sqlite3.OperationalError as error:
            db.close()
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.02)
        except BaseException:
            db.close()
            raise
        else:
            return db


def _row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Any:
    """Orders as a mapping, everything else as a tuple."""
    names = [column[0] for column in cursor.description]
    return dict(zip(names, values, strict=True)) if "wanted" in names else values
