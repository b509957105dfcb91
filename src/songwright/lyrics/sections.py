"""Lyrics taken apart into their sections, as songwriters write them: one tag in brackets per section."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from songwright.lyrics.tags import KINDS, Tag, read_tag

__all__ = ["INSTRUMENTAL_KINDS", "KINDS", "SUNG_KINDS", "Line", "Section", "parse_sections"]

SUNG_KINDS: Final = frozenset(
    {
        "verse",
        "chorus",
        "pre-chorus",
        "post-chorus",
        "bridge",
        "hook",
        "refrain",
        "rap",
        "spoken",
        "whispered",
    }
)
"""Kinds of section that are there for their words."""
INSTRUMENTAL_KINDS: Final = frozenset(
    {"intro", "outro", "interlude", "breakdown", "break", "build", "drop", "solo", "instrumental"}
)
"""Kinds of section that play without words unless some stand under them."""

_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TAG: Final = re.compile(r"\[([^\[\]]*)\]")
_SQUARE: Final = str.maketrans("【】［］〔〕〖〗", "[][][][]")
_PARENTHESISED: Final = re.compile(r"[(（][^()（）]*[)）][.,!?…]*")


@dataclass(frozen=True)
class Line:
    """A sung line: `number` is its 1-based line in the whole text, `text` is without tags and outer blanks.

    `backing` is true for a line that stands wholly in parentheses: backing vocals or ad-libs.
    """

    number: int
    text: str
    backing: bool = False


@dataclass(frozen=True)
class Section:
    """A stretch of the song under one tag.

    `tag` is the text between the brackets as written and `line` its 1-based line; text before any tag has
    the tag "" and the kind "" and begins at its first sung line. `kind` is one of `KINDS`, or "other". `cue`
    is the direction inside the tag ("anthemic" of "[Chorus - anthemic]") and of direction tags right below.
    `bars` is the wish in "[Verse 1 8]" or "[Solo 8 bars]".
    """

    tag: str
    kind: str
    number: int | None
    cue: str
    line: int
    lines: tuple[Line, ...] = ()
    bars: int | None = None


@dataclass
class _Open:
    """A section that is still being read."""

    tag: Tag
    line: int
    cues: list[str] = field(default_factory=list[str])
    lines: list[Line] = field(default_factory=list[Line])

    def close(self) -> Section:
        cue = ", ".join(part for part in (self.tag.cue, *self.cues) if part)
        tag = self.tag
        return Section(tag.text, tag.kind, tag.number, cue, self.line, tuple(self.lines), tag.bars)


def parse_sections(text: str) -> tuple[Section, ...]:
    """The sections of `text` in order; lyrics without any tag are one section of kind "".

    A tag of a known kind opens a section wherever it stands. An unknown one opens a section of kind "other"
    on a line of its own; right below another tag it is that section's cue, and amid sung words it is left
    out. Empty sections are kept. Full-width brackets count. Never raises; the time is linear in the length.
    """
    sections: list[_Open] = []
    for number, line in enumerate(_LINE_END.split(text), 1):
        pieces = list(_pieces(line.translate(_SQUARE)))
        alone = not any(isinstance(piece, str) for piece in pieces)
        words: list[str] = []
        for piece in pieces:
            if isinstance(piece, str):
                words.append(piece)
                continue
            if piece.kind != "other":
                _take_words(sections, words, number)
                words = []
            _take_tag(sections, piece, number, alone)
        _take_words(sections, words, number)
    return tuple(section.close() for section in sections)


def _pieces(line: str) -> Iterator[Tag | str]:
    """The tags of a line and the sung words between them; punctuation left beside a tag is nothing sung."""
    parts = _TAG.split(line)
    for at, part in enumerate(parts):
        if at % 2:
            yield read_tag(part)
        elif part.strip() and (len(parts) == 1 or any(map(str.isalnum, part))):
            yield part.strip()


def _take_tag(sections: list[_Open], tag: Tag, number: int, alone: bool) -> None:
    if tag.kind != "other":
        sections.append(_Open(tag, number))
    elif alone and sections and not sections[-1].lines:
        sections[-1].cues.append(tag.text)
    elif alone:
        sections.append(_Open(tag, number))


def _take_words(sections: list[_Open], pieces: list[str], number: int) -> None:
    if not pieces:
        return
    if not sections:
        sections.append(_Open(Tag("", ""), number))
    backing = len(pieces) == 1 and _PARENTHESISED.fullmatch(pieces[0]) is not None
    sections[-1].lines.append(Line(number, " ".join(pieces), backing))
