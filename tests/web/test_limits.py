"""How much of a request is taken, for how long, and how many sessions and streams there are."""

from pathlib import Path

import anyio
import anyio.abc
import pytest
from mcp import Client
from mcp.client.sse import sse_client

from songwright.web.app import BODY_SECONDS, MOST_BODY_BYTES
from songwright.web.run import HEAD_SECONDS
from tests.web.serving import ACCEPT, BOUND_SECONDS, HELLO, Site, open_site

pytestmark = pytest.mark.anyio

PATHS = ("/mcp", "/messages/?session_id=0", "/callbacks/x", "/healthz", "/unknown")


async def connected(site: Site) -> anyio.abc.SocketStream:
    return await anyio.connect_tcp("127.0.0.1", site.port)


def head(site: Site, *lines: str, path: str = "/mcp") -> bytes:
    host = f"Host: 127.0.0.1:{site.port}"
    return "\r\n".join(
        [f"POST {path} HTTP/1.1", host, "Content-Type: application/json", *lines, "", ""]
    ).encode()


async def until_closed(stream: anyio.abc.SocketStream, drip: bytes = b"") -> bytes:
    """What the server says until it closes the connection, which it does though a byte comes now and then."""
    heard = b""
    try:
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                with anyio.move_on_after(0.1):
                    heard += await stream.receive()
                    continue
                if drip:
                    await stream.send(drip)
    except (anyio.EndOfStream, anyio.BrokenResourceError):
        return heard


@pytest.mark.parametrize("path", PATHS)
async def test_bad_input_39_a_body_above_4_mib_is_too_large(tmp_path: Path, path: str) -> None:
    async with open_site(tmp_path) as site:
        answer = await site.client.post(path, content=b"x" * (MOST_BODY_BYTES + 1))
        assert answer.status_code == 413
        assert (await site.client.get("/healthz")).status_code == 200


async def test_bad_input_39_a_chunked_body_without_end_is_too_large(tmp_path: Path) -> None:
    async with open_site(tmp_path, head_seconds=1.0) as site, await connected(site) as stream:
        await stream.send(head(site, "Transfer-Encoding: chunked"))
        chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
        heard = await until_closed(stream, drip=chunk * 40)
        assert heard.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("lines", "body", "status"),
    [
        (["Content-Length: 99"], b"{}", b"408"),
        (["Content-Length: 2"], b"{}{}{}\r\n\r\n", b"400"),
        (["Content-Length: -1"], b"{}", b"400"),
        (["Content-Length: x"], b"{}", b"400"),
        (["Content-Length: 2", "Content-Length: 3"], b"{}", b"400"),
        (["Content-Length: " + "9" * 30], b"{}", b"400"),
        (["Content-Length: " + "9" * 15], b"{}", b"413"),
        (["Content-Length: 2", "Transfer-Encoding: chunked"], b"zz\r\n", b"400"),
        (["Transfer-Encoding: chunked"], b"-5\r\n", b"400"),
        (["Transfer-Encoding: gzip"], b"{}", b"400"),
    ],
)
async def test_bad_input_39_a_wrong_length_is_refused_and_the_connection_closed(
    tmp_path: Path, lines: list[str], body: bytes, status: bytes
) -> None:
    async with open_site(tmp_path, head_seconds=0.5, limits={"body_seconds": 0.5}) as site:
        async with await connected(site) as stream:
            await stream.send(head(site, *lines) + body)
            assert status in [line.split()[1] for line in (await until_closed(stream)).split(b"HTTP")[1:]]


async def test_bad_input_40_what_comes_too_slowly_is_closed_and_streams_stay_open(tmp_path: Path) -> None:
    """Each connection sends a byte every tenth of a second; none is waited for longer than the limits."""
    async with open_site(tmp_path, head_seconds=1.0, limits={"body_seconds": 1.0}) as site:
        async with Client(sse_client(f"{site.url}/sse")) as client:
            heard: dict[str, bytes] = {}

            async def slow(name: str, start: bytes, drip: bytes) -> None:
                async with await connected(site) as stream:
                    if start:
                        await stream.send(start)
                    heard[name] = await until_closed(stream, drip)

            async with anyio.create_task_group() as group:
                group.start_soon(slow, "silent", b"", b"")
                group.start_soon(slow, "head", b"POST /mcp HTTP/1.1\r\nHost: ", b"x")
                group.start_soon(slow, "body", head(site, "Content-Length: 1000000"), b"x")
                group.start_soon(slow, "chunks", head(site, "Transfer-Encoding: chunked"), b"1\r\nx\r\n")
                foreign = b"POST /mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1000000\r\n\r\n"
                group.start_soon(slow, "refused", foreign, b"x")
                second = head(site, "Content-Length: 2") + b"{}POST /mcp HTTP/1.1\r\n"
                group.start_soon(slow, "second", second, b"x")
            assert (heard["silent"], heard["head"]) == (b"", b"")
            for name in ("body", "chunks"):
                assert heard[name].startswith(b"HTTP/1.1 408 "), name
            assert heard["refused"].startswith(b"HTTP/1.1 421 ")
            assert heard["second"].count(b"HTTP/1.1 ") == 1
            with anyio.fail_after(BOUND_SECONDS):
                assert (await client.list_tools()).tools, "the stream that was open all the time still works"


def test_bad_input_40_the_limits_of_a_served_process_are_below_10_seconds() -> None:
    assert HEAD_SECONDS < 10
    assert BODY_SECONDS < 10


async def test_bad_input_48_sessions_above_the_most_are_refused_and_others_work(tmp_path: Path) -> None:
    async with open_site(tmp_path, limits={"max_sessions": 3}) as site:
        sessions: list[str] = []
        for _ in range(3):
            answer = await site.client.post("/mcp", json=HELLO, headers=ACCEPT)
            assert answer.status_code == 200
            sessions.append(answer.headers["mcp-session-id"])
        assert len(set(sessions)) == 3
        for _ in range(3):
            assert (await site.client.post("/mcp", json=HELLO, headers=ACCEPT)).status_code == 503
        listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
        for session in sessions:
            headers = {**ACCEPT, "mcp-session-id": session, "mcp-protocol-version": "2025-06-18"}
            assert (await site.client.post("/mcp", json=listing, headers=headers)).status_code == 200
        with anyio.fail_after(BOUND_SECONDS):
            async with Client(f"{site.url}/mcp") as modern, Client(sse_client(f"{site.url}/sse")) as older:
                assert (await modern.list_tools()).tools
                assert (await older.list_tools()).tools
        gone = {"mcp-session-id": sessions[0], "mcp-protocol-version": "2025-06-18"}
        assert (await site.client.delete("/mcp", headers=gone)).status_code == 200
        assert (await site.client.post("/mcp", json=HELLO, headers=ACCEPT)).status_code == 200


async def test_bad_input_46_a_session_that_is_not_there_is_not_found(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        for session in ("0" * 32, "x", "../../etc"):
            headers = {**ACCEPT, "mcp-session-id": session, "mcp-protocol-version": "2025-06-18"}
            listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
            assert (await site.client.post("/mcp", json=listing, headers=headers)).status_code in (400, 404)
        answer = await site.client.post("/messages/", params={"session_id": "0" * 32}, json=HELLO)
        assert answer.status_code == 404


async def test_bad_input_48_streams_above_the_most_are_refused_and_a_closed_one_makes_room(
    tmp_path: Path,
) -> None:
    async with open_site(tmp_path, limits={"max_streams": 1}) as site:
        async with Client(sse_client(f"{site.url}/sse")) as first:
            assert (await site.client.get("/sse")).status_code == 503
            assert (await first.list_tools()).tools
        with anyio.fail_after(BOUND_SECONDS):
            while True:
                async with site.client.stream("GET", "/sse") as answer:
                    if answer.status_code == 200:
                        break


async def test_bad_input_41_and_42_odd_messages_over_http_are_refused(tmp_path: Path) -> None:
    odd = (
        *(b"", b"hello", b"[]", b"[1]", b"null", b"1e400", b'"ping"', b"[" * 100_000, b"\xff\xfe"),
        *(b'{"jsonrpc":"2.0","id":null,"method":"ping"}', b'{"jsonrpc":"2.0","id":{},"method":"ping"}'),
        b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}',
        b'{"jsonrpc":"2.0","id":1,"method":"ping","params":' + b'{"a":' * 90_000 + b"1" + b"}" * 90_001,
    )
    async with open_site(tmp_path) as site:
        for content in odd:
            headers = {**ACCEPT, "content-type": "application/json"}
            answer = await site.client.post("/mcp", content=content, headers=headers)
            assert 400 <= answer.status_code < 500, (content[:60], answer.status_code)
        assert (await site.client.get("/healthz")).status_code == 200
