"""resolve_task: a person's decision on an order of which nobody knows whether it was taken."""

from typing import Annotated, Literal

from pydantic import Field

from songwright.errors import Declined, Problem
from songwright.lyrics.admission import wrong_arguments
from songwright.mcp.reply import Reply
from songwright.mcp.songs import cost
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import Arguments
from songwright.mcp.tools.ordering import order_reply
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import Task, TaskResult
from songwright.service import Ordered, SongService
from songwright.text import quoted

DESCRIPTION = """\
Record the person's decision on an unconfirmed task: sent, never answered, perhaps charged. Only after they \
looked at the provider's dashboard; many settle themselves (get_task). Not for failed tasks: order again. \
not_charged closes it; found verifies and follows it; send_again orders once more, maybe charged twice. \
Can't be undone."""


class ResolveArguments(Arguments):
    """resolve_task."""

    task_id: Annotated[str, Field(description="Unconfirmed task.")]
    resolution: Annotated[
        Literal["not_charged", "found", "send_again"], Field(description="What they chose.")
    ]
    provider_task_id: Annotated[str | None, Field(description="Id seen at the provider; with found.")] = None
    accept_double_charge: Annotated[bool, Field(description="With send_again: the person accepts that.")] = (
        False
    )

    def require_fit(self) -> None:
        """Raise InvalidRequest where the arguments do not belong together."""
        problems: list[Problem] = []
        if self.resolution == "found" and not self.provider_task_id:
            text = "found needs provider_task_id: the id that the person saw at the provider."
            problems.append(Problem(field="provider_task_id", message=text))
        if self.resolution != "found" and self.provider_task_id:
            text = f"provider_task_id belongs to found, not to {self.resolution}: leave one out."
            problems.append(Problem(field="provider_task_id", message=text))
        if self.resolution == "send_again" and not self.accept_double_charge:
            text = "send_again may charge twice: ask the person, then set accept_double_charge=true."
            problems.append(Problem(field="accept_double_charge", message=text))
        if problems:
            raise wrong_arguments(problems)


def resolving_tools(service: SongService) -> list[Definition]:
    """resolve_task, on one service."""

    async def resolve_task(arguments: ResolveArguments, call: Call) -> Reply:
        arguments.require_fit()
        task = await service.unconfirmed(arguments.task_id, call.principal)
        if arguments.resolution == "found":
            task = await service.found(task, arguments.provider_task_id or "")
            return call.viewer.task_reply(task)
        await _require_yes(call, task, arguments.resolution)
        if arguments.resolution == "not_charged":
            return call.viewer.task_reply(await service.not_charged(task))
        settings = service.accounts.settings
        return order_reply(Ordered(await service.send_again(task)), call.viewer, settings.daily_credits, None)

    return [
        Definition(
            name="resolve_task",
            title="Settle a doubtful order",
            description=DESCRIPTION,
            arguments=ResolveArguments,
            output=outputs.ORDER,
            failure=TaskResult,
            run=resolve_task,
            read_only=False,
            destructive=True,
        )
    ]


async def _require_yes(call: Call, task: Task, resolution: str) -> None:
    """Ask the person wherever the host can; raise Declined if they say no."""
    if not call.can_ask:
        return
    song = f"{quoted(task.title, 80)} ({task.task_id}){cost(task)}"
    if resolution == "send_again":
        question = f"Order {song} once more at {task.provider}? If the first was taken, it is charged twice."
    else:
        question = f"Did you look at {task.provider} and find that {song} was not charged? It is then closed."
    if not await call.agreed(question):
        raise Declined(
            "The person said no; the task stays unconfirmed.", fix="Ask the person what they want."
        )
