"""Lines of lyrics as singers see them: syllables, their vowels, and which lines rhyme, in any script."""

import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*|\d")
_LATIN: Final = re.compile(r"[a-zæøœıłđðþß]+")
_SILENT_E: Final = re.compile(r"[^aeiouyl]e$|[aeiouy]les?$|[^aeiouylszcxh]es$|[^aeiouytd]ed$")
_VOWELS: Final = re.compile(r"[aeiouyæøœı]+")
_SOUND: Final[dict[str, str]] = {
    "a": "a", "ai": "e", "ay": "e", "au": "o", "aw": "o", "e": "e", "ea": "i", "ee": "i", "ei": "e",
    "ey": "e",
    "eu": "u", "i": "i", "ie": "i", "o": "o", "oa": "o", "oo": "u", "ou": "a", "ow": "o", "oi": "o",
    "oy": "o",
    "u": "u", "ui": "i", "ue": "u", "y": "i", "æ": "e", "ø": "e", "œ": "e", "ı": "i", "ya": "a", "ye": "e",
    "yo": "o",
    "you": "u", "yu": "u", "io": "o", "ia": "a",
}  # fmt: skip
_LETTER_VOWELS: Final = {
    **dict.fromkeys("аяαά", "a"), **dict.fromkeys("еёэєεέ", "e"), **dict.fromkeys("иыіїηιυί", "i"),
    **dict.fromkeys("оοωόώ", "o"), **dict.fromkeys("ую", "u"),
}  # fmt: skip
_HANGUL_VOWELS: Final = "aeaeoeoeoaeooueeiuuiii"[:21]
_SMALL_KANA: Final = frozenset("ゃゅょャュョぁぃぅぇぉァィゥェォ")
_SILENT_KANA: Final = frozenset("っッ")
_CYCLE: Final = "aoeiu"
_LONGEST_WORD: Final = 40
"""Letters; what is longer is no word of any language, and is cut."""


@dataclass(frozen=True)
class Syllable:
    """A sung syllable: `vowel` is one of a, e, i, o, u; `onset` is "soft", "hiss", "stop" or ""."""

    text: str
    vowel: str
    onset: str = ""
    stressed: bool = False


def syllables(line: str) -> tuple[Syllable, ...]:
    """The syllables of a line.

    English is guessed from its spelling; kana, Hangul and ideographs count singly.
    """
    words = _WORD.findall(unicodedata.normalize("NFC", line))
    return tuple(syllable for word in words for syllable in _word_syllables(word[:_LONGEST_WORD]))


def rhyme(line: str) -> str:
    """The sound a line ends with, for comparing: its last vowel and what follows, or the last character."""
    words = _WORD.findall(_plain(line))
    if not words:
        return ""
    last = words[-1].replace("'", "").replace("’", "")
    match = re.search(r"[aeiouy]+[^aeiouy]*e?$", last)
    return match[0] if match and _LATIN.match(last) else last[-1]


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


def _word_syllables(word: str) -> list[Syllable]:
    plain = _plain(word)
    if plain and _LATIN.match(plain):
        return _latin(plain.replace("'", "").replace("’", ""))
    if any(char in _LETTER_VOWELS for char in plain):
        return _alphabetic(plain)
    return _by_character(word)


def _latin(word: str) -> list[Syllable]:
    groups = list(_VOWELS.finditer(word))
    if len(groups) > 1 and groups[0].group() == "y" and groups[0].start() == 0:
        groups = groups[1:]
    if len(groups) > 1 and _SILENT_E.search(word):
        groups = groups[:-1]
    if not groups:
        return [Syllable(word, "e", _onset(word[:1]), True)]
    starts = [
        0,
        *(max(match.start() - 1, before.end()) for before, match in pairwise(groups)),
    ]
    ends = [*starts[1:], len(word)]
    found: list[Syllable] = []
    for at, match in enumerate(groups):
        vowel = _SOUND.get(match[0]) or _SOUND[match[0][0]]
        onset = "" if match.start() == starts[at] else _onset(word[match.start() - 1])
        found.append(Syllable(word[starts[at] : ends[at]], vowel, onset, at == 0))
    return found


def _alphabetic(word: str) -> list[Syllable]:
    """Cyrillic and Greek: one syllable for each vowel letter."""
    vowels = [_LETTER_VOWELS[char] for char in word if char in _LETTER_VOWELS]
    size = max(1, len(word) // len(vowels))
    return [
        Syllable(word[at * size : (at + 1) * size], vowel, "soft", at == 0) for at, vowel in enumerate(vowels)
    ]


def _by_character(word: str) -> list[Syllable]:
    """Scripts that write syllables; of those without vowels (Arabic, Hebrew) every second letter counts."""
    letters = [char for char in word if char not in _SILENT_KANA and not unicodedata.combining(char)]
    if any(unicodedata.bidirectional(char) in {"R", "AL"} for char in letters):
        letters = letters[::2]
    found: list[Syllable] = []
    for at, char in enumerate(letters):
        if char in _SMALL_KANA and found:
            found[-1] = Syllable(
                found[-1].text + char, _char_vowel(char), found[-1].onset, found[-1].stressed
            )
        else:
            found.append(Syllable(char, _char_vowel(char), "soft", at == 0))
    return found


def _char_vowel(char: str) -> str:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7A3:
        return _HANGUL_VOWELS[(code - 0xAC00) // 28 % 21]
    name = unicodedata.name(char, "")
    kana = name.startswith(("HIRAGANA", "KATAKANA")) and name[-1].lower() in _CYCLE
    return name[-1].lower() if kana else _CYCLE[code % 5]


def _onset(letter: str) -> str:
    if letter in "ptkcbdgqxj":
        return "stop"
    return "hiss" if letter in "sfzhvþð" else "soft"
