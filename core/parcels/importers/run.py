"""Importing one file, from its bytes to the last row, in the caller's transaction."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import ImportRun, Shop, Tag
from core.parcels.carrier_names import load_seed
from core.parcels.importers import apply, raw_rows
from core.parcels.importers.containers import Opened, open_file
from core.parcels.importers.in_turn import Waiting, bytes_of
from core.parcels.importers.kinds import MOST_ROWS, Into, Kind, Kinds, Notice, Plan, Rows, read_rows
from core.parcels.importers.order_kind import OrderKind
from core.parcels.importers.recognise import Recognised, market_of, recognised_sheets
from core.parcels.importers.result import ALWAYS, FileResult, together
from core.parcels.importers.tables import HeadingTables
from core.parcels.importers.team import team_tables
from core.parcels.importers.values import text_of
from core.parcels.importers.workbooks import Begun
from core.parcels.markets import Market
from core.parcels.markets import market as market_named
from core.parcels.shops import add_shop, find_shop

P = Permission

LONGEST_FILE_NAME = 200

KINDS: Kinds = {kind.table: kind for kind in (OrderKind(),)}
"""The kinds of file that parcels know by themselves."""


@dataclass(frozen=True)
class _Read:
    """One sheet, read as far as it goes without the database."""

    found: Recognised
    kind: Kind
    rows: Rows
    container: str
    notices: tuple[Notice, ...] = ()
    sheet: str = ""


@dataclass(frozen=True)
class _File:
    """The file itself (`begun` is the child that has it already), and what was said of it."""

    data: bytes
    begun: Begun | None
    password: str | None
    name: str
    digest: bytes
    shop: str
    market: Market | None
    dry_run: bool


@verb(P.IMPORT_RUN)
def import_file(
    session: Session,
    source: Path | bytes | Waiting,
    *,
    actor: Actor,
    shop: str = "",
    market: str | None = None,
    file_name: str | None = None,
    password: str | None = None,
    dry_run: bool = False,
    kinds: Kinds = KINDS,
    now: datetime,
) -> FileResult:
    """Import one file, into the shop of that name where its kind needs one; all of it or nothing.

    A shop that is not there yet is opened in the file's market (needs the right `shop:edit`). `market` is a code like VN; without it
    the shop's own decides, else what the file shows. `file_name` names bytes; it decides nothing but which of the reports with one
    and the same heading row this is. `password` opens a locked workbook and is kept nowhere. With `dry_run` everything is worked out
    and nothing is written. `kinds` are those Recoup can apply, by field table. Several files are handed over `in_turn`, each with its
    own password.

    Raises `Invalid` (field "password": it is locked, or the password is wrong; "shop", "market": say it), `TooLarge`, `NotFound`:
    a sentence for files that cannot be imported, after which nothing has been written. The very same file again changes nothing
    and leaves no second run.
    """
    with _no_collecting():
        given = market_named(market) if market else None
        apply.take_time(session)
        file = _load(source, password, file_name, shop.strip(), given, dry_run)
        return _import(session, file, kinds, actor=actor, now=now)


def _import(session: Session, file: _File, kinds: Kinds, *, actor: Actor, now: datetime) -> FileResult:
    into = find_shop(session, file.shop, actor=actor) if file.shop else None
    if file.shop and into is None and not actor.may(P.SHOP_EDIT):
        raise NotFound(_("There is no shop called {name}. Ask an admin to open it.", name=file.shop))
    parts: list[FileResult] = []
    runs: list[ImportRun] = []
    tables = team_tables(session, actor=actor)
    for read in _sheets_of(tables, file, into, kinds):
        place = _into(session, tables, read, file, into, actor=actor, now=now)
        if place.shop is not None and not file.dry_run:
            into = place.shop
            load_seed(session)
        plan = read.kind.plan(session, read.found, read.rows, place, actor=actor, now=now)
        parts.append(_part(session, file, read, place, plan, runs, actor=actor, now=now))
    return together(parts)


@contextmanager
def _no_collecting() -> Iterator[None]:
    """Leave the search for reference cycles out of it: it would walk over a million fresh rows again and again and find none."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _load(
    source: Path | bytes | Waiting,
    password: str | None,
    file_name: str | None,
    shop: str,
    market: Market | None,
    dry_run: bool,
) -> _File:
    """The file with its bytes and its name, cut to what is kept."""
    begun = None
    if isinstance(source, Waiting):
        data, begun = source.take()
        password, source = source.password, source.source
    else:
        data = bytes_of(source)
    name = file_name or (source.name if isinstance(source, Path) else "")
    clean = " ".join(name.replace("\x00", "").encode("utf-8", "replace").decode().split())
    kept = Path(clean).name[-LONGEST_FILE_NAME:] or "-"
    return _File(data, begun, password, kept, hashlib.sha256(data).digest(), shop, market, dry_run)


@contextmanager
def _opened(file: _File, tables: HeadingTables) -> Iterator[Opened]:
    """The opened file; what opened it ends with the block."""
    opened = open_file(file.data, tables, file.password, file.begun)
    with closing(opened.sheets):
        yield opened


def _sheets_of(tables: HeadingTables, file: _File, shop: Shop | None, kinds: Kinds) -> list[_Read]:
    """Every sheet of the file that is a report, with its rows."""
    given = _given(file, shop)
    reads: list[_Read] = []
    with _opened(file, tables) as opened:
        for found in recognised_sheets(opened.sheets, tables, file.name):
            kind = kinds.get(found.table.name)
            if kind is None:
                raise Invalid(
                    _("This is Shopee's report {report}. Recoup cannot import that kind yet.", report=found.report)
                )
            if kind.needs_shop and not file.shop:
                raise Invalid(_("Say which shop this file is of."), "shop")
            if given is not None:
                # A wrong market shows in the headings already; the rows need not be read to say so.
                market_of(found, tables, given=given, countries=frozenset())
            most = MOST_ROWS - sum(read.rows.count for read in reads)
            reads.append(_Read(found, kind, read_rows(found, kind.fields, most), opened.container))
    reads = [read for read in reads if read.rows.count]
    if not reads:
        raise Invalid(_("There are no rows below the headings of this file."))
    # What is worth saying of the file as a whole is said with its first sheet.
    reads = [replace(reads[0], notices=tuple(opened.notices)), *reads[1:]]
    return [replace(read, sheet=_sheet_name(read.found)) for read in reads] if len(reads) > 1 else reads


def _sheet_name(found: Recognised) -> str:
    return " ".join(found.sheet.name.replace("\x00", "").split())[-LONGEST_FILE_NAME:]


def _given(file: _File, shop: Shop | None) -> Market | None:
    """The market that shop or person say. Raises `Invalid` where they disagree."""
    if shop is None:
        return file.market
    of_shop = market_named(shop.market)
    if file.market is not None and file.market.code != of_shop.code:
        raise Invalid(
            _(
                "The shop {shop} sells in {market}, not in {given}.",
                shop=shop.name,
                market=of_shop.code,
                given=file.market.code,
            ),
            "market",
        )
    return of_shop


def _into(
    session: Session,
    tables: HeadingTables,
    read: _Read,
    file: _File,
    shop: Shop | None,
    *,
    actor: Actor,
    now: datetime,
) -> Into:
    """Where the sheet goes; opens the shop where it is new, else waits for its turn."""
    given = _given(file, shop)
    if not read.kind.needs_shop:
        if not file.dry_run:
            apply.wait_turn(session, apply.NO_SHOP)
        return Into(shop, given, shop.zone if shop else actor.zone, False)
    market = market_of(read.found, tables, given=given, countries=_countries(read))
    if shop is not None:
        if not file.dry_run:
            apply.wait_turn(session, shop.id)
        return Into(shop, market, shop.zone, False)
    if file.dry_run:
        shop = Shop(name=file.shop, market=market.code, currency=market.currency, zone=market.zone)
    else:
        shop = add_shop(session, actor=actor, name=file.shop, market=market.code, now=now)
    return Into(shop, market, shop.zone, True)


def _countries(read: _Read) -> frozenset[str]:
    if "country" not in read.kind.fields:
        return frozenset()
    at = read.kind.fields.index("country")
    said = {cells[at] for cells in read.rows.cells}
    return frozenset(named for country in said if (named := text_of(country).casefold()))


def _part(
    session: Session,
    file: _File,
    read: _Read,
    into: Into,
    plan: Plan,
    runs: list[ImportRun],
    *,
    actor: Actor,
    now: datetime,
) -> FileResult:
    """What became of one sheet; written unless it is a preview or known already."""
    result = _result(file, read, into, plan)
    if file.dry_run:
        return replace(result, dry_run=True)
    if not plan.changes:
        same = session.scalars(
            select(ImportRun.id)
            .where(
                ImportRun.shop_id == (into.shop.id if into.shop else None),
                ImportRun.sha256 == file.digest,
                ImportRun.report == result.report,
                ImportRun.sheet == read.sheet,
                ImportRun.deleted_at.is_(None),
            )
            .order_by(ImportRun.id)
        ).first()
        if same is not None:
            return replace(result, run_id=same)
    return _write(session, file, read, into, plan, result, runs, actor=actor, now=now)


def _result(file: _File, read: _Read, into: Into, plan: Plan) -> FileResult:
    found = read.found
    counts: dict[str, Any] = {name: plan.counts.get(name, 0) for name in (*ALWAYS, "offers")}
    counts |= {"rows": read.rows.count, "refused": len(plan.refused)}
    return FileResult(
        file=file.name,
        report=found.report,
        market=into.shop.market if into.shop else "",
        **counts,
        unknown_headings=found.unknown,
        shop=into.shop.name if into.shop else "",
        blanked=tuple(
            found.headings[found.columns[field]].strip()
            for field in sorted(found.table.personal)
            if field in found.columns
        ),
        notices=(*read.notices, *plan.notices),
        conflicts=tuple(plan.conflicts),
        refused_rows=tuple((row, one.sentence, one.values) for row, one in sorted(plan.refused.items())[:200]),
        kind=read.kind.table,
        language=found.language,
        container=read.container,
        encoding=read.found.sheet.encoding,
        more={name: count for name, count in plan.counts.items() if name not in counts},
        shown=tuple(plan.shown),
        changes=plan.changes,
    )


def _write(
    session: Session,
    file: _File,
    read: _Read,
    into: Into,
    plan: Plan,
    result: FileResult,
    runs: list[ImportRun],
    *,
    actor: Actor,
    now: datetime,
) -> FileResult:
    run = ImportRun(
        shop_id=into.shop.id if into.shop else None,
        file_name=result.file,
        sha256=file.digest,
        file_id=runs[0].id if runs else None,
        sheet=read.sheet,
        kind=read.kind.table,
        report=result.report,
        market=result.market or None,
        at=now,
        person_id=actor.person_id,
        counts={},
        headings=list(read.found.headings),
        unknown_headings=list(result.unknown_headings),
    )
    session.add(run)
    session.flush()
    plan.write(session, run, actor=actor, now=now)
    raw_rows.keep(session, run, read.rows, plan.refused)
    result = replace(_result(file, read, into, plan), run_id=run.id, touched=tuple(plan.touched))
    run.counts = {
        **result.counts(),
        "blanked": list(result.blanked),
        "notices": [[sentence, values] for sentence, values in result.notices],
    }
    runs.append(run)
    audit.record(
        session,
        Tag.IMPORT_APPLIED,
        actor=actor,
        now=now,
        subject=("import", run.id),
        after={"file": result.file, "shop": result.shop, **{k: v for k, v in result.counts().items() if k != "file"}},
    )
    return result


__all__ = ["KINDS", "FileResult", "import_file"]
