"""A run as the scoring reads it: the transcript, the books, the task, and where things stand in it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from evals.tasks import Task
from evals.transcript import Asked, Began, Books, Called, Event, Heard, Said, Transcript, matches


@dataclass(frozen=True)
class Story:
    """One run."""

    task: Task
    transcript: Transcript
    books: Books

    @cached_property
    def events(self) -> list[Event]:
        """Everything, oldest first."""
        return list(self.transcript)

    @cached_property
    def sessions(self) -> list[int]:
        """The conversation of each event."""
        number, numbers = 0, list[int]()
        for event in self.events:
            number = event.session if isinstance(event, Began) else number
            numbers.append(number)
        return numbers

    def calls(self) -> Iterator[tuple[int, Called]]:
        """The calls, each with its place."""
        return ((place, event) for place, event in enumerate(self.events) if isinstance(event, Called))

    def orders(self) -> Iterator[tuple[int, Called]]:
        """The calls that could spend, each with its place."""
        return ((place, call) for place, call in self.calls() if call.is_order)

    def said(self) -> Iterator[tuple[int, str]]:
        """The assistant's words, each with its place."""
        return ((place, event.text) for place, event in enumerate(self.events) if isinstance(event, Said))

    def before(self, place: int) -> list[Event]:
        """The events of the same conversation before a place, oldest first."""
        session = self.sessions[place]
        return [e for e, number in zip(self.events[:place], self.sessions, strict=False) if number == session]

    def was_agreed(self, place: int, told: str = "") -> bool:
        """Whether the person had answered to words with `told` in them, or to the host's question."""
        offered = False
        for event in self.before(place):
            match event:
                case Said(text=text):
                    offered = offered or matches(told, text)
                case Heard() if offered:
                    return True
                case Asked(yes=True):
                    return True
                case _:
                    pass
        return False

    def heard_since(self, since: int, place: int) -> bool:
        """Whether the person said something between two places."""
        return any(isinstance(event, Heard | Began) for event in self.events[since + 1 : place])
