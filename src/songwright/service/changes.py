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

    _event: anyio.Event = field(default_factory=anyio.Event)
    _listeners: list[Listener] = field(default_factory=list[Listener])
    _told: set[str] = field(default_factory=set[str])

    def next(self) -> anyio.Event:
        """The event that the next change sets."""
        return self._event

    async def announce(self, task_id: str, *, tracks: bool = False) -> None:
        """Wake every waiter and tell every listener. A listener that fails harms nobody else."""
        self._told.add(task_id)
        self.wake()
        for listener in list(self._listeners):
            try:
                await listener(task_id, tracks)
            except Exception:  # a subscriber's failure is not the song's
                logger.exception("a listener failed")

    def wake(self) -> None:
        """Wake every waiter, without news."""
        event, self._event = self._event, anyio.Event()
        event.set()

    def told(self) -> set[str]:
        """The tasks announced since this was last called."""
        told, self._told = self._told, set()
        return told

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every change from now on."""
        self._listeners.append(listener)
