"""Settings: a rule card in depth. Caps with fields, what a version would touch before it is saved, cases moved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from core.cases import clocks
from core.foundation import clock, database
from core.foundation.permissions import SYSTEM, Role
from core.models import Clock, RuleCard, Shipment
from core.models.clock import ClockKind
from core.recovery import rule_cards
from core.recovery.windows import Window
from tests.factories import NOW, make_incident, make_rule_card, make_shipment
from tests.pages.conftest import Screens, field, run, words

NESTED: dict[str, Any] = {
    "kind": "cases",
    "cases": [
        {"when": "insured", "cap": {"kind": "less", "percent": "10", "of": {"kind": "declared"}}},
        {
            "when": "uninsured",
            "cap": {
                "kind": "lowest",
                "of": [{"kind": "value"}, {"kind": "amount", "amount": "100", "currency": "USD"}],
            },
        },
    ],
}


def opened(screens: Screens, code: str) -> Any:
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    run(page.button(key=f"rule-{code}").click())
    run(page.button(key="rule-edit").click())
    return page


def newest(code: str) -> RuleCard:
    with database.reading() as session:
        return session.scalars(
            select(RuleCard).where(RuleCard.code == code).order_by(RuleCard.version.desc()).limit(1)
        ).one()


def watched(**more: Any) -> tuple[str, str]:
    """A card and the reference of an open case watched under it."""
    with database.transaction() as session:
        card = make_rule_card(session, **more)
        incident = make_incident(session, make_shipment(session, accepted_at=NOW))
        window = rule_cards.claim_window(card, rule_cards.facts_of(session.get_one(Shipment, incident.shipment_id)))
        assert isinstance(window, Window)
        clocks.start(
            session,
            incident,
            ClockKind.CLAIM_WINDOW,
            actor=SYSTEM,
            now=NOW,
            rule=card.code,
            rule_version=1,
            zone=window.zone,
            event_at=window.event_at,
            due_at=window.due_at,
            reasoning=window.why(),
            title=card.payer_name,
        )
        return card.code, incident.reference


def test_a_nested_cap_is_shown_in_fields_and_saved_unchanged_makes_no_version(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session, cap=NESTED).code
    page = opened(screens, code)
    assert field(page, "selectbox", "Cap").value == "cases"
    assert field(page, "text_input", "Cap, insured: deductible in percent").value == "10"
    assert field(page, "text_input", "Cap, not insured, no. 2: amount").value == "100"
    run(field(page, "button", "Save as a new version").click())
    assert not page.error and newest(code).version == 1


def test_a_cap_is_written_with_fields(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session).code
    page = opened(screens, code)
    field(page, "selectbox", "Cap").select("lowest")
    run(page)
    field(page, "selectbox", "Cap, no. 1").select("value")
    field(page, "selectbox", "Cap, no. 2").select("freight")
    run(page)
    field(page, "text_input", "Cap, no. 2: times the freight").input("ten")
    run(field(page, "button", "Save as a new version").click())
    assert page.error and field(page, "text_input", "Cap, no. 2: times the freight").value == "ten"
    field(page, "text_input", "Cap, no. 2: times the freight").input("10")
    run(field(page, "button", "Save as a new version").click())
    assert newest(code).cap == {"kind": "lowest", "of": [{"kind": "value"}, {"kind": "freight", "times": "10"}]}


def test_documents_and_limits_are_written_with_fields(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session).code
    page = opened(screens, code)
    field(page, "number_input", "Packing video: how many").set_value(2)
    field(page, "text_input", "Packing video: formats").input("MP4, mov")
    field(page, "number_input", "Further limits").set_value(1)
    run(page)
    field(page, "number_input", "Limit 1: within").set_value(9)
    field(page, "selectbox", "Unit of “Limit 1: within”").select("months")
    field(page, "number_input", "Ask again after").set_value(5)
    field(page, "selectbox", "Unit of “Ask again after”").select("calendar_days")
    run(field(page, "button", "Save as a new version").click())
    assert not page.error, page.error[0].value
    card = newest(code)
    assert card.documents[0]["count"] == 2 and card.documents[0]["formats"] == ["mp4", "mov"]
    assert card.limits == [{"kind": "trace", "event": "accepted", "within": [9, "months"], "note": ""}]
    assert card.follow_up_days == 5


def test_a_version_that_would_move_dates_lists_them_before_it_is_saved(screens: Screens) -> None:
    code, reference = watched()
    page = opened(screens, code)
    field(page, "number_input", "Within").set_value(20)
    run(field(page, "button", "What would it touch?").click())
    assert reference.replace("-", "\\-") in words(page) and "earlier" in words(page)
    assert newest(code).version == 1
    run(field(page, "button", "Save as a new version").click())
    assert newest(code).version == 1, "saving asks once more where running dates would be others"
    run(field(page, "button", "Save; running cases keep theirs").click())
    assert newest(code).version == 2
    with database.reading() as session:
        assert session.scalars(select(Clock)).one().rule_version == 1


def test_what_is_typed_after_the_preview_is_looked_at_again(screens: Screens) -> None:
    code, _reference = watched()
    page = opened(screens, code)
    field(page, "number_input", "Within").set_value(20)
    run(field(page, "button", "What would it touch?").click())
    field(page, "number_input", "Within").set_value(10)
    run(page)
    assert not [one for one in page.button if one.label.startswith("Save; running")]


def test_cases_are_moved_from_the_card_with_a_reason(screens: Screens) -> None:
    code, reference = watched()
    with database.transaction() as session:
        card = rule_cards.card_versions(session, code, actor=SYSTEM)[0]
        rule_cards.edit_card(session, code, actor=SYSTEM, seen=card.values(), typed={"within": 20}, now=clock.now())
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    run(page.button(key=f"rule-{code}").click())
    assert "30" in words(page) and "20" in words(page), "the history says what changed"
    run(page.button(key="rule-move").click())
    assert reference.replace("-", "\\-") in words(page)
    field(page, "text_input", "Why").input("their new terms")
    run(field(page, "button", "Move 1 case").click())
    with database.reading() as session:
        assert session.scalars(select(Clock)).one().rule_version == 2


def test_a_scheduled_version_is_said_on_the_card_and_the_one_that_holds_is_shown(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session, title="Zebra Post").code
        card = rule_cards.card_versions(session, code, actor=SYSTEM)[0]
        later = clock.now().date() + timedelta(days=40)
        rule_cards.edit_card(
            session,
            code,
            actor=SYSTEM,
            seen=card.values(),
            typed={"within": 7, "valid_from": later},
            now=clock.now(),
        )
    page = screens.open("settings.py", Role.ADMIN, part="rules")
    run(page.button(key=f"rule-{code}").click())
    assert "Version 2 takes effect on" in page.info[0].value
    assert "within 30 days" in words(page)


def test_a_phone_draws_the_whole_form(screens: Screens) -> None:
    with database.transaction() as session:
        code = make_rule_card(session, cap=NESTED).code
    page = screens.open("settings.py", Role.ADMIN, phone=True, part="rules")
    run(page.button(key=f"rule-{code}").click())
    run(page.button(key="rule-edit").click())
    assert field(page, "selectbox", "Cap").value == "cases"
