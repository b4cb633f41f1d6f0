"""Imports as their screen shows them: what came in, what was refused and why, and the incidents they offer."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Row, Select, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from core.desk.export import harmless
from core.foundation import audit
from core.foundation.errors import NotFound
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Dispute, ImportRow, ImportRun, IncidentOffer, Person, Shipment, Shop, Tag
from core.models.imports import OfferCause, OfferState
from core.models.incident import IncidentType
from core.parcels.importers.kinds import COUNT_LABELS
from core.parcels.importers.own_cells import own_columns, seen_row

P = Permission

MOST_OFFERS = 500
"""Offers one read gives at most; the rest come when these are taken or dismissed."""


@dataclass(frozen=True)
class RunRow:
    """One applied file, or one sheet of it. `counts` are those of `FileResult.counts`; `by` is None for the command line.

    `shop` and `market` are "" where the file belongs to none. `kind` is its field table, `sheet` its sheet where it has several.
    `deleted_at` says that it was taken away again, and `deleted_by` by whom.
    """

    id: int
    at: datetime
    by: str | None
    shop: str
    file_name: str
    report: str
    market: str
    counts: dict[str, Any]
    unknown_headings: tuple[str, ...]
    kind: str = "orders"
    sheet: str = ""
    deleted_at: datetime | None = None
    deleted_by: str | None = None

    def figures(self) -> dict[str, int]:
        """Its counts by the keys of `COUNT_LABELS`, without those that are 0."""
        return {name: count for name in COUNT_LABELS if isinstance(count := self.counts.get(name), int) and count}


@dataclass(frozen=True)
class Standing:
    """A file that may be deleted: its name and sheets as imported, each with its counts."""

    file_name: str
    runs: tuple[RunRow, ...]


@dataclass(frozen=True)
class RefusedRow:
    """One row that was not taken: its number in the file, the reason as a sentence, its cells by heading as text."""

    row: int
    reason: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Offered:
    """An incident an import suggests for a parcel, and the file's own words why.

    `answer_by`: the soonest moment the platform set in the buyer's request behind it.
    """

    id: int
    shipment_id: int
    type: IncidentType
    reason: str
    number: str
    order_number: str
    shop: str
    carrier: str | None
    value: Money
    created_at: datetime
    cause: OfferCause = OfferCause.PARCEL
    answer_by: datetime | None = None


CAUSE_LABELS: dict[OfferCause, str] = {
    OfferCause.PARCEL: N_("state of the order"),
    OfferCause.FAILED: N_("failed delivery"),
    OfferCause.RETURN: N_("buyer's return"),
    OfferCause.MONEY: N_("money paid"),
}
"""What an offer rests on."""


@read(P.IMPORT_READ)
def list_runs(session: Session, *, actor: Actor, limit: int = 50) -> list[RunRow]:
    """The latest applied files, latest first, at most `limit`."""
    query = _runs().order_by(ImportRun.at.desc(), ImportRun.id.desc()).limit(min(limit, 500))
    return [_run(row) for row in session.execute(query)]


@read(P.IMPORT_READ)
def file_of(session: Session, run_id: int, *, actor: Actor) -> Standing:
    """The file a run belongs to, with all its sheets that stand. Raises `NotFound`."""
    first = session.scalar(
        select(func.coalesce(ImportRun.file_id, ImportRun.id)).where(
            ImportRun.id == run_id, ImportRun.deleted_at.is_(None)
        )
    )
    if first is None:
        raise NotFound(_("There is no such import."))
    together = or_(ImportRun.id == first, ImportRun.file_id == first) & ImportRun.deleted_at.is_(None)
    runs = tuple(_run(row) for row in session.execute(_runs().where(together).order_by(ImportRun.id)))
    return Standing(runs[0].file_name, runs)


def _runs() -> Select[*tuple[Any, ...]]:
    remover = aliased(Person)
    return (
        select(
            ImportRun.id,
            ImportRun.at,
            Person.name,
            Shop.name.label("shop"),
            ImportRun.file_name,
            ImportRun.report,
            ImportRun.market,
            ImportRun.counts,
            ImportRun.unknown_headings,
            ImportRun.kind,
            ImportRun.sheet,
            ImportRun.deleted_at,
            remover.name.label("deleted_by"),
        )
        .outerjoin(Shop, Shop.id == ImportRun.shop_id)
        .outerjoin(Person, Person.id == ImportRun.person_id)
        .outerjoin(remover, remover.id == ImportRun.deleted_by)
    )


def _run(row: Row[Any]) -> RunRow:
    return RunRow(
        id=row.id,
        at=row.at,
        by=row.name,
        shop=row.shop or "",
        file_name=row.file_name,
        report=row.report,
        market=row.market or "",
        counts=row.counts,
        unknown_headings=tuple(row.unknown_headings),
        kind=row.kind,
        sheet=row.sheet,
        deleted_at=row.deleted_at,
        deleted_by=row.deleted_by,
    )


@read(P.IMPORT_READ)
def refused_rows(session: Session, run_id: int, *, actor: Actor) -> tuple[tuple[str, ...], list[RefusedRow]]:
    """The headings of an applied file and its refused rows, in the file's order. Raises `NotFound`."""
    run = session.get(ImportRun, run_id)
    if run is None:
        raise NotFound(_("There is no such import."))
    rows = session.scalars(
        select(ImportRow).where(ImportRow.import_id == run_id, ImportRow.refused.is_not(None)).order_by(ImportRow.row)
    )
    own = own_columns(run.kind, run.headings)
    return tuple(run.headings), [
        RefusedRow(
            row.row,
            reason(row.refused or ""),
            seen_row(["" if cell is None else str(cell) for cell in row.raw], own),
        )
        for row in rows
    ]


@read(P.IMPORT_READ)
def refused_csv(session: Session, run_id: int, *, actor: Actor) -> bytes:
    """The refused rows of an import as CSV (UTF-8 with a byte order mark): row, reason, then the file's own columns.

    Cells that a spreadsheet would read as formulas are made harmless. The buyer's name, phone and address were never kept.
    """
    headings, rows = refused_rows(session, run_id, actor=actor)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([_("Row"), _("Reason"), *(harmless(one) for one in headings)])
    writer.writerows([row.row, harmless(row.reason), *(harmless(cell) for cell in row.cells)] for row in rows)
    return text.getvalue().encode("utf-8-sig")


@read(P.IMPORT_READ)
def refused_archive(session: Session, run_ids: Sequence[int], *, actor: Actor) -> bytes:
    """The refused rows of several imports as a ZIP: for each a CSV as `refused_csv` makes it, named by its file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for run_id in run_ids:
            run = session.get(ImportRun, run_id)
            if run is None:
                raise NotFound(_("There is no such import."))
            if not session.scalar(select(_some_refused(run_id))):
                continue
            # The number keeps names apart, and what a name holds from meaning a folder.
            name = re.sub(r"[^\w.-]+", "_", f"{run.file_name}_{run.sheet}".rstrip("_"))
            archive.writestr(f"{run_id}-{name}.csv", refused_csv(session, run_id, actor=actor))
    return made.getvalue()


def _some_refused(run_id: int) -> ColumnElement[bool]:
    return exists().where(ImportRow.import_id == run_id, ImportRow.refused.is_not(None))


def reason(stored: str) -> str:
    """A stored reason (`["sentence", {values}]`, or plain words) as a sentence in the reader's language."""
    try:
        sentence, values = orjson.loads(stored)
        return _(sentence, **values)
    except (ValueError, TypeError, KeyError):
        return stored


@read(P.IMPORT_READ)
def count_offers(session: Session, *, actor: Actor) -> int:
    """How many offers wait for an answer."""
    return session.scalar(select(func.count()).where(IncidentOffer.state == OfferState.OPEN)) or 0


@read(P.IMPORT_READ)
def open_offers(session: Session, *, actor: Actor, run_id: int | None = None) -> list[Offered]:
    """The offers that wait, of one import or of all; at most `MOST_OFFERS`. Those with a moment to answer by first, then the latest."""
    answer_by = (
        select(func.min(Dispute.next_due_at))
        .where(
            Dispute.shipment_id == IncidentOffer.shipment_id,
            Dispute.incident_id.is_(None),
            IncidentOffer.cause == OfferCause.RETURN,
        )
        .scalar_subquery()
        .label("answer_by")
    )
    query = (
        select(
            IncidentOffer.id,
            IncidentOffer.shipment_id,
            IncidentOffer.type,
            IncidentOffer.reason,
            func.coalesce(Shipment.tracking_number, Shipment.order_number),
            Shipment.order_number,
            Shop.name,
            Carrier.name,
            Shipment.value,
            Shipment.currency,
            IncidentOffer.created_at,
            IncidentOffer.cause,
            answer_by,
        )
        .join(Shipment, Shipment.id == IncidentOffer.shipment_id)
        .join(Shop, Shop.id == Shipment.shop_id)
        .outerjoin(Carrier, Carrier.id == Shipment.carrier_id)
        .where(IncidentOffer.state == OfferState.OPEN)
        .order_by(answer_by.asc().nulls_last(), IncidentOffer.id.desc())
        .limit(MOST_OFFERS)
    )
    if run_id is not None:
        query = query.where(IncidentOffer.import_id == run_id)
    return [Offered(*row[:8], Money(row[8], row[9]), *row[10:]) for row in session.execute(query)]


@verb(P.INCIDENT_REGISTER)
def dismiss_offers(session: Session, offer_ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Say of offers that they are no incident; how many were still open. They are not offered again."""
    return len(list(_dismiss(session, offer_ids, actor, now)))


def _dismiss(session: Session, offer_ids: Sequence[int], actor: Actor, now: datetime) -> Iterator[int]:
    done = session.execute(
        update(IncidentOffer)
        .where(IncidentOffer.id.in_(list(offer_ids)), IncidentOffer.state == OfferState.OPEN)
        .values(state=OfferState.DISMISSED)
        .returning(IncidentOffer.id, IncidentOffer.shipment_id, IncidentOffer.type)
    ).all()
    for offer_id, shipment_id, kind in done:
        audit.record(
            session,
            Tag.OFFER_DISMISSED,
            actor=actor,
            now=now,
            subject=("incident_offer", offer_id),
            after={"shipment_id": shipment_id, "type": kind},
        )
        yield offer_id
