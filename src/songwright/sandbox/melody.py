"""Melodies: a phrase's syllables become a rhythm, and the rhythm gets a contour that follows the chords."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor, pi, sin
from random import Random
from typing import Final

from songwright.sandbox.form import Phrase, Plan
from songwright.sandbox.harmony import MODES
from songwright.sandbox.prosody import Syllable
from songwright.sandbox.score import Chord, Note

_CONTOURS: Final[tuple[Callable[[float], float], ...]] = (
    lambda x: sin(pi * x) * 2.6,
    lambda x: 2.2 - 3.6 * x,
    lambda x: -1.4 + 3.4 * x,
    lambda x: sin(2 * pi * x) * 2.0,
    lambda x: 1.2 - sin(pi * x) * 2.4,
)
_MOTIFS: Final = "ABACABAD"
_HIGHER: Final = {
    "chorus": 3,
    "hook": 2,
    "refrain": 2,
    "drop": 3,
    "post-chorus": 3,
    "pre-chorus": 1,
    "bridge": 2,
    "solo": 4,
}
_SECONDS_PER_SYLLABLE: Final = 0.36


@dataclass(frozen=True)
class Singer:
    """Who sings or plays a tune: `center` is the middle of the range (MIDI), in a key, at a tempo."""

    center: int
    tonic: int
    mode: str
    bpm: float
    meter: int
    weirdness: float = 0.5

    def pitch(self, degree: int) -> int:
        """The MIDI number of a degree of the scale; degree 0 is the tonic nearest below the center."""
        base = self.center - (self.center - self.tonic) % 12
        octave, step = divmod(degree, 7)
        return base + 12 * octave + MODES[self.mode][step]


def sing(plan: Plan, chords: tuple[Chord, ...], singer: Singer, key: str) -> tuple[list[Note], list[Note]]:
    """The lead notes and the backing notes of a section, in beats from its start.

    `key` seeds the tune: sections with the same key and the same words are sung alike, as a chorus should be.
    """
    lead: list[Note] = []
    backing: list[Note] = []
    for at, (phrase, span) in enumerate(zip(plan.phrases, _spans(plan, singer.meter), strict=True)):
        motif = Random(f"{key}:{_MOTIFS[at % len(_MOTIFS)]}")
        notes = _phrase(phrase, plan, span, chords, singer, motif)
        (backing if phrase.backing else lead).extend(notes)
    return lead, backing


def _spans(plan: Plan, meter: int) -> Iterator[tuple[float, float]]:
    """Where each phrase lies, in beats: leads share the bars evenly, a backing line answers in the gap."""
    backing = [phrase.backing for phrase in plan.phrases]
    answers = backing if not all(backing) else [False] * len(backing)
    leads = answers.count(False)
    place = 0
    for at, answer in enumerate(answers):
        own = not answer or at == 0
        place += not answer
        start, stop = (
            floor(max(0, line) * plan.bars / leads * 2) / 2 * meter for line in (place - 1, max(1, place))
        )
        middle = start + (stop - start) * 0.625
        yield (start, max(stop, start + 1.0)) if own else (middle, max(stop, middle + 1.0))


def tune(plan: Plan, chords: tuple[Chord, ...], singer: Singer, key: str, density: float) -> list[Note]:
    """An instrument's own tune: phrases of two bars, with `density` notes per beat."""
    counts = Random(f"{key}:counts")
    notes: list[Note] = []
    for at, bar in enumerate(range(0, plan.bars, 2)):
        bars = min(2, plan.bars - bar)
        count = max(2, round(bars * singer.meter * density * counts.uniform(0.75, 1.2)))
        phrase = Phrase("", (Syllable("", "a"),) * count, closes=bar + 2 >= plan.bars)
        motif = Random(f"{key}:{_MOTIFS[at % len(_MOTIFS)]}")
        span = (float(bar * singer.meter), float((bar + bars) * singer.meter))
        notes.extend(_phrase(phrase, plan, span, chords, singer, motif))
    return notes


def _phrase(
    phrase: Phrase,
    plan: Plan,
    span: tuple[float, float],
    chords: tuple[Chord, ...],
    singer: Singer,
    rng: Random,
) -> list[Note]:
    times = _rhythm(len(phrase.syllables), span[1] - span[0], singer, plan.spoken, rng)
    contour = rng.choice(_CONTOURS)
    anchor = _HIGHER.get(plan.kind, 0) + rng.choice((-1, 0, 0, 1))
    notes: list[Note] = []
    degree = anchor
    for at, (syllable, (start, length)) in enumerate(zip(phrase.syllables, times, strict=True)):
        beat = span[0] + start
        here = chords[min(len(chords) - 1, int(beat / singer.meter))]
        last = at == len(times) - 1
        wish = anchor + contour(at / max(1, len(times) - 1)) * (0.35 if plan.spoken else 1.0)
        degree = _step(degree, wish, rng, singer.weirdness)
        strong = beat % 1.0 == 0.0 or last or length >= 1.0
        if strong:
            degree = _on_chord(degree, here, singer, root=last and phrase.closes)
        velocity = 0.78 + 0.14 * (beat % singer.meter == 0.0) + 0.06 * syllable.stressed
        notes.append(
            Note(beat, length, singer.pitch(degree), velocity, syllable.vowel, syllable.onset, syllable.text)
        )
    return notes


def _rhythm(count: int, span: float, singer: Singer, dense: bool, rng: Random) -> list[tuple[float, float]]:
    """Start and length of each syllable in beats: spread evenly over a grid, as far as singing speed asks."""
    beats_each = _SECONDS_PER_SYLLABLE * (0.6 if dense else 1.0) * singer.bpm / 60
    usable = max(1.0, min(span - min(1.0, span / 5), count * beats_each + 0.5))
    grid = next((step for step in (0.5, 0.25) if count <= usable / step), 0.0)
    delay = rng.choice((0.0, 0.0, 0.5)) if grid and usable + 0.5 <= span - 0.5 else 0.0
    if not grid:
        starts = [at * usable / count for at in range(count)]
    else:
        slots = int(usable / grid)
        push = rng.random()
        starts = [floor((at + push * 0.99) * slots / count) * grid for at in range(count)]
        starts = [start - starts[0] for start in starts]
    ends = [*starts[1:], min(span - delay - 0.25, starts[-1] + rng.choice((1.0, 1.5, 2.0)))] if count else []
    return [
        (start + delay, max(0.12, min(end - start, 2.5))) for start, end in zip(starts, ends, strict=True)
    ]


def _step(degree: int, wish: float, rng: Random, weirdness: float) -> int:
    """The next degree: towards the contour, mostly by step, sometimes staying, seldom leaping."""
    gap = wish - degree
    if rng.random() < 0.10 + 0.12 * weirdness:
        return degree + rng.choice((-3, -2, 2, 3))
    if abs(gap) < 0.6:
        return degree + rng.choice((0, 0, 1, -1))
    stride = 2 if abs(gap) > 2.2 else 1
    return degree + (stride if gap > 0 else -stride)


def _on_chord(degree: int, chord: Chord, singer: Singer, root: bool) -> int:
    """The nearest degree that belongs to the chord (its root or third, at a close)."""
    tones = {
        (chord.root + interval) % 12 for interval in (chord.intervals[:2] if root else chord.intervals[:3])
    }
    around = sorted(range(degree - 3, degree + 4), key=lambda near: (abs(near - degree), near))
    return next((near for near in around if singer.pitch(near) % 12 in tones), degree)
