"""Who works on an order: each opened library is an owner, known by a file lock that dies with its process.

`owners/<id>.lock` is held locked as long as the owner lives, also by `kill -9`'s standards. Beside it stands
`owners/<id>.spill` (see `spill`). Files of dead owners are swept away by the living.
"""

import os
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_lock(descriptor: int) -> bool:
        # flock belongs to the open file: two owners in one process exclude each other too, unlike lockf.
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


_FLAGS = os.O_RDWR | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOINHERIT", 0)


class Owner:
    """This process's identity in a library. `claim` makes one; `release` ends it."""

    def __init__(self, folder: Path, owner_id: str, descriptor: int) -> None:
        self.folder = folder
        self.owner_id = owner_id
        self._descriptor: int | None = descriptor

    @classmethod
    def claim(cls, folder: Path) -> "Owner":
        """Become an owner in `folder`, which is made if missing; blocks.

        Raises:
            OSError: the folder cannot be written.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        while True:
            owner_id = secrets.token_hex(8)
            path = _lock_path(folder, owner_id)
            descriptor = os.open(path, _FLAGS | os.O_CREAT | os.O_EXCL, 0o600)
            if _try_lock(descriptor) and _is_same(path, descriptor):
                return cls(folder, owner_id, descriptor)
            os.close(descriptor)  # a sweeper took it for a dead one before it was locked

    @property
    def spill_path(self) -> Path:
        """Where this owner keeps what the database could not take."""
        return _spill_path(self.folder, self.owner_id)

    def is_alive(self, owner_id: str) -> bool:
        """Whether that owner's process still runs; in doubt it does. Blocks shortly."""
        if owner_id == self.owner_id:
            return self._descriptor is not None
        try:
            descriptor = os.open(_lock_path(self.folder, owner_id), _FLAGS)
        except FileNotFoundError:
            return False
        except OSError:
            return True  # no right or no descriptor left: not proven dead
        try:
            return not _try_lock(descriptor)
        finally:
            os.close(descriptor)

    def dead(self) -> Iterator[str]:
        """The owners whose files stand here and whose processes are gone."""
        try:
            stems = {path.stem for kind in ("*.lock", "*.spill") for path in self.folder.glob(kind)}
        except OSError:
            return  # no descriptor left: nobody is proven dead
        for owner_id in sorted(stems):
            if not self.is_alive(owner_id):
                yield owner_id

    def dead_spill(self, owner_id: str) -> Path:
        """Where a dead owner kept what the database could not take."""
        return _spill_path(self.folder, owner_id)

    def bury(self, owner_id: str) -> None:
        """Remove a dead owner's files. One that another process removes at the same time is no matter.

        They are removed under the lock: an owner that looked dead because it was only just claiming it has it
        by now, and keeps them.
        """
        try:
            descriptor = os.open(_lock_path(self.folder, owner_id), _FLAGS)
        except FileNotFoundError:
            _unlink(_spill_path(self.folder, owner_id))
            return
        except OSError:
            return
        try:
            if _try_lock(descriptor):
                _unlink(_spill_path(self.folder, owner_id))
                _unlink(_lock_path(self.folder, owner_id))
        finally:
            os.close(descriptor)
        if sys.platform == "win32" and not self.is_alive(owner_id):
            _unlink(_lock_path(self.folder, owner_id))  # there, no open file can be removed

    def release(self) -> None:
        """End this owner: to all others it is dead from now on. Idempotent."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
            _unlink(_lock_path(self.folder, self.owner_id))


def _lock_path(folder: Path, owner_id: str) -> Path:
    return folder / f"{owner_id}.lock"


def _spill_path(folder: Path, owner_id: str) -> Path:
    return folder / f"{owner_id}.spill"


def _is_same(path: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except OSError:
        return False


def _unlink(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # in use on Windows, or no right: it is tried again at the next sweep
