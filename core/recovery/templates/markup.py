"""What the XML inside a form says: the links it draws on, its formulas, its fields, and programs by their kind.

It is read as office programs read it, by a parser and by local names: other prefixes, characters written as numbers and
instructions cut into several runs say the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError, XMLParser

from core.models.template import TemplateFormat

_ENCODING = re.compile(rb"\A\s*<\?xml[^>]*?encoding\s*=\s*[\"']([^\"']*)", re.IGNORECASE)
_FILLER = b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"
_SAFE_TARGET = re.compile(r"https?:|mailto:", re.IGNORECASE)
_ACTIVE_KINDS = re.compile(
    r"/(?:vbaProject|wordVbaData|oleObject|package|control|ctrlProp|externalLink\w*|xlMacrosheet|xlIntlMacrosheet"
    r"|connections|queryTable|aFChunk|subDocument|extensibility|webextension\w*)\Z",
    re.IGNORECASE,
)
_ACTIVE_TYPES = re.compile(r"macroEnabled|vbaProject|oleObject|activeX|macrosheet", re.IGNORECASE)
_FAR_FIELD = re.compile(r"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|LINK|IMPORT|DATABASE)\b", re.IGNORECASE)
_QUOTED = re.compile(r'"[^"]*"')
_FAR_FORMULA = re.compile(
    r"WEBSERVICE|FILTERXML|IMPORT\w*\(|IMAGE\(|RTD\(|CALL\(|REGISTER|EXEC\(|HYPERLINK\(|\||\[\d|file:", re.IGNORECASE
)
_FORMULAS = frozenset({"f", "formula", "formula1", "formula2", "definedName"})


class OddMarkup(Exception):
    """XML of a kind no office program writes: entities, or another encoding than UTF-8."""


@dataclass
class Said:
    """What one part says that a form may not: `active` a program or an embedded object, `linked` a file elsewhere,
    `reaching` a formula that leaves the workbook.
    """

    active: bool = False
    linked: bool = False
    reaching: bool = False


def is_markup(data: bytes, path: str) -> bool:
    """Whether a part is read as XML, whatever its name says: relations may call for a part of any name."""
    return path.lower().endswith((".xml", ".rels", ".vml")) or data[:64].lstrip(_FILLER).startswith(b"<")


def read(data: bytes, form: TemplateFormat) -> Said:
    """Raises `OddMarkup`, and `ParseError` where it is broken."""
    declared = _ENCODING.search(data[:200].removeprefix(b"\xef\xbb\xbf"))
    if declared and declared[1].lower() not in (b"utf-8", b"utf8", b"us-ascii", b"ascii"):
        raise OddMarkup
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise OddMarkup from error
    if b"\x00" in data or b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise OddMarkup
    reader = _Reader(form)
    parser = XMLParser(target=reader)  # noqa: S314 - document types and entities are refused above
    parser.feed(data)
    parser.close()
    return reader.said


@dataclass
class _Reader:
    """Called by the parser for each element. Text is kept only where it is a formula or an instruction."""

    form: TemplateFormat
    said: Said = field(default_factory=Said)
    inside: str = ""
    formula: list[str] = field(default_factory=list)
    instruction: list[str] = field(default_factory=list)

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = _local(tag)
        if name == "Relationship":
            self._related(attributes)
        elif name in ("Override", "Default"):
            self.said.active |= bool(_ACTIVE_TYPES.search(attributes.get("ContentType", "")))
        elif self.form is TemplateFormat.XLSX and name in _FORMULAS:
            self.inside, self.formula = name, []
        elif self.form is TemplateFormat.DOCX:
            self._field(name, attributes)

    def data(self, text: str) -> None:
        if self.inside == "instrText":
            self.instruction.append(text)
        elif self.inside:
            self.formula.append(text)

    def end(self, tag: str) -> None:
        if not self.inside or _local(tag) != self.inside:
            return
        if self.inside != "instrText":
            self.said.reaching |= bool(_FAR_FORMULA.search("".join(self.formula)))
        self.inside = ""

    def close(self) -> None:
        self._instructed()

    def _related(self, attributes: Mapping[str, str]) -> None:
        kind, target = attributes.get("Type", ""), attributes.get("Target", "")
        if attributes.get("TargetMode", "").strip().casefold() == "external":
            self.said.linked |= not (kind.endswith("/hyperlink") and bool(_SAFE_TARGET.match(target.strip())))
        elif _ACTIVE_KINDS.search(kind):
            self.said.active = True

    def _field(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "instrText":
            self.inside = name
        elif name == "fldChar":
            self._instructed()
        elif name == "fldSimple":
            self._instructed()
            self.instruction = [value for key, value in attributes.items() if _local(key) == "instr"]
            self._instructed()

    def _instructed(self) -> None:
        """One instruction is whole: its runs together, without what is quoted in it."""
        self.said.linked |= bool(_FAR_FIELD.search(_QUOTED.sub(" ", "".join(self.instruction))))
        self.instruction = []


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


__all__ = ["OddMarkup", "ParseError", "Said", "is_markup", "read"]
