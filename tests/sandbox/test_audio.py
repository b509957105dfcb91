import subprocess
import sys
from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile  # pyright: ignore[reportMissingTypeStubs]  # it has none; what is used here is plain

from songwright.sandbox.audio import RATE, perform, render
from songwright.sandbox.composer import Arrangement, Brief, compose
from songwright.sandbox.mix import Desk, loudness
from songwright.sandbox.timbres import TIMBRES

LYRICS = "[Verse]\nCoffee steam and rain\n[Chorus]\nCome home when the river turns\n[End]"


def song(style: str = "pop, 120 bpm", take: int = 0, seconds: float = 16) -> Arrangement:
    return compose(Brief("Harbour", style, LYRICS), 5, take, seconds)


def test_the_song_is_a_stereo_mp3_as_long_as_its_arrangement() -> None:
    arrangement = song()
    with soundfile.SoundFile(BytesIO(render(arrangement))) as file:
        assert (file.format, file.samplerate, file.channels) == ("MP3", RATE, 2)
        assert file.frames / RATE == pytest.approx(arrangement.duration, abs=0.15)


def test_the_same_arrangement_gives_the_same_bytes() -> None:
    assert render(song()) == render(song())


@pytest.mark.parametrize("style", ["metal", "ambient", "jazz", "waltz", "hip-hop", "reggae"])
def test_songs_are_equally_loud_and_never_clip(style: str) -> None:
    sound = perform(song(style))

    assert loudness(sound) == pytest.approx(-16, abs=1)
    assert np.abs(sound).max() < 0.8
    assert np.isfinite(sound).all()


def test_loudness_of_a_full_scale_tone_is_as_the_standard_says() -> None:
    # BS.1770: a 997 Hz sine of 0 dBFS in one channel of a stereo pair reads -3.01 LUFS
    tone = np.sin(2 * np.pi * 997 * np.arange(RATE * 5) / RATE)

    assert loudness(np.stack([tone, tone * 0])) == pytest.approx(-3.01, abs=0.1)


def test_silence_has_no_loudness() -> None:
    assert loudness(np.zeros((2, RATE))) == -120


def test_two_takes_do_not_correlate() -> None:
    one, two = (perform(song("house, 124 bpm", take)).mean(axis=0) for take in (0, 1))
    count = min(len(one), len(two))

    assert abs(float(np.corrcoef(one[:count], two[:count])[0, 1])) < 0.5


def test_the_chorus_is_louder_than_the_verse() -> None:
    arrangement = song("rock, 120 bpm", seconds=60)
    sound = perform(arrangement)

    assert level(arrangement, sound, "chorus") > 2**0.5 * level(arrangement, sound, "verse")


def level(arrangement: Arrangement, sound: npt.NDArray[np.floating[Any]], kind: str) -> float:
    passage = next(p for p in arrangement.passages if p.kind == kind)
    beat = 60 / arrangement.bpm * RATE
    start = int(passage.start * beat)
    part = sound[:, start : start + int(passage.bars * arrangement.meter * beat)]
    return float(np.sqrt((part**2).mean()))


def test_a_fade_ends_in_silence() -> None:
    faded = perform(compose(Brief("x", "house", "[Verse]\nla la la la\n[Fade Out]"), 1, 0, 20))

    assert np.abs(faded[:, -RATE // 4 :]).max() < 0.05 * np.abs(faded).max()


def test_the_bass_stands_in_the_middle_and_the_band_around_it() -> None:
    arrangement = song("rock, 120 bpm")
    bass = replace(arrangement, parts=tuple(p for p in arrangement.parts if p.role == "bass"), hits=())
    left, right = perform(bass)
    whole_left, whole_right = perform(arrangement)

    assert float(np.corrcoef(left, right)[0, 1]) > 0.97
    assert float(np.corrcoef(whole_left, whole_right)[0, 1]) < 0.97


@pytest.mark.parametrize("instrument", sorted(TIMBRES))
def test_every_instrument_sounds_and_stays_in_tune(instrument: str) -> None:
    from songwright.sandbox.instruments import Orchestra, frequency

    left = Orchestra().play(instrument, 57, 1.2)[0].astype(np.float64)
    spectrum = np.abs(np.fft.rfft(left * np.hanning(len(left))))
    hertz = np.fft.rfftfreq(len(left), 1 / RATE)
    harmonic = hertz / frequency(57)
    near = np.abs(harmonic - np.round(harmonic * 2) / 2) < 0.03

    assert np.abs(left).max() > 0.05
    assert (spectrum[near] ** 2).sum() > 0.75 * (spectrum**2).sum()


def test_a_sound_beyond_the_end_of_the_desk_is_cut_off() -> None:
    desk = Desk(1.0)
    desk.place(np.ones(RATE), 0.5, 1.0, 0.0, 0.0)
    desk.place(np.ones(RATE), 2.0, 1.0, 0.0, 0.0)

    assert desk.dry.shape == (2, RATE)
    assert desk.dry[0, -1] == pytest.approx(1.0, abs=0.01)


def test_numpy_is_not_imported_before_something_is_rendered() -> None:
    modules = "audio, brief, composer, cover, lyricist"
    heavy = "{'numpy', 'soundfile'} & set(sys.modules)"
    program = f"import sys; from songwright.sandbox import {modules}; print({heavy})"
    command = [sys.executable, "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603  # our own program

    assert run.stdout.strip() == "set()"
