"""The simulated person of a conversation: answers from a script, each answer once."""

import re
from dataclasses import dataclass, field

from evals.tasks import PersonAnswer, PersonReply, Session

OTHERWISE = PersonReply(text="I have nothing to add. Go on as you think right, within what I said.")
PATIENCE = 2
"""How many messages without an answer in the script the person bears; then they leave."""


@dataclass
class Person:
    """Answers messages, and the questions that a host puts for the server."""

    session: Session
    _replies: list[PersonReply] = field(default_factory=list[PersonReply])
    _answers: list[PersonAnswer] = field(default_factory=list[PersonAnswer])
    _idle: int = 0
    _farewell: bool = False

    def __post_init__(self) -> None:
        self._replies = list(self.session.replies)
        self._answers = list(self.session.answers)

    def reply(self, message: str) -> PersonReply | None:
        """The answer to a message; None: the person has left."""
        if self._farewell:
            return None
        for reply in self._replies:
            if re.search(reply.when, message, re.IGNORECASE | re.DOTALL):
                self._replies.remove(reply)
                self._farewell = reply.ends
                return reply
        self._idle += 1
        return OTHERWISE if self._idle <= PATIENCE else None

    def agrees(self, question: str) -> bool:
        """The answer to a yes-or-no question; what the script doesn't foresee is a no."""
        for answer in self._answers:
            if re.search(answer.when, question, re.IGNORECASE):
                self._answers.remove(answer)
                return answer.yes
        return False
