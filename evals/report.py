"""Results as tables and as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.table import Table

from evals.play import Run
from evals.score import Score
from evals.transcript import rendered

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


def mean(results: Sequence[Scored]) -> float:
    """The mean of the tasks' scores, each task alike."""
    return sum(result.score.share for result in results) / len(results) if results else 0.0


def show_runs(console: Console, assistant: str, results: Sequence[Scored], *, whole: bool) -> None:
    """One assistant's results, task by task, with the reason for every missing point."""
    if whole:
        for result in results:
            console.rule(result.name)
            for event in result.run.transcript:
                console.print(rendered(event), markup=False, highlight=False)
    console.print(by_task(assistant, results))
    for result in results:
        for reason in result.score.reasons:
            console.print(f"{result.name}: {reason}", markup=False, highlight=False)


def by_task(assistant: str, results: Sequence[Scored]) -> Table:
    """One assistant's results, a row a task, the sums at the foot."""
    shown = Table(title=f"{assistant}, {len(results)} tasks", show_footer=True)
    shown.add_column("task", "", no_wrap=True)
    for head, foot in zip(_HEADS, _figures(results), strict=True):
        shown.add_column(head, foot, justify="right")
    for result in results:
        shown.add_row(result.name, *_figures([result]))
    return shown


def summary(results: Mapping[str, Sequence[Scored]]) -> Table:
    """Several assistants, a row each."""
    shown = Table(title=f"{len(results)} assistants")
    shown.add_column("assistant")
    for head in _HEADS:
        shown.add_column(head, justify="right")
    for name, each in results.items():
        shown.add_row(name, *_figures(each))
    return shown


_HEADS = ("points", "score", "paid", "calls", "bytes", "~tokens")


def _figures(results: Sequence[Scored]) -> list[str]:
    """Points, mean score, orders paid of those wanted, calls, and the tool text that was read."""
    runs = [result.run for result in results]
    read = sum(run.transcript.bytes_read for run in runs)
    return [
        f"{sum(r.score.points for r in results):g}/{sum(r.score.most for r in results)}",
        f"{mean(results):.0%}",
        f"{sum(run.books.paid for run in runs)}/{sum(run.task.paid for run in runs)}",
        str(sum(len(run.transcript.calls) for run in runs)),
        f"{read:,}",
        f"{read // BYTES_PER_TOKEN:,}",
    ]


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
