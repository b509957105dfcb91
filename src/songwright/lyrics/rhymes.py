"""Rhyme schemes: lines compared by the sounds they end with, in the languages whose spelling tells them."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Final

from songwright.lyrics.languages import Language
from songwright.lyrics.pronunciations.sounds import CONSONANTS, VOWELS
from songwright.lyrics.syllables import NUCLEI, WORD, Syllables, plain

_ASIDE: Final = re.compile(r"[(（][^()（）]*[)）]")
_MOST_LINES: Final = 26

# Sung rhymes are of a family: "time" goes with "mine", "stop" with "rock". One letter stands for each family.
_FAMILIES: Final = (
    ("B", "D", "G"), ("P", "T", "K"), ("M", "N", "NG"), ("F", "TH", "S", "SH"), ("V", "DH", "Z", "ZH"),
    ("AA", "AO"),
)  # fmt: skip
_FAMILY: Final = str.maketrans(
    {
        (VOWELS | CONSONANTS)[sound]: (VOWELS | CONSONANTS)[family[0]]
        for family in _FAMILIES
        for sound in family
    }
)
_GLIDE: Final = re.compile("^[iu](?=[aeo])")
_FROM_THE_ACCENT: Final = re.compile("[áéíóúâêôãõàèìòùάέήίόύώΐΰ]")
_WEAK_GERMANIC: Final = {
    "de": re.compile(r"(?:e|en|er|el|em|es|et)$"),
    "nl": re.compile(r"(?:e|en|er|el|es)$"),
    "sv": re.compile(r"(?:a|e|o|ar|er|or|en|et|el|na|as)$"),
    "no": re.compile(r"(?:e|er|en|et|el|ene)$"),
    "da": re.compile(r"(?:e|er|en|et|el|ene)$"),
}
_GERMANIC_SOUNDS: Final = (
    ("äu", "eu"), ("ai", "ei"), ("ij", "ei"), ("auw", "au"), ("ouw", "au"), ("ou", "au"), ("dt", "t"),
)  # fmt: skip
_SLAVIC_SOUNDS: Final = str.maketrans("яюёыєї", "ауоиеи")
_SLAVIC_ENDS: Final = str.maketrans("бвгдзж", "пфктсш")
_DOUBLE: Final = re.compile(r"(.)\1")
_SPANISH_LEVEL: Final = re.compile(r"[aeiou][ns]?$")
_PORTUGUESE_LEVEL: Final = re.compile(r"(?:[aeo]s?|[ae]m|ens)$")
_FRENCH_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"(?<=.)(?<![aeiouyéèêœ])es?$|(?<=[éiu])es?$|(?<=ai)ent$", ""),
        (r"(?:ez|er|ets?|és?|ais|ait|ai|ai[st])$", "é"),
        (r"[oô]$|eaux?$|aux?$|ots?$|ôts?$|ops?$", "o"),
        (r"(?:an|en|am|em)(?=[^aeiouyéèêmn]|$)", "ã"),
        (r"(?:ain|ein|in|un|im|ym|yn)(?=[^aeiouyéèêmn]|$)", "ẽ"),
        (r"(?:on|om)(?=[^aeiouyéèêmn]|$)", "õ"),
        (r"oi", "wa"),
        (r"ou|où", "w"),
        (r"œu|eu|œ", "ø"),
        (r"ai|ei|è|ê", "e"),
        (r"(?<=.)[stxzdp]+$", ""),
    )
)
_FRENCH_VOWELS: Final = re.compile("[aeiouyéôãẽõøwàâùûîïë]")


def scheme(lines: Iterable[str], language: Language, syllables: Syllables) -> str | None:
    """The rhymes of a section as letters ("ABAB"), or None where they cannot be told.

    `lines` are the sung lines without backing vocals. A line whose last word has no letters is "-". Lines
    past the twenty-sixth are not told.
    """
    if language.code not in _KEYS:
        return None
    groups: list[frozenset[str]] = []
    letters: list[str] = []
    for line in lines:
        keys = _keys_of(line, language, syllables)
        match = next((at for at, group in enumerate(groups) if keys & group), len(groups))
        if keys and match == len(groups):
            groups.append(keys)
        letters.append("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[match] if keys else "-")
        if len(letters) == _MOST_LINES:
            break
    return "".join(letters) if len(letters) > 1 else None


def _keys_of(line: str, language: Language, syllables: Syllables) -> frozenset[str]:
    words = WORD.findall(_ASIDE.sub(" ", line)) or WORD.findall(line)
    if not words or words[-1][0].isdigit():
        return frozenset()
    last = plain(words[-1])
    if last.isascii() and language.script != "latin":
        return _english(last, syllables)
    return _KEYS[language.code](last, syllables)


def _english(word: str, syllables: Syllables) -> frozenset[str]:
    """By sound, from the last stressed vowel; a third syllable after it may carry a rhyme too ("melody")."""
    keys: set[str] = set()
    for spoken in syllables.spoken(word):
        sounds = spoken.ending.translate(_FAMILY)
        keys.add(sounds)
        vowels = [at for at, sound in enumerate(sounds) if sound.isupper()]
        if len(vowels) > 2:
            keys.add(sounds[vowels[-1] :])
    if not keys:
        spelled = re.search(r"[aeiouy]+[^aeiouy]*e?$", word.replace("'", ""))
        keys.add("~" + (spelled[0] if spelled else word))
    return frozenset(keys)


def _from(word: str, code: str, back: int) -> frozenset[str]:
    """What a word ends with, from its last nucleus but `back`."""
    nuclei = list(NUCLEI[code].finditer(word))
    if not nuclei:
        return frozenset({word})
    at = max(0, len(nuclei) - 1 - back)
    ending = _sounds(word[nuclei[at].start() :])
    shorter = _GLIDE.sub("", ending)
    return frozenset({shorter if len(shorter) > 1 or code == "es" else ending})


def _sounds(ending: str) -> str:
    decomposed = unicodedata.normalize("NFD", ending)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return bare.replace("v", "b").replace("h", "").replace("ß", "ss")


def _greek_sounds(ending: str) -> str:
    return re.sub("[ειο]ι|[ηυ]", "ι", ending.replace("αι", "ε").replace("ου", "w").replace("ω", "ο"))


def _accented(word: str, code: str, level: bool) -> frozenset[str]:
    """From the written accent; without one, from the last nucleus but one where the word is level."""
    marks = list(_FROM_THE_ACCENT.finditer(word))
    if marks:
        return frozenset({_sounds(word[marks[-1].start() :])})
    return _from(word, code, int(level))


def _spanish(word: str, _: Syllables) -> frozenset[str]:
    return _accented(word, "es", _SPANISH_LEVEL.search(word) is not None)


def _italian(word: str, _: Syllables) -> frozenset[str]:
    return _accented(word, "it", word[-1] in "aeiou")


def _portuguese(word: str, _: Syllables) -> frozenset[str]:
    return _accented(word, "pt", _PORTUGUESE_LEVEL.search(word) is not None)


def _greek(word: str, _: Syllables) -> frozenset[str]:
    return frozenset(_greek_sounds(key) for key in _accented(word, "el", level=False))


def _french(word: str, _: Syllables) -> frozenset[str]:
    word = word.split("'")[-1]
    for pattern, sound in _FRENCH_SOUNDS:
        word = pattern.sub(sound, word)
    vowels = list(_FRENCH_VOWELS.finditer(word))
    if not vowels:
        return frozenset({word})
    return frozenset({_DOUBLE.sub(r"\1", word[vowels[-1].start() :])})


def _germanic(code: str) -> Callable[[str, Syllables], frozenset[str]]:
    weak = _WEAK_GERMANIC[code]

    def keys(word: str, _: Syllables) -> frozenset[str]:
        for written, sound in _GERMANIC_SOUNDS:
            word = word.replace(written, sound)
        back = int(weak.search(word) is not None)
        endings = _from(word, code, back)
        return frozenset(re.sub(r"[dbg]$", lambda end: "tpk"["dbg".index(end[0])], key) for key in endings)

    return keys


def _last_two(code: str) -> Callable[[str, Syllables], frozenset[str]]:
    def keys(word: str, _: Syllables) -> frozenset[str]:
        return _from(word.replace("ó", "u") if code == "pl" else word, code, 1)

    return keys


def _last_syllable(code: str) -> Callable[[str, Syllables], frozenset[str]]:
    """For languages that do not write their stress: the last vowel and what follows, or the open syllable."""

    def keys(word: str, _: Syllables) -> frozenset[str]:
        nuclei = list(NUCLEI[code].finditer(word))
        if not nuclei:
            return frozenset({word})
        last = nuclei[-1]
        if last.end() == len(word):
            return frozenset({word[max(0, last.start() - 1) :].translate(_SLAVIC_SOUNDS)})
        ending = word[last.start() :].translate(_SLAVIC_SOUNDS)
        return frozenset({ending[:-1] + ending[-1].translate(_SLAVIC_ENDS)})

    return keys


_KEYS: Final[dict[str, Callable[[str, Syllables], frozenset[str]]]] = {
    "en": _english,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
    "el": _greek,
    "fr": _french,
    **{code: _germanic(code) for code in _WEAK_GERMANIC},
    **{code: _last_two(code) for code in ("pl", "cs", "fi", "ro", "hu")},
    **{code: _last_syllable(code) for code in ("tr", "id", "ru", "uk", "bg")},
}
"""How each language's endings are told; a language that is missing here has no rhyme scheme."""
