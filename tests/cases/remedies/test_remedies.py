"""What buyers are offered: granted within authority, approved above it, given, taken back, and told in the trail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import incidents, remedies
from core.desk.history import sentence
from core.foundation.audit import check_chain
from core.foundation.errors import GuardFailed, Invalid, NotAllowed, WrongState
from core.foundation.language import using
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import AuditEvent, Incident, Remedy, Tag
from core.models.incident import Cause, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.remedy import RemedyAction, RemedyKind, RemedyState, Scope
from tests.factories import NOW, make_carrier, make_policy, make_rates, make_shipment, make_shop
from tests.giving import a_case, lend_authority, offer, sgd
from tests.people import acting

S = RemedyState


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


def scopes(remedy: Remedy) -> set[str]:
    return {one["scope"] for one in remedy.over}


def test_within_ones_own_authority_a_remedy_may_be_given_at_once(session: Session) -> None:
    made = offer(session, a_case(session), acting(session), "30")
    assert (made.state, made.needs, made.over) == (S.APPROVED, 0, [])


def test_above_it_somebody_else_has_to_approve(session: Session) -> None:
    agent, lead, case = acting(session), acting(session, Role.LEAD), a_case(session)
    made = offer(session, case, agent, "30.01")
    assert (made.state, made.needs, scopes(made)) == (S.PROPOSED, 1, {"case"})
    with pytest.raises(WrongState, match="lead or manager"):
        remedies.approve(session, made.id, actor=acting(session, Role.AGENT, "other"), now=NOW)
    assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.APPROVED


def test_nobody_approves_what_they_proposed(session: Session) -> None:
    lead = acting(session, Role.LEAD)
    made = offer(session, a_case(session), lead, "151")
    with pytest.raises(WrongState, match="somebody else"):
        remedies.approve(session, made.id, actor=lead, now=NOW)


def test_a_lead_does_not_approve_beyond_the_leads_own_limit(session: Session) -> None:
    made = offer(session, a_case(session), acting(session), "200")
    with pytest.raises(GuardFailed, match=r"SGD 200\.00 for this order, the limit is SGD 150\.00"):
        remedies.approve(session, made.id, actor=acting(session, Role.LEAD), now=NOW)
    assert remedies.approve(session, made.id, actor=acting(session, Role.MANAGER), now=NOW).state is S.APPROVED


def test_from_the_policys_amount_on_two_persons_stand_behind_it_one_with_the_authority(session: Session) -> None:
    case = a_case(session, value=Decimal(900))
    made = offer(session, case, acting(session), "500")
    assert made.needs == 2 and "two" in scopes(made)
    lead, second = acting(session, Role.LEAD), acting(session, Role.LEAD, "second")
    manager = acting(session, Role.MANAGER)
    assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.PROPOSED
    with pytest.raises(WrongState, match="already"):
        remedies.approve(session, made.id, actor=lead, now=NOW)
    with pytest.raises(GuardFailed):
        remedies.approve(session, made.id, actor=second, now=NOW)
    assert remedies.approve(session, made.id, actor=manager, now=NOW).state is S.APPROVED


def test_who_has_the_authority_and_proposes_is_one_of_the_two(session: Session) -> None:
    made = offer(session, a_case(session, value=Decimal(900)), acting(session, Role.MANAGER), "500")
    assert made.needs == 1
    lead = acting(session, Role.LEAD)
    assert remedies.approve(session, made.id, actor=lead, now=NOW).state is S.APPROVED


def test_two_persons_are_needed_for_what_adds_up_to_it(session: Session) -> None:
    manager, case = acting(session, Role.MANAGER), a_case(session, value=Decimal(900))
    assert offer(session, case, manager, "499").needs == 0
    assert offer(session, case, manager, "1", kind=RemedyKind.VOUCHER).needs == 1


def test_what_was_given_meanwhile_makes_a_second_approval_needed(session: Session) -> None:
    case = a_case(session, value=Decimal(900))
    waits = offer(session, case, acting(session), "300")
    assert waits.needs == 1
    offer(session, case, acting(session, Role.MANAGER), "300")
    found = remedies.approve(session, waits.id, actor=acting(session, Role.ADMIN), now=NOW)
    assert (found.state, found.needs) == (S.PROPOSED, 2)


def test_splitting_by_remedy_case_person_and_day_is_one_order(session: Session) -> None:
    shipment = make_shipment(session)
    cases = [
        incidents.register(
            session,
            actor=SYSTEM,
            shipment_id=shipment.id,
            type=kind,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=NOW,
            now=NOW,
        )
        for kind in (IncidentType.LOST, IncidentType.DAMAGED)
    ]
    first, second = acting(session), acting(session, Role.AGENT, "second")
    assert offer(session, cases[0], first, "20").needs == 0
    assert scopes(offer(session, cases[0], first, "11")) == {"case"}
    assert scopes(offer(session, cases[1], second, "11", now=NOW + timedelta(days=2))) == {"case"}
    assert offer(session, cases[1], second, "10", now=NOW + timedelta(days=2)).needs == 0


def test_splitting_over_orders_of_one_buyer_is_one_buyer_for_as_long_as_the_policy_looks_back(session: Session) -> None:
    def case(n: int) -> Incident:
        return a_case(session, accepted_at=NOW - timedelta(days=n), buyer_username="mei.shops")

    for n in range(2):
        assert offer(session, case(n), acting(session, Role.AGENT, f"a{n}"), "30").needs == 0
    late = NOW + timedelta(days=89)
    assert scopes(offer(session, case(3), acting(session, Role.AGENT, "a3"), "1", now=late)) == {"buyer"}
    assert offer(session, case(4), acting(session, Role.AGENT, "a4"), "30", now=NOW + timedelta(days=91)).needs == 0


def test_splitting_over_the_parcels_of_one_handover_is_one_batch(session: Session) -> None:
    carrier = make_carrier(session)
    for n in range(5):
        assert offer(session, a_case(session, None, carrier), acting(session, Role.AGENT, f"a{n}"), "30").needs == 0
    assert scopes(offer(session, a_case(session, None, carrier), acting(session, Role.AGENT, "b"), "1")) == {"batch"}


def test_a_day_is_the_last_24_hours_whatever_midnight_says(session: Session) -> None:
    agent = acting(session)
    for _n in range(4):
        assert offer(session, a_case(session), agent, "30").needs == 0
    assert scopes(offer(session, a_case(session), agent, "1", now=NOW + timedelta(hours=23))) == {"day"}
    assert offer(session, a_case(session), agent, "30", now=NOW + timedelta(hours=24)).needs == 0


def test_what_is_cheap_for_us_still_weighs_what_the_buyer_gets_and_the_other_way_round(session: Session) -> None:
    agent = acting(session)
    assert offer(session, a_case(session), agent, "200", kind=RemedyKind.VOUCHER, cost=sgd("0")).needs == 1
    assert offer(session, a_case(session), agent, "20", kind=RemedyKind.RESHIP, cost=sgd("45")).needs == 1


def test_a_thousand_offers_of_next_to_nothing_weigh_something(session: Session) -> None:
    shop = make_shop(session, market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    case = a_case(session, shop, value=Decimal(500_000))
    made = remedies.propose(
        session,
        case.id,
        actor=acting(session),
        kind=RemedyKind.REFUND,
        amount=Money(Decimal(1), "VND"),
        reason="a try",
        now=NOW,
    )
    assert made.base_amount == Decimal("0.01")


def test_what_is_taken_back_gives_its_authority_back(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    made = offer(session, case, agent, "30")
    remedies.withdraw(session, made.id, actor=agent, reason="The buyer wants a new parcel.", now=NOW)
    assert offer(session, case, agent, "30").needs == 0


def test_asking_back_answering_and_declining_are_kept_with_their_words(session: Session) -> None:
    agent, lead, case = acting(session), acting(session, Role.LEAD), a_case(session)
    made = offer(session, case, agent, "60")
    remedies.ask_back(session, made.id, actor=lead, question="Is there a photo?", now=NOW)
    with pytest.raises(WrongState):
        remedies.approve(session, made.id, actor=lead, now=NOW)
    remedies.answer(session, made.id, actor=agent, text="Yes, added.", now=NOW)
    remedies.decline(session, made.id, actor=lead, reason="The photo shows another parcel.", now=NOW)
    row = remedies.of_case(session, case.id, actor=agent, now=NOW)[0]
    assert row.state is S.DECLINED
    assert [(one.action, one.text) for one in row.steps] == [
        (RemedyAction.PROPOSE, "The parcel is lost."),
        (RemedyAction.ASK, "Is there a photo?"),
        (RemedyAction.ANSWER, "Yes, added."),
        (RemedyAction.DECLINE, "The photo shows another parcel."),
    ]
    assert row.offers == ()


@pytest.mark.parametrize(
    ("work", "field"),
    [
        (lambda s, n, a: remedies.decline(s, n, actor=a, reason=" ", now=NOW), "reason"),
        (lambda s, n, a: remedies.ask_back(s, n, actor=a, question="", now=NOW), "question"),
        (lambda s, n, a: remedies.withdraw(s, n, actor=a, reason="", now=NOW), "reason"),
    ],
)
def test_saying_no_needs_a_reason(session: Session, work: Callable[[Session, int, Actor], Any], field: str) -> None:
    made = offer(session, a_case(session), acting(session), "60")
    with pytest.raises(Invalid) as refused:
        work(session, made.id, acting(session, Role.LEAD))
    assert refused.value.field == field


def test_two_stand_ins_of_one_manager_are_not_the_two_persons(session: Session) -> None:
    manager = acting(session, Role.MANAGER)
    first, second = (acting(session, Role.AGENT, name) for name in ("first-in", "second-in"))
    for one in (first, second):
        lend_authority(session, manager, one)
    made = offer(session, a_case(session, value=Decimal(900)), first, "600")
    assert (made.state, made.needs) == (S.PROPOSED, 1)
    with pytest.raises(GuardFailed, match="second person"):
        remedies.approve(session, made.id, actor=second, now=NOW)
    assert remedies.approve(session, made.id, actor=manager, now=NOW).state is S.APPROVED


def test_a_stand_in_approves_in_the_leads_place_but_not_the_leads_own_proposal(session: Session) -> None:
    agent, lead, other = acting(session), acting(session, Role.LEAD), acting(session, Role.AGENT, "stands-in")
    lend_authority(session, lead, other)
    made = offer(session, a_case(session), agent, "60")
    remedies.approve(session, made.id, actor=other, now=NOW)
    assert made.state is S.APPROVED
    step = remedies.of_case(session, made.incident_id, actor=agent, now=NOW)[0].steps[-1]
    assert (step.by, step.stands_for) == (other.name, lead.name)
    leads = offer(session, a_case(session), lead, "151")
    with pytest.raises(WrongState, match="lead or manager"):
        remedies.approve(session, leads.id, actor=other, now=NOW)
    assert "in the place of" in told(session, Tag.REMEDY_APPROVED)


def told(session: Session, tag: Tag) -> str:
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag).order_by(AuditEvent.id.desc())).first()
    assert event is not None
    with using("en"):
        return sentence(event.tag, "Mei", event.before, event.after, "Asia/Singapore")


def test_the_trail_tells_every_step_and_its_chain_holds(session: Session) -> None:
    agent, lead, case = acting(session), acting(session, Role.LEAD), a_case(session)
    made = offer(session, case, agent, "60")
    assert told(session, Tag.REMEDY_PROPOSED) == (
        "Mei proposed to the buyer: Refund SGD 60.00 (The parcel is lost;"
        " SGD 60.00 for this order, the limit is SGD 30.00)"
    )
    remedies.approve(session, made.id, actor=lead, note="as agreed", now=NOW)
    assert told(session, Tag.REMEDY_APPROVED) == "Mei approved: Refund SGD 60.00 (as agreed)"
    remedies.mark_given(session, made.id, actor=agent, reference="RF-1", now=NOW)
    assert told(session, Tag.REMEDY_DONE) == "Mei gave the buyer: Refund SGD 60.00 (RF-1)"
    remedies.record_result(session, case.id, actor=agent, rating=4, review_avoided=True, came_back=False, now=NOW)
    assert told(session, Tag.RESULT_RECORDED).endswith("4 stars, no bad review, the buyer did not come back")
    assert check_chain(session, case.id) is None


def test_recoup_itself_and_a_viewer_offer_nobody_anything(session: Session) -> None:
    case = a_case(session)
    for nobody in (SYSTEM, acting(session, Role.VIEWER)):
        with pytest.raises(NotAllowed):
            offer(session, case, nobody, "1")


@pytest.mark.parametrize(
    ("field", "more"),
    [("amount", {"amount": "0"}), ("cost", {"cost": sgd("-1")}), ("reason", {"reason": "  "})],
)
def test_what_makes_no_sense_is_refused_at_its_field(session: Session, field: str, more: dict[str, Any]) -> None:
    values = {"amount": "5", **more}
    with pytest.raises(Invalid) as refused:
        offer(session, a_case(session), acting(session), values.pop("amount"), **values)
    assert refused.value.field == field


def test_a_case_is_not_closed_over_an_open_offer_and_none_is_made_on_a_closed_one(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    made = offer(session, case, agent, "30")
    closing = {"actor": agent, "cause": Cause.LOST_IN_TRANSIT, "result": Result.ABSORBED, "now": NOW}
    with pytest.raises(WrongState, match="1 offer to the buyer"):
        incidents.close(session, case.id, **closing)  # type: ignore[arg-type]
    remedies.mark_given(session, made.id, actor=agent, now=NOW)
    incidents.close(session, case.id, **closing)  # type: ignore[arg-type]
    with pytest.raises(WrongState, match="closed"):
        offer(session, case, agent, "1")
    assert remedies.record_result(session, case.id, actor=agent, came_back=True, now=NOW).came_back


def test_a_run_just_under_the_limit_is_shown_to_the_lead_and_not_to_who_made_it(session: Session) -> None:
    agent, lead = acting(session), acting(session, Role.LEAD)
    for _n in range(3):
        offer(session, a_case(session), agent, "29.50")
    found = remedies.runs(session, actor=lead, now=NOW)
    assert [(one.of, one.name, len(one.cases), one.sum, one.limits) for one in found] == [
        (remedies.RunOf.PERSON, agent.name, 3, sgd("88.50"), (Scope.CASE,))
    ]
    assert remedies.runs(session, actor=lead, now=NOW + timedelta(days=8)) == ()
    with pytest.raises(NotAllowed):
        remedies.runs(session, actor=agent, now=NOW)


def test_a_run_to_one_buyer_by_several_people_is_seen(session: Session) -> None:
    shop = make_shop(session)
    for n in range(2):
        case = a_case(session, shop, buyer_username="same.buyer")
        offer(session, case, acting(session, Role.AGENT, f"a{n}"), "28")
    case = a_case(session, shop, buyer_username="same.buyer")
    offer(session, case, acting(session, Role.AGENT, "a9"), "2")
    found = remedies.runs(session, actor=acting(session, Role.LEAD), now=NOW)
    assert [(one.of, len(one.people)) for one in found] == [(remedies.RunOf.BUYER, 3)]


def test_each_sees_what_waits_for_them(session: Session) -> None:
    agent, lead, manager = acting(session), acting(session, Role.LEAD), acting(session, Role.MANAGER)
    case = a_case(session, buyer_username="mei.shops")
    waits, ready = offer(session, case, agent, "60"), offer(session, a_case(session), agent, "10")
    asked = offer(session, a_case(session), agent, "70")
    remedies.ask_back(session, asked.id, actor=lead, question="Why?", now=NOW)
    assert remedies.desk_count(session, actor=lead, now=NOW) == (1, 0, 0)
    mine = remedies.desk(session, actor=agent, now=NOW)
    assert [one.remedy.id for one in mine.give] == [ready.id]
    assert [one.remedy.id for one in mine.answer] == [asked.id]
    assert mine.decide == ()
    beside = remedies.desk(session, actor=manager, now=NOW).decide[0]
    assert beside.remedy.id == waits.id
    assert (beside.case.reference, beside.case.value, beside.case.tier) == (case.reference, sgd("318"), Tier.CLAIM)


def test_a_small_loss_is_settled_at_once_a_large_one_with_the_buyers_help(session: Session) -> None:
    agent = acting(session)
    small = remedies.suggest(session, a_case(session, value=Decimal(12)).id, actor=agent, now=NOW)
    assert (small.kind, small.amount, small.at_once) == (RemedyKind.REFUND, sgd("12"), True)
    large = remedies.suggest(session, a_case(session).id, actor=agent, now=NOW)
    assert (large.at_once, large.helped) == (False, False)


def test_what_the_buyer_asks_for_is_proposed_less_what_is_given_already(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    offer(session, case, agent, "18")
    found = remedies.suggest(session, case.id, actor=agent, asked=RemedyKind.RESHIP, now=NOW)
    assert (found.kind, found.amount, found.asked) == (RemedyKind.RESHIP, sgd("300"), RemedyKind.RESHIP)


def test_a_delay_is_met_with_a_voucher(session: Session) -> None:
    found = remedies.suggest(session, a_case(session, type=IncidentType.DELAYED).id, actor=acting(session), now=NOW)
    assert (found.kind, found.amount) == (RemedyKind.VOUCHER, sgd("31.80"))
    assert found.at_once and "photos" not in " ".join(found.why), "nothing of a late parcel can be photographed"


def test_a_preview_says_what_a_proposal_would_need(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    near = remedies.preview(session, case.id, actor=agent, amount=sgd("30"), cost=sgd("30"), now=NOW)
    assert (near.needs, near.over, near.left) == (0, (), sgd("30"))
    above = remedies.preview(session, case.id, actor=agent, amount=sgd("600"), cost=sgd("0"), now=NOW)
    assert above.needs == 2 and {one["scope"] for one in above.over} >= {"case", "two"}


def test_the_buttons_say_why_they_are_off(session: Session) -> None:
    agent, case = acting(session), a_case(session)
    offer(session, case, agent, "60")
    mine = remedies.of_case(session, case.id, actor=agent, now=NOW)[0]
    button = mine.offer(RemedyAction.APPROVE)
    assert button is not None and not button.permitted and "somebody else decides" in (button.reason or "")
    theirs = remedies.of_case(session, case.id, actor=acting(session, Role.LEAD), now=NOW)[0]
    assert theirs.offer(RemedyAction.APPROVE) is not None and theirs.offer(RemedyAction.APPROVE).permitted  # type: ignore[union-attr]


@pytest.mark.parametrize("state", list(RemedyState))
@pytest.mark.parametrize("action", [row.action for row in remedies.REMEDIES])
def test_every_action_starts_only_from_its_states(session: Session, state: RemedyState, action: RemedyAction) -> None:
    verbs: dict[RemedyAction, Callable[..., Any]] = {
        RemedyAction.APPROVE: remedies.approve,
        RemedyAction.DECLINE: lambda s, n, **k: remedies.decline(s, n, reason="r", **k),
        RemedyAction.ASK: lambda s, n, **k: remedies.ask_back(s, n, question="q", **k),
        RemedyAction.ANSWER: lambda s, n, **k: remedies.answer(s, n, text="t", **k),
        RemedyAction.DO: remedies.mark_given,
        RemedyAction.WITHDRAW: lambda s, n, **k: remedies.withdraw(s, n, reason="r", **k),
        RemedyAction.TAKE_BACK: lambda s, n, **k: remedies.take_back(s, n, reason="r", **k),
    }
    agent, lead = acting(session), acting(session, Role.LEAD)
    made = offer(session, a_case(session), agent, "60")
    ways: dict[RemedyState, list[RemedyAction]] = {
        S.PROPOSED: [],
        S.ASKED: [RemedyAction.ASK],
        S.APPROVED: [RemedyAction.APPROVE],
        S.DECLINED: [RemedyAction.DECLINE],
        S.DONE: [RemedyAction.APPROVE, RemedyAction.DO],
        S.WITHDRAWN: [RemedyAction.WITHDRAW],
    }
    for step in ways[state]:
        verbs[step](session, made.id, actor=lead, now=NOW)
    assert made.state is state
    row = remedies.REMEDIES.row(action)
    if state in row.sources:
        verbs[action](session, made.id, actor=lead, now=NOW)
        assert made.state is row.target
    else:
        with pytest.raises(WrongState):
            verbs[action](session, made.id, actor=lead, now=NOW)
