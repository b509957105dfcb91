"""What a fault of the database means for the person: the one place where SQLite's errors get a text."""

import sqlite3
from pathlib import Path

from songwright.errors import Busy, LibraryUnavailable

_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}

_TEXTS = {
    sqlite3.SQLITE_FULL: (
        "The disk with the library {path} is full.",
        "Free some space there, then make the same call again.",
    ),
    sqlite3.SQLITE_READONLY: (
        "The library {path} cannot be written: the file or its folder is read-only.",
        "Give this program the right to write there, or set SONGWRIGHT_DATA_DIR to another folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "The library {path} cannot be opened.",
        "Check that the folder exists and is writable, and that not too many files are open.",
    ),
    sqlite3.SQLITE_IOERR: (
        "The disk with the library {path} failed while reading or writing.",
        "Check the disk and its free space, then make the same call again.",
    ),
}


def unavailable(message: str, fix: str) -> LibraryUnavailable:
    """The library cannot be used, and `fix` says what the person can do."""
    return LibraryUnavailable(message, fix=fix)


def damaged(path: Path, detail: str) -> LibraryUnavailable:
    """The file is not a healthy database. It is never moved or deleted by the program itself."""
    return unavailable(
        f"The library {path} is damaged ({detail}).",
        "Earlier songs can still be read where that works. Restore a backup, or move the file and its "
        f"{path.name}.marker aside to begin a new library; nothing is deleted by itself.",
    )


def translated(error: sqlite3.Error, path: Path) -> LibraryUnavailable | Busy:
    """SQLite's error as one of ours, by its primary code."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in _BUSY:
        return Busy(
            "The library was locked by another program for more than 5 seconds. Nothing was sent.",
            fix="Make the same call again in a few seconds.",
            retry_after_seconds=5,
        )
    if code in _DAMAGED:
        return damaged(path, str(error))
    message, fix = _TEXTS.get(
        code, (f"The library {{path}} failed ({error}).", "Run `songwright doctor` to see what is wrong.")
    )
    return unavailable(message.replace("{path}", str(path)), fix)
