"""What remedies bring is told by what was given and how soon, with its doubt, and not at all from a few notes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.cases import remedies
from core.foundation.permissions import Actor, Role
from core.insight.remedy_results import FEWEST, Speed, remedy_results
from core.models import Incident
from core.models.remedy import RemedyKind
from tests.factories import NOW, make_policy, make_rates
from tests.giving import a_case, offer
from tests.people import acting


@pytest.fixture
def manager(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.MANAGER)


def settled(session: Session, manager: Actor, after: timedelta, **more: Any) -> Incident:
    case = a_case(session)
    made = offer(session, case, manager, "20", now=NOW + after, **more)
    remedies.mark_given(session, made.id, actor=manager, now=NOW + after)
    return case


def test_a_share_comes_with_its_interval_and_stars_with_theirs(session: Session, manager: Actor) -> None:
    for n in range(FEWEST):
        case = settled(session, manager, timedelta(hours=5))
        remedies.record_result(
            session, case.id, actor=manager, rating=5 if n else 1, review_avoided=n > 1, came_back=None, now=NOW
        )
    line = remedy_results(session, actor=manager)[0]
    assert (line.kind, line.speed, line.cases) == (RemedyKind.REFUND, Speed.DAY, FEWEST)
    assert (line.avoided.events, line.avoided.n) == (8, 10)
    assert line.avoided.between is not None and 0.4 < line.avoided.between.low < 0.8 < line.avoided.between.high
    assert line.stars.mean == 4.6 and line.stars.high == 5.0
    assert line.stars.low is not None and line.stars.low < 4.6
    assert line.back.between is None, "nobody noted it"


def test_a_few_notes_say_nothing(session: Session, manager: Actor) -> None:
    case = settled(session, manager, timedelta(days=2))
    remedies.record_result(session, case.id, actor=manager, rating=5, came_back=True, now=NOW)
    line = remedy_results(session, actor=manager)[0]
    assert (line.speed, line.stars.mean, line.back.between) == (Speed.THREE_DAYS, None, None)


def test_the_latest_note_and_the_first_remedy_count(session: Session, manager: Actor) -> None:
    case = settled(session, manager, timedelta(hours=1))
    made = offer(session, case, manager, "5", kind=RemedyKind.VOUCHER, now=NOW + timedelta(days=9))
    remedies.mark_given(session, made.id, actor=manager, now=NOW + timedelta(days=9))
    for back in (False, True):
        remedies.record_result(session, case.id, actor=manager, came_back=back, now=NOW)
    found = remedy_results(session, actor=manager)
    assert [(one.kind, one.back.events, one.back.n) for one in found] == [(RemedyKind.REFUND, 1, 1)]


def test_cases_without_a_remedy_stand_beside_them_and_old_ones_are_left_out(session: Session, manager: Actor) -> None:
    case = a_case(session)
    remedies.record_result(session, case.id, actor=manager, rating=2, now=NOW)
    assert [(one.kind, one.speed) for one in remedy_results(session, actor=manager)] == [(None, None)]
    assert remedy_results(session, actor=manager, since=NOW + timedelta(days=1)) == ()
