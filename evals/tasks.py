"""The tasks, as data: one TOML file each under `evals/tasks/`."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

TASKS = Path(__file__).parent / "tasks"


class Closed(BaseModel):
    """A value whose misspelt fields are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FaultOrder(Closed):
    """A fault of the provider, met by the next request on its route. Names: songwright/sandbox/faults.py."""

    name: str
    route: Literal["submit", "query", "credits", "file"] = "submit"
    number: float | None = None
    times: int = 1
    session: int = 1
    status: int = 200
    body: str = ""


class Earlier(Closed):
    """A song that was made before the run, by these arguments of `tool`."""

    arguments: Mapping[str, Any]
    tool: str = "generate_custom_song"


class Setup(Closed):
    """Where the songs go, and what is in the way.

    `settings` are Songwright's own, by their names without the prefix. `key` of a paid provider may be one of
    the sandbox's keys that stand for a fault. `can_ask`: the host can put questions to the person.
    """

    provider: Literal["sandbox", "aivideoapi", "aimusicapi"] = "aivideoapi"
    settings: Mapping[str, str] = Field(default_factory=dict)
    key: str = "sk-sandbox-person"
    song_seconds: float = 0.0
    can_ask: bool = True
    faults: tuple[FaultOrder, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    answer_seconds: float = 10.0


class PersonReply(Closed):
    """What the person answers, once, to a message that matches `when` (a regular expression; "" is any).

    `{provider_task_id}` in `text` is the id that the provider's own page shows for the newest order.
    `refill` tops the account up first; `ends` says goodbye.
    """

    text: str
    when: str = ""
    refill: int | None = None
    ends: bool = False


class PersonAnswer(Closed):
    """What the person answers, once, to a question that the host puts for the server."""

    yes: bool
    when: str = ""


class Step(Closed):
    """One step of the perfect run: a call or a message.

    `{task_id}`, `{file_a}` and so on stand for what earlier answers told; `@name` for a text of the task.
    `until`: the call is repeated until its status is one of these. `name` keeps the answer's values under
    `{name.task_id}`.
    """

    call: str | None = None
    say: str | None = None
    arguments: Mapping[str, Any] = Field(default_factory=dict)
    expect: Mapping[str, Any] = Field(default_factory=dict)
    until: tuple[str, ...] = ()
    name: str = ""


class Session(Closed):
    """One conversation: a new process of the server, `hours_later` after the one before."""

    opening: str
    run: tuple[Step, ...]
    hours_later: float = 0.0
    replies: tuple[PersonReply, ...] = ()
    answers: tuple[PersonAnswer, ...] = ()


class Check(Closed):
    """One thing that a good run does, worth `points`. The kinds stand in `evals/checks.py`."""

    kind: str
    points: int = 1
    tool: str = ""
    text: str = ""
    where: Mapping[str, str] = Field(default_factory=dict)
    before: str = ""
    after: str = ""
    least: int = 1
    most: int | None = None
    session: int | None = None
    about: str = ""


class MustNot(Closed):
    """One thing of this task that must not happen; the house rules of `evals/rules.py` hold in every task."""

    tool: str = ""
    where: Mapping[str, str] = Field(default_factory=dict)
    said: str = ""
    about: str = ""


class Task(Closed):
    """One task. `paid` is how many orders the person may pay in the end; `charged`, if given, at most so many
    before refunds. `allow` names house rules that this task lifts; `targets` the careless assistants whose
    fault it shows."""

    name: str
    about: str
    paid: int
    charged: int | None = None
    setup: Setup = Setup()
    texts: Mapping[str, str] = Field(default_factory=dict)
    sessions: tuple[Session, ...]
    checks: tuple[Check, ...]
    must_not: tuple[MustNot, ...] = ()
    allow: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    most_moves: int = 40


def load_task(path: Path) -> Task:
    """The task of a file. Raises ValueError for one that is not a task."""
    return Task.model_validate({"name": path.stem} | tomllib.loads(path.read_text("utf-8")))


def load_tasks(folder: Path = TASKS) -> list[Task]:
    """Every task, by name."""
    return [load_task(path) for path in sorted(folder.glob("*.toml"))]
