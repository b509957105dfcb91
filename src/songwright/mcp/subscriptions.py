"""Telling subscribers of changes, in both protocol eras.

Modern clients listen on the SDK's bus. Older ones subscribe with a request that the SDK does not serve: a
middleware answers it, says so in the handshake, and remembers the session (weakly, and at most so many).
"""

import logging
from typing import Any
from weakref import WeakKeyDictionary

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from songwright.mcp.resources import TASKS_RECENT, TRACKS_RECENT

MOST_SESSIONS = 500
MOST_URIS = 200
MODERN = "2026-07-28"

logger = logging.getLogger(__name__)


class Announcer:
    """Publishes `updated` for the resources of a task that changed."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._sessions: WeakKeyDictionary[ServerSession, set[str]] = WeakKeyDictionary()

    async def changed(self, task_id: str, tracks: bool) -> None:
        """A task changed, and its tracks perhaps."""
        uris = [f"tasks://{task_id}", TASKS_RECENT, *([TRACKS_RECENT] if tracks else [])]
        for uri in uris:
            await self.bus.publish(ResourceUpdated(uri=uri))
            await self._tell_sessions(uri)

    async def _tell_sessions(self, uri: str) -> None:
        for session, wanted in list(self._sessions.items()):
            if uri not in wanted:
                continue
            try:
                await session.send_resource_updated(uri)
            except Exception:  # a session that is gone is no reason to fail a song
                logger.debug("a subscriber is gone")
                self._sessions.pop(session, None)

    async def middleware(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Serve the older subscriptions, and announce them in the older handshake."""
        if ctx.method == "resources/subscribe" and ctx.protocol_version < MODERN:
            return self._subscribe(ctx, add=True)
        if ctx.method == "resources/unsubscribe" and ctx.protocol_version < MODERN:
            return self._subscribe(ctx, add=False)
        result = await call_next(ctx)
        if ctx.method == "initialize" and isinstance(result, dict):
            result.setdefault("capabilities", {}).setdefault("resources", {})["subscribe"] = True
        return result

    def _subscribe(self, ctx: ServerRequestContext[Any, Any], *, add: bool) -> dict[str, Any]:
        uri = str((ctx.params or {}).get("uri", ""))[:200]
        if ctx.session not in self._sessions and len(self._sessions) >= MOST_SESSIONS:
            return {}
        wanted = self._sessions.setdefault(ctx.session, set())
        if not add:
            wanted.discard(uri)
        elif len(wanted) < MOST_URIS:
            wanted.add(uri)
        return {}
