"""What the library's tests share: a clock, orders, answers, and libraries on one file."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from songwright.errors import ErrorInfo, InsufficientCredits, ProviderTimeout
from songwright.library import Library, NewOrder, Placed, open_library
from songwright.models import CustomRequest, ProviderTrack, SimpleRequest, Task, TaskState, fingerprint

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PROVIDER = "aivideoapi"

REFUSAL: ErrorInfo = InsufficientCredits("no credits", provider=PROVIDER).info
DOUBT: ErrorInfo = ProviderTimeout("no answer", provider=PROVIDER).info


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> datetime:
        self.now += timedelta(**parts)
        return self.now


@dataclass
class Shelf:
    """A folder with one library file, which any number of `Library` objects may open."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def path(self) -> Path:
        return self.folder / "library.db"

    @property
    def owners(self) -> Path:
        return self.folder / "owners"

    async def open(self, *, read_only: bool = False) -> Library:
        library = await open_library(self.path, owners_dir=self.owners, clock=self.clock, read_only=read_only)
        self.stack.push_async_callback(library.aclose)
        return library


@asynccontextmanager
async def shelf(folder: Path) -> AsyncGenerator[Shelf]:
    """A shelf whose libraries are closed at the end."""
    made = Shelf(folder)
    async with made.stack:
        yield made


def order(prompt: str = "a song about rain", **changes: Any) -> NewOrder:
    """An order of a simple song."""
    provider, principal = changes.get("provider", PROVIDER), changes.get("principal", "local")
    request = changes.pop("request", None) or SimpleRequest(prompt=prompt, model="suno-v5")
    fields: dict[str, Any] = {
        "provider": PROVIDER,
        "principal": "local",
        "request": request,
        "fingerprint": fingerprint(request, provider, principal),
        "title": request.title,
        "model": "suno-v5",
        "credits": 24,
    }
    return NewOrder(**{**fields, **changes})


def custom(title: str = "Rain", style: str = "folk", lyrics: str = "[Verse]\nIt rains") -> CustomRequest:
    """A custom request."""
    return CustomRequest(title=title, style=style, lyrics=lyrics, model="suno-v5")


def attempt_of(placed: Placed) -> str:
    """The id of the attempt that was prepared."""
    assert placed.attempt is not None
    return placed.attempt.attempt_id


async def sent(library: Library, new: NewOrder | None = None) -> tuple[Task, str]:
    """An order that is on its way."""
    placed = await library.place(new or order())
    assert await library.start_sending(attempt_of(placed))
    return placed.task, attempt_of(placed)


async def accepted(library: Library, new: NewOrder | None = None, provider_id: str = "prov-1") -> Task:
    """An order that the provider took, due for a poll at once."""
    _, attempt = await sent(library, new)
    return await library.accept(attempt, provider_id, None, NOON)


async def unconfirmed(library: Library, new: NewOrder | None = None) -> tuple[Task, str]:
    """An order that got no answer."""
    _, attempt = await sent(library, new)
    return await library.doubt(attempt, DOUBT, "<html>"), attempt


def takes(*titles: str) -> tuple[ProviderTrack, ...]:
    """Tracks as a provider gives them."""
    return tuple(
        ProviderTrack(
            index=n, provider_track_id=f"t{n}", title=title, audio_url=f"https://file.example/{n}.mp3"
        )
        for n, title in enumerate(titles)
    )


async def recorded(library: Library, task: Task, state: TaskState, **changes: Any) -> tuple[Task, bool]:
    """A provider's answer, written."""
    options: dict[str, Any] = {"next_poll_at": None, "polls": 1, "refunds": True, "file_hours": 24}
    return await library.record(task.task_id, state, **{**options, **changes})


async def finished(
    library: Library, new: NewOrder | None = None, *titles: str, provider_id: str = "prov-1"
) -> Task:
    """A completed song with its takes."""
    task = await accepted(library, new, provider_id)
    done, _ = await recorded(
        library, task, TaskState(status="completed", tracks=takes(*titles or ("Rain", "Rain")))
    )
    return done


@contextmanager
def started(script: str, *arguments: object) -> Generator[subprocess.Popen[str]]:
    """A real Python process that runs `script`; its lines come through a pipe. It is killed at the end."""
    process = subprocess.Popen(  # noqa: S603 # our own interpreter
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate(timeout=30)


def answer(process: subprocess.Popen[str]) -> Any:
    """What a process printed as JSON in its next line; its stderr if it printed nothing."""
    assert process.stdout is not None
    assert process.stderr is not None
    line = process.stdout.readline()
    assert line, process.stderr.read()
    return json.loads(line)
