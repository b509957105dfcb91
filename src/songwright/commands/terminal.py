"""Where a command runs: its environment, and the two streams it writes to."""

import signal
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from rich.console import Console
from rich.prompt import Confirm
from rich.text import Text

from songwright.logs import start_logging
from songwright.settings import Settings, read_settings

PIPED_WIDTH = 500
"""Columns where nobody looks: a path in a pipe must stay on its line."""


class Complaint(Exception):
    """A command that goes no further. Each line is told on stderr."""

    def __init__(self, *lines: str, exit_code: int = 2) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines
        self.exit_code = exit_code


@dataclass(frozen=True)
class Terminal:
    """`out` is stdout, for results; `err` is stderr, for progress, questions and complaints."""

    environ: Mapping[str, str]
    out: Console
    err: Console

    @property
    def can_ask(self) -> bool:
        """Whether a person sits there who could answer."""
        return sys.stdin is not None and sys.stdin.isatty() and self.err.is_terminal  # pyright: ignore[reportUnnecessaryComparison] # None under pythonw

    def complain(self, *lines: str) -> None:
        """Tell what is wrong, a line each."""
        for line in lines:
            say(self.err, f"songwright: {line}", style="red")

    def agrees(self, question: str) -> bool:
        """Whether the person says yes; leaving the question is a no.

        It blocks the event loop, which therefore must not be the one to receive Ctrl-C.
        """
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            return Confirm.ask(Text(question), console=self.err, default=False)
        except (KeyboardInterrupt, EOFError):
            self.err.print()
            return False
        finally:
            signal.signal(signal.SIGINT, before)

    def settings(self) -> Settings:
        """The settings, with logging begun.

        Raises:
            Complaint: one is wrong; a line for each.
        """
        settings = read_settings(self.environ)
        if settings.problems:
            raise Complaint(*(sentence(problem.message) for problem in settings.problems))
        start_logging(settings)
        return settings


def say(console: Console, text: str | Text, style: str | None = None) -> None:
    """Print a text: its lines are broken between words in a terminal, and left whole elsewhere."""
    console.print(text, style=style, soft_wrap=not console.is_terminal)


def sentence(text: str) -> str:
    """The text with an end."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def open_terminal(environ: Mapping[str, str]) -> Terminal:
    """Consoles on the streams of this process. What is printed is never read as markup."""
    return Terminal(environ, _console(error=False), _console(error=True))


def _console(*, error: bool) -> Console:
    stream = sys.stderr if error else sys.stdout
    width = None if stream.isatty() else PIPED_WIDTH
    return Console(stderr=error, width=width, markup=False, emoji=False, highlight=False)
