"""check_lyrics: what a draft is, what is wrong with it, and what it would cost. Nothing is sent anywhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import anyio.to_thread
from pydantic import AliasChoices, Field

from songwright.catalog import SANDBOX
from songwright.errors import Problem
from songwright.lyrics.admission import model_problems, resolve_model, wrong_arguments
from songwright.mcp.reply import Reply
from songwright.mcp.songs import SANDBOX_NOTICE
from songwright.mcp.tools import outputs
from songwright.mcp.tools.arguments import Arguments
from songwright.mcp.tools.tool import Call, Definition
from songwright.models import LyricsResult
from songwright.service import SongService
from songwright.service.accounts import Accounts
from songwright.text import clean_line, clock_time

if TYPE_CHECKING:
    from songwright.lyrics.check import Draft, SectionSummary

DESCRIPTION = """\
Check a draft without sending it: counts against limits, sections, syllables, rhymes, estimated length, \
price, and each problem with line and fix. For every draft and edit; generate_custom_song makes the song. \
Free. Errors would be refused, warnings sung wrong. Give at least one of lyrics, title, style."""

MOST_SECTIONS = 40
"""So many are told; no song has more."""

MOST_LINES = 64
"""Of a section with more lines only the sum of the syllables is told."""


class LyricsArguments(Arguments):
    """check_lyrics."""

    lyrics: Annotated[
        str,
        Field(
            validation_alias=AliasChoices("lyrics", "prompt"),
            description="The draft with its [Section] tags.",
        ),
    ] = ""
    title: Annotated[str, Field(description="Planned title.")] = ""
    style: Annotated[
        str, Field(validation_alias=AliasChoices("style", "tags"), description="Planned style.")
    ] = ""
    model: Annotated[str, Field(description="Sets limits and price.")] = ""

    def require_draft(self) -> None:
        """Raise InvalidRequest where there is nothing to check, or no name is a model's."""
        problems = [*model_problems(self.model)]
        if not any(text.strip() for text in (self.lyrics, self.title, self.style)):
            text = "give at least one of lyrics, title and style: there is nothing to check."
            problems.append(Problem(field="lyrics", message=text))
        if problems:
            raise wrong_arguments(problems)


@dataclass(frozen=True)
class Checked:
    """A draft with what was found in it, and what an order of it would cost (None: nobody knows)."""

    arguments: LyricsArguments
    draft: "Draft"
    accounts: Accounts
    model: str
    price: int | None
    notices: tuple[str, ...]

    @property
    def status(self) -> str:
        """Hints are a matter of taste, and no problem."""
        return "problems" if any(found.severity != "hint" for found in self.draft.problems) else "ok"

    def reply(self) -> Reply:
        """The answer in both channels."""
        return Reply(self.result(), self.lines())

    def result(self) -> LyricsResult:
        """The answer as data."""
        draft, length = self.draft, self.draft.estimated_seconds
        return LyricsResult.model_validate(
            {
                "status": self.status,
                "provider": self.accounts.chosen,
                "model": self.model,
                "price_credits": self.price,
                "counts": {name: vars(count) for name, count in draft.counts.items()},
                "sections": [_section(section) for section in draft.sections[:MOST_SECTIONS]] or None,
                "estimated_seconds": {"low": length.low, "high": length.high} if length else None,
                "problems": [_problem(found) for found in draft.problems],
                "notice": " ".join((*self.notices, *self._sandbox())) or None,
                "next_step": self.next_step(),
            }
        )

    def lines(self) -> list[str]:
        """The answer as text: errors first."""
        return [
            self._verdict(),
            *(
                f"- {found.severity}, {found.place}: {found.message} {found.fix}"
                for found in self.draft.problems
            ),
            self._counts(),
            *(_section_line(section) for section in self.draft.sections[:MOST_SECTIONS]),
            self._length(),
            self._price(),
            *self.notices,
            f"Next: {self.next_step()}",
            *self._sandbox(),
        ]

    def next_step(self) -> str:
        """The exact next call, as far as the draft goes."""
        given = self.draft.counts.keys()
        if self.draft.errors:
            return "mend the errors, then check_lyrics again with the whole draft."
        if len(given) == 3:
            return f"{self._yes()}{self._order('lyrics=…')} with the lyrics as they were checked."
        if given == {"title", "style"}:
            order = self._order("instrumental=true")
            return (
                f"write the lyrics and check all three; or, for a song without words, {self._yes()}{order}."
            )
        missing = [name for name in ("lyrics", "title", "style") if name not in given]
        return f"write {' and '.join(missing)}, then check_lyrics(lyrics=…, title=…, style=…)."

    def _order(self, last: str) -> str:
        """The ordering call for this draft."""
        texts = {"title": self.arguments.title, "style": self.arguments.style, "model": self.arguments.model}
        told = [f'{name}="{_argument(text)}"' for name, text in texts.items() if text.strip()]
        return f"generate_custom_song({', '.join([*told, last])})"

    def _yes(self) -> str:
        if self.accounts.chosen == SANDBOX:
            return ""
        return "show the person the texts, the length and the price, and after their yes "

    def _sandbox(self) -> tuple[str, ...]:
        return (SANDBOX_NOTICE,) if self.accounts.chosen == SANDBOX else ()

    def _verdict(self) -> str:
        found = [problem.severity for problem in self.draft.problems]
        told = [
            f"{found.count(severity)} {severity}{'s' if found.count(severity) > 1 else ''}"
            for severity in ("error", "warning", "hint")
            if severity in found
        ]
        where = f"for {self.accounts.chosen} ({self.model})"
        end = "An order would be refused." if self.draft.errors else "Nothing in it would be refused."
        return f"Draft {where}: {', '.join(told) or 'no problems'}. {end}"

    def _counts(self) -> str:
        counts = [
            f"{name} {count.used:,} of {count.limit:,} characters"
            for name, count in self.draft.counts.items()
        ]
        if "lyrics" in self.draft.counts:
            words = sum(section.words for section in self.draft.sections)
            counts.append(f"{words} words in {sum(section.lines for section in self.draft.sections)} lines")
        return f"Counts: {', '.join(counts)}."

    def _length(self) -> str:
        length = self.draft.estimated_seconds
        if length is None:
            return ""
        span = f"{clock_time(length.low)}–{clock_time(length.high)}"
        return f"Length: about {span}, an estimate; length can't be set, only shaped by the lyrics."

    def _price(self) -> str:
        if self.accounts.chosen == SANDBOX:
            return f"Price: free; {self.price} play credits for two takes."
        if self.price is None:
            return f"Price: not known here; the person looks in {self.accounts.catalog.top_up}."
        known = self.accounts.catalog.model(self.model)
        usd = f" (${known.usd})" if known and known.usd else ""
        return f"Price: {self.price} credits{usd} for two takes."


def checking_tools(service: SongService) -> list[Definition]:
    """check_lyrics, on one service."""

    async def check_lyrics(arguments: LyricsArguments, call: Call) -> Reply:
        arguments.require_draft()
        checked = await anyio.to_thread.run_sync(_check, arguments, service.accounts)
        return checked.reply()

    return [
        Definition(
            name="check_lyrics",
            title="Check a draft",
            description=DESCRIPTION,
            arguments=LyricsArguments,
            output=outputs.LYRICS,
            failure=LyricsResult,
            run=check_lyrics,
            open_world=False,
        )
    ]


def _check(arguments: LyricsArguments, accounts: Accounts) -> Checked:
    from songwright.lyrics.check import check_draft  # late: only a check needs it, and it takes its time

    settings, catalog = accounts.settings, accounts.catalog
    model, spelling = resolve_model(arguments.model, catalog, settings.model)
    draft = check_draft(
        lyrics=arguments.lyrics, title=arguments.title, style=arguments.style, catalog=catalog, model=model
    )
    notices = (*spelling, *draft.notices, *_unfit(accounts), *_cut(draft.sections))
    return Checked(arguments, draft, accounts, model, accounts.price(model), notices)


def _unfit(accounts: Accounts) -> Sequence[str]:
    """Said where nothing can be ordered yet."""
    settings = accounts.settings
    if settings.missing_key or settings.problems_for(accounts.chosen):
        return ("Nothing can be ordered yet: check_credits says which setting is missing.",)
    return ()


def _cut(sections: "Sequence[SectionSummary]") -> Sequence[str]:
    more = len(sections) - MOST_SECTIONS
    return (f"The last {more} sections are not listed.",) if more > 0 else ()


def _argument(text: str) -> str:
    """A text as it stands between quotation marks."""
    return clean_line(text, 1000).replace("\\", "\\\\").replace('"', '\\"')


def _problem(found: Any) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in ("severity", "field", "line", "message", "fix")}
    return {name: value for name, value in told.items() if value is not None}


def _section(section: "SectionSummary") -> dict[str, Any]:
    told = {
        "tag": clean_line(section.tag, 60),
        "kind": section.kind,
        "line": section.line,
        "lines": section.lines,
        "words": section.words,
        "syllables": section.syllables,
        "syllables_per_line": _syllables(section),
        "rhyme": section.rhyme if section.lines <= MOST_LINES else None,
        "seconds": section.seconds,
    }
    return {name: value for name, value in told.items() if value is not None}


def _syllables(section: "SectionSummary") -> list[int] | None:
    """Syllables line by line, where every line could be counted."""
    counts = [count for count in section.syllables_per_line if count is not None]
    return counts if len(counts) == section.lines and 0 < section.lines <= MOST_LINES else None


def _section_line(section: "SectionSummary") -> str:
    name = f"[{clean_line(section.tag, 60)}]" if section.tag else "(no tag)"
    if not section.lines:
        return f"{name} about {section.seconds} s" if section.seconds else name
    lines = f"{section.lines} line{'s' if section.lines > 1 else ''}"
    syllables = _syllables(section)
    parts = [lines, f"syllables {'-'.join(map(str, syllables))}" if syllables else f"{section.words} words"]
    if section.rhyme and section.lines <= MOST_LINES:
        parts.append(f"rhyme {section.rhyme}")
    return f"{name} {', '.join(parts)}, about {section.seconds} s"
