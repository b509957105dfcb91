import struct
import zlib

import numpy as np
import numpy.typing as npt
import pytest

from songwright.sandbox.brief import Brief
from songwright.sandbox.cover import cover

SONG = Brief("Harbour", "sad piano", "")


def pixels(png: bytes) -> npt.NDArray[np.float64]:
    """Decodes what the sandbox writes: eight-bit RGB, every row stored as its difference from the one
    above.
    """
    at, parts = 8, dict[bytes, bytes]()
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length])[0] == zlib.crc32(name + data)
        parts[name] = parts.get(name, b"") + data
        at += 12 + length
    width, height = struct.unpack(">II", parts[b"IHDR"][:8])
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * 3)
    assert (rows[:, 0] == 2).all()
    return np.cumsum(rows[:, 1:], axis=0, dtype=np.uint8).reshape(height, width, 3).astype(np.float64)


@pytest.mark.parametrize("size", [64, 512])
def test_a_cover_is_a_square_png_of_the_size_asked_for(size: int) -> None:
    assert pixels(cover(SONG, 1, 0, size)).shape == (size, size, 3)


def test_the_same_song_has_the_same_cover() -> None:
    assert cover(SONG, 1, 0, 64) == cover(SONG, 1, 0, 64)


def test_songs_and_takes_look_different() -> None:
    pictures = [pixels(cover(SONG, seed, take, 64)) for seed in range(3) for take in range(2)]
    gaps = [np.abs(a - b).mean() for at, a in enumerate(pictures) for b in pictures[:at]]

    assert min(gaps) > 4


@pytest.mark.parametrize("seed", range(12))
def test_a_cover_is_neither_flat_nor_a_blank(seed: int) -> None:
    picture = pixels(cover(Brief(f"Song {seed}", "pop", ""), seed, 0, 96))

    assert picture.std() > 15
    assert 15 < picture.mean() < 240


def test_the_mood_of_the_style_chooses_the_colours() -> None:
    fire = pixels(cover(Brief("x", "metal", ""), 1, 0, 64)).mean(axis=(0, 1))
    sea = pixels(cover(Brief("x", "ambient", ""), 1, 0, 64)).mean(axis=(0, 1))

    assert fire[0] > fire[2]
    assert sea[2] > sea[0]


@pytest.mark.parametrize("size", [0, 15, 4096])
def test_a_size_out_of_bounds_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="pixels"):
        cover(SONG, 1, 0, size)
