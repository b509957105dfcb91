"""How the instruments sound, as data."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Timbre:
    """A sound: one cycle of a wave, bright at the attack and dark later, under an envelope.

    `shape` names the partials (saw, square, triangle, sine, organ, bell, reed, string). `bright` and `dark`
    are low-pass corners as multiples of 1 kHz. `decay` and `dulling` are time constants in seconds; decay 0
    holds. `wide` is detuning between left and right in cents; `vibrato` is in cents; `drive` distorts the
    wave; `fifth` adds the fifth and the octave before distortion; `breath` is noise in the sound; `gain` is
    linear.
    """

    shape: str
    bright: float
    dark: float
    attack: float = 0.006
    decay: float = 0.0
    dulling: float = 0.25
    release: float = 0.08
    wide: float = 0.0
    vibrato: float = 0.0
    drive: float = 0.0
    fifth: bool = False
    breath: float = 0.0
    gain: float = 1.0


TIMBRES: Final[dict[str, Timbre]] = {
    "piano": Timbre("string", 5.0, 0.9, 0.003, 0.9, 0.18, 0.16, wide=4),
    "grand piano": Timbre("string", 4.0, 0.7, 0.004, 1.5, 0.3, 0.35, wide=5),
    "electric piano": Timbre("bell", 2.2, 0.8, 0.004, 1.2, 0.12, 0.15, wide=6),
    "organ": Timbre("organ", 3.0, 2.2, 0.012, 0.0, 0.05, 0.06, wide=7, vibrato=6, gain=0.8),
    "acoustic guitar": Timbre("string", 7.0, 1.3, 0.002, 0.55, 0.10, 0.12, breath=0.05),
    "nylon guitar": Timbre("string", 3.2, 0.8, 0.003, 0.5, 0.12, 0.12),
    "clean guitar": Timbre("string", 4.5, 1.6, 0.003, 0.8, 0.2, 0.1, drive=1.2, wide=3),
    "jazz guitar": Timbre("string", 1.8, 0.7, 0.004, 0.55, 0.15, 0.08),
    "muted guitar": Timbre("string", 4.5, 0.9, 0.002, 0.11, 0.05, 0.04),
    "crunch guitar": Timbre("saw", 3.4, 2.4, 0.004, 1.8, 0.5, 0.06, wide=9, drive=5.0, fifth=True, gain=0.9),
    "distorted guitar": Timbre("saw", 4.2, 3.0, 0.003, 2.5, 0.6, 0.04, wide=14, drive=14.0, fifth=True),
    "lead guitar": Timbre("saw", 3.6, 2.8, 0.006, 2.0, 0.6, 0.12, wide=4, vibrato=22, drive=5.0),
    "steel guitar": Timbre("string", 3.6, 1.8, 0.012, 1.2, 0.5, 0.25, wide=6, vibrato=25),
    "banjo": Timbre("string", 8.0, 2.8, 0.001, 0.16, 0.06, 0.06),
    "harp": Timbre("string", 3.0, 0.8, 0.003, 0.8, 0.15, 0.5),
    "music box": Timbre("bell", 6.0, 3.0, 0.001, 0.6, 0.1, 0.4, gain=0.6),
    "bell": Timbre("bell", 5.0, 1.8, 0.002, 1.0, 0.25, 0.6, wide=4, gain=0.7),
    "vibes": Timbre("bell", 2.0, 0.9, 0.002, 0.8, 0.12, 0.3, wide=5, vibrato=4),
    "strings": Timbre("saw", 2.6, 2.0, 0.09, 0.0, 0.4, 0.22, wide=14, vibrato=9, gain=0.9),
    "violin": Timbre("saw", 4.0, 3.2, 0.05, 0.0, 0.3, 0.12, vibrato=24, wide=3),
    "fiddle": Timbre("saw", 4.6, 3.6, 0.025, 0.0, 0.3, 0.08, vibrato=14, wide=3),
    "cello": Timbre("saw", 1.7, 1.2, 0.04, 0.0, 0.3, 0.12, vibrato=12, wide=4),
    "choir": Timbre("reed", 1.1, 1.0, 0.14, 0.0, 0.4, 0.3, wide=16, vibrato=14, breath=0.03),
    "brass": Timbre("saw", 3.0, 1.7, 0.03, 0.0, 0.18, 0.09, wide=7, vibrato=6),
    "trumpet": Timbre("saw", 4.2, 2.6, 0.022, 0.0, 0.25, 0.07, vibrato=16),
    "horn": Timbre("saw", 1.4, 0.9, 0.05, 0.0, 0.3, 0.16, vibrato=7, wide=4),
    "saxophone": Timbre("reed", 2.8, 1.9, 0.028, 0.0, 0.3, 0.09, vibrato=20, breath=0.03),
    "oboe": Timbre("reed", 3.2, 2.6, 0.035, 0.0, 0.3, 0.09, vibrato=16),
    "flute": Timbre("triangle", 2.4, 1.6, 0.045, 0.0, 0.3, 0.11, vibrato=20, breath=0.07),
    "harmonica": Timbre("reed", 3.4, 2.6, 0.03, 0.0, 0.3, 0.08, vibrato=26, wide=5),
    "melodica": Timbre("reed", 2.6, 2.0, 0.03, 0.0, 0.3, 0.07, vibrato=6),
    "accordion": Timbre("reed", 3.6, 2.8, 0.04, 0.0, 0.3, 0.08, wide=14, gain=0.85),
    "synth pad": Timbre("saw", 1.6, 1.0, 0.25, 0.0, 0.8, 0.5, wide=16, gain=0.85),
    "warm pad": Timbre("triangle", 1.6, 0.9, 0.7, 0.0, 1.5, 1.2, wide=12, vibrato=5),
    "supersaw": Timbre("saw", 7.0, 5.0, 0.01, 0.0, 0.4, 0.12, wide=26, gain=0.85),
    "synth pluck": Timbre("saw", 6.0, 0.9, 0.002, 0.22, 0.07, 0.12, wide=10),
    "synth stab": Timbre("saw", 5.0, 1.2, 0.003, 0.25, 0.1, 0.07, wide=16),
    "synth lead": Timbre("square", 4.5, 3.0, 0.008, 0.0, 0.25, 0.1, wide=8, vibrato=14),
    "bass guitar": Timbre("string", 1.5, 0.5, 0.005, 1.0, 0.15, 0.05),
    "pick bass": Timbre("saw", 1.9, 0.8, 0.003, 0.9, 0.12, 0.04, drive=1.8),
    "upright bass": Timbre("string", 1.0, 0.32, 0.008, 0.45, 0.10, 0.08),
    "synth bass": Timbre("saw", 2.2, 0.6, 0.003, 0.8, 0.09, 0.03, drive=1.5),
    "808 bass": Timbre("sine", 0.7, 0.4, 0.004, 0.9, 0.1, 0.06, drive=2.2),
    "dub bass": Timbre("triangle", 0.6, 0.35, 0.008, 1.4, 0.2, 0.05),
    "soft bass": Timbre("triangle", 0.5, 0.3, 0.3, 0.0, 0.5, 0.8),
}
