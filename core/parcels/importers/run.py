"""Importing one file, from its bytes to the last row, in the caller's transaction."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Conflict, Invalid, NotFound
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import ImportRun, Shop, Tag
from core.parcels.carrier_names import carrier_names, load_seed
from core.parcels.importers import apply
from core.parcels.importers.containers import LARGEST_FILE, open_sheets, too_large
from core.parcels.importers.merge import Decision, decide
from core.parcels.importers.orders import Gathered, Notice, OrderFile, Reader, gather
from core.parcels.importers.recognise import Recognised, market_of, recognise
from core.parcels.importers.tables import heading_tables
from core.parcels.markets import Market
from core.parcels.markets import market as market_named
from core.parcels.shops import add_shop, find_shop

P = Permission

LONGEST_FILE_NAME = 200


@dataclass(frozen=True)
class FileResult:
    """What came in with one file.

    `rows` are the file's rows below the headings that are not empty, `refused` those of them that were not taken. `shipments` is
    `new` + `updated` + `unchanged`. `offers` counts incidents offered for the first time. `notices` are sentences with their values,
    `blanked` the headings whose cells are not kept, `run_id` the import the rows are kept under (None where nothing was written).
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

    def counts(self) -> dict[str, Any]:
        """What `--json` prints of the file."""
        return {
            "file": self.file,
            "report": self.report,
            "market": self.market,
            "rows": self.rows,
            "orders": self.orders,
            "shipments": self.shipments,
            "new": self.new,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": self.refused,
            "unknown_headings": list(self.unknown_headings),
            "offers": self.offers,
        }

    def said(self) -> list[str]:
        """The notices as sentences in the reader's language."""
        return [_(sentence, **values) for sentence, values in self.notices]


@dataclass(frozen=True)
class _Read:
    """A file read as far as it goes without the database."""

    found: Recognised
    gathered: Gathered
    market: Market


@verb(P.IMPORT_RUN)
def import_file(
    session: Session,
    source: Path | bytes,
    *,
    actor: Actor,
    shop: str,
    market: str | None = None,
    file_name: str | None = None,
    dry_run: bool = False,
    now: datetime,
) -> FileResult:
    """Import one file into the shop of that name, all of it or nothing.

    A shop that is not there yet is opened in the file's market (needs the right `shop:edit`). `market` is a code like VN; without it
    the shop's own decides, else what the file shows. `file_name` names bytes; it decides nothing but which of the reports with one
    and the same heading row this is. With `dry_run` everything is worked out and nothing is written.

    Raises `Invalid`, `TooLarge`, `NotFound`: a sentence for files that cannot be imported, after which nothing has been written.
    The very same file again changes nothing and leaves no second run.
    """
    with _no_collecting():
        data, name = _load(source, file_name)
        return _import(session, data, name, shop, market, actor=actor, dry_run=dry_run, now=now)


def _import(
    session: Session,
    data: bytes,
    name: str,
    shop: str,
    market: str | None,
    *,
    actor: Actor,
    dry_run: bool,
    now: datetime,
) -> FileResult:
    into = find_shop(session, shop, actor=actor)
    if into is None and not actor.may(P.SHOP_EDIT):
        raise NotFound(_("There is no shop called {name}. Ask an admin to open it.", name=shop))
    apply.take_time(session)
    read = _read(data, name, market_named(market) if market else None, into)
    is_new = into is None
    if into is None:
        into = _new_shop(session, shop, read.market, actor, dry_run=dry_run, now=now)
    elif not dry_run:
        apply.wait_turn(session, into.id)
    if not dry_run:
        load_seed(session)
    parcels = Reader(read.found, read.gathered, read.market, into.zone, carrier_names(session)).read()
    stored = [] if is_new else apply.stored_parcels(session, into.id, parcels.parcels)
    decisions = decide(parcels.parcels, stored, parcels.as_of)
    result = _result(name, into, read, parcels, decisions)
    offered = [one for one in decisions if one.parcel.offers is not None]
    if dry_run:
        known = [(one.stored.id if one.stored else None, one.parcel) for one in offered]
        return _with(result, offers=apply.offer(session, known, None, now=now), dry_run=True)
    digest = hashlib.sha256(data).digest()
    same = session.scalars(
        select(ImportRun.id).where(ImportRun.shop_id == into.id, ImportRun.sha256 == digest).order_by(ImportRun.id)
    ).first()
    if same is not None and not result.new and not result.updated:
        return _with(result, run_id=same)
    return _write(session, into, read, parcels, decisions, result, digest, actor=actor, now=now)


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


def _load(source: Path | bytes, file_name: str | None) -> tuple[bytes, str]:
    """The file's bytes and its name, cut to what is kept."""
    if isinstance(source, Path):
        try:
            if source.stat().st_size > LARGEST_FILE:
                raise too_large()
            data = source.read_bytes()
        except IsADirectoryError:
            raise Invalid(_("{path} is a folder. Name the files in it.", path=str(source))) from None
        except OSError:
            raise NotFound(_("There is no file {path} that can be read.", path=str(source))) from None
    else:
        data = source
    name = file_name or (source.name if isinstance(source, Path) else "")
    clean = " ".join(name.replace("\x00", "").encode("utf-8", "replace").decode().split())
    return data, Path(clean).name[-LONGEST_FILE_NAME:] or "-"


@contextmanager
def _sheets(data: bytes) -> Iterator[Any]:
    """The file's sheets; what opened them ends with the block."""
    sheets = open_sheets(data)[1]
    try:
        yield sheets
    finally:
        close = getattr(sheets, "close", None)
        if close is not None:
            close()


def _read(data: bytes, name: str, given: Market | None, shop: Shop | None) -> _Read:
    tables = heading_tables()
    if shop is not None:
        of_shop = market_named(shop.market)
        if given is not None and given.code != of_shop.code:
            raise Invalid(
                _(
                    "The shop {shop} sells in {market}, not in {given}.",
                    shop=shop.name,
                    market=of_shop.code,
                    given=given.code,
                ),
                "market",
            )
        given = of_shop
    with _sheets(data) as sheets:
        found = recognise(sheets, tables, name)
        if not found.applied:
            raise Invalid(
                _("This is Shopee's report {report}. Recoup cannot import that kind yet.", report=found.report)
            )
        if given is not None:
            # A wrong market shows in the headings already; the rows need not be read to say so.
            market_of(found, tables, given=given, countries=frozenset())
        gathered = gather(found)
    if not gathered.rows:
        raise Invalid(_("There are no rows below the headings of this file."))
    return _Read(found, gathered, market_of(found, tables, given=given, countries=gathered.countries))


def _new_shop(session: Session, name: str, market: Market, actor: Actor, *, dry_run: bool, now: datetime) -> Shop:
    if dry_run:
        return Shop(name=name, market=market.code, currency=market.currency, zone=market.zone)
    return add_shop(session, actor=actor, name=name, market=market.code, now=now)


def _result(name: str, shop: Shop, read: _Read, parcels: OrderFile, decisions: list[Decision]) -> FileResult:
    new = sum(1 for one in decisions if one.stored is None)
    updated = sum(1 for one in decisions if one.stored is not None and one.changes)
    found = read.found
    return FileResult(
        file=name,
        report=found.report,
        market=shop.market,
        rows=read.gathered.rows,
        orders=len(read.gathered.orders),
        shipments=len(decisions),
        new=new,
        updated=updated,
        unchanged=len(decisions) - new - updated,
        refused=len(parcels.refused),
        unknown_headings=found.unknown,
        offers=0,
        shop=shop.name,
        blanked=tuple(
            found.headings[found.columns[field]].strip()
            for field in sorted(found.table.personal)
            if field in found.columns
        ),
        notices=tuple(parcels.notices),
        refused_rows=tuple((row, one.sentence, one.values) for row, one in sorted(parcels.refused.items())[:200]),
    )


def _with(result: FileResult, **changes: Any) -> FileResult:
    return FileResult(**{**{name: getattr(result, name) for name in result.__dataclass_fields__}, **changes})


def _write(
    session: Session,
    shop: Shop,
    read: _Read,
    parcels: OrderFile,
    decisions: list[Decision],
    result: FileResult,
    digest: bytes,
    *,
    actor: Actor,
    now: datetime,
) -> FileResult:
    run = ImportRun(
        shop_id=shop.id,
        file_name=result.file,
        sha256=digest,
        report=result.report,
        market=result.market,
        at=now,
        person_id=actor.person_id,
        counts={},
        headings=list(read.found.headings),
        unknown_headings=list(result.unknown_headings),
    )
    session.add(run)
    session.flush()
    try:
        ids = apply.write(
            session,
            shop,
            run,
            decisions,
            read.gathered,
            parcels.refused,
            fields=read.found.columns.keys(),
            as_of=parcels.as_of,
            now=now,
        )
    except UniqueViolation as error:
        raise Conflict(_("Somebody entered one of these parcels at the same moment. Import the file again.")) from error
    offered = [(ids[id(one)], one.parcel) for one in decisions if one.parcel.offers is not None]
    apply.withdraw_offers(session, [one.stored.id for one in decisions if one.stored is not None and one.changes])
    result = _with(result, run_id=run.id, offers=apply.offer(session, offered, run, now=now))
    run.counts = {
        **result.counts(),
        "blanked": list(result.blanked),
        "notices": [[sentence, values] for sentence, values in result.notices],
    }
    audit.record(
        session,
        Tag.IMPORT_APPLIED,
        actor=actor,
        now=now,
        subject=("import", run.id),
        after={"file": result.file, "shop": shop.name, **{k: v for k, v in result.counts().items() if k != "file"}},
    )
    return result


__all__ = ["FileResult", "import_file"]
