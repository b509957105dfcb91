"""The band of a take: everything that is decided before its first note."""

from dataclasses import dataclass, replace
from random import Random

from songwright.sandbox.brief import Brief
from songwright.sandbox.genres import GENRES, Genre
from songwright.sandbox.harmony import choose_turns
from songwright.sandbox.score import Chord
from songwright.sandbox.styles import Style, read_style


@dataclass(frozen=True)
class Band:
    """Who plays what, in which key and at which tempo. `key` seeds everything that is improvised.

    `bass` is "" where nobody plays it.
    """

    style: Style
    bpm: float
    tonic: int
    weirdness: float
    beat: str
    bass: str
    bass_line: str
    comps: tuple[tuple[str, str], ...]
    layers: tuple[tuple[str, str], ...]
    lead: str
    voice: str
    turns: dict[str, tuple[Chord, ...]]
    key: str

    @property
    def genre(self) -> Genre:
        return self.style.genre

    @property
    def meter(self) -> int:
        return self.style.genre.meter

    @property
    def bar_seconds(self) -> float:
        return self.meter * 60 / self.bpm


def choose_band(brief: Brief, seed: int, take: int) -> Band:
    """Chooses the players. Takes go through the alternatives in turn, so that two in a row differ."""
    rng = Random(f"{seed}:{brief.title}:{brief.style}")
    style = read_style(brief.style, brief.negative_tags, brief.vocal_gender, rng)
    genre = style.genre
    base = rng.uniform(*genre.bpm) * style.pace
    first, shift = rng.randrange(60), rng.randrange(12)
    at = first + take
    own = Random(f"{seed}:{take}:{brief.title}:{brief.style}:{brief.lyrics}")
    drift = (0.025 if take % 2 else -0.015) * own.uniform(0.6, 1.0)
    weirdness = 0.5 if brief.weirdness is None else min(1.0, max(0.0, brief.weirdness))
    tonic = style.tonic if style.tonic is not None else (shift + 5 * take) % 12
    layer = _guest(brief, genre, own).layer
    leads = style.leads or genre.lead
    band = Band(
        style=style,
        bpm=style.bpm or round(base * (1 + drift), 1),
        tonic=tonic,
        weirdness=weirdness,
        beat=genre.beats[at % len(genre.beats)],
        bass=genre.bass[at % len(genre.bass)],
        bass_line=genre.bass_line[at % len(genre.bass_line)],
        comps=style.comps[:2] or (genre.comp[at % len(genre.comp)],),
        layers=(layer[at % len(layer)], *style.comps[2:3]),
        lead=leads[at % len(leads)],
        voice="" if brief.instrumental or "voice" in style.without else style.voice,
        turns=choose_turns(genre.family, style.mode, tonic, own, weirdness),
        key=f"{seed}:{take}:{brief.title}:{brief.style}",
    )
    return _alone(band) if style.alone else band


def _alone(band: Band) -> Band:
    """One instrument plays everything: chords where it can, and the tune where nobody sings."""
    instrument = band.style.leads[0] if not band.style.comps else band.style.comps[0][0]
    comps = band.style.comps[:1]
    return replace(band, beat="none", bass="", comps=comps, layers=(), lead=instrument)


def _guest(brief: Brief, genre: Genre, rng: Random) -> Genre:
    """A low style weight lets a player of another style join in the big sections."""
    weight = 0.5 if brief.style_weight is None else brief.style_weight
    others = [other for other in GENRES if other is not genre and other.meter == genre.meter]
    return rng.choice(others) if rng.random() < (0.4 - weight) * 2 else genre
