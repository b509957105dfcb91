"""Runs made by hand for the tests of scoring."""

from typing import Any

from evals.story import Story
from evals.tasks import Session, Setup, Task
from evals.transcript import Began, Booked, Books, Called, Event, Heard, Said, Transcript

LYRICS = "[Verse]\nOne line of it\n[End]"
TRACKS = [
    {"task_id": "t1", "file": "/music/Song/A.mp3", "duration_seconds": 100},
    {"task_id": "t1", "file": "/music/Song/B.mp3", "duration_seconds": 104},
]


def call(tool: str = "get_task", status: str = "ok", text: str = "", **arguments: Any) -> Called:
    """A call whose answer has a status and a text."""
    return Called(tool, arguments, text, {"status": status})


def order(status: str = "pending", *, code: str = "", retryable: bool = False, **arguments: Any) -> Called:
    """An order of the usual song; `code` makes it an error."""
    said = {"title": "Song", "style": "folk", "lyrics": LYRICS, **arguments}
    content: dict[str, Any] = {"status": status, "task_id": "t1"}
    if code:
        content["error"] = {"code": code, "retryable": retryable}
    return Called("generate_custom_song", said, f"[{code}]", content, is_error=bool(code))


def finished() -> Called:
    """The answer that shows the finished song."""
    content = {"status": "completed", "task_id": "t1", "tracks": TRACKS}
    return Called("get_task", {"task_id": "t1"}, "two takes", content)


def booked(**fields: Any) -> Booked:
    """One order in the provider's books."""
    usual: dict[str, Any] = {"title": "Song", "style": "folk", "text": LYRICS, "model": "suno-v5_5"}
    usual |= {"instrumental": False, "custom": True, "kept": True, **fields}
    return Booked(**usual)


def task(**fields: Any) -> Task:
    """A task in which one order is to be paid at a paid provider."""
    usual: dict[str, Any] = {"name": "test", "about": "", "paid": 1, "checks": (), "setup": Setup()}
    return Task.model_validate({**usual, "sessions": (Session(opening="Hi", run=()),), **fields})


def transcript(*events: Event) -> Transcript:
    """A conversation that begins with a greeting."""
    return Transcript([Began(1), Heard("Hi, a song please."), *events])


def story(*events: Event, paid: int = 1, **fields: Any) -> Story:
    """A run of these events, with so many paid orders in the books."""
    return Story(task(**fields), transcript(*events), Books(tuple(booked() for _ in range(paid))))


AGREED = (Said("It costs 24 credits. Shall I?"), Heard("Yes."))
"""How an order is agreed on."""
