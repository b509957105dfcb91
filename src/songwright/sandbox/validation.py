"""What the sandbox checks in a request, as strictly as the seeds are written, and how it refuses."""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

from songwright.catalog import text_length
from songwright.sandbox.wire import Call


@dataclass(frozen=True)
class Row:
    """One row of the first seed's error table; `message` is used where nothing more exact is known."""

    status: int
    type: str
    message: str


ROWS: Mapping[str, Row] = {
    "invalid_request": Row(400, "invalid_request_error", "Missing or invalid parameters."),
    "invalid_api_key": Row(401, "authentication_error", "API key is invalid, disabled, or deleted."),
    "insufficient_credits": Row(402, "billing_error", "Your credit balance is too low. Please top up."),
    "ip_not_allowed": Row(403, "permission_error", "Request IP is not in the key's allowlist."),
    "model_not_found": Row(404, "invalid_request_error", "Model does not exist or is inactive."),
    "task_not_found": Row(404, "invalid_request_error", "Task ID does not exist."),
    "rate_limit_exceeded": Row(429, "rate_limit_error", "Too many requests, please slow down."),
    "spend_limit_exceeded": Row(429, "billing_error", "Key spend limit reached."),
    "internal_error": Row(500, "api_error", "Unexpected server error."),
    "upstream_error": Row(503, "upstream_error", "Upstream AI provider returned an error."),
}
"""The first seed's error table, in its order."""

_KEYS: tuple[tuple[str, str, str | None, bool], ...] = (
    ("sk-sandbox-disabled", "invalid_api_key", "The key has been disabled or deleted.", False),
    ("sk-sandbox-banned", "invalid_api_key", "The user account has been banned.", False),
    ("sk-sandbox-blocked-ip", "ip_not_allowed", None, False),
    ("sk-sandbox-busy", "rate_limit_exceeded", None, True),
    ("sk-sandbox-limited", "spend_limit_exceeded", "Key spend limit reached (daily).", True),
)
_POOR_KEY = "sk-sandbox-poor"
_LOOPBACK = re.compile(r"localhost|127(\.\d{1,3}){3}|::1", re.IGNORECASE)


class Refusal(Exception):
    """The simulated API refuses a request: a code of `ROWS`; message and status if not the usual ones.

    No part of the program's own error tree: it is what a provider says, and never leaves the sandbox.
    """

    def __init__(self, code: str, message: str | None = None, status: int | None = None) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(message or code)


def refuse(message: str) -> NoReturn:
    """Refuse with 400 invalid_request."""
    raise Refusal("invalid_request", message)


def check_key(key: str, *, orders: bool) -> None:
    """Refuse the keys that stand for a fault; two of them refuse orders only.

    `sk-sandbox-disabled…` and `sk-sandbox-banned…` 401, `sk-sandbox-blocked-ip…` 403, `sk-sandbox-busy…` and
    `sk-sandbox-limited…` 429. `sk-sandbox-poor…` has an account without credits. Raises `Refusal`.
    """
    for prefix, code, message, orders_only in _KEYS:
        if key.startswith(prefix) and (orders or not orders_only):
            raise Refusal(code, message)


def is_poor(key: str) -> bool:
    """Whether the account of a key begins with no credits at all."""
    return key.startswith(_POOR_KEY)


def bearer(call: Call) -> str | None:
    """The key in the Authorization header, or None."""
    scheme, _, key = call.headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None


def json_object(call: Call) -> dict[str, Any]:
    """The body as a JSON object. Raises `Refusal` for everything else, repeated names and NaN included."""
    if not call.body.strip():
        refuse("No body provided")
    if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        refuse("Content-Type must be application/json.")
    try:
        content = json.loads(call.body.decode("utf-8"), parse_constant=_not_json, object_pairs_hook=_once)
    except (ValueError, RecursionError):
        refuse("The body is not valid JSON.")
    if not isinstance(content, dict):
        refuse("The body must be a JSON object.")
    return cast("dict[str, Any]", content)


def _not_json(word: str) -> NoReturn:
    raise ValueError(word)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("repeated name")
    return content


@dataclass(frozen=True)
class Fields:
    """A JSON object whose fields are read one by one; `within` is how messages name the object."""

    content: Mapping[str, Any]
    within: str = ""

    def only(self, names: Collection[str], mode: str = "") -> None:
        """Refuse every field that is not one of `names`: a client's mistake would pass unseen otherwise."""
        for name in self.content:
            if name not in names:
                refuse(f"{self._named(name[:80])} is not a parameter{mode}.")

    def text(self, name: str, *, limit: int | None = None, required: bool = True) -> str:
        """A text of at most `limit` UTF-16 units; blank counts as missing."""
        value = self.content.get(name)
        if name in self.content and not isinstance(value, str):
            refuse(f"{self._named(name)} must be a string.")
        if not isinstance(value, str) or not value.strip():
            if required:
                refuse(f"{self._named(name)} is required.")
            return ""
        if limit is not None and text_length(value) > limit:
            refuse(f"{self._named(name)} must be at most {limit} characters.")
        return value

    def choice(self, name: str, words: tuple[str, ...]) -> str:
        """One of a few words, or nothing."""
        value = self.text(name, required=False)
        if name in self.content and value not in words:
            refuse(f"{self._named(name)} must be one of {', '.join(words)}.")
        return value

    def switch(self, name: str) -> bool:
        """A boolean, false where it is left out."""
        value = self.content.get(name, False)
        if not isinstance(value, bool):
            refuse(f"{self._named(name)} must be a boolean.")
        return value

    def share(self, name: str) -> float | None:
        """A number from 0 to 1, or None where it is left out."""
        if name not in self.content:
            return None
        value = self.content[name]
        if isinstance(value, bool) or not isinstance(value, int | float):
            refuse(f"{self._named(name)} must be a number.")
        if not 0 <= value <= 1:
            refuse(f"{self._named(name)} must be between 0 and 1.")
        return float(value)

    def inner(self, name: str) -> "Fields":
        """An object inside the object."""
        if name not in self.content:
            refuse(f"{self._named(name)} is required.")
        value = self.content[name]
        if not isinstance(value, dict):
            refuse(f"{self._named(name)} must be an object.")
        return Fields(cast("dict[str, Any]", value), f"{name}.")

    def callback(self, name: str, hosts: Collection[str]) -> str | None:
        """A URL on this machine or on one of `hosts`: the sandbox never calls the outside."""
        url = self.text(name, required=False, limit=2048)
        if not url:
            return None
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
            wrong = parts.scheme not in ("http", "https") or parts.username is not None or parts.port == 0
        except ValueError:
            refuse(f"{self._named(name)} must be an http or https URL.")
        if wrong or not host:
            refuse(f"{self._named(name)} must be an http or https URL.")
        if not _LOOPBACK.fullmatch(host) and host not in hosts:
            refuse(
                f"{self._named(name)}: the sandbox calls back to this machine only, not to the given host."
            )
        return url

    def _named(self, name: str) -> str:
        return f"'{self.within}{name}'"
