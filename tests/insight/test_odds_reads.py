"""The odds out of stored disputes: what counts as decided, how complete the proof was, the ways one dispute leaves."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.foundation.errors import NotAllowed, NotFound
from core.foundation.money import Money
from core.foundation.permissions import Actor, Role
from core.insight.odds import Proof, known_odds, weigh_dispute
from core.insight.odds.counting import decided
from core.insight.odds.model import Cell, Chance, Completeness, Tally, TooFew, fit
from core.insight.odds.settings import Way, least
from core.models import AnswerDraft, Dispute, Incident
from core.models.answer import Plea
from core.models.dispute import DisputeState, ReturnReason
from core.recovery.answers.plan import usual_modules
from tests.desk.disputing import answered, ask_for, make_dispute
from tests.factories import NOW, make_incident, make_rates
from tests.people import OUT, acting
from tests.recovery.claiming import prove

S, C = DisputeState, Completeness
AGO = timedelta(days=60)
DAMAGED = ReturnReason.DAMAGED


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


@pytest.fixture
def incident(session: Session) -> Incident:
    return make_incident(session)


def past(
    session: Session, incident: Incident, came: DisputeState, shown: tuple[int, ...] = (1, 2), **more: Any
) -> Dispute:
    """A dispute that was asked to show two things, answered two months ago and decided a week later."""
    made = make_dispute(session, incident)
    ask_for(session, made, required=2, optional=1)
    at = NOW - AGO
    return answered(session, made, at, shown, came=came, decided_at=at + timedelta(days=7), **more)


def test_what_the_platform_decided_counts_and_what_nobody_judged_does_not(session: Session, incident: Incident) -> None:
    for state in DisputeState:
        past(session, incident, state, refunded=Decimal(20), granted=Decimal(40))
    tally = decided(session).tallies()[Cell(DAMAGED, "SG", C.COMPLETE)]
    # Won whole, won in part with 20 of 80 refunded, 40 of 80 granted, and the same paid; lost and refused.
    assert tally == Tally(6, 4, 1 + 0.75 + 0.5 + 0.5)


def test_how_complete_the_proof_was_is_told_by_what_had_to_be_shown(session: Session, incident: Incident) -> None:
    past(session, incident, S.WON, (1, 2))
    past(session, incident, S.WON, (1, 2, 3))
    past(session, incident, S.WON, (1, 3))
    past(session, incident, S.LOST, ())
    found = {cell.completeness: tally.n for cell, tally in decided(session).tallies().items()}
    assert found == {C.COMPLETE: 2, C.PARTLY: 1, C.BARE: 1}


def test_where_the_platform_named_nothing_the_usual_list_stands_for_its_own(
    session: Session, incident: Incident
) -> None:
    required = tuple(one.code for one in usual_modules(DAMAGED) if one.required)
    assert required
    for shown in (required, ("something_else",), ()):
        answered(session, make_dispute(session, incident), NOW - AGO, shown, reason=None, came=S.LOST)
    found = {cell.completeness: tally.n for cell, tally in decided(session).tallies().items()}
    assert found == {C.COMPLETE: 1, C.PARTLY: 1, C.BARE: 1}


def test_the_reason_the_platform_found_is_the_one_that_counts(session: Session, incident: Incident) -> None:
    past(session, incident, S.WON, reassessed=ReturnReason.MISSING)
    assert list(decided(session).tallies()) == [Cell(ReturnReason.MISSING, "SG", C.COMPLETE)]


def test_a_decision_on_an_answer_nobody_kept_is_told_and_not_counted(
    session: Session, incident: Incident, mei: Actor
) -> None:
    make_dispute(session, incident, state=S.LOST, state_at=NOW, answered_at=NOW - AGO)
    make_dispute(session, incident, state=S.LOST, state_at=NOW)
    past(session, incident, S.WON)
    found = known_odds(session, actor=mei)
    assert (found.counted, found.untold, found.calibration.rows) == (1, 1, ())


def test_months_are_those_of_the_answer_and_of_the_decision(session: Session, incident: Incident) -> None:
    past(session, incident, S.WON)
    (one,) = decided(session, "Asia/Shanghai").past
    assert (one.answered.isoformat(), one.decided.isoformat()) == ("2026-09-01", "2026-10-01")


def _draft(session: Session, dispute: Dispute, *modules: int, reason: int | None = 1) -> None:
    session.add(
        AnswerDraft(
            dispute_id=dispute.id,
            plea=Plea.REJECT,
            language="en",
            text="We ask to decline it.",
            reading_language="zh_CN",
            reason=reason,
            exhibits=[{"module": str(one), "evidence": [7]} for one in modules] + [{"module": "9", "evidence": []}],
            started_at=NOW,
            updated_at=NOW,
        )
    )
    session.flush()


def _odds() -> Any:
    return fit(
        {
            Cell(reason, "SG", much): Tally(30, upheld, float(upheld))
            for much, upheld in ((C.COMPLETE, 24), (C.PARTLY, 12))
            for reason in (DAMAGED, ReturnReason.MISSING, ReturnReason.NOT_RECEIVED, ReturnReason.WRONG_ITEM)
        }
    )


def test_one_dispute_is_weighed_by_the_proof_in_its_draft(session: Session, incident: Incident, mei: Actor) -> None:
    make_rates(session)
    dispute = make_dispute(session, incident, amount=Decimal(80), state=S.OFFERED, offered=Decimal(30))
    ask_for(session, dispute, required=2)
    bare = weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW)
    assert bare.cell == Cell(DAMAGED, "SG", C.BARE)
    assert bare.chance == TooFew(0, 0, least().own, least().of_class)
    assert bare.advice is None
    assert isinstance(bare.chances[C.COMPLETE], Chance), "what it would be with all the proof is told all the same"
    _draft(session, dispute, 1)
    some = weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW)
    assert some.proof == Proof(2, 1, 1, usual=False)
    assert some.cell.completeness is C.PARTLY
    assert some.advice is not None
    assert some.advice.best is Way.SETTLE
    settle = some.advice.of(Way.SETTLE)
    assert settle is not None
    # 80 − 30, less twenty minutes at nine dollars an hour, which are 3.90 in Singapore.
    assert settle.middle == Money(Decimal("46.10"), "SGD")
    draft = session.get_one(AnswerDraft, dispute.id)
    draft.exhibits = [{"module": "1", "evidence": [7]}, {"module": "2", "evidence": [8]}]
    session.flush()
    whole = weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW)
    assert whole.cell.completeness is C.COMPLETE
    assert whole.advice is not None
    assert whole.advice.ways[0].way is Way.FIGHT


def test_before_anything_is_written_the_evidence_of_the_case_counts(
    session: Session, incident: Incident, mei: Actor
) -> None:
    make_rates(session)
    dispute = make_dispute(session, incident, reason=ReturnReason.MISSING)
    assert weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW).proof == Proof(1, 0, 0, usual=True)
    prove(session, incident, "packing_video")
    found = weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW)
    assert found.proof == Proof(1, 1, 1, usual=True)
    assert found.cell.completeness is C.COMPLETE


def test_an_offer_that_is_over_is_not_on_the_table(session: Session, incident: Incident, mei: Actor) -> None:
    make_rates(session)
    dispute = make_dispute(session, incident, offered=Decimal(30))
    assert weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW).offer is None


def test_without_an_amount_the_chance_is_told_and_no_way(session: Session, incident: Incident, mei: Actor) -> None:
    dispute = make_dispute(session, incident, amount=None)
    ask_for(session, dispute, required=1)
    _draft(session, dispute, 1)
    found = weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW)
    assert isinstance(found.chance, Chance)
    assert found.advice is None


def test_an_answer_that_is_out_is_weighed_by_what_was_sent(session: Session, incident: Incident, mei: Actor) -> None:
    make_rates(session)
    dispute = make_dispute(session, incident)
    ask_for(session, dispute, required=2, reason=4)
    answered(session, dispute, NOW - timedelta(hours=3), (1, 2), reason=4)
    assert weigh_dispute(session, dispute.id, _odds(), actor=mei, now=NOW).cell.completeness is C.COMPLETE


def test_a_dispute_that_is_not_there_or_not_to_be_seen_is_refused(session: Session, mei: Actor) -> None:
    with pytest.raises(NotFound):
        weigh_dispute(session, 999_999_999, fit({}), actor=mei, now=NOW)
    with pytest.raises(NotAllowed):
        known_odds(session, actor=OUT)
