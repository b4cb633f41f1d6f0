"""What the bytes say: beginnings, boxes, the names inside archives."""

from __future__ import annotations

import zipfile
from typing import BinaryIO

import olefile  # type: ignore[import-untyped]

from core.foundation import zips
from core.foundation.language import N_
from core.foundation.sniff.kinds import EMPTY, KINDS, UNKNOWN, Foreign, Kind
from core.foundation.sniff.texts import text_kind

HEAD = 8192

# What a file begins with → what it is. Only for kinds that are not taken; the first match counts.
_FOREIGN_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"MZ", N_("a Windows program")),
    (b"\x7fELF", N_("a Linux program")),
    (b"\xcf\xfa\xed\xfe", N_("a macOS program")),
    (b"\xca\xfe\xba\xbe", N_("a program")),
    (b"\x00asm", N_("a program")),
    (b"#!AMR", N_("a sound recording")),
    (b"#!", N_("a script")),
    (b"Rar!", N_("a RAR archive; unpack it first")),
    (b"7z\xbc\xaf\x27\x1c", N_("a 7z archive; unpack it first")),
    (b"\x1f\x8b", N_("a GZIP archive; unpack it first")),
    (b"BZh", N_("a BZIP2 archive; unpack it first")),
    (b"\xfd7zXZ", N_("an XZ archive; unpack it first")),
    (b"\x28\xb5\x2f\xfd", N_("a Zstandard archive; unpack it first")),
    (b"GIF8", N_("a GIF picture; save it as JPEG or PNG")),
    (b"BM", N_("a BMP picture; save it as JPEG or PNG")),
    (b"II*\x00", N_("a TIFF or raw picture; save it as JPEG or PNG")),
    (b"MM\x00*", N_("a TIFF or raw picture; save it as JPEG or PNG")),
    (b"8BPS", N_("a Photoshop picture; save it as JPEG or PNG")),
    (b"\x00\x00\x01\x00", N_("an icon")),
    (b"\xff\x0a", N_("a JPEG XL picture; save it as JPEG or PNG")),
    (b"\x00\x00\x00\x0cJXL ", N_("a JPEG XL picture; save it as JPEG or PNG")),
    (b"ID3", N_("a sound recording")),
    (b"\xff\xfb", N_("a sound recording")),
    (b"\xff\xf3", N_("a sound recording")),
    (b"\xff\xf1", N_("a sound recording")),
    (b"OggS", N_("a sound recording")),
    (b"fLaC", N_("a sound recording")),
    (b"FLV", N_("a Flash video; save it as MP4")),
    (b"\x30\x26\xb2\x75", N_("a Windows Media file; save it as MP4")),
    (b"\x00\x00\x01\xba", N_("an MPEG video; save it as MP4")),
    (b"{\\rtf", N_("a rich text document; save it as PDF")),
    (b"SQLite format 3", N_("a database")),
)

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
# QuickTime of old cameras begins with one of these boxes and has no brand.
_BRANDLESS_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}


def sniff(file: BinaryIO) -> Kind | Foreign:
    """What the file is. Leaves the file at its beginning."""
    file.seek(0)
    head = file.read(HEAD)
    found = _sniff(head, file)
    file.seek(0)
    return found


def _sniff(head: bytes, file: BinaryIO) -> Kind | Foreign:
    if not head:
        return EMPTY
    if head.startswith(b"\xff\xd8\xff"):
        return KINDS["jpeg"]
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return KINDS["png"]
    if head[:4] == b"RIFF":
        return _riff(head)
    if head[4:8] == b"ftyp":
        return _branded(head)
    if head[4:8] in _BRANDLESS_BOXES:
        return KINDS["mov"]
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return KINDS["webm"] if b"webm" in head[:64] else Foreign(N_("a Matroska video; save it as MP4"))
    if b"%PDF-" in head[:1024]:
        return KINDS["pdf"]
    if head.startswith(b"PK"):
        return _zipped(file)
    if head.startswith(olefile.MAGIC):
        return _compound(file)
    for beginning, name in _FOREIGN_BEGINNINGS:
        # "BM" and "MZ" alone could begin a text; a picture or a program has a NUL soon after.
        if head.startswith(beginning) and (
            len(beginning) > 2 or beginning == b"#!" or b"\x00" in head[:64] or head[0] > 127
        ):
            return Foreign(name)
    return text_kind(file)


def _riff(head: bytes) -> Kind | Foreign:
    if head[8:12] == b"WEBP":
        return KINDS["webp"]
    if head[8:12] == b"AVI ":
        return Foreign(N_("an AVI video; save it as MP4"))
    return Foreign(N_("a sound recording")) if head[8:12] == b"WAVE" else UNKNOWN


def _branded(head: bytes) -> Kind | Foreign:
    """ISO base media: what it is stands in its brands."""
    size = int.from_bytes(head[:4], "big")
    major = head[8:12]
    brands = {major, *(head[at : at + 4] for at in range(16, min(size, len(head) - 3), 4))}
    if brands & {b"avif", b"avis"}:
        return Foreign(N_("an AVIF picture; save it as JPEG or PNG"))
    if brands & _HEIC_BRANDS:
        return KINDS["heic"]
    if major in _SOUND_BRANDS:
        return Foreign(N_("a sound recording"))
    if major == b"qt  ":
        return KINDS["mov"]
    if major[:2] == b"3g":
        return KINDS["3gp"]
    if major == b"crx ":
        return Foreign(N_("a TIFF or raw picture; save it as JPEG or PNG"))
    return KINDS["mp4"]


def _zipped(file: BinaryIO) -> Kind | Foreign:
    """Office files are ZIP archives; what they are stands in the names inside."""
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except zips.BROKEN:
        return Foreign(N_("a ZIP archive that broke off; send it again"))
    if "[Content_Types].xml" in names:
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            return Foreign(N_("an Office file with macros; save it without them"))
        if "xl/workbook.xml" in names:
            return KINDS["xlsx"]
        if "word/document.xml" in names:
            return KINDS["docx"]
        if "xl/workbook.bin" in names:
            return Foreign(N_("a binary Excel workbook; save it as XLSX"))
        if "ppt/presentation.xml" in names:
            return Foreign(N_("a presentation; save it as PDF"))
    if "AndroidManifest.xml" in names or "META-INF/MANIFEST.MF" in names:
        return Foreign(N_("a program"))
    if "content.xml" in names and "mimetype" in names:
        return Foreign(N_("an OpenDocument file; save it as XLSX or PDF"))
    return Foreign(N_("a ZIP archive; unpack it first"))


def _compound(file: BinaryIO) -> Kind | Foreign:
    """Files of Office 97 and of Outlook are small file systems; what they are stands in the names inside."""
    file.seek(0)
    try:
        with olefile.OleFileIO(file.read()) as folder:
            names = {path[0] for path in folder.listdir()}
    except Exception:  # olefile raises whatever a damaged file makes it trip over
        return Foreign(N_("an Office file that broke off; send it again"))
    if "EncryptedPackage" in names:
        return Foreign(N_("an Office file with a password; save it without one"))
    if any("VBA" in name.upper() and "PROJECT" in name.upper() for name in names) or "Macros" in names:
        return Foreign(N_("an Office file with macros; save it without them"))
    if names & {"Workbook", "Book"}:
        return KINDS["xls"]
    if "__properties_version1.0" in names:
        return KINDS["msg"]
    if "WordDocument" in names:
        return Foreign(N_("a Word 97 document; save it as DOCX or PDF"))
    if "PowerPoint Document" in names:
        return Foreign(N_("a presentation; save it as PDF"))
    return UNKNOWN
