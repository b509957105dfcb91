"""Text from people, models and providers, made safe to keep and to show."""

import re
import unicodedata

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])")
_BIDI = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_ZERO_WIDTH = "\u200b\u2060\u2061\u2062\u2063\u2064\ufeff\u180e\u00ad"
_INVISIBLE = re.compile(f"[{_BIDI}{_ZERO_WIDTH}\U000e0000-\U000e007f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_KEY = re.compile(r"(?<![A-Za-z0-9])sk-[A-Za-z0-9]{16,}")


def clean(text: object, limit: int = 2000) -> str:
    """Provider text as plain data: no escapes, controls or direction marks, at most `limit` characters.

    Newlines and tabs stay, and the joiners U+200C and U+200D, which scripts and emoji need.
    """
    plain = _ANSI.sub("", str(text)[: limit * 4]).replace("\r\n", "\n").replace("\r", "\n")
    plain = _SURROGATES.sub("\ufffd", _INVISIBLE.sub("", _CONTROLS.sub("", plain)))
    return plain if len(plain) <= limit else plain[: limit - 1] + "…"


def clean_line(text: object, limit: int = 200) -> str:
    """The same on one line."""
    return " ".join(clean(text, limit).split())


def quoted(text: object, limit: int = 200) -> str:
    """Provider prose inside a sentence of ours: on one line, cut, and in quotation marks."""
    return '"' + clean_line(text, limit).replace('"', "'") + '"'


def without_invisible(text: str) -> str:
    """The text without direction marks and zero-width characters (the two joiners stay)."""
    return _INVISIBLE.sub("", text)


def forbidden_character(text: str) -> str | None:
    """The first control character or lone surrogate, as `U+0000`, or None. Newline, tab and CR are fine."""
    found = _CONTROLS.search(text) or _SURROGATES.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def contains_key(text: str) -> bool:
    """Whether something that looks like an API key stands in the text."""
    return _KEY.search(text) is not None


def redact(text: str) -> str:
    """The text with everything that looks like an API key replaced."""
    return _KEY.sub("sk-…", text)


def normalised(text: str) -> str:
    """The form in which two texts are compared: NFC, LF, no blanks at line ends, single blank lines."""
    lines = unicodedata.normalize("NFC", without_invisible(text)).replace("\r\n", "\n").replace("\r", "\n")
    trimmed = "\n".join(line.rstrip() for line in lines.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", trimmed).strip()


def clock_time(seconds: float) -> str:
    """Seconds as a person writes a song's length: 3:18."""
    whole = max(0, round(seconds))
    return f"{whole // 60}:{whole % 60:02d}"
