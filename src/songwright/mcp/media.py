"""What a file given as a resource really is: providers send JPEG and PNG covers, and audio of several kinds.

A resource template has one media type for all of its resources; hosts refuse a picture that is not what it is
called.
"""

import base64
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext

ENCODED_HEAD = 24
"""How much base64 holds the 16 bytes that tell a file's kind."""


async def true_media_types(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Name every file in an answer to `resources/read` by its first bytes."""
    result = await call_next(ctx)
    if ctx.method == "resources/read" and isinstance(result, dict):
        for content in result.get("contents", []):
            if "blob" in content and (kind := _kind(content["blob"])):
                content["mimeType"] = kind
    return result


def _kind(blob: str) -> str | None:
    from songwright.archive.kinds import audio_kind, image_kind

    head = base64.b64decode(blob[:ENCODED_HEAD])
    kind = image_kind(head) or audio_kind(head)
    return kind.media_type if kind else None
