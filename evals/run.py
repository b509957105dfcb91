"""Runs the tasks with an assistant and tells how it did: `python -m evals.run --assistant perfect`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import anyio
from rich.console import Console

from evals.assistants import SCRIPTED, MakeAssistant, find_assistant
from evals.play import play
from evals.report import Scored, mean, report, show_runs, summary
from evals.score import score
from evals.stage import Over
from evals.tasks import Task, load_tasks
from evals.verdict import shortcomings

AT_ONCE = 4
"""How many tasks are played at the same time; a live model may want 1."""


async def evaluate(
    tasks: Sequence[Task],
    make: MakeAssistant,
    folder: Path,
    *,
    at_once: int = AT_ONCE,
    over: Over = "memory",
) -> list[Scored]:
    """Play the tasks, some at the same time, each in a folder of its own, and score them."""
    places = anyio.CapacityLimiter(at_once)
    done: dict[str, Scored] = {}

    async def one(task: Task) -> None:
        async with places:
            run = await play(task, make(task), folder / task.name, over=over)
            done[task.name] = Scored(run, score(task, run.transcript, run.books))

    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(one, task)
    return [done[task.name] for task in tasks]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line.

    Returns 0; 1 where the mean is below `--least`, or where `all` shows that the kit does not tell good from
    careless; 2 for a wrong option.
    """
    options = _options(arguments)
    console = Console()
    names = list(SCRIPTED) if options.assistant == "all" else [options.assistant]
    try:
        makers = {name: find_assistant(name) for name in names}
        tasks = _chosen(options.task)
    except ValueError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    results = {name: _results(tasks, make, options) for name, make in makers.items()}
    for name, each in results.items():
        if len(results) == 1:
            show_runs(console, name, each, whole=options.transcript)
    failed = list(shortcomings(results)) if len(results) > 1 else []
    if len(results) > 1:
        console.print(summary(results))
    for failure in failed:
        console.print(failure, style="red", markup=False)
    if options.json:
        told = {name: [report(result) for result in each] for name, each in results.items()}
        Path(options.json).write_text(json.dumps(told, ensure_ascii=False, indent=1), "utf-8")
    enough = len(results) > 1 or all(mean(each) >= options.least for each in results.values())
    return 0 if enough and not failed else 1


def _results(tasks: Sequence[Task], make: MakeAssistant, options: argparse.Namespace) -> list[Scored]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        play_all = partial(evaluate, at_once=options.at_once, over=options.over)
        return anyio.run(play_all, tasks, make, Path(folder))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.run", description=__doc__)
    names = f"{', '.join(SCRIPTED)}, all of these, or MODULE:FACTORY of your own"
    parser.add_argument("--assistant", default="perfect", help=names)
    parser.add_argument("--task", action="append", default=[], metavar="NAME", help="only this; repeatable")
    parser.add_argument("--over", choices=["memory", "stdio"], default="memory", help="how it is reached")
    parser.add_argument("--transcript", action="store_true", help="print every run in full")
    parser.add_argument("--json", metavar="FILE", help="write results and transcripts there")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many tasks at the same time")
    parser.add_argument("--least", type=float, default=0.0, help="exit with 1 below this mean (0 to 1)")
    return parser.parse_args(arguments)


def _chosen(names: Sequence[str]) -> list[Task]:
    tasks = {task.name: task for task in load_tasks()}
    if unknown := [name for name in names if name not in tasks]:
        raise ValueError(f"there is no task {', '.join(unknown)}; there are {', '.join(tasks)}")
    return [tasks[name] for name in names] if names else list(tasks.values())


if __name__ == "__main__":
    sys.exit(main())
