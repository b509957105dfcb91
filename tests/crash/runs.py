"""One run: an order whose process is killed at a point, the same again, and the books against the ledger.

The promise, for every run: at most one charge without a person's word; every charge followed under its id, or
its task unconfirmed, told as an error, and listed; a reservation for each of both, and none besides.
"""

import http.client
import json
import random
import re
import string
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.crash.lane import Host, Lane
from tests.crash.lines import Ended
from tests.crash.provider import POINTS as WIRE
from tests.crash.provider import PRICE
from tests.crash.work import STEPS

REPLIED = "replied"
RANDOM = "random"
POINTS = (
    "before place",
    "prepared",
    "sending",
    *WIRE,
    "answer arrived",
    "accepted",
    REPLIED,
)
"""Where a submit is killed, in the order in which it gets there."""

LETTERS = string.ascii_letters + string.digits + "-_"
NOBODY = "a1b2c3d4-e5f6-7890-abcd-ef1234567890"
FORGERIES = ("nobody's id", "another model's id", "an old task's id", "another order's id")


@dataclass(frozen=True)
class Case:
    """What one run does. `callbacks`: orders carry a callback address; `early`: the provider calls before the
    order is repeated. `drop`: the rest that was on its way never arrives. `then`: where the repeated call is
    killed too. `kills` are for random times.
    """

    point: str
    callbacks: bool = False
    early: bool = False
    drop: bool = False
    another_take: bool = False
    then: str | None = None
    kills: int = 1
    forgery: str = FORGERIES[0]


@dataclass
class Outcome:
    """What came of a run. `problems` are broken promises."""

    case: Case
    killed: int = 0
    charges_at_death: int = 0
    charges: int = 0
    unconfirmed: bool = False
    bound: bool = False
    forged: int = 0
    misled: int = 0
    problems: list[str] = field(default_factory=list[str])

    @property
    def twice(self) -> bool:
        """Charged twice, and no person asked for it."""
        return self.charges > 1

    @property
    def lost(self) -> bool:
        """A charge that nobody is told of."""
        return any(problem.startswith("lost") for problem in self.problems)

    def expect(self, kept: object, problem: str) -> None:
        """Note a promise that was not kept."""
        if not kept:
            self.problems.append(problem)


@dataclass
class Run:
    """One run in a lane, in a library of its own."""

    lane: Lane
    case: Case
    rng: random.Random
    window: float = 0.15
    path: str | None = None

    def go(self) -> Outcome:
        """Kill, repeat, and audit."""
        self.folder, self.mark = self.lane.fresh()
        changes = {"callback_url": "http://127.0.0.1:1"} if self.case.callbacks else {}
        self.environ = self.lane.environ(self.folder, **changes)
        self.outcome = Outcome(self.case)
        replied = self._die()
        self.lane.provider.settle()
        self.lane.provider.plan()
        self.outcome.charges_at_death = len(self.lane.provider.charges(self.mark))
        host = self.lane.host(self.environ)
        try:
            self._audit(host, replied)
        except (Ended, TimeoutError) as error:
            self.outcome.problems.append(f"the repeated call got no answer: {error!r}")
        host.process.kill()
        return self.outcome

    # Dying

    def _die(self) -> bool:
        """Kill the order at its point; True if the caller was answered before."""
        if self.case.point == RANDOM:
            # Who was answered does not repeat the call: the first answer ends it.
            return any(self._die_at_random() for _ in range(self.case.kills))
        replied = self._die_at(self.case.point)
        if self.case.then and not replied:
            replied = self._die_at(self.case.then)
        return replied

    def _die_at(self, point: str) -> bool:
        provider = self.lane.provider
        provider.plan(stop=point if point in WIRE else None, drop=self.case.drop)
        host = self.lane.host(self.environ, point if point in STEPS else None)
        call = self._order(host)
        if point in WIRE:
            self.path = _callback_path(provider.stopped())
        elif point in STEPS:
            host.process.line.hear()
        else:
            host.wait_for(call)
        host.process.shoot()
        replied = host.was_answered(call)
        host.process.wait()
        self.outcome.killed += 1
        return replied

    def _die_at_random(self) -> bool:
        """Kill a server somewhere between its birth and its answer."""
        pauses = [self.rng.uniform(0, 0.02) for _ in range(3)]
        self.lane.provider.plan(pauses=pauses)
        process = self.lane.nursery.start("server", environ=dict(self.environ))
        killer = threading.Timer(self.rng.uniform(0.0, self.window), process.shoot)
        killer.start()
        try:
            host = Host(process)
            host.result(self._order(host))
            replied = True
        except Ended:
            replied = False
        killer.cancel()
        killer.join()
        process.kill()
        self.outcome.killed += 1
        return replied

    def _order(self, host: Host, *, plain: bool = False) -> int:
        another = {"another_take": True} if self.case.another_take and not plain else {}
        return host.send("generate_song", prompt=f"A calm song for {self.mark}", **another)

    # The audit

    def _audit(self, host: Host, replied: bool) -> None:
        """The same order again, and what everyone says of it then."""
        if self.case.early:
            self._call_back(host)
        answer = host.result(self._order(host, plain=replied))
        told = answer["structuredContent"]
        self.outcome.unconfirmed = told["status"] == "unconfirmed"
        self._check_answer(answer, told)
        self._check_repetition(host, told)
        self._check_books(host)
        if self.case.callbacks and self.outcome.unconfirmed:
            self._call_back(host)
        if self.outcome.unconfirmed and self.outcome.charges_at_death and self.case.callbacks:
            self.outcome.expect(self.outcome.bound, "a callback did not bind its order")
        self.outcome.charges = len(self.lane.provider.charges(self.mark))
        self.outcome.expect(not self.outcome.twice, f"charged {self.outcome.charges} times")

    def _check_answer(self, answer: dict[str, Any], told: dict[str, Any]) -> None:
        outcome = self.outcome
        if not outcome.unconfirmed:
            outcome.expect(not answer["isError"], f"the repeated call failed: {told.get('error')}")
            outcome.expect(told.get("provider_task_id"), f"neither an id nor a doubt: {told['status']}")
            return
        error = told.get("error", {})
        outcome.expect(answer["isError"], "an unconfirmed order was not told as an error")
        outcome.expect(error.get("spent") == "unknown", "an unconfirmed order does not say what was spent")
        outcome.expect(error.get("retryable") is False, "an unconfirmed order seems retryable")
        notice = told.get("notice", "")
        if self.lane.provider.name == "aivideoapi":
            taken = "probably taken" if outcome.charges_at_death else "probably not taken"
            outcome.expect(taken in notice, f"no evidence, or wrong evidence: {notice}")
        else:
            outcome.expect("no callbacks" in notice, f"no word on who can settle it: {notice}")

    def _check_repetition(self, host: Host, told: dict[str, Any]) -> None:
        """Once more is the same task, and no order."""
        again = host.result(self._order(host, plain=not self.outcome.unconfirmed))
        same = again["structuredContent"].get("task_id") == told.get("task_id")
        self.outcome.expect(same, "the second repetition is another task")
        self.outcome.expect(
            again["isError"] == self.outcome.unconfirmed, "the second repetition is told otherwise"
        )

    def _check_books(self, host: Host) -> None:
        """Every charge is followed or listed; what is reserved and spent is what the ledger says."""
        listed, account = self._listed(host), host.told("check_credits")
        followed = {task["provider_task_id"] for task in listed if task.get("provider_task_id")}
        doubtful = [task for task in listed if task["status"] == "unconfirmed"]
        charges = self.lane.provider.charges(self.mark)
        unknown = [entry for entry in charges if entry["id"] not in followed]
        outcome = self.outcome
        outcome.expect(len(unknown) <= len(doubtful), f"lost: {len(unknown)} charges, {len(doubtful)} doubts")
        outcome.expect(
            bool(doubtful) == outcome.unconfirmed, "an unconfirmed order is not listed, or another"
        )
        for entry in charges:
            if entry["id"] in followed:
                asked = self.lane.provider.until_asked(entry["id"])
                outcome.expect(asked, "lost: an id that is known is not followed")
        held, spent = account.get("reserved_unconfirmed") or 0, account["spent_today"]
        outcome.expect(held == PRICE * len(doubtful), f"{held} credits held for {len(doubtful)} doubts")
        outcome.expect(spent == PRICE * len(followed), f"{spent} credits spent on {len(followed)} songs")

    def _listed(self, host: Host) -> list[dict[str, Any]]:
        """The tasks of this run that list_tracks shows and that did not fail."""
        tasks = host.told("list_tracks").get("tasks", [])
        return [task for task in tasks if self.mark in task["title"] and task["status"] != "failed"]

    # Callbacks

    def _call_back(self, host: Host) -> None:
        """The provider calls back for what it charged; forgers call as well."""
        if not any(task.get("provider_task_id") is None for task in self._listed(host)):
            return
        receiver = self.lane.nursery.start("receiver", environ=dict(self.environ))
        try:
            port: int = receiver.line.hear()["port"]
            if charges := self.lane.provider.charges(self.mark):
                self._forge_tokens(port, charges[0]["id"])
                _post(port, str(_callback_path(charges[0]["callback_url"])), _ended(charges[0]["id"]))
                self.outcome.bound = self._is_bound(host, charges[0]["id"])
            else:
                self._forge_tokens(port, NOBODY)
                self._forge_hints(host, port)
        finally:
            receiver.kill()

    def _forge_tokens(self, port: int, task_id: str) -> None:
        """Callbacks to addresses that nobody was given, with an id that may be real."""
        for _ in range(3):
            token = "".join(self.rng.choices(LETTERS, k=43))
            self.outcome.forged += 1
            self.outcome.misled += _post(port, f"/callbacks/{token}", _ended(task_id)) != 404

    def _forge_hints(self, host: Host, port: int) -> None:
        """A callback to the right address of an order that was never taken, with an id that is another's."""
        if not self.path:
            return
        hint = self._wrong_id(host)
        _post(port, self.path, _ended(hint))
        if self.case.forgery != "another order's id":
            self.lane.provider.until_asked(hint)
        host.told("check_credits")  # the receiver had its answer: it writes before this is told
        self.outcome.forged += 1
        self.outcome.misled += any(
            task.get("provider_task_id") for task in self._listed(host) if self.mark in task["title"]
        )

    def _wrong_id(self, host: Host) -> str:
        """An id that a forger might try."""
        hint = f"forged-{self.mark}"
        entry = {"id": hint, "mark": "", "model": "suno-v5_5", "at": int(time.time())}
        match self.case.forgery:
            case "another model's id":
                self.lane.provider.adopt([entry | {"model": "suno-v5"}])
            case "an old task's id":
                self.lane.provider.adopt([entry | {"at": int(time.time()) - 3600}])
            case "another order's id":
                return host.told("generate_song", prompt="Something else")["provider_task_id"]
            case _:
                pass
        return hint

    def _is_bound(self, host: Host, task_id: str) -> bool:
        """Whether the order is followed under that id, soon."""
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if any(task.get("provider_task_id") == task_id for task in self._listed(host)):
                return True
        return False


def _ended(task_id: str) -> dict[str, str]:
    """What a provider posts when a task has ended, as far as anyone reads it."""
    return {"id": task_id, "status": "completed"}


def _callback_path(body: str) -> str | None:
    """The path of the callback address in an order."""
    found = re.search(r"/callbacks/[\w-]{43}", body)
    return str(found[0]) if found else None


def _post(port: int, path: str, body: Mapping[str, Any]) -> int:
    """One callback; the status of its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        return connection.getresponse().status
    finally:
        connection.close()
