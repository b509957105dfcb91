"""A process that has imported everything and forks the ones that die: starts at the price of a fork.

    python -m tests.crash.nursery        speaks over standard input, which is a Unix socket

A line with two descriptors starts a process: the first becomes its standard input and output, the second its
line to the harness. `{"wait": pid}` answers once that process is gone, its locks with it.
"""

import json
import os
import socket
import sys
import traceback
from typing import Any

from tests.crash.work import run


def main() -> None:
    """Fork until the harness hangs up."""
    with socket.socket(fileno=0) as channel:
        while True:
            message, descriptors, _, _ = socket.recv_fds(channel, 65536, 2)
            if not message:
                return
            job: dict[str, Any] = json.loads(message)
            if "wait" in job:
                _, status = os.waitpid(job["wait"], 0)
                channel.sendall(json.dumps({"status": status}).encode() + b"\n")
                continue
            pid = os.fork()
            if pid == 0:
                live(job, *descriptors)
            for descriptor in descriptors:
                os.close(descriptor)
            channel.sendall(json.dumps({"pid": pid}).encode() + b"\n")


def live(job: dict[str, Any], stdio: int, line: int) -> None:
    """The life of a forked process, to its end."""
    try:
        os.dup2(stdio, 0)
        os.dup2(stdio, 1)
        os.close(stdio)
        sys.stdin, sys.stdout = open(0), open(1, "w")  # noqa: SIM115 # they live as long as the process
        run(job, socket.socket(fileno=line))
    except BaseException:  # nothing of the nursery's own may run on in the child
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    main()
