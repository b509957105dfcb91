"""The command line as a process of its own, and inside this one."""

import os
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.fakes import environment

BOUND_SECONDS = 60
ESCAPE = "\x1b"


def environ(folder: Path, **changes: str) -> dict[str, str]:
    """Quick settings in the test's own folder, and what a process needs."""
    quick = {"provider": "sandbox", "poll_seconds": "0.05", "sandbox_seconds": "0"}
    needed = {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder), "PYTHONWARNINGS": "error"}  # noqa: TID251 # the test's own process
    return {**needed, **environment(folder, **{**quick, **changes})}


def command(arguments: list[str], environ: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, with nobody at its input."""
    return subprocess.run(  # noqa: S603 # our own program
        [sys.executable, "-P", "-m", "songwright", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=BOUND_SECONDS,
        check=False,
    )


@contextmanager
def running(arguments: list[str], environ: Mapping[str, str]) -> Generator["subprocess.Popen[str]"]:
    """A command that goes on while the block runs, and is killed where it outlives it."""
    process = subprocess.Popen(  # noqa: S603 # our own program
        [sys.executable, "-P", "-m", "songwright", *arguments],
        env=environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def address(process: "subprocess.Popen[str]") -> str:
    """The http address in the first line that a server prints."""
    assert process.stdout is not None
    line = process.stdout.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", line)
    assert found, line
    return found.group()
