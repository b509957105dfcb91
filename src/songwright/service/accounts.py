"""The providers of this installation: opened when first needed, and what a song costs at each."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import anyio

from songwright.catalog import CATALOGS, Catalog
from songwright.errors import NotConfigured, SongwrightError
from songwright.models import Credits
from songwright.providers.base import Provider
from songwright.settings import KEY_NAMES, Settings

OpenProvider = Callable[[str], Awaitable[Provider]]

BALANCE_SECONDS = 3.0
"""How long an order waits for the balance that is kept as evidence."""


@dataclass
class Accounts:
    """Every provider that can be used, the chosen one among them."""

    settings: Settings
    open_provider: OpenProvider
    _open: dict[str, Provider] = field(default_factory=dict[str, Provider])
    _opening: anyio.Lock = field(default_factory=anyio.Lock)

    @property
    def chosen(self) -> str:
        """The provider that new songs go to."""
        return self.settings.provider

    @property
    def catalog(self) -> Catalog:
        """What the chosen provider can do."""
        return CATALOGS[self.chosen]

    def usable(self, name: str) -> bool:
        """Whether a provider can be asked: its key is set, or it is the sandbox."""
        return name in self.settings.usable_providers

    async def provider(self, name: str) -> Provider:
        """The provider of that name, opened once.

        Raises NotConfigured where its key is missing.
        """
        if not self.usable(name):
            raise self._no_key(name)
        async with self._opening:
            if name not in self._open:
                self._open[name] = await self.open_provider(name)
        return self._open[name]

    def require_spending(self) -> None:
        """Raise NotConfigured if nothing may be ordered: a wrong setting, or no key."""
        if problems := self.settings.problems_for(self.chosen):
            text = " ".join(f"{problem.message}." for problem in problems)
            fix = (
                "The person mends it in this app's configuration and restarts it. Earlier songs can be read."
            )
            raise NotConfigured(text, problems=problems, fix=fix)
        if self.settings.missing_key:
            raise self._no_key(self.chosen)

    def _no_key(self, name: str) -> NotConfigured:
        variable = KEY_NAMES[name]
        fix = f"The person sets {variable} in this app's configuration and restarts the app."
        return NotConfigured(f"No API key for {name} is set.", provider=name, fix=fix)

    def price(self, model: str) -> int | None:
        """What a song costs in credits at the chosen provider; None where nobody knows."""
        known = self.catalog.model(model)
        return known.credits if known and known.credits is not None else self.settings.credits_per_song

    async def balance(self, name: str) -> float | None:
        """The balance, or None where the provider tells none or does not answer at once. Never raises."""
        if not CATALOGS[name].tells_balance:
            return None
        account = Credits()
        with anyio.move_on_after(BALANCE_SECONDS):
            try:
                account = await (await self.provider(name)).credits()
            except SongwrightError:
                return None
        return account.balance

    async def aclose(self) -> None:
        """Close every provider that was opened."""
        for provider in self._open.values():
            await provider.aclose()
