"""One schedule for the payer: the claims of a batch as a workbook, one line for each tracking number.

Carriers take one claim for each tracking number, so a parcel stands in the schedule once: of two claims on one number the
larger demand is kept, and the other is named with the reason. What people wrote can never become a formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.kinds import kind_name
from core.cases.words import STAGE_LABELS, TYPE_LABELS
from core.desk.export import harmless
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, TooLarge
from core.foundation.gate import read
from core.foundation.language import LANGUAGES, N_, _, current, using
from core.foundation.money import Money, decimals
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Evidence, Incident, Pack, Shipment, ShipmentLine, Shop
from core.models.claim import ClaimState
from core.models.incident import IncidentType, Stage
from core.models.rule import FilingChannel
from core.recovery import packs
from core.recovery.bulk import MOST
from core.recovery.claim_states import STATE_LABELS

CHANNEL_LABELS: dict[FilingChannel, str] = {
    FilingChannel.DIRECT: N_("Direct"),
    FilingChannel.PLATFORM: N_("Through the platform"),
    FilingChannel.FORWARDER: N_("Through the forwarder"),
}
_GIVEN_UP = (ClaimState.EXPIRED, ClaimState.WITHDRAWN)
_UNSAFE = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")
_BOLD, _GROUND = Font(bold=True), PatternFill("solid", start_color="F5F6F8")
_WRAP = Alignment(wrap_text=True, vertical="top")


@dataclass(frozen=True)
class Line:
    """One parcel of the schedule. Moments in UTC, told as days of `zone`; amounts in `currency`."""

    claim_id: int
    reference: str
    state: ClaimState
    payer: str
    channel: FilingChannel
    zone: str
    currency: str
    demand: Decimal
    case_number: str | None
    submitted_at: datetime | None
    note: str
    incident_id: int
    incident: str
    type: IncidentType
    stage: Stage
    noticed_at: datetime
    shipment_id: int
    order_number: str
    tracking_number: str | None
    first_mile_number: str | None
    last_mile_number: str | None
    accepted_at: datetime | None
    shipped_at: datetime | None
    expected_at: datetime | None
    delivered_at: datetime | None
    weight_kg: Decimal | None
    value: Decimal
    value_currency: str
    service: str | None
    shop: str
    carrier: str | None
    pack_id: int | None = None
    pack: str | None = None
    contents: str = ""
    pieces: int = 0
    documents: str = ""

    def day(self, moment: datetime | None) -> date | None:
        """A moment as the day it fell on in the rule's zone."""
        return local_day(moment, self.zone) if moment else None


@dataclass(frozen=True)
class LeftOut:
    """A claim that is not in the schedule, and why."""

    claim_id: int
    reference: str
    said: str


@dataclass(frozen=True)
class Schedule:
    """The lines in the order of their tracking numbers, what was left out, and the sums for each currency."""

    payer: str
    lines: tuple[Line, ...]
    left_out: tuple[LeftOut, ...]
    demands: tuple[Money, ...]
    values: tuple[Money, ...] = field(default=())

    @property
    def without_pack(self) -> tuple[str, ...]:
        """References of the claims for which no complete pack was built yet."""
        return tuple(line.reference for line in self.lines if line.pack_id is None)


@dataclass(frozen=True)
class Column:
    """One column: its heading (English, translated when written), its value, its width."""

    heading: str
    value: Callable[[Line], Any]
    width: int = 14


COLUMNS: Sequence[Column] = (
    Column(N_("Tracking number"), lambda line: line.tracking_number, 22),
    Column(N_("First-mile number"), lambda line: line.first_mile_number, 18),
    Column(N_("Last-mile number"), lambda line: line.last_mile_number, 18),
    Column(N_("Order number"), lambda line: line.order_number, 20),
    Column(N_("Our reference"), lambda line: line.reference, 17),
    Column(N_("Payer's case number"), lambda line: line.case_number, 18),
    Column(N_("Kind of claim"), lambda line: _(TYPE_LABELS[line.type]), 16),
    Column(N_("Where it happened"), lambda line: _(STAGE_LABELS[line.stage]), 14),
    Column(N_("Carrier"), lambda line: line.carrier, 16),
    Column(N_("Service"), lambda line: line.service, 16),
    Column(N_("Channel"), lambda line: _(CHANNEL_LABELS[line.channel]), 16),
    Column(N_("Sender"), lambda line: line.shop, 18),
    Column(N_("Shipped"), lambda line: line.day(line.shipped_at), 12),
    Column(N_("Accepted"), lambda line: line.day(line.accepted_at), 12),
    Column(N_("Promised"), lambda line: line.day(line.expected_at), 12),
    Column(N_("Delivered"), lambda line: line.day(line.delivered_at), 12),
    Column(N_("Noticed"), lambda line: line.day(line.noticed_at), 12),
    Column(N_("Contents"), lambda line: line.contents, 44),
    Column(N_("Pieces"), lambda line: line.pieces, 8),
    Column(N_("Weight, kg"), lambda line: line.weight_kg, 10),
    Column(N_("Declared value"), lambda line: Money(line.value, line.value_currency), 14),
    Column(N_("Demand"), lambda line: Money(line.demand, line.currency), 14),
    Column(N_("Currency"), lambda line: line.currency, 9),
    Column(N_("Documents enclosed"), lambda line: line.documents, 40),
    Column(N_("Remarks"), lambda line: line.note, 40),
    Column(N_("Filed"), lambda line: line.day(line.submitted_at), 12),
    Column(N_("Pack"), lambda line: line.pack, 34),
)


@read(Permission.INCIDENT_EXPORT)
def schedule(session: Session, claim_ids: Sequence[int], *, actor: Actor) -> Schedule:
    """What would stand in the schedule of these claims, without writing it.

    Raises `Invalid` for claims of several payers, or when none can stand in it; `TooLarge` beyond 200; `NotFound`.
    """
    found = _read(session, claim_ids)
    payers = sorted({line.payer for line in found})
    if len(payers) > 1:
        raise Invalid(_("Choose claims of one payer. These are of {payers}.", payers=", ".join(payers[:5])))
    kept, left_out = _one_each(found)
    return Schedule(
        payers[0],
        tuple(_filled(session, kept)),
        tuple(left_out),
        _sums((line.demand, line.currency) for line in kept),
        _sums((line.value, line.value_currency) for line in kept),
    )


@read(Permission.INCIDENT_EXPORT)
def schedule_xlsx(
    session: Session,
    claim_ids: Sequence[int],
    out: BinaryIO,
    *,
    actor: Actor,
    language: str | None = None,
    now: datetime,
) -> Schedule:
    """Write the schedule as a workbook, headings in `language` (the reader's, if not given). Refuses as `schedule`."""
    with using(language if language in LANGUAGES else current()):
        made = schedule(session, claim_ids, actor=actor)
        _written(made, now).save(out)
    return made


@read(Permission.INCIDENT_EXPORT)
def schedule_zip(
    session: Session,
    claim_ids: Sequence[int],
    out: BinaryIO,
    *,
    actor: Actor,
    language: str | None = None,
    now: datetime,
) -> Schedule:
    """Write the schedule with the latest complete pack of each claim beside it. Claims without one are in
    `without_pack`.
    """
    sheet = io.BytesIO()
    made = schedule_xlsx(session, claim_ids, sheet, actor=actor, language=language, now=now)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{file_stem(made.payer, now, actor.zone)}.xlsx", sheet.getvalue())
        for line in made.lines:
            if line.pack_id is not None:
                pack = packs.get_pack(session, line.pack_id, actor=actor)
                # Compressed already.
                archive.write(pack.path, f"packs/{pack.file_name}", zipfile.ZIP_STORED)
    return made


def file_stem(payer: str, now: datetime, zone: str) -> str:
    """The file's name without its ending: `claims-Ninja-Van-2026-11-23`."""
    return f"claims-{_UNSAFE.sub('-', payer).strip('-')[:40] or 'payer'}-{local_day(now, zone).isoformat()}"


def _read(session: Session, claim_ids: Sequence[int]) -> list[Line]:
    wanted = list(dict.fromkeys(claim_ids))
    if not wanted:
        raise Invalid(_("Choose the claims first."))
    if len(wanted) > MOST:
        raise TooLarge(_("At most {n} claims at once. Choose fewer.", n=MOST))
    rows: Any = session.execute(
        select(
            Claim.id,
            Claim.reference,
            Claim.state,
            Claim.payer_name,
            Claim.channel,
            Claim.zone,
            Claim.currency,
            Claim.demand,
            Claim.case_number,
            Claim.submitted_at,
            Claim.note,
            Incident.id,
            Incident.reference,
            Incident.type,
            Incident.stage,
            Incident.noticed_at,
            Shipment.id,
            Shipment.order_number,
            Shipment.tracking_number,
            Shipment.first_mile_number,
            Shipment.last_mile_number,
            Shipment.accepted_at,
            Shipment.shipped_at,
            Shipment.expected_at,
            Shipment.delivered_at,
            Shipment.weight_kg,
            Shipment.value,
            Shipment.currency,
            Shipment.service,
            Shop.name,
            func.coalesce(Carrier.name, Shipment.carrier_text),
        )
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .where(Claim.id.in_(wanted))
    ).all()
    if len(rows) < len(wanted):
        raise NotFound(_("There is no such claim."))
    return [Line(*row) for row in rows]


def _one_each(found: Iterable[Line]) -> tuple[list[Line], list[LeftOut]]:
    """One line for each tracking number, the largest demand of each; the rest with the reason."""
    kept: dict[str, Line] = {}
    left_out = []
    for line in sorted(found, key=lambda one: (-one.demand, one.claim_id)):
        number = (line.tracking_number or "").strip().upper()
        said = None
        if line.state in _GIVEN_UP:
            said = _("The claim is {state}.", state=_(STATE_LABELS[line.state]).lower())
        elif not number:
            said = _("The parcel has no tracking number. Enter it on the parcel first.")
        elif number in kept:
            said = _(
                "{number} stands in the schedule already, with {reference}: one claim for each tracking number. "
                "Send this one on its own.",
                number=number,
                reference=kept[number].reference,
            )
        if said is None:
            kept[number] = line
        else:
            left_out.append(LeftOut(line.claim_id, line.reference, said))
    if not kept:
        raise Invalid(_("None of these claims can stand in a schedule: {reason}", reason=left_out[0].said))
    return [kept[number] for number in sorted(kept)], sorted(left_out, key=lambda one: one.reference)


def _filled(session: Session, kept: Sequence[Line]) -> Iterable[Line]:
    """The lines with contents, documents and packs: a statement each for all of them."""
    contents: dict[int, list[tuple[str, int]]] = {}
    lines = select(ShipmentLine.shipment_id, ShipmentLine.name, ShipmentLine.variation, ShipmentLine.quantity)
    ids = {line.shipment_id for line in kept}
    for shipment, name, variation, quantity in session.execute(
        lines.where(ShipmentLine.shipment_id.in_(ids)).order_by(ShipmentLine.shipment_id, ShipmentLine.line)
    ):
        said = f"{name} ({variation})" if variation else name
        contents.setdefault(shipment, []).append((f"{said} × {quantity}", quantity))
    documents: dict[int, list[str]] = {}
    for case, kind, n in session.execute(
        select(Evidence.incident_id, Evidence.kind, func.count())
        .where(Evidence.incident_id.in_({line.incident_id for line in kept}), Evidence.withdrawn_at.is_(None))
        .group_by(Evidence.incident_id, Evidence.kind)
        .order_by(Evidence.incident_id, Evidence.kind)
    ):
        documents.setdefault(case, []).append(kind_name(kind) + (f" × {n}" if n > 1 else ""))
    built = {
        claim: (pack, name)
        for claim, pack, name in session.execute(
            select(Pack.claim_id, Pack.id, Pack.file_name)
            .where(Pack.claim_id.in_({line.claim_id for line in kept}), Pack.draft.is_(False))
            .order_by(Pack.built_at, Pack.id)
        )
    }
    for line in kept:
        held = contents.get(line.shipment_id, [])
        pack, file = built.get(line.claim_id, (None, None))
        yield _with(
            line,
            pack_id=pack,
            pack=file,
            contents="; ".join(said for said, _quantity in held),
            pieces=sum(quantity for _said, quantity in held),
            documents=", ".join(documents.get(line.incident_id, [])),
        )


def _with(line: Line, **more: Any) -> Line:
    return Line(**{**{name: getattr(line, name) for name in Line.__dataclass_fields__}, **more})


def _sums(amounts: Iterable[tuple[Decimal, str]]) -> tuple[Money, ...]:
    found: dict[str, Decimal] = {}
    for amount, currency in amounts:
        found[currency] = found.get(currency, Decimal(0)) + amount
    return tuple(Money(found[currency], currency) for currency in sorted(found))


def _written(made: Schedule, now: datetime) -> Workbook:
    """The workbook: who it is for, the table, the sums."""
    book = Workbook()
    book.properties.creator = "Recoup"
    book.properties.created = book.properties.modified = now.astimezone(UTC).replace(tzinfo=None)
    sheet = book.active or book.create_sheet()
    sheet.title = _("Claims")
    zone = made.lines[0].zone
    _put(sheet, 1, 1, _("Schedule of claims: {payer}", payer=made.payer), bold=True)
    said = _("{n} parcels, as of {day}. Dates are in {zone}.", n=len(made.lines), day=local_day(now, zone), zone=zone)
    _put(sheet, 2, 1, said)
    head = 4
    _put(sheet, head, 1, _("No."), bold=True)
    sheet.column_dimensions["A"].width = 6
    for place, column in enumerate(COLUMNS, start=2):
        _put(sheet, head, place, _(column.heading), bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    for number, line in enumerate(made.lines, start=1):
        _put(sheet, head + number, 1, number)
        for place, column in enumerate(COLUMNS, start=2):
            _put(sheet, head + number, place, column.value(line))
    _totals(sheet, made, head + len(made.lines) + 2)
    sheet.freeze_panes = sheet.cell(head + 1, 3)
    sheet.auto_filter.ref = f"A{head}:{get_column_letter(len(COLUMNS) + 1)}{head + len(made.lines)}"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    return book


def _totals(sheet: Worksheet, made: Schedule, row: int) -> None:
    """A line for each currency under the columns it sums."""
    places = {column.heading: place for place, column in enumerate(COLUMNS, start=2)}
    values = {one.currency: one for one in made.values}
    demands = {one.currency: one for one in made.demands}
    for down, currency in enumerate(sorted({*values, *demands})):
        _put(sheet, row + down, 2, _("Total, {currency}", currency=currency), bold=True)
        _put(sheet, row + down, places["Declared value"], values.get(currency), bold=True)
        _put(sheet, row + down, places["Demand"], demands.get(currency), bold=True)
        _put(sheet, row + down, places["Currency"], currency, bold=True)


def _put(sheet: Worksheet, row: int, place: int, value: Any, *, bold: bool = False) -> None:
    """Write one cell: text that never runs, amounts with their currency's decimals, days as days."""
    cell = sheet.cell(row, place)
    if bold:
        cell.font = _BOLD
        cell.fill = _GROUND
    if isinstance(value, Money):
        places = decimals(value.currency)
        cell.value, cell.number_format = value.amount, "#,##0" + ("." + "0" * places if places else "")
    elif isinstance(value, str):
        cell.value, cell.alignment = harmless(value) or None, _WRAP
        cell.data_type = "s" if cell.value else "n"
    else:
        cell.value = value
        if isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"
