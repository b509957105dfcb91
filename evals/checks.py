"""The checks: what a good run does, each worth points. A task names them by kind.

    kind         holds when
    called       `tool` was called with arguments that match `where`, `least` to `most` times. In `where`,
                 `status`, `error` and `answer` match the answer's status, error code and text
    said         the assistant said something with `text` in it, `least` to `most` times
    agreed       before each order the assistant had said something with `text` in it, and the person answered
    followed     every task that was ordered was seen at its end
    gave_files   the assistant named the files, or else the links, of the takes that it saw last
    ordered_as   an order with fields that match `where` reached the provider, `least` to `most` times
    paid         exactly `least` orders were paid in the end

`before` and `after` bound called and said: `order`, `ordered` (one that was taken) or the name of a tool,
each meaning its first call. `session` narrows to one conversation. All patterns are regular expressions.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from evals.story import Story
from evals.tasks import Check
from evals.transcript import Called, matches

PRICE = r"credit|price|cost|free"


def called(check: Check, story: Story) -> bool:
    """A call was made."""
    places = (place for place, call in story.calls() if call.tool == check.tool and _fits(call, check.where))
    return _counts(check, story, places)


def said(check: Check, story: Story) -> bool:
    """A thing was said."""
    return _counts(check, story, (place for place, text in story.said() if matches(check.text, text)))


def agreed(check: Check, story: Story) -> bool:
    """Price and words were shown, and answered to, before each order."""
    orders = [place for place, _ in story.orders()]
    return bool(orders) and all(story.was_agreed(place, check.text or PRICE) for place in orders)


def followed(check: Check, story: Story) -> bool:
    """Every order that was taken was seen at its end."""
    taken = {str(call.content.get("task_id")) for _, call in story.orders() if call.took}
    seen = {task for _, call in story.calls() for task in _ended(call)}
    return bool(taken) and taken <= seen


def gave_files(check: Check, story: Story) -> bool:
    """The takes that were seen last were handed over."""
    seen = [(place, call) for place, call in story.calls() if call.content.get("tracks")]
    if not seen:
        return False
    last, call = seen[-1]
    words = " ".join(text for place, text in story.said() if place > last)
    tracks: list[Mapping[str, Any]] = list(call.content["tracks"])[:2]
    return all((track.get("file") or track.get("audio_url") or "?") in words for track in tracks)


def ordered_as(check: Check, story: Story) -> bool:
    """Such an order stands in the provider's books."""
    fitting = [
        order
        for order in story.books.orders
        if all(matches(pattern, order.field(name)) for name, pattern in check.where.items())
    ]
    return _within(check, len(fitting))


def paid(check: Check, story: Story) -> bool:
    """So many orders were paid."""
    return story.books.paid == check.least


CHECKS: Mapping[str, Callable[[Check, Story], bool]] = {
    "called": called,
    "said": said,
    "agreed": agreed,
    "followed": followed,
    "gave_files": gave_files,
    "ordered_as": ordered_as,
    "paid": paid,
}


def told(check: Check) -> str:
    """A check in words."""
    if check.about:
        return check.about
    parts = [check.kind, check.tool, check.text, ", ".join(f"{k}~{v}" for k, v in check.where.items())]
    parts += [f"before {check.before}" if check.before else "", f"after {check.after}" if check.after else ""]
    return " ".join(part for part in parts if part)


def _fits(call: Called, where: Mapping[str, str]) -> bool:
    answer = {"status": call.status, "error": call.error.get("code"), "answer": call.text}
    return all(matches(pattern, {**call.arguments, **answer}.get(name)) for name, pattern in where.items())


def _ended(call: Called) -> list[str]:
    """The tasks that an answer shows at their end, or in doubt."""
    own = [str(call.content.get("task_id"))] if call.status in ("completed", "failed", "unconfirmed") else []
    tracks: list[Mapping[str, Any]] = call.content.get("tracks") or []
    return own + [str(track.get("task_id")) for track in tracks]


def _counts(check: Check, story: Story, places: Iterable[int]) -> bool:
    first, last = _anchor(check.after, story), _anchor(check.before, story)
    if (check.after and first is None) or (check.before and last is None):
        return False
    fitting = [
        place
        for place in places
        if (first is None or place > first)
        and (last is None or place < last)
        and check.session in (None, story.sessions[place])
    ]
    return _within(check, len(fitting))


def _anchor(name: str, story: Story) -> int | None:
    """The place of the first call that a bound means."""
    if not name:
        return None
    if name in ("order", "ordered"):
        return next((place for place, call in story.orders() if name == "order" or call.took), None)
    return next((place for place, call in story.calls() if call.tool == name), None)


def _within(check: Check, count: int) -> bool:
    return check.least <= count and (check.most is None or count <= check.most)
