"""Pictures: what they say of themselves, and upright copies of them for screens, documents and other people's eyes.

Originals are never touched. Copies are made again from the original's bytes, come out the same every time, stand
the right way up, and carry nothing that the original's file said about place, person or device.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pillow_heif
from PIL import Image, JpegImagePlugin
from PIL.ExifTags import IFD, Base

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _

pillow_heif.register_heif_opener(thumbnails=False)

FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
MOST_PIXELS = {"JPEG": 120_000_000, "MPO": 120_000_000}
"""How many pixels are decoded at most. A JPEG is decoded at a fraction of its size, so phones' largest ones pass."""
MOST_PIXELS_ELSE = 64_000_000
LONGEST_SIDE = 65_535
"""Of any picture, as of a JPEG: a strip one pixel wide costs memory by the row."""

# Pillow's own limit guards whatever else the process opens; here every picture is measured before it is decoded.
Image.MAX_IMAGE_PIXELS = 120_000_000

# Broken EXIF makes Pillow mutter at whoever runs the server; the picture is proof even so.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.TiffImagePlugin")

# What EXIF says about how the camera was held → how to turn the pixels upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ON_THEIR_SIDE = (5, 6, 7, 8)

_STAMP = re.compile(r"(\d{4})[:\-.](\d\d)[:\-.](\d\d)[ T](\d\d):(\d\d):(\d\d)")
_OFFSET = re.compile(r"([+-])(\d\d):?(\d\d)")


@dataclass(frozen=True)
class Facts:
    """What a picture says of itself. Width and height in pixels, the right way up.

    `taken_text` is the camera's own clock (`2021-05-19 20:32:12`, in an unnamed zone unless it gave an offset);
    `taken_at` the moment, in UTC, only where the camera gave its offset. `edited_with` names the program that last
    saved the picture and `edited_text` when, where that was after it was taken.
    """

    width: int
    height: int
    taken_at: datetime | None = None
    taken_text: str | None = None
    camera: str | None = None
    edited_with: str | None = None
    edited_text: str | None = None
    located: bool = False


def facts(data: bytes, name: str = "") -> Facts:
    """Read a picture's facts and decode it once, to be sure it is whole. `name` is for the refusals.

    Raises Invalid for a damaged picture, TooLarge for one with too many pixels.
    """
    with _opened(data, name) as image:
        size = image.size
        exif = _exif(image)
        _shrink_on_load(image, 160)  # a small decode still reads the whole file
        image.load()
    turned = exif.get(Base.Orientation.value) in _ON_THEIR_SIDE
    width, height = (size[1], size[0]) if turned else size
    return Facts(width, height, **_told(exif))


def thumbnail(data: bytes, side: int = 320) -> bytes:
    """A JPEG at most `side` pixels wide and high, upright, on white."""
    return _jpeg(_upright(data, side), quality=78)


def for_print(data: bytes, side: int = 1000) -> bytes:
    """A JPEG for a document, at most `side` pixels wide and high, upright, on white."""
    return _jpeg(_upright(data, side), quality=82)


def fitted(data: bytes, name: str = "", *, side: int, short: int, quality: int) -> bytes:
    """A JPEG for a receiver, upright, on white, with nothing of the original's file but the date it was taken.

    Its longer side is at most `side` pixels, unless that would leave its shorter one below `short`: what was readable
    stays readable. It is never enlarged. Raises as `facts`.
    """
    with _opened(data, name) as image:
        exif, (width, height) = _exif(image), image.size
        longest = min(max(width, height), max(side, -(-short * max(width, height) // min(width, height))))
        _shrink_on_load(image, longest)
        small = _flat(image)
        small.thumbnail((longest, longest), Image.Resampling.LANCZOS, reducing_gap=2.0)
    copy, out = _bare(_turned(small, exif)), io.BytesIO()
    copy.save(out, "JPEG", quality=quality, icc_profile=copy.info.get("icc_profile"), exif=_kept(exif))
    return out.getvalue()


def grey(data: bytes, side: int, name: str = "") -> Image.Image:
    """A grey picture to measure, upright, on white, at most `side` pixels wide and high, never enlarged. As `facts`."""
    with _opened(data, name) as image:
        exif = _exif(image)
        _shrink_on_load(image, side, "L")
        flat = _flat(image).convert("L")
        flat.thumbnail((side, side), Image.Resampling.BOX)
    return _bare(_turned(flat, exif))


def shared_copy(data: bytes) -> bytes:
    """A copy to give away, in full size and upright: JPEG, or PNG where the original is one or is transparent.

    Of what the original's file said, only the date it was taken is left: no place, no device, no person, no older
    version.
    """
    with _opened(data) as image:
        source = image.format
        exif, tables = _exif(image), _tables(image)
        copy = _bare(_turned(image, exif))
    kept = {"exif": _kept(exif), "icc_profile": copy.info.get("icc_profile")}
    out = io.BytesIO()
    if source == "PNG" or "A" in copy.getbands():
        copy.save(out, "PNG", **kept)
    else:
        _flat(copy).save(out, "JPEG", **kept, **(tables or {"quality": 92}))
    return out.getvalue()


@contextmanager
def _opened(data: bytes, name: str = "") -> Iterator[Image.Image]:
    """The picture, opened and measured. What Pillow trips over becomes a sentence."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            width, height = image.size
            if max(width, height) > LONGEST_SIDE or width * height > MOST_PIXELS.get(
                image.format or "", MOST_PIXELS_ELSE
            ):
                raise _too_many_pixels(name)
            yield image
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels(name) from error
    except (OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, RuntimeError) as error:
        raise _damaged(name) from error


def _damaged(name: str) -> Invalid:
    return Invalid(_("The picture “{name}” cannot be read: it is damaged or broke off. Send it again.", name=name))


def _too_many_pixels(name: str) -> TooLarge:
    return TooLarge(_("“{name}” has more pixels than Recoup opens. Send a smaller version.", name=name))


def _upright(data: bytes, side: int) -> Image.Image:
    """The picture the right way up, on white, at most `side` in either direction, never enlarged."""
    with _opened(data) as image:
        exif = _exif(image)
        _shrink_on_load(image, side)
        small = _flat(image)
        small.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return _bare(_turned(small, exif))


def _turned(image: Image.Image, exif: Image.Exif) -> Image.Image:
    """A new picture, turned the way up that its EXIF block says."""
    turn = _TURNS.get(exif.get(Base.Orientation.value, 1))
    return image.copy() if turn is None else image.transpose(turn)


def _shrink_on_load(image: Image.Image, side: int, mode: str | None = None) -> None:
    """Let a JPEG be decoded at a half, a quarter or an eighth of its size, its longer side still at least `side`."""
    if isinstance(image, JpegImagePlugin.JpegImageFile):
        width, height = image.size
        longer = max(width, height)
        image.draft(mode, (max(1, width * side // longer), max(1, height * side // longer)))


def _flat(image: Image.Image) -> Image.Image:
    """The picture in RGB or grey, what is transparent on white. A new one, with the colour profile if it still fits."""
    profile = image.info.get("icc_profile") if image.mode in ("RGB", "RGBA", "L") else None
    if image.mode == "L":
        flat = image.copy()
    elif image.has_transparency_data:
        clear = image.convert("RGBA")
        flat = Image.new("RGB", clear.size, "white")
        flat.paste(clear, mask=clear.getchannel("A"))
    else:
        flat = image.convert("RGB")
    flat.info = {"icc_profile": profile} if profile else {}
    return flat


def _bare(image: Image.Image) -> Image.Image:
    """The picture with nothing beside its pixels but the colour profile: Pillow would copy comments along."""
    image.info = {key: value for key, value in image.info.items() if key == "icc_profile"}
    return image


def _jpeg(image: Image.Image, *, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality, icc_profile=image.info.get("icc_profile"))
    return out.getvalue()


def _tables(image: Image.Image) -> dict[str, Any]:
    """How a JPEG was compressed, so that its copy is compressed the same way and loses next to nothing more."""
    if not isinstance(image, JpegImagePlugin.JpegImageFile) or image.mode not in ("RGB", "L"):
        return {}
    tables = image.quantization
    if any(value > 255 for table in tables.values() for value in table):
        return {}
    sampling = JpegImagePlugin.get_sampling(image)
    return {"qtables": tables} | ({"subsampling": sampling} if sampling >= 0 else {})


def _exif(image: Image.Image) -> Image.Exif:
    """The EXIF block; an empty one where it is damaged, because a picture is proof even without it."""
    try:
        exif = image.getexif()
        exif.get_ifd(IFD.Exif)
        return exif
    except Exception:
        return Image.Exif()


def _told(exif: Image.Exif) -> dict[str, Any]:
    detail = exif.get_ifd(IFD.Exif)
    taken = _stamp(detail.get(Base.DateTimeOriginal.value)) or _stamp(detail.get(Base.DateTimeDigitized.value))
    edited = _stamp(exif.get(Base.DateTime.value))
    later = edited is not None and taken is not None and edited > taken
    return {
        "taken_text": None if taken is None else f"{taken:%Y-%m-%d %H:%M:%S}",
        "taken_at": _moment(taken, detail.get(Base.OffsetTimeOriginal.value) or detail.get(Base.OffsetTime.value)),
        "camera": " ".join(filter(None, (_words(exif.get(Base.Make.value)), _words(exif.get(Base.Model.value)))))
        or None,
        "edited_with": _words(exif.get(Base.Software.value)) if later else None,
        "edited_text": f"{edited:%Y-%m-%d %H:%M:%S}" if later and edited else None,
        "located": any(tag in exif.get_ifd(IFD.GPSInfo) for tag in (2, 4)),
    }


def _words(value: object) -> str | None:
    """A camera's or program's name as it may be shown: printable, short."""
    if not isinstance(value, str):
        return None
    return "".join(letter for letter in value if letter.isprintable()).strip()[:80] or None


def _stamp(value: object) -> datetime | None:
    """A camera's own clock. Cameras whose clock was never set write zeros or spaces, or a year nobody took photos in."""
    match = _STAMP.match(value.strip()) if isinstance(value, str) else None
    if match is None or not 1900 <= int(match[1]) <= 2200:
        return None
    try:
        return datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type] # noqa: DTZ001 - has no zone
    except ValueError:
        return None


def _moment(stamp: datetime | None, offset: object) -> datetime | None:
    match = _OFFSET.fullmatch(offset.strip()) if isinstance(offset, str) else None
    if stamp is None or match is None:
        return None
    sign, hours, minutes = match.groups()
    east = timedelta(hours=int(hours), minutes=int(minutes)) * (1 if sign == "+" else -1)
    if abs(east) > timedelta(hours=14):
        return None
    return stamp.replace(tzinfo=timezone(east)).astimezone(UTC)


def _kept(exif: Image.Exif) -> bytes:
    """An EXIF block with the date it was taken, and nothing else; empty where there is none."""
    detail = exif.get_ifd(IFD.Exif)
    kept = {tag.value: _words(detail.get(tag.value)) for tag in (Base.DateTimeOriginal, Base.OffsetTimeOriginal)}
    if _stamp(kept[Base.DateTimeOriginal.value]) is None:
        return b""
    new = Image.Exif()
    new[IFD.Exif] = {tag: value for tag, value in kept.items() if value}
    return new.tobytes()
