"""Grooves and figures as data, one character per sixteenth; lines of one figure alternate bar by bar."""

from typing import Final

STEP: Final = 0.25
"""Beats per character."""

# Drums: "X" accented, "x" plain, "o" soft. A bar of 4/4 has 16 steps, one of 3/4 has 12.
BEATS: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "none": {},
    "pop": {
        "kick": ("X.......x.x.....", "X.....x.x......."),
        "snare": ("....X.......X...",),
        "hat": ("x.o.x.o.x.o.x.o.",),
    },
    "four": {"kick": ("X...X...X...X...",), "clap": ("....X.......X...",), "hat": ("..x...x...x...x.",)},
    "rock": {
        "kick": ("X.....x.X.......", "X...x...X.x....."),
        "snare": ("....X.......X...",),
        "hat": ("X.x.X.x.X.x.X.x.",),
    },
    "rock2": {
        "kick": ("X..x..x.X..x....", "X..x....X.x..x.."),
        "snare": ("....X.......X...",),
        "ride": ("X...x...X...x...",),
    },
    "metal": {
        "kick": ("X.xxX.xxX.xxX.xx",),
        "snare": ("....X.......X...",),
        "china": ("X...x...X...x...",),
    },
    "blast": {
        "kick": ("X.x.X.x.X.x.X.x.", "XxxxXxxxXxxxXxxx"),
        "snare": (".x.x.x.x.x.x.x.x", "....X.......X..."),
        "ride": ("X.x.X.x.X.x.X.x.",),
    },
    "boombap": {
        "kick": ("X......x..x.....", "X.x.......x..x.."),
        "snare": ("....X.......X..o",),
        "hat": ("x.x.x.x.x.x.x.x.",),
    },
    "trap": {
        "kick": ("X.....x...x.....", "X......x..x...x."),
        "snare": ("........X.......",),
        "hat": ("x.x.x.xxx.x.xxxx", "x.x.xxx.x.x.x.xo"),
    },
    "swing": {"ride": ("X...x.x.X...x.x.",), "foot": ("....x.......x...",), "kick": ("o.......o.......",)},
    "swing2": {
        "ride": ("x...X.x.x...X.x.",),
        "foot": ("....x.......x...",),
        "snare": ("......o.......o.", "..........o....."),
    },
    "stomp": {"kick": ("X.......X.......",), "tambourine": ("....x.......x...",)},
    "shaker": {"shaker": ("x.o.x.o.x.o.x.o.",), "kick": ("o.......o.......",)},
    "house": {
        "kick": ("X...X...X...X...",),
        "clap": ("....X.......X...",),
        "open hat": ("..x...x...x...x.",),
        "hat": ("x..xx..xx..xx..x",),
    },
    "techno": {
        "kick": ("X...X...X...X...",),
        "open hat": ("..X...X...X...X.",),
        "rim": ("...x..x....x..x.",),
        "hat": ("xoxoxoxoxoxoxoxo",),
    },
    "dnb": {
        "kick": ("X.........x.....", "X.x.......x....."),
        "snare": ("....X.......X...",),
        "hat": ("x.x.x.x.x.x.x.x.",),
        "ride": ("..o...o...o...o.",),
    },
    "synthwave": {
        "kick": ("X.......X.......", "X.......X.x....."),
        "snare": ("....X.......X...",),
        "hat": ("xoxoxoxoxoxoxoxo",),
    },
    "one drop": {"kick": ("........X.......",), "rim": ("........X.......",), "hat": ("x.x.x.x.x.x.x.xo",)},
    "steppers": {"kick": ("X...X...X...X...",), "rim": ("........X.......",), "hat": ("..x...x...x...x.",)},
    "train": {"kick": ("X.......x.......",), "brush": ("oxoxXoxooxoxXoxo",)},
    "country": {
        "kick": ("X.......X.......",),
        "snare": ("....X.......X...",),
        "hat": ("x.x.x.x.x.x.x.x.",),
    },
    "funk": {
        "kick": ("X..x......x..x..", "X.....x...x....."),
        "snare": ("....X..o.o..X...",),
        "hat": ("xoxoxoxoxoxoxoxo",),
    },
    "soul": {
        "kick": ("X.....x...x.....",),
        "snare": ("....X.......X...",),
        "hat": ("x.x.x.x.x.x.x.x.",),
        "tambourine": ("....x.......x...",),
    },
    "clave": {
        "rim": ("x..x..x...x.x...",),
        "conga": ("o.x...xxo.x...xx",),
        "shaker": ("x.x.x.x.x.x.x.x.",),
        "kick": ("o......x........",),
    },
    "cumbia": {
        "kick": ("X...X...X...X...",),
        "conga": ("..xx..xx..xx..xx",),
        "shaker": ("xo.xxo.xxo.xxo.x",),
        "snare": ("...x..x....x..x.",),
    },
    "shuffle": {
        "kick": ("X.......X.....x.",),
        "snare": ("....X.......X...",),
        "hat": ("x.x.x.x.x.x.x.x.",),
    },
    "shuffle2": {
        "kick": ("X.....x.X.......",),
        "snare": ("....X.......X...",),
        "ride": ("X.x.X.x.X.x.X.x.",),
    },
    "epic": {
        "taiko": ("X.....x.X...x.x.", "X..x..x.X...x.x."),
        "tom": ("..o...o...o...o.",),
    },
    "taiko": {"taiko": ("X.......X..x....", "X.......X..xx.x."), "tom": ("..oo..oo..oo..oo",)},
    "waltz": {"kick": ("X...........",), "brush": ("....x...x...",)},
    "waltz2": {"kick": ("X...........",), "ride": ("x...o...x.o.",), "rim": ("....o...o...",)},
}
FILLS: Final = {
    4: ("x.x.x.x.x.xxX.XX", "........xxxxXXXX", "x..x..x.x..x..XX"),
    3: ("....x.x.X.X.", "x...x.x.XXXX"),
}

# Bass: r root, f fifth, o octave, t third, a a step into the next root; "-" holds, "." rests.
BASS_LINES: Final[dict[str, tuple[str, ...]]] = {
    "eighths": ("r-r-r-r-r-r-r-r-",),
    "push": ("r---..r-r---..f-", "r---..r-r--r..a-"),
    "root": ("r---------------",),
    "root five": ("r------.f------.",),
    "walking": ("r---t---f---a---", "r---f---t---a---", "r---f---o---a---"),
    "offbeat": ("..r-..r-..r-..r-",),
    "octaves": ("r-o-r-o-r-o-r-o-",),
    "sixteenths": ("rrrrrrrrrrrrrrrr",),
    "gallop": ("r-rrr-rrr-rrr-rr",),
    "sub": ("r-----..r---..r-", "r-----..r-----f-"),
    "sub2": ("r---------..r-r-", "r-----r-----..o-"),
    "pedal": ("r---------------",),
    "dub": ("r---..r-f-..r---", "r---..r-..f-t---"),
    "dub2": ("..r-r---..f-o---", "r-r---..f-f-r---"),
    "funk": ("r-.r..o.r-.f..t.", "r-.r..o...r-f.a."),
    "tumbao": ("r-....f-....o---", "......f-....o---"),
    "boogie": ("r-r-t-t-f-f-t-t-",),
    "ostinato": ("r-r-r-r-r-r-r-r-",),
    "waltz": ("r-------....",),
}

# Chord players: X or x the whole chord, a digit one of its tones counted upwards.
FIGURES: Final[dict[str, tuple[str, ...]]] = {
    "pad": ("x---------------",),
    "power": ("X---------------",),
    "block": ("X-------x-------", "X---x---x---x---"),
    "arpeggio": ("0-1-2-3-2-1-2-1-", "0-2-1-3-2-3-1-2-"),
    "sixteenths": ("0123210301232132", "0213203102132031"),
    "chug": ("X-x-x-x-X-x-x-x-",),
    "sixteenth chug": ("X.xxX.x.xxX.xx.x", "X.xxX.x.xxX.X-X-"),
    "gallop": ("X-xxx-xxX-xxx-xx",),
    "strum": ("X---x-xo.ox-x-xo", "X---x-xo.ox-x-x-"),
    "comp": ("..x-...x......x-", "X--.....x-......", "......x-....x-.."),
    "fingerpick": ("0-2-1-3-0-2-1-2-", "0-3-1-2-0-2-1-3-"),
    "stabs": ("x..x..x.x..x..x.", "..x...x...x..x.."),
    "offbeats": ("..x-..x-..x-..x-",),
    "drops": ("3-----------....", "......2---------", "..4-------1-----"),
    "alberti": ("0-2-1-2-0-2-1-2-",),
    "broken": ("0-1-2-3-4-3-2-1-", "0-1-2-4-3-2-3-1-"),
    "skank": ("..x...x...x...x.",),
    "bubble": ("..x.x.x...x.x.x.",),
    "boom chick": ("0---x---2---x-x-", "0---x---2---x---"),
    "roll": ("0213021302130213", "0132013201320132"),
    "soul comp": ("X--...x-....x-..", "X-....x---..x-x-"),
    "hits": ("X.....x.........", "............x.x-"),
    "montuno": ("3.02.3.02.30.2.0", "3.02.3.0.2.30.20"),
    "shuffle": ("X-x-x-x-X-x-x-x-",),
    "ostinato": ("0-1-2-1-0-1-2-1-", "0010020100100201"),
    "oom pah": ("....x-..x-..", "....x-..x-.."),
}
