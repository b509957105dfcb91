"""What can be read: recent songs and tasks, one song with its words and sounds, and the catalog."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.types import Annotations

from songwright.catalog import CATALOGS, Catalog, Model
from songwright.errors import SongwrightError, TaskNotFound
from songwright.mcp.songs import Viewer, iso
from songwright.models import Task, Track
from songwright.service import SongService

RECENT_TRACKS = 20
MOST_BYTES = 16 * 1024 * 1024
"""The largest file that is given as a resource."""

TRACKS_RECENT = "tracks://recent"
TASKS_RECENT = "tasks://recent"

T = TypeVar("T")
OpenViewer = Callable[[], Viewer]

_FOR_BOTH = Annotations(audience=["user", "assistant"], priority=0.8)


def add_resources(server: MCPServer[Any], service: SongService, open_viewer: OpenViewer) -> None:
    """Every resource of the design but the guide, on one service."""
    _add_lists(server, service, open_viewer)
    _add_tasks(server, service, open_viewer)
    _add_tracks(server, service, open_viewer)
    _add_files(server, service)


def _add_lists(server: MCPServer[Any], service: SongService, open_viewer: OpenViewer) -> None:
    @server.resource(
        TRACKS_RECENT,
        title="Recent songs",
        description="The newest 20 takes: title, length, file, link.",
        mime_type="application/json",
        annotations=_FOR_BOTH,
    )
    async def recent_tracks() -> str:
        page = await _told(service.tracks(None, RECENT_TRACKS, None))
        viewer = open_viewer()
        return _json([viewer.track(track).model_dump(exclude_none=True) for track in page.tracks])

    @server.resource(
        TASKS_RECENT,
        title="Tasks under way",
        description="Unfinished, unconfirmed and lately failed tasks.",
        mime_type="application/json",
        annotations=_FOR_BOTH,
    )
    async def recent_tasks() -> str:
        viewer = open_viewer()
        return _json([viewer.task(task).content() for task in await _told(service.attention())])

    @server.resource(
        "provider://catalog",
        title="Models, limits and prices",
        description="What the providers that are set up can do.",
        mime_type="application/json",
    )
    async def catalog() -> str:
        return _json([_catalog(CATALOGS[name]) for name in service.accounts.settings.usable_providers])

    _ = recent_tracks, recent_tasks, catalog


def _add_tasks(server: MCPServer[Any], service: SongService, open_viewer: OpenViewer) -> None:
    @server.resource(
        "tasks://{task_id}",
        title="One task",
        description="A task with its history.",
        mime_type="application/json",
    )
    async def task(task_id: str) -> str:
        found = await _told(service.find(task_id))
        history = await _told(service.history(found.task_id))
        events = [{"at": iso(event.at), "what": event.what, "detail": event.detail} for event in history]
        return _json(open_viewer().task(found, lyrics=True).content() | {"history": events})

    _ = task


def _add_tracks(server: MCPServer[Any], service: SongService, open_viewer: OpenViewer) -> None:
    @server.resource(
        "tracks://{track_id}",
        title="One take",
        description="A take in full, with the request that made it.",
        mime_type="application/json",
    )
    async def track(track_id: str) -> str:
        found, task = await _told(service.track(track_id))
        return _json(_full(found, task, open_viewer()))

    @server.resource(
        "tracks://{track_id}/lyrics",
        title="A take's lyrics",
        description="The words as they were ordered or made.",
        mime_type="text/plain",
    )
    async def lyrics(track_id: str) -> str:
        found, _ = await _told(service.track(track_id))
        if not found.lyrics:
            raise ResourceNotFoundError("This take has no lyrics.")
        return found.lyrics

    _ = track, lyrics


def _add_files(server: MCPServer[Any], service: SongService) -> None:
    @server.resource(
        "tracks://{track_id}/audio",
        title="A take's audio",
        description="The saved MP3, 16 MiB at most.",
        mime_type="audio/mpeg",
    )
    async def audio(track_id: str) -> bytes:
        found, _ = await _told(service.track(track_id))
        return await _bytes(found.file, "audio")

    @server.resource(
        "tracks://{track_id}/cover",
        title="A take's cover",
        description="The saved cover picture, 16 MiB at most.",
        mime_type="image/png",
    )
    async def cover(track_id: str) -> bytes:
        found, _ = await _told(service.track(track_id))
        return await _bytes(found.cover_file, "cover")

    _ = audio, cover


async def _told(question: Awaitable[T]) -> T:
    """The answer; a failure as one that a resource's reader is told."""
    try:
        return await question
    except TaskNotFound as error:
        raise ResourceNotFoundError(error.message) from None
    except SongwrightError as error:
        raise ResourceError(f"[{error.code}] {error.message} {error.fix or ''}".strip()) from None


async def _bytes(file: str | None, what: str) -> bytes:
    """An archived file's bytes. Only paths that the archive itself wrote down come here."""
    path = anyio.Path(file) if file else None
    if path is None or not await path.is_file():
        raise ResourceNotFoundError(f"The {what} of this take is not saved here.")
    size = (await path.stat()).st_size
    if size > MOST_BYTES:
        raise ResourceError(
            f"The {what} has {size} bytes, more than the {MOST_BYTES} given here: {Path(path).name}"
        )
    return await path.read_bytes()


def _full(track: Track, task: Task, viewer: Viewer) -> dict[str, Any]:
    request = task.request.model_dump(exclude_none=True) if task.request else None
    return viewer.track(track, lyrics=True).model_dump(exclude_none=True) | {"request": request}


def _catalog(catalog: Catalog) -> dict[str, Any]:
    return {
        "provider": catalog.provider,
        "default_model": catalog.default_model,
        "models": [_model(model) for model in catalog.models],
        "options": sorted(catalog.options),
        "limits_enforced": catalog.limits_enforced,
        "refunds_failures": catalog.refunds_failures,
        "tells_balance": catalog.tells_balance,
        "files_kept_hours": catalog.file_hours,
        "top_up": catalog.top_up,
    }


def _model(model: Model) -> dict[str, Any]:
    price = {"credits": model.credits, "usd": model.usd}
    limits = {name: model.limits.of(name) for name in ("prompt", "lyrics", "style", "title", "negative_tags")}
    return {"name": model.name, "limits": limits} | {key: value for key, value in price.items() if value}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
