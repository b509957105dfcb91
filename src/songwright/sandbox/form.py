"""The form of a song: which sections it has, how many bars each takes, and how loud it is played."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil, log
from statistics import median
from typing import Final

from songwright.lyrics.sections import Section, parse_sections
from songwright.sandbox.prosody import Syllable, rhyme, syllables

ENERGY: Final = {
    "intro": 0.52, "verse": 0.56, "pre-chorus": 0.68, "chorus": 1.0, "post-chorus": 0.92, "hook": 0.96,
    "refrain": 0.9,
    "bridge": 0.62, "interlude": 0.55, "break": 0.38, "breakdown": 0.34, "build": 0.72, "drop": 1.0,
    "solo": 0.84,
    "instrumental": 0.78, "rap": 0.62, "spoken": 0.42, "whispered": 0.36, "big finish": 1.0, "outro": 0.52,
    "fade out": 0.5, "fade in": 0.4, "end": 0.5,
}  # fmt: skip
"""Dynamics of each kind of section, 0 to 1."""
_SECONDS: Final = {
    "intro": 9.0, "interlude": 10.0, "break": 5.0, "breakdown": 9.0, "build": 7.0, "drop": 14.0, "solo": 16.0,
    "instrumental": 14.0, "outro": 9.0, "fade out": 9.0, "fade in": 6.0, "end": 2.5, "big finish": 8.0,
}  # fmt: skip
"""How long a section without sung lines takes."""
_LOUDER: Final = frozenset(
    {"anthemic", "big", "powerful", "loud", "full", "explosive", "belted", "final", "epic"}
)
_SOFTER: Final = frozenset(
    {"soft", "softly", "quiet", "stripped", "gentle", "intimate", "low", "whispered", "sparse"}
)
_LONGEST_PHRASE: Final = 16
"""Syllables in one breath; a longer line is sung as several phrases."""
_SPOKEN: Final = frozenset({"rap", "spoken", "whispered"})
_INSTRUMENTAL_FORM: Final = ("intro", "verse", "chorus", "verse", "bridge", "chorus", "outro")


@dataclass(frozen=True)
class Phrase:
    """What is sung in one breath.

    `closes` says that it answers an earlier line (a rhyme, or the last line).
    """

    text: str
    syllables: tuple[Syllable, ...]
    backing: bool = False
    closes: bool = False


@dataclass(frozen=True)
class Plan:
    """A section before it has notes."""

    kind: str
    tag: str
    bars: int
    energy: float
    phrases: tuple[Phrase, ...] = ()
    spoken: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(phrase.text for phrase in self.phrases)


@dataclass(frozen=True)
class Form:
    """The sections in order and how the song ends."""

    plans: tuple[Plan, ...]
    fades: bool


@dataclass(frozen=True)
class Frame:
    """What the form has to fit: whether words are sung, the length of a bar, habits of the style."""

    sung: bool
    bar_seconds: float
    max_seconds: float
    twelve_bars: bool = False
    raps: bool = False


def plan_form(lyrics: str, frame: Frame) -> Form:
    """Shapes the form from the lyrics' sections; lyrics without any get a form of its own."""
    sections = _stanzas(parse_sections(lyrics))
    if not sections or (not frame.sung and not any(section.tag for section in sections)):
        sections = [_bare(kind) for kind in _INSTRUMENTAL_FORM]
    sections = _with_ends(_repeated_choruses(sections))
    plans = [_plan(section, frame) for section in sections]
    kept, cut = _within(_grown(plans), frame)
    return Form(tuple(kept), cut or kept[-1].kind == "fade out")


def _bare(kind: str, tag: str = "") -> Section:
    return Section(tag, kind, None, "", 0)


def _stanzas(sections: tuple[Section, ...]) -> list[Section]:
    """Untagged text split at its blank lines: a stanza that comes again is the chorus."""
    found: list[Section] = []
    for section in sections:
        found.extend(_split(section) if not section.kind else [section])
    return [replace(section, kind="verse") if section.kind == "other" else section for section in found]


def _split(section: Section) -> Iterator[Section]:
    groups: list[list[int]] = []
    for at, line in enumerate(section.lines):
        new = not groups or line.number > section.lines[at - 1].number + 1 or len(groups[-1]) >= 8
        groups[-1:] = [*groups[-1:], [at]] if new else [[*groups[-1], at]]
    texts = [tuple(section.lines[at].text for at in group) for group in groups]
    for group, text in zip(groups, texts, strict=True):
        kind = "chorus" if texts.count(text) > 1 else "verse"
        yield replace(section, kind=kind, lines=tuple(section.lines[at] for at in group))


def _repeated_choruses(sections: list[Section]) -> list[Section]:
    """A bare "[Chorus]" sings the words of the chorus before it."""
    words: dict[str, Section] = {}
    found: list[Section] = []
    for section in sections:
        if section.lines:
            words.setdefault(section.kind, section)
        elif section.kind in {"chorus", "hook", "refrain"} and section.kind in words:
            section = replace(section, lines=words[section.kind].lines)
        found.append(section)
    return found


def _with_ends(sections: list[Section]) -> list[Section]:
    first, last = sections[0].kind, sections[-1].kind
    intro = [] if first in {"intro", "fade in", "instrumental", "spoken"} else [_bare("intro")]
    outro = [] if last in {"outro", "end", "fade out", "big finish"} else [_bare("outro")]
    end = [] if last in {"end", "fade out"} else [_bare("end")]
    return [*intro, *sections, *outro, *end]


def _plan(section: Section, frame: Frame) -> Plan:
    phrases = tuple(_phrases(section)) if frame.sung else ()
    energy = _energy(section)
    if not phrases:
        bars = section.bars or _bars_for(_SECONDS.get(section.kind, 15.0), frame.bar_seconds, section.kind)
        return Plan(section.kind, section.tag, min(64, max(1, bars)), energy)
    spoken = section.kind in _SPOKEN or (frame.raps and section.kind == "verse")
    lines = sum(not phrase.backing for phrase in phrases) or len(phrases)
    bars = max(2, ceil(lines * _bars_per_line(phrases, frame.bar_seconds, spoken)))
    bars += bars % 2
    if frame.twelve_bars and 6 <= bars < 12:
        bars = 12
    return Plan(section.kind, section.tag, bars, energy, phrases, spoken)


def _bars_for(seconds: float, bar_seconds: float, kind: str) -> int:
    bars = max(1, round(seconds / bar_seconds))
    return bars if kind == "end" else max(2, 4 * round(bars / 4) if bars > 3 else 2)


def _bars_per_line(phrases: tuple[Phrase, ...], bar_seconds: float, dense: bool) -> float:
    """A line gets the time that singing it takes: about a quarter of a second per syllable, and a breath."""
    count = median(len(phrase.syllables) for phrase in phrases)
    seconds = count * (0.17 if dense else 0.26) + 0.7
    return min((1, 2, 4), key=lambda bars: abs(log(bars * bar_seconds / (seconds * 1.45))))


def _phrases(section: Section) -> Iterator[Phrase]:
    endings: set[str] = set()
    for at, line in enumerate(section.lines):
        sound = rhyme(line.text)
        closes = sound in endings or at == len(section.lines) - 1
        endings.add(sound)
        sung = syllables(line.text)
        for start in range(0, len(sung), _LONGEST_PHRASE):
            chunk = sung[start : start + _LONGEST_PHRASE]
            yield Phrase(line.text if start == 0 else "", chunk, line.backing, closes)


def _energy(section: Section) -> float:
    words = frozenset(f"{section.cue} {section.tag}".casefold().replace(",", " ").split())
    change = 0.12 * bool(words & _LOUDER) - 0.14 * bool(words & _SOFTER)
    return min(1.0, max(0.25, ENERGY.get(section.kind, 0.56) + change))


def _grown(plans: list[Plan]) -> list[Plan]:
    """Later verses are played a little fuller than the first; an ending goes on from what it ends."""
    seen: dict[str, int] = {}
    grown: list[Plan] = []
    before = 0.5
    for plan in plans:
        times = seen.get(plan.kind, 0)
        seen[plan.kind] = times + 1
        lift = min(0.08, 0.05 * times) if plan.energy < 0.8 else 0.0
        follows = plan.kind == "end" or (plan.kind == "fade out" and not plan.phrases)
        energy = before if follows else min(1.0, plan.energy + lift)
        grown.append(replace(plan, energy=energy))
        before = energy
    return grown


def _within(plans: list[Plan], frame: Frame) -> tuple[list[Plan], bool]:
    """The sections that fit; the one that crosses the bound is shortened, and the song fades there."""
    room = max(2, int(frame.max_seconds / frame.bar_seconds) - 1)
    kept: list[Plan] = []
    for plan in plans:
        if room < plan.bars:
            share = ceil(len(plan.phrases) * room / plan.bars)
            return ([*kept, replace(plan, bars=room, phrases=plan.phrases[:share])] if room else kept), True
        kept.append(plan)
        room -= plan.bars
    return kept, False
