"""The way in, and the only reader of the environment.

Without arguments, as hosts start it, the server comes up over stdio at once; the command line proper, with
its libraries, is imported for everything else.
"""

import os
import sys
from collections.abc import Mapping

import anyio

from songwright.settings import Settings, read_settings


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
    from songwright.app import serve_over_stdio
    from songwright.logs import start_logging

    settings: Settings = read_settings(environ)
    start_logging(settings)
    anyio.run(serve_over_stdio, settings)
