"""The simple mode's writer: a title, a style and honest little verses made of the description's own words."""

import re
import unicodedata
from collections.abc import Iterator
from random import Random
from typing import Final

from songwright.sandbox.composer import Brief
from songwright.sandbox.genres import GENRES

LONGEST_LYRICS: Final = 3000
LONGEST_TITLE: Final = 80
LONGEST_STYLE: Final = 200
"""Characters, as the tighter of the two providers allows them."""

_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BREAK: Final = re.compile(r"[.,;:!?()\[\]\n\r。、，！？：；]+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL: Final = _words("""
a about after again all also am an and any are around as at be because been but by can could did do does
down for from get gets go goes had has have he her here him his how i i'm if in into is it it's its just
like make makes making me my no not of off on one or our out over she should so some someone something than
that the their them then there these they this those through to too up us very want was we were what when
where which while who whose why will with would write you your song songs music track tune piece sing sings
singing lyrics vocals vocal voice instrumental please create generate beats beat lo-fi hi-fi bpm tempo
upbeat style genre female male sound sounds sounding feel feeling vibe featuring give
""")  # fmt: skip
_SONG: Final = _words("song songs music track tune piece ballad anthem lyrics")
_ARTICLES: Final = _words("a an the my our your his her their")
_PREPOSITIONS: Final = _words("about of in on at with for to from by over under through")
_MOODS: Final = _words("""
happy sad dark bright melancholic moody dreamy gentle slow fast energetic calm joyful hopeful lonely
romantic angry warm playful epic chill sunny haunting tender bittersweet uplifting aggressive mellow
nostalgic peaceful triumphant quiet lazy cheerful female male
""")  # fmt: skip
_PLAYERS: Final = (
    "acoustic guitar", "electric guitar", "piano", "strings", "violin", "cello", "flute", "saxophone",
    "trumpet", "organ", "synth", "choir", "harp", "banjo", "ukulele", "accordion", "harmonica", "brass",
)  # fmt: skip
# {a}, {b} and {c} stand for words of the description; each pair of lines rhymes whatever they are.
_VERSES: Final = (
    (
        "Morning opens up the street",
        "I hear {a} in every beat",
        "{b}, written on my hand",
        "More than I can understand",
    ),
    (
        "Someone told me, long ago",
        "{a} is all we need to know",
        "So I carry {b} home",
        "Never walking on my own",
    ),
    (
        "There's a window, there's a chair",
        "There is {a} in the air",
        "And I count the hours slow",
        "{b} is the way I go",
    ),
    (
        "Seven miles along the line",
        "{a}, for a little time",
        "If the evening asks me why",
        "I say {b} and pass by",
    ),
    (
        "On the table, bread and tea",
        "{a} sits across from me",
        "We don't say a lot at all",
        "{b} leans against the wall",
    ),
)
_CHORUSES: Final = (
    (
        "{c}, {c}, stay with me tonight",
        "{c}, {c}, leave on every light",
        "We can let the river run",
        "{c}, until the day is done",
    ),
    (
        "Oh, {c}, carry me along",
        "Oh, {c}, you are in this song",
        "High above the chimney tops",
        "{c}, and it never stops",
    ),
    (
        "Call it {c}, call it ours",
        "Call it {c}, count the stars",
        "Every road and every door",
        "{c}, and I ask no more",
    ),
)
_BRIDGES: Final = (
    ("And if I forget the tune", "Hum me {b} under the moon"),
    ("Once more, slowly, word by word", "{b} is the last I heard"),
)


def invent_brief(prompt: str, instrumental: bool, seed: int) -> Brief:
    """What the simple mode makes of a description: style words found in it, a title, and lyrics about it.

    An instrumental gets no lyrics. Any text is accepted, also empty, and in any script; never raises.
    """
    rng = Random(f"{seed}:{prompt}")
    images = _images(prompt) or ["the open road"]
    title = _title(images, rng)
    lyrics = "" if instrumental else _lyrics(prompt, images, rng)
    return Brief(title, _style(prompt, rng), lyrics[:LONGEST_LYRICS], instrumental)


def _images(prompt: str) -> list[str]:
    """What the description speaks of, as far as its small words tell: "a cat", "my grandmother's kitchen".

    Words behind an article or a preposition are things; others may be verbs, and serve only where things
    lack.
    """
    found = dict.fromkeys(_runs(unicodedata.normalize("NFC", prompt)))
    things = [run for run, sure in found if sure]
    return things if len(things) >= 2 else [run for run, _ in found]


def _runs(prompt: str) -> Iterator[tuple[str, bool]]:
    """Runs of up to three telling words with their article, and whether they surely name a thing."""
    for part in _BREAK.split(prompt):
        run: list[str] = []
        before = ""
        for word in [*_WORD.findall(part), ""]:
            plain = word.casefold()
            if _telling(plain):
                run.append(word[:24])
            if plain in _SONG:  # "a short song": what stands before it says what it is like
                run = []
            if run and (not _telling(plain) or len(run) == 3):
                article = before if before in _ARTICLES else ""
                yield f"{article} {' '.join(run)}".strip(), before in _ARTICLES | _PREPOSITIONS
                run, before = [], ""
            if not _telling(plain):
                before = plain


def _telling(word: str) -> bool:
    known = {name for genre in GENRES for name in genre.words} | _SMALL | _MOODS | frozenset(_PLAYERS)
    return bool(word) and word not in known and not word.isdigit()


def _title(images: list[str], rng: Random) -> str:
    longest = max((_bare(image) for image in images[:4]), key=len)
    if not longest.isascii():
        return longest[:24]
    pattern = rng.choice(("{}", "{}", "The Way to {}", "{}, Again"))
    return pattern.format(" ".join(word[:1].upper() + word[1:] for word in longest.split()))[:LONGEST_TITLE]


def _bare(image: str) -> str:
    article, _, rest = image.partition(" ")
    return rest if rest and article in _ARTICLES else image


def _style(prompt: str, rng: Random) -> str:
    """Style words in the usual order: genre, tempo, mood, instruments."""
    plain = prompt.casefold()
    genres = [word for genre in GENRES for word in genre.words if _says(plain, word)]
    tempo = re.findall(r"\d{2,3}(?:\.\d{1,2})?\s*bpm", plain)
    moods = sorted(word for word in _MOODS if _says(plain, word))
    players = [word for word in _PLAYERS if _says(plain, word)]
    genres.sort(key=lambda word: (plain.index(word), -len(word)))
    words = [
        *(genres[:2] or [rng.choice(("indie pop", "folk", "soul", "synthwave"))]),
        *tempo[:1],
        *moods[:3],
        *players[:3],
    ]
    if len(words) < 3:
        words += [rng.choice(("warm", "bright", "tender")), rng.choice(("close vocals", "wide chorus"))]
    return ", ".join(dict.fromkeys(words))[:LONGEST_STYLE]


def _says(text: str, word: str) -> bool:
    return re.search(rf"(?<![^\W_]){re.escape(word)}(?![^\W_])", text) is not None


def _lyrics(prompt: str, images: list[str], rng: Random) -> str:
    letters = [char for char in prompt if char.isalpha()]
    foreign = sum(not unicodedata.name(char, "").startswith("LATIN") for char in letters)
    if foreign * 2 > len(letters):
        return _own_words(images)
    first, second = rng.sample(_VERSES, 2)
    chorus = _filled(rng.choice(_CHORUSES), images)
    sections = (
        ("Verse 1", _filled(first, images)),
        ("Chorus", chorus),
        ("Verse 2", _filled(second, images[2:] + images[:2])),
        ("Chorus", chorus),
        ("Bridge", _filled(rng.choice(_BRIDGES), images[1:] + images[:1])),
        ("Final Chorus", chorus),
        ("End", ()),
    )
    return "\n\n".join("\n".join((f"[{tag}]", *lines)) for tag, lines in sections)


def _filled(lines: tuple[str, ...], images: list[str]) -> tuple[str, ...]:
    """The lines with the images in them; a line that begins with an image begins with a capital."""
    words = {"a": images[0], "b": images[1 % len(images)], "c": min(map(_bare, images[:3]), key=len)}
    filled = (line.format(**words) for line in lines)
    return tuple(line[:1].upper() + line[1:] for line in filled)


def _own_words(images: list[str]) -> str:
    """Lyrics in the description's own language, which this writer does not speak: its words, and nothing
    else.
    """
    verse = [line[at : at + 12] for line in images[:8] for at in range(0, len(line), 12)]
    chorus = [verse[0], f"({verse[0]})", verse[-1]]
    parts = [
        ["[Verse]", *verse],
        ["[Chorus]", *chorus],
        ["[Verse 2]", *reversed(verse)],
        ["[Chorus]", *chorus],
        ["[End]"],
    ]
    return "\n\n".join("\n".join(part) for part in parts)
