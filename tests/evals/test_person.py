"""The simulated person answers from the script, each answer once, and leaves in the end."""

from evals.person import OTHERWISE, Person
from evals.tasks import PersonAnswer, PersonReply, Session


def person(*replies: PersonReply, answers: tuple[PersonAnswer, ...] = ()) -> Person:
    return Person(Session(opening="Hi", run=(), replies=replies, answers=answers))


def test_a_reply_is_found_by_what_the_assistant_said_and_given_once() -> None:
    script = person(PersonReply(when="price|cost", text="Fine."), PersonReply(when="like", text="A."))
    assert script.reply("Which one do you LIKE?") == PersonReply(when="like", text="A.")
    assert script.reply("It costs\n24 credits.") == PersonReply(when="price|cost", text="Fine.")
    assert script.reply("It costs 24 credits.") == OTHERWISE


def test_the_person_leaves_after_two_messages_that_the_script_does_not_know() -> None:
    script = person()
    assert [script.reply("Well?") for _ in range(3)] == [OTHERWISE, OTHERWISE, None]


def test_the_person_leaves_after_saying_goodbye() -> None:
    script = person(PersonReply(text="Bye.", ends=True))
    assert script.reply("Here you are.") is not None
    assert script.reply("One more thing.") is None


def test_a_question_of_the_host_is_answered_from_the_script_and_else_with_no() -> None:
    script = person(answers=(PersonAnswer(yes=False, when="Order"), PersonAnswer(yes=True)))
    assert [script.agrees("Order it for 24 credits?") for _ in range(3)] == [False, True, False]
