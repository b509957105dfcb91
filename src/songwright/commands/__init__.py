"""The command line: `serve`, `try`, `tracks`, `doctor` and `sandbox`.

Results go to stdout, complaints to stderr. Exit codes: 0 done, 1 it did not work, 2 called or set up wrongly.
"""

import io
import sys
from collections.abc import Mapping
from typing import cast

from typer.exceptions import Abort, TyperException

from songwright.commands.program import program
from songwright.commands.terminal import Complaint, open_terminal
from songwright.errors import SongwrightError

__all__ = ["run"]


def run(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Run the command that the arguments name, and return its exit code. Never raises for a wrong call."""
    _write_anything()
    terminal = open_terminal(environ)
    try:
        return program(arguments, terminal)
    except TyperException as wrong:
        terminal.complain(f"{wrong.format_message()} (`songwright --help` shows how.)")
        return wrong.exit_code
    except Complaint as complaint:
        terminal.complain(*complaint.lines)
        return complaint.exit_code
    except (Abort, KeyboardInterrupt):
        terminal.complain("stopped.")
        return 1
    except Exception as error:
        if known := _known(error):
            terminal.complain(_line(known))
            return 1
        raise


def _write_anything() -> None:
    """Let a character that the terminal cannot show become a question mark rather than an end."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _known(error: BaseException) -> SongwrightError | None:
    """Our own failure, alone or among those of a task group."""
    if isinstance(error, SongwrightError):
        return error
    inner = cast("tuple[BaseException, ...]", getattr(error, "exceptions", ()))
    return next((known for each in inner if (known := _known(each))), None)


def _line(error: SongwrightError) -> str:
    return " ".join(part for part in (f"[{error.code}]", error.message, error.fix) if part)
