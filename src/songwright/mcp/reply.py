"""One reply, two channels: structured content for programs, a few lines of text for everyone else.

Some hosts show the model only the one, some only the other, so each stands on its own. Errors become replies
here and nowhere else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent

from songwright.errors import ErrorInfo
from songwright.models.results import Result
from songwright.text import clean_line


@dataclass(frozen=True)
class Reply:
    """What a tool answers."""

    result: Result
    lines: Sequence[str]
    links: Sequence[ResourceLink] = ()
    is_error: bool = False

    def call_result(self) -> CallToolResult:
        """The reply as the protocol carries it."""
        text = "\n".join(line for line in self.lines if line)
        content: list[ContentBlock] = [TextContent(type="text", text=text), *self.links]
        structured: dict[str, Any] = self.result.content()
        return CallToolResult(content=content, structured_content=structured, is_error=self.is_error)


def money(error: ErrorInfo) -> str:
    """What happened to the money, in one sentence."""
    amount = f" ({error.credits} credits)" if error.credits else ""
    match error.spent:
        case "nothing":
            return "Nothing was spent."
        case "refunded":
            return f"Refunded{f' by {error.provider}' if error.provider else ''}{amount}."
        case "credits":
            return f"Spent: {error.credits or 'an unknown number of'} credits."
        case "unknown":
            return f"It may have been charged{amount}."


def error_lines(error: ErrorInfo) -> list[str]:
    """A failure as text: the code, what happened, the money, and what to do next."""
    lines = [f"[{error.code}] {error.message} {money(error)}"]
    lines += [f"- {problem.field}: {clean_line(problem.message, 500)}" for problem in error.problems[:10]]
    if len(error.problems) == 1:
        lines = lines[:1]
    if error.retry_after_seconds:
        lines.append(f"Call again in {error.retry_after_seconds} s.")
    if error.fix:
        lines.append(error.fix)
    return lines
