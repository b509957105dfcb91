"""A provider in a process of its own, on plain sockets: it charges when the whole request has arrived.

    python -m tests.crash.provider DIALECT LEDGER        speaks over standard input, which is a socket

Orders, tasks and credits are in the seeds' shapes. A charge is in the ledger file, on disk, before anything
else happens. An order can be stopped at a point of its arrival; the harness is told, and lets it go on.
"""

import asyncio
import contextlib
import json
import os
import re
import socket
import sys
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

POINTS = ("part of the request", "charged", "before the answer", "part of the answer")
PRICE = 24
LATE = 16
"""How many bytes of an order are still on their way at its first point."""

OPENING_BALANCE = 1_000_000
MARK = re.compile(rb"mark-\d+")

Answer = tuple[int, dict[str, Any]]


@dataclass
class Plan:
    """What to do with the next orders: where to stop, what to do with the rest, how long each part takes.

    `silent`: questions are heard and never answered.
    """

    stop: str | None = None
    drop: bool = False
    pauses: tuple[float, float, float] = (0.0, 0.0, 0.0)
    silent: bool = False


@dataclass
class Dialect(ABC):
    """One seed: its paths and its JSON."""

    orders: str
    tasks: re.Pattern[str]

    @abstractmethod
    def taken(self, task_id: str) -> dict[str, Any]:
        """The answer to an order."""

    @abstractmethod
    def task(self, entry: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question for a task."""

    @abstractmethod
    def unknown(self) -> Answer:
        """The answer to a question for a task that is not there."""


class A(Dialect):
    """aivideoapi (seed 003)."""

    def taken(self, task_id: str) -> dict[str, Any]:
        return {"code": 200, "msg": "success", "data": {"taskId": task_id}}

    def task(self, entry: dict[str, Any]) -> dict[str, Any]:
        return {"id": entry["id"], "status": "processing", "model": entry["model"], "created_at": entry["at"]}

    def unknown(self) -> Answer:
        error = {
            "code": "task_not_found",
            "message": "Task ID does not exist",
            "type": "invalid_request_error",
        }
        return 404, {"error": error}


class B(Dialect):
    """aimusicapi (seed 000)."""

    def taken(self, task_id: str) -> dict[str, Any]:
        return {"code": 200, "message": "success", "workId": task_id}

    def task(self, entry: dict[str, Any]) -> dict[str, Any]:
        data: dict[str, Any] = {"type": "IN_PROGRESS", "request_body": {}, "response_data": []}
        return {"code": 200, "message": "success", "data": data}

    def unknown(self) -> Answer:
        return 400, {"code": 400, "message": "Invalid request"}


DIALECTS: dict[str, Dialect] = {
    "aivideoapi": A("/v1/music/generations", re.compile(r"/v1/tasks/([\w-]+)")),
    "aimusicapi": B("/api/submit", re.compile(r"/api/query\?workId=([\w-]+)")),
}


@dataclass
class FakeProvider:
    """The provider. `reached` tells the harness that an order stands at its point."""

    dialect: Dialect
    ledger: Path
    reached: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue[dict[str, Any]])
    plan: Plan = field(default_factory=Plan)
    entries: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    asked: list[tuple[float, str]] = field(default_factory=list[tuple[float, str]])
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    never: asyncio.Event = field(default_factory=asyncio.Event)
    news: asyncio.Condition = field(default_factory=asyncio.Condition)
    orders: int = 0
    charged: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection: questions as long as they come, or one order."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, path, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
                if method == "POST" and path == self.dialect.orders:
                    async with self._counted():
                        await self._order(head, reader, writer)
                    break
                answer = self._told(path)
                async with self.news:
                    self.news.notify_all()
                if self.plan.silent:
                    await self.never.wait()
                await _write(writer, *answer)
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()

    @contextlib.asynccontextmanager
    async def _counted(self) -> AsyncGenerator[None]:
        self.orders += 1
        try:
            yield
        finally:
            self.orders -= 1
            async with self.news:
                self.news.notify_all()

    async def _order(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plan = self.plan
        found = re.search(rb"(?i)content-length: (\d+)", head)
        length = int(found[1]) if found else 0
        body = await reader.readexactly(max(0, length - LATE))
        await asyncio.sleep(plan.pauses[0])
        await self._stop(plan, "part of the request", body)
        if plan.drop:
            writer.transport.abort()
            return
        body += await reader.readexactly(length - len(body))
        entry = self.charge(body)
        await self._stop(plan, "charged", body)
        await asyncio.sleep(plan.pauses[1])
        await self._stop(plan, "before the answer", body)
        answer = json.dumps(self.dialect.taken(entry["id"])).encode()
        answer = f"HTTP/1.1 200 OK\r\nContent-Length: {len(answer)}\r\n\r\n".encode() + answer
        part = answer.index(entry["id"].encode()) + 8  # inside the id, which has not arrived then
        writer.write(answer[:part])
        await writer.drain()
        await self._stop(plan, "part of the answer", body)
        await asyncio.sleep(plan.pauses[2])
        writer.write(answer[part:])
        await writer.drain()

    def charge(self, body: bytes) -> dict[str, Any]:
        """The whole request is here: it is charged, on disk."""
        order, mark = json.loads(body), MARK.search(body)
        entry: dict[str, Any] = {
            "id": str(uuid.uuid4()),
            "mark": mark[0].decode() if mark else "",
            "model": order["model"],
            "callback_url": order.get("callback_url"),
            "at": int(time.time()),
        }
        descriptor = os.open(self.ledger, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, json.dumps(entry).encode() + b"\n")
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.entries[entry["id"]] = entry
        self.charged += 1
        return entry

    async def _stop(self, plan: Plan, point: str, body: bytes) -> None:
        if plan.stop == point:
            self.go_on.clear()
            await self.reached.put({"at": point, "body": body.decode()})
            await self.go_on.wait()

    def _told(self, path: str) -> Answer:
        if path == "/v1/credits":
            spent = PRICE * self.charged
            told = {"balance": OPENING_BALANCE - spent, "total_consumed": spent}
            return 200, {"code": 200, "msg": "success", "data": told}
        found = self.dialect.tasks.fullmatch(path)
        key = found[1] if found else ""
        self.asked.append((time.time(), key))
        entry = self.entries.get(key)
        if entry is None:
            return self.dialect.unknown()
        return 200, self.dialect.task(entry)

    async def obey(self, command: dict[str, Any]) -> dict[str, Any]:
        """What the harness wants; the answer to it."""
        match command:
            case {"plan": plan}:
                self.go_on.set()
                self.plan = Plan(**plan)
            case {"settle": True}:
                self.go_on.set()
                async with self.news:
                    await self.news.wait_for(lambda: not self.orders)
            case {"until_asked": key}:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(10), self.news:
                        await self.news.wait_for(lambda: key in {one for _, one in self.asked})
                return {"asked": key in {one for _, one in self.asked}}
            case {"asked": since}:
                return {"asked": [(when, key) for when, key in self.asked if when >= since]}
            case {"adopt": entries}:
                self.entries |= {entry["id"]: entry for entry in entries}
            case _:
                return {"error": "unknown command"}
        return {"done": True}


async def _write(writer: asyncio.StreamWriter, status: int, told: dict[str, Any]) -> None:
    body = json.dumps(told).encode()
    writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()


async def serve(dialect: str, ledger: Path) -> None:
    """Serve on a port of this machine until the harness hangs up."""
    provider = FakeProvider(DIALECTS[dialect], ledger)
    server = await asyncio.start_server(provider.handle, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=0), limit=2**26)

    async def tell() -> None:
        while True:
            writer.write(json.dumps(await provider.reached.get()).encode() + b"\n")
            await writer.drain()

    telling = asyncio.create_task(tell())
    await provider.reached.put({"port": server.sockets[0].getsockname()[1]})
    while line := await reader.readline():
        await provider.reached.put(await provider.obey(json.loads(line)))
    telling.cancel()
    os._exit(0)  # connections that stand still are not waited for


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], Path(sys.argv[2])))
