"""The players: bass, chords and drums turn a section's chords into notes by their figures."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

from songwright.sandbox.grooves import BASS_LINES, BEATS, FIGURES, FILLS, STEP
from songwright.sandbox.score import Chord, Hit, Note, Passage

_BASS_LOW: Final = 28
_ACCENT: Final = {"X": 1.0, "x": 0.8, "o": 0.45}
_POWER: Final = frozenset({"distorted guitar", "crunch guitar"})
_CENTERS: Final = {
    "grand piano": 55, "piano": 57, "acoustic guitar": 53, "nylon guitar": 53, "bell": 74, "harp": 67,
    "vibes": 64,
    "strings": 57, "choir": 60, "brass": 58, "synth pluck": 64, "banjo": 60, "supersaw": 60, "music box": 76,
    "warm pad": 52,
}  # fmt: skip
_SOFT_DRUMS: Final = frozenset({"hat", "shaker", "brush", "rim", "ride", "foot", "tambourine", "conga"})


@dataclass(frozen=True)
class Step:
    """One stroke of a figure: where it starts and how long it holds, in beats from the bar, and its sign."""

    start: float
    length: float
    sign: str


def steps(figure: str, meter: int) -> Iterator[Step]:
    """The strokes of a bar; "-" holds the stroke before it."""
    bar = figure[: meter * 4]
    for at, sign in enumerate(bar):
        if sign in ".-":
            continue
        held = 1
        while at + held < len(bar) and bar[at + held] == "-":
            held += 1
        yield Step(at * STEP, held * STEP, sign)


def bass(passage: Passage, line: str, meter: int, gain: float) -> Iterator[Note]:
    """The bass of a passage: roots, fifths, octaves and steps into the next chord."""
    bars = BASS_LINES[line]
    for bar, chord in enumerate(passage.chords):
        following = passage.chords[bar + 1] if bar + 1 < passage.bars else passage.chords[0]
        low = _low(chord.root)
        for step in steps(bars[bar % len(bars)], meter):
            start = passage.start + bar * meter + step.start
            yield Note(start, step.length * 0.96, low + _bass_interval(step.sign, chord, following), gain)


def _low(root: int) -> int:
    return _BASS_LOW + (root - _BASS_LOW) % 12


def _bass_interval(sign: str, chord: Chord, following: Chord) -> int:
    if sign == "a":
        target = _low(following.root) - _low(chord.root)
        return target - 1 if target > 0 else target + 1
    third = min(7, chord.intervals[1])
    return {"r": 0, "f": 7, "o": 12, "t": third}[sign]


def comp(passage: Passage, instrument: str, figure: str, meter: int, gain: float) -> Iterator[Note]:
    """The chords of a passage as an instrument plays them by a figure."""
    bars = FIGURES[figure]
    tones: tuple[int, ...] = ()
    for bar, chord in enumerate(passage.chords):
        tones = voicing(chord, _CENTERS.get(instrument, 60), instrument in _POWER)
        for step in steps(bars[bar % len(bars)], meter):
            start = passage.start + bar * meter + step.start
            length = meter - step.start if step.length >= 3.0 else step.length
            if step.sign.isdigit():
                yield Note(start, length, _tone(tones, int(step.sign)), gain * 0.9)
            else:
                share = gain * _ACCENT[step.sign] / len(tones) ** 0.4
                yield from (Note(start, length * 0.97, pitch, share) for pitch in tones)


def voicing(chord: Chord, center: int, power: bool) -> tuple[int, ...]:
    """The chord's pitches close around `center`; for distorted guitars the root, as they add fifths."""
    if power:
        return (40 + (chord.root - 40) % 12,)
    low = center - 6
    return tuple(sorted({low + (chord.root + interval - low) % 12 for interval in chord.intervals}))


def _tone(tones: tuple[int, ...], index: int) -> int:
    octave, place = divmod(index, len(tones))
    return tones[place] + 12 * octave


def drums(passage: Passage, beat: str, meter: int, fill: bool, rng: Random) -> Iterator[Hit]:
    """The drums of a passage: thin where it is quiet, a crash where it is loud, a fill at its end."""
    voices = BEATS[beat]
    for bar in range(passage.bars):
        filling = fill and bar == passage.bars - 1 and passage.bars > 1
        start = passage.start + bar * meter
        for drum, bars in voices.items():
            if _plays(drum, passage.energy):
                yield from _bar(
                    drum, bars[bar % len(bars)], start, meter, passage.energy, meter / 2 if filling else meter
                )
        if filling and passage.energy > 0.5:
            yield from _fill(start, meter, passage.energy, beat, rng)
    if voices and passage.energy >= 0.85:
        yield Hit(passage.start, "crash", 0.8)
        yield from _drive(passage, voices, meter)


def _plays(drum: str, energy: float) -> bool:
    return energy >= 0.5 or (energy >= 0.4 and drum in _SOFT_DRUMS)


def _bar(drum: str, bar: str, start: float, meter: int, energy: float, until: float) -> Iterator[Hit]:
    strength = 0.35 + 0.65 * energy
    for step in steps(bar, meter):
        if step.start < until:
            yield Hit(start + step.start, drum, _ACCENT[step.sign] * strength)


def _drive(passage: Passage, voices: dict[str, tuple[str, ...]], meter: int) -> Iterator[Hit]:
    """What a drummer adds in a chorus: an open hat or a tambourine on the off-beats."""
    drum = "tambourine" if "open hat" in voices or "kick" not in voices else "open hat"
    for beat in range(passage.bars * meter):
        yield Hit(passage.start + beat + 0.5, drum, 0.5)


def _fill(start: float, meter: int, energy: float, beat: str, rng: Random) -> Iterator[Hit]:
    drum = "taiko" if beat in {"epic", "taiko"} else "conga" if beat in {"clave", "cumbia"} else "snare"
    for step in steps(rng.choice(FILLS[meter]), meter):
        if step.start >= meter / 2:
            name = "tom" if drum == "snare" and step.start < meter - 1 else drum
            yield Hit(start + step.start, name, _ACCENT[step.sign] * energy * 0.8)
