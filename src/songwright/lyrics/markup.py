"""Markdown and other marks for the eye, which a singer would stumble over."""

import re
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, error
from songwright.lyrics.reading import Reading

_PLAIN: Final = "Write plain text; section names stand in [square brackets]."
_BLANK: Final = "Leave a blank line instead."
_NO_LINK: Final = "Leave the link out."
_KEEP: Final = "Keep only the words that are sung."

# What to find, what must stand in the text for it to be worth a look, what it is, and how to mend it.
_MARKS: Final = tuple(
    (re.compile(pattern, re.MULTILINE | re.IGNORECASE), sign, what, fix)
    for pattern, sign, what, fix in (
        (r"^#{1,6}[ \t]+\S", "#", "A Markdown heading", _PLAIN),
        (r"(?<![\w*])\*\*(?=[^\s*])[^*\n]{0,200}[^\s*]\*\*(?![\w*])", "**", "Markdown bold", _PLAIN),
        (r"(?<![\w*])\*\*\*(?=[^\s*])[^*\n]{0,200}[^\s*]\*\*\*(?![\w*])", "***", "Markdown bold", _PLAIN),
        (r"(?<![\w_])__(?=[^\s_])[^_\n]{0,200}[^\s_]__(?![\w_])", "__", "Markdown bold", _PLAIN),
        (r"^```|^~~~", "", "A Markdown code fence", "Leave the fence out and keep the words."),
        (r"^(?:-{3,}|\*{3,}|_{3,}|\* \* \*(?: \*)*|- - -(?: -)*)$", "", "A Markdown line", _BLANK),
        (r"!?\[[^\[\]\n]{0,80}\]\((?:https?:|www\.|#|/)[^()\s]{0,99}\)", "](", "A Markdown link", _NO_LINK),
        (r"^>[ \t]+\S", ">", "A Markdown quotation", _PLAIN),
        (r"^\|[^|\n]{1,100}\|[^|\n]{0,100}\|", "|", "A Markdown table", _PLAIN),
        (r"(?<![\w~])~~(?=[^\s~])[^~\n]{0,99}[^\s~]~~(?!\w)", "~~", "Markdown strike-through", _KEEP),
        (r"^\*[ \t]+\S[^\n]*\n+\*[ \t]+\S", "* ", "A Markdown list", _PLAIN),
        (r"^\*(?:verse|chorus|bridge|pre-?chorus|outro)\b[^*\n]{0,20}\*$", "*", "Markdown italics", _PLAIN),
    )
)  # fmt: skip
_HTML: Final = re.compile(
    r"</?(?:br|b|i|u|p|em|strong|div|span|h[1-6]|sup|sub|center|font|ul|li)\s?/?>|&(?:nbsp|amp|quot|lt|gt"
    r"|#\d{2,4});",
    re.IGNORECASE,
)
_ESCAPED: Final = re.compile(r"(?<!\\)\\n(?=[A-Z\[(\\\n\"']|$)|\\r\\n", re.MULTILINE)


def markup(reading: Reading) -> Iterator[Finding]:
    """Markdown, HTML and escaped line breaks in the lyrics."""
    for line, what, fix in _marks(reading):
        yield error("lyrics", line, "markdown", f"{what} would be sung or would confuse the singer.", fix)
    if "<" in reading.text or "&" in reading.text:
        for line, match in reading.matches(_HTML):
            message = f"The sign {match[0]} is HTML, and nobody wants it sung."
            yield error("lyrics", line, "html", message, _PLAIN)
    breaks = [line for line, _ in reading.matches(_ESCAPED)] if "\\" in reading.text else []
    if len(breaks) > 1:
        message = "Line breaks are written as \\n, so the whole song stands on one line."
        yield error("lyrics", breaks[0], "escaped_line_breaks", message, "Send real line breaks.")


def title_markup(title: str) -> Iterator[Finding]:
    """The same marks in a title."""
    for _, what, fix in _marks(Reading(title.strip(), ())):
        yield error(
            "title", None, "markdown", f"{what} stands in the title.", fix.split(";")[0].rstrip(".") + "."
        )


def _marks(reading: Reading) -> Iterator[tuple[int, str, str]]:
    for pattern, sign, what, fix in _MARKS:
        if sign in reading.text:
            yield from ((line, what, fix) for line, _ in reading.matches(pattern))
