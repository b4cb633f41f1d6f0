"""Pictures for receivers: bare copies, smaller ones, and several on one numbered sheet."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import Image, ImageDraw, ImageFont

from core.foundation import pictures
from core.foundation.errors import Refusal, TooLarge
from core.foundation.language import _
from core.recovery.packs.fit.at_once import at_once
from core.recovery.packs.fit.pieces import Held, Piece
from core.recovery.receivers import Receiver, megabytes

LADDER: tuple[tuple[int, int], ...] = ((6000, 90), (2000, 82), (1600, 78), (1280, 72), (1000, 66))
"""Longest side in pixels and JPEG quality, step by step smaller. The first keeps a picture as it came, where it can."""
SMALL_PNG = 2_000_000
MOST_ON_A_SHEET = 16
LONGEST_TILE = 2400
_STRIP = 52
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_LARGE = 24_000_000


@dataclass(frozen=True)
class Source:
    """A picture to be fitted: how it is called, its bytes, what it is of."""

    name: str
    data: bytes
    stem: str
    module: str
    holds: tuple[Held, ...]


def fitted(source: Source, receiver: Receiver, step: int) -> Piece:
    """The picture within the receiver's limit of one file, at this step of the ladder or as far below as it takes.

    Raises `TooLarge` when even the smallest that can still be read has too many bytes.
    """
    for at in range(step, len(LADDER)):
        ending, data = _copy(source, receiver, at)
        if len(data) <= receiver.file_max:
            return Piece(source.stem, ending, data, source.module, source.holds)
    raise TooLarge(
        _(
            "“{name}” cannot be brought below {limit}, which {receiver} takes, and still be read.",
            name=source.name,
            limit=megabytes(receiver.file_max),
            receiver=receiver.name,
        )
    )


def _copy(source: Source, receiver: Receiver, at: int) -> tuple[str, bytes]:
    if at == 0:
        if source.data.startswith(b"\xff\xd8") and (bare := bare_jpeg(source.data)):
            return "jpg", bare
        if source.data.startswith(b"\x89PNG") and len(source.data) <= SMALL_PNG and receiver.takes("png"):
            return "png", pictures.shared_copy(source.data)
    side, quality = LADDER[at]
    copy = pictures.fitted(source.data, source.name, side=side, short=receiver.short_side, quality=quality)
    return "jpg", copy


def bare_jpeg(data: bytes) -> bytes | None:
    """A JPEG's own pixels to the bit, with none of its blocks about place, device or person and nothing after its end.

    None where the pixels would have to be turned, or where the file is not as JPEGs are: then it is drawn anew.
    """
    try:
        facts = pictures.facts(data)
    except Refusal:
        return None
    with Image.open(io.BytesIO(data)) as image:
        if image.format != "JPEG" or image.mode != "RGB" or image.getexif().get(0x0112, 1) != 1:
            return None
        if facts.width * facts.height > _LARGE:
            return None
    kept, at = [b"\xff\xd8"], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        length = 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        block = data[at : at + length]
        if marker in (0xE0, 0xEE, 0xDB, 0xC4, 0xDD, 0xDA) or 0xC0 <= marker <= 0xCF or _is_profile(marker, block):
            kept.append(block)
        at += length
        if marker == 0xDA:
            end = _NEXT_MARKER.search(data, at)
            if end is None:
                return None
            kept.append(data[at : end.start()])
            at = end.start()
            if data[at + 1] == 0xD9:
                return b"".join(kept) + b"\xff\xd9"
    return None


def _is_profile(marker: int, block: bytes) -> bool:
    return marker == 0xE2 and block[4:16] == b"ICC_PROFILE\x00"


def joined(pieces: Sequence[Piece], most: int, receiver: Receiver, name: str) -> list[Piece]:
    """These pictures as at most `most` files, spread evenly over numbered sheets where there are more of them.

    `name` is what the sheets are called. Raises `TooLarge` when there are more than can be read on that many sheets.
    """
    if len(pieces) <= most:
        return list(pieces)
    if most < 1 or len(pieces) > most * MOST_ON_A_SHEET:
        raise TooLarge(
            _(
                "{n} pictures do not fit into {most} files for {receiver} so that they can be read; withdraw some.",
                n=len(pieces),
                most=most,
                receiver=receiver.name,
            )
        )
    sizes = [len(pieces) // most + (at < len(pieces) % most) for at in range(most)]
    groups = [(n + 1, pieces[sum(sizes[:n]) : sum(sizes[: n + 1])]) for n in range(most)]
    return at_once(lambda one: one[1][0] if len(one[1]) == 1 else _sheet(one[1], receiver, f"{name}-{one[0]}"), groups)


def _sheet(group: Sequence[Piece], receiver: Receiver, name: str) -> Piece:
    """One sheet of several pictures, each under its number, no smaller than can be read."""
    columns = math.ceil(math.sqrt(len(group)))
    base = {1: 2000, 2: 1600, 3: 1280}.get(columns, 1000)
    tiles = [_tile(piece, base, receiver) for piece in group]
    width, height = max(tile.width for tile in tiles), max(tile.height for tile in tiles) + _STRIP
    rows = math.ceil(len(tiles) / columns)
    sheet = Image.new("RGB", (columns * width, rows * height), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=36)
    for at, (tile, piece) in enumerate(zip(tiles, group, strict=True)):
        x, y = at % columns * width, at // columns * height
        sheet.paste(tile, (x, y + _STRIP))
        draw.text((x + 8, y + 4), _label(piece), fill="black", font=font)
    for quality in (84, 76, 68, 60):
        out = io.BytesIO()
        sheet.save(out, "JPEG", quality=quality)
        if out.tell() <= receiver.file_max:
            holds = tuple(held for piece in group for held in piece.holds)
            return Piece(name, "jpg", out.getvalue(), group[0].module, holds)
    raise TooLarge(
        _(
            "{n} pictures on one sheet stay above {limit}, which {receiver} takes; withdraw some.",
            n=len(group),
            limit=megabytes(receiver.file_max),
            receiver=receiver.name,
        )
    )


def _tile(piece: Piece, base: int, receiver: Receiver) -> Image.Image:
    with Image.open(io.BytesIO(piece.data)) as image:
        width, height = image.size
        side = max(base, -(-receiver.short_side * max(width, height) // min(width, height)))
        if side > LONGEST_TILE and max(width, height) > LONGEST_TILE:
            number = piece.holds[0].number or 0
            raise TooLarge(
                _("Picture no. {n} is too long and narrow to stand on a sheet with others; cut it first.", n=number)
            )
        longest = max(width, height)
        image.draft("RGB", (max(1, width * side // longest), max(1, height * side // longest)))
        tile = image.convert("RGB")
    tile.thumbnail((side, side), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return tile


def _label(piece: Piece) -> str:
    held = piece.holds[0]
    return f"No. {held.number}" + (f", {held.page}" if held.page else "")


def for_page(data: bytes, name: str, receiver: Receiver, side: int, quality: int) -> bytes:
    """A picture for a page of the one PDF, never too small to be read."""
    return pictures.fitted(data, name, side=side, short=receiver.short_side, quality=quality)
