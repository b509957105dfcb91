"""Keys and chords: Roman numerals become chords of a key; each family of styles has its own turns."""

import re
from random import Random
from typing import Final

from songwright.sandbox.score import MINOR_MODES, Chord, tonic_name

MODES: Final[dict[str, tuple[int, ...]]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "blues": (0, 3, 4, 5, 7, 9, 10),
}

_QUALITIES: Final[dict[str, tuple[int, ...]]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7, 12),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m9": (0, 3, 7, 10, 14),
    "maj9": (0, 4, 7, 11, 14),
    "9": (0, 4, 7, 10, 14),
    "m7b5": (0, 3, 6, 10),
    "dim": (0, 3, 6),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "add9": (0, 4, 7, 14),
    "madd9": (0, 3, 7, 14),
    "6": (0, 4, 7, 9),
}
_NUMERAL: Final = re.compile(r"([b#]?)(VII|VI|V|IV|III|II|I|vii|vi|v|iv|iii|ii|i)(.*)")
_DEGREES: Final = {"I": 0, "II": 2, "III": 4, "IV": 5, "V": 7, "VI": 9, "VII": 11}
_LETTERS: Final = "CDEFGAB"
_NATURALS: Final = (0, 2, 4, 5, 7, 9, 11)

# family → section role → turns in major (M) and minor (m); a turn is usually four bars
_TURNS: Final[dict[str, dict[str, tuple[tuple[str, ...], ...]]]] = {
    "pop": {
        "verse": (
            ("I V vi IV", "vi IV I V", "I vi IV V", "I iii vi IV", "I IV vi V"),
            ("i bVI bIII bVII", "i bVII bVI bVII", "i iv bVI bVII", "i bIII bVII iv"),
        ),
        "chorus": (
            ("IV I V vi", "I V vi IV", "IV V vi I", "vi IV I V", "I V ii IV"),
            ("bVI bVII i bIII", "bVI bIII bVII i", "i bVI bIII bVII", "iv bVI i bVII"),
        ),
        "lift": (
            ("ii IV V V", "IV V vi V", "vi V IV V"),
            ("bVI bVI bVII bVII", "iv v bVI bVII", "iv bVI V V"),
        ),
        "bridge": (
            ("vi iii IV V", "ii vi IV V", "IV iv I V"),
            ("bIII bVII iv V", "bVI bIII iv V", "iv i bVI V"),
        ),
    },
    "rock": {
        "verse": (
            ("I bVII IV I", "I IV I V", "I IV V IV", "vi IV I V"),
            ("i bVII bVI bVII", "i bIII bVII iv", "i i bVI bVII"),
        ),
        "chorus": (
            ("I V IV IV", "IV I V V", "I IV vi V", "I V vi IV"),
            ("bVI bVII i i", "i bVI bIII bVII", "bIII bVII i bVI"),
        ),
        "lift": (("ii ii IV V", "IV IV V V"), ("iv iv bVI bVII", "bVI bVI bVII bVII")),
        "bridge": (("bVII IV I I", "vi V IV V"), ("iv bIII bVII V", "bVI iv bVII V")),
    },
    "metal": {
        "verse": (
            ("i5 i5 bII5 i5", "i5 bIII5 bII5 i5"),
            ("i5 i5 bVI5 bVII5", "i5 i5 bII5 i5", "i5 bIII5 iv5 bII5", "i5 i5 bv5 iv5"),
        ),
        "chorus": (
            ("i5 bVI5 bIII5 bVII5", "bVI5 bVII5 i5 i5"),
            ("i5 bVI5 bIII5 bVII5", "bVI5 bVII5 i5 i5", "i5 bVII5 bVI5 V5"),
        ),
        "lift": (("bVI5 bVI5 bVII5 bVII5", "iv5 iv5 bVI5 V5"),) * 2,
        "bridge": (("i5 bII5 i5 bII5", "bVI5 iv5 bII5 V5"),) * 2,
    },
    "jazz": {
        "verse": (
            ("ii7 V7 Imaj7 vi7", "Imaj7 vi7 ii7 V7", "iii7 vi7 ii7 V7", "Imaj7 IVmaj7 iii7 vi7"),
            ("i7 iv7 iim7b5 V7", "i7 bVImaj7 iim7b5 V7", "i7 i7 iv7 V7"),
        ),
        "chorus": (
            ("IVmaj7 V7 iii7 vi7", "ii7 V7 Imaj7 Imaj7", "Imaj9 VI7 ii9 V9"),
            ("iv7 bVII7 bIIImaj7 V7", "bVImaj7 V7 i7 i7", "iv7 V7 i7 bVImaj7"),
        ),
        "lift": (("ii7 ii7 V7 V7", "bVII7 VI7 ii7 V7"), ("iim7b5 iim7b5 V7 V7", "bVImaj7 bVImaj7 V7 V7")),
        "bridge": (
            ("III7 VI7 II7 V7", "iv7 bVII7 Imaj7 V7"),
            ("bIIImaj7 bVImaj7 iim7b5 V7", "iv7 bVII7 bIIImaj7 V7"),
        ),
    },
    "soul": {
        "verse": (
            ("Imaj7 iii7 IVmaj7 V7", "IVmaj7 iii7 ii7 Imaj7", "Imaj9 vi7 ii9 V9"),
            ("i9 iv9 i9 V7", "i7 bVImaj7 iv7 V7", "bVImaj7 v7 i9 i9"),
        ),
        "chorus": (
            ("IVmaj7 V7 iii7 vi7", "ii9 V9 Imaj9 vi7", "IVmaj9 iii7 vi7 V9"),
            ("bVImaj7 bVII i9 bIIImaj7", "iv9 bVII9 bIIImaj7 bVImaj7"),
        ),
        "lift": (
            ("ii7 iii7 IVmaj7 V9", "IVmaj7 IVmaj7 V9 V9"),
            ("iv7 v7 bVImaj7 V7", "bVImaj7 bVImaj7 V7 V7"),
        ),
        "bridge": (
            ("bVImaj7 bVII Imaj7 V7", "vi7 iii7 IVmaj7 V7"),
            ("bIIImaj7 bVImaj7 iv7 V7", "iv7 i9 bVImaj7 V7"),
        ),
    },
    "folk": {
        "verse": (
            ("I I IV I", "I V IV I", "I vi IV I", "I IV I V"),
            ("i bVII i v", "i bIII bVII i", "i i bVII bVI"),
        ),
        "chorus": (
            ("IV I V I", "IV V I vi", "I IV V I", "vi IV I V"),
            ("bIII bVII i bVI", "bVI bVII i i", "iv bIII bVII i"),
        ),
        "lift": (("IV IV V V", "ii ii V V"), ("bVI bVI bVII bVII", "iv iv bVII bVII")),
        "bridge": (("vi IV vi V", "ii IV I V"), ("bIII iv bVI V", "iv bVI bVII V")),
    },
    "modal": {
        "verse": (
            ("Iadd9 Vsus2 IVmaj7 IVmaj7", "Imaj7 IVmaj9 Imaj7 II"),
            ("iadd9 bVImaj7 bIIImaj7 bVIIsus2", "i9 i9 iv9 bVImaj7"),
        ),
        "chorus": (
            ("IVmaj7 vi7 Iadd9 Vsus2", "II Imaj7 IVmaj9 V"),
            ("bVImaj7 bVIIadd9 iadd9 v7", "bIIImaj7 bVII iadd9 iv9"),
        ),
        "lift": (
            ("vi7 vi7 IVmaj7 Vsus4", "ii7 ii7 Vsus4 V"),
            ("iv9 iv9 bVImaj7 bVII", "bVImaj7 bVII iv9 Vsus4"),
        ),
        "bridge": (
            ("bVImaj7 bIIImaj7 IVmaj7 Vsus4", "iii7 vi7 ii7 Vsus4"),
            ("bIImaj7 bIImaj7 iadd9 V", "iv9 bIIImaj7 bVImaj7 Vsus4"),
        ),
    },
    "classical": {
        "verse": (
            ("I V vi iii IV I IV V", "I IV V I", "I vi ii V"),
            ("i iv V i", "i V bVI bIII iv i iv V", "i bVI iv V"),
        ),
        "chorus": (
            ("IV V I vi ii V I I", "vi ii V I", "I IV ii V"),
            ("bIII bVII i V", "bVI iv V i", "iv bVII bIII V"),
        ),
        "lift": (("ii ii V V", "IV ii V7 V7"), ("iv iv V V", "iim7b5 iim7b5 V7 V7")),
        "bridge": (("vi III vi V7", "IV iv I V7"), ("bIII bVI iv V7", "bVI bII V V7")),
    },
    "cinematic": {
        "verse": (("I bVI I bVI", "I V vi IV"), ("i bVI bIII bVII", "i i bVI iv", "i v bVI bIII")),
        "chorus": (("I bVI bIII bVII", "IV V vi I"), ("bVI bVII i i", "i bVI bIII bVII", "bVI bIII iv V")),
        "lift": (("IV IV V V", "bVI bVI bVII bVII"), ("bVI bVI bVII bVII", "iv v bVI bVII")),
        "bridge": (("vi bVI bIII bVII",), ("iv bII bVI V", "bIII bII bVI V")),
    },
    "reggae": {
        "verse": (("I IV I IV", "I V ii IV", "I ii I ii"), ("i iv i iv", "i bVII i bVII", "i iv bVII i")),
        "chorus": (
            ("I V vi IV", "IV V I I", "I IV V IV"),
            ("bVI bVII i i", "iv bVII i bVI", "i bVII bVI bVII"),
        ),
        "lift": (("ii ii V V", "IV IV V V"), ("iv iv v v", "bVI bVI bVII bVII")),
        "bridge": (("vi ii IV V", "IV iii ii V"), ("bVI bIII iv v", "iv bIII bVI V")),
    },
    "latin": {
        "verse": (
            ("I IV V IV", "ii V I vi", "I vi ii V"),
            ("i iv V7 i", "i bVII bVI V7", "i i V7 V7", "i iv bVII V7"),
        ),
        "chorus": (
            ("IV V I vi", "ii V I I", "I IV ii V7"),
            ("iv bVII bIII V7", "i bVII bVI V7", "bVI bVII i V7"),
        ),
        "lift": (("ii ii V7 V7",), ("iv iv V7 V7",)),
        "bridge": (("vi II ii V7", "IV iv I V7"), ("bIII bVI iv V7", "iv i bVI V7")),
    },
    "blues": {
        "verse": (
            ("I7 I7 I7 I7 IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 I7 IV7 IV7 I7 VI7 ii7 V7 I7 V7"),
            ("i7 i7 i7 i7 iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 iv7 i7 i7 iv7 iv7 i7 i7 v7 iv7 i7 V7"),
        ),
        "chorus": (
            ("IV7 IV7 I7 I7 V7 IV7 I7 V7", "I7 IV7 I7 V7"),
            ("iv7 iv7 i7 i7 bVI7 V7 i7 V7", "i7 iv7 i7 V7"),
        ),
        "lift": (("IV7 IV7 V7 V7",), ("iv7 iv7 V7 V7",)),
        "bridge": (("IV7 I7 II7 V7", "IV7 IV7 I7 VI7"), ("iv7 i7 bVI7 V7",)),
    },
}
_ROLE_OF: Final = {
    "chorus": "chorus", "hook": "chorus", "refrain": "chorus", "drop": "chorus", "post-chorus": "chorus",
    "big finish": "chorus", "pre-chorus": "lift", "build": "lift", "bridge": "bridge", "breakdown": "bridge",
}  # fmt: skip


def chord(numeral: str, tonic: int, mode: str = "major") -> Chord:
    """The chord that a Roman numeral means over a tonic: "bVI" over A is F, "ii7" over C is Dm7.

    Raises ValueError for text that is no Roman numeral.
    """
    match = _NUMERAL.fullmatch(numeral)
    if match is None or match[3] not in _QUALITIES:
        raise ValueError(f"no Roman numeral: {numeral!r}")
    accidental, degree, quality = match.groups()
    shift = {"b": -1, "#": 1, "": 0}[accidental]
    root = (tonic + _DEGREES[degree.upper()] + shift) % 12
    if degree.islower() and quality in {"", "7", "9", "add9"}:
        quality = f"m{quality}"
    return Chord(root, _QUALITIES[quality], _spelt(root, degree.upper(), tonic_name(tonic, mode)) + quality)


def _spelt(root: int, degree: str, tonic: str) -> str:
    """The root's name with its degree's letter; rather a plain name than two accidentals."""
    letter = (_LETTERS.index(tonic[0]) + list(_DEGREES).index(degree)) % 7
    off = (root - _NATURALS[letter] + 6) % 12 - 6
    return _LETTERS[letter] + {-1: "b", 0: "", 1: "#"}[off] if abs(off) < 2 else tonic_name(root, "major")


def choose_turns(
    family: str, mode: str, tonic: int, rng: Random, weirdness: float
) -> dict[str, tuple[Chord, ...]]:
    """One turn of chords for each section role, and "home", the chord that songs end on.

    Verse and chorus differ; weird songs (above 0.5) borrow a chord or two.
    """
    chosen: dict[str, tuple[Chord, ...]] = {}
    used: set[str] = set()
    for role, by_mode in _TURNS[family].items():
        turns = by_mode[1 if mode in MINOR_MODES else 0]
        turn = rng.choice([turn for turn in turns if turn not in used] or list(turns))
        used.add(turn)
        numerals = [_stranger(numeral, rng, weirdness) for numeral in turn.split()]
        chosen[role] = tuple(chord(numeral, tonic, mode) for numeral in numerals)
    played = [one for turn in chosen.values() for one in turn if one.root == tonic]
    plain = chord("i" if mode in MINOR_MODES else "I", tonic, mode)
    chosen["home"] = (played[0] if played else plain,)
    return chosen


def _stranger(numeral: str, rng: Random, weirdness: float) -> str:
    borrow = numeral not in {"I", "i", "i5"} and rng.random() < max(0.0, weirdness - 0.5) * 0.6
    return rng.choice(("bII", "bVImaj7", "iv", "bIIImaj7", "II")) if borrow else numeral


def role_of(kind: str) -> str:
    """Which turn a kind of section plays: verse, chorus, lift or bridge."""
    return _ROLE_OF.get(kind, "verse")


def spread(turn: tuple[Chord, ...], bars: int) -> tuple[Chord, ...]:
    """A turn repeated over `bars` bars; one that would break off still ends on the turn's last chord."""
    turn = _shortened(turn, bars)
    chords = [turn[bar % len(turn)] for bar in range(bars)]
    if bars >= 2 and bars % len(turn):
        chords[-1] = turn[-1]
    return tuple(chords)


def _shortened(turn: tuple[Chord, ...], bars: int) -> tuple[Chord, ...]:
    """A twelve-bar blues that has less room becomes the eight-bar one, or its four cardinal chords."""
    if len(turn) < 12 or bars >= 12:
        return turn
    kept = (0, 1, 4, 5, 6, 7, 8, 11) if bars >= 8 else (0, 4, 8, 6)
    return tuple(turn[at] for at in kept)
