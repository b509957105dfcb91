"""Colours of covers: which palette a style's mood and genre ask for.

Colours are hexadecimal, dark to light.
"""

from random import Random
from typing import Final

PALETTES: Final[dict[str, tuple[str, ...]]] = {
    "dusk": ("1b1035", "4a1f5c", "a8325e", "f0724f", "ffd08a"),
    "ocean": ("04182c", "0b3c5d", "1d7a8c", "6cc5b9", "f1f7dc"),
    "forest": ("0d1f17", "1f4a33", "5a8a4a", "b7c46a", "f5edc8"),
    "night": ("070b1a", "16214a", "3a3fa0", "8b7be0", "f4d9ff"),
    "noir": ("0c0c0e", "2a2a30", "5d5b63", "a9a39c", "efe6d8"),
    "fire": ("140506", "4a0a10", "a81c1a", "f2622a", "ffd166"),
    "gold": ("1c1208", "57351a", "a8702c", "e3b34f", "fff2c9"),
    "pastel": ("473c63", "8d7fb5", "e3a6c0", "f9d5c4", "fdf6ec"),
    "neon": ("0a0420", "3b0a5e", "c2127a", "19c3e6", "f7f3a1"),
    "winter": ("14202e", "3d5a74", "87a7bd", "c9dbe4", "fbfcfa"),
    "earth": ("231611", "5b3322", "a65f35", "d9a566", "f3e3c3"),
    "tropic": ("08262b", "0f6b5c", "f2b134", "ed553b", "fff4d6"),
}
_WORDS: Final[dict[str, str]] = {
    "night": "sad melancholic lonely moody brooding dreamy midnight lo-fi lofi ethereal space",
    "noir": "jazz noir smoky lounge blues gritty piano classical",
    "fire": "metal angry aggressive rock punk epic intense hardcore thrash",
    "neon": "house techno synthwave electronic edm trance dance club disco 80s hyperpop drum",
    "ocean": "ambient calm meditation chill peaceful sleep drone",
    "forest": "folk acoustic celtic reggae dub nature",
    "earth": "country americana western rap hip-hop hip boom",
    "gold": "soul r&b funk gospel warm cinematic orchestral triumphant",
    "tropic": "latin salsa samba reggaeton bossa cumbia tropical summer sunny",
    "pastel": "lullaby waltz gentle tender sweet romantic playful happy pop bright",
    "winter": "winter cold snow haunting quiet nocturne",
    "dusk": "nostalgic bittersweet indie hopeful uplifting anthem ballad",
}


def palette(style: str, rng: Random) -> tuple[str, ...]:
    """A palette that fits the style's words; where several do, or none does, chance decides."""
    words = frozenset(style.casefold().replace(",", " ").split())
    fitting = [name for name, terms in _WORDS.items() if words & frozenset(terms.split())]
    return PALETTES[rng.choice(fitting or sorted(PALETTES))]
