"""Faults of a request that the SDK would call its own: told as the protocol says, in both eras."""

import difflib
from collections.abc import Sequence
from typing import Any

from mcp import MCPError
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.types import INVALID_PARAMS

from songwright.text import clean_line

MODERN = "2026-07-28"
"""The first version of the modern era: stateless, with the person's answers in rounds."""


def invalid_params(message: str) -> MCPError:
    """The error for a request whose parameters are wrong: -32602."""
    return MCPError(INVALID_PARAMS, message)


def require_known(name: object, known: Sequence[str], what: str) -> None:
    """Raise -32602 for a name that is not among the known ones, with the nearest that is."""
    if name in known:
        return
    told = clean_line(name, 60)
    near = difflib.get_close_matches(told, known, 1, 0.5)
    right = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
    raise invalid_params(f"There is no {what} with the name {told or '(none)'}; {right}")


class KnownPrompts:
    """Answers a request for an unknown prompt, which the SDK would call a failure of the server."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names

    async def middleware(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let every request pass but one for a prompt that is not there."""
        if ctx.method == "prompts/get":
            require_known((ctx.params or {}).get("name"), self._names, "prompt")
        return await call_next(ctx)
