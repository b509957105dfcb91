"""The style line: five to ten audible words, none against another, no names and no orders."""

import re
from collections.abc import Iterator
from typing import Final

from songwright.lyrics.findings import Finding, hint, warning
from songwright.text import quoted

_BRACKETS: Final = re.compile(r"[\[\]【】［］{}<>]")
_NEGATION: Final = re.compile(
    r"(?:^|(?<=[\s,;.(]))(?:no|without|not|don'?t use|zero|sin|sem|senza|sans|ohne|без) (?!wave\b"
    r"|limits?\b|doubt\b|frills\b|nonsense\b)"
    r"(?:any |too much |too many |much )?[^\W\d_][\w-]{1,20}",
    re.IGNORECASE,
)
_DURATION: Final = re.compile(
    r"\b\d{1,3}(?:[.,]\d)?[ -]?(?:minutes?|mins?|seconds?|secs?|minuten|sekunden|minutos?|segundos?"
    r"|secondes?)\b"
    r"|(?<![\d:])\d{1,2}:[0-5]\d(?![\d:])",
    re.IGNORECASE,
)
_ARTIST: Final = re.compile(
    r"(?i:\b(?:in the (?:style|vein|manner) of|inspired by|sounds? like|reminiscent of|sung by|voice of"
    r"|cover of"
    r"|(?:vocals?|voice|singer|singing|guitars?|drums) like|al estilo de|no estilo d[eo]|nello stile di"
    r"|dans le style de|im stil von|à la|w stylu|в стиле))\s+(?P<after>(?i:the )?[^\W\d_a-zа-яё][\w.'’-]*)"
    r"|(?:^|(?<=[\s,]))(?P<before>[^\W\d_a-z][\w.'’-]+(?: [^\W\d_a-z][\w.'’-]+){1,2})[- ](?:style|type"
    r" beat)\b"
    r"|(?:^|(?<=[\s,]))(?P<alone>[^\W\d_a-z][\w.'’]+)[- ](?:esque|type beat)\b"
)
_NOT_ARTISTS: Final = re.compile(
    r"(?:the )?(?:celtic|latin|irish|nordic|french|spanish|italian|german|japanese|korean|african|american"
    r"|british"
    r"|motown|nashville|chicago|detroit|memphis|delta|texas|cuban|brazilian|indian|arabic|balkan|caribbean"
    r"|christmas|disney|broadway|hollywood|bollywood|new orleans|new york|new wave|laurel canyon|early"
    r"|late|mid|old"
    r"|classic|modern|traditional|vintage|big band|lo|r&b|edm|[kjc]-?pop|retro|western|acoustic|folk|rock"
    r"|pop|jazz"
    r"|blues|soul|funk|punk|metal|indie|electronic|hip|trap|drill|i)\b",
    re.IGNORECASE,
)
_INSTRUCTION: Final = re.compile(
    r"\b(?:please|i want|i would like|i'd like|make (?:it|this|me|a|the)|create (?:a|an|the|me)|write (?:a"
    r"|an|me)|generate"
    r"|the song should|it should|should (?:be|have|start|end)|must (?:be|have|start)|start(?:s|ing)? with"
    r"|ends? with)\b",
    re.IGNORECASE,
)
_PAIRS: Final = tuple(
    (re.compile(rf"\b(?:{one})\b", re.IGNORECASE), re.compile(rf"\b(?:{other})\b", re.IGNORECASE))
    for one, other in (
        (r"slow|lento|langsam|downtempo|ballad", r"fast|up-?tempo|high[- ]speed|breakneck"),
        (r"a ?cappella", r"guitars?|drums?|piano|bass|synths?|strings|orchestra|band"),
        (r"calm|relaxing|gentle|soothing|peaceful", r"aggressive|furious|brutal|frantic|screaming"),
        (r"lo-?fi|raw demo", r"polished|pristine|hi-?fi|crystal[- ]clear"),
        (
            r"sparse|minimal(?:ist)?|stripped[- ]back",
            r"wall of sound|maximal(?:ist)?|dense|lush orchestra\w*",
        ),
        (r"happy|joyful|cheerful", r"depressing|mournful|despairing|funereal"),
        (r"major key|in [A-G][b#]? major", r"minor key|in [A-G][b#]? minor"),
        (r"lullaby", r"death metal|hardcore|thrash|black metal|dubstep|hardstyle"),
        (r"instrumental(?: only)?", r"(?:male|female) (?:vocals?|voice|singer)"),
        (r"whisper(?:ed|y)? (?:vocals?|voice)", r"scream(?:ed|ing)? (?:vocals?|voice)|belted vocals?"),
    )
)
_BPM: Final = re.compile(r"\b(\d{2,3})\s?bpm\b", re.IGNORECASE)
_FAMILIES: Final = tuple(
    re.compile(rf"\b(?:{genres})\b", re.IGNORECASE)
    for genres in (
        r"metal|punk|grunge|hardcore|ska",
        r"jazz|soul|funk|r&b|gospel|swing|blues|disco",
        r"techno|trance|house|edm|dubstep|drum and bass|hardstyle",
        r"hip[- ]hop|rap|trap|drill",
        r"country|bluegrass|folk",
        r"opera|classical|baroque",
        r"reggae|dub|dancehall",
        r"salsa|bossa nova|flamenco|cumbia|tango|samba",
        r"polka|klezmer",
        r"k-?pop|j-?pop",
    )
)
"""Genres that go together; four of these families do not."""
_CONTRAST: Final = re.compile(
    r"\b(?:vers(?:e|es)|chorus(?:es)?|bridge|intro|outro|drop|then|build(?:s|ing)?|crescendo|dynamics?"
    r"|contrasts?"
    r"|sections?|shifts?|turns?|into|from)\b",
    re.IGNORECASE,
)
"""Words of a style that changes within the song: there, opposites are meant."""
_MOST_GENRES: Final = 4
_MOST_DESCRIPTORS: Final = 14
_MOST_WORDS: Final = 45
_SLOWEST_FAST, _FASTEST_SLOW = 85, 130


def style_problems(style: str) -> Iterator[Finding]:
    """What a style line would be misread for. Linear in its length."""
    yield from _signs(style)
    yield from _wishes(style)
    yield from _contradictions(style)
    yield from _size(style)


def _signs(style: str) -> Iterator[Finding]:
    if _BRACKETS.search(style):
        yield warning(
            "style",
            None,
            "style_brackets",
            "Brackets stand in the style.",
            "Brackets belong in the lyrics; write plain words with commas.",
        )
    artist = _ARTIST.search(style)
    if artist and not _NOT_ARTISTS.match(artist["after"] or artist["before"] or artist["alone"]):
        message = f"{quoted(style[artist.start() : artist.end() + 24], 40)} looks like an artist's name."
        yield warning(
            "style",
            None,
            "artist_name",
            message,
            "Names are blocked or replaced; describe the sound instead.",
        )


def _wishes(style: str) -> Iterator[Finding]:
    negation = _NEGATION.search(style)
    if negation:
        message = f"{quoted(negation[0].strip(), 40)} in a style often brings in what it names."
        yield warning(
            "style",
            None,
            "style_negation",
            message,
            "Leave it out, or use negative_tags where the provider has them.",
        )
    duration = _DURATION.search(style)
    if duration:
        message = f"The length {quoted(duration[0], 20)} has no effect in a style."
        yield warning(
            "style", None, "style_duration", message, "Shape the length by the number of sections and lines."
        )
    if _INSTRUCTION.search(style):
        yield warning(
            "style",
            None,
            "style_instruction",
            "The style is written as an instruction.",
            "Write descriptors with commas: genre, BPM, mood, instruments, voice.",
        )


def _contradictions(style: str) -> Iterator[Finding]:
    fix = "Keep one of the two."
    for one, other in () if _CONTRAST.search(style) else _PAIRS:
        first, second = one.search(style), other.search(style)
        if first and second:
            message = f"{quoted(first[0])} and {quoted(second[0])} contradict each other."
            yield warning("style", None, "style_contradiction", message, fix)
    tempi = [int(bpm) for bpm in _BPM.findall(style)]
    if len(set(tempi)) > 1:
        yield warning(
            "style", None, "style_contradiction", f"{tempi[0]} and {tempi[1]} BPM contradict each other.", fix
        )
    elif tempi and tempi[0] < _SLOWEST_FAST and re.search(r"\b(?:fast|up-?tempo)\b", style, re.IGNORECASE):
        yield warning("style", None, "style_contradiction", f"{tempi[0]} BPM is not fast.", fix)
    elif tempi and tempi[0] > _FASTEST_SLOW and re.search(r"\bslow\b", style, re.IGNORECASE):
        yield warning("style", None, "style_contradiction", f"{tempi[0]} BPM is not slow.", fix)
    genres = [genre[0] for genre in (family.search(style) for family in _FAMILIES) if genre]
    if len(genres) >= _MOST_GENRES:
        message = f"{len(genres)} genres pull in different directions: {', '.join(genres[:6])}."
        yield warning("style", None, "style_contradiction", message, "Keep one or two.")


def _size(style: str) -> Iterator[Finding]:
    parts = [part.strip().casefold() for part in re.split(r"[,;\n/|]", style) if part.strip()]
    words = len(style.split())
    if len(parts) > _MOST_DESCRIPTORS or words > _MOST_WORDS:
        size = f"{len(parts)} descriptors" if len(parts) > _MOST_DESCRIPTORS else f"{words} words"
        yield warning(
            "style", None, "stuffed_style", f"{size} are more than a style carries.", "Keep five to ten."
        )
    elif len(set(parts)) < len(parts):
        again = next(part for part in parts if parts.count(part) > 1)
        yield warning(
            "style",
            None,
            "stuffed_style",
            f"{quoted(again, 40)} stands in the style more than once.",
            "Say it once.",
        )
    elif words < 3:
        yield hint(
            "style",
            None,
            "thin_style",
            "The style says little.",
            "Add tempo, mood, two instruments and a voice.",
        )
