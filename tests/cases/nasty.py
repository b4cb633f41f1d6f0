"""Five hundred files nobody should send, made by code from fixed seeds: each a name and bytes, or a hole of many bytes."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import openpyxl
import pillow_heif
from PIL import Image
from PIL.ExifTags import IFD, Base

from tests.films import film
from tests.foundation.test_sniff import MAIL, box, compound

pillow_heif.register_heif_opener()


@dataclass(frozen=True)
class Nasty:
    """One file: what it is called, how its bytes are made, and how many zeros follow them (a hole, not memory)."""

    group: str
    name: str
    make: Callable[[], bytes]
    hole: int = 0


@lru_cache(maxsize=16)
def picture(kind: str, side: int = 96) -> bytes:
    noise = np.random.default_rng(1).integers(0, 255, (side, side, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(noise).save(out, kind)
    return out.getvalue()


@lru_cache(maxsize=1)
def workbook() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def zipped(parts: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def word(**more: bytes) -> bytes:
    return zipped({"[Content_Types].xml": b"<x/>", "word/document.xml": b"<w/>"} | more)


def paper(*objects: bytes, trailer: bytes = b"<< /Root 1 0 R >>", version: bytes = b"1.7") -> bytes:
    """A PDF of these objects, numbered from one, with a right table."""
    out, places = io.BytesIO(), []
    out.write(b"%PDF-" + version + b"\n")
    for number, body in enumerate(objects, start=1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % place for place in places))
    return out.getvalue() + b"trailer %s\nstartxref\n%d\n%%%%EOF\n" % (trailer, start)


CATALOG, PAGES = b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"
GOOD_PDF = paper(CATALOG, PAGES, PAGE)

GOOD: dict[str, Callable[[], bytes]] = {
    "jpg": lambda: picture("JPEG"),
    "png": lambda: picture("PNG"),
    "webp": lambda: picture("WEBP"),
    "heic": lambda: picture("HEIF"),
    "mp4": lambda: film(1, sound=True),
    "mov": lambda: film(1, kind="mov"),
    "webm": lambda: film(1, codec="libvpx", kind="webm"),
    "pdf": lambda: GOOD_PDF,
    "docx": word,
    "xlsx": workbook,
    "xls": lambda: compound("Workbook"),
    "msg": lambda: compound("__properties_version1.0", "__substg1.0_0037001F"),
    "eml": lambda: MAIL,
    "csv": lambda: b"a,b\n1,2\n3,4\n",
}


def cut(kind: str, part: float) -> bytes:
    data = GOOD[kind]()
    return data[: int(len(data) * part)]


def flipped(kind: str, seed: int) -> bytes:
    rng, data = random.Random(f"{kind}{seed}"), bytearray(GOOD[kind]())
    for _n in range(rng.choice((1, 3, 20, 200))):
        data[rng.randrange(len(data))] = rng.randrange(256)
    return bytes(data)


def blanked(kind: str, part: float) -> bytes:
    data = GOOD[kind]()
    at, size = int(len(data) * part), max(4, len(data) // 6)
    return data[:at] + bytes(min(size, len(data) - at)) + data[at + size :]


def doubled(kind: str) -> bytes:
    return GOOD[kind]() * 2


# --- pictures --------------------------------------------------------------------------------------------------------------


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(width: int, height: int, *chunks: bytes, rows: int | None = None, bits: int = 1, colour: int = 0) -> bytes:
    """A PNG of black rows, as small as it gets."""
    line = bytes(1 + (width * bits * (3 if colour == 2 else 1) + 7) // 8)
    packer, body = zlib.compressobj(9), b""
    for _n in range(height if rows is None else rows):
        body += packer.compress(line)
    body += packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg_of(width: int, height: int) -> bytes:
    """A JPEG that says it is that large, with the data of a small one."""
    data = bytearray(picture("JPEG"))
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def gif(frames: int) -> bytes:
    frame = b"\x21\xf9\x04\x00\x01\x00\x00\x00\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def moving(kind: str, frames: int) -> bytes:
    out = io.BytesIO()
    some = [Image.new("RGB", (16, 16), (n % 256, n // 256, 0)) for n in range(frames)]
    some[0].save(out, kind, save_all=True, append_images=some[1:])
    return out.getvalue()


def with_exif(block: bytes, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, kind, exif=block)
    return out.getvalue()


def exif(**said: object) -> bytes:
    block = Image.Exif()
    block[Base.Orientation] = said.get("turn", 6)
    block[Base.Software] = said.get("program", "x")
    block[Base.DateTime] = said.get("edited", "2026:11:20 10:00:00")
    block[IFD.Exif] = {
        Base.DateTimeOriginal.value: said.get("taken", "2026:11:20 09:15:00"),
        Base.OffsetTimeOriginal.value: said.get("offset", "+08:00"),
    }
    return block.tobytes()


def random_exif(seed: int) -> bytes:
    rng = random.Random(seed)
    block = bytearray(exif())
    for _n in range(rng.choice((2, 8, 30))):
        block[rng.randrange(6, len(block))] = rng.randrange(256)
    return with_exif(bytes(block))


def looping_exif() -> bytes:
    """A directory whose next directory is itself."""
    entry = struct.pack("<HHII", 0x8769, 4, 1, 8)
    return with_exif(b"Exif\0\0II*\0" + struct.pack("<I", 8) + struct.pack("<H", 1) + entry + struct.pack("<I", 8))


EXIFS: dict[str, Callable[[], bytes]] = {
    "turn 99": lambda: with_exif(exif(turn=99)),
    "turn as text": lambda: with_exif(exif(turn=6).replace(b"\x12\x01\x03\x00", b"\x12\x01\x02\x00")),
    "date of zeros": lambda: with_exif(exif(taken="0000:00:00 00:00:00")),
    "date of year one": lambda: with_exif(exif(taken="0001:01:01 00:00:00", offset="+14:00")),
    "date of year one without zone": lambda: with_exif(exif(taken="0001:01:01 00:00:00", offset="x")),
    "date of year 9999": lambda: with_exif(exif(taken="9999:12:31 23:59:59", offset="-14:00")),
    "date of year 9999 without zone": lambda: with_exif(exif(taken="9999:12:31 23:59:59", offset="")),
    "date that is none": lambda: with_exif(exif(taken="2026:13:45 99:99:99")),
    "edited in year 9999": lambda: with_exif(exif(edited="9999:12:31 23:59:59")),
    "program with marks": lambda: with_exif(exif(program="\u202eevil\x00\x07<script>")),
    "program of 60,000 letters": lambda: with_exif(exif(program="x" * 60_000)),
    "zone of a hundred hours": lambda: with_exif(exif(offset="+99:99")),
    "a loop": looping_exif,
    "only a head": lambda: with_exif(b"Exif\0\0"),
    "broken head": lambda: with_exif(b"Exif\0\0XX*\0" + bytes(20)),
    "65,000 zeros": lambda: with_exif(b"Exif\0\0II*\0" + struct.pack("<I", 8) + bytes(65_000)),
    "65,000 entries": lambda: with_exif(b"Exif\0\0II*\0" + struct.pack("<IH", 8, 65_535) + bytes(60_000)),
    "offsets past the end": lambda: with_exif(
        b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + struct.pack("<HHII", 0x132, 2, 4_000_000_000, 4_000_000_000) * 2
    ),
    "in a PNG": lambda: with_exif(exif(), "PNG"),
    "in a WebP": lambda: with_exif(b"Exif\0\0" + bytes(range(256)) * 8, "WEBP"),
}

PICTURES: dict[str, Callable[[], bytes]] = {
    "30000 x 30000.png": lambda: png(30_000, 30_000),
    "30000 x 30000 colour.png": lambda: png(30_000, 30_000, bits=8, colour=2, rows=400),
    "7900 x 7900 whole.png": lambda: png(7_900, 7_900),
    "1 x 60000000.png": lambda: png(1, 60_000_000, rows=1000),
    "60000000 x 1.png": lambda: png(60_000_000, 1),
    "2147483647.png": lambda: png(2_147_483_647, 2_147_483_647, rows=0),
    "0 x 0.png": lambda: png(0, 0, rows=0),
    "no data.png": lambda: png(100, 100, rows=0),
    "few rows.png": lambda: png(100, 100, rows=50),
    "1 x 1.png": lambda: png(1, 1),
    "text bomb.png": lambda: png(9, 9, chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80_000_000), 1))),
    "profile bomb.png": lambda: png(9, 9, chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(80_000_000), 1))),
    "many chunks.png": lambda: png(9, 9, chunk(b"tEXt", b"a\0b") * 60_000),
    "wrong sums.png": lambda: picture("PNG").replace(b"IDAT", b"IDAT", 1)[:-20] + bytes(20),
    "65500 x 65500.jpg": lambda: jpeg_of(65_500, 65_500),
    "10900 x 10900.jpg": lambda: jpeg_of(10_900, 10_900),
    "0 x 0.jpg": lambda: jpeg_of(0, 0),
    "1 x 65500.jpg": lambda: jpeg_of(1, 65_500),
    "one row.jpg": lambda: jpeg_of(65_500, 1),
    "only markers.jpg": lambda: b"\xff\xd8" + b"\xff\xfe\x00\x02" * 100_000 + b"\xff\xd9",
    "ends at once.jpg": lambda: b"\xff\xd8\xff\xd9",
    "fill bytes.jpg": lambda: b"\xff\xd8" + b"\xff" * 3_000_000,
    "a second picture behind.jpg": lambda: picture("JPEG") + picture("PNG"),
    "megabytes behind.jpg": lambda: picture("JPEG") + bytes(3_000_000),
    "10000 frames.gif": lambda: gif(10_000),
    "one frame.gif": lambda: gif(1),
    "10000 frames named.jpg": lambda: gif(10_000),
    "300 frames.webp": lambda: moving("WEBP", 300),
    "300 frames.png": lambda: moving("PNG", 300),
    "40 pages.tiff": lambda: moving("TIFF", 40),
    "heic without pictures.heic": lambda: box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"meta", bytes(40)),
    "heic of nothing.heic": lambda: box(b"ftyp", b"heic\0\0\0\0"),
    "heic with a film's box.heic": lambda: box(b"ftyp", b"heic\0\0\0\0") + box(b"moov", bytes(100)),
    "avif.heic": lambda: box(b"ftyp", b"avif\0\0\0\0mif1avif") + bytes(200),
    "riff of nothing.webp": lambda: b"RIFF\x04\0\0\0WEBP",
    "riff too long.webp": lambda: b"RIFF\xff\xff\xff\x7fWEBPVP8 " + bytes(50),
    "lossless of 16384.webp": lambda: b"RIFF\x20\0\0\0WEBPVP8L\x10\0\0\0\x2f\xff\xff\xff\x0f" + bytes(20),
}

# --- papers, films, archives, texts --------------------------------------------------------------------------------------------

PAPERS: dict[str, Callable[[], bytes]] = {
    "script.pdf": lambda: paper(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> >>", PAGES, PAGE
    ),
    "launch.pdf": lambda: paper(
        b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (cmd.exe) >> >>", PAGES, PAGE
    ),
    "encrypted.pdf": lambda: paper(
        CATALOG,
        PAGES,
        PAGE,
        b"<< /Filter /Standard /V 1 /R 2 /O <" + b"41" * 32 + b"> /U <" + b"42" * 32 + b"> /P -4 >>",
        trailer=b"<< /Root 1 0 R /Encrypt 4 0 R /ID [<41><41>] >>",
    ),
    "unknown lock.pdf": lambda: paper(
        CATALOG, PAGES, PAGE, b"<< /Filter /Nobody /V 99 >>", trailer=b"<< /Root 1 0 R /Encrypt 4 0 R >>"
    ),
    "no pages.pdf": lambda: paper(CATALOG, b"<< /Type /Pages /Kids [] /Count 0 >>"),
    "pages of itself.pdf": lambda: paper(CATALOG, b"<< /Type /Pages /Kids [2 0 R] /Count 1 >>"),
    "two trees in a ring.pdf": lambda: paper(
        CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 9 >>", b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"
    ),
    "a million pages it says.pdf": lambda: paper(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count 1000000 >>", PAGE),
    "pages below zero.pdf": lambda: paper(CATALOG, b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>", PAGE),
    "deep.pdf": lambda: paper(CATALOG, PAGES, b"[" * 100_000 + b"]" * 100_000),
    "stream bomb.pdf": lambda: paper(
        CATALOG,
        PAGES,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>",
        (lambda body: b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(body), body))(
            zlib.compress(b"0 0 m 9 9 l S " * 1_000_000, 9)
        ),
    ),
    "no table.pdf": lambda: GOOD_PDF.replace(b"startxref", b"startyref"),
    "table far away.pdf": lambda: GOOD_PDF[:-14] + b"99999999\n%%EOF\n",
    "table in a ring.pdf": lambda: paper(CATALOG, PAGES, PAGE, trailer=b"<< /Root 1 0 R /Prev 9 >>"),
    "only the end.pdf": lambda: b"%PDF-1.7\n%%EOF",
    "many ends.pdf": lambda: b"%PDF-1.7\n" + b"%%EOF\n" * 50_000,
    "head late.pdf": lambda: bytes(range(32, 126)) * 8 + GOOD_PDF,
    "version 9.pdf": lambda: paper(CATALOG, PAGES, PAGE, version=b"9.9"),
    "a hundred thousand objects.pdf": lambda: paper(CATALOG, PAGES, PAGE, *([b"null"] * 100_000)),
    "a page of nothing.pdf": lambda: paper(CATALOG, PAGES, b"null"),
}


def boxes(data: bytes, name: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The film with the bytes after one box's name changed, its length kept."""
    at = data.index(name) + 4
    return data[:at] + change(data[at:])[: len(data) - at]


FILMS: dict[str, Callable[[], bytes]] = {
    "no pictures.mp4": lambda: film(1, sound=True, pictures=False),
    "no frames.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + box(b"mdat", bytes(99)) + box(b"moov", bytes(20)),
    "an empty index.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov"),
    "many boxes.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + box(b"free") * 200_000 + box(b"moov"),
    "many tracks.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + box(b"moov", box(b"trak") * 100_000),
    "deep boxes.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + deep(2_000),
    "huge tables.mp4": lambda: boxes(film(1), b"stsz", lambda rest: rest[:8] + b"\x7f\xff\xff\xff" + rest[12:]),
    "huge times.mp4": lambda: boxes(film(1), b"stts", lambda rest: rest[:4] + b"\x7f\xff\xff\xff" + rest[8:]),
    "long as an age.mp4": lambda: boxes(
        film(1), b"mvhd", lambda rest: rest[:12] + b"\0\0\0\1\x7f\xff\xff\xff" + rest[20:]
    ),
    "no size.mp4": lambda: boxes(film(1), b"avc1", lambda rest: rest[:24] + bytes(4) + rest[28:]),
    "65535 wide.mp4": lambda: boxes(film(1), b"avc1", lambda rest: rest[:24] + b"\xff\xff\xff\xff" + rest[28:]),
    "unknown codec.mp4": lambda: film(1).replace(b"avc1", b"zzzz"),
    "other file's data.mp4": lambda: film(1).replace(b"url \0\0\0\1", b"url \0\0\0\0"),
    "names a file.mp4": lambda: box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"rmra", b"file:///etc/passwd")),
    "a list of others.mp4": lambda: b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/passwd\n",
    "a joined list.mp4": lambda: b"ffconcat version 1.0\nfile /etc/passwd\n",
    "box without end.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0isom") + b"\0\0\0\0moov" + bytes(500),
    "box of 2^63.mp4": lambda: box(b"ftyp", b"isom\0\0\0\0") + b"\0\0\0\1moov" + b"\x7f" + b"\xff" * 7 + bytes(99),
    "avi.mp4": lambda: b"RIFF\x40\0\0\0AVI LIST" + bytes(64),
    "only a head.webm": lambda: b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fwebm" + bytes(60),
    "unknown sizes.webm": lambda: b"\x1a\x45\xdf\xa3\x01\xff\xff\xff\xff\xff\xff\xffwebm" + bytes(2_000),
    "matroska.mp4": lambda: b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fmatroska" + bytes(60),
    "brandless.mov": lambda: box(b"wide") + box(b"mdat", bytes(500)) + box(b"moov", bytes(9)),
    "sound.mp4": lambda: box(b"ftyp", b"M4A \0\0\0\0M4A ") + box(b"moov", bytes(20)),
    "one picture.mp4": lambda: film(0.1),
    "motion jpeg.mov": lambda: film(0.5, codec="mjpeg", kind="mov"),
}


def deep(levels: int) -> bytes:
    data = b""
    for _n in range(levels):
        data = box(b"moov", data)
    return data


def linked() -> bytes:
    """A ZIP whose entries are links out of it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for target in ("/etc/passwd", "../../../../etc/shadow"):
            link = zipfile.ZipInfo(target.replace("/", "_"))
            link.create_system, link.external_attr = 3, 0o120777 << 16
            archive.writestr(link, target)
    return out.getvalue()


def nested(levels: int) -> bytes:
    data = b"x"
    for n in range(levels):
        data = zipped({f"{n}.zip": data})
    return data


def locked_zip() -> bytes:
    data = bytearray(word())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark)
        data[place + at] |= 1
    return bytes(data)


LAUGHS = (
    b'<!DOCTYPE l [<!ENTITY a "lol">'
    + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9))
    + b"]><x>&j;</x>"
)

ARCHIVES: dict[str, Callable[[], bytes]] = {
    "plain.zip": lambda: zipped({"a.jpg": b"x"}),
    "in itself.zip": lambda: nested(40),
    "links.zip": linked,
    "paths.zip": lambda: zipped({"../../../etc/cron.d/x": b"x", "C:\\Windows\\x": b"x", "/abs": b"x"}),
    "names.zip": lambda: zipped({"\u202egpj.exe": b"x", "a" * 60_000: b"x"}),
    "20000 entries.zip": lambda: zipped({f"{n}": b"" for n in range(20_000)}, zipfile.ZIP_STORED),
    "bomb.docx": lambda: word(**{"word/media/1.bin": bytes(40_000_000)}),
    "bomb.xlsx": lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.xml": bytes(20_000_000)}),
    "laughs.docx": lambda: word(**{"word/settings.xml": LAUGHS}),
    "twice the same.docx": lambda: word() + word(),
    "locked.docx": locked_zip,
    "macros.docm": lambda: word(**{"word/vbaProject.bin": b"x"}),
    "empty.zip": lambda: b"PK\x05\x06" + bytes(18),
    "only an end far away.zip": lambda: b"PK\x05\x06" + b"\xff" * 18,
    "a comment of 65535.zip": lambda: b"PK\x05\x06" + bytes(16) + b"\xff\xff" + bytes(65_535),
    "zip64 of lies.zip": lambda: (
        b"PK\x03\x04" + b"\xff" * 60 + b"PK\x06\x06" + b"\xff" * 52 + b"PK\x06\x07" + b"\xff" * 16
    ),
    "app.jar": lambda: zipped({"META-INF/MANIFEST.MF": b"x"}),
    "app.apk": lambda: zipped({"AndroidManifest.xml": b"x"}),
    "sheet.xlsb": lambda: zipped({"[Content_Types].xml": b"", "xl/workbook.bin": b""}),
    "tool.rar": lambda: b"Rar!\x1a\x07\x01\0" + bytes(50),
    "tool.7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(50),
    "a.gz": lambda: b"\x1f\x8b\x08" + bytes(50),
    "ring.xls": lambda: compound("Workbook").replace(b"\xfe\xff\xff\xff", b"\x00\x00\x00\x00"),
    "sectors of 2^20.xls": lambda: compound("Workbook")[:30] + b"\x14\x00" + compound("Workbook")[32:],
    "locked.xls": lambda: compound("EncryptedPackage", "EncryptionInfo"),
    "many streams.msg": lambda: compound("__properties_version1.0", *(f"s{n}" for n in range(400))),
}

TEXTS: dict[str, Callable[[], bytes]] = {
    "page.html": lambda: b"<!DOCTYPE html><script>fetch('/files')</script>",
    "page.jpg": lambda: b"  \n<html><body onload=alert(1)>",
    "drawing.svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "drawing.png": lambda: b'<?xml version="1.0"?><svg onload="alert(1)"/>',
    "late.svg": lambda: b"<!--" + b" " * 3_000 + b"--><svg/>",
    "laughs.xml": lambda: LAUGHS,
    "mark first.html": lambda: b"\xef\xbb\xbf<script>alert(1)</script>",
    "utf16.html": lambda: "<script>alert(1)</script>".encode("utf-16"),
    "lone halves.txt": lambda: b"\xff\xfe" + b"\x00\xd8" * 50,
    "odd utf16.txt": lambda: b"\xff\xfe\x41",
    "zeros.txt": lambda: bytes(5_000),
    "ones.bin": lambda: b"\xff" * 5_000,
    "spaces.txt": lambda: b" \n" * 5_000,
    "only a mark.txt": lambda: b"\xef\xbb\xbf",
    "zero inside.txt": lambda: b"hello\0world",
    "bells.txt": lambda: b"\x07" * 500,
    "one line of 9 MB.txt": lambda: b"a" * 9_000_000,
    "nine million commas.csv": lambda: b"," * 9_000_000,
    "formulas.csv": lambda: b'=cmd|"/c calc"!A1,2\n@SUM(1),2\n+1,2\n',
    "headers only.eml": lambda: b"From: a\nDate: b\nTo: c\nMessage-ID: d\n",
    "a header of 250 KB.eml": lambda: b"From: a\r\nDate: b\r\nSubject: " + b"x" * 250_000 + b"\r\nTo: x\r\n\r\nhi",
    "a hundred thousand headers.eml": lambda: b"From: a\r\nDate: b\r\nTo: c\r\n" + b"X-A: 1\r\n" * 30_000 + b"\r\nx",
    "nested parts.eml": lambda: (
        b"From: a\nDate: b\nTo: c\nContent-Type: multipart/mixed; boundary=x\n\n" + b"--x\n" * 50_000
    ),
    "script.sh": lambda: b"#!/bin/sh\nrm -rf /\n",
    "program.jpg": lambda: b"MZ" + bytes(200),
    "elf.png": lambda: b"\x7fELF" + bytes(200),
    "icon.ico": lambda: b"\0\0\1\0\1\0" + bytes(50),
    "notes.rtf": lambda: b"{\\rtf1" + b"{\\x" * 50_000,
    "data.sqlite": lambda: b"SQLite format 3\0" + bytes(100),
    "gb.txt": lambda: "丢件".encode("gb18030") * 100,
    "half a letter.txt": lambda: ("丢" * 100_000).encode()[:-1],
    "escape codes.txt": lambda: b"\x1b[2J\x1b]0;title\x07" * 20,
}

MIXED: dict[str, Callable[[], bytes]] = {
    "gif and jar.jpg": lambda: gif(1) + zipped({"META-INF/MANIFEST.MF": b""}),
    "jpeg and zip.jpg": lambda: picture("JPEG") + zipped({"x.exe": b"MZ"}),
    "png and html.png": lambda: picture("PNG") + b"<script>alert(1)</script>",
    "jpeg with a page in a comment.jpg": lambda: (
        b"\xff\xd8\xff\xfe\x00\x20<script>alert(1)</script>/*" + picture("JPEG")[2:]
    ),
    "pdf and html.pdf": lambda: b"<html><!-- " + GOOD_PDF,
    "zip and pdf.pdf": lambda: GOOD_PDF + zipped({"x": b"x"}),
    "pdf in a zip.zip": lambda: zipped({"a.pdf": GOOD_PDF}, zipfile.ZIP_STORED),
    "docx and pdf.docx": lambda: word() + GOOD_PDF,
    "mp4 and zip.mp4": lambda: film(1) + zipped({"x": b"x"}),
    "mp4 and html.mp4": lambda: film(1) + b"<html>" + bytes(2),
    "mail with a page.eml": lambda: MAIL + b"<script>alert(1)</script>",
    "jpeg in a mail.eml": lambda: MAIL + picture("JPEG"),
    "jpeg behind a line.jpg": lambda: b"\n" + picture("JPEG"),
    "html named.jpg.html": lambda: picture("JPEG"),
    "jpeg named.pdf": lambda: picture("JPEG"),
    "png named.mp4": lambda: picture("PNG"),
    "pdf named.jpg": lambda: GOOD_PDF,
    "film named.jpg": lambda: film(1),
    "workbook named.jpg": workbook,
    "mail named.png": lambda: MAIL,
    "heic named.jpg": lambda: picture("HEIF"),
    "nothing named": lambda: picture("WEBP"),
}

NAMES = (
    "\u202egpj.exe", "a\x00b.jpg", "../../../etc/passwd", "..\\..\\windows\\win.ini", "C:\\x.jpg", "/", "\\", "", " ", ".",
    "..", "...", "\u200b\u200b", "\ufeff.jpg", "a" * 5_000 + ".jpg", "é" * 3_000, "a." + "b" * 3_000, "CON", "NUL.jpg",
    "\r\nSet-Cookie: x=1.jpg", "<script>alert(1)</script>.jpg", "![x](https://evil.example/a.png).jpg", "{name}%s%n.jpg",
    "丢件照片.jpg", "ภาพ.jpg", "👨‍👩‍👧‍👦.jpg", "\ud800.jpg", "a\udcffb.jpg", "\U000e0041\U000e0042.jpg", "\u2028.jpg",
    "'; DROP TABLE evidence;--.jpg", "a\u0301" * 400 + ".jpg", "con\x7ftrol\x85.jpg", "\u2066abc\u2069.jpg",
    "x" * 2_000_000,
)  # fmt: skip

HEADS = (
    b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\x00\x10\0\0WEBP", b"\0\0\0\x18ftypheic", b"\0\0\0\x18ftypisom",
    b"\0\0\0\x14ftypqt  ", b"\x1a\x45\xdf\xa3webm", b"%PDF-1.7\n", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
    b"\0\0\0\x08moov", b"\0\0\0\x18ftyp3gp5",
)  # fmt: skip

HOLES = {
    "21 MB.jpg": (lambda: picture("JPEG"), 21_000_000),
    "20 MB less one.jpg": (lambda: picture("JPEG"), 19_900_000),
    "201 MB.mp4": (lambda: box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", bytes(9)), 201_000_000),
    "51 MB.pdf": (lambda: b"%PDF-1.7\n", 51_000_000),
    "51 MB.xls": (lambda: compound("Workbook"), 51_000_000),
    "11 MB.txt": (lambda: b"hello ", 11_000_000),
    "3 GB.jpg": (lambda: b"\xff\xd8\xff", 3_000_000_000),
    "3 GB.zip": (lambda: b"PK\x03\x04", 3_000_000_000),
    "3 GB.pdf": (lambda: b"%PDF-1.7\n", 3_000_000_000),
    "3 GB of nothing": (lambda: b"", 3_000_000_000),
}


def all_of_them() -> Iterator[Nasty]:
    """Every file, always the same, each with a group and a name of its own."""
    for kind in GOOD:
        for part in (0.0, 0.02, 0.1, 0.35, 0.6, 0.9, 0.99):
            yield Nasty("cut", f"{kind} at {part}.{kind}", partial(cut, kind, part))
        for seed in range(7):
            yield Nasty("flipped", f"{kind} {seed}.{kind}", partial(flipped, kind, seed))
        for part in (0.0, 0.3, 0.7):
            yield Nasty("blanked", f"{kind} at {part}.{kind}", partial(blanked, kind, part))
        yield Nasty("doubled", f"{kind}.{kind}", partial(doubled, kind))
    for number, head in enumerate(HEADS):
        for seed in (1, 2):
            made = random.Random(f"{head!r}{seed}").randbytes(20_000)
            yield Nasty("head and noise", f"{number} {seed}", partial(bytes, head + made))
    for seed in range(8):
        yield Nasty("noise", f"{seed}.jpg", partial(random.Random(seed).randbytes, 1 << (2 * seed)))
    for seed in range(16):
        yield Nasty("random exif", f"{seed}.jpg", partial(random_exif, seed))
    for group, some in {
        "exif": EXIFS, "picture": PICTURES, "paper": PAPERS, "film": FILMS, "archive": ARCHIVES, "text": TEXTS, "mixed": MIXED,
    }.items():  # fmt: skip
        for name, make in some.items():
            yield Nasty(group, name, make)
    for name in NAMES:
        yield Nasty("name", name, lambda: picture("JPEG"))
    for name, (make, hole) in HOLES.items():
        yield Nasty("hole", name, make, hole)
