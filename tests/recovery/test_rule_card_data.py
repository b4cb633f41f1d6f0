"""The seed of rule cards: complete, consistent, and without an invented number."""

from __future__ import annotations

import tomllib
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

import core
from core.cases.kinds import kinds
from core.foundation.clock import parse_moment
from core.foundation.errors import Invalid
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, PayerKind
from core.parcels.markets import markets
from core.recovery.rule_cards.seed import TYPE_TITLES, seed_cards
from core.recovery.rule_cards.terms import check_cap, checked, window_rule
from core.recovery.windows import window

DATA = Path(core.__file__).parent / "data"
CARDS = {card["code"]: card for card in seed_cards()}


def test_every_code_is_there_once() -> None:
    assert [code for code, n in Counter(card["code"] for card in seed_cards()).items() if n > 1] == []


def test_every_carrier_a_card_names_is_one_a_new_installation_has() -> None:
    known = {row["code"] for row in tomllib.loads((DATA / "carriers.toml").read_text("utf-8"))["carrier"]}
    assert {card["carrier_code"] for card in seed_cards()} - {None} <= known


def test_every_card_has_a_source_a_date_of_checking_and_words_of_its_own() -> None:
    for card in seed_cards():
        assert card["source"] and card["note"], card["code"]
        assert date(2020, 1, 1) <= card["valid_from"] <= card["checked_on"] <= date(2026, 12, 31), card["code"]


def test_a_rule_nobody_published_has_no_invented_window() -> None:
    for code in ("GHTK-VN", "YUNEXPRESS", "YANWEN", "CNE", "SF", "POS-MALAYSIA", "ANY-CARRIER", "SPX-SG"):
        card = CARDS[f"{code}-LOST"]
        assert (card["within"], card["not_before"]) == (None, None), code


def test_a_card_from_a_single_unofficial_word_says_so() -> None:
    for code in ("SHOPEE-SLS-LOST", "JAPAN-POST-EMS-CN-LOST", "SPEEDX-US-LOST", "FREIGHT-AGENT-CN-LOST"):
        assert CARDS[code]["confidence"] is Confidence.LOW


def test_every_document_asked_for_is_a_kind_of_evidence() -> None:
    asked = {row["code"] for card in seed_cards() for row in card["documents"]}
    assert asked <= set(kinds())
    assert all(card["documents"] for card in seed_cards())


def test_no_card_asks_for_the_receipt_of_its_own_submission() -> None:
    assert "receipt" not in {row["code"] for card in seed_cards() for row in card["documents"]}


def test_every_shopee_market_has_a_card_for_loss_by_the_platform_or_for_every_market() -> None:
    everywhere = {card["code"] for card in seed_cards() if card["market"] is None}
    assert {"SHOPEE-SLS-LOST", "SHOPEE-SLS-DAMAGED", "SHOPEE-SLS-MISSING-CONTENTS"} <= everywhere
    assert {card["market"] for card in seed_cards()} - {None} <= set(markets()) | {"CN", "US", "CA"}


def test_every_kind_of_payer_and_of_incident_can_be_claimed() -> None:
    assert {card["payer_kind"] for card in seed_cards()} == set(PayerKind)
    assert {card["type"] for card in seed_cards()} == set(IncidentType) == set(map(IncidentType, TYPE_TITLES))
    assert {card["channel"] for card in seed_cards()} == set(FilingChannel)


@pytest.mark.parametrize("code", sorted(CARDS))
def test_every_window_of_the_seed_can_be_reckoned_for_any_month_of_the_year(code: str) -> None:
    card = CARDS[code]
    rule = window_rule(card, card["zone"])
    for month in range(1, 13):
        found = window(rule, parse_moment(f"2026-{month:02}-28T23:30+08:00"))
        assert not found.crossed
        assert found.sentences()


@pytest.mark.parametrize(
    ("code", "clock", "not_before", "within"),
    [
        ("NINJA-VAN-MY-LOST", ClockEvent.STATUS_CHANGED, None, (14, DayUnit.BUSINESS_DAYS)),
        ("NINJA-VAN-PH-DAMAGED", ClockEvent.DELIVERED, None, (7, DayUnit.BUSINESS_DAYS)),
        ("NINJA-VAN-VN-LOST", ClockEvent.SHIPPED, None, (1, DayUnit.MONTHS)),
        ("FLASH-TH-LOST", ClockEvent.ACCEPTED, None, (15, DayUnit.CALENDAR_DAYS)),
        ("KERRY-TH-LOST", ClockEvent.CARRIER_NOTICE, None, (14, DayUnit.CALENDAR_DAYS)),
        ("DHL-ECOMMERCE-LOST", ClockEvent.SHIPPED, (45, DayUnit.CALENDAR_DAYS), (90, DayUnit.CALENDAR_DAYS)),
        ("DHL-EXPRESS-LOST", ClockEvent.ACCEPTED, None, (30, DayUnit.CALENDAR_DAYS)),
        ("FEDEX-LOST", ClockEvent.ACCEPTED, None, (9, DayUnit.MONTHS)),
        ("FEDEX-DELAYED", ClockEvent.DELIVERED, None, (21, DayUnit.CALENDAR_DAYS)),
        ("UPS-US-LOST", ClockEvent.EXPECTED, (24, DayUnit.HOURS), (60, DayUnit.CALENDAR_DAYS)),
        ("USPS-PMEI-LOST", ClockEvent.ACCEPTED, (3, DayUnit.CALENDAR_DAYS), (90, DayUnit.CALENDAR_DAYS)),
        ("HONGKONG-POST-REGISTERED-LOST", ClockEvent.ACCEPTED, (14, DayUnit.CALENDAR_DAYS), (5, DayUnit.MONTHS)),
        ("4PX-C-LOST", ClockEvent.ACCEPTED, (30, DayUnit.CALENDAR_DAYS), (90, DayUnit.CALENDAR_DAYS)),
        ("JT-SG-DAMAGED", ClockEvent.DELIVERED, None, (30, DayUnit.CALENDAR_DAYS)),
        ("EVERPRO-ID-DAMAGED", ClockEvent.DELIVERED, None, (48, DayUnit.HOURS)),
        ("SHOPEE-SLS-BR-LOST", ClockEvent.LAST_SCAN, (75, DayUnit.BUSINESS_DAYS), None),
        ("SHOPEE-PH-LOST", ClockEvent.STATUS_CHANGED, None, (25, DayUnit.CALENDAR_DAYS)),
        ("MONTREAL-DAMAGED", ClockEvent.DELIVERED, None, (14, DayUnit.CALENDAR_DAYS)),
    ],
)
def test_the_rules_of_the_field_are_written_down_as_found(
    code: str, clock: ClockEvent, not_before: tuple[int, DayUnit] | None, within: tuple[int, DayUnit] | None
) -> None:
    card = CARDS[code]
    assert card["clock_event"] is clock
    assert (card["not_before"], card["not_before_unit"]) == (not_before or (None, None))
    assert (card["within"], card["within_unit"]) == (within or (None, None))


def test_marketplace_orders_of_ninja_van_claim_through_the_marketplace() -> None:
    assert CARDS["NINJA-VAN-MY-LOST"]["channel"] is FilingChannel.PLATFORM


GOOD = dict(CARDS["NINJA-VAN-MY-LOST"])
TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("code", "ninja van", "code"),
        ("title", " ", "title"),
        ("payer_kind", "uncle", "payer_kind"),
        ("zone", "Asia/Nowhere", "zone"),
        ("calendar", "ZZ", "calendar"),
        ("calendar", "", "calendar"),
        ("market", "Malaysia", "market"),
        ("within", 0, "within"),
        ("within", -3, "within"),
        ("within", "14", "within"),
        ("within", True, "within"),
        ("within_unit", None, "within"),
        ("not_before_unit", DayUnit.HOURS, "not_before"),
        ("checked_on", date(2026, 11, 24), "checked_on"),
        ("checked_on", "2026-09-21", "checked_on"),
        ("source", "", "source"),
        ("note", "x" * 5000, "note"),
        ("documents", [{"code": "selfie", "count": 1}], "documents"),
        ("documents", [{"code": "item_photo", "count": 0}], "documents"),
        ("documents", [{"code": "item_photo"}, {"code": "item_photo"}], "documents"),
        ("cap", {"kind": "amount", "amount": "many", "currency": "SGD"}, "cap"),
        ("cap", {"kind": "amount", "amount": "NaN", "currency": "SGD"}, "cap"),
        ("cap", {"kind": "amount", "amount": "10"}, "cap"),
        ("cap", {"kind": "lowest", "of": [{"kind": "value"}]}, "cap"),
        ("cap", {"kind": "lowest", "of": [{"kind": "value"}, {}]}, "cap"),
        ("cap", {"kind": "cases", "cases": [{"when": "full moon", "cap": {"kind": "value"}}]}, "cap"),
        ("cap", {"kind": "whatever"}, "cap"),
        ("cap", ["amount"], "cap"),
    ],
)
def test_a_field_that_cannot_be_right_is_refused_by_name(field: str, value: object, named: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked({**GOOD, field: value}, TODAY)
    assert refused.value.field == named


def test_a_window_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(Invalid, match="close before it opens"):
        checked({**GOOD, "not_before": 20, "not_before_unit": DayUnit.BUSINESS_DAYS}, TODAY)


def test_checking_a_checked_card_changes_nothing() -> None:
    for card in seed_cards():
        assert checked(card, date.max) == card


def test_an_amount_is_kept_as_written_without_useless_zeros() -> None:
    assert check_cap({"kind": "amount", "amount": "1000000.00", "currency": "IDR"})["amount"] == "1000000"
