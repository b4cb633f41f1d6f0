"""Values fall into tiers by the policy of the day, at rates that name their day."""

from __future__ import annotations

import threading
import time
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import database
from core.foundation.errors import Invalid, NotAllowed
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import AuditEvent, ExchangeRate, Tag
from core.models.incident import Tier
from core.money import rates, tiers
from tests.factories import NOW, make_policy, make_rates
from tests.people import acting


@pytest.mark.parametrize(
    ("value", "tier"),
    [("19.99", Tier.ABSORB), ("20.00", Tier.INSURE), ("59.99", Tier.INSURE), ("60.00", Tier.CLAIM)],
)
def test_each_band_begins_at_its_own_limit(session: Session, value: str, tier: Tier) -> None:
    make_policy(session)
    found = tiers.propose(session, Money(Decimal(value), "SGD"), actor=SYSTEM, now=NOW)
    assert found.tier is tier and found.rate_on is None


def test_a_foreign_value_is_tiered_in_base_currency_at_a_rate_that_names_its_day(session: Session) -> None:
    make_policy(session)
    make_rates(session)
    found = tiers.propose(session, Money(Decimal(5850), "PHP"), actor=SYSTEM, now=NOW)
    assert found.base == Money(Decimal("130.00"), "SGD")
    assert found.rate_on == date(2026, 11, 22)


def test_the_rate_is_the_newest_up_to_the_day_and_only_then_a_later_one(session: Session) -> None:
    for day, rate in ((date(2026, 1, 1), "2"), (date(2026, 2, 1), "4")):
        session.add(ExchangeRate(currency="XTS", on_date=day, per_usd=Decimal(rate), source="test"))
    make_rates(session)

    def worth(day: date) -> Decimal:
        return rates.convert(session, Money(Decimal(1), "USD"), "XTS", day).money.amount

    assert worth(date(2026, 1, 31)) == 2
    assert worth(date(2026, 2, 1)) == 4
    assert worth(date(2025, 1, 1)) == 2


def test_a_currency_without_a_rate_is_refused_with_a_sentence(session: Session) -> None:
    make_rates(session)
    with pytest.raises(Invalid, match="no exchange rate for EUR"):
        rates.convert(session, Money(Decimal(1), "EUR"), "SGD", NOW.date())


def test_the_starting_rows_come_in_once_and_never_over_a_teams_own(session: Session) -> None:
    assert rates.load_seed(session) > 10
    assert rates.load_seed(session) == 0
    assert tiers.load_seed(session, "PHP", NOW)
    assert not tiers.load_seed(session, "PHP", NOW)
    assert tiers.current_policy(session, actor=SYSTEM).currency == "PHP"


def test_a_policy_change_is_a_new_version_and_only_a_managers(session: Session) -> None:
    old = make_policy(session)
    low, high = Money(Decimal(30), "SGD"), Money(Decimal(90), "SGD")
    with pytest.raises(NotAllowed):
        tiers.edit_policy(
            session, actor=acting(session), seen_version=old.version, insure_from=low, claim_from=high, note="", now=NOW
        )
    manager = acting(session, Role.MANAGER)
    new = tiers.edit_policy(
        session, actor=manager, seen_version=old.version, insure_from=low, claim_from=high, note="", now=NOW
    )
    assert new.version > old.version
    with pytest.raises(Invalid, match="changed meanwhile"):
        tiers.edit_policy(
            session, actor=manager, seen_version=old.version, insure_from=low, claim_from=high, note="", now=NOW
        )
    with pytest.raises(Invalid):
        tiers.edit_policy(
            session, actor=manager, seen_version=new.version, insure_from=high, claim_from=low, note="", now=NOW
        )


@pytest.mark.parametrize(
    ("currency", "rate", "source"),
    [
        ("SG", "1", "bank"),
        ("SGD", "-1", "bank"),
        ("SGD", "x", "bank"),
        ("SGD", "1", " "),
        ("USD", "2", "bank"),
        ("SGD", "NaN", "b"),
        ("SGD", "0.000000001", "b"),
        ("SGD", "1.3", "b" * 201),
    ],
)
def test_a_rate_that_cannot_be_is_refused(session: Session, currency: str, rate: str, source: str) -> None:
    with pytest.raises(Invalid):
        rates.add_rate(session, currency, actor=SYSTEM, on_date=NOW.date(), per_usd=rate, source=source, now=NOW)


def test_a_days_rate_entered_again_replaces_it_and_the_trail_keeps_both(session: Session) -> None:
    for rate in ("1.29", "1.31"):
        rates.add_rate(session, "sgd", actor=SYSTEM, on_date=NOW.date(), per_usd=rate, source="bank\x00", now=NOW)
    [kept] = rates.list_rates(session, actor=SYSTEM)
    assert (kept.per_usd, kept.source) == (Decimal("1.31"), "bank")
    before = session.scalars(select(AuditEvent.before).where(AuditEvent.tag == Tag.RATE_ADDED).order_by(AuditEvent.id))
    assert [row.get("per_usd") for row in before] == [None, "1.29"]


def test_todays_rate_is_today_where_the_person_is(session: Session) -> None:
    early = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # 07:00 on the 23rd in Shanghai
    manager = acting(session, Role.MANAGER)
    rates.add_rate(session, "SGD", actor=manager, on_date=date(2026, 11, 23), per_usd="1.3", source="bank", now=early)
    with pytest.raises(Invalid):
        rates.add_rate(
            session, "SGD", actor=manager, on_date=date(2026, 11, 24), per_usd="1.3", source="bank", now=early
        )


def test_two_managers_at_once_make_one_new_policy_and_one_is_told(live_database: str) -> None:
    with database.transaction() as session:
        version = make_policy(session).version
    together, told = threading.Barrier(2), []

    def change(low: str) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                tiers.edit_policy(
                    session,
                    actor=SYSTEM,
                    seen_version=version,
                    insure_from=Money(Decimal(low), "SGD"),
                    claim_from=Money(Decimal(90), "SGD"),
                    note="",
                    now=NOW,
                )
                time.sleep(0.2)
        except Invalid as refused:
            told.append(refused.message)

    threads = [threading.Thread(target=change, args=(low,)) for low in ("30", "40")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1 and "changed meanwhile" in told[0]
