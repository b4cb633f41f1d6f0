"""Rule cards: found for a case, counted from what is known of the parcel, changed only in versions."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.clock import parse_moment
from core.foundation.errors import Conflict, Duplicate, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Role
from core.models import RuleCard
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, PayerKind
from core.recovery import rule_cards
from core.recovery.rule_cards import Card, Facts, Unknown
from core.recovery.rule_cards.terms import EDITABLE, IDENTITY
from core.recovery.windows import Window
from tests.factories import NOW, make_carrier, make_rule_card, make_shipment
from tests.people import OUT

ADMIN = Actor(None, "admin", "Admin", Role.ADMIN, ROLE_PERMISSIONS[Role.ADMIN])
AGENT = Actor(None, "agent", "Agent", Role.AGENT, ROLE_PERMISSIONS[Role.AGENT])
TODAY = NOW.date()
LOST, DAMAGED = IncidentType.LOST, IncidentType.DAMAGED


def at(text: str) -> datetime:
    return parse_moment(text)


def codes(session: Session, carrier: str | None, market: str, kind: IncidentType = LOST, **more: Any) -> list[str]:
    carrier_id = make_carrier(session, code=carrier).id if carrier else None
    found = rule_cards.find_cards(
        session, actor=AGENT, carrier_id=carrier_id, market=market, kind=kind, **{"on_date": TODAY, **more}
    )
    return [card.code for card in found]


def seen(card: Card) -> dict[str, Any]:
    documents = [{"code": one.code, "count": one.count, "note": one.note} for one in card.documents]
    return {name: documents if name == "documents" else getattr(card, name) for name in EDITABLE}


# --- the seed -------------------------------------------------------------------------------------------------------


def test_loading_the_seed_twice_adds_nothing_the_second_time(session: Session) -> None:
    assert rule_cards.load_seed(session, NOW) > 150
    assert rule_cards.load_seed(session, NOW) == 0


def test_loading_the_seed_leaves_an_admins_version_and_a_retired_card_alone(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    card = rule_cards.list_cards(session, actor=ADMIN, search="FLASH-TH-LOST")[0]
    rule_cards.edit_card(
        session, card.code, actor=ADMIN, seen=seen(card), typed={"within": 10, "within_unit": "calendar_days"}, now=NOW
    )
    rule_cards.retire_card(session, "FLASH-TH-DAMAGED", actor=ADMIN, reason="we left them", now=NOW)
    assert rule_cards.load_seed(session, NOW + timedelta(days=1)) == 0
    assert rule_cards.card_versions(session, card.code, actor=ADMIN)[0].within == 10
    assert not rule_cards.list_cards(session, actor=ADMIN, search="FLASH-TH-DAMAGED")


# --- finding --------------------------------------------------------------------------------------------------------


def test_the_carriers_own_card_comes_before_the_platforms_and_the_general_one_stands_back(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    assert codes(session, "ninja-van", "MY") == [
        "NINJA-VAN-MY-LOST",
        "SHOPEE-MY-LOST",
        "SHOPEE-SLS-LOST",
        "ANY-INSURER-LOST",
    ]


def test_a_carrier_nobody_wrote_a_card_for_gets_the_general_one(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    assert "ANY-CARRIER-LOST" in codes(session, "pony-express", "SG")
    assert "ANY-CARRIER-LOST" in codes(session, None, "SG")


def test_cards_of_other_markets_carriers_and_kinds_are_not_offered(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    for code in codes(session, "ninja-van", "PH", DAMAGED):
        assert code.endswith("-DAMAGED")
        assert "-MY-" not in code
        assert not code.startswith(("FLASH", "DHL", "FEDEX"))


def test_a_service_card_leads_once_the_service_is_known_and_is_left_out_for_another(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    carrier = make_carrier(session, code="4px").id

    def found(service: str | None) -> list[str]:
        cards = rule_cards.find_cards(
            session, actor=AGENT, carrier_id=carrier, market="MX", kind=LOST, on_date=TODAY, service=service
        )
        return [card.code for card in cards if card.carrier_code == "4px"]

    assert found("4PX-C registered")[:2] == ["4PX-C-LOST", "4PX-LOST"]
    assert found(None) == ["4PX-LOST", "4PX-C-LOST", "4PX-EXPRESS-LOST", "4PX-S-LOST"]
    assert found("Economy") == ["4PX-LOST"]


def test_a_rule_of_law_for_one_way_of_carriage_is_offered_only_for_it(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    assert "MONTREAL-DAMAGED" not in codes(session, "sf", "SG", DAMAGED)
    assert "MONTREAL-DAMAGED" in codes(session, "cne", "SG", DAMAGED, service="Air Economy")


def test_a_case_of_an_earlier_day_finds_the_version_valid_then(session: Session) -> None:
    first = make_rule_card(session, code="OLD", market="SG", valid_from=date(2025, 1, 1), superseded_at=NOW)
    second = make_rule_card(session, code="OLD", market="SG", version=2, valid_from=date(2026, 6, 1))

    def on(day: date) -> list[int]:
        cards = rule_cards.find_cards(session, actor=AGENT, carrier_id=None, market="SG", kind=LOST, on_date=day)
        return [card.id for card in cards]

    assert on(date(2026, 5, 31)) == [first.id]
    assert on(date(2026, 6, 1)) == [second.id]
    assert on(date(2024, 12, 31)) == []


def test_reading_a_card_that_is_not_there_is_refused(session: Session) -> None:
    with pytest.raises(NotFound):
        rule_cards.get_card(session, 999_999, actor=AGENT)
    with pytest.raises(NotFound):
        rule_cards.card_versions(session, "NOTHING", actor=AGENT)


def test_searching_the_list_takes_percent_signs_as_they_are(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    assert rule_cards.list_cards(session, actor=AGENT, search="0.2 %")
    assert not rule_cards.list_cards(session, actor=AGENT, search="%_%")
    only = rule_cards.list_cards(session, actor=AGENT, payer_kind=PayerKind.INSURER, market="ID", kind=LOST)
    assert [card.code for card in only] == ["SHOPEE-ID-INSURANCE-LOST", "ANY-INSURER-LOST"]


# --- counting -------------------------------------------------------------------------------------------------------


def card(session: Session, **more: Any) -> RuleCard:
    return make_rule_card(session, **more)


def test_a_shipments_own_facts_start_the_window(session: Session) -> None:
    shipment = make_shipment(session, accepted_at=at("2026-01-30T10:00+08:00"))
    found = rule_cards.claim_window(card(session), rule_cards.facts_of(shipment))
    assert isinstance(found, Window)
    assert found.due_at == at("2026-03-01T23:59:59+08:00")
    assert found.stand_in is None


def test_where_acceptance_is_not_known_the_earliest_stand_in_counts_and_is_named(session: Session) -> None:
    facts = Facts(shipped_at=at("2026-01-30T10:00+08:00"), first_scan_at=at("2026-02-01T10:00+08:00"))
    found = rule_cards.claim_window(card(session), facts)
    assert isinstance(found, Window)
    assert (found.event_at, found.stand_in) == (facts.shipped_at, "shipped")
    assert "Acceptance by the carrier is not known; the shipping date stands in for it." in found.sentences()


def test_a_date_typed_by_a_person_comes_before_a_stand_in_but_not_before_the_fact(session: Session) -> None:
    typed, shipped, accepted = (at(f"2026-01-{day}T10:00+08:00") for day in (12, 11, 10))
    own = card(session)
    assert rule_cards.clock_event_moment(own, Facts(shipped_at=shipped, event_at=typed)) == typed
    assert rule_cards.clock_event_moment(own, Facts(accepted_at=accepted, event_at=typed)) == accepted
    assert rule_cards.clock_event_moment(own, Facts()) is None


def test_delivery_and_the_last_scan_have_no_stand_in(session: Session) -> None:
    facts = Facts(accepted_at=NOW, shipped_at=NOW, first_scan_at=NOW)
    for event in (ClockEvent.DELIVERED, ClockEvent.LAST_SCAN, ClockEvent.EXPECTED, ClockEvent.CARRIER_NOTICE):
        found = rule_cards.claim_window(card(session, clock_event=event), facts)
        assert isinstance(found, Unknown)
        assert found.event_missing
        assert "File at once, or enter the date." in found.reason


def test_a_card_without_a_published_window_says_to_file_at_once(session: Session) -> None:
    found = rule_cards.claim_window(card(session, within=None, within_unit=None), Facts(accepted_at=NOW))
    assert found == Unknown("This payer's window is not known: file at once.")
    unknown = rule_cards.get_card(session, card(session, within=None, within_unit=None).id, actor=AGENT)
    assert unknown.window_text() == "window not known: file at once"


def test_delivery_counts_in_the_parcels_market_where_the_card_is_for_every_market(session: Session) -> None:
    delivered = at("2026-01-30T22:00-03:00")
    everywhere = card(session, clock_event=ClockEvent.DELIVERED, zone="Asia/Shanghai", within=21)
    found = rule_cards.claim_window(everywhere, Facts(market="BR", delivered_at=delivered))
    assert isinstance(found, Window)
    assert found.zone == "America/Sao_Paulo"
    assert found.due_at == at("2026-02-20T23:59:59-03:00")


def test_acceptance_counts_in_the_cards_own_zone(session: Session) -> None:
    everywhere = card(session, zone="Asia/Shanghai")
    found = rule_cards.claim_window(everywhere, Facts(market="BR", accepted_at=at("2026-01-30T10:00+08:00")))
    assert isinstance(found, Window)
    assert found.zone == "Asia/Shanghai"


def test_a_date_out_of_all_reason_does_not_break_the_case(session: Session) -> None:
    found = rule_cards.claim_window(card(session), Facts(accepted_at=at("0001-01-02T00:00+00:00")))
    assert isinstance(found, Unknown)


def test_a_card_says_its_window_in_words(session: Session) -> None:
    rule_cards.load_seed(session, NOW)
    said = {one.code: one.window_text() for one in rule_cards.list_cards(session, actor=AGENT)}
    assert said["NINJA-VAN-MY-LOST"] == "within 14 working days (MY) of the last change of status"
    assert said["DHL-ECOMMERCE-LOST"] == "not before 45 days and within 90 days of the shipping date"
    assert said["SHOPEE-SLS-LOST"] == "not before 40 working days (CN) after the last scan; no closing date known"


def test_a_weak_or_stale_card_says_so(session: Session) -> None:
    sure = card(session, checked_on=TODAY - timedelta(days=365))
    weak = card(session, confidence=Confidence.LOW, checked_on=TODAY - timedelta(days=366))
    assert rule_cards.doubts(sure, TODAY) == []
    assert len(rule_cards.doubts(weak, TODAY)) == 2


# --- changing -------------------------------------------------------------------------------------------------------


def test_editing_makes_a_new_version_and_keeps_the_old_one_as_it_was(session: Session) -> None:
    row = card(session, code="EDITED")
    old = rule_cards.get_card(session, row.id, actor=ADMIN)
    new = rule_cards.edit_card(session, "EDITED", actor=ADMIN, seen=seen(old), typed={"within": 45}, now=NOW)
    assert (new.version, new.within, new.superseded_at) == (2, 45, None)
    kept = rule_cards.get_card(session, row.id, actor=ADMIN)
    assert (kept.version, kept.within, kept.superseded_at) == (1, 30, NOW)
    assert [one.version for one in rule_cards.card_versions(session, "EDITED", actor=ADMIN)] == [2, 1]
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == "rule.edited")).one()
    assert event.subject_id == new.id
    assert (event.before["within"], event.after["within"]) == (30, 45)


def test_saving_a_form_as_it_was_makes_no_version(session: Session) -> None:
    old = rule_cards.get_card(session, card(session, code="SAME").id, actor=ADMIN)
    typed = {**seen(old), "within_unit": "calendar_days", "confidence": "H", "portal": ""}
    same = rule_cards.edit_card(session, "SAME", actor=ADMIN, seen=seen(old), typed=typed, now=NOW)
    assert (same.id, same.version) == (old.id, 1)


def test_two_admins_changing_different_fields_both_succeed(session: Session) -> None:
    old = rule_cards.get_card(session, card(session, code="SHARED").id, actor=ADMIN)
    rule_cards.edit_card(session, "SHARED", actor=ADMIN, seen=seen(old), typed={"within": 45}, now=NOW)
    both = rule_cards.edit_card(session, "SHARED", actor=ADMIN, seen=seen(old), typed={"note": "asked them"}, now=NOW)
    assert (both.version, both.within, both.note) == (3, 45, "asked them")


def test_two_admins_changing_the_same_field_meet_in_a_conflict_with_both_values(session: Session) -> None:
    old = rule_cards.get_card(session, card(session, code="CLASH").id, actor=ADMIN)
    rule_cards.edit_card(session, "CLASH", actor=ADMIN, seen=seen(old), typed={"within": 45}, now=NOW)
    with pytest.raises(Conflict) as clash:
        rule_cards.edit_card(session, "CLASH", actor=ADMIN, seen=seen(old), typed={"within": 60}, now=NOW)
    assert [(one.field, one.seen, one.theirs, one.yours) for one in clash.value.fields] == [("within", 30, 45, 60)]


def test_an_edit_that_makes_no_sense_is_refused_and_changes_nothing(session: Session) -> None:
    row = card(session, code="FIRM")
    old = rule_cards.get_card(session, row.id, actor=ADMIN)
    for typed in (
        {"not_before": 60, "not_before_unit": DayUnit.CALENDAR_DAYS},
        {"within_unit": DayUnit.BUSINESS_DAYS},
        {"zone": "Mars/Olympus"},
        {"carrier_code": "pony-express"},
        {"type": "damaged"},
    ):
        with pytest.raises(Invalid):
            rule_cards.edit_card(session, "FIRM", actor=ADMIN, seen=seen(old), typed=typed, now=NOW)
    assert len(rule_cards.card_versions(session, "FIRM", actor=ADMIN)) == 1


def test_a_new_card_is_added_once(session: Session) -> None:
    make_carrier(session, code="pony-express")
    base = rule_cards.get_card(session, card(session).id, actor=ADMIN)
    identity = {name: getattr(base, name) for name in IDENTITY}
    values = {**seen(base), **identity, "code": "PONY-SG-LOST", "carrier_code": "pony-express", "market": "SG"}
    made = rule_cards.add_card(session, actor=ADMIN, values=values, now=NOW)
    assert (made.code, made.version) == ("PONY-SG-LOST", 1)
    with pytest.raises(Duplicate):
        rule_cards.add_card(session, actor=ADMIN, values=values, now=NOW)


def test_a_rule_checked_today_is_taken_where_it_is_already_the_next_day(session: Session) -> None:
    """At 16:13 UTC it is past midnight in Shanghai: the day that person writes is the one on their wall."""
    night, there = parse_moment("2026-11-23T16:13:00Z"), replace(ADMIN, zone="Asia/Shanghai")
    base = rule_cards.get_card(session, card(session, code="BASE").id, actor=ADMIN)
    identity = {name: getattr(base, name) for name in IDENTITY}
    values = {**seen(base), **identity, "code": "NIGHT", "checked_on": date(2026, 11, 24)}
    made = rule_cards.add_card(session, actor=there, values=values, now=night)
    assert made.checked_on == date(2026, 11, 24)
    typed = {"checked_on": date(2026, 11, 24)}
    assert rule_cards.edit_card(session, "BASE", actor=there, seen=seen(base), typed=typed, now=night).version == 2
    for actor, day in ((ADMIN, 24), (there, 25)):
        with pytest.raises(Invalid, match="day to come"):
            rule_cards.add_card(
                session, actor=actor, values={**values, "code": "LATER", "checked_on": date(2026, 11, day)}, now=night
            )


def test_a_retired_card_is_found_no_more_and_cannot_be_edited_or_retired_again(session: Session) -> None:
    row = card(session, code="GONE", market="SG")
    rule_cards.edit_card(session, "GONE", actor=ADMIN, seen={"within": 30}, typed={"within": 20}, now=NOW)
    rule_cards.retire_card(session, "GONE", actor=ADMIN, reason="they stopped", now=NOW)
    assert "GONE" not in codes(session, None, "SG")
    assert [one.code for one in rule_cards.list_cards(session, actor=ADMIN, retired=True)] == ["GONE"]
    assert rule_cards.get_card(session, row.id, actor=ADMIN).within == 30
    with pytest.raises(WrongState):
        rule_cards.retire_card(session, "GONE", actor=ADMIN, reason="again", now=NOW)
    with pytest.raises(WrongState):
        rule_cards.edit_card(session, "GONE", actor=ADMIN, seen={}, typed={"within": 5}, now=NOW)


def test_retiring_asks_why(session: Session) -> None:
    card(session, code="WHY")
    with pytest.raises(Invalid, match="Say why"):
        rule_cards.retire_card(session, "WHY", actor=ADMIN, reason="  ", now=NOW)


def test_an_agent_reads_cards_but_does_not_change_them_and_a_stranger_does_neither(session: Session) -> None:
    row = card(session, code="GUARDED")
    assert rule_cards.get_card(session, row.id, actor=AGENT).code == "GUARDED"
    with pytest.raises(NotAllowed):
        rule_cards.edit_card(session, "GUARDED", actor=AGENT, seen={}, typed={"within": 5}, now=NOW)
    with pytest.raises(NotAllowed):
        rule_cards.retire_card(session, "GUARDED", actor=AGENT, reason="no", now=NOW)
    with pytest.raises(NotAllowed):
        rule_cards.find_cards(session, actor=OUT, carrier_id=None, market="SG", kind=LOST, on_date=TODAY)


def test_the_database_itself_keeps_one_current_version_of_a_card(session: Session) -> None:
    card(session, code="ONE", superseded_at=NOW)
    card(session, code="ONE", version=2)
    with pytest.raises(Exception, match="uq_rule_card_current"):
        session.execute(update(RuleCard).where(RuleCard.code == "ONE").values(superseded_at=None))
