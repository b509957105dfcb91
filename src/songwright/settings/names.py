"""What settings are called."""

import difflib
from collections.abc import Mapping

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI
from songwright.errors import Problem
from songwright.text import clean_line, redact

PREFIX = "SONGWRIGHT_"
KEY_NAMES = {AIVIDEOAPI: "SONGWRIGHT_AIVIDEOAPI_API_KEY", AIMUSICAPI: "SONGWRIGHT_AIMUSICAPI_API_KEY"}
NAMES = frozenset(
    {
        *(
            "provider",
            "aivideoapi_api_key",
            "aimusicapi_api_key",
            "aivideoapi_base_url",
            "aimusicapi_base_url",
        ),
        *("aivideoapi_api_key_file", "aimusicapi_api_key_file", "model", "credits_per_song", "data_dir"),
        *("music_dir", "archive", "database_url", "daily_credits", "confirm_spend", "poll_seconds"),
        *("request_timeout", "callback_url", "allow_private_hosts", "auth_tokens_file", "log_level"),
        *("sandbox_seconds", "config"),
    }
)
"""Every setting, as it is called in the file."""


def shown(name: str) -> str:
    """A setting's name as a person reads it; whatever else stands in its place is cut and cleaned."""
    return PREFIX + redact(clean_line(name, 60)).upper()


def known_of(given: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The settings that exist and were expanded; each other one becomes a problem."""
    known: dict[str, str] = {}
    for name, value in given.items():
        if (wrong := _misnamed(name) or _unexpanded(value)) is None:
            known[name] = value
        else:
            problems.append(Problem(field=shown(name), message=wrong.format(name=shown(name))))
    return known


def _misnamed(name: str) -> str | None:
    if name in NAMES:
        return None
    plain = name.lower().removeprefix(PREFIX.lower())
    near = difflib.get_close_matches(plain[:60], sorted(NAMES), 1, 0.5)
    return "there is no setting {name}" + (f"; did you mean {shown(near[0])}?" if near else "")


def _unexpanded(value: str) -> str | None:
    if "${" in value:
        return "{name} still holds ${{…}}: the host did not expand it; write the value itself"
    return None
