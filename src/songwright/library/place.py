"""The place on disk where a SQLite library stands: is it one where a library may be kept, and is it still
there?

Beside `library.db` stands `library.db.marker` with the library's id: an empty or missing database file next
to a marker is a library that vanished, not a new one.
"""

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

from songwright.errors import LibraryUnavailable
from songwright.library.faults import unavailable

_NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb2", "smb3", "smbfs", "afs", "ncpfs", "9p", "ceph", "glusterfs", "davfs"}
    | {"fuse.sshfs", "fuse.rclone", "fuse.s3fs"}
)


def network_file_system(path: Path, mounts: str) -> str | None:
    """The type of the network file system that holds `path`, by a table like `/proc/mounts`, or None."""
    best, kind = "", ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if len(point) >= len(best) and (point == "/" or path == Path(point) or Path(point) in path.parents):
            best, kind = point, fields[2]
    return kind if kind in _NETWORK else None


@dataclass(frozen=True)
class Place:
    """A database file and its marker."""

    path: Path

    @property
    def marker(self) -> Path:
        """The file that says that a library was kept here, and which."""
        return self.path.with_name(f"{self.path.name}.marker")

    def prepare(self) -> None:
        """Make the folder, and refuse what cannot hold a library.

        Raises:
            LibraryUnavailable: a directory, a network file system, an unwritable folder, a vanished library.
        """
        self._refuse_wrong_kind()
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise unavailable(
                f"The folder {self.path.parent} for the library cannot be made ({error.strerror}).",
                "Set SONGWRIGHT_DATA_DIR to a folder that this program may write.",
            ) from error
        target = self.path if self.path.exists() else self.path.parent
        if not os.access(target, os.W_OK) or not os.access(self.path.parent, os.W_OK):
            raise unavailable(
                f"The library {self.path} cannot be written: the file or its folder is read-only.",
                "Give this program the right to write there, or set SONGWRIGHT_DATA_DIR to another folder.",
            )
        if self.library_id() is not None and not self.path.exists():
            raise self.vanished()

    def _refuse_wrong_kind(self) -> None:
        if self.path.is_dir():
            raise unavailable(
                f"The library {self.path} is a folder, not a file.",
                "Move that folder aside, or set SONGWRIGHT_DATA_DIR to another folder.",
            )
        if kind := self._network():
            raise unavailable(
                f"The library {self.path} would stand on a network file system ({kind}), where two programs "
                "can damage it.",
                "Set SONGWRIGHT_DATA_DIR to a folder on a disk of this machine.",
            )

    def _network(self) -> str | None:
        if str(self.path).startswith("\\\\"):
            return "a Windows share"
        if not sys.platform.startswith("linux"):
            return None
        with contextlib.suppress(OSError):
            return network_file_system(self.path.resolve(), Path("/proc/mounts").read_text("utf-8"))
        return None

    def library_id(self) -> str | None:
        """What the marker says, or None without one."""
        try:
            return self.marker.read_text("ascii", "replace").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise unavailable(
                f"The file {self.marker} beside the library cannot be read ({error.strerror}).",
                "Give this program the right to read it.",
            ) from error

    def mark(self, library_id: str) -> None:
        """Write the marker if there is none.

        Raises:
            LibraryUnavailable: the marker names another library, or cannot be written.
        """
        known = self.library_id()
        if known == library_id:
            return
        if known:
            raise unavailable(
                f"The library {self.path} is another one than before: its file was replaced.",
                f"Put the earlier file back, or delete {self.marker} if the new one is meant.",
            )
        draft = self.marker.with_name(f"{self.marker.name}.{os.getpid()}")
        try:
            draft.write_text(library_id, "ascii")
            draft.replace(self.marker)
        except OSError as error:
            raise unavailable(
                f"The file {self.marker} beside the library cannot be written ({error.strerror}).",
                "Free some space there, and give this program the right to write in that folder.",
            ) from error

    def vanished(self) -> LibraryUnavailable:
        """A library was kept here and is gone or empty."""
        return unavailable(
            f"The library {self.path} is gone or empty, though one was kept here before.",
            f"Put the file back from a backup; to begin a new library delete {self.marker}, knowing that "
            "unconfirmed orders of the old one are then forgotten.",
        )

    def identity(self) -> tuple[int, int] | None:
        """What tells this file from another at the same path, or None if there is none."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        return stat.st_dev, stat.st_ino
