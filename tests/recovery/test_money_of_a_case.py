"""The money of a case is right to the cent whatever happens in whatever order: remedies, requests, values, payouts, lines of money.

The model beside it knows no postings: what the buyer got, each refund once, or the goods, whichever is greater, with what else was lost;
each recovery once and never more than the loss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import incidents, remedies
from core.desk.soundness import soundness
from core.foundation import database
from core.foundation.errors import Invalid, Refusal, WrongState
from core.foundation.files import Store
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import (
    Claim,
    Dispute,
    Evidence,
    Incident,
    Payout,
    PayoutReversal,
    Remedy,
    SettlementMatch,
    Shipment,
    Shop,
)
from core.models.dispute import DisputeState, DisputeStatus, ReturnReason, Source
from core.models.incident import Cause, IncidentState, Result
from core.models.ledger import Account, PayoutBack
from core.models.remedy import RemedyKind, RemedyState
from core.models.rule import PayerKind
from core.models.settlement import MatchState
from core.money import ledger
from core.recovery import claims, disputes, payouts, settlements
from core.recovery.claim_states import ClaimAction
from core.recovery.disputes import DisputeAction, Sent
from core.recovery.disputes.recording import Saying, write_down
from tests.factories import NOW, make_policy, make_rates, make_rule_card, make_shipment, make_shop
from tests.people import acting
from tests.recovery.claiming import prove
from tests.recovery.settlements.money import make_line, make_run, register
from tests.splitting import at_once

A, S = DisputeAction, DisputeState
_numbers = count(1)


def sgd(amount: int | str | Decimal) -> Money:
    return Money(Decimal(amount), "SGD")


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.MANAGER, "mei")


class Case:
    """One lost parcel with goods of 100, and everything that can happen to its money. Every step is a moment of its own."""

    def __init__(self, session: Session, mei: Actor) -> None:
        self.session, self.mei, self.now = session, mei, NOW
        self.shop: Shop = make_shop(session)
        self.shipment: Shipment = make_shipment(session, self.shop, value=Decimal(100))
        self.incident: Incident = register(session, mei, self.shipment.id)
        self.model = Model()

    def tick(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now

    # remedies
    def give(self, amount: int | str, kind: RemedyKind = RemedyKind.VOUCHER, reference: str = "") -> Remedy:
        made = remedies.propose(
            self.session, self.incident.id, actor=self.mei, kind=kind, amount=sgd(amount), reason="r", now=self.tick()
        )
        return remedies.mark_given(self.session, made.id, actor=self.mei, reference=reference, now=self.tick())

    def take_back(self, remedy: Remedy) -> None:
        remedies.take_back(self.session, remedy.id, actor=self.mei, reason="r", now=self.tick())

    # requests
    def request(self, amount: int | str = 100) -> Dispute:
        return disputes.enter_dispute(
            self.session,
            self.incident.id,
            actor=self.mei,
            return_number=f"RT{next(_numbers)}",
            reason=ReturnReason.NOT_RECEIVED,
            amount=sgd(amount),
            now=self.tick(),
        )

    def move(self, dispute: Dispute, action: DisputeAction, amount: int | str | None = None) -> Dispute:
        money = None if amount is None else sgd(amount)
        return disputes.move_dispute(
            self.session, dispute.id, action, actor=self.mei, sent=Sent("words"), amount=money, now=self.tick()
        )

    def tell(self, dispute: Dispute, **facts: Any) -> None:
        run = make_run(self.session, self.shop.id)
        write_down(
            self.session,
            self.shop,
            [Saying(dispute.return_number, facts)],
            source=Source.IMPORT,
            import_id=run.id,
            as_of=self.tick(),
            actor=SYSTEM,
            now=self.now,
        )

    # the case
    def value(self, amount: int | str) -> None:
        seen = {"value_at_risk": self.incident.value_at_risk}
        incidents.edit(
            self.session,
            self.incident.id,
            actor=self.mei,
            seen=seen,
            typed={"value_at_risk": Decimal(amount)},
            now=self.tick(),
        )

    def lose(self, account: Account, amount: int | str) -> int:
        return ledger.post_loss(
            self.session, self.incident.id, actor=self.mei, account=account, amount=sgd(amount), now=self.tick()
        ).id

    def close(self, result: Result = Result.ARRIVED) -> None:
        # The days of its requests have passed by then.
        self.now += timedelta(days=60)
        incidents.close(
            self.session, self.incident.id, actor=self.mei, cause=Cause.UNKNOWN, result=result, now=self.now
        )

    def reopen(self) -> None:
        incidents.reopen(self.session, self.incident.id, actor=self.mei, reason="r", now=self.tick())

    # claims
    def claim(self, payer: PayerKind = PayerKind.CARRIER, demand: int | str | None = None) -> Claim:
        card = make_rule_card(self.session, payer_kind=payer)
        money = None if demand is None else sgd(demand)
        made = claims.draft_claim(
            self.session, self.incident.id, actor=self.mei, rule_card_id=card.id, demand=money, now=NOW
        )
        if self.session.scalar(select(Evidence.id).where(Evidence.incident_id == self.incident.id).limit(1)) is None:
            prove(self.session, self.incident, "packing_video", "proof_of_value")
        claims.mark_ready(self.session, made.id, actor=self.mei, now=NOW)
        return claims.submit(self.session, made.id, actor=self.mei, case_number="NV-1", via="portal", now=NOW)

    def approve(self, claim: Claim) -> None:
        claims.record_answer(self.session, claim.id, ClaimAction.APPROVE, actor=self.mei, text="ok", now=self.tick())

    def pay(self, claim: Claim, amount: int | str, *, keep: bool = False, besides: bool = False) -> Payout:
        return payouts.record_payout(
            self.session,
            claim.id,
            actor=self.mei,
            received=sgd(amount),
            paid_on=date(2026, 11, 23),
            reference=f"P-{next(_numbers)}",
            keep_surplus=keep,
            besides=besides,
            now=self.tick(),
        )

    # what stands
    @property
    def gross(self) -> Decimal:
        return self._balance().gross.amount

    @property
    def recovered(self) -> Decimal:
        return self._balance().recovered.amount

    def booked(self) -> dict[str, Decimal]:
        return {account.value: money.amount for account, money in self._balance().by_account.items()}

    def _balance(self) -> ledger.Balance:
        self.session.refresh(self.incident)
        found = ledger.balance(self.session, self.incident.id, actor=SYSTEM)
        assert (found.gross.amount, found.recovered.amount) == (self.incident.gross_loss, self.incident.recovered)
        assert found.net.amount == found.gross.amount - found.recovered.amount
        assert found.recovered.amount <= found.gross.amount
        return found


@dataclass
class Model:
    """What stands, told by the events alone."""

    value: Decimal = Decimal(100)
    gone: bool = False
    gifts: dict[int, tuple[RemedyKind, Decimal, str]] = field(default_factory=dict)
    refunds: dict[int, tuple[str, Decimal]] = field(default_factory=dict)
    by_hand: Decimal = Decimal(0)
    others: Decimal = Decimal(0)

    @property
    def gross(self) -> Decimal:
        zero = Decimal(0)
        goods = zero if self.gone else self.value
        given = sum((cost for _kind, cost, _number in self.gifts.values()), zero)
        refunded = sum((amount for _number, amount in self.refunds.values()), zero)
        requests = sum((cost for cost in self._of_requests()), zero)
        got = given - requests + refunded
        return max(max(goods, given) + self.by_hand, got) + self.others

    def _of_requests(self) -> list[Decimal]:
        """Gifts that are the refund of a request."""
        numbers = {number for number, _amount in self.refunds.values()}
        free = Counter(amount for _number, amount in self.refunds.values())
        found = []
        for _id, (kind, cost, number) in sorted(self.gifts.items()):
            if kind is RemedyKind.REFUND or (
                kind is RemedyKind.PARTIAL_REFUND and (number in numbers or free[cost] > 0)
            ):
                free[cost] -= 1
                found.append(cost)
        return found


@pytest.fixture
def case(session: Session, mei: Actor) -> Case:
    return Case(session, mei)


# --- each fault by its name ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [RemedyKind.VOUCHER, RemedyKind.PARTIAL_REFUND, RemedyKind.RESHIP])
@pytest.mark.parametrize("first", ["refund", "gift"])
def test_what_is_given_besides_a_refund_of_the_goods_is_lost_besides_in_either_order(
    case: Case, kind: RemedyKind, first: str
) -> None:
    dispute = case.request()
    steps: list[Callable[[], Any]] = [lambda: case.move(dispute, A.LOSE), lambda: case.give(30, kind)]
    for step in steps if first == "refund" else reversed(steps):
        step()
    assert case.gross == 130


@pytest.mark.parametrize("first", ["refund", "gift"])
@pytest.mark.parametrize(("kind", "amount", "named"), [
    (RemedyKind.REFUND, 100, False), (RemedyKind.PARTIAL_REFUND, 100, False), (RemedyKind.PARTIAL_REFUND, 40, True),
])  # fmt: skip
def test_the_refund_of_a_request_that_was_given_as_a_remedy_is_lost_once(
    case: Case, kind: RemedyKind, amount: int, named: bool, first: str
) -> None:
    dispute = case.request()
    number = dispute.return_number if named else ""
    steps: list[Callable[[], Any]] = [lambda: case.move(dispute, A.LOSE), lambda: case.give(amount, kind, number)]
    for step in steps if first == "refund" else reversed(steps):
        step()
    assert case.gross == 100


def test_a_corrected_value_takes_in_the_refund_that_went_beyond_it(case: Case) -> None:
    case.move(case.request(130), A.LOSE)
    case.value(130)
    assert case.booked() == {"loss.goods": Decimal(130)}
    case.value(50)
    assert case.booked() == {"loss.goods": Decimal(50), "loss.refund": Decimal(80)}


def test_a_refund_stays_lost_when_the_parcel_arrived_all_the_same(case: Case) -> None:
    case.move(case.request(80), A.LOSE)
    case.close(Result.ARRIVED)
    assert case.booked() == {"loss.refund": Decimal(80)}
    case.reopen()
    assert case.booked() == {"loss.goods": Decimal(100)}


def test_a_case_with_a_refund_is_not_closed_as_no_loss(case: Case) -> None:
    case.move(case.request(80), A.LOSE)
    with pytest.raises(Refusal, match=r"80\.00 of other losses"):
        case.close(Result.NO_LOSS)


def test_what_the_platform_told_of_a_closed_case_is_booked_when_it_is_opened_again(case: Case) -> None:
    dispute = case.request(140)
    case.close(Result.ABSORBED)
    case.tell(dispute, status=DisputeStatus.REFUND_PAID, refunded_at=NOW)
    assert case.gross == 100
    case.reopen()
    assert case.gross == 140


def test_a_request_refunded_before_it_came_to_the_case_is_booked_with_it(session: Session, mei: Actor) -> None:
    shop = make_shop(session)
    shipment = make_shipment(session, shop, value=Decimal(100))
    facts = {
        "order_number": shipment.order_number,
        "reason": ReturnReason.DAMAGED,
        "status": DisputeStatus.REFUND_PAID,
        "amount": Decimal(140),
        "refunded_at": NOW,
    }
    run = make_run(session, shop.id)
    (made,) = write_down(
        session, shop, [Saying("RT0", facts)], source=Source.IMPORT, import_id=run.id, as_of=NOW, actor=SYSTEM, now=NOW
    )
    incident = register(session, mei, shipment.id)
    disputes.add_to_case(session, made.id, actor=mei, incident_id=incident.id, now=NOW)
    assert ledger.balance(session, incident.id, actor=mei).gross == sgd(140)


def test_taking_the_demand_for_compensation_back_takes_no_refund_back(case: Case) -> None:
    dispute = case.request(130)
    case.move(dispute, A.LOSE)
    case.move(dispute, A.REQUEST_COMPENSATION)
    case.move(dispute, A.WITHDRAW)
    assert case.gross == 130


def test_a_request_that_is_won_hands_its_goods_to_the_other_one(case: Case) -> None:
    first, second = case.request(80), case.request(70)
    case.move(first, A.LOSE)
    case.move(second, A.LOSE)
    assert case.gross == 150
    case.move(first, A.WIN)
    assert case.gross == 100


def test_a_smaller_refund_is_booked_though_most_of_the_loss_came_back(case: Case) -> None:
    dispute = case.request(130)
    case.move(dispute, A.LOSE)
    sides = [(Account.BANK, sgd(115)), (Account.RECOVERY_INSURER, sgd(-115))]
    ledger.post(case.session, case.incident, sides, actor=case.mei, now=case.tick(), on_date=date(2026, 11, 23))
    case.move(dispute, A.WIN_PART, 120)
    assert case.gross == 120
    with pytest.raises(Refusal, match="came back"):
        case.move(dispute, A.WIN_PART if dispute.state is not S.PARTLY_WON else A.WIN)


def test_a_refund_booked_by_hand_is_the_requests_in_either_order(case: Case) -> None:
    dispute = case.request(130)
    case.move(dispute, A.LOSE)
    posting = case.lose(Account.LOSS_REFUND, 30)
    assert case.gross == 130
    ledger.reverse(case.session, posting, actor=case.mei, note="wrong", now=case.tick())
    assert case.gross == 130


def test_a_requests_posting_is_not_taken_back_behind_its_back(case: Case) -> None:
    dispute = case.request(130)
    case.move(dispute, A.LOSE)
    assert dispute.refund_posting_id is not None
    with pytest.raises(WrongState, match="return request"):
        ledger.reverse(case.session, dispute.refund_posting_id, actor=case.mei, note="wrong", now=case.tick())


def test_goods_booked_by_hand_after_a_greater_gift_are_covered_by_it(case: Case) -> None:
    case.give(150, RemedyKind.REFUND)
    case.lose(Account.LOSS_GOODS, 20)
    assert case.gross == 150


def test_a_file_that_lowers_the_loss_below_what_came_back_is_not_refused(case: Case) -> None:
    dispute = case.request(130)
    run = make_run(case.session, case.shop.id)
    facts = {"status": DisputeStatus.REFUND_PAID, "refunded_at": NOW}
    said = [Saying(dispute.return_number, facts)]
    write_down(
        case.session, case.shop, said, source=Source.IMPORT, import_id=run.id, as_of=case.now, actor=SYSTEM, now=NOW
    )
    assert case.gross == 130
    sides = [(Account.BANK, sgd(120)), (Account.RECOVERY_CARRIER, sgd(-120))]
    ledger.post(case.session, case.incident, sides, actor=case.mei, now=case.tick(), on_date=date(2026, 11, 23))
    disputes.RETURNS.delete(case.session, run, actor=SYSTEM, now=case.tick())
    assert case.gross == case.recovered == Decimal(120)


def test_taking_a_match_back_leaves_the_compensation_somebody_had_booked_before(case: Case) -> None:
    dispute = case.request()
    case.tell(dispute, compensation=Decimal(45))
    case.move(dispute, A.LOSE)
    case.move(dispute, A.PAY, 45)
    make_line(case.session, case.shipment, "45.00", return_number=dispute.return_number)
    settlements.suggest(case.session, actor=case.mei, now=case.tick())
    (match,) = case.session.scalars(select(SettlementMatch)).all()
    settlements.accept(case.session, match.id, actor=case.mei, now=case.tick())
    assert case.recovered == 45
    settlements.unmatch(case.session, match.id, actor=case.mei, note="another's", now=case.tick())
    assert (dispute.state, case.recovered) == (S.PAID, Decimal(45))


def test_a_compensation_and_a_claim_on_the_platform_both_count_only_when_somebody_says_so(case: Case) -> None:
    dispute = case.request(100)
    case.move(dispute, A.PAY, 40)
    claim = case.claim(PayerKind.PLATFORM)
    case.approve(claim)
    with pytest.raises(Invalid, match=rf"SGD 40.00 for return {dispute.return_number}") as asked:
        case.pay(claim, 30)
    assert (asked.value.field, case.recovered) == ("besides", Decimal(40))
    case.pay(claim, 30, besides=True)
    assert case.recovered == Decimal(70)
    with pytest.raises(Invalid, match=f"came back already.*for return {dispute.return_number}"):
        case.pay(claim, 60, besides=True)


def test_other_payers_and_a_compensation_that_was_taken_back_are_not_asked_about(case: Case) -> None:
    dispute = case.request(100)
    case.move(dispute, A.PAY, 40)
    carrier = case.claim(PayerKind.CARRIER)
    case.approve(carrier)
    case.pay(carrier, 30)
    case.move(dispute, A.TAKE_BACK)
    platform = case.claim(PayerKind.PLATFORM)
    case.approve(platform)
    case.pay(platform, 30)
    assert case.recovered == Decimal(60)


def test_a_line_that_pays_the_claim_is_not_matched_over_a_booked_compensation_without_asking(case: Case) -> None:
    dispute = case.request(100)
    case.move(dispute, A.PAY, 40)
    claim = case.claim(PayerKind.PLATFORM, demand=30)
    make_line(case.session, case.shipment, "30.00")
    settlements.suggest(case.session, actor=case.mei, now=case.tick())
    (match,) = case.session.scalars(select(SettlementMatch)).all()
    with pytest.raises(Invalid, match=dispute.return_number), case.session.begin_nested():
        settlements.accept(case.session, match.id, actor=case.mei, now=case.tick())
    assert (claim.paid, case.recovered) == (Decimal(0), Decimal(40))
    settlements.accept(case.session, match.id, actor=case.mei, besides=True, now=case.tick())
    assert case.recovered == Decimal(70)


# --- whatever happens ------------------------------------------------------------------------------------------------------

GIFTS = (RemedyKind.VOUCHER, RemedyKind.REFUND, RemedyKind.PARTIAL_REFUND, RemedyKind.RESHIP)
KINDS = (
    "propose", "withdraw", "give", "back", "lose", "win", "part", "concede", "settle", "ask", "demand_back", "grant", "comp_paid",
    "comp_back", "told", "untold", "value", "freight", "by_hand", "claim", "approve", "reject", "pay", "surplus", "reverse", "line",
    "accept", "unmatch", "close", "reopen",
)  # fmt: skip


NEEDS = {
    "back": ("give",),
    "untold": ("told",),
    "demand_back": ("lose", "ask"),
    "comp_back": ("comp_paid",),
    "approve": ("claim",),
    "pay": ("approve",),
    "surplus": ("approve",),
    "reverse": ("pay",),
    "accept": ("line",),
    "unmatch": ("accept",),
    "close": ("withdraw",),
    "reopen": ("close",),
}
"""What is tried first, so that there is something to do it to."""


class Player:
    """Does one thing after the other to a case and keeps the model beside it. What Recoup refuses changes neither."""

    def __init__(self, case: Case) -> None:
        self.case, self.model, self.session = case, case.model, case.session
        self.disputes = [case.request(120), case.request(45)]
        self.told: list[tuple[Any, int, Decimal]] = []
        self.said: dict[int, Decimal] = {}

    def play(self, what: str, n: int) -> bool:
        for first in NEEDS.get(what, ()):
            self.play(first, n)
        before = (self.case.gross, self.case.recovered)
        try:
            with self.session.begin_nested():
                getattr(self, f"_{what}")(n)
        except Refusal:
            self.session.expire_all()
            assert (self.case.gross, self.case.recovered) == before
            return False
        return True

    def _pick(self, found: Any, n: int) -> Any:
        rows = list(found)
        if not rows:
            raise Refusal("nothing there")
        return rows[n % len(rows)]

    def _remedies(self, *states: RemedyState) -> Any:
        return self.session.scalars(
            select(Remedy).where(Remedy.incident_id == self.case.incident.id, Remedy.state.in_(states))
        )

    # remedies
    def _propose(self, n: int) -> None:
        kind = GIFTS[n % len(GIFTS)]
        amount = (30, 45, 120, 100, n)[n % 5]
        remedies.propose(
            self.session, self.case.incident.id, actor=self.case.mei, kind=kind, amount=sgd(amount), reason="r",
            now=self.case.tick(),
        )  # fmt: skip

    def _withdraw(self, n: int) -> None:
        one = self._pick(self._remedies(RemedyState.APPROVED, RemedyState.PROPOSED), n)
        remedies.withdraw(self.session, one.id, actor=self.case.mei, reason="r", now=self.case.tick())

    def _give(self, n: int) -> None:
        if not list(self._remedies(RemedyState.APPROVED)):
            self._propose(n)
        one = self._pick(self._remedies(RemedyState.APPROVED), n)
        reference = self.disputes[n % 2].return_number.lower() if n % 3 == 0 else ""
        remedies.mark_given(self.session, one.id, actor=self.case.mei, reference=reference, now=self.case.tick())

    def _back(self, n: int) -> None:
        self.case.take_back(self._pick(self._remedies(RemedyState.DONE), n))

    # requests
    def _dispute(self, n: int) -> Dispute:
        return self.disputes[n % 2]

    def _end(self, n: int, action: DisputeAction, amount: int | None) -> None:
        """A person says how it ended; without an amount the whole of what was asked for is meant."""
        dispute = self._dispute(n)
        whole = dispute.amount or Decimal(0)
        self.case.move(dispute, action, amount)
        self.said[dispute.id] = whole if amount is None else Decimal(amount)

    def _lose(self, n: int) -> None:
        self._end(n, A.LOSE, n if n % 3 else None)

    def _win(self, n: int) -> None:
        self._end(n, A.WIN, 0)

    def _part(self, n: int) -> None:
        self._end(n, A.WIN_PART, n)

    def _concede(self, n: int) -> None:
        self._end(n, A.CONCEDE, None)

    def _settle(self, n: int) -> None:
        self.case.move(self._dispute(n), A.RECORD_OFFER, n)
        self._end(n, A.ACCEPT_OFFER, n)

    def _ask(self, n: int) -> None:
        self.case.move(self._dispute(n), A.REQUEST_COMPENSATION)

    def _demand_back(self, n: int) -> None:
        self.case.move(self._dispute(n), A.WITHDRAW)

    def _grant(self, n: int) -> None:
        self.case.move(self._dispute(n), A.GRANT, n)

    def _comp_paid(self, n: int) -> None:
        self.case.move(self._dispute(n), A.PAY, n)

    def _comp_back(self, n: int) -> None:
        self.case.move(self._dispute(n), A.TAKE_BACK)

    def _told(self, n: int) -> None:
        run = make_run(self.session, self.case.shop.id)
        dispute = self._dispute(n)
        facts = {
            "status": DisputeStatus.REFUND_PAID,
            "refunded_at": NOW,
            "amount": Decimal(n),
            "compensation": Decimal(25),
        }
        write_down(
            self.session, self.case.shop, [Saying(dispute.return_number, facts)], source=Source.IMPORT, import_id=run.id,
            as_of=self.case.tick(), actor=SYSTEM, now=self.case.now,
        )  # fmt: skip
        self.told.append((run, dispute.id, Decimal(n)))

    def _untold(self, n: int) -> None:
        one = self._pick(self.told, n)
        disputes.RETURNS.delete(self.session, one[0], actor=SYSTEM, now=self.case.tick())
        self.told.remove(one)

    # the case
    def _value(self, n: int) -> None:
        self.case.value(n)
        self.model.value = Decimal(n)

    def _freight(self, n: int) -> None:
        self.case.lose(Account.LOSS_FREIGHT, n)
        self.model.others += n

    def _by_hand(self, n: int) -> None:
        self.case.lose(Account.LOSS_REFUND, n)
        self.model.by_hand += n

    def _close(self, n: int) -> None:
        self.case.close((Result.ARRIVED, Result.ABSORBED, Result.NO_LOSS)[n % 3])
        self.model.gone = n % 3 != 1

    def _reopen(self, n: int) -> None:
        self.case.reopen()
        self.model.gone = False

    # money that comes
    def _claims(self) -> Any:
        return self.session.scalars(select(Claim).where(Claim.incident_id == self.case.incident.id).order_by(Claim.id))

    def _claim(self, n: int) -> None:
        if self.case.incident.gross_loss <= self.case.incident.recovered:
            raise Refusal("nothing to claim")
        self.case.claim((PayerKind.CARRIER, PayerKind.INSURER, PayerKind.PLATFORM)[n % 3])

    def _approve(self, n: int) -> None:
        self.case.approve(self._pick(self._claims(), n))

    def _reject(self, n: int) -> None:
        one = self._pick(self._claims(), n)
        claims.record_answer(
            self.session, one.id, ClaimAction.REJECT, actor=self.case.mei, text="no", denial_code="other", now=self.case.tick()
        )  # fmt: skip

    def _pay(self, n: int) -> None:
        self.case.pay(self._pick(self._claims(), n), n)

    def _surplus(self, n: int) -> None:
        self.case.pay(self._pick(self._claims(), n), n, keep=True)

    def _reverse(self, n: int) -> None:
        mine = select(Claim.id).where(Claim.incident_id == self.case.incident.id)
        one = self._pick(self.session.scalars(select(Payout).where(Payout.claim_id.in_(mine))), n)
        part = sgd(n) if n % 2 else None
        payouts.reverse_payout(
            self.session, one.id, actor=self.case.mei, how=list(PayoutBack)[n % 3], note="r", amount=part, now=self.case.tick()
        )  # fmt: skip

    def _line(self, n: int) -> None:
        amount, number = (25, self._dispute(n).return_number) if n % 2 else (n, None)
        make_line(self.session, self.case.shipment, str(amount), return_number=number)
        settlements.suggest(self.session, actor=self.case.mei, now=self.case.tick())

    def _matches(self, state: MatchState) -> Any:
        return self.session.scalars(
            select(SettlementMatch).where(SettlementMatch.shop_id == self.case.shop.id, SettlementMatch.state == state)
        )

    def _accept(self, n: int) -> None:
        one = self._pick(self._matches(MatchState.SUGGESTED), n)
        settlements.accept(self.session, one.id, actor=self.case.mei, keep_surplus=bool(n % 2), now=self.case.tick())

    def _unmatch(self, n: int) -> None:
        one = self._pick(self._matches(MatchState.ACCEPTED), n)
        settlements.unmatch(self.session, one.id, actor=self.case.mei, note="r", now=self.case.tick())

    # what should stand
    def expected(self) -> tuple[Decimal, Decimal]:
        """Gross and recovered by the facts on the rows, none of them a posting."""
        self.model.gifts = {
            one.id: (one.kind, one.cost, self._number(one.reference)) for one in self._remedies(RemedyState.DONE)
        }
        self.model.refunds = {one.id: (one.return_number, self._refunded(one.id)) for one in self.disputes}
        back = Decimal(0)
        for claim in self._claims():
            paid = self.session.scalars(select(Payout).where(Payout.claim_id == claim.id)).all()
            gone = self.session.scalars(
                select(PayoutReversal).where(PayoutReversal.payout_id.in_([one.id for one in paid]))
            ).all()
            came = sum((p.amount for p in paid), Decimal(0)) - sum((p.amount for p in gone), Decimal(0))
            assert claim.paid + claim.surplus == came
            back += came - claim.surplus
        return self.model.gross, back

    def _refunded(self, dispute: int) -> Decimal:
        """What the buyer got of a request: as somebody said last, else as the newest file that is there tells."""
        told = [amount for _run, number, amount in self.told if number == dispute]
        return self.said.get(dispute, told[-1] if told else Decimal(0))

    def _number(self, reference: str) -> str:
        return next((one.return_number for one in self.disputes if one.return_number.lower() == reference), "")


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 160)), min_size=3, max_size=18))
def test_whatever_happens_the_books_say_what_happened(
    session: Session, mei: Actor, tmp_path: Path, steps: list[tuple[str, int]]
) -> None:
    savepoint = session.begin_nested()
    try:
        case = Case(session, mei)
        player = Player(case)
        compensated: dict[int, Decimal] = {}
        frozen: Decimal | None = None
        for what, n in steps:
            done = player.play(what, n)
            session.expire_all()
            for one in player.disputes:
                if one.payment_posting_id is None:
                    compensated.pop(one.id, None)
                else:
                    assert one.state is S.PAID
                    assert one.paid is not None
                    compensated[one.id] = one.paid
            gross, back = player.expected()
            recovered = back + sum(compensated.values(), Decimal(0))
            assert case.recovered == recovered, (what, n, done)
            closed = case.incident.state is IncidentState.CLOSED
            if not closed:
                frozen = None
            elif frozen is None:
                frozen = case.gross
                assert frozen == max(gross, recovered), (what, n, done)
            assert case.gross == (frozen if frozen is not None else max(gross, recovered)), (what, n, done)
        found = soundness(session, Store(tmp_path), actor=SYSTEM, with_files=False)
        assert (found.books, found.payments, found.outcomes) == ((), (), ())
    finally:
        savepoint.rollback()
        session.expunge_all()


# --- at the same moment ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Team:
    """A case with goods of 100 that everybody works on at once: its requests, three gifts to give, a claim granted in full."""

    mei: Actor
    incident: int
    shop: int
    numbers: tuple[str, str]
    disputes: tuple[int, int]
    gifts: tuple[int, ...]
    claim: int
    match: int


@pytest.fixture
def team(live_database: str) -> Team:
    with database.transaction() as session:
        make_policy(session)
        make_rates(session)
        case = Case(session, acting(session, Role.MANAGER, "mei"))
        first, second = case.request(120), case.request(45)
        gifts = [
            remedies.propose(
                session, case.incident.id, actor=case.mei, kind=kind, amount=sgd(amount), reason="r", now=case.tick()
            )
            for kind, amount in ((RemedyKind.VOUCHER, 30), (RemedyKind.PARTIAL_REFUND, 20), (RemedyKind.REFUND, 110))
        ]
        claim = case.claim(demand=60)
        case.approve(claim)
        make_line(session, case.shipment, "60.00")
        settlements.suggest(session, actor=case.mei, now=case.tick())
        (match,) = session.scalars(select(SettlementMatch)).all()
        return Team(
            case.mei,
            case.incident.id,
            case.shop.id,
            (first.return_number, second.return_number),
            (first.id, second.id),
            tuple(one.id for one in gifts),
            claim.id,
            match.id,
        )


def everything(team: Team, later: datetime) -> list[Callable[[Session], Any]]:
    """What eight people do at one moment to the money of one case."""

    def lose(number: int) -> Callable[[Session], Any]:
        return lambda session: disputes.move_dispute(session, number, A.LOSE, actor=team.mei, now=later)

    def give(number: int) -> Callable[[Session], Any]:
        return lambda session: remedies.mark_given(session, number, actor=team.mei, now=later)

    def revalue(session: Session) -> None:
        seen = {"value_at_risk": Decimal(100)}
        typed = {"value_at_risk": Decimal(140)}
        incidents.edit(session, team.incident, actor=team.mei, seen=seen, typed=typed, now=later)

    def tell(session: Session) -> None:
        run = make_run(session, team.shop)
        facts = {"status": DisputeStatus.REFUND_PAID, "refunded_at": NOW}
        said = [Saying(number, facts) for number in team.numbers]
        shop = session.get_one(Shop, team.shop)
        write_down(session, shop, said, source=Source.IMPORT, import_id=run.id, as_of=later, actor=SYSTEM, now=later)

    def accept(session: Session) -> None:
        settlements.accept(session, team.match, actor=team.mei, now=later)

    def pay(session: Session) -> None:
        payouts.record_payout(
            session,
            team.claim,
            actor=team.mei,
            received=sgd(60),
            paid_on=date(2026, 11, 23),
            reference="by hand",
            now=later,
        )

    return [*map(lose, team.disputes), *map(give, team.gifts), revalue, tell, accept, pay]


@pytest.mark.parametrize("seed", range(4))
def test_at_one_moment_too_the_books_say_what_happened(team: Team, tmp_path: Path, seed: int) -> None:
    works = everything(team, NOW + timedelta(hours=1))
    Random(seed).shuffle(works)
    done = at_once(works, threads=len(works))
    refused = [one for one in done if isinstance(one, Refusal)]
    with database.reading() as session:
        case = session.get_one(Incident, team.incident)
        # Refunds of 120 and 45, one of them given as a whole refund, with a voucher and a part besides; the claim is paid once.
        assert (case.gross_loss, case.recovered) == (Decimal(215), Decimal(60))
        assert len(refused) == 1, refused
        found = soundness(session, Store(tmp_path), actor=SYSTEM, with_files=False)
        assert (found.books, found.payments, found.outcomes) == ((), (), ())

    def back(number: int) -> Callable[[Session], Any]:
        later = NOW + timedelta(hours=2)
        return lambda session: remedies.take_back(session, number, actor=team.mei, reason="r", now=later)

    again = at_once([back(number) for number in team.gifts] * 2, threads=6)
    assert sum(isinstance(one, Refusal) for one in again) == 3
    with database.reading() as session:
        case = session.get_one(Incident, team.incident)
        assert (case.gross_loss, case.recovered) == (Decimal(165), Decimal(60))
        assert soundness(session, Store(tmp_path), actor=SYSTEM, with_files=False).ok
