"""What a section tag says: "[Chorus 2 - anthemic]" is a chorus, the second, sung anthemically."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

# The tags in use (English, as the models were trained), then the names songwriters use in other languages.
_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    "verse": (
        "verse",
        "vers",
        "verso",
        "estrofa",
        "strophe",
        "couplet",
        "strofa",
        "zwrotka",
        "куплет",
        "κουπλέ",
        "kıta",
        "säkeistö",
        "主歌",
        "절",
    ),
    "chorus": (
        "chorus",
        "coro",
        "estribillo",
        "ritornello",
        "refrão",
        "приспів",
        "nakarat",
        "ρεφρέν",
        "припев",
        "副歌",
        "サビ",
        "후렴",
        "kehrvers",
        "kertosäe",
    ),
    "pre-chorus": (
        "pre chorus",
        "prechorus",
        "pre refrain",
        "pré refrain",
        "precoro",
        "предприпев",
        "bメロ",
        "导歌",
    ),
    "post-chorus": ("post chorus", "postchorus"),
    "bridge": (
        "bridge",
        "middle eight",
        "middle 8",
        "puente",
        "pont",
        "brücke",
        "бридж",
        "桥段",
        "cメロ",
        "브릿지",
    ),
    "intro": ("intro", "introduction", "introducción", "вступление", "интро", "前奏", "イントロ", "인트로"),
    "outro": ("outro", "coda", "аутро", "尾奏", "アウトロ", "아웃트로"),
    "hook": ("hook",),
    "refrain": ("refrain", "refräng", "refrein", "refren", "refrén", "refrän", "omkvæd"),
    "interlude": ("interlude", "interludio", "interlúdio", "проигрыш", "间奏", "間奏", "간주"),
    "breakdown": ("breakdown", "break down"),
    "break": ("break",),
    "build": ("build up", "buildup", "build"),
    "drop": ("drop",),
    "solo": ("solo", "соло", "ソロ", "独奏"),
    "instrumental": ("instrumental", "instrumentals"),
    "rap": ("rap verse", "rap", "рэп", "ラップ"),
    "spoken": ("spoken word", "spoken", "narration"),
    "whispered": ("whispered", "whisper"),
    "big finish": ("big finish", "grand finale", "finale"),
    "fade out": ("fade out", "fadeout", "fade to end"),
    "fade in": ("fade in", "fadein"),
    "end": ("end", "ending", "the end", "fin", "конец", "终", "終わり"),
}
_SPECIAL: Final[dict[str, str]] = {"aメロ": "verse"}
_KIND_OF: Final[dict[str, str]] = {
    alias: kind for kind, names in _ALIASES.items() for alias in names
} | _SPECIAL
KINDS: Final[frozenset[str]] = frozenset(_ALIASES)
"""Every kind that a tag is mapped to, without "other" and ""."""

# These describe how a section is played when they stand before its name: "[Instrumental Intro]" is an intro.
_QUALIFIERS: Final = frozenset({"instrumental", "rap", "spoken", "whispered", "solo", "big finish"})
_COUNT_WORDS: Final = {
    **{word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six"), 1)},
    **{word: n for n, word in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1)},
    **{word: n for n, word in enumerate(("i", "ii", "iii", "iv", "v", "vi"), 1)},
}
_CUE_STARTS: Final = re.compile(r"[:：|,;(（/–—]|(?<=\s)-|-(?=\s)")
_WORD: Final = re.compile(r"\b[x×]\d+|\d+[x×]\b|\d+|[^\W\d_]+(?:['’][^\W\d_]+)*", re.IGNORECASE)
_LONGEST_ALIAS: Final = 3
"""Words in the longest alias: "fade to end"."""
_LONGEST_HEAD: Final = 60
"""A tag names its section in its first words; what lies behind is a cue."""


@dataclass(frozen=True)
class Tag:
    """A tag taken apart. `bars` is the length of "[Verse 1 8]" or "[Solo 8 bars]": a wish, in bars."""

    text: str
    kind: str
    number: int | None = None
    cue: str = ""
    bars: int | None = None


@dataclass(frozen=True)
class _Found:
    """A section's name among the words of a tag: words `start` to `stop` spell `kind`."""

    kind: str
    start: int
    stop: int


def read_tag(text: str) -> Tag:
    """Takes the text between a tag's brackets apart; an unknown name gives kind "other". Never raises."""
    written = text.strip()
    head, cue = _split_cue(written)
    words = _words(head[:_LONGEST_HEAD])
    found = _section_name(words)
    if found is None:
        return Tag(written, "other", cue=cue)
    number, bars, rest = _numbers(words, found)
    cues = [part for part in (" ".join(rest), head[_LONGEST_HEAD:].strip(), cue) if part]
    return Tag(written, found.kind, number, ", ".join(cues), bars)


def _split_cue(text: str) -> tuple[str, str]:
    match = _CUE_STARTS.search(text)
    if match is None:
        return text, ""
    return text[: match.start()].strip(), text[match.end() :].strip(" -–—:)）\t")


def _words(head: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", head)
    return _WORD.findall(plain)


def _section_name(words: list[str]) -> _Found | None:
    """The name a tag begins with; else the last one, since English puts the noun last ("Guitar Solo")."""
    names = _names_in([word.casefold() for word in words])
    if not names:
        return None
    first = names[0]
    begins = first.start == 0 and first.kind not in _QUALIFIERS
    return first if begins else names[-1]


def _names_in(words: list[str]) -> list[_Found]:
    names: list[_Found] = []
    at = 0
    while at < len(words):
        found = _name_at(words, at)
        if found is not None:
            names.append(found)
        at = found.stop if found is not None else at + 1
    return names


def _name_at(words: list[str], at: int) -> _Found | None:
    for length in range(_LONGEST_ALIAS, 0, -1):
        kind = _KIND_OF.get(" ".join(words[at : at + length]))
        if kind is not None:
            return _Found(kind, at, min(at + length, len(words)))
    return None


def _numbers(words: list[str], found: _Found) -> tuple[int | None, int | None, list[str]]:
    """The section's number, its length in bars, and the words that are neither: they are its cue."""
    number: int | None = None
    bars: int | None = None
    rest: list[str] = []
    others = words[: found.start] + words[found.stop :]
    for at, word in enumerate(others):
        value = _count(word)
        if value is None:
            rest.append(word)
        elif bars is None and (number is not None or _says_bars(others, at)):
            bars = value
        elif number is None:
            number = value
        else:
            rest.append(word)
    return number, bars, [word for word in rest if word.casefold() not in {"bar", "bars"}]


def _says_bars(words: list[str], at: int) -> bool:
    return at + 1 < len(words) and words[at + 1].casefold() in {"bar", "bars"}


def _count(word: str) -> int | None:
    if word.isdecimal() and len(word) <= 3:
        return int(word)
    return _COUNT_WORDS.get(word.casefold())
