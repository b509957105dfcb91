"""Single values out of a provider's JSON: ids, texts, addresses, numbers, lengths and dates.

Nothing here raises: what makes no sense is None. A provider's answer is data and may be anything.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import cast
from urllib.parse import urlsplit

from songwright.text import clean, clean_line, forbidden_character, without_invisible

TITLE, STYLE, LYRICS, MESSAGE = 200, 1000, 10_000, 300
"""The most characters that are kept of each kind of provider prose."""

_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")
_WHOLE = re.compile(r"-?[0-9]{1,18}", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,15})?", re.ASCII)
_SECONDS = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,15})?)\s*(?:s|sec|secs|seconds)?", re.ASCII | re.IGNORECASE)
_CLOCK = re.compile(r"(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-9]{1,2}(?:\.[0-9]{1,6})?)", re.ASCII)
_DAY = 86_400
_MILLISECONDS_FROM = 100_000_000_000
_LONGEST_RETRY_AFTER = 3600


def mapping(value: object) -> Mapping[str, object]:
    """The value if it is an object, else an empty one."""
    return cast("Mapping[str, object]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> Sequence[object]:
    """The value if it is an array, else an empty one."""
    return cast("Sequence[object]", value) if isinstance(value, list) else ()


def whole(value: object) -> int | None:
    """A whole number, also one written as digits."""
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def number(value: object) -> float | None:
    """A finite number, also one written as a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        return float(value) if _NUMBER.fullmatch(value.strip()) else None
    if isinstance(value, int | float) and abs(value) < 1e15:
        return float(value)
    return None


def task_id(value: object) -> str | None:
    """A task id that may stand in a URL: 1 to 128 letters, digits, `_` or `-`, or a number above 0."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value) if 0 < value < 10**18 else None
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def line(value: object, limit: int) -> str | None:
    """Prose on one line, cleaned and cut; a list of texts is joined with commas."""
    if isinstance(value, list):
        value = ", ".join(part for part in sequence(cast("object", value))[:100] if isinstance(part, str))
    return clean_line(value, limit) or None if _is_prose(value) else None


def prose(value: object, limit: int) -> str | None:
    """Prose with its line breaks, cleaned and cut."""
    return clean(value, limit).strip() or None if _is_prose(value) else None


def _is_prose(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, int | float) and number(value) is not None)


def url(value: object) -> str | None:
    """An http(s) address of at most 2,048 visible characters; whether it is safe to open is not asked."""
    if not isinstance(value, str) or not 0 < len(value) <= 2048:
        return None
    if forbidden_character(value) or without_invisible(value) != value or any(map(str.isspace, value)):
        return None
    try:
        parts = urlsplit(value)
    except ValueError:
        return None
    return value if parts.scheme in ("http", "https") and parts.hostname else None


def seconds(value: object) -> float | None:
    """Seconds above 0 and up to a day, from 198.44, "198.44", "109.8 s" or "3:02" (seen at B)."""
    if isinstance(value, str):
        value = _written_seconds(value.strip())
    found = number(value)
    return found if found is not None and 0 < found <= _DAY else None


def _written_seconds(text: str) -> float | None:
    if plain := _SECONDS.fullmatch(text):
        return float(plain.group(1))
    if clock := _CLOCK.fullmatch(text):
        hours, minutes, rest = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    return None


def moment(value: object) -> datetime | None:
    """A date in UTC from epoch seconds or milliseconds, also as digits, or ISO 8601 (no zone: UTC)."""
    epoch = number(value)
    try:
        if epoch is not None:
            return _from_epoch(epoch)
        return _utc(datetime.fromisoformat(value.strip())) if isinstance(value, str) else None
    except (ValueError, OverflowError, OSError):
        return None


def _from_epoch(epoch: float) -> datetime | None:
    if epoch <= 0 or math.isnan(epoch):
        return None
    return datetime.fromtimestamp(epoch / 1000 if epoch >= _MILLISECONDS_FROM else epoch, UTC)


def _utc(date: datetime) -> datetime:
    return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)


def retry_after(header: str | None, now: datetime) -> int | None:
    """The seconds of a Retry-After header, digits or an HTTP date, from 0 to 3,600; nonsense is None."""
    if header is None:
        return None
    wait: float | None = whole(header[:100])
    if wait is None:
        try:
            wait = (_utc(parsedate_to_datetime(header[:100])) - now).total_seconds()
        except (ValueError, TypeError, OverflowError, IndexError):
            return None
    return int(min(max(wait, 0), _LONGEST_RETRY_AFTER))
