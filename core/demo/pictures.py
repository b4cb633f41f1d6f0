"""Proofs drawn by hand of the machine: photos of boxes and labels, screenshots, a short video, papers as PDF.

Each is a real file of its kind, made anew from a seed: photos are JPEG with the EXIF a phone writes, the video is an MP4 of
JPEG pictures, papers are set by typst.
"""

from __future__ import annotations

import io
import math
import random
import struct
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from PIL.ExifTags import GPS, IFD, Base

from core.demo import words
from core.foundation import documents
from core.foundation.documents import FONTS

CANVAS = (880, 660)
SIZE = (720, 540)
"""What is drawn on, and what a photo measures in the end."""

CARDBOARD = ((196, 158, 112), (176, 138, 94), (214, 180, 136))
FLOORS = ((150, 146, 140), (122, 98, 76), (96, 104, 112), (178, 170, 158))
PHONES = (
    ("Xiaomi", "23049RAD8C"),
    ("OPPO", "CPH2581"),
    ("vivo", "V2307"),
    ("samsung", "SM-A546E"),
    ("Apple", "iPhone 14"),
)

# Town squares of the markets, for photos that carry a place; the demo's people live nowhere.
PLACES = {
    "SG": (1.2931, 103.8520), "MY": (3.1478, 101.6953), "TH": (13.7525, 100.4942), "VN": (10.7769, 106.7009),
    "PH": (14.5826, 120.9787), "ID": (-6.1754, 106.8272), "TW": (25.0478, 121.5170), "BR": (-23.5505, -46.6333),
    "MX": (19.4326, -99.1332),
}  # fmt: skip


@lru_cache(maxsize=64)
def _font(size: int, *, script: str = "") -> ImageFont.FreeTypeFont:
    name = {"th": "NotoSansThai-Regular.ttf", "zh": "NotoSansSC-Regular.otf"}.get(script, "NotoSans-Regular.ttf")
    return ImageFont.truetype(str(FONTS / name), size)


def script_of(text: str) -> str:
    """Which of the fonts a text needs."""
    if any("\u0e00" <= letter <= "\u0e7f" for letter in text):
        return "th"
    return "zh" if any("\u3000" <= letter <= "\u9fff" for letter in text) else ""


@lru_cache(maxsize=1)
def _grain() -> np.ndarray[Any, np.dtype[np.int16]]:
    """The noise of a phone's sensor, larger than any picture so that each takes another piece of it."""
    width, height = SIZE
    return np.random.default_rng(1).normal(0, 7, (height + 200, width + 200, 3)).astype(np.int16)


def photo(
    kind: str,
    rng: random.Random,
    *,
    number: str,
    lines: Sequence[str] = (),
    taken: datetime | None = None,
    market: str = "SG",
) -> bytes:
    """A photo of that evidence kind, with the parcel's number on its label. `taken` (aware) goes into its EXIF."""
    image = _grained(_held(_drawn(kind, rng, number, lines), rng.uniform(-4, 4), (0, 0)), rng)
    if rng.random() < 0.12:
        image = image.filter(ImageFilter.GaussianBlur(2.2))
    turned = rng.random() < 0.2
    if turned:
        image = image.transpose(Image.Transpose.ROTATE_90)
    out = io.BytesIO()
    exif = _exif(rng, taken, market, 6 if turned else 1) if taken is not None or turned else Image.Exif()
    image.save(out, "JPEG", quality=80, exif=exif)
    return out.getvalue()


def film(rng: random.Random, *, number: str, lines: Sequence[str] = ()) -> bytes:
    """A short video of a box, from a hand that moves a little."""
    drawn = _drawn("outer_box_photo", rng, number, lines)
    frames = []
    for n in range(5):
        out = io.BytesIO()
        _grained(_held(drawn, 1.5 * n - 3, (12 * n, -6 * n)), rng).save(out, "JPEG", quality=70)
        frames.append(out.getvalue())
    return video(frames, SIZE)


def _drawn(kind: str, rng: random.Random, number: str, lines: Sequence[str]) -> Image.Image:
    """What is to be seen, on a floor."""
    image = Image.new("RGB", CANVAS, rng.choice(FLOORS))
    draw = ImageDraw.Draw(image)
    for _n in range(14):
        y, slope, colour = rng.randrange(CANVAS[1]), rng.randrange(-40, 40), _shade(FLOORS[1], rng.uniform(0.7, 1.2))
        draw.line([(0, y), (CANVAS[0], y + slope)], fill=colour, width=1)
    motifs = {"label_photo": _label_close, "item_photo": _item, "inner_packaging_photo": _inside}
    motifs.get(kind, _box)(image, rng, number, lines)
    return image


def _held(drawn: Image.Image, degrees: float, shift: tuple[int, int]) -> Image.Image:
    """The canvas as a hand holds the phone over it: turned, shifted, at a photo's size."""
    by, cos, sin = CANVAS[0] / SIZE[0], math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    middle = (CANVAS[0] / 2 + shift[0], CANVAS[1] / 2 + shift[1])
    across, down = SIZE[0] / 2, SIZE[1] / 2
    wide = (by * cos, by * sin, middle[0] - by * (cos * across + sin * down))
    high = (-by * sin, by * cos, middle[1] - by * (cos * down - sin * across))
    return drawn.transform(
        SIZE, Image.Transform.AFFINE, (*wide, *high), Image.Resampling.NEAREST, fillcolor=(60, 60, 62)
    )


def _grained(image: Image.Image, rng: random.Random) -> Image.Image:
    x, y = rng.randrange(200), rng.randrange(200)
    pixels = np.asarray(image).astype(np.int16) + _grain()[y : y + SIZE[1], x : x + SIZE[0]]
    return Image.fromarray(pixels.clip(0, 255).astype(np.uint8))


def _exif(rng: random.Random, taken: datetime | None, market: str, orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[Base.Orientation] = orientation
    exif[Base.Make], exif[Base.Model] = rng.choice(PHONES)
    if taken is None:
        return exif
    local = taken.astimezone(ZoneInfo("Asia/Shanghai"))
    detail: dict[int, Any] = {Base.DateTimeOriginal: f"{local:%Y:%m:%d %H:%M:%S}"}
    if rng.random() < 0.8:
        detail[Base.OffsetTimeOriginal] = "+08:00"
    exif[IFD.Exif] = detail
    if rng.random() < 0.35:
        north, east = PLACES[market]
        exif[IFD.GPSInfo] = {
            GPS.GPSLatitudeRef: "N" if north >= 0 else "S",
            GPS.GPSLatitude: _degrees(abs(north)),
            GPS.GPSLongitudeRef: "E" if east >= 0 else "W",
            GPS.GPSLongitude: _degrees(abs(east)),
        }
    return exif


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = value % 1 * 60
    return float(int(value)), float(int(minutes)), round(minutes % 1 * 60, 2)


def _shade(colour: tuple[int, int, int], by: float) -> tuple[int, int, int]:
    red, green, blue = (min(255, max(0, int(part * by))) for part in colour)
    return red, green, blue


def _box(image: Image.Image, rng: random.Random, number: str, lines: Sequence[str]) -> None:
    """A carton seen from a corner, dented or wet, with its label."""
    draw = ImageDraw.Draw(image)
    brown = rng.choice(CARDBOARD)
    left, top, wide, high, deep = rng.randrange(120, 220), rng.randrange(180, 240), rng.randrange(400, 480), 300, 130
    front = [(left, top), (left + wide, top + 30), (left + wide, top + high), (left, top + high - 20)]
    lid = [(left, top), (left + deep, top - 90), (left + wide + deep - 20, top - 60), (left + wide, top + 30)]
    side = [
        (left + wide, top + 30),
        (left + wide + deep - 20, top - 60),
        (left + wide + deep - 30, top + high - 70),
        (left + wide, top + high),
    ]
    for face, by in ((front, 1.0), (lid, 1.15), (side, 0.8)):
        draw.polygon(face, fill=_shade(brown, by), outline=_shade(brown, 0.6))
    tape = [(left + 30, top + 2), (left + deep + 30, top - 88), (left + deep + 80, top - 86), (left + 80, top + 6)]
    draw.polygon(tape, fill=(206, 190, 150))
    _damage(draw, rng, (left + 30, top + 60, left + wide - 30, top + high - 40))
    _label(image, rng, (left + wide // 2, top + 90), (190, 130), number, lines)


def _damage(draw: ImageDraw.ImageDraw, rng: random.Random, place: tuple[int, int, int, int]) -> None:
    for _n in range(rng.randrange(2, 5)):
        x, y = rng.randrange(place[0], place[2]), rng.randrange(place[1], place[3])
        if rng.random() < 0.4:
            size = rng.randrange(30, 90)
            draw.ellipse((x - size, y - size // 2, x + size, y + size // 2), fill=(120, 92, 60))
        else:
            points = [(x + rng.randrange(-70, 70), y + rng.randrange(-50, 50)) for _point in range(5)]
            draw.line(points, fill=(92, 66, 40), width=rng.randrange(2, 6))


def _label(
    image: Image.Image,
    rng: random.Random,
    at: tuple[int, int],
    size: tuple[int, int],
    number: str,
    lines: Sequence[str],
) -> None:
    """A waybill: bars, the number, a few lines."""
    label = Image.new("RGB", size, (248, 248, 244))
    draw = ImageDraw.Draw(label)
    wide, high = size
    x, strokes = wide // 12, words.dice(number)
    while x < wide * 11 // 12:
        bar = strokes.randrange(1, max(2, wide // 70) + 1)
        draw.rectangle((x, high // 10, x + bar, high // 2), fill=(20, 20, 20))
        x += bar + strokes.randrange(1, max(2, wide // 70) + 1)
    draw.text((wide // 12, high * 52 // 100), number, font=_font(max(9, wide // 14)), fill=(10, 10, 10))
    for row, line in enumerate(lines[:3]):
        size_of = max(8, wide // 20)
        draw.text(
            (wide // 12, high * 68 // 100 + row * (size_of + 2)),
            line[:40],
            font=_font(size_of, script=script_of(line)),
            fill=(40, 40, 40),
        )
    draw.rectangle((0, 0, wide - 1, high - 1), outline=(90, 90, 90))
    turned = label.rotate(rng.uniform(-7, 7), Image.Resampling.BILINEAR, expand=True, fillcolor=(170, 134, 92))
    image.paste(turned, (at[0] - turned.width // 4, at[1]))


def _label_close(image: Image.Image, rng: random.Random, number: str, lines: Sequence[str]) -> None:
    image.paste(rng.choice(CARDBOARD), (0, 0, *CANVAS))
    _label(image, rng, (230, 90), (560, 420), number, lines)


def _item(image: Image.Image, rng: random.Random, number: str, lines: Sequence[str]) -> None:
    """The article, whatever it is, in pieces."""
    draw = ImageDraw.Draw(image)
    colour = rng.choice([(232, 232, 226), (70, 96, 132), (40, 42, 48), (188, 84, 62)])
    centre = (CANVAS[0] // 2, CANVAS[1] // 2)
    for _n in range(rng.randrange(5, 9)):
        x, y = centre[0] + rng.randrange(-210, 210), centre[1] + rng.randrange(-150, 150)
        points = [(x + rng.randrange(-110, 110), y + rng.randrange(-80, 80)) for _point in range(4)]
        draw.polygon(points, fill=_shade(colour, rng.uniform(0.7, 1.1)), outline=(30, 30, 30))
    draw.line([(200, 150), (450, 330), (690, 290)], fill=(20, 20, 20), width=3)


def _inside(image: Image.Image, rng: random.Random, number: str, lines: Sequence[str]) -> None:
    """An open carton: bubble wrap, and what is left between."""
    draw = ImageDraw.Draw(image)
    brown = rng.choice(CARDBOARD)
    draw.rectangle((110, 80, 770, 590), fill=_shade(brown, 0.7))
    draw.rectangle((150, 120, 730, 550), fill=_shade(brown, 0.95))
    for x in range(170, 720, 26):
        for y in range(140, 540, 26):
            grey = rng.randrange(196, 236)
            draw.ellipse((x, y, x + 22, y + 22), fill=(grey, grey, grey + 6), outline=(170, 174, 180))
    _damage(draw, rng, (250, 200, 620, 460))


def screenshot(title: str, rows: Sequence[tuple[str, str]], rng: random.Random) -> bytes:
    """A phone's screen as PNG: a title, and rows of name and value."""
    image = Image.new("RGB", (540, 960), (247, 247, 247))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 540, 92), fill=rng.choice([(238, 77, 45), (20, 90, 150), (0, 130, 90)]))
    draw.text((28, 40), title, font=_font(26, script=script_of(title)), fill="white")
    y = 120
    for name, value in rows[:14]:
        draw.text((28, y), name, font=_font(17, script=script_of(name)), fill=(130, 130, 130))
        for part in [value[n : n + 40] for n in range(0, min(len(value), 120), 40)]:
            y += 25
            draw.text((28, y), part, font=_font(19, script=script_of(part)), fill=(30, 30, 30))
        y += 34
        draw.line([(28, y - 6), (512, y - 6)], fill=(226, 226, 226))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def paper(
    title: str, facts: Sequence[tuple[str, str]], lines: Sequence[Sequence[str]], *, foot: str, at: datetime
) -> bytes:
    """A PDF with a heading, facts, a table and a foot: invoice, waybill, notice, form."""
    data = {"title": title, "facts": [list(one) for one in facts], "lines": [list(one) for one in lines], "foot": foot}
    return documents.render("paper", data, {}, at=at)


def video(pictures: Sequence[bytes], size: tuple[int, int]) -> bytes:
    """An MP4 that shows JPEG pictures one after the other, half a second each."""
    frames = b"".join(pictures)
    brand = _atom(b"ftyp", b"mp42" + struct.pack(">I", 0) + b"mp42isom")
    offset = len(brand) + 8
    places = [offset + sum(map(len, pictures[:n])) for n in range(len(pictures))]
    return brand + _atom(b"mdat", frames) + _movie(pictures, places, size)


def _atom(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content) + 8) + name + content


def _movie(pictures: Sequence[bytes], places: Sequence[int], size: tuple[int, int]) -> bytes:
    count, length = len(pictures), len(pictures) * 500
    unity = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    wide, high = size
    sample = (
        struct.pack(">6xHHH12xHHIIIH", 1, 0, 0, wide, high, 72 << 16, 72 << 16, 0, 1)
        + bytes([4]) + b"JPEG".ljust(31, b"\0") + struct.pack(">Hh", 24, -1)
    )  # fmt: skip
    table = (
        _atom(b"stsd", struct.pack(">II", 0, 1) + _atom(b"jpeg", sample))
        + _atom(b"stts", struct.pack(">IIII", 0, 1, count, 500))
        + _atom(b"stsc", struct.pack(">IIIII", 0, 1, 1, 1, 1))
        + _atom(b"stsz", struct.pack(f">III{count}I", 0, 0, count, *map(len, pictures)))
        + _atom(b"stco", struct.pack(f">II{count}I", 0, count, *places))
    )
    where = _atom(b"dinf", _atom(b"dref", struct.pack(">II", 0, 1) + _atom(b"url ", struct.pack(">I", 1))))
    media = (
        _atom(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, length, 0x55C4, 0))
        + _atom(b"hdlr", struct.pack(">II4s12x", 0, 0, b"vide") + b"video\0")
        + _atom(b"minf", _atom(b"vmhd", struct.pack(">IHHHH", 1, 0, 0, 0, 0)) + where + _atom(b"stbl", table))
    )
    track = _atom(
        b"tkhd",
        struct.pack(">IIIIIIIIHHHH", 7, 0, 0, 1, 0, length, 0, 0, 0, 0, 0, 0)
        + unity
        + struct.pack(">II", wide << 16, high << 16),
    )
    head = (
        struct.pack(">IIIIIIHH8x", 0, 0, 0, 1000, length, 0x10000, 0x100, 0) + unity + struct.pack(">6II", *[0] * 6, 2)
    )
    return _atom(b"moov", _atom(b"mvhd", head) + _atom(b"trak", track + _atom(b"mdia", media)))
