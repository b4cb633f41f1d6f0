"""The tables the reader works by, from `core/data/*.toml`: headings, status texts and cancel reasons.

A new market, report, language or renamed heading is a row of those files; nothing here knows any of them by name.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
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
    """A kind of file: which field table reads it, and the fields its heading row must have.

    `one_of`: at least one of these must be there too, where any are named.
    """

    id: str
    table: str
    needs: frozenset[str]
    one_of: frozenset[str]

    def fits(self, fields: frozenset[str]) -> bool:
        """Whether a heading row with these fields is this report's."""
        return self.needs <= fields and (not self.one_of or bool(self.one_of & fields))


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
    """One table of fields: language → folded heading → field; fields whose cells are blanked; dates that must be in order.

    `fields` are all it has, in the order of the file. A `loose` table reads lists the team makes itself: letter case does not count
    there, and the language of the headings says nothing about the market.
    """

    name: str
    columns: dict[str, dict[str, str]]
    personal: frozenset[str]
    sequences: tuple[DateOrder, ...]
    fields: tuple[str, ...]
    loose: bool = False

    def key(self, heading: str) -> str:
        """A folded heading as this table compares it."""
        return heading.casefold() if self.loose else heading

    def words(self, field: str, language: str = "en") -> str:
        """A field as people know it: its heading in `language`, else in English, else in any, else its own name."""
        for one in (language, "en", *self.columns):
            heading = next((text for text, meant in self.columns.get(one, {}).items() if meant == field), None)
            if heading is not None:
                return heading
        return field.replace("_", " ")

    def with_alias(self, language: str, key: str, field: str) -> FieldTable:
        """The table with one more spelling, folded as it compares them; it goes before what the table knew."""
        return replace(self, columns={**self.columns, language: {**self.columns.get(language, {}), key: field}})


@dataclass(frozen=True)
class HeadingTables:
    """Everything headings can tell."""

    languages: dict[str, tuple[str, ...]]
    reports: tuple[Report, ...]
    sisters: tuple[Sister, ...]
    strangers: tuple[Stranger, ...]
    tables: dict[str, FieldTable]

    @cached_property
    def spellings(self) -> frozenset[str]:
        """Every heading that means something anywhere, folded and in lower case: by these a text file's encoding is found."""
        known = (one for table in self.tables.values() for by_heading in table.columns.values() for one in by_heading)
        strange = (one for stranger in self.strangers for one in stranger.headings)
        return frozenset(one.casefold() for part in (known, strange) for one in part)


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
    reports = tuple(
        Report(one["id"], one["table"], frozenset(one["needs"]), frozenset(one.get("one_of", ())))
        for one in data["report"]
    )
    return HeadingTables(
        languages={language: tuple(found) for language, found in data["languages"].items()},
        reports=reports,
        sisters=tuple(Sister(one["id"], one["of"], tuple(one["files"])) for one in data["sister"]),
        strangers=tuple(Stranger(one["platform"], frozenset(map(fold, one["headings"]))) for one in data["stranger"]),
        tables={name: _table(name, data[name]) for name in dict.fromkeys(one.table for one in reports)},
    )


def _table(name: str, data: dict[str, Any]) -> FieldTable:
    sequences = tuple(
        DateOrder(one["earlier"], one["later"], tuple(one["distrust"])) for one in data.get("sequence", ())
    )
    table = FieldTable(
        name, {}, frozenset(data["personal"]), sequences, tuple(data["fields"]), bool(data.get("loose", False))
    )
    columns: dict[str, dict[str, str]] = {}
    for field, by_language in data["fields"].items():
        for language, spellings in by_language.items():
            known = columns.setdefault(language, {})
            for spelling in map(table.key, map(fold, spellings)):
                if known.setdefault(spelling, field) != field:
                    raise ValueError(f"{name}: “{spelling}” ({language}) would mean {known[spelling]} and {field}")
    return replace(table, columns=columns)


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


@cache
def _failures() -> tuple[Reason, ...]:
    return tuple(
        Reason(ShipmentStatus(row["becomes"]), None, tuple(_texts(row))) for row in _read("reasons.toml")["failed"]
    )


def failed_of(text: str) -> ShipmentStatus:
    """What became of a parcel that could not be delivered, by the words of that column; `FAILED` where they do not say."""
    folded = fold_words(text)
    return next(
        (one.becomes for one in _failures() if any(piece in folded for piece in one.pieces)), ShipmentStatus.FAILED
    )


def status_of(text: str) -> ShipmentStatus:
    """What a status text means; `UNKNOWN` for a text the table does not know, never a guess."""
    folded = fold_words(text)
    return next((status for begins, status in statuses() if folded.startswith(begins)), ShipmentStatus.UNKNOWN)


def reason_of(text: str) -> Reason | None:
    """What a cancel reason says about the parcel; None where it says nothing of it."""
    folded = fold_words(text)
    return next((one for one in reasons() if any(piece in folded for piece in one.pieces)), None)
