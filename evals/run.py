"""Runs the tasks with an assistant and tells how it did: `python -m evals.run --assistant perfect`."""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
from rich.console import Console
from rich.table import Table

from evals.assistants import SCRIPTED, MakeAssistant, find_assistant
from evals.play import Run, play
from evals.score import Score, score
from evals.tasks import Task, load_tasks
from evals.transcript import rendered

AT_ONCE = 4
"""How many tasks are played at the same time; a live model may want 1."""

BYTES_PER_TOKEN = 4
"""A usual estimate for English and JSON."""


@dataclass(frozen=True)
class Scored:
    """A task's run with its score."""

    run: Run
    score: Score

    @property
    def name(self) -> str:
        """The task's name."""
        return self.run.task.name

    @property
    def tokens(self) -> int:
        """An estimate of the tokens of tool text that were read."""
        return self.run.transcript.bytes_read // BYTES_PER_TOKEN


async def evaluate(
    tasks: Sequence[Task], make: MakeAssistant, folder: Path, *, at_once: int = AT_ONCE
) -> list[Scored]:
    """Play the tasks, some at the same time, each in a folder of its own, and score them."""
    places = anyio.CapacityLimiter(at_once)
    done: dict[str, Scored] = {}

    async def one(task: Task) -> None:
        async with places:
            run = await play(task, make(task), folder / task.name)
            done[task.name] = Scored(run, score(task, run.transcript, run.books))

    async with anyio.create_task_group() as group:
        for task in tasks:
            group.start_soon(one, task)
    return [done[task.name] for task in tasks]


def table(results: Sequence[Scored], title: str) -> Table:
    """The results as a table, the sums at its foot."""
    points, most = sum(r.score.points for r in results), sum(r.score.most for r in results)
    runs = [result.run for result in results]
    sums = [
        "",
        f"{points:g}/{most}",
        f"{mean(results):.0%}",
        f"{sum(run.books.paid for run in runs)}/{sum(run.task.paid for run in runs)}",
        str(sum(len(run.transcript.calls) for run in runs)),
        f"{sum(run.transcript.bytes_read for run in runs):,}",
        f"{sum(result.tokens for result in results):,}",
    ]
    shown = Table(title=title, show_footer=True)
    heads = ("task", "points", "score", "paid", "calls", "bytes read", "~tokens")
    for head, foot in zip(heads, sums, strict=True):
        shown.add_column(head, foot, justify="left" if head == "task" else "right")
    for result in results:
        run = result.run
        shown.add_row(
            result.name,
            f"{result.score.points:g}/{result.score.most}",
            f"{result.score.share:.0%}",
            f"{run.books.paid}/{run.task.paid}",
            str(len(run.transcript.calls)),
            f"{run.transcript.bytes_read:,}",
            f"{result.tokens:,}",
        )
    return shown


def mean(results: Sequence[Scored]) -> float:
    """The mean of the tasks' scores, each task alike."""
    return sum(result.score.share for result in results) / len(results) if results else 0.0


def report(result: Scored) -> dict[str, Any]:
    """One result as JSON, the whole transcript with it."""
    return {
        "task": result.name,
        "points": result.score.points,
        "most": result.score.most,
        "reasons": result.score.reasons,
        "paid": result.run.books.paid,
        "wanted": result.run.task.paid,
        "bytes_read": result.run.transcript.bytes_read,
        "tools_bytes": result.run.tools_bytes,
        "transcript": [rendered(event) for event in result.run.transcript],
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line. Returns 0, or 1 where the mean is below `--least`."""
    options = _options(arguments)
    console = Console()
    try:
        make, tasks = find_assistant(options.assistant), _chosen(options.task)
    except ValueError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        results = anyio.run(_evaluate, tasks, make, Path(folder), options.at_once)
    if options.transcript:
        for result in results:
            _show(console, result)
    console.print(table(results, f"{options.assistant}, {len(results)} tasks"))
    for result in results:
        for reason in result.score.reasons:
            console.print(f"{result.name}: {reason}", markup=False, highlight=False)
    if options.json:
        text = json.dumps([report(result) for result in results], ensure_ascii=False, indent=1)
        Path(options.json).write_text(text, "utf-8")
    return 0 if mean(results) >= options.least else 1


async def _evaluate(tasks: list[Task], make: MakeAssistant, folder: Path, at_once: int) -> list[Scored]:
    return await evaluate(tasks, make, folder, at_once=at_once)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m evals.run", description=__doc__)
    scripted = ", ".join(SCRIPTED)
    parser.add_argument("--assistant", default="perfect", help=f"{scripted}, or MODULE:FACTORY of your own")
    parser.add_argument(
        "--task", action="append", default=[], metavar="NAME", help="only this task; repeatable"
    )
    parser.add_argument("--transcript", action="store_true", help="print every run in full")
    parser.add_argument("--json", metavar="FILE", help="write results and transcripts there")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="how many tasks at the same time")
    parser.add_argument("--least", type=float, default=0.0, help="exit with 1 below this mean score (0 to 1)")
    return parser.parse_args(arguments)


def _chosen(names: Sequence[str]) -> list[Task]:
    tasks = {task.name: task for task in load_tasks()}
    if unknown := [name for name in names if name not in tasks]:
        raise ValueError(f"there is no task {', '.join(unknown)}; there are {', '.join(tasks)}")
    return [tasks[name] for name in names] if names else list(tasks.values())


def _show(console: Console, result: Scored) -> None:
    console.rule(result.name)
    for event in result.run.transcript:
        console.print(rendered(event), markup=False, highlight=False)


if __name__ == "__main__":
    sys.exit(main())
