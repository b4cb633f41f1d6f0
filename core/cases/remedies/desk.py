"""What waits at somebody's desk: offers to decide, with their case beside them; questions to answer; what is to be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.cases.remedies.reads import Row, rows
from core.foundation.gate import read
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Evidence, Incident, Remedy, RemedyStep, Shipment, Shop
from core.models.claim import ENDED
from core.models.incident import IncidentState, IncidentType, Stage, Tier
from core.models.remedy import RemedyAction, RemedyState
from core.money.authority import given_in_disputes, powers_of
from core.money.authority.limits import GIVEN

MOST = 20
"""How many of each are read at once."""


@dataclass(frozen=True)
class Facts:
    """The case of a remedy in short. `given` is what its order got already, in the base currency of the remedies; words of
    the buyer are shown as text.
    """

    reference: str
    type: IncidentType
    stage: Stage
    state: IncidentState
    tier: Tier
    value: Money
    noticed_at: datetime
    buyer_said: str
    order_number: str
    shop: str
    market: str
    carrier: str | None
    evidence: int
    open_claims: int
    given: Money


@dataclass(frozen=True)
class Waiting:
    """One remedy that waits, with its case."""

    remedy: Row
    case: Facts


@dataclass(frozen=True)
class Desk:
    """What waits for the actor, the oldest first, at most `MOST` of each; the counts are of all."""

    decide: tuple[Waiting, ...]
    answer: tuple[Waiting, ...]
    give: tuple[Waiting, ...]
    to_decide: int
    to_answer: int
    to_give: int

    @property
    def empty(self) -> bool:
        """Whether nothing waits."""
        return not (self.to_decide or self.to_answer or self.to_give)


@read(Permission.REMEDY_READ)
def desk_count(session: Session, *, actor: Actor, now: datetime) -> tuple[int, int, int]:
    """How many remedies wait for the actor: to decide, to answer, to give. One statement over the open ones."""
    decide, answer, give = _which(session, actor, now)
    found = session.execute(
        select(
            func.count().filter(decide),
            func.count().filter(answer),
            func.count().filter(give),
        )
        .select_from(Remedy)
        .join(Incident, Incident.id == Remedy.incident_id)
        .where(_OPEN, Incident.state != IncidentState.CLOSED)
    ).one()
    return int(found[0]), int(found[1]), int(found[2])


@read(Permission.REMEDY_READ)
def desk(session: Session, *, actor: Actor, now: datetime, most: int = MOST) -> Desk:
    """Everything that waits for the actor, with the cases."""
    counts = desk_count(session, actor=actor, now=now)
    decide, answer, give = (
        _waiting(session, which, most, actor, now) if n else ()
        for which, n in zip(_which(session, actor, now), counts, strict=True)
    )
    return Desk(decide, answer, give, *counts)


_OPEN: Any = Remedy.state.in_((RemedyState.PROPOSED, RemedyState.ASKED, RemedyState.APPROVED))


def _which(session: Session, actor: Actor, now: datetime) -> tuple[Any, Any, Any]:
    """What the actor may decide, what is asked of the actor, and what the actor's own proposals wait for."""
    powers = [one for one in powers_of(session, actor, now) if one.may(Permission.REMEDY_APPROVE)]
    mine = or_(Remedy.proposed_by == actor.person_id, Incident.owner_id == actor.person_id)
    approved = (
        select(RemedyStep.id)
        .where(
            RemedyStep.remedy_id == Remedy.id,
            RemedyStep.action == RemedyAction.APPROVE,
            RemedyStep.person_id == actor.person_id,
        )
        .exists()
    )
    decide = and_(
        Remedy.state == RemedyState.PROPOSED,
        Remedy.proposed_by != actor.person_id,
        or_(*(Remedy.proposed_by != one.of for one in powers)) if powers else Remedy.id.is_(None),
        ~approved,
    )
    return (
        decide,
        and_(Remedy.state == RemedyState.ASKED, mine),
        and_(Remedy.state == RemedyState.APPROVED, mine),
    )


def _waiting(session: Session, which: Any, most: int, actor: Actor, now: datetime) -> tuple[Waiting, ...]:
    query = (
        select(Remedy)
        .join(Incident, Incident.id == Remedy.incident_id)
        .where(_OPEN, which, Incident.state != IncidentState.CLOSED)
        .order_by(Remedy.proposed_at, Remedy.id)
        .limit(most)
    )
    found = session.scalars(query).all()
    facts = _facts(session, found)
    return tuple(Waiting(row, facts[row.id]) for row in rows(session, found, actor=actor, now=now))


def _facts(session: Session, found: Sequence[Remedy]) -> dict[int, Facts]:
    """The cases of remedies, by the remedy's id, in one statement."""
    other = Remedy.__table__.alias("other")
    given = (
        select(func.coalesce(func.sum(other.c.base_amount), 0))
        .where(
            other.c.order_key == Remedy.order_key,
            other.c.state.in_(GIVEN),
            other.c.base_currency == Remedy.base_currency,
        )
        .scalar_subquery()
    )
    evidence = (
        select(func.count())
        .where(Evidence.incident_id == Incident.id, Evidence.withdrawn_at.is_(None))
        .scalar_subquery()
    )
    claims = select(func.count()).where(Claim.incident_id == Incident.id, Claim.state.not_in(ENDED)).scalar_subquery()
    promised = given_in_disputes(session, {one.order_key for one in found})
    told = session.execute(
        select(
            Remedy.id,
            Remedy.base_currency,
            Remedy.order_key,
            Incident,
            Shipment.order_number,
            Shop.name,
            Carrier.name,
            evidence,
            claims,
            given,
        )
        .join(Incident, Incident.id == Remedy.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .where(Remedy.id.in_([one.id for one in found]))
    )
    return {
        number: Facts(
            reference=case.reference,
            type=case.type,
            stage=case.stage,
            state=case.state,
            tier=case.tier,
            value=Money(case.value_at_risk, case.currency),
            noticed_at=case.noticed_at,
            buyer_said=case.buyer_said,
            order_number=order,
            shop=shop,
            market=case.market,
            carrier=carrier,
            evidence=proofs,
            open_claims=claims_open,
            given=Money(Decimal(before) + promised.get((key, base), Decimal(0)), base),
        )
        for number, base, key, case, order, shop, carrier, proofs, claims_open, before in told
    }
