"""Rule cards in depth: an installation of an older seed, further limits, deductibles, doubts in one statement."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.foundation import migrate
from core.foundation.audit import AuditEvent
from core.foundation.clock import parse_moment
from core.foundation.database import make_engine
from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import RuleCard
from core.models.rule import ClockEvent, Confidence, DayUnit, LimitKind, Origin, ValueBasis
from core.recovery import rule_cards
from core.recovery.caps import cap_for
from core.recovery.rule_cards import Facts, Unknown
from core.recovery.rule_cards.seed import seed_cards
from core.recovery.rule_cards.terms import check_cap, checked
from core.recovery.windows import Window
from tests.factories import NOW, make_rule_card
from tests.people import acting

CARDS = {card["code"]: card for card in seed_cards()}
ACCEPTED = parse_moment("2026-03-02T10:00+08:00")


def old_seed(session: Session) -> None:
    """The cards as an installation has them whose seed knew none of the new fields."""
    rule_cards.load_seed(session, NOW - timedelta(days=90))
    session.execute(
        text(
            "update rule_card set limits = '[]', value_basis = 'none_stated', receiver = null, follow_up_days = null,"
            " follow_up_unit = null"
        )
    )
    session.expire_all()


# --- an older seed -----------------------------------------------------------------------------------------------------


def test_an_untouched_card_of_an_older_seed_gets_what_is_new_as_a_new_version(session: Session) -> None:
    old_seed(session)
    made = rule_cards.load_seed(session, NOW)
    assert 30 < made < 120
    rows = session.scalars(select(RuleCard).where(RuleCard.code == "4PX-C-LOST").order_by(RuleCard.version)).all()
    assert [row.version for row in rows] == [1, 2]
    assert rows[0].superseded_at == NOW and rows[0].limits == []
    assert rows[1].limits[0]["kind"] == "trace" and rows[1].origin is Origin.SEED
    assert rule_cards.load_seed(session, NOW) == 0, "a second start finds nothing to do"
    tag = select(AuditEvent).where(AuditEvent.tag == "rule.edited")
    assert "4PX-C-LOST" in session.scalars(tag).one().after["codes"]


def test_a_card_with_nothing_new_keeps_its_version(session: Session) -> None:
    old_seed(session)
    rule_cards.load_seed(session, NOW)
    row = session.scalars(select(RuleCard).where(RuleCard.code == "YANWEN-LOST")).one()
    assert row.version == 1 and row.superseded_at is None


def test_a_card_a_team_edited_or_retired_is_left_as_it_is(session: Session) -> None:
    admin = acting(session, Role.ADMIN)
    old_seed(session)
    current = rule_cards.card_versions(session, "4PX-C-LOST", actor=admin)[0]
    rule_cards.edit_card(
        session, "4PX-C-LOST", actor=admin, seen=current.values(), typed={"within": 80}, now=NOW - timedelta(days=1)
    )
    rule_cards.retire_card(session, "UPU-LOST", actor=admin, reason="unused", now=NOW)
    rule_cards.load_seed(session, NOW)
    versions = rule_cards.card_versions(session, "4PX-C-LOST", actor=admin)
    assert [one.version for one in versions] == [2, 1] and versions[0].within == 80
    assert len(rule_cards.card_versions(session, "UPU-LOST", actor=admin)) == 1


OLD_CARD = """
insert into rule_card (code, version, title, payer_kind, payer_name, carrier_code, service, type, channel, clock_event,
    not_before, not_before_unit, within, within_unit, zone, documents, cap, appeal_days, source, confidence, checked_on,
    valid_from, note, created_at, superseded_at)
values (:code, :version, 'old', 'carrier', '4PX', '4px', '4PX-C', 'lost', 'direct', 'accepted', 30, 'calendar_days', 90,
    'calendar_days', 'Asia/Shanghai', '[]', '{}', 60, 'their page', 'M', '2026-09-21', '2020-01-01', '', now(), :until)
"""


def test_an_installation_of_the_release_before_is_brought_up_to_date(empty_database_url: str) -> None:
    """Its seeded cards are known as such, appeals get their unit, and the seed renews what nobody touched."""
    engine = make_engine(empty_database_url, pooled=False)
    try:
        migrate.upgrade(empty_database_url, to="0003")
        with engine.begin() as connection:
            connection.execute(text(OLD_CARD), {"code": "4PX-C-LOST", "version": 1, "until": None})
            # Edited by the command line, which signs nothing: a second version is never the seed's.
            connection.execute(text(OLD_CARD), {"code": "4PX-S-LOST", "version": 1, "until": NOW})
            connection.execute(text(OLD_CARD), {"code": "4PX-S-LOST", "version": 2, "until": None})
        migrate.upgrade(empty_database_url)
        with Session(engine) as session:
            before = {(row.code, row.version): row for row in session.scalars(select(RuleCard))}
            assert [row.appeal_unit for row in before.values()] == [DayUnit.CALENDAR_DAYS] * 3
            assert {key: row.origin for key, row in before.items()} == {
                ("4PX-C-LOST", 1): Origin.SEED,
                ("4PX-S-LOST", 1): Origin.SEED,
                ("4PX-S-LOST", 2): Origin.HAND,
            }
            rule_cards.load_seed(session, NOW)
            held = {row.code: row for row in session.scalars(select(RuleCard).where(RuleCard.superseded_at.is_(None)))}
            assert held["4PX-C-LOST"].version == 2 and held["4PX-C-LOST"].limits[0]["kind"] == "trace"
            assert held["4PX-S-LOST"].version == 2 and held["4PX-S-LOST"].title == "old"
            assert len(held) == len(CARDS)
    finally:
        engine.dispose()


# --- fields ------------------------------------------------------------------------------------------------------------


def test_the_further_limits_of_the_field_are_written_down_as_found() -> None:
    found = {
        code: [(one["kind"], one.get("not_before"), one.get("within")) for one in CARDS[code]["limits"]]
        for code in (
            "4PX-C-LOST",
            "FEDEX-DAMAGED",
            "NINJA-VAN-PH-LOST",
            "HONGKONG-POST-REGISTERED-LOST",
            "DHL-EXPRESS-LOST",
        )
    }
    assert found == {
        "4PX-C-LOST": [("trace", [9, "calendar_days"], [60, "calendar_days"])],
        "FEDEX-DAMAGED": [("documents", None, [9, "months"])],
        "NINJA-VAN-PH-LOST": [("form", None, [30, "calendar_days"])],
        "HONGKONG-POST-REGISTERED-LOST": [("trace", [14, "calendar_days"], [5, "months"])],
        "DHL-EXPRESS-LOST": [("trace", None, None)],
    }
    assert CARDS["GHN-VN-LOST"]["value_basis"] is ValueBasis.INVOICE
    assert (CARDS["USPS-US-LOST"]["appeal_days"], CARDS["USPS-US-LOST"]["appeal_unit"]) == (60, DayUnit.CALENDAR_DAYS)


GOOD = dict(CARDS["NINJA-VAN-MY-LOST"])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("limits", [{"kind": "party", "event": "accepted", "note": "x"}]),
        ("limits", [{"kind": "trace", "event": "birth", "note": "x"}]),
        ("limits", [{"kind": "trace", "event": "accepted"}]),
        ("limits", [{"kind": "trace", "event": "accepted", "within": [0, "months"]}]),
        ("limits", [{"kind": "trace", "event": "accepted", "within": ["3", "months"]}]),
        ("limits", [{"kind": "trace", "event": "accepted", "within": [3, "weeks"]}]),
        ("limits", [{"kind": "trace", "event": "accepted", "within": [3]}]),
        ("limits", [{"kind": "trace", "event": "accepted", "note": "x", "cap": 1}]),
        ("limits", [{"kind": "trace", "event": "accepted", "note": "x"}] * 9),
        ("limits", "trace"),
        ("receiver", "nobody"),
        ("value_basis", "guess"),
        ("documents", [{"code": "item_photo", "formats": ["jp/g"]}]),
    ],
)
def test_a_field_that_cannot_be_right_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(Invalid) as refused:
        checked({**GOOD, field: value}, date(2026, 11, 23))
    assert refused.value.field == field


def test_a_limit_that_closes_before_it_opens_is_refused() -> None:
    limit = {"kind": "trace", "event": "accepted", "not_before": [9, "calendar_days"], "within": [8, "calendar_days"]}
    with pytest.raises(Invalid, match="close before it opens"):
        checked({**GOOD, "limits": [limit]}, date(2026, 11, 23))


def test_a_limit_in_working_days_needs_a_calendar() -> None:
    card = {**CARDS["FLASH-TH-LOST"], "limits": [{"kind": "form", "event": "accepted", "within": [3, "business_days"]}]}
    with pytest.raises(Invalid) as refused:
        checked(card, date(2026, 11, 23))
    assert refused.value.field == "calendar"


def test_days_for_an_appeal_without_a_unit_are_calendar_days() -> None:
    card = checked({**GOOD, "appeal_days": 14, "appeal_unit": None, "follow_up_days": 3}, date(2026, 11, 23))
    assert (card["appeal_unit"], card["follow_up_unit"]) == (DayUnit.CALENDAR_DAYS, DayUnit.CALENDAR_DAYS)


def test_a_document_keeps_its_formats_and_who_can_get_it() -> None:
    row = {"code": "item_photo", "count": 2, "note": "", "formats": [".JPG", "png", "jpg"], "who": " The buyer "}
    (document,) = checked({**GOOD, "documents": [row]}, date(2026, 11, 23))["documents"]
    assert document == {"code": "item_photo", "count": 2, "note": "", "formats": ["jpg", "png"], "who": "The buyer"}
    assert CARDS["NINJA-VAN-MY-DAMAGED"]["documents"][0]["who"] == "The buyer"


# --- further limits ----------------------------------------------------------------------------------------------------


def card(code: str) -> Any:
    return SimpleNamespace(**CARDS[code])


def test_a_further_limit_is_counted_as_windows_are() -> None:
    (inquiry,) = rule_cards.further(card("4PX-C-LOST"), Facts(accepted_at=ACCEPTED))
    assert inquiry.kind is LimitKind.TRACE and isinstance(inquiry.window, Window)
    assert inquiry.window.opens_at == parse_moment("2026-03-11T00:00+08:00")
    assert inquiry.window.due_at == parse_moment("2026-05-01T23:59:59+08:00")
    assert inquiry.window.sentences()


def test_a_limit_whose_event_nobody_knows_says_so_and_a_date_typed_for_the_window_is_not_its() -> None:
    facts = Facts(market="PH", status_changed_at=ACCEPTED, event_at=ACCEPTED)
    (form,) = rule_cards.further(card("NINJA-VAN-PH-LOST"), facts)
    assert isinstance(form.window, Unknown) and form.window.event_missing
    (form,) = rule_cards.further(card("NINJA-VAN-PH-LOST"), Facts(market="PH", carrier_notice_at=ACCEPTED))
    assert isinstance(form.window, Window)
    assert form.window.due_at == parse_moment("2026-04-01T23:59:59+08:00")


def test_a_limit_without_days_says_what_is_wanted() -> None:
    (trace,) = rule_cards.further(card("DHL-EXPRESS-LOST"), Facts(accepted_at=ACCEPTED))
    assert isinstance(trace.window, Unknown) and not trace.window.event_missing
    assert "trace" in trace.window.reason


@pytest.mark.parametrize("code", sorted(code for code, one in CARDS.items() if one["limits"]))
def test_every_further_limit_of_the_seed_can_be_reckoned(code: str) -> None:
    events = {f"{event.value}_at": ACCEPTED for event in ClockEvent}
    for one in rule_cards.further(card(code), Facts(market="SG", **events)):
        assert isinstance(one.window, Window) or one.note


# --- caps --------------------------------------------------------------------------------------------------------------

PARCEL = SimpleNamespace(value=Decimal("100"), currency="CNY", insured=Decimal("3000"), freight=None, weight_kg=None)


def told(cap: dict[str, Any]) -> tuple[Money | None, str]:
    found = cap_for(check_cap(cap), PARCEL, has_invoice=True, convert=lambda money: Money(money.amount, "CNY"))
    return found.limit, found.sentence


@pytest.mark.parametrize(
    ("less", "left"),
    [
        ({"percent": "10"}, "2700"),
        ({"amount": "500", "currency": "CNY"}, "2500"),
        ({"percent": "20", "amount": "500", "currency": "CNY"}, "2400"),
        ({"percent": "10", "amount": "500", "currency": "CNY"}, "2500"),
        ({"amount": "5000", "currency": "CNY"}, "0"),
    ],
)
def test_a_deductible_is_taken_off_the_larger_of_the_two(less: dict[str, str], left: str) -> None:
    limit, sentence = told({"kind": "less", "of": {"kind": "declared"}, **less})
    assert limit == Money(Decimal(left), "CNY")
    assert "less" in sentence


@pytest.mark.parametrize(
    "cap",
    [
        {"kind": "less", "of": {"kind": "declared"}},
        {"kind": "less", "percent": "10"},
        {"kind": "less", "percent": "101", "of": {"kind": "declared"}},
        {"kind": "less", "amount": "5", "of": {"kind": "declared"}},
        {"kind": "less", "percent": "10", "of": {}},
        {"kind": "less", "percent": "10", "of": {"kind": "declared"}, "note": "x"},
    ],
)
def test_a_deductible_that_says_nothing_is_refused(cap: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check_cap(cap)


# --- doubts ------------------------------------------------------------------------------------------------------------


def test_the_doubts_of_many_cards_come_in_one_statement(session: Session) -> None:
    admin, today = acting(session, Role.ADMIN), NOW.date()
    weak = make_rule_card(session, confidence=Confidence.LOW)
    sure = make_rule_card(session)
    old = make_rule_card(session, checked_on=today - timedelta(days=800))
    asked: list[tuple[str, int | None]] = [(one.code, 1) for one in (weak, sure, old)]
    found = rule_cards.doubts_for(session, [*asked, ("proof", None)], actor=admin, today=today)
    assert set(found) == {(weak.code, 1), (old.code, 1)}
    assert "single unofficial source" in found[(weak.code, 1)][0]
    assert rule_cards.is_doubtful(weak, today) and not rule_cards.is_doubtful(sure, today)


def test_a_window_through_an_unannounced_year_adds_its_own_doubt() -> None:
    found = rule_cards.claim_window(
        card("NINJA-VAN-MY-LOST"), Facts(status_changed_at=datetime(2027, 12, 28, tzinfo=UTC))
    )
    assert isinstance(found, Window)
    said = rule_cards.doubts(card("NINJA-VAN-MY-LOST"), date(2026, 11, 23), found)
    assert len(said) == 1 and "2028" in said[0]


# --- speed -------------------------------------------------------------------------------------------------------------


def test_ten_thousand_windows_are_counted_well_under_a_second() -> None:
    """The best of three: other work on the machine is not what is measured."""
    pool = [card(code) for code, one in CARDS.items() if one["within"] or one["not_before"]]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    jobs = [(pool[n % len(pool)], start + timedelta(hours=n % 8000)) for n in range(10_000)]
    spent = []
    for _again in range(3):
        begun = time.perf_counter()
        for one, at in jobs:
            rule_cards.claim_window(one, Facts(market="SG", event_at=at))
        spent.append(time.perf_counter() - begun)
    assert min(spent) < 1
