"""Orders as tasks of the protocol: for clients that declare the extension, and for them alone."""

import sys
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
from mcp import Client, MCPError, StdioServerParameters
from mcp.client.context import ClientRequestContext
from mcp.client.extension import ClaimContext, advertise
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, Request, RequestParams

from songwright.errors import LibraryUnavailable
from songwright.library import Library, new_id
from songwright.library.database import NoDatabase
from songwright.mcp import build_server
from songwright.mcp.songs import Viewer
from songwright.mcp.tasks_extension import OrderTasks
from songwright.mcp.tasks_extension.orders import NOT_CANCELLED
from songwright.models import SimpleRequest
from songwright.sandbox.app import Sandbox
from songwright.sandbox.faults import Fault
from tests.commands.processes import address, environ, running
from tests.fakes import (
    BOUND_SECONDS,
    CUSTOM,
    KEY,
    Clock,
    Door,
    are_saved,
    content,
    open_door,
    open_paid_door,
    quick_sandbox,
    serving,
    text,
)
from tests.mcp.task_client import IDENTIFIER, METHODS, Answer, Created, Follows, asked, refusal

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def follower(door: Door, **options: Any) -> AsyncGenerator[tuple[Client, Follows]]:
    """A second client of the same server, one that declares the extension."""
    follows = Follows()
    async with Client(build_server(door.service), extensions=[follows], **options) as client:
        yield client, follows


async def begun(client: Client, **changes: Any) -> Created:
    """The task that an order is answered with."""
    answer = await client.session.call_tool(
        "generate_custom_song", {**CUSTOM, **changes}, allow_claimed=True, allow_input_required=True
    )
    assert isinstance(answer, Created), answer
    return answer


async def completed(client: Client, door: Door, task_id: str) -> dict[str, Any]:
    """A task at its end."""
    with anyio.fail_after(BOUND_SECONDS):
        while True:
            change = door.service.changes.next()
            task = await asked(client, "tasks/get", task_id)
            if task["status"] == "completed":
                return task
            with anyio.move_on_after(0.5):
                await change.wait()


async def test_an_order_becomes_a_task_that_ends_with_the_finished_song(tmp_path: Path) -> None:
    async with open_door(tmp_path, sandbox_seconds="0.3") as door, follower(door) as (client, follows):
        result = await client.call_tool("generate_custom_song", CUSTOM)
        told = content(result)
        assert not result.is_error
        assert told["status"] == "completed"
        assert are_saved(told)
        same = await door.call("get_task", task_id=told["task_id"])
        assert (told, text(result)) == (content(same), text(same))
        assert [item.type for item in result.content] == ["text", "resource_link", "resource_link"]
        assert len(follows.seen) > 1
        assert follows.seen[0]["statusMessage"] in ("pending for 0:00", "processing for 0:00")
        assert door.charged == 1


async def test_a_simple_order_becomes_a_task_too(tmp_path: Path) -> None:
    async with open_door(tmp_path) as door, follower(door) as (client, _):
        result = await client.call_tool("generate_song", {"prompt": "a calm waltz about rain"})
        assert content(result)["status"] == "completed"


async def test_a_task_says_what_the_protocol_wants_of_it(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=120) as door, follower(door) as (client, _):
        created = await begun(client)
        seed = created.model_dump(by_alias=True, exclude={"meta"})
        state = await asked(client, "tasks/get", created.task_id)
        for task in (seed, state):
            assert (task["status"], task["ttlMs"], task["pollIntervalMs"]) == ("working", None, 50)
            assert not task.keys() & {"result", "error", "inputRequests", "requestState", "ttl"}
        assert (seed["resultType"], state["resultType"]) == ("task", "complete")
        await door.later(90)
        task_id = created.task_id.partition(".")[0]
        await door.until(task_id, lambda told: told["status"] == "processing")
        later = await asked(client, "tasks/get", created.task_id)
        assert later["statusMessage"].startswith("processing for 1:3")
        assert later["createdAt"] == state["createdAt"]
        assert later["lastUpdatedAt"] > state["lastUpdatedAt"]


async def test_a_song_that_fails_ends_its_task_as_an_error_with_the_refund(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door, follower(door) as (client, follows):
        door.order_faults(Fault("failed"), route="submit")
        result = await client.call_tool("generate_custom_song", CUSTOM)
        told = content(result)
        assert result.is_error
        assert follows.seen[-1]["status"] == "completed"
        assert (told["status"], told["error"]["spent"]) == ("failed", "refunded")
        assert text(result).startswith("[upstream_error] ")
        assert "Refunded by aivideoapi" in text(result)
        assert told["error"]["fix"] in text(result)
        assert told == await door.told("get_task", task_id=told["task_id"])


async def test_an_order_that_is_refused_is_answered_at_once_without_a_task(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door, follower(door) as (client, follows):
        wrong = await client.call_tool("generate_custom_song", {**CUSTOM, "stile": "folk"})
        door.order_faults(Fault("insufficient-credits"), route="submit")
        refused = await client.call_tool("generate_custom_song", CUSTOM)
        door.order_faults(Fault("drop-after-charge"), route="submit")
        doubtful = await client.call_tool("generate_custom_song", CUSTOM)
        codes = [content(result)["error"]["code"] for result in (wrong, refused, doubtful)]
        assert codes == ["invalid_request", "insufficient_credits", "submission_unconfirmed"]
        assert wrong.is_error
        assert refused.is_error
        assert doubtful.is_error
        assert follows.seen == []


async def test_an_order_still_on_its_way_is_a_task_and_a_late_refusal_its_end(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.01) as door, follower(door) as (client, _):
        door.order_faults(Fault("slow", 0.3), route="submit")
        created = await begun(client)
        assert created.status_message == "pending for 0:00"
        assert content_of(await completed(client, door, created.task_id))["status"] == "completed"


def content_of(task: dict[str, Any]) -> dict[str, Any]:
    """The structured content of a finished task."""
    return task["result"]["structuredContent"]


async def test_an_order_in_doubt_ends_its_task_for_good(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, answer_seconds=0.01, request_timeout="0.3") as door:
        async with follower(door) as (client, _):
            door.order_faults(Fault("hang"), route="submit")
            created = await begun(client)
            ended = await completed(client, door, created.task_id)
            told = content_of(ended)
            assert ended["result"]["isError"]
            assert (told["status"], told["error"]["spent"]) == ("unconfirmed", "unknown")
            shown: str = ended["result"]["content"][0]["text"]
            assert shown.startswith(f"[{told['error']['code']}] {told['task_id']} was sent.")
            paid = door.charges[-1].order_id
            await door.told(
                "resolve_task", task_id=told["task_id"], resolution="found", provider_task_id=paid
            )
            assert (await asked(client, "tasks/get", created.task_id))["status"] == "completed"
            await door.ended(told["task_id"])
            again = await asked(client, "tasks/get", created.task_id)
            assert content_of(again)["status"] == "completed"
            assert not again["result"].get("isError")


async def test_the_person_is_asked_before_there_is_a_task(tmp_path: Path) -> None:
    questions: list[str] = []

    async def person(context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        questions.append(params.message)
        return ElicitResult(action="accept", content={"yes": len(questions) == 1})

    async with open_door(tmp_path, confirm_spend="always") as door:
        async with follower(door, elicitation_callback=person) as (client, follows):
            result = await client.call_tool("generate_custom_song", CUSTOM)
            assert content(result)["status"] == "completed"
            polls = len(follows.seen)
            declined = await client.call_tool("generate_song", {"prompt": "another waltz"})
            assert content(declined)["error"]["code"] == "declined"
            assert len(follows.seen) == polls
            assert len(questions) == 2
            assert door.charged == 1


async def test_the_same_order_again_is_the_same_task_and_says_so(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        first, second = await begun(client), await begun(client)
        assert first.task_id == second.task_id
        await door.later(120)
        told = content_of(await completed(client, door, first.task_id))
        assert "nothing was spent again" in told["notice"]
        assert door.charged == 1
        repeated = await client.call_tool("generate_custom_song", CUSTOM)
        assert content(repeated)["status"] == "completed"
        assert "Nothing was spent again" in text(repeated)


async def test_a_song_cannot_be_cancelled_and_its_task_says_so(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        created = await begun(client)
        answer = await asked(client, "tasks/cancel", created.task_id)
        assert answer == {"resultType": "complete"}
        state = await asked(client, "tasks/get", created.task_id)
        assert state["status"] == "working"
        assert NOT_CANCELLED in state["statusMessage"]
        await door.later(120)
        assert content_of(await completed(client, door, created.task_id))["status"] == "completed"
        assert (await asked(client, "tasks/cancel", created.task_id))["resultType"] == "complete"


async def test_answers_that_nobody_asked_for_change_nothing(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        created = await begun(client)
        before = await asked(client, "tasks/get", created.task_id)
        answer = await asked(client, "tasks/update", created.task_id, inputResponses={"yes": {"no": True}})
        assert answer == {"resultType": "complete"}
        after = await asked(client, "tasks/get", created.task_id)
        assert (after["status"], after["lastUpdatedAt"]) == (before["status"], before["lastUpdatedAt"])


async def test_an_id_that_is_not_one_of_ours_is_no_task(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        real = (await begun(client)).task_id
        name, _, sealed = real.partition(".")
        forged = [
            "",
            ".",
            name,
            f"{name}.",
            f"{name}.{sealed[:-1]}",
            f"{name}.{'0' * 40}",
            f"x{real}",
            "é\n.é",
        ]
        for task_id in forged:
            for method in METHODS:
                assert await refusal(client, method, task_id) == -32602, task_id


async def test_a_task_belongs_to_who_ordered_it(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door:
        ordered = await door.service.submit(SimpleRequest(prompt="a waltz"), principal="ada")
        reply = Viewer(now=door.clock()).task_reply(ordered.task).call_result()
        ada, bob = (
            OrderTasks(door.service, lambda: Viewer(now=door.clock()), lambda who=who: who)
            for who in ("ada", "bob")
        )
        task = await ada.begun("generate_song", reply)
        assert task is not None
        assert await ada.task(task.task_id) is not None
        assert await bob.task(task.task_id) is None
        assert await bob.begun("generate_song", reply) is None


async def test_a_finished_song_waits_for_its_files_but_not_for_ever(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door, follower(door) as (client, _):
        created = await begun(client, style="folk rock sandbox:bad-audio")
        task_id = created.task_id.partition(".")[0]
        await door.until(task_id, lambda told: told["status"] == "completed")
        waiting = await asked(client, "tasks/get", created.task_id)
        assert (waiting["status"], waiting["statusMessage"]) == (
            "working",
            "completed; its files are being saved",
        )
        await door.later(11)
        ended = await asked(client, "tasks/get", created.task_id)
        assert (ended["status"], ended["statusMessage"]) == ("completed", "completed")
        assert "The files are still being saved." in content_of(ended)["notice"]


async def test_a_song_that_nobody_follows_any_more_ends_its_task_with_what_to_do(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path) as door, follower(door) as (client, _):
        created = await begun(client, style="folk rock sandbox:never")
        await door.later(49 * 3600)
        told = content_of(await completed(client, door, created.task_id))
        assert told["status"] in ("pending", "processing")
        assert told["next_step"] == f'get_task(task_id="{told["task_id"]}", wait_seconds=45)'


async def test_without_a_readable_library_an_order_keeps_its_answer_and_a_task_says_why(
    tmp_path: Path,
) -> None:
    reason = LibraryUnavailable("The library is gone.")
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        created = await begun(client)
        order = CallToolResult(content=[], structured_content={"status": "pending", "task_id": "abcdefgh"})
        gone = Library(NoDatabase(reason), door.clock, new_id, "", None)
        tasks = OrderTasks(
            replace(door.service, library=gone), lambda: Viewer(now=door.clock()), lambda: "local"
        )
        assert await tasks.begun("generate_song", order) is None
        with pytest.raises(MCPError) as refused:
            await tasks.task(created.task_id)
        assert (refused.value.error.code, refused.value.error.message) == (-32603, "The library is gone.")


async def test_nothing_is_asked_of_the_provider_for_a_task(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60, poll_seconds="60") as door:
        async with follower(door) as (client, _):
            created = await begun(client)
            assert door.requests is not None
            before = len(door.requests.requests)
            for _ in range(20):
                await asked(client, "tasks/get", created.task_id)
            assert len(door.requests.requests) == before


class ListenParams(RequestParams):
    notifications: dict[str, Any]


class ListenRequest(Request[ListenParams, Literal["subscriptions/listen"]]):
    """A wish to be told of changes."""


async def test_a_client_that_does_not_declare_it_gets_what_it_always_got(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, song_seconds=60) as door, follower(door) as (client, _):
        told = await door.told("generate_custom_song", **CUSTOM)
        assert told["status"] in ("pending", "processing")
        assert told["next_step"].startswith("get_task(")
        sealed = (await begun(client)).task_id
        for method in METHODS:
            assert await refusal(door.client, method, sealed) == -32021
        listen = ListenRequest(
            method="subscriptions/listen", params=ListenParams(notifications={"taskIds": []})
        )
        with pytest.raises(MCPError) as refused:
            await door.client.session.send_request(listen, Answer)
        assert refused.value.error.code == -32021


async def test_an_older_client_never_hears_of_it(tmp_path: Path) -> None:
    async with open_paid_door(tmp_path, era="legacy", song_seconds=60) as door:
        async with follower(door, mode="legacy") as (client, follows):
            result = await client.call_tool("generate_custom_song", CUSTOM)
            assert content(result)["status"] in ("pending", "processing")
            assert content(result) == {
                **await door.told("get_task", task_id=content(result)["task_id"]),
                **{key: content(result)[key] for key in ("elapsed_seconds", "status")},
            }
            assert follows.seen == []
            assert await refusal(client, "tasks/get", "whatever") == -32601
        async with Client(
            build_server(door.service), mode="legacy", extensions=[advertise(IDENTIFIER)]
        ) as client:
            result = await client.call_tool("generate_song", {"prompt": "a waltz"})
            assert content(result)["status"] in ("pending", "processing")


@asynccontextmanager
async def provider(folder: Path, seconds: float) -> AsyncGenerator[tuple[Sandbox, dict[str, str]]]:
    """A paid provider on a port of this machine, and a process's settings for it."""
    async with AsyncExitStack() as stack:
        box = quick_sandbox(folder / "provider", seconds, Clock())
        stack.push_async_callback(box.aclose)
        url = await stack.enter_async_context(serving(box.app))
        changes = {"provider": "aivideoapi", "aivideoapi_api_key": KEY, "aivideoapi_base_url": url}
        yield box, environ(folder, **changes, allow_private_hosts="1")


async def test_a_task_outlives_the_process_that_began_it(tmp_path: Path) -> None:
    async with provider(tmp_path, 1) as (box, settings):
        with running(["serve", "--transport", "http", "--port", "0"], settings) as process:
            async with Client(f"{address(process)}/mcp", extensions=[Follows()]) as client:
                created = await begun(client)
                assert (await asked(client, "tasks/get", created.task_id))["status"] == "working"
                process.kill()
        follows = Follows()
        server = StdioServerParameters(command=sys.executable, args=["-m", "songwright"], env=settings)
        async with Client(server, extensions=[follows]) as client:
            assert await refusal(client, "tasks/get", created.task_id + "0") == -32602
            context = ClaimContext(session=client.session, tool_name="", read_timeout_seconds=None)
            result = await follows.resolve(created, context)
            assert content(result)["status"] == "completed"
            assert are_saved(content(result))
            assert content(await client.call_tool("list_tracks", {}))["total"] == 2
        assert [charge.kind for charge in box.ledger.charges()].count("charge") == 1


async def test_over_http_the_routing_header_must_name_the_task(tmp_path: Path) -> None:
    async with provider(tmp_path, 60) as (_, settings):
        with running(["serve", "--transport", "http", "--port", "0"], settings) as process:
            url = f"{address(process)}/mcp"
            async with Client(url, extensions=[Follows()]) as client:
                created = await begun(client)
                assert (await asked(client, "tasks/get", created.task_id))["taskId"] == created.task_id
            for name in (None, "", "another", created.task_id.upper()):
                assert await raw_get(url, created.task_id, name) == (400, -32020)
            assert await raw_get(url, created.task_id, created.task_id) == (200, None)
            assert await raw_get(url, "nobody's", "nobody's") == (400, -32602)


async def raw_get(url: str, task_id: str, name: str | None) -> tuple[int, int | None]:
    """The HTTP status and the error code of a tasks/get with that Mcp-Name header."""
    meta: dict[str, Any] = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {"extensions": {IDENTIFIER: {}}},
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tasks/get",
        **({} if name is None else {"Mcp-Name": name}),
    }
    params = {"taskId": task_id, "_meta": meta}
    body = {"jsonrpc": "2.0", "id": 1, "method": "tasks/get", "params": params}
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(url, headers=headers, json=body)
    return answer.status_code, answer.json().get("error", {}).get("code")
