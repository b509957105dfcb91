"""The public door, opened for a test: a real client, the real server, the real service, a quick sandbox."""

import io
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import anyio
from mcp import Client
from mcp.types import CallToolResult

from songwright.app import open_service, utc_now
from songwright.mcp import build_server
from songwright.sandbox.app import Sandbox, open_sandbox
from songwright.sandbox.composer import Brief
from songwright.sandbox.studio import RenderedTake
from songwright.service import SongService
from songwright.settings import Settings, read_settings

Era = Literal["auto", "legacy"]

LYRICS = """\
[Verse]
Coffee going cold beside the window pane
Counting all the carriages of every train

[Chorus]
Sixty and still loud, turn the volume up
Pour another story in my paper cup
[End]"""

CUSTOM = {"title": "Sixty and Still Loud", "style": "folk rock, 120 BPM, warm, guitar", "lyrics": LYRICS}


class QuickRenderer:
    """A second of silence as a real MP3, and a real one-coloured PNG: enough for every rule but the ear's."""

    def song(self, brief: Brief, seed: int, take: int) -> RenderedTake:
        """A second of silence."""
        return RenderedTake(silence(), 1.0)

    def cover(self, brief: Brief, seed: int, take: int, size: int) -> bytes:
        """A small picture, padded to the least size that a cover has."""
        return picture()


@cache
def silence() -> bytes:
    """One second of silence as MP3."""
    import numpy as np
    import soundfile

    target = io.BytesIO()
    soundfile.write(target, np.zeros((44100, 2)), 44100, format="MP3", subtype="MPEG_LAYER_III")  # pyright: ignore[reportUnknownMemberType] # untyped
    return target.getvalue()


@cache
def picture() -> bytes:
    """A small grey PNG."""
    from songwright.sandbox.cover import cover

    return cover(Brief("Test", "folk", "La"), 1, 0, 64)


def settings(folder: Path, **changes: str) -> Settings:
    """Quick settings in a folder of the test's own; `changes` by their names without the prefix."""
    environ = {
        "data_dir": str(folder / "data"),
        "music_dir": str(folder / "music"),
        "poll_seconds": "0.05",
        "sandbox_seconds": "0",
        **changes,
    }
    return read_settings({f"SONGWRIGHT_{name.upper()}": value for name, value in environ.items()})


def quick_sandbox(settings: Settings, clock: Callable[[], datetime]) -> Sandbox:
    """The sandbox with its quick renderer."""
    return open_sandbox(
        settings.data_dir / "sandbox",
        seconds=settings.sandbox_seconds,
        clock=lambda: clock().timestamp(),
        renderer=QuickRenderer(),
    )


@dataclass
class Door:
    """An open server and a client connected to it."""

    client: Client
    service: SongService
    sandbox: Sandbox | None
    folder: Path

    async def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Call a tool; bounded."""
        with anyio.fail_after(60):
            return await self.client.call_tool(tool, arguments)

    async def told(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured content of a call."""
        result = await self.call(tool, **arguments)
        assert result.structured_content is not None
        return result.structured_content


def text(result: CallToolResult) -> str:
    """The text of a result."""
    return "\n".join(item.text for item in result.content if item.type == "text")


@asynccontextmanager
async def open_door(
    folder: Path,
    *,
    era: Era = "auto",
    clock: Callable[[], datetime] = utc_now,
    **changes: str,
) -> AsyncGenerator[Door]:
    """A client in this process, connected to the server on a service of its own."""
    sandboxes: list[Sandbox] = []

    def keep(settings: Settings, clock: Callable[[], datetime]) -> Sandbox:
        sandboxes.append(quick_sandbox(settings, clock))
        return sandboxes[-1]

    async with open_service(settings(folder, **changes), clock=clock, open_sandbox=keep) as service:
        async with Client(build_server(service), mode=era) as client:
            if service.accounts.chosen == "sandbox" and not service.accounts.settings.problems:
                await service.accounts.provider("sandbox")
            yield Door(client, service, sandboxes[0] if sandboxes else None, folder)


def environment(folder: Path, **changes: str) -> Mapping[str, str]:
    """The same settings for a real process."""
    environ = {"data_dir": str(folder / "data"), "music_dir": str(folder / "music"), **changes}
    return {f"SONGWRIGHT_{name.upper()}": value for name, value in environ.items()}
