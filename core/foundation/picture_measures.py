"""How sharp, how light a picture is, and what it looks like: measured, not judged.

Everything is measured on one small grey copy, so that a photo costs the same whatever its size and pictures of different
sizes can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.foundation import pictures

SIDE = 1000
"""The longer side of the copy that is measured, in pixels at most; a smaller picture is taken as it is."""

_TILES = 8
_BEST = 4
_LEAST_SPAN = 100.0
_PLAIN = 4.0

Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Measures:
    """What was measured. Grey levels are 0 to 255.

    `sharpness`: how strongly the sharpest parts change from pixel to pixel; several hundred and more when in focus, under
    two hundred when blurred or shaken. `brightness`: the mean; `light`: the level that a twentieth of the picture reaches;
    `burnt`: the share of white pixels, and `ink` that of dark ones among the rest. `phash` and `dhash`: what it looks like,
    as signed 64-bit numbers, None for a picture too plain to tell from another.
    """

    sharpness: float
    brightness: float
    light: float
    burnt: float
    ink: float
    phash: int | None
    dhash: int | None


def measure(data: bytes, name: str = "") -> Measures:
    """Measure a picture, the right way up. `name` is for the refusals, which are those of `pictures.facts`."""
    small = pictures.grey(data, SIDE, name)
    pixels = np.asarray(small, dtype=np.float32)
    burnt = pixels >= 250
    rest = pixels.size - int(burnt.sum())
    phash, dhash = _hashes(small)
    return Measures(
        sharpness=round(_sharpness(pixels), 1),
        brightness=round(float(pixels.mean()), 1),
        light=float(np.percentile(pixels, 95)),
        burnt=round(1 - rest / pixels.size, 4),
        ink=round(int((pixels <= 100).sum()) / rest, 4) if rest else 0.0,
        phash=phash,
        dhash=dhash,
    )


def distance(one: int, other: int) -> int:
    """How many of 64 bits differ."""
    return ((one ^ other) & (2**64 - 1)).bit_count()


def _sharpness(pixels: Grey) -> float:
    """The variance of the second derivative in the sharpest tiles, in the weaker direction, at full contrast.

    The sharpest tiles, because a parcel may stand before a soft background; the weaker direction, because a shaken picture
    stays sharp along the shake; at full contrast, because a grey box is no blurred one. Contrast is lifted only so far:
    beyond it would be noise that looks sharp.
    """
    if min(pixels.shape) < _TILES + 2:
        return 0.0
    middle = 2 * pixels[1:-1, 1:-1]
    across = _tiles(pixels[1:-1, :-2] + pixels[1:-1, 2:] - middle)
    down = _tiles(pixels[:-2, 1:-1] + pixels[2:, 1:-1] - middle)
    best = np.sort(np.minimum(across, down))[-_BEST:].mean() * 4
    low, high = np.percentile(pixels, (1, 99))
    return float(best * (255 / max(high - low, _LEAST_SPAN)) ** 2)


def _tiles(values: Grey) -> NDArray[Any]:
    """The variance in each of 8 by 8 tiles."""
    height, width = values.shape[0] // _TILES, values.shape[1] // _TILES
    cut = values[: height * _TILES, : width * _TILES].reshape(_TILES, height, _TILES, width)
    return np.asarray(cut.var(axis=(1, 3))).ravel()


def _hashes(image: Image.Image) -> tuple[int | None, int | None]:
    import imagehash  # brings SciPy along, which nobody should wait for at the start

    if np.asarray(image.resize((32, 32), Image.Resampling.BOX), dtype=np.float32).std() < _PLAIN:
        return None, None
    return _signed(imagehash.phash(image).hash), _signed(imagehash.dhash(image).hash)


def _signed(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits.ravel()).tobytes(), "big", signed=True)
