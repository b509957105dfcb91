"""Planted defects: each breaks one rule of SPENDING.md on purpose, and the tests must go red for each.

    python benchmarks/mutants.py [--short] [--only WORD]

The tree is copied into a temporary folder; one defect at a time is planted there by exact replacement of a
text, its tests are run, and the text is put back. A text that is not found (once) ends everything with 2:
the defect must then be written anew. Prints which test went red; exits with 1 where a defect survives.
`--short` plants four of them.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EVENTS = "tests/promise/test_events.py"
MACHINE = "tests/promise/test_machine.py"
CANCEL = "tests/promise/test_cancel.py"
CONFIRM = "tests/promise/test_confirmation.py"
WATCH = "tests/mcp/test_following.py"
BOUND_SECONDS = 300


class TextNotFound(Exception):
    """The code has changed where a defect was to be planted."""


@dataclass(frozen=True)
class Defect:
    """One defect: what it is, where, which text becomes which, and the tests that must see it."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...] = (EVENTS, MACHINE)
    short: bool = False


DEFECTS = (
    Defect(
        "an order is sent again after a read timeout",
        "service/submission.py",
        "        except (Refused, NotReached) as error:\n"
        "            return error\n"
        "        except Unanswered as error:\n",
        "        except (Refused, NotReached) as error:\n"
        "            return error\n"
        "        except Unanswered as error:\n"
        "            if error.code == 'provider_timeout':\n"
        "                again = ProviderUnreachable('again')\n"
        "                return again\n",
        short=True,
    ),
    Defect(
        "the answer's id is not stored before the caller is told",
        "service/submission.py",
        "            await self._accept(task, attempt, submission)\n",
        "            self.tasks.start_soon(self._accept, task, attempt, submission)\n",
    ),
    Defect(
        "no compare-and-set before sending",
        "library/journal.py",
        "WHERE attempt_id = :attempt_id AND state = 'prepared' AND owner = :owner RETURNING task_id, sends",
        "WHERE attempt_id = :attempt_id RETURNING task_id, sends",
        ("tests/library/test_journal.py", MACHINE),
    ),
    Defect(
        "the order is sent before it is marked as sending",
        "service/submission.py",
        "            if not await self.library.start_sending(attempt.attempt_id):\n                return\n"
        "            error = await self._send_once(task, attempt, callback_url)\n",
        "            error = await self._send_once(task, attempt, callback_url)\n"
        "            await self.library.start_sending(attempt.attempt_id)\n",
    ),
    Defect(
        "the cap is not in the update",
        "library/budget.py",
        'room = f"{add} AND spent + :credits <= :cap RETURNING spent"',
        'room = f"{add} AND :cap >= 0 RETURNING spent"',
        short=True,
    ),
    Defect(
        "a refusal keeps its reservation",
        "library/journal.py",
        '    release(tx, attempt_id)\n    end(tx, row["task_id"], error, "refused"',
        '    end(tx, row["task_id"], error, "refused"',
    ),
    Defect(
        "a doubt gives its reservation back",
        "library/journal.py",
        '    unconfirm(tx, row["task_id"], error)\n    return',
        '    release(tx, attempt_id)\n    unconfirm(tx, row["task_id"], error)\n    return',
    ),
    Defect(
        "a reservation is given back twice",
        "library/budget.py",
        '"UPDATE attempts SET released = 1 WHERE attempt_id = :attempt_id AND released = 0 "',
        '"UPDATE attempts SET released = 1 WHERE attempt_id = :attempt_id "',
        (
            "tests/library/test_journal.py",
            "tests/library/test_orders.py",
            "tests/library/test_progress.py",
            MACHINE,
        ),
    ),
    Defect(
        "the sweep takes what was being sent for never sent",
        "library/sweep.py",
        'for row in _settle(tx, owner, "sending", "unconfirmed"):\n'
        '            unconfirm(tx, row["task_id"], _on_its_way(row))',
        'for row in _settle(tx, owner, "sending", "not_sent"):\n            release(tx, row["attempt_id"])\n'
        '            end(tx, row["task_id"], _never_sent(row), "never sent")',
        short=True,
    ),
    Defect(
        "the sweep passes over dead owners",
        "library/library.py",
        "[owner for owner in owners if not alive(owner)]",
        "[owner for owner in owners if not owner]",
    ),
    Defect(
        "spelling makes another song",
        "models/requests.py",
        "same = {name: normalised(value) if isinstance(value, str) else value "
        "for name, value in fields.items()}",
        "same = dict(fields)",
    ),
    Defect(
        "another take is ordered while one is in doubt",
        "library/orders.py",
        "which=\"(status = 'unconfirmed' OR (told_at IS NULL AND gone_at IS NOT NULL))\"",
        'which="(told_at IS NULL AND gone_at IS NOT NULL)"',
    ),
    Defect(
        "a caller who left is taken for told",
        "library/orders.py",
        "which=\"(status = 'unconfirmed' OR (told_at IS NULL AND gone_at IS NOT NULL))\"",
        "which=\"status = 'unconfirmed'\"",
    ),
    Defect(
        "an identical song in doubt is ordered again",
        "library/orders.py",
        "\"AND principal = :principal AND status <> 'failed' AND {which} \"",
        "\"AND principal = :principal AND status NOT IN ('failed', 'unconfirmed') AND {which} \"",
    ),
    Defect(
        "a person's answer counts more than once",
        "library/history.py",
        ':answer, :now) ON CONFLICT (confirmation_id) DO NOTHING "',
        ':answer, :now) ON CONFLICT (confirmation_id) DO UPDATE SET answer = :answer "',
        (CONFIRM,),
    ),
    Defect(
        "a task goes back from processing to pending",
        "library/progress.py",
        '    if _ORDER[state.status] <= _ORDER[row["status"]]:\n        return False\n',
        "",
    ),
    Defect(
        "an ended task is opened again by a late answer",
        "library/progress.py",
        '    if row["status"] not in ("completed", "failed"):\n        changed =',
        "    if True:\n        changed =",
        ("tests/library/test_progress.py", MACHINE),
    ),
    Defect(
        "a callback binds without a question to the provider",
        "service/doubts.py",
        "        if not _fits(task, attempt, state):\n            return True\n",
        "",
    ),
    Defect(
        "a callback takes an id that is another's",
        "service/doubts.py",
        "        other = await self.library.find(hint)\n"
        "        if other and other.task_id != task.task_id:\n"
        "            return True\n",
        "",
    ),
    Defect(
        "the id in a body that was cut is passed over",
        "providers/http.py",
        "found = fields.task_id(raw) if raw else any_id(answer.content)",
        "found = fields.task_id(raw) if raw else None",
    ),
    Defect(
        "redirects are followed",
        "providers/http.py",
        "follow_redirects=False",
        "follow_redirects=True",
    ),
    Defect(
        "a gateway's page is taken for a refusal",
        "providers/refusals.py",
        "        if complaint is None or _is_unreadable(answer):\n"
        "            return self._shapeless(answer, complaint)\n",
        "        if answer.status == 503:\n            return UpstreamError('refused')\n"
        "        if complaint is None or _is_unreadable(answer):\n"
        "            return self._shapeless(answer, complaint)\n",
        short=True,
    ),
    Defect(
        "an order is sent by its caller and ends with it",
        "service/service.py",
        "        self.submissions.start(placed.task, placed.attempt, self.doubts.callback_url(secret))\n"
        "        task = await self._answered(placed.task, anyio.current_time() - begun)\n",
        "        async with anyio.create_task_group() as own:\n"
        "            kept, self.submissions.tasks = self.submissions.tasks, own\n"
        "            self.submissions.start(placed.task, placed.attempt, self.doubts.callback_url(secret))\n"
        "            self.submissions.tasks = kept\n"
        "            task = await self._answered(placed.task, anyio.current_time() - begun)\n",
        (CANCEL,),
    ),
    Defect(
        "each waiter asks the provider",
        "service/service.py",
        "            task = await self._known(task.task_id)\n            waited =",
        "            task = await self.follower.refresh(await self._known(task.task_id))\n"
        "            waited =",
        (WATCH,),
    ),
    Defect(
        "a refund is not given back",
        "library/progress.py",
        '    if state.status == "failed":\n        if refunds:\n            release_task(tx, task_id)\n',
        '    if state.status == "failed":\n',
    ),
)


def main() -> int:
    """Plant each and report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="four of them")
    parser.add_argument("--only", default="", help="those with this word in their name")
    wanted = parser.parse_args()
    chosen = [one for one in DEFECTS if wanted.only in one.name and (one.short or not wanted.short)]
    with tempfile.TemporaryDirectory(prefix="songwright-mutants-") as folder:
        tree = copied(Path(folder))
        try:
            for defect in DEFECTS:
                planted(tree, defect)
        except TextNotFound as error:
            print(error)
            return 2
        survivors = [defect.name for defect in chosen if not killed(tree, defect)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} defects were seen")
    return 1 if survivors or not chosen else 0


def copied(folder: Path) -> Path:
    """A copy of what the tests need."""
    for name in ("src", "tests", "benchmarks"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def planted(tree: Path, defect: Defect) -> tuple[Path, str, str]:
    """The file, its text, and its text with the defect. Raises TextNotFound."""
    path = tree / "src" / "songwright" / defect.file
    text = path.read_text("utf-8")
    if text.count(defect.right) != 1:
        raise TextNotFound(
            f"{defect.name}: its text stands {text.count(defect.right)} times in {defect.file}"
        )
    return path, text, text.replace(defect.right, defect.wrong)


def killed(tree: Path, defect: Defect) -> bool:
    """Plant a defect, run its tests, take it out again; whether a test went red."""
    path, right, wrong = planted(tree, defect)
    path.write_text(wrong, "utf-8")
    began = time.monotonic()
    try:
        red = first_red(tree, defect.tests)
    finally:
        path.write_text(right, "utf-8")
    print(f"{defect.name:60} {time.monotonic() - began:5.1f} s  {red or 'SURVIVED'}", flush=True)
    return red is not None


def first_red(tree: Path, tests: tuple[str, ...]) -> str | None:
    """The first test that fails, or None."""
    command = [sys.executable, "-P", "-m", "pytest", "-x", "-q", "--tb=no", "-p", "no:cacheprovider", *tests]
    environ = {**os.environ, "PYTHONPATH": str(tree / "src")}  # noqa: TID251 # for the child
    try:
        ran = subprocess.run(
            command, cwd=tree, env=environ, capture_output=True, text=True, timeout=BOUND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return "(did not end)"
    if ran.returncode == 0:
        return None
    red = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED ", "ERROR "))]
    if ran.returncode != 1 or not red:
        raise RuntimeError(f"the tests did not run:\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}")
    return red[0].split(" - ")[0].split(" ", 1)[1]


if __name__ == "__main__":
    sys.exit(main())
