"""Makes the table from the text of cmudict: `python -m songwright.lyrics.pronunciations.build cmudict.dict`.

cmudict is published at https://github.com/cmusphinx/cmudict; the file is `cmudict.dict`.
"""

import gzip
import re
import sys
from collections.abc import Iterable
from pathlib import Path

from songwright.lyrics.pronunciations import TABLE
from songwright.lyrics.pronunciations.sounds import LETTERS


def table(lines: Iterable[str]) -> bytes:
    """The table, from lines like `lyric L IH1 R IH0 K`; words are letters and ' only."""
    words: dict[str, list[str]] = {}
    for line in lines:
        head, *sounds = line.split("#")[0].split() or [""]
        word = re.sub(r"\(\d+\)$", "", head)
        if re.fullmatch(r"[a-z']+", word):
            words.setdefault(word, []).append(_entry(sounds))
    entries = (f"{word} {'|'.join(dict.fromkeys(spoken))}" for word, spoken in words.items())
    return "\n".join(sorted(entries)).encode("ascii")


def _entry(sounds: list[str]) -> str:
    """`4K` and what follows the last stressed vowel; without any stress, the last vowel."""
    vowels = [at for at, sound in enumerate(sounds) if sound[-1].isdigit()]
    stressed = [at for at in vowels if sounds[at][-1] in "12"]
    start = (stressed or vowels or [0])[-1]
    return f"{len(vowels)}{''.join(LETTERS[sound.rstrip('012')] for sound in sounds[start:])}"


if __name__ == "__main__":
    text = Path(sys.argv[1]).read_text(encoding="utf-8")
    target = Path(__file__).with_name(TABLE)
    target.write_bytes(gzip.compress(table(text.splitlines()), compresslevel=9, mtime=0))
