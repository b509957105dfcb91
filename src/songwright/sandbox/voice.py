"""The singer: vowels by their formants, a breath of a consonant before them, vibrato and glides. No words."""

from __future__ import annotations

from math import pi
from typing import TYPE_CHECKING, Final

from songwright.sandbox.instruments import RATE, TABLE, cycle, frequency

if TYPE_CHECKING:
    from collections.abc import Iterator

    from songwright.sandbox.instruments import Wave
    from songwright.sandbox.score import Note

# Hz of the first four formants and their levels in dB, after published averages for sung vowels (tenor; a
# woman's vocal tract is about 15 % shorter, so that her formants are higher by as much).
_FORMANTS: Final[dict[str, tuple[tuple[float, float], ...]]] = {
    "a": ((650, 0), (1080, -5), (2650, -9), (3250, -12)),
    "e": ((400, 0), (1700, -11), (2600, -11), (3200, -13)),
    "i": ((290, 0), (1870, -13), (2800, -15), (3250, -17)),
    "o": ((420, 0), (820, -8), (2600, -13), (3000, -15)),
    "u": ((350, 0), (650, -16), (2550, -20), (3000, -22)),
    "m": ((250, 0), (1000, -26), (2200, -30), (2900, -34)),
}
_TRACT: Final = {"male": 1.0, "female": 1.16}
_BANDWIDTH: Final = (90.0, 110.0, 170.0, 220.0)
_RELEASE: Final = 0.09
_CONNECTED: Final = 0.12
"""Seconds: notes closer than this are sung in one breath, gliding."""


class Voice:
    """One singer, male or female."""

    def __init__(self, gender: str) -> None:
        self._tract = _TRACT.get(gender, 1.08)
        self._cycles: dict[tuple[str, int], Wave] = {}

    def sing(self, notes: tuple[Note, ...], bpm: float) -> Iterator[tuple[float, Wave]]:
        """Each note's start in seconds and its samples (mono, about unit loudness at full velocity)."""
        beat = 60 / bpm
        before: Note | None = None
        for note in notes:
            joined = before is not None and (note.start - before.start - before.length) * beat < _CONNECTED
            slide = before.pitch - note.pitch if before is not None and joined else -1.5
            yield (
                note.start * beat,
                self._note(note, note.length * beat, max(-4, min(4, slide))) * note.velocity,
            )
            before = note

    def _note(self, note: Note, seconds: float, slide: float) -> Wave:
        import numpy as np

        count = int((seconds + _RELEASE) * RATE)
        time = np.arange(count, dtype=np.float32) / RATE
        bend = slide * np.exp(-time / 0.028)
        wobble = 0.28 * np.clip((time - 0.22) * 4, 0, 1) * np.sin(2 * pi * 5.6 * time + note.pitch)
        hertz = frequency(note.pitch) * np.exp2((bend + wobble) / 12)
        turns = np.cumsum(hertz, dtype=np.float64) / RATE
        at = (turns * TABLE).astype(np.int64) & (TABLE - 1)
        sound = self._cycle(note.vowel or "a", note.pitch)[at]
        if note.onset == "soft":
            closed = np.exp(-((time / 0.05) ** 2))
            sound = sound + (self._cycle("m", note.pitch)[at] - sound) * closed
        attack = 0.012 if note.onset == "stop" else 0.035
        loud = np.minimum(1.0, time / attack) * np.clip((seconds + _RELEASE - time) / _RELEASE, 0, 1) ** 1.5
        return sound * loud.astype(np.float32) + _consonant(note, count)

    def _cycle(self, vowel: str, pitch: int) -> Wave:
        key = (vowel, pitch)
        if key not in self._cycles:
            hertz = frequency(pitch)
            count = int(9000 / hertz)
            partials = {n: self._throat(vowel, n * hertz) / n**1.1 for n in range(1, count + 1)}
            self._cycles[key] = cycle(partials, hertz)
        return self._cycles[key]

    def _throat(self, vowel: str, hertz: float) -> float:
        """How strongly the vowel's resonances pass a frequency."""
        total = 0.012
        for (center, level), width in zip(_FORMANTS[vowel], _BANDWIDTH, strict=True):
            distance = (hertz - center * self._tract) / width
            total += 10 ** (level / 20) / (1 + distance**2)
        return total


def _consonant(note: Note, count: int) -> Wave:
    """A hiss or a burst at the start of a note, from noise that is the note's own and always the same."""
    import numpy as np

    sound = np.zeros(count, dtype=np.float32)
    if note.onset not in {"hiss", "stop"}:
        return sound
    length = min(count, int(RATE * (0.075 if note.onset == "hiss" else 0.018)))
    noise = np.random.default_rng(note.pitch).standard_normal(length + 2, dtype=np.float32)
    sharp = noise[2:] - 2 * noise[1:-1] + noise[:-2]
    sound[:length] = sharp * np.hanning(length).astype(np.float32) * (0.03 if note.onset == "hiss" else 0.05)
    return sound
