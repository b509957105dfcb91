"""The public door, opened for a test: a real client, the real server, the real service, a quick sandbox.

`open_door` serves the sandbox in process. `open_paid_door` serves one of the two paid providers, its real
class over real HTTP to the sandbox app on a port of this machine. `Door.call` holds every result against the
tool's published output schema and against what its text must say.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import anyio
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.types import CallToolResult

from songwright.app import open_service
from songwright.catalog import SANDBOX
from songwright.mcp import build_server
from songwright.models import CreditsResult, LyricsResult, TaskResult, TrackList
from songwright.models.results import Result
from songwright.sandbox.app import Sandbox
from songwright.sandbox.faults import Fault
from songwright.sandbox.orders import Charge
from songwright.service import SongService
from songwright.settings import Settings, read_settings
from tests.world import (
    BOUND_SECONDS,
    Clock,
    QuickRenderer,
    Recorder,
    picture,
    quick_sandbox,
    serving,
    silence,
)

__all__ = [
    "BOUND_SECONDS",
    "CUSTOM",
    "ERAS",
    "KEY",
    "LYRICS",
    "MONEY",
    "Clock",
    "Door",
    "Era",
    "QuickRenderer",
    "Recorder",
    "are_saved",
    "check_result",
    "content",
    "environment",
    "open_door",
    "open_paid_door",
    "picture",
    "plain_errors",
    "quick_sandbox",
    "serving",
    "settings",
    "silence",
    "text",
]

Era = Literal["auto", "legacy"]
ERAS: tuple[Era, Era] = ("auto", "legacy")

KEY = "sk-test0123456789abcdef"
LYRICS = """\
[Verse]
Coffee going cold beside the window pane
Counting all the carriages of every train

[Chorus]
Sixty and still loud, turn the volume up
Pour another story in my paper cup
[End]"""

CUSTOM = {"title": "Sixty and Still Loud", "style": "folk rock, 120 BPM, warm, guitar", "lyrics": LYRICS}


def settings(folder: Path, **changes: str) -> Settings:
    """Quick settings in a folder of the test's own; `changes` by their names without the prefix."""
    return read_settings(environment(folder, **{"poll_seconds": "0.05", "sandbox_seconds": "0", **changes}))


def environment(folder: Path, **changes: str) -> Mapping[str, str]:
    """The same settings for a real process."""
    environ = {"data_dir": str(folder / "data"), "music_dir": str(folder / "music"), **changes}
    return {f"SONGWRIGHT_{name.upper()}": value for name, value in environ.items()}


@dataclass
class Door:
    """An open server and a client connected to it. `requests` counts what reached a paid provider."""

    client: Client
    service: SongService
    sandbox: Sandbox
    folder: Path
    clock: Clock
    schemas: Mapping[str, Draft202012Validator]
    requests: Recorder | None = None
    pauses: Sequence[float] = ()

    async def call(self, tool: str, /, **arguments: Any) -> CallToolResult:
        """Call a tool, bounded, and check that the result keeps every promise that any result makes."""
        with anyio.fail_after(BOUND_SECONDS * 2):
            result = await self.client.call_tool(tool, arguments)
        check_result(tool, result, self.schemas[tool])
        return result

    async def told(self, tool: str, /, **arguments: Any) -> dict[str, Any]:
        """The structured content of a call."""
        return content(await self.call(tool, **arguments))

    async def order(self, **changes: Any) -> str:
        """Order the usual song, with changes; its task id."""
        told = await self.told("generate_custom_song", **{**CUSTOM, **changes})
        assert told["status"] in ("pending", "processing"), told
        return told["task_id"]

    async def ended(self, task_id: str, **arguments: Any) -> dict[str, Any]:
        """The task at its end, its files saved or given up."""
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                told = await self.told("get_task", task_id=task_id, wait_seconds=10, **arguments)
                if told["status"] in ("completed", "failed"):
                    return told

    async def finished(self, **changes: Any) -> dict[str, Any]:
        """Order the usual song, with changes, and follow it to its end."""
        return await self.ended(await self.order(**changes))

    async def until(self, task_id: str, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The task as soon as it is as wanted."""
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                change = self.service.changes.next(task_id)
                told = await self.told("get_task", task_id=task_id)
                if wanted(told):
                    return told
                with anyio.move_on_after(0.5):  # what another process changed makes no event here
                    await change.wait()

    async def saved(self, task_id: str) -> dict[str, Any]:
        """The task when its files are saved; time is moved on to each next try."""
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                await self.later(60)
                told = await self.told("get_task", task_id=task_id, wait_seconds=1)
                if are_saved(told):
                    return told

    async def later(self, seconds: float) -> None:
        """Move the clock on, and wake the watcher, which sleeps until a time."""
        self.clock.move(seconds)
        self.service.changes.wake()

    def order_faults(self, *faults: Fault, route: Literal["submit", "query", "credits", "file"]) -> None:
        """Order faults of the provider, met in order by the next requests on a route."""
        self.sandbox.faults.push(*faults, route=route)

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What the provider charged and paid back, purchases left out."""
        return tuple(charge for charge in self.sandbox.ledger.charges() if charge.kind != "purchase")

    @property
    def charged(self) -> int:
        """How many songs the provider charged, refunded or not."""
        return sum(charge.kind == "charge" for charge in self.charges)

    @property
    def paid(self) -> int:
        """What the provider kept, in credits."""
        return -sum(charge.credits for charge in self.charges)


def text(result: CallToolResult) -> str:
    """The text of a result."""
    return "\n".join(item.text for item in result.content if item.type == "text")


def content(result: CallToolResult) -> dict[str, Any]:
    """The structured content of a result."""
    assert result.structured_content is not None
    return result.structured_content


def are_saved(told: dict[str, Any]) -> bool:
    """Whether every take of a task stands on the disk."""
    tracks: list[dict[str, Any]] = told.get("tracks") or []
    return bool(tracks) and all("file" in track and Path(track["file"]).is_file() for track in tracks)


MODELS: Mapping[str, type[Result]] = {
    "generate_song": TaskResult,
    "generate_custom_song": TaskResult,
    "get_task": TaskResult,
    "resolve_task": TaskResult,
    "check_credits": CreditsResult,
    "check_lyrics": LyricsResult,
    "list_tracks": TrackList,
}


def check_result(tool: str, result: CallToolResult, schema: Draft202012Validator) -> None:
    """What every result keeps: the published schema, the full model, a text that stands alone."""
    told = content(result)
    schema.validate(told)  # pyright: ignore[reportUnknownMemberType] # jsonschema is half typed
    assert MODELS[tool].model_validate(told).content() == told, "a field that the model does not have"
    shown = text(result)
    assert shown.strip(), "the text is empty"
    assert len(shown.splitlines()[0]) < 1000
    if result.is_error:
        error = told["error"]
        assert told["status"] in ("error", "unconfirmed")
        assert shown.startswith(f"[{error['code']}] ")
        assert error["message"] in shown
        assert error.get("fix", "") in shown
        assert MONEY[error["spent"]] in shown
    elif told.get("task_id") and told["status"] != "completed":
        assert told["task_id"] in shown
    if told.get("provider") == "sandbox" and not result.is_error:
        assert "Sandbox: " in shown
        assert "Sandbox: " in told["notice"]


MONEY = {
    "nothing": "Nothing was spent.",
    "refunded": "Refunded",
    "unknown": "It may have been charged",
    "credits": "Spent: ",
}
"""What the text says of each word in `spent`."""


@contextmanager
def plain_errors() -> Generator[None]:
    """A failed assertion as itself, out of the exception groups of the task groups around it."""
    try:
        yield
    except BaseException as error:
        if (inner := _innermost(error)) is error:
            raise
        raise inner from None


def _innermost(error: BaseException) -> BaseException:
    if not isinstance(error, BaseExceptionGroup):
        return error
    inner = cast("BaseExceptionGroup[BaseException]", error).exceptions
    return _innermost(inner[0]) if len(inner) == 1 else cast("BaseException", error)


@asynccontextmanager
async def open_door(
    folder: Path,
    *,
    era: Era = "auto",
    clock: Clock | None = None,
    answer_seconds: float = 10.0,
    **changes: str,
) -> AsyncGenerator[Door]:
    """A client in this process, connected to the server on a service of its own."""
    clock = clock or Clock()
    chosen = settings(folder, **changes)
    sandbox = quick_sandbox(chosen.data_dir / "sandbox", chosen.sandbox_seconds, clock)
    with plain_errors(), closing(sandbox.ledger):  # which a test may have opened, and nobody else
        async with _doors(chosen, clock, sandbox, era, answer_seconds) as door:
            door.folder = folder
            yield door


@asynccontextmanager
async def open_paid_door(
    folder: Path,
    provider: Literal["aivideoapi", "aimusicapi"] = "aivideoapi",
    *,
    era: Era = "auto",
    clock: Clock | None = None,
    answer_seconds: float = 10.0,
    drain_seconds: float = 3.5,
    song_seconds: float = 0.0,
    **changes: str,
) -> AsyncGenerator[Door]:
    """The same for a paid provider, which is the sandbox app on a port: its real class over real HTTP."""
    clock = clock or Clock()
    box = quick_sandbox(folder / "provider", song_seconds, clock)
    recorder = Recorder(box.app)
    async with AsyncExitStack() as stack:
        stack.enter_context(plain_errors())
        stack.push_async_callback(box.aclose)
        url = await stack.enter_async_context(serving(recorder))
        paid = {
            "provider": provider,
            f"{provider}_api_key": KEY,
            f"{provider}_base_url": url,
            "allow_private_hosts": "1",
            "request_timeout": "5",
            **changes,
        }
        door = await stack.enter_async_context(
            _doors(settings(folder, **paid), clock, box, era, answer_seconds, drain_seconds)
        )
        door.folder, door.requests = folder, recorder
        yield door


@asynccontextmanager
async def _doors(
    settings: Settings,
    clock: Clock,
    sandbox: Sandbox,
    era: Era,
    answer_seconds: float,
    drain_seconds: float = 3.5,
) -> AsyncGenerator[Door]:
    pauses: list[float] = []
    played = settings.data_dir / "sandbox"
    own = None if settings.provider == SANDBOX else quick_sandbox(played, settings.sandbox_seconds, clock)

    async def pause(seconds: float) -> None:
        """A pause between two sends, which takes no time here."""
        pauses.append(seconds)
        clock.move(seconds)

    async with open_service(
        settings,
        clock=clock,
        answer_seconds=answer_seconds,
        drain_seconds=drain_seconds,
        sleep=pause,
        open_sandbox=lambda settings, clock: own or sandbox,
    ) as service:
        async with Client(build_server(service), mode=era) as client:
            tools = (await client.list_tools()).tools
            schemas = {tool.name: Draft202012Validator(tool.output_schema or {}) for tool in tools}
            yield Door(client, service, sandbox, Path(), clock, schemas, pauses=pauses)
