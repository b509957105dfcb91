"""What an order is refused with because nobody wants it sung.

Only what is certain stands here: a false alarm would stop a song that somebody wants to pay for.
"""

from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, error, in_order
from songwright.lyrics.heading import heading
from songwright.lyrics.markup import markup, title_markup
from songwright.lyrics.placeholders import placeholders, spots
from songwright.lyrics.reading import Reading, read
from songwright.lyrics.repeats import repeat_shorthand
from songwright.text import contains_key, forbidden_character, quoted

LONGEST_READ: Final = 20_000
"""Characters of lyrics that are read; every model's limit is far below."""


def refusals(lyrics: str | None, title: str | None, style: str | None) -> tuple[Finding, ...]:
    """The errors that an order of these texts is refused with, limits apart. Loads no dictionary; linear."""
    reading = read(lyrics[:LONGEST_READ]) if lyrics else None
    return in_order(certain(reading, title, {"lyrics": lyrics, "title": title, "style": style}))


def certain(reading: Reading | None, title: str | None, texts: dict[str, str | None]) -> Iterator[Finding]:
    """The same for lyrics that have been read already; `texts` are the fields as they came."""
    for field, text in texts.items():
        if text:
            yield from _unsendable(field, text[:LONGEST_READ])
    if reading is not None:
        yield from markup(reading)
        yield from placeholders(reading)
        yield from repeat_shorthand(reading)
        yield from heading(reading, title)
    if title:
        yield from _title(title[:LONGEST_READ])


def _unsendable(field: str, text: str) -> Iterator[Finding]:
    sign = forbidden_character(text)
    if sign is not None:
        message = f"The {field} contains the control character {sign}."
        yield error(field, None, "control_character", message, "Remove it; line breaks and tabs are fine.")
    if contains_key(text):
        message = f"The {field} contains what looks like an API key."
        yield error(field, None, "api_key", message, "Remove it, and ask the person to replace that key.")


def _title(title: str) -> Iterator[Finding]:
    yield from title_markup(title)
    for _, found in spots(Reading(title.strip(), ())):
        message = f"{quoted(found, 50)} in the title is still to be filled in."
        yield error("title", None, "open_placeholder", message, "Write the title as it should stand.")
