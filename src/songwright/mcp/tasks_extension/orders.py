"""Song orders as tasks: each ends with what get_task would say of it.

The id that a client gets is the order's own, sealed with the library's secret for the person who ordered: it
outlives every restart, means the same song whenever the same order is found again, and cannot be guessed.
"""

import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from mcp import MCPError
from mcp.types import INTERNAL_ERROR, CallToolResult

from songwright.errors import SongwrightError
from songwright.library import Event
from songwright.mcp.reply import Reply, error_lines
from songwright.mcp.songs import SANDBOX_NOTICE, Viewer, told_error
from songwright.mcp.tasks_extension.extension import McpTask
from songwright.models import Task
from songwright.service import SongService
from songwright.service.service import FILES_SECONDS
from songwright.text import clock_time

ORDERING = frozenset({"generate_song", "generate_custom_song"})
UNDER_WAY = frozenset({"pending", "processing"})
MOST_REMEMBERED = 1000
NOT_CANCELLED = "a song can't be cancelled: it goes on, is paid and will be saved"


@dataclass
class OrderTasks:
    """The orders of one service. `principal` tells who calls.

    Kept in this process alone, and only for the newest tasks: what was said with the order (`_notices`), and
    which ones somebody wanted to cancel.
    """

    service: SongService
    open_viewer: Callable[[], Viewer]
    principal: Callable[[], str]
    _notices: dict[str, str] = field(default_factory=dict[str, str])
    _cancelled: dict[str, str] = field(default_factory=dict[str, str])

    async def begun(self, tool: str, result: CallToolResult) -> McpTask | None:
        """The task of an order that is under way; the ordinary answer stands where it has none."""
        told: dict[str, Any] = result.structured_content or {}
        if tool not in ORDERING or told.get("status") not in UNDER_WAY:
            return None
        try:
            task = await self._task(await self._sealed(told["task_id"]))
        except SongwrightError:
            return None  # the order is placed, and its answer says how to follow it
        if task and (notice := _own_notice(told)):
            _remember(self._notices, told["task_id"], notice)
        return task

    async def task(self, task_id: str) -> McpTask | None:
        """The order's state as the library has it; nothing is asked of the provider.

        Raises MCPError where the library cannot be read.
        """
        try:
            return await self._task(task_id)
        except SongwrightError as error:
            raise MCPError(INTERNAL_ERROR, error.message) from None

    async def answer(self, task_id: str, responses: Mapping[str, Any]) -> None:
        """Nothing: every question to the person is asked before there is a task."""

    async def cancel(self, task_id: str) -> None:
        """No provider can cancel a song; the task says so from now on."""
        _remember(self._cancelled, task_id, NOT_CANCELLED)

    async def _task(self, sealed: str) -> McpTask | None:
        name = sealed.partition(".")[0]
        if not hmac.compare_digest(_bytes(sealed), _bytes(await self._sealed(name))):
            return None
        task = await self.service.library.find(name, self.principal())
        if task is None or task.task_id != name:
            return None
        return self._state(sealed, task, await self.service.history(name))

    async def _sealed(self, name: str) -> str:
        """The id under which this caller knows an order. Empty, which is nobody's, without a secret."""
        seal = await self.service.library.seal()
        text = _bytes(f"{name}\n{self.principal()}")
        return f"{name}.{hmac.new(seal, text, hashlib.sha256).hexdigest()[:40]}" if seal else ""

    def _state(self, sealed: str, task: Task, events: Sequence[Event]) -> McpTask:
        now = self.service.clock()
        over = _is_over(task, events, now)
        settings = self.service.accounts.settings
        return McpTask(
            task_id=sealed,
            status="completed" if over else "working",
            created_at=task.created_at,
            updated_at=events[-1].at if events else task.created_at,
            poll_ms=max(1, round(settings.poll_seconds * 1000)),
            message=task.status if over else self._message(sealed, task, now),
            result=self._reply(task, now).call_result() if over else None,
        )

    def _message(self, sealed: str, task: Task, now: datetime) -> str:
        """A line for the person: "processing for 1:30"."""
        if task.is_over:
            return f"{task.status}; its files are being saved"
        elapsed = clock_time((now - task.created_at).total_seconds())
        parts = (f"{task.status} for {elapsed}", self._cancelled.get(sealed), task.notice)
        return "; ".join(part for part in parts if part)

    def _reply(self, task: Task, now: datetime) -> Reply:
        """What get_task says of it. The call was the order: here a song that was not made is an error."""
        notices = [notice] if (notice := self._notices.get(task.task_id)) else []
        reply = self.open_viewer().at(now).task_reply(task, notices=notices)
        if task.status not in ("failed", "unconfirmed"):
            return reply
        error = told_error(task)
        return replace(reply, lines=[*error_lines(error), *notices] if error else reply.lines, is_error=True)


def _is_over(task: Task, events: Sequence[Event], now: datetime) -> bool:
    """Whether nothing more is to be waited for; it stays so.

    An order once unconfirmed was told so: what becomes of it later is get_task's. So is one that nobody
    follows any more. A finished song waits for its files as long as a waiting get_task does.
    """
    if any(event.what == "unconfirmed" for event in events):
        return True
    if not task.is_over:
        return task.provider_task_id is not None and task.next_poll_at is None
    waiting = any(track.archived == "waiting" for track in task.tracks)
    return not waiting or now - (task.ended_at or now) >= timedelta(seconds=FILES_SECONDS)


def _own_notice(told: Mapping[str, Any]) -> str:
    """What was said with an order beside what is said of every task."""
    return str(told.get("notice") or "").removesuffix(SANDBOX_NOTICE).strip()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _remember(memory: dict[str, str], key: str, value: str) -> None:
    memory[key] = value
    while len(memory) > MOST_REMEMBERED:
        del memory[next(iter(memory))]
