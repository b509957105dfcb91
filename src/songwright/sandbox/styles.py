"""What a style text asks for: the family it names, tempo, key, mood, players, and what is to be left out."""

import re
import unicodedata
from dataclasses import dataclass
from random import Random
from typing import Final, TypeVar

from songwright.sandbox.genres import GENRES, Genre

_Entry = TypeVar("_Entry", str, tuple[str, str])

SLOWEST: Final = 30.0
FASTEST: Final = 300.0
"""Beats per minute: a stated tempo beyond these is brought to the nearer bound."""

_BPM: Final = re.compile(r"(\d{2,3}(?:\.\d{1,2})?)\s*-?\s*bpm\b|\bbpm\s*[:=]?\s*(\d{2,3}(?:\.\d{1,2})?)")
_KEY: Final = re.compile(
    r"\b(?:in |key of )?([a-g])(#|♯|b|♭| sharp| flat)?[ -]?"
    r"(major|minor|maj|min|dorian|phrygian|lydian|mixolydian)\b"
)
_WORD: Final = re.compile(r"[^\W_]+(?:[&'/-][^\W_]+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SLOW: Final = _words("slow ballad lullaby sleepy downtempo lento adagio gentle relaxed chill mellow lazy")
_FAST: Final = _words("fast upbeat energetic uptempo driving frantic punk thrash lively allegro presto")
_DARK: Final = _words(
    "sad dark melancholic melancholy moody brooding gloomy haunting lonely minor ominous sorrowful tense "
    "angry aggressive mournful noir gothic heartbreak heartbroken eerie longing desperate menacing"
    " bittersweet"
)
_BRIGHT: Final = _words(
    "happy bright joyful sunny uplifting cheerful major playful hopeful warm triumphant sweet fun euphoric "
    "feel-good carefree optimistic tender romantic"
)
_FEMALE: Final = _words("female woman women girl soprano alto mezzo f")
_MALE: Final = _words("male man men boy tenor baritone bass-baritone m")

# what people call an instrument → the player; a lead, or one that carries chords (with its figure)
_LEADS: Final = {
    "violin": "violin", "fiddle": "fiddle", "flute": "flute", "saxophone": "saxophone", "sax": "saxophone",
    "trumpet": "trumpet", "horn": "horn", "horns": "brass", "harmonica": "harmonica", "oboe": "oboe",
    "clarinet": "oboe", "cello": "cello", "bells": "bell", "music box": "music box", "melodica": "melodica",
    "lead guitar": "lead guitar", "guitar solo": "lead guitar", "steel guitar": "steel guitar",
    "pedal steel": "steel guitar",
    "whistle": "flute",
}  # fmt: skip
_COMPS: Final = {
    "solo piano": ("grand piano", "broken"), "solo guitar": ("nylon guitar", "fingerpick"),
    "piano": ("piano", "block"), "grand piano": ("grand piano", "broken"),
    "acoustic guitar": ("acoustic guitar", "strum"),
    "fingerpicked": ("acoustic guitar", "fingerpick"), "nylon guitar": ("nylon guitar", "fingerpick"),
    "ukulele": ("nylon guitar", "strum"), "banjo": ("banjo", "roll"), "electric guitar": ("crunch guitar",
    "strum"),
    "distorted guitar": ("distorted guitar", "chug"), "distorted guitars": ("distorted guitar", "chug"),
    "rhodes": ("electric piano", "soul comp"), "electric piano": ("electric piano", "soul comp"),
    "organ": ("organ", "block"),
    "accordion": ("accordion", "offbeats"), "harp": ("harp", "arpeggio"), "marimba": ("vibes", "arpeggio"),
    "vibraphone": ("vibes", "arpeggio"), "strings": ("strings", "pad"), "synth": ("synth pad", "pad"),
    "synths": ("synth pad", "pad"), "pads": ("warm pad", "pad"), "choir": ("choir", "pad"),
    "brass": ("brass", "hits"),
    "arpeggio": ("synth pluck", "sixteenths"), "arpeggios": ("synth pluck", "sixteenths"),
}  # fmt: skip
_FAMILIES: Final[dict[str, frozenset[str]]] = {
    "drums": frozenset({"drums"}),
    "percussion": frozenset({"drums"}),
    "beat": frozenset({"drums"}),
    "guitar": frozenset({"acoustic guitar", "nylon guitar", "clean guitar", "crunch guitar",
    "distorted guitar",
                         "lead guitar", "muted guitar", "jazz guitar", "steel guitar", "banjo"}),
    "piano": frozenset({"piano", "grand piano", "electric piano"}),
    "keys": frozenset({"piano", "grand piano", "electric piano", "organ"}),
    "strings": frozenset({"strings", "violin", "cello", "fiddle"}),
    "violin": frozenset({"violin", "fiddle"}),
    "bass": frozenset({"bass guitar", "synth bass", "pick bass", "808 bass", "upright bass", "soft bass",
    "dub bass"}),
    "synth": frozenset({"synth pad", "synth pluck", "synth lead", "synth stab", "supersaw", "warm pad",
    "synth bass"}),
    "brass": frozenset({"brass", "trumpet", "horn"}),
    "horn": frozenset({"brass", "trumpet", "horn", "saxophone"}),
    "vocal": frozenset({"voice", "choir"}),
    "voice": frozenset({"voice", "choir"}),
    "singing": frozenset({"voice", "choir"}),
}  # fmt: skip
_DRUMLESS: Final = ("no drums", "drumless", "without drums", "solo piano", "a cappella", "acapella")


@dataclass(frozen=True)
class Style:
    """What was understood. `bpm` and `tonic` are None where the text states none; `without` names players.

    `alone` is true for "solo piano" and its like: only the named instrument plays."""

    genre: Genre
    bpm: float | None
    pace: float
    tonic: int | None
    mode: str
    voice: str
    comps: tuple[tuple[str, str], ...]
    leads: tuple[str, ...]
    without: frozenset[str]
    alone: bool = False


def read_style(text: str, negative: str, gender: str, rng: Random) -> Style:
    """Reads style words; where they leave something open, the genre's own chances decide."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = frozenset(_WORD.findall(plain))
    without = _without(plain, unicodedata.normalize("NFKC", negative).casefold())
    genre = _genre(plain, rng)
    tonic, mode = _key(plain)
    return Style(
        genre=genre,
        bpm=_bpm(plain),
        pace=0.82 if words & _SLOW else 1.12 if words & _FAST else 1.0,
        tonic=tonic,
        mode=mode or _mode(genre, words, rng),
        voice=_voice(gender, words, rng),
        comps=_named(plain, _COMPS),
        leads=_named(plain, _LEADS),
        without=without,
        alone=any(_find(plain, f"solo {name}") >= 0 for name in (*_COMPS, *_LEADS, "guitar")),
    )


def _genre(text: str, rng: Random) -> Genre:
    """The family named first; where two begin at the same place, the longer name ("hip hop", not "hip")."""
    found = [
        (at, -len(word), genre.name)
        for genre in GENRES
        for word in genre.words
        if (at := _find(text, word)) >= 0
    ]
    by_name = {genre.name: genre for genre in GENRES}
    if found:
        return by_name[min(found)[2]]
    return by_name[rng.choice(("pop", "soul", "folk", "synthwave"))]


def _find(text: str, word: str) -> int:
    match = re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text)
    return match.start() if match else -1


def _bpm(text: str) -> float | None:
    match = _BPM.search(text)
    if match is None:
        return None
    return min(FASTEST, max(SLOWEST, float(match[1] or match[2])))


def _key(text: str) -> tuple[int | None, str]:
    match = _KEY.search(text)
    if match is None:
        return None, ""
    shift = {"#": 1, "♯": 1, " sharp": 1, "b": -1, "♭": -1, " flat": -1}.get(match[2] or "", 0)
    mode = {"maj": "major", "min": "minor"}.get(match[3], match[3])
    return ({"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}[match[1]] + shift) % 12, mode


def _mode(genre: Genre, words: frozenset[str], rng: Random) -> str:
    mood = len(words & _BRIGHT) - len(words & _DARK)
    minor = genre.minor if mood == 0 else 0.92 if mood < 0 else 0.08
    if genre.minor < 1.0 and mood > 0 and genre.modes[0] != "lydian":
        return "major" if genre.family != "blues" else genre.modes[0]
    return genre.modes[rng.random() < max(minor, float(genre.minor == 1.0))]


def _voice(gender: str, words: frozenset[str], rng: Random) -> str:
    stated = frozenset({gender.strip().casefold()})
    for names in (stated, words):
        if names & _FEMALE:
            return "female"
        if names & _MALE:
            return "male"
    return rng.choice(("female", "male"))


def _named(text: str, table: dict[str, _Entry]) -> tuple[_Entry, ...]:
    """The table's entries that the text names, in its order; a longer name hides the shorter one inside
    it.
    """
    found = sorted((at, -len(word), word) for word in table if (at := _find(text, word)) >= 0)
    kept: list[tuple[int, int]] = []
    chosen: list[_Entry] = []
    for at, negative_length, word in found:
        if not any(start <= at and at - negative_length <= end for start, end in kept):
            kept.append((at, at - negative_length))
            chosen.append(table[word])
    return tuple(dict.fromkeys(chosen))


def _without(style: str, negative: str) -> frozenset[str]:
    gone = {"drums"} if any(_find(style, phrase) >= 0 for phrase in _DRUMLESS) else set[str]()
    for word, players in _FAMILIES.items():
        if _find(negative, word) >= 0 or _find(negative, f"{word}s") >= 0:
            gone |= players
    known = {name for players in _FAMILIES.values() for name in players}
    return frozenset(gone | {name for name in known if _find(negative, name) >= 0})
