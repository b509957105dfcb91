"""The server that the official Tasks scenarios are run against: `python -m tests.conformance.server`.

Its tools are what the scenarios ask for by name; the extension is the real one. It prints its address.
"""

from functools import partial
from typing import Any

import anyio
import uvicorn
from mcp import MCPError
from mcp.server import MCPServer
from mcp.server.mcpserver import Context, require_client_extension
from mcp.types import (
    INTERNAL_ERROR,
    CallToolResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequiredResult,
)

from songwright.mcp.tasks_extension import Tasks, declares_tasks
from songwright.web.run import bound_socket
from tests.conformance.jobs import Job, Jobs, said


def question(message: str, name: str, kind: str) -> ElicitRequest:
    """A question with one field."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def asked(message: str, name: str, kind: str) -> dict[str, Any]:
    """The same as a task carries it."""
    return question(message, name, kind).model_dump(by_alias=True, mode="json", exclude_none=True)


async def compute(job: Job, seconds: float, label: str) -> CallToolResult:
    """Take some time."""
    await anyio.sleep(seconds)
    return said(f"{label}: computed for {seconds:g} s")


async def fail(job: Job) -> CallToolResult:
    """Fail as tools do."""
    await anyio.sleep(1)
    return said("This job always fails.", is_error=True)


async def break_protocol(job: Job) -> CallToolResult:
    """Fail as protocols do."""
    raise MCPError(INTERNAL_ERROR, "This job always breaks.")


async def delete(job: Job, filename: str) -> CallToolResult:
    """Ask one question."""
    answers = await job.ask({"confirm-1": asked(f"Delete {filename}?", "confirm", "boolean")})
    return said(f"{filename}: {answers['confirm-1'].get('action')}")


async def ask_twice(job: Job) -> CallToolResult:
    """Ask two questions at once."""
    questions = {
        "name-1": asked("What is your name?", "name", "string"),
        "confirm-1": asked("Are you sure?", "confirm", "boolean"),
    }
    answers = await job.ask(questions)
    return said(f"{len(answers)} answers")


async def greet_later(job: Job, name: str) -> CallToolResult:
    """Use what was asked before the job began."""
    return said(f"Hello, {name}!")


def build_server(jobs: Jobs) -> MCPServer[Any]:
    """The server with every tool that the scenarios name."""
    server: MCPServer[Any] = MCPServer("tasks-conformance", extensions=[Tasks(jobs)], log_level="WARNING")

    def require_tasks(ctx: Context[Any, Any]) -> None:
        require_client_extension(ctx.request_context, Tasks.identifier)

    @server.tool(description="Greets at once.")
    async def greet(name: str) -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        return said(f"Hello, {name}!")

    @server.tool(description="Takes its time; a task where the client knows tasks.")
    async def slow_compute(ctx: Context[Any, Any], seconds: float = 0, label: str = "") -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        if declares_tasks(ctx.request_context):
            return jobs.begin(partial(compute, seconds=seconds, label=label))
        return await compute(Job(), seconds, label)

    @server.tool(description="Always fails; only as a task.")
    async def failing_job(ctx: Context[Any, Any]) -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        require_tasks(ctx)
        return jobs.begin(fail)

    @server.tool(description="Always breaks; only as a task.")
    async def protocol_error_job(ctx: Context[Any, Any]) -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        require_tasks(ctx)
        return jobs.begin(break_protocol)

    @server.tool(description="Asks before it deletes; only as a task.")
    async def confirm_delete(ctx: Context[Any, Any], filename: str) -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        require_tasks(ctx)
        return jobs.begin(partial(delete, filename=filename))

    @server.tool(description="Asks two things at once; only as a task.")
    async def multi_input(ctx: Context[Any, Any]) -> CallToolResult:  # pyright: ignore[reportUnusedFunction] # registered
        require_tasks(ctx)
        return jobs.begin(ask_twice)

    @server.tool(description="Asks for a name, then greets as a task.")
    async def test_tool_with_task(ctx: Context[Any, Any]) -> CallToolResult | InputRequiredResult:  # pyright: ignore[reportUnusedFunction] # registered
        require_tasks(ctx)
        answer = (ctx.input_responses or {}).get("user_name")
        if not isinstance(answer, ElicitResult):
            return InputRequiredResult(
                input_requests={"user_name": question("What is your name?", "name", "string")}
            )
        return jobs.begin(partial(greet_later, name=str((answer.content or {}).get("name"))))

    return server


async def serve() -> None:
    """Serve over HTTP on a free port until the process is ended."""
    listener = bound_socket("127.0.0.1", 0)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)  # noqa: T201 # for who started it
    async with anyio.create_task_group() as group:
        app = build_server(Jobs(group)).streamable_http_app(host="127.0.0.1")
        await uvicorn.Server(uvicorn.Config(app, log_level="warning")).serve([listener])
        group.cancel_scope.cancel()


if __name__ == "__main__":
    anyio.run(serve)
