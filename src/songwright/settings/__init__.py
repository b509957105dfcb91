"""Settings, read once from a mapping: the environment, and an optional TOML file below it.

A wrong value never stops the reading: it becomes a `Problem` that names the setting and what would be right,
and the default stands in. Over stdio the server starts all the same and answers spending tools with the
problem; on the command line and over HTTP any problem ends the program. No problem repeats a secret value.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, SecretStr

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI, PROVIDERS, SANDBOX
from songwright.errors import Problem
from songwright.settings.names import KEY_NAMES, PREFIX, known_of, shown
from songwright.settings.sources import default_data_dir, from_file, read_key_files
from songwright.settings.values import parsed

__all__ = ["KEY_NAMES", "PREFIX", "Settings", "read_settings"]


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


def read_settings(environ: Mapping[str, str]) -> Settings:
    """All settings from the environment and the TOML file it names; the environment wins.

    Reads at most three small files (the TOML file and the two key files). Never raises for a bad value.
    """
    problems: list[Problem] = []
    told = {
        name.removeprefix(PREFIX).lower(): value.strip()
        for name, value in environ.items()
        if name.startswith(PREFIX) and value.strip()
    }
    filed = from_file(told, problems)
    notes = [f"{shown(name)} in the environment overrides the file" for name in sorted(told.keys() & filed)]
    given = {**filed, **told}
    raw = known_of(given, problems)
    read_key_files(raw, problems)
    values = parsed(raw, problems)
    values.setdefault("data_dir", default_data_dir())
    values.setdefault("music_dir", Path(platformdirs.user_music_dir()) / "Songwright")
    values.setdefault("provider", _default_provider(values, given))
    return Settings(**values, problems=tuple(problems), notes=tuple(notes))


def _default_provider(values: Mapping[str, Any], given: Mapping[str, str]) -> str:
    """The provider whose key is set; else the one whose key was given and cannot be used; else the sandbox.

    A key that was mistyped must not become play songs in silence.
    """
    for name in (AIVIDEOAPI, AIMUSICAPI):
        if f"{name}_api_key" in values:
            return name
    for name in (AIVIDEOAPI, AIMUSICAPI):
        if f"{name}_api_key" in given or f"{name}_api_key_file" in given:
            return name
    return SANDBOX
