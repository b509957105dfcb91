"""Cover art: an abstract picture in the colours of the style, drawn with numpy and written as PNG."""

from __future__ import annotations

import struct
import zlib
from random import Random
from typing import TYPE_CHECKING, Any, Final

from songwright.sandbox.palettes import palette

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from songwright.sandbox.composer import Brief

    Field = npt.NDArray[np.floating[Any]]
    Pixels = npt.NDArray[np.uint8]

SMALLEST: Final = 16
LARGEST: Final = 2048


def cover(brief: Brief, seed: int, take: int, size: int) -> bytes:
    """A square PNG of `size` pixels. The same brief, seed, take and size give the same bytes; takes differ.

    Raises ValueError for a size below 16 or above 2048.
    """
    if not SMALLEST <= size <= LARGEST:
        raise ValueError(f"a cover has {SMALLEST} to {LARGEST} pixels a side, not {size}")
    rng = Random(f"{seed}:{take}:{brief.title}:{brief.style}")
    colours = _colours(palette(f"{brief.style} {brief.title}", rng))
    picture = rng.choice(_PICTURES)(_Canvas(size, colours), rng)
    return _png(_finished(picture, seed * 31 + take))


class _Canvas:
    """A square whose coordinates run from 0 to 1, y downwards, and the colours to paint it with."""

    def __init__(self, size: int, colours: Field) -> None:
        import numpy as np

        axis = (np.arange(size, dtype=np.float32) + 0.5) / size
        self.x, self.y = np.meshgrid(axis, axis)
        self.edge = 1.5 / size
        self.colours = colours

    def ramp(self, value: Field) -> Field:
        """Colours along the palette for values from 0 (dark) to 1 (light), shape (size, size, 3)."""
        import numpy as np

        stops = np.linspace(0, 1, len(self.colours))
        return np.stack([np.interp(value, stops, self.colours[:, at]) for at in range(3)], axis=-1)

    def inside(self, distance: Field, soft: float = 0.0) -> Field:
        """1 where a signed distance is negative, 0 where it is positive, smooth over the edge."""
        import numpy as np

        width = self.edge + soft
        part = np.clip(0.5 - distance / (2 * width), 0, 1)
        return (part * part * (3 - 2 * part))[..., None]


def _colours(names: tuple[str, ...]) -> Field:
    import numpy as np

    return np.array([[int(name[at : at + 2], 16) / 255 for at in (0, 2, 4)] for name in names])


def _hills(canvas: _Canvas, rng: Random) -> Field:
    """Ranges of hills under a low sun, each nearer one darker."""
    import numpy as np

    x, y = canvas.x, canvas.y
    picture = canvas.ramp(np.clip(0.35 + y * 0.85, 0, 1))
    sun_x, sun_y, radius = rng.uniform(0.25, 0.75), rng.uniform(0.28, 0.45), rng.uniform(0.09, 0.16)
    away = np.hypot(x - sun_x, y - sun_y)
    picture = picture + (canvas.colours[4] - picture) * (0.55 * np.exp(-((away / 0.33) ** 2)))[..., None]
    picture += (canvas.colours[4] - picture) * canvas.inside(away - radius)
    layers = rng.randint(5, 7)
    for layer in range(layers):
        near = layer / (layers - 1)
        line = 0.5 + 0.42 * near + _waves(x, rng, 0.035 + 0.05 * (1 - abs(near - 0.4)), 2.0 + 2 * near)
        shade = canvas.ramp(np.clip(0.62 - 0.62 * near + 0.22 * (y - line), 0, 1))
        picture += (shade - picture) * canvas.inside(line - y)
    return picture


def _waves(x: Field, rng: Random, height: float, pace: float) -> Field:
    import numpy as np

    total = np.zeros_like(x)
    for octave in range(4):
        total += np.sin(x * pace * 2.1**octave * 2 + rng.uniform(0, 7)) * height / 1.9**octave
    return total


def _ribbons(canvas: _Canvas, rng: Random) -> Field:
    """Broad ribbons that flow across, each with a lit edge."""
    import numpy as np

    angle = rng.uniform(-0.9, 0.9)
    x = (canvas.x - 0.5) * np.cos(angle) - (canvas.y - 0.5) * np.sin(angle)
    y = (canvas.x - 0.5) * np.sin(angle) + (canvas.y - 0.5) * np.cos(angle)
    picture = canvas.ramp(np.clip(0.08 + 0.22 * (canvas.y + canvas.x), 0, 1))
    count = rng.randint(7, 10)
    for ribbon in range(count):
        offset = -0.62 + 1.25 * ribbon / count
        line = offset + _waves(x, rng, 0.085, 1.4)
        depth = y - line
        light = 0.12 + 0.86 * ribbon / count
        shade = canvas.ramp(np.clip(light + 0.16 * np.exp(-depth / 0.05) - depth * 0.55, 0, 1))
        shadow = 0.5 * np.exp(-np.maximum(0.0, -depth) / 0.035)
        picture = picture * (1 - (shadow * (depth < 0))[..., None] * 0.8)
        picture += (shade - picture) * canvas.inside(-depth)
    return picture


def _orbits(canvas: _Canvas, rng: Random) -> Field:
    """Thin orbits and planets around a glowing disc, on a starry ground."""
    import numpy as np

    x, y = canvas.x, canvas.y
    cx, cy = rng.uniform(0.36, 0.64), rng.uniform(0.36, 0.64)
    away = np.hypot(x - cx, y - cy)
    picture = canvas.ramp(np.clip(0.34 * np.exp(-((away / 0.42) ** 2)) + 0.07 * (1 - y), 0, 1))
    for _ in range(90):
        star = np.hypot(x - rng.random(), y - rng.random()) - rng.uniform(0.0006, 0.0022)
        picture += (canvas.colours[4] - picture) * canvas.inside(star, 0.0012) * rng.uniform(0.2, 0.8)
    for orbit in range(rng.randint(5, 8)):
        radius = 0.17 + orbit * rng.uniform(0.062, 0.078)
        ring = np.abs(away - radius) - rng.uniform(0.0008, 0.003)
        picture += (canvas.colours[3] - picture) * canvas.inside(ring, 0.001) * 0.55
        turn, moon = rng.uniform(0, 6.28), rng.uniform(0.009, 0.034)
        px, py = cx + radius * np.cos(turn), cy + radius * np.sin(turn)
        lit = np.clip(0.75 - ((x - px) * (px - cx) + (y - py) * (py - cy)) / (radius * moon) * 0.4, 0.1, 1)
        picture += (canvas.ramp(lit) - picture) * canvas.inside(np.hypot(x - px, y - py) - moon)
    disc = canvas.ramp(np.clip(0.98 - 3.4 * np.hypot(x - cx + 0.04, y - cy + 0.05), 0, 1))
    return picture + (disc - picture) * canvas.inside(away - rng.uniform(0.085, 0.125))


def _lights(canvas: _Canvas, rng: Random) -> Field:
    """City lights out of focus: soft discs over each other in the dark."""
    import numpy as np

    x, y = canvas.x, canvas.y
    picture = canvas.ramp(np.clip(0.03 + 0.25 * y**2 + 0.1 * _waves(x, rng, 0.6, 1.2), 0, 1))
    for _ in range(rng.randint(34, 48)):
        radius = rng.uniform(0.02, 0.12) * rng.choice((0.6, 1.0, 1.0, 1.4))
        px, py = rng.random(), min(1.05, max(-0.05, rng.gauss(0.58, 0.24)))
        away = np.hypot(x - px, y - py)
        colour = canvas.colours[rng.choice((1, 2, 2, 3, 3, 4))]
        rim = 0.65 + 0.35 * np.clip(away / radius, 0, 1) ** 6
        glow = canvas.inside(away - radius, 0.004) * rim[..., None] * rng.uniform(0.16, 0.5)
        picture = 1 - (1 - picture) * (1 - colour * glow)
    return picture


def _strata(canvas: _Canvas, rng: Random) -> Field:
    """Marbled strata: a field folded into itself, in bands of colour with fine lines between them."""
    import numpy as np

    x, y = canvas.x * 2.2, canvas.y * 2.2
    for _ in range(4):
        a, b, c, d = (rng.uniform(0, 6.28) for _ in range(4))
        x, y = (
            x + 0.34 * np.sin(1.5 * y + a) + 0.13 * np.sin(3.1 * x + b),
            y + 0.34 * np.sin(1.5 * x + c) + 0.13 * np.sin(2.9 * y + d),
        )
    field = (np.sin(x * 1.1) + np.cos(y * 1.2) + 2) / 4
    bands = field * rng.randint(8, 12)
    down, across = np.diff(bands, axis=0, prepend=bands[:1]), np.diff(bands, axis=1, prepend=bands[:, :1])
    slope = np.maximum(np.hypot(down, across), 1e-5)
    whole = np.floor(bands)
    part = bands - whole
    # the last pixel before an edge blends into the next band, so that edges are smooth
    blend = np.clip(1 - (1 - part) / (1.5 * slope), 0, 1)
    fold = 1 - 0.42 * np.exp(-part / 0.13)
    glint = 0.16 * np.exp(-(1 - part) / 0.06)
    own = canvas.ramp((whole + 0.45 * part) / bands.max()) * fold[..., None]
    own += glint[..., None] * canvas.colours[4]
    following = canvas.ramp(np.clip((whole + 1) / bands.max(), 0, 1)) * 0.58
    return own + (following - own) * blend[..., None]


_PICTURES = (_hills, _ribbons, _orbits, _lights, _strata)


def _finished(picture: Field, seed: int) -> Pixels:
    """Darker corners and a little grain, as eight-bit pixels."""
    import numpy as np

    size = picture.shape[0]
    axis = np.linspace(-1, 1, size)
    corner = 1 - 0.2 * np.clip(axis[:, None] ** 2 + axis[None, :] ** 2 - 0.35, 0, 2)
    grain = np.random.default_rng(seed % 2**32).normal(0, 0.007, (size, size))
    done = picture * corner[..., None] + grain[..., None]
    return (np.clip(done, 0, 1) * 255 + 0.5).astype(np.uint8)


def _png(pixels: Pixels) -> bytes:
    """The pixels, shape (size, size, 3), as a PNG of eight-bit RGB, each row stored as its difference from
    the last.
    """
    import numpy as np

    size = pixels.shape[0]
    rows = pixels.reshape(size, size * 3)
    above = np.vstack([np.zeros((1, size * 3), np.uint8), rows[:-1]])
    filtered = np.hstack([np.full((size, 1), 2, np.uint8), rows - above])
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    body = zlib.compress(filtered.tobytes(), 6)
    chunks = ((b"IHDR", header), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
