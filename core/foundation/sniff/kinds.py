"""The kinds of file that are taken, their limits, and names for what is not."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.foundation.language import N_


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


@dataclass(frozen=True)
class Foreign:
    """Something that is not taken, and what it is called."""

    name: str


UNKNOWN = Foreign(N_("a file of a kind Recoup does not know"))
EMPTY = Foreign(N_("empty"))
