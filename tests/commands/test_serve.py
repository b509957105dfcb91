"""`songwright serve`: every transport for real, and what keeps it from starting."""

import signal
import socket
import sys
from pathlib import Path

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.sse import sse_client

from tests.commands.conftest import Caller
from tests.commands.processes import address, environ, running

pytestmark = pytest.mark.anyio

TOOL = "check_credits"


async def test_http_and_sse_are_served_at_the_address_that_is_printed(tmp_path: Path) -> None:
    with running(["serve", "--transport", "http", "--port", "0"], environ(tmp_path)) as process:
        url = await anyio.to_thread.run_sync(address, process)
        with anyio.fail_after(30):
            async with Client(f"{url}/mcp") as client:
                assert TOOL in {tool.name for tool in (await client.list_tools()).tools}
            async with Client(sse_client(f"{url}/sse")) as client:
                account = await client.call_tool(TOOL, {})
                assert not account.is_error
        process.send_signal(signal.SIGTERM)
        assert await anyio.to_thread.run_sync(process.wait, 30) == 0


async def test_stdio_with_options_speaks_nothing_but_the_protocol(tmp_path: Path) -> None:
    arguments = ["-P", "-m", "songwright", "serve", "--transport=stdio"]
    server = StdioServerParameters(command=sys.executable, args=arguments, env=environ(tmp_path))
    with anyio.fail_after(30):
        async with Client(server) as client:
            assert TOOL in {tool.name for tool in (await client.list_tools()).tools}


async def test_over_stdio_a_wrong_setting_is_told_by_the_tools(tmp_path: Path) -> None:
    arguments = ["-P", "-m", "songwright", "serve", "--transport=stdio"]
    settings = environ(tmp_path, poll_seconds="often")
    server = StdioServerParameters(command=sys.executable, args=arguments, env=settings)
    with anyio.fail_after(30):
        async with Client(server) as client:
            ordered = await client.call_tool("generate_song", {"prompt": "a waltz"})
    assert ordered.is_error
    assert ordered.structured_content is not None
    assert ordered.structured_content["error"]["code"] == "not_configured"
    assert "SONGWRIGHT_POLL_SECONDS" in ordered.structured_content["error"]["message"]


@pytest.mark.parametrize("transport", ["http", "sse"])
def test_bad_input_31_a_busy_port_is_one_line_and_exit_code_2(
    tmp_path: Path, call: Caller, transport: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        called = call(["serve", "--transport", transport, "--port", port], environ(tmp_path))
    assert called.code == 2
    assert len(called.complaints) == 1
    assert port in called.err
    assert called.out == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com"])  # noqa: S104 # refused
def test_bad_input_30_other_machines_are_not_served(tmp_path: Path, call: Caller, host: str) -> None:
    called = call(["serve", "--transport", "http", "--host", host, "--port", "0"], environ(tmp_path))
    assert called.code == 2
    assert "authentication" in called.err
    assert called.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--transport", "http"],
        ["serve", "--transport", "sse"],
        ["try"],
        ["tracks"],
        ["sandbox"],
        ["sandbox", "--refill", "1"],
    ],
    ids=" ".join,
)
def test_each_wrong_setting_is_a_line_and_nothing_is_begun(
    tmp_path: Path, call: Caller, arguments: list[str]
) -> None:
    called = call(arguments, environ(tmp_path, poll_seconds="often", musik_dir="/music"))
    assert called.code == 2
    assert len(called.complaints) == 2
    assert "SONGWRIGHT_POLL_SECONDS must be" in called.err
    assert "did you mean SONGWRIGHT_MUSIC_DIR?" in called.err
    assert called.out == ""
    assert list(tmp_path.iterdir()) == []
