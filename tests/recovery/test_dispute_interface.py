"""What the platform's interface says, as JSON: read whole however it writes success and moments, imported, dropped at a request."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Clock, Dispute, DisputeModule, DisputeVersion, ImportRow, Shop
from core.models.clock import ClockKind, ClockState
from core.models.dispute import (
    CompensationStatus,
    DisputeState,
    DisputeStatus,
    DueBasis,
    Negotiation,
    ProofStatus,
    RequestKind,
    ReturnReason,
    Solution,
    Validation,
)
from core.models.incident import IncidentType
from core.parcels.importers.platform_json import looks_like_returns, read_answers, sort_out
from core.parcels.importers.values import Unreadable
from core.recovery import bringing, disputes
from core.recovery.disputes.interface import amount, detail_of, modules_of, solutions_of, when
from core.recovery.disputes.statements import from_json, to_json
from tests.factories import NOW, make_shipment
from tests.recovery.test_disputes import take

REFERENCE = Path(__file__).parents[3] / "shared/reference/shopee_api"
SAMPLES = sorted(REFERENCE.glob("*.json")) if REFERENCE.is_dir() else []


def seconds(days: float) -> int:
    return int((NOW + timedelta(days=days)).timestamp())


def moment(days: float) -> datetime:
    return datetime.fromtimestamp(seconds(days), UTC)


def detail(**more: Any) -> dict[str, Any]:
    return {
        "return_sn": "2611220AAAA001",
        "order_sn": "261113TEST00001",
        "status": "REQUESTED",
        "reason": "NOT_RECEIPT",
        "text_reason": "where is it",
        "refund_amount": 13.97,
        "currency": "SGD",
        "create_time": seconds(-1),
        "update_time": seconds(-0.5),
        "due_date": seconds(1),
        "user": {"username": "buyer_one", "email": "b@example.com"},
        "image": ["https://cf.example.com/file/1"],
        "buyer_videos": [
            {"video_url": "https://cf.example.com/1.mp4", "thumbnail_url": "https://cf.example.com/1.jpg"}
        ],
        "item": [{"name": "Lamp", "item_sku": "L", "variation_sku": "L-RED", "amount": 1, "item_price": 13.97}],
        "return_pickup_address": {"name": "Buyer One", "phone": "6512345678", "address": "Block 106"},
        "return_solution": 0,
        "return_refund_request_type": 1,
        "validation_type": "seller_validation",
        "return_seller_due_date": str(seconds(3)),
        "seller_proof": {"seller_proof_status": "PENDING", "seller_evidence_deadline": seconds(2)},
        "seller_compensation": {
            "seller_compensation_status": "COMPENSATION_PENDING_REQUEST",
            "seller_compensation_due_date": seconds(4),
            "compensation_amount": "10",
        },
        "negotiation": {
            "negotiation_status": "PENDING_RESPOND",
            "latest_solution": "REFUND",
            "latest_offer_amount": 12.34,
            "counter_limit": 2,
            "offer_due_date": seconds(0.5),
        },
        **more,
    }


def answer(response: Any, error: str = "-") -> bytes:
    return json.dumps({"request_id": "r", "error": error, "message": "-", "response": response}).encode()


REASONS = {
    "dispute_reason_list": [
        {
            "dispute_reason": 50,
            "dispute_requirement": "Please send:",
            "evidence_module_list": [
                {"is_required": True, "module_index": 1, "requirement": "Unboxing with the label"},
                {"is_required": False, "module_index": 2, "requirement": "All returned items"},
            ],
            "sample_evidence": [{"type": 1, "url": "https://cf.example.com/s.jpg", "thumbnail": ""}],
        },
        {"dispute_reason": "46", "dispute_requirement": "Did not receive the return", "evidence_module_list": []},
    ]
}


# --- the samples ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not SAMPLES, reason="no reference files here")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_every_sample_of_the_platform_is_read(path: Path) -> None:
    data = path.read_bytes()
    (one,) = read_answers(data)
    failed = ".error." in path.name
    assert bool(one.error) is failed, one
    said = sort_out([one])
    assert bool(said.refusals) is failed
    for raw in said.returns:
        found = detail_of(raw)
        assert from_json(to_json(found.facts)) == found.facts
    if "get_return_detail.resp" in path.name or "get_return_list.resp" in path.name:
        assert len(said.returns) == 1
        assert looks_like_returns(data)


@pytest.mark.skipif(not SAMPLES, reason="no reference files here")
def test_the_samples_detail_says_everything_it_holds() -> None:
    data = (REFERENCE / "v2.returns.get_return_detail.response.json").read_bytes()
    found = detail_of(sort_out(read_answers(data)).returns[0])
    facts = found.facts
    assert (found.return_number, found.currency, found.as_of) == (
        "2206140TA5PM808",
        "SGD",
        datetime(2022, 6, 14, 15, 12, 24, tzinfo=UTC),
    )
    assert (facts["status"], facts["reason"], facts["amount"]) == (
        DisputeStatus.ACCEPTED,
        ReturnReason.NOT_RECEIVED,
        Decimal("13.97"),
    )
    assert (facts["kind"], facts["validation"], facts["solution"]) == (
        RequestKind.NORMAL,
        Validation.SELLER,
        Solution.RETURN_REFUND,
    )
    dues = ("response_due_at", "return_due_at", "evidence_due_at", "compensation_due_at", "offer_due_at")
    assert all(facts[name].year == 2022 for name in dues)
    assert (facts["proof_status"], facts["compensation_status"], facts["negotiation"]) == (
        ProofStatus.PENDING,
        CompensationStatus.PENDING_REQUEST,
        Negotiation.PENDING_RESPOND,
    )
    assert (facts["offered"], facts["counter_limit"], facts["our_reason"]) == (Decimal("12.34"), 0, "2: reason")
    assert len(facts["pictures"]) == 2


@pytest.mark.skipif(not SAMPLES, reason="no reference files here")
def test_the_samples_reasons_and_solutions_are_read() -> None:
    def response(name: str) -> Any:
        return read_answers((REFERENCE / f"v2.returns.{name}.response.json").read_bytes())[0].response

    modules = modules_of(response("get_return_dispute_reason"))
    assert [(one.reason, one.number) for one in modules][:4] == [(50, 1), (50, 2), (50, 3), (50, 4)]
    assert {one.reason for one in modules} == {50, 49, 48, 47}
    assert all(one.required and one.requirement for one in modules)
    assert solutions_of(response("get_available_solutions")) == {
        "return_refund": {"least": "5", "most": "15", "adjustable": True},
        "refund_only": {"least": "5", "most": "10", "adjustable": True},
    }


# --- how it is written ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("error", ["", "-", " ", "success", None])
def test_an_error_that_says_nothing_is_success(error: str | None) -> None:
    data = json.dumps({"error": error, "message": error, "request_id": "r", "response": detail()}).encode()
    (one,) = read_answers(data)
    assert (one.error, one.message) == ("", "")
    assert len(sort_out([one]).returns) == 1


@pytest.mark.parametrize(
    "written", [1655377883, "1655377883", 1655377883.0, 1655377883000, "2022-06-16T11:11:23+00:00"]
)
def test_moments_are_numbers_or_text(written: Any) -> None:
    assert when(written) == datetime(2022, 6, 16, 11, 11, 23, tzinfo=UTC)


@pytest.mark.parametrize("written", [0, "0", "", "-", None, {}, []])
def test_an_empty_moment_says_nothing(written: Any) -> None:
    assert when(written) is None


@pytest.mark.parametrize("written", ["soon", 10**30, -5, "1e400", "nan"])
def test_what_is_no_moment_is_refused_with_its_words(written: Any) -> None:
    with pytest.raises(Unreadable):
        when(written)


@pytest.mark.parametrize(
    ("written", "read"), [(12.34, "12.34"), ("12.34", "12.34"), (-5, "5"), ("1,200.50", "1200.5"), (0, "0")]
)
def test_amounts_are_numbers_or_text(written: Any, read: str) -> None:
    assert amount(written) == Decimal(read)


@pytest.mark.parametrize("written", ["much", "NaN", "Infinity", 1e30])
def test_what_is_no_amount_is_refused(written: Any) -> None:
    with pytest.raises(Unreadable):
        amount(written)


anything = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(detail())), anything), anything)
def test_whatever_stands_in_a_field_is_read_or_refused(odd: dict[str, Any], other: Any) -> None:
    raw = {**detail(), **odd}
    with suppress(Unreadable):
        found = detail_of(raw)
        assert from_json(to_json(found.facts)) == found.facts
    with suppress(Unreadable):
        modules_of({"dispute_reason_list": other})
    with suppress(Unreadable):
        solutions_of({"offer_refund": other})


# --- imported ------------------------------------------------------------------------------------------------------------


def bring(session: Session, mei: Actor, shop: Shop, data: bytes, **more: Any) -> Any:
    return bringing.bring_in(session, data, actor=mei, shop=shop.name, file_name="return_detail.json", now=NOW, **more)


def test_a_detail_is_imported_like_any_file_with_each_moment_and_without_who_the_buyer_is(
    session: Session, shop: Shop, mei: Actor
) -> None:
    shipment = make_shipment(session, shop, order_number="261113TEST00001")
    result = bring(session, mei, shop, answer(detail()))
    assert (result.report, result.container, result.new, result.offers) == ("Return details", "JSON", 1, 1)
    made = session.scalars(select(Dispute)).one()
    assert (made.shipment_id, made.state, made.status) == (shipment.id, DisputeState.OFFERED, DisputeStatus.REQUESTED)
    assert made.response_basis is DueBasis.GIVEN
    assert (
        made.response_due_at,
        made.return_due_at,
        made.evidence_due_at,
        made.compensation_due_at,
        made.offer_due_at,
    ) == (
        moment(1),
        moment(3),
        moment(2),
        moment(4),
        moment(0.5),
    )
    assert (made.kind, made.counter_limit, made.offered_solution) == (RequestKind.IN_TRANSIT, 2, Solution.REFUND_ONLY)
    said = session.scalars(select(DisputeVersion)).one()
    assert said.as_of == moment(-0.5)
    kept = json.dumps([list(row) for row in session.execute(select(ImportRow.__table__))], default=str)
    for private in ("buyer_one", "Buyer One", "6512345678", "Block 106", "where is it"):
        assert private not in kept + json.dumps(said.facts.get("items"))


def test_the_same_answer_again_changes_nothing_and_an_older_one_stays_history(
    session: Session, shop: Shop, mei: Actor
) -> None:
    bring(session, mei, shop, answer(detail()))
    assert bring(session, mei, shop, answer(detail())).updated == 0
    assert session.scalar(select(DisputeVersion.id).offset(1).limit(1)) is None
    newer = detail(status="JUDGING", negotiation={}, update_time=seconds(-0.2))
    assert bring(session, mei, shop, answer(newer)).updated == 1
    bring(session, mei, shop, answer(detail(refund_amount=5, update_time=seconds(-0.9))))
    made = session.scalars(select(Dispute)).one()
    assert (made.status, made.amount) == (DisputeStatus.JUDGING, Decimal("13.97"))
    assert len(session.scalars(select(DisputeVersion)).all()) == 3


def test_a_list_of_returns_and_answers_one_to_a_line_are_one_file(session: Session, shop: Shop, mei: Actor) -> None:
    several = answer({"more": False, "return": [detail(), detail(return_sn="R2")]})
    lines = b"\n".join(
        [several, answer(detail(return_sn="R3")), b'{"request_id":"r","error":"error_auth","message":"No"}']
    )
    result = bring(session, mei, shop, lines)
    assert (result.new, result.more["returns"]) == (3, 3)
    assert any("error_auth: No" in str(values) for _sentence, values in result.notices)


def test_returns_of_another_currency_are_of_another_shop(session: Session, shop: Shop, mei: Actor) -> None:
    result = bring(session, mei, shop, answer({"return": [detail(), detail(return_sn="R2", currency="THB")]}))
    assert (result.new, result.refused) == (1, 1)
    assert "THB" in str(result.refused_rows)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (answer({}, "error_auth"), "answered with an error: error_auth"),
        (answer(REASONS), "There is no return in this JSON"),
        (b'{"return_sn": "R1", ', "not whole"),
        (answer({"return_sn": "R1", "msg": "dispute return success"}), "There is no return in this JSON"),
    ],
)
def test_json_without_returns_is_refused_with_a_sentence(
    session: Session, shop: Shop, mei: Actor, data: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        bring(session, mei, shop, data)


def test_an_imported_answer_can_be_taken_out_again(session: Session, shop: Shop, mei: Actor) -> None:
    result = bring(session, mei, shop, answer(detail()))
    bringing.take_out(session, result.run_id, actor=mei, now=NOW)
    assert session.scalars(select(Dispute)).all() == []


# --- dropped at a request ------------------------------------------------------------------------------------------------


@pytest.fixture
def dispute(session: Session, shop: Shop, mei: Actor) -> Dispute:
    shipment = make_shipment(session, shop, order_number="261113TEST00001", value=Decimal(50))
    bring(session, mei, shop, answer(detail(negotiation={}, seller_proof={})))
    take(session, shipment, mei, IncidentType.LOST)
    session.expire_all()
    return session.scalars(select(Dispute)).one()


def drop(session: Session, dispute: Dispute, mei: Actor, data: bytes | str) -> disputes.Dropped:
    return disputes.drop_json(session, dispute.id, data, actor=mei, now=NOW)


def test_a_dropped_detail_is_a_statement_and_its_moments_are_clocks(
    session: Session, dispute: Dispute, mei: Actor
) -> None:
    found = drop(session, dispute, mei, answer(detail(update_time=str(seconds(-0.1)))).decode())
    assert (found.statements, found.modules, found.solutions) == (1, 0, False)
    assert dispute.state is DisputeState.OFFERED
    running = session.scalars(
        select(Clock.kind).where(Clock.dispute_id == dispute.id, Clock.state == ClockState.RUNNING)
    ).all()
    assert set(running) == {
        ClockKind.DISPUTE_RESPONSE,
        ClockKind.DISPUTE_RETURN,
        ClockKind.DISPUTE_EVIDENCE,
        ClockKind.DISPUTE_COMPENSATION,
        ClockKind.DISPUTE_OFFER,
    }


def test_dropped_reasons_are_its_evidence_modules_and_newer_ones_retire_them(
    session: Session, dispute: Dispute, mei: Actor
) -> None:
    assert drop(session, dispute, mei, answer(REASONS)).modules == 3
    query = select(DisputeModule).where(DisputeModule.retired_at.is_(None)).order_by(DisputeModule.id)
    held = session.scalars(query).all()
    assert [(one.reason, one.number, one.required, one.requirement) for one in held] == [
        (50, 1, True, "Unboxing with the label"),
        (50, 2, False, "All returned items"),
        (46, 0, False, ""),
    ]
    assert held[0].samples == ["https://cf.example.com/s.jpg"]
    drop(session, dispute, mei, answer({"dispute_reason_list": REASONS["dispute_reason_list"][:1]}))
    assert [(one.reason, one.number) for one in session.scalars(query)] == [(50, 1), (50, 2)]
    assert len(session.scalars(select(DisputeModule)).all()) == 5


def test_dropped_solutions_bound_what_we_offer(session: Session, dispute: Dispute, mei: Actor) -> None:
    solutions = {
        "return_sn": dispute.return_number,
        "offer_refund": {"eligibility": True, "refund_amount_adjustable": True, "max_refund_amount": 10, "min_refund_amount": 5},
        "offer_return_refund": {"eligibility": False},
    }  # fmt: skip
    assert drop(session, dispute, mei, answer(solutions)).solutions
    assert dispute.solutions == {"refund_only": {"least": "5", "most": "10", "adjustable": True}}
    for amount_text, sentence in (("11", "at most"), ("4", "at least")):
        with pytest.raises(Invalid, match=sentence):
            disputes.move_dispute(
                session,
                dispute.id,
                disputes.DisputeAction.COUNTER,
                actor=mei,
                amount=Money(Decimal(amount_text), "SGD"),
                now=NOW,
            )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (answer(detail(return_sn="OTHER")), "about return OTHER, not 2611220AAAA001"),
        (answer(detail(currency="THB")), "in THB"),
        (answer({}, "error_data"), "answered with an error"),
        (answer({}), "nothing about a return"),
        (b"[1, 2]", "no answer of the platform"),
        (b"not json", "not whole"),
    ],
)
def test_what_is_not_about_it_is_refused(
    session: Session, dispute: Dispute, mei: Actor, data: bytes, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        drop(session, dispute, mei, data)


def test_an_acknowledgement_says_only_that_something_was_taken(session: Session, dispute: Dispute, mei: Actor) -> None:
    found = drop(session, dispute, mei, answer({"return_sn": dispute.return_number, "msg": "dispute return success"}))
    assert (found.statements, found.modules, found.solutions) == (0, 0, False)
