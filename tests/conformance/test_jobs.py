"""What the extension does for work that asks, breaks or can be cancelled, as songs never do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult

from tests.conformance.jobs import Jobs
from tests.conformance.server import build_server
from tests.fakes import BOUND_SECONDS, text
from tests.mcp.task_client import Created, Follows, asked

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def client(*extensions: Follows) -> AsyncGenerator[Client]:
    """A client of the server with the jobs."""
    async with anyio.create_task_group() as group:
        async with Client(build_server(Jobs(group)), extensions=extensions) as connected:
            yield connected
        group.cancel_scope.cancel()


async def begun(connected: Client, tool: str, **arguments: Any) -> str:
    """The id of the task that a call is answered with."""
    answer = await connected.session.call_tool(tool, arguments, allow_claimed=True)
    assert isinstance(answer, Created)
    return answer.task_id


async def turned(connected: Client, task_id: str, status: str) -> dict[str, Any]:
    """A task once it has a status."""
    with anyio.fail_after(BOUND_SECONDS):
        while (task := await asked(connected, "tasks/get", task_id))["status"] != status:
            await anyio.lowlevel.checkpoint()
    return task


async def test_a_task_asks_several_things_and_goes_on_when_all_are_answered() -> None:
    async with client(Follows()) as connected:
        task_id = await begun(connected, "multi_input")
        waiting = await turned(connected, task_id, "input_required")
        assert set(waiting["inputRequests"]) == {"name-1", "confirm-1"}
        assert waiting["inputRequests"]["name-1"]["method"] == "elicitation/create"
        yes: dict[str, Any] = {"action": "accept", "content": {}}
        await asked(connected, "tasks/update", task_id, inputResponses={"name-1": yes, "unknown": yes})
        still = await asked(connected, "tasks/get", task_id)
        assert (still["status"], set(still["inputRequests"])) == ("input_required", {"confirm-1"})
        await asked(connected, "tasks/update", task_id, inputResponses={"confirm-1": yes})
        done = await turned(connected, task_id, "completed")
        assert done["result"]["content"][0]["text"] == "2 answers"
        assert "inputRequests" not in done


async def test_a_fault_of_the_protocol_fails_the_task() -> None:
    async with client(Follows()) as connected:
        task = await turned(connected, await begun(connected, "protocol_error_job"), "failed")
        assert task["error"] == {"code": -32603, "message": "This job always breaks."}
        assert "result" not in task


async def test_work_that_can_be_cancelled_is() -> None:
    async with client(Follows()) as connected:
        task_id = await begun(connected, "slow_compute", seconds=1000)
        await asked(connected, "tasks/cancel", task_id)
        assert not (await turned(connected, task_id, "cancelled")).keys() & {"result", "error"}


async def test_work_that_only_tasks_can_do_is_refused_to_others() -> None:
    async with client() as connected:
        with pytest.raises(MCPError) as refused:
            await connected.call_tool("confirm_delete", {"filename": "a.txt"})
        assert refused.value.error.code == -32021
        plain = await connected.call_tool("slow_compute", {"seconds": 0, "label": "now"})
        assert isinstance(plain, CallToolResult)
        assert text(plain) == "now: computed for 0 s"
