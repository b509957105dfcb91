"""The command line inside the test's own process."""

import logging
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass

import pytest

from songwright.commands import run


@dataclass(frozen=True)
class Called:
    """What a command left: its exit code and the two streams."""

    code: int
    out: str
    err: str

    @property
    def complaints(self) -> list[str]:
        """The lines on stderr."""
        return self.err.splitlines()


Caller = Callable[[list[str], Mapping[str, str]], Called]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Generator[Caller]:
    """Runs a command; its logging ends with the test."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def called(arguments: list[str], environ: Mapping[str, str]) -> Called:
        code = run(arguments, environ)
        left = capsys.readouterr()
        return Called(code, left.out, left.err)

    yield called
    root.handlers[:] = handlers
    root.setLevel(level)
