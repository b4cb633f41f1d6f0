"""A denial has a code, the code names what is missing, and how often it is reversed is told with its n or not at all."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks, contacts
from core.cases.clocks import running
from core.cases.kinds import kinds
from core.desk.next_step import next_step
from core.desk.story import story
from core.foundation import language
from core.foundation.errors import Invalid, TooLate
from core.foundation.intervals import wilson
from core.foundation.permissions import SYSTEM, Actor
from core.models import Claim, ClaimStep, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.rule import DayUnit
from core.recovery import claims
from core.recovery.claim_states import ClaimAction
from core.recovery.claims.denials import denial_codes, denial_name, least_appeals
from core.recovery.sweep import sweep
from tests.factories import NOW, make_rule_card
from tests.recovery.claiming import DAY, draft, filed, prove, reject, sgd


def test_every_code_is_told_in_both_languages_and_names_kinds_of_evidence_that_exist() -> None:
    codes = denial_codes()
    assert {"late", "early", "no_proof_of_value", "packaging", "no_damage_report", "delivered_scan"} <= set(codes)
    assert {"excluded_goods", "wrong_channel", "below_deductible", "duplicate", "not_entitled"} <= set(codes)
    assert {"insufficient_evidence", "other"} <= set(codes)
    for one in codes.values():
        assert set(one.missing) <= set(kinds()), one.code
        assert one.source and one.confidence in ("H", "M", "L")
        for told in ("en", "zh-CN"):
            with language.using(told):
                assert one.name and one.meaning and one.answer
    assert denial_name("nobody-knows") == "nobody-knows"


def test_a_rejection_without_its_code_is_refused_and_with_it_both_claim_and_step_keep_it(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    for code in (None, "", "no-such-code"):
        with pytest.raises(Invalid) as refused:
            claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=mei, text="no", denial_code=code, now=NOW)
        assert refused.value.field == "denial_code"
    reject(session, mei, claim, "no invoice", "no_proof_of_value")
    assert claim.denial_code == "no_proof_of_value"
    step = session.scalars(select(ClaimStep).where(ClaimStep.action == "reject")).one()
    assert step.denial_code == "no_proof_of_value"


def test_a_part_approval_may_say_why_the_rest_was_denied_and_an_approval_clears_it(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), denial_code="cap_reached", now=NOW)
    assert claim.denial_code == "cap_reached"
    claims.appeal(session, claim.id, actor=mei, text="insured", now=NOW)
    claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=mei, now=NOW)
    assert claim.denial_code is None


def test_an_appeals_time_runs_from_the_answer_in_the_cards_own_unit(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, appeal_days=5, appeal_unit=DayUnit.BUSINESS_DAYS, calendar="SG")
    claim = filed(session, mei, incident, card)
    later = NOW + 3 * DAY
    reject_at = {"text": "no", "denial_code": "late", "answered_at": NOW + DAY, "now": later}
    claims.record_answer(session, claim.id, ClaimAction.REJECT, actor=mei, **reject_at)  # type: ignore[arg-type]
    assert claim.answered_at == NOW + DAY
    [clock] = running(session, incident.id)
    # Answered on Tuesday the 24th: five working days lead to Tuesday the 1st.
    assert clock.kind is ClockKind.APPEAL and clock.due_at is not None
    assert clock.due_at.date().isoformat() == "2026-12-01"


@pytest.mark.parametrize("wrong", [NOW + DAY, NOW - DAY])
def test_an_answer_is_neither_of_tomorrow_nor_older_than_the_filing(
    session: Session, mei: Actor, incident: Incident, wrong: datetime
) -> None:
    claim = filed(session, mei, incident)
    with pytest.raises(Invalid) as refused:
        claims.record_answer(
            session,
            claim.id,
            ClaimAction.APPROVE,
            actor=mei,
            answered_at=wrong,
            now=NOW,
        )
    assert refused.value.field == "answered_at"


def test_a_denial_by_a_payer_that_gives_no_time_for_an_appeal_is_reminded_of_and_stays_open_to_it(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident, make_rule_card(session, appeal_days=None))
    reject(session, mei, claim)
    [reminder] = running(session, incident.id)
    assert (reminder.kind, reminder.rule) == (ClockKind.APPEAL, "own") and reminder.due_at is not None
    late = reminder.due_at + DAY
    assert sweep(actor=SYSTEM, now=late, transaction=lambda: nullcontext(session)).missed == 0
    session.expire_all()
    following = next_step(story(session, incident.reference, actor=mei), actor=mei, now=late)
    assert following is not None and "no time for it is known" in following.sentence
    claims.appeal(session, claim.id, actor=mei, text="again", now=late)
    assert claim.state is ClaimState.APPEALED and reminder.state is ClockState.MET


def test_the_rest_of_a_part_approval_is_not_reminded_of_where_no_time_is_known(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident, make_rule_card(session, appeal_days=None))
    claims.record_answer(
        session, claim.id, ClaimAction.PARTLY_APPROVE, actor=mei, amount=sgd("100"), denial_code="late", now=NOW
    )
    assert [one.kind for one in running(session, incident.id)] == [ClockKind.PAYMENT]


def test_an_appeal_stays_too_late_when_the_sweep_has_settled_its_clock(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    reject(session, mei, claim)
    [clock] = running(session, incident.id)
    assert clock.due_at is not None
    after = clock.due_at + DAY
    clocks.settle(session, incident, clock, ClockState.MISSED, actor=mei, now=after)
    with pytest.raises(TooLate):
        claims.appeal(session, claim.id, actor=mei, text="again", now=after)


def fate(session: Session, mei: Actor, claim: Claim, *, turned: bool | None) -> None:
    """Denied with one code and appealed; then granted (True), denied again (False), or not answered yet (None)."""
    reject(session, mei, claim, code="packaging")
    claims.appeal(session, claim.id, actor=mei, text="look again", now=NOW)
    if turned:
        claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=mei, now=NOW)
    elif turned is False:
        reject(session, mei, claim, code="packaging")


def many(session: Session, mei: Actor, incident: Incident, payer: str, fates: list[bool | None]) -> None:
    """Claims of one case, one after the other: each is withdrawn or closed before the next is drafted."""
    card = make_rule_card(session, payer_name=payer, carrier_code=payer.lower(), documents=[])
    for number, turned in enumerate(fates):
        claim = draft(session, mei, incident, card, demand=sgd(str(number + 1)))
        claims.mark_ready(session, claim.id, actor=mei, now=NOW)
        claims.submit(session, claim.id, actor=mei, case_number=f"N-{number}", via="portal", now=NOW)
        fate(session, mei, claim, turned=turned)
        if turned is None:
            # Out of the way of the next one, without a step: as far as anybody knows it still waits.
            claim.state = ClaimState.WITHDRAWN
        else:
            claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=mei, now=NOW)
        session.flush()


def test_a_reversal_rate_counts_answered_appeals_and_is_silent_below_its_minimum(
    session: Session, mei: Actor, incident: Incident
) -> None:
    least = least_appeals()
    many(session, mei, incident, "Few", [True] * (least - 1) + [None])
    found = claims.reversal(session, "packaging", "Few", actor=mei)
    assert (found.n, found.rate, found.interval) == (least - 1, None, None)
    many(session, mei, incident, "Many", [True, True, *[False] * (least - 2)])
    [of_many] = claims.reversals(session, actor=mei, code="packaging", payer="Many")
    assert (of_many.denied, of_many.appealed, of_many.reversed, of_many.n) == (least, least, 2, least)
    assert of_many.rate == 2 / least and of_many.interval == wilson(2, least)
    [of_few] = claims.reversals(session, actor=mei, code="packaging", payer="Few")
    assert (of_few.denied, of_few.appealed, of_few.waiting, of_few.reversed) == (least, least, 1, least - 1)


def test_too_few_of_one_payer_are_told_with_those_of_all(session: Session, mei: Actor, incident: Incident) -> None:
    least = least_appeals()
    many(session, mei, incident, "One", [True])
    many(session, mei, incident, "Two", [False] * (least - 1))
    found = claims.reversal(session, "packaging", "One", actor=mei)
    assert (found.payer, found.n, found.reversed) == (None, least, 1)
    assert claims.reversal(session, "late", "One", actor=mei).denied == 0


def test_what_is_new_since_the_payer_was_written_to_leaves_out_what_it_has(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = draft(session, mei, incident)
    assert claims.new_since(session, claim.id, actor=mei).since is None
    prove(session, incident, "packing_video", "proof_of_value")
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    claims.submit(session, claim.id, actor=mei, case_number="1", via="portal", now=NOW)
    assert claims.new_since(session, claim.id, actor=mei).evidence_ids == ()
    reject(session, mei, claim)
    [photo, _receipt, wrong] = prove(session, incident, "item_photo", "receipt", "label_photo", at=NOW + DAY)
    wrong.withdrawn_at, wrong.withdrawn_reason = NOW + DAY, "another parcel"
    session.flush()
    talk = contacts.log_contact(
        session,
        incident.id,
        actor=mei,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW + DAY,
        summary="they have no record",
        now=NOW + DAY,
    )
    found = claims.new_since(session, claim.id, actor=mei)
    assert (found.since, found.evidence_ids, found.contact_ids) == (NOW, (photo.id,), (talk.id,))
    claims.appeal(session, claim.id, actor=mei, text="see the photo", now=NOW + 2 * DAY)
    assert claims.new_since(session, claim.id, actor=mei).evidence_ids == ()
