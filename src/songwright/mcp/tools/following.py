"""get_task: one task's state, now or at its end."""

from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from songwright.errors import Problem
from songwright.lyrics.admission import wrong_arguments
from songwright.mcp.reply import Reply
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import Arguments
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import Task, TaskResult
from songwright.service import SongService
from songwright.text import clock_time

LONGEST_WAIT = 45
REPORT_SECONDS = 2.0
"""How often at most a waiting caller hears of progress."""

DESCRIPTION = """\
Get one song task's state: pending, processing, completed with takes (length, file, link), failed or \
unconfirmed, and what happened to the money. For a song just ordered, with wait_seconds=45, two to four \
times; for earlier songs or a lost id use list_tracks. Free. Songs finish without anyone waiting: after a \
timeout call this, don't order again."""


class TaskArguments(Arguments):
    """get_task."""

    task_id: Annotated[str, Field(description="Task or track id.")]
    wait_seconds: Annotated[int, Field(description="Seconds to wait for the end, up to 45.")] = 0
    include_lyrics: Annotated[bool, Field(description="true: add lyrics and request, to show or revise.")] = (
        False
    )

    def patience(self) -> tuple[int, list[str]]:
        """How long to wait, and what to say of it. Raises InvalidRequest for a negative wait."""
        if self.wait_seconds < 0:
            raise wrong_arguments([Problem(field="wait_seconds", message="wait_seconds must be 0 to 45.")])
        if self.wait_seconds > LONGEST_WAIT:
            return LONGEST_WAIT, [f"wait_seconds was taken as {LONGEST_WAIT}, the most."]
        return self.wait_seconds, []


@dataclass
class _Reports:
    """Tells a waiting caller how long it has been, not too often and always growing."""

    call: Call
    total: float
    last: float = field(default=-REPORT_SECONDS)

    async def __call__(self, task: Task, waited: float) -> None:
        if waited - self.last < REPORT_SECONDS or waited >= self.total:
            return
        self.last = waited
        elapsed = clock_time((self.call.viewer.now - task.created_at).total_seconds() + waited)
        await self.call.report(round(waited, 1), self.total, f"{task.status} for {elapsed}")


def following_tools(service: SongService) -> list[Definition]:
    """get_task, on one service."""

    async def get_task(arguments: TaskArguments, call: Call) -> Reply:
        seconds, notices = arguments.patience()
        task = await service.find(arguments.task_id, call.principal)
        if seconds:
            task = await service.wait(task, seconds, _Reports(call, seconds))
        if evidence := await service.evidence(task):
            notices.append(evidence)
        viewer = call.viewer.at(service.clock())
        return viewer.task_reply(task, lyrics=arguments.include_lyrics, notices=notices)

    return [
        Definition(
            name="get_task",
            title="Follow a song",
            description=DESCRIPTION,
            arguments=TaskArguments,
            output=outputs.TASK,
            failure=TaskResult,
            run=get_task,
            waits=True,
        )
    ]
