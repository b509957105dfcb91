"""The Tasks extension of the protocol (`io.modelcontextprotocol/tasks`, SEP-2663), for any kind of work.

A client that declares it with a call may be answered with a task in the place of the result, and asks for the
task's state until it is over; the result is then part of the state. Every other client gets what it always
got. The work itself stands behind `Work`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Extension, MethodBinding, require_client_extension
from mcp.shared.inbound import MCP_METHOD_HEADER, MCP_NAME_HEADER, decode_header_value
from mcp.types import (
    HEADER_MISMATCH,
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ErrorData,
    RequestParams,
)
from pydantic import BaseModel, Field

IDENTIFIER = "io.modelcontextprotocol/tasks"
VERSIONS = frozenset({"2026-07-28"})
"""The protocol versions that have extensions."""

TaskStatus = Literal["working", "input_required", "completed", "failed", "cancelled"]
"""`failed` is for faults of the protocol alone: a call that was answered with an error is `completed`."""

Context = ServerRequestContext[Any, Any]


@dataclass(frozen=True, kw_only=True)
class McpTask:
    """A task's state. `result` belongs to `completed`, `error` to `failed`, `asked` to `input_required`.

    `poll_ms` is how often a client should ask, in milliseconds. Tasks are kept without a limit of time.
    """

    task_id: str
    status: TaskStatus
    created_at: datetime
    updated_at: datetime
    poll_ms: int
    message: str | None = None
    result: CallToolResult | None = None
    error: ErrorData | None = None
    asked: Mapping[str, Mapping[str, Any]] | None = None

    def seed(self) -> dict[str, Any]:
        """What the call that began it is answered with: the task without what came of it."""
        task: dict[str, Any] = {
            "taskId": self.task_id,
            "status": self.status,
            "createdAt": _iso(self.created_at),
            "lastUpdatedAt": _iso(self.updated_at),
            "ttlMs": None,
            "pollIntervalMs": self.poll_ms,
        }
        return {**task, "statusMessage": self.message} if self.message else task

    def details(self) -> dict[str, Any]:
        """The task with what came of it, or what it waits for."""
        details = self.seed()
        if self.result is not None:
            details["result"] = _dumped(self.result)
        if self.error is not None:
            details["error"] = _dumped(self.error)
        if self.asked is not None:
            details["inputRequests"] = {key: dict(request) for key, request in self.asked.items()}
        return details


class Work(Protocol):
    """What the tasks are of. It knows each by an id that nobody can guess, and keeps it before it is told."""

    async def begun(self, tool: str, result: CallToolResult) -> McpTask | None:
        """The task of what a call began; None where its result is all that there is to it."""
        ...

    async def task(self, task_id: str) -> McpTask | None:
        """The caller's task of that id, or None."""
        ...

    async def answer(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Take answers to what a task asked; what it did not ask is ignored."""
        ...

    async def cancel(self, task_id: str) -> None:
        """Stop a task if that is possible."""
        ...


class TaskParams(RequestParams):
    """Which task: tasks/get and tasks/cancel."""

    task_id: str = Field(alias="taskId")


class UpdateParams(TaskParams):
    """tasks/update."""

    input_responses: dict[str, Any] = Field(alias="inputResponses", default_factory=dict[str, Any])


class Tasks(Extension):
    """Answers calls with tasks, and serves tasks/get, tasks/update and tasks/cancel."""

    identifier = IDENTIFIER

    def __init__(self, work: Work) -> None:
        self._work = work

    def methods(self) -> Sequence[MethodBinding]:
        """The three methods, where the protocol has extensions."""
        return [
            MethodBinding("tasks/get", TaskParams, self._get, VERSIONS),
            MethodBinding("tasks/update", UpdateParams, self._update, VERSIONS),
            MethodBinding("tasks/cancel", TaskParams, self._cancel, VERSIONS),
        ]

    async def intercept_tool_call(
        self, params: CallToolRequestParams, ctx: Context, call_next: CallNext
    ) -> HandlerResult:
        """Run the call, which may ask the person or fail at once; what goes on after it becomes a task."""
        result = await call_next(ctx)
        if not declares_tasks(ctx) or not isinstance(result, CallToolResult):
            return result
        task = await self._work.begun(params.name, result)
        return {"resultType": "task", **task.seed()} if task else result

    async def middleware(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Refuse to tell a client of tasks that does not declare them; those that do have to ask."""
        if ctx.method == "subscriptions/listen" and ctx.protocol_version in VERSIONS:
            wanted = (ctx.params or {}).get("notifications")
            if isinstance(wanted, Mapping) and "taskIds" in wanted:
                require_client_extension(ctx, IDENTIFIER)
        return await call_next(ctx)

    async def _get(self, ctx: Context, params: TaskParams) -> HandlerResult:
        task = await self._known(ctx, params)
        return _complete(task.details())

    async def _update(self, ctx: Context, params: UpdateParams) -> HandlerResult:
        task = await self._known(ctx, params)
        await self._work.answer(task.task_id, params.input_responses)
        return _complete({})

    async def _cancel(self, ctx: Context, params: TaskParams) -> HandlerResult:
        task = await self._known(ctx, params)
        await self._work.cancel(task.task_id)
        return _complete({})

    async def _known(self, ctx: Context, params: TaskParams) -> McpTask:
        """The task of a request. Raises MCPError, also where the request itself is not in order."""
        _require_routing_header(ctx, params.task_id)
        require_client_extension(ctx, IDENTIFIER)
        if task := await self._work.task(params.task_id):
            return task
        raise MCPError(INVALID_PARAMS, "No task has that taskId.")


def declares_tasks(ctx: Context) -> bool:
    """Whether the client declared the extension with this very request."""
    capabilities = ctx.session.client_capabilities
    declared = capabilities.extensions if capabilities else None
    return ctx.protocol_version in VERSIONS and IDENTIFIER in (declared or {})


def _require_routing_header(ctx: Context, task_id: str) -> None:
    """Over Streamable HTTP, `Mcp-Name` must repeat the id; the SDK checks it for its own methods only."""
    headers: Mapping[str, str] | None = getattr(ctx.request, "headers", None)
    if headers is None or MCP_METHOD_HEADER not in headers:
        return
    if decode_header_value(headers.get(MCP_NAME_HEADER)) != task_id:
        raise MCPError(HEADER_MISMATCH, "The Mcp-Name header must be the request's taskId.")


def _complete(result: dict[str, Any]) -> dict[str, Any]:
    return {"resultType": "complete", **result}


def _dumped(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(by_alias=True, mode="json", exclude_none=True, exclude={"result_type"})


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
