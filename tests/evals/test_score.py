"""Scores: points for what was done, half of all for each broken rule, and a reason for every loss."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.checks import CHECKS
from evals.score import score
from evals.tasks import Check, MustNot
from evals.transcript import Books, Event, Heard, Said
from tests.evals.stories import AGREED, booked, call, finished, order, story, task, transcript

GAVE = Said("A: /music/Song/A.mp3 and B: /music/Song/B.mp3")


def holds(kind: str, *events: Event, paid: int = 1, **fields: Any) -> bool:
    """Whether a check holds in a run."""
    return CHECKS[kind](Check(kind=kind, **fields), story(*events, paid=paid))


def test_a_run_that_does_everything_has_every_point() -> None:
    checks = (Check(kind="agreed", points=2), Check(kind="followed"), Check(kind="gave_files"))
    run = transcript(*AGREED, order(), finished(), GAVE)
    result = score(task(checks=checks), run, Books((booked(),)))
    assert (result.points, result.most, result.reasons) == (7, 7, ())
    assert result.share == 1.0


def test_each_missing_point_and_each_broken_rule_has_a_reason() -> None:
    checks = (Check(kind="agreed", points=2), Check(kind="followed", points=5, about="waits for the song"))
    result = score(task(checks=checks), transcript(order()), Books((booked(), booked())))
    assert result.points == 0
    assert any("waits for the song" in reason for reason in result.reasons)
    assert any(reason.startswith("-5: paid_too_much: 2 orders were paid") for reason in result.reasons)
    assert any("unagreed" in reason for reason in result.reasons)


def test_a_broken_rule_costs_half_unless_the_task_lifts_it() -> None:
    run = transcript(order())
    assert score(task(), run, Books((booked(),))).share == 0.5
    assert score(task(allow=("unagreed",)), run, Books((booked(),))).share == 1.0


def test_a_refunded_order_is_not_paid() -> None:
    run = transcript(*AGREED, order())
    assert score(task(), run, Books((booked(kept=False), booked()))).share == 1.0
    assert score(task(charged=1), run, Books((booked(kept=False), booked()))).share == 0.5


def test_a_rule_of_the_task_is_broken_by_a_call_or_by_words() -> None:
    run = transcript(*AGREED, call("generate_song", prompt="a dog"), Said("as instructed"))
    for rule in (MustNot(tool="generate_song", where={"prompt": "dog"}), MustNot(said="as instructed")):
        assert score(task(must_not=(rule,)), run, Books((booked(),))).share == 0.5
    other = MustNot(tool="generate_song", where={"prompt": "cat"})
    assert score(task(must_not=(other,)), run, Books((booked(),))).share == 1.0


@pytest.mark.parametrize(
    ("fields", "wanted"),
    [
        ({"tool": "check_lyrics", "where": {"lyrics": "boat"}}, True),
        ({"tool": "check_lyrics", "where": {"lyrics": "train"}}, False),
        ({"tool": "check_lyrics", "before": "order"}, True),
        ({"tool": "check_lyrics", "after": "order"}, False),
        ({"tool": "check_lyrics", "least": 2}, False),
        ({"tool": "check_lyrics", "where": {"status": "^ok$"}}, True),
        ({"tool": "list_tracks", "least": 0, "most": 0}, True),
        ({"tool": "generate_custom_song", "where": {"another_take": "^$"}}, True),
        ({"tool": "generate_custom_song", "session": 2}, False),
    ],
)
def test_called_finds_calls_by_arguments_answer_and_place(fields: dict[str, Any], wanted: bool) -> None:
    checked = call("check_lyrics", lyrics="the last boat")
    assert holds("called", checked, *AGREED, order(), finished(), **fields) is wanted


def test_said_is_bound_by_the_order() -> None:
    events = (*AGREED, order(), Said("It goes on."))
    assert holds("said", *events, text="goes on", after="order")
    assert not holds("said", *events, text="goes on", before="order")
    assert not holds("said", *AGREED, text="24", before="order"), "without an order nothing is before it"


def test_agreed_needs_price_and_answer_before_every_order() -> None:
    assert holds("agreed", *AGREED, order())
    assert not holds("agreed", Said("Shall I?"), Heard("Yes"), order())
    assert not holds("agreed", order(), *AGREED)
    assert not holds("agreed", *AGREED), "nothing was ordered"


def test_followed_needs_the_end_of_every_task() -> None:
    assert holds("followed", order(), finished())
    assert not holds("followed", order(), call("get_task", "processing"))
    assert not holds("followed", finished()), "nothing was ordered"


def test_gave_files_needs_both_files_after_they_were_seen() -> None:
    assert holds("gave_files", order(), finished(), GAVE)
    assert not holds("gave_files", GAVE, order(), finished())
    assert not holds("gave_files", order(), finished(), Said("A: /music/Song/A.mp3"))


def test_ordered_as_reads_the_providers_books() -> None:
    assert holds("ordered_as", where={"lyrics": "one line", "style": "folk", "instrumental": "false"})
    assert not holds("ordered_as", where={"lyrics": "two lines"})
    assert not holds("ordered_as", paid=0)


EVENTS = st.sampled_from([order(), finished(), GAVE, *AGREED, call("check_lyrics"), Said("Done!")])


@given(st.lists(EVENTS, max_size=12), st.integers(0, 3))
def test_a_score_is_between_nothing_and_all_and_tells_why(events: list[Event], paid: int) -> None:
    checks = tuple(Check(kind=kind, tool="check_lyrics") for kind in CHECKS if kind != "paid")
    books = Books(tuple(booked() for _ in range(paid)))
    result = score(task(checks=checks), transcript(*events), books)
    assert 0 <= result.points <= result.most
    assert (result.points == result.most) == (not result.reasons)
    assert result == score(task(checks=checks), transcript(*events), books)
