"""What the demo's team gave its buyers in these days: small refunds at once, larger ones approved, some that wait, one agent just
under the limit, a lead away with a stand-in; and what came of it for the shop.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from core.cases import remedies
from core.demo.ground import Ground
from core.demo.scripts import DAYS, HOURS
from core.foundation.clock import end_of_day, local_day, start_of_day
from core.foundation.errors import Refusal
from core.foundation.money import Money, decimals
from core.foundation.permissions import Actor
from core.models import Incident, Remedy
from core.models.incident import IncidentState, IncidentType
from core.models.remedy import RemedyKind, RemedyState
from core.money import authority, rates

SETTLED, NOTED, UNDER, OPEN = 48, 60, 4, 12
"""Cases whose buyers got something, closed cases noted although nothing was given, offers just under the limit, open ones."""
WHY: dict[IncidentType, tuple[str, ...]] = {
    IncidentType.LOST: (
        "The carrier says nothing, the buyer waited long enough.",
        "Lost in transit, the scans end a week ago.",
    ),
    IncidentType.DAMAGED: (
        "The buyer sent photos, the item is broken.",
        "Box crushed, the buyer keeps the item for less.",
    ),
    IncidentType.MISSING_CONTENTS: ("Part of the set is missing.", "One of two items was in the box."),
    IncidentType.DELAYED: ("Two weeks late for a birthday.", "Late, and the buyer asked three times."),
}


def give(base: Ground) -> None:
    """Everything, about in the order of the days."""
    dice = np.random.default_rng([base.seed, 61])
    found = _cases(base)
    under, rest = found[:UNDER], found[UNDER:]
    waiting = min(len(rest) // 3, OPEN)
    _just_under(base, under)
    _settled(base, rest[: len(rest) - waiting], dice)
    _open(base, rest[len(rest) - waiting :])
    _noted(base, dice)
    _away(base)
    base.session.flush()


def _cases(base: Ground) -> Sequence[Incident]:
    """Open cases that nobody has touched for some hours, the longest untouched first."""
    query = (
        select(Incident)
        .where(
            Incident.state != IncidentState.CLOSED,
            Incident.touched_at < base.now - 6 * HOURS,
            Incident.value_at_risk > 0,
            Incident.owner_id.is_not(None),
            ~exists().where(Remedy.incident_id == Incident.id),
        )
        .order_by(Incident.touched_at, Incident.id)
        .limit(UNDER + SETTLED + OPEN)
    )
    return base.session.scalars(query).all()


def _why(case: Incident, number: int) -> str:
    return WHY[case.type][number % 2]


def _part(session: Session, case: Incident, base_amount: str, on: datetime) -> Money:
    """About so much of the base currency in the case's, and never more than its value."""
    worth = rates.convert(session, Money(Decimal(base_amount), case.base_currency), case.currency, on.date()).money
    step = Decimal(1).scaleb(-decimals(case.currency))
    return Money(min(worth.amount, case.value_at_risk).quantize(step), case.currency)


def _settled(base: Ground, cases: Sequence[Incident], dice: np.random.Generator) -> None:
    """Given already: what is quick and whole leaves happier buyers, as the demo has it."""
    agents = base.desk.team.agents
    kinds = (RemedyKind.REFUND, RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND, RemedyKind.RESHIP, RemedyKind.VOUCHER)
    for number, case in enumerate(cases):
        kind, agent = kinds[number % len(kinds)], agents[number % len(agents)]
        at = case.touched_at + timedelta(minutes=5)
        made = _offer(base.session, case, agent, kind, ("5", "8", "14", "38")[number % 4], at, _why(case, number))
        if not _granted(base, made, at + timedelta(minutes=40)):
            continue
        said = f"RF{250_000 + number}" if kind is not RemedyKind.VOUCHER else f"SORRY-{number:03d}"
        remedies.mark_given(base.session, made.id, actor=agent, reference=said, now=at + HOURS)
        if dice.random() < 0.9:
            late = min((at - case.noticed_at) / (2 * DAYS), 3.0)
            usual = 4.7 - 0.6 * late - 0.6 * (kind is RemedyKind.VOUCHER)
            _note(base.session, case, agent, dice, usual, at + 2 * HOURS)


def _granted(base: Ground, made: Remedy, at: datetime) -> bool:
    """Whether it may be given: the lead and the manager approve what needs it, as far as their limits reach."""
    for approver in (base.desk.team.lead, base.desk.team.manager):
        if made.state is RemedyState.PROPOSED:
            with suppress(Refusal):
                remedies.approve(base.session, made.id, actor=approver, now=at)
    return made.state is RemedyState.APPROVED


def _noted(base: Ground, dice: np.random.Generator) -> None:
    """Buyers of closed cases who got nothing, as far as the team heard of them again."""
    query = select(Incident).where(Incident.state == IncidentState.CLOSED, Incident.closed_at < base.now - 5 * DAYS)
    cases = base.session.scalars(query.order_by(Incident.registered_at.desc(), Incident.id).limit(NOTED)).all()
    for number, case in enumerate(cases):
        agent = base.desk.team.agents[number % len(base.desk.team.agents)]
        _note(base.session, case, agent, dice, 2.6, max(case.touched_at + HOURS, base.now - 4 * DAYS))


def _note(
    session: Session, case: Incident, agent: Actor, dice: np.random.Generator, usual: float, at: datetime
) -> None:
    stars = int(np.clip(round(float(dice.normal(usual, 0.9))), 1, 5))
    remedies.record_result(
        session,
        case.id,
        actor=agent,
        rating=stars,
        review_avoided=bool(dice.random() < stars / 5),
        came_back=bool(dice.random() < stars / 9) if dice.random() < 0.7 else None,
        now=at,
    )


def _just_under(base: Ground, cases: Sequence[Incident]) -> None:
    """One agent who stays just under the limit for one order, again and again within a week."""
    agent = base.desk.team.agents[-1]
    for number, case in enumerate(cases):
        at = max(case.touched_at + timedelta(minutes=5), base.now - (5.2 - 1.3 * number) * DAYS)
        made = _offer(base.session, case, agent, RemedyKind.REFUND, "29.40", at, "Buyer is upset.")
        if not made.needs:
            number_said = f"RF{260_000 + number}"
            remedies.mark_given(base.session, made.id, actor=agent, reference=number_said, now=at + HOURS)


def _open(base: Ground, cases: Sequence[Incident]) -> None:
    """What waits: for the lead, for two persons, for an answer, to be given."""
    agents, lead = base.desk.team.agents, base.desk.team.lead
    kinds = (RemedyKind.REFUND, RemedyKind.RESHIP, RemedyKind.PARTIAL_REFUND)
    for number, case in enumerate(cases):
        at = max(case.touched_at + timedelta(minutes=5), base.now - (30 - 1.6 * number) * HOURS)
        agent = agents[number % len(agents)]
        sum_ = ("65", "18", "110", "24")[number % 4]
        made = _offer(base.session, case, agent, kinds[number % 3], sum_, at, _why(case, number))
        if made.needs and number % 8 == 0:
            question = "Has the buyer sent a photo of the label?"
            remedies.ask_back(base.session, made.id, actor=lead, question=question, now=at + timedelta(minutes=25))
        elif made.needs and number % 8 == 2:
            with suppress(Refusal):
                remedies.approve(base.session, made.id, actor=lead, note="Fine.", now=at + timedelta(minutes=25))
        elif made.needs and number % 8 == 6:
            why = "The scan says delivered yesterday: ask the buyer first."
            remedies.decline(base.session, made.id, actor=lead, reason=why, now=at + timedelta(minutes=25))


def _offer(
    session: Session, case: Incident, agent: Actor, kind: RemedyKind, sum_: str, at: datetime, why: str
) -> Remedy:
    money = _part(session, case, sum_, at)
    cost = Money(money.amount * Decimal("1.15"), money.currency) if kind is RemedyKind.RESHIP else money
    return remedies.propose(
        session, case.id, actor=agent, kind=kind, amount=money, cost=cost, reason=why, asked=kind, now=at
    )


def _away(base: Ground) -> None:
    """The lead is away soon; an agent stands in."""
    lead, zone = base.desk.team.lead, base.desk.team.lead.zone
    first = local_day(base.now, zone) + timedelta(days=2)
    authority.set_stand_in(
        base.session,
        actor=lead,
        person_id=lead.person_id or 0,
        stand_in_id=base.desk.team.agents[0].person_id or 0,
        from_at=start_of_day(first, zone),
        until_at=end_of_day(first + timedelta(days=4), zone),
        note="Leave",
        now=base.now - 3 * HOURS,
    )
