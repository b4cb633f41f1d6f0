from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.cases import contacts, incidents
from core.desk.case_claims import foremost, needs_of, offers
from core.desk.next_step import Step, next_step
from core.desk.payers import payers, payers_unsaved
from core.desk.story import Story, story
from core.foundation.errors import NotFound
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Claim, Evidence, Incident, Shipment, StoredFile
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage
from core.recovery import claims
from core.recovery.claim_states import ClaimAction
from tests.factories import NOW, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import acting


def a_case(session: Session, **more: Any) -> Incident:
    make_rates(session)
    make_policy(session)
    return incidents.register(
        session,
        actor=SYSTEM,
        shipment_id=make_shipment(session, **more).id,
        type=IncidentType.LOST,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )


def a_claim(session: Session, case: Incident, **card: Any) -> Claim:
    return claims.draft_claim(session, case.id, actor=SYSTEM, rule_card_id=make_rule_card(session, **card).id, now=NOW)


def prove(session: Session, case: Incident, *kinds: str) -> None:
    for number, kind in enumerate(kinds):
        digest = f"{case.id:032x}{number:032x}"
        session.add(StoredFile(sha256=digest, size=1, media_type="image/png", stored_at=NOW))
        session.flush()
        session.add(Evidence(incident_id=case.id, sha256=digest, name=kind, kind=kind, added_at=NOW))
    session.flush()


def told(session: Session, case: Incident) -> Story:
    return story(session, case.reference, actor=SYSTEM)


def step(session: Session, case: Incident, now: datetime = NOW, actor: Actor = SYSTEM) -> Step | None:
    found = next_step(told(session, case), actor=actor, now=now)
    return found.step if found else None


def test_the_story_offers_what_the_verbs_offer_in_every_state_passed(session: Session) -> None:
    case = a_case(session)
    claim = a_claim(session, case)

    def same() -> None:
        one = told(session, case)
        said = offers(one, one.claims[0], actor=SYSTEM, now=NOW)
        assert said == claims.claim_offers(session, claim.id, actor=SYSTEM, now=NOW)

    same()
    prove(session, case, "packing_video", "proof_of_value")
    same()
    claims.mark_ready(session, claim.id, actor=SYSTEM, now=NOW)
    same()
    claims.submit(session, claim.id, actor=SYSTEM, case_number="NV-1", via="portal", now=NOW)
    same()
    claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=SYSTEM, text="no", denial_code="other", now=NOW)
    same()


def test_a_claim_lacks_what_is_not_there_often_enough(session: Session) -> None:
    case = a_case(session)
    a_claim(session, case, documents=[{"code": "item_photo", "count": 2}, {"code": "packing_video"}])
    prove(session, case, "item_photo")
    one = told(session, case)
    assert [(need.code, need.have, need.met) for need in needs_of(one, one.claims[0])] == [
        ("item_photo", 1, False),
        ("packing_video", 0, False),
    ]


def test_the_next_step_always_unblocks_and_leads_to_the_end(session: Session) -> None:
    case = a_case(session)
    assert step(session, case) is Step.DRAFT
    claim = a_claim(session, case)
    assert step(session, case) is Step.EVIDENCE
    prove(session, case, "packing_video", "proof_of_value")
    assert step(session, case) is Step.READY
    claims.mark_ready(session, claim.id, actor=SYSTEM, now=NOW)
    assert step(session, case) is Step.SUBMIT
    claims.submit(session, claim.id, actor=SYSTEM, case_number="NV-1", via="portal", now=NOW)
    assert step(session, case) is Step.ANSWER
    claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=SYSTEM, text="no", denial_code="other", now=NOW)
    assert step(session, case) is Step.APPEAL
    claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=SYSTEM, now=NOW)
    assert step(session, case) is Step.CLOSE
    incidents.close(session, case.id, actor=SYSTEM, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW)
    assert next_step(told(session, case), actor=SYSTEM, now=NOW) is None


def test_a_claim_whose_window_has_passed_is_put_away(session: Session) -> None:
    case = a_case(session)
    a_claim(session, case, documents=[])
    assert step(session, case, NOW + timedelta(days=60)) is Step.EXPIRE


def test_before_its_window_a_complete_claim_waits_with_a_date_and_no_dead_button(session: Session) -> None:
    case = a_case(session)
    claim = a_claim(session, case, documents=[], not_before=20, not_before_unit="calendar_days")
    claims.mark_ready(session, claim.id, actor=SYSTEM, now=NOW)
    found = next_step(told(session, case), actor=SYSTEM, now=NOW)
    assert found is not None and found.opens and found.step is None and found.at == claim.opens_at


def test_a_promise_that_is_due_sooner_comes_first(session: Session) -> None:
    case = a_case(session)
    a_claim(session, case)
    contacts.log_contact(
        session,
        case.id,
        actor=SYSTEM,
        party=Party.BUYER,
        channel=Channel.CHAT,
        at=NOW,
        summary="Sorry",
        promise="reship",
        promise_due_at=NOW + timedelta(hours=4),
        now=NOW,
    )
    found = next_step(told(session, case), actor=SYSTEM, now=NOW)
    assert found is not None and found.step is Step.PROMISE and "We promised" in found.sentence


def test_a_small_value_is_settled_without_a_claim(session: Session) -> None:
    assert step(session, a_case(session, value=5)) is Step.CLOSE


def test_a_viewer_is_told_what_comes_next_without_a_button(session: Session) -> None:
    case = a_case(session)
    found = next_step(told(session, case), actor=acting(session, Role.VIEWER), now=NOW)
    assert found is not None and found.step is None and found.button == ""


def test_the_claim_looked_at_first_is_the_living_one_due_soonest(session: Session) -> None:
    case = a_case(session)
    a_claim(session, case, payer_name="Late", carrier_code="late", within=60)
    soon = a_claim(session, case, payer_name="Soon", carrier_code="soon", within=20)
    one = told(session, case)
    first = foremost(one)
    assert first is not None and first.id == soon.id
    assert foremost(replace(one, claims=())) is None


def test_payers_are_told_before_a_parcel_is_saved_as_after(session: Session) -> None:
    parcel = make_shipment(session)
    make_rule_card(session, clock_event="shipped")
    shipped = parcel.shipped_at
    (saved,) = payers(session, parcel.id, IncidentType.LOST, actor=SYSTEM, reported_at=NOW, now=NOW)
    (unsaved,) = payers_unsaved(
        session,
        IncidentType.LOST,
        actor=SYSTEM,
        carrier_id=parcel.carrier_id,
        market=parcel.market,
        shipped_at=shipped,
        now=NOW,
    )
    assert saved.window is not None and saved.moment == unsaved.moment == saved.window.due_at
    with pytest.raises(NotFound):
        payers(session, 0, IncidentType.LOST, actor=SYSTEM, reported_at=NOW, now=NOW)


def test_a_card_whose_event_nobody_knows_says_that_a_date_would_help(session: Session) -> None:
    parcel = make_shipment(session)
    make_rule_card(session, clock_event="carrier_notice")
    (found,) = payers(session, parcel.id, IncidentType.LOST, actor=SYSTEM, reported_at=NOW, now=NOW)
    assert found.window is None and found.event_missing and found.unknown and found.moment is None


def test_a_delivery_told_late_ends_a_case_of_silence_but_not_what_a_buyer_denies(session: Session) -> None:
    case = a_case(session)
    session.get_one(Shipment, case.shipment_id).delivered_at = NOW - timedelta(days=1)
    session.flush()
    assert step(session, case) is Step.DRAFT
    case.noticed_by = NoticedBy.SILENCE
    session.flush()
    found = next_step(told(session, case), actor=SYSTEM, now=NOW)
    assert found is not None and found.step is Step.CLOSE and "Close the case as arrived" in found.sentence
