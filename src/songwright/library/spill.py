"""Where an accepted order's id goes when the database cannot take it: a file whose space was reserved at
start.

A full disk refuses a new row but not bytes of a file that already has its blocks. One JSON object a line; the
rest of the file is zero bytes.
"""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

SIZE = 64 * 1024
"""Bytes reserved: some 300 ids."""

_FLAGS = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True)
class Spilled:
    """An id that a provider gave and the database did not take."""

    attempt_id: str
    provider_task_id: str
    warning: str | None = None


class Spill:
    """One owner's spill file, kept open so that no descriptor is needed when it matters. It blocks."""

    def __init__(self, path: Path) -> None:
        """Reserve the file.

        Raises:
            OSError: the disk has no room for it, or the folder cannot be written.
        """
        self._path = path
        self._descriptor: int | None = os.open(path, _FLAGS, 0o600)
        try:
            self._reserve()
        except OSError:
            self.close()
            path.unlink(missing_ok=True)
            raise
        self._used = len(_written(self._read()))

    def add(self, entry: Spilled) -> None:
        """Keep an id durably.

        Raises:
            OSError: the file is full, closed, or cannot be written.
        """
        line = json.dumps(asdict(entry)).encode("ascii") + b"\n"
        if self._descriptor is None or self._used + len(line) > SIZE:
            raise OSError("the spill file is full or closed")
        self._write(self._used, line)
        self._used += len(line)

    def entries(self) -> list[Spilled]:
        """What it holds."""
        return parse(self._read()) if self._used else []

    def clear(self) -> None:
        """Forget what it holds, once that is in the database."""
        if self._used:
            self._write(0, bytes(self._used))
            self._used = 0

    def close(self) -> None:
        """Close the file; one that holds nothing is removed. Idempotent."""
        if self._descriptor is None:
            return
        os.close(self._descriptor)
        self._descriptor = None
        if not getattr(self, "_used", 1):
            self._path.unlink(missing_ok=True)

    def _reserve(self) -> None:
        descriptor = self._fd()
        if os.fstat(descriptor).st_size >= SIZE:
            return
        if hasattr(os, "posix_fallocate"):
            try:
                os.posix_fallocate(descriptor, 0, SIZE)
                os.fsync(descriptor)
            except OSError:
                pass  # a file system without it: zeros do the same
            else:
                return
        self._write(0, bytes(SIZE))

    def _read(self) -> bytes:
        descriptor = self._fd()
        os.lseek(descriptor, 0, os.SEEK_SET)
        return os.read(descriptor, SIZE)

    def _write(self, at: int, data: bytes) -> None:
        descriptor = self._fd()
        os.lseek(descriptor, at, os.SEEK_SET)
        while data:
            data = data[os.write(descriptor, data) :]
        os.fsync(descriptor)

    def _fd(self) -> int:
        if self._descriptor is None:
            raise OSError("the spill file is closed")
        return self._descriptor


def _written(content: bytes) -> bytes:
    end = content.find(b"\0")
    return content if end < 0 else content[:end]


def parse(content: bytes) -> list[Spilled]:
    """The ids in a spill file; a torn last line is left out."""
    found: list[Spilled] = []
    for line in _written(content).split(b"\n"):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict) and (entry := _entry(cast("dict[str, Any]", value))):
            found.append(entry)
    return found


def _entry(value: dict[str, Any]) -> Spilled | None:
    attempt_id, provider_task_id = value.get("attempt_id"), value.get("provider_task_id")
    if not isinstance(attempt_id, str) or not isinstance(provider_task_id, str):
        return None
    warning = value.get("warning")
    return Spilled(attempt_id, provider_task_id, warning if isinstance(warning, str) else None)
