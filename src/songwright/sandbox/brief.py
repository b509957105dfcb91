"""What a song is made from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Brief:
    """The words of a custom request. `style_weight` and `weirdness` are None (nothing asked) or 0 to 1."""

    title: str
    style: str
    lyrics: str
    instrumental: bool = False
    negative_tags: str = ""
    vocal_gender: str = ""
    style_weight: float | None = None
    weirdness: float | None = None
