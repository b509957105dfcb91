"""`songwright tracks`: what was ordered so far, read from the library."""

from pathlib import Path

import anyio
from rich.table import Table

from songwright.app import database_path, open_service, utc_now
from songwright.commands.shown import length, table, waiting
from songwright.commands.terminal import Terminal, say
from songwright.library import Library, TrackPage, open_library
from songwright.models import Task, Track
from songwright.service import SongService
from songwright.settings import Settings
from songwright.text import clean_line, quoted, redact

MOST_SECONDS = 900.0
"""How long `--wait` waits for one song."""

SAVE_SECONDS = 120.0
"""How long it waits for the files of a finished song; what failed is tried again, first after 15 s."""

MOST_UNSAVED = 100
"""How many of the newest tracks are looked through for files that are not saved."""

PERSON = "local"


def show_tracks(terminal: Terminal, query: str | None, limit: int, *, wait: bool) -> int:
    """Print earlier songs. Nothing is asked of a provider, unless the person waits for unfinished songs."""
    settings = terminal.settings()
    if wait:
        anyio.run(_wait, terminal, settings)
    path = database_path(settings)
    if not path.exists():
        terminal.out.print("There are no songs yet.")
        return 0
    page, tasks = anyio.run(_read, settings, query, limit)
    _show(terminal, settings, page, tasks if query is None else [], query)
    return 0


async def _read(settings: Settings, query: str | None, limit: int) -> tuple[TrackPage, list[Task]]:
    """A page of tracks and the tasks that need attention. Nothing is written."""
    library: Library = await open_library(
        database_path(settings), owners_dir=settings.data_dir / "owners", clock=utc_now, read_only=True
    )
    try:
        return await library.tracks(query, limit, None, PERSON), await library.attention(PERSON, utc_now())
    finally:
        await library.aclose()


async def _wait(terminal: Terminal, settings: Settings) -> None:
    """Follow every unfinished song to its end, and save it and what else is not saved yet."""
    async with open_service(settings) as service:
        tasks = [task for task in await service.attention() if task.status in ("pending", "processing")]
        page = await service.tracks(None, MOST_UNSAVED, None)
        unsaved = {track.task_id: track.track_id for track in page.tracks if track.archived == "waiting"}
        tasks += [(await service.track(track_id))[1] for track_id in unsaved.values()]
        for task in tasks:
            await _wait_for(terminal, service, task)


async def _wait_for(terminal: Terminal, service: SongService, task: Task) -> None:
    name = quoted(task.title, 40)
    with waiting(terminal.err, f"{task.status}: {name}") as shown:

        async def tell(task: Task, _: float) -> None:
            passed = (utc_now() - task.created_at).total_seconds()
            shown.tell(f"saving: {name}" if task.is_over else f"{task.status} for {length(passed)}: {name}")

        task = await service.wait(task, MOST_SECONDS, tell)
        with anyio.move_on_after(SAVE_SECONDS):
            while any(track.archived == "waiting" for track in task.tracks):
                shown.tell(f"saving: {name}")
                task = await service.wait(task, SAVE_SECONDS)
        shown.done(f"{task.status}: {name}")


def _show(
    terminal: Terminal, settings: Settings, page: TrackPage, tasks: list[Task], query: str | None
) -> None:
    if tasks:
        terminal.out.print(_tasks_table(tasks))
    if not page.tracks:
        terminal.out.print(
            f"No track matches {quoted(redact(query), 60)}." if query else "There are no songs yet."
        )
        return
    short = terminal.out.is_terminal
    terminal.out.print(_tracks_table(page, settings.music_dir if short else None))
    if short:
        say(terminal.out, f"Files are in {settings.music_dir}")
    if page.total > len(page.tracks):
        terminal.out.print(f"{len(page.tracks)} of {page.total} tracks; --limit {page.total} shows all.")


def _tracks_table(page: TrackPage, music_dir: Path | None) -> Table:
    """In a terminal files are told from the music folder on, elsewhere whole."""
    made = table("Made", "Title", "Take", "Length", "File")
    for track in page.tracks:
        when = track.created_at.astimezone().strftime("%Y-%m-%d %H:%M")
        made.add_row(
            when,
            clean_line(track.title, 60),
            track.take,
            length(track.duration_seconds),
            _file(track, music_dir),
        )
    return made


def _file(track: Track, music_dir: Path | None) -> str:
    if track.file is None:
        states = {"waiting": "not saved yet", "expired": "expired", "off": "not kept here"}
        state = states.get(track.archived, "not saved")
        return f"{state}: {clean_line(track.archive_note, 120)}" if track.archive_note else state
    file = Path(track.file)
    if music_dir and file.is_relative_to(music_dir):
        return str(file.relative_to(music_dir))
    return str(file)


def _tasks_table(tasks: list[Task]) -> Table:
    made = table("Task", "Title", "State", title="Not finished, in doubt, or failed today")
    for task in tasks:
        made.add_row(task.task_id, clean_line(task.title, 60), _state(task))
    return made


def _state(task: Task) -> str:
    if task.status == "unconfirmed":
        return f"unconfirmed: perhaps charged at {task.provider}; look there before ordering again"
    if task.error:
        return f"{task.status}: [{task.error.code}] {clean_line(task.error.message, 120)}"
    return f"{task.status} at {task.provider}"
