"""The commands, their arguments and their help, as a person reads them."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

import songwright
from songwright.commands.terminal import Terminal

PORT = 8000
SANDBOX_PORT = 8765

commands = typer.Typer(
    name="songwright",
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
"""Only declarations: nothing is opened until a command runs."""

Port = Annotated[int, typer.Option(min=0, max=65535, metavar="N", help="The port. 0 takes a free one.")]


class Transport(StrEnum):
    """How a client speaks to the server."""

    STDIO = "stdio"
    HTTP = "http"
    SSE = "sse"


def program(arguments: list[str], terminal: Terminal) -> int:
    """Run a command. Raises TyperException for arguments that don't exist, and what the command raises."""
    code: Any = commands(args=arguments, prog_name="songwright", standalone_mode=False, obj=terminal)
    return int(code or 0)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"songwright {songwright.__version__}")
        raise typer.Exit


@commands.callback(invoke_without_command=True)
def main(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> int:
    """Songwright lets an AI assistant make real songs.

    Without a command it serves over stdio, as an assistant's app starts it.

    To hear what it does: songwright try (free, without an account).
    """
    if context.invoked_subcommand is not None:
        return 0
    return serve(context, Transport.STDIO)


@commands.command()
def serve(
    context: typer.Context,
    transport: Annotated[
        Transport, typer.Option(help="http and sse are the same server, with /mcp and /sse.")
    ] = Transport.STDIO,
    host: Annotated[str, typer.Option(help="This machine only: 127.0.0.1, localhost or ::1.")] = "127.0.0.1",
    port: Port = PORT,
) -> int:
    """Run the MCP server until its client leaves, or until Ctrl-C."""
    from songwright.commands import serving

    terminal: Terminal = context.obj
    if transport is Transport.STDIO:
        return serving.serve_stdio(terminal)
    return serving.serve_http(terminal, host, port)


@commands.command("try")
def try_(
    context: typer.Context,
    prompt: Annotated[
        str | None, typer.Argument(help="What the song is about. Without it, an example is sung.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="The song's title.")] = None,
    style: Annotated[str | None, typer.Option(help="Genre, tempo, mood, instruments, voice.")] = None,
    lyrics: Annotated[Path | None, typer.Option(help="A text file with the words; needs --style.")] = None,
    instrumental: Annotated[bool, typer.Option("--instrumental", help="No vocals.")] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Order without asking, also where it costs.")
    ] = False,
) -> int:
    """Make one song, as an assistant would.

    It starts the real server, orders a song, waits for it and shows the two takes. Every call orders anew.

    At a paid provider it tells the price and asks first.
    """
    from songwright.commands import trial
    from songwright.commands.orders import read_order

    order = read_order(prompt, title=title, style=style, lyrics=lyrics, instrumental=instrumental)
    return trial.try_song(context.obj, order, yes=yes)


@commands.command()
def tracks(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words of a title, style or lyrics, or an id.")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="The most tracks to show.")] = 20,
    wait: Annotated[
        bool, typer.Option("--wait", help="First wait for unfinished songs, and save them.")
    ] = False,
) -> int:
    """Show earlier songs, newest first, and orders that are not finished."""
    from songwright.commands import tracks as listing

    return listing.show_tracks(context.obj, query.strip() or None, limit, wait=wait)


@commands.command()
def doctor(context: typer.Context) -> int:
    """Check settings, keys, folders, database and disk. It orders nothing and shows no key."""
    from songwright.commands import doctor as checks

    return checks.examine(context.obj)


@commands.command()
def sandbox(
    context: typer.Context,
    port: Port = SANDBOX_PORT,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    folder: Annotated[
        Path | None, typer.Option(help="Where it keeps its state.", show_default="data folder")
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, max=3600, metavar="N", help="How long a song takes.")
    ] = 8.0,
    refill: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, metavar="CREDITS", help="Only add play credits, then end."),
    ] = None,
) -> int:
    """Run the sandbox as an HTTP server.

    It stands in for both song APIs, free and without an account, so that you can develop against them.

    Its songs are synthetic sketches without a real singer.
    """
    from songwright.commands import playground

    place = playground.folder_of(context.obj, folder)
    if refill is not None:
        return playground.refill(context.obj, place, refill)
    return playground.serve_sandbox(context.obj, place, host, port, seconds)
