"""What each setting may hold: a text is made a value, or is told what would be right."""

import ipaddress
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from pydantic import SecretStr

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI, PROVIDERS
from songwright.errors import Problem
from songwright.settings.names import shown

_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_MODEL = re.compile(r"[\x20-\x7e]{1,100}")
_UNUSABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*", re.IGNORECASE)
_PRIVATE_ENDS = ("localhost", "local", "internal", "lan", "home.arpa")


@dataclass(frozen=True)
class Wrong(Exception):
    """A value that cannot be used, and what would be right."""

    right: str


def _choice(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in words:
            raise Wrong(f"must be one of {', '.join(words)}")
        return value.lower()

    return parse


def _whole(low: int, high: int = 1_000_000_000) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,10}", value) or not low <= int(value) <= high:
            raise Wrong(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        if not re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", value) or not low <= float(value) <= high:
            raise Wrong(f"must be a number of seconds from {low:g} to {high:g}")
        return float(value)

    return parse


def _switch(value: str) -> bool:
    words = {
        "on": True,
        "1": True,
        "true": True,
        "yes": True,
        "off": False,
        "0": False,
        "false": False,
        "no": False,
    }
    if value.lower() not in words:
        raise Wrong("must be on or off")
    return words[value.lower()]


def folder(value: str) -> Path:
    path = expanded(value)
    if path is None or not path.is_absolute():
        raise Wrong("must be an absolute path")
    return path


def expanded(value: str) -> Path | None:
    """The path, with `~` as the person's own folder; None where that folder is not known."""
    try:
        return Path(value).expanduser()
    except RuntimeError:
        return None


def _model(value: str) -> str:
    if not _MODEL.fullmatch(value):
        raise Wrong("must be a model name of at most 100 plain characters")
    return value


def _database(value: str) -> str:
    path = value.removeprefix("sqlite:///")
    if path == value or not Path(path).is_absolute():
        raise Wrong("must be sqlite:///PATH, PATH absolute; other databases are not served by this version")
    return value


def _api_key(provider: str) -> Callable[[str], SecretStr]:
    def parse(value: str) -> SecretStr:
        bare = re.sub(r"^bearer\s+", "", value.strip().strip("\"'").strip(), flags=re.IGNORECASE)
        if not _KEY.fullmatch(bare):
            raise Wrong("is not a key: 8 to 512 plain characters without blanks")
        if provider == AIVIDEOAPI and not bare.startswith("sk-"):
            raise Wrong("is not a key of aivideoapi: they start with sk-")
        return SecretStr(bare)

    return parse


def _is_private(host: str) -> bool:
    """Whether a host is surely not public: an address or a name of this network. A number is an address."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.lower().removesuffix(".")
        ends = tuple(f".{end}" for end in _PRIVATE_ENDS)
        return "." not in name or name.endswith(ends) or bool(_NUMBER.fullmatch(name.rpartition(".")[2]))
    return not address.is_global or address.is_multicast


def _is_host(host: str) -> bool:
    """Whether it can be a host at all: an address, or labels of 1 to 63 plain characters."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        labels = host.removesuffix(".").split(".")
        return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in labels)
    return "%" not in host  # a zone belongs to one machine's own network


def _url(*, private: bool, path: bool = False) -> Callable[[str], str]:
    """An address. `private` allows http, private hosts and a path; `path` the last alone."""

    def parse(value: str) -> str:
        try:
            parts = urlsplit(value)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise Wrong("must be an https address") from None
        schemes = ("https", "http") if private else ("https",)
        plain = re.fullmatch(r"[\x21-\x7e]{1,1000}", value) and not re.search(r"[?#@\\<>\"]", value)
        if not plain or parts.scheme not in schemes or not _is_host(host) or port == 0:
            raise Wrong(f"must be an {' or '.join(schemes)} address without user, query or fragment")
        if not private and (_is_private(host) or (parts.path not in ("", "/") and not path)):
            where = "" if path else " without a path"
            raise Wrong(
                f"must be a public https host{where} (SONGWRIGHT_ALLOW_PRIVATE_HOSTS=1 allows others)"
            )
        return value.rstrip("/")

    return parse


def parsers(*, private: bool) -> dict[str, Callable[[str], Any]]:
    return {
        "provider": _choice(*PROVIDERS),
        "aivideoapi_api_key": _api_key(AIVIDEOAPI),
        "aimusicapi_api_key": _api_key(AIMUSICAPI),
        "aivideoapi_base_url": _url(private=private),
        "aimusicapi_base_url": _url(private=private),
        "model": _model,
        "credits_per_song": _whole(1),
        "data_dir": folder,
        "music_dir": folder,
        "archive": _switch,
        "database_url": _database,
        "daily_credits": _whole(0),
        "confirm_spend": _choice("never", "always"),
        "poll_seconds": _seconds(0.01, 600),
        "request_timeout": _seconds(0.1, 600),
        "callback_url": _url(private=private, path=True),
        "allow_private_hosts": _switch,
        "auth_tokens_file": folder,
        "log_level": lambda value: _choice("debug", "info", "warning", "error", "critical")(value).upper(),
        "sandbox_seconds": _seconds(0, 3600),
    }


def parsed(raw: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    private = raw.get("allow_private_hosts", "").lower() in ("1", "on", "true", "yes")
    values: dict[str, Any] = {}
    for name, parse in parsers(private=private).items():
        if name not in raw:
            continue
        try:
            if _UNUSABLE.search(raw[name]) and not name.endswith("_api_key"):
                raise Wrong("holds a character that cannot be used (a line break, a control or a broken one)")
            values[name] = cast("object", parse(raw[name]))
        except Wrong as wrong:
            problems.append(Problem(field=shown(name), message=f"{shown(name)} {wrong.right}"))
    return values
