"""How English words are spoken: the CMU Pronouncing Dictionary, cut down to syllables and endings.

The table is made from cmudict (Carnegie Mellon University, licence beside this file) by `build.py`. It takes
about 15 ms and 9 MB to load, so nothing but a check of lyrics loads it.
"""

import functools
import gzip
import re
from bisect import bisect_left
from importlib import resources
from typing import Final, NamedTuple

_ENTRY: Final = re.compile(r"(\d+)([A-Za-z]*)")
TABLE: Final = "words.gz"


class Pronunciation(NamedTuple):
    """One way to say a word. `ending` is its sounds from the last stressed vowel, one letter each.

    Vowels are capitals, consonants small letters: see `VOWELS` and `CONSONANTS` in `sounds.py`.
    """

    syllables: int
    ending: str


class Pronunciations:
    """A sorted table of lines `word 2Ending|3Ending`."""

    def __init__(self, table: bytes) -> None:
        self._lines = table.split(b"\n")

    def of(self, word: str) -> tuple[Pronunciation, ...]:
        """Every way to say a word given in small letters, the commonest first; empty if it is unknown."""
        key = word.encode() + b" "
        at = bisect_left(self._lines, key)
        if at == len(self._lines) or not self._lines[at].startswith(key):
            return ()
        entries = self._lines[at][len(key) :].decode("ascii")
        return tuple(Pronunciation(int(count), ending) for count, ending in _ENTRY.findall(entries))


@functools.cache
def pronunciations() -> Pronunciations:
    """The dictionary, read on the first call."""
    return Pronunciations(gzip.decompress(resources.files(__name__).joinpath(TABLE).read_bytes()))
