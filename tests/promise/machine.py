"""The stateful machine: any sequence of events, and after each one every promise of SPENDING.md."""

import tempfile
from pathlib import Path
from typing import Any

from anyio.from_thread import start_blocking_portal
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.promise.vendor import REPLIES, Phase, phases
from tests.promise.world import MOST_HELD, SLOTS, SONGS, Decision, Hint, open_world

QUICK = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 # each machine has a folder of its own there
"""Where a commit takes no time: thousands of them are made, and no power is lost here."""

befores = st.sampled_from(["", "unreachable"])
slots = st.sampled_from(SLOTS)
picks = st.integers(0, 12)
songs = st.integers(0, len(SONGS) - 1)
variants = st.integers(0, 3)
answers = st.one_of(
    st.lists(st.sampled_from(sorted(REPLIES)), min_size=1, max_size=2),
    st.lists(st.sampled_from(["unreachable", "rate limit", "taken"]), min_size=3, max_size=4),
)
mostly = st.sampled_from([False, False, False, True])
decisions: "st.SearchStrategy[Decision]" = st.sampled_from(
    ["not_charged", "found", "found wrong", "found other", "send_again"]
)
hints: "st.SearchStrategy[Hint]" = st.sampled_from(
    ["true", "true", "unknown secret", "other's id", "no such id", "older", "other model"]
)


def some_house(machine: "SpendingMachine") -> bool:
    """Whether a process runs."""
    return bool(machine.world.houses)


class SpendingMachine(RuleBasedStateMachine):
    """Orders, deaths, answers and decisions, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(prefix="songwright-", dir=QUICK)
        self._portal_opened = start_blocking_portal("asyncio")
        self._portal = self._portal_opened.__enter__()
        self._opened = self._portal.wrap_async_context_manager(open_world(Path(self._folder.name)))
        self.world = self._opened.__enter__()

    def teardown(self) -> None:
        self._opened.__exit__(None, None, None)
        self._portal_opened.__exit__(None, None, None)
        self._folder.cleanup()

    def run(self, event: Any, *arguments: Any, **options: Any) -> None:
        """Let an event of the world happen."""

        async def happen() -> None:
            await event(*arguments, **options)

        self._portal.call(happen)

    def house(self, slot: str) -> str:
        """The process of that slot, or the other where it does not run."""
        return slot if slot in self.world.houses else next(iter(self.world.houses))

    @initialize(song=songs, names=answers)
    def first(self, song: int, names: list[str]) -> None:
        self.run(self.world.start, SLOTS[0])
        self.run(self.world.submit, SLOTS[0], song, 0, names)

    @precondition(lambda machine: len(machine.world.houses) < len(SLOTS))
    @rule()
    def start(self) -> None:
        slot = next(slot for slot in SLOTS if slot not in self.world.houses)
        self.run(self.world.start, slot)

    @precondition(some_house)
    @rule(slot=slots, taken=st.booleans())
    def die(self, slot: str, taken: bool) -> None:
        self.run(self.world.end, self.house(slot), dies=True, taken=taken)

    @precondition(some_house)
    @rule(slot=slots, taken=st.booleans())
    def close(self, slot: str, taken: bool) -> None:
        self.run(self.world.end, self.house(slot), dies=False, taken=taken)

    @precondition(some_house)
    @rule(slot=slots, song=songs, names=answers)
    def submit_plainly(self, slot: str, song: int, names: list[str]) -> None:
        self.run(self.world.submit, self.house(slot), song, 0, names)

    @precondition(some_house)
    @rule(slot=slots, song=songs, variant=variants, names=answers, another=mostly, leaves=mostly)
    def submit(
        self, slot: str, song: int, variant: int, names: list[str], another: bool, leaves: bool
    ) -> None:
        self.run(self.world.submit, self.house(slot), song, variant, names, another=another, leaves=leaves)

    @precondition(lambda machine: some_house(machine) and len(machine.world.held()) < MOST_HELD)
    @rule(slot=slots, song=songs, variant=variants, another=mostly, before=befores)
    def submit_and_wait(self, slot: str, song: int, variant: int, another: bool, before: str) -> None:
        names = [before, "hold"] if before else ["hold"]
        self.run(self.world.submit, self.house(slot), song, variant, names, another=another)

    @precondition(lambda machine: any(house.callers for house in machine.world.houses.values()))
    @rule(slot=slots)
    def callers_leave(self, slot: str) -> None:
        self.run(self.world.callers_leave, self.house(slot))

    @precondition(lambda machine: machine.world.held())
    @rule(pick=picks, names=answers)
    def answer(self, pick: int, names: list[str]) -> None:
        self.run(self.world.answer, pick, names)

    @precondition(lambda machine: machine.world.vendor.charges)
    @rule(pick=picks, phase=st.sampled_from(phases()))
    def progress(self, pick: int, phase: Phase) -> None:
        self.world.progress(pick, phase)

    @precondition(lambda machine: machine.world.vendor.charges)
    @rule(pick=picks, phase=st.sampled_from(["unknown", "broken", "keyless"]))
    def trouble(self, pick: int, phase: Phase) -> None:
        self.world.trouble(pick, phase)

    @precondition(some_house)
    @rule(slot=slots, seconds=st.sampled_from([1.0, 10.0, 700.0, 4000.0]))
    def tick(self, slot: str, seconds: float) -> None:
        self.run(self.world.tick, self.house(slot), seconds)

    @precondition(some_house)
    @rule(slot=slots, pick=picks, phases=st.lists(st.sampled_from(phases()), min_size=1, max_size=3))
    def follow(self, slot: str, pick: int, phases: list[Phase]) -> None:
        for phase in phases:
            if self.world.vendor.charges:
                self.world.progress(pick, phase)
            self.run(self.world.ask_all, self.house(slot))

    @precondition(some_house)
    @rule(slot=slots, days=st.sampled_from([-2, 2]))
    def jump(self, slot: str, days: int) -> None:
        self.run(self.world.tick, self.house(slot), days * 86400.0)

    @precondition(some_house)
    @rule(slot=slots)
    def look(self, slot: str) -> None:
        self.run(self.world.look, self.house(slot))

    @precondition(some_house)
    @rule(slot=slots, pick=picks)
    def ask(self, slot: str, pick: int) -> None:
        self.run(self.world.ask, self.house(slot), pick)

    @precondition(lambda machine: some_house(machine) and machine.world.is_in_doubt())
    @rule(slot=slots, pick=picks, hint=hints)
    def call_back_in_doubt(self, slot: str, pick: int, hint: Hint) -> None:
        self.run(self.world.call_back, self.house(slot), pick, hint, doubtful=True)

    @precondition(some_house)
    @rule(slot=slots, pick=picks, hint=hints)
    def call_back(self, slot: str, pick: int, hint: Hint) -> None:
        self.run(self.world.call_back, self.house(slot), pick, hint)

    @precondition(lambda machine: some_house(machine) and machine.world.is_in_doubt())
    @rule(slot=slots, pick=picks, decision=decisions)
    def decide(self, slot: str, pick: int, decision: Decision) -> None:
        self.run(self.world.decide, self.house(slot), pick, decision)

    @invariant()
    def promises(self) -> None:
        self.world.check()
