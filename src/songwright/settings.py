"""Settings, read once from a mapping: the environment, and an optional TOML file below it.

A wrong value never stops the reading: it becomes a `Problem` that names the setting and what would be right,
and the default stands in. Over stdio the server starts all the same and answers spending tools with the
problem; on the command line and over HTTP any problem ends the program. No problem repeats a secret value.
"""

import difflib
import ipaddress
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import platformdirs
from pydantic import BaseModel, ConfigDict, SecretStr

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI, PROVIDERS, SANDBOX
from songwright.errors import Problem

PREFIX = "SONGWRIGHT_"
KEY_NAMES = {AIVIDEOAPI: "SONGWRIGHT_AIVIDEOAPI_API_KEY", AIMUSICAPI: "SONGWRIGHT_AIMUSICAPI_API_KEY"}

_KEY = re.compile(r"[\x21-\x7e]{8,512}")
_MODEL = re.compile(r"[\x20-\x7e]{1,100}")


class Settings(BaseModel):
    """Every setting, checked. Seconds are seconds, credits are whole credits, folders are absolute."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    provider: str = SANDBOX
    aivideoapi_api_key: SecretStr | None = None
    aimusicapi_api_key: SecretStr | None = None
    aivideoapi_base_url: str = "https://api.aivideoapi.ai"
    aimusicapi_base_url: str = "https://aimusicapi.org"
    model: str | None = None
    credits_per_song: int | None = None
    data_dir: Path
    music_dir: Path
    archive: bool = True
    database_url: str | None = None
    daily_credits: int | None = None
    confirm_spend: Literal["never", "always"] = "never"
    poll_seconds: float = 5.0
    request_timeout: float = 30.0
    callback_url: str | None = None
    allow_private_hosts: bool = False
    auth_tokens_file: Path | None = None
    log_level: str = "WARNING"
    sandbox_seconds: float = 8.0
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()

    def key(self, provider: str) -> SecretStr | None:
        """The key of a paid provider, if one is set."""
        return {AIVIDEOAPI: self.aivideoapi_api_key, AIMUSICAPI: self.aimusicapi_api_key}.get(provider)

    def base_url(self, provider: str) -> str:
        """Where a paid provider is."""
        return {AIVIDEOAPI: self.aivideoapi_base_url, AIMUSICAPI: self.aimusicapi_base_url}[provider]

    @property
    def missing_key(self) -> str | None:
        """The variable to set where the chosen provider has no key, else None."""
        return None if self.provider == SANDBOX or self.key(self.provider) else KEY_NAMES[self.provider]

    def problems_for(self, provider: str) -> tuple[Problem, ...]:
        """The problems that forbid spending at a provider: all but those of another provider's key."""
        others = tuple(name for other, name in KEY_NAMES.items() if other != provider)
        return tuple(problem for problem in self.problems if not problem.field.startswith(others))

    @property
    def usable_providers(self) -> list[str]:
        """The chosen provider first, then every other whose key is set; the sandbox is always usable."""
        keyed = [name for name in (AIVIDEOAPI, AIMUSICAPI) if self.key(name)]
        return sorted([*keyed, SANDBOX], key=lambda name: (name != self.provider, PROVIDERS.index(name)))


@dataclass(frozen=True)
class _Wrong(Exception):
    """A value that cannot be used, and what would be right."""

    right: str


def _choice(*words: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if value.lower() not in words:
            raise _Wrong(f"must be one of {', '.join(words)}")
        return value.lower()

    return parse


def _whole(low: int, high: int = 1_000_000_000) -> Callable[[str], int]:
    def parse(value: str) -> int:
        if not re.fullmatch(r"\d{1,10}", value) or not low <= int(value) <= high:
            raise _Wrong(f"must be a whole number from {low} to {high}")
        return int(value)

    return parse


def _seconds(low: float, high: float) -> Callable[[str], float]:
    def parse(value: str) -> float:
        if not re.fullmatch(r"\d{1,6}(\.\d{1,6})?", value) or not low <= float(value) <= high:
            raise _Wrong(f"must be a number of seconds from {low:g} to {high:g}")
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
        raise _Wrong("must be on or off")
    return words[value.lower()]


def _folder(value: str) -> Path:
    path = Path(value).expanduser()
    if "\x00" in value or not path.is_absolute():
        raise _Wrong("must be an absolute path")
    return path


def _model(value: str) -> str:
    if not _MODEL.fullmatch(value):
        raise _Wrong("must be a model name of at most 100 plain characters")
    return value


def _database(value: str) -> str:
    if not value.startswith("sqlite:///"):
        raise _Wrong("must be sqlite:///PATH; other databases are not served by this version")
    return value


def _api_key(provider: str) -> Callable[[str], SecretStr]:
    def parse(value: str) -> SecretStr:
        bare = re.sub(r"^bearer\s+", "", value.strip().strip("\"'").strip(), flags=re.IGNORECASE)
        if not _KEY.fullmatch(bare):
            raise _Wrong("is not a key: 8 to 512 plain characters without blanks")
        if provider == AIVIDEOAPI and not bare.startswith("sk-"):
            raise _Wrong("is not a key of aivideoapi: they start with sk-")
        return SecretStr(bare)

    return parse


def _is_private(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return True
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return not re.search(r"[a-z]", host.rsplit(".", 1)[-1])


def _url(*, private: bool) -> Callable[[str], str]:
    def parse(value: str) -> str:
        try:
            parts = urlsplit(value)
            host, _ = parts.hostname, parts.port
        except ValueError:
            raise _Wrong("must be an https address") from None
        schemes = ("https", "http") if private else ("https",)
        if (
            parts.scheme not in schemes
            or not host
            or parts.username is not None
            or parts.query
            or parts.fragment
        ):
            raise _Wrong(f"must be an {' or '.join(schemes)} address without user, query or fragment")
        if not private and (_is_private(host) or parts.path not in ("", "/")):
            raise _Wrong(
                "must be a public https host without a path (SONGWRIGHT_ALLOW_PRIVATE_HOSTS=1 allows others)"
            )
        return value.rstrip("/")

    return parse


def _callback_url(*, private: bool) -> Callable[[str], str]:
    def parse(value: str) -> str:
        parts = urlsplit(value)
        _url(private=private)(f"{parts.scheme}://{parts.netloc}")
        return value.rstrip("/")

    return parse


def _parsers(*, private: bool) -> dict[str, Callable[[str], Any]]:
    return {
        "provider": _choice(*PROVIDERS),
        "aivideoapi_api_key": _api_key(AIVIDEOAPI),
        "aimusicapi_api_key": _api_key(AIMUSICAPI),
        "aivideoapi_base_url": _url(private=private),
        "aimusicapi_base_url": _url(private=private),
        "model": _model,
        "credits_per_song": _whole(1),
        "data_dir": _folder,
        "music_dir": _folder,
        "archive": _switch,
        "database_url": _database,
        "daily_credits": _whole(0),
        "confirm_spend": _choice("never", "always"),
        "poll_seconds": _seconds(0.01, 600),
        "request_timeout": _seconds(0.1, 600),
        "callback_url": _callback_url(private=private),
        "allow_private_hosts": _switch,
        "auth_tokens_file": _folder,
        "log_level": lambda value: _choice("debug", "info", "warning", "error", "critical")(value).upper(),
        "sandbox_seconds": _seconds(0, 3600),
    }


_NAMES = frozenset(_parsers(private=False)) | {"config", "aivideoapi_api_key_file", "aimusicapi_api_key_file"}


def read_settings(environ: Mapping[str, str]) -> Settings:
    """All settings from the environment and the TOML file it names; the environment wins.

    Reads at most three small files (the TOML file and the two key files). Never raises for a bad value.
    """
    problems: list[Problem] = []
    notes: list[str] = []
    raw = {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environ.items()
        if name.startswith(PREFIX)
    }
    raw = {name: value for name, value in raw.items() if value}
    filed = _from_file(raw, problems)
    notes += [
        f"{_shown(name)} in the environment overrides the file" for name in sorted(raw.keys() & filed.keys())
    ]
    raw = _known({**filed, **raw}, problems)
    _read_key_files(raw, problems)
    values = _parsed(raw, problems)
    data_dir: Path = values.setdefault("data_dir", _default_data_dir())
    values["data_dir"] = data_dir
    values.setdefault("music_dir", Path(platformdirs.user_music_dir()) / "Songwright")
    values.setdefault("provider", _default_provider(values))
    return Settings(**values, problems=tuple(problems), notes=tuple(notes))


def _shown(name: str) -> str:
    return PREFIX + name.upper()


def _default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("songwright", appauthor=False))


def _default_provider(values: Mapping[str, Any]) -> str:
    keyed = (name for name in (AIVIDEOAPI, AIMUSICAPI) if f"{name}_api_key" in values)
    return next(keyed, SANDBOX)


def _from_file(raw: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The TOML file's settings as texts; a missing default file is no problem, a missing named one is."""
    folder = Path(raw["data_dir"]).expanduser() if "data_dir" in raw else _default_data_dir()
    path = Path(raw["config"]).expanduser() if "config" in raw else folder / "config.toml"
    if "config" not in raw and not path.exists():
        return {}
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        problems.append(Problem(field="SONGWRIGHT_CONFIG", message=f"{path} is not a readable TOML file"))
        return {}
    return {name: text for name, value in table.items() if (text := _plain(name, value, problems))}


def _plain(name: str, value: object, problems: list[Problem]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value).strip()
    problems.append(
        Problem(field=name, message=f"{name} in the settings file must be a text, a number or a switch")
    )
    return ""


def _known(raw: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The settings that exist and were expanded; each other one becomes a problem."""
    known: dict[str, str] = {}
    for name, value in raw.items():
        if name not in _NAMES:
            near = difflib.get_close_matches(name, sorted(_NAMES), 1, 0.5)
            hint = f"; did you mean {_shown(near[0])}?" if near else ""
            problems.append(Problem(field=_shown(name), message=f"there is no setting {_shown(name)}{hint}"))
        elif re.search(r"\$\{[^}]*\}?", value):
            text = f"{_shown(name)} still holds ${{…}}: the host did not expand it; write the value itself"
            problems.append(Problem(field=_shown(name), message=text))
        else:
            known[name] = value
    return known


def _read_key_files(raw: dict[str, str], problems: list[Problem]) -> None:
    """Put the keys that stand in files beside the others; a key given both ways is taken as given."""
    for provider in (AIVIDEOAPI, AIMUSICAPI):
        path = raw.pop(f"{provider}_api_key_file", None)
        if path is None or f"{provider}_api_key" in raw:
            continue
        try:
            raw[f"{provider}_api_key"] = Path(path).expanduser().read_text("utf-8")[:4096].strip()
        except (OSError, ValueError):
            name = f"{KEY_NAMES[provider]}_FILE"
            problems.append(Problem(field=name, message=f"{name}: the file cannot be read"))


def _parsed(raw: Mapping[str, str], problems: list[Problem]) -> dict[str, Any]:
    private = raw.get("allow_private_hosts", "").lower() in ("1", "on", "true", "yes")
    values: dict[str, Any] = {}
    for name, parse in _parsers(private=private).items():
        if name not in raw:
            continue
        try:
            values[name] = cast("object", parse(raw[name]))
        except _Wrong as wrong:
            problems.append(Problem(field=_shown(name), message=f"{_shown(name)} {wrong.right}"))
    return values
