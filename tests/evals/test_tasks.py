"""The tasks as data: complete, consistent, and covering what they must."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from evals.assistants.careless import CARELESS
from evals.checks import CHECKS
from evals.rules import RULES
from evals.tasks import Task, load_task, load_tasks
from songwright.sandbox.faults import Fault

TASKS = load_tasks()
TOOLS = (
    "generate_song",
    "generate_custom_song",
    "get_task",
    "check_credits",
    "check_lyrics",
    "list_tracks",
    "resolve_task",
)


def test_there_are_at_least_twenty_tasks_and_each_way_of_going_wrong_is_covered() -> None:
    assert len(TASKS) >= 20
    faults = {fault.name for task in TASKS for fault in task.setup.faults}
    assert {"drop", "drop-after-charge", "hang", "moderation", "rate-limit-exceeded", "weird-title"} <= faults
    settings = {name for task in TASKS for name in task.setup.settings}
    assert {"daily_credits", "confirm_spend"} <= settings
    assert {task.setup.provider for task in TASKS} == {"sandbox", "aivideoapi", "aimusicapi"}
    called = {step.call for task in TASKS for session in task.sessions for step in session.run if step.call}
    assert called == set(TOOLS)
    resolved = {
        step.arguments["resolution"]
        for task in TASKS
        for session in task.sessions
        for step in session.run
        if step.call == "resolve_task"
    }
    assert resolved == {"found", "not_charged", "send_again"}


def test_every_careless_assistant_is_the_point_of_some_task() -> None:
    assert {name for task in TASKS for name in task.targets} == set(CARELESS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_task_names_only_what_there_is(task: Task) -> None:
    assert {check.kind for check in task.checks} <= CHECKS.keys()
    assert set(task.allow) <= RULES.keys()
    for fault in task.setup.faults:
        Fault(fault.name, fault.number)
        assert fault.session <= len(task.sessions)
    tools = [check.tool for check in task.checks] + [rule.tool for rule in task.must_not]
    assert {tool for tool in tools if tool} <= set(TOOLS)
    patterns = [check.text for check in task.checks] + [rule.said for rule in task.must_not]
    patterns += [pattern for check in task.checks for pattern in check.where.values()]
    for pattern in patterns:
        re.compile(pattern)
    for check in task.checks:
        assert check.before in ("", "order", "ordered", *TOOLS)
        assert check.after in ("", "order", "ordered", *TOOLS)


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_the_perfect_run_uses_the_texts_that_the_task_has(task: Task) -> None:
    steps = [step for session in task.sessions for step in session.run]
    named = {value[1:] for step in steps for value in step.arguments.values() if str(value).startswith("@")}
    assert named <= task.texts.keys()
    assert all((step.call is None) != (step.say is None) for step in steps)


def test_a_misspelt_field_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text('about = "x"\npaid = 0\nsesions = []\nsessions = []\nchecks = []\n', "utf-8")
    with pytest.raises(ValidationError, match="sesions"):
        load_task(file)
