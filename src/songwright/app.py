"""The program, from its settings to its end. Read this page first.

    settings → library → accounts (providers, opened when first needed) → submissions, follower, archive
             → service → watcher → MCP server → a transport

State is opened here, outside the MCP server, once per process: orders go on and songs are saved whatever
becomes of the client that asked for them.
"""

import logging
import random
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI, SANDBOX
from songwright.errors import Busy, LibraryUnavailable
from songwright.library import Library, open_library, open_what_is_left
from songwright.providers.base import Provider
from songwright.service import Accounts, Changes, OpenProvider, SongService
from songwright.service.archiving import Archiving
from songwright.service.doubts import Doubts
from songwright.service.following import Follower
from songwright.service.service import ANSWER_SECONDS
from songwright.service.submission import Submissions
from songwright.settings import Settings
from songwright.watcher import Watcher

if TYPE_CHECKING:
    import httpx

    from songwright.archive import Archive
    from songwright.sandbox.app import Sandbox

logger = logging.getLogger(__name__)

OpenSandbox = Callable[[Settings, Callable[[], datetime]], "Sandbox"]

STDIO_DRAIN_SECONDS = 3.5
"""How long orders on their way get at the end: hosts kill a stdio server after about 4 s."""

HTTP_DRAIN_SECONDS = 10.0
"""How long they get over HTTP."""

POLL_MARGIN_SECONDS = 10.0
"""How much longer than a request a process may hold a task for itself."""


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
    drain_seconds: float = STDIO_DRAIN_SECONDS,
    answer_seconds: float = ANSWER_SECONDS,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    open_sandbox: "OpenSandbox | None" = None,
    open_provider: OpenProvider | None = None,
) -> AsyncGenerator[SongService]:
    """The running service: tasks are followed and songs saved while the block runs.

    A library that cannot be opened is read as far as it can be, and refuses every order with the reason.
    At the end orders on their way get `drain_seconds`; what is then unanswered is unconfirmed. A call waits
    `answer_seconds` for its order's answer, and `sleep` is the pause between two sends of an order.
    `open_sandbox` and `open_provider` are for tests that bring their own.
    """
    rng = rng or random.Random()  # noqa: S311 # jitter, not secrets
    async with AsyncExitStack() as stack:
        library = await open_books(settings, clock)
        stack.push_async_callback(library.aclose)
        providers = Openings(settings, clock, open_sandbox or sandbox_at_home)
        stack.push_async_callback(providers.aclose)
        accounts = Accounts(settings, open_provider or providers.open)
        stack.push_async_callback(accounts.aclose)
        changes = Changes()
        follower = Follower(library, accounts, changes, clock, rng)
        opener = partial(open_archive, settings, providers, clock) if settings.archive else None
        archiving = Archiving(library, opener, follower, changes, clock)
        stack.push_async_callback(archiving.aclose)
        lease = settings.request_timeout + POLL_MARGIN_SECONDS
        watcher = Watcher(library, follower, archiving, changes, clock, lease)
        async with anyio.create_task_group() as tasks:
            submissions = Submissions(library, accounts, changes, tasks, clock, rng, sleep)
            tasks.start_soon(watcher.run)
            if settings.provider == SANDBOX and settings.callback_url:
                tasks.start_soon(providers.call_back)
            try:
                doubts = Doubts(library, accounts, submissions, follower, changes, clock)
                yield SongService(
                    library, accounts, submissions, follower, doubts, changes, clock, answer_seconds
                )
            finally:
                with anyio.CancelScope(shield=True):
                    await submissions.drain(drain_seconds)
                tasks.cancel_scope.cancel()


async def open_books(settings: Settings, clock: Callable[[], datetime]) -> Library:
    """The library; of a damaged one what can still be read. Spending is then refused with the reason."""
    path = database_path(settings)
    try:
        return await open_library(path, owners_dir=settings.data_dir / "owners", clock=clock)
    except (LibraryUnavailable, Busy) as error:
        logger.error("%s %s", error.message, error.fix or "")
        return await open_what_is_left(path, clock=clock, reason=error)


def database_path(settings: Settings) -> Path:
    """Where the library is."""
    if settings.database_url:
        return Path(settings.database_url.removeprefix("sqlite:///"))
    return settings.data_dir / "songwright.db"


def sandbox_at_home(settings: Settings, clock: Callable[[], datetime]) -> "Sandbox":
    """The sandbox of this process, its state kept beside the library."""
    from songwright.sandbox.app import open_sandbox

    return open_sandbox(
        settings.data_dir / "sandbox",
        seconds=settings.sandbox_seconds,
        clock=lambda: clock().timestamp(),
    )


def open_archive(settings: Settings, providers: "Openings", clock: Callable[[], datetime]) -> "Archive":
    """The music folder. Its libraries are imported here, when the first song is saved."""
    from songwright.archive import Archive, Fetcher, open_fetcher, open_public_fetcher

    public = open_public_fetcher(allow_private=settings.allow_private_hosts)
    fetchers: dict[str, Fetcher] = {
        AIVIDEOAPI: public,
        AIMUSICAPI: public,
        SANDBOX: open_fetcher(partial(providers.sandbox_transport, raise_app_exceptions=False)),
    }
    return Archive(settings.music_dir, fetchers=fetchers, now=lambda: clock().timestamp())


@dataclass
class Openings:
    """Opens providers when they are first needed, the sandbox in this process among them."""

    settings: Settings
    clock: Callable[[], datetime]
    open_sandbox: "OpenSandbox"
    _sandbox: "Sandbox | None" = field(default=None)

    async def open(self, name: str) -> Provider:
        """The provider of a name; its key is known to be set."""
        from songwright.providers import open_provider

        settings = self.settings
        if name == SANDBOX:
            from songwright.sandbox.app import BASE_URL
            from songwright.sandbox.ledger import SANDBOX_KEY

            return open_provider(
                name,
                key=SANDBOX_KEY,
                base_url=BASE_URL,
                timeout=settings.request_timeout,
                transport=self.sandbox_transport(),
            )
        key = settings.key(name)
        assert key is not None, "Accounts asks only for providers that have a key"  # noqa: S101 # for the types
        return open_provider(
            name,
            key=key.get_secret_value(),
            base_url=settings.base_url(name),
            timeout=settings.request_timeout,
        )

    @property
    def sandbox(self) -> "Sandbox":
        """The sandbox of this process, its state kept beside the library."""
        if self._sandbox is None:
            self._sandbox = self.open_sandbox(self.settings, self.clock)
        return self._sandbox

    async def call_back(self) -> None:
        """Let the sandbox call back, until cancelled."""
        async with self.sandbox.running():
            await anyio.sleep_forever()

    def sandbox_transport(self, *, raise_app_exceptions: bool = True) -> "httpx.AsyncBaseTransport":
        """A way into the sandbox that touches no network."""
        import httpx

        return httpx.ASGITransport(app=self.sandbox.app, raise_app_exceptions=raise_app_exceptions)

    async def aclose(self) -> None:
        """Close the sandbox if it was opened."""
        if self._sandbox is not None:
            await self._sandbox.aclose()


def import_server() -> None:
    """Import what serving over stdio needs, before the event loop runs."""
    import_module("songwright.mcp")
    import_module("songwright.mcp.stdio")


async def serve_over_stdio(settings: Settings) -> None:
    """Serve one client over standard input and output, until its input ends or a signal comes."""
    from songwright.mcp import build_server
    from songwright.mcp.stdio import serve_stdio

    async with open_service(settings) as service:
        await serve_stdio(build_server(service))


async def serve_over_http(settings: Settings, listener: socket.socket) -> None:
    """Serve /mcp, /sse and /callbacks on a bound loopback socket until a signal comes."""
    from songwright.logs import start_logging
    from songwright.mcp import build_server
    from songwright.web.app import build_app
    from songwright.web.callbacks import Callbacks
    from songwright.web.run import serve_app

    start_logging(settings)
    port: int = listener.getsockname()[1]
    async with open_service(settings, drain_seconds=HTTP_DRAIN_SECONDS) as service:
        receiver = Callbacks(service.doubts) if settings.callback_url else None
        app = build_app(build_server(service), port, receiver=receiver, public_url=settings.callback_url)
        await serve_app(app, listener, log_level=settings.log_level)
