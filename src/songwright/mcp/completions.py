"""What a person can choose from while filling in a prompt or a resource's address."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.types import (
    Completion,
    CompletionArgument,
    CompletionContext,
    PromptReference,
    ResourceTemplateReference,
)

from songwright.errors import SongwrightError
from songwright.mcp.choices import GENRES, LANGUAGES, MOODS, VOICES
from songwright.models import Track
from songwright.service import SongService
from songwright.text import clean_line

MOST = 100
"""Values in one answer; the protocol allows no more."""

SEARCHED = 200
"""Takes that are looked through."""

Principal = Callable[[], str]
Reference = PromptReference | ResourceTemplateReference

_CHOICES = {
    "genre": dict.fromkeys(GENRES, ""),
    "mood": dict.fromkeys(MOODS, ""),
    "language": LANGUAGES,
    "voice": dict.fromkeys(VOICES, ""),
}
"""Each argument's values, with other names by which they are found too."""


def add_completions(server: MCPServer[Any], service: SongService, principal: Principal) -> None:
    """Completions of every argument that has something to choose from."""

    @server.completion()
    async def complete(
        reference: Reference, argument: CompletionArgument, context: CompletionContext | None
    ) -> Completion:
        typed = clean_line(argument.value, 200)
        try:
            values = await _values(service, principal(), reference, argument.name, typed)
        except SongwrightError:  # nothing to choose from is no reason to fail
            values = []
        return Completion(values=values[:MOST], total=len(values), has_more=len(values) > MOST)

    _ = complete


async def _values(
    service: SongService, principal: str, reference: Reference, name: str, typed: str
) -> list[str]:
    match reference, name:
        case PromptReference(name="write_song" | "write_instrumental"), _ if name in _CHOICES:
            return matching(_CHOICES[name], typed)
        case PromptReference(name="revise_song"), "track_id":
            return await _songs(service, principal, typed)
        case ResourceTemplateReference(uri=uri), "track_id" if uri.startswith("tracks://"):
            return await _track_ids(service, principal, typed)
        case ResourceTemplateReference(uri=uri), "task_id" if uri.startswith("tasks://"):
            return await _task_ids(service, principal, typed)
        case _:
            return []


def matching(choices: dict[str, str], typed: str) -> list[str]:
    """The values that begin with what was typed, then those with a word that does, then those with it inside.

    Case doesn't matter; a value is also found by its other name.
    """
    wanted = typed.casefold()
    ranks: list[list[str]] = [[], [], []]
    for value, other in choices.items():
        names = [name.casefold() for name in (value, other) if name]
        if any(name.startswith(wanted) for name in names):
            ranks[0].append(value)
        elif any(f" {wanted}" in name or f"-{wanted}" in name for name in names):
            ranks[1].append(value)
        elif any(wanted in name for name in names):
            ranks[2].append(value)
    return [value for rank in ranks for value in rank]


async def _songs(service: SongService, principal: str, typed: str) -> list[str]:
    """Titles, newest first, behind the word for the newest song."""
    newest = await service.tracks(None, 1, None, principal)
    latest = matching({"latest": ""}, typed) if newest.tracks else []
    titles = _titles(await _takes(service, principal, typed))
    return _distinct([*latest, *matching(dict.fromkeys(titles, ""), typed)])


async def _track_ids(service: SongService, principal: str, typed: str) -> list[str]:
    """Ids that begin with what was typed; else those of takes with these words in the title."""
    takes = await _takes(service, principal, "")
    if ids := [track.track_id for track in takes if track.track_id.startswith(typed)]:
        return ids
    return [track.track_id for track in _with_title(await _takes(service, principal, typed), typed)]


async def _task_ids(service: SongService, principal: str, typed: str) -> list[str]:
    """The same for tasks, those that need attention among them; newest first."""
    tasks = await service.attention(principal)
    takes = await _takes(service, principal, "")
    known = [(task.created_at, task.task_id) for task in tasks]
    known += [(track.created_at, track.task_id) for track in takes]
    newest = _distinct(task_id for _, task_id in sorted(known, reverse=True))
    if ids := [task_id for task_id in newest if task_id.startswith(typed)]:
        return ids
    named = [task.task_id for task in tasks if typed.casefold() in task.title.casefold()]
    found = _with_title(await _takes(service, principal, typed), typed)
    return _distinct([*named, *(track.task_id for track in found)])


async def _takes(service: SongService, principal: str, typed: str) -> tuple[Track, ...]:
    return (await service.tracks(typed or None, SEARCHED, None, principal)).tracks


def _with_title(takes: Iterable[Track], typed: str) -> Sequence[Track]:
    return [track for track in takes if typed.casefold() in track.title.casefold()]


def _titles(takes: Iterable[Track]) -> list[str]:
    return _distinct(title for track in takes if (title := clean_line(track.title)))


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))
