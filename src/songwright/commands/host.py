"""A host in small: the real server as a process of its own, and a real MCP client on it."""

import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol, TextIO

from mcp import Client, MCPError, StdioServerParameters
from mcp.client.session import ElicitationFnT
from mcp.client.stdio import stdio_client
from mcp.types import Implementation, TextContent

import songwright
from songwright.commands.terminal import Complaint, Terminal, say
from songwright.settings import PREFIX

CALL_SECONDS = 75.0
"""The most for one answer: the longest call waits 45 s for a song, and up to 10 s for its files."""

MOST_LINES = 60
"""How much of the server's log is shown."""

NEEDED = (
    *(
        "PATH",
        "HOME",
        "USER",
        "LANG",
        "LC_ALL",
        "LC_CTYPE",
        "TZ",
        "TMPDIR",
        "XDG_DATA_HOME",
        "XDG_CONFIG_HOME",
    ),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "ALL_PROXY"),
    *("https_proxy", "http_proxy", "no_proxy", "all_proxy", "PYTHONPATH", "PYTHONUTF8", "PYTHONWARNINGS"),
    *("SYSTEMROOT", "APPDATA", "LOCALAPPDATA", "USERPROFILE", "TEMP", "TMP"),
)
"""What a process needs beside its settings."""


class Progress(Protocol):
    """Told now and then how long a call has waited, of how many seconds, and what goes on."""

    async def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        """One such report."""
        ...


class ToolFailed(Exception):
    """A tool said no; the message is the tool's own text."""


@dataclass(frozen=True)
class Answer:
    """What a tool answered: its structured content, and its text."""

    content: dict[str, Any]
    text: str


@dataclass(frozen=True)
class Host:
    """Calls tools, each within a bounded time."""

    client: Client

    async def call(self, tool: str, progress: Progress | None = None, **arguments: Any) -> Answer:
        """A tool's answer.

        Raises:
            ToolFailed: the tool answered with an error, or did not answer.
        """
        try:
            result = await self.client.call_tool(tool, arguments, progress_callback=progress)
        except MCPError as error:
            raise ToolFailed(f"The server did not answer {tool}: {error}") from None
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        if result.is_error:
            raise ToolFailed(text)
        return Answer(result.structured_content or {}, text)


def process_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What the server's process is given: its settings, and what any process needs."""
    return {name: value for name, value in environ.items() if name.startswith(PREFIX) or name in NEEDED}


@asynccontextmanager
async def open_host(terminal: Terminal, asked: ElicitationFnT) -> AsyncGenerator[Host]:
    """Start the server over stdio as a host does, and end it at the end of the block.

    `asked` answers the questions that the server puts to the person. What the server logs is told at the end,
    where it spoils no progress bar.

    Raises:
        Complaint: it did not start.
    """
    server = StdioServerParameters(
        command=sys.executable, args=["-P", "-m", "songwright"], env=process_environment(terminal.environ)
    )
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
        try:
            async with AsyncExitStack() as stack:
                client = await _started(stack, _client(server, log, asked))
                yield Host(client)
        finally:
            _tell(terminal, log)


async def _started(stack: AsyncExitStack, client: Client) -> Client:
    try:
        return await stack.enter_async_context(client)
    except (MCPError, OSError, ExceptionGroup):
        raise Complaint("the server did not start; its log stands above.", exit_code=1) from None


def _client(server: StdioServerParameters, log: TextIO, asked: ElicitationFnT) -> Client:
    return Client(
        stdio_client(server, errlog=log),
        read_timeout_seconds=CALL_SECONDS,
        client_info=Implementation(name="songwright-try", version=songwright.__version__),
        elicitation_callback=asked,
    )


def _tell(terminal: Terminal, log: TextIO) -> None:
    """Show the end of the server's log, if there is one."""
    log.seek(0)
    if lines := log.read().splitlines()[-MOST_LINES:]:
        say(terminal.err, "\n".join(["The server's log:", *lines]), style="dim")
