"""Both providers as tests see them: how each answers, after the seeds, and a way to open one on a script."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from songwright.errors import SongwrightError
from songwright.models import CustomRequest, SimpleRequest, Submission
from songwright.providers import Provider, open_provider

KEY = "sk-test0123456789abcdef"
NOW = datetime(2026, 4, 5, 12, 0, 0, tzinfo=UTC)
BASE = {
    "aivideoapi": "https://api.aivideoapi.ai",
    "aimusicapi": "https://aimusicapi.org",
    "sandbox": "http://sandbox",
}
SIMPLE = SimpleRequest(prompt="A calm piano", model="m-1")
CUSTOM = CustomRequest(title="Summer Nights", style="Pop", lyrics="[Verse]\nOne", model="m-1")

Handler = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True)
class Reply:
    """A raw answer, never decoded before the provider has it."""

    status: int
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class _Wire(httpx.AsyncByteStream):
    def __init__(self, content: bytes) -> None:
        self._content = content

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for start in range(0, len(self._content), 65_536):
            yield self._content[start : start + 65_536]


@dataclass
class Script:
    """A fake API: answers in order, the last one again and again, and keeps what it was sent."""

    answers: Sequence[Reply]
    requests: list[httpx.Request] = field(default_factory=list[httpx.Request])

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        reply = self.answers[min(len(self.requests), len(self.answers)) - 1]
        return httpx.Response(reply.status, headers=reply.headers, stream=_Wire(reply.content))

    @property
    def sent(self) -> Any:
        """The JSON of the last request."""
        return json.loads(self.requests[-1].content)


def opened(name: str, handler: Handler | httpx.AsyncBaseTransport, *, timeout: float = 5.0) -> Provider:
    """A provider whose every request goes to `handler`."""
    transport = handler if isinstance(handler, httpx.AsyncBaseTransport) else httpx.MockTransport(handler)
    return open_provider(
        name, key=KEY, base_url=BASE[name], timeout=timeout, transport=transport, clock=lambda: NOW
    )


def said(status: int, body: object) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(body).encode())


async def ordered(name: str, answer: Reply) -> Submission | SongwrightError:
    """What an order becomes when that is the answer."""
    try:
        return await opened(name, Script([answer])).submit(CUSTOM)
    except SongwrightError as error:
        return error


async def refused(name: str, answer: Reply) -> SongwrightError:
    """The error that an order ends with."""
    outcome = await ordered(name, answer)
    assert isinstance(outcome, SongwrightError)
    return outcome


async def asked_in_vain(name: str, answer: Reply) -> SongwrightError:
    """The error that a question ends with."""
    try:
        state = await opened(name, Script([answer])).query("t-1")
    except SongwrightError as error:
        return error
    raise AssertionError(state)


def a_error(code: str, message: str = "No.", type: str = "t") -> dict[str, Any]:
    """The first seed's error."""
    return {"error": {"code": code, "message": message, "type": type}}


def b_error(code: object, message: str = "No.") -> dict[str, Any]:
    """The second seed's error."""
    return {"code": code, "message": message}


A_TRACK = {
    "id": "track-uuid-1",
    "title": "Summer Nights",
    "tags": "pop, indie",
    "duration": 198.44,
    "image_url": "https://example.com/cover1.jpeg",
    "prompt": "[Verse]\nWalking down the empty street...",
}
B_TRACK = {
    "audio_url": "https://cdn.example.com/1.mp3",
    "image_url": "https://cdn.example.com/1.jpeg",
    "image_large_url": "https://cdn.example.com/1_large.jpeg",
    "video_url": "https://cdn.example.com/1.mp4",
    "created_at": "2026-04-05T10:00:00Z",
    "status": "complete",
    "title": "Summer Nights",
    "prompt": "[Verse]\nWalking",
    "tags": "pop, indie",
}


def a_task(status: object, **more: Any) -> dict[str, Any]:
    """The first seed's task."""
    return {"id": "t-1", "status": status, "model": "suno-v5_5", "created_at": 1775383908, **more}


def a_output(count: int) -> dict[str, Any]:
    """The first seed's output with that many recordings."""
    urls = [f"https://file.aivideoapi.ai/audio/{number}.mp3" for number in range(1, count + 1)]
    return {"output": {"urls": urls, "metadata": {"tracks": [A_TRACK] * count}}}


def b_task(type: object, *takes: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The second seed's answer to a query."""
    data = {
        "type": type,
        "request_body": {"model": "chirp-v3-5"},
        "response_data": list(takes),
        "created_at": "2026-04-05 10:00:00",
        **more,
    }
    return {"code": 200, "message": "success", "data": data}


def b_take(**more: Any) -> dict[str, Any]:
    """One of the second seed's results."""
    return {**B_TRACK, **more}
