"""Remedies as a screen shows them: each with its steps and what may be done with it now, and by whom not and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from core.cases.remedies.states import REMEDIES, Looks
from core.foundation.gate import read
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.transitions import Offer
from core.models import Incident, Person, Remedy, RemedyStep
from core.models.incident import IncidentState
from core.models.remedy import RemedyAction, RemedyKind, RemedyState, Scope
from core.money.authority import Power, powers_of

_ids, _holder = func.any(bindparam("ids", type_=ARRAY(BigInteger))), aliased(Person)
_OF_CASE = select(Remedy).where(Remedy.incident_id == bindparam("incident_id")).order_by(Remedy.id.desc())
_CLOSED = select(Incident.id).where(Incident.id == _ids, Incident.state == IncidentState.CLOSED)
_STEPS = (
    select(RemedyStep, Person.name, _holder.name)
    .join(Person, Person.id == RemedyStep.person_id)
    .outerjoin(_holder, (_holder.id == RemedyStep.authority_of) & (RemedyStep.authority_of != RemedyStep.person_id))
    .where(RemedyStep.remedy_id == _ids)
    .order_by(RemedyStep.id)
)
"""Built once, so that only their values travel: the case screen is drawn on every click."""


@dataclass(frozen=True)
class Step:
    """One thing done: by whom, in whose place (None: one's own), with which words. Show the words as text."""

    action: RemedyAction
    at: datetime
    person_id: int
    by: str
    stands_for: str | None
    text: str


@dataclass(frozen=True)
class Row:
    """One remedy. `over` are the limits it was above (as `Remedy.over`), `missing` the approvals that are still needed.
    `offers` are the actor's buttons, with the reason where one is off. Words are shown as text.
    """

    id: int
    incident_id: int
    kind: RemedyKind
    state: RemedyState
    asked: RemedyKind | None
    amount: Money
    cost: Money
    base: Money
    reason: str
    over: tuple[Mapping[str, Any], ...]
    near: Scope | None
    proposed_at: datetime
    proposed_by: int
    by: str
    granted_at: datetime | None
    done_at: datetime | None
    reference: str
    needs: int
    missing: int
    steps: tuple[Step, ...]
    offers: tuple[Offer, ...]

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in (RemedyState.PROPOSED, RemedyState.ASKED, RemedyState.APPROVED)

    def offer(self, action: RemedyAction) -> Offer | None:
        """The button of an action, if it starts from this state."""
        return next((one for one in self.offers if one.action is action), None)


@read(Permission.REMEDY_READ)
def of_case(session: Session, incident_id: int, *, actor: Actor, now: datetime) -> tuple[Row, ...]:
    """The remedies of a case, latest first."""
    return rows(session, session.scalars(_OF_CASE, {"incident_id": incident_id}).all(), actor=actor, now=now)


def rows(session: Session, found: Sequence[Remedy], *, actor: Actor, now: datetime) -> tuple[Row, ...]:
    """The remedies with their steps and buttons (inner): three statements, however many they are."""
    if not found:
        return ()
    steps = _steps(session, [one.id for one in found])
    closed = set(session.scalars(_CLOSED, {"ids": list({one.incident_id for one in found})}))
    powers = powers_of(session, actor, now)
    return tuple(_row(one, steps.get(one.id, ()), one.incident_id in closed, powers, actor) for one in found)


def _row(one: Remedy, steps: Sequence[Step], closed: bool, powers: Iterable[Power], actor: Actor) -> Row:
    approvers = [step for step in steps if step.action is RemedyAction.APPROVE]
    looks = Looks(
        decides=any(power.may(Permission.REMEDY_APPROVE) and power.of != one.proposed_by for power in powers),
        proposer=one.proposed_by == actor.person_id,
        approved=any(step.person_id == actor.person_id for step in approvers),
        closed=closed,
    )
    waits = one.state in (RemedyState.PROPOSED, RemedyState.ASKED)
    return Row(
        id=one.id,
        incident_id=one.incident_id,
        kind=one.kind,
        state=one.state,
        asked=one.asked,
        amount=Money(one.amount, one.currency),
        cost=Money(one.cost, one.currency),
        base=Money(one.base_amount, one.base_currency),
        reason=one.reason,
        over=tuple(one.over),
        near=one.near,
        proposed_at=one.proposed_at,
        proposed_by=one.proposed_by,
        by=next((step.by for step in steps if step.person_id == one.proposed_by), ""),
        granted_at=one.granted_at,
        done_at=one.done_at,
        reference=one.reference,
        needs=one.needs,
        missing=max(one.needs - len(approvers), 1) if waits else 0,
        steps=tuple(steps),
        offers=tuple(REMEDIES.offers(one.state, actor, looks)),
    )


def _steps(session: Session, numbers: Sequence[int]) -> dict[int, list[Step]]:
    found = session.execute(_STEPS, {"ids": list(numbers)})
    told: dict[int, list[Step]] = {}
    for one, by, stands_for in found:
        step = Step(one.action, one.at, one.person_id, by, stands_for, one.text)
        told.setdefault(one.remedy_id, []).append(step)
    return told
