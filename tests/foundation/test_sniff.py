"""What a file is stands in its bytes: what is taken, what is refused, and how the refusal speaks."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import openpyxl
import pillow_heif
import pytest
from PIL import Image

from core.foundation import sniff
from core.foundation.errors import Invalid, TooLarge
from core.foundation.sniff import KINDS, Family, examine

pillow_heif.register_heif_opener()


def picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(out, kind)
    return out.getvalue()


def box(name: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + name + body


def movie(brand: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", brand + bytes(4) + b"".join(compatible)) + box(b"mdat", bytes(100)) + box(b"moov", bytes(20))


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "<x/>")  # no moment of today: the bytes name tests
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def compound(*names: str) -> bytes:
    """The smallest OLE folder with these (empty) streams in it: header, one FAT sector, directory sectors."""
    entries = [("Root Entry", 5, 1), *((name, 2, 0xFFFFFFFF) for name in names)]
    directory = b""
    for at, (name, kind, child) in enumerate(entries):
        right = at + 1 if 0 < at < len(entries) - 1 else 0xFFFFFFFF
        spelt = (name + "\0").encode("utf-16-le")
        directory += spelt.ljust(64, b"\0") + struct.pack("<HBBIII", len(spelt), kind, 1, 0xFFFFFFFF, right, child)
        directory += bytes(36) + struct.pack("<III", 0xFFFFFFFE, 0, 0)
    sectors = -(-len(directory) // 512)
    directory = directory.ljust(sectors * 512, b"\0")
    chain = [0xFFFFFFFD, *(at + 2 for at in range(sectors - 1)), 0xFFFFFFFE]
    fat = struct.pack(f"<{len(chain)}I", *chain).ljust(512, b"\xff")
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0) + struct.pack("<I", 0)
    return header.ljust(512, b"\xff") + fat + directory


MAIL = (
    b"Received: from mx.example by relay.example;\r\n\tSun, 23 Nov 2025 10:00:00 +0800\r\n"
    b"From: claims@carrier.example\r\nTo: desk@shop.example\r\nSubject: =?utf-8?B?5Lii5Lu2?=\r\n"
    b"Date: Sun, 23 Nov 2025 10:00:00 +0800\r\n\r\nWe found nothing."
)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\nstartxref\n0\n%%EOF\n"

TAKEN: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
    "webp": lambda: picture("WEBP"),
    "heic": lambda: picture("HEIF"),
    "mp4": lambda: movie(b"isom", b"isom", b"mp42"),
    "mov": lambda: movie(b"qt  ", b"qt  "),
    "webm": lambda: b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\x82\x84webmB\x87" + bytes(100),
    "3gp": lambda: movie(b"3gp5", b"3gp5", b"isom"),
    "pdf": lambda: PDF,
    "docx": lambda: zipped("[Content_Types].xml", "word/document.xml"),
    "xlsx": workbook,
    "xls": lambda: compound("Workbook"),
    "csv": lambda: b"order,tracking\n1,SPX1\n2,SPX2\n",
    "txt": lambda: "买家说箱子是湿的。\nThe box was wet.".encode(),
    "eml": lambda: MAIL,
    "msg": lambda: compound("__nameid_version1.0", "__properties_version1.0"),
}


def test_every_kind_has_a_case_here() -> None:
    assert TAKEN.keys() == KINDS.keys()


@pytest.mark.parametrize("code", TAKEN)
def test_a_kind_is_known_by_its_bytes_whatever_it_is_called(code: str) -> None:
    data = TAKEN[code]()
    file = io.BytesIO(data)
    found = examine(file, "harmless.exe")
    assert (found.kind.code, found.size) == (code, len(data))
    assert file.tell() == 0


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (movie(b"mif1", b"heic", b"mif1"), "heic"),
        (movie(b"mp42", b"isom", b"mp42"), "mp4"),
        (movie(b"MSNV", b"isom"), "mp4"),
        (box(b"wide") + box(b"mdat", bytes(10)) + box(b"moov"), "mov"),
        (movie(b"isom") + bytes(30), "mp4"),
        ("物流单号\t状态\nA1\t丢失\n".encode("gb18030"), "csv"),
        ("Mã vận đơn;Trạng thái\nSPX;Thất lạc\n".encode("utf-16"), "csv"),
        ("\ufeffplain words".encode(), "txt"),
        (b"BM is a beginning like any other", "txt"),
        (b"From: the buyer\nHello there, no mail", "txt"),
        (("记" * 100_000).encode()[: sniff.TEXT_SAMPLE + 1], "txt"),
        (compound("Book"), "xls"),
        (b"\n\n" + PDF, "pdf"),
    ],
)
def test_other_spellings_of_a_kind(data: bytes, code: str) -> None:
    assert examine(io.BytesIO(data), "x").kind.code == code


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"MZ\x90\x00\x03" + bytes(100), "a Windows program"),
        (b"\x7fELF" + bytes(100), "a Linux program"),
        (b"#!/bin/sh\nrm -rf /\n", "a script"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "a web page"),
        (b"\xef\xbb\xbf  <html>", "a web page"),
        (b"<script>x</script>", "a web page"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="x()"/>', "an SVG drawing"),
        (b"<svg/>", "an SVG drawing"),
        (b"<?xml version='1.0'?><order/>", "an XML file"),
        (zipped("a.txt"), "a ZIP archive; unpack it first"),
        (zipped("a.txt")[:40], "a ZIP archive that broke off"),
        (zipped("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "an Office file with macros"),
        (zipped("[Content_Types].xml", "xl/workbook.bin"), "a binary Excel workbook"),
        (zipped("[Content_Types].xml", "ppt/presentation.xml"), "a presentation"),
        (zipped("AndroidManifest.xml", "classes.dex"), "a program"),
        (zipped("mimetype", "content.xml"), "an OpenDocument file"),
        (compound("EncryptedPackage", "EncryptionInfo"), "an Office file with a password"),
        (compound("Workbook", "_VBA_PROJECT_CUR"), "an Office file with macros"),
        (compound("WordDocument"), "a Word 97 document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3), "an Office file that broke off"),
        (picture("GIF"), "a GIF picture; save it as JPEG or PNG"),
        (picture("BMP"), "a BMP picture"),
        (picture("TIFF"), "a TIFF or raw picture"),
        (movie(b"avif", b"avif", b"mif1"), "an AVIF picture"),
        (movie(b"M4A ", b"M4A "), "a sound recording"),
        (b"ID3\x04\x00" + bytes(50), "a sound recording"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "a sound recording"),
        (b"RIFF\x00\x00\x00\x00AVI LIST", "an AVI video"),
        (b"\x1a\x45\xdf\xa3\xa3B\x82\x88matroska" + bytes(50), "a Matroska video"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "a GZIP archive"),
        (b"{\\rtf1 hello}", "a rich text document"),
        (bytes(range(256)) * 10, "a file of a kind Recoup does not know"),
    ],
)
def test_anything_else_is_refused_by_name(data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refused:
        examine(io.BytesIO(data), "photo.jpg")
    assert str(refused.value).startswith(f"“photo.jpg” is {said}")
    assert "Recoup takes photos" in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"  \r\n\t", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match=r"“note.txt” is empty"):
        examine(io.BytesIO(data), "note.txt")


@pytest.mark.parametrize(
    "data",
    [
        movie(b"isom")[:-10],
        movie(b"isom")[:60],
        box(b"ftyp", b"isom0000") + box(b"mdat", bytes(50)),
        PDF[:-8],
    ],
    ids=["index cut", "film cut", "no index", "pdf cut"],
)
def test_a_file_that_broke_off_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid, match="damaged or broke off"):
        examine(io.BytesIO(data), "film.mp4")


class Huge(io.BytesIO):
    """A file that says it is huge without being it."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self.claimed = size

    def seek(self, offset: int, whence: int = 0) -> int:
        at = super().seek(offset, whence)
        return self.claimed if whence == 2 else at


def test_a_file_over_its_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(TooLarge, match=r"“big.jpg” has 21 MB; at most 20 MB are taken"):
        examine(Huge(picture("JPEG"), 20_000_001), "big.jpg")
    assert examine(Huge(picture("JPEG"), 20_000_000), "big.jpg").size == 20_000_000


def test_every_family_has_a_limit() -> None:
    assert set(sniff.LIMITS) == set(Family)
