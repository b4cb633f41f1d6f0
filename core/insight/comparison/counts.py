"""Parcels and events per channel and stratum.

A parcel belongs to the day it was shipped on and is counted once. What went wrong with it is told by its own last status and by
its incidents; an incident closed as “arrived” or “no loss” tells nothing. The parcels are counted in one statement by their
status, and what only incidents tell is added by a second, which starts from the few incidents: together they take little more than
counting the parcels alone, where joining all parcels to the incidents took thrice as long.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, false, func, or_, select
from sqlalchemy.orm import Session

from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.insight.comparison.outcomes import Outcome
from core.insight.comparison.scope import Channel, Scope, banded, edges, judged_before, moments, within
from core.insight.comparison.volumes import Unseen, unseen
from core.models import Incident, Shipment
from core.models.incident import IncidentType, Result
from core.models.shipment import ShipmentStatus

UNSPLIT = -2
"""The band of all parcels of a lane that is not split by value."""


@dataclass(frozen=True)
class Cell:
    """The parcels of one channel in one value band (0 is the lowest, −1 where the value's currency has no rate, −2 where the lane
    is not split by value).

    `n` of them are old enough to be judged, `events` of these came to harm; `young` are left out. `unseen` of all are known only
    as monthly volumes.
    """

    channel: Channel
    band: int
    n: int
    events: int
    young: int
    unseen: int = 0


@dataclass
class Tally:
    """Parcels of one group: judged, harmed among these, too young."""

    n: int = 0
    events: int = 0
    young: int = 0


def count(
    session: Session, outcomes: Collection[Outcome], scope: Scope, *, zone: str, base_currency: str, now: datetime
) -> list[Cell]:
    """The cells of all channels in the scope (inner: the reads above ask for the right)."""
    known = edges(session, base_currency, now.date())
    keys = (Shipment.carrier_id, Shipment.service, Shipment.market, banded(known))
    found = tally(session, outcomes, keys, within(scope, outcomes, zone, known), now=now)
    cells = [
        Cell(Channel(carrier, service, market), band, one.n, one.events, one.young)
        for (carrier, service, market, band), one in found.items()
    ]
    return _with_volumes(cells, unseen(session, outcomes, scope, zone=zone, now=now))


def _with_volumes(cells: list[Cell], more: list[Unseen]) -> list[Cell]:
    """The cells with what only volumes tell. A lane that has some is one stratum: those parcels have no value."""
    if not more:
        return cells
    lanes = {one.channel.market for one in more}
    whole: dict[Channel, Cell] = {}
    added = [Cell(one.channel, UNSPLIT, one.judged, 0, one.young, one.judged + one.young) for one in more]
    for cell in [*(cell for cell in cells if cell.channel.market in lanes), *added]:
        own = whole.get(cell.channel, Cell(cell.channel, UNSPLIT, 0, 0, 0))
        whole[cell.channel] = replace(
            own,
            n=own.n + cell.n,
            events=own.events + cell.events,
            young=own.young + cell.young,
            unseen=own.unseen + cell.unseen,
        )
    return [*(cell for cell in cells if cell.channel.market not in lanes), *whole.values()]


def tally(
    session: Session,
    outcomes: Collection[Outcome],
    keys: Sequence[Any],
    where: Sequence[ColumnElement[bool]],
    *,
    now: datetime,
) -> dict[tuple[Any, ...], Tally]:
    """The parcels that meet all of `where`, by the values of `keys`, which are expressions of
    `Shipment` and of what `where` ties to it (inner)."""
    if not outcomes:
        raise Invalid(_("Choose at least one outcome."), "outcome")
    labels = [key.label(f"key{n}") for n, key in enumerate(keys)]
    by_status, judged, named = _by_status(outcomes), judged_before(), moments(outcomes, now)
    parcels = select(
        *labels,
        func.count().filter(judged),
        func.count().filter(and_(judged, by_status)),
        func.count().filter(~judged),
    )
    rows = session.execute(parcels.select_from(Shipment).where(*where).group_by(*labels), named)
    found = {tuple(row[: len(labels)]): Tally(*row[len(labels) :]) for row in rows}
    types = [_TYPES[outcome] for outcome in outcomes if outcome in _TYPES]
    if types:
        told = (
            select(*labels, func.count(Shipment.id.distinct()))
            .select_from(Shipment)
            .join(Incident, Incident.shipment_id == Shipment.id)
            .where(Incident.type.in_(types), stands(), *where, judged, ~func.coalesce(by_status, false()))
            .group_by(*labels)
        )
        for row in session.execute(told, named):
            found[tuple(row[: len(labels)])].events += row[-1]
    return found


def stands() -> ColumnElement[bool]:
    """Whether an incident tells of harm: it was not closed as one that was none (inner)."""
    return or_(Incident.result.is_(None), Incident.result.not_in([Result.ARRIVED, Result.NO_LOSS]))


def _by_status(outcomes: Collection[Outcome]) -> ColumnElement[bool]:
    """Whether a parcel's own status and dates tell that it came to harm."""
    told: dict[Outcome, ColumnElement[bool]] = {
        Outcome.LOST: Shipment.status == ShipmentStatus.LOST,
        Outcome.FAILED: or_(
            Shipment.status == ShipmentStatus.FAILED,
            and_(
                Shipment.status.in_([ShipmentStatus.RETURNING, ShipmentStatus.RETURNED]),
                Shipment.delivered_at.is_(None),
            ),
        ),
        Outcome.LATE: func.coalesce(Shipment.delivered_at, bindparam("now", type_=UtcDateTime()))
        > Shipment.expected_at,
        Outcome.RETURNED: Shipment.status.in_([ShipmentStatus.RETURNING, ShipmentStatus.RETURNED]),
    }
    return or_(false(), *(told[outcome] for outcome in outcomes if outcome in told))


_TYPES = {
    Outcome.LOST: IncidentType.LOST,
    Outcome.DAMAGED: IncidentType.DAMAGED,
    Outcome.MISSING_CONTENTS: IncidentType.MISSING_CONTENTS,
    Outcome.LATE: IncidentType.DELAYED,
}
