"""The drums of each kit: swept sines and shaped noise, always the same for the same kit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import pi
from typing import TYPE_CHECKING, Final
from zlib import crc32

from songwright.sandbox.instruments import RATE

if TYPE_CHECKING:
    from songwright.sandbox.instruments import Wave


@dataclass(frozen=True)
class Drum:
    """A drum: a sine falling from `high` to `low` Hz within `fall` s, and noise between two corners in Hz.

    `ring` and `rattle` are the decay times of the two in seconds, `tone` and `noise` their levels.
    """

    high: float
    low: float
    fall: float
    ring: float
    tone: float
    noise: float = 0.0
    rattle: float = 0.05
    band: tuple[float, float] = (200.0, 9000.0)
    pan: float = 0.0
    claps: int = 1


_DRUMS: Final[dict[str, Drum]] = {
    "kick": Drum(150, 52, 0.035, 0.16, 1.0, 0.12, 0.006, (1500, 6000)),
    "snare": Drum(240, 185, 0.02, 0.08, 0.5, 0.55, 0.11, (900, 8500)),
    "clap": Drum(0, 0, 1, 1, 0.0, 0.8, 0.09, (900, 4500), claps=3),
    "rim": Drum(900, 520, 0.006, 0.022, 0.5, 0.25, 0.012, (1500, 6000), pan=-0.2),
    "hat": Drum(0, 0, 1, 1, 0.0, 0.34, 0.028, (7000, 14000), pan=0.3),
    "open hat": Drum(0, 0, 1, 1, 0.0, 0.3, 0.16, (6500, 14000), pan=0.3),
    "foot": Drum(0, 0, 1, 1, 0.0, 0.25, 0.022, (5000, 11000), pan=0.25),
    "ride": Drum(3300, 3300, 1, 0.12, 0.05, 0.24, 0.24, (4500, 12000), pan=-0.35),
    "china": Drum(0, 0, 1, 1, 0.0, 0.34, 0.22, (2500, 13000), pan=-0.4),
    "crash": Drum(0, 0, 1, 1, 0.0, 0.42, 0.75, (2500, 13500), pan=0.2),
    "shaker": Drum(0, 0, 1, 1, 0.0, 0.26, 0.035, (5000, 12000), pan=0.45),
    "tambourine": Drum(0, 0, 1, 1, 0.0, 0.28, 0.07, (6500, 14000), pan=-0.45),
    "brush": Drum(190, 180, 0.02, 0.05, 0.08, 0.3, 0.09, (1200, 7000), pan=0.15),
    "tom": Drum(190, 95, 0.06, 0.22, 0.9, 0.08, 0.02, (500, 4000), pan=-0.25),
    "taiko": Drum(115, 58, 0.07, 0.42, 1.1, 0.25, 0.03, (150, 1800), pan=0.1),
    "conga": Drum(330, 210, 0.015, 0.12, 0.6, 0.08, 0.015, (800, 4000), pan=0.35),
}  # fmt: skip
_CHANGES: Final[dict[str, dict[str, Drum]]] = {
    "electronic": {
        "kick": Drum(220, 48, 0.03, 0.2, 1.15, 0.1, 0.004, (2000, 8000)),
        "snare": Drum(220, 180, 0.02, 0.07, 0.35, 0.6, 0.14, (1200, 9500)),
    },
    "808": {
        "kick": Drum(130, 44, 0.05, 0.34, 1.15, 0.05, 0.004, (1500, 5000)),
        "snare": Drum(220, 190, 0.02, 0.09, 0.45, 0.5, 0.13, (1500, 9000)),
    },
    "metal": {
        "kick": Drum(170, 62, 0.018, 0.09, 0.9, 0.4, 0.008, (2500, 8000)),
        "snare": Drum(260, 200, 0.02, 0.1, 0.6, 0.6, 0.1, (1200, 9000)),
    },
    "rock": {"snare": Drum(220, 175, 0.02, 0.12, 0.6, 0.6, 0.15, (700, 8500))},
    "brush": {
        "kick": Drum(110, 60, 0.03, 0.14, 0.55),
        "snare": Drum(200, 190, 0.02, 0.05, 0.2, 0.35, 0.08, (1500, 8000)),
    },
    "folk": {"kick": Drum(120, 62, 0.03, 0.13, 0.8, 0.06, 0.01, (400, 2000))},
    "dub": {"kick": Drum(110, 48, 0.04, 0.22, 1.1)},
    "latin": {"kick": Drum(120, 60, 0.03, 0.13, 0.6)},
}  # fmt: skip


class Drumkit:
    """A kit whose kick and toms are tuned to the song's tonic (a pitch class)."""

    def __init__(self, kit: str, tonic: int) -> None:
        self._changes = _CHANGES.get(kit, {})
        self._tuning = 2.0 ** (((tonic + 6) % 12 - 6) / 36)
        self._kit = kit
        self._sounds: dict[str, Wave] = {}

    def strike(self, drum: str) -> tuple[Wave, float]:
        """The sound of a drum (mono) and where it stands, from -1 (left) to 1."""
        spec = self._changes.get(drum, _DRUMS[drum])
        if drum not in self._sounds:
            tuned = replace(spec, high=spec.high * self._tuning, low=spec.low * self._tuning)
            self._sounds[drum] = _strike(tuned, crc32(f"{self._kit}:{drum}".encode()))
        return self._sounds[drum], spec.pan


def _strike(drum: Drum, seed: int) -> Wave:
    import numpy as np

    longest = max(drum.ring if drum.tone else 0.0, drum.rattle if drum.noise else 0.0)
    count = int(RATE * min(2.2, longest * 6 + 0.02))
    time = np.arange(count) / RATE
    sound = np.zeros(count)
    if drum.tone:
        hertz = drum.low + (drum.high - drum.low) * np.exp(-time / drum.fall)
        sound += drum.tone * np.sin(2 * pi * np.cumsum(hertz) / RATE) * np.exp(-time / drum.ring)
    if drum.noise:
        hiss = _noise(count, drum.band, seed)
        for clap in range(drum.claps):
            late = np.maximum(0.0, time - clap * 0.012)
            sound += drum.noise * hiss * np.exp(-late / drum.rattle) * (time >= clap * 0.012) / drum.claps
    sound *= np.minimum(1.0, time / 0.0008) * np.minimum(1.0, (count / RATE - time) / 0.01)
    return sound.astype(np.float32)


def _noise(count: int, band: tuple[float, float], seed: int) -> Wave:
    """Noise between two corners, of RMS 0.35."""
    import numpy as np

    noise = np.random.default_rng(seed).standard_normal(count)
    hertz = np.fft.rfftfreq(count, 1 / RATE) + 1e-6
    shape = 1 / np.sqrt((1 + (band[0] / hertz) ** 4) * (1 + (hertz / band[1]) ** 4))
    shaped = np.fft.irfft(np.fft.rfft(noise) * shape, count)
    return (shaped * (0.35 / np.sqrt(np.mean(shaped**2)))).astype(np.float32)
