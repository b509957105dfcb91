"""What can be counted in a section: words, syllables, rhymes."""

from dataclasses import dataclass
from typing import Final

from songwright.lyrics.languages import Language
from songwright.lyrics.reading import Reading
from songwright.lyrics.rhymes import scheme
from songwright.lyrics.sections import Line, Section
from songwright.lyrics.syllables import CJK, Syllables

_CHARACTERS_PER_SYLLABLE: Final = 2.9
"""Of scripts whose syllables cannot be counted, for the estimate alone."""


@dataclass(frozen=True)
class MeasuredLine:
    """A sung line. `syllables` is None where they cannot be counted; `weight` then guesses them."""

    line: Line
    words: int
    syllables: int | None
    weight: float


@dataclass(frozen=True)
class MeasuredSection:
    """A section with its counts. `rhyme` is like "ABAB", None where it cannot be told."""

    section: Section
    language: Language
    lines: tuple[MeasuredLine, ...]
    rhyme: str | None

    @property
    def words(self) -> int:
        """Words; of scripts without blanks, characters."""
        return sum(line.words for line in self.lines)

    @property
    def syllables(self) -> int | None:
        """The sum of the lines, or None where one of them cannot be counted."""
        counts = [line.syllables for line in self.lines]
        return None if None in counts else sum(count or 0 for count in counts)

    @property
    def lead(self) -> tuple[MeasuredLine, ...]:
        """The lines that are not backing vocals."""
        return tuple(line for line in self.lines if not line.line.backing)


def measure(reading: Reading) -> tuple[MeasuredSection, ...]:
    """Every section measured in its own language. The first English one loads the dictionary."""
    syllables = Syllables()
    return tuple(_section(section, reading.language_of(section), syllables) for section in reading.sections)


def _section(section: Section, language: Language, syllables: Syllables) -> MeasuredSection:
    lines = tuple(_line(line, language, syllables) for line in section.lines)
    lead = [line.text for line in section.lines if not line.backing]
    return MeasuredSection(section, language, lines, scheme(lead, language, syllables))


def _line(line: Line, language: Language, syllables: Syllables) -> MeasuredLine:
    count = syllables.line(line.text, language)
    weight = float(count) if count is not None else _guess(line.text, language)
    return MeasuredLine(line, words_of(line.text), count, weight)


def _guess(text: str, language: Language) -> float:
    letters = sum(map(str.isalnum, text))
    if language.code == "ja":
        return letters * 1.5  # a kanji is read with about two morae, a kana with one
    return letters / _CHARACTERS_PER_SYLLABLE


def words_of(text: str) -> int:
    """Words between blanks; every ideograph and kana counts as one."""
    if not text.isascii():
        ideographs = len(CJK.findall(text))
        if ideographs:
            return ideographs + words_of(CJK.sub(" ", text))
    return sum(any(map(str.isalnum, word)) for word in text.split())
