"""list_tracks: songs of all sessions, and what needs attention."""

from typing import Annotated

from pydantic import Field

from songwright.catalog import SANDBOX
from songwright.errors import Problem
from songwright.lyrics.admission import wrong_arguments
from songwright.mcp.reply import Reply
from songwright.mcp.songs import SANDBOX_NOTICE, Viewer, track_link
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import Arguments
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import Task, Track, TrackList
from songwright.service import SongService
from songwright.text import clean_line, quoted, redact

MOST = 50

DESCRIPTION = """\
Find tracks of all sessions, newest first: take, length, file, link, task_id; unfinished, unconfirmed, \
failed tasks on top. For an earlier song, its MP3s, a lost id or a batch; for one task's progress or lyrics \
use get_task. Free, local. A song usually has two tracks, A and B."""


class ListArguments(Arguments):
    """list_tracks."""

    query: Annotated[
        str, Field(description="Words of title, style or lyrics, or an id; default: newest.")
    ] = ""
    limit: Annotated[int, Field(description="1 to 50.")] = 10
    cursor: Annotated[str, Field(description="The last answer's next_cursor.")] = ""

    def page(self) -> tuple[str | None, int, str | None]:
        """Query, limit and cursor as the library takes them. Raises InvalidRequest."""
        if not 1 <= self.limit <= MOST:
            raise wrong_arguments([Problem(field="limit", message=f"limit must be 1 to {MOST}.")])
        return self.query.strip() or None, self.limit, self.cursor.strip() or None


def finding_tools(service: SongService) -> list[Definition]:
    """list_tracks, on one service."""

    async def list_tracks(arguments: ListArguments, call: Call) -> Reply:
        query, limit, cursor = arguments.page()
        page = await service.tracks(query, limit, cursor, call.principal)
        tasks = [] if cursor else await service.attention(call.principal)
        played = any(item.provider == SANDBOX for item in (*tasks, *page.tracks))
        label = SANDBOX_NOTICE if played else None
        result = TrackList(
            status="ok",
            tasks=tuple(call.viewer.task(task) for task in tasks) or None,
            tracks=tuple(call.viewer.track(track) for track in page.tracks),
            total=page.total,
            next_cursor=page.next_cursor,
            notice=label if page.tracks else " ".join(filter(None, (_nothing(query), label))),
        )
        lines = [
            *_task_lines(tasks),
            *_track_lines(page.tracks, call.viewer),
            _counted(page.total, result, query),
            label or "",
        ]
        return Reply(result, lines, links=[track_link(track) for track in page.tracks])

    return [
        Definition(
            name="list_tracks",
            title="Find earlier songs",
            description=DESCRIPTION,
            arguments=ListArguments,
            output=outputs.TRACKS,
            failure=TrackList,
            run=list_tracks,
            open_world=False,
        )
    ]


def _nothing(query: str | None) -> str:
    return f"No track matches {quoted(redact(query), 60)}." if query else "There are no songs yet."


def _task_lines(tasks: list[Task]) -> list[str]:
    return [f"{task.task_id} {quoted(task.title, 60)}: {task.status}{_why(task)}" for task in tasks]


def _why(task: Task) -> str:
    if task.status == "unconfirmed":
        return f", perhaps charged ({task.credits or 'an unknown number of'} credits); see get_task"
    return f" [{task.error.code}]" if task.error else ""


def _track_lines(tracks: tuple[Track, ...], viewer: Viewer) -> list[str]:
    return [
        f"{clean_line(track.title, 60)} · {viewer.track_line(track)} · task {track.task_id}"
        for track in tracks
    ]


def _counted(total: int, result: TrackList, query: str | None) -> str:
    if not result.tracks:
        return _nothing(query)
    more = f' Next: list_tracks(cursor="{result.next_cursor}")' if result.next_cursor else ""
    return f"{len(result.tracks)} of {total} tracks.{more}"
