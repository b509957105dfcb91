"""The values of an arrangement: what is played, when, and by what. Times are in beats (quarter notes)."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

_MAJOR_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")
_MINOR_NAMES = ("C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B")
MINOR_MODES = frozenset({"minor", "dorian", "phrygian"})


def tonic_name(tonic: int, mode: str) -> str:
    """How musicians spell a key's tonic: C# in minor, Db in major."""
    return (_MINOR_NAMES if mode in MINOR_MODES else _MAJOR_NAMES)[tonic]


@dataclass(frozen=True)
class Chord:
    """A chord: `root` is a pitch class (C is 0), `intervals` are semitones above it."""

    root: int
    intervals: tuple[int, ...]
    name: str


@dataclass(frozen=True)
class Note:
    """A note: `start` and `length` in beats, `pitch` as a MIDI number, `velocity` from 0 to 1.

    Sung notes have a `vowel` (a, e, i, o or u), the class of the consonant before it (`onset`), and a `text`.
    """

    start: float
    length: float
    pitch: int
    velocity: float
    vowel: str = ""
    onset: str = ""
    text: str = ""


@dataclass(frozen=True)
class Hit:
    """A stroke on one drum of the kit."""

    start: float
    drum: str
    velocity: float


@dataclass(frozen=True)
class Part:
    """What one player plays: `pan` from -1 (left) to 1, `gain` linear, `reverb` the share for the room."""

    instrument: str
    role: str
    notes: tuple[Note, ...]
    pan: float = 0.0
    gain: float = 1.0
    reverb: float = 0.2


@dataclass(frozen=True)
class Passage:
    """A section of the song as played: one chord per bar; `energy` (0 to 1) is its dynamics."""

    kind: str
    tag: str
    start: float
    bars: int
    chords: tuple[Chord, ...]
    energy: float
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class Arrangement:
    """A whole song, ready to be rendered: a synthetic sketch, whose singer has vowels but no words."""

    title: str
    seed: int
    take: int
    genre: str
    bpm: float
    meter: int
    tonic: int
    mode: str
    groove: str
    swing: float
    kit: str
    room_seconds: float
    voice: str
    passages: tuple[Passage, ...]
    parts: tuple[Part, ...]
    hits: tuple[Hit, ...]
    fade_seconds: float = 0.0
    tail_seconds: float = 2.0

    @property
    def beats(self) -> float:
        """Length of the music in beats, without the tail."""
        last = self.passages[-1]
        return last.start + last.bars * self.meter

    @property
    def duration(self) -> float:
        """Length of the recording in seconds, with the tail in which it dies away."""
        return self.beats * 60 / self.bpm + self.tail_seconds

    @property
    def key(self) -> str:
        """The key in words: "A minor", "D dorian"."""
        return f"{tonic_name(self.tonic, self.mode)} {self.mode}"

    @property
    def instruments(self) -> tuple[str, ...]:
        """Everything that is heard, the singer and the drums included."""
        names = [part.instrument for part in self.parts if part.notes]
        drums = [f"drums ({self.kit})"] if self.hits else []
        return tuple(dict.fromkeys(names + drums))

    def describe(self) -> str:
        """The arrangement for people: tempo, key, form, the chords of each section, the instruments."""
        head = [
            f"{self.title or 'Untitled'} (take {chr(ord('A') + self.take % 26)})",
            f"{self.genre}, {self.bpm:g} BPM, {self.meter}/4, {self.key}, groove {self.groove}",
            f"{self.duration:.0f} s; {', '.join(self.instruments)}",
        ]
        return "\n".join([*head, *self._form()])

    def _form(self) -> Iterator[str]:
        for passage in self.passages:
            seconds = passage.start * 60 / self.bpm
            clock = f"{int(seconds // 60)}:{int(seconds % 60):02d}"
            label = passage.tag or passage.kind
            chords = " | ".join(_counted(passage.chords))
            yield f"{clock} {label:<14.30} {passage.bars:>2} bars, energy {passage.energy:.2f}: {chords}"


def _counted(chords: tuple[Chord, ...]) -> Iterator[str]:
    """Chord names, a repeated four-bar turn written once: "C G Am F (2x)"."""
    turns = [" ".join(chord.name for chord in chords[at : at + 4]) for at in range(0, len(chords), 4)]
    for turn, group in groupby(turns):
        times = len(list(group))
        yield turn if times == 1 else f"{turn} ({times}x)"
