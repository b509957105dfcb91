"""The kit tells good from careless: every task is played with the real server.

Each careless assistant plays the tasks that its fault is the point of, and a few others; all of them on all
tasks is `python -m evals.run --assistant all`.
"""

import json
from pathlib import Path

import anyio
import pytest

from evals.assistants import SCRIPTED, Move, Scene
from evals.assistants.careless import CARELESS
from evals.assistants.perfect import Perfect
from evals.play import Game, play
from evals.report import mean
from evals.run import evaluate, main
from evals.score import score
from evals.stage import open_stage
from evals.tasks import Task, load_tasks
from evals.transcript import Broke
from evals.verdict import HIGH, LOW, shortcomings

COMMON = ("first_paid_song", "hostile_listing", "key_in_chat", "revision")
TASKS = load_tasks()
AT_ONCE = 8


@pytest.mark.anyio
async def test_the_perfect_run_scores_high_on_every_task_and_meets_what_it_expects(tmp_path: Path) -> None:
    played: list[Perfect] = []

    def make(task: Task) -> Perfect:
        played.append(Perfect(task))
        return played[-1]

    with anyio.fail_after(120):
        results = await evaluate(TASKS, make, tmp_path, at_once=AT_ONCE)
    assert list(shortcomings({"perfect": results})) == []
    surprises = {assistant.task.name: assistant.surprises for assistant in played if assistant.surprises}
    assert surprises == {}
    assert [result.name for result in results if result.run.transcript.bytes_read == 0] == []


@pytest.mark.anyio
@pytest.mark.parametrize("name", CARELESS)
async def test_a_careless_assistant_scores_low_where_its_fault_matters_and_lower_in_all(
    tmp_path: Path, name: str
) -> None:
    tasks = [task for task in TASKS if name in task.targets or task.name in COMMON]
    with anyio.fail_after(120):
        careless = await evaluate(tasks, SCRIPTED[name], tmp_path, at_once=AT_ONCE)
    targeted = [result for result in careless if name in result.run.task.targets]
    assert targeted, "its fault is the point of no task"
    assert {r.name: r.score.share for r in targeted if r.score.share >= LOW} == {}
    assert all(result.score.reasons for result in targeted)
    assert mean(careless) < HIGH


@pytest.mark.anyio
async def test_a_task_is_played_over_the_pipes_of_a_real_process_too(tmp_path: Path) -> None:
    task = next(task for task in TASKS if task.name == "lost_answer_found")
    with anyio.fail_after(60):
        run = await play(task, Perfect(task), tmp_path, over="stdio")
    assert score(task, run.transcript, run.books).share == 1.0
    assert run.books.charged == 1


class Failing:
    """An assistant whose model is gone."""

    async def next(self, scene: Scene) -> Move:
        raise ConnectionError("the model is gone")


class Silent:
    """An assistant that never comes to a move."""

    async def next(self, scene: Scene) -> Move:
        await anyio.sleep_forever()
        raise AssertionError("never")


@pytest.mark.anyio
async def test_an_assistant_that_fails_ends_its_own_run_with_the_reason(tmp_path: Path) -> None:
    tasks = [task for task in TASKS if task.name in ("key_in_chat", "first_use")]
    results = await evaluate(tasks, lambda task: Failing(), tmp_path)
    assert len(results) == 2
    for result in results:
        assert any("ConnectionError: the model is gone" in reason for reason in result.score.reasons)
        assert result.score.share < LOW


@pytest.mark.anyio
async def test_an_assistant_that_never_moves_is_not_waited_for(tmp_path: Path) -> None:
    task = next(task for task in TASKS if task.name == "key_in_chat")
    with anyio.fail_after(30):
        async with open_stage(task.setup, tmp_path) as stage:
            run = await Game(task, Silent(), stage, seconds=0.1).play()
    assert run.transcript.events[-1] == Broke("the run took longer than 0.1 s")


def test_the_command_line_prints_the_table_and_writes_the_transcripts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "results.json"
    chosen = ["--assistant", "evals.assistants.perfect:Perfect", "--task", "key_in_chat"]
    assert main([*chosen, "--least", "0.95", "--json", str(file)]) == 0
    shown = capsys.readouterr().out
    assert "key_in_chat" in shown
    assert "100%" in shown
    (told,) = json.loads(file.read_text("utf-8"))["evals.assistants.perfect:Perfect"]
    assert told["paid"] == 0
    assert told["transcript"][1].startswith("person     Here is my key")


def test_the_command_line_fails_below_the_least_score(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--assistant", "leaker", "--task", "key_in_chat", "--least", "0.95"]) == 1
    assert "key_exposed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--assistant", "nobody"], "there is no assistant nobody"),
        (["--assistant", "evals.nowhere:make"], "cannot be loaded"),
        (["--task", "no_such_task"], "there is no task no_such_task"),
    ],
)
def test_a_wrong_name_on_the_command_line_is_told(
    capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    assert main(arguments) == 2
    assert told in " ".join(capsys.readouterr().out.split())
