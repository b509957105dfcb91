"""What `songwright try` orders, read from its arguments."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from songwright.commands import example
from songwright.commands.terminal import Complaint

MOST_BYTES = 100_000
"""More than any lyrics; a file beyond it was named by mistake."""


@dataclass(frozen=True)
class Order:
    """The tool to call, and its arguments."""

    tool: str
    arguments: dict[str, Any]


def read_order(
    prompt: str | None, *, title: str | None, style: str | None, lyrics: Path | None, instrumental: bool
) -> Order:
    """A song from a description where there is a prompt, else one from words: the person's or the example's.

    Raises:
        Complaint: arguments that exclude each other, or lyrics that cannot be read.
    """
    if prompt is not None:
        if title is not None or style is not None or lyrics is not None:
            raise Complaint(
                "with PROMPT the provider invents title, style and lyrics; leave out PROMPT or the options."
            )
        return _order("generate_song", prompt=prompt, instrumental=instrumental)
    if lyrics is not None and style is None:
        raise Complaint('--lyrics needs --style, such as --style "slow country waltz, fiddle, male voice".')
    words = None if instrumental and lyrics is None else _words(lyrics)
    return _order(
        "generate_custom_song",
        title=title or (_named(lyrics) if lyrics else example.TITLE),
        style=style or (example.STYLE if instrumental else f"{example.STYLE}, {example.VOICE}"),
        lyrics=words,
        instrumental=instrumental,
    )


def _order(tool: str, **arguments: Any) -> Order:
    """Only what was said; and a person who calls `try` again wants another song."""
    said = {name: value for name, value in arguments.items() if value not in (None, False)}
    return Order(tool, {**said, "another_take": True})


def _named(file: Path) -> str:
    return file.stem.replace("_", " ").replace("-", " ").strip() or "Untitled"


def _words(file: Path | None) -> str:
    if file is None:
        return example.LYRICS
    try:
        with file.open("rb") as opened:
            content = opened.read(MOST_BYTES + 1)
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise Complaint(f"{file} cannot be read ({(error.strerror or str(error)).lower()}).") from None
    except UnicodeDecodeError:
        raise Complaint(f"{file} is not a text in UTF-8.") from None
    if len(content) > MOST_BYTES:
        raise Complaint(f"{file} is larger than {MOST_BYTES // 1000} kB; lyrics are not.")
    return text
