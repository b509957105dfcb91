"""What came back from a provider: bytes, read with a bound, and the JSON in them.

The id of a paid order is looked for in everything that was received, whole or not: it is the one thing that
may never be lost.
"""

import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from songwright.providers import fields

LARGEST = 1_048_576
"""The most bytes of an answer that are read, on the wire and after decoding."""

Flaw = Literal["cut", "too long", "encoded", "not JSON"]

_STRONG_ID = re.compile(
    rb'"(?:taskId|task_id|workId|work_id)"\s*:\s*(?:"([A-Za-z0-9_-]{1,128})"|([1-9][0-9]{0,17})(?=[\s,}\]]))'
)
_WEAK_ID = re.compile(rb'"data"\s*:\s*\{\s*"id"\s*:\s*"([A-Za-z0-9_-]{1,128})"')


@dataclass(frozen=True)
class Answer:
    """One answer. `content` is what was received of the body, decoded; `flaw` says why it is not whole JSON.

    `retry_after` is in seconds, already checked.
    """

    status: int
    content: bytes = field(default=b"", repr=False)
    flaw: Flaw | None = None
    retry_after: int | None = None
    json: object = field(default=None, repr=False)

    @property
    def body(self) -> Mapping[str, object]:
        """The JSON object, or an empty one where the answer is none."""
        return fields.mapping(self.json)

    @property
    def is_success(self) -> bool:
        """Whether the HTTP status is 2xx."""
        return 200 <= self.status <= 299


def read_answer(
    status: int, wire: bytes, encoding: str, *, flaw: Flaw | None = None, retry_after: int | None = None
) -> Answer:
    """An answer from what stood on the wire; `encoding` is its Content-Encoding. Never raises."""
    content, wrong = _decoded(wire, encoding)
    found: object = None
    flaw = flaw or wrong
    if flaw is None:
        try:
            found = json.loads(content)
        except (ValueError, RecursionError):
            flaw = "not JSON"
    return Answer(status, content, flaw, retry_after, found)


def _decoded(wire: bytes, encoding: str) -> tuple[bytes, Flaw | None]:
    """The content of a body, at most `LARGEST` bytes of it, although identity was asked for."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return wire, None
    if name not in ("gzip", "x-gzip", "deflate"):
        return wire, "encoded"
    inflate = zlib.decompressobj(wbits=47 if name != "deflate" else 15)
    try:
        content = inflate.decompress(wire, LARGEST)
    except zlib.error:
        return wire, "encoded"
    if inflate.unconsumed_tail:
        return content, "too long"
    return content, None if inflate.eof else "cut"


def any_id(content: bytes) -> str | None:
    """A task id in bytes that could not be read as JSON, or stood in an unknown place. A cut id is none."""
    found = _STRONG_ID.search(content)
    if found is None and content.lstrip().startswith(b"{") and b'"error"' not in content:
        found = _WEAK_ID.search(content)
    return next(part for part in found.groups() if part).decode("ascii") if found else None
