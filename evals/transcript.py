"""What happened in a run: every word, call and question in order, and what the provider's books say of it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ORDERS = ("generate_song", "generate_custom_song")
"""The tools that spend; resolve_task with send_again does too."""


@dataclass(frozen=True)
class Began:
    """A conversation began: a new process of the server, a new chat of the host."""

    session: int


@dataclass(frozen=True)
class Heard:
    """The person said something."""

    text: str


@dataclass(frozen=True)
class Said:
    """The assistant said something to the person."""

    text: str


@dataclass(frozen=True)
class Called:
    """The assistant called a tool; `text` is what it read, `content` the structured answer."""

    tool: str
    arguments: Mapping[str, Any]
    text: str
    content: Mapping[str, Any]
    is_error: bool = False

    @property
    def status(self) -> str:
        """The answer's status, "error" where it has none."""
        return str(self.content.get("status", "error"))

    @property
    def error(self) -> Mapping[str, Any]:
        """What went wrong, empty where nothing did."""
        return self.content.get("error") or {}

    @property
    def is_order(self) -> bool:
        """Whether this call could have spent credits."""
        again = self.tool == "resolve_task" and self.arguments.get("resolution") == "send_again"
        return self.tool in ORDERS or again

    @property
    def took(self) -> bool:
        """Whether the answer is a known task that goes on or is done."""
        return not self.is_error and self.status in ("pending", "processing", "completed")


@dataclass(frozen=True)
class Asked:
    """The host put the server's question to the person, who answered yes or no."""

    question: str
    yes: bool


@dataclass(frozen=True)
class Broke:
    """The assistant failed inside, or took too long; the run ended there."""

    reason: str


Event = Began | Heard | Said | Called | Asked | Broke


@dataclass
class Transcript:
    """A run so far, oldest first."""

    events: list[Event] = field(default_factory=list[Event])

    def add(self, event: Event) -> None:
        """One more thing happened."""
        self.events.append(event)

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    @property
    def calls(self) -> list[Called]:
        """The tool calls."""
        return [event for event in self.events if isinstance(event, Called)]

    @property
    def session(self) -> list[Event]:
        """What happened in the conversation that is under way: what an assistant knows."""
        starts = [place for place, event in enumerate(self.events) if isinstance(event, Began)]
        return self.events[starts[-1] + 1 :] if starts else self.events

    @property
    def bytes_read(self) -> int:
        """The bytes of tool text that the assistant had to read."""
        return sum(len(call.text.encode("utf-8", "replace")) for call in self.calls)


@dataclass(frozen=True)
class Booked:
    """One order as the provider wrote it down. `kept`: it was not paid back."""

    title: str
    style: str
    text: str
    model: str
    instrumental: bool
    custom: bool
    kept: bool
    request: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def field(self, name: str) -> str:
        """One field as text; `lyrics` and `prompt` are both the words that were sent."""
        match name:
            case "lyrics" | "prompt":
                return self.text
            case "instrumental":
                return str(self.instrumental).lower()
            case "title" | "style" | "model":
                return str(getattr(self, name))
            case _:
                sent = self.request.get("input")
                return str((sent if isinstance(sent, dict) else self.request).get(name, ""))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType] # JSON


@dataclass(frozen=True)
class Books:
    """The provider's ledger: every order of the run that was charged, oldest first."""

    orders: tuple[Booked, ...] = ()

    @property
    def charged(self) -> int:
        """How many orders were charged, those paid back among them."""
        return len(self.orders)

    @property
    def paid(self) -> int:
        """How many orders the person paid in the end."""
        return sum(order.kept for order in self.orders)


def rendered(event: Event) -> str:
    """One event on a few lines, as a log shows it."""
    match event:
        case Began(session=session):
            return f"=== conversation {session} ==="
        case Heard(text=text):
            return f"person     {text}"
        case Said(text=text):
            return f"assistant  {text}"
        case Broke(reason=reason):
            return f"broke off  {reason}"
        case Asked(question=question, yes=yes):
            return f"host asks  {question}\nperson     {'yes' if yes else 'no'}"
        case Called():
            arguments = json.dumps(event.arguments, ensure_ascii=False)
            return f"call       {event.tool} {arguments}\n{event.text}"


def matches(pattern: str, value: object) -> bool:
    """Whether a value, as text, has the pattern in it. Booleans are `true` and `false`, nothing is empty."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
