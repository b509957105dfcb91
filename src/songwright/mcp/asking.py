"""Asking the person, through the host, in both protocol eras.

Older clients are asked while the call waits. Modern ones get the question as the call's answer and call again
with the person's; the state that travels with it is sealed by the SDK but can be replayed, so each question
carries an id that the library uses up.
"""

import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.server.elicitation import AcceptedElicitation
from mcp.server.mcpserver import Context
from mcp.types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from pydantic import BaseModel, Field

from songwright.errors import Declined
from songwright.mcp.protocol import MODERN

ASK_SECONDS = 600.0
"""How long a person has to answer."""

KEY = "confirm"

UseUp = Callable[[str, str], Awaitable[bool]]
"""Use up a question's id with its answer; True only the first time."""


class QuestionError(Exception):
    """A modern client must ask the person and call again: not a failure, but the answer of this round."""

    def __init__(self, question: InputRequiredResult) -> None:
        super().__init__("the person is asked")
        self.question = question


class Yes(BaseModel):
    """What the person is asked to send."""

    yes: bool = Field(default=True, title="Yes", description="Tick to agree.")


@dataclass(frozen=True)
class Asker:
    """Puts yes-or-no questions of one call."""

    context: Context[Any, Any]
    use_up: UseUp

    @property
    def can_ask(self) -> bool:
        """Whether this client can put a question to a person."""
        capabilities = self.context.client_capabilities
        asking = capabilities.elicitation if capabilities else None
        if asking is None or (asking.form is None and asking.url is not None):
            return False
        return self._is_modern or bool(self.context.session.can_send_request)

    async def agreed(self, message: str) -> bool:
        """Whether the person says yes. Each yes counts once.

        Raises:
            QuestionError: the question itself, as the answer of this round.
            Declined: the same answer was used before.
        """
        if self._is_modern:
            return await self._agreed_in_rounds(message)
        with anyio.move_on_after(ASK_SECONDS):
            answer = await self.context.elicit(message, Yes)
            return isinstance(answer, AcceptedElicitation) and answer.data.yes
        return False

    @property
    def _is_modern(self) -> bool:
        return (self.context.protocol_version or "") >= MODERN

    async def _agreed_in_rounds(self, message: str) -> bool:
        digest = hashlib.sha256(message.encode()).hexdigest()[:16]
        state = _opened(self.context.request_state)
        answer = (self.context.input_responses or {}).get(KEY)
        if not isinstance(answer, ElicitResult) or state.get("asked") != digest:
            raise QuestionError(_question(message, digest))
        yes = answer.action == "accept" and (answer.content or {}).get("yes", True) is not False
        if not await self.use_up(str(state["id"]), "yes" if yes else "no"):
            raise Declined(
                "This answer of the person was used already; one answer counts once.",
                fix="list_tracks shows what it ordered. Call again to ask anew.",
            )
        return yes


def _question(message: str, digest: str) -> InputRequiredResult:
    params = ElicitRequestFormParams(message=message, requested_schema=Yes.model_json_schema())
    state = json.dumps({"id": secrets.token_urlsafe(16), "asked": digest})
    return InputRequiredResult(input_requests={KEY: ElicitRequest(params=params)}, request_state=state)


def _opened(state: str | None) -> dict[str, Any]:
    """The state of an earlier round; the SDK has checked that it is ours."""
    try:
        opened = json.loads(state or "{}")
    except ValueError:
        return {}
    return opened if isinstance(opened, dict) and "id" in opened else {}  # pyright: ignore[reportUnknownVariableType] # JSON
