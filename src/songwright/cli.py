"""The way in, and the only reader of the environment.

Without arguments, as hosts start it, the server comes up over stdio at once; the command line proper, with
its libraries, is imported for everything else.
"""

import gc
import os
import sys
from collections.abc import Generator, Mapping
from contextlib import contextmanager

import anyio

from songwright.settings import read_settings


def main() -> None:
    """Run the command that the arguments name."""
    arguments = sys.argv[1:]
    if arguments in ([], ["serve"], ["serve", "--transport", "stdio"]):
        serve_stdio(os.environ)
    else:
        from songwright.commands import run

        sys.exit(run(arguments, os.environ))


def serve_stdio(environ: Mapping[str, str]) -> None:
    """Serve over stdio. A wrong setting is told by the tools, since hosts hide what is printed."""
    with _uncollected():
        from songwright.app import import_server, serve_over_stdio
        from songwright.logs import start_logging

        import_server()

    settings = read_settings(environ)
    start_logging(settings)
    anyio.run(serve_over_stdio, settings)


@contextmanager
def _uncollected() -> Generator[None]:
    """Import without looking for garbage: modules stay, and the search is an eighth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
