"""Splitting what is given, by remedy, case, day, buyer, person and approver, all at the same moment: no limit is ever passed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation import database
from core.foundation.errors import Refusal
from core.foundation.permissions import Actor
from core.models import Remedy, RemedyStep
from core.models.remedy import RemedyState
from tests.factories import NOW, make_carrier
from tests.giving import a_case, lend_authority, offer
from tests.splitting import Crew, Work, at_once

GIVEN = (RemedyState.APPROVED, RemedyState.DONE)


class Team(Crew):
    """Four agents and two leads, two buyers with three cases each, all of one carrier's handover or of two."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.cases = [
            a_case(session, self.shop, self.carriers[n % 2], buyer_username=f"buyer-{n % 2}").id for n in range(6)
        ]


@pytest.fixture
def team(live_database: str) -> Team:
    with database.transaction() as session:
        return Team(session)


def granted() -> list[Remedy]:
    with database.reading() as session:
        return list(session.scalars(select(Remedy).where(Remedy.state.in_(GIVEN)).order_by(Remedy.granted_at)))


def within(rows: Sequence[Remedy], key: str, days: int | None) -> Decimal:
    """The greatest sum of one key over any such window."""
    greatest = Decimal(0)
    for row in rows:
        same = [one for one in rows if getattr(one, key) == getattr(row, key)]
        assert row.granted_at is not None
        if days is not None:
            since = row.granted_at - timedelta(days=days)
            same = [one for one in same if one.granted_at is not None and since < one.granted_at <= row.granted_at]
        greatest = max(greatest, sum((one.base_amount for one in same), Decimal(0)))
    return greatest


def of_a_day(people: Sequence[Actor]) -> Decimal:
    """The most that one of them granted within any 24 hours."""
    with database.reading() as session:
        rows = session.execute(
            select(RemedyStep.person_id, RemedyStep.at, Remedy.base_amount)
            .join(Remedy, Remedy.id == RemedyStep.remedy_id)
            .where(RemedyStep.covered, Remedy.state.in_(GIVEN))
        ).all()
    numbers = {one.person_id for one in people}
    return max(
        (
            sum(
                (row.base_amount for row in rows if row.person_id == end.person_id and begins < row.at <= end.at),
                Decimal(0),
            )
            for end in rows
            if end.person_id in numbers
            for begins in (end.at - timedelta(hours=24),)
        ),
        default=Decimal(0),
    )


def proposal(case: int, actor: Actor, amount: str, now: datetime) -> Work:
    return lambda session: offer(session, case, actor, amount, now=now)


def test_agents_who_split_at_once_never_pass_a_limit(team: Team) -> None:
    dice = random.Random(7)
    works = [
        proposal(
            dice.choice(team.cases),
            dice.choice(team.agents),
            dice.choice(["3", "7.50", "10", "29"]),
            NOW + timedelta(hours=dice.randrange(0, 60)),
        )
        for _n in range(120)
    ]
    done = at_once(works)
    assert all(isinstance(one, Remedy) for one in done), done
    rows = granted()
    assert Decimal(40) <= sum((one.base_amount for one in rows), Decimal(0))
    assert within(rows, "order_key", None) <= 30
    assert within(rows, "buyer_key", 90) <= 60
    assert within(rows, "batch_key", 30) <= 150
    assert of_a_day(team.agents) <= 120


def test_one_person_in_many_tabs_stays_within_the_day(team: Team) -> None:
    with database.transaction() as session:
        cases = [a_case(session).id for _n in range(12)]
    at_once([proposal(case, team.agents[0], "25", NOW) for case in cases])
    assert sum((one.base_amount for one in granted()), Decimal(0)) == 100
    assert of_a_day(team.agents) <= 120


def test_one_order_at_the_same_moment_by_everybody_is_granted_once(team: Team) -> None:
    at_once([proposal(team.cases[0], team.agents[n % 4], "20", NOW) for n in range(16)])
    assert [one.base_amount for one in granted()] == [Decimal(20)]


def test_one_batch_by_four_people_stops_at_its_limit(team: Team) -> None:
    with database.transaction() as session:
        carrier = make_carrier(session)
        cases = [a_case(session, None, carrier).id for _n in range(16)]
    at_once([proposal(case, team.agents[n % 4], "30", NOW) for n, case in enumerate(cases)])
    assert sum((one.base_amount for one in granted()), Decimal(0)) == 150


def test_leads_who_approve_at_once_never_pass_theirs(team: Team) -> None:
    with database.transaction() as session:
        cases = [a_case(session).id for _n in range(14)]
        waiting = [offer(session, case, team.agents[n % 4], "100").id for n, case in enumerate(cases)]

    def approving(number: int, lead: Actor) -> Work:
        return lambda session: remedies.approve(session, number, actor=lead, now=NOW)

    done = at_once([approving(number, lead) for number in waiting for lead in team.leads])
    assert sum((one.base_amount for one in granted()), Decimal(0)) == 1200, "two leads, 600 a day each"
    assert of_a_day(team.leads) <= 600
    assert sum(isinstance(one, Refusal) for one in done) == 28 - 12


def test_one_proposal_approved_by_both_at_once_is_approved_once(team: Team) -> None:
    with database.transaction() as session:
        number = offer(session, team.cases[0], team.agents[0], "100").id
    done = at_once(
        [lambda session, lead=lead: remedies.approve(session, number, actor=lead, now=NOW) for lead in team.leads] * 4
    )
    assert sum(isinstance(one, Remedy) for one in done) == 1


def test_a_lead_and_the_stand_in_together_stay_within_the_leads_limit(team: Team) -> None:
    lead, other = team.leads[0], team.agents[0]
    with database.transaction() as session:
        lend_authority(session, lead, other)
        cases = [a_case(session).id for _n in range(14)]
    at_once([proposal(case, (lead, other)[n % 2], "90", NOW) for n, case in enumerate(cases)])
    assert sum((one.base_amount for one in granted()), Decimal(0)) == 540


def test_given_at_once_is_booked_once(team: Team) -> None:
    with database.transaction() as session:
        number = offer(session, team.cases[0], team.agents[0], "20").id
    done = at_once([lambda session: remedies.mark_given(session, number, actor=team.agents[0], now=NOW)] * 8)
    assert sum(isinstance(one, Remedy) for one in done) == 1
