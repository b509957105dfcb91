"""What can happen: orders, callers who leave, deaths, restarts, answers, callbacks, decisions, other clocks.

Each method is one event, run until everything that it causes has come to rest. `audit` then reads the tables
from beside and holds them against the promises.
"""

import unicodedata
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

import anyio
from anyio.abc import TaskGroup

from songwright.errors import BudgetExceeded, InvalidRequest, SongwrightError, TaskNotFound
from songwright.models import SimpleRequest, Task
from songwright.settings import Settings, read_settings
from tests.promise.books import ENDS, PRICE, Audit, Books, Decisions, check, check_moves, hashed
from tests.promise.house import House, run_house
from tests.promise.vendor import STRANGERS, Charge, Held, Phase, Vendor, replies

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
SONGS = ("rain on the roof", "caf\u00e9 at noon", "two ships", "old radio", "left shoe")
SLOTS = ("one", "two")
CAP = 3 * PRICE
MOST_HELD = 3
BOUND_SECONDS = 30.0

Decision = Literal["not_charged", "found", "found wrong", "found other", "send_again"]
Hint = Literal["true", "unknown secret", "other's id", "no such id", "older", "other model", "none"]


def written(song: str, variant: int) -> str:
    """The same song in another spelling, which is no other song."""
    spellings = (
        song,
        f"{song}  \r\n",
        unicodedata.normalize("NFD", song),
        f"\n\u200b{song}\n\n",
    )
    return spellings[variant % len(spellings)]


@dataclass
class World:
    """The library's folder, the vendor, and at most two processes. Made by `open_world`."""

    folder: Path
    callers: TaskGroup
    now: datetime = NOON
    houses: dict[str, House] = field(default_factory=dict[str, House])
    decisions: Decisions = field(default_factory=Decisions)
    violations: list[str] = field(default_factory=list[str])
    starts: int = 0
    _books: Books | None = None
    _before: Audit | None = None

    def __post_init__(self) -> None:
        self.vendor = Vendor(lambda: self.now, self._sent)
        self.settings = made_settings(self.folder)

    # What is known

    @property
    def books(self) -> Books:
        """The tables, from beside."""
        if self._books is None:
            self._books = Books(self.settings.data_dir / "songwright.db")
        return self._books

    def audit(self) -> Audit:
        """The tables now."""
        return self.books.audit([house.library.owner_id for house in self.houses.values()])

    def check(self) -> None:
        """Hold everything against the promises."""
        if self._books is None and not self.houses:
            return
        assert not self.violations, self.violations
        audit = self.audit()
        check(audit, self.vendor, self.decisions, CAP)
        if self._before is not None:
            check_moves(self._before, audit, self.vendor, self.decisions)
        self._before = audit

    def close(self) -> None:
        """Close the tables."""
        if self._books is not None:
            self._books.close()

    def _sent(self, house: str, token: str, times: int) -> None:
        """I1, held at the moment when a process opens an order."""
        audit = self.audit()
        attempt = audit.of_token(token)
        if attempt is None:
            self.violations.append("an order was opened that is not written down")
        elif attempt["state"] != "sending" or attempt["sends"] != times:
            self.violations.append(f"opened {times} times, and the library says {attempt}")
        elif attempt["owner"] != self.houses[house].library.owner_id:
            self.violations.append(f"opened by {house}, who does not own {attempt}")
        elif audit.spending.get(attempt["day"], 0) != audit.reserved(attempt["day"]):
            self.violations.append(f"opened without its reservation: {attempt}")

    def _pause(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # Processes

    async def start(self, slot: str) -> None:
        """Start a process; at a start others' leavings are cleared up."""
        self.starts += 1
        run = partial(run_house, slot, self.settings, lambda: self.now, self.vendor, self._pause, self.starts)
        house: House = await self.callers.start(run)
        self.houses[slot] = house
        await self.tick(slot, 0)

    async def end(self, slot: str, *, dies: bool, taken: bool = True) -> None:
        """End a process: in order, or by death. `taken`: whether what was on its way arrived."""
        for held in self.held(slot):
            held.taken_at_death = taken
        house = self.houses[slot]
        with anyio.fail_after(BOUND_SECONDS):
            await house.end(dies=dies)
        del self.houses[slot]

    def held(self, slot: str | None = None) -> list[Held]:
        """The orders that wait for their answer."""
        return [one for one in self.vendor.held if slot in (None, one.house)]

    # Orders

    async def submit(self, slot: str, song: int, variant: int, names: Sequence[str], **how: bool) -> None:
        """Order a song, and wait until its order is answered or held."""
        house, audit = self.houses[slot], self.audit()
        another, leaves = how.get("another", False), how.get("leaves", False)
        repeats = audit.identical(SONGS[song], self.now, another=another)
        day = self.now.date().isoformat()
        fits = audit.reserved(day, swept=True) + PRICE <= CAP
        self.vendor.replies = replies(names)
        opened = sum(self.vendor.opened.values())
        answer = await self._until_quiet(house, SONGS[song], variant, another=another, told=not leaves)
        self.vendor.replies.clear()
        sent = sum(self.vendor.opened.values()) - opened
        if repeats or not fits:
            assert sent == 0, f"sent although {'it is a repeat' if repeats else 'there is no room'}"
        else:
            assert 1 <= sent <= 4, f"sent {sent} times"
        assert answer in (None, "repeated" if repeats else "new" if fits else "over budget"), answer

    async def _until_quiet(
        self, house: House, song: str, variant: int, *, another: bool, told: bool
    ) -> str | None:
        """Order, and return what the caller was told; None while the order is held."""
        answers: list[str] = []
        done = anyio.Event()

        async def call() -> None:
            with anyio.CancelScope() as scope:
                house.callers.append(scope)
                answers.append(await _order(house, written(song, variant), another=another, told=told))
            house.callers.remove(scope)
            done.set()

        arrived = self.vendor.arrived
        self.callers.start_soon(call)
        with anyio.fail_after(BOUND_SECONDS):
            async with anyio.create_task_group() as group:

                async def wait(event: anyio.Event) -> None:
                    await event.wait()
                    group.cancel_scope.cancel()

                group.start_soon(wait, done)
                group.start_soon(wait, arrived)
        return answers[0] if answers else None

    async def callers_leave(self, slot: str) -> None:
        """Every caller who waits in a process goes away; their orders stay on their way."""
        house, before = self.houses[slot], len(self.held(slot))
        for scope in list(house.callers):
            scope.cancel()
        with anyio.fail_after(BOUND_SECONDS):
            while house.callers:
                await anyio.lowlevel.checkpoint()
        assert len(self.held(slot)) == before, "an order was given up with its caller"

    async def answer(self, pick: int, names: Sequence[str]) -> None:
        """Answer a held order at last."""
        held = self.vendor.held[pick % len(self.vendor.held)]
        held.replies = replies(names)
        attempt = self.audit().of_token(held.token)
        assert attempt is not None
        house = self.houses[held.house]
        held.released.set()
        with anyio.fail_after(BOUND_SECONDS):
            await house.service.submissions.settled(attempt["task_id"], BOUND_SECONDS)
            while len(house.callers) > len(self.held(held.house)):
                await anyio.lowlevel.checkpoint()
        self.vendor.replies.clear()

    # Following

    def progress(self, pick: int, phase: Phase) -> None:
        """A song goes on at the vendor, in whatever direction."""
        self.vendor.charges[pick % len(self.vendor.charges)].phase = phase

    def trouble(self, pick: int, phase: Phase) -> None:
        """The next question for a song gets another answer than its state."""
        self.vendor.trouble[self.vendor.charges[pick % len(self.vendor.charges)].id] = phase

    async def tick(self, slot: str, seconds: float) -> None:
        """Let time pass and the watcher work. Nothing of dead processes is left after it."""
        self.now += timedelta(seconds=seconds)
        house = self.houses[slot]
        with anyio.fail_after(BOUND_SECONDS):
            await house.library.sweep()  # the watcher's own is some seconds apart, by a clock that jumps here
            await house.watcher.tick(self.now)
        left = [one for one in self.audit().attempts.values() if self.audit().is_left(one)]
        assert not left, f"a dead process's attempts were left: {left}"

    async def look(self, slot: str) -> None:
        """What a person sees: every doubtful order, and each with its id."""
        house = self.houses[slot]
        seen = {task.task_id for task in await house.library.attention("local", self.now)}
        doubtful = {one["task_id"] for one in self.audit().tasks.values() if one["status"] == "unconfirmed"}
        assert doubtful <= seen, f"doubtful orders that nobody sees: {doubtful - seen}"
        for charge in self.vendor.charges:
            attempt = self.audit().of_token(charge.token)
            if attempt and attempt["provider_task_id"]:
                assert (await house.service.find(charge.id)).provider_task_id == charge.id

    async def ask(self, slot: str, pick: int) -> None:
        """A caller's question about a task."""
        tasks = list(self.audit().tasks)
        if tasks:
            house = self.houses[slot]
            task = await house.service.find(tasks[pick % len(tasks)])
            await house.service.follower.refresh(task)

    async def ask_all(self, slot: str) -> None:
        """Every task is asked for now, whatever its schedule says, the ended ones too."""
        follower = self.houses[slot].service.follower
        for task_id in self.audit().tasks:
            task = await self.houses[slot].library.task(task_id)
            assert task is not None
            await follower.refresh_addresses(task)

    # Settling doubts

    def is_in_doubt(self) -> bool:
        """Whether an order is unconfirmed."""
        return any(one["state"] == "unconfirmed" for one in self.audit().attempts.values())

    async def call_back(self, slot: str, pick: int, hint: Hint, *, doubtful: bool = False) -> None:
        """A callback comes, true or forged."""
        audit = self.audit()
        tokens = [token for token in self.vendor.opened if not doubtful or _is_doubtful(audit, token)]
        if not tokens:
            return
        token = tokens[pick % len(tokens)]
        doubts = self.houses[slot].service.doubts
        if hint == "unknown secret":
            assert await doubts.knows("x" * 43) is None
            return
        known = await doubts.knows(token)
        if known is not None:
            await doubts.called_back(*known, self._hint(token, hint))

    def _hint(self, token: str, hint: Hint) -> str | None:
        charge = self.vendor.of_token(token)
        others = [one.id for one in self.vendor.charges if one.token != token and self._is_known(one)]
        return {
            "true": charge.id if charge else None,
            "other's id": others[0] if others else None,
            "no such id": "song-999",
            "older": STRANGERS[0].id,
            "other model": STRANGERS[1].id,
        }.get(hint)

    def _is_known(self, charge: Charge) -> bool:
        attempt = self.audit().of_token(charge.token)
        return attempt is not None and attempt["provider_task_id"] is not None

    async def decide(self, slot: str, pick: int, decision: Decision) -> None:
        """A person settles a doubtful order."""
        audit, service = self.audit(), self.houses[slot].service
        doubtful = [one for one in audit.attempts.values() if one["state"] == "unconfirmed"]
        if not doubtful:
            return
        attempt = doubtful[pick % len(doubtful)]
        task = await service.unconfirmed(attempt["task_id"])
        match decision:
            case "not_charged":
                self.decisions.words[attempt["attempt_id"]] = "not_charged"
                assert (await service.not_charged(task)).status == "failed"
            case "send_again":
                await self._send_again(slot, task, attempt["attempt_id"])
            case _:
                await self._found(slot, task, attempt["callback_hash"], decision)

    async def _send_again(self, slot: str, task: Task, attempt_id: str) -> None:
        day = self.now.date().isoformat()
        fits = self.audit().reserved(day, swept=True) + PRICE <= CAP
        self.vendor.replies.clear()
        self.decisions.words[attempt_id] = "superseded"
        self.decisions.again[task.task_id] += 1
        try:
            with anyio.fail_after(BOUND_SECONDS):
                sent = await self.houses[slot].service.send_again(task)
            assert fits, "sent again over the cap"
            assert sent.provider_task_id is not None
        except BudgetExceeded:
            assert not fits, "refused although there is room"
            del self.decisions.words[attempt_id]
            self.decisions.again[task.task_id] -= 1

    async def _found(self, slot: str, task: Task, callback_hash: str, decision: Decision) -> None:
        charges = {hashed(one.token): one for one in self.vendor.charges}
        others = [one.id for one in charges.values() if self._is_known(one)]
        own = charges.get(callback_hash)
        given = "song-999"
        if decision == "found" and own is not None and own.phase not in ("unknown", "broken", "keyless"):
            given = own.id
        elif decision == "found other" and others:
            given = others[0]
        self.vendor.trouble.clear()
        try:
            found = await self.houses[slot].service.found(task, given)
            assert own is not None, "bound to an order that is not its own"
            assert (given, found.provider_task_id) == (own.id, own.id)
        except (TaskNotFound, InvalidRequest):
            assert own is None or given != own.id


def _is_doubtful(audit: Audit, token: str) -> bool:
    attempt = audit.of_token(token)
    return attempt is not None and attempt["state"] == "unconfirmed"


async def _order(house: House, prompt: str, *, another: bool, told: bool) -> str:
    """Order, as a tool does; what the caller was told."""
    service = house.service
    try:
        ordered = await service.submit(SimpleRequest(prompt=prompt), another_take=another)
        if told:
            await service.library.told(ordered.task.task_id)
    except BudgetExceeded:
        return "over budget"
    except SongwrightError as error:  # the house died around the caller
        return error.code
    assert ordered.task.status in ("pending", "unconfirmed", "processing", *ENDS)
    return "repeated" if ordered.repeated else "new"


def made_settings(folder: Path) -> Settings:
    """Settings of the first provider, with callbacks and a cap."""
    values = {
        "DATA_DIR": str(folder / "data"),
        "MUSIC_DIR": str(folder / "music"),
        "PROVIDER": "aivideoapi",
        "AIVIDEOAPI_API_KEY": "sk-test0123456789abcdef",
        "CALLBACK_URL": "https://songs.example",
        "DAILY_CREDITS": str(CAP),
        "ARCHIVE": "off",
    }
    return read_settings({f"SONGWRIGHT_{name}": value for name, value in values.items()})


@asynccontextmanager
async def open_world(folder: Path) -> AsyncGenerator[World]:
    """A world with nothing in it; at the end its processes die."""
    async with anyio.create_task_group() as callers:
        world = World(folder, callers)
        try:
            yield world
        finally:
            with anyio.CancelScope(shield=True):
                for slot in list(world.houses):
                    await world.end(slot, dies=True)
            world.close()
            callers.cancel_scope.cancel()
