"""A draft as the checks see it: its lines, its sections and its languages, read once."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from re import Match, Pattern

from songwright.lyrics.languages import Language, guess
from songwright.lyrics.sections import Section, parse_sections
from songwright.text import without_invisible

_ENOUGH_TO_TELL = 60
"""Characters of a section that tell its language, whatever the rest of the song is in."""


@dataclass(frozen=True)
class Reading:
    """`text` has LF line ends, no blanks around a line and no invisible characters."""

    text: str
    sections: tuple[Section, ...]

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines of the text; the first is line 1."""
        return tuple(self.text.split("\n"))

    @cached_property
    def sung(self) -> str:
        """The words that are sung, without tags."""
        return "\n".join(line.text for section in self.sections for line in section.lines)

    @cached_property
    def language(self) -> Language:
        """The language of most of the words."""
        return guess(self.sung)

    @property
    def tagged(self) -> bool:
        """Whether there is any section tag."""
        return any(section.tag for section in self.sections)

    def language_of(self, section: Section) -> Language:
        """A section's own language, where it is long enough to tell."""
        words = "\n".join(line.text for line in section.lines)
        own = guess(words)
        own_script = own.script != self.language.script and own.script != "han"
        return own if own.sure and (len(words) >= _ENOUGH_TO_TELL or own_script) else self.language

    def line_at(self, position: int) -> int:
        """The line that a position in `text` stands in."""
        return bisect_right(self._starts, position)

    def matches(self, pattern: Pattern[str]) -> Iterator[tuple[int, Match[str]]]:
        """Every match of a pattern in the text, with its line."""
        for match in pattern.finditer(self.text):
            yield self.line_at(match.start()), match

    @cached_property
    def _starts(self) -> list[int]:
        return [0, *accumulate(len(line) + 1 for line in self.lines[:-1])]


def read(text: str) -> Reading:
    """Reads a draft. Line numbers stay those of the text as given; the time is linear in its length."""
    unix = without_invisible(text).replace("\r\n", "\n").replace("\r", "\n")
    stripped = "\n".join(line.strip() for line in unix.split("\n"))
    return Reading(stripped, parse_sections(stripped))
