"""Channels of teams without parcel data: monthly volumes under the cases, said plainly and never counted twice."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.insight.comparison import Channel, Comparison, Outcome, Period, Scope, channel_money, compare_channels, months
from core.models import Carrier, ChannelVolume, ImportRun, Shop
from core.models.shipment import ShipmentStatus
from tests.factories import NOW, make_carrier, make_incident, make_rates, make_shipment, make_shop

MANAGER = Actor(None, "wen", "Wen", Role.MANAGER, ROLE_PERMISSIONS[Role.MANAGER], "en", "Asia/Singapore")
YEAR = Period.year_to(NOW.date())
JUNE = Period(date(2026, 6, 1), date(2026, 6, 30))


@pytest.fixture
def shop(session: Session) -> Shop:
    make_rates(session)
    return make_shop(session)


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session)


def volume(session: Session, shop: Shop, carrier: Carrier, month: date, parcels: int, service: str = "") -> None:
    run = ImportRun(
        shop_id=shop.id, file_name="a.csv", sha256=bytes(32), report="volumes", market="SG", at=NOW, counts={}, headings=[],
        unknown_headings=[],
    )  # fmt: skip
    session.add(run)
    session.flush()
    row = {"month": month, "shop_id": shop.id, "carrier_id": carrier.id, "service": service, "parcels": parcels}
    session.add(ChannelVolume(**row, import_id=run.id))
    session.flush()


def lost(session: Session, shop: Shop, carrier: Carrier, day: int, **more: Any) -> None:
    sent = datetime.fromisoformat(f"2026-06-{day:02d}T02:00:00+00:00")
    values = {"shipped_at": sent, "status": ShipmentStatus.SHIPPED, **more}
    make_incident(session, make_shipment(session, shop, carrier, **values))


def asked(session: Session, period: Period = YEAR, **only: Any) -> Comparison:
    scope = Scope(period, **only)
    return compare_channels(session, [Outcome.LOST], scope, actor=MANAGER, base_currency="SGD", now=NOW)


def test_a_months_volume_stands_under_the_cases_of_the_month(session: Session, shop: Shop, carrier: Carrier) -> None:
    volume(session, shop, carrier, date(2026, 6, 1), 3000)
    lost(session, shop, carrier, 3)
    lost(session, shop, carrier, 9)
    found = asked(session)
    [one] = found.channels
    assert (one.channel, one.n, one.events) == (Channel(carrier.id, None, "SG"), 3000, 2)
    assert (found.unseen, found.lanes) == (2998, ("SG",))
    [money] = channel_money(session, Scope(YEAR), actor=MANAGER, base_currency="SGD", now=NOW)
    assert money.parcels == 3000
    asked_months = months(session, [Outcome.LOST], Scope(YEAR), actor=MANAGER, base_currency="SGD", now=NOW)
    assert [(month.first, month.n, month.events) for month in asked_months] == [(date(2026, 6, 1), 3000, 2)]


def test_the_newest_word_of_a_month_counts_and_parcels_beyond_it_stay(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    volume(session, shop, carrier, date(2026, 6, 1), 3000)
    volume(session, shop, carrier, date(2026, 6, 1), 1)
    lost(session, shop, carrier, 3)
    lost(session, shop, carrier, 9)
    assert (asked(session).n, asked(session).unseen) == (2, 0)


def test_a_part_of_a_month_has_its_part_of_the_volume(session: Session, shop: Shop, carrier: Carrier) -> None:
    volume(session, shop, carrier, date(2026, 6, 1), 3000)
    assert asked(session, Period(date(2026, 6, 21), date(2026, 7, 20))).n == 1000
    # Lost parcels are judged after 45 days: on 23 November those shipped before 9 October.
    volume(session, shop, carrier, date(2026, 10, 1), 3100)
    found = asked(session, Period(date(2026, 10, 1), date(2026, 10, 31)))
    assert (found.n, found.young) == (800, 2300)


def test_a_volume_of_all_services_takes_off_what_is_known_of_each(
    session: Session, shop: Shop, carrier: Carrier
) -> None:
    volume(session, shop, carrier, date(2026, 6, 1), 1000)
    volume(session, shop, carrier, date(2026, 6, 1), 50, "Express")
    for service in ("Standard", "Standard", "Express"):
        lost(session, shop, carrier, 5, service=service)
    by_service = {one.channel.service: (one.n, one.events) for one in asked(session, JUNE).channels}
    assert by_service == {None: (998, 0), "Standard": (2, 2), "Express": (50, 1)}


def test_what_only_parcels_tell_is_asked_of_parcels_alone(session: Session, shop: Shop, carrier: Carrier) -> None:
    volume(session, shop, carrier, date(2026, 6, 1), 3000)
    lost(session, shop, carrier, 3, origin="Yiwu")
    assert asked(session, origins=("Yiwu",)).n == 1
    assert asked(session, bands=(0, 1, 2, 3)).n == 1
    assert asked(session, shops=(shop.id + 1,)).n == 0
    late = compare_channels(session, [Outcome.LATE], Scope(YEAR), actor=MANAGER, base_currency="SGD", now=NOW)
    assert late.unseen == 0
