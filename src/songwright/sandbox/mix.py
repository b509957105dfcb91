"""The desk: panning, a room, loudness after ITU-R BS.1770-4, and a limiter."""

from __future__ import annotations

from math import cos, pi, sin
from typing import TYPE_CHECKING, Final

from songwright.sandbox.instruments import RATE

if TYPE_CHECKING:
    from songwright.sandbox.instruments import Wave

LOUDNESS: Final = -16.0
"""LUFS, integrated: what streaming services play songs at, or a little under."""
CEILING: Final = 0.78
"""Linear peak of the samples, -2.2 dBFS: MP3 and the waves between samples then stay below -1 dBTP."""

_HOP: Final = 64
_REACH: Final = 24
"""The limiter looks at peaks of this many samples, and this many hops ahead and back (35 ms)."""
_STRETCH: Final = RATE * 10
_PIECES_AT_ONCE: Final = 300
"""Long songs are worked on in stretches, to spare memory."""


class Desk:
    """A stereo mix of a fixed length, and what of it goes to the room."""

    def __init__(self, seconds: float) -> None:
        import numpy as np

        self.count = int(seconds * RATE)
        self.dry: Wave = np.zeros((2, self.count), dtype=np.float32)
        self.send: Wave = np.zeros((2, self.count), dtype=np.float32)

    def place(self, sound: Wave, at_seconds: float, gain: float, pan: float, reverb: float) -> None:
        """Mixes a sound of shape (n,) or (2, n) in, with equal power from left (-1) to right (1)."""
        start = max(0, int(at_seconds * RATE))
        room = self.count - start
        if room <= 0:
            return
        cut = sound[..., :room]
        angle = (pan + 1) * pi / 4
        for side, level in enumerate((cos(angle) * 1.414 * gain, sin(angle) * 1.414 * gain)):
            scaled = (cut[side] if cut.ndim == 2 else cut) * level
            stop = start + len(scaled)
            self.dry[side, start:stop] += scaled
            if reverb:
                scaled *= reverb
                self.send[side, start:stop] += scaled

    def duck(self, beats_at: list[float], depth: float, seconds: float) -> None:
        """Presses the music down at each of these times, as club music does under its kick drum."""
        import numpy as np

        length = int(seconds * RATE)
        shape = (1 - depth * (1 - np.arange(length) / length) ** 2).astype(np.float32)
        for at in beats_at:
            start = int(at * RATE)
            stop = min(self.count, start + length)
            if start < stop:
                self.dry[:, start:stop] *= shape[: stop - start]


def room(send: Wave, seconds: float) -> Wave:
    """The sound of a room that dies away within `seconds` (to -60 dB), by convolution in blocks."""
    import numpy as np

    length = int(seconds * RATE)
    size = 1 << (length * 4 - 1).bit_length()
    block = size - length
    time = np.arange(length) / RATE
    wet = np.zeros((2, send.shape[1] + size), dtype=np.float32)
    for side in range(2):
        noise = np.random.default_rng(31 + side).standard_normal(length)
        noise[: int(0.012 * RATE)] = 0.0
        noise = 0.6 * noise + 0.4 * np.roll(noise, 1)
        tail = (noise * np.exp(-6.9 * time / seconds)).astype(np.float32)
        tail /= np.sqrt(np.sum(tail**2))
        shape = np.fft.rfft(tail, size)
        for start in range(0, send.shape[1], block):
            piece = np.fft.rfft(send[side, start : start + block], size)
            wet[side, start : start + size] += np.fft.irfft(piece * shape, size)
    return wet[:, : send.shape[1]]


def loudness(sound: Wave) -> float:
    """Integrated loudness in LUFS (BS.1770-4: K-weighting, 400 ms blocks, both gates); silence is -120.

    The weighting is applied to the spectrum of 100 ms pieces, four of which make a block.
    """
    import numpy as np

    size = RATE // 10
    pieces = sound.shape[1] // size
    if pieces < 4:
        return -120.0
    weight = k_weight(np.fft.rfftfreq(size, 1 / RATE))
    power = np.zeros(pieces)
    for start in range(0, pieces, _PIECES_AT_ONCE):
        part = sound[:, start * size : min(pieces, start + _PIECES_AT_ONCE) * size]
        spectrum = np.fft.rfft(part.reshape(2, -1, size), axis=2)
        power[start : start + _PIECES_AT_ONCE] = (np.abs(spectrum) ** 2).sum(axis=0) @ weight * 2 / size**2
    blocks = (power[:-3] + power[1:-2] + power[2:-1] + power[3:]) / 4
    loud = blocks[blocks > 10 ** ((-70 + 0.691) / 10)]
    if not len(loud):
        return -120.0
    gate = loud.mean() / 10
    return float(-0.691 + 10 * np.log10(loud[loud > gate].mean()))


def k_weight(hertz: Wave) -> Wave:
    """The power response of K-weighting (a shelf and a high-pass, as analogue filters) at frequencies."""
    import numpy as np

    s = 1j * np.maximum(hertz, 1e-3)
    low, q = 38.13547, 0.5003270
    high_pass = s**2 / (s**2 + s * low / q + low**2)
    center, q, gain = 1681.974, 0.7071752, 10 ** (3.999844 / 20)
    bend = gain**0.4996667
    shelf = (gain * s**2 + bend * center / q * s + center**2) / (s**2 + center / q * s + center**2)
    return np.abs(high_pass * shelf) ** 2


def master(sound: Wave) -> Wave:
    """Brings a mix, in place, to `LOUDNESS` with no sample above `CEILING`; silence stays silence."""
    for _ in range(3):
        level = loudness(sound)
        if level < -100:
            break
        sound *= 10 ** ((LOUDNESS - level) / 20)
        limit(sound)
        if abs(level - LOUDNESS) < 0.2:
            break
    return sound


def limit(sound: Wave) -> None:
    """Turns the gain down, in place, around peaks above the ceiling, smoothly and ahead of them."""
    import numpy as np

    smooth = _gains(sound)
    centers = np.arange(len(smooth), dtype=np.float64) * _HOP + _HOP / 2
    for start in range(0, sound.shape[1], _STRETCH):
        part = sound[:, start : start + _STRETCH]
        times = np.arange(start, start + part.shape[1], dtype=np.float64)
        part *= np.interp(times, centers, smooth)
        np.clip(part, -CEILING, CEILING, out=part)


def _gains(sound: Wave) -> Wave:
    """The limiter's gain at the middle of every hop: never more than any peak within reach allows."""
    import numpy as np

    whole = sound.shape[1] // _HOP * _HOP
    hops = sound[:, :whole].reshape(2, -1, _HOP)
    peaks = np.maximum(hops.max(axis=(0, 2)), -hops.min(axis=(0, 2)))
    need = np.minimum(1.0, CEILING / np.maximum(peaks, 1e-9)).astype(np.float64)
    need = np.pad(need, _REACH, mode="edge")
    around = np.lib.stride_tricks.sliding_window_view(need, 2 * _REACH + 1).min(axis=1)
    window = np.hanning(2 * _REACH - 1)
    smooth = np.convolve(np.pad(around, _REACH - 1, mode="edge"), window / window.sum(), mode="valid")
    return np.asarray(smooth, dtype=np.float64)
