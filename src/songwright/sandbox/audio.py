"""From an arrangement to an MP3: every part is played, mixed, mastered and encoded. numpy comes late."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Final

from songwright.sandbox.drumkit import Drumkit
from songwright.sandbox.instruments import RATE, Orchestra
from songwright.sandbox.mix import CEILING, Desk, master, room
from songwright.sandbox.voice import Voice

if TYPE_CHECKING:
    from songwright.sandbox.instruments import Wave
    from songwright.sandbox.score import Arrangement, Part

__all__ = ["CEILING", "RATE", "perform", "render"]

_DRUM_GAIN: Final = 0.5
_DRUM_ROOM: Final = 0.08
_DUCKED: Final = frozenset({"house", "synthwave"})


def render(arrangement: Arrangement) -> bytes:
    """The song as MP3: stereo, 44.1 kHz, about -16 LUFS. The same arrangement gives the same bytes."""
    return _encode(perform(arrangement))


def perform(arrangement: Arrangement) -> Wave:
    """The song as samples, shape (2, n), before encoding."""
    desk = Desk(arrangement.duration)
    orchestra = Orchestra()
    for part in arrangement.parts:
        if part.instrument == "voice":
            _sing(desk, part, arrangement)
        else:
            _play(desk, part, arrangement.bpm, orchestra)
    if arrangement.genre in _DUCKED:
        kicks = [hit.start * 60 / arrangement.bpm for hit in arrangement.hits if hit.drum == "kick"]
        desk.duck(kicks, 0.55, 30 / arrangement.bpm)
    _drum(desk, arrangement)
    mixed = desk.dry
    mixed += room(desk.send, arrangement.room_seconds)
    del desk, orchestra  # what is no longer needed is a few hundred megabytes in a long song
    return master(_ended(mixed, arrangement.fade_seconds))


def _play(desk: Desk, part: Part, bpm: float, orchestra: Orchestra) -> None:
    beat = 60 / bpm
    for note in part.notes:
        sound = orchestra.play(part.instrument, note.pitch, note.length * beat)
        desk.place(sound, note.start * beat, note.velocity * part.gain, part.pan, part.reverb)


def _sing(desk: Desk, part: Part, arrangement: Arrangement) -> None:
    voice = Voice(arrangement.voice)
    for start, sound in voice.sing(part.notes, arrangement.bpm):
        desk.place(sound, start, part.gain * 0.95, part.pan, part.reverb)


def _drum(desk: Desk, arrangement: Arrangement) -> None:
    kit = Drumkit(arrangement.kit, arrangement.tonic)
    beat = 60 / arrangement.bpm
    for hit in arrangement.hits:
        sound, pan = kit.strike(hit.drum)
        desk.place(sound, hit.start * beat, hit.velocity * _DRUM_GAIN, pan, _DRUM_ROOM)


def _ended(sound: Wave, fade_seconds: float) -> Wave:
    """A fade over the last seconds where the song asks for one; always the last breath without a click."""
    import numpy as np

    length = min(sound.shape[1], int(max(0.08, fade_seconds) * RATE))
    sound[:, sound.shape[1] - length :] *= (np.cos(np.linspace(0, np.pi, length, dtype=np.float32)) + 1) / 2
    return sound


def _encode(sound: Wave) -> bytes:
    """MP3 of constant bit rate, written in pieces: the encoder's stack does not bear a whole song at once."""
    import numpy as np
    import soundfile  # pyright: ignore[reportMissingTypeStubs]  # it has none; what is used here is plain

    target = BytesIO()
    with soundfile.SoundFile(target, "w", RATE, 2, format="MP3", subtype="MPEG_LAYER_III") as file:
        for start in range(0, sound.shape[1], RATE):
            file.write(np.ascontiguousarray(sound[:, start : start + RATE].T))
    return target.getvalue()
