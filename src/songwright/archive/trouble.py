"""Why a song could not be saved, and whether another try makes sense."""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from typing import Self

_DISK = {
    errno.ENOSPC: "the disk of the music folder is full",
    errno.EDQUOT: "the disk quota of the music folder is used up",
    errno.EFBIG: "the disk of the music folder takes no file of this size",
    errno.EACCES: "the music folder may not be written",
    errno.EPERM: "the music folder may not be written",
    errno.EROFS: "the music folder is read-only",
    errno.ENOTDIR: "the music folder is a file, not a folder",
    errno.EEXIST: "the music folder is a file, not a folder",
    errno.ENOENT: "the music folder is not there",
}


class ArchiveError(Exception):
    """A take or a cover could not be saved. `reason` is for the person, without paths and addresses.

    `retry` says that the same call may succeed later; `fresh_url` that asking the provider for the task again
    may give an address that works.
    """

    def __init__(self, reason: str, *, retry: bool, fresh_url: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry = retry
        self.fresh_url = fresh_url

    @classmethod
    def refused(cls, reason: str) -> Self:
        """An address that is never asked, however often."""
        return cls(reason, retry=False)

    @classmethod
    def later(cls, reason: str) -> Self:
        """Network, disk or a wrong file: it may be right the next time."""
        return cls(reason, retry=True)

    @classmethod
    def stale(cls, reason: str) -> Self:
        """The address has gone; a fresh one may work."""
        return cls(reason, retry=True, fresh_url=True)


@contextmanager
def disk_told() -> Generator[None]:
    """Turn what the file system says into an `ArchiveError` that may be retried."""
    try:
        yield
    except OSError as error:
        reason = _DISK.get(error.errno or 0, "the music folder cannot be used")
        raise ArchiveError.later(f"{reason} (SONGWRIGHT_MUSIC_DIR)") from error
