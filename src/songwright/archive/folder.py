"""The music folder: whose folder is whose, and every write to it.

A song's folder belongs to the task whose id stands in its `.songwright` file; that file appears whole or not
at all, so of two processes that want one name, one gets it. Files appear whole or not at all too.
"""

import os
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from songwright.archive.kinds import HEAD, Kind
from songwright.archive.names import folder_names
from songwright.archive.trouble import ArchiveError, disk_told
from songwright.models import Task

MARKER = ".songwright"
TEMPORARY = ".tmp-"

_ABANDONED_SECONDS = 24 * 3600
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_LINK: Callable[[Path, Path], None] | None = getattr(os, "link", None)
_WINDOWS_TRIES = 5


def disk_free(folder: Path) -> int:
    """The free bytes on a folder's disk. Raises OSError."""
    return shutil.disk_usage(folder).free


class Scratch:
    """Temporary files beside the songs, private and new, gone when the block ends unless they were placed."""

    def __init__(self, root: Path, free: Callable[[Path], int] = disk_free) -> None:
        self._root = root
        self._free = free
        self._files: list[Path] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            with suppress(OSError):
                file.unlink(missing_ok=True)

    def new(self) -> Path:
        """An empty file that nobody else has or can read."""
        file = self._root / f"{TEMPORARY}{secrets.token_hex(8)}"
        with disk_told():
            os.close(os.open(file, _NEW, 0o600))
        self._files.append(file)
        return file

    def holding(self, content: bytes) -> Path:
        """A new file with this content."""
        file = self.new()
        with disk_told(), file.open("wb") as opened:
            opened.write(content)
            opened.flush()
            os.fsync(opened.fileno())
        return file

    def copy(self, source: Path) -> Path:
        """A second copy of a file."""
        file = self.new()
        with disk_told():
            shutil.copyfile(source, file)
        return file

    def need(self, size: int) -> None:
        """Raise ArchiveError where fewer than `size` bytes are free."""
        with disk_told():
            free = self._free(self._root)
        if free < size:
            raise ArchiveError.later(
                f"the disk of the music folder is nearly full: {free // 1_000_000} MB are free,"
                f" {size // 1_000_000 + 1} MB are needed"
            )


class MusicFolder:
    """The folder that all songs go to. Every call blocks, and raises ArchiveError for what the disk says."""

    def __init__(
        self, root: Path, *, free: Callable[[Path], int] = disk_free, now: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._free = free
        self._now = now

    def prepare(self) -> None:
        """Make the folder, and remove temporary files that a killed process left a day ago or earlier."""
        with disk_told():
            self._root.mkdir(parents=True, exist_ok=True)
            with os.scandir(self._root) as entries:
                left = [Path(entry.path) for entry in entries if entry.name.startswith(TEMPORARY)]
        for file in left:
            with suppress(OSError):
                if self._now() - file.lstat().st_mtime > _ABANDONED_SECONDS:
                    file.unlink()

    def scratch(self) -> Scratch:
        """Room for temporary files, on the disk of the songs."""
        return Scratch(self._root, self._free)

    def find(self, task: Task) -> Path | None:
        """The folder that already is the task's, or None."""
        with disk_told():
            candidates = [*self._beside(task), *self._named(task)]
            return next((folder for folder in candidates if self._owner(folder) == task.task_id), None)

    def claim(self, task: Task) -> Path:
        """The task's own folder, made where there is none.

        The first name that is free, empty or already the task's; so never a folder of a person's own, or of
        another song of that title.
        """
        found = self.find(task)
        if found is not None:
            return found
        with disk_told(), self.scratch() as scratch:
            for folder in self._named(task):
                if not _is_made(folder):
                    continue
                self._inside(folder)
                if not any(folder.iterdir()):
                    text = f"{task.task_id}\nSongwright keeps the files of this order here.\n"
                    publish(scratch.holding(text.encode()), folder / MARKER)
                if self._owner(folder) == task.task_id:
                    return folder
        raise ArchiveError.later("every name for the song's folder is taken by something else")

    def _named(self, task: Task) -> list[Path]:
        return [self._root / name for name in folder_names(task.title, task.task_id)]

    def _beside(self, task: Task) -> list[Path]:
        """The folders of takes saved before, for a task that has changed its title since."""
        saved = [Path(track.file).parent for track in task.tracks if track.file]
        return [folder for folder in dict.fromkeys(saved) if folder.parent == self._root]

    def _owner(self, folder: Path) -> str | None:
        if not folder.is_dir():
            return None
        self._inside(folder)
        with suppress(FileNotFoundError), (folder / MARKER).open("rb") as marker:
            return marker.read(200).decode("utf-8", "replace").partition("\n")[0]
        return None

    def _inside(self, folder: Path) -> None:
        if folder.resolve().parent != self._root.resolve():
            raise ArchiveError.later("the song's folder is a link that leads out of the music folder")


def _is_made(folder: Path) -> bool:
    """Whether the folder is there now; False where something else has its name."""
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        return False
    return True


def publish(file: Path, place: Path, *, link: Callable[[Path, Path], None] | None = _LINK) -> bool:
    """Give a new name to a whole file; False where the name is taken. Raises OSError.

    Without hard links (FAT, some systems) the name is made first and filled then: nearly as good.
    """
    with suppress(OSError):  # a disk without permissions
        file.chmod(0o644)
    if link is None:
        return _written_anew(file.read_bytes(), place)
    try:
        link(file, place)
    except FileExistsError:
        return False
    except OSError:
        return _written_anew(file.read_bytes(), place)
    file.unlink()
    return True


def _written_anew(content: bytes, place: Path) -> bool:
    try:
        handle = os.open(place, _NEW, 0o644)
    except FileExistsError:
        return False
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return True


def write_once(content: bytes, places: Iterable[Path], scratch: Scratch) -> None:
    """Put the content under the first name that is free or holds it already; overwrite nothing."""
    with disk_told():
        for target in places:
            if publish(scratch.holding(content), target):
                return
            if target.is_file() and target.read_bytes() == content:
                return


def place(
    file: Path,
    target: Path,
    *,
    replace: Callable[[Path, Path], None] = os.replace,
    pause: Callable[[float], None] = time.sleep,
) -> None:
    """Move a whole temporary file to its place: on the disk before it is seen, and readable for everybody.

    Windows refuses while another program has the target open, so it is tried five times, 50 ms apart.
    """
    with disk_told():
        with file.open("rb+") as opened:
            os.fsync(opened.fileno())
        with suppress(OSError):  # a disk without permissions
            file.chmod(0o644)
        for attempt in range(_WINDOWS_TRIES):
            try:
                replace(file, target)
                break
            except PermissionError:
                if attempt == _WINDOWS_TRIES - 1:
                    raise
                pause(0.05)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """Let a new name survive a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def good_file(
    folder: Path, stem: str, kinds: Iterable[Kind], kind_of: Callable[[bytes], Kind | None], least_bytes: int
) -> Path | None:
    """The file of that stem that is what its extension says, or None. A link never counts."""
    for kind in kinds:
        file = folder / f"{stem}{kind.extension}"
        with suppress(OSError):
            state = file.lstat()
            if not stat.S_ISREG(state.st_mode) or state.st_size < least_bytes:
                continue
            with file.open("rb") as opened:
                if kind_of(opened.read(HEAD)) == kind:
                    return file
    return None
