"""From a brief to an arrangement: the style chooses key, tempo and players, the lyrics form and tune."""

from random import Random

from songwright.sandbox.arranger import Feel, accompaniment, hits, passages, tunes
from songwright.sandbox.band import Band, choose_band
from songwright.sandbox.brief import Brief
from songwright.sandbox.form import Frame, plan_form
from songwright.sandbox.score import Arrangement, Hit, Part, Passage

__all__ = ["Arrangement", "Brief", "compose"]


def compose(brief: Brief, seed: int, take: int, max_seconds: float = 240.0) -> Arrangement:
    """The arrangement of one take. The same brief, seed and take give the same one; takes differ in earnest.

    A tempo or key that the style states is obeyed by every take. The song is as long as its lyrics ask, at
    most `max_seconds` (then it fades); a few seconds of tail come on top. Any text is accepted; never raises.
    """
    band = choose_band(brief, seed, take)
    form = plan_form(brief.lyrics, _frame(brief, band, max_seconds))
    played = tuple(passages(form, band))
    parts = (*tunes(form, played, band), *accompaniment(played, band))
    fade = min(12.0, max(3.0, played[-1].bars * band.bar_seconds)) if form.fades else 0.0
    return _written(brief, (seed, take), band, played, parts, tuple(hits(played, band)), fade)


def _frame(brief: Brief, band: Band, max_seconds: float) -> Frame:
    return Frame(
        sung=bool(band.voice) and bool(brief.lyrics.strip()),
        bar_seconds=band.bar_seconds,
        max_seconds=max_seconds,
        twelve_bars=band.genre.family == "blues",
        raps=band.genre.name == "hip-hop" and "lofi" not in brief.style.casefold().replace("-", ""),
    )


def _written(
    brief: Brief,
    origin: tuple[int, int],
    band: Band,
    played: tuple[Passage, ...],
    parts: tuple[Part, ...],
    strokes: tuple[Hit, ...],
    fade_seconds: float,
) -> Arrangement:
    genre = band.genre
    feel = Feel(genre.swing, genre.loose, band.bpm, Random(f"{band.key}:feel"))
    return Arrangement(
        title=brief.title,
        seed=origin[0],
        take=origin[1],
        genre=genre.name,
        bpm=band.bpm,
        meter=band.meter,
        tonic=band.tonic,
        mode=band.style.mode,
        groove=band.beat,
        swing=genre.swing,
        kit=genre.kit,
        room_seconds=genre.room,
        voice=band.voice,
        passages=played,
        parts=tuple(feel.part(part) for part in parts if part.notes),
        hits=tuple(feel.hit(hit) for hit in sorted(strokes, key=lambda hit: (hit.start, hit.drum))),
        fade_seconds=fade_seconds,
        tail_seconds=0.6 if fade_seconds else 1.2 + genre.room * 0.8,
    )
