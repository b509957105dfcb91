"""A songwriting session as a host runs it, from the first word to the files on the next day.

    python examples/session.py [--folder FOLDER]

A scripted assistant plays the model, so no model and no account are needed; everything else is real: the
server runs as a process of its own over stdio, an MCP client talks to it, and the sandbox makes the takes.
Read `day_one` and `day_two`: they are the session. What a host sees at each step is printed.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters
from mcp.types import TextContent, TextResourceContents
from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

TITLE = "Last Boat Home"
STYLE = "breezy folk pop, 112 BPM, hopeful, ukulele, upright bass, brushed drums, female alto"

FIRST_DRAFT = """\
**Verse 1**
Nina ties the harbour rope
Counts the gulls and calls them hope

[Chorus]
Wave to the last boat home tonight
[Name], keep the kitchen light"""
"""What models like to write: Markdown, and a name that was never filled in."""

LYRICS = """\
[Verse 1]
Nina ties the harbour rope
Counts the gulls and calls them hope

[Chorus]
Wave to the last boat home tonight
Oskar, keep the kitchen light
[End]"""


_INDENT = " " * 11


class Unexpected(Exception):
    """The server answered otherwise than this example tells."""


def expect(wanted: bool, what: str) -> None:
    """Stop where the example would tell something untrue."""
    if not wanted:
        raise Unexpected(what)


@dataclass
class Host:
    """What a host does: it calls for the assistant, and shows the person what happens."""

    client: Client
    console: Console
    reports: list[str] = field(default_factory=list[str])

    def step(self, title: str) -> None:
        """A heading."""
        self.console.print()
        self.console.rule(f"[bold]{escape(title)}", align="left")

    def person(self, words: str) -> None:
        """The person writes."""
        self._speaks("person", "green", words)

    def assistant(self, words: str) -> None:
        """The assistant writes."""
        self._speaks("assistant", "blue", words)

    def _speaks(self, who: str, color: str, words: str) -> None:
        words = escape(words).replace("\n", f"\n{_INDENT}")
        self.console.print(f"[bold {color}]{who:<{len(_INDENT)}}[/]{words}", highlight=False)

    def _does(self, what: str, words: str) -> None:
        self.console.print(f"[bold magenta]{what:<{len(_INDENT)}}[/]{escape(words)}", highlight=False)

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Call a tool, print call and answer, and return the structured content."""
        self._does("calls", f"{tool}({_told(arguments)})")
        result = await self.client.call_tool(tool, arguments, progress_callback=self._progress)
        text = "\n".join(part.text for part in result.content if isinstance(part, TextContent))
        self._show(text, style="red" if result.is_error else "dim")
        return result.structured_content or {}

    async def read(self, uri: str) -> str:
        """Read a resource's text, and print its beginning."""
        self._does("reads", uri)
        content = (await self.client.read_resource(uri)).contents[0]
        expect(isinstance(content, TextResourceContents), f"{uri} is text")
        text = content.text if isinstance(content, TextResourceContents) else ""
        self._show(text if len(text) < 300 else f"{text[:300]}…")
        return text

    async def prompt(self, name: str, **arguments: str) -> str:
        """Get a prompt as the person picks it from the host's menu, and print it."""
        self.console.print(f"[bold magenta]prompt[/]     {name}({escape(_told(arguments))})", highlight=False)
        messages = (await self.client.get_prompt(name, arguments)).messages
        text = "\n".join(m.content.text for m in messages if isinstance(m.content, TextContent))
        self._show(text)
        return text

    async def _progress(self, progress: float, total: float | None, message: str | None) -> None:
        self.reports.append(message or "")
        self.console.print(f"           … {progress:.0f} of {total:.0f} s: {message}", style="yellow")

    def _show(self, text: str, style: str = "dim") -> None:
        self.console.print(Padding(escape(text), (0, 0, 0, len(_INDENT))), style=style, highlight=False)


async def day_one(host: Host) -> list[dict[str, Any]]:
    """The song is written, checked, mended, ordered, followed and handed over. Returns its takes."""
    host.step("What the server says of itself when the host connects")
    host.console.print(Padding(escape(host.client.instructions or ""), (0, 0, 0, len(_INDENT))), style="dim")
    expect("sandbox" in (host.client.instructions or ""), "the instructions say that this is the sandbox")

    host.step("The person picks a prompt, and the assistant reads what it makes of their words")
    await host.prompt("write_song", idea="My sister Nina closes the ferry office at night", mood="hopeful")
    guide = await host.read("guide://songwriting")
    expect("[Chorus]" in guide, "the guide tells how lyrics are laid out")
    host.assistant("This is the sandbox: free sketches without a real singer. Who waits for Nina at home?")
    host.person("Her husband Oskar. Short is fine!")

    await _check(host)
    task_id = await _order(host)
    return await _follow(host, task_id)


async def _check(host: Host) -> None:
    """A draft is checked before anybody pays for it; the check is free."""
    host.step("The first draft fails the check: Markdown, and a placeholder that would be sung")
    checked = await host.call("check_lyrics", title=TITLE, style=STYLE, lyrics=FIRST_DRAFT)
    errors = [problem for problem in checked["problems"] if problem["severity"] == "error"]
    expect({problem["line"] for problem in errors} == {1, 7}, "line 1 and line 7 are found")

    host.step("An order of that draft would be refused, and cost nothing")
    refused = await host.call("generate_custom_song", title=TITLE, style=STYLE, lyrics=FIRST_DRAFT)
    expect(refused["error"]["code"] == "invalid_request", "the order is refused")
    expect(refused["error"]["spent"] == "nothing", "nothing is spent")

    host.step("The mended draft passes; length and price are known before the order")
    mended = await host.call("check_lyrics", title=TITLE, style=STYLE, lyrics=LYRICS)
    expect(all(problem["severity"] == "hint" for problem in mended["problems"]), "nothing is left to mend")
    length = mended["estimated_seconds"]
    host.assistant(
        f'"{TITLE}", {STYLE}, about {length["low"]} to {length["high"]} s, '
        f"{mended['price_credits']} play credits:\n{LYRICS}\nShall I make it?"
    )
    host.person("Yes!")


async def _order(host: Host) -> str:
    """The one call that spends; it never blocks for the whole song."""
    host.step("The order")
    ordered = await host.call("generate_custom_song", title=TITLE, style=STYLE, lyrics=LYRICS)
    expect(ordered["status"] == "pending", "the order is known to the provider")

    host.step("The same call again, as a host repeats it after a hiccup: the first order, paid once")
    repeated = await host.call("generate_custom_song", title=TITLE, style=STYLE, lyrics=LYRICS)
    expect(repeated["task_id"] == ordered["task_id"], "the identical call is the same order")
    return ordered["task_id"]


async def _follow(host: Host, task_id: str) -> list[dict[str, Any]]:
    """get_task waits and reports progress; then the takes are compared by what can be known of them."""
    host.step("Following it: the call waits, and tells how far it is")
    song: dict[str, Any] = {"status": "pending"}
    for _ in range(10):
        song = await host.call("get_task", task_id=task_id, wait_seconds=45)
        if song["status"] not in ("pending", "processing"):
            break
    expect(song["status"] == "completed", "the song is made")

    host.step("Two takes, compared by length and file: nobody here can hear them")
    takes: list[dict[str, Any]] = song["tracks"]
    host.console.print(_takes(takes))
    lengths = " and ".join(f"{take['take']} is {take['duration_seconds']:.1f} s long" for take in takes)
    host.assistant(f"Both takes are saved: {lengths}. I can't hear them: which do you like?")
    host.person("A. Good night!")
    return takes


async def day_two(host: Host, takes: list[dict[str, Any]]) -> None:
    """Another day, another process, another chat: nothing is known but what the library kept."""
    host.step("The next day: a new process finds the files")
    host.person("Where is the song for Nina?")
    recent: list[dict[str, Any]] = json.loads(await host.read("tracks://recent"))
    found = await host.call("list_tracks", query="last boat home")
    files = sorted(take["file"] for take in takes)
    expect(sorted(track["file"] for track in recent) == files, "tracks://recent knows the takes")
    expect(sorted(track["file"] for track in found["tracks"]) == files, "list_tracks finds the takes")
    for file in files:
        expect(await anyio.Path(file).is_file(), f"{file} is on the disk")
    host.assistant("Here: " + " and ".join(files))


def _takes(takes: list[dict[str, Any]]) -> Table:
    table = Table()
    for column in ("take", "length", "size", "file"):
        table.add_column(column, justify="left" if column == "file" else "right", overflow="fold")
    for take in takes:
        size = Path(take["file"]).stat().st_size
        table.add_row(
            take["take"], f"{take['duration_seconds']:.1f} s", f"{size // 1024} KiB", escape(take["file"])
        )
    return table


def _told(arguments: Mapping[str, Any]) -> str:
    """Arguments as a person reads them, longer texts on lines of their own."""
    told = [f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in arguments.items()]
    shown = ", ".join(told)
    if "\\n" not in shown:
        return shown
    return ",\n".join(["", *told]).removeprefix(",").replace("\\n", "\n  ").replace("\n", f"\n{_INDENT}  ")


@asynccontextmanager
async def open_host(folder: Path, console: Console) -> AsyncGenerator[Host]:
    """Start the server as a host does, with everything it keeps in a folder, and end it with the block."""
    settings = {
        "SONGWRIGHT_PROVIDER": "sandbox",
        "SONGWRIGHT_DATA_DIR": str(folder / "data"),
        "SONGWRIGHT_MUSIC_DIR": str(folder / "music"),
        "SONGWRIGHT_SANDBOX_SECONDS": "1",
        "SONGWRIGHT_POLL_SECONDS": "0.2",
    }
    server = StdioServerParameters(command=sys.executable, args=["-P", "-m", "songwright"], env=settings)
    async with Client(server, read_timeout_seconds=75) as client:
        yield Host(client, console)


async def run(folder: Path, console: Console) -> None:
    """The whole session.

    Raises:
        Unexpected: the server answered otherwise than this example tells.
    """
    async with open_host(folder, console) as host:
        takes = await day_one(host)
        expect(bool(host.reports), "progress was reported")
    async with open_host(folder, console) as host:
        await day_two(host, takes)


def main() -> None:
    """The command line; without a folder everything is removed at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, help="keep library and songs here (an absolute path)")
    folder: Path | None = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as gone:
        anyio.run(run, folder.absolute() if folder else Path(gone), Console())


if __name__ == "__main__":
    main()
