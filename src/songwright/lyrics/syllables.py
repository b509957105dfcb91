"""Syllables of a sung line: by dictionary in English, by the vowels that a language writes elsewhere."""

import re
import unicodedata
from collections.abc import Callable
from typing import Final

from songwright.lyrics.languages import Language, script_of
from songwright.lyrics.pronunciations import Pronunciation, pronunciations

_KANA: Final = "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9d"
_HAN: Final = "\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U00031fff"
_HANGUL: Final = "\uac00-\ud7a3"
_LETTERS: Final = rf"[^\W\d_{_KANA}{_HAN}{_HANGUL}]+"
WORD: Final = re.compile(
    rf"[{_KANA}]+|[{_HAN}]+|[{_HANGUL}]+|{_LETTERS}(?:['’]{_LETTERS})*['’]?|\d+",
)
"""One word, or a run of one of the scripts that write no blanks."""
CJK: Final = re.compile(rf"[{_KANA}{_HAN}]")
_SMALL_KANA: Final = re.compile("[ゃゅょャュョゎヮぁぃぅぇぉァィゥェォ]")
_LONGEST_WORD: Final = 40
"""Letters; what is longer is no word, and is cut."""

_ES: Final = "aeiouáéíóúü"
# One match is one syllable's vowel sound. The words are in small letters and at most 40 letters long.
NUCLEI: Final[dict[str, re.Pattern[str]]] = {
    code: re.compile(pattern)
    for code, pattern in {
        "en": r"[aeiouy]+",
        "es": rf"[iuü]?[aeoáéó](?:[iuüy](?![{_ES}]))?|u?í|ú|[iuü]+(?:y(?![{_ES}]))?|y(?![{_ES}])",
        "it": r"[iuy]?[aeoàèéòó](?:[iu](?![aeoàèéòìù]))?|[iu]?[ìùí]|[iuy]+",
        "pt": r"ão|ãe|õe|[iu]?[aeoáéóâêôãõà](?:[iu](?![aeoáéóâêôãõà]))?|[íúü]|[iu]+|y",
        "fr": r"é(?=[aoiuôâ])|[ëïü][aeiouyé]*|[aeiouyàâäéèêîôöùûœ](?:(?!é[aoiuô])[aeiouyàâäéèêîôöùûœ])*",
        "de": r"aa|ee|oo|ai|ei|au|äu|eu|ie|ay|ey|oi|[aeiouyäöüéáà]",
        "nl": r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ou|au|ij|ei|[aeiouyéèëïöü]",
        "pl": r"[ae]u|[aeouyąęó]|i(?![aeouyąęó])",
        "tr": r"[aeıioöuüâîû]",
        "sv": r"eu|au|[aeiouyåäöé]",
        "no": r"ei|øy|ai|au|[aeiouyæøåéòôö]",
        "da": r"ei|au|eu|[aeiouyæøåé]",
        "fi": r"([aeiouyäö])\1|[aeouyäö]i|[aeio]u|[eiäö]y|ie|uo|yö|[aeiouyäöå]",
        "cs": r"[oae]u|[aeiouyáéěíóúůý]|(?<=[b-df-hj-np-tv-zčřšž])[rl](?![aeiouyáéěíóúůý])",
        "ro": r"[eio]a|ie|[aeo]i(?![aeou])|[aeiouăâî]",
        "hu": r"[aeiouáéíóöőúüű]",
        "id": r"ai\b|au\b|oi\b|[aeiou]",
        "ru": "[аеёиоуыэюяіїєѣ]",
        "uk": "[аеєиіїоуюяёыэ]",
        "bg": "[аеиоуъюяѝыэ]",
        "el": r"[αεου]ι|[αεου]ί|υι|ο[υύ]|[αεη][υύ]|[αεηιουωάέήίόύώϊϋΐΰ]",
        "und": r"[aeiouyæœøåäöü]+",
    }.items()
}
_MAY_HAVE_NONE: Final = frozenset({"pl", "cs", "ru", "uk", "bg"})
"""Languages with words of a single consonant ("w", "в"): they have no syllable of their own."""
_ELIDING: Final = frozenset({"es", "it"})
_RUN: Final = re.compile(r"(.)\1{2,}")
_FRENCH_MUTE: Final = re.compile(r"(?<=[^aeiouyàâéèêëîïôùû])es?$|(?<=ai)ent$")
_HIATUS: Final = re.compile(r"[iu][aoe]s?$")


class Syllables:
    """Counts syllables, and remembers every word it has met. Made for one check, and then let go."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], int | None] = {}
        self._spoken: dict[str, tuple[Pronunciation, ...]] = {}

    def line(self, text: str, language: Language) -> int | None:
        """The syllables of a line, or None where the script does not tell them."""
        total, end, open_end = 0, -1, False
        for match in WORD.finditer(text):
            word = match[0]
            count = self.word(word, language)
            if count is None:
                return None
            total += count
            if language.code in _ELIDING:
                flows = open_end and match.start() == end + 1 and word[0].lower() in "aeiouáéíóúhèà"
                total -= flows and _begins_with_vowel(word)
                open_end, end = word[-1].lower() in "aeiouáéíóúàèìòù", match.end()
        return total

    def word(self, word: str, language: Language) -> int | None:
        """The syllables of one match of `WORD`."""
        key = (language.code, word)
        if key not in self._known:
            self._known[key] = self._count(word, language)
        return self._known[key]

    def spoken(self, word: str) -> tuple[Pronunciation, ...]:
        """How an English word is said: as it stands, or in its plain form ("runnin'", "river's")."""
        if word not in self._spoken:
            self._spoken[word] = _look_up(word)
        return self._spoken[word]

    def _count(self, word: str, language: Language) -> int | None:
        script = "latin" if word.isascii() else script_of(word[0])
        if word[0].isdigit():
            return len(word)
        if script == "hangul":
            return len(word)
        if script == "kana":
            return len(word) - len(_SMALL_KANA.findall(word))
        if script == "han":
            return len(word) if language.code == "zh" else None
        if script not in {"latin", "cyrillic", "greek"}:
            return None
        code = (
            language.code if language.script == script else {"latin": "en", "greek": "el"}.get(script, "ru")
        )
        return self._letters(plain(word), code)

    def _letters(self, word: str, code: str) -> int:
        if code == "vi":
            return 1
        if code == "en":
            spoken = self.spoken(word)
            return spoken[0].syllables if spoken else _english(word)
        adjust = _ADJUST.get(code)
        extra = 0
        if adjust is not None:
            word, extra = adjust(word)
        found = sum(1 for _ in NUCLEI.get(code, NUCLEI["und"]).finditer(word)) + extra
        return found if code in _MAY_HAVE_NONE else max(1, found)


def plain(word: str) -> str:
    """A word in small letters, composed, with straight apostrophes, at most 40 letters long."""
    small = word[:_LONGEST_WORD].lower().replace("’", "'")
    return small if small.isascii() else unicodedata.normalize("NFC", small)


def _begins_with_vowel(word: str) -> bool:
    return word[0].lower() != "h" or (len(word) > 1 and word[1].lower() in "aeiouáéíóú")


def _look_up(word: str) -> tuple[Pronunciation, ...]:
    table = pronunciations()
    for form in _forms(word):
        found = table.of(form)
        if found:
            return found
    return ()


def _forms(word: str) -> list[str]:
    bare = word.strip("'")
    forms = [word, bare]
    if bare.endswith("in"):
        forms.append(bare + "g")
    if bare.endswith("'s"):
        forms.append(bare[:-2])
    if _RUN.search(bare):
        forms += [_RUN.sub(r"\1\1", bare), _RUN.sub(r"\1", bare)]
    return forms


def _english(word: str) -> int:
    """The guess for a word that is in no dictionary."""
    groups = len(NUCLEI["en"].findall(word))
    silent = re.search(r"[^aeiouyl]es?$|[^aeiouytd]ed$", word)
    return max(1, groups - (silent is not None and groups > 1))


def _french(word: str) -> tuple[str, int]:
    word = re.sub(r"qu|gu(?=[eiéèê])", lambda match: match[0][0], word)
    word = re.sub(r"(?<=[aeiouéèœ])y(?=[aeiouéè])|^y(?=[aeiouéè])", "j", word)
    mute = _FRENCH_MUTE.search(word)
    shorter = word[: mute.start()] if mute else word
    return (shorter if NUCLEI["fr"].search(shorter) else word), 0


def _spanish(word: str) -> tuple[str, int]:
    return word.replace("h", ""), 0


def _italian(word: str) -> tuple[str, int]:
    """ "mio", "via", "sua" have two syllables; "cio", "gia", "qua" one."""
    split = re.fullmatch(r"[^aeiouàèéìòù]*[iu][aoe]", word) and not re.search(r"[cgq][iu].$", word)
    return word, int(bool(split))


def _portuguese(word: str) -> tuple[str, int]:
    """ "lua", "alegria" end in two syllables; "água", "história" carry an accent before, and in one."""
    split = _HIATUS.search(word) and not re.search(r"[áéíóúâêôãõ]|[gq]u[aoe]s?$", word)
    return word, int(bool(split))


def _german(word: str) -> tuple[str, int]:
    return word.replace("qu", "q"), 0


def _romanian(word: str) -> tuple[str, int]:
    shorter = re.sub(r"(?<=[^aeiouăâî])i$", "", word)
    return (shorter if NUCLEI["ro"].search(shorter) else word), 0


_ADJUST: Final[dict[str, Callable[[str], tuple[str, int]]]] = {
    "fr": _french,
    "es": _spanish,
    "it": _italian,
    "pt": _portuguese,
    "de": _german,
    "nl": _german,
    "ro": _romanian,
}
