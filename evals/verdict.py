"""Does the kit tell good from careless? What it must show before its figures mean anything."""

from collections.abc import Iterator, Mapping, Sequence

from evals.report import Scored, mean

HIGH = 0.95
"""A perfect run scores at least so much on every task."""

LOW = 0.60
"""A careless one scores less on every task that its fault is the point of."""


def shortcomings(results: Mapping[str, Sequence[Scored]]) -> Iterator[str]:
    """Where the results of the scripted assistants, by name, are not as they must be; nothing is good.

    A careless assistant's mean is held against the perfect one's on the same tasks.
    """
    perfect = {result.name: result for result in results["perfect"]}
    for name, result in perfect.items():
        if result.score.share < HIGH:
            yield f"perfect has {result.score.share:.0%} on {name}: {'; '.join(result.score.reasons)}"
    for assistant, each in results.items():
        if assistant == "perfect":
            continue
        for result in each:
            if assistant in result.run.task.targets and result.score.share >= LOW:
                yield f"{assistant} has {result.score.share:.0%} on {result.name}, which targets its fault"
        if mean(each) >= mean([perfect[result.name] for result in each]):
            yield f"{assistant} is no worse than perfect"
