"""Whatever is done to an archive, what reading it raises is known."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from core.foundation.errors import Invalid
from core.foundation.zips import BROKEN
from core.parcels.importers.archives import archive_sheets
from core.parcels.importers.sheets import Sheet
from core.recovery.verify import verify_pack

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
BEYOND = (2**63 + 5, 2**64 - 10)
"""Places in a file no file can have."""


def packed(method: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for number in range(3):
            with archive.open(f"{number}.txt", "w", force_zip64=bool(number % 2)) as file:
                file.write(b"order, parcel, paid\n" * 30)
    return out.getvalue()


def pointing_beyond(place: int, name: bytes = b"Income.csv") -> bytes:
    """An archive whose directory says that its only member begins at `place`."""
    data = b"a,b\n"
    size = (len(data), len(data), len(name))
    local = struct.pack("<4s5H3I2H", b"PK\x03\x04", 45, 0, 0, 0, 0, 0, *size, 0) + name + data
    extra = struct.pack("<HHQ", 1, 8, place)
    fixed = (b"PK\x01\x02", 45, 3, 45, 0, 0, 0, 0, 0, 0, *size, len(extra), 0, 0, 0, 0, 0xFFFFFFFF)
    central = struct.pack("<4s4B4H3L5H2L", *fixed) + name + extra
    return local + central + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local), 0)


def read_all(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for member in archive.infolist():
            with archive.open(member) as file:
                file.read(10_000)


def nothing(data: bytes) -> Generator[Sheet, None, None]:
    yield from ()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_damaged_archive_raises_nothing_unknown(method: int) -> None:
    whole, dice = packed(method), random.Random(method)
    directory = whole.index(b"PK\x01\x02")
    met = 0
    for _round in range(1_500):
        data = bytearray(whole)
        for _place in range(dice.randrange(1, 6)):
            at = dice.randrange(directory, len(data)) if dice.random() < 0.7 else dice.randrange(len(data))
            data[at] = dice.choice((0, 1, 0x7F, 0xFF, dice.randrange(256)))
        if dice.random() < 0.1:
            del data[dice.randrange(len(data)) :]
        try:
            read_all(bytes(data))
        except BROKEN:
            met += 1
    assert met > 500


@pytest.mark.parametrize("place", BEYOND)
def test_a_directory_that_points_beyond_every_file_is_a_broken_archive_at_each_door(place: int, tmp_path: Path) -> None:
    with pytest.raises(BROKEN):
        read_all(pointing_beyond(place))
    with pytest.raises(Invalid, match="damaged"):
        list(archive_sheets(pointing_beyond(place), nothing, []))
    pack = tmp_path / "pack.zip"
    pack.write_bytes(pointing_beyond(place, b"manifest.json"))
    assert not verify_pack(pack).ok
