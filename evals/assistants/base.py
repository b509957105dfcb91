"""What an assistant is to the kit: from what it knows, its next move. A live model plugs in here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from mcp.types import Tool

from evals.tasks import Task
from evals.transcript import Event


@dataclass(frozen=True)
class ToolCall:
    """The assistant calls a tool."""

    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True)
class Say:
    """The assistant says something to the person, and waits for what they answer."""

    text: str


@dataclass(frozen=True)
class Leave:
    """The assistant has nothing more to do or to say."""


Move = ToolCall | Say | Leave


@dataclass(frozen=True)
class Scene:
    """All that an assistant knows: the server's instructions, its tools, and this conversation so far.

    `session` is the number of the conversation; what was said in an earlier one is not here, as in a host.
    """

    session: int
    instructions: str
    tools: Sequence[Tool]
    events: Sequence[Event]


class Assistant(Protocol):
    """One assistant in one run. It may keep what it likes between moves."""

    async def next(self, scene: Scene) -> Move:
        """The next move. It is asked for after each answer of a tool and of the person."""
        ...


MakeAssistant = Callable[[Task], Assistant]
"""Makes an assistant for a run. A live model must not look into the task: only the scripted ones play it."""
