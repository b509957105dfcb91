"""Faults on real sockets: what the provider class says is measured against what the server had received."""

import contextlib
import socket
import ssl
from collections.abc import AsyncGenerator
from pathlib import Path

import anyio
import pytest

from songwright.errors import (
    NotReached,
    ProviderTimeout,
    ProviderUnreachable,
    SongwrightError,
    SubmissionUnconfirmed,
    Unanswered,
    UnexpectedResponse,
)
from songwright.models import Submission
from songwright.providers import Provider, open_provider

from .dialects import CUSTOM, KEY
from .fault_server import Behaviour, Connection, fault_server

pytestmark = pytest.mark.anyio

TAKEN = b'{"code":200,"msg":"success","data":{"taskId":"t-9"}}'


@contextlib.asynccontextmanager
async def reaching(url: str, *, timeout: float = 5.0) -> AsyncGenerator[Provider]:
    provider = open_provider("aivideoapi", key=KEY, base_url=url, timeout=timeout)
    try:
        with anyio.fail_after(20):
            yield provider
    finally:
        await provider.aclose()


async def order(provider: Provider) -> Submission | SongwrightError:
    try:
        return await provider.submit(CUSTOM)
    except SongwrightError as error:
        return error


async def close_at_once(_: Connection) -> None:
    pass


async def reset_at_once(connection: Connection) -> None:
    connection.reset()


async def reset_after_half(connection: Connection) -> None:
    await connection.reader.readexactly(60)
    connection.reset()


async def close_after_all(connection: Connection) -> None:
    await connection.whole_request()


async def reset_after_all(connection: Connection) -> None:
    await connection.whole_request()
    connection.reset()


async def hang_after_all(connection: Connection) -> None:
    await connection.whole_request()
    await connection.server.hang()


def cut(content: bytes) -> Behaviour:
    async def behaviour(connection: Connection) -> None:
        await connection.whole_request()
        await connection.send(content)

    return behaviour


def hanging(content: bytes) -> Behaviour:
    async def behaviour(connection: Connection) -> None:
        await connection.whole_request()
        await connection.send(content)
        await connection.server.hang()

    return behaviour


async def drip(connection: Connection) -> None:
    await connection.whole_request()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    while not connection.server.closing.is_set():
        await connection.send(b" ")
        await connection.server.breathe()


async def drip_headers(connection: Connection) -> None:
    await connection.whole_request()
    await connection.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while not connection.server.closing.is_set():
        await connection.send(b"x")
        await connection.server.breathe()


async def endless(connection: Connection) -> None:
    await connection.whole_request()
    await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
    while not connection.writer.is_closing() and not connection.server.closing.is_set():
        await connection.send(b'{"' * 32_768)
        await anyio.lowlevel.checkpoint()


HEAD = b"HTTP/1.1 200 OK\r\n"
LONG = b"Content-Length: 500\r\n\r\n"

FAULTS: list[tuple[str, Behaviour, bool, type[SongwrightError]]] = [
    ("close right after accept", close_at_once, False, SubmissionUnconfirmed),
    ("reset right after accept", reset_at_once, False, SubmissionUnconfirmed),
    ("reset after half a request", reset_after_half, False, SubmissionUnconfirmed),
    ("close after the full request", close_after_all, True, SubmissionUnconfirmed),
    ("reset after the full request", reset_after_all, True, SubmissionUnconfirmed),
    ("hang after the full request", hang_after_all, True, ProviderTimeout),
    ("half a status line", cut(b"HTTP/1.1 2"), True, SubmissionUnconfirmed),
    ("half the headers", cut(HEAD + b"Content-Le"), True, SubmissionUnconfirmed),
    ("garbage", cut(b"\x00\x01\x02 no http at all\r\n\r\n"), True, SubmissionUnconfirmed),
    ("huge headers", cut(HEAD + b"X: " + b"x" * 300_000 + b"\r\n\r\n"), True, SubmissionUnconfirmed),
    ("half a body", cut(HEAD + LONG + b'{"code":200,'), True, UnexpectedResponse),
    ("half a chunk", cut(HEAD + b'Transfer-Encoding: chunked\r\n\r\nff\r\n{"c'), True, UnexpectedResponse),
    (
        "bad gzip",
        cut(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n{}{}"),
        True,
        UnexpectedResponse,
    ),
    ("a body that never comes", hanging(HEAD + LONG), True, UnexpectedResponse),
    ("a body that drips", drip, True, UnexpectedResponse),
    ("headers that drip", drip_headers, True, ProviderTimeout),
    ("a gigabyte", endless, True, UnexpectedResponse),
    ("informational only", hanging(b"HTTP/1.1 102 Processing\r\n\r\n"), True, ProviderTimeout),
]


@pytest.mark.parametrize(
    ("behaviour", "had_it_all", "wanted"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
async def test_after_the_connection_was_made_every_fault_is_unconfirmed(
    behaviour: Behaviour, had_it_all: bool, wanted: type[SongwrightError]
) -> None:
    async with fault_server(behaviour) as server, reaching(server.url(), timeout=1) as provider:
        outcome = await order(provider)
        assert type(outcome) is wanted
        assert isinstance(outcome, Unanswered)
        assert (outcome.sends, outcome.spent, outcome.retryable) == (1, "unknown", False)
        assert len(server.orders) == (1 if had_it_all else 0)
        assert server.connections == 1


@pytest.mark.parametrize(
    "behaviour",
    [cut(HEAD + LONG + TAKEN[:-1]), hanging(HEAD + LONG + TAKEN)],
    ids=["cut after the id", "hanging after the id"],
)
async def test_an_id_that_arrived_before_the_fault_is_kept(behaviour: Behaviour) -> None:
    async with fault_server(behaviour) as server, reaching(server.url(), timeout=1) as provider:
        outcome = await order(provider)
        assert isinstance(outcome, Submission)
        assert outcome.provider_task_id == "t-9"
        assert outcome.warning


async def test_a_refused_connection_was_never_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        async with reaching(f"http://127.0.0.1:{taken.getsockname()[1]}") as provider:
            outcome = await order(provider)
    assert isinstance(outcome, ProviderUnreachable)
    assert (outcome.sends, outcome.spent) == (3, "nothing")


async def test_tls_to_a_plain_port_was_never_sent() -> None:
    async def plain(connection: Connection) -> None:
        await connection.reader.read(1)
        await connection.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with fault_server(plain) as server, reaching(server.url("https")) as provider:
        outcome = await order(provider)
        assert isinstance(outcome, ProviderUnreachable)
        assert outcome.sends == 3
        assert not server.orders


async def test_a_handshake_that_hangs_was_never_sent() -> None:
    async def silent(connection: Connection) -> None:
        await connection.server.hang()

    async with fault_server(silent) as server, reaching(server.url("https"), timeout=1) as provider:
        outcome = await order(provider)
        assert isinstance(outcome, ProviderUnreachable)
        assert outcome.sends == 3


def self_signed() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Path(__file__).with_name("self_signed.pem"))
    return context


async def test_bad_input_68_a_self_signed_certificate_gets_nothing_and_is_not_tried_again() -> None:
    async with fault_server(close_after_all, trust=self_signed()) as server:
        async with reaching(server.url("https")) as provider:
            outcome = await order(provider)
        assert isinstance(outcome, NotReached)
        assert outcome.sends == 1
        assert "certificate" in outcome.message
        assert not server.orders


async def test_a_full_pool_was_never_sent_and_may_be_tried_once_more() -> None:
    outcomes: list[Submission | SongwrightError] = []

    async with fault_server(hang_after_all) as server, reaching(server.url(), timeout=2) as provider:

        async def one() -> None:
            outcomes.append(await order(provider))

        async with anyio.create_task_group() as group:
            for _ in range(21):
                group.start_soon(one)
        unsent = [outcome for outcome in outcomes if isinstance(outcome, NotReached)]
        assert [error.sends for error in unsent] == [2]
        assert sum(isinstance(outcome, ProviderTimeout) for outcome in outcomes) == 20
        assert len(server.orders) == 20


async def one_at_a_time(connection: Connection) -> None:
    """Answer the first request of a connection, and close when the second has come."""
    request = await connection.whole_request()
    await connection.answer(TAKEN if request.startswith(b"POST") else b'{"id":"t-9","status":"pending"}')
    await connection.whole_request()


async def test_bad_input_70_orders_never_share_a_connection_and_are_not_sent_again() -> None:
    async with fault_server(one_at_a_time) as server, reaching(server.url()) as provider:
        for _ in range(3):
            assert isinstance(await order(provider), Submission)
        assert server.connections == 3
        assert len(server.orders) == 3


async def test_bad_input_70_a_kept_connection_that_closes_costs_a_question_nothing() -> None:
    async with fault_server(one_at_a_time) as server, reaching(server.url()) as provider:
        assert (await provider.query("t-9")).status == "pending"
        with pytest.raises(SubmissionUnconfirmed) as raised:
            await provider.query("t-9")
        assert (raised.value.retryable, raised.value.spent) == (True, "nothing")
        assert server.connections == 1
        assert (await provider.query("t-9")).status == "pending"


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"]
)
async def test_bad_input_67_a_redirect_of_an_order_is_not_followed(status: str) -> None:
    async def redirect(connection: Connection) -> None:
        await connection.whole_request()
        headers = f"Location: {connection.server.url()}/elsewhere\r\n"
        await connection.answer(b"", status=status, headers=headers)

    async with fault_server(redirect) as server, reaching(server.url()) as provider:
        outcome = await order(provider)
        assert type(outcome) is UnexpectedResponse
        assert len(server.orders) == 1
        assert server.connections == 1


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async def take(connection: Connection) -> None:
        await connection.whole_request()
        await connection.answer(TAKEN)

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with fault_server(take) as server, reaching(server.url()) as provider:
        assert isinstance(await order(provider), Submission)


async def test_a_caller_that_gives_up_is_let_go_at_once() -> None:
    waiting = anyio.CancelScope()

    async def give_up(connection: Connection) -> None:
        await connection.whole_request()
        waiting.cancel()
        await connection.server.hang()

    async with fault_server(give_up) as server, reaching(server.url()) as provider:
        with waiting:
            await provider.submit(CUSTOM)
        assert waiting.cancelled_caught
        assert len(server.orders) == 1


async def test_the_clients_open_again_after_they_were_closed() -> None:
    async def take(connection: Connection) -> None:
        await connection.whole_request()
        await connection.answer(TAKEN)

    async with fault_server(take) as server, reaching(server.url()) as provider:
        await provider.aclose()
        assert isinstance(await order(provider), Submission)
        await provider.aclose()
        await provider.aclose()
