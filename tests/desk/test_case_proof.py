"""Every payer's list side by side, from the case's story: with and without a claim, and until when the rest can be had."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy.orm import Session

from core.cases import proof
from core.desk.case_proof import case_proof, gone_in, missing_kinds
from core.desk.story import story
from core.foundation.permissions import SYSTEM
from core.models import Carrier, Incident, RuleCard
from core.models.rule import PayerKind
from core.recovery import claims
from core.recovery.rule_cards import find_cards, payer_of
from core.recovery.rule_cards.reads import Card
from tests.desk.plans import explained
from tests.factories import NOW, make_incident, make_policy, make_rates, make_rule_card, make_shipment


@pytest.fixture
def incident(session: Session) -> Incident:
    make_rates(session)
    make_policy(session)
    parcel = make_shipment(session, delivered_at=NOW - timedelta(days=2))
    return make_incident(session, parcel, gross_loss=318)


def carrier_card(session: Session) -> RuleCard:
    return make_rule_card(session, documents=[{"code": "packing_video"}, {"code": "proof_of_value"}])


def cards(session: Session, incident: Incident) -> list[tuple[str, Card]]:
    found = find_cards(
        session,
        actor=SYSTEM,
        carrier_id=incident.carrier_id,
        market=incident.market,
        kind=incident.type,
        on_date=NOW.date(),
    )
    carrier = session.get(Carrier, incident.carrier_id)
    return [(payer_of(one, carrier.name if carrier else None), one) for one in found]


def test_before_any_claim_every_payer_that_applies_has_its_list(session: Session, incident: Incident) -> None:
    carrier_card(session)
    make_rule_card(
        session,
        payer_kind=PayerKind.PLATFORM,
        payer_name="Shopee",
        documents=[{"code": "outer_box_photo"}, {"code": "packing_video"}],
    )
    found = case_proof(story(session, incident.reference, actor=SYSTEM), cards(session, incident))
    carrier = next(one.gap.payer for one in found if one.gap.payer_kind is PayerKind.CARRIER)
    assert {one.gap.payer: [item.need.code for item in one.gap.items] for one in found} == {
        carrier: ["packing_video", "proof_of_value"],
        "Shopee": ["outer_box_photo", "packing_video"],
    }
    assert all(one.claim is None for one in found)
    assert set(missing_kinds(found)) == {"packing_video", "proof_of_value", "outer_box_photo"}


def test_a_claim_stands_in_the_place_of_its_payers_card_with_its_own_version(
    session: Session, incident: Incident
) -> None:
    card = carrier_card(session)
    applying = cards(session, incident)
    claim = claims.draft_claim(session, incident.id, actor=SYSTEM, rule_card_id=card.id, now=NOW)
    [one] = case_proof(story(session, incident.reference, actor=SYSTEM), applying)
    assert one.claim is not None and one.claim.id == claim.id


def test_the_screen_comes_to_the_same_figures_as_the_verbs_without_a_statement(
    session: Session, incident: Incident
) -> None:
    card = carrier_card(session)
    told = story(session, incident.reference, actor=SYSTEM)
    applying = cards(session, incident)
    with explained(session) as none:
        [one] = case_proof(told, applying)
    assert none == []
    [other] = proof.gap(session, incident.id, [card], actor=SYSTEM)
    assert (one.gap.items, one.gap.percent) == (other.items, other.percent)


def test_a_day_a_person_set_is_what_the_screen_tells(session: Session, incident: Incident) -> None:
    carrier_card(session)
    typical = gone_in(story(session, incident.reference, actor=SYSTEM), "packing_video")
    assert typical is not None and (typical.on, typical.by_hand) == (date(2026, 12, 13), False)
    proof.set_gone_on(session, incident.id, "packing_video", actor=SYSTEM, on=date(2026, 11, 30), now=NOW)
    set_day = gone_in(story(session, incident.reference, actor=SYSTEM), "packing_video")
    assert set_day is not None and (set_day.on, set_day.by_hand) == (date(2026, 11, 30), True)
    proof.set_gone_on(session, incident.id, "packing_video", actor=SYSTEM, on=None, now=NOW)
    assert gone_in(story(session, incident.reference, actor=SYSTEM), "packing_video") == typical
