"""Measures the sandbox's music: tempo, dynamics, genres, takes, loudness, cost, and whether players accept
it.

Run `python benchmarks/audio.py` (several minutes), `--short` for a quicker run with fewer songs, `--accept`
to also ask ffprobe and Chromium, which must then be installed. Prints a table; the exit code is 1 when a
bound is broken.

How the figures are made, so that they can be judged:
- Tempo: autocorrelation of the onset envelope (positive change of the log spectrum in 24 bands,
100 frames a second),
  scored at one, two, three and four beats and weighted by a prior: log-normal about 110 BPM, one octave
  wide (sigma). The estimate is compared as it is: no octave error is forgiven.
- Genres: songs with the same lyrics, other styles. Each song is a vector of spectrum and rhythm features.
  For each pair of genres every song is given to the nearer of the two centroids, made without that song. A
  pair is told apart when at least 80 % of its songs are given rightly (chance is 50 %).
- Takes: the highest normalised cross-correlation of the two mono mixes over shifts of up to 50 ms.
- Loudness: BS.1770-4 with filters written here anew (digital biquads, applied through their frequency
  response).
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from itertools import combinations, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import soundfile  # pyright: ignore[reportMissingTypeStubs]  # it has none; what is used here is plain

from songwright.sandbox.audio import RATE, perform, render
from songwright.sandbox.composer import Brief, compose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from songwright.sandbox.score import Arrangement

    Array = npt.NDArray[np.floating[Any]]

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
_HOP: Final = 441
_FRAMES: Final = RATE / _HOP


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


# --- features -----------------------------------------------------------------------------------------------


def spectrogram(sound: Array) -> Array:
    """Power in 24 bands from 40 Hz to 16 kHz, log-spaced, 100 frames a second."""
    frames = np.lib.stride_tricks.sliding_window_view(sound, 2048)[::_HOP] * np.hanning(2048)
    power = np.abs(np.fft.rfft(frames.astype(np.float32), axis=1)) ** 2
    hertz = np.fft.rfftfreq(2048, 1 / RATE)
    edges = np.geomspace(40, 16000, 25)
    picks = [(hertz >= low) & (hertz < high) for low, high in pairwise(edges)]
    return np.stack([power[:, pick].sum(axis=1) if pick.any() else power[:, 2] * 0 for pick in picks], axis=1)


def onset_envelope(bands: Array) -> Array:
    level = np.log10(bands + bands.mean() * 1e-3)
    change = np.maximum(0.0, level[2:] - level[:-2]).sum(axis=1)
    local = np.convolve(change, np.ones(101) / 101, mode="same")
    return np.maximum(0.0, change - local)


def tempo_of(envelope: Array) -> float:
    """Beats per minute, by the method that the head of this file states."""
    size = 1 << (2 * len(envelope) - 1).bit_length()
    centred = envelope - envelope.mean()
    acf = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2)[: len(envelope)]
    tempos = np.arange(50.0, 200.0, 0.25)
    lags = np.arange(len(acf))
    score = sum(np.interp(k * 60 * _FRAMES / tempos, lags, acf) for k in (1, 2, 3, 4))
    prior = np.exp(-0.5 * np.log2(tempos / 110) ** 2)
    return float(tempos[int(np.argmax(np.maximum(score, 0) * prior))])


def onsets_per_second(envelope: Array) -> float:
    peak = envelope[1:-1]
    above = (peak > envelope[:-2]) & (peak >= envelope[2:]) & (peak > 0.35 * np.percentile(envelope, 97))
    return float(above.sum() / (len(envelope) / _FRAMES))


def features(sound: Array) -> Array:
    """Spectrum: share of each pair of bands, centroid, flatness. Rhythm: tempo, onsets, strength and place
    of beats.
    """
    bands = spectrogram(sound)
    envelope = onset_envelope(bands)
    share = bands.mean(axis=0).reshape(12, 2).sum(axis=1)
    share = np.log10(share / share.sum() + 1e-6)
    centroid = (bands.mean(axis=0) * np.arange(24)).sum() / bands.mean(axis=0).sum()
    flatness = np.exp(np.log(bands + 1e-9).mean(axis=1)).mean() / bands.mean()
    bpm = tempo_of(envelope)
    beat = 60 * _FRAMES / bpm
    centred = envelope - envelope.mean()
    spread = (centred**2).mean() + 1e-12
    pulse = [_at_lag(centred, beat * part) / spread for part in (0.25, 1 / 3, 0.5, 2 / 3, 1, 1.5, 2, 3, 4)]
    low = onset_envelope(bands[:, :6]).mean() / (onset_envelope(bands[:, 16:]).mean() + 1e-9)
    rhythm = [
        np.log2(bpm),
        onsets_per_second(envelope),
        envelope.max() / envelope.mean(),
        np.log10(low),
        *pulse,
    ]
    return np.array([*share, centroid, np.log10(flatness + 1e-9), *rhythm])


def _at_lag(centred: Array, lag: float) -> float:
    whole = round(lag)
    return float((centred[whole:] * centred[: len(centred) - whole]).mean())


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
    rates = {pair: _told_apart(scaled[pair[0]], scaled[pair[1]]) for pair in pairs}
    good = sum(rate >= 0.8 for rate in rates.values()) / len(pairs)
    worst = sorted(pairs, key=lambda pair: rates[pair])[:3]
    names = ", ".join(f"{TEN[a]}/{TEN[b]} {rates[a, b]:.0%}" for a, b in worst)
    yield Check("pairs of ten genres told apart", f"{good:.0%} (least: {names})", ">= 80 %", good >= 0.8)
    overall = _nearest_of_all(scaled)
    yield Check("one genre of ten named", f"{overall:.0%} (chance 10 %)", "reported", True)


def _told_apart(first: Array, second: Array) -> float:
    right = 0
    for own, other in ((first, second), (second, first)):
        for at, vector in enumerate(own):
            rest = np.delete(own, at, axis=0).mean(axis=0)
            right += bool(np.linalg.norm(vector - rest) < np.linalg.norm(vector - other.mean(axis=0)))
    return right / (len(first) + len(second))


def _nearest_of_all(scaled: Array) -> float:
    right = 0
    for genre, songs in enumerate(scaled):
        for at, vector in enumerate(songs):
            centroids = scaled.mean(axis=1)
            centroids[genre] = np.delete(songs, at, axis=0).mean(axis=0)
            right += int(np.argmin(np.linalg.norm(centroids - vector, axis=1))) == genre
    return right / (scaled.shape[0] * scaled.shape[1])


def take_checks(styles: tuple[str, ...]) -> Iterator[Check]:
    highest = {style: correlation(mono(song(style, 5, 0)), mono(song(style, 5, 1))) for style in styles}
    worst = max(highest, key=lambda style: highest[style])
    value = f"at most {highest[worst]:.2f} ({worst})"
    yield Check("correlation of the takes", value, "< 0.5", highest[worst] < 0.5)


def correlation(one: Array, two: Array) -> float:
    """The largest normalised cross-correlation over shifts of at most 50 ms either way."""
    count = min(len(one), len(two))
    size = 1 << (2 * count - 1).bit_length()
    product = np.fft.rfft(one[:count], size) * np.conj(np.fft.rfft(two[:count], size))
    crossed = np.fft.irfft(product, size)
    reach = RATE // 20
    near = np.concatenate([crossed[: reach + 1], crossed[-reach:]])
    return float(np.abs(near).max() / (np.linalg.norm(one[:count]) * np.linalg.norm(two[:count])))


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


def decoded(data: bytes) -> Array:
    sound, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert rate == RATE
    assert sound.shape[1] == 2
    return np.asarray(sound, dtype=np.float32).T


def lufs(sound: Array) -> float:
    """Integrated loudness with the biquads of BS.1770-4 scaled to this rate; silence is -inf."""
    weighted = np.stack([_k_weighted(side) for side in sound])
    block, hop = int(0.4 * RATE), int(0.1 * RATE)
    squares = np.cumsum(np.pad((weighted**2).sum(axis=0), (1, 0)))
    starts = np.arange(0, int(sound.shape[1]) - block, hop, dtype=np.int64)
    power = (squares[starts + block] - squares[starts]) / block
    level = -0.691 + 10 * np.log10(power + 1e-12)
    loud = power[level > -70]
    gate = -0.691 + 10 * np.log10(loud.mean()) - 10
    return float(-0.691 + 10 * np.log10(power[(level > -70) & (level > gate)].mean()))


def _k_weighted(side: Array) -> Array:
    size = 1 << (len(side) + RATE).bit_length()
    z = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    response = np.ones(size // 2 + 1, dtype=np.complex128)
    for b, a in (_shelf(), _high_pass()):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return np.fft.irfft(np.fft.rfft(side, size) * response, size)[: len(side)]


def _shelf() -> tuple[tuple[float, ...], tuple[float, ...]]:
    gain, q, corner = 3.999843853973347, 0.7071752369554196, 1681.974450955533
    k, vh = float(np.tan(np.pi * corner / RATE)), 10 ** (gain / 20)
    vb = vh**0.4996667741545416
    b = (vh + vb * k / q + k * k, 2 * (k * k - vh), vh - vb * k / q + k * k)
    return b, (1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k)


def _high_pass() -> tuple[tuple[float, ...], tuple[float, ...]]:
    q, corner = 0.5003270373238773, 38.13547087602444
    k = float(np.tan(np.pi * corner / RATE))
    # the standard normalises the denominator and leaves the numerator at 1, -2, 1
    scale = 1 + k / q + k * k
    return (scale, -2 * scale, scale), (scale, 2 * (k * k - 1), 1 - k / q + k * k)


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
