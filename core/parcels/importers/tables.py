"""The tables the reader works by, from `core/data/*.toml`: headings, status texts and cancel reasons.

A new market, report, language or renamed heading is a row of those files; nothing here knows any of them by name.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus

DATA = Path(__file__).parents[2] / "data"


def fold(text: str) -> str:
    """A heading as headings are compared: composed Unicode, single spaces. Letter case counts."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def fold_words(text: str) -> str:
    """A status or reason as those are compared: like headings, in lower case."""
    return fold(text).casefold()


def numbered(headings: list[str]) -> list[str]:
    """Folded headings, each name that comes again numbered from the second on: `Cidade`, `Cidade #2`."""
    seen: dict[str, int] = {}
    found = []
    for heading in map(fold, headings):
        seen[heading] = seen.get(heading, 0) + 1
        found.append(heading if seen[heading] == 1 or not heading else f"{heading} #{seen[heading]}")
    return found


@dataclass(frozen=True)
class Report:
    """A kind of file: which field table reads it, the fields its heading row must have, and whether Recoup applies it yet."""

    id: str
    table: str
    needs: frozenset[str]
    applied: bool


@dataclass(frozen=True)
class Sister:
    """A report with the heading row of another, told apart by how Seller Centre begins its file name (lower case)."""

    id: str
    of: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Stranger:
    """Another platform's file, known by headings that only it has together."""

    platform: str
    headings: frozenset[str]


@dataclass(frozen=True)
class DateOrder:
    """Two dates that come one after the other; where they do not, those under `distrust` are not taken."""

    earlier: str
    later: str
    distrust: tuple[str, ...]


@dataclass(frozen=True)
class FieldTable:
    """One table of fields: language → folded heading → field; fields whose cells are blanked; dates that must be in order."""

    name: str
    columns: dict[str, dict[str, str]]
    personal: frozenset[str]
    sequences: tuple[DateOrder, ...]


@dataclass(frozen=True)
class HeadingTables:
    """Everything headings can tell."""

    languages: dict[str, tuple[str, ...]]
    reports: tuple[Report, ...]
    sisters: tuple[Sister, ...]
    strangers: tuple[Stranger, ...]
    tables: dict[str, FieldTable]


@dataclass(frozen=True)
class Reason:
    """What a cancel reason containing one of `pieces` (folded) says: what the parcel is, and the incident that is offered."""

    becomes: ShipmentStatus
    offers: IncidentType | None
    pieces: tuple[str, ...]


def _read(name: str) -> dict[str, Any]:
    with (DATA / name).open("rb") as file:
        return tomllib.load(file)


@cache
def heading_tables() -> HeadingTables:
    """The heading tables as shipped with Recoup."""
    return build_tables(_read("headings.toml"))


def build_tables(data: dict[str, Any]) -> HeadingTables:
    """Heading tables out of what `headings.toml` holds. ValueError where one heading of a language would mean two fields."""
    reports = tuple(Report(one["id"], one["table"], frozenset(one["needs"]), one["applied"]) for one in data["report"])
    return HeadingTables(
        languages={language: tuple(found) for language, found in data["languages"].items()},
        reports=reports,
        sisters=tuple(Sister(one["id"], one["of"], tuple(one["files"])) for one in data["sister"]),
        strangers=tuple(Stranger(one["platform"], frozenset(map(fold, one["headings"]))) for one in data["stranger"]),
        tables={name: _table(name, data[name]) for name in {one.table for one in reports}},
    )


def _table(name: str, data: dict[str, Any]) -> FieldTable:
    columns: dict[str, dict[str, str]] = {}
    for field, by_language in data["fields"].items():
        for language, spellings in by_language.items():
            known = columns.setdefault(language, {})
            for spelling in map(fold, spellings):
                if known.setdefault(spelling, field) != field:
                    raise ValueError(f"{name}: “{spelling}” ({language}) would mean {known[spelling]} and {field}")
    sequences = tuple(
        DateOrder(one["earlier"], one["later"], tuple(one["distrust"])) for one in data.get("sequence", ())
    )
    return FieldTable(name, columns, frozenset(data["personal"]), sequences)


def _texts(row: dict[str, Any]) -> Iterator[str]:
    for value in row.values():
        if isinstance(value, list):
            yield from map(fold_words, value)


@cache
def statuses() -> tuple[tuple[str, ShipmentStatus], ...]:
    """Beginnings of status texts (folded) with what they mean, the longest first."""
    rows = [(text, ShipmentStatus(row["status"])) for row in _read("statuses.toml")["status"] for text in _texts(row)]
    return tuple(sorted(rows, key=lambda row: -len(row[0])))


@cache
def reasons() -> tuple[Reason, ...]:
    """What cancel reasons say, in the order they are asked."""
    return tuple(
        Reason(
            ShipmentStatus(row["becomes"]),
            IncidentType(row["offers"]) if "offers" in row else None,
            tuple(_texts(row)),
        )
        for row in _read("reasons.toml")["reason"]
    )


def status_of(text: str) -> ShipmentStatus:
    """What a status text means; `UNKNOWN` for a text the table does not know, never a guess."""
    folded = fold_words(text)
    return next((status for begins, status in statuses() if folded.startswith(begins)), ShipmentStatus.UNKNOWN)


def reason_of(text: str) -> Reason | None:
    """What a cancel reason says about the parcel; None where it says nothing of it."""
    folded = fold_words(text)
    return next((one for one in reasons() if any(piece in folded for piece in one.pieces)), None)
