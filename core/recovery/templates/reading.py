"""What fields a form has: found, and unknown with the nearest known name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

from core.foundation.errors import Invalid
from core.foundation.language import _
from core.models.template import TemplateFormat
from core.recovery.packs import fields
from core.recovery.templates import document, safety, workbook


@dataclass(frozen=True)
class Unknown:
    """A name nobody knows, and the nearest that is known; empty where none is near."""

    name: str
    nearest: str


@dataclass(frozen=True)
class Found:
    """A form that may be filled: its format, its known fields in the order of the sheet, and the unknown ones."""

    format: TemplateFormat
    fields: tuple[str, ...]
    unknown: tuple[Unknown, ...]


def look_into(data: bytes, name: str) -> Found:
    """Read a form's fields without keeping it. Raises `Invalid` or `TooLarge` for one that may not be opened."""
    kind = safety.checked(data, name)
    named = workbook.names_in(data, name) if kind is TemplateFormat.XLSX else document.names_in(data, name)
    known = [code for code in (*fields.fields(), document.ITEMS) if code in named]
    return Found(kind, tuple(known), tuple(_unknown(named - set(known))))


def refuse_unknown(found: Found) -> None:
    """Raises `Invalid` naming every unknown field with its nearest, or a form without any field."""
    if found.unknown:
        said = [
            _("{field} (perhaps {nearest})", field=one.name, nearest=one.nearest) if one.nearest else one.name
            for one in found.unknown
        ]
        raise Invalid(
            _(
                "These names are no fields: {names}. Known fields: {known}.",
                names=", ".join(said),
                known=", ".join(fields.fields()),
            ),
            "file",
        )
    if not found.fields:
        raise Invalid(_("No field was found. Write {{tracking_number}} and others where they belong."), "file")


def _unknown(names: Iterable[str]) -> list[Unknown]:
    known = [*fields.fields(), document.ITEMS, *(f"item.{one}" for one in fields.ITEM_FIELDS)]
    found = []
    for name in sorted(names):
        near = difflib.get_close_matches(name.casefold().replace(" ", "_"), known, n=1, cutoff=0.5)
        found.append(Unknown(name, near[0] if near else ""))
    return found
