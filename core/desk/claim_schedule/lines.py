"""What stands in a schedule: read from the claims, one line for each tracking number, with what is enclosed (inner)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.kinds import kind_name
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, TooLarge
from core.foundation.formats import apart, listed
from core.foundation.language import _
from core.foundation.money import Money
from core.models import Carrier, Claim, Evidence, Incident, Pack, Shipment, ShipmentLine, Shop
from core.models.claim import ClaimState
from core.models.incident import IncidentType, Stage
from core.models.rule import FilingChannel
from core.recovery.bulk import MOST
from core.recovery.claim_states import STATE_LABELS

_GIVEN_UP = (ClaimState.EXPIRED, ClaimState.WITHDRAWN)


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


def read_lines(session: Session, claim_ids: Sequence[int]) -> list[Line]:
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


def one_each(found: Iterable[Line]) -> tuple[list[Line], list[LeftOut]]:
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


def filled(session: Session, kept: Sequence[Line]) -> Iterable[Line]:
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
            contents=apart(said for said, _quantity in held),
            pieces=sum(quantity for _said, quantity in held),
            documents=listed(documents.get(line.incident_id, [])),
        )


def _with(line: Line, **more: Any) -> Line:
    return Line(**{**{name: getattr(line, name) for name in Line.__dataclass_fields__}, **more})


def sums(amounts: Iterable[tuple[Decimal, str]]) -> tuple[Money, ...]:
    found: dict[str, Decimal] = {}
    for amount, currency in amounts:
        found[currency] = found.get(currency, Decimal(0)) + amount
    return tuple(Money(found[currency], currency) for currency in sorted(found))
