"""Where settings stand: the TOML file, and the files that hold keys."""

import tomllib
from collections.abc import Mapping
from pathlib import Path

import platformdirs

from songwright.catalog import AIMUSICAPI, AIVIDEOAPI
from songwright.errors import Problem
from songwright.settings.names import KEY_NAMES, shown
from songwright.settings.values import Wrong, expanded, folder
from songwright.text import clean_line

MOST_FILE_BYTES = 256 * 1024
"""The most that is read of a settings file; a key's file is cut at 4 KiB."""


def default_data_dir() -> Path:
    return Path(platformdirs.user_data_dir("songwright", appauthor=False))


def from_file(told: Mapping[str, str], problems: list[Problem]) -> dict[str, str]:
    """The TOML file's settings as texts; a missing default file is no problem, a missing named one is."""
    named = told.get("config")
    if named and "${" in named:
        return {}  # told as any value that was not expanded
    try:
        path = _path(named, told.get("data_dir"))
        return _texts(tomllib.loads(_content(path, MOST_FILE_BYTES + 1)), problems) if path else {}
    except (OSError, ValueError, RecursionError):
        where = clean_line(named, 200) if named else "config.toml in the data folder"
        problems.append(Problem(field="SONGWRIGHT_CONFIG", message=f"{where} is not a readable TOML file"))
        return {}


def _path(named: str | None, data_dir: str | None) -> Path | None:
    """The file to read, or None where there is none. Raises OSError for a named one that cannot be."""
    if named:
        if (path := expanded(named)) is None:
            raise FileNotFoundError(named)
        return path
    place = expanded(data_dir) if data_dir else default_data_dir()
    path = place / "config.toml" if place else None
    return path if path and path.exists() else None


def _content(path: Path, most_bytes: int) -> str:
    """The start of a file. Raises OSError or ValueError for what is no plain file of UTF-8 text."""
    if not path.is_file():  # a pipe or a device would never end
        raise FileNotFoundError(path)
    with path.open("rb") as file:
        content = file.read(most_bytes)
    if len(content) > MOST_FILE_BYTES:
        raise ValueError("too large")
    return content.decode("utf-8-sig")


def _texts(table: Mapping[str, object], problems: list[Problem]) -> dict[str, str]:
    """A TOML table as texts, the empty ones left out."""
    texts = {name: _plain(name, value, problems) for name, value in table.items()}
    return {name: text for name, text in texts.items() if text}


def _plain(name: str, value: object, problems: list[Problem]) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str | int | float):
        return str(value).strip()
    text = f"{shown(name)} in the settings file must be a text, a number or a switch"
    problems.append(Problem(field=shown(name), message=text))
    return ""


def read_key_files(raw: dict[str, str], problems: list[Problem]) -> None:
    """Put the keys that stand in files beside the others; a key given both ways is taken as given."""
    for provider in (AIVIDEOAPI, AIMUSICAPI):
        value = raw.pop(f"{provider}_api_key_file", None)
        if value is None or f"{provider}_api_key" in raw:
            continue
        try:
            raw[f"{provider}_api_key"] = _content(folder(value), 4096).strip()
        except (OSError, ValueError, Wrong):
            name = f"{KEY_NAMES[provider]}_FILE"
            text = f"{name} must be the absolute path of a file that can be read, with the key as its text"
            problems.append(Problem(field=name, message=text))
