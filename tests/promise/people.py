"""People who are asked, and clients that can ask them."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import anyio
from mcp import Client
from mcp.client.session import ClientRequestContext
from mcp.types import CallToolResult, ElicitRequestParams, ElicitResult, InputRequiredResult

from songwright.mcp import build_server
from tests.fakes import BOUND_SECONDS, CUSTOM, Door, Era, content

Action = Literal["accept", "decline", "cancel"]
MODERN: Era = "auto"


@dataclass
class Person:
    """Answers every question in the same way, and remembers what was asked."""

    action: Action = "accept"
    ticks: bool = True
    questions: list[str] = field(default_factory=list[str])

    async def __call__(self, context: ClientRequestContext, params: ElicitRequestParams) -> ElicitResult:
        """The answer to a question of the host."""
        self.questions.append(params.message)
        return self.answer()

    def answer(self) -> ElicitResult:
        """The answer to any question."""
        return ElicitResult(
            action=self.action, content={"yes": self.ticks} if self.action == "accept" else None
        )


NO_FORMS: tuple[Person, ...] = (Person("decline"), Person("cancel"), Person("accept", ticks=False))
"""The three ways to say no."""


@dataclass
class Host:
    """A client that can put questions to a person, on the server of a door."""

    client: Client
    person: Person

    async def call(self, tool: str, **arguments: Any) -> CallToolResult:
        """Call a tool, the person's answers included."""
        with anyio.fail_after(BOUND_SECONDS):
            return await self.client.call_tool(tool, arguments)

    async def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured content of a call."""
        return content(await self.call(tool, **arguments))

    async def order(self, **changes: Any) -> dict[str, Any]:
        """Order the usual song."""
        return await self.told("generate_custom_song", **{**CUSTOM, **changes})

    async def asked(self, tool: str, **arguments: Any) -> InputRequiredResult:
        """The question that a modern client gets, with its sealed state."""
        with anyio.fail_after(BOUND_SECONDS):
            question = await self.client.session.call_tool(tool, arguments, allow_input_required=True)
        assert isinstance(question, InputRequiredResult), question
        return question

    async def answered(
        self,
        question: InputRequiredResult,
        tool: str,
        arguments: Mapping[str, Any],
        person: Person | None = None,
    ) -> dict[str, Any]:
        """Call again with an answer and the state of a question; what was told, a new question as `asked`."""
        with anyio.fail_after(BOUND_SECONDS):
            result = await self.client.session.call_tool(
                tool,
                dict(arguments),
                input_responses={"confirm": (person or self.person).answer()},
                request_state=question.request_state,
                allow_input_required=True,
            )
        return {"status": "asked"} if isinstance(result, InputRequiredResult) else content(result)


@asynccontextmanager
async def open_host(door: Door, era: Era, person: Person | None = None) -> AsyncGenerator[Host]:
    """A host on a new server of the door's service, as after a restart of the server alone."""
    person = person or Person()
    server = build_server(door.service)
    async with Client(server, mode=era, elicitation_callback=person) as client:
        yield Host(client, person)
