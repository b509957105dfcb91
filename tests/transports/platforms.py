"""A platform in small: `python platforms.py` runs songwright without what only POSIX has.

It stands for Windows, as far as one process can: no signals for the event loop, no fcntl, no preallocation,
no opening of folders, no refusal to follow links, no users, no polling of pipes.
"""

import asyncio
import os
import select
import signal
import sys
from typing import Any

# These have a way of their own for each platform, which they choose by its name.
import mcp.server.stdio
import platformdirs.unix

import songwright.library.owners
from songwright.cli import main

MODULES = ("fcntl", "pwd", "grp", "resource", "termios")
OF_OS = (
    *("posix_fallocate", "O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "getuid", "geteuid", "fchmod", "chown"),
    *("fchown", "mkfifo", "fork", "killpg", "setsid", "fdatasync", "sync", "register_at_fork"),
)
OF_SIGNAL = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGKILL", "pthread_sigmask", "set_wakeup_fd")


def pretend() -> None:
    """Take away what Windows does not have."""
    assert mcp.server.stdio, platformdirs.unix
    assert songwright.library.owners
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment] # an import of it fails
    for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
        for name in names:
            if hasattr(module, name):
                delattr(module, name)
    delattr(select, "poll")
    loop: Any = asyncio.SelectorEventLoop
    del loop.add_signal_handler, loop.remove_signal_handler
    folders_open = os.open

    def open_no_folder(path: Any, *args: Any, **options: Any) -> int:
        if os.path.isdir(path):  # noqa: PTH112 # bytes too
            raise PermissionError(13, "Permission denied", path)
        return folders_open(path, *args, **options)

    os.open = open_no_folder


if __name__ == "__main__":
    pretend()
    main()
