"""What a run is worth: points for what a good run does, less half of all for each rule that it broke."""

from collections.abc import Iterator
from dataclasses import dataclass

from evals.checks import CHECKS, told
from evals.rules import RULES
from evals.story import Story
from evals.tasks import Check, MustNot, Task
from evals.transcript import Books, Transcript, matches

PAID_POINTS = 3
"""For paying exactly as many orders as the person wanted."""

BROKEN = 0.5
"""The share of all points that each broken rule costs."""


@dataclass(frozen=True)
class Score:
    """`points` of `most`, and the reason for every point that is missing."""

    points: float
    most: int
    reasons: tuple[str, ...] = ()

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.points / self.most if self.most else 0.0


def score(task: Task, transcript: Transcript, books: Books) -> Score:
    """The score of a run. Pure: the same run always has the same score."""
    story = Story(task, transcript, books)
    checks = [
        *task.checks,
        Check(kind="paid", points=PAID_POINTS, least=task.paid, about=_paying(task, books)),
    ]
    missed = [check for check in checks if not CHECKS[check.kind](check, story)]
    broken = [*_broken_rules(story), *_broken_here(story)]
    most = sum(check.points for check in checks)
    kept = most - sum(check.points for check in missed) - BROKEN * most * len(broken)
    reasons = [f"-{check.points}: {told(check)}" for check in missed]
    reasons += [f"-{BROKEN * most:g}: {what}" for what in broken]
    return Score(max(0.0, kept), most, tuple(reasons))


def _paying(task: Task, books: Books) -> str:
    return f"{task.paid} orders are to be paid, {books.paid} were"


def _broken_rules(story: Story) -> Iterator[str]:
    """The house rules that were broken, each once."""
    for name, rule in RULES.items():
        if name not in story.task.allow and (found := next(rule(story), None)):
            yield f"{name}: {found}"


def _broken_here(story: Story) -> Iterator[str]:
    """The rules of this task that were broken."""
    for rule in story.task.must_not:
        if _happened(rule, story):
            yield rule.about or f"must not happen: {rule.tool or rule.said}"


def _happened(rule: MustNot, story: Story) -> bool:
    if rule.said:
        return any(matches(rule.said, text) for _, text in story.said())
    return any(
        call.tool == rule.tool
        and all(matches(pattern, call.arguments.get(name)) for name, pattern in rule.where.items())
        for _, call in story.calls()
    )
