"""The work of the house: ordering, following, waiting, finding, and what it all costs."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import anyio

from songwright.catalog import CATALOGS, SANDBOX
from songwright.errors import BudgetExceeded, NotConfigured, SongwrightError, TaskNotFound
from songwright.library import Event, Library, NewOrder, OverBudget, Placed, Spending, TrackPage
from songwright.lyrics.admission import admit
from songwright.models import (
    CreditsResult,
    CustomRequest,
    ModelPrice,
    SimpleRequest,
    Task,
    TaskState,
    Track,
    fingerprint,
)
from songwright.service.accounts import Accounts
from songwright.service.changes import Changes
from songwright.service.doubts import Doubts, hashed, new_secret, require_unconfirmed
from songwright.service.following import Follower
from songwright.service.submission import Submissions
from songwright.text import contains_key, quoted

ANSWER_SECONDS = 10.0
"""How long an order waits for the provider's answer before it says that it goes on."""

FILES_SECONDS = 10.0
"""How long a waiting caller waits for the files of a finished song."""

LOOK_SECONDS = 1.0
"""How often a waiter looks for what another process on the same library did."""

ASK_SECONDS = 5.0
"""How often at most a caller's question reaches the provider, for a task that is no longer followed."""

_ID = re.compile(r"[A-Za-z0-9_-]{3,128}")

Progress = Callable[[Task, float], Awaitable[None]]
"""Called now and then while waiting, with the task and the seconds waited."""

Confirm = Callable[[str], Awaitable[None]]
"""Puts a question to the person; raises where they do not agree."""


@dataclass(frozen=True)
class Ordered:
    """The answer to an order: its task, whether it is an earlier identical one, and what to know of it."""

    task: Task
    repeated: bool = False
    notices: tuple[str, ...] = ()


@dataclass
class SongService:
    """Everything that tools, resources, callbacks and the command line can do."""

    library: Library
    accounts: Accounts
    submissions: Submissions
    follower: Follower
    doubts: Doubts
    changes: Changes
    clock: Callable[[], datetime]
    answer_seconds: float = ANSWER_SECONDS
    _asked: dict[str, datetime] = field(default_factory=dict[str, datetime])

    async def submit(
        self,
        request: SimpleRequest | CustomRequest,
        *,
        another_take: bool = False,
        principal: str = "local",
        confirm: Confirm | None = None,
    ) -> Ordered:
        """Order a song, and wait up to 10 s (`answer_seconds`) for the provider's answer.

        The order goes on in the process whatever becomes of the caller. What the provider answers is the
        task's own: refused, it ends `failed`; in doubt, it is `unconfirmed`. `confirm` is asked before a new
        order, with the question for the person, and raises where they do not agree.

        Raises:
            Refused: before anything was sent (a setting, an argument, the budget, the library).
        """
        self.accounts.require_spending()
        admitted = admit(request, self.accounts.catalog, self.accounts.settings.model)
        order = self._order(admitted.request, another_take=another_take, principal=principal)
        if another_take:
            await self.submissions.heard()
        await self._sweep()
        await self.library.check()
        repeated = await self.library.has_identical(order)
        if confirm and not repeated:
            await confirm(self._question(order))
        begun = anyio.current_time()
        if not repeated:
            order = replace(order, balance_before=await self.accounts.balance(order.provider))
        secret = new_secret() if self.doubts.calls_back(order.provider) else None
        placed = await self._place(replace(order, callback_hash=hashed(secret) if secret else None))
        if placed.attempt is None:
            return Ordered(placed.task, repeated=True, notices=admitted.notices)
        self.submissions.start(placed.task, placed.attempt, self.doubts.callback_url(secret))
        task = await self._answered(placed.task, anyio.current_time() - begun)
        return Ordered(task, notices=admitted.notices)

    async def _sweep(self) -> None:
        """Clear up after processes that died, so that what they left is found as what it is."""
        for task in await self.library.sweep():
            self.changes.wake(task.task_id)

    async def _place(self, order: NewOrder) -> Placed:
        try:
            return await self.library.place(order)
        except OverBudget as over:
            raise self._over_budget(over, order.provider, order.credits) from None

    def _question(self, order: NewOrder) -> str:
        """What the person is asked before an order: the song and its price."""
        price = f"{order.credits} credits" if order.credits is not None else "an unknown price"
        return f"Order {quoted(order.title, 80)} at {order.provider} ({order.model}) for {price}?"

    async def _answered(self, task: Task, waited: float = 0.0) -> Task:
        """The task of an order once it was answered, or as it is after 10 s, of which some were `waited`.

        A caller who leaves is noted.
        """
        try:
            self.changes.wake(task.task_id)
            await self.submissions.settled(task.task_id, max(0.0, self.answer_seconds - waited))
            return await self._known(task.task_id)
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await self.library.gone(task.task_id)
            raise

    def _order(
        self, request: SimpleRequest | CustomRequest, *, another_take: bool, principal: str
    ) -> NewOrder:
        provider, settings = self.accounts.chosen, self.accounts.settings
        price = self.accounts.price(request.model)
        if price is None and settings.daily_credits is not None:
            raise NotConfigured(
                f"A daily cap is set, but what a song costs at {provider} is not known.",
                provider=provider,
                fix="The person sets SONGWRIGHT_CREDITS_PER_SONG, or removes SONGWRIGHT_DAILY_CREDITS.",
            )
        return NewOrder(
            provider=provider,
            principal=principal,
            request=request,
            fingerprint=fingerprint(request, provider, principal),
            title=request.title,
            model=request.model,
            credits=price,
            daily_cap=settings.daily_credits,
            another_take=another_take,
        )

    def _over_budget(self, over: OverBudget, provider: str, price: int | None) -> BudgetExceeded:
        midnight = (self.clock() + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
        local = midnight.astimezone().strftime("%H:%M")
        held = f", {over.held} held for unconfirmed orders" if over.held else ""
        left = max(0, over.cap - over.spent - over.held)
        return BudgetExceeded(
            f"The daily cap of {over.cap} credits leaves {left} "
            f"({over.spent} spent{held}); this song needs {price}.",
            provider=provider,
            fix=f"Free again at {local} (00:00 UTC). Only the person can raise SONGWRIGHT_DAILY_CREDITS; "
            "that needs a restart.",
        )

    async def _known(self, task_id: str) -> Task:
        """A task that this library holds."""
        if task := await self.library.task(task_id):
            return task
        raise TaskNotFound("No task has that id.")

    def replying(self, task_id: str) -> None:
        """Note that the caller of an order is being given its answer (`Submissions.replying`)."""
        self.submissions.replying(task_id)

    async def find(self, key: str, principal: str = "local") -> Task:
        """The task of a task id, a provider's id or a track id.

        An id that the library does not know is asked of the providers and adopted; what looks like an API key
        is sent to nobody. Raises TaskNotFound.
        """
        if _ID.fullmatch(key) and not contains_key(key):
            if task := await self.library.find(key, principal):
                return await self._asked_again(task)
            if task := await self._adopt(key, principal):
                return task
        raise TaskNotFound("No task or track has that id.")

    async def _asked_again(self, task: Task) -> Task:
        """A task that nobody follows any more is asked for by its caller, now and then."""
        if task.is_over or task.provider_task_id is None or task.next_poll_at is not None:
            return task
        last = self._asked.get(task.task_id)
        if last and self.clock() - last < timedelta(seconds=ASK_SECONDS):
            return task
        self._asked[task.task_id] = self.clock()
        return await self.follower.refresh(task)

    async def _adopt(self, key: str, principal: str) -> Task | None:
        for name in self.accounts.settings.usable_providers:
            if name == SANDBOX and self.accounts.chosen != SANDBOX:
                continue
            try:
                state = await (await self.accounts.provider(name)).query(key)
            except SongwrightError:
                continue
            task = await self.library.adopt(name, key, state, principal, file_hours=CATALOGS[name].file_hours)
            self.changes.wake(task.task_id)
            return task
        return None

    async def unconfirmed(self, key: str, principal: str = "local") -> Task:
        """An unconfirmed task. Raises TaskNotFound, or InvalidRequest where there is nothing to settle."""
        return require_unconfirmed(await self.find(key, principal))

    async def not_charged(self, task: Task) -> Task:
        """Close an unconfirmed task, by a person's word."""
        return await self.doubts.not_charged(task)

    async def found(self, task: Task, provider_task_id: str) -> Task:
        """Follow an unconfirmed task under the id that a person found. Raises TaskNotFound."""
        return await self.doubts.found(task, provider_task_id)

    async def send_again(self, task: Task) -> Task:
        """Send an unconfirmed task once more, by a person's word, and wait up to 10 s for the answer.

        Raises Refused, as `submit`.
        """
        try:
            placed = await self.doubts.send_again(task)
        except OverBudget as over:
            raise self._over_budget(over, task.provider, task.credits) from None
        return await self._answered(placed)

    async def evidence(self, task: Task) -> str | None:
        """What speaks for or against an unconfirmed task having been taken; None for every other task."""
        return await self.doubts.evidence(task) if task.status == "unconfirmed" else None

    async def use_up(self, principal: str, question_id: str, answer: str) -> bool:
        """Use up a person's answer; True only the first time."""
        return await self.library.consume(question_id, principal, answer)

    async def wait(self, task: Task, seconds: float, progress: Progress | None = None) -> Task:
        """Wait until a task ends and its files are there, at most so long; its state then.

        Nothing is asked of the provider for a waiter: the watcher asks once for all.
        """
        start = anyio.current_time()
        over_since: float | None = None
        while True:
            change = self.changes.next(task.task_id)
            task = await self._known(task.task_id)
            waited = anyio.current_time() - start
            if task.is_over and over_since is None:
                over_since = waited
            files_over = over_since is not None and waited - over_since >= FILES_SECONDS
            if _is_settled(task) or files_over or waited >= seconds:
                return task
            if progress:
                await progress(task, waited)
            with anyio.move_on_after(min(LOOK_SECONDS, seconds - waited)):
                await change.wait()

    async def record(self, task: Task, state: TaskState) -> Task:
        """Write down a provider's answer about a task."""
        return await self.follower.record(task, state)

    async def tracks(
        self, query: str | None, limit: int, cursor: str | None, principal: str = "local"
    ) -> TrackPage:
        """Earlier takes, newest first, `limit` a page. A bad cursor raises InvalidRequest."""
        return await self.library.tracks(query, limit, cursor, principal)

    async def track(self, track_id: str, principal: str = "local") -> tuple[Track, Task]:
        """One take and its task. Raises TaskNotFound."""
        track = await self.library.track(track_id, principal) if _ID.fullmatch(track_id) else None
        if track is None:
            raise TaskNotFound("No track has that id.")
        return track, await self._known(track.task_id)

    async def attention(self, principal: str = "local") -> list[Task]:
        """Tasks that are unfinished, unconfirmed or lately failed, newest first."""
        return await self.library.attention(principal, self.clock())

    async def history(self, task_id: str) -> list[Event]:
        """What happened to a task, oldest first."""
        return await self.library.history(task_id)

    async def spending(self) -> Spending:
        """What was spent today at the chosen provider, and what is held."""
        return await self.library.spending(self.accounts.chosen, self.clock())

    async def credits(self) -> CreditsResult:
        """Balance, prices, songs left and today's spending at the chosen provider.

        Raises NotConfigured, or what the provider's answer meant.
        """
        name, catalog, settings = self.accounts.chosen, self.accounts.catalog, self.accounts.settings
        balance = (await (await self.accounts.provider(name)).credits()).balance
        spending = await self.spending()
        price = self.accounts.price(settings.model or catalog.default_model)
        cap = settings.daily_credits
        return CreditsResult(
            status="ok",
            provider=name,
            balance=balance,
            models=tuple(
                _priced(model.name, self.accounts.price(model.name), model.usd) for model in catalog.models
            ),
            songs_left=int(balance // price) if balance is not None and price else None,
            spent_today=spending.spent_today,
            daily_cap=cap,
            cap_left=max(0, cap - spending.reserved_today) if cap is not None else None,
            reserved_unconfirmed=spending.held_unconfirmed or None,
            unfinished=spending.unfinished,
        )


def _priced(name: str, price: int | None, usd: str | None) -> ModelPrice:
    return ModelPrice(name=name, credits=price, price=f"${usd}" if usd else None)


def _is_settled(task: Task) -> bool:
    """Whether nothing more is to be waited for: it is over or in doubt, and no file is under way."""
    if task.status == "unconfirmed":
        return True
    return task.is_over and all(track.archived != "waiting" for track in task.tracks)
