"""What changed since a decision: other parcels than those of the day, like against like, and luck told apart."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.insight.comparison import Channel, Outcome, Period, Scope, compare_channels, mature_after
from core.insight.decisions import Decision, decide, numbers_of, standing_decisions
from core.insight.since import Change, changes
from core.models import Carrier, ChannelDecision, Shop
from core.models.channel_decision import Decided
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_rates, make_shipment, make_shop

MANAGER = Actor(None, "wen", "Wen", Role.MANAGER, ROLE_PERMISSIONS[Role.MANAGER], "en", "Asia/Singapore")
VIEWER = Actor(None, "vi", "Vi", Role.VIEWER, ROLE_PERMISSIONS[Role.VIEWER], "en", "Asia/Singapore")
LATER = NOW + timedelta(days=200)
"""When is looked again: all parcels of the tests are old enough."""


@pytest.fixture
def shop(session: Session) -> Shop:
    make_rates(session)
    return make_shop(session)


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session)


def parcels(session: Session, shop: Shop, carrier: Carrier, at: datetime, lost: int, of: int, **more: Any) -> None:
    for n in range(of):
        status = ShipmentStatus.LOST if n < lost else ShipmentStatus.COMPLETED
        make_shipment(session, shop, carrier, **{"status": status, "shipped_at": at, "service": "Standard", **more})


def decided(
    session: Session,
    carrier: Carrier,
    what: Decided = Decided.WATCH,
    *,
    scope: Scope | None = None,
    of: Outcome = Outcome.LOST,
    **more: Any,
) -> Decision:
    """A decision about the carrier's channel with the comparison's own numbers of the day."""
    asked = scope or Scope(Period.year_to(NOW.date()))
    found = compare_channels(session, [of], asked, actor=MANAGER, base_currency="SGD", now=NOW)
    row = next(one for one in found.channels if one.channel == Channel(carrier.id, "Standard", "SG"))
    kept = numbers_of(row, None, [of], asked, "SGD")
    values = {"reason": "so", "again_on": date(2027, 3, 1), "numbers": kept, "now": NOW, **more}
    decide(session, row.channel, actor=MANAGER, decided=what, **values)
    return next(one for one in standing_decisions(session, actor=MANAGER, now=NOW) if one.channel == row.channel)


def since(session: Session, *decisions: Decision, now: datetime = LATER) -> dict[int, Change]:
    return changes(session, decisions, actor=VIEWER, base_currency="SGD", now=now)


def test_only_parcels_that_were_not_judged_that_day_say_how_it_went_since(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    cutoff = NOW - timedelta(days=mature_after([Outcome.LOST]))
    parcels(session, shop, carrier, cutoff - timedelta(days=20), 4, 40)
    parcels(session, shop, carrier, cutoff + timedelta(days=2), 0, 3)
    one = decided(session, carrier)
    assert one.numbers is not None and (one.numbers.n, one.numbers.events) == (40, 4)
    parcels(session, shop, carrier, NOW + timedelta(days=5), 1, 2)
    parcels(session, shop, make_carrier(session), NOW + timedelta(days=5), 1, 2)
    parcels(session, shop, carrier, NOW + timedelta(days=5), 2, 2, service="Express")
    found = since(session, one)[one.id]
    assert (found.n, found.events, found.young, found.shipped) == (5, 1, 0, 2)
    assert found.interval is not None and found.interval.low < 0.2 < found.interval.high
    early = since(session, one, now=NOW + timedelta(days=1))[one.id]
    assert (early.n, early.young, early.difference) == (0, 5, None)


def test_a_change_that_luck_explains_is_not_told_as_one(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcels(session, shop, carrier, NOW - timedelta(days=90), 6, 60)
    one = decided(session, carrier)
    parcels(session, shop, carrier, NOW + timedelta(days=5), 3, 50)
    found = since(session, one)[one.id]
    assert found.difference is not None and found.difference.low < 0 < found.difference.high
    assert not found.more_than_luck
    parcels(session, shop, carrier, NOW + timedelta(days=6), 0, 110)
    better = since(session, one)[one.id]
    assert better.difference is not None and better.difference.high < 0
    assert better.more_than_luck


def test_over_many_decisions_luck_is_told_apart_more_strictly(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcels(session, shop, carrier, NOW - timedelta(days=90), 0, 30)
    parcels(session, shop, carrier, NOW + timedelta(days=5), 6, 30)
    watched = [decided(session, carrier)]
    alone = since(session, *watched)[watched[0].id].told
    for _n in range(3):
        other = make_carrier(session)
        parcels(session, shop, other, NOW - timedelta(days=90), 2, 30)
        parcels(session, shop, other, NOW + timedelta(days=5), 2, 30)
        watched.append(decided(session, other))
    among = since(session, *watched)[watched[0].id].told
    assert alone is not None and among is not None
    assert alone < 0.05 < among


def test_the_same_kind_of_parcels_is_looked_at_as_that_day(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcels(session, shop, carrier, NOW - timedelta(days=90), 1, 9, origin="Yiwu")
    only = Scope(Period.year_to(NOW.date()), shops=(shop.id,), origins=("Yiwu",))
    one = decided(session, carrier, scope=only)
    assert one.numbers is not None and one.numbers.origins == ("Yiwu",)
    for where in ("Yiwu", "Shenzhen"):
        parcels(session, shop, carrier, NOW + timedelta(days=5), 1, 4, origin=where)
    assert since(session, one)[one.id].n == 4


def test_only_parcels_with_a_promised_day_say_whether_they_are_late(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    def sent(at: datetime, promised: int | None, took: int) -> None:
        expected = None if promised is None else at + timedelta(days=promised)
        parcels(session, shop, carrier, at, 0, 1, expected_at=expected, delivered_at=at + timedelta(days=took))

    then, later = NOW - timedelta(days=90), NOW + timedelta(days=5)
    sent(then, 10, 8)
    sent(then, None, 40)
    one = decided(session, carrier, of=Outcome.LATE)
    assert one.numbers is not None and (one.numbers.n, one.numbers.events) == (1, 0)
    for promised, took in ((10, 8), (10, 12), (10, 10), (None, 40), (None, 2)):
        sent(later, promised, took)
    found = since(session, one)[one.id]
    assert (found.n, found.events) == (3, 1)


def test_a_trial_is_due_once_its_parcels_are_shipped(session: Session, shop: Shop, carrier: Carrier) -> None:
    parcels(session, shop, carrier, NOW - timedelta(days=90), 1, 9)
    one = decided(session, carrier, Decided.TRIAL, trial_parcels=4)
    assert one.trial_parcels == 4 and not one.due
    parcels(session, shop, carrier, NOW + timedelta(days=1), 0, 3)
    found = since(session, one, now=NOW + timedelta(days=2))[one.id]
    assert (found.shipped, found.full) == (3, False)
    parcels(session, shop, carrier, NOW + timedelta(days=1), 0, 1)
    assert since(session, one, now=NOW + timedelta(days=2))[one.id].full


def test_a_decision_of_an_earlier_version_reads_as_one_of_all_parcels(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    parcels(session, shop, carrier, NOW + timedelta(days=5), 1, 4)
    numbers = {"outcomes": ["lost"], "first": "2025-11-24", "last": "2026-11-23", "n": 100, "events": 2, "rate": 0.02}
    more = {"low": 0.005, "high": 0.07, "verdict": "no_difference", "net_per_100": None, "currency": "SGD"}
    kept = ChannelDecision(
        carrier_id=carrier.id,
        service="Standard",
        market="SG",
        decided=Decided.KEEP,
        reason="so",
        numbers={**numbers, **more},
        at=NOW,
    )
    session.add(kept)
    session.flush()
    [one] = standing_decisions(session, actor=VIEWER, now=NOW)
    assert one.numbers is not None and (one.numbers.origins, one.trial_parcels) == ((), None)
    assert since(session, one)[one.id].n == 4
