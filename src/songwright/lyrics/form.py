"""The form of a song: its tags, its ending, the balance of its sections and lines."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from statistics import median
from typing import Final

from songwright.lyrics.duration import Estimate
from songwright.lyrics.findings import Finding, hint, warning
from songwright.lyrics.languages import scripts
from songwright.lyrics.measures import MeasuredLine, MeasuredSection
from songwright.lyrics.reading import Reading
from songwright.lyrics.sections import KINDS, SUNG_KINDS, Section
from songwright.text import clean_line

_WEAK: Final = {
    "intro": "[Short Instrumental Intro]",
    "post-chorus": "[Chorus] or [Hook]",
    "fade in": "[Short Instrumental Intro]",
}
_PLAYED: Final = re.compile(
    r"instrumental|guitar|piano|drum|string|synth|bass|acoustic|orchestral|\bshort\b", re.IGNORECASE
)
_ENDINGS: Final = frozenset({"end", "fade out", "outro", "big finish"})
_DELIVERY_WORDS: Final = (
    "a all alone and angelic anthemic aggressive airy belted both boy breathy build building calm cappella"
    " children choir"
    " clean close crowd dark deep distorted driving duet dynamic emotional energetic epic explosive"
    " falsetto female full"
    " gentle girl gritty group growl guitar half harmonies harmony haunting heavy high humming in intimate"
    " key change kids"
    " layered lead light loud low male man melodic minimal no of only orchestral piano powerful quiet"
    " quietly rap rising sad"
    " scat scream screamed shout shouted sing singer soft softly solo soul spoken strings stripped talk"
    " tempo the tender time"
    " to together verse vocal vocals voice voices warm whisper whispered with woman bass beat drums"
    " acoustic band music horns"
    " synth strings applause cheering silence pause stop ad lib libs adlib adlibs call response backing"
    " background male/female"
    " m f vocalist vocalization ooh oohs aahs chant groove swing slow slower fast faster hushed raw smooth"
    " building everyone"
    " unison instrumental rhythm tension release drop riff sax violin trumpet organ synths flute harmonica"
    " banjo cello horn"
    " down up bpm major minor joyful hopeful bright playful laid back mood energy texture style vibe tag"
)
_DELIVERY: Final = frozenset(_DELIVERY_WORDS.split())
_LONGEST_TAG: Final = 60
_MOST_CUES: Final = 3
_MOST_VERSES: Final = 4
_MOST_SECTIONS: Final = 14
_LONGEST_SONG: Final = 480
_LEAST_SECONDS: Final = 8
_LONG_LINE, _LONG_RAP_LINE = 22, 32
_NEVER_LONG: Final = 14
_DELIVERED: Final = frozenset({"spoken", "whispered", "rap", "build", "big finish"})
"""Kinds that may say how the section named right above them is sung."""
_MOST_LINES: Final = 24
_FEW_WORDS, _MANY_WORDS, _MANY_RAP_WORDS = 30, 420, 620


def form(reading: Reading, measured: Sequence[MeasuredSection], length: Estimate | None) -> Iterator[Finding]:
    """What is wrong with the form."""
    yield from _tags(reading)
    if reading.tagged:
        yield from _untagged(reading)
        yield from _ending(reading)
        yield from _empty(reading)
    elif reading.sections:
        yield warning(
            "lyrics",
            1,
            "no_tags",
            "No section has a tag.",
            "Put [Verse], [Chorus] and so on above the sections.",
        )
    yield from _verses(measured)
    for section in measured:
        yield from _long_lines(section)
        yield from _long_section(section)
    yield from _too_much(measured, length)


def _tags(reading: Reading) -> Iterator[Finding]:
    for section in reading.sections:
        if len(section.tag) > _LONGEST_TAG or section.cue.count(",") >= _MOST_CUES:
            message = f"The tag {_named(section)} carries too many directions."
            yield warning(
                "lyrics",
                section.line,
                "stuffed_tag",
                message,
                "Keep one to three short cues, and move the rest to the style.",
            )
        if section.kind == "other":
            yield from _unknown_tag(section)
        elif section.kind in _WEAK and not (section.kind == "intro" and _PLAYED.search(section.cue)):
            message = f"{_named(section)} is often ignored."
            yield warning("lyrics", section.line, "weak_tag", message, f"{_WEAK[section.kind]} works better.")
        elif section.tag and not scripts(section.tag)["latin"]:
            message = f"The tag {_named(section)} is understood best in English."
            yield hint("lyrics", section.line, "translated_tag", message, f"Write [{section.kind.title()}].")


def _named(section: Section) -> str:
    return f"[{clean_line(section.tag, 40)}]"


def _unknown_tag(section: Section) -> Iterator[Finding]:
    words = re.findall(r"[^\W\d_]+", section.tag.casefold()[:_LONGEST_TAG])
    if words and all(word in _DELIVERY for word in words):
        return
    near = get_close_matches(section.tag.casefold()[:20].rstrip("0123456789 "), sorted(KINDS), 1, 0.7)
    fix = (
        f"Did you mean [{near[0].title()}]?"
        if near
        else "Use a common tag: [Verse], [Chorus], [Bridge], [Guitar Solo], [End]."
    )
    message = f"The tag {_named(section)} is not known and may be sung or ignored."
    yield warning("lyrics", section.line, "unknown_tag", message, fix)


def _untagged(reading: Reading) -> Iterator[Finding]:
    first = reading.sections[0]
    if not first.tag and first.lines:
        yield warning(
            "lyrics",
            first.line,
            "untagged_section",
            "The first lines have no tag.",
            "Put [Verse 1] above them.",
        )


def _ending(reading: Reading) -> Iterator[Finding]:
    last = reading.sections[-1]
    ends = [section for section in reading.sections if section.kind == "end"]
    after = next((section for section in ends if section.lines), None)
    if after is not None:
        yield warning(
            "lyrics",
            after.lines[0].number,
            "words_after_end",
            "Words stand after [End].",
            "Move [End] below the last line.",
        )
    elif last.kind not in _ENDINGS and not (
        last.kind == "other" and re.search(r"fade|end\b|finish", last.tag, re.IGNORECASE)
    ):
        yield warning(
            "lyrics",
            last.line,
            "no_ending",
            "The song has no ending, and may break off or ramble on.",
            "Put [End] or [Fade Out] on the last line.",
        )


def _empty(reading: Reading) -> Iterator[Finding]:
    following = [*reading.sections[1:], None]
    for section, after in zip(reading.sections, following, strict=True):
        sung = section.kind in SUNG_KINDS - {"hook"} and not _PLAYED.search(section.cue)
        if not sung or section.lines or (after is not None and _continues(section, after)):
            continue
        message = f"{_named(section)} has no words under it."
        fix = "Write its words out, or leave the tag out."
        yield warning("lyrics", section.line, "empty_section", message, fix)


def _continues(section: Section, after: Section) -> bool:
    """Whether the next tag belongs to this one: its repetition, or how it is delivered."""
    return after.tag == section.tag or (after.line == section.line + 1 and after.kind in _DELIVERED)


def _verses(measured: Sequence[MeasuredSection]) -> Iterator[Finding]:
    verses = [section for section in measured if section.section.kind == "verse" and section.lead]
    if len(verses) > _MOST_VERSES:
        message = f"{len(verses)} verses are more than a song carries."
        yield warning(
            "lyrics", verses[_MOST_VERSES].section.line, "too_many_verses", message, "Keep two or three."
        )
    if len(verses) < 2:
        return
    longest = max(verses, key=lambda verse: verse.words)
    shortest = min(verses, key=lambda verse: verse.words)
    if len(longest.lead) > 2 * len(shortest.lead) and longest.words > 2 * shortest.words:
        message = f"The verses are very unequal: {len(longest.lead)} lines against {len(shortest.lead)}."
        yield warning(
            "lyrics",
            shortest.section.line,
            "unequal_verses",
            message,
            "Bring them to about the same number of lines.",
        )


def _long_lines(section: MeasuredSection) -> Iterator[Finding]:
    lead = section.lead
    usual = median([line.weight for line in lead] or [0])
    limit = _LONG_RAP_LINE if section.section.kind in {"rap", "spoken"} else _LONG_LINE
    if len(lead) > 2:
        limit = min(limit, max(1.8 * usual, usual + 7, _NEVER_LONG))
    for line in lead:
        if line.weight > limit:
            yield _long_line(line, usual, len(lead))


def _long_line(line: MeasuredLine, usual: float, lines: int) -> Finding:
    size = f"has {line.syllables} syllables" if line.syllables is not None else "is long"
    beside = f", its neighbours about {round(usual)}" if lines > 2 and line.syllables is not None else ""
    message = f"Line {line.line.number} {size}{beside}, and would be rushed."
    return warning("lyrics", line.line.number, "long_line", message, "Break it in two or cut words.")


def _long_section(section: MeasuredSection) -> Iterator[Finding]:
    if len(section.lead) > _MOST_LINES and section.section.tag:
        message = f"{_named(section.section)} has {len(section.lead)} lines."
        yield warning("lyrics", section.section.line, "long_section", message, "Split it, and tag each part.")


def _too_much(measured: Sequence[MeasuredSection], length: Estimate | None) -> Iterator[Finding]:
    sung = [section for section in measured if section.lines]
    words = sum(
        section.words for section in measured if section.language.script not in {"han", "kana", "thai"}
    )
    rap = any(section.section.kind == "rap" for section in measured)
    if length and length.low > _LONGEST_SONG:
        message = f"The lyrics last about {length.low // 60} minutes or more, longer than a song can be."
        yield warning("lyrics", None, "too_long", message, "Cut verses until it lasts under eight minutes.")
    elif _crowded(sung, length):
        message = f"{len(sung)} sections are more than the length carries."
        yield warning(
            "lyrics", None, "too_many_sections", message, "Leave sections out or join the shortest."
        )
    elif words > (_MANY_RAP_WORDS if rap else _MANY_WORDS):
        yield hint(
            "lyrics",
            None,
            "many_words",
            f"{words} words are many; 200 to 350 sing best.",
            "Cut what the story can spare.",
        )
    elif sung and words and words < _FEW_WORDS:
        yield hint(
            "lyrics",
            None,
            "few_words",
            f"{words} words make a very short song.",
            "Add a verse, or repeat the chorus in full.",
        )
    if measured and not sung:
        message = "Only tags and no words: the model may invent some."
        yield warning(
            "lyrics", None, "no_words", message, "Leave the lyrics out and order with instrumental=true."
        )


def _crowded(sung: Sequence[MeasuredSection], length: Estimate | None) -> bool:
    if len(sung) > _MOST_SECTIONS:
        return True
    middle = (length.low + length.high) / 2 if length else 0
    return len(sung) > 8 and middle / len(sung) < _LEAST_SECONDS + 2
