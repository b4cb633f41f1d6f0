"""Videos: what they are, a still of them, a contact sheet, and a part of one for a receiver. Originals are never touched.

Every video is opened in a process of its own (`video_work`), with a limit of time and of memory: whatever is in a file, the
app goes on.
"""

from __future__ import annotations

import io
import json
import logging
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from core.foundation.documents import FONTS
from core.foundation.errors import Invalid, TooLarge, Unavailable
from core.foundation.language import _

AT_THE_DOOR = 5.0
"""Seconds a video is looked at when it comes in."""
FOR_SHEET = 40.0
FOR_CLIP = 50.0
"""Seconds for making something of one: below what the database lets a transaction stand idle."""
MEMORY = 2_000_000_000
LONGEST_CLIP = 180.0
"""Seconds of a clip at most; Shopee takes one minute."""
FRAMES = (1, 30)
"""The fewest and the most pictures of a contact sheet."""

_WORK = Path(__file__).parent / "video_work.py"
_FORMATS = {"video/webm": "matroska"}
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Film:
    """What a video says of itself. `unreadable` is a code: `damaged`, `no_frames`, `too_slow`; None when it can be seen.

    Pixels the right way up, seconds, pictures a second; each None where the file does not tell. `poster` is a JPEG of it,
    at most 1000 pixels wide and high.
    """

    unreadable: str | None
    seconds: float | None = None
    width: int | None = None
    height: int | None = None
    fps: float | None = None
    codec: str | None = None
    sound: str | None = None
    poster: bytes | None = None


@dataclass(frozen=True)
class Sheet:
    """A contact sheet: a JPEG, and the moments of its pictures in seconds."""

    data: bytes
    times: tuple[float, ...]


@dataclass(frozen=True)
class Clip:
    """A part of a video: an MP4, from when to when it really goes (seconds of the original), and whether it was encoded
    anew or is a copy without loss.
    """

    data: bytes
    start: float
    end: float
    encoded: bool


def probe(path: Path, media_type: str, *, seconds: float = AT_THE_DOOR) -> Film:
    """Look at a video. Never refuses: what cannot be looked at says so in `unreadable`."""
    with _worked("probe", path, media_type, seconds, side=1000) as (done, folder):
        if "failed" in done:
            return Film("too_slow" if done["failed"] in ("time", "MemoryError") else "damaged")
        if not done["film"]:
            return Film("no_frames")
        poster = (folder / "0.jpg").read_bytes()
        told = (done["seconds"], done["width"], done["height"], done["fps"], done["codec"], done["sound"])
        return Film(None, *told, poster)


def spread(seconds: float, count: int) -> list[float]:
    """`count` moments over a film, in the middle of equal parts of it."""
    return [round(seconds * (2 * n + 1) / (2 * count), 3) for n in range(count)]


def contact_sheet(
    path: Path, media_type: str, *, times: Sequence[float], title: str, under: str, limit: float = FOR_SHEET
) -> Sheet:
    """The pictures at these moments in a grid, each with its time, below a title. The same video gives the same sheet.

    Raises `Invalid` when the video has no picture there, `Unavailable` when it took longer than `limit` seconds.
    """
    low, high = FRAMES
    if not low <= len(times) <= high:
        raise Invalid(_("A contact sheet has {low} to {high} pictures.", low=low, high=high), "count")
    with _worked("frames", path, media_type, limit, side=480, times=sorted(set(times))) as (done, folder):
        _check(done)
        if not done["times"]:
            raise Invalid(_("No picture can be taken from this video."))
        frames = [Image.open(folder / f"{n}.jpg") for n in range(len(done["times"]))]
        try:
            return Sheet(_jpeg(_grid(frames, done["times"], title, under)), tuple(done["times"]))
        finally:
            for frame in frames:
                frame.close()


def clip(path: Path, media_type: str, *, start: float, end: float, limit_bytes: int, limit: float = FOR_CLIP) -> Clip:
    """The part from `start` to `end` (seconds) as MP4 in H.264, at most `limit_bytes`. Copied from the key picture before
    `start` where that fits, else encoded anew, smaller.

    Raises `Invalid` for a part that is not there, `TooLarge` when it cannot fit, `Unavailable` after `limit` seconds.
    """
    if not 0 <= start < end:
        raise Invalid(_("The end lies after the start, and neither before the video begins."), "end")
    if end - start > LONGEST_CLIP:
        raise Invalid(_("A clip has at most {n} seconds. Choose a shorter part.", n=int(LONGEST_CLIP)), "end")
    with _worked("clip", path, media_type, limit, start=start, end=end, limit=limit_bytes) as (done, folder):
        if done.get("failed") == "too_long":
            said = _("{n} seconds cannot be made small enough to be seen in {limit} MB. Choose a shorter part.",
                     n=round(end - start), limit=round(limit_bytes / 1_000_000, 1))  # fmt: skip
            raise TooLarge(said)
        if done.get("failed") == "no_frames":
            raise Invalid(_("The video has no pictures in that part."), "start")
        _check(done)
        data = (folder / "clip.mp4").read_bytes()
    if done["how"] == "copied":
        return Clip(data, round(done["start"], 2), round(done["end"], 2), encoded=False)
    return Clip(data, start, round(min(end, start + done["length"]), 2), encoded=True)


def time_code(seconds: float) -> str:
    """A moment of a film: `0:07.5`, `1:02:03.0`."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"


def moment_of(said: str, field: str) -> float:
    """Seconds of a moment as people write it: `75`, `1:15`, `0:07.5`, `1:02:03`. Raises `Invalid` on anything else."""
    parts = said.strip().replace("：", ":").split(":")
    whole = len(parts) <= 3 and all(re.fullmatch(r"[0-9]{1,4}", one) for one in parts[:-1])
    if whole and re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", parts[-1]):
        return float(sum(float(one) * 60**power for power, one in enumerate(reversed(parts))))
    raise Invalid(_("Write a time such as 1:15, minutes and seconds."), field)


def _check(done: dict[str, Any]) -> None:
    if done.get("failed") in ("time", "MemoryError"):
        raise Unavailable(_("This video takes too long to work on. Choose a shorter part, or fewer pictures."))
    if "failed" in done:
        raise Invalid(_("This video cannot be read: it is damaged, or of a kind nobody here can play."))


@contextmanager
def _worked(do: str, path: Path, media_type: str, seconds: float, **more: Any) -> Iterator[tuple[dict[str, Any], Path]]:
    """Let the other process work; what it said, and the folder of what it made, which goes away after."""
    with tempfile.TemporaryDirectory(prefix="recoup-video-") as place:
        asked = {
            "do": do,
            "path": str(path.resolve()),
            "format": _FORMATS.get(media_type, "mov"),
            "memory": MEMORY,
            "seconds": int(seconds) + 1,
            "out": place,
            **more,
        }
        yield _run(asked, seconds), Path(place)


def _run(asked: dict[str, Any], seconds: float) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(_WORK), json.dumps(asked)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            cwd=asked["out"],
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"failed": "time"}
    if done.returncode == 0:
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    # The decoder fell over, or the system took it away: that is the file's doing, and the log's to tell.
    _LOG.warning("video work %s ended with %s: %s", asked["do"], done.returncode, done.stderr[-500:])
    return {"failed": "fell"}


# --- the sheet -------------------------------------------------------------------------------------------------------------

_GAP, _HEAD, _COLUMNS = 12, 76, 4


def _grid(frames: Sequence[Image.Image], times: Sequence[float], title: str, under: str) -> Image.Image:
    width, height = max(one.width for one in frames), max(one.height for one in frames)
    columns = min(_COLUMNS if width >= height else 6, len(frames))
    rows = -(-len(frames) // columns)
    size = (max(columns * (width + _GAP) + _GAP, 640), _HEAD + rows * (height + _GAP) + _GAP)
    sheet = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(sheet)
    draw.text(
        (_GAP, 10), _short(draw, title, _font(24, title), size[0] - 2 * _GAP), fill="#0E1420", font=_font(24, title)
    )
    draw.text(
        (_GAP, 44), _short(draw, under, _font(18, under), size[0] - 2 * _GAP), fill="#4A5261", font=_font(18, under)
    )
    for n, (frame, time) in enumerate(zip(frames, times, strict=True)):
        x, y = _GAP + n % columns * (width + _GAP), _HEAD + n // columns * (height + _GAP)
        sheet.paste(frame, (x + (width - frame.width) // 2, y + (height - frame.height) // 2))
        _stamp(draw, time_code(time), x, y + height)
    return sheet


def _stamp(draw: ImageDraw.ImageDraw, said: str, x: int, bottom: int) -> None:
    """The time, white on black, in the lower left corner."""
    font = _font(20, said)
    wide = int(draw.textlength(said, font=font))
    draw.rectangle((x, bottom - 30, x + wide + 14, bottom), fill="black")
    draw.text((x + 7, bottom - 28), said, fill="white", font=font)


def _short(draw: ImageDraw.ImageDraw, said: str, font: ImageFont.FreeTypeFont, room: int) -> str:
    """As much of it as there is room for."""
    if draw.textlength(said, font=font) <= room:
        return said
    while said and draw.textlength(said + "…", font=font) > room:
        said = said[:-1]
    return said + "…"


def _font(size: int, said: str) -> ImageFont.FreeTypeFont:
    """Noto Sans of the script the text is in."""
    thai = any("\u0e00" <= letter <= "\u0e7f" for letter in said)
    wide = any(letter >= "\u2e80" for letter in said)
    name = "NotoSansSC-Regular.otf" if wide else "NotoSansThai-Regular.ttf" if thai else "NotoSans-Regular.ttf"
    return ImageFont.truetype(str(FONTS / name), size)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=85)
    return out.getvalue()
