"""The sounds of English as cmudict names them, each with the one letter that stands for it in the table."""

from typing import Final

VOWELS: Final[dict[str, str]] = {
    "AA": "A", "AE": "B", "AH": "C", "AO": "D", "AW": "E", "AY": "F", "EH": "G", "ER": "H", "EY": "I",
    "IH": "J",
    "IY": "K", "OW": "L", "OY": "M", "UH": "N", "UW": "O",
}  # fmt: skip
CONSONANTS: Final[dict[str, str]] = {
    "B": "b", "CH": "c", "D": "d", "DH": "e", "F": "f", "G": "g", "HH": "h", "JH": "j", "K": "k", "L": "l",
    "M": "m",
    "N": "n", "NG": "o", "P": "p", "R": "r", "S": "s", "SH": "t", "T": "u", "TH": "v", "V": "w", "W": "x",
    "Y": "y",
    "Z": "z", "ZH": "a",
}  # fmt: skip
LETTERS: Final[dict[str, str]] = VOWELS | CONSONANTS
