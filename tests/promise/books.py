"""The library's tables, read from beside: what an auditor sees, and the promises that must hold of it.

Nothing of the library's own code is used here, so that a defect in it cannot hide itself.
"""

import hashlib
import json
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.promise.vendor import REPLIES, Charge, Vendor

Row = Mapping[str, Any]
LIVE = ("prepared", "sending", "accepted", "unconfirmed")
UNTOLD = ("sending", "unconfirmed", "not_charged", "superseded")
"""Where the attempt of a paid order may stand whose id nobody knows: on its way, in doubt, or decided."""

ENDS = ("completed", "failed")
SAME_FOR = timedelta(minutes=10)
PRICE = 24

_MOVES = {
    "prepared": ("sending", "not_sent", "rejected", "unconfirmed", "accepted"),
    "sending": ("prepared", "accepted", "rejected", "not_sent", "unconfirmed"),
    "unconfirmed": ("accepted", "not_charged", "superseded"),
}
"""Where an attempt may stand after one step of the machine, in which it may have moved several times."""


def hashed(token: str) -> str:
    """How the library keeps a callback's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


@dataclass
class Decisions:
    """What persons decided: by attempt id, `not_charged`, `superseded` or the id that they gave."""

    words: dict[str, str] = field(default_factory=dict[str, str])
    again: Counter[str] = field(default_factory=Counter[str])


@dataclass
class Audit:
    """Everything in the library at one moment. `alive` are the owners that live."""

    tasks: dict[str, Row]
    attempts: dict[str, Row]
    spending: dict[str, int]
    alive: frozenset[str]

    def of_token(self, token: str) -> Row | None:
        """The attempt of a callback's secret."""
        key = hashed(token)
        return next((one for one in self.attempts.values() if one["callback_hash"] == key), None)

    def attempts_of(self, task_id: str) -> list[Row]:
        """A task's attempts, oldest first."""
        own = [one for one in self.attempts.values() if one["task_id"] == task_id]
        return sorted(own, key=lambda one: one["number"])

    def is_left(self, attempt: Row) -> bool:
        """Whether it was left unsettled by a process that is gone."""
        return attempt["state"] in ("prepared", "sending") and attempt["owner"] not in self.alive

    def standing(self, task: Row) -> str:
        """A task's status as it is once dead processes are cleared up after."""
        for attempt in self.attempts_of(task["task_id"]):
            if self.is_left(attempt):
                return "failed" if attempt["state"] == "prepared" else "unconfirmed"
        return task["status"]

    def identical(self, song: str, now: datetime, *, another: bool) -> bool:
        """Whether an order for a song must be answered with an earlier one (DESIGN, rules of ordering)."""
        own = [task for task in self.tasks.values() if task["fingerprint"] and song in _prompt(task)]
        return any(self._stands_for(task, now, another=another) for task in own)

    def _stands_for(self, task: Row, now: datetime, *, another: bool) -> bool:
        status = self.standing(task)
        if status == "failed":
            return False
        if another:
            left = task["gone_at"] is not None or task["asked_by"] not in self.alive
            return status == "unconfirmed" or (task["told_at"] is None and left)
        age = abs(now.timestamp() * 1000 - task["created_at"])
        return status != "completed" or age <= SAME_FOR.total_seconds() * 1000

    def reserved(self, day: str, *, swept: bool = False) -> int:
        """What a day's attempts hold; `swept`: once dead processes are cleared up after."""
        return sum(
            one["credits"] or 0
            for one in self.attempts.values()
            if one["day"] == day
            and not one["released"]
            and not (swept and one["state"] == "prepared" and self.is_left(one))
        )


def _prompt(task: Row) -> str:
    return unicodedata.normalize("NFC", json.loads(task["request"])["prompt"])


class Books:
    """The library's file, open for reading."""

    def __init__(self, path: Path) -> None:
        self._raw = sqlite3.connect(
            f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
        )
        self._raw.row_factory = sqlite3.Row

    def audit(self, alive: Sequence[str]) -> Audit:
        """Read everything, at one moment."""
        self._raw.execute("BEGIN")
        tasks: dict[str, Row] = {
            row["task_id"]: dict(row) for row in self._raw.execute("SELECT * FROM tasks")
        }
        attempts: dict[str, Row] = {
            row["attempt_id"]: dict(row) for row in self._raw.execute("SELECT * FROM attempts")
        }
        spending = {row["day"]: row["spent"] for row in self._raw.execute("SELECT * FROM spending")}
        self._raw.execute("COMMIT")
        return Audit(tasks, attempts, spending, frozenset(alive))

    def close(self) -> None:
        """Close it."""
        self._raw.close()


def check(audit: Audit, vendor: Vendor, decisions: Decisions, cap: int) -> None:
    """Hold one moment against every promise."""
    for charge in vendor.charges:
        check_charge(charge, audit, vendor)
    for task in audit.tasks.values():
        check_task(task, audit, decisions)
    check_money(audit, cap)


def check_charge(charge: Charge, audit: Audit, vendor: Vendor) -> None:
    """One paid order: taken once, and followed, in doubt, or on its way."""
    attempt = audit.of_token(charge.token)
    assert attempt is not None, f"{charge} belongs to no attempt: it was sent before it was written down"
    same = [one for one in vendor.charges if one.token == charge.token]
    assert len(same) == 1, f"an attempt was charged {len(same)} times: {same}"
    state = attempt["state"]
    if charge.told:
        assert attempt["provider_task_id"] == charge.id, f"the id of {charge} was told and lost: {attempt}"
    if attempt["provider_task_id"] is not None:
        assert attempt["provider_task_id"] == charge.id, f"bound to another's id: {attempt}, {charge}"
        followed = [one for one in audit.tasks.values() if one["provider_task_id"] == charge.id]
        assert len(followed) == 1, f"{charge} is followed by {len(followed)} tasks"
    elif not charge.refunded:
        assert state in ("sending", "unconfirmed", "not_charged", "superseded"), (
            f"{charge} is lost: {attempt}"
        )


def check_task(task: Row, audit: Audit, decisions: Decisions) -> None:
    """One task and its attempts: I2, and that status and attempt tell the same."""
    task_id, attempts = task["task_id"], audit.attempts_of(task["task_id"])
    live = [one for one in attempts if one["state"] in LIVE]
    assert len(live) <= 1, f"{len(live)} live attempts of {task_id}"
    if task["fingerprint"]:
        assert len(attempts) == 1 + decisions.again[task_id], f"{len(attempts)} attempts of {task_id}"
        expected = {"prepared": "pending", "sending": "pending", "unconfirmed": "unconfirmed"}
        state = live[0]["state"] if live else None
        if state != "accepted":
            assert task["status"] == expected.get(state or "", "failed"), (dict(task), attempts)
        else:
            assert task["status"] != "unconfirmed", task
            assert task["provider_task_id"] == live[0]["provider_task_id"], task


def check_money(audit: Audit, cap: int) -> None:
    """Reservations are what the states say, and no day goes over the cap."""
    for attempt in audit.attempts.values():
        assert bool(attempt["released"]) == is_given_back(attempt, audit), attempt
    days = {one["day"] for one in audit.attempts.values()} | set(audit.spending)
    for day in days:
        spent = audit.spending.get(day, 0)
        assert spent == audit.reserved(day), f"{day}: {spent} counted, {audit.reserved(day)} reserved"
        late = [
            one
            for one in audit.attempts.values()
            if one["day"] == day and one["provider_task_id"] and one["state"] != "accepted"
        ]
        assert spent <= cap + PRICE * len(late), f"{day}: {spent} of {cap}"


def is_given_back(attempt: Row, audit: Audit) -> bool:
    """Whether an attempt's reservation must have been released."""
    followed = [
        task
        for task in audit.tasks.values()
        if attempt["provider_task_id"] and task["provider_task_id"] == attempt["provider_task_id"]
    ]
    if followed:
        failed = followed[0]["status"] == "failed"
        return failed and "task_not_found" not in (followed[0]["error"] or "")
    return attempt["state"] in ("rejected", "not_sent", "not_charged")


def check_moves(before: Audit, after: Audit, vendor: Vendor, decisions: Decisions) -> None:
    """Between two moments: what was settled stays, and what became of an order is what the answer said."""
    for task_id, task in before.tasks.items():
        now = after.tasks[task_id]["status"]
        assert task["status"] not in ENDS or now == task["status"], f"{task_id}: {task['status']} → {now}"
        assert (task["status"], now) != ("processing", "pending"), task_id
    for attempt_id, attempt in after.attempts.items():
        old = before.attempts.get(attempt_id)
        if old is None or old["state"] != attempt["state"]:
            _check_move(old["state"] if old else "prepared", attempt, vendor, decisions)


def _check_move(old: str, attempt: Row, vendor: Vendor, decisions: Decisions) -> None:
    new, attempt_id = attempt["state"], attempt["attempt_id"]
    if old == new:
        return
    assert new in _MOVES.get(old, ()), f"{attempt_id}: {old} → {new}"
    token = next((token for token in vendor.opened if hashed(token) == attempt["callback_hash"]), None)
    if old == "unconfirmed":
        if new != "accepted":
            assert decisions.words.get(attempt_id) == new, f"{attempt_id} left doubt by itself: {new}"
        return
    if token is None:
        assert new == "not_sent", f"{attempt_id} was never opened and is {new}"
        return
    last = vendor.last.get(token, "died")
    wanted = {"unconfirmed", "not_sent"} if last == "died" else {REPLIES[last].outcome}
    if new not in ("prepared", "sending"):
        assert new in wanted, f"answered with {last!r}, {attempt_id} became {new}"
