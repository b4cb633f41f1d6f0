"""A file that is nearly a report: which one, and what is missing of it.

Seller Centre renames a heading, and the file is no report Recoup knows any more. The person reads which report it looks like and which
of its headings nobody knows, and can say in Settings what they mean.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.foundation.formats import clauses
from core.foundation.language import _
from core.parcels.importers.tables import HeadingTables

LEAST_KNOWN = 4
"""Headings that must be known in a row before it is said to look like a report."""

MOST_NAMED = 6


@dataclass(frozen=True)
class Nearest:
    """The report a heading row is nearest to, the fields it lacks as people know them, and the headings nobody knows."""

    known: int
    report: str
    missing: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def rank(self) -> tuple[int, int]:
        """More headings known is nearer; of those, fewer fields lacking."""
        return self.known, -len(self.missing)

    def sentence(self) -> str:
        """What to do about it."""
        if not self.unknown:
            return _(
                "This looks like {report}, but has no column for {missing}. Export it again with all columns.",
                report=self.report,
                missing=clauses([f"“{one}”" for one in self.missing]),
            )
        return _(
            "This looks like {report}, but none of its columns is known as {missing}. Say in Settings, under Headings, what these"
            " mean: {unknown}.",
            report=self.report,
            missing=clauses([f"“{one}”" for one in self.missing]),
            unknown=clauses([f"“{one}”" for one in self.unknown[:MOST_NAMED]]),
        )


def nearest(written: list[str], tables: HeadingTables) -> Nearest | None:
    """What a row of folded headings is nearest to; None for what looks like nothing. At least half of the headings are known then."""
    found: Nearest | None = None
    filled = [name for name in written if name]
    for report in tables.reports:
        table = tables.tables[report.table]
        for language, known in table.columns.items():
            fields = {known[table.key(name)] for name in filled if table.key(name) in known}
            if len(fields) < LEAST_KNOWN or 2 * len(fields) < len(filled):
                continue
            lacks = report.needs - fields or report.one_of
            one = Nearest(
                len(fields),
                report.id,
                tuple(table.words(field, language) for field in table.fields if field in lacks),
                tuple(name for name in filled if table.key(name) not in known),
            )
            if found is None or one.rank > found.rank:
                found = one
    return found
