"""Sharpness, light and likeness are measured the same for every size of picture."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance, ImageFilter

from core.demo import pictures as drawn
from core.foundation import pictures
from core.foundation.errors import Invalid
from core.foundation.picture_measures import distance, measure

PHOTOS = Path(__file__).parents[2] / "../shared/reference/photos"
real = pytest.mark.skipif(not PHOTOS.is_dir(), reason="the reference photos are not here")


def saved(image: Image.Image, kind: str = "JPEG", **more: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def a_label(seed: int = 11) -> Image.Image:
    """A drawn photo of a label in focus."""
    data = drawn.photo("label_photo", random.Random(seed), number=f"SPXSG{seed:09d}", lines=["Mei Tan", "Singapore"])
    return pictures._upright(data, 4000)


def shaken(image: Image.Image, by: int, axis: int) -> Image.Image:
    pixels = np.asarray(image.convert("RGB")).astype(np.float32)
    moved = np.stack([np.roll(pixels, n, axis=axis) for n in range(by)])
    return Image.fromarray(moved.mean(axis=0).astype(np.uint8))


def test_a_softened_picture_measures_less_with_every_step() -> None:
    image = a_label()
    steps = [measure(saved(image.filter(ImageFilter.GaussianBlur(radius)))).sharpness for radius in (0, 1, 2, 4)]
    assert steps == sorted(steps, reverse=True)
    assert steps[0] > 5 * steps[2]


@pytest.mark.parametrize("axis", [0, 1])
def test_a_shaken_picture_is_not_sharp_though_it_is_sharp_along_the_shake(axis: int) -> None:
    image = a_label()
    assert measure(saved(shaken(image, 14, axis))).sharpness < measure(saved(image)).sharpness / 10


def test_size_does_not_make_a_picture_sharp() -> None:
    image = a_label().resize((1440, 1080))
    large, small = measure(saved(image.resize((4000, 3000)))), measure(saved(image))
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.8)


def test_light_is_measured_as_mean_and_as_what_is_burnt_out() -> None:
    image = a_label()
    assert measure(saved(ImageEnhance.Brightness(image).enhance(0.1))).brightness < 25
    white = measure(saved(Image.new("RGB", (200, 200), "white")))
    assert (white.burnt, white.ink) == (1.0, 0.0)
    paper = Image.new("L", (400, 400), 255)
    paper.paste(0, (0, 0, 400, 60))
    assert measure(saved(paper, "PNG")).ink == 1.0


def test_a_picture_looks_like_itself_however_it_was_sent() -> None:
    image = a_label()
    first = measure(saved(image))
    for other in (
        saved(image, quality=35),
        saved(image.resize((image.width // 2, image.height // 2))),
        saved(image.convert("L")),
        saved(ImageEnhance.Brightness(image).enhance(0.8)),
        saved(image, "PNG"),
    ):
        found = measure(other)
        assert (
            first.phash is not None and first.dhash is not None and found.phash is not None and found.dhash is not None
        )
        assert distance(first.phash, found.phash) <= 2 and distance(first.dhash, found.dhash) <= 3


def test_a_turned_picture_is_measured_upright() -> None:
    image = a_label()
    block = Image.Exif()
    block[0x0112] = 6
    turned = saved(image.transpose(Image.Transpose.ROTATE_90), exif=block.tobytes(), quality=95)
    one, other = measure(saved(image, quality=95)).phash, measure(turned).phash
    assert one is not None and other is not None and distance(one, other) <= 4


def test_a_plain_picture_looks_like_nothing() -> None:
    assert measure(saved(Image.new("RGB", (300, 300), "grey"))).phash is None


def test_what_is_no_picture_is_refused_by_name() -> None:
    with pytest.raises(Invalid, match="label"):
        measure(b"\xff\xd8\xff", "label.jpg")


def test_a_tiny_picture_is_measured_too() -> None:
    assert measure(saved(Image.new("RGB", (3, 2), "red"), "PNG")).sharpness == 0.0


@real
@pytest.mark.parametrize("name", ["AR_box_example_noDMG_m.jpg", "box_dent.jpg", "box_wetAndHole.jpg"])
def test_phone_photos_of_boxes_are_in_focus_and_in_good_light(name: str) -> None:
    data = (PHOTOS / name).read_bytes()
    found = measure(data)
    assert found.sharpness > 500
    assert 90 < found.brightness < 150
    assert found.burnt < 0.05
    soft = measure(saved(pictures._upright(data, 4000).filter(ImageFilter.GaussianBlur(4))))
    assert soft.sharpness < 60
