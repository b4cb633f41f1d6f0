"""Small real videos, made once each: H.264 with or without sound, VP8, motion JPEG, upright ones."""

from __future__ import annotations

import io
from fractions import Fraction
from functools import lru_cache
from typing import Any

import av
import numpy as np
from PIL import Image, ImageDraw


@lru_cache(maxsize=32)
def film(
    seconds: float = 2,
    *,
    size: tuple[int, int] = (160, 120),
    codec: str = "libx264",
    kind: str = "mp4",
    rate: int = 10,
    gop: int = 10,
    sound: bool = False,
    pictures: bool = True,
    seed: int = 0,
) -> bytes:
    """A film whose picture says its time: a white bar grows from left to right."""
    out = io.BytesIO()
    with av.open(out, "w", format=kind) as target:
        picture: Any = None
        if pictures:
            picture = target.add_stream(codec, rate=rate, options={"threads": "1"})
            picture.width, picture.height = size
            picture.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
            picture.codec_context.gop_size = gop
        voice: Any = target.add_stream("aac", rate=48_000, layout="mono") if sound else None
        frames = int(seconds * rate)
        for n in range(frames if pictures else 0):
            image = Image.new("RGB", size, (seed * 40 % 256, 80, 120))
            ImageDraw.Draw(image).rectangle((0, 0, size[0] * (n + 1) // frames, size[1] // 3), fill="white")
            make: Any = av.VideoFrame.from_image
            target.mux(picture.encode(make(image).reformat(format=picture.pix_fmt)))
        if pictures:
            target.mux(picture.encode(None))
        if voice is not None:
            for at in range(0, int(48_000 * seconds) - 1023, 1024):
                piece: Any = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                piece.sample_rate, piece.pts, piece.time_base = 48_000, at, Fraction(1, 48_000)
                target.mux(voice.encode(piece))
            target.mux(voice.encode(None))
    return out.getvalue()
