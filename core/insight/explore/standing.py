"""Which parcels and cases a figure stands on, said once: the figure counts them, the register lists them.

All of it inner: the reads that use it ask for the right.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select, true, union_all
from sqlalchemy.orm import aliased

from core.foundation.clock import start_of_day
from core.foundation.language import N_
from core.insight.explore.bands import BandChoice
from core.models import Claim, Comment, Contact, Evidence, Incident, Payout, PayoutReversal, Shipment, ShipmentLine
from core.models.claim import ClaimState

FIRST_LINE = 1


def _product(line: Any) -> Any:
    return func.coalesce(func.nullif(line.sku, ""), line.name)


PRODUCT = _product(ShipmentLine)
"""What an item is called by: the shop's own code, its name where there is none."""
SERVICE = func.coalesce(Shipment.service, "")


def lines_of(parcel: Any) -> Any:
    """The products of one parcel, each once, as a lateral subquery (`product`): for some thousand cases."""
    return select(PRODUCT.label("product")).where(ShipmentLine.shipment_id == parcel).distinct().lateral("own_lines")


def all_lines() -> Any:
    """Each parcel's products, each once, as a subquery (`shipment_id`, `product`): for whole years of parcels.

    Most parcels hold one line: only further ones have to be held against those before them. No DISTINCT: several processes of the
    database share the work where nothing has to be brought together in between.
    """
    further, before = aliased(ShipmentLine), aliased(ShipmentLine)
    again = exists().where(
        before.shipment_id == further.shipment_id, before.line < further.line, _product(before) == _product(further)
    )
    one = select(ShipmentLine.shipment_id, PRODUCT.label("product")).where(ShipmentLine.line == FIRST_LINE)
    more = select(further.shipment_id, _product(further).label("product")).where(further.line != FIRST_LINE, ~again)
    return union_all(one, more).subquery("lines")


class Told(StrEnum):
    """What must have come of a case for some measure to say anything of it. Codes stand in addresses."""

    DECIDED = "decided"
    PAID = "paid"
    ACTED = "acted"


TOLD_LABELS: dict[Told, str] = {
    Told.DECIDED: N_("with a claim that was decided"),
    Told.PAID: N_("with a claim that brought money"),
    Told.ACTED: N_("that somebody acted on"),
}

_BROUGHT = (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED, ClaimState.PAID)
_ENDED_WITHOUT = (ClaimState.REJECTED, ClaimState.CLOSED, ClaimState.WITHDRAWN)


def granted() -> ColumnElement[bool]:
    """Whether a claim brought something."""
    return or_(Claim.state.in_(_BROUGHT), Claim.paid > 0)


def decided() -> ColumnElement[bool]:
    """Whether a claim was filed and then granted, refused or let go."""
    return and_(Claim.submitted_at.is_not(None), or_(granted(), Claim.state.in_(_ENDED_WITHOUT)))


def first_money() -> ColumnElement[date]:
    """The day of a claim's first payout that was not wholly taken back; null where none came."""
    back = (
        select(func.coalesce(func.sum(PayoutReversal.amount), 0))
        .where(PayoutReversal.payout_id == Payout.id)
        .scalar_subquery()
    )
    found = select(func.min(Payout.paid_on)).where(Payout.claim_id == Claim.id, Payout.amount > back)
    return found.correlate(Claim).scalar_subquery()


_MARKS: tuple[tuple[Any, Any, Any], ...] = (
    (Contact.incident_id, Contact.logged_at, Contact.logged_by),
    (Evidence.incident_id, Evidence.added_at, Evidence.added_by),
    (Claim.incident_id, Claim.created_at, Claim.created_by),
    (Comment.incident_id, Comment.at, Comment.person_id),
)
"""What a person does for a case: a contact, evidence, a claim, a comment; its case, its moment, and who."""


def _after(case: Any, at: Any, by: Any) -> ColumnElement[bool]:
    return and_(case == Incident.id, by.is_not(None), at > Incident.registered_at)


def first_action() -> ColumnElement[Any]:
    """When a person first did something for a case after it was registered, or closed it; null while nobody did. For a few cases."""
    moments = [
        select(func.min(at)).where(_after(case, at, by)).correlate(Incident).scalar_subquery()
        for case, at, by in _MARKS
    ]
    return func.least(*moments, Incident.closed_at)


def first_actions(conditions: Sequence[ColumnElement[bool]]) -> Any:
    """The same for many cases at once, as a subquery (`id`, `at`) of those somebody did something for but its closing.

    `conditions` on the case keep the subquery from looking at all that ever were.
    """
    every = [
        select(Incident.id.label("id"), at.label("at"))
        .join(case.class_, case == Incident.id)
        .where(_after(case, at, by), *conditions)
        for case, at, by in _MARKS
    ]
    marks = union_all(*every).subquery("marks")
    return select(marks.c.id, func.min(marks.c.at).label("at")).group_by(marks.c.id).subquery("acts")


def told(what: Told) -> ColumnElement[bool]:
    """Whether that came of a case."""
    match what:
        case Told.DECIDED:
            return exists().where(Claim.incident_id == Incident.id, decided())
        case Told.PAID:
            return exists().where(
                Claim.incident_id == Incident.id, Claim.submitted_at.is_not(None), first_money().is_not(None)
            )
        case Told.ACTED:
            return first_action().is_not(None)


def parcels(
    *,
    services: Sequence[str] = (),
    products: Sequence[str] = (),
    bands: BandChoice | None = None,
    since: date | None = None,
    until: date | None = None,
    zone: str,
) -> list[ColumnElement[bool]]:
    """Which parcels: services and products ("" stands for none), value bands, days of shipping in `zone`."""
    found: list[ColumnElement[bool]] = []
    if services:
        found.append(SERVICE.in_(services))
    if products:
        found.append(_holding(products))
    if bands is not None and bands.places:
        found.append(bands.condition())
    if since:
        found.append(Shipment.shipped_at >= start_of_day(since, zone))
    if until:
        found.append(Shipment.shipped_at < start_of_day(until + timedelta(days=1), zone))
    return found


def _holding(products: Sequence[str]) -> ColumnElement[bool]:
    """Parcels that hold one of some products; "" means a parcel of which no item is known."""
    named = [one for one in products if one]
    kept: list[ColumnElement[bool]] = []
    if named:
        lines = select(ShipmentLine.shipment_id).where(PRODUCT.in_(named))
        kept.append(Shipment.id.in_(lines))
    if "" in products:
        kept.append(~exists().where(ShipmentLine.shipment_id == Shipment.id))
    return or_(*kept) if kept else true()


def either(field: Any, values: Sequence[Any], none: Any = None) -> ColumnElement[bool]:
    """Whether a field is one of some values, of which `none` stands for nothing being there."""
    there = [one for one in values if one != none]
    # One value is an equality, which an index keeps in order; `in` of several is not.
    named = field == there[0] if len(there) == 1 else field.in_(there)
    found: ColumnElement[bool] = named if len(there) == len(values) else or_(field.is_(None), named)
    return found if there else field.is_(None)
