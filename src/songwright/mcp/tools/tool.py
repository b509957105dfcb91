"""A tool as a value, and the one place where it meets the SDK and where errors become results."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
from mcp import MCPError
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.tools import Tool
from mcp.server.mcpserver.utilities.func_metadata import FuncMetadata
from mcp.types import CallToolResult, InputRequiredResult, ToolAnnotations
from pydantic import ConfigDict

from songwright.errors import Busy, ErrorInfo, SongwrightError
from songwright.mcp.asking import QuestionError
from songwright.mcp.reply import Reply, error_lines
from songwright.mcp.schemas import input_schema
from songwright.mcp.songs import Viewer
from songwright.mcp.tools.arguments import Arguments, names
from songwright.models import CreditsResult, LyricsResult, TaskResult, TrackList

CALLS_AT_ONCE = 64
WAITERS_AT_ONCE = 1000
BUSY_SECONDS = 1.0
"""How long a call waits for a place before it is told to come back."""

ErrorResult = type[TaskResult] | type[CreditsResult] | type[LyricsResult] | type[TrackList]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Call:
    """Who calls, and how to tell them of progress."""

    viewer: Viewer
    principal: str
    report: Callable[[float, float, str], Awaitable[None]]
    can_ask: bool
    agreed: Callable[[str], Awaitable[bool]]


@dataclass(frozen=True)
class Definition:
    """A tool: what it says of itself, what it takes, and what it does."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    output: dict[str, Any]
    failure: ErrorResult
    run: Callable[[Any, Call], Awaitable[Reply]]
    read_only: bool = True
    destructive: bool = False
    open_world: bool = True
    waits: bool = False

    @property
    def annotations(self) -> ToolAnnotations:
        """The four hints, each explicit."""
        return ToolAnnotations(
            read_only_hint=self.read_only,
            destructive_hint=self.destructive,
            idempotent_hint=self.read_only,
            open_world_hint=self.open_world,
        )


class SongTool(Tool):
    """Runs a definition: reads the arguments, calls, and turns what was raised into a result."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    definition: Definition
    owners: Mapping[str, str]
    open_call: Callable[[Context[Any, Any]], Call]
    places: anyio.CapacityLimiter

    async def run(
        self, arguments: dict[str, Any], context: Context[Any, Any], convert_result: bool = False
    ) -> CallToolResult | InputRequiredResult:
        """The call's result, or a question to the person. Protocol faults and cancellation are raised."""
        try:
            parsed = self.definition.arguments.read(arguments, self.owners)
            reply = await self._placed(parsed, self.open_call(context))
        except SongwrightError as error:
            reply = self._failure(error.info)
        except QuestionError as asked:
            return asked.question
        except MCPError:
            raise
        except Exception:
            logger.exception("%s failed inside", self.definition.name)
            reply = self._failure(self._defect())
        return reply.call_result()

    async def _placed(self, parsed: Arguments, call: Call) -> Reply:
        """Run when there is a place among the calls under way. Raises Busy when there is none in time."""
        try:
            with anyio.fail_after(BUSY_SECONDS):
                await self.places.acquire_on_behalf_of(call)
        except TimeoutError:
            text = "Too many calls are under way already; this one was not begun."
            raise Busy(
                text, retry_after_seconds=2, fix="Make the same call again in a few seconds."
            ) from None
        try:
            return await self.definition.run(parsed, call)
        finally:
            self.places.release_on_behalf_of(call)

    def _failure(self, info: ErrorInfo) -> Reply:
        return Reply(self.definition.failure(status="error", error=info), error_lines(info), is_error=True)

    def _defect(self) -> ErrorInfo:
        """A defect of ours, told without its innards."""
        return ErrorInfo(
            code="internal_error",
            type="api_error",
            message="Songwright itself failed; its log says how.",
            spent="nothing" if self.definition.read_only else "unknown",
            fix="list_tracks shows what was ordered; don't order again before looking there.",
        )


def make_tools(
    definitions: list[Definition], facts: Mapping[str, str], open_call: Callable[[Context[Any, Any]], Call]
) -> list[SongTool]:
    """The definitions as the SDK's tools, sharing the places for calls under way."""
    owners = _owners(definitions)
    places, waiting = anyio.CapacityLimiter(CALLS_AT_ONCE), anyio.CapacityLimiter(WAITERS_AT_ONCE)
    return [
        SongTool(
            fn=definition.run,
            name=definition.name,
            title=definition.title,
            description=definition.description.format_map(facts),
            parameters=input_schema(definition.arguments, facts),
            fn_metadata=FuncMetadata(arg_model=definition.arguments, output_schema=definition.output),
            is_async=True,
            annotations=definition.annotations,
            definition=definition,
            owners={name: owner for name, owner in owners.items() if owner != definition.name},
            open_call=open_call,
            places=waiting if definition.waits else places,
            context_kwarg=None,
        )
        for definition in definitions
    ]


def _owners(definitions: list[Definition]) -> dict[str, str]:
    """Which tool has an argument of a name; for a name of several, the first with it."""
    owners: dict[str, str] = {}
    for definition in definitions:
        for choices in names(definition.arguments).values():
            for choice in choices:
                owners.setdefault(choice, definition.name)
    return owners
