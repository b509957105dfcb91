"""How fast drafts are checked: `python benchmarks/lyrics.py`.

Times are medians of CPU time, so that other work on the machine does not show. The ratios compare 10,000 with
20,000 characters of texts made to be hard: about 2 means linear work.
"""

import random
import time
from collections.abc import Callable
from statistics import median

from songwright.catalog import CATALOGS
from songwright.lyrics.check import check_draft, refusals

VERSE = """[Verse {n}]
The bakery opens at half past four
You left your boots beside the {word} door
The kettle sings its morning tune
I'll drink it cold by {other} afternoon

"""
NOUNS = [
    "river",
    "window",
    "summer",
    "garden",
    "mountain",
    "lantern",
    "paper",
    "copper",
    "winter",
    "orange",
    "button",
    "kitchen",
    "cotton",
    "marble",
]

HARD = {
    "[": "[",
    "[a": "[a",
    "[x] a ": "[x] a ",
    "(a": "(a",
    "(a) ": "(a) ",
    "**a": "**a",
    "*a ": "*a ",
    "_": "_",
    "{": "{",
    "<a ": "<a ",
    "line breaks": "\n",
    "blanks": " ",
    "a": "a",
    "aeiou": "aeiou",
    "A: b": "A: b\n",
    "repeat ": "repeat ",
    "x2 ": "x2 ",
    "tags": "[Verse]\nla\n",
    "unknown tags": "[Quibble]\nla\n",
    "the the": "the ",
    "verse verse": "verse ",
    "your name": "[your your your name ",
    "Todo": "TODO ",
    "digits": "12 ",
    "Chinese": "清晨四点",
    "Hangul": "새벽 ",
    "combining": "a\u0301",
    "~~": "~~a",
    "|": "|a",
    "dots": "...\n",
    "chorus x": "chorus x 2 ",
}


def milliseconds(job: Callable[[], object], runs: int) -> float:
    times: list[float] = []
    for _ in range(runs):
        start = time.process_time()
        job()
        times.append((time.process_time() - start) * 1000)
    return median(times)


def song(characters: int) -> str:
    pick = random.Random(7)  # noqa: S311 # the same words on every run, nothing secret
    verses = (VERSE.format(n=n % 4, word=pick.choice(NOUNS), other=pick.choice(NOUNS)) for n in range(10_000))
    text = ""
    while len(text) < characters:
        text += next(verses)
    return text[:characters]


def check(text: str) -> object:
    catalog = CATALOGS["aimusicapi"]
    style = "indie folk, 96 BPM, guitar, female alto"
    return check_draft(lyrics=text, title="Harbour", style=style, catalog=catalog, model="chirp-v5")


def fill(piece: str, characters: int) -> str:
    return (piece * (characters // len(piece) + 1))[:characters]


def main() -> None:
    start = time.process_time()
    check("[Verse]\nHello\n[End]")
    print(f"first check (loads the dictionary)  {(time.process_time() - start) * 1000:8.1f} ms")
    text = song(5000)
    print(f"5,000 characters, warm              {milliseconds(lambda: check(text), 101):8.2f} ms")
    print(
        f"5,000 characters, refusals alone    {milliseconds(lambda: refusals(text, 'x', 'y'), 101):8.2f} ms"
    )
    big = song(20_000) * 50
    print(f"1 MB, check                         {milliseconds(lambda: check(big), 11):8.2f} ms")
    print(f"1 MB, refusals (20,000 are read)    {milliseconds(lambda: refusals(big, 'x', 'y'), 11):8.2f} ms")
    print("\n10,000 and 20,000 characters: ms, ms, ratio")
    for name, piece in {"song": "", **HARD}.items():
        short, long = (fill(piece, size) if piece else song(size) for size in (10_000, 20_000))
        one, two = milliseconds(lambda s=short: check(s), 7), milliseconds(lambda s=long: check(s), 7)
        print(f"  {name:14} {one:8.2f} {two:8.2f} {two / one:6.2f}")


if __name__ == "__main__":
    main()
