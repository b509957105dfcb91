"""A server on a loopback socket that breaks at a chosen point, and knows which orders it had in full.

An order that arrived whole is one that a provider may have charged, so `orders` is the truth that an error is
measured against.
"""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field

import anyio


@dataclass
class Faults:
    """What the server has seen. `hang` waits until the server is closed."""

    port: int = 0
    connections: int = 0
    orders: list[bytes] = field(default_factory=list[bytes])
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, scheme: str = "http") -> str:
        """Where it is."""
        return f"{scheme}://127.0.0.1:{self.port}"

    async def hang(self) -> None:
        """Wait for the end of the test."""
        await self.closing.wait()

    async def breathe(self) -> None:
        """Let a little time pass, for an answer that drips."""
        with contextlib.suppress(TimeoutError), anyio.fail_after(0.02):
            await self.closing.wait()


@dataclass
class Connection:
    """One connection, as a behaviour handles it."""

    server: Faults
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def whole_request(self) -> bytes:
        """Read one request to its last byte and count it."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        body = await self.reader.readexactly(length)
        self.server.orders.append(head + body)
        return head + body

    async def send(self, content: bytes) -> None:
        """Write, as far as the other side listens."""
        with contextlib.suppress(ConnectionError):
            self.writer.write(content)
            await self.writer.drain()

    async def answer(self, body: bytes, *, status: str = "200 OK", headers: str = "") -> None:
        """Write a whole answer."""
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"
        await self.send(head.encode() + body)

    def reset(self) -> None:
        """End the connection with RST."""
        plain: socket.socket = self.writer.get_extra_info("socket")
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Behaviour = Callable[[Connection], Awaitable[None]]


@contextlib.asynccontextmanager
async def fault_server(
    behaviour: Behaviour, *, trust: ssl.SSLContext | None = None
) -> AsyncGenerator[Faults]:
    """A server that treats every connection by `behaviour`, then closes it."""
    faults = Faults()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        faults.connections += 1
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await behaviour(Connection(faults, reader, writer))
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=trust)
    faults.port = server.sockets[0].getsockname()[1]
    try:
        yield faults
    finally:
        faults.closing.set()
        server.close()
        await server.wait_closed()
