"""What is refused before a form is opened: programs, links to elsewhere, bombs, entities. Every refusal is a sentence."""

from __future__ import annotations

import io
import re
import zipfile

from core.foundation import sniff
from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.models.template import TemplateFormat

LARGEST = 5_000_000
UNPACKED = 60_000_000
MOST_MEMBERS = 1_000
_ACTIVE = re.compile(
    r"vbaproject|vbadata|/activex/|/embeddings/|oleobject|externallinks/|/ctrlprops/|xl/macrosheets/|xl/connections\.xml"
    r"|xl/querytables/|customui|/afchunk|webextension",
    re.IGNORECASE,
)
_EXTERNAL = re.compile(rb"<[^>]*TargetMode\s*=\s*[\"']External[\"'][^>]*>", re.IGNORECASE)
_HYPERLINK = re.compile(rb"Type\s*=\s*[\"'][^\"']*/hyperlink[\"']", re.IGNORECASE)
_SAFE_TARGET = re.compile(rb"Target\s*=\s*[\"'](?:https?:|mailto:)", re.IGNORECASE)
_WORD_FIELD = re.compile(rb"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE)\b")
_INSTRUCTION = re.compile(rb"<w:instrText[^>]*>([^<]*)<|w:instr\s*=\s*\"([^\"]*)\"")
_FORMULA = re.compile(rb"<f[^>]*>([^<]*)<")
_FAR_FORMULA = re.compile(
    rb"WEBSERVICE|FILTERXML|IMPORT|RTD\(|CALL\(|REGISTER|EXEC\(|HYPERLINK\(|\||\[\d|file:", re.IGNORECASE
)


def checked(data: bytes, name: str) -> TemplateFormat:
    """The format of a form that may be opened. Raises `Invalid` or `TooLarge` with the reason."""
    if len(data) > LARGEST:
        raise TooLarge(_("“{name}” is larger than {n} MB: no claim form is.", name=name, n=LARGEST // 1_000_000))
    kind = sniff.examine(io.BytesIO(data), name).kind
    if kind.code not in (TemplateFormat.XLSX, TemplateFormat.DOCX):
        raise Invalid(
            _("“{name}” is {kind}; a form is a workbook (XLSX) or a document (DOCX).", name=name, kind=kind.name),
            "file",
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > UNPACKED:
            raise TooLarge(_("“{name}” unpacks to far more than a form holds.", name=name))
        for member in members:
            _member(member.filename, name)
            _content(_unpacked(archive, member, name), member.filename, name)
    return TemplateFormat(kind.code)


def _member(path: str, name: str) -> None:
    if _ACTIVE.search(path):
        raise Invalid(
            _(
                "“{name}” holds a program, a linked workbook or an embedded object ({part}). Save it without and try again.",
                name=name,
                part=path,
            ),
            "file",
        )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> bytes:
    """A member, read no further than it says it is long: what lies about its length is a bomb."""
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error
    if len(data) > member.file_size:
        raise TooLarge(_("“{name}” unpacks to far more than a form holds.", name=name))
    return data


def _content(data: bytes, path: str, name: str) -> None:
    if not path.endswith((".xml", ".rels", ".vml")):
        return
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data or data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid(_("“{name}” holds XML of a kind no office program writes. Save it again.", name=name), "file")
    if path.endswith(".rels"):
        for link in _EXTERNAL.findall(data):
            if not (_HYPERLINK.search(link) and _SAFE_TARGET.search(link)):
                raise Invalid(
                    _("“{name}” draws on a file elsewhere. Remove the link and try again.", name=name), "file"
                )
    elif path.startswith("word/"):
        said = b" ".join(one or other for one, other in _INSTRUCTION.findall(data))
        if _WORD_FIELD.search(said):
            raise Invalid(_("“{name}” draws on a file elsewhere. Remove the link and try again.", name=name), "file")
    elif path.startswith("xl/"):
        for formula in _FORMULA.findall(data):
            if _FAR_FORMULA.search(formula):
                raise Invalid(
                    _("“{name}” has a formula that reaches outside the workbook. Remove it and try again.", name=name),
                    "file",
                )
