"""One MCP server on one service: what a client of any host and era meets."""

from collections.abc import Callable
from functools import partial
from typing import Any

from mcp.server import CacheHint, MCPServer
from mcp.server.mcpserver import Context

import songwright
from songwright.mcp.asking import Asker
from songwright.mcp.completions import add_completions
from songwright.mcp.guide import add_guide
from songwright.mcp.media import true_media_types
from songwright.mcp.prompts import NAMES, add_prompts
from songwright.mcp.protocol import KnownPrompts
from songwright.mcp.resources import add_resources
from songwright.mcp.songs import Viewer
from songwright.mcp.subscriptions import Announcer
from songwright.mcp.tasks_extension import OrderTasks, Tasks
from songwright.mcp.texts import facts, instructions
from songwright.mcp.tools import Call, make_tools, song_tools
from songwright.service import SongService

LISTS_LAST_MS = 3_600_000
"""How long a client may keep the lists, which never change while a server runs."""

PRINCIPAL = "local"
"""Who calls: one person has this installation."""


def build_server(service: SongService, *, remote: bool = False) -> MCPServer[Any]:
    """The server. `remote`: its clients are on other machines, and are shown no paths of this one."""
    settings = service.accounts.settings
    announcer = Announcer()
    service.changes.listen(announcer.changed)

    def open_viewer() -> Viewer:
        return Viewer(now=service.clock(), remote=remote)

    tasks = Tasks(OrderTasks(service, open_viewer, lambda: PRINCIPAL))
    hint = CacheHint(ttl_ms=LISTS_LAST_MS, scope="public")
    server: MCPServer[Any] = MCPServer(
        name="songwright",
        title="Songwright",
        version=songwright.__version__,
        instructions=instructions(settings),
        tools=[*make_tools(song_tools(service), facts(settings), _opener(service, open_viewer))],
        subscriptions=announcer.bus,
        middleware=[
            announcer.middleware,
            KnownPrompts(NAMES).middleware,
            tasks.middleware,
            true_media_types,
        ],
        extensions=[tasks],
        cache_hints={
            "tools/list": hint,
            "prompts/list": hint,
            "resources/templates/list": hint,
            "server/discover": hint,
        },
        log_level="WARNING",
    )
    add_resources(server, service, open_viewer)
    add_guide(server, settings)
    add_prompts(server, service, lambda: PRINCIPAL)
    add_completions(server, service, lambda: PRINCIPAL)
    return server


def _opener(service: SongService, open_viewer: Callable[[], Viewer]) -> Callable[[Context[Any, Any]], Call]:
    def open_call(context: Context[Any, Any]) -> Call:
        asker = Asker(context, partial(service.use_up, PRINCIPAL))

        async def report(progress: float, total: float, message: str) -> None:
            await context.report_progress(progress, total, message)

        return Call(open_viewer(), PRINCIPAL, report, can_ask=asker.can_ask, agreed=asker.agreed)

    return open_call
