"""Several claims at once: each row stands alone, the good ones stay, and a batch sent twice is one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import incidents
from core.cases.evidence import add_evidence
from core.foundation import config
from core.foundation.audit import check_chain
from core.foundation.errors import Invalid, NotAllowed, NotFound, TooLarge
from core.foundation.money import Money
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from core.foundation.submissions import once
from core.models import Carrier, Claim, ClaimStep, Evidence, Incident, Pack, RuleCard
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.contact import Channel
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.ledger import Account
from core.models.rule import PayerKind
from core.money import ledger
from core.recovery import bulk, claims
from core.recovery.bulk import Outcome, Receipt, Report, Start
from core.recovery.claim_states import ClaimAction
from tests.factories import NOW, make_carrier, make_policy, make_rates, make_rule_card, make_shipment, make_shop
from tests.people import acting

Case = Callable[..., Incident]
RECEIPT = Receipt("receipt.txt", b"received with thanks")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.AGENT, "mei")


@pytest.fixture
def carrier(session: Session) -> Carrier:
    return make_carrier(session, name="Ninja Van")


@pytest.fixture
def card(session: Session) -> RuleCard:
    return make_rule_card(session, documents=[{"code": "proof_of_value", "count": 1}])


@pytest.fixture
def case(session: Session, mei: Actor, carrier: Carrier, card: RuleCard) -> Case:
    """A case with its loss booked, proven unless told otherwise."""
    shop = make_shop(session)

    def make(*, proven: bool = True) -> Incident:
        made = incidents.register(
            session,
            actor=mei,
            shipment_id=make_shipment(session, shop, carrier).id,
            type=IncidentType.LOST,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=NOW,
            now=NOW,
        )
        ledger.post_loss(
            session, made.id, actor=mei, account=Account.LOSS_GOODS, amount=Money(Decimal(318), "SGD"), note="", now=NOW
        )
        if proven:
            add_evidence(
                session,
                made.id,
                actor=mei,
                name="invoice.csv",
                data=f"lamp,1,{made.id}\n".encode(),
                kind="proof_of_value",
                now=NOW,
            )
        return made

    return make


def drafted(session: Session, mei: Actor, case: Case, card: RuleCard, **more: Any) -> Claim:
    return claims.draft_claim(session, case(**more).id, actor=mei, rule_card_id=card.id, now=NOW)


def ready(session: Session, mei: Actor, case: Case, card: RuleCard) -> Claim:
    claim = drafted(session, mei, case, card)
    return claims.mark_ready(session, claim.id, actor=mei, now=NOW)


def outcomes(report: Report) -> list[Outcome]:
    return [row.outcome for row in report.rows]


def test_cases_are_drafted_made_ready_and_packed_in_one_go(session: Session, mei: Actor, case: Case) -> None:
    made = [case() for _number in range(3)]
    report = bulk.start_many(session, [Start(one.id) for one in made], actor=mei, now=NOW)
    assert outcomes(report) == [Outcome.DONE] * 3
    assert [row.case for row in report.rows] == [one.reference for one in made]
    assert report.rows[0].said == "Drafted. Ready to file. Pack built."
    found = session.scalars(select(Claim).order_by(Claim.id)).all()
    assert {one.state for one in found} == {ClaimState.READY}
    assert session.scalar(select(func.count()).select_from(Pack)) == 3


def test_one_of_twenty_that_lacks_a_document_keeps_its_draft_and_the_others_are_ready(
    session: Session, mei: Actor, case: Case
) -> None:
    made = [case(proven=number != 11) for number in range(20)]
    report = bulk.start_many(session, [Start(one.id) for one in made], actor=mei, build=False, now=NOW)
    assert [row.outcome for row in report.rows].count(Outcome.DONE) == 19
    (partly,) = report.of(Outcome.PART)
    assert partly.incident_id == made[11].id
    assert partly.said.startswith("Drafted. Filing is off, still missing:")
    assert session.get_one(Claim, partly.claim_id).state is ClaimState.DRAFT
    assert all(check_chain(session, one.id) is None for one in made)


def test_a_draft_that_is_there_is_gone_on_with_and_a_filed_claim_is_not_started_again(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    there = drafted(session, mei, case, card)
    filed = ready(session, mei, case, card)
    claims.submit(session, filed.id, actor=mei, case_number="N-1", via="portal", now=NOW)
    report = bulk.start_many(
        session, [Start(filed.incident_id), Start(there.incident_id)], actor=mei, build=False, now=NOW
    )
    assert outcomes(report) == [Outcome.REFUSED, Outcome.DONE]
    assert report.rows[0].said == f"Claim {filed.reference} on Ninja Van is already there."
    assert report.rows[1].said == "The draft was there already. Ready to file."


def test_a_case_is_started_under_the_card_it_was_asked_for(session: Session, mei: Actor, case: Case) -> None:
    make_rule_card(session, code="INS-1", payer_kind=PayerKind.INSURER, payer_name="Ping An", documents=[])
    one, other = case(), case()
    report = bulk.start_many(
        session, [Start(one.id, "INS-1"), Start(other.id, "GONE-9")], actor=mei, build=False, now=NOW
    )
    assert outcomes(report) == [Outcome.DONE, Outcome.REFUSED]
    assert session.get_one(Claim, report.rows[0].claim_id).payer_name == "Ping An"
    assert report.rows[1].claim_id is None
    assert "No rule card fits" in report.rows[1].said


def test_drafts_are_made_ready_and_what_is_ready_only_gets_its_pack(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    first, second = drafted(session, mei, case, card), ready(session, mei, case, card)
    third = drafted(session, mei, case, card, proven=False)
    report = bulk.prepare_many(session, [third.id, second.id, first.id], actor=mei, now=NOW)
    assert outcomes(report) == [Outcome.REFUSED, Outcome.DONE, Outcome.DONE]
    assert [row.said for row in report.rows][1:] == ["Pack built.", "Ready to file. Pack built."]


def test_claims_are_filed_under_their_own_numbers_or_a_common_one_with_one_receipt(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    made = [ready(session, mei, case, card) for _number in range(3)]
    report = bulk.submit_many(
        session,
        [one.id for one in made],
        actor=mei,
        via="Payer's portal",
        number="BATCH-7",
        numbers={made[1].id: " NV-2 "},
        receipt=RECEIPT,
        now=NOW,
    )
    assert outcomes(report) == [Outcome.DONE] * 3
    found = session.scalars(select(Claim).order_by(Claim.id).execution_options(populate_existing=True)).all()
    assert [one.case_number for one in found] == ["BATCH-7", "NV-2", "BATCH-7"]
    kept = session.scalars(select(Evidence).where(Evidence.kind == "receipt")).all()
    assert {one.id for one in kept} == {one.receipt_id for one in found}
    assert len({one.sha256 for one in kept}) == 1


def test_a_claim_that_cannot_be_filed_leaves_no_receipt_and_the_others_stand(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    good, draft = ready(session, mei, case, card), drafted(session, mei, case, card)
    report = bulk.submit_many(
        session, [draft.id, good.id], actor=mei, via="portal", number="N-1", receipt=RECEIPT, now=NOW
    )
    assert outcomes(report) == [Outcome.REFUSED, Outcome.DONE]
    assert "is not possible while the claim is draft" in report.rows[0].said
    assert session.scalars(select(Evidence.incident_id).where(Evidence.kind == "receipt")).all() == [good.incident_id]


def test_without_a_case_number_every_row_says_what_is_missing(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    claim = ready(session, mei, case, card)
    report = bulk.submit_many(session, [claim.id], actor=mei, via="portal", now=NOW)
    assert report.rows[0].outcome is Outcome.REFUSED
    assert "case number" in report.rows[0].said


def test_a_batch_sent_twice_is_one(session: Session, mei: Actor, case: Case, card: RuleCard) -> None:
    made = [ready(session, mei, case, card).id for _number in range(2)]

    def write() -> Any:
        return bulk.submit_many(session, made, actor=mei, via="portal", number="N-1", now=NOW).plain()

    first, written = once(session, "batch", write, actor=mei, now=NOW)
    again, written_again = once(session, "batch", write, actor=mei, now=NOW)
    assert (written, written_again) == (True, False)
    assert Report.read(first) == Report.read(again)
    assert outcomes(Report.read(again)) == [Outcome.DONE] * 2
    filed = select(func.count()).select_from(ClaimStep).where(ClaimStep.action == ClaimAction.SUBMIT.value)
    assert session.scalar(filed) == 2


def test_claims_of_several_payers_are_not_filed_or_followed_up_together(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    one = ready(session, mei, case, card)
    insurer = make_rule_card(session, payer_kind=PayerKind.INSURER, payer_name="Ping An", documents=[])
    other = claims.draft_claim(session, case().id, actor=mei, rule_card_id=insurer.id, now=NOW)
    with pytest.raises(Invalid, match=r"one payer\. These are of Ninja Van, Ping An"):
        bulk.submit_many(session, [one.id, other.id], actor=mei, via="portal", number="N-1", now=NOW)
    with pytest.raises(Invalid, match="one payer"):
        bulk.follow_up_many(session, [one.id, other.id], actor=mei, channel=Channel.EMAIL, text="?", now=NOW)


def test_filed_claims_are_followed_up_together_and_the_next_question_is_due(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    made = [ready(session, mei, case, card) for _number in range(2)]
    bulk.submit_many(session, [one.id for one in made], actor=mei, via="portal", number="N-1", now=NOW)
    waiting = drafted(session, mei, case, card)
    later = NOW + timedelta(days=12)
    report = bulk.follow_up_many(
        session,
        [*(one.id for one in made), waiting.id],
        actor=mei,
        channel=Channel.EMAIL,
        text="Any news?",
        next_on=(later + timedelta(days=3)).date(),
        now=later,
    )
    assert outcomes(report) == [Outcome.DONE, Outcome.DONE, Outcome.REFUSED]
    from core.cases.clocks import running

    clocks = running(session, made[0].incident_id, kinds=(ClockKind.ANSWER,))
    assert [one.due_at > later for one in clocks if one.due_at] == [True]


def test_what_would_be_refused_is_told_beforehand_and_nothing_is_done(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    lacking, fine = drafted(session, mei, case, card, proven=False), ready(session, mei, case, card)
    ahead = bulk.look_ahead(session, [lacking.id, fine.id], ClaimAction.MARK_READY, actor=mei, now=NOW)
    assert [one.claim_id for one in ahead] == [lacking.id, fine.id]
    assert ahead[0].reason is not None
    assert "still missing" in ahead[0].reason
    assert ahead[1].reason is None
    ahead = bulk.look_ahead(session, [lacking.id, fine.id], ClaimAction.SUBMIT, actor=mei, now=NOW)
    assert ahead[0].reason is not None
    assert "not possible while the claim is draft" in ahead[0].reason
    assert ahead[1].reason is None
    assert session.get_one(Claim, lacking.id).state is ClaimState.DRAFT


def test_each_batch_asks_for_the_right_of_the_single_verb(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    claim = ready(session, mei, case, card)
    viewer = acting(session, Role.VIEWER, "eva")
    with pytest.raises(NotAllowed, match="prepare claims"):
        bulk.prepare_many(session, [claim.id], actor=viewer, now=NOW)
    with pytest.raises(NotAllowed, match="submit claims"):
        bulk.submit_many(session, [claim.id], actor=viewer, via="portal", number="N-1", now=NOW)
    with pytest.raises(NotAllowed):
        bulk.follow_up_many(session, [claim.id], actor=viewer, channel=Channel.EMAIL, text="?", now=NOW)


def test_somebody_who_may_prepare_but_not_build_packs_gets_as_far_as_the_rights_go(
    session: Session, mei: Actor, case: Case, card: RuleCard
) -> None:
    claim = drafted(session, mei, case, card)
    rights = ROLE_PERMISSIONS[Role.AGENT] - {Permission.PACK_BUILD}
    packer = Actor(mei.person_id, mei.username, mei.name, Role.AGENT, rights)
    report = bulk.prepare_many(session, [claim.id], actor=packer, now=NOW)
    assert outcomes(report) == [Outcome.PART]
    assert report.rows[0].said.startswith("Ready to file. You may not build claim packs.")


def test_too_many_at_once_and_claims_that_are_none_are_refused_as_a_whole(session: Session, mei: Actor) -> None:
    with pytest.raises(TooLarge, match="At most 200"):
        bulk.prepare_many(session, list(range(201)), actor=mei, now=NOW)
    with pytest.raises(NotFound):
        bulk.prepare_many(session, [987654], actor=mei, now=NOW)


def test_a_bug_is_no_refusal_it_is_raised(
    session: Session, mei: Actor, case: Case, card: RuleCard, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = drafted(session, mei, case, card)

    def broken(*_args: Any, **_more: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(claims, "mark_ready", broken)
    with pytest.raises(ZeroDivisionError):
        bulk.prepare_many(session, [claim.id], actor=mei, now=NOW)
