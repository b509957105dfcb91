"""Orders to repeat something, written where the words should stand: they would be sung as they are."""

import re
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, error
from songwright.lyrics.reading import Reading
from songwright.lyrics.sections import SUNG_KINDS, Section
from songwright.text import quoted

_PART: Final = (
    r"(?:(?:the |last |first |final |second |whole |entire |full )*"
    r"(?:pre[ -]?chorus|post[ -]?chorus|chorus(?:es)?|verses?|refrain|hook|bridge|intro|outro|section)"
    r"(?: ?(?:\d|one|two|three))?)"
)
_TIMES: Final = (
    r"(?:[ ,-]*(?:\(?[x×] ?\d{1,2}\)?|\(?\d{1,2} ?[x×]\)?|(?:\d{1,2}|two|three|four) times|twice|once(?:"
    r" more)?|again"
    r"|until fade|to fade|and fade(?: out)?|as above|till end))*"
)
_COUNT: Final = r"(?:[x×] ?\d{1,2}|\d{1,2} ?[x×])"
_SHORTHAND: Final = re.compile(
    rf"repeat (?:{_PART}|lines? \d{{1,2}}(?: ?(?:-|to|and) ?\d{{1,2}})?)"
    rf"(?: (?:and|&|\+) {_PART}){{0,2}}{_TIMES}"
    rf"|repeat \(?{_COUNT}|(?!the ){_PART} (?:repeats|repeated|is repeated|as (?:above|before))"
    rf"|(?:pre-?)?chorus again"
    rf"|(?!the ){_PART}[ ,]*\(?(?:{_COUNT}|repeat(?:s|ed)?(?: [x×]?\d[x×]?)?)"
    rf"|same as (?:above|(?:the )?(?:previous|preceding) (?:chorus|verse|section)|{_PART})|\(?{_COUNT}\)?"
    r"|(?:répéter|repetir|repite|repita|ripetere|ripeti|wiederhole|wiederholung|herhaal|powtórz|tekrar"
    r"|upprepa) "
    r"(?:le |el |la |il |o |den |das |die |het )?(?:refrain|couplet|coro|estribillo|estrofa|ritornello"
    r"|strofa|refrão"
    r"|strophe|refrein|zwrotk[aęi]|vers)"
    r"|(?:refrain|coro|estribillo|ritornello|refrão|refrein|nakarat|refräng|refren) (?:wiederholen"
    r"|wiederholt|x ?\d|\d ?x"
    r"|\(?x ?\d\)?|bis|tekrar|herhalen|powtórz|otra vez|répété)"
    r"|повтор(?:ить|яется)? припева?|припев(?: повторяется| ?[xх×] ?\d| ?\d ?[xх])"
    r"|重复副歌|副歌重复|重複副歌|副歌重複|サビ(?:を)?(?:繰り返し|くりかえし|リピート)|후렴 ?반복",
    re.IGNORECASE,
)
_ONLY_IN_BRACKETS: Final = re.compile(
    r"same as (?:before|first|earlier|last time)|(?:see|as) (?:above|before)|repeat(?: all| as above)?(?:"
    r" from .{1,30})?"
    r" (?:(?:\d{1,2}|two|three|four) times|from (?:the )?(?:top|start|beginning))|repeat all",
    re.IGNORECASE,
)
_WRAPPING: Final = "()[]（）*_-–—.:!…~ "
_AT_THE_END: Final = re.compile(
    r"[(（\[]\s?(?:repeat(?:ed)?\s)?(?:[x×]\s?\d{1,2}|\d{1,2}\s?[x×])\s?[)）\]]|[(（\[](?:repeat \d{1,2}"
    r" times|bis)[)）\]]"
    r"|(?-i:(?<=\w )[x×]\d{1,2}$)",
    re.MULTILINE | re.IGNORECASE,
)
_TAG_ORDER: Final = re.compile(rf"\b(?:repeat(?:s|ed)?|again|same as|{_COUNT})\b", re.IGNORECASE)
_REPEAT_ALONE: Final = re.compile(r"[(\[]?(?:repeat|same)[)\]]?[.!]?", re.IGNORECASE)
_LONGEST: Final = 80
_FIX: Final = "Write the words out again where they are sung."


def repeat_shorthand(reading: Reading) -> Iterator[Finding]:
    """Shorthand for repeating: on a line of its own, behind a line, or as a section without words."""
    seen: set[int] = set()
    for line, text in _spots(reading):
        if line not in seen:
            seen.add(line)
            message = f"{quoted(text, 50)} is a note to repeat something, and would be sung as it stands."
            yield error("lyrics", line, "repeat_shorthand", message, _FIX)


def _spots(reading: Reading) -> Iterator[tuple[int, str]]:
    yield from _empty_sections(reading)
    for number, line in enumerate(reading.lines, 1):
        if 1 < len(line) <= _LONGEST and _is_shorthand(line):
            yield number, line
    for number, match in reading.matches(_AT_THE_END):
        if not _opens_a_section_with_words(reading, number, match[0]):
            yield number, match[0]


def _is_shorthand(line: str) -> bool:
    if not line:
        return False
    bare = line.strip(_WRAPPING)
    if line[0] == "[" and line[-1] == "]":
        return False  # tags are judged with what stands under them
    if line[0] in "(（" and _ONLY_IN_BRACKETS.fullmatch(bare):
        return True
    return _SHORTHAND.fullmatch(bare) is not None


def _empty_sections(reading: Reading) -> Iterator[tuple[int, str]]:
    """ "[Repeat Chorus]" and "[Chorus x2]" with nothing under them, or with a bare "(repeat)"."""
    for section in reading.sections:
        if not section.lines and _orders_repeat(section):
            yield section.line, f"[{section.tag}]"
        elif section.tag and len(section.lines) == 1 and _REPEAT_ALONE.fullmatch(section.lines[0].text):
            yield section.lines[0].number, section.lines[0].text


def _orders_repeat(section: Section) -> bool:
    if section.kind in SUNG_KINDS:
        return _TAG_ORDER.search(section.tag[:_LONGEST]) is not None
    return section.kind == "other" and len(section.tag) <= _LONGEST and _is_shorthand(section.tag)


def _opens_a_section_with_words(reading: Reading, number: int, found: str) -> bool:
    """Whether "[x2]" only belongs to a tag above written-out words."""
    return found[0] == "[" and reading.lines[number - 1].strip("[] ") == found.strip("[] ")
