"""What to do next, in our words: the fixes of the design's error table, with the seeds' causes."""

from dataclasses import dataclass

from songwright.catalog import AIVIDEOAPI, SANDBOX, Catalog


@dataclass(frozen=True)
class Words:
    """The sentences about one provider. Each is a fix, written for the assistant and the person."""

    catalog: Catalog

    @property
    def provider(self) -> str:
        """Its name."""
        return self.catalog.provider

    @property
    def key_setting(self) -> str:
        """The variable that holds its key."""
        return f"SONGWRIGHT_{self.provider.upper()}_API_KEY"

    @property
    def base_url_setting(self) -> str:
        """What says where it is."""
        return "the sandbox" if self._is_played else f"SONGWRIGHT_{self.provider.upper()}_BASE_URL"

    @property
    def _is_played(self) -> bool:
        return self.provider == SANDBOX

    @property
    def _mend_key(self) -> str:
        if self._is_played:
            return "Nothing needs mending: the sandbox played this failure."
        return f"Then set {self.key_setting} in this app's configuration and restart the app."

    def api_key(self) -> str:
        """401: the first seed's three causes, and the setting."""
        if self.provider in (AIVIDEOAPI, SANDBOX):
            causes = "the key starts with sk-, it was not disabled or deleted, and the account is not banned"
        else:
            causes = "the key is complete, and still valid in the account at aimusicapi.org"
        return f"The person checks that {causes}. {self._mend_key}"

    def credits(self) -> str:
        """402."""
        return (
            f"The person tops up in {self.catalog.top_up}; then make this same call again. "
            "Songs in progress are paid and go on."
        )

    def ip(self) -> str:
        """403."""
        return (
            "The person adds this machine's public IP address to the allowlist of the key at the provider, "
            "or uses a key without an allowlist; then make this same call again."
        )

    def model(self) -> str:
        """404 on an order."""
        known = ", ".join(model.name for model in self.catalog.models)
        return (
            f"Known models: {known}. Name one of them, or leave model out for {self.catalog.default_model}."
        )

    def request(self) -> str:
        """400."""
        return "Correct what the provider names and call again; the call was refused and not charged."

    def spend_limit(self) -> str:
        """429 of type billing_error."""
        return (
            "The key's own spend limit (hourly, daily or total) is reached. The person raises it at the "
            "provider, or orders again when the hour or day is over."
        )

    def upstream(self) -> str:
        """503: the first seed's three causes."""
        return (
            "One of three causes: the text holds sensitive or prohibited content (change it), the music "
            "service is unavailable for the moment (order again in some minutes), or it does not support a "
            "parameter (leave optional ones out, or use another model). Credits are refunded automatically."
        )

    def content(self) -> str:
        """Moderation."""
        return (
            "Change the words that may offend in title, style or lyrics; the same text will be refused again."
        )

    def later(self) -> str:
        """A free question met a provider that is busy or down."""
        return "Nothing was spent. Ask again in a minute."

    def failed(self) -> str:
        """A task that ended without a song, for an unknown reason."""
        if self.catalog.refunds_failures:
            return (
                "The credits are refunded automatically. Order again, with other words if it fails once more."
            )
        return f"Look in {self.catalog.top_up} whether it was charged, before ordering again."

    def unconfirmed(self) -> str:
        """An order that may have been taken."""
        settles = (
            "many settle themselves; if it stays unconfirmed, the person looks"
            if self.catalog.calls_back
            else f"{self.provider} cannot call back, so only the person can settle it: they look"
        )
        return (
            "It may have been taken and charged: don't order it again. Call get_task "
            f"({settles} at the task list in {self.provider}'s dashboard)."
        )

    def moved(self) -> str:
        """An answer that did not come from the API."""
        return f"Check {self.base_url_setting}: what answered is not the API. {self.unconfirmed()}"

    def moved_query(self) -> str:
        """The same, to a free question."""
        return f"Check {self.base_url_setting}: what answered is not the API. Nothing was spent."

    def unreachable(self) -> str:
        """No connection."""
        return f"Check the network and {self.base_url_setting}, then make this same call again."

    def unsendable(self) -> str:
        """A request that httpx would not send."""
        return f"The person corrects {self.base_url_setting} or {self.key_setting} and restarts the app."

    def certificate(self) -> str:
        """TLS without trust."""
        return (
            f"Check this machine's clock, {self.base_url_setting}, and whether something between opens "
            "encrypted connections; nothing is sent to an address that cannot prove itself."
        )

    def crowded(self) -> str:
        """No free connection."""
        return "Make this same call again in a minute, when other orders have been answered."

    def rate_limit(self, retry_after_seconds: int | None) -> str:
        """429."""
        when = "in a minute" if retry_after_seconds is None else f"in {max(retry_after_seconds, 1)} s"
        return f"Make this same call again {when}; nothing was accepted."
