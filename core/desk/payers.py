"""Who may have to pay for a parcel, before any claim is drafted: the rule cards that apply, each with its window."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from core.foundation import clock
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Shipment
from core.models.incident import IncidentType
from core.recovery import rule_cards
from core.recovery.rule_cards import Card, Facts, Unknown
from core.recovery.windows import Window
from core.team.calendars import team_calendars


@dataclass(frozen=True)
class Payer:
    """One card that applies. `window` is None where none can be told; `unknown` says why, and with `event_missing` a date
    that a person knows would give one.
    """

    card: Card
    window: Window | None
    unknown: str | None
    event_missing: bool

    @property
    def moment(self) -> datetime | None:
        """When its clock asks for something: the end of its window, or the opening where no end is known."""
        return None if self.window is None else self.window.due_at or self.window.opens_at


@read(Permission.RULE_READ)
def payers(
    session: Session,
    shipment_id: int,
    kind: IncidentType,
    *,
    actor: Actor,
    reported_at: datetime,
    incident_id: int | None = None,
    now: datetime,
) -> list[Payer]:
    """The cards that apply to a parcel and kind of incident, the closest fit first. Raises `NotFound`.

    `reported_at` is when the incident was or would be reported; cards are those valid now in the actor's zone, or in the
    version the incident is under where there is one.
    """
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(_("There is no such shipment."))
    facts = rule_cards.facts_of(shipment, reported_at=reported_at)
    where = (shipment.carrier_id, shipment.market, shipment.service)
    pins = rule_cards.pins_of(session, incident_id) if incident_id is not None else {}
    return _payers(session, where, kind, facts, actor, now, pins)


@read(Permission.RULE_READ)
def payers_unsaved(
    session: Session,
    kind: IncidentType,
    *,
    actor: Actor,
    carrier_id: int | None,
    market: str,
    shipped_at: datetime | None,
    now: datetime,
) -> list[Payer]:
    """As `payers`, for a parcel that is only being entered: what is known of it is when it was shipped."""
    facts = Facts(market=market, shipped_at=shipped_at, reported_at=now)
    return _payers(session, (carrier_id, market, None), kind, facts, actor, now)


def _payers(
    session: Session,
    where: tuple[int | None, str, str | None],
    kind: IncidentType,
    facts: Facts,
    actor: Actor,
    now: datetime,
    pins: Mapping[str, int] = MappingProxyType({}),
) -> list[Payer]:
    carrier_id, market, service = where
    cards = rule_cards.find_cards(
        session,
        actor=actor,
        carrier_id=carrier_id,
        market=market,
        kind=kind,
        on_date=clock.local_day(now, actor.zone),
        service=service,
        pins=pins,
    )
    book = team_calendars(session)
    return [_payer(card, rule_cards.claim_window(card, facts, book)) for card in cards]


def _payer(card: Card, found: Window | Unknown) -> Payer:
    if isinstance(found, Window):
        return Payer(card, found, None, False)
    return Payer(card, None, found.reason, found.event_missing)
