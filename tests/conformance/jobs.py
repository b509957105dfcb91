"""Jobs as the conformance scenarios want them: they take time, ask, fail, and can be cancelled."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import anyio
from anyio.abc import TaskGroup
from mcp import MCPError
from mcp.types import CallToolResult, ErrorData, TextContent

from songwright.mcp.tasks_extension import McpTask, TaskStatus

POLL_MS = 100


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass
class Job:
    """One job under way. `asked` holds the questions that are still open, `answers` those that came."""

    job_id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    status: TaskStatus = "working"
    created_at: datetime = field(default_factory=now)
    updated_at: datetime = field(default_factory=now)
    result: CallToolResult | None = None
    error: ErrorData | None = None
    asked: dict[str, Any] = field(default_factory=dict[str, Any])
    answers: dict[str, Any] = field(default_factory=dict[str, Any])
    answered: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)

    async def ask(self, questions: Mapping[str, Any]) -> Mapping[str, Any]:
        """Put questions to the client, all at once, and wait for every answer."""
        self.asked = dict(questions)
        self.turn("input_required")
        await self.answered.wait()
        self.turn("working")
        return self.answers

    def turn(self, status: TaskStatus) -> None:
        """Take another status."""
        self.status, self.updated_at = status, now()

    def task(self) -> McpTask:
        """The job as the extension tells it."""
        return McpTask(
            task_id=self.job_id,
            status=self.status,
            created_at=self.created_at,
            updated_at=self.updated_at,
            poll_ms=POLL_MS,
            message=f"{self.status} since {self.updated_at:%H:%M:%S}",
            result=self.result,
            error=self.error,
            asked=self.asked if self.status == "input_required" else None,
        )


Run = Callable[[Job], Awaitable[CallToolResult]]


@dataclass
class Jobs:
    """Every job of a server, run in `group` and kept in memory: a `Work` for the extension."""

    group: TaskGroup
    _jobs: dict[str, Job] = field(default_factory=dict[str, Job])

    def begin(self, run: Run) -> CallToolResult:
        """Begin a job; the result names it, and the extension makes a task of it."""
        job = Job()
        self._jobs[job.job_id] = job
        self.group.start_soon(self._run, job, run)
        return CallToolResult(content=[], structured_content={"job": job.job_id})

    async def begun(self, tool: str, result: CallToolResult) -> McpTask | None:
        """The task of a job that a call began."""
        told: dict[str, str] = result.structured_content or {}
        return await self.task(told["job"]) if "job" in told else None

    async def task(self, task_id: str) -> McpTask | None:
        """The task of an id."""
        job = self._jobs.get(task_id)
        return job.task() if job else None

    async def answer(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Keep the answers to open questions; the last one lets the job go on."""
        job = self._jobs[task_id]
        for key in job.asked.keys() & responses.keys():
            del job.asked[key]
            job.answers[key] = responses[key]
        if job.status == "input_required" and not job.asked:
            job.answered.set()

    async def cancel(self, task_id: str) -> None:
        """Stop a job that is under way."""
        self._jobs[task_id].scope.cancel()

    async def _run(self, job: Job, run: Run) -> None:
        with job.scope:
            try:
                job.result = await run(job)
                job.turn("completed")
            except MCPError as error:
                job.error = error.error
                job.turn("failed")
            return
        job.turn("cancelled")


def said(text: str, *, is_error: bool = False) -> CallToolResult:
    """A result of one text."""
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=is_error)
