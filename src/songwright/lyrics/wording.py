"""Hints on the words: worn-out ones, and signs that nobody can sing."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, hint
from songwright.lyrics.reading import Reading

_WORN_OUT: Final = re.compile(
    r"\b(neon|echo(?:es|ing)?|ghosts?|silver|shadows?|whisper(?:s|ed|ing)?|crystal|velvet)\b", re.IGNORECASE
)
_STEMS: Final = ("neon", "echo", "ghost", "silver", "shadow", "whisper", "crystal", "velvet")
_EMOJI: Final = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_DIGITS: Final = re.compile(r"(?<![\w\[])\d[\d,.:/%$€£-]*")
_FANCY: Final = re.compile(r"[$€£%&@#+=]")


def wording(reading: Reading) -> Iterator[Finding]:
    """Hints only: none of this keeps a song from being good."""
    if reading.language.code == "en":
        yield from _worn_out(reading)
    yield from _unsingable(reading)


def _worn_out(reading: Reading) -> Iterator[Finding]:
    small = reading.text.lower()
    found = list(reading.matches(_WORN_OUT)) if any(stem in small for stem in _STEMS) else []
    if found:
        words = Counter(match[1].casefold() for _, match in found)
        listed = ", ".join(word for word, _ in words.most_common(5))
        message = f"Worn-out in written-by-machine lyrics: {listed}."
        yield hint(
            "lyrics", found[0][0], "worn_out_words", message, "Name a thing that only this song could have."
        )


def _unsingable(reading: Reading) -> Iterator[Finding]:
    emoji = None if reading.text.isascii() else next(reading.matches(_EMOJI), None)
    if emoji:
        yield hint("lyrics", emoji[0], "emoji", "An emoji can't be sung.", "Leave it out.")
    for section in reading.sections:
        for line in section.lines:
            if _DIGITS.search(line.text) or _FANCY.search(line.text):
                message = "Figures and signs may be read out in an unexpected way."
                yield hint(
                    "lyrics",
                    line.number,
                    "figures",
                    message,
                    "Write them as they are said: twenty-four, and, dollars.",
                )
                return
