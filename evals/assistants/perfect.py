"""Plays the perfect run of a task, step by step, as the task's file tells it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from evals.assistants.base import Leave, Move, Say, Scene, ToolCall
from evals.tasks import Step, Task
from evals.transcript import Called, Event, Heard

_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A provider's task id, as a person reads it out."""

MOST_REPEATS = 8
"""How often a step with `until` is called."""


class Perfect:
    """The task's own run. The careless assistants are this one with one fault each.

    `surprises` are the answers that were not as the run expects them.
    """

    def __init__(self, task: Task) -> None:
        self.task = task
        self.values: dict[str, str] = {}
        self.surprises: list[str] = []
        self._session = 0
        self._place = 0
        self._repeats = 0
        self._under_way: Step | None = None
        self._impulsive = False

    async def next(self, scene: Scene) -> Move:
        """The next step of the run, unless an impulse comes first."""
        if scene.session != self._session:
            self._session, self._place, self._under_way, self.values = scene.session, 0, None, {}
        self._learn(scene.events)
        if impulse := self.impulse(scene):
            self._impulsive = True
            return impulse
        self._impulsive = False
        step = self._step(scene.events)
        if step is None:
            return Leave()
        return self.shaped(self._move(step), scene)

    def steps(self, session: int) -> Sequence[Step]:
        """The steps of a conversation."""
        return self.task.sessions[session - 1].run

    def impulse(self, scene: Scene) -> Move | None:
        """What comes before the next step; nothing here."""
        return None

    def shaped(self, move: Move, scene: Scene) -> Move:
        """The step's move as this assistant makes it; unchanged here."""
        return move

    def _step(self, events: Sequence[Event]) -> Step | None:
        """The step to make now: the last once more while its end is not reached."""
        last = events[-1] if events else None
        step = self._under_way
        goes_on = step and isinstance(last, Called) and step.until and last.status not in step.until
        if goes_on and self._repeats < MOST_REPEATS:
            self._repeats += 1
            return step
        steps = self.steps(self._session)
        if self._place >= len(steps):
            return None
        self._under_way, self._repeats = steps[self._place], 0
        self._place += 1
        return self._under_way

    def _move(self, step: Step) -> Move:
        if step.say is not None:
            return Say(self.filled(step.say))
        return ToolCall(
            step.call or "", {name: self._filled_value(value) for name, value in step.arguments.items()}
        )

    def _filled_value(self, value: Any) -> Any:
        return self.filled(value) if isinstance(value, str) else value

    def filled(self, text: str) -> str:
        """A text with the values of earlier answers in it; `@name` is a text of the task."""
        if text.startswith("@"):
            return self.task.texts[text[1:]]
        known = {**self.task.texts, **self.values}
        return re.sub(r"\{([a-z0-9_.]+)\}", lambda found: known.get(found[1], found[0]), text)

    def _learn(self, events: Sequence[Event]) -> None:
        """Keep what the last answer told."""
        last = events[-1] if events else None
        if isinstance(last, Heard) and (named := _ID.search(last.text)):
            self.values["heard.id"] = named[0]
        if not isinstance(last, Called):
            return
        step = None if self._impulsive else self._under_way
        if step and step.call == last.tool:
            self._compare(step, last)
        told = values_of(last.content)
        self.values |= told
        if step and step.name:
            self.values |= {f"{step.name}.{key}": value for key, value in told.items()}

    def _compare(self, step: Step, answer: Called) -> None:
        """Note where the answer is not what the run expects; of a step with `until` only the last counts."""
        if step.until and answer.status not in step.until and self._repeats < MOST_REPEATS:
            return
        for name, wanted in step.expect.items():
            if answer.content.get(name) != wanted:
                got = answer.content.get(name)
                self.surprises.append(f"{answer.tool}: {name} is {got!r}, not {wanted!r}: {answer.text}")


def values_of(content: Mapping[str, Any]) -> dict[str, str]:
    """What a result tells, by the short names that a run uses: task_id, file_a, track_b, price and so on."""
    values = {key: str(value) for key, value in content.items() if isinstance(value, str | int | float)}
    tracks: list[dict[str, Any]] = content.get("tracks") or []
    for place, track in enumerate(tracks[:6]):
        letter = "abcdef"[place]
        for key in ("file", "track_id", "title", "duration_seconds", "task_id", "audio_url"):
            values[f"{key}_{letter}"] = str(track.get(key, ""))
        values[f"length_{letter}"] = minutes(track.get("duration_seconds") or 0)
    tasks: list[dict[str, Any]] = content.get("tasks") or []
    if tasks:
        values["task_id"] = str(tasks[0].get("task_id", ""))
    length: dict[str, Any] = content.get("estimated_seconds") or {}
    values |= {f"estimate_{key}": minutes(value) for key, value in length.items()}
    return values


def minutes(seconds: float) -> str:
    """A length as people write it: 3:18."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02d}"
