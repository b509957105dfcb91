"""The ledger by itself: money, claims, several processes, a kill in the middle."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from songwright.sandbox.ledger import CreditsTooLow, Ledger, LedgerClosed
from songwright.sandbox.orders import Failure, Take, Wanted
from tests.sandbox.sandbox_kit import Clock

WANTED = Wanted(dialect="a", model="suno-v5", request={"model": "suno-v5"}, custom=False, text="a song")
TAKE = Take("id", "Title", "pop", "la", 60.0, "x-0.mp3", "x-0.png", "")


def place(ledger: Ledger, order_id: str, failure: Failure | None = None, first: int = 1000) -> None:
    ledger.place(WANTED, "sandbox", order_id, seconds=8, base_url="http://x", failure=failure, first=first)


def test_the_file_is_made_by_the_first_call_and_not_before(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "sandbox.sqlite3")
    assert not (tmp_path / "new").exists()
    assert ledger.balance().left == 1000
    assert (tmp_path / "new" / "sandbox.sqlite3").exists()
    ledger.close()


def test_a_closed_ledger_says_so(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    ledger.close()
    with pytest.raises(LedgerClosed):
        ledger.balance()


@pytest.mark.parametrize("credits", [0, -5, 1_000_001])
def test_a_refill_is_positive_and_bounded(tmp_path: Path, credits: int) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    with pytest.raises(ValueError, match="refill"):
        ledger.refill(credits)
    ledger.close()


def test_an_order_that_cannot_be_paid_leaves_no_trace(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    with pytest.raises(CreditsTooLow):
        place(ledger, "a", first=23)
    assert ledger.orders() == ()
    assert [charge.kind for charge in ledger.charges()] == []
    ledger.close()


def test_a_refund_that_is_due_can_pay_the_next_order(tmp_path: Path) -> None:
    clock = Clock()
    ledger = Ledger(tmp_path / "l.sqlite3", clock=clock)
    place(ledger, "a", Failure("upstream_error", "no"), first=24)
    with pytest.raises(CreditsTooLow):
        place(ledger, "b")
    clock.now += 8
    place(ledger, "b")
    assert ledger.balance().left == 0
    ledger.close()


def test_an_order_has_one_renderer_until_its_claim_runs_out_or_is_given_back(tmp_path: Path) -> None:
    clock = Clock()
    ledger = Ledger(tmp_path / "l.sqlite3", clock=clock)
    place(ledger, "a")
    assert ledger.claim("a", "one", 15)
    assert ledger.claim("a", "one", 15)
    assert ledger.claim("a", "two", 15) is None
    clock.now += 15
    assert ledger.claim("a", "two", 15)
    ledger.release("two")
    assert ledger.claim("a", "one", 15)
    ledger.finish("a", [TAKE])
    assert ledger.claim("a", "one", 15) is None
    ledger.fail("a", Failure("x", "too late"))
    order = ledger.find("a")
    assert order is not None
    assert (order.takes, order.failure) == ((TAKE,), None)
    ledger.close()


def test_an_order_looks_the_same_to_another_opening_of_the_file(tmp_path: Path) -> None:
    one, two = Ledger(tmp_path / "l.sqlite3", clock=Clock()), Ledger(tmp_path / "l.sqlite3", clock=Clock())
    place(one, "a")
    one.finish("a", [TAKE])
    assert one.find("a") == two.find("a")
    assert two.find("nobody") is None
    one.close()
    two.close()


def test_threads_and_files_that_spend_at_once_spend_exactly_what_is_there(tmp_path: Path) -> None:
    ledgers = [Ledger(tmp_path / "l.sqlite3") for _ in range(2)]
    refused: list[str] = []

    def spend(worker: int) -> None:
        for number in range(8):
            try:
                place(ledgers[worker % 2], f"{worker}-{number}")
            except CreditsTooLow:
                refused.append(f"{worker}-{number}")

    threads = [threading.Thread(target=spend, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ledgers[0].orders()) == 41
    assert len(refused) == 64 - 41
    assert ledgers[1].balance().left == 1000 - 41 * 24
    for ledger in ledgers:
        ledger.close()


KILLED = """
import os, sys, signal
from pathlib import Path
from songwright.sandbox.ledger import Ledger
from songwright.sandbox.orders import Wanted
ledger = Ledger(Path(sys.argv[1]))
wanted = Wanted(dialect="a", model="m", request={}, custom=False, text="t")
for number in range(41):
    ledger.place(wanted, "sandbox", str(number), seconds=8, base_url="")
    print(number, flush=True)
    if number == 9:
        os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite3"
    done = subprocess.run(  # noqa: S603 # our own program
        [sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.split() == [str(number) for number in range(10)], done.stderr
    ledger = Ledger(path)
    assert [order.id for order in ledger.orders()] == [str(number) for number in range(10)]
    assert ledger.balance().left == 1000 - 240
    ledger.close()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["order", "failing", "refill", "wait", "reopen", "ask"]), max_size=40))
def test_the_balance_is_always_the_sum_of_the_lines(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    path, clock = tmp_path_factory.mktemp("ledger") / "l.sqlite3", Clock()
    ledger = Ledger(path, clock=clock)
    ledger.balance(first=50)
    for number, step in enumerate(steps):
        if step == "wait":
            clock.now += 5
        elif step == "refill":
            ledger.refill(30)
        elif step == "reopen":
            ledger.close()
            ledger = Ledger(path, clock=clock)
        elif step == "ask":
            ledger.ask("0", "sandbox")
        else:
            try:
                place(ledger, str(number), Failure("x", "y") if step == "failing" else None)
            except CreditsTooLow:
                assert ledger.balance().left < 24
        balance = ledger.balance()
        lines = ledger.charges()
        assert balance.left == sum(line.credits for line in lines) >= 0
        refunds = [line.order_id for line in lines if line.kind == "refund"]
        assert len(refunds) == len(set(refunds))
    ledger.close()
