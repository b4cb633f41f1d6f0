"""Splitting what is given over remedies and disputes, by case, day, buyer, batch and person, all at the same moment: no limit is ever
passed.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation import database
from core.foundation.errors import Refusal
from core.foundation.permissions import Actor
from core.models import Dispute, DisputeGift, Incident, Remedy, RemedyStep, Shipment
from core.models.remedy import RemedyKind, RemedyState
from core.recovery.disputes import DisputeAction, move_dispute
from tests.factories import NOW
from tests.giving import a_case, a_request, decide, offer, sgd
from tests.splitting import Crew, Work, at_once

A = DisputeAction
GIVEN = (RemedyState.APPROVED, RemedyState.DONE)


class Team(Crew):
    """Four agents and two leads; three orders of two parcels, two buyers, two batches; two requests in every case."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.cases = [
            a_case(
                session,
                self.shop,
                self.carriers[n % 2],
                buyer_username=f"buyer-{n // 2 % 2}",
                order_number=f"ORDER-{n // 2}",
                parcel_number=str(n),
                value=Decimal(1),
            ).id
            for n in range(6)
        ]
        self.disputes = [a_request(session, case, number=f"RT{case}-{n}").id for case in self.cases for n in range(2)]


@pytest.fixture
def team(live_database: str) -> Team:
    with database.transaction() as session:
        return Team(session)


def giving(dispute: int, actor: Actor, amount: str, action: DisputeAction, now: datetime, back: timedelta) -> Work:
    def work(session: Session) -> Any:
        if action is A.ACCEPT_OFFER:
            move_dispute(session, dispute, A.RECORD_OFFER, actor=actor, amount=sgd(amount), now=now)
        return decide(session, dispute, actor, amount, action, at=now - back, now=now)

    return work


def gift(case: int, actor: Actor, amount: str, kind: RemedyKind, now: datetime) -> Work:
    return lambda session: offer(session, case, actor, amount, kind=kind, now=now)


def taking(dispute: int, actor: Actor) -> Work:
    return lambda session: decide(session, dispute, actor, None, A.COUNTER_TAKEN)


def given(remedy: int, actor: Actor) -> Work:
    return lambda session: remedies.mark_given(session, remedy, actor=actor, now=NOW)


def rows() -> list[tuple[datetime, Decimal, str, str, str, int]]:
    """Everything that was given by anybody's own authority: when, how much, its keys and by whom."""
    with database.reading() as session:
        gifts = session.scalars(select(DisputeGift)).all()
        by_dispute = {one.dispute_id: one for one in sorted(gifts, key=lambda one: one.id)}
        assert len(by_dispute) == len(gifts), "each dispute was decided once"
        found = [
            (one.at, one.base_amount, one.order_key, one.buyer_key, one.batch_key, one.person_id or 0) for one in gifts
        ]
        for one, person in session.execute(
            select(Remedy, RemedyStep.person_id)
            .join(RemedyStep, (RemedyStep.remedy_id == Remedy.id) & RemedyStep.covered)
            .where(Remedy.state.in_(GIVEN))
        ):
            assert one.granted_at is not None
            found.append((one.granted_at, one.base_amount, one.order_key, one.buyer_key, one.batch_key, person))
    return found


def most(found: Sequence[tuple[Any, ...]], key: int, within: timedelta | None) -> Decimal:
    """The greatest sum of one key over any such stretch of time."""
    return max(
        sum(
            (
                row[1]
                for row in found
                if row[key] == end[key] and (within is None or end[0] - within < row[0] <= end[0])
            ),
            Decimal(0),
        )
        for end in found
    )


@pytest.mark.parametrize("seed", [1, 2])
def test_split_over_vouchers_and_disputes_at_once_no_limit_is_passed(team: Team, seed: int) -> None:
    dice = random.Random(seed)
    works: list[Work] = []
    ends = dice.sample(team.disputes, len(team.disputes))
    for n in range(72):
        who, amount = dice.choice(team.agents), dice.choice(["3", "7.50", "10", "14", "29"])
        now = NOW + timedelta(hours=dice.randrange(0, 60))
        if n % 2:
            works.append(gift(dice.choice(team.cases), who, amount, RemedyKind.VOUCHER, now))
        else:
            action = dice.choice([A.COUNTER, A.CONCEDE, A.ACCEPT_OFFER])
            back = timedelta(hours=dice.choice([0, 30, 300]))
            works.append(giving(ends[n // 2 % len(ends)], who, amount, action, now, back))
    done = at_once(works)
    kinds = Counter(type(one) for one in done if not isinstance(one, Refusal))
    assert kinds[Dispute] and kinds[Remedy]
    found = [one for one in rows() if one[1]]
    assert sum(one[1] for one in found) >= 40
    assert most(found, 2, None) <= 30, "an order"
    assert most(found, 3, timedelta(days=90)) <= 60, "a buyer"
    assert most(found, 4, timedelta(days=30)) <= 150, "a batch"
    assert most(found, 5, timedelta(hours=24)) <= 120, "a person's day"


def test_one_person_in_many_tabs_stays_within_the_day_whatever_is_backdated(team: Team) -> None:
    with database.transaction() as session:
        ends = [a_request(session, a_case(session)).id for _n in range(8)]
        cases = [a_case(session).id for _n in range(8)]
    me = team.agents[0]
    works = [giving(one, me, "25", A.CONCEDE, NOW, timedelta(days=n)) for n, one in enumerate(ends)]
    works += [gift(one, me, "25", RemedyKind.REFUND, NOW) for one in cases]
    at_once(random.Random(3).sample(works, len(works)))
    assert sum(one[1] for one in rows()) == 100


def test_one_order_at_the_same_moment_is_given_once(team: Team) -> None:
    ends, cases = team.disputes[:4], team.cases[:2]
    works = [giving(ends[n % 4], team.agents[n % 4], "20", A.COUNTER, NOW, timedelta()) for n in range(8)]
    works += [gift(cases[n % 2], team.agents[n % 4], "20", RemedyKind.VOUCHER, NOW) for n in range(8)]
    at_once(random.Random(4).sample(works, len(works)))
    assert sum(one[1] for one in rows()) == 20


def test_one_approval_carried_out_in_two_disputes_and_by_itself_at_once_is_given_once(team: Team) -> None:
    """What the buyer gets in the end stands in the books: no more than was approved."""
    with database.transaction() as session:
        number = offer(session, team.cases[0], team.agents[0], "90", kind=RemedyKind.PARTIAL_REFUND).id
        remedies.approve(session, number, actor=team.leads[0], now=NOW)
    works: list[Work] = [
        giving(one, team.agents[1], "80", A.CONCEDE, NOW, timedelta()) for one in team.disputes[:2]
    ] * 2
    works += [given(number, team.agents[2])] * 4
    at_once(random.Random(5).sample(works, len(works)))
    with database.reading() as session:
        assert session.get_one(Incident, team.cases[0]).gross_loss <= 90


@pytest.mark.parametrize("seed", [6, 7])
def test_refunds_and_disputes_mixed_never_cost_more_than_was_allowed(team: Team, seed: int) -> None:
    """Everything that was promised is given in the end, and the books tell what that came to."""
    dice = random.Random(seed)
    works: list[Work] = []
    for n in range(60):
        who, amount = dice.choice(team.agents), dice.choice(["4", "9", "15", "22"])
        kind = dice.choice([RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND])
        if n % 2:
            works.append(gift(dice.choice(team.cases), who, amount, kind, NOW))
        else:
            action = dice.choice([A.COUNTER, A.CONCEDE])
            works.append(giving(dice.choice(team.disputes), who, amount, action, NOW, timedelta()))
    at_once(works)
    with database.reading() as session:
        waiting = session.scalars(select(Remedy.id).where(Remedy.state == RemedyState.APPROVED)).all()
    taken, carried = (
        [taking(one, team.agents[0]) for one in team.disputes],
        [given(one, team.agents[0]) for one in waiting],
    )
    at_once(dice.sample([*taken, *carried], len(taken) + len(carried)))
    with database.reading() as session:
        lost = session.execute(
            select(Shipment.order_number, Incident.gross_loss).join(Shipment, Shipment.id == Incident.shipment_id)
        ).all()
    assert sum(amount for _order, amount in lost) > 20
    for order in {one for one, _amount in lost}:
        assert sum(amount for one, amount in lost if one == order) <= 30 + 1, "and one dollar of goods"
