"""What a check found: each with its place and the way to mend it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, Literal

Severity = Literal["error", "warning", "hint"]
"""An error would be refused or sung as it stands though nobody wants that; a warning would be sung wrong."""

_ORDER: Final[dict[Severity, int]] = {"error": 0, "warning": 1, "hint": 2}
_MOST_OF_A_KIND: Final = 4


@dataclass(frozen=True)
class Finding:
    """One problem. `code` is stable; `line` is 1-based in `field`, None where the whole field is meant."""

    severity: Severity
    field: str
    line: int | None
    code: str
    message: str
    fix: str

    @property
    def place(self) -> str:
        """Where it is: "lyrics line 3", or the field alone."""
        return self.field if self.line is None else f"{self.field} line {self.line}"


def error(field: str, line: int | None, code: str, message: str, fix: str) -> Finding:
    """A finding that an order is refused with."""
    return Finding("error", field, line, code, message, fix)


def warning(field: str, line: int | None, code: str, message: str, fix: str) -> Finding:
    """A finding that would be sung or played wrong."""
    return Finding("warning", field, line, code, message, fix)


def hint(field: str, line: int | None, code: str, message: str, fix: str) -> Finding:
    """A finding of taste or convenience."""
    return Finding("hint", field, line, code, message, fix)


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors first, then by line; of one kind at most four, the last telling how many more there are.

    A line with an error is to be rewritten anyway, so what else is wrong with it is not told.
    """
    distinct = list(dict.fromkeys(findings))
    spoilt = {(found.field, found.line) for found in distinct if found.severity == "error" and found.line}
    told = [
        found for found in distinct if found.severity == "error" or (found.field, found.line) not in spoilt
    ]
    ordered = sorted(told, key=lambda found: (_ORDER[found.severity], found.field, found.line or 0))
    kinds = Counter((found.code, found.field, found.severity) for found in ordered)
    shown: Counter[tuple[str, str, str]] = Counter()
    kept: list[Finding] = []
    for found in ordered:
        kind = (found.code, found.field, found.severity)
        shown[kind] += 1
        more = kinds[kind] - _MOST_OF_A_KIND
        if shown[kind] == _MOST_OF_A_KIND and more > 0:
            found = replace(found, message=f"{found.message.rstrip('.')}, and {more} more like it.")
        if shown[kind] <= _MOST_OF_A_KIND:
            kept.append(found)
    return tuple(kept)
