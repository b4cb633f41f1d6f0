"""Videos are looked at in a process of their own; stills and parts of them are made, and they stay as they came."""

from __future__ import annotations

import io
import sys
import time
from pathlib import Path

import pytest
from PIL import Image

from core.foundation import videos
from core.foundation.errors import Invalid, TooLarge, Unavailable
from tests.films import film


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    path = tmp_path / "film"
    path.write_bytes(film(6, sound=True))
    return path


def whites(data: bytes) -> float:
    """How far the bar has come, as a share of the width."""
    image = Image.open(io.BytesIO(data)).convert("L")
    row = [image.getpixel((x, 5)) for x in range(image.width)]
    return sum(value > 200 for value in row) / image.width  # type: ignore[operator]


def test_a_video_says_how_long_and_how_large_it_is(kept: Path) -> None:
    found = videos.probe(kept, "video/mp4")
    assert (found.unreadable, found.width, found.height, found.codec, found.sound) == (None, 160, 120, "h264", "aac")
    assert found.seconds == pytest.approx(6, abs=0.1)
    assert found.fps == pytest.approx(10)
    assert found.poster is not None and Image.open(io.BytesIO(found.poster)).size == (160, 120)


@pytest.mark.parametrize(
    ("data", "media_type", "code"),
    [
        (film(1, sound=True, pictures=False), "video/mp4", "no_frames"),
        (film(1)[:300], "video/mp4", "damaged"),
        (b"nothing of the kind", "video/webm", "damaged"),
        (film(1).replace(b"avc1", b"zzzz"), "video/mp4", "no_frames"),
    ],
)
def test_what_cannot_be_seen_says_why(tmp_path: Path, data: bytes, media_type: str, code: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(data)
    assert videos.probe(path, media_type).unreadable == code


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (film(1, codec="libvpx", kind="webm"), "video/webm"),
        (film(1, codec="mjpeg", kind="mov"), "video/quicktime"),
        (film(1, kind="mov"), "video/quicktime"),
    ],
)
def test_every_kind_that_is_taken_can_be_seen(tmp_path: Path, data: bytes, media_type: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(data)
    assert videos.probe(path, media_type).unreadable is None


def test_a_contact_sheet_shows_the_film_at_its_times(kept: Path) -> None:
    sheet = videos.contact_sheet(
        kept, "video/mp4", times=videos.spread(6, 6), title="打包 packing.mp4", under="sha256 ab"
    )
    assert sheet.times == pytest.approx((0.5, 1.5, 2.5, 3.5, 4.5, 5.5), abs=0.11)
    image = Image.open(io.BytesIO(sheet.data))
    assert image.format == "JPEG"
    assert image.width >= 4 * 160 and image.height >= 2 * 120
    again = videos.contact_sheet(
        kept, "video/mp4", times=videos.spread(6, 6), title="打包 packing.mp4", under="sha256 ab"
    )
    assert again.data == sheet.data


def test_a_moment_after_the_end_shows_the_last_picture(kept: Path) -> None:
    sheet = videos.contact_sheet(kept, "video/mp4", times=[99], title="x", under="y")
    assert sheet.times == pytest.approx((5.9,), abs=0.11)


def test_a_clip_that_fits_is_copied_from_the_key_picture_before(kept: Path, tmp_path: Path) -> None:
    clip = videos.clip(kept, "video/mp4", start=2.5, end=4, limit_bytes=1_000_000)
    assert not clip.encoded
    assert clip.start == pytest.approx(2.0, abs=0.11) and clip.end == pytest.approx(4, abs=0.2)
    part = tmp_path / "part"
    part.write_bytes(clip.data)
    found = videos.probe(part, "video/mp4")
    assert found.seconds == pytest.approx(clip.end - clip.start, abs=0.2)
    assert (found.codec, found.sound) == ("h264", "aac")
    assert found.poster is not None and 0.3 < whites(found.poster) < 0.5


def test_a_clip_that_is_too_large_is_encoded_smaller(tmp_path: Path) -> None:
    path = tmp_path / "film"
    path.write_bytes(film(4, size=(640, 480), codec="mjpeg", kind="mov"))
    clip = videos.clip(path, "video/quicktime", start=1, end=3, limit_bytes=60_000)
    assert clip.encoded and len(clip.data) <= 60_000
    assert clip.start == 1 and clip.end == pytest.approx(3, abs=0.2)
    part = tmp_path / "part"
    part.write_bytes(clip.data)
    assert videos.probe(part, "video/mp4").codec == "h264"


def test_a_part_that_cannot_fit_or_is_not_there_is_refused(kept: Path) -> None:
    path = kept
    with pytest.raises(TooLarge, match="shorter part"):
        videos.clip(path, "video/mp4", start=0, end=6, limit_bytes=2_000)
    with pytest.raises(Invalid, match="no pictures in that part"):
        videos.clip(path, "video/mp4", start=50, end=60, limit_bytes=1_000_000)
    for start, end in ((3, 3), (4, 2), (-1, 2)):
        with pytest.raises(Invalid):
            videos.clip(path, "video/mp4", start=start, end=end, limit_bytes=1_000_000)
    with pytest.raises(Invalid, match="180"):
        videos.clip(path, "video/mp4", start=0, end=999, limit_bytes=1_000_000)


def test_work_that_takes_too_long_is_given_up(kept: Path) -> None:
    began = time.monotonic()
    assert videos.probe(kept, "video/mp4", seconds=0.01).unreadable == "too_slow"
    with pytest.raises(Unavailable):
        videos.contact_sheet(kept, "video/mp4", times=[1], title="x", under="y", limit=0.01)
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_decoder_that_falls_over_takes_nobody_along(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(videos, "MEMORY", 60_000_000)
    assert videos.probe(kept, "video/mp4").unreadable in ("damaged", "too_slow")


def test_the_original_is_not_touched(kept: Path) -> None:
    before = kept.read_bytes()
    videos.clip(kept, "video/mp4", start=0, end=2, limit_bytes=1_000_000)
    videos.contact_sheet(kept, "video/mp4", times=[1], title="x", under="y")
    assert kept.read_bytes() == before


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("75", 75), ("1:15", 75), ("0:07.5", 7.5), ("1:02:03", 3723), (" 2：30 ", 150), ("90:00", 5400)],
)
def test_a_moment_is_read_as_people_write_it(said: str, seconds: float) -> None:
    assert videos.moment_of(said, "start") == seconds


@pytest.mark.parametrize("said", ["", "a", "1:", ":1", "1:2:3:4", "-1", "1e3", "١:٢", "nan"])
def test_what_is_no_moment_is_refused(said: str) -> None:
    with pytest.raises(Invalid, match="1:15"):
        videos.moment_of(said, "start")


def test_a_time_code_reads_as_a_clock() -> None:
    assert [videos.time_code(n) for n in (0, 7.46, 59.97, 3723)] == ["0:00.0", "0:07.5", "1:00.0", "1:02:03.0"]
