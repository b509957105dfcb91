"""Instruments: a note of a timbre, made by reading a wave of one cycle at the note's speed.

numpy comes late.
"""

from __future__ import annotations

from math import pi, sin
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

from songwright.sandbox.timbres import TIMBRES, Timbre

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Wave = npt.NDArray[np.floating[Any]]

RATE: Final = 44_100
TABLE: Final = 4096
"""Samples in one cycle of a stored wave."""
_TOP: Final = 15_000.0
"""Hz; no partial lies above, so nothing aliases and MP3 keeps it all."""
_DRAWBARS: Final = {1: 1.0, 2: 0.8, 3: 0.6, 4: 0.5, 6: 0.25, 8: 0.3, 16: 0.1}
_BELL: Final = {1: 1.0, 2: 0.25, 4: 0.45, 7: 0.14, 11: 0.08}


def frequency(pitch: float) -> float:
    """Hertz of a MIDI number."""
    return 440.0 * 2.0 ** ((pitch - 69) / 12)


class Orchestra:
    """Plays notes, and remembers those it has played: songs repeat themselves."""

    def __init__(self) -> None:
        self._waves: dict[tuple[str, int], tuple[Wave, Wave]] = {}
        self._notes: dict[tuple[str, int, int], Wave] = {}

    def play(self, instrument: str, pitch: int, seconds: float) -> Wave:
        """A note as (2, n) samples of about unit loudness, release included; lengths are rounded to 20 ms."""
        ticks = max(2, round(seconds * 50))
        key = (instrument, pitch, ticks)
        if key not in self._notes:
            self._notes[key] = self._note(instrument, pitch, ticks / 50)
        return self._notes[key]

    def _note(self, instrument: str, pitch: int, seconds: float) -> Wave:
        import numpy as np

        timbre = TIMBRES[instrument]
        waves = self._waves.get((instrument, pitch))
        if waves is None:
            waves = self._waves[(instrument, pitch)] = _cycles(timbre, frequency(pitch))
        count = int((seconds + timbre.release) * RATE)
        time = np.arange(count, dtype=np.float32) / RATE
        loud, sharp = _envelopes(timbre, time, seconds)
        sides = (-0.5, 0.5) if timbre.wide else (0.0,)
        played = [self._side(timbre, pitch, side, time, waves, sharp) * loud for side in sides]
        return np.stack(played if len(played) == 2 else played * 2)

    def _side(
        self, timbre: Timbre, pitch: int, side: float, time: Wave, waves: tuple[Wave, Wave], sharp: Wave
    ) -> Wave:
        import numpy as np

        hertz = frequency(pitch + side * timbre.wide / 100)
        hertz /= 2 if timbre.fifth else 1
        turns = time.astype(np.float64) * hertz + side * 0.21
        if timbre.vibrato:
            depth = hertz * (2 ** (timbre.vibrato / 1200) - 1) / (2 * pi * 5.3)
            turns += depth * np.minimum(1.0, time * 2.5) * np.sin(2 * pi * 5.3 * time)
        at = (turns * TABLE).astype(np.int64) & (TABLE - 1)
        bright, dark = waves
        sound = dark[at] + (bright[at] - dark[at]) * sharp
        if timbre.breath:
            rng = np.random.default_rng(pitch + round(side * 10) + 1000)
            sound = sound + rng.standard_normal(len(time), dtype=np.float32) * timbre.breath
        return sound


def _envelopes(timbre: Timbre, time: Wave, seconds: float) -> tuple[Wave, Wave]:
    """Loudness over time, and how bright the sound still is."""
    import numpy as np

    loud = np.minimum(1.0, time / timbre.attack)
    if timbre.decay:
        loud *= np.exp(-time / timbre.decay)
    held = np.maximum(0.0, time - seconds)
    loud *= np.maximum(0.0, 1.0 - held / timbre.release) ** 2
    return (loud * timbre.gain).astype(np.float32), np.exp(-time / timbre.dulling).astype(np.float32)


def _cycles(timbre: Timbre, hertz: float) -> tuple[Wave, Wave]:
    """The bright and the dark wave of a note, each of one cycle and equally loud."""
    base = hertz / 2 if timbre.fifth else hertz  # with a fifth, one cycle holds two of the root
    bright = cycle(_partials(timbre, hertz, timbre.bright * 1000), base, timbre.drive)
    dark = cycle(_partials(timbre, hertz, timbre.dark * 1000), base, timbre.drive)
    return bright, dark


def _partials(timbre: Timbre, hertz: float, corner: float) -> dict[int, float]:
    """Amplitudes by partial number; with a fifth, numbers count half the pitch, so that 3:2 is whole."""
    count = max(1, min(64, int(_TOP / hertz)))
    single = {
        n: _amplitude(timbre.shape, n) / (1.0 + (n * hertz / corner) ** 2) ** 0.75
        for n in range(1, count + 1)
    }
    if not timbre.fifth:
        return single
    power: dict[int, float] = {}
    for n, amplitude in single.items():
        for multiple, share in ((2, 1.0), (3, 0.8), (4, 0.6)):
            power[n * multiple] = power.get(n * multiple, 0.0) + amplitude * share
    return power


def _amplitude(shape: str, n: int) -> float:
    match shape:
        case "saw":
            return 1.0 / n
        case "square":
            return 1.0 / n if n % 2 else 0.08 / n
        case "triangle":
            return 1.0 / n**2 if n % 2 else 0.25 / n**2
        case "organ":
            return _DRAWBARS.get(n, 0.0)
        case "bell":
            return _BELL.get(n, 0.0)
        case "reed":
            return (1.0 if n % 2 else 0.55) / n**0.8
        case "string":
            # a string plucked or struck at a seventh of its length lacks every seventh partial
            return abs(sin(pi * n / 7.3)) / n**1.1
        case _:
            return 1.0 if n == 1 else 0.0


def cycle(partials: dict[int, float], hertz: float, drive: float = 0.0) -> Wave:
    """One cycle of these partials, distorted by `drive`, band-limited for `hertz`, of RMS 0.25."""
    import numpy as np

    spectrum = np.zeros(TABLE // 2 + 1, dtype=np.complex128)
    for n, amplitude in partials.items():
        if n < TABLE // 2:
            # fixed phases from the partial's number: no partials peak together, so the wave is not spiky
            spectrum[n] = amplitude * np.exp(2j * pi * (crc32(bytes([n & 255])) % 997) / 997)
    wave = np.fft.irfft(spectrum)
    if drive:
        wave = np.tanh(wave / (np.abs(wave).max() + 1e-12) * drive)
        spectrum = np.fft.rfft(wave)
        spectrum[0] = 0
        spectrum[max(1, int(_TOP / hertz)) + 1 :] = 0
        wave = np.fft.irfft(spectrum)
    level = float(np.sqrt(np.mean(wave**2))) + 1e-12
    return (wave * (0.25 / level)).astype(np.float32)
