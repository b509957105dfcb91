"""A whole draft checked: counts, sections, length and problems. Free, offline and pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from songwright.catalog import Catalog, text_length
from songwright.lyrics.duration import Estimate, estimate, section_seconds
from songwright.lyrics.findings import Finding, error, in_order, warning
from songwright.lyrics.form import form
from songwright.lyrics.hazards import hazards
from songwright.lyrics.measures import MeasuredSection, measure
from songwright.lyrics.reading import read
from songwright.lyrics.refusals import LONGEST_READ, certain, refusals
from songwright.lyrics.styles import style_problems
from songwright.lyrics.wording import wording
from songwright.text import without_invisible

__all__ = ["Count", "Draft", "Estimate", "Finding", "SectionSummary", "check_draft", "refusals"]

_FIELDS: Final = ("lyrics", "title", "style")


@dataclass(frozen=True)
class Count:
    """One text against its limit, in UTF-16 units after CRLF became LF. `over` is 0 within the limit."""

    used: int
    limit: int
    over: int


@dataclass(frozen=True)
class SectionSummary:
    """A section in figures. `tag` is as written, `line` its line; syllables and rhyme are None where unknown.

    `syllables_per_line` has one entry per sung line. `seconds` is the middle of the estimate.
    """

    tag: str
    kind: str
    line: int
    lines: int
    words: int
    syllables: int | None
    syllables_per_line: tuple[int | None, ...]
    rhyme: str | None
    seconds: int


@dataclass(frozen=True)
class Draft:
    """What is known about a draft. `counts` has the fields that were given; `problems` are errors first."""

    counts: dict[str, Count]
    sections: tuple[SectionSummary, ...]
    estimated_seconds: Estimate | None
    problems: tuple[Finding, ...]
    notices: tuple[str, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What an order of this draft would be refused with."""
        return tuple(found for found in self.problems if found.severity == "error")


def check_draft(
    *, lyrics: str | None, title: str | None, style: str | None, catalog: Catalog, model: str
) -> Draft:
    """Checks a draft against the limits of `model` and the craft of singing. Blank texts count as left out.

    Never raises. Lyrics above 20,000 characters are only counted. The time is linear; about 5 ms for 5,000
    characters once the dictionary is loaded (the first English lyrics load it).
    """
    texts = {"lyrics": lyrics, "title": title, "style": style}
    given = {field: text for field, text in texts.items() if text and text.strip()}
    counts = {field: _count(text, catalog.limits(model).of(field) or 0) for field, text in given.items()}
    findings = list(_over_limit(counts, catalog))
    readable = {field: text for field, text in given.items() if len(text) <= LONGEST_READ}
    reading = read(readable["lyrics"]) if "lyrics" in readable else None
    measured = measure(reading) if reading else ()
    findings += certain(reading, readable.get("title"), {**dict.fromkeys(_FIELDS), **readable})
    style = readable.get("style")
    length = estimate(measured, style)
    if reading is not None:
        findings += [*hazards(reading), *form(reading, measured, length), *wording(reading)]
    if style:
        findings += style_problems(style)
    return Draft(
        counts,
        tuple(_summary(section, style) for section in measured),
        length,
        in_order(findings),
        tuple(_notices(given, readable, measured)),
    )


def _count(text: str, limit: int) -> Count:
    used = text_length(text)
    return Count(used, limit, max(0, used - limit))


def _over_limit(counts: dict[str, Count], catalog: Catalog) -> Iterator[Finding]:
    for field, count in counts.items():
        if count.over:
            make = error if catalog.limits_enforced else warning
            size = f"{count.used:,} characters, {count.over:,} over the limit of {count.limit:,}"
            message = f"The {field} {'have' if field == 'lyrics' else 'has'} {size}."
            yield make(field, None, "over_limit", message, f"Cut at least {count.over:,} characters.")


def _summary(measured: MeasuredSection, style: str | None) -> SectionSummary:
    section = measured.section
    return SectionSummary(
        section.tag,
        section.kind,
        section.line,
        len(section.lines),
        measured.words,
        measured.syllables,
        tuple(line.syllables for line in measured.lines),
        measured.rhyme,
        round(section_seconds(measured, style)),
    )


def _notices(
    given: dict[str, str], readable: dict[str, str], measured: tuple[MeasuredSection, ...]
) -> Iterator[str]:
    for field in given.keys() - readable.keys():
        yield (
            f"The {field} are too long to be read; only their length was counted."
            if field == "lyrics"
            else (f"The {field} is too long to be read; only its length was counted.")
        )
    for field, text in readable.items():
        if without_invisible(text) != text:
            yield f"Invisible characters in the {field} are removed before it is sent."
    uncounted = {section.language for section in measured if section.syllables is None}
    for language in sorted(uncounted, key=lambda language: language.name):
        yield f"Syllables cannot be counted for {language.name}; the length is estimated from the characters."
    if any(section.rhyme is None and len(section.lead) > 1 for section in measured):
        silent = sorted({s.language.name for s in measured if s.rhyme is None and len(s.lead) > 1})
        yield f"Rhymes are not told for {', '.join(silent)}."
