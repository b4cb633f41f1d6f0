"""Which report a file is: found by its heading row, wherever that stands among the first 60 rows, never by its name alone."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from core.foundation.errors import Invalid, TooLarge
from core.foundation.language import _
from core.parcels.importers.nearest import Nearest, nearest
from core.parcels.importers.sheets import Sheet, Sheets
from core.parcels.importers.tables import FieldTable, HeadingTables, Report, numbered
from core.parcels.markets import Market, markets

MOST_SHEETS = 300
MOST_ASKED = 300
"""Rows of known words, none of which is a heading row, until nobody looks further; and cells of one such row. An export has 60."""
LEAST_WORDS = 2
"""Known headings a row must have to be looked at: no report is told by fewer."""


@dataclass(frozen=True)
class Recognised:
    """A sheet whose heading row is known. Positions count from 0; the row below the headings is row `start` of the file.

    `headings` are the cells of the heading row, in composed Unicode. `unknown` are those no table knows, as written, numbered
    where they repeat. `signed` are the markets that currencies behind headings name.
    """

    report: str
    table: FieldTable
    language: str
    headings: tuple[str, ...]
    columns: dict[str, int]
    unknown: tuple[str, ...]
    signed: frozenset[str]
    sheet: Sheet
    start: int


@dataclass(frozen=True)
class _Match:
    report: Report
    language: str
    columns: dict[str, int]
    unknown: tuple[str, ...]
    signed: frozenset[str]


def recognised_sheets(sheets: Sheets, tables: HeadingTables, file_name: str) -> Iterator[Recognised]:
    """Every sheet with a heading row Recoup knows, in the order of the file; one is read before the next is asked for.

    Raises `Invalid`: another platform's file, or none of its sheets is known (with the field "headings" where one nearly is);
    `TooLarge` for hundreds of sheets.
    """
    empty, found, asked = True, False, 0
    close: Nearest | None = None
    for count, sheet in enumerate(sheets, 1):
        if count > MOST_SHEETS:
            raise TooLarge(
                _("This file has more than {n} sheets; an export has a few. Download the export again.", n=MOST_SHEETS)
            )
        rows: list[list[str]] = []
        for at, cells in enumerate(sheet.head, 1):
            texts = list(map(_text, cells))
            empty = empty and not any(texts)
            written, signed = without_currency(texts)
            # A row of hardly any known words is asked nothing more: rows of data are most of them, and junk may be wide.
            known = sum(1 for name in written if name.casefold() in tables.spellings)
            if known < LEAST_WORDS or len(written) - written.count("") > MOST_ASKED or asked >= MOST_ASKED:
                continue
            asked += 1
            _refuse_stranger(written, tables)
            if match := _match(written, signed, tables):
                found = True
                yield _recognised(match, texts, sheet, at + 1, tables, file_name)
                break
            rows.append(written)
        else:
            close = max((close, *(nearest(row, tables) for row in rows)), key=lambda one: one.rank if one else (0, 0))
    if empty:
        raise Invalid(_("There is nothing in this file."))
    if not found and close is not None:
        raise Invalid(close.sentence(), "headings")
    if not found:
        raise Invalid(
            _(
                "No row of this file has the headings of a Seller Centre report that Recoup knows."
                " Import it as it was exported; Settings, under Headings, lists what is read."
            )
        )


def _text(cell: object) -> str:
    return cell.replace("\0", "") if isinstance(cell, str) else ""


def _recognised(
    match: _Match, texts: list[str], sheet: Sheet, start: int, tables: HeadingTables, file_name: str
) -> Recognised:
    report = match.report.id
    # In an archive every part has a name of its own, which its sheets carry.
    begins = (file_name.strip().lower(), sheet.name.strip().lower())
    for sister in tables.sisters:
        if sister.of == report and any(name.startswith(sister.files) for name in begins):
            report = sister.id
            break
    return Recognised(
        report=report,
        table=tables.tables[match.report.table],
        language=match.language,
        headings=tuple(unicodedata.normalize("NFC", text) for text in texts),
        columns=match.columns,
        unknown=match.unknown,
        signed=match.signed,
        sheet=sheet,
        start=start,
    )


def _match(written: list[str], signed: frozenset[str], tables: HeadingTables) -> _Match | None:
    """The first report that has all it needs in this row; of its languages the one that knows most of the row."""
    for report in tables.reports:
        table = tables.tables[report.table]
        known, names = table.columns, [table.key(name) for name in written]
        fitting = [
            (sum(1 for name in names if name in by_heading), language)
            for language, by_heading in known.items()
            if report.fits(frozenset(by_heading[name] for name in names if name in by_heading))
        ]
        if fitting:
            count, language = max(fitting)
            if table.loose and count < _most_known(written, tables):
                # An export of Seller Centre with a renamed heading is no list of the team's own.
                continue
            columns: dict[str, int] = {}
            for position, name in enumerate(names):
                if name in known[language]:
                    columns.setdefault(known[language][name], position)
            unknown = tuple(
                name for name, key in zip(written, names, strict=True) if name and key not in known[language]
            )
            return _Match(report, language, columns, unknown, signed)
    return None


def _most_known(written: list[str], tables: HeadingTables) -> int:
    """The most headings of the row that a report of Seller Centre knows in one language."""
    return max(
        sum(1 for name in written if name in by_heading)
        for table in tables.tables.values()
        if not table.loose
        for by_heading in table.columns.values()
    )


def without_currency(texts: list[str]) -> tuple[list[str], frozenset[str]]:
    """Folded, numbered headings without a currency in brackets at their end, and the markets those currencies name."""
    found: set[str] = set()
    bare = []
    for text in texts:
        heading = text.rstrip()
        for market in markets().values() if heading.endswith(")") else ():
            for sign in market.signs:
                if heading.endswith(f"({sign})"):
                    found.add(market.code)
                    heading = heading.removesuffix(f"({sign})")
        bare.append(heading)
    return numbered(bare), frozenset(found)


def _refuse_stranger(written: list[str], tables: HeadingTables) -> None:
    names = set(written)
    for stranger in tables.strangers:
        if stranger.headings <= names:
            raise Invalid(
                _(
                    "This is a file of {platform}. Recoup imports files of Shopee's Seller Centre.",
                    platform=stranger.platform,
                )
            )


def market_of(found: Recognised, tables: HeadingTables, *, given: Market | None, countries: frozenset[str]) -> Market:
    """The market a file belongs to. `given` is what the person or the shop says; `countries` what its country column holds.

    Raises `Invalid` where the file shows another market than the given one, or shows none and none is given.
    """
    # A list of the team's own is written in the team's language, wherever the parcels went.
    of_language = frozenset(("*",) if found.table.loose else tables.languages.get(found.language, ("*",)))
    named = frozenset(code for code, one in markets().items() if countries & frozenset(map(str.casefold, one.named)))
    evidence = [shown for shown in (found.signed, named, of_language) if shown and "*" not in shown]
    if given is not None:
        against = next((shown for shown in evidence if given.code not in shown), None)
        if against is not None:
            raise Invalid(
                _(
                    "This file is of the market {shown}, not {given}.",
                    shown=", ".join(sorted(against)),
                    given=given.code,
                ),
                "market",
            )
        return given
    possible = frozenset(markets())
    for shown in evidence:
        possible &= shown
    if len(possible) != 1:
        raise Invalid(
            _("The file does not say which market it is of. Say it (on the command line: --market MY)."), "market"
        )
    return markets()[next(iter(possible))]
