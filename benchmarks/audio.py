"""Measures the sandbox's music: tempo, dynamics, genres, takes, loudness, cost, acceptance by players.

Run `python benchmarks/audio.py` (about two minutes of CPU), `--short` for fewer songs, `--accept` to also ask
ffprobe and Chromium, which must then be installed. Prints a table; the exit code is 1 when a bound is broken.

How the figures are made, so that they can be judged:
- Tempo: autocorrelation of the onset envelope (positive change of the log spectrum in 24 bands, 100 frames a
  second), scored at one, two, three and four beats and weighted by a prior: log-normal about 110 BPM, one
  octave wide (sigma). The estimate is compared as it is: no octave error is forgiven.
- Genres: songs with the same lyrics and other styles. Each song is a vector of spectrum and rhythm features.
  For each pair of genres every song is given to the nearer of the two centroids, made without that song. A
  pair is told apart when at least 80 % of its songs are given rightly (chance is 50 %).
- Takes: the highest normalised cross-correlation of the two mono mixes over shifts of up to 50 ms.
- Loudness: BS.1770-4 with digital biquads, applied through their frequency response; the sandbox's own meter
  is not used.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from hearing import (
    Array,
    correlation,
    decoded,
    features,
    lufs,
    nearest_of_all,
    onset_envelope,
    onsets_per_second,
    spectrogram,
    tempo_of,
    told_apart,
)

from songwright.sandbox.audio import RATE, perform, render
from songwright.sandbox.composer import Brief, compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from songwright.sandbox.score import Arrangement

LYRICS: Final = """[Verse 1]
Coffee steam and rain on glass
Your old coat behind the door
Every train I used to catch
Doesn't stop here anymore

[Chorus]
Come home when the river turns
Come home while the candle burns
I'll be waiting by the shore
Singing like I did before

[End]
"""
GENRES: Final = (
    "pop", "rock", "metal", "hip-hop", "jazz", "folk", "house", "ambient", "classical piano", "reggae",
    "country",
    "soul", "latin", "blues", "cinematic", "waltz",
)  # fmt: skip
TEN: Final = (
    "pop", "metal", "hip-hop", "jazz", "folk", "house", "ambient", "classical piano", "reggae", "cinematic",
)  # fmt: skip
TEMPOS: Final = (
    ("pop", 104), ("rock", 132), ("metal", 152), ("hip-hop", 88), ("jazz", 126), ("folk", 96), ("house",
    124), ("country", 112),
    ("soul", 92), ("latin", 100), ("blues", 84), ("cinematic", 96), ("waltz", 120), ("synthwave", 108),
    ("reggae", 76),
)  # fmt: skip
MORE_TEMPOS: Final = (
    ("pop", 84), ("pop", 126), ("rock", 112), ("metal", 140), ("hip-hop", 76), ("jazz", 144), ("folk", 116),
    ("house", 130),
    ("country", 98), ("soul", 106), ("latin", 112), ("blues", 100), ("cinematic", 118), ("waltz", 96),
    ("synthwave", 90),
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """One line of the table: what was measured, what came out, what it must be."""

    name: str
    value: str
    bound: str
    passed: bool


def song(style: str, seed: int, take: int = 0, lyrics: str = LYRICS, max_seconds: float = 240) -> Arrangement:
    return compose(Brief("Measured", style, lyrics), seed, take, max_seconds)


def mono(arrangement: Arrangement) -> Array:
    return perform(arrangement).mean(axis=0)


# --- measurements -------------------------------------------------------------------------------------------


def tempo_checks(pairs: tuple[tuple[str, int], ...]) -> Iterator[Check]:
    wrong: list[str] = []
    for seed, (style, bpm) in enumerate(pairs):
        found = tempo_of(onset_envelope(spectrogram(mono(song(f"{style}, {bpm} BPM", seed)))))
        if abs(found / bpm - 1) > 0.05:
            wrong.append(f"{style} {bpm}→{found:g}")
    value = f"{len(pairs) - len(wrong)} of {len(pairs)} {' '.join(wrong)}"
    yield Check("stated tempo found within 5 %", value, "all", not wrong)


def contrast_checks(styles: tuple[str, ...]) -> Iterator[Check]:
    weak: list[str] = []
    decibels: list[float] = []
    for seed, style in enumerate(styles):
        arrangement = song(style, seed)
        sound = mono(arrangement)
        verse, chorus = (_passage(arrangement, sound, kind) for kind in ("verse", "chorus"))
        louder = 10 * np.log10((chorus**2).mean() / (verse**2).mean())
        denser = _onsets(chorus) / _onsets(verse)
        decibels.append(float(louder))
        if louder < 3 and denser < 1.2:
            weak.append(f"{style} {louder:.1f} dB x{denser:.2f}")
    value = f"{min(decibels):.1f} to {max(decibels):.1f} dB {' '.join(weak)}"
    yield Check("chorus over verse", value, ">= 3 dB or x1.2 onsets", not weak)


def _onsets(sound: Array) -> float:
    return max(0.1, onsets_per_second(onset_envelope(spectrogram(sound))))


def _passage(arrangement: Arrangement, sound: Array, kind: str) -> Array:
    passage = next(passage for passage in arrangement.passages if passage.kind == kind)
    beat = 60 / arrangement.bpm * RATE
    start = int(passage.start * beat)
    return sound[start : start + int(passage.bars * arrangement.meter * beat)]


def genre_checks(songs_each: int) -> Iterator[Check]:
    vectors = np.array(
        [[features(mono(song(style, 100 + n, n % 2))) for n in range(songs_each)] for style in TEN]
    )
    flat = vectors.reshape(-1, vectors.shape[-1])
    scaled = (vectors - flat.mean(axis=0)) / (flat.std(axis=0) + 1e-9)
    pairs = list(combinations(range(len(TEN)), 2))
    rates = {pair: told_apart(scaled[pair[0]], scaled[pair[1]]) for pair in pairs}
    good = sum(rate >= 0.8 for rate in rates.values()) / len(pairs)
    worst = sorted(pairs, key=lambda pair: rates[pair])[:3]
    names = ", ".join(f"{TEN[a]}/{TEN[b]} {rates[a, b]:.0%}" for a, b in worst)
    yield Check("pairs of ten genres told apart", f"{good:.0%} (least: {names})", ">= 80 %", good >= 0.8)
    overall = nearest_of_all(scaled)
    yield Check("one genre of ten named", f"{overall:.0%} (chance 10 %)", "reported", True)


def take_checks(styles: tuple[str, ...]) -> Iterator[Check]:
    highest = {style: correlation(mono(song(style, 5, 0)), mono(song(style, 5, 1))) for style in styles}
    worst = max(highest, key=lambda style: highest[style])
    value = f"at most {highest[worst]:.2f} ({worst})"
    yield Check("correlation of the takes", value, "< 0.5", highest[worst] < 0.5)


def loudness_checks(styles: tuple[str, ...]) -> Iterator[Check]:
    levels: dict[str, float] = {}
    peaks: dict[str, float] = {}
    for style in styles:
        sound = decoded(render(song(style, 3)))
        levels[style] = lufs(sound)
        peaks[style] = float(np.abs(sound).max())
    value = f"{min(levels.values()):.1f} to {max(levels.values()):.1f} LUFS"
    yield Check(
        "loudness of the MP3", value, "-16 +/- 2", all(abs(level + 16) <= 2 for level in levels.values())
    )
    yield Check(
        "highest sample of the MP3", f"{max(peaks.values()):.3f}", "< 0.99", max(peaks.values()) < 0.99
    )


def cost_checks(styles: tuple[str, ...]) -> Iterator[Check]:
    costs: dict[str, float] = {}
    for style in styles:
        arrangement = song(style, 9)
        before = time.process_time()
        render(arrangement)
        costs[style] = (time.process_time() - before) * 60 / arrangement.duration
    worst = max(costs, key=lambda style: costs[style])
    yield Check(
        "CPU seconds per minute of audio", f"at most {costs[worst]:.2f} ({worst})", "<= 4", costs[worst] <= 4
    )


_FRESH: Final = """
import hashlib, sys
from songwright.sandbox.audio import render
from songwright.sandbox.composer import Brief, compose
print(hashlib.sha256(render(compose(Brief("Measured", "pop", sys.stdin.read()), 4, 1))).hexdigest())
"""


def determinism_checks() -> Iterator[Check]:
    here = hashlib.sha256(render(song("pop", 4, 1))).hexdigest()
    run = subprocess.run(
        [sys.executable, "-c", _FRESH],
        input=LYRICS,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    same = run.stdout.strip() == here
    yield Check("same bytes in a new process", "yes" if same else "no", "yes", same)


# --- players ------------------------------------------------------------------------------------------------

_PAGE: Final = """<!doctype html><title>waiting</title><audio id=a preload=auto></audio><p
id=r>waiting</p><script> const a = document.getElementById('a'), r = document.getElementById('r');
a.oncanplaythrough = () => { r.textContent = 'duration=' + a.duration.toFixed(2); };
a.onerror = () => { r.textContent = 'error=' + a.error.code; };
a.src = 'data:audio/mpeg;base64,%s';
</script>"""
_CHROMIUM: Final = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--virtual-time-budget=8000", "--dump-dom",
)  # fmt: skip


def accept_checks() -> Iterator[Check]:
    arrangement = song("pop", 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mp3"
        path.write_bytes(render(arrangement))
        yield _ffprobe(path, arrangement.duration)
        yield _browser(path, arrangement.duration)


def _ffprobe(path: Path, seconds: float) -> Check:
    shown = _output("ffprobe", "-v", "error", "-show_entries",
    "stream=codec_name,channels,sample_rate:format=duration",
                    "-of", "csv=p=0", str(path))  # fmt: skip
    found = shown.replace("\n", ",").strip(",").split(",")
    passed = found[:3] == ["mp3", "44100", "2"] and abs(float(found[-1]) - seconds) < 0.5
    return Check("ffprobe", " ".join(found), f"mp3 44100 2, {seconds:.1f} s", passed)


def _browser(path: Path, seconds: float) -> Check:
    page = path.with_suffix(".html")
    page.write_text(_PAGE % base64.b64encode(path.read_bytes()).decode(), encoding="utf-8")
    profile = f"--user-data-dir={path.parent / 'profile'}"
    shown = _output("chromium", *_CHROMIUM, profile, page.as_uri())
    found = shown.partition('<p id="r">')[2].partition("</p>")[0]
    length = found.removeprefix("duration=")
    passed = length != found and abs(float(length) - seconds) < 0.5
    return Check("Chromium", found or "no page", f"duration {seconds:.1f} s", passed)


def _output(program: str, *arguments: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise SystemExit(f"--accept needs {program}, which is not installed")
    run = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=60, check=False)
    return run.stdout


# --- the table ----------------------------------------------------------------------------------------------


def measurements(short: bool, accept: bool) -> Iterator[Callable[[], Iterator[Check]]]:
    yield lambda: tempo_checks(TEMPOS if short else TEMPOS + MORE_TEMPOS)
    yield lambda: contrast_checks(GENRES)
    yield lambda: genre_checks(4 if short else 8)
    yield lambda: take_checks(GENRES[::2] if short else GENRES)
    yield lambda: loudness_checks(GENRES[::3] if short else GENRES)
    yield lambda: cost_checks(GENRES[1::5] if short else GENRES)
    yield determinism_checks
    if accept:
        yield accept_checks


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures the sandbox's music.")
    parser.add_argument("--short", action="store_true", help="fewer songs")
    parser.add_argument("--accept", action="store_true", help="also ask ffprobe and Chromium")
    options = parser.parse_args()
    passed = True
    for measure in measurements(options.short, options.accept):
        for check in measure():
            passed &= check.passed
            mark = "ok  " if check.passed else "FAIL"
            print(f"{mark} {check.name:<34} {check.value}   [{check.bound}]", flush=True)
    print(f"{time.process_time():.0f} s of CPU")
    return 0 if passed else 1


if __name__ == "__main__":
    raise SystemExit(main())
