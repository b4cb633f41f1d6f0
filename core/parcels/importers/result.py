"""What came in with one file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from core.foundation.language import _
from core.parcels.importers.kinds import Notice

ALWAYS = ("rows", "orders", "shipments", "new", "updated", "unchanged", "refused")
"""The counts every file has, 0 where its kind knows none such."""


@dataclass(frozen=True)
class FileResult:
    """What came in with one file, or would (`dry_run`).

    `rows` are the file's rows below the headings that are not empty, `refused` those of them that were not taken. `shipments` is
    `new` + `updated` + `unchanged`. `offers` counts incidents offered for the first time; `more` are the counts that only this kind
    of file has, by the keys of `kinds.COUNT_LABELS`. `notices` and `conflicts` are sentences with their values, `shown` the first
    rows as they are understood, `blanked` the headings whose cells are not kept, `run_id` the import the rows are kept under (None
    where nothing was written). `container` is the kind of file by its bytes, `encoding` what a table of text is written in ("" for
    others). `touched` are shipments whose dates or status changed. A file of several sheets has a result for each
    in `parts`, and their sums here.
    """

    file: str
    report: str
    market: str
    rows: int
    orders: int
    shipments: int
    new: int
    updated: int
    unchanged: int
    refused: int
    unknown_headings: tuple[str, ...]
    offers: int
    shop: str = ""
    run_id: int | None = None
    blanked: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    refused_rows: tuple[tuple[int, str, dict[str, str]], ...] = ()
    dry_run: bool = False
    kind: str = ""
    language: str = ""
    container: str = ""
    encoding: str = ""
    more: dict[str, int] = field(default_factory=dict)
    conflicts: tuple[Notice, ...] = ()
    shown: tuple[dict[str, str], ...] = ()
    touched: tuple[int, ...] = ()
    changes: bool = False
    parts: tuple[FileResult, ...] = ()

    def counts(self) -> dict[str, Any]:
        """What `--json` prints of the file."""
        return {
            "file": self.file,
            "report": self.report,
            "market": self.market,
            **{name: getattr(self, name) for name in ALWAYS},
            "unknown_headings": list(self.unknown_headings),
            "offers": self.offers,
            **self.more,
        }

    def figures(self) -> dict[str, int]:
        """All counts by the keys of `kinds.COUNT_LABELS`."""
        return {**{name: getattr(self, name) for name in ALWAYS}, "offers": self.offers, **self.more}

    def said(self) -> list[str]:
        """The notices as sentences in the reader's language."""
        return [_(sentence, **values) for sentence, values in self.notices]

    def run_ids(self) -> list[int]:
        """The imports its rows are kept under, one for each sheet."""
        return [one.run_id for one in (self.parts or (self,)) if one.run_id is not None]


def together(parts: Sequence[FileResult]) -> FileResult:
    """The result of a file out of those of its sheets."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return replace(
        first,
        report=" + ".join(dict.fromkeys(one.report for one in parts)),
        **{name: sum(getattr(one, name) for one in parts) for name in (*ALWAYS, "offers")},
        more={
            name: sum(one.more.get(name, 0) for one in parts)
            for name in dict.fromkeys(name for one in parts for name in one.more)
        },
        unknown_headings=tuple(dict.fromkeys(heading for one in parts for heading in one.unknown_headings)),
        blanked=tuple(dict.fromkeys(heading for one in parts for heading in one.blanked)),
        notices=tuple(notice for one in parts for notice in one.notices),
        conflicts=tuple(notice for one in parts for notice in one.conflicts),
        refused_rows=tuple(row for one in parts for row in one.refused_rows)[:200],
        touched=tuple(shipment for one in parts for shipment in one.touched),
        changes=any(one.changes for one in parts),
        parts=tuple(parts),
    )


__all__ = ["FileResult", "together"]
