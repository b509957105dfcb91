"""Lines that would be sung wrong: labels, chords, directions, translations, tags in the wrong place."""

import re
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, warning
from songwright.lyrics.languages import guess
from songwright.lyrics.reading import Reading
from songwright.lyrics.sections import Section
from songwright.lyrics.tags import read_tag
from songwright.text import quoted

_LABEL: Final = re.compile(
    r"^([^\W\d_a-z][\w'’.&-]{0,20}(?: (?:&|[^\W\d_a-z][\w'’.-]{0,15})){0,2})\s?[:：](?=\s|$)"
)
_ROLES_WORDS: Final = (
    "male female man woman boy girl him her he she both all together everyone singer choir chorus lead"
    " backing duet"
    " narrator rapper crowd group kids children soloist mother father mom dad"
)
_ROLES: Final = frozenset(_ROLES_WORDS.split())
_NOT_NAMES_WORDS: Final = (
    "remember listen note question answer look baby well oh so and but then now hey yes no because say"
    " tell see"
    " love dear truth time today tonight tomorrow one two three first second here there i it this that monday"
    " tuesday wednesday thursday friday saturday sunday rule step day night chapter part act scene number"
    " exhibit"
    " january february march april may june july august september october november december spring summer"
    " autumn"
    " winter morning noon evening midnight lesson item warning"
)
_NOT_NAMES: Final = frozenset(_NOT_NAMES_WORDS.split())
_ROLE_LABEL: Final = re.compile(
    r"(?:male|female|boy|girl|man|woman|singer|voice|rapper)(?: (?:\d|[ab]|vocals?|voice))?", re.IGNORECASE
)
_SECTION_WORD: Final = re.compile(r"[(*_#]*([^\W\d_][\w' -]{1,24}?)[)*_]*\s?([:：.]?)[)*_]*")
_WITHOUT_COLON: Final = frozenset(
    {"verse", "chorus", "pre-chorus", "post-chorus", "bridge", "intro", "outro", "refrain"}
)
_CHORD: Final = re.compile(
    r"[A-G][#♯b♭]?(?:maj|min|m|M|dim|aug|sus|add)?\d{0,2}(?:sus[24]|add\d)?(?:/[A-G][#♯b♭]?)?"
)
_CHORD_TAG: Final = re.compile(rf"\[({_CHORD.pattern})\]")
_IN_PARENTHESES: Final = re.compile(r"[(（]([^()（）\n]{2,80})[)）]")
_DIRECTION_NOUN: Final = (
    r"(?:guitar|piano|drums?|bass|sax(?:ophone)?|violin|strings?|synth|trumpet|horns?|flute|organ"
    r"|harmonica|cello|banjo"
    r"|accordion|instrumental|instruments?|music|beat|band|orchestra)"
)
_DIRECTION: Final = re.compile(
    rf"(?:\w+ )?{_DIRECTION_NOUN} (?:solo|break|riff|intro|outro|interlude|fill"
    r"|starts?|stops?|builds?"
    r"|swells?|fades?(?: (?:out|in))?|drops?|enters?|only|kicks? in|comes? in)(?: .{1,30})?"
    r"|(?:short |long )?instrumental(?: (?:break|solo|interlude|section))?|(?:guitar|drum|piano|sax)"
    r" solo.{0,30}|solo"
    r"|fade(?:s)? out|fade(?:s)? in|music (?:fades|stops|builds|swells)|drum(?:s| fill| roll)"
    r"|(?:softly|whisper(?:ed|ing)?|spoken(?: word)?|shouted|screamed|screaming|belted|hummed|humming"
    r"|laughs|laughing"
    r"|sighs|applause|cheering|crowd cheers|a cappella|acapella|falsetto|harmon(?:y|ies)"
    r"|key change"
    r"|slowly|quietly|build[- ]?up|beat drops?|pause|long pause)"
    r"|(?:sung|singing|spoken|whispered|shouted|rapped) (?:softly|slowly|quietly|loudly|by|with|in|over"
    r"|like)\b.{0,40}"
    r"|(?:with|in) (?:feeling|emotion|harmony|falsetto|a whisper)|ad[- ]?libs?|repeat",
    re.IGNORECASE,
)
_STARS: Final = re.compile(r"(?<![\w*])\*[^*\n]{1,60}\*(?![\w*])")
_URL: Final = re.compile(r"\bhttps?://\S{1,200}|\bwww\.\w[\w-]{0,60}\.\w{2,}")
_BULLETS: Final = re.compile(r"[-•●*·–]\s+\S|\d{1,2}[.)]\s+\S")
_MOST_LABELS: Final = 3


def hazards(reading: Reading) -> Iterator[Finding]:
    """Every line that would be sung wrong."""
    yield from _labels(reading)
    yield from _unbracketed_tags(reading)
    yield from _chords(reading)
    yield from _directions(reading)
    yield from _translations(reading)
    yield from _crowded_tags(reading)
    yield from _signs(reading)


def _labels(reading: Reading) -> Iterator[Finding]:
    """ "Anna:" before a line. A single one may be sung ("Remember: …"); two names, or a role, may not."""
    if ":" not in reading.text and "：" not in reading.text:
        return
    found = [
        (number, match[1]) for number, line in enumerate(reading.lines, 1) if (match := _LABEL.match(line))
    ]
    names = [(number, name) for number, name in found if _may_be_a_name(name)]
    different = {name.casefold() for _, name in names}
    for number, name in names:
        alone = reading.lines[number - 1].rstrip(":： ") == name
        role = _ROLE_LABEL.fullmatch(name) or name.casefold() in _ROLES
        if role or len(different) > 1 or (alone and len(names) > 1):
            message = f"The speaker label {quoted(name + ':', 40)} would be sung."
            yield warning(
                "lyrics", number, "speaker_label", message, f"Name the voice in the tag: [Verse 1: {name}]."
            )


def _may_be_a_name(name: str) -> bool:
    words = name.casefold().split()
    return words[0] not in _NOT_NAMES and read_tag(name).kind == "other"


def _unbracketed_tags(reading: Reading) -> Iterator[Finding]:
    for number, line in enumerate(reading.lines, 1):
        if not 2 < len(line) <= 40 or "[" in line:
            continue
        match = _SECTION_WORD.fullmatch(line)
        if match and _names_a_section(match[1], match[2] in {":", "："}, reading, number):
            message = f"{quoted(line, 40)} has no brackets and would be sung."
            yield warning(
                "lyrics", number, "unbracketed_tag", message, f"Write [{match[1].strip().title()}]."
            )


def _names_a_section(words: str, colon: bool, reading: Reading, number: int) -> bool:
    tag = read_tag(words)
    if tag.kind == "other" or tag.cue or len(words.split()) > 3:
        return False
    after_gap = number == 1 or not reading.lines[number - 2]
    before_words = number < len(reading.lines) and reading.lines[number] != ""
    return colon or (tag.kind in _WITHOUT_COLON and after_gap and before_words)


def _chords(reading: Reading) -> Iterator[Finding]:
    fix = "Leave the chords out; put the mood or key into the style."
    for number, line in enumerate(reading.lines, 1):
        if line[:1] and line[0] in "ABCDEFG" and _is_chord_line(line):
            yield warning("lyrics", number, "chords", f"The chords {quoted(line, 40)} would be sung.", fix)
        elif "[" in line:
            chords = _CHORD_TAG.findall(line)
            if len(chords) > 1 or (chords and (len(chords[0]) > 1 or line != f"[{chords[0]}]")):
                yield warning("lyrics", number, "chords", f"[{chords[0]}] is a chord, not a section.", fix)


def _is_chord_line(line: str) -> bool:
    chords = line[:200].replace("|", " ").replace("-", " ").split()
    return len(chords) > 1 and len(set(chords)) > 1 and all(_CHORD.fullmatch(chord) for chord in chords)


def _directions(reading: Reading) -> Iterator[Finding]:
    if "(" not in reading.text and "（" not in reading.text:
        return
    for number, match in reading.matches(_IN_PARENTHESES):
        words = match[1].strip(" .!,")
        echo = words.casefold() in _IN_PARENTHESES.sub(" ", reading.lines[number - 1]).casefold()
        if not echo and _DIRECTION.fullmatch(words):
            message = f"The direction {quoted(match[0], 50)} would be sung as backing vocals."
            fix = "Put it into a tag in [brackets] on its own line."
            yield warning("lyrics", number, "stage_direction", message, fix)


def _translations(reading: Reading) -> Iterator[Finding]:
    """Most lines of a section followed by their meaning in another language. A few ad-libs are none."""
    for section in reading.sections:
        if sum(1 for line in section.lines if "(" in line.text or "（" in line.text) < 2:
            continue
        number = _first_translation(section)
        if number is not None:
            message = "The translation in parentheses would be sung as backing vocals."
            yield warning("lyrics", number, "translation", message, "Leave the translation out.")


def _first_translation(section: Section) -> int | None:
    inside: list[str] = []
    outside: list[str] = []
    numbers: list[int] = []
    for line in section.lines:
        aside = _IN_PARENTHESES.search(line.text)
        if aside and len(aside[1].split()) > 1:
            inside.append(aside[1])
            numbers.append(line.number)
        if not line.backing:
            outside.append(_IN_PARENTHESES.sub(" ", line.text))
    most = len(inside) > 1 and len(inside) * 3 >= len(outside) * 2
    return numbers[0] if most and _differs(" ".join(inside), " ".join(outside)) else None


def _differs(inside: str, outside: str) -> bool:
    mine, theirs = guess(inside), guess(outside)
    if mine.script != theirs.script:
        return any(map(str.isalpha, outside))
    return mine.sure and theirs.sure and mine.code != theirs.code


def _crowded_tags(reading: Reading) -> Iterator[Finding]:
    """A tag that shares its line with words."""
    for number, line in enumerate(reading.lines, 1):
        if "[" not in line or (line[0] == "[" and line[-1] == "]" and line.count("[") == 1):
            continue
        between = re.sub(r"\[[^\[\]]*\]", "", line)
        if between == line or _CHORD_TAG.search(line):
            continue
        if any(map(str.isalnum, between)):
            message = f"A tag shares its line with words: {quoted(line, 50)}."
            yield warning(
                "lyrics",
                number,
                "tag_not_alone",
                message,
                "Put the tag on a line of its own.",
            )
        elif line.count("[") > 1:
            message = f"Several tags share a line: {quoted(line, 50)}."
            yield warning("lyrics", number, "tag_not_alone", message, "Put one tag on each line.")


def _signs(reading: Reading) -> Iterator[Finding]:
    for number, match in reading.matches(_URL) if "//" in reading.text or "www." in reading.text else ():
        message = f"The address {quoted(match[0], 40)} would be sung letter by letter."
        yield warning("lyrics", number, "web_address", message, "Leave it out.")
    fix = "Put a direction into [brackets]; sung words need no stars."
    if "*" in reading.text:
        for number, match in reading.matches(_STARS):
            message = f"The stars of {quoted(match[0], 40)} don't keep it from being sung."
            yield warning(
                "lyrics",
                number,
                "stars",
                message,
                fix,
            )
    listed = [n for n, line in enumerate(reading.lines, 1) if _BULLETS.match(line)]
    sung = sum(1 for line in reading.lines if line)
    if len(listed) > 2 and len(listed) * 2 > sung:
        yield warning(
            "lyrics",
            listed[0],
            "list_marks",
            "The lines are written as a list.",
            "Drop the marks before the lines.",
        )
