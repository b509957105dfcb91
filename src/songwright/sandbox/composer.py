"""From a brief to an arrangement: the style chooses key, tempo and players, the lyrics form and tune."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from songwright.sandbox.form import Form, Plan, plan_form
from songwright.sandbox.grooves import BEATS
from songwright.sandbox.harmony import choose_turns, role_of, spread
from songwright.sandbox.melody import Singer, sing, tune
from songwright.sandbox.players import bass, comp, drums
from songwright.sandbox.score import Arrangement, Chord, Hit, Note, Part, Passage
from songwright.sandbox.styles import Style, read_style

__all__ = ["Arrangement", "Brief", "compose"]

_VOICE_CENTERS: Final = {"female": 65, "male": 55}
_LEAD_CENTER: Final = 70
_INSTRUMENTAL_KINDS: Final = frozenset(
    {"intro", "interlude", "solo", "instrumental", "drop", "outro", "big finish"}
)
_PANS: Final = (-0.45, 0.45, -0.25, 0.3)


@dataclass(frozen=True)
class Brief:
    """What the music is made from: the words of a custom request. Weights are None or 0 to 1."""

    title: str
    style: str
    lyrics: str
    instrumental: bool = False
    negative_tags: str = ""
    vocal_gender: str = ""
    style_weight: float | None = None
    weirdness: float | None = None


@dataclass(frozen=True)
class _Band:
    """Everything that is decided before the first note of a take."""

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
    def meter(self) -> int:
        return self.style.genre.meter


def compose(brief: Brief, seed: int, take: int, max_seconds: float = 240.0) -> Arrangement:
    """The arrangement of one take. The same brief, seed and take give the same one; takes differ in earnest.

    A tempo or key that the style states is obeyed by every take. The song is as long as its lyrics ask, at
    most `max_seconds` (then it fades); a few seconds of tail come on top. Any text is accepted; never raises.
    """
    rng = Random(f"{seed}:{brief.title}:{brief.style}")
    style = read_style(brief.style, brief.negative_tags, brief.vocal_gender, rng)
    band = _band(brief, style, rng, seed, take)
    sung = bool(band.voice) and bool(brief.lyrics.strip())
    form = plan_form(
        brief.lyrics, sung, band.meter * 60 / band.bpm, max_seconds, style.genre.family == "blues"
    )
    passages = tuple(_passages(form, band))
    parts = (*_tunes(form, passages, band), *_accompaniment(passages, band))
    hits = tuple(_hits(passages, band))
    return _arranged(brief, seed, take, band, passages, parts, hits, form.fades)


def _band(brief: Brief, style: Style, rng: Random, seed: int, take: int) -> _Band:
    """Chooses the players. Takes go through the alternatives in turn, so that two in a row differ."""
    genre = style.genre
    base = rng.uniform(*genre.bpm) * style.pace
    first, shift = rng.randrange(60), rng.randrange(12)
    at = first + take
    own = Random(f"{seed}:{take}:{brief.title}:{brief.style}:{brief.lyrics[:200]}")
    bpm = style.bpm or round(base * (1 + (0.025 if take % 2 else -0.015) * own.uniform(0.6, 1.0)), 1)
    weirdness = 0.5 if brief.weirdness is None else min(1.0, max(0.0, brief.weirdness))
    tonic = style.tonic if style.tonic is not None else (shift + 5 * take) % 12
    return _Band(
        style=style,
        bpm=bpm,
        tonic=tonic,
        weirdness=weirdness,
        beat=genre.beats[at % len(genre.beats)],
        bass=genre.bass[at % len(genre.bass)],
        bass_line=genre.bass_line[at % len(genre.bass_line)],
        comps=style.comps[:2] or (genre.comp[at % len(genre.comp)],),
        layers=(genre.layer[at % len(genre.layer)], *style.comps[2:3]),
        lead=(style.leads or genre.lead)[at % len(style.leads or genre.lead)],
        voice="" if brief.instrumental or "voice" in style.without else style.voice,
        turns=choose_turns(genre.family, style.mode, tonic, own, weirdness),
        key=f"{seed}:{take}:{brief.title}:{brief.style}",
    )


def _passages(form: Form, band: _Band) -> Iterator[Passage]:
    start = 0.0
    for at, plan in enumerate(form.plans):
        chords = spread(band.turns[role_of(plan.kind)], plan.bars)
        if at == len(form.plans) - 1 and not form.fades:
            home = band.turns["verse"][0]
            chords = (*chords[:-1], home)
        yield Passage(plan.kind, plan.tag, start, plan.bars, chords, plan.energy, plan.texts)
        start += plan.bars * band.meter


def _tunes(form: Form, passages: tuple[Passage, ...], band: _Band) -> Iterator[Part]:
    """The singer with a second voice, and the instrument that leads where nobody sings."""
    singer = Singer(
        _VOICE_CENTERS.get(band.voice, 62), band.tonic, band.style.mode, band.bpm, band.meter, band.weirdness
    )
    voice: list[Note] = []
    backing: list[Note] = []
    lead: list[Note] = []
    for plan, passage in zip(form.plans, passages, strict=True):
        sung, answer = sing(plan, passage.chords, singer, f"{band.key}:{_tune_name(plan)}")
        voice.extend(_placed(sung, passage, 1.0))
        backing.extend(_placed(answer, passage, 0.8))
        if passage.energy >= 0.85 and sung:
            backing.extend(_placed(_thirds(sung, singer), passage, 0.55))
        lead.extend(_lead(plan, passage, band))
    if voice or backing:
        yield Part("voice", "lead", tuple(voice), 0.0, 1.0, 0.26)
        yield Part("voice", "backing", tuple(backing), 0.35, 0.5, 0.4)
    if band.lead not in band.style.without:
        yield Part(
            band.lead, "lead" if not voice else "colour", tuple(lead), -0.12 if not voice else 0.25, 0.8, 0.3
        )


def _tune_name(plan: Plan) -> str:
    return "chorus" if role_of(plan.kind) == "chorus" else plan.kind


def _lead(plan: Plan, passage: Passage, band: _Band) -> Iterator[Note]:
    """The lead instrument: the whole tune of an instrumental, else intro, solos and endings."""
    if plan.phrases or (band.voice and plan.kind not in _INSTRUMENTAL_KINDS) or plan.kind == "end":
        return
    center = _LEAD_CENTER - 12 * (band.lead in {"cello", "horn", "electric piano", "nylon guitar"})
    player = Singer(center, band.tonic, band.style.mode, band.bpm, band.meter, band.weirdness)
    pace = min(1.0, 96 / band.bpm) * (
        0.45 if band.beat == "none" and band.style.genre.name == "ambient" else 1.0
    )
    density = pace * (1.7 if plan.kind == "solo" else 0.7 + 0.6 * passage.energy)
    # An introduction quotes the chorus, so that the song begins with its own tune.
    name = "chorus" if plan.kind in {"intro", "outro"} else _tune_name(plan)
    notes = tune(plan, passage.chords, player, f"{band.key}:{name}", density)
    yield from _placed(notes, passage, 0.6 + 0.4 * passage.energy)


def _placed(notes: list[Note], passage: Passage, gain: float) -> Iterator[Note]:
    end = passage.start + len(passage.chords) * 4.0
    level = gain * (0.42 + 0.58 * passage.energy)
    for note in notes:
        start = passage.start + note.start
        yield replace(
            note, start=start, length=max(0.1, min(note.length, end - start)), velocity=note.velocity * level
        )


def _thirds(notes: list[Note], singer: Singer) -> list[Note]:
    """A second voice two degrees above each note."""
    degrees = {singer.pitch(degree): degree for degree in range(-14, 22)}
    return [
        replace(note, pitch=singer.pitch(degrees[note.pitch] + 2)) for note in notes if note.pitch in degrees
    ]


def _accompaniment(passages: tuple[Passage, ...], band: _Band) -> Iterator[Part]:
    meter, without = band.meter, band.style.without
    if band.bass not in without:
        notes = [n for p in passages if p.energy >= 0.4 for n in bass(p, band.bass_line, meter, _level(p))]
        yield Part(band.bass, "bass", tuple(notes), 0.0, 0.9, 0.03)
    for at, (instrument, figure) in enumerate(band.comps):
        if instrument not in without:
            played = [n for p in passages for n in comp(p, instrument, figure, meter, _level(p))]
            yield Part(instrument, "chords", tuple(played), _PANS[at], 0.62, 0.22)
    for at, (instrument, figure) in enumerate(band.layers):
        if instrument not in without:
            played = [
                n for p in passages if p.energy >= 0.66 for n in comp(p, instrument, figure, meter, _level(p))
            ]
            yield Part(instrument, "layer", tuple(played), _PANS[at + 1], 0.5, 0.35)


def _level(passage: Passage) -> float:
    return 0.18 + 0.82 * passage.energy**1.5


def _hits(passages: tuple[Passage, ...], band: _Band) -> Iterator[Hit]:
    if "drums" in band.style.without or not BEATS[band.beat]:
        return
    rng = Random(f"{band.key}:fills")
    for at, passage in enumerate(passages):
        last = at == len(passages) - 1
        follows = not last and passages[at + 1].kind != passage.kind
        if passage.kind == "end" or (last and passage.kind == "outro" and passage.bars < 3):
            continue
        yield from drums(passage, band.beat, band.meter, follows, rng)


def _arranged(
    brief: Brief,
    seed: int,
    take: int,
    band: _Band,
    passages: tuple[Passage, ...],
    parts: tuple[Part, ...],
    hits: tuple[Hit, ...],
    fades: bool,
) -> Arrangement:
    genre = band.style.genre
    feel = _Feel(genre.swing, genre.loose, Random(f"{band.key}:feel"))
    return Arrangement(
        title=brief.title,
        seed=seed,
        take=take,
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
        passages=passages,
        parts=tuple(feel.part(part, band.bpm) for part in parts if part.notes),
        hits=tuple(feel.hit(hit, band.bpm) for hit in sorted(hits, key=lambda hit: (hit.start, hit.drum))),
        fade_seconds=_fade(passages[-1], band) if fades else 0.0,
        tail_seconds=0.6 if fades else 1.2 + genre.room * 0.8,
    )


def _fade(last: Passage, band: _Band) -> float:
    return min(12.0, max(3.0, last.bars * band.meter * 60 / band.bpm))


@dataclass(frozen=True)
class _Feel:
    """Human timing: off-beats swing, and nobody is exactly on the beat."""

    swing: float
    loose_seconds: float
    rng: Random

    def part(self, part: Part, bpm: float) -> Part:
        loose = 0.0 if part.role == "bass" else self.loose_seconds
        notes = sorted(part.notes, key=lambda note: (note.start, note.pitch))
        return replace(
            part, notes=tuple(replace(note, start=self._at(note.start, bpm, loose)) for note in notes)
        )

    def hit(self, hit: Hit, bpm: float) -> Hit:
        return replace(hit, start=self._at(hit.start, bpm, self.loose_seconds * 0.4))

    def _at(self, beat: float, bpm: float, loose: float) -> float:
        whole, part = divmod(beat, 1.0)
        swung = part * self.swing * 2 if part <= 0.5 else self.swing + (part - 0.5) * (1 - self.swing) * 2
        late = abs(self.rng.gauss(0.0, loose)) if loose else 0.0
        return whole + swung + min(late, 3 * loose) * bpm / 60
