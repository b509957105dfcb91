"""A client's half of the Tasks extension, and raw requests about a task."""

from typing import Any, Literal

import anyio
import pytest
from mcp import Client, MCPError
from mcp.client.extension import ClaimContext, ClientExtension, ResultClaim
from mcp.types import CallToolResult, Request, RequestParams, Result
from pydantic import BaseModel, Field

from tests.fakes import BOUND_SECONDS

IDENTIFIER = "io.modelcontextprotocol/tasks"
Method = Literal["tasks/get", "tasks/update", "tasks/cancel"]
METHODS: tuple[Method, ...] = ("tasks/get", "tasks/update", "tasks/cancel")


class TaskParams(RequestParams):
    task_id: str = Field(alias="taskId")
    input_responses: dict[str, Any] | None = Field(alias="inputResponses", default=None)


class TaskRequest(Request[TaskParams, Method]):
    name_param = "taskId"


class Answer(BaseModel, extra="allow"):
    """A result as it came."""

    @property
    def told(self) -> dict[str, Any]:
        return {key: value for key, value in (self.model_extra or {}).items() if key != "_meta"}


class Created(Result):
    """A task in the place of a result."""

    result_type: Literal["task"] = Field(alias="resultType", default="task")
    task_id: str = Field(alias="taskId")
    status: str
    status_message: str = Field(alias="statusMessage")
    poll_interval_ms: int = Field(alias="pollIntervalMs")
    ttl_ms: int | None = Field(alias="ttlMs")


class Follows(ClientExtension):
    """A client's half of the extension: polls a task to its end. `seen` keeps each state it was told."""

    identifier = IDENTIFIER

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []

    def claims(self) -> list[ResultClaim[Created]]:
        return [ResultClaim(result_type="task", model=Created, resolve=self.resolve)]

    async def resolve(self, created: Created, context: ClaimContext) -> CallToolResult:
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                request = TaskRequest(method="tasks/get", params=TaskParams(taskId=created.task_id))
                task = (await context.session.send_request(request, Answer)).told
                self.seen.append(task)
                if task["status"] == "completed":
                    return CallToolResult.model_validate(task["result"])
                await anyio.sleep(task["pollIntervalMs"] / 1000)  # as the protocol asks of every client


async def asked(client: Client, method: Method, task_id: str, **extra: Any) -> dict[str, Any]:
    """The answer to one request about a task."""
    request = TaskRequest(method=method, params=TaskParams(taskId=task_id, **extra))
    return (await client.session.send_request(request, Answer)).told


async def refusal(client: Client, method: Method, task_id: str) -> int:
    """The code with which a request about a task is refused."""
    with pytest.raises(MCPError) as refused:
        await asked(client, method, task_id)
    return refused.value.error.code
