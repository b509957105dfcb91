"""Logs: to stderr, quiet, and without secrets."""

import logging
import re
import sys
from collections.abc import Sequence

from songwright.settings import Settings
from songwright.text import redact

CHATTY = ("httpx", "httpx2", "httpcore", "httpcore2", "h11", "asyncio", "mcp")
"""Libraries that write addresses and identifiers into their logs."""

_BEARER = re.compile(r"(?i)bearer\s+\S+")


class Redacting(logging.Formatter):
    """Writes a record without the keys in use, and without anything that looks like one."""

    def __init__(self, secrets: Sequence[str]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = [secret for secret in secrets if secret]

    def format(self, record: logging.LogRecord) -> str:
        """One record as text, tracebacks included."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return _BEARER.sub("Bearer …", redact(text))


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
