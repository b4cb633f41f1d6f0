"""What every kind of file has in common: how its rows come in, what it plans to do with them, and how that is taken away again.

A `Kind` belongs to one field table of the headings (`Recognised.table.name`). The pipeline (`run`) opens the file, finds its sheets,
reads each sheet's rows (`read_rows`), finds shop and market (`Into`), and asks the kind for a `Plan`. A preview ends there. Otherwise
the pipeline makes the `ImportRun`, keeps the raw rows, and lets the plan write. All of it is one transaction of the caller's.

- Every recognised sheet of a file has a run of its own, so (import, row) names a row; the runs of one file share `file_id`.
- Personal cells are blanked in what is kept; a kind must not store what `FieldTable.personal` names.
- The same file again: where the plan says that nothing `changes` and the file has a run already, nothing is written.
- A new kind is a row of the dict of kinds handed to `import_file`; the dict of all of them is in `core.recovery.bringing`.
- What is no table (JSON of trackers) is made one at the door: a row of `containers.CONTAINERS` whose sheets have headings.
"""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import orjson
from sqlalchemy.orm import Session

from core.foundation.errors import TooLarge
from core.foundation.language import N_, _
from core.foundation.permissions import Actor
from core.models import ImportRun, Shop
from core.parcels.importers.recognise import Recognised
from core.parcels.markets import Market

Cells = Sequence[Any]

MOST_SHOWN = 20
"""Rows a preview shows as they will be understood."""

LONGEST_SAID = 100
"""Letters of a cell that a sentence quotes."""

MOST_ROWS = 1_000_000
"""Rows a file may have in all its sheets. They are in memory together: a million of them take two gigabytes."""

COUNT_LABELS: dict[str, str] = {
    "rows": N_("Rows"),
    "orders": N_("Orders"),
    "shipments": N_("Parcels"),
    "new": N_("New"),
    "updated": N_("Updated"),
    "unchanged": N_("Unchanged"),
    "refused": N_("Refused"),
    "offers": N_("Incidents offered"),
    "unknown": N_("Unknown parcels"),
    "returns": N_("Returns"),
    "lines": N_("Money lines"),
    "compensations": N_("Compensations"),
    "matches": N_("Matches suggested"),
    "events": N_("Scans"),
    "months": N_("Months"),
    "rates": N_("Rates"),
}
"""Keys of `Plan.counts` → what they are called on screens. A kind with a count of its own adds a row."""


@dataclass(slots=True)
class Refused:
    """Why a row was not taken: a sentence for `_()` and its values."""

    sentence: str
    values: dict[str, str]

    def __post_init__(self) -> None:
        # It is shown on a screen; the whole cell stands in the row itself.
        self.values = {name: quoted(value) for name, value in self.values.items()}


def quoted(text: str) -> str:
    """What a file holds, as it is quoted in a sentence: cut where it is long."""
    return text if len(text) <= LONGEST_SAID else f"{text[:LONGEST_SAID]}…"


Notice = tuple[str, dict[str, Any]]
"""A sentence for `_()` and its values (plain JSON: they are kept with the run)."""


@dataclass(slots=True)
class Kept:
    """A stretch of raw rows: their numbers, and `body` as `ImportBlock` keeps it."""

    numbers: list[int]
    body: bytes

    @classmethod
    def of(cls, numbers: list[int], rows: bytes) -> Kept:
        """Pack `rows`, a line of JSON each, with their numbers."""
        return cls(numbers, zlib.compress(orjson.dumps(numbers) + b"\n" + rows, 1))


def unpack(body: bytes) -> dict[int, bytes]:
    """Row number → raw row (a JSON list of its cells), out of an `ImportBlock.body`."""
    first, *rows = zlib.decompress(body).split(b"\n")
    return dict(zip(orjson.loads(first), rows, strict=True))


@dataclass(frozen=True)
class Into:
    """Where a file goes. `shop` and `market` are None where the kind needs none and none was given; `zone` is then the reader's.

    `is_new`: the shop is opened by this very import; in a preview it has no id.
    """

    shop: Shop | None
    market: Market | None
    zone: str
    is_new: bool


@dataclass
class Rows:
    """Every row below the headings that is not empty.

    `numbers` are row numbers in the file, `cells[i]` the cells of row `numbers[i]` in the order of `Kind.fields`, "" where the file
    has no such column. Cells are text, numbers, booleans or None as the file holds them (`values.text_of` makes text). `kept` are the
    whole rows as they are stored, personal cells blanked. `refused` starts empty; a plan has its own.
    """

    count: int = 0
    numbers: list[int] = field(default_factory=list)
    cells: list[Cells] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    refused: dict[int, Refused] = field(default_factory=dict)


def read_rows(found: Recognised, fields: Sequence[str], most: int = MOST_ROWS) -> Rows:
    """Take in the rows of a recognised sheet; at least two `fields`. The buyer's personal cells never leave here.

    Raises `TooLarge` where there are more than `most`.
    """
    rows = Rows()
    width = len(found.headings)
    # A field the file does not have reads the empty cell that stands behind every row.
    pick = [found.columns.get(name, width) for name in fields]
    personal = [found.columns[name] for name in sorted(found.table.personal) if name in found.columns]
    for numbers, picked, kept in found.sheet.batches(found.start, width, pick, personal):
        rows.numbers.extend(numbers)
        if len(rows.numbers) > most:
            raise TooLarge(_("This file has more than {n} rows. Export a shorter period.", n=f"{MOST_ROWS:,}"))
        rows.cells.extend(picked)
        rows.kept.append(Kept.of(numbers, kept))
    rows.count = len(rows.numbers)
    return rows


@dataclass
class Plan(ABC):
    """What a file would do. `counts` by the keys of `COUNT_LABELS` (the pipeline adds rows and refused).

    `refused` are rows not taken, by number. `notices` are worth knowing, `conflicts` are where the file and what is stored disagree
    (say what will stand). `shown` are the first rows as they will be understood, label → text in the reader's language, at most
    `MOST_SHOWN`. `touched` are shipments whose dates or status were changed, filled by `write`: clocks of their cases follow.
    """

    counts: dict[str, int]
    refused: dict[int, Refused] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    conflicts: list[Notice] = field(default_factory=list)
    shown: list[dict[str, str]] = field(default_factory=list)
    touched: list[int] = field(default_factory=list)

    @property
    def changes(self) -> bool:
        """Whether writing would change anything."""
        return bool(self.counts.get("new") or self.counts.get("updated"))

    @abstractmethod
    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """Write it, under `run` (which has its id; the raw rows are kept by the pipeline). Never commits.

        What `delete` needs later goes into tables of the kind's own or, where it is small, into `run.undo` (plain JSON).
        """


class Kind(Protocol):
    """One kind of file: reads, plans, and takes its own import away again."""

    @property
    def table(self) -> str:
        """The field table in headings.toml."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields read, in the order of `Rows.cells`; "country", where named, tells the market too."""

    @property
    def needs_shop(self) -> bool:
        """Whether the rows belong to one shop. Without it a shop may be given and narrows what is meant."""

    def plan(self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime) -> Plan:
        """Work out what the rows would do; reads the database, writes nothing. Raises `Refusal` for a file it cannot take."""

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """Take away exactly what the run wrote; the shipments whose dates or status changed by that.

        Raises a `Refusal` with a sentence, having written nothing, where something stands on it: a case made of it, a match, a later
        import. The pipeline deletes the raw rows and marks the run.
        """


Kinds = Mapping[str, Kind]
"""Field table → its kind."""

__all__ = [
    "COUNT_LABELS",
    "MOST_SHOWN",
    "Cells",
    "Into",
    "Kept",
    "Kind",
    "Kinds",
    "Notice",
    "Plan",
    "Refused",
    "Rows",
    "read_rows",
    "unpack",
]
