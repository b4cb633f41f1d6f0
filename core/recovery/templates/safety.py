"""What is refused before a form is opened: programs, links to elsewhere, bombs, entities. Every refusal is a sentence."""

from __future__ import annotations

import io
import re
import zipfile

from core.foundation import sniff
from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.foundation.zips import BROKEN
from core.models.template import TemplateFormat
from core.recovery.templates import markup

LARGEST = 5_000_000
UNPACKED = 60_000_000
MOST_MEMBERS = 1_000
_ACTIVE = re.compile(
    r"vbaproject|vbadata|/activex/|/embeddings/|oleobject|externallinks/|/ctrlprops/|xl/macrosheets/|xl/connections\.xml"
    r"|xl/querytables/|customui|/afchunk|webextension",
    re.IGNORECASE,
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
    form = TemplateFormat(kind.code)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > UNPACKED:
            raise TooLarge(_("“{name}” unpacks to far more than a form holds.", name=name))
        for member in members:
            _member(member.filename, name)
            _content(_unpacked(archive, member, name), member.filename, name, form)
    return form


def _member(path: str, name: str) -> None:
    if _ACTIVE.search(path):
        raise _active(path, name)


def _active(path: str, name: str) -> Invalid:
    return Invalid(
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
    except BROKEN as error:
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error
    if len(data) > member.file_size:
        raise TooLarge(_("“{name}” unpacks to far more than a form holds.", name=name))
    return data


def _content(data: bytes, path: str, name: str, form: TemplateFormat) -> None:
    if not markup.is_markup(data, path):
        return
    try:
        said = markup.read(data, form)
    except markup.OddMarkup as error:
        raise Invalid(
            _("“{name}” holds XML of a kind no office program writes. Save it again.", name=name), "file"
        ) from error
    except markup.ParseError as error:
        if path.lower().endswith(".vml"):
            return  # Excel itself writes drawings of notes that are no whole XML; what cannot be parsed is not run.
        raise Invalid(_("“{name}” is damaged; save it again and try once more.", name=name), "file") from error
    if said.active:
        raise _active(path, name)
    if said.linked:
        raise Invalid(_("“{name}” draws on a file elsewhere. Remove the link and try again.", name=name), "file")
    if said.reaching:
        raise Invalid(
            _("“{name}” has a formula that reaches outside the workbook. Remove it and try again.", name=name),
            "file",
        )
