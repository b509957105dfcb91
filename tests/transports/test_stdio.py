"""Standard input and output: sessions of real processes, and every way in which they end."""

from pathlib import Path

import anyio
import pytest
from mcp import Client

from songwright.sandbox.faults import Fault
from tests.fakes import CUSTOM, ERAS, Era, content
from tests.transports.wire import environ, open_provider, open_wire, parameters, tasks_in

pytestmark = pytest.mark.anyio

ENDS = ["eof", "SIGTERM", "SIGINT"]
BOUND_SECONDS = 45


@pytest.mark.parametrize("era", ERAS)
async def test_a_whole_session_works_over_stdio(tmp_path: Path, era: Era) -> None:
    async with open_provider(tmp_path) as provider:
        server = parameters(environ(tmp_path, **provider.settings))
        with anyio.fail_after(BOUND_SECONDS):
            async with Client(server, mode=era) as client:
                ordered = content(await client.call_tool("generate_custom_song", CUSTOM))
                asked = {"task_id": ordered["task_id"], "wait_seconds": 30}
                done = content(await client.call_tool("get_task", asked))
    assert done["status"] == "completed"
    assert {track["file"] for track in done["tracks"]} == {
        str(path) for path in (tmp_path / "music").rglob("*.mp3")
    }


@pytest.mark.parametrize("era", ERAS)
async def test_with_a_wrong_setting_it_starts_reads_and_does_not_spend(tmp_path: Path, era: Era) -> None:
    server = parameters(environ(tmp_path, daily_credits="ten", aivideoapi_api_key="sk-canary 0123456789"))
    with anyio.fail_after(BOUND_SECONDS):
        async with Client(server, mode=era) as client:
            assert content(await client.call_tool("list_tracks", {}))["status"] == "ok"
            result = await client.call_tool("generate_custom_song", CUSTOM)
    error = content(result)["error"]
    assert result.is_error
    assert error["code"] == "not_configured"
    fields = {problem["field"] for problem in error["problems"]}
    assert fields == {"SONGWRIGHT_DAILY_CREDITS", "SONGWRIGHT_AIVIDEOAPI_API_KEY"}
    assert "canary" not in result.model_dump_json()


@pytest.mark.parametrize(("how", "wrong"), [("eof", ""), ("SIGTERM", "ten"), ("SIGINT", "")])
async def test_an_idle_server_ends_in_order(tmp_path: Path, how: str, wrong: str) -> None:
    async with open_wire(environ(tmp_path, daily_credits=wrong), tmp_path) as wire:
        await wire.greet()
        assert await wire.end(how) == 0
        assert wire.stderr == ""


@pytest.mark.parametrize("how", ENDS)
async def test_bad_input_49_an_end_loses_no_order_that_is_on_its_way(tmp_path: Path, how: str) -> None:
    async with open_provider(tmp_path, seconds=1000) as provider:
        provider.sandbox.faults.push(Fault("slow", 1.0), route="submit")
        async with open_wire(environ(tmp_path, **provider.settings), tmp_path) as wire:
            await wire.greet()
            await wire.call("generate_custom_song", **CUSTOM)
            await provider.arrivals.first("POST")
            assert await wire.end(how) == 0
            assert wire.stderr == ""
        (order,) = provider.sandbox.ledger.orders()
        (task,) = await tasks_in(tmp_path)
        assert (task.status, task.provider_task_id) == ("pending", order.id)


async def test_bad_input_49_an_order_without_an_answer_is_unconfirmed_afterwards(tmp_path: Path) -> None:
    async with open_provider(tmp_path) as provider:
        provider.sandbox.faults.push(Fault("hang"), route="submit")
        settings = {**provider.settings, "request_timeout": "60"}
        async with open_wire(environ(tmp_path, **settings), tmp_path) as wire:
            await wire.greet()
            await wire.call("generate_custom_song", **CUSTOM)
            await provider.arrivals.first("POST")
            assert await wire.end("eof") == 0
        (task,) = await tasks_in(tmp_path)
        assert (task.status, task.provider_task_id) == ("unconfirmed", None)


@pytest.mark.parametrize("how", ["eof", "SIGTERM"])
async def test_a_long_wait_is_ended_with_the_server(tmp_path: Path, how: str) -> None:
    async with open_provider(tmp_path, seconds=1000) as provider:
        async with open_wire(environ(tmp_path, **provider.settings), tmp_path) as wire:
            await wire.greet()
            ordered = await wire.result("generate_custom_song", **CUSTOM)
            await wire.call("get_task", task_id=ordered["task_id"], wait_seconds=45)
            await wire.notified("notifications/progress")
            assert await wire.end(how) == 0
            assert wire.stderr == ""


async def test_a_client_that_vanishes_loses_nothing(tmp_path: Path) -> None:
    async with open_provider(tmp_path, seconds=1000) as provider:
        provider.sandbox.faults.push(Fault("slow", 1.0), route="submit")
        async with open_wire(environ(tmp_path, **provider.settings), tmp_path) as wire:
            await wire.greet()
            await wire.call("generate_custom_song", **CUSTOM)
            await provider.arrivals.first("POST")
            assert wire.process.stdout is not None
            await wire.process.stdout.aclose()
            assert wire.process.stdin is not None
            await wire.process.stdin.aclose()
            with anyio.fail_after(BOUND_SECONDS):
                await wire.process.wait()
            assert "Traceback" not in wire.stderr
        (task,) = await tasks_in(tmp_path)
        assert (task.status, task.provider_task_id) == ("pending", provider.sandbox.ledger.orders()[0].id)


async def test_signals_that_follow_the_end_of_input_cut_no_order_off(tmp_path: Path) -> None:
    """Hosts close the input, and send SIGTERM 2 s later."""
    async with open_provider(tmp_path, seconds=1000) as provider:
        provider.sandbox.faults.push(Fault("slow", 2.0), route="submit")
        async with open_wire(environ(tmp_path, **provider.settings), tmp_path) as wire:
            await wire.greet()
            await wire.call("generate_custom_song", **CUSTOM)
            await provider.arrivals.first("POST")
            assert wire.process.stdin is not None
            await wire.process.stdin.aclose()
            with anyio.fail_after(BOUND_SECONDS):
                while wire.process.returncode is None:
                    wire.process.terminate()
                    with anyio.move_on_after(0.1):
                        await wire.process.wait()
            assert wire.process.returncode == 0
            assert wire.stderr == ""
        (task,) = await tasks_in(tmp_path)
        assert (task.status, task.provider_task_id) == ("pending", provider.sandbox.ledger.orders()[0].id)
