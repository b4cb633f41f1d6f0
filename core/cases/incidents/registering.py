"""Registering incidents, single or many, and never twice for one shipment and type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases.incidents.words import checked_text, search_text
from core.cases.words import TYPE_LABELS
from core.foundation import audit
from core.foundation.errors import Duplicate, Invalid, NotFound, Refusal
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Incident, IncidentOffer, Person, Shipment, Tag
from core.models.imports import OfferState
from core.models.incident import IncidentState, IncidentType, NoticedBy, Stage, Tier
from core.models.ledger import Account
from core.models.reference import next_references
from core.money import ledger, tiers

LOSING_TYPES = (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS)
"""Types whose value is a loss from the moment they are registered. A delay is none until the parcel counts as lost."""


@dataclass(frozen=True)
class NewIncident:
    """One row of a batch: the shipment by id, with the number the person typed for it."""

    shipment_id: int
    number: str
    type: IncidentType
    stage: Stage = Stage.UNKNOWN
    noticed_by: NoticedBy = NoticedBy.BUYER
    buyer_said: str = ""
    offer_id: int | None = None


@dataclass(frozen=True)
class ManyResult:
    """What a batch made, and what it refused with which sentence; the good rows stand although others were refused."""

    made: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]


@read(Permission.INCIDENT_READ)
def standing(session: Session, shipment_id: int, type: IncidentType, *, actor: Actor) -> str | None:
    """The reference of the incident that is already there for this shipment and type."""
    return session.scalar(select(Incident.reference).where(Incident.shipment_id == shipment_id, Incident.type == type))


@verb(Permission.INCIDENT_REGISTER)
def register(
    session: Session,
    *,
    actor: Actor,
    shipment_id: int,
    type: IncidentType,
    stage: Stage,
    noticed_by: NoticedBy,
    noticed_at: datetime,
    buyer_said: str = "",
    value: Money | None = None,
    tier: Tier | None = None,
    owner_id: int | None = None,
    offer_id: int | None = None,
    now: datetime,
) -> Incident:
    """Register one incident. `value` is the value at risk in the shipment's currency (its own value if not given).

    Raises `Duplicate` with the standing reference when this shipment and type is registered, `Invalid` on a value in
    another currency or a moment to come, `NotFound` when there is no such shipment.
    """
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(_("There is no such shipment."))
    _not_yet(session, shipment, type, actor)
    worth = _value_of(shipment, value)
    if noticed_at > now:
        raise Invalid(_("It cannot have been noticed in the future."), "noticed_at")
    proposal = tiers.propose(session, worth, actor=actor, now=now)
    active_person(session, owner_id)
    incident = Incident(
        reference=next_references(session, "INC", now)[0],
        shipment_id=shipment.id,
        shop_id=shipment.shop_id,
        carrier_id=shipment.carrier_id,
        market=shipment.market,
        type=type,
        stage=stage,
        noticed_by=noticed_by,
        noticed_at=noticed_at,
        buyer_said=checked_text(buyer_said, "buyer_said"),
        state=IncidentState.REGISTERED,
        tier=tier or proposal.tier,
        tier_policy_version=proposal.policy_version,
        owner_id=owner_id,
        currency=worth.currency,
        value_at_risk=worth.amount,
        base_currency=proposal.base.currency,
        base_value=proposal.base.amount,
        rate_on=proposal.rate_on,
        registered_at=now,
        registered_by=actor.person_id,
        touched_at=now,
        search_text="",
    )
    incident.search_text = search_text(session, incident, shipment)
    _store(session, incident, shipment, actor)
    _take_offer(session, incident, offer_id, shipment_id)
    _trail(session, incident, shipment, actor, now)
    if type in LOSING_TYPES and worth:
        ledger.book_loss(session, incident, Account.LOSS_GOODS, worth, actor=actor, note="", now=now)
    return incident


def _store(session: Session, incident: Incident, shipment: Shipment, actor: Actor) -> None:
    try:
        with session.begin_nested():
            session.add(incident)
    except IntegrityError:
        # Somebody registered the same at this very moment; their row stands.
        _not_yet(session, shipment, incident.type, actor)
        raise


def _trail(session: Session, incident: Incident, shipment: Shipment, actor: Actor, now: datetime) -> None:
    audit.record(
        session,
        Tag.INCIDENT_REGISTERED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        after={
            "reference": incident.reference,
            "type": incident.type,
            "stage": incident.stage,
            "noticed_by": incident.noticed_by,
            "tier": incident.tier,
            "value_at_risk": incident.value_at_risk,
            "currency": incident.currency,
            "order_number": shipment.order_number,
            "tracking_number": shipment.tracking_number,
        },
    )


def _not_yet(session: Session, shipment: Shipment, type: IncidentType, actor: Actor) -> None:
    there = standing(session, shipment.id, type, actor=actor) if actor.may(Permission.INCIDENT_READ) else None
    if there is not None:
        raise Duplicate(
            _(
                "{reference} stands already for this parcel as “{type}”. Open it instead of registering it twice.",
                reference=there,
                type=_(TYPE_LABELS[type]),
            ),
            there,
        )


def _value_of(shipment: Shipment, value: Money | None) -> Money:
    worth = value if value is not None else Money(shipment.value, shipment.currency)
    if worth.currency != shipment.currency:
        raise Invalid(_("This shipment is in {currency}; write the value in it.", currency=shipment.currency), "value")
    if worth.amount < 0:
        raise Invalid(_("A value cannot be negative."), "value")
    return worth


def active_person(session: Session, person_id: int | None) -> Person | None:
    if person_id is None:
        return None
    found = session.get(Person, person_id)
    if found is None or not found.active:
        raise Invalid(_("Choose somebody who is on the team."), "owner_id")
    return found


def _take_offer(session: Session, incident: Incident, offer_id: int | None, shipment_id: int) -> None:
    query = select(IncidentOffer).where(IncidentOffer.shipment_id == shipment_id, IncidentOffer.type == incident.type)
    if offer_id is not None:
        query = select(IncidentOffer).where(IncidentOffer.id == offer_id, IncidentOffer.shipment_id == shipment_id)
    offer = session.scalars(query.with_for_update()).one_or_none()
    if offer is not None and offer.state is not OfferState.TAKEN:
        offer.state, offer.incident_id = OfferState.TAKEN, incident.id


@verb(Permission.INCIDENT_REGISTER)
def register_many(session: Session, rows: Sequence[NewIncident], *, actor: Actor, now: datetime) -> ManyResult:
    """Register a batch. Each row stands for itself: one that is refused does not undo the others."""
    made: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for row in rows:
        try:
            with session.begin_nested():
                incident = register(
                    session,
                    actor=actor,
                    shipment_id=row.shipment_id,
                    type=row.type,
                    stage=row.stage,
                    noticed_by=row.noticed_by,
                    noticed_at=now,
                    buyer_said=row.buyer_said,
                    offer_id=row.offer_id,
                    owner_id=actor.person_id,
                    now=now,
                )
            made.append((row.number, incident.reference))
        except Refusal as refusal:
            refused.append((row.number, refusal.message))
    return ManyResult(tuple(made), tuple(refused))
