"""Logs: to stderr, quiet, and without secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from songwright.settings import Settings
from songwright.text import redact

CHATTY = ("httpx", "httpx2", "httpcore", "httpcore2", "h11", "asyncio", "mcp", "sse_starlette")
"""Libraries that write addresses, identifiers and messages into their logs."""

_BEARER = re.compile(r"(?i)bearer\s+\S+")
_QUERY = re.compile(r"(?i)(https?://[^\s?#'\"<>]*)[?#][^\s'\"<>]*")
_USER = re.compile(r"(?i)([a-z][a-z0-9+.-]*://)[^\s/@'\"<>]*@")
_CALLBACK = re.compile(r"(/callbacks/[A-Za-z0-9_-]{6})[A-Za-z0-9_-]+")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


class Redacting(logging.Formatter):
    """Writes a record without the keys in use, and without anything that looks like a secret.

    Of an address the user and the query are left out (they may sign it), of a callback's all but the first
    six characters of its token. Control characters, which could forge a line or move a terminal, become `?`.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = sorted({form for secret in secrets if secret for form in _forms(secret)}, key=len)

    def format(self, record: logging.LogRecord) -> str:
        """One record as text, tracebacks included."""
        text = super().format(record)
        for secret in reversed(self._secrets):
            text = text.replace(secret, "…")
        text = _BEARER.sub("Bearer …", redact(text))
        text = _CALLBACK.sub(r"\1…", _QUERY.sub(r"\1?…", _USER.sub(r"\1…@", text)))
        return _CONTROLS.sub("?", text)


def _forms(secret: str) -> Iterable[str]:
    """The ways in which a secret may stand in a log: as it is, escaped, and as part of an address."""
    return secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], quote(secret, safe="")


def start_logging(settings: Settings) -> None:
    """Send every log to stderr at the level of the settings."""
    keys = [settings.aivideoapi_api_key, settings.aimusicapi_api_key]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redacting([key.get_secret_value() for key in keys if key]))
    logging.basicConfig(level=settings.log_level, handlers=[handler], force=True)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    for note in settings.notes:
        logging.getLogger("songwright.settings").info(note)
