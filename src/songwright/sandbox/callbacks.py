"""The sandbox's callbacks: the first API posts the finished task to the URL that came with the order."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread

from songwright.sandbox.ledger import Ledger
from songwright.sandbox.orders import Order

if TYPE_CHECKING:
    import httpx

PAUSE_SECONDS = 2.0
"""Between two tries of one callback, by the sandbox's clock. There are three."""
LOOK_SECONDS = 0.2
TIMEOUT_SECONDS = 10.0
_log = logging.getLogger(__name__)


class Courier:
    """Sends what is due. `content` makes the body, `hurry` is called for an order whose music is missing.

    Several sandboxes on one ledger may have couriers: each try is claimed by one.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], float],
        content: Callable[[Order, float, str], dict[str, Any]],
        hurry: Callable[[Order], None],
    ) -> None:
        self._ledger = ledger
        self._clock = clock
        self._content = content
        self._hurry = hurry
        self._news = anyio.Event()

    def wake(self) -> None:
        """Say that there is a new callback to send."""
        self._news.set()

    async def run(self) -> None:
        """Send callbacks as they fall due, until cancelled."""
        while True:
            self._news = anyio.Event()
            try:
                waiting = await self.deliver()
            except Exception:
                _log.warning("the sandbox could not send callbacks", exc_info=True)
                waiting = 1
            with anyio.move_on_after(LOOK_SECONDS if waiting else None):
                await self._news.wait()

    async def deliver(self) -> int:
        """Send every callback that is due now, each once, and say how many still wait."""
        orders = await anyio.to_thread.run_sync(self._ledger.uncalled)
        waiting = 0
        for order in orders:
            if order.status(self._clock()) in ("completed", "failed"):
                sent = await self._send(order)
                waiting += not sent
            else:
                self._hurry(order)
                waiting += 1
        return waiting

    async def _send(self, order: Order) -> bool:
        if not await anyio.to_thread.run_sync(self._ledger.claim_callback, order.id, PAUSE_SECONDS):
            return False
        import httpx

        try:
            with anyio.fail_after(TIMEOUT_SECONDS):
                async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
                    answer = await self._post(client, order)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            _log.info("callback for %s: %s", order.id, type(error).__name__)
            return False
        if not answer.is_success:
            return False
        await anyio.to_thread.run_sync(self._ledger.called, order.id)
        return True

    async def _post(self, client: "httpx.AsyncClient", order: Order) -> "httpx.Response":
        body = self._content(order, self._clock(), order.base_url)
        return await client.post(
            str(order.wanted.callback_url), json=body, headers={"User-Agent": "songwright-sandbox"}
        )
