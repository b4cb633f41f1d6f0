"""An answer from its first draft to what was kept as sent: chosen, edited, argued about, converted, moved."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.cases import evidence
from core.desk.history import sentence
from core.foundation import config, language
from core.foundation.errors import Conflict, GuardFailed, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import AnswerDraft, AnswerFile, AuditEvent, DisputeModule, DisputeStep, Tag
from core.models.answer import Plea
from core.models.dispute import DisputeState, ReturnReason, Solution
from core.recovery import answers, disputes
from core.recovery.answers import Fault, Place
from core.recovery.answers.plan import kinds_for, plan, wordings
from core.recovery.answers.rules import shipped
from core.recovery.disputes import DisputeAction, Sent
from core.recovery.receivers import receiver
from tests.factories import NOW
from tests.people import OUT, acting
from tests.recovery.answers.answering import AnswerCase, make_answer_case


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path):
        yield tmp_path


def prepare(session: Session, case: AnswerCase, **more: Any) -> AnswerDraft:
    return answers.prepare_answer(session, case.dispute.id, actor=case.actor, **{"now": NOW, **more})


def desk(session: Session, case: AnswerCase) -> answers.AnswerDesk:
    return answers.answer_desk(session, case.dispute.id, actor=case.actor, now=NOW)


def edit(session: Session, case: AnswerCase, added: str) -> AnswerDraft:
    draft = session.get_one(AnswerDraft, case.dispute.id)
    seen = {"text": draft.text, "reading": draft.reading}
    typed = {**seen, "text": f"{draft.text}\n{added}"}
    return answers.edit_answer(session, case.dispute.id, actor=case.actor, seen=seen, typed=typed, now=NOW)


def ask_for_proof(session: Session, case: AnswerCase, *requirements: str, required: bool = True) -> None:
    """The platform's own list for the case, under its reason 49."""
    for number, one in enumerate(requirements, start=1):
        session.add(
            DisputeModule(
                dispute_id=case.dispute.id,
                reason=49,
                reason_text="",
                number=number,
                requirement=one,
                required=required,
                samples=[],
                told_at=NOW,
            )
        )
    session.flush()


# --- drafting -----------------------------------------------------------------------------------------------------------


@pytest.mark.alone
def test_an_answer_is_drafted_from_a_complete_case_in_under_two_seconds(session: Session) -> None:
    case = make_answer_case(session, "BR")
    started = time.perf_counter()
    draft = prepare(session, case)
    took = time.perf_counter() - started
    assert took < 2, took
    assert (draft.language, draft.reading_language, draft.plea) == ("pt-BR", "en", Plea.REJECT)
    assert draft.text.startswith("Resposta da loja\n") and draft.reading.startswith("Answer of the shop\n")
    assert case.dispute.state is DisputeState.PREPARING


def test_the_parts_stand_in_their_order_and_name_no_buyer(session: Session) -> None:
    case = make_answer_case(session)
    said = prepare(session, case).text
    labels = wordings()["en"].labels
    places = [said.index(f"\n{labels[name]}\n") for name in ("claim", "facts", "duties", "rule", "plea")]
    assert places == sorted(places)
    assert "wei_ling_1988" not in said
    days = [said.index(one) for one in ("11 November", "13 November", "14 November", "19 November")]
    assert days == sorted(days)


def test_the_chinese_draft_says_the_same_with_the_same_exhibits(session: Session) -> None:
    case = make_answer_case(session, "TH")
    with language.using("zh-CN"):
        draft = prepare(session, case)
    assert draft.language == "th" and draft.reading_language == "zh-CN"
    for number in (1, 2, 3):
        assert f"(หลักฐานที่ {number})" in draft.text and f"（证据 {number}）" in draft.reading


def test_a_draft_there_is_already_stays_and_a_choice_writes_it_anew(session: Session) -> None:
    case = make_answer_case(session)
    prepare(session, case)
    edit(session, case, "The carrier's page shows the same.")
    assert prepare(session, case).text.endswith("shows the same.")
    choice = replace(desk(session, case).choice, plea=Plea.PARTIAL, amount=Money(Decimal(10), "SGD"), rules=())
    kept = prepare(session, case, choice=choice, keep_text=True)
    assert kept.text.endswith("shows the same.") and kept.plea is Plea.PARTIAL
    anew = prepare(session, case, choice=choice)
    assert "no more than S$10.00" in anew.text and wordings()["en"].labels["rule"] not in anew.text


def test_an_amount_that_is_missing_stays_a_gap_and_stops_the_answer(session: Session) -> None:
    case = make_answer_case(session)
    choice = replace(desk(session, case).choice, plea=Plea.PARTIAL, amount=None)
    prepare(session, case, choice=choice)
    with pytest.raises(GuardFailed):
        answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)


def test_choices_that_cannot_be_are_refused_by_their_field(session: Session) -> None:
    case = make_answer_case(session)
    base = desk(session, case).choice
    wrong: dict[str, Any] = {
        "language": replace(base, language="th"),
        "rules": replace(base, rules=("no-such-rule",)),
        "reason": replace(base, reason=50),
        "exhibits": replace(base, places=(Place("delivery", (999_999,)),)),
        "amount": replace(base, plea=Plea.PARTIAL, amount=Money(Decimal(1), "USD")),
    }
    for field, choice in wrong.items():
        with pytest.raises(Invalid) as refused:
            prepare(session, case, choice=choice)
        assert refused.value.field == field


def test_what_is_asked_follows_from_where_the_request_stands(session: Session) -> None:
    delivered = make_answer_case(session)
    gone = make_answer_case(session, delivered=False)
    damaged = make_answer_case(session, reason=ReturnReason.DAMAGED, solution=Solution.RETURN_REFUND)
    assert [desk(session, one).choice.plea for one in (delivered, gone, damaged)] == [
        Plea.REJECT,
        Plea.COMPENSATE,
        Plea.RETURN_FIRST,
    ]


def test_several_are_prepared_at_once_and_one_that_cannot_be_stops_no_other(session: Session) -> None:
    first, second = make_answer_case(session), make_answer_case(session)
    second.dispute.incident_id = None
    session.flush()
    third = make_answer_case(session)
    made = answers.prepare_many(session, [one.dispute.id for one in (first, second, third)], actor=first.actor, now=NOW)
    assert made.made == (first.dispute.return_number, third.dispute.return_number)
    assert [number for number, _said in made.refused] == [second.dispute.return_number]
    with pytest.raises(Invalid):
        answers.prepare_many(session, range(200), actor=first.actor, now=NOW)


def test_two_who_edit_the_same_text_settle_it(session: Session) -> None:
    case = make_answer_case(session)
    draft = prepare(session, case)
    seen = {"text": draft.text, "reading": draft.reading}
    edit(session, case, "One.")
    with pytest.raises(Conflict):
        answers.edit_answer(
            session, case.dispute.id, actor=case.actor, seen=seen, typed={**seen, "text": "Two."}, now=NOW
        )
    other = {**seen, "reading": "Only read."}
    assert (
        answers.edit_answer(session, case.dispute.id, actor=case.actor, seen=seen, typed=other, now=NOW).reading
        == "Only read."
    )


# --- the list of proof ----------------------------------------------------------------------------------------------------


def test_the_platforms_own_list_is_filled_and_what_is_missing_stops_the_answer(session: Session) -> None:
    case = make_answer_case(session, kinds=("packing_video", "item_photo"))
    ask_for_proof(
        session,
        case,
        "Photo of unboxing the returned parcel with the AWB",
        "Photo(s) of all returned item(s)",
        "Packing",
    )
    seen = desk(session, case)
    assert [one.given for one in seen.modules] == [True] * 3 and seen.choice.reason == 49
    assert [len(one.evidence) for one in seen.choice.places] == [0, 1, 1]
    prepare(session, case)
    with pytest.raises(GuardFailed) as refused:
        answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)
    assert "unboxing" in str(refused.value)
    case.add(session, "unboxing_video")
    choice = replace(
        desk(session, case).choice,
        places=tuple(Place(code, evidence_ids) for code, evidence_ids in desk(session, case).fillings[49].items()),
    )
    prepare(session, case, choice=choice)
    assert answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW).reason == 49


def test_the_usual_list_is_advice_only(session: Session) -> None:
    case = make_answer_case(session, kinds=())
    prepare(session, case)
    assert {one.code for one in desk(session, case).missing} == {"delivery", "parcel"}
    answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)


def test_requirements_of_the_platform_say_which_evidence_fits() -> None:
    assert "unboxing_video" in kinds_for("รูปภาพและวิดีโอเปิดกล่องสินค้าที่ได้รับคืนทั้งหมด/ Photo(s) or Video of unboxing")
    assert "packing_video" in kinds_for("Photo(s) or Video while packing the parcel with the consignment note")
    assert kinds_for("Anything else") == ()


def test_pictures_keep_the_platforms_limits_and_carry_their_numbers(session: Session) -> None:
    case = make_answer_case(session, kinds=())
    ids: list[int] = []
    for n, colour in enumerate(("red", "blue", "green", "pink", "gray")):
        out = io.BytesIO()
        Image.new("RGB", (900 + n, 800), colour).save(out, "PNG")
        ids.append(case.add(session, "packing_video", f"p{n}.png", data=out.getvalue()))
    paper = case.add(session, "proof_of_value", "list.csv", data=b"item,price\nlamp,318\n")
    places = (Place("parcel", tuple(ids)), Place("delivery", (paper,)))
    prepare(session, case, choice=replace(desk(session, case).choice, places=places))
    made = answers.bundle_of(session, case.dispute.id, actor=case.actor, now=NOW)
    limits = receiver("shopee_dispute")
    by_place: dict[str, list[Any]] = {}
    for one in made.pictures:
        by_place.setdefault(one.module, []).append(one)
        assert one.media_type in ("image/jpeg", "image/png") and len(one.data) <= limits.file_max
        Image.open(io.BytesIO(one.data)).verify()
    assert all(len(some) <= 3 for some in by_place.values())
    assert sorted(number for one in by_place["parcel"] for number in one.holds) == [1, 2, 3, 4, 5]
    assert [one.holds for one in by_place["delivery"]] == [(6,)]
    with zipfile.ZipFile(io.BytesIO(made.zipped(NOW))) as archive:
        assert archive.testzip() is None and len(archive.namelist()) == len(made.pictures) + 1


# --- the paper ------------------------------------------------------------------------------------------------------------


def words_of(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "".join(document[at].get_textpage().get_text_bounded() for at in range(len(document)))


@pytest.mark.parametrize(
    ("market", "label"), [("SG", "Exhibit 1"), ("TW", "證據 1"), ("VN", "Bằng chứng 1"), ("BR", "Prova 1")]
)
def test_the_paper_shows_the_text_and_every_exhibit_under_its_number(session: Session, market: str, label: str) -> None:
    case = make_answer_case(session, market)
    prepare(session, case)
    made = answers.bundle_of(session, case.dispute.id, actor=case.actor, now=NOW)
    said = words_of(made.paper)
    assert label in said and label.replace("1", "3") in said
    assert case.dispute.return_number in said
    rule = shipped()["proof-list"]
    assert rule.source not in said


# --- sending ----------------------------------------------------------------------------------------------------------------


def test_what_went_is_kept_to_the_letter_and_the_dispute_is_answered(session: Session) -> None:
    case = make_answer_case(session)
    receipt = case.add(session, "receipt", "sent.jpg")
    draft = prepare(session, case)
    kept = draft.text
    made = answers.mark_answered(
        session, case.dispute.id, actor=case.actor, receipt_id=receipt, reference="SC-77", now=NOW
    )
    assert (made.text, made.number, made.receipt_id) == (kept, 1, receipt)
    assert [one["number"] for one in made.exhibits] == [1, 2, 3]
    assert all(one["source"] and one["text"] for one in made.rules)
    assert case.dispute.state is DisputeState.ANSWERED
    step = session.scalars(select(DisputeStep).where(DisputeStep.action == "answer")).one()
    assert (step.sent, step.language, step.receipt_id, step.reference) == (kept, "en", receipt, "SC-77")
    assert session.get(AnswerDraft, case.dispute.id) is None
    files = session.scalars(select(AnswerFile).where(AnswerFile.answer_id == made.id)).all()
    assert len(files) == 3
    again = answers.sent_bundle(session, made.id, actor=case.actor)
    assert words_of(again.paper) and len(again.pictures) == 3
    assert desk(session, case).sent[0].text == kept


def test_what_went_cannot_be_changed(session: Session) -> None:
    case = make_answer_case(session)
    prepare(session, case)
    made = answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)
    with pytest.raises(DBAPIError), session.begin_nested():
        session.execute(text("UPDATE dispute_answer SET text = 'other' WHERE id = :id"), {"id": made.id})


def test_more_can_be_sent_after_an_answer(session: Session) -> None:
    case = make_answer_case(session)
    for number in (1, 2):
        prepare(session, case)
        assert answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW).number == number
    assert case.dispute.state is DisputeState.ANSWERED
    actions = session.scalars(select(DisputeStep.action).order_by(DisputeStep.id)).all()
    assert list(actions)[-2:] == ["answer", "send_more"]


def test_after_a_lost_dispute_compensation_is_asked_for(session: Session) -> None:
    case = make_answer_case(session)
    now = NOW + timedelta(hours=1)
    prepare(session, case)
    answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)
    disputes.move_dispute(session, case.dispute.id, DisputeAction.LOSE, actor=case.actor, now=now)
    assert prepare(session, case, now=now).plea is Plea.COMPENSATE
    answers.mark_answered(session, case.dispute.id, actor=case.actor, now=now)
    assert case.dispute.state is DisputeState.COMPENSATION_REQUESTED


def test_a_finding_about_words_may_stand_with_a_reason_and_one_about_figures_may_not(session: Session) -> None:
    case = make_answer_case(session)
    prepare(session, case)
    edit(session, case, "It was our mistake. The goods are worth S$999.00.")
    written = desk(session, case).written
    assert written is not None
    word, figure = sorted(written.findings, key=lambda one: not one.arguable)
    with pytest.raises(WrongState):
        answers.set_aside(session, case.dispute.id, actor=case.actor, key=figure.key, why="it is so", now=NOW)
    with pytest.raises(Invalid):
        answers.set_aside(session, case.dispute.id, actor=case.actor, key=word.key, why=" ", now=NOW)
    answers.set_aside(session, case.dispute.id, actor=case.actor, key=word.key, why="the platform's own words", now=NOW)
    with pytest.raises(GuardFailed) as refused:
        answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)
    assert refused.value.missing == (figure.key,)
    draft = session.get_one(AnswerDraft, case.dispute.id)
    seen = {"text": draft.text, "reading": draft.reading}
    answers.edit_answer(
        session,
        case.dispute.id,
        actor=case.actor,
        seen=seen,
        typed={"text": draft.text.replace(" The goods are worth S$999.00.", "")},
        now=NOW,
    )
    made = answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)
    assert made.set_aside[0]["why"] == "the platform's own words"


def test_an_exhibit_that_was_withdrawn_meanwhile_stops_the_answer(session: Session) -> None:
    case = make_answer_case(session)
    prepare(session, case)
    gone = desk(session, case).exhibits[0].item.id
    evidence.withdraw_evidence(session, gone, actor=case.actor, reason="wrong parcel", now=NOW)
    with pytest.raises(GuardFailed, match="exhibit 1"):
        answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW)


def test_an_agent_may_promise_less_than_a_lead(session: Session) -> None:
    case = make_answer_case(session, role=Role.LEAD)
    base = desk(session, case)
    agent = acting(session, Role.AGENT, "anna")
    theirs = answers.answer_desk(session, case.dispute.id, actor=agent, now=NOW).left
    assert theirs.amount < base.left.amount
    over = Money(theirs.amount + 1, "SGD")
    prepare(session, case, choice=replace(base.choice, plea=Plea.PARTIAL, amount=over))
    with pytest.raises(GuardFailed):
        answers.mark_answered(session, case.dispute.id, actor=agent, now=NOW)
    assert answers.mark_answered(session, case.dispute.id, actor=case.actor, now=NOW).amount == over.amount


def test_the_receipt_has_to_be_of_the_case(session: Session) -> None:
    case, other = make_answer_case(session), make_answer_case(session)
    prepare(session, case)
    foreign = other.add(session, "receipt", "x.jpg")
    with pytest.raises(Invalid) as refused:
        answers.mark_answered(session, case.dispute.id, actor=case.actor, receipt_id=foreign, now=NOW)
    assert refused.value.field == "receipt_id"


def test_a_request_of_no_case_has_no_answer(session: Session) -> None:
    case = make_answer_case(session)
    case.dispute.incident_id = None
    session.flush()
    with pytest.raises(WrongState):
        prepare(session, case)
    with pytest.raises(NotFound):
        answers.answer_desk(session, 999_999, actor=case.actor, now=NOW)


def test_rights_are_asked(session: Session) -> None:
    case = make_answer_case(session)
    viewer = acting(session, Role.VIEWER, "vera")
    for nobody in (OUT, viewer):
        with pytest.raises(NotAllowed):
            answers.prepare_answer(session, case.dispute.id, actor=nobody, now=NOW)
    prepare(session, case)
    seen = answers.answer_desk(session, case.dispute.id, actor=viewer, now=NOW)
    assert seen.written is not None and seen.written.findings == () and seen.left.amount == 0


def test_the_trail_tells_it_without_repeating_the_words(session: Session) -> None:
    case = make_answer_case(session)
    prepare(session, case)
    edit(session, case, "Secret words.")
    answers.drop_answer(session, case.dispute.id, actor=case.actor, now=NOW + timedelta(minutes=1))
    rows = session.scalars(
        select(AuditEvent).where(AuditEvent.tag == Tag.DISPUTE_DRAFTED).order_by(AuditEvent.id)
    ).all()
    number = case.dispute.return_number
    told = [sentence(one.tag, "Mei", one.before, one.after, "UTC") for one in rows]
    assert told == [
        f"Mei wrote at the answer to the dispute: {number}: Decline the request, 3 exhibits",
        f"Mei wrote at the answer to the dispute: {number}: its text",
        f"Mei wrote at the answer to the dispute: {number}: thrown away",
    ]
    assert all("Secret" not in str((one.before, one.after)) for one in rows)


# --- data -------------------------------------------------------------------------------------------------------------------


def test_every_language_has_every_sentence_and_every_market_its_languages() -> None:
    every = wordings()
    assert set(every) == {"en", "zh-CN", "zh-TW", "ms", "th", "vi", "id", "tl", "pt-BR", "es"}
    parts = ("labels", "claim", "reasons", "solutions", "facts", "duties", "pleas", "guard")
    for one in every.values():
        for part in parts:
            assert set(getattr(one, part)) == set(getattr(every["en"], part)), (one.code, part)
        assert {row.value for row in ReturnReason} == set(one.reasons)
        assert {row.words for row in plan().facts} == set(one.facts)
    assert all(code in every for some in plan().markets.values() for code in some)


def test_every_rule_has_its_source_and_speaks_its_markets_languages() -> None:
    for rule in shipped().values():
        assert rule.source and {"en", "zh-CN"} <= set(rule.words)
        for market in rule.markets or set(plan().markets):
            assert set(plan().markets[market]) - {"en"} <= set(rule.words), (rule.code, market)


def test_what_went_without_recoup_is_kept_only_once_its_findings_are_read(session: Session) -> None:
    case = make_answer_case(session)
    wrong = "We refund SGD 9,999.00 in full. It is our fault. See exhibit 40."
    sent = Sent(wrong, "en")
    with pytest.raises(GuardFailed) as stopped:
        answers.went_outside(
            session, case.dispute.id, DisputeAction.ANSWER, actor=case.actor, sent=sent, note="by phone", now=NOW
        )
    found = answers.findings_outside(session, case.dispute.id, wrong, "en", actor=case.actor, now=NOW)
    assert {one.key for one in found} == set(stopped.value.missing)
    assert {Fault.AMOUNT, Fault.ADMISSION, Fault.EXHIBIT} <= {one.fault for one in found}
    moved = answers.went_outside(
        session,
        case.dispute.id,
        DisputeAction.ANSWER,
        actor=case.actor,
        sent=sent,
        read_findings=stopped.value.missing,
        note="by phone",
        now=NOW,
    )
    assert moved.state is DisputeState.ANSWERED
    step = session.scalars(select(DisputeStep).order_by(DisputeStep.id.desc())).first()
    assert step is not None and step.sent == wrong and step.language == "en"
    assert step.note.startswith("by phone\nSent outside Recoup") and "admits a fault" in step.note


def test_what_went_without_recoup_and_is_clean_needs_no_reading(session: Session) -> None:
    case = make_answer_case(session)
    text = f"Order {case.shipment.order_number}: the parcel was packed well, see exhibit 1."
    moved = answers.went_outside(
        session, case.dispute.id, DisputeAction.ANSWER, actor=case.actor, sent=Sent(text, "en"), now=NOW
    )
    assert moved.state is DisputeState.ANSWERED
    with pytest.raises(Invalid):
        answers.findings_outside(session, case.dispute.id, text, "xx", actor=case.actor, now=NOW)


def test_what_went_without_recoup_is_held_against_the_proof_the_platform_asked_for(session: Session) -> None:
    """As an answer that is written here."""
    case = make_answer_case(session)
    text = f"Order {case.shipment.order_number}: the parcel was packed well, see exhibit 1."

    def missing() -> list[str]:
        found = answers.findings_outside(session, case.dispute.id, text, "en", actor=case.actor, now=NOW)
        return [one.words for one in found if one.fault is Fault.MISSING]

    assert missing() == [], "the usual list is advice"
    ask_for_proof(session, case, "Photo(s) or video of packing the parcel.", "Photo of the serial number.")
    assert missing() == ["Photo of the serial number."]
    with pytest.raises(GuardFailed) as stopped:
        answers.went_outside(
            session, case.dispute.id, DisputeAction.ANSWER, actor=case.actor, sent=Sent(text, "en"), now=NOW
        )
    assert len(stopped.value.missing) == 1
    answers.prepare_answer(session, case.dispute.id, actor=case.actor, now=NOW)
    assert missing() == ["Photo of the serial number."], "an answer that was begun says which proof it has"
    moved = answers.went_outside(
        session, case.dispute.id, DisputeAction.ANSWER, actor=case.actor, sent=Sent(text, "en"),
        read_findings=stopped.value.missing, now=NOW,
    )  # fmt: skip
    assert moved.state is DisputeState.ANSWERED
    step = session.scalars(select(DisputeStep).order_by(DisputeStep.id.desc())).first()
    assert step is not None and "Proof is missing: Photo of the serial number." in step.note


def test_a_choice_made_over_an_older_answer_loses_nothing_of_somebody_else(session: Session) -> None:
    case = make_answer_case(session)
    first = prepare(session, case)
    choice, seen = desk(session, case).choice, first.version
    kept = edit(session, case, "Added by somebody else.").text
    for stale in (0, seen):
        with pytest.raises(Conflict):
            prepare(session, case, choice=choice, seen=stale)
    fresh = desk(session, case).written
    assert fresh is not None and fresh.text == kept
    assert "somebody else" not in prepare(session, case, choice=choice, seen=fresh.version).text
