"""What starting costs, beside a hello-world server on the same SDK.

Both servers are started over stdio in turn, asked for `tools/list`, and ended. CPU time is user and system
seconds of the process from spawn to that answer, memory its resident size then. Medians and ratios are
printed; `--check` exits with 1 when a ratio is above 1.15.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

MOST = 1.15
HELLO = """
from mcp.server import MCPServer
server = MCPServer("hello")
@server.tool()
def hello(name: str) -> str:
    "Say hello."
    return f"Hello {name}"
server.run()
"""


@dataclass(frozen=True)
class Cost:
    """One start: seconds of CPU, and KiB of memory."""

    cpu: float
    memory: float


def message(method: str, identifier: int | None, **params: object) -> bytes:
    """One JSON-RPC line."""
    body: dict[str, object] = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(body if identifier is None else body | {"id": identifier}).encode() + b"\n"


def start(command: list[str], environ: dict[str, str]) -> Cost:
    """Start a server, ask for its tools, and measure it at the answer."""
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environ
    ) as server:
        assert server.stdin and server.stdout
        client = {"name": "bench", "version": "1"}
        server.stdin.write(
            message("initialize", 1, protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        )
        server.stdin.flush()
        server.stdout.readline()
        server.stdin.write(message("notifications/initialized", None) + message("tools/list", 2))
        server.stdin.flush()
        while json.loads(server.stdout.readline()).get("id") != 2:
            pass
        cost = Cost(cpu_seconds(server.pid), resident(server.pid))
        server.stdin.close()
        server.wait(10)
        return cost


def cpu_seconds(pid: int) -> float:
    """Time on a processor of all threads of a process so far."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e9


def resident(pid: int) -> float:
    """Resident memory of a process, in KiB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return float(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def main() -> int:
    """Measure, print, and judge if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "PATH": "/usr/bin:/bin",
            "HOME": folder,
            "SONGWRIGHT_DATA_DIR": f"{folder}/data",
            "SONGWRIGHT_MUSIC_DIR": f"{folder}/music",
        }
        hello = [sys.executable, "-c", HELLO]
        ours = [sys.executable, "-m", "songwright"]
        for command in (hello, ours):
            start(command, environ)  # compiles the bytecode
        pairs = [(start(hello, environ), start(ours, environ)) for _ in range(options.runs)]
    ratios: list[float] = []
    for name, unit in (("cpu", "s"), ("memory", "KiB")):
        theirs = statistics.median(getattr(pair[0], name) for pair in pairs)
        mine = statistics.median(getattr(pair[1], name) for pair in pairs)
        ratios.append(mine / theirs)
        print(
            f"{name}: hello world {theirs:.3f} {unit}, songwright {mine:.3f} {unit}, ratio {ratios[-1]:.3f}"
        )
    return int(options.check and max(ratios) > MOST)


if __name__ == "__main__":
    sys.exit(main())
