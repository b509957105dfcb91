"""Places in a draft that were meant to be filled in: `[Name]`, `{name}`, a blank of underscores, a TODO."""

import re
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, error
from songwright.lyrics.reading import Reading
from songwright.text import quoted

_NAMES: Final = (
    r"(?:first|last|full|middle|pet|nick|sur|fore)?[ -]?names?|nombres?|noms?|prénoms?|nomes?|vornamen?"
    r"|nachnamen?"
    r"|naam|voornaam|imię|isim|namn|navn|nimi|имя|имени|ім'я|名前|名字|이름"
)
_OWNERS: Final = (
    r"(?:your|his|her|their|my|our|the|a|person'?s?|bride'?s?|groom'?s?|child'?s?|friend'?s?|dog'?s?"
    r"|cat'?s?|pet'?s?"
    r"|city|town|street|place|company|brand|product|band|school|team|country|baby'?s?|mother'?s?"
    r"|father'?s?|partner'?s?"
    r"|recipient'?s?|singer'?s?|artist|song|tu|su|ton|votre|dein|ihr|il|seu)"
)
_NOUNS: Final = (
    r"(?:city|town|place|location|date|year|month|age|number|adjective|noun|verb|animal|color|colour|food"
    r"|hobby|event"
    r"|company|brand|product|relationship|occasion)"
)
_TASK: Final = (
    r"(?:write|add|finish|fill|fix|find|rhyme|replace|change|more|lyrics|verse|chorus|bridge|rewrite|insert"
    r"|decide|check|come up)"
)
# What in brackets can only be an order to fill in; `_NOUNS` may be tags on a line of their own.
_FILL_IN: Final = (
    rf"(?:{_OWNERS} ){{0,3}}(?:[\w]{{1,20}}['’]s )?(?:{_NAMES})(?: ?\d| here| of [\w ]{{1,30}})?"
    r"|(?:insert|fill in|replace with)\b[^\[\]{}<>()\n]{1,60}"
    r"|(?:add|enter|type|put|write) (?:a |an |the |your |his |her |some |more )?"
    r"(?:names?|lyrics|lines?"
    r"|words|text|rhymes?)"
    r"(?: here| about [\w ]{1,30})?"
    r"|(?:[\w ]{1,20} )?lyrics? (?:go |goes )?here|(?:verse|chorus|bridge|text|words?|lines?)(?: \d)?"
    r" (?:go |goes )?here"
    rf"|todo(?: ?[:：][^\[\]{{}}<>()\n]{{1,80}}| {_TASK}\b[^\[\]{{}}<>()\n]{{0,80}})?"
    r"|tb[da]|fixme\b[^\[\]{}<>()\n]{0,80}|placeholder|lorem"
    r" ipsum\b[^\[\]{}<>()\n]{0,80}"
    r"|_{2,}|\.\.\.name|x{4,}"
)
_IN_BRACKETS: Final = re.compile(rf"[\[<]\s?(?:{_FILL_IN})\s?[\]>]", re.IGNORECASE)
_AMID_WORDS: Final = re.compile(rf"(?<=\w )\[{_NOUNS}\]|\[{_NOUNS}\](?= \w|'s)", re.IGNORECASE)
_IN_PARENTHESES: Final = re.compile(
    rf"\((?:TODO(?: ?: ?[^()\n]{{1,80}}| {_TASK}\b[^()\n]{{0,80}})|TBD"
    r"|(?i:insert [^()\n]{1,60}|(?:your |song )?lyrics (?:go )?here|placeholder))\)",
)
_CURLY: Final = re.compile(r"\{\{?[^{}\n]{1,60}\}\}?|\$\{[^{}\n]{1,60}\}")
_BLANK: Final = re.compile(r"(?<![_\w])_{3,}(?![_\w])")
_TODO: Final = re.compile(
    rf"^(?:TODO|FIXME)(?:\s?[:：]\s?(?={_TASK}\b)|\s+(?={_TASK}\b)|\s?[:：]\s?(?=(?P<any>\S))).{{0,80}}",
    re.MULTILINE,
)
_TODO_IS_A_WORD: Final = frozenset({"es", "pt", "it"})
_STANDS_ALONE: Final = re.compile(
    r"(?:TODO|TBD|TBA|FIXME|lorem ipsum.{0,80}|\.{3,}|…+|(?:your |song |insert )?lyrics (?:go |goes"
    r" )?here)[.!]?",
)
_LOREM: Final = re.compile(r"\blorem ipsum dolor\b", re.IGNORECASE)
_FIX: Final = "Write what should be sung there."


def placeholders(reading: Reading) -> Iterator[Finding]:
    """The open places of the lyrics."""
    for line, found in spots(reading):
        yield error(
            "lyrics", line, "open_placeholder", f"{quoted(found, 50)} is still to be filled in.", _FIX
        )


def spots(reading: Reading) -> Iterator[tuple[int, str]]:
    """Every open place with its line."""
    if "[" in reading.text or "<" in reading.text:
        for pattern in (_IN_BRACKETS, _AMID_WORDS):
            yield from ((line, match[0]) for line, match in reading.matches(pattern))
    if "(" in reading.text:
        yield from ((line, match[0]) for line, match in reading.matches(_IN_PARENTHESES))
    if "{" in reading.text:
        yield from ((line, match[0]) for line, match in reading.matches(_CURLY))
    if "___" in reading.text:
        yield from (
            (line, match[0])
            for line, match in reading.matches(_BLANK)
            if reading.lines[line - 1].strip("_ ")  # a line of nothing else is a Markdown rule
        )
    for line, match in reading.matches(_TODO):
        if not (match["any"] and reading.language.code in _TODO_IS_A_WORD):
            yield line, match[0]
    if "orem" in reading.text:
        yield from ((line, match[0]) for line, match in reading.matches(_LOREM))
    yield from _empty_sections(reading)


def _empty_sections(reading: Reading) -> Iterator[tuple[int, str]]:
    """Sections whose only line is a note to write them. A sung "todo" among other lines is none."""
    for section in reading.sections:
        if (
            section.tag
            and len(section.lines) == 1
            and _STANDS_ALONE.fullmatch(section.lines[0].text.strip("()"))
        ):
            yield section.lines[0].number, section.lines[0].text
