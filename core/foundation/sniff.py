"""What a file is, read from its bytes and never from its name, and whether Recoup takes it.

`examine` is the door: it names the kind, or refuses with a sentence that says what was found instead. It reads what it
needs of the file and leaves it at its beginning. Whether a picture can be decoded is for `pictures.facts` to say.
"""

from __future__ import annotations

import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import olefile  # type: ignore[import-untyped]

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import N_, _

HEAD = 8192
TEXT_SAMPLE = 256 * 1024


class Family(StrEnum):
    """What a kind of file is used as; decides its limit and how it is shown."""

    PICTURE = "picture"
    VIDEO = "video"
    DOCUMENT = "document"
    SHEET = "sheet"
    TEXT = "text"
    MAIL = "mail"


LIMITS: dict[Family, int] = {
    Family.PICTURE: 20_000_000,
    Family.VIDEO: 200_000_000,
    Family.DOCUMENT: 50_000_000,
    Family.SHEET: 50_000_000,
    Family.TEXT: 10_000_000,
    Family.MAIL: 50_000_000,
}
"""The most bytes a file of each family may have. Shopee itself takes 10 MB a photo and 30 MB a video."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that is taken: a short code, media type, family, usual ending, and the name people use for it."""

    code: str
    media_type: str
    family: Family
    suffix: str
    name: str


_OFFICE = "application/vnd.openxmlformats-officedocument."

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("jpeg", "image/jpeg", Family.PICTURE, ".jpg", "JPEG"),
        Kind("png", "image/png", Family.PICTURE, ".png", "PNG"),
        Kind("webp", "image/webp", Family.PICTURE, ".webp", "WebP"),
        Kind("heic", "image/heic", Family.PICTURE, ".heic", "HEIC"),
        Kind("mp4", "video/mp4", Family.VIDEO, ".mp4", "MP4"),
        Kind("mov", "video/quicktime", Family.VIDEO, ".mov", "MOV"),
        Kind("webm", "video/webm", Family.VIDEO, ".webm", "WebM"),
        Kind("3gp", "video/3gpp", Family.VIDEO, ".3gp", "3GP"),
        Kind("pdf", "application/pdf", Family.DOCUMENT, ".pdf", "PDF"),
        Kind("docx", _OFFICE + "wordprocessingml.document", Family.DOCUMENT, ".docx", "Word"),
        Kind(
            "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Family.SHEET, ".xlsx", "Excel"
        ),
        Kind("xls", "application/vnd.ms-excel", Family.SHEET, ".xls", "Excel 97"),
        Kind("csv", "text/csv", Family.TEXT, ".csv", "CSV"),
        Kind("txt", "text/plain", Family.TEXT, ".txt", "TXT"),
        Kind("eml", "message/rfc822", Family.MAIL, ".eml", "EML"),
        Kind("msg", "application/vnd.ms-outlook", Family.MAIL, ".msg", "MSG"),
    )
}
BY_MEDIA_TYPE: dict[str, Kind] = {kind.media_type: kind for kind in KINDS.values()}

SUFFIXES: tuple[str, ...] = (*(kind.suffix for kind in KINDS.values()), ".jpeg", ".heif", ".m4v")
"""Endings for a file picker. A courtesy to the person: nothing is decided by them."""


@dataclass(frozen=True)
class Foreign:
    """Something that is not taken, and what it is called."""

    name: str


UNKNOWN = Foreign(N_("a file of a kind Recoup does not know"))
EMPTY = Foreign(N_("empty"))

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

_TEXTUAL = {b"#!", b"{\\rtf"}

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_SOUND_BRANDS = {b"M4A ", b"M4B ", b"M4P "}
# QuickTime of old cameras begins with one of these boxes and has no brand.
_BRANDLESS_BOXES = {b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"}

_MAIL_HEADERS = set(
    b"from to cc date subject message-id received mime-version return-path delivered-to content-type reply-to sender "
    b"dkim-signature x-received x-mailer".split()
)
_MAIL_MUST = {b"from", b"date", b"message-id", b"received"}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


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
    return _text(file)


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
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
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


def _text(file: BinaryIO) -> Kind | Foreign:
    """Plain text, a table as text or a mail; markup is refused, because a browser would run it."""
    file.seek(0)
    sample = file.read(TEXT_SAMPLE)
    text = decode(sample)
    if text is None:
        return UNKNOWN
    start = text.lstrip("\ufeff \t\r\n").lower()
    if not start:
        return EMPTY
    if start.startswith("<"):
        return Foreign(_markup(start))
    if _is_mail(sample):
        return KINDS["eml"]
    return KINDS["csv"] if _is_table(text) else KINDS["txt"]


def _markup(start: str) -> str:
    if "<svg" in start[:2000]:
        return N_("an SVG drawing; save it as PNG")
    if re.match(r"<(!doctype html|html|head|body|script|meta|title|table|div|!--|a |p>|iframe|img)", start):
        return N_("a web page; print it to PDF")
    return N_("an XML file")


def decode(sample: bytes) -> str | None:
    """The beginning of a text as a string; None if this is no text. Knows UTF-8, UTF-16 with a mark, and GB 18030."""
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif b"\x00" in sample:
        return None
    else:
        encodings = ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        for cut in range(4):  # the sample may end inside a character
            try:
                text = sample[: len(sample) - cut].decode(encoding)
            except UnicodeDecodeError:
                continue
            return None if _CONTROL.search(text) else text
    return None


def _is_mail(sample: bytes) -> bool:
    """Whether it begins with the headers of a mail: at least three known ones before the first empty line."""
    headers = re.split(rb"\r?\n\r?\n", sample.lstrip(b"\xef\xbb\xbf"), maxsplit=1)[0]
    names = set()
    for line in re.sub(rb"\r?\n[ \t]+", b" ", headers).splitlines():
        name, colon, _rest = line.partition(b":")
        if not colon or not re.fullmatch(rb"[!-9;-~]+", name):
            return False
        names.add(name.lower())
    return len(names & _MAIL_HEADERS) >= 3 and len(names & _MAIL_MUST) >= 2


def _is_table(text: str) -> bool:
    """Whether the first lines have the same number of commas, semicolons or tabs."""
    lines = [line for line in text.splitlines()[:6] if line.strip()][:5]
    counts = [{line.count(mark) for line in lines} for mark in ",;\t"]
    return len(lines) > 1 and any(len(count) == 1 and 0 not in count for count in counts)


@dataclass(frozen=True)
class Examined:
    """A file that is taken: its kind and its size in bytes."""

    kind: Kind
    size: int


def examine(file: BinaryIO, name: str) -> Examined:
    """The kind and size of a file that may come in. `name` is only used to say which file a refusal speaks of.

    Raises Invalid for what is not taken, empty or broken off, and TooLarge over the limit of its family.
    """
    size = file.seek(0, os.SEEK_END)
    found = sniff(file)
    if size == 0 or found is EMPTY:
        raise Invalid(_("“{name}” is empty. Choose the file again.", name=name))
    if isinstance(found, Foreign):
        raise Invalid(
            _(
                "“{name}” is {found}. Recoup takes photos (JPEG, PNG, WebP, HEIC), videos (MP4, MOV, WebM, 3GP), "
                "PDF, Word, Excel, CSV and text files, and mails (EML, MSG).",
                name=name,
                found=_(found.name),
            )
        )
    limit = LIMITS[found.family]
    if size > limit:
        raise TooLarge(_too_large(name, size, limit))
    if _broken_off(found, file):
        raise broken(name)
    return Examined(found, size)


def broken(name: str) -> Invalid:
    """The sentence for a file that is not whole."""
    return Invalid(_("“{name}” is damaged or broke off while it was sent. Send the file again.", name=name))


def _too_large(name: str, size: int, limit: int) -> str:
    return _(
        "“{name}” has {size} MB; at most {limit} MB are taken. Send a smaller version, or a part of it.",
        name=name,
        size=-(-size // 1_000_000),
        limit=limit // 1_000_000,
    )


def _broken_off(kind: Kind, file: BinaryIO) -> bool:
    """Whether the end is missing, where a kind lets us see it without decoding."""
    try:
        if kind.code in ("mp4", "mov", "3gp"):
            return not _whole_movie(file)
        if kind.code == "pdf":
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - 65536))
            return b"%%EOF" not in file.read()
        return False
    finally:
        file.seek(0)


def _whole_movie(file: BinaryIO) -> bool:
    """Whether all boxes end inside the file and there is an index to play it by."""
    boxes = list(_boxes(file))
    return bool(boxes) and all(whole for _name, whole in boxes) and any(name == b"moov" for name, _whole in boxes)


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """The top-level boxes: name, and whether all of it is there."""
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at + 8 <= end:
        file.seek(at)
        header = file.read(16)
        size = int.from_bytes(header[:4], "big")
        if size == 1:
            size = int.from_bytes(header[8:16], "big")
        elif size == 0:
            size = end - at
        if size < 8:  # padding that some recorders leave at the end
            return
        yield header[4:8], at + size <= end
        at += size
