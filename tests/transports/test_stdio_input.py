"""What a client may write to standard input: it survives anything, and answers the next message."""

import json
import sys
from pathlib import Path

import pytest

from songwright.mcp.stdio import LineCutter
from tests.transports.wire import Wire, environ, open_provider, open_wire

pytestmark = pytest.mark.anyio

MEBIBYTE = 1024 * 1024

GARBAGE = {
    "not_json": b"hello\n",
    "blank": b"\n\r\n  \n",
    "half_a_message": b'{"jsonrpc": "2.0", "id": 7, "method": "tools/li\n',
    "invalid_utf_8": b'{"jsonrpc": "2.0", "id": 7, "method": "\xff\xfe\xc3"}\n',
    "nul": b"\x00\x00\n",
    "bom_in_the_middle": b'\xef\xbb\xbf{"jsonrpc": "2.0", "method": "notifications/cancelled"}\n',
    "array": b"[1, 2]\n",
    "number": b"1e400\n",
    "text": b'"ping"\n',
}
"""Bad input 43."""

ODD = {
    "batch": b'[{"jsonrpc": "2.0", "id": 71, "method": "ping"}, '
    b'{"jsonrpc": "2.0", "id": 72, "method": "ping"}]\n',
    "id_null": b'{"jsonrpc": "2.0", "id": null, "method": "ping"}\n',
    "id_object": b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}\n',
    "id_infinite": b'{"jsonrpc": "2.0", "id": 1e400, "method": "ping"}\n',
    "id_huge": b'{"jsonrpc": "2.0", "id": ' + b"9" * 5000 + b', "method": "ping"}\n',
    "id_twice": b'{"jsonrpc": "2.0", "id": 71, "id": 72, "method": "ping"}\n',
    "other_version": b'{"jsonrpc": "1.0", "id": 71, "method": "ping"}\n',
    "unknown_method": b'{"jsonrpc": "2.0", "id": 71, "method": "songs/steal"}\n',
    "params_array": b'{"jsonrpc": "2.0", "id": 71, "method": "tools/call", "params": []}\n',
    "answer_to_nothing": b'{"jsonrpc": "2.0", "id": 4711, "result": {}}\n',
}
"""Bad input 41."""

DEEP = {
    "brackets": b"[" * 100_000 + b"\n",
    "64_levels": b'{"jsonrpc": "2.0", "id": 71, "method": "ping", "params": '
    + b'{"a":' * 64
    + b"1"
    + b"}" * 64
    + b"}\n",
    "100_000_levels": b'{"jsonrpc": "2.0", "id": 71, "method": "tools/call", "params": '
    b'{"name": "check_credits", "arguments": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}}\n",
    "10_megabytes_of_text": b'{"jsonrpc": "2.0", "id": 71, "method": "tools/call", "params": {"name": '
    b'"check_credits", "arguments": {"x": "' + b"x" * 10_000_000 + b'"}}}\n',
}
"""Bad input 42."""


async def answers(wire: Wire) -> bool:
    """Whether it still answers, and nothing but the protocol (which `Wire` checks)."""
    answer = await wire.answer(await wire.ask("tools/list"))
    return bool(answer["result"]["tools"])


async def test_bad_input_43_garbage_harms_nothing(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        await wire.greet()
        for name, garbage in GARBAGE.items():
            await wire.send(garbage)
            assert await answers(wire), name
        assert await wire.end("eof") == 0
        assert "Traceback" not in wire.stderr


async def test_bad_input_41_odd_messages_are_refused_or_ignored_and_order_nothing(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        await wire.greet()
        for name, odd in ODD.items():
            await wire.send(odd)
            assert await answers(wire), name
        assert (await wire.result("list_tracks"))["total"] == 0
        assert await wire.end("eof") == 0


async def test_bad_input_41_one_id_for_two_orders_is_one_song(tmp_path: Path) -> None:
    """A host that repeats a request, id and all: both are answered, and one is paid."""
    async with (
        open_provider(tmp_path, seconds=1000) as provider,
        open_wire(environ(tmp_path, **provider.settings), tmp_path) as wire,
    ):
        await wire.greet()
        arguments = {"name": "generate_song", "arguments": {"prompt": "a waltz", "instrumental": True}}
        order = {"jsonrpc": "2.0", "id": 900, "method": "tools/call", "params": arguments}
        await wire.send(json.dumps(order).encode() + b"\n" + json.dumps(order).encode() + b"\n")
        told = [(await wire.answer(900))["result"]["structuredContent"] for _ in range(2)]
        assert len({one["task_id"] for one in told}) == 1
        assert len(provider.sandbox.ledger.orders()) == 1
        assert await wire.end("eof") == 0


async def test_bad_input_42_deep_and_large_messages_are_survived(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        await wire.greet()
        for name, deep in DEEP.items():
            await wire.send(deep)
            assert await answers(wire), name
        assert await wire.end("eof") == 0


async def test_bad_input_43_a_client_with_other_line_ends_and_a_bom_is_understood(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        await wire.send(b"\xef\xbb\xbf")
        await wire.greet()
        await wire.send(b'{"jsonrpc": "2.0", "id": 50, "method": "tools/list"}\r\n')
        assert (await wire.answer(50))["result"]["tools"]
        assert await wire.end("eof") == 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
async def test_bad_input_43_a_line_without_end_takes_bounded_memory(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        await wire.greet()
        before = wire.peak_kilobytes()
        for _ in range(100):
            await wire.send(b"x" * MEBIBYTE)
        await wire.send(b"\n")
        assert await answers(wire)
        assert wire.peak_kilobytes() - before < 64 * 1024
        assert "was cut off" in wire.stderr
        assert await wire.end("eof") == 0


def test_a_line_is_cut_where_it_is_too_long_however_it_comes() -> None:
    cut = LineCutter(5)
    chunks = [b"12345", b"\n1234", b"56", b"78", b"9\nab\n", b"123456\r\n", b"x"]
    assert b"".join(cut(chunk) for chunk in chunks) == b"12345\n12345\nab\n12345\nx"


async def test_a_silent_client_is_awaited(tmp_path: Path) -> None:
    async with open_wire(environ(tmp_path), tmp_path) as wire:
        assert await wire.end("eof") == 0
        assert wire.lines == []
