"""The families of styles the sandbox can play, as data: tempo, harmony, groove and players of each."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Genre:
    """How a family of styles is played. Tuples of names are alternatives: takes choose different ones.

    `bpm` is the range of tempos, `minor` the chance of a minor mode,
    `modes` the major-like and the minor-like
    mode. `comp` and `layer` pair an instrument with a figure: the first plays throughout, the second joins
    where the song is big. `swing` is where the off-beat eighth falls in the beat (0.5 is straight).
    """

    name: str
    words: tuple[str, ...]
    bpm: tuple[int, int]
    minor: float
    family: str
    beats: tuple[str, ...]
    kit: str
    bass: tuple[str, ...]
    bass_line: tuple[str, ...]
    comp: tuple[tuple[str, str], ...]
    layer: tuple[tuple[str, str], ...]
    lead: tuple[str, ...]
    modes: tuple[str, str] = ("major", "minor")
    meter: int = 4
    swing: float = 0.5
    room: float = 1.3
    loose: float = 0.008


GENRES: Final[tuple[Genre, ...]] = (
    Genre(
        "pop", ("pop", "k-pop", "j-pop", "indie", "anthem", "ballad", "power ballad"), (98, 124), 0.3, "pop",
        ("pop", "four"), "studio", ("bass guitar", "synth bass"), ("eighths", "push"),
        (("piano", "block"), ("clean guitar", "arpeggio")), (("synth pad", "pad"), ("synth pluck",
        "sixteenths")),
        ("synth lead", "bell"),
    ),
    Genre(
        "rock", ("rock", "grunge", "punk", "garage", "alternative", "britpop", "hard rock", "emo"), (116,
        144), 0.45,
        "rock", ("rock", "rock2"), "rock", ("pick bass",), ("eighths", "push"),
        (("crunch guitar", "chug"), ("crunch guitar", "strum")), (("crunch guitar", "strum"), ("organ",
        "pad")),
        ("lead guitar",), ("mixolydian", "minor"),
    ),
    Genre(
        "metal", ("metal", "metalcore", "thrash", "heavy", "death metal", "djent", "hardcore"), (138, 176),
        1.0, "metal",
        ("metal", "blast"), "metal", ("pick bass",), ("sixteenths", "gallop"),
        (("distorted guitar", "gallop"), ("distorted guitar", "sixteenth chug")), (("distorted guitar",
        "power"),),
        ("lead guitar",), ("phrygian", "phrygian"),
    ),
    Genre(
        "hip-hop", ("hip-hop", "hip hop", "hiphop", "rap", "trap", "boom bap", "drill", "lo-fi", "lofi",
        "grime", "phonk"),
        (78, 94), 0.8, "soul", ("boombap", "trap"), "808", ("808 bass",), ("sub", "sub2"),
        (("electric piano", "block"), ("vibes", "arpeggio")), (("strings", "pad"), ("bell", "arpeggio")),
        ("bell", "flute"), ("dorian", "minor"), 4, 0.56,
    ),
    Genre(
        "jazz", ("jazz", "swing", "bebop", "big band", "lounge", "bossa", "ragtime", "smooth jazz"), (112,
        156), 0.3, "jazz",
        ("swing", "swing2"), "brush", ("upright bass",), ("walking",),
        (("piano", "comp"), ("jazz guitar", "comp")), (("brass", "comp"), ("vibes", "comp")),
        ("saxophone", "trumpet"), ("major", "dorian"), 4, 0.65, 1.1, 0.012,
    ),
    Genre(
        "folk", ("folk", "acoustic", "singer-songwriter", "celtic", "campfire", "bluegrass", "irish",
        "sea shanty", "ukulele"),
        (88, 112), 0.25, "folk", ("stomp", "shaker"), "folk", ("upright bass",), ("root", "root five"),
        (("acoustic guitar", "fingerpick"), ("acoustic guitar", "strum")), (("fiddle", "pad"), ("accordion",
        "pad")),
        ("fiddle", "flute"), ("major", "dorian"), 4, 0.5, 1.0, 0.014,
    ),
    Genre(
        "house", ("house", "techno", "edm", "trance", "dance", "disco", "eurodance", "club", "electro",
        "hardstyle", "rave"),
        (122, 130), 0.6, "pop", ("house", "techno"), "electronic", ("synth bass",), ("offbeat", "octaves"),
        (("synth stab", "stabs"), ("synth pluck", "sixteenths")), (("supersaw", "offbeats"), ("synth pad",
        "pad")),
        ("synth lead", "synth pluck"), ("major", "minor"), 4, 0.5, 1.5, 0.0,
    ),
    Genre(
        "drum and bass", ("drum and bass", "drum & bass", "dnb", "d&b", "jungle", "breakbeat"), (168, 176),
        0.8, "modal",
        ("dnb",), "electronic", ("synth bass", "808 bass"), ("sub", "sub2"), (("synth pad", "pad"),),
        (("synth pluck", "sixteenths"),), ("synth lead",), ("major", "minor"), 4, 0.5, 1.6, 0.0,
    ),
    Genre(
        "synthwave", ("synthwave", "electronic", "electronica", "synth-pop", "synthpop", "synth pop", "80s",
        "new wave", "chiptune", "vaporwave"),
        (96, 118), 0.6, "pop", ("synthwave", "four"), "electronic", ("synth bass",), ("sixteenths",
        "octaves"),
        (("synth pluck", "sixteenths"), ("synth pad", "pad")), (("supersaw", "pad"),), ("synth lead", "bell"),
        ("major", "minor"), 4, 0.5, 1.8, 0.0,
    ),
    Genre(
        "ambient", ("ambient", "drone", "meditation", "new age", "atmospheric", "soundscape", "sleep",
        "ethereal", "dreamy"),
        (60, 74), 0.4, "modal", ("none",), "soft", ("soft bass",), ("pedal",),
        (("warm pad", "pad"), ("strings", "pad")), (("bell", "drops"), ("harp", "drops")),
        ("bell", "flute"), ("lydian", "dorian"), 4, 0.5, 3.2, 0.03,
    ),
    Genre(
        "classical", ("classical", "piano", "baroque", "chamber", "sonata", "romantic piano",
        "string quartet", "opera", "nocturne"),
        (76, 104), 0.4, "classical", ("none",), "soft", ("cello",), ("root",),
        (("grand piano", "alberti"), ("grand piano", "broken")), (("strings", "pad"),),
        ("violin", "oboe"), ("major", "minor"), 4, 0.5, 1.9, 0.02,
    ),
    Genre(
        "reggae", ("reggae", "ska", "dub", "dancehall", "roots reggae", "rocksteady"), (70, 84), 0.35,
        "reggae",
        ("one drop", "steppers"), "dub", ("dub bass",), ("dub", "dub2"),
        (("muted guitar", "skank"), ("organ", "skank")), (("organ", "bubble"),), ("melodica", "brass"),
        ("major", "dorian"), 4, 0.56, 1.6, 0.008,
    ),
    Genre(
        "country", ("country", "americana", "honky-tonk", "outlaw country", "nashville", "western"), (104,
        132), 0.1, "folk",
        ("train", "country"), "studio", ("bass guitar",), ("root five",),
        (("acoustic guitar", "boom chick"), ("acoustic guitar", "strum")), (("banjo", "roll"),
        ("steel guitar", "pad")),
        ("steel guitar", "fiddle"), ("major", "dorian"), 4, 0.54, 1.0, 0.01,
    ),
    Genre(
        "soul", ("r&b", "rnb", "soul", "neo-soul", "motown", "funk", "gospel", "groove"), (82, 104), 0.4,
        "soul",
        ("funk", "soul"), "studio", ("bass guitar",), ("funk", "push"),
        (("electric piano", "soul comp"), ("organ", "block")), (("brass", "hits"), ("strings", "pad")),
        ("saxophone", "electric piano"), ("major", "dorian"), 4, 0.54, 1.2, 0.01,
    ),
    Genre(
        "latin", ("latin", "salsa", "bossa nova", "samba", "reggaeton", "cumbia", "tango", "flamenco",
        "mariachi", "bachata", "afrobeat"),
        (92, 108), 0.65, "latin", ("clave", "cumbia"), "latin", ("upright bass",), ("tumbao",),
        (("piano", "montuno"), ("nylon guitar", "montuno")), (("brass", "hits"), ("accordion", "offbeats")),
        ("trumpet", "nylon guitar"), ("major", "minor"),
    ),
    Genre(
        "blues", ("blues", "delta blues", "blues rock", "rhythm and blues", "boogie", "rockabilly"), (72,
        108), 0.3, "blues",
        ("shuffle", "shuffle2"), "rock", ("upright bass", "bass guitar"), ("boogie", "walking"),
        (("clean guitar", "shuffle"), ("piano", "shuffle")), (("organ", "pad"),), ("lead guitar",
        "harmonica"),
        ("blues", "dorian"), 4, 0.66, 1.0, 0.012,
    ),
    Genre(
        "cinematic", ("cinematic", "orchestral", "epic", "soundtrack", "film score", "trailer", "symphonic",
        "orchestra", "score"),
        (84, 120), 0.85, "cinematic", ("epic", "taiko"), "orchestra", ("cello",), ("ostinato", "root"),
        (("strings", "ostinato"), ("strings", "pad")), (("brass", "pad"), ("choir", "pad")),
        ("horn", "violin"), ("lydian", "minor"), 4, 0.5, 2.4, 0.006,
    ),
    Genre(
        "waltz", ("waltz", "3/4", "valse", "lullaby", "musette", "carousel", "minuet"), (84, 132), 0.35,
        "classical",
        ("waltz", "waltz2"), "brush", ("upright bass",), ("waltz",),
        (("accordion", "oom pah"), ("piano", "oom pah")), (("strings", "pad"), ("music box", "arpeggio")),
        ("violin", "music box"), ("major", "minor"), 3, 0.5, 1.5, 0.01,
    ),
)  # fmt: skip
