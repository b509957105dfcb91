"""How songs and waiting look in a terminal, and in a pipe."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Table

from songwright.commands.terminal import say
from songwright.text import clock_time


def length(seconds: float | None) -> str:
    """A song's length as people write it: 3:18."""
    return "?" if seconds is None else clock_time(seconds)


def size(count: int) -> str:
    """A number of bytes as people write it."""
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"


def table(*columns: str, title: str | None = None) -> Table:
    """An empty table in the one style of the command line. Long cells are broken, never cut."""
    made = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        made.add_column(column, overflow="fold", justify="right" if column in ("Length", "Size") else "left")
    return made


def takes_table(tracks: Sequence[Mapping[str, Any]], title: str) -> Table:
    """The takes of one song: letter, length, size, and the file or, where none was saved, the link."""
    made = table("Take", "Length", "Size", "File", title=title)
    for track in tracks:
        file = track.get("file")
        made.add_row(track["take"], length(track.get("duration_seconds")), _size_of(file), _where(track))
    return made


def _where(track: Mapping[str, Any]) -> str:
    if file := track.get("file"):
        return Path(file).name
    return str(track.get("audio_url") or "not saved yet")


def _size_of(file: str | None) -> str:
    try:
        return size(Path(file).stat().st_size) if file else ""
    except OSError:
        return "gone"


@dataclass
class Waiting:
    """Tells that something goes on: a moving bar in a terminal, elsewhere a line when its state changes."""

    console: Console
    bar: Progress | None
    shown: TaskID | None
    _state: str = field(default="")

    async def report(self, progress: float, total: float | None, message: str | None) -> None:
        """What the server tells while it waits. How long a song takes nobody knows, so no share is shown."""
        self.tell(message or self._state)

    def tell(self, message: str) -> None:
        """A state such as `processing for 0:12`."""
        state = message.split(" ", 1)[0]
        if self.bar and self.shown is not None:
            self.bar.update(self.shown, description=message)
        elif state != self._state:
            say(self.console, message)
        self._state = state

    def done(self, message: str) -> None:
        """It is over: the bar is full."""
        self.tell(message)
        if self.bar and self.shown is not None:
            self.bar.update(self.shown, total=1, completed=1)


@contextmanager
def waiting(console: Console, message: str) -> Generator[Waiting]:
    """Shows that something goes on while the block runs."""
    if not console.is_terminal:
        shown = Waiting(console, None, None)
        shown.tell(message)
        yield shown
        return
    with Progress(
        BarColumn(bar_width=30), TextColumn("{task.description}", markup=False), console=console
    ) as bar:
        yield Waiting(console, bar, bar.add_task(message, total=None))
