"""Work on one video, in a process of its own: what is in a file may make a decoder hang, eat memory or fall over.

Run by path with Python's `-I`, told what to do by one JSON object as its only argument; prints one JSON object. `videos` is
its only caller. It opens nothing but the file it is told, with the demuxer it is told: a video cannot name other files.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.container import InputContainer, OutputContainer
from PIL import Image

MOST_PIXELS = 40_000_000
"""Of one frame: 8K has 33 million."""
TICKS = 90_000
LEAST_BITRATE = 60_000

# Bits a second from which a longer side of so many pixels looks well.
SIDES = ((3_000_000, 1920), (1_200_000, 1280), (450_000, 854), (0, 640))


def main() -> None:
    asked: dict[str, Any] = json.loads(sys.argv[1])
    _bound(asked["memory"], asked["seconds"])
    done: dict[str, Any]
    try:
        done = {"probe": _probe, "frames": _frames, "clip": _clip}[asked["do"]](asked)
    except (av.FFmpegError, ValueError, OSError, EOFError, IndexError, MemoryError, ArithmeticError) as error:
        done = {"failed": type(error).__name__, "said": str(error)[:200]}
    sys.stdout.write(json.dumps(done))


def _bound(memory: int, seconds: int) -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds * 2, seconds * 2 + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _open(asked: dict[str, Any]) -> InputContainer:
    options = {"protocol_whitelist": "file", "analyzeduration": "2000000", "probesize": "5000000"}
    source: InputContainer = av.open(asked["path"], format=asked["format"], options=options, metadata_errors="replace")
    return source


def _film(source: InputContainer) -> Any:
    """The stream of pictures; None where there is none. A cover image is not a film."""
    stream: Any
    for stream in source.streams.video:
        if stream.codec_context is None:  # nobody knows how to decode it
            continue
        stream.codec_context.options = {"max_pixels": str(MOST_PIXELS)}
        stream.thread_type = "AUTO"
        stream.codec_context.thread_count = 2
        return stream
    return None


def _length(source: InputContainer, film: Any) -> float | None:
    if film.duration is not None and film.time_base is not None:
        return float(film.duration * film.time_base)
    return source.duration / av.time_base if source.duration is not None else None


def _probe(asked: dict[str, Any]) -> dict[str, Any]:
    """What it is, and the picture a tenth of its way in."""
    with _open(asked) as source:
        film = _film(source)
        if film is None:
            return {"film": False}
        length = _length(source, film)
        sound = source.streams.audio[0].codec_context.name if source.streams.audio else None
        told = {
            "film": True,
            "seconds": length,
            "width": film.codec_context.width,
            "height": film.codec_context.height,
            "fps": float(film.average_rate) if film.average_rate else None,
            "codec": film.codec_context.name,
            "sound": sound,
        }
        image = _at(source, film, (length or 0) / 10, near=True) or _at(source, film, 0)
        if image is None:
            return {**told, "film": False}
        picture, _time = image
        if picture.height > picture.width and told["width"] > told["height"]:  # held upright
            told["width"], told["height"] = told["height"], told["width"]
        _save(picture, asked["side"], Path(asked["out"]) / "0.jpg")
        return told


def _frames(asked: dict[str, Any]) -> dict[str, Any]:
    """The pictures at some moments, in seconds, as numbered JPEG files."""
    taken: list[float] = []
    with _open(asked) as source:
        film = _film(source)
        for moment in asked["times"] if film is not None else ():
            found = _at(source, film, moment)
            if found is not None:
                _save(found[0], asked["side"], Path(asked["out"]) / f"{len(taken)}.jpg")
                taken.append(found[1])
    return {"times": taken}


def _at(source: InputContainer, film: Any, moment: float, *, near: bool = False) -> tuple[Image.Image, float] | None:
    """The picture shown at that moment, upright, with the moment it really stands at; the last one before the end. `near`:
    the key picture before it will do, and costs the decoding of one.
    """
    begin = film.start_time or 0
    base = film.time_base or Fraction(1, TICKS)
    with suppress(av.FFmpegError):
        source.seek(begin + int(moment / base), stream=film, backward=True)
    last = None
    try:
        for frame in source.decode(film):
            last = frame
            if near or frame.pts is None or float((frame.pts - begin) * base) >= moment - 0.02:
                break
    except (av.FFmpegError, EOFError):
        pass  # what was decoded before it broke is still to be seen
    if last is None:
        return None
    time = float((last.pts - begin) * base) if last.pts is not None else moment
    return _upright(last), max(0.0, time)


def _upright(frame: Any) -> Image.Image:
    image: Image.Image = frame.to_image()
    turn = round(frame.rotation / 90.0) * 90 % 360
    return image.rotate(turn, expand=True) if turn else image


def _save(image: Image.Image, side: int, place: Path) -> None:
    image.thumbnail((side, side), Image.Resampling.LANCZOS)
    image.save(place, "JPEG", quality=92)


# --- a part of it ----------------------------------------------------------------------------------------------------------


def _clip(asked: dict[str, Any]) -> dict[str, Any]:
    """From `start` to `end`, in seconds, in at most `limit` bytes: copied as it is where that fits, else encoded anew."""
    out = Path(asked["out"]) / "clip.mp4"
    copied = _copied(asked, out)
    if copied is not None and out.stat().st_size <= asked["limit"]:
        return {**copied, "how": "copied"}
    for part in (0.9, 0.7, 0.5):
        bitrate = int(asked["limit"] * 8 * part / max(0.5, asked["end"] - asked["start"]))
        if bitrate < LEAST_BITRATE:
            return {"failed": "too_long"}
        encoded = _encoded(asked, out, min(bitrate, 4_000_000))
        if encoded is None:
            return {"failed": "no_frames"}
        if out.stat().st_size <= asked["limit"]:
            return {**encoded, "how": "encoded"}
    return {"failed": "too_long"}


def _copied(asked: dict[str, Any], out: Path) -> dict[str, Any] | None:
    """The packets as they are, from the key picture before the start. None where the codec is not what receivers play."""
    with _open(asked) as source:
        film = _film(source)
        if film is None or film.codec_context.name != "h264":
            return None
        sound = next((one for one in source.streams.audio if one.codec_context.name == "aac"), None)
        begin, base = film.start_time or 0, film.time_base
        source.seek(begin + int(asked["start"] / base), stream=film, backward=True)
        with av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as target:
            kept = {one.index: target.add_stream_from_template(one) for one in (film, sound) if one is not None}
            first, last = _pass_on(source, target, kept, film, asked)
    if first is None or last <= asked["start"]:  # only what comes before it
        return None
    return {"start": first, "end": max(first, last)}


def _pass_on(
    source: InputContainer, target: OutputContainer, kept: dict[int, Any], film: Any, asked: dict[str, Any]
) -> tuple[float | None, float]:
    first: float | None = None
    last = 0.0
    size = 0
    for packet in source.demux([stream for stream in source.streams if stream.index in kept]):
        if packet.dts is None or packet.pts is None:
            continue
        moment = float(packet.pts * packet.time_base) - float((film.start_time or 0) * film.time_base)
        if packet.stream_index == film.index and first is None:
            if not packet.is_keyframe:
                continue
            first = moment
        if first is None or moment < first:
            continue
        if moment >= asked["end"]:
            if (packet.stream_index == film.index and packet.is_keyframe) or moment > asked["end"] + 2:
                break
            continue
        size += packet.size
        if size > asked["limit"]:
            break  # it would be too large anyway
        by = round(first / float(packet.time_base)) + int((film.start_time or 0) * film.time_base / packet.time_base)
        packet.pts, packet.dts = packet.pts - by, packet.dts - by
        if packet.stream_index == film.index:
            last = max(last, moment + float((packet.duration or 0) * packet.time_base))
        packet.stream = kept[packet.stream_index]
        target.mux(packet)
    return first, last


def _encoded(asked: dict[str, Any], out: Path, bitrate: int) -> dict[str, Any] | None:
    with _open(asked) as source, av.open(str(out), "w", format="mp4", options={"movflags": "+faststart"}) as target:
        film = _film(source)
        if film is None:
            return None
        sound = source.streams.audio[0] if source.streams.audio and bitrate >= 250_000 else None
        writer = _Writer(target, bitrate - (64_000 if sound is not None else 0), film, sound)
        for frame in _between(source, film, sound, asked["start"], asked["end"]):
            writer.write(*frame)
        return writer.finish()


def _between(
    source: InputContainer, film: Any, sound: Any, start: float, end: float
) -> Iterator[tuple[Any, float, bool]]:
    """Decoded pictures and sound from start to end, each with its moment from the start, and whether it is a picture."""
    begin = float((film.start_time or 0) * film.time_base)
    with suppress(av.FFmpegError):
        source.seek((film.start_time or 0) + int(start / film.time_base), stream=film, backward=True)
    wanted = [film] if sound is None else [film, sound]
    try:
        for packet in source.demux(wanted):
            frame: Any
            for frame in packet.decode():
                if frame.pts is None:
                    continue
                moment = float(frame.pts * frame.time_base) - begin
                is_film = isinstance(frame, av.VideoFrame)
                if moment > end + (0 if is_film else 1):
                    if is_film:
                        return
                    continue
                if start - 0.001 <= moment <= end:
                    yield frame, moment - start, is_film
    except (av.FFmpegError, EOFError):
        return  # the rest of it is broken: what there is, is kept


def _fit(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size at most `side` wide and high, in even numbers as the codec wants them, never enlarged."""
    by = min(1.0, side / max(size))
    return max(2, int(size[0] * by) // 2 * 2), max(2, int(size[1] * by) // 2 * 2)


class _Writer:
    """Writes pictures, upright and small enough, and sound, as H.264 and AAC."""

    def __init__(self, target: OutputContainer, bitrate: int, film: Any, sound: Any) -> None:
        self.target, self.bitrate = target, bitrate
        self.side = next(side for least, side in SIDES if bitrate >= least)
        rate = film.average_rate
        self.rate = Fraction(rate).limit_denominator(1001) if rate and 1 <= rate <= 60 else Fraction(25)
        self.picture: Any = None
        self.sound: Any = target.add_stream("aac", rate=48_000, layout="mono") if sound is not None else None
        self.last, self.next_tick = 0.0, 0
        self.resampler: Any = av.AudioResampler("fltp", "mono", 48_000) if sound is not None else None

    def write(self, frame: Any, moment: float, is_film: bool) -> None:
        if not is_film:
            self._sound(frame)
            return
        turned = round(frame.rotation / 90.0) % 4
        if self.picture is None:
            self._begin(*_fit((frame.height, frame.width) if turned % 2 else (frame.width, frame.height), self.side))
        width, height = self.picture.width, self.picture.height
        small = frame.reformat(*((height, width) if turned % 2 else (width, height)), format="yuv420p")
        new = small
        if turned:
            make: Any = av.VideoFrame.from_image
            new = make(small.to_image().rotate(turned * 90, expand=True)).reformat(format="yuv420p")
        tick = max(self.next_tick, int(moment * TICKS))
        new.pts, new.time_base, self.next_tick = tick, Fraction(1, TICKS), tick + 1
        self.last = max(self.last, moment)
        self.target.mux(self.picture.encode(new))

    def _begin(self, width: int, height: int) -> None:
        options = {
            "preset": "veryfast",
            "threads": "2",
            "maxrate": str(self.bitrate),
            "bufsize": str(self.bitrate),
            "profile": "main",
        }
        self.picture = self.target.add_stream("libx264", rate=self.rate, options=options)
        self.picture.width, self.picture.height, self.picture.pix_fmt = width, height, "yuv420p"
        self.picture.bit_rate = self.bitrate
        self.picture.codec_context.time_base = Fraction(1, TICKS)
        self.picture.codec_context.gop_size = 50

    def _sound(self, frame: Any) -> None:
        if self.picture is None:  # the pictures come first, so that the file's streams are known
            return
        frame.pts = None
        for piece in self.resampler.resample(frame):
            self.target.mux(self.sound.encode(piece))

    def finish(self) -> dict[str, Any] | None:
        if self.picture is None:
            return None
        self.target.mux(self.picture.encode(None))
        if self.sound is not None:
            for piece in self.resampler.resample(None):
                self.target.mux(self.sound.encode(piece))
            self.target.mux(self.sound.encode(None))
        return {"length": self.last}


if __name__ == "__main__":
    main()
