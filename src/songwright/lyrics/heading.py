"""What stands on top of lyrics and is not sung: the title, particulars, "Here are the lyrics"."""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, error, warning
from songwright.lyrics.reading import Reading
from songwright.text import quoted

_TITLE: Final = re.compile(
    r"(?:song[ -]?)?title\s?[:：=]\s?\S.*|(?:song|song name|titel|titre|título|titolo|tytuł|название|タイトル"
    r"|标题|歌名|제목)"
    r"\s?[:：=]\s?\S.*",
    re.IGNORECASE,
)
_PARTICULARS: Final = re.compile(
    r"(?:lyrics|genre|style|music style|mood|tempo|bpm|artist|composer|songwriter|written by|lyrics by"
    r"|music by|key"
    r"|time signature|language|duration|length|vocals?|instruments?|instrumentation|theme)\s?[:：=]\s?.*"
    r"|(?:lyrics|song lyrics)",
    re.IGNORECASE,
)
_PREAMBLE: Final = re.compile(
    r"(?:(?:sure|certainly|of course|absolutely|okay|ok|great)[!,. ]{1,3})?(?:here(?:'s|’s| is| are)|below"
    r" (?:is|are))\b"
    r".{0,100}\b(?:lyrics|song|verse|draft|version)\b.{0,80}:"
    r"|(?:sure|certainly|of course|absolutely)[!,.].{0,40}\b(?:lyrics|song|draft|version)\b.{0,80}[:.!]",
    re.IGNORECASE,
)
_AFTERWORD: Final = re.compile(
    r"(?:let me know if you(?:'d|’d| would)? (?:like|want)|would you like me to|feel free to (?:adjust"
    r"|change|ask|edit)"
    r"|i hope (?:you like|this (?:helps|works|song))|want me to (?:adjust|change|tweak)).{0,120}"
    r"(?:change|tweak|adjust|version|lyrics|song|revis|edit|helps|tone|anything).{0,80}",
    re.IGNORECASE,
)
_MOST_LINES: Final = 4
"""Lines before the first tag that may be a heading; more are a verse without a tag."""


def heading(reading: Reading, title: str | None) -> Iterator[Finding]:
    """Lines on top of the lyrics, or below them, that nobody wants sung."""
    top = _top_lines(reading)
    for number, line in top:
        bare = line.strip("\"'“”«»*#_ ")
        if _TITLE.fullmatch(bare) and number == top[0][0]:
            yield _unwanted(number, line, "title_line", "gives the title")
        elif _PARTICULARS.fullmatch(bare) and (reading.tagged or number == top[0][0]):
            yield _unwanted(number, line, "heading_line", "is about the song")
        elif reading.tagged and _PREAMBLE.fullmatch(bare):
            yield _unwanted(number, line, "chat_line", "speaks to the reader")
    if title and len(top) == 1 and _same(top[0][1], title):
        yield from _title_alone(reading, *top[0])
    yield from _afterword(reading)


def _top_lines(reading: Reading) -> list[tuple[int, str]]:
    """The lines before the first tag, if they are few; without any tag, the first block."""
    found: list[tuple[int, str]] = []
    for number, line in enumerate(reading.lines, 1):
        if line.startswith(("[", "【", "［")) or (not line and found and not reading.tagged):
            break
        if line:
            found.append((number, line))
        if len(found) > _MOST_LINES:
            return []
    return found


def _title_alone(reading: Reading, number: int, line: str) -> Iterator[Finding]:
    if reading.tagged:
        yield _unwanted(number, line, "title_line", "is the title")
    elif len(reading.lines) > number + 3:
        message = f"The first line {quoted(line, 50)} is the title, and would be sung."
        yield warning(
            "lyrics", number, "title_line", message, "Leave it out, unless it is the first sung line."
        )


def _afterword(reading: Reading) -> Iterator[Finding]:
    last = max((number for number, line in enumerate(reading.lines, 1) if line), default=0)
    if last > 1 and _AFTERWORD.fullmatch(reading.lines[last - 1]):
        yield _unwanted(last, reading.lines[last - 1], "chat_line", "speaks to the reader")


def _unwanted(number: int, line: str, code: str, what: str) -> Finding:
    fix = (
        "Leave the line out; the title has a field of its own."
        if code == "title_line"
        else "Leave the line out."
    )
    return error("lyrics", number, code, f"Line {number} {what} and would be sung: {quoted(line, 50)}.", fix)


def _same(line: str, title: str) -> bool:
    return _letters(line) == _letters(title) != ""


def _letters(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKC", text[:300]).casefold() if char.isalnum())
