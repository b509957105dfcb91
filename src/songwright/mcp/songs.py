"""Tasks and tracks as a client sees them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from mcp.types import ResourceLink

from songwright.catalog import CATALOGS, SANDBOX
from songwright.errors import ErrorInfo
from songwright.mcp.reply import Reply, error_lines, money
from songwright.models import CustomRequest, Task, TaskResult, Track, TrackResult
from songwright.text import clock_time, quoted

SANDBOX_NOTICE = (
    "Sandbox: a free synthetic sketch without a singer. "
    "Real songs: the person sets SONGWRIGHT_AIVIDEOAPI_API_KEY."
)
NEXT_COMPLETED = "Give the takes to the person and ask which they like; you can't hear them."
PATIENT_SECONDS = 120
"""After so long a waiting assistant is told that it may stop."""


@dataclass(frozen=True)
class Viewer:
    """Who reads: `remote` readers are shown no paths of this machine. `now` is the time of the reply."""

    now: datetime
    remote: bool = False

    def at(self, now: datetime) -> "Viewer":
        """The same reader later."""
        return replace(self, now=now)

    def track(self, track: Track, *, lyrics: bool = False) -> TrackResult:
        """A take with the addresses that this reader can open."""
        fresh = track.expires_at is None or track.expires_at > self.now
        linked = fresh and track.provider != SANDBOX
        local = not self.remote
        return TrackResult(
            track_id=track.track_id,
            task_id=track.task_id,
            take=track.take,
            title=track.title,
            style=track.style,
            duration_seconds=track.duration_seconds,
            file=track.file if local else None,
            cover_file=track.cover_file if local else None,
            audio_url=track.audio_url if linked else None,
            expires_at=iso(track.expires_at) if linked else None,
            image_url=track.image_url if linked else None,
            video_url=track.video_url if linked else None,
            created_at=iso(track.created_at),
            provider=track.provider,
            kept=track.kept or None,
            lyrics=track.lyrics if lyrics else None,
        )

    def task(self, task: Task, *, lyrics: bool = False, notices: Sequence[str] = ()) -> TaskResult:
        """A task's state, with all that is known of it."""
        end = task.ended_at or self.now
        return TaskResult(
            status=task.status,
            task_id=task.task_id,
            provider_task_id=task.provider_task_id,
            provider=task.provider,
            model=task.model or None,
            title=task.title,
            created_at=iso(task.created_at),
            elapsed_seconds=max(0, round((end - task.created_at).total_seconds())),
            credits=task.credits,
            tracks=tuple(self.track(track, lyrics=lyrics) for track in task.tracks) or None,
            request=task.request if lyrics else None,
            lyrics=_lyrics(task) if lyrics else None,
            notice=_joined(
                *notices, *_task_notices(task), SANDBOX_NOTICE if task.provider == SANDBOX else ""
            ),
            next_step=next_step(task),
            error=told_error(task),
        )

    def task_lines(self, task: Task, *, lyrics: bool = False, notices: Sequence[str] = ()) -> list[str]:
        """The same as text."""
        lines = [*self._state(task), *notices, *_task_notices(task)]
        if lyrics and (words := _lyrics(task)):
            lines += ["Lyrics:", words]
        if step := next_step(task):
            lines.append(f"Next: {step}")
        return [*lines, SANDBOX_NOTICE] if task.provider == SANDBOX else lines

    def _state(self, task: Task) -> list[str]:
        elapsed = clock_time((self.now - task.created_at).total_seconds())
        match task.status:
            case "pending" if task.provider_task_id is None:
                return [f"{task.task_id} {quoted(task.title, 80)} is still being sent to {task.provider}."]
            case "pending" | "processing":
                text = f"{task.task_id}: {task.status} for {elapsed}; most songs take 1 to 3 minutes."
                return [text, _patience(task, self.now)]
            case "completed":
                return [*self._completed(task)]
            case "failed":
                return _failed(task)
            case "unconfirmed":
                return error_lines(told_error(task) or _no_answer(task))

    def _completed(self, task: Task) -> list[str]:
        takes = {0: "no takes", 1: "one take", 2: "two takes"}.get(
            len(task.tracks), f"{len(task.tracks)} takes"
        )
        return [f"{quoted(task.title, 80)}: {takes}{cost(task)}.", *map(self.track_line, task.tracks)]

    def track_line(self, track: Track) -> str:
        """One take on one line: letter, length, where it is, id."""
        shown = self.track(track)
        where = shown.file or shown.audio_url or _whereabouts(track)
        length = clock_time(track.duration_seconds) if track.duration_seconds else "?"
        return f"{track.take} {length} {where} (track {track.track_id})"

    def task_reply(self, task: Task, *, lyrics: bool = False, notices: Sequence[str] = ()) -> Reply:
        """The answer to a question about a task; its failure is no failure of the question."""
        return Reply(
            self.task(task, lyrics=lyrics, notices=notices),
            self.task_lines(task, lyrics=lyrics, notices=notices),
            links=[track_link(track) for track in task.tracks],
        )


def iso(when: datetime | None) -> str | None:
    """A time as ISO 8601 in UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if when else None


def cost(task: Task) -> str:
    """What a task cost, as a trailing phrase."""
    if task.credits is None:
        return ""
    model = CATALOGS[task.provider].model(task.model)
    usd = f" (${model.usd})" if model and model.usd else ""
    return f", {task.credits} {'play ' if task.provider == SANDBOX else ''}credits{usd}"


def told_error(task: Task) -> ErrorInfo | None:
    """The task's error, with what its reader should do."""
    if task.error is None:
        return None
    if task.status == "unconfirmed":
        message = f"{task.task_id} was sent. {task.error.message}"
        return task.error.model_copy(update={"message": message, "fix": _doubt_fix(task, task.error.fix)})
    return task.error


def next_step(task: Task) -> str | None:
    """The next call, exactly."""
    if task.status in ("pending", "processing"):
        return f'get_task(task_id="{task.task_id}", wait_seconds=45)'
    return NEXT_COMPLETED if task.status == "completed" and task.tracks else None


def track_link(track: Track) -> ResourceLink:
    """A take as a resource link, for hosts that show those."""
    return ResourceLink(
        type="resource_link",
        uri=f"tracks://{track.track_id}",
        name=f"{track.title} ({track.take})",
        mime_type="application/json",
    )


def _lyrics(task: Task) -> str | None:
    if isinstance(task.request, CustomRequest) and task.request.lyrics:
        return task.request.lyrics
    return next((track.lyrics for track in task.tracks if track.lyrics), None)


def _doubt_fix(task: Task, told: str | None = None) -> str:
    """What to do about a doubt. Of the fix that was told, a setting to check is kept."""
    check = f"{told.partition('. ')[0]}. " if told and told.startswith("Check ") else ""
    settles = (
        "If it stays unconfirmed"
        if CATALOGS[task.provider].calls_back
        else f"{task.provider} cannot call back, so only the person can settle it"
    )
    return (
        f'{check}It isn\'t sent again by itself. Call get_task(task_id="{task.task_id}", wait_seconds=45). '
        f"{settles}: ask the person to look at the provider's task list; don't order it again."
    )


def _no_answer(task: Task) -> ErrorInfo:
    return ErrorInfo(
        code="submission_unconfirmed",
        type="connection_error",
        message=f"{task.task_id} was sent, and no answer came.",
        provider=task.provider,
        spent="unknown",
        credits=task.credits,
        fix=_doubt_fix(task),
    )


def _failed(task: Task) -> list[str]:
    error = task.error or ErrorInfo(
        code="upstream_error", type="upstream_error", message="no reason was given"
    )
    lines = [f"{task.task_id} failed: [{error.code}] {error.message} {money(error)}"]
    return [*lines, error.fix] if error.fix else lines


def _task_notices(task: Task) -> list[str]:
    notices = [task.notice] if task.notice else []
    notices += sorted({track.archive_note for track in task.tracks if track.archive_note})
    if task.status == "completed" and any(track.archived == "waiting" for track in task.tracks):
        notices.append("The files are still being saved.")
    return notices


def _patience(task: Task, now: datetime) -> str:
    if (now - task.created_at).total_seconds() < PATIENT_SECONDS:
        return ""
    return "You may stop here: tell the person that it goes on and will be saved."


def _whereabouts(track: Track) -> str:
    if track.file:
        return f"tracks://{track.track_id}/audio"
    return {"waiting": "being saved", "expired": "expired"}.get(track.archived, "not saved")


def _joined(*notices: str | None) -> str | None:
    return " ".join(notice for notice in notices if notice) or None
