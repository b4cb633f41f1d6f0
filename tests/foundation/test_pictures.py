"""Pictures: the right way up, dated, whole, and silent about places when they are given away."""

from __future__ import annotations

import io
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from PIL.ExifTags import IFD, Base

from core.foundation import pictures
from core.foundation.errors import Invalid, TooLarge

REFERENCE = Path(__file__).parents[2] / "../shared/reference/photos"

TURNED = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""EXIF orientation → what the camera did to an upright scene before it wrote the pixels."""


def scene(width: int = 300, height: int = 400) -> Image.Image:
    """An upright scene: red in its top left corner, blue in its bottom right one."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, width // 2 - 1, height // 2 - 1), fill="red")
    draw.rectangle((width // 2, height // 2, width, height), fill="blue")
    return image


def exif(orientation: int = 1, **detail: str) -> Image.Exif:
    block = Image.Exif()
    block[Base.Orientation] = orientation
    block[Base.Make], block[Base.Model] = "Xiaomi", "Mi 9T Pro"
    block[Base.Artist] = "Somebody Private"
    block[IFD.Exif] = {Base[name].value: value for name, value in detail.items()} | {
        Base.BodySerialNumber.value: "S/N 1"
    }
    block[IFD.GPSInfo] = {1: "N", 2: (14.0, 35.0, 58.0), 3: "E", 4: (120.0, 58.0, 0.0)}
    return block


def saved(image: Image.Image, kind: str = "JPEG", block: Image.Exif | None = None, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, exif=(block or exif()).tobytes(), **options)
    return out.getvalue()


def is_upright(data: bytes) -> bool:
    image = Image.open(io.BytesIO(data)).convert("RGB")
    width, height = image.size
    top, bottom = image.getpixel((width // 8, height // 8)), image.getpixel((width * 7 // 8, height * 7 // 8))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    return height > width and top[0] > 200 and top[2] < 80 and bottom[2] > 200 and bottom[0] < 80


@pytest.mark.parametrize("orientation", TURNED)
@pytest.mark.parametrize("make", [pictures.thumbnail, pictures.for_print, pictures.shared_copy])
def test_copies_stand_the_right_way_up_however_the_phone_was_held(orientation: int, make: object) -> None:
    turn = TURNED[orientation]
    pixels = scene() if turn is None else scene().transpose(turn)
    data = saved(pixels, block=exif(orientation))
    assert callable(make)
    copy = make(data)
    assert is_upright(copy)
    assert Image.open(io.BytesIO(copy)).getexif().get(Base.Orientation, 1) == 1
    assert (pictures.facts(data).width, pictures.facts(data).height) == (300, 400)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "HEIF"])
def test_other_kinds_are_copied_upright_too(kind: str) -> None:
    data = saved(scene().transpose(Image.Transpose.ROTATE_90), kind, exif(6))
    assert (pictures.facts(data).width, pictures.facts(data).height) == (300, 400)
    for make in (pictures.thumbnail, pictures.for_print, pictures.shared_copy):
        assert is_upright(make(data))


def test_sizes_are_limits_and_nothing_is_enlarged() -> None:
    data = saved(scene(1500, 2000))
    assert Image.open(io.BytesIO(pictures.thumbnail(data, 320))).size == (240, 320)
    assert Image.open(io.BytesIO(pictures.for_print(data, 1400))).size == (1050, 1400)
    assert Image.open(io.BytesIO(pictures.for_print(saved(scene(60, 80)), 1400))).size == (60, 80)
    assert Image.open(io.BytesIO(pictures.shared_copy(data))).size == (1500, 2000)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_shared_copy_says_when_but_not_where_or_whose(kind: str) -> None:
    block = exif(DateTimeOriginal="2025:11:20 09:15:00", OffsetTimeOriginal="+08:00")
    options = {"comment": b"14.59 N 120.97 E"} if kind == "JPEG" else {}
    data = saved(scene(), kind, block, **options)
    assert pictures.facts(data).located
    copy = pictures.shared_copy(data)
    told = pictures.facts(copy)
    assert not told.located
    assert told.taken_text == "2025-11-20 09:15:00"
    assert told.taken_at == datetime(2025, 11, 20, 1, 15, tzinfo=UTC)
    assert told.camera is None
    for secret in (b"Private", b"S/N", b"Xiaomi", b"14.59", b"GPS"):
        assert secret not in copy
    image = Image.open(io.BytesIO(copy))
    assert image.getexif().get_ifd(IFD.GPSInfo) == {}
    assert set(image.getexif()) <= {IFD.Exif.value}
    assert set(image.info) <= {"exif", "jfif", "jfif_version", "jfif_unit", "jfif_density", "dpi"}


def test_xmp_and_text_chunks_are_left_out_of_shared_copies() -> None:
    from PIL.PngImagePlugin import PngInfo

    words = PngInfo()
    words.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta exif:GPSLatitude='14,35N'/>")
    words.add_text("Comment", "from Rizal street 5")
    out = io.BytesIO()
    scene().save(out, "PNG", pnginfo=words)
    copy = pictures.shared_copy(out.getvalue())
    assert b"GPSLatitude" not in copy
    assert b"Rizal" not in copy
    data = saved(scene(), "JPEG", xmp=b"<x:xmpmeta exif:GPSLatitude='14,35N'/>")
    assert b"GPSLatitude" in data
    assert b"GPSLatitude" not in pictures.shared_copy(data)


def test_copies_are_the_same_every_time() -> None:
    data = saved(scene(), block=exif(6, DateTimeOriginal="2025:11:20 09:15:00"))
    for make in (pictures.thumbnail, pictures.for_print, pictures.shared_copy):
        assert make(data) == make(data)


def test_a_transparent_picture_is_shown_on_white_and_shared_as_png() -> None:
    clear = Image.new("RGBA", (50, 80), (0, 0, 0, 0))
    for kind in ("PNG", "WEBP"):
        data = saved(clear, kind)
        assert Image.open(io.BytesIO(pictures.thumbnail(data))).getpixel((5, 5)) == (255, 255, 255)
        assert Image.open(io.BytesIO(pictures.shared_copy(data))).mode == "RGBA"


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "I;16"])
def test_every_colour_mode_can_be_shown(mode: str) -> None:
    image = Image.new(mode, (40, 60)) if mode == "I;16" else scene(40, 60).convert(mode)
    data = saved(image, "JPEG" if mode == "CMYK" else "PNG")
    assert pictures.facts(data).width == 40
    for make in (pictures.thumbnail, pictures.for_print, pictures.shared_copy):
        assert Image.open(io.BytesIO(make(data))).size == (40, 60)


def test_an_edit_after_the_shot_is_told() -> None:
    block = exif(DateTimeOriginal="2021:05:19 20:32:12")
    block[Base.DateTime], block[Base.Software] = "2021:06:30 14:54:58", "Windows Photo Editor\x00"
    told = pictures.facts(saved(scene(), block=block))
    assert (told.taken_text, told.taken_at) == ("2021-05-19 20:32:12", None)
    assert (told.edited_with, told.edited_text) == ("Windows Photo Editor", "2021-06-30 14:54:58")
    assert told.camera == "Xiaomi Mi 9T Pro"


@pytest.mark.parametrize(
    "stamp", ["0000:00:00 00:00:00", "    :  :     :  :  ", "2021:13:40 99:00:00", "", "yesterday"]
)
def test_a_camera_clock_that_was_never_set_is_no_date(stamp: str) -> None:
    told = pictures.facts(saved(scene(), block=exif(DateTimeOriginal=stamp, OffsetTimeOriginal="+99:99")))
    assert (told.taken_text, told.taken_at) == (None, None)


@pytest.mark.filterwarnings("ignore:.*:UserWarning:PIL")  # Pillow says in the log what it skips
def test_damaged_exif_does_not_spoil_a_picture() -> None:
    data = saved(scene(), block=exif(DateTimeOriginal="2021:05:19 20:32:12"))
    at = data.index(b"Exif\0\0") + 6
    for broken in (data[:at] + b"\xff" * 30 + data[at + 30 :], data[: at + 8] + b"\xff\x7f" + data[at + 10 :]):
        assert pictures.facts(broken).width == 300
        assert pictures.thumbnail(broken)
        assert pictures.shared_copy(broken)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_a_picture_that_broke_off_is_refused_by_name(kind: str) -> None:
    data = saved(Image.effect_noise((400, 300), 90).convert("RGB"), kind)
    for part in (data[: len(data) // 2], data[: len(data) * 9 // 10], data[:60]):
        with pytest.raises(Invalid, match=r"The picture “box.jpg” cannot be read"):
            pictures.facts(part, "box.jpg")


def png_of(width: int, height: int) -> bytes:
    """A PNG that only claims its size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + name + body + zlib.crc32(name + body).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\x00\x00\x00"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@pytest.mark.parametrize("size", [(9_000, 9_000), (15_000, 15_000), (60_000, 60_000)])
def test_a_decompression_bomb_is_refused_before_it_is_opened(size: tuple[int, int]) -> None:
    for look in (pictures.facts, pictures.thumbnail, pictures.shared_copy):
        with pytest.raises(TooLarge, match="more pixels than Recoup opens"):
            look(png_of(*size))


def test_only_the_kinds_recoup_takes_are_opened() -> None:
    out = io.BytesIO()
    scene().save(out, "TIFF")
    with pytest.raises(Invalid):
        pictures.facts(out.getvalue())


@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference photos are not here")
def test_real_phone_photos_tell_when_they_were_taken_and_edited() -> None:
    told = pictures.facts((REFERENCE / "box_wetAndHole.jpg").read_bytes())
    assert (told.width, told.height) == (1951, 2060)
    assert told.taken_text == "2021-05-19 20:32:12"
    assert told.edited_text == "2021-06-30 14:54:58"
    assert told.camera == "Xiaomi Mi 9T Pro"
    for photo in REFERENCE.glob("*.jpg"):
        data = photo.read_bytes()
        copy = pictures.shared_copy(data)
        assert pictures.facts(copy).taken_text == pictures.facts(data).taken_text
        assert b"Xiaomi" not in copy
        assert b"adobe" not in copy.lower()
        assert len(copy) < 1.3 * len(data)
        assert max(Image.open(io.BytesIO(pictures.thumbnail(data))).size) == 320
