"""Telling subscribers of changes, in both protocol eras.

Modern clients listen on the SDK's bus. Older ones subscribe with a request that the SDK does not serve: a
middleware answers it, says so in the handshake, and remembers the session, at most so many. The SDK makes a
session object for each request and tells nobody when a connection ends, so one session of each connection is
kept, and the oldest makes room; what is sent to a connection that ended is dropped by the SDK.
"""

import logging
from dataclasses import dataclass, field
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.session import ServerSession
from mcp.server.subscriptions import InMemorySubscriptionBus, ResourceUpdated

from songwright.mcp.protocol import MODERN
from songwright.mcp.resources import TASKS_RECENT, TRACKS_RECENT

MOST_SESSIONS = 200
MOST_URIS = 200

logger = logging.getLogger(__name__)


@dataclass
class _Subscriber:
    """One connection: a session that reaches it, and what it wants to hear of."""

    session: ServerSession
    uris: set[str] = field(default_factory=set[str])


class Announcer:
    """Publishes `updated` for the resources of a task that changed."""

    def __init__(self) -> None:
        self.bus = InMemorySubscriptionBus()
        self._subscribers: dict[int, _Subscriber] = {}

    async def changed(self, task_id: str, tracks: bool) -> None:
        """A task changed, and its tracks perhaps."""
        uris = [f"tasks://{task_id}", TASKS_RECENT, *([TRACKS_RECENT] if tracks else [])]
        for uri in uris:
            await self.bus.publish(ResourceUpdated(uri=uri))
            await self._tell_sessions(uri)

    async def _tell_sessions(self, uri: str) -> None:
        for connection, subscriber in list(self._subscribers.items()):
            if uri not in subscriber.uris:
                continue
            try:
                await subscriber.session.send_resource_updated(uri)
            except Exception:  # a session that is gone is no reason to fail a song
                logger.debug("a subscriber is gone")
                self._subscribers.pop(connection, None)

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
        connection = id(ctx.session.client_params)  # one object for the whole connection, kept by its session
        subscriber = self._subscribers.pop(connection, None) or _Subscriber(ctx.session)
        if not add:
            subscriber.uris.discard(uri)
        elif len(subscriber.uris) < MOST_URIS:
            subscriber.uris.add(uri)
        if subscriber.uris:
            self._subscribers[connection] = subscriber
        for oldest in list(self._subscribers)[:-MOST_SESSIONS]:
            del self._subscribers[oldest]
        return {}
