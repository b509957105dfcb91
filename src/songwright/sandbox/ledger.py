"""The sandbox's ledger: accounts, orders and charges in a SQLite file of its own, safe for several processes.

Every call is one transaction (`BEGIN IMMEDIATE`, write-ahead log), so credits never go wrong: an order and
its charge are written together, a refund once. Calls block and belong in a worker thread. The first opens it.
"""

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from songwright.sandbox.ledger_file import open_file
from songwright.sandbox.orders import (
    FILE_SECONDS,
    FIRST_CREDITS,
    PRICE,
    Balance,
    Charge,
    Failure,
    Order,
    Take,
    Wanted,
)

SANDBOX_KEY = "sk-sandbox"
"""The key of the account that the sandbox in process uses."""
CALLBACK_TRIES = 3


class CreditsTooLow(Exception):
    """The account cannot pay the song; nothing was ordered."""


class LedgerClosed(Exception):
    """The ledger was closed."""


def account_of(key: str) -> str:
    """The account of a key. Keys themselves are not kept: somebody may send a real one by mistake."""
    return "sandbox" if key == SANDBOX_KEY else "key-" + hashlib.sha256(key.encode()).hexdigest()[:16]


class Ledger:
    """The file. `clock` gives seconds since 1970; `seed` and a request decide the music."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time, seed: int = 0) -> None:
        self._path = path
        self._clock = clock
        self._seed = seed
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._closed = False

    def close(self) -> None:
        """Close the file. Later calls raise `LedgerClosed`."""
        with self._lock:
            self._closed = True
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    # ---- money

    def balance(self, account: str = "sandbox", *, first: int = FIRST_CREDITS) -> Balance:
        """What an account holds, refunds that are due included. A new account gets `first` credits."""
        with self._transaction() as db:
            return self._settled(db, account, first)

    def refill(self, credits: int, account: str = "sandbox") -> Balance:
        """Buy play credits.

        Raises:
            ValueError: not between 1 and a million.
        """
        if not 1 <= credits <= 1_000_000:
            raise ValueError("a refill is 1 to 1,000,000 play credits")
        with self._transaction() as db:
            self._settled(db, account, FIRST_CREDITS)
            db.execute("UPDATE accounts SET purchased = purchased + ? WHERE account = ?", (credits, account))
            self._enter(db, Charge(account, "purchase", credits, self._clock()))
            return self._settled(db, account, FIRST_CREDITS)

    def charges(self, account: str | None = None) -> tuple[Charge, ...]:
        """Every line of the ledger, oldest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT account, kind, credits, at, order_id FROM charges"
                " WHERE ? IS NULL OR account = ? ORDER BY number",
                (account, account),
            )
            return tuple(Charge(*row) for row in rows)

    # ---- orders

    def place(
        self,
        wanted: Wanted,
        account: str,
        order_id: str,
        *,
        seconds: float,
        base_url: str,
        words: Sequence[str] = (),
        failure: Failure | None = None,
        first: int = FIRST_CREDITS,
    ) -> Order:
        """Write an order and charge it in one transaction. It is due in `seconds`; `failure` is then its end.

        Raises:
            CreditsTooLow: nothing was written.
        """
        now = self._clock()
        with self._transaction() as db:
            if self._settled(db, account, first).left < PRICE:
                raise CreditsTooLow
            db.execute("UPDATE accounts SET consumed = consumed + ? WHERE account = ?", (PRICE, account))
            same = _fingerprint(wanted)
            nth = db.execute("SELECT count(*) FROM orders WHERE fingerprint = ?", (same,)).fetchone()[0]
            calls = wanted.callback_url is not None and "sandbox:no-callback" not in words
            row = {
                "id": order_id,
                "account": account,
                "wanted": json.dumps(asdict(wanted)),
                "fingerprint": same,
                "seed": self._music_seed(same, nth),
                "created_at": now,
                "due_at": now + seconds,
                "credits": PRICE,
                "base_url": base_url,
                "words": json.dumps(list(words)),
                "failure": _failure_text(failure),
                "callback_at": now if calls else None,
            }
            _insert(db, row)
            self._enter(db, Charge(account, "charge", -PRICE, now, order_id))
            return self._order(db, order_id)

    def find(self, order_id: str) -> Order | None:
        """One order, or None."""
        with self._transaction() as db:
            return self._found(db, order_id)

    def ask(self, order_id: str, account: str, *, first: int = FIRST_CREDITS) -> Order | None:
        """One order of an account as a query finds it, counted, its refund settled; None where unknown."""
        with self._transaction() as db:
            self._settled(db, account, first)
            db.execute(
                "UPDATE orders SET queries = queries + 1 WHERE id = ? AND account = ?", (order_id, account)
            )
            order = self._found(db, order_id)
            return order if order is not None and order.account == account else None

    def before(self, order: Order) -> Order | None:
        """The order of the same account and API before this one."""
        ids = [
            other.id for other in self.orders(order.account) if other.wanted.dialect == order.wanted.dialect
        ]
        place = ids.index(order.id)
        return self.find(ids[place - 1]) if place else None

    def orders(self, account: str | None = None) -> tuple[Order, ...]:
        """Every order, oldest first."""
        with self._transaction() as db:
            rows = db.execute(
                "SELECT * FROM orders WHERE ? IS NULL OR account = ? ORDER BY number", (account, account)
            )
            return tuple(map(_order_of, rows))

    # ---- rendering

    def claim(self, order_id: str, renderer: str, seconds: float) -> Order | None:
        """Take an unrendered order for one renderer for some seconds; None where done or taken by another."""
        now = self._clock()
        with self._transaction() as db:
            taken = db.execute(
                "UPDATE orders SET renderer = ?, claimed_until = ? WHERE id = ? AND rendered_at IS NULL"
                " AND failure IS NULL AND (renderer IS NULL OR renderer = ? OR claimed_until <= ?)",
                (renderer, now + seconds, order_id, renderer, now),
            )
            return self._order(db, order_id) if taken.rowcount else None

    def release(self, renderer: str) -> None:
        """Give back everything that a renderer claimed."""
        with self._transaction() as db:
            db.execute("UPDATE orders SET renderer = NULL WHERE renderer = ?", (renderer,))

    def finish(self, order_id: str, takes: Sequence[Take]) -> None:
        """Note that an order is rendered."""
        text = json.dumps([asdict(take) for take in takes])
        with self._transaction() as db:
            db.execute(
                "UPDATE orders SET rendered_at = ?, takes = ? WHERE id = ? AND rendered_at IS NULL",
                (self._clock(), text, order_id),
            )

    def fail(self, order_id: str, failure: Failure) -> None:
        """Note that an order cannot be rendered: it fails when it is due, and is refunded."""
        with self._transaction() as db:
            db.execute(
                "UPDATE orders SET failure = ? WHERE id = ? AND rendered_at IS NULL AND failure IS NULL",
                (_failure_text(failure), order_id),
            )

    def expired(self) -> tuple[Order, ...]:
        """The orders whose files are dead and can be removed, at most 500 at a time."""
        now = self._clock()
        with self._transaction() as db:
            rows = db.execute(
                "SELECT * FROM orders WHERE swept = 0 AND rendered_at IS NOT NULL"
                " AND max(due_at, rendered_at) <= ? LIMIT 500",
                (now - FILE_SECONDS,),
            )
            return tuple(map(_order_of, rows))

    def swept(self, order_id: str) -> None:
        """Note that the files of an order are removed."""
        with self._transaction() as db:
            db.execute("UPDATE orders SET swept = 1 WHERE id = ?", (order_id,))

    # ---- callbacks

    def uncalled(self) -> tuple[Order, ...]:
        """The orders whose callback is still to be sent, whether they are over or not."""
        with self._transaction() as db:
            rows = db.execute("SELECT * FROM orders WHERE callback_at IS NOT NULL ORDER BY number LIMIT 1000")
            return tuple(map(_order_of, rows))

    def claim_callback(self, order_id: str, pause: float) -> bool:
        """Whether this caller may send the callback now; the next try is free after `pause` seconds."""
        now = self._clock()
        with self._transaction() as db:
            taken = db.execute(
                "UPDATE orders SET callback_tries = callback_tries + 1, callback_at ="
                " CASE WHEN callback_tries + 1 < ? THEN ? END WHERE id = ? AND callback_at <= ?",
                (CALLBACK_TRIES, now + pause, order_id, now),
            )
            return taken.rowcount == 1

    def called(self, order_id: str) -> None:
        """Note that the callback arrived."""
        with self._transaction() as db:
            db.execute("UPDATE orders SET callback_at = NULL WHERE id = ?", (order_id,))

    # ---- inside a transaction

    @contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        with self._lock:
            db = self._opened()
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                db.execute("ROLLBACK")
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._closed:
            raise LedgerClosed
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = open_file(self._path)
        return self._connection

    def _settled(self, db: sqlite3.Connection, account: str, first: int) -> Balance:
        """The account, opened if new, with every refund paid that is due by now."""
        now = self._clock()
        opened = db.execute("INSERT OR IGNORE INTO accounts VALUES (?, ?, 0)", (account, first))
        if opened.rowcount and first:
            self._enter(db, Charge(account, "purchase", first, now))
        due = db.execute(
            "SELECT id, credits FROM orders WHERE account = ? AND failure IS NOT NULL AND refunded = 0"
            " AND due_at <= ?",
            (account, now),
        ).fetchall()
        for order_id, price in due:
            db.execute("UPDATE orders SET refunded = 1 WHERE id = ?", (order_id,))
            db.execute("UPDATE accounts SET consumed = consumed - ? WHERE account = ?", (price, account))
            self._enter(db, Charge(account, "refund", price, now, order_id))
        row = db.execute("SELECT purchased, consumed FROM accounts WHERE account = ?", (account,)).fetchone()
        return Balance(*row)

    def _enter(self, db: sqlite3.Connection, charge: Charge) -> None:
        db.execute(
            "INSERT INTO charges (account, kind, credits, at, order_id) VALUES (?,?,?,?,?)",
            (charge.account, charge.kind, charge.credits, charge.at, charge.order_id),
        )

    def _music_seed(self, fingerprint: str, nth: int) -> int:
        """The seed of the nth order of a request: the first is always the same music, the next another."""
        digest = hashlib.sha256(f"{self._seed}:{fingerprint}:{nth}".encode()).digest()
        return int.from_bytes(digest[:4], "big") >> 1

    def _found(self, db: sqlite3.Connection, order_id: str) -> Order | None:
        row = db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone()
        return _order_of(row) if row else None

    def _order(self, db: sqlite3.Connection, order_id: str) -> Order:
        return _order_of(db.execute("SELECT * FROM orders WHERE id = ?", (order_id,)).fetchone())


def _order_of(row: dict[str, Any]) -> Order:
    failure = json.loads(row["failure"]) if row["failure"] else None
    return Order(
        id=row["id"],
        account=row["account"],
        wanted=Wanted(**json.loads(row["wanted"])),
        seed=row["seed"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        credits=row["credits"],
        base_url=row["base_url"],
        words=tuple(json.loads(row["words"])),
        failure=Failure(**failure) if failure else None,
        refunded=bool(row["refunded"]),
        rendered_at=row["rendered_at"],
        takes=tuple(Take(**take) for take in json.loads(row["takes"])),
        queries=row["queries"],
        callback_tries=row["callback_tries"],
    )


def _insert(db: sqlite3.Connection, row: Mapping[str, object]) -> None:
    columns, places = ", ".join(row), ", ".join(f":{name}" for name in row)
    db.execute(f"INSERT INTO orders ({columns}) VALUES ({places})", row)  # noqa: S608 # our own column names


def _failure_text(failure: Failure | None) -> str | None:
    return json.dumps(asdict(failure)) if failure else None


def _fingerprint(wanted: Wanted) -> str:
    """What the same request shares, whoever orders it and wherever the callback goes."""
    fields = {
        name: value for name, value in asdict(wanted).items() if name not in ("request", "callback_url")
    }
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()
