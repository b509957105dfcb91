"""Plays a task: an assistant, the simulated person and the real server, through an MCP client."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import anyio
from mcp import Client, MCPError
from mcp.types import CallToolResult, TextContent

from evals.assistants import Assistant, Leave, Move, Say, Scene, ToolCall
from evals.person import Person
from evals.stage import Over, Stage, open_stage
from evals.tasks import Session, Task
from evals.transcript import Asked, Began, Books, Broke, Called, Heard, Said, Transcript

RUN_SECONDS = 600.0
"""No run takes longer, however slow a model is."""


@dataclass(frozen=True)
class Run:
    """A run that is over: what happened, and what the provider charged. `tools_bytes`: the definitions."""

    task: Task
    transcript: Transcript
    books: Books
    tools_bytes: int


@dataclass
class Game:
    """One run under way."""

    task: Task
    assistant: Assistant
    stage: Stage
    transcript: Transcript = field(default_factory=Transcript)
    tools_bytes: int = 0
    seconds: float = RUN_SECONDS
    _moves: int = 0

    async def play(self) -> Run:
        """Every conversation of the task, one after the other, until the assistant breaks off."""
        with anyio.move_on_after(self.seconds) as scope:
            for number, session in enumerate(self.task.sessions, 1):
                self.stage.clock.move(session.hours_later * 3600)
                await self._converse(number, session)
        if scope.cancelled_caught:
            self.transcript.add(Broke(f"the run took longer than {self.seconds:g} s"))
        return Run(self.task, self.transcript, self.stage.books(), self.tools_bytes)

    async def _converse(self, number: int, session: Session) -> None:
        person = Person(session)
        self.transcript.add(Began(number))
        self.transcript.add(Heard(session.opening))

        def answer(question: str) -> bool:
            yes = person.agrees(question)
            self.transcript.add(Asked(question, yes))
            return yes

        async with self.stage.session(number, answer) as client:
            tools = (await client.list_tools()).tools
            self.tools_bytes = sum(len(tool.model_dump_json(exclude_none=True)) for tool in tools)
            while self._moves < self.task.most_moves:
                self._moves += 1
                scene = Scene(number, client.instructions or "", tools, self.transcript.session)
                move = await self._next(scene)
                if isinstance(move, ToolCall):
                    self.transcript.add(await self._called(client, move))
                elif not isinstance(move, Say) or not self._answered(person, move):
                    return

    async def _next(self, scene: Scene) -> Move:
        """The assistant's move; its own failure ends the run and no other task's."""
        try:
            return await self.assistant.next(scene)
        except Exception as error:
            self.transcript.add(Broke(f"{type(error).__name__}: {error}"))
            return Leave()

    def _answered(self, person: Person, move: Say) -> bool:
        """Whether the person, told something, still listens."""
        self.transcript.add(Said(move.text))
        reply = person.reply(move.text)
        if reply is None:
            return False
        if reply.refill:
            self.stage.refill(reply.refill)
        text = reply.text
        if "{provider_task_id}" in text:
            text = text.replace("{provider_task_id}", self.stage.newest_order_id())
        self.transcript.add(Heard(text))
        return True

    async def _called(self, client: Client, move: ToolCall) -> Called:
        """The answer to a call; a fault of the protocol is told as its message."""
        arguments = dict(move.arguments)
        try:
            async with self._hurried(bool(arguments.get("wait_seconds"))):
                result = await client.call_tool(move.tool, arguments)
        except MCPError as error:
            return Called(move.tool, arguments, f"protocol error: {error}", {}, is_error=True)
        return Called(
            move.tool, arguments, _text(result), result.structured_content or {}, bool(result.is_error)
        )

    @asynccontextmanager
    async def _hurried(self, waits: bool) -> AsyncGenerator[None]:
        async with anyio.create_task_group() as group:
            if waits:
                group.start_soon(self.stage.hurry)
            yield
            group.cancel_scope.cancel()


async def play(task: Task, assistant: Assistant, folder: Path, *, over: Over = "memory") -> Run:
    """Play a task in an empty folder."""
    async with open_stage(task.setup, folder, over) as stage:
        return await Game(task, assistant, stage).play()


def _text(result: CallToolResult) -> str:
    return "\n".join(part.text for part in result.content if isinstance(part, TextContent))
