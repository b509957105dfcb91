"""Word of a change, inside this process: whoever waits for a task is woken, whoever listens is told."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

Listener = Callable[[str, bool], Awaitable[None]]
"""Called with a task id, and whether the task's tracks may have changed too."""

logger = logging.getLogger(__name__)


@dataclass
class Changes:
    """A broadcast. Take `next()` before reading the state, then wait for it: no change is missed."""

    _events: dict[str, anyio.Event] = field(default_factory=dict[str, anyio.Event])
    _listeners: list[Listener] = field(default_factory=list[Listener])
    _told: set[str] = field(default_factory=set[str])

    def next(self, task_id: str = "") -> anyio.Event:
        """The event that the next change sets: of any task, or of the one that is named."""
        return self._events.setdefault(task_id, anyio.Event())

    async def announce(self, task_id: str, *, tracks: bool = False) -> None:
        """Wake who waits for the task, and tell every listener. A listener that fails harms nobody else."""
        self._told.add(task_id)
        self.wake(task_id)
        for listener in list(self._listeners):
            try:
                await listener(task_id, tracks)
            except Exception:  # a subscriber's failure is not the song's
                logger.exception("a listener failed")

    def wake(self, task_id: str = "") -> None:
        """Wake who waits for any change, and who waits for that task's, without news."""
        for waited_for in {"", task_id}:
            if event := self._events.pop(waited_for, None):
                event.set()

    def told(self) -> set[str]:
        """The tasks announced since this was last called."""
        told, self._told = self._told, set()
        return told

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every change from now on."""
        self._listeners.append(listener)
