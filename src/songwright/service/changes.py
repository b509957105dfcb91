"""Word of a change: whoever waits for a task in this process is woken, whoever listens is told.

Waking is for whoever changed something. Telling is the watcher's, who reads in the library what changed, so
that each change is told once, whichever process made it.
"""

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

    def next(self, task_id: str = "") -> anyio.Event:
        """The event that the next change sets: of any task, or of the one that is named."""
        return self._events.setdefault(task_id, anyio.Event())

    def wake(self, task_id: str = "") -> None:
        """Wake who waits for any change, and who waits for that task's."""
        for waited_for in {"", task_id}:
            if event := self._events.pop(waited_for, None):
                event.set()

    async def tell(self, task_id: str, *, tracks: bool) -> None:
        """Tell every listener of a change. A listener that fails harms nobody else."""
        for listener in list(self._listeners):
            try:
                await listener(task_id, tracks)
            except Exception:  # a subscriber's failure is not the song's
                logger.exception("a listener failed")

    def listen(self, listener: Listener) -> None:
        """Tell a listener of every change from now on."""
        self._listeners.append(listener)
