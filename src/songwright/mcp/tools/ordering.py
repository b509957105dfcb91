"""The two tools that spend: generate_song and generate_custom_song."""

from dataclasses import replace
from functools import partial

from songwright.catalog import SANDBOX
from songwright.errors import Declined
from songwright.mcp.reply import Reply, error_lines
from songwright.mcp.songs import SANDBOX_NOTICE, Viewer, cost, next_step, told_error
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import CustomArguments, SimpleArguments
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import TaskResult
from songwright.service import Ordered, SongService
from songwright.text import clock_time, quoted

SIMPLE = """\
Make a song from a short description; the provider invents title, style and lyrics. For a quick surprise; \
when the words matter use generate_custom_song. {spends} get_task has them in 1-3 minutes. An identical call \
within 10 minutes isn't charged again. Length can't be set."""

CUSTOM = """\
Make a song that sings your lyrics word for word, or an instrumental (instrumental=true, no lyrics). For \
words and price the person agreed to; drafts go to check_lyrics. {spends} get_task has them in 1-3 minutes. \
An identical call within 10 minutes isn't charged again. Length can't be set.{lacks}"""

REPEAT = "(another_take=true pays for the same again.)"


def ordering_tools(service: SongService) -> list[Definition]:
    """Both tools, on one service."""

    async def order(arguments: SimpleArguments | CustomArguments, call: Call) -> Reply:
        ordered = await service.submit(
            arguments.request(),
            another_take=arguments.another_take,
            principal=call.principal,
            confirm=partial(_confirm, call) if service.accounts.settings.confirm_spend == "always" else None,
        )
        if evidence := await service.evidence(ordered.task):
            ordered = replace(ordered, notices=(*ordered.notices, evidence))
        cap = service.accounts.settings.daily_credits
        viewer = call.viewer.at(service.clock())
        reply = order_reply(ordered, viewer, cap, await _today(service))
        service.replying(ordered.task.task_id)
        return reply

    return [
        Definition(
            name="generate_song",
            title="Song from a description",
            description=SIMPLE,
            arguments=SimpleArguments,
            output=outputs.ORDER,
            failure=TaskResult,
            run=order,
            read_only=False,
        ),
        Definition(
            name="generate_custom_song",
            title="Song from finished lyrics",
            description=CUSTOM,
            arguments=CustomArguments,
            output=outputs.ORDER,
            failure=TaskResult,
            run=order,
            read_only=False,
        ),
    ]


async def _confirm(call: Call, question: str) -> None:
    """Ask the person before an order; raise Declined without a yes."""
    if not call.can_ask:
        raise Declined(
            "Each order needs the person's yes (SONGWRIGHT_CONFIRM_SPEND=always), and this app cannot ask.",
            fix="The person sets SONGWRIGHT_CONFIRM_SPEND=never, or uses an app with elicitation.",
        )
    if not await call.agreed(question):
        raise Declined("The person said no to this order.", fix="Ask the person what they want changed.")


async def _today(service: SongService) -> int | None:
    """What was spent today, where a cap makes it worth telling."""
    if service.accounts.settings.daily_credits is None:
        return None
    return (await service.spending()).spent_today


def order_reply(ordered: Ordered, viewer: Viewer, cap: int | None, today: int | None) -> Reply:
    """The answer to an order: known to the provider, still on its way, in doubt or refused."""
    task, notices = ordered.task, list(ordered.notices)
    known = task.provider_task_id is not None
    if error := None if known else told_error(task):
        result = viewer.task(task, notices=notices)
        status = "unconfirmed" if task.status == "unconfirmed" else "error"
        lines = [*error_lines(error), *notices]
        return Reply(result.model_copy(update={"status": status}), lines, is_error=True)
    lines = _repeat_lines(ordered, viewer) if ordered.repeated else _new_lines(ordered, cap, today)
    if ordered.repeated:
        notices.insert(0, _repeat_notice(ordered))
    if task.provider == SANDBOX:
        lines.append(SANDBOX_NOTICE)
    return Reply(viewer.task(task, notices=notices), lines)


def _new_lines(ordered: Ordered, cap: int | None, today: int | None) -> list[str]:
    task = ordered.task
    spent = f"; today {today} of {cap}" if cap is not None else ""
    doing = "is being made by" if task.provider_task_id else "is still being sent to"
    where = f"{doing} {task.provider} ({task.model}){cost(task)}{spent}."
    return [
        f"Order {task.task_id} {quoted(task.title, 80)} {where}",
        "Saved by itself while this app runs; otherwise open it again within 24 hours.",
        *ordered.notices,
        task.notice or "",
        f"Next: {next_step(task)}",
    ]


def _repeat_lines(ordered: Ordered, viewer: Viewer) -> list[str]:
    task = ordered.task
    elapsed = clock_time((viewer.now - task.created_at).total_seconds())
    first = (
        f"This is the order of {task.created_at.astimezone():%H:%M}, identical to this call: {task.task_id}"
    )
    step = next_step(task)
    return [
        f"{first}, {task.status}, {elapsed} ago. Nothing was spent again.",
        *ordered.notices,
        f"Next: {step}" if step else "",
        REPEAT,
    ]


def _repeat_notice(ordered: Ordered) -> str:
    made = f"{ordered.task.created_at.astimezone():%H:%M}"
    return f"This is the identical order of {made}; nothing was spent again. {REPEAT}"
