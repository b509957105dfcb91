"""How long a draft will probably sound: an estimate, since the models choose the length themselves.

The start values are those of working songwriters at 120 beats a minute: V4 C4 V4 C4 makes two minutes, a
bridge half a minute more, and V6 P2 C4 V6 P2 C4 B4 C4 three minutes. An instrumental tag makes 8 to 15 s.
A Japanese text of a little over 500 characters makes three and a half to four minutes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Final

from songwright.lyrics.measures import MeasuredLine, MeasuredSection
from songwright.lyrics.sections import INSTRUMENTAL_KINDS

_LINE: Final = 4.7
"""Seconds of a line of 5 to 12 syllables with its breath: about two bars."""
_RAP_LINE: Final = 3.0
_JAPANESE_CHARACTER: Final = 0.37
_BETWEEN_SECTIONS: Final = 3.5
_OPENING: Final = 12.0
_CLOSING: Final = 12.0
_INSTRUMENTAL: Final = 11.5
_FADE: Final = 6.0
_BACKING: Final = 0.5
"""Backing vocals sound over the lead for half of their time."""
_USUAL_TEMPO: Final = 120
_SLOWEST, _FASTEST = 55, 200
_TEMPO_WEIGHT: Final = 0.6
"""Fast songs take more beats for a line than slow ones, so the time shrinks less than the tempo grows."""
_SPREAD: Final = 0.2
_WIDE_SPREAD: Final = 0.25

_BPM: Final = re.compile(
    r"\b(\d{2,3})(?:\s?-\s?(\d{2,3}))?\s?bpm\b|\bbpm\s?[:=]?\s?(\d{2,3})\b", re.IGNORECASE
)
_TEMPO_WORDS: Final = (
    (re.compile(r"\b(?:very slow|funeral|largo|dirge)\b", re.IGNORECASE), 65),
    (
        re.compile(
            r"\b(?:slow|ballads?|lullaby|lullabies|downtempo|adagio|ambient|lento|langsam)\b", re.IGNORECASE
        ),
        80,
    ),
    (re.compile(r"\b(?:mid-?tempo|laid[- ]back|lo-?fi|reggae|bolero|r&b|trip[- ]hop)\b", re.IGNORECASE), 95),
    (
        re.compile(r"\b(?:drum and bass|drum & bass|dnb|hardcore punk|thrash|speed metal)\b", re.IGNORECASE),
        172,
    ),
    (
        re.compile(
            r"\b(?:fast|up-?tempo|up-?beat|punk|techno|trance|polka|allegro|driving)\b", re.IGNORECASE
        ),
        140,
    ),
)
_RAP_STYLE: Final = re.compile(r"\b(?:rap|hip[- ]?hop|trap|drill|grime|boom bap)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Estimate:
    """Seconds. `low` and `high` are at most a quarter away from the middle."""

    low: int
    high: int


def tempo(style: str | None) -> int | None:
    """The beats per minute that a style names, or that its words mean; None where it says nothing."""
    if not style:
        return None
    match = _BPM.search(style)
    if match:
        bounds = [int(number) for number in match.groups() if number]
        return min(_FASTEST, max(_SLOWEST, sum(bounds) // len(bounds)))
    return next((bpm for words, bpm in _TEMPO_WORDS if words.search(style)), None)


def section_seconds(measured: MeasuredSection, style: str | None) -> float:
    """How long one section sounds, without what comes before and after it."""
    pace = _pace(style)
    section = measured.section
    if not measured.lines:
        if section.bars:
            return section.bars * 4 * 60 / (tempo(style) or _USUAL_TEMPO)
        return (
            _INSTRUMENTAL if section.kind in INSTRUMENTAL_KINDS else _FADE if "fade" in section.kind else 0.0
        )
    rap = section.kind == "rap" or (section.kind == "verse" and bool(style and _RAP_STYLE.search(style)))
    sung = sum(
        _line_seconds(line, measured, rap) * (_BACKING if line.line.backing else 1) for line in measured.lines
    )
    return sung * pace + _BETWEEN_SECTIONS


def estimate(sections: Sequence[MeasuredSection], style: str | None) -> Estimate | None:
    """The length of the whole song as a range; None where there is nothing to play or sing."""
    body = sum(section_seconds(section, style) for section in sections)
    if not body:
        return None
    kinds = {measured.section.kind for measured in sections if not measured.lines}
    middle = body + (0 if "intro" in kinds else _OPENING) + (0 if kinds & {"outro", "fade out"} else _CLOSING)
    counted = all(measured.syllables is not None for measured in sections)
    tagged = any(measured.section.tag for measured in sections)
    spread = _SPREAD if counted and tagged else _WIDE_SPREAD
    return Estimate(ceil(middle * (1 - spread)), floor(middle * (1 + spread)))


def _pace(style: str | None) -> float:
    return (_USUAL_TEMPO / (tempo(style) or _USUAL_TEMPO)) ** _TEMPO_WEIGHT


def _line_seconds(line: MeasuredLine, measured: MeasuredSection, rap: bool) -> float:
    if measured.language.code == "ja":
        return max(1.5, _JAPANESE_CHARACTER * sum(map(str.isalnum, line.line.text)))
    long, base = (17, _RAP_LINE) if rap else (12, _LINE)
    if line.weight > long:
        return base * line.weight / long
    return base * (0.55 + 0.09 * line.weight if line.weight < 5 else 1.0)
