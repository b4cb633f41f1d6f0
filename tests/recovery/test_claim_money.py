"""Money that is not as it should be is a task until somebody settles it, and no case ever brings back more than it lost."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import contacts, incidents
from core.cases.clocks import running
from core.desk.soundness import _wrong_payments
from core.foundation import language
from core.foundation.audit import check_chain
from core.foundation.errors import Duplicate, Invalid, NotAllowed, WrongState
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Claim, Clock, ExchangeRate, ImportRun, Incident, Posting, Shipment
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage
from core.models.ledger import PayoutBack
from core.models.rule import PayerKind
from core.models.shipment import ShipmentStatus
from core.money import ledger
from core.recovery import claims, money_tasks, payouts
from core.recovery.bringing import bring_in
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import cap_basis
from core.recovery.money_tasks import MoneyWay, ways_for
from tests.factories import NOW, make_rule_card
from tests.parcels import exports
from tests.people import acting
from tests.recovery.claiming import DAY, approve, draft, filed, pay, reject, sgd

SHIPMENT = SimpleNamespace(currency="SGD", value=Decimal(318), insured=None, freight=None, weight_kg=None)


def tasks(session: Session, incident: Incident) -> list[str]:
    """Codes of the tasks about money that wait."""
    return sorted(one.title for one in running(session, incident.id) if one.kind is ClockKind.MONEY)


def task(session: Session, incident: Incident, code: str) -> Clock:
    [found] = [one for one in running(session, incident.id) if one.kind is ClockKind.MONEY and one.title == code]
    return found


def holds(session: Session, mei: Actor, incident: Incident) -> None:
    assert ledger.imbalances(session, actor=mei) == []
    assert _wrong_payments(session) == []
    assert check_chain(session, incident.id) is None


def second_payer(session: Session, mei: Actor, incident: Incident) -> Claim:
    """A claim on the insurer for the same loss, filed and approved."""
    card = make_rule_card(
        session, payer_kind=PayerKind.INSURER, payer_name="Insurer", carrier_code="other", documents=[]
    )
    claim = draft(session, mei, incident, card)
    claims.mark_ready(session, claim.id, actor=mei, now=NOW)
    claims.submit(session, claim.id, actor=mei, case_number="I-1", via="mail", now=NOW)
    approve(session, mei, claim)
    return claim


def test_too_little_is_a_task_until_the_rest_has_come(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("300"))
    assert tasks(session, incident) == ["short_paid"]
    assert [one.kind for one in running(session, incident.id)] == [ClockKind.MONEY]
    short = task(session, incident, "short_paid")
    pay(session, mei, claim, sgd("18"), "P-2")
    assert claim.state is ClaimState.PAID and tasks(session, incident) == [] and short.state is ClockState.MET
    holds(session, mei, incident)


def test_a_payment_that_does_not_come_is_a_task(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    [payment] = running(session, incident.id)
    assert payment.due_at is not None
    late = payment.due_at + DAY
    assert money_tasks.late_payments(session, actor=SYSTEM, now=payment.due_at) == []
    assert money_tasks.late_payments(session, actor=SYSTEM, now=late) == [payment.id]
    assert money_tasks.chase_payment(session, payment.id, actor=SYSTEM, now=late) is not None
    assert money_tasks.chase_payment(session, payment.id, actor=SYSTEM, now=late) is None
    assert payment.state is ClockState.MISSED
    assert tasks(session, incident) == ["unpaid"]
    found = task(session, incident, "unpaid")
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.ASKED, now=late)
    assert [one.kind for one in running(session, incident.id)] == [ClockKind.PAYMENT]
    with pytest.raises(WrongState):
        money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.ASKED, now=late)


def test_what_is_short_may_be_given_up_and_closes_the_claim(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("300"))
    found = task(session, incident, "short_paid")
    with pytest.raises(Invalid):
        money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.GIVEN_UP, now=NOW)
    with pytest.raises(Invalid) as refused:
        money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.KEPT, note="x", now=NOW)
    assert refused.value.field == "how"
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.GIVEN_UP, note="bank fee", now=NOW)
    assert claim.state is ClaimState.CLOSED and running(session, incident.id) == []


def test_what_is_too_much_is_refused_first_and_then_kept_as_owed_back(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    with pytest.raises(Invalid, match="owed back"):
        pay(session, mei, claim, sgd("400"))
    pay(session, mei, claim, sgd("400"), keep_surplus=True)
    assert (claim.state, claim.paid, claim.surplus) == (ClaimState.PAID, sgd("318").amount, sgd("82").amount)
    found = ledger.balance(session, incident.id, actor=mei)
    assert (found.recovered, found.owed_back) == (sgd("318.00"), sgd("82.00"))
    assert tasks(session, incident) == ["paid_twice"]
    holds(session, mei, incident)


def test_a_lead_gives_back_what_was_too_much(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("318"))
    pay(session, mei, claim, sgd("318"), "P-2", keep_surplus=True)
    found = task(session, incident, "paid_twice")
    agent, before = acting(session, Role.AGENT), session.begin_nested()
    with pytest.raises(NotAllowed):
        money_tasks.resolve_money_task(session, found.id, actor=agent, how=MoneyWay.RETURNED, note="sent", now=NOW)
    before.rollback()
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.RETURNED, note="sent back", now=NOW)
    assert (claim.state, claim.paid, claim.surplus) == (ClaimState.PAID, sgd("318").amount, Decimal(0))
    assert tasks(session, incident) == []
    assert [len(one.backs) for one in payouts.payout_lines(session, claim.id, actor=mei)] == [0, 1]
    holds(session, mei, incident)


def test_a_case_does_not_close_while_a_payers_money_lies_here(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("400"), keep_surplus=True)
    closing = {"cause": Cause.LOST_IN_TRANSIT, "result": Result.RECOVERED, "now": NOW}
    with pytest.raises(WrongState, match="Paid too much"):
        incidents.close(session, incident.id, actor=mei, **closing)  # type: ignore[arg-type]
    found = task(session, incident, "paid_twice")
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.KEPT, note="by letter", now=NOW)
    incidents.close(session, incident.id, actor=mei, **closing)  # type: ignore[arg-type]


def test_a_payout_the_payer_took_back_is_chased(session: Session, mei: Actor, incident: Incident) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    payout = pay(session, mei, claim, sgd("318"))
    payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, note="bank returned it", now=NOW)
    assert (claim.state, claim.paid, incident.recovered) == (ClaimState.APPROVED, Decimal(0), Decimal(0))
    assert tasks(session, incident) == ["payout_reversed"]
    mirror = session.scalars(select(Posting).where(Posting.reverses_id == payout.posting_id)).one()
    assert mirror.note == "bank returned it"
    holds(session, mei, incident)
    with pytest.raises(WrongState):
        payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, note="again", now=NOW)
    pay(session, mei, claim, sgd("318"))
    assert claim.state is ClaimState.PAID and tasks(session, incident) == []
    holds(session, mei, incident)


def test_a_payout_booked_in_error_is_booked_anew_under_its_reference(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    wrong = pay(session, mei, claim, sgd("31.80"))
    with pytest.raises(Duplicate):
        pay(session, mei, claim, sgd("318"))
    payouts.reverse_payout(session, wrong.id, actor=mei, how=PayoutBack.MISTAKE, note="a digit", now=NOW)
    pay(session, mei, claim, sgd("318"))
    assert claim.state is ClaimState.PAID
    holds(session, mei, incident)


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("note", {"note": " "}),
        ("amount", {"amount": sgd("500")}),
        ("amount", {"amount": sgd("0")}),
        ("on_date", {"on_date": date(2026, 11, 24)}),
        ("on_date", {"on_date": date(2026, 11, 22)}),
    ],
)
def test_a_taking_back_says_why_how_much_and_when(
    session: Session, mei: Actor, incident: Incident, field: str, more: dict[str, object]
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    payout = pay(session, mei, claim, sgd("318"))
    values: dict[str, object] = {"how": PayoutBack.BOUNCED, "note": "x", "now": NOW, **more}
    with pytest.raises(Invalid) as refused:
        payouts.reverse_payout(session, payout.id, actor=mei, **values)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_part_may_be_taken_back_and_the_claim_waits_for_that_part(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), now=NOW)
    payout = pay(session, mei, claim, sgd("200"))
    payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, amount=sgd("50"), note="fee", now=NOW)
    assert (claim.state, claim.paid) == (ClaimState.PARTLY_APPROVED, sgd("150").amount)
    pay(session, mei, claim, sgd("50"), "P-2")
    assert claim.state is ClaimState.PAID
    holds(session, mei, incident)


def test_money_comes_in_while_an_appeal_runs_and_a_paid_part_may_be_appealed(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    part = ClaimAction.PARTLY_APPROVE
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("200"), now=NOW)
    claims.appeal(session, claim.id, actor=mei, text="318", now=NOW)
    pay(session, mei, claim, sgd("200"))
    assert (claim.state, claim.paid) == (ClaimState.APPEALED, sgd("200").amount)
    claims.record_answer(session, claim.id, part, actor=mei, amount=sgd("250"), now=NOW)
    pay(session, mei, claim, sgd("50"), "P-2")
    assert claim.state == ClaimState.PAID
    appealed = claims.appeal(session, claim.id, actor=mei, text="still 68 short", now=NOW)
    assert appealed.state == ClaimState.APPEALED
    claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=mei, now=NOW)
    pay(session, mei, claim, sgd("68"), "P-3")
    with pytest.raises(WrongState, match="Everything that was asked"):
        claims.appeal(session, claim.id, actor=mei, text="more", now=NOW)
    holds(session, mei, incident)


def test_money_that_came_before_it_was_granted_counts_once_it_is(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    reject(session, mei, claim)
    claims.appeal(session, claim.id, actor=mei, text="look", now=NOW)
    pay(session, mei, claim, sgd("318"), keep_surplus=True)
    assert (claim.paid, claim.surplus, incident.recovered) == (Decimal(0), sgd("318").amount, Decimal(0))
    claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=mei, now=NOW)
    assert (claim.state, claim.surplus, incident.recovered) == (ClaimState.PAID, Decimal(0), sgd("318").amount)
    assert tasks(session, incident) == []
    holds(session, mei, incident)


def test_when_one_payer_pays_the_whole_loss_the_others_get_a_task(
    session: Session, mei: Actor, incident: Incident
) -> None:
    first = filed(session, mei, incident)
    approve(session, mei, first)
    second = second_payer(session, mei, incident)
    payout = pay(session, mei, first, sgd("318"))
    found = task(session, incident, "paid_elsewhere")
    assert found.claim_id == second.id
    payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, note="returned", now=NOW)
    assert tasks(session, incident) == ["payout_reversed"]
    pay(session, mei, first, sgd("318"))
    found = task(session, incident, "paid_elsewhere")
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.WITHDRAWN, note="paid", now=NOW)
    assert second.state is ClaimState.WITHDRAWN
    holds(session, mei, incident)


def test_what_a_second_payer_sends_beyond_the_loss_is_owed_back_and_never_recovered(
    session: Session, mei: Actor, incident: Incident
) -> None:
    first = filed(session, mei, incident)
    approve(session, mei, first)
    second = second_payer(session, mei, incident)
    pay(session, mei, first, sgd("300"))
    pay(session, mei, second, sgd("100"), "P-2", keep_surplus=True)
    assert (incident.recovered, second.paid, second.surplus) == (
        sgd("318").amount,
        sgd("18").amount,
        sgd("82").amount,
    )
    holds(session, mei, incident)


def test_a_parcel_that_arrived_after_all_is_a_task_for_every_payer_that_was_asked(
    session: Session, mei: Actor, incident: Incident
) -> None:
    first = filed(session, mei, incident)
    approve(session, mei, first)
    pay(session, mei, first, sgd("318"))
    draft(session, mei, incident, make_rule_card(session, payer_name="Unasked", carrier_code="other"))
    started = money_tasks.parcel_arrived(session, incident.id, actor=mei, at=NOW, now=NOW)
    assert [one.claim_id for one in started] == [first.id]
    assert money_tasks.parcel_arrived(session, incident.id, actor=mei, at=NOW, now=NOW + DAY) == []
    found = task(session, incident, "arrived_later")
    money_tasks.resolve_money_task(session, found.id, actor=mei, how=MoneyWay.RETURNED, note="sent back", now=NOW)
    assert (first.state, first.paid, incident.recovered) == (ClaimState.CLOSED, Decimal(0), Decimal(0))
    holds(session, mei, incident)


def test_a_closed_case_whose_parcel_arrives_is_opened_again_where_money_came_back(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    pay(session, mei, claim, sgd("318"))
    incidents.close(session, incident.id, actor=mei, cause=Cause.LOST_IN_TRANSIT, result=Result.RECOVERED, now=NOW)
    agent = acting(session, Role.AGENT)
    money_tasks.parcel_arrived(session, incident.id, actor=agent, at=NOW + DAY, now=NOW + DAY)
    assert incident.state is not IncidentState.CLOSED
    assert tasks(session, incident) == ["arrived_later"]


def test_money_that_comes_for_a_closed_case_asks_to_open_it_first(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    approve(session, mei, claim)
    payout = pay(session, mei, claim, sgd("318"))
    incidents.close(session, incident.id, actor=mei, cause=Cause.LOST_IN_TRANSIT, result=Result.RECOVERED, now=NOW)
    with pytest.raises(WrongState, match="Reopen it"):
        pay(session, mei, claim, sgd("1"), "P-2", keep_surplus=True)
    with pytest.raises(WrongState, match="Reopen it"):
        payouts.reverse_payout(session, payout.id, actor=mei, how=PayoutBack.BOUNCED, note="x", now=NOW)


def test_a_case_that_is_opened_again_takes_up_what_its_closing_stopped(
    session: Session, mei: Actor, incident: Incident
) -> None:
    for days in (1, 5):
        contacts.log_contact(
            session,
            incident.id,
            actor=mei,
            party=Party.BUYER,
            channel=Channel.CHAT,
            at=NOW,
            summary="talked",
            promise=f"in {days} days",
            promise_due_at=NOW + days * DAY,
            now=NOW,
        )
    incidents.close(session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, now=NOW)
    assert running(session, incident.id) == []
    incidents.reopen(session, incident.id, actor=mei, reason="not over", now=NOW + 2 * DAY)
    [promise] = running(session, incident.id)
    assert (promise.kind, promise.title, promise.due_at) == (ClockKind.PROMISE, "in 5 days", NOW + 5 * DAY)


def test_the_ways_of_a_task_follow_what_can_be_done() -> None:
    assert ways_for("arrived_later", ClaimState.SUBMITTED, paid=False, held=False) == (
        MoneyWay.TOLD,
        MoneyWay.WITHDRAWN,
    )
    assert MoneyWay.RETURNED in ways_for("arrived_later", ClaimState.PAID, paid=True, held=False)
    assert ways_for("unheard-of", ClaimState.PAID, paid=True, held=False) == ()


def test_a_payer_that_pays_nothing_is_not_asked_for_everything(
    session: Session, mei: Actor, incident: Incident
) -> None:
    card = make_rule_card(session, cap={"kind": "none"})
    with pytest.raises(Invalid, match="pays nothing") as refused:
        draft(session, mei, incident, card)
    assert refused.value.field == "demand"
    assert draft(session, mei, incident, card, demand=sgd("50")).demand == Decimal(50)


def test_the_highest_of_a_known_and_an_unknown_amount_is_not_known(
    session: Session, mei: Actor, incident: Incident
) -> None:
    amount = {"kind": "amount", "amount": "50", "currency": "SGD"}
    both = [amount, {"kind": "freight", "times": "10"}]
    assert draft(session, mei, incident, make_rule_card(session, cap={"kind": "highest", "of": both})).cap is None
    lowest = make_rule_card(session, cap={"kind": "lowest", "of": both}, payer_name="Other", carrier_code="o")
    assert draft(session, mei, incident, lowest).cap == Decimal(50)


def test_a_caps_sentence_is_told_in_the_readers_language(session: Session, mei: Actor, incident: Incident) -> None:
    card = make_rule_card(session, cap={"kind": "amount", "amount": "100", "currency": "USD"})
    claim = draft(session, mei, incident, card)
    assert cap_basis.tell(claim.cap_basis) == claim.cap_text
    value = cap_basis.basis({"kind": "value"}, SHIPMENT, has_invoice=False)
    english = cap_basis.tell(value)
    with language.using("zh-CN"):
        assert cap_basis.tell(value) != english
    assert cap_basis.tell(None, "as it was") == "as it was"


def brazilian(status: str, delivered: str = "") -> bytes:
    """An export of one parcel; Brazil's is the one that tells when a parcel was delivered."""
    headings = (
        "ID do pedido", "Status do pedido", "Nome do Produto", "Quantidade", "Preço acordado", "Domestic Delivered Date",
        "Data de criação do pedido", "Número de rastreamento", "Tempo de Envio",
    )  # fmt: skip
    row = ("261101AAAA0001", status, "Bolsa", "1", "R$331,08", delivered, "2026-11-01 10:00", "BR1", "2026-11-02 10:00")
    return exports.excelize([headings, row])


def test_an_import_that_tells_the_arrival_of_a_lost_parcel_starts_the_task(session: Session, mei: Actor) -> None:
    session.add(ExchangeRate(currency="BRL", on_date=NOW.date(), per_usd=Decimal("5.30"), source="test"))

    def bring(content: bytes, on: str) -> None:
        name = f"Order.all.20261101_{on}.xlsx"
        bring_in(session, content, actor=SYSTEM, shop="Onça", market="BR", file_name=name, now=NOW + 9 * DAY)

    bring(brazilian("Enviado"), "20261110")
    shipment = session.scalars(select(Shipment).where(Shipment.order_number == "261101AAAA0001")).one()
    incident = incidents.register(
        session,
        actor=mei,
        shipment_id=shipment.id,
        type=IncidentType.LOST,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
    claim = filed(session, mei, incident)
    bring(brazilian("Concluído", f"{NOW + 2 * DAY:%Y-%m-%d %H:%M}"), "20261130")
    assert shipment.delivered_at is not None and shipment.delivered_at > NOW
    assert (task(session, incident, "arrived_later").claim_id, tasks(session, incident)) == (
        claim.id,
        ["arrived_later"],
    )
    assert money_tasks.follow_arrivals(session, [shipment.id], actor=SYSTEM, now=NOW + 9 * DAY) == 0


def test_a_delivery_before_the_report_is_no_arrival(session: Session, mei: Actor, incident: Incident) -> None:
    filed(session, mei, incident)
    shipment = session.get_one(Shipment, incident.shipment_id)
    run = ImportRun(
        shop_id=incident.shop_id, file_name="x", sha256=b"x", report="x", market="SG", at=NOW, counts={}, headings=[], unknown_headings=[]
    )  # fmt: skip
    session.add(run)
    session.flush()
    shipment.import_id, shipment.delivered_at = run.id, NOW - DAY
    session.flush()
    assert money_tasks.follow_arrivals(session, [shipment.id], actor=SYSTEM, now=NOW) == 0


def test_a_delivery_before_the_silence_was_noticed_is_an_arrival_the_file_told_late(
    session: Session, mei: Actor, incident: Incident
) -> None:
    claim = filed(session, mei, incident)
    incident.noticed_by = NoticedBy.SILENCE
    session.get_one(Shipment, incident.shipment_id).status = ShipmentStatus.COMPLETED
    session.flush()
    assert money_tasks.follow_arrivals(session, [incident.shipment_id], actor=SYSTEM, now=NOW) == 1
    assert task(session, incident, "arrived_later").claim_id == claim.id
