"""What the processes that die do: the real server over stdio, one that stops at a step, and the naive way."""

import json
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio
import httpx

from songwright.app import open_service, serve_over_http, serve_over_stdio
from songwright.library import Library
from songwright.mcp import build_server
from songwright.mcp.stdio import serve_stdio
from songwright.providers import aimusicapi, aivideoapi
from songwright.service import SongService
from songwright.settings import Settings, read_settings
from songwright.web import app, callbacks
from songwright.web import run as web_run
from tests.crash import racers
from tests.crash.lines import Lines

LOADED = (aivideoapi, aimusicapi, app, callbacks, web_run)
"""What is imported late, and here before a fork."""

STEPS = {
    "before place": ("place", False),
    "prepared": ("place", True),
    "sending": ("start_sending", True),
    "answer arrived": ("accept", False),
    "accepted": ("accept", True),
    "told": ("told", True),
}
"""Where the library's own steps stop a process: the call, and whether it is done."""


def run(job: dict[str, Any], channel: socket.socket) -> None:
    """Do one job."""
    line, settings = Lines(channel, seconds=None), read_settings(job.get("environ", {}))
    match job["job"]:
        case "server":
            anyio.run(serve_over_stdio, settings)
        case "stopping server":
            anyio.run(serve_stopping, settings, job["step"], line)
        case "receiver":
            receive(settings, line)
        case "racer":
            anyio.run(racers.race, settings, line, job["race"], job["workers"], job["mark"])
        case "naive":
            order_naively(Path(job["folder"]), job["url"], job["body"], job["step"], line)
        case other:
            raise ValueError(other)


class Stopping:
    """The library, with a stop before or after one of its calls. Everything else passes through."""

    def __init__(self, library: Library, call: str, *, done: bool, stop: Callable[[], None]) -> None:
        self._library = library
        self._call = call
        self._done = done
        self._stop = stop

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._library, name)
        if name != self._call:
            return inner

        async def stopping(*args: Any, **kwargs: Any) -> Any:
            if not self._done:
                self._stop()
            result = await inner(*args, **kwargs)
            self._stop()
            return result

        return stopping


async def serve_stopping(settings: Settings, step: str, line: Lines) -> None:
    """The real server, whose process stops dead at a step of the journal and says so."""

    def stop() -> None:
        line.say(at=step)
        line.hear()  # nobody answers: the whole process stands still until it is killed

    call, done = STEPS[step]
    async with open_service(settings) as service:
        library = cast("Library", Stopping(service.library, call, done=done, stop=stop))
        await serve_stdio(build_server(with_library(service, library)))


def with_library(service: SongService, library: Library) -> SongService:
    """The same service on another library."""
    submissions = replace(service.submissions, library=library)
    doubts = replace(service.doubts, submissions=submissions)
    return replace(service, library=library, submissions=submissions, doubts=doubts)


def receive(settings: Settings, line: Lines) -> None:
    """The real web app, which receives callbacks; tells its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        line.say(port=listener.getsockname()[1])
        anyio.run(serve_over_http, settings, listener)


def order_naively(folder: Path, url: str, body: dict[str, Any], step: str | None, line: Lines) -> None:
    """The way that charges twice: the order is written down when its answer has come, and sent if it is not.

    It stands here to show that the harness sees double charges.
    """

    def stop(here: str) -> None:
        if step == here:
            line.say(at=here)
            line.hear()

    notes = folder / "orders.json"
    if not notes.exists():
        stop("sending")
        answer = httpx.post(url, json=body, headers={"Authorization": "Bearer sk-naive-0123456789"}).json()
        stop("answer arrived")
        notes.write_text(json.dumps(answer), "utf-8")
        stop("accepted")
    line.say(answer=json.loads(notes.read_text("utf-8")))
