"""The arranger: hands every player of the band the notes of the whole song."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random
from typing import Final

from songwright.sandbox.band import Band
from songwright.sandbox.form import Form, Plan
from songwright.sandbox.grooves import BEATS
from songwright.sandbox.harmony import role_of, spread
from songwright.sandbox.melody import Singer, sing, tune
from songwright.sandbox.players import bass, comp, drums
from songwright.sandbox.score import Hit, Note, Part, Passage

_VOICE_CENTERS: Final = {"female": 65, "male": 55}
_LEAD_CENTER: Final = 70
_LOW_LEADS: Final = frozenset({"cello", "horn", "electric piano", "nylon guitar"})
_LED_KINDS: Final = frozenset({"intro", "interlude", "solo", "instrumental", "drop", "outro", "big finish"})
_PANS: Final = (-0.45, 0.45, -0.25, 0.3)
_BIG: Final = 0.66
"""The energy from which the layers join."""
_DOUBLED: Final = 0.85
"""The energy from which a second voice joins."""


def passages(form: Form, band: Band) -> Iterator[Passage]:
    """The sections with their chords. The intro quotes the chorus, and the song ends at home."""
    start = 0.0
    for at, plan in enumerate(form.plans):
        turn = band.turns["chorus" if plan.kind == "intro" and theme(form) else role_of(plan.kind)]
        chords = spread(turn, plan.bars)
        if at == len(form.plans) - 1 and not form.fades:
            chords = (*chords[:-1], *band.turns["home"])
        yield Passage(plan.kind, plan.tag, start, plan.bars, chords, plan.energy, plan.texts)
        start += plan.bars * band.meter


def theme(form: Form) -> Plan | None:
    """The first sung chorus: the part of the song that the intro quotes."""
    return next((plan for plan in form.plans if plan.phrases and role_of(plan.kind) == "chorus"), None)


def tunes(form: Form, played: tuple[Passage, ...], band: Band) -> Iterator[Part]:
    """The singer with a second voice, and the instrument that leads where nobody sings."""
    singer = _player(_VOICE_CENTERS.get(band.voice, 62), band)
    voice: list[Note] = []
    backing: list[Note] = []
    for plan, passage in zip(form.plans, played, strict=True):
        sung, answer = sing(plan, passage.chords, singer, f"{band.key}:{_tune_name(plan)}")
        voice.extend(_placed(sung, passage, 1.0))
        backing.extend(_placed(answer, passage, 0.8))
        if passage.energy >= _DOUBLED and not plan.spoken:
            backing.extend(_placed(_thirds(sung, singer), passage, 0.55))
    if voice or backing:
        yield Part("voice", "lead", tuple(voice), 0.0, 1.0, 0.26)
        yield Part("voice", "backing", tuple(backing), 0.35, 0.5, 0.4)
    if band.lead not in band.style.without:
        yield _lead_part(form, played, band, singer, sung=bool(voice))


def _player(center: int, band: Band) -> Singer:
    return Singer(center, band.tonic, band.style.mode, band.bpm, band.meter, band.weirdness)


def _tune_name(plan: Plan) -> str:
    return "chorus" if role_of(plan.kind) == "chorus" else plan.kind


def _lead_part(form: Form, played: tuple[Passage, ...], band: Band, singer: Singer, *, sung: bool) -> Part:
    """The lead instrument: the whole tune of an instrumental, else intro, solos and endings."""
    chorus = theme(form)
    notes: list[Note] = []
    for plan, passage in zip(form.plans, played, strict=True):
        gain = 0.6 + 0.4 * passage.energy
        if plan.kind == "intro" and chorus is not None:
            notes.extend(_placed(_quoted(chorus, passage, band, singer), passage, gain))
        elif not plan.phrases and plan.kind != "end" and (not band.voice or plan.kind in _LED_KINDS):
            notes.extend(_placed(_improvised(plan, passage, band), passage, gain))
    return Part(band.lead, "colour" if sung else "lead", tuple(notes), 0.22 if sung else -0.1, 0.8, 0.3)


def _quoted(chorus: Plan, passage: Passage, band: Band, singer: Singer) -> list[Note]:
    """The beginning of the chorus tune, as much as fits, in the instrument's range."""
    sung, _ = sing(chorus, spread(band.turns["chorus"], chorus.bars), singer, f"{band.key}:chorus")
    end = passage.bars * band.meter
    octaves = round((_lead_center(band) - singer.center) / 12)
    return [replace(note, pitch=note.pitch + 12 * octaves) for note in sung if note.start + 0.25 < end]


def _improvised(plan: Plan, passage: Passage, band: Band) -> list[Note]:
    calm = 0.45 if band.genre.name == "ambient" else 1.0
    density = min(1.0, 96 / band.bpm) * calm * (1.7 if plan.kind == "solo" else 0.7 + 0.6 * passage.energy)
    return tune(
        plan, passage.chords, _player(_lead_center(band), band), f"{band.key}:{_tune_name(plan)}", density
    )


def _lead_center(band: Band) -> int:
    return _LEAD_CENTER - 12 * (band.lead in _LOW_LEADS)


def _placed(notes: list[Note], passage: Passage, gain: float) -> Iterator[Note]:
    level = gain * (0.42 + 0.58 * passage.energy)
    for note in notes:
        yield replace(note, start=passage.start + note.start, velocity=note.velocity * level)


def _thirds(notes: list[Note], singer: Singer) -> list[Note]:
    """A second voice two degrees above each note."""
    degrees = {singer.pitch(degree): degree for degree in range(-14, 22)}
    return [
        replace(note, pitch=singer.pitch(degrees[note.pitch] + 2)) for note in notes if note.pitch in degrees
    ]


def accompaniment(played: tuple[Passage, ...], band: Band) -> Iterator[Part]:
    """Bass, chords and layers. The last chord of a song is held by everyone."""
    without = band.style.without
    if band.bass and band.bass not in without:
        notes = [note for passage in played if passage.energy >= 0.4 for note in _bass(passage, band)]
        yield Part(band.bass, "bass", tuple(notes), 0.0, 0.9, 0.03)
    for at, (instrument, figure) in enumerate(band.comps):
        if instrument not in without:
            notes = [note for passage in played for note in _comp(passage, instrument, figure, band)]
            yield Part(instrument, "chords", tuple(notes), _PANS[at], 0.72, 0.22)
    big = [passage for passage in played if passage.energy >= _BIG]
    for at, (instrument, figure) in enumerate(band.layers):
        if instrument not in without:
            notes = [note for passage in big for note in _comp(passage, instrument, figure, band)]
            yield Part(instrument, "layer", tuple(notes), _PANS[at + 1], 0.55, 0.35)


def _bass(passage: Passage, band: Band) -> Iterator[Note]:
    return bass(passage, "root" if passage.kind == "end" else band.bass_line, band.meter, _level(passage))


def _comp(passage: Passage, instrument: str, figure: str, band: Band) -> Iterator[Note]:
    return comp(passage, instrument, "pad" if passage.kind == "end" else figure, band.meter, _level(passage))


def _level(passage: Passage) -> float:
    return 0.18 + 0.82 * passage.energy**1.5


def hits(played: tuple[Passage, ...], band: Band) -> Iterator[Hit]:
    """The drums of the whole song, with fills where a new section begins."""
    if "drums" in band.style.without or not BEATS[band.beat]:
        return
    rng = Random(f"{band.key}:fills")
    for at, passage in enumerate(played):
        following = played[at + 1].kind if at + 1 < len(played) else passage.kind
        if passage.kind == "end":
            yield from _last_stroke(passage)
        else:
            yield from drums(passage, band.beat, band.meter, following != passage.kind, rng)


def _last_stroke(passage: Passage) -> Iterator[Hit]:
    if passage.energy >= 0.5:
        yield Hit(passage.start, "kick", passage.energy)
        yield Hit(passage.start, "crash", passage.energy * 0.6)


@dataclass(frozen=True)
class Feel:
    """Human timing: off-beats swing (0.5 is straight), and nobody is exactly on the beat."""

    swing: float
    loose_seconds: float
    bpm: float
    rng: Random

    def part(self, part: Part) -> Part:
        loose = 0.0 if part.role == "bass" else self.loose_seconds
        notes = sorted(part.notes, key=lambda note: (note.start, note.pitch))
        return replace(part, notes=tuple(replace(note, start=self._at(note.start, loose)) for note in notes))

    def hit(self, hit: Hit) -> Hit:
        return replace(hit, start=self._at(hit.start, self.loose_seconds * 0.4))

    def _at(self, beat: float, loose: float) -> float:
        whole, part = divmod(beat, 1.0)
        swung = part * self.swing * 2 if part <= 0.5 else self.swing + (part - 0.5) * (1 - self.swing) * 2
        late = min(abs(self.rng.gauss(0.0, loose)), 3 * loose) if loose else 0.0
        return whole + swung + late * self.bpm / 60
