"""A case and its claims led any way people can lead them: after every step the books balance, the chain holds, the
clocks agree with the states, and whatever could not be done was refused with a sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from core.cases import contacts, incidents
from core.cases.clocks import running
from core.foundation.audit import check_chain
from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM
from core.models import Claim, ClaimStep, Clock, Incident, Payout, PayoutReversal, Posting
from core.models.claim import ENDED, ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage
from core.models.ledger import Account, PayoutBack
from core.money import ledger
from core.recovery import claims, money_tasks, payouts
from core.recovery.claim_states import ClaimAction
from core.recovery.claims.money import AWAITED, PAID_ELSEWHERE, PAID_TWICE
from core.recovery.claims.pieces import OURS
from core.recovery.money_tasks import MoneyWay
from tests.factories import NOW, make_policy, make_rates, make_rule_card, make_shipment

S = ClaimState
MAY_RUN: dict[ClockKind, set[ClaimState]] = {
    ClockKind.CLAIM_WINDOW: {S.DRAFT, S.READY},
    ClockKind.ANSWER: {S.SUBMITTED, S.IN_REVIEW, S.INFORMATION_ASKED, S.APPEALED},
    ClockKind.INFORMATION: {S.INFORMATION_ASKED},
    ClockKind.APPEAL: {S.REJECTED, S.PARTLY_APPROVED},
    ClockKind.PAYMENT: {S.APPROVED, S.PARTLY_APPROVED},
    ClockKind.OFFER: {S.OFFERED},
}
"""In which states of its claim a clock may run."""

MONEY_MAY_RUN: dict[str, set[ClaimState]] = {
    **{code: {S.APPROVED, S.PARTLY_APPROVED} for code in AWAITED},
    **{code: set(ClaimState) - {S.DRAFT, S.READY, S.EXPIRED, S.WITHDRAWN} for code in OURS},
    PAID_ELSEWHERE: set(ClaimState) - set(ENDED) - {S.DRAFT, S.READY},
}
"""In which states a task about money may stand, by its code."""

GIVING_UP = (ClaimAction.WITHDRAW, ClaimAction.DISCARD, ClaimAction.BACK_TO_DRAFT, ClaimAction.CLOSE)

money = st.decimals("0.01", "450", places=2) | st.sampled_from([Decimal(318), Decimal(200), Decimal(100)])
which = st.integers(0, 5)


class Life(RuleBasedStateMachine):
    """One case on a real database, in a transaction that is rolled back at its end."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        self.connection = self.engine.connect()
        self.outer = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        self.now = NOW

    @initialize(type=st.sampled_from(IncidentType), filed=st.booleans())
    def begin(self, type: IncidentType, filed: bool) -> None:
        make_policy(self.session)
        make_rates(self.session)
        self.cards = [
            make_rule_card(self.session, type=type, documents=[], payer_name="Carrier").id,
            make_rule_card(self.session, type=type, documents=[], payer_name="Slow", answer_days=None, within=3).id,
            make_rule_card(self.session, type=type, documents=[], payer_name="Final", appeal_days=None).id,
        ]
        self.case = incidents.register(
            self.session,
            actor=SYSTEM,
            shipment_id=make_shipment(self.session).id,
            type=type,
            stage=Stage.LAST_MILE,
            noticed_by=NoticedBy.BUYER,
            noticed_at=NOW,
            now=NOW,
        ).id
        if filed:
            self.attempt(claims.draft_claim, self.case, rule_card_id=self.cards[0])
            self.on_claim(0, claims.mark_ready)
            self.on_claim(0, claims.submit, case_number="C-1", via="portal")

    def attempt(self, work: Callable[..., Any], *args: Any, **more: Any) -> None:
        """As the edge does: what is refused leaves nothing behind. Anything but a refusal fails the test."""
        before = self.session.begin_nested()
        try:
            work(self.session, *args, actor=SYSTEM, now=self.now, **more)
        except Refusal:
            before.rollback()
        else:
            before.commit()

    def on_claim(self, place: int, work: Callable[..., Any], *args: Any, **more: Any) -> None:
        ids = self.session.scalars(select(Claim.id).order_by(Claim.id)).all()
        if ids:
            self.attempt(work, ids[place % len(ids)], *args, **more)

    @rule(days=st.integers(0, 9), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.now += timedelta(days=days, hours=hours, minutes=1)

    @rule(place=which, demand=st.none() | money)
    def draft(self, place: int, demand: Decimal | None) -> None:
        wanted = None if demand is None else Money(demand, "SGD")
        self.attempt(claims.draft_claim, self.case, rule_card_id=self.cards[place % 3], demand=wanted)

    @rule(place=which, demand=money)
    def change_the_demand(self, place: int, demand: Decimal) -> None:
        claim = self.session.scalars(select(Claim).order_by(Claim.id).offset(place)).first()
        if claim is not None:
            self.attempt(claims.edit_claim, claim.id, seen={"demand": claim.demand}, typed={"demand": demand})

    @rule(place=which, moves=st.lists(st.tuples(st.integers(0, 11), money, st.booleans()), min_size=2, max_size=8))
    def the_claim_goes_on(self, place: int, moves: list[tuple[int, Decimal, bool]]) -> None:
        """Some of the buttons that are on; giving up is left to the other rule, or every life would be short."""
        ids = self.session.scalars(select(Claim.id).order_by(Claim.id)).all()
        if not ids:
            return
        claim_id = ids[place % len(ids)]
        for pick, amount, due in moves:
            offers = claims.claim_offers(self.session, claim_id, actor=SYSTEM, now=self.now)
            on = [ClaimAction(one.action) for one in offers if one.permitted]
            forward = [one for one in on if one not in GIVING_UP]
            if not forward:
                return
            self.take(claim_id, forward[pick % len(forward)], amount, due)
            self.the_books_balance()
            self.clocks_agree_with_states()

    @rule(place=which, action=st.sampled_from(ClaimAction), amount=money, due=st.booleans())
    def somebody_does_whatever_comes_to_mind(self, place: int, action: ClaimAction, amount: Decimal, due: bool) -> None:
        ids = self.session.scalars(select(Claim.id).order_by(Claim.id)).all()
        if ids:
            self.take(ids[place % len(ids)], action, amount, due)

    def take(self, claim_id: int, action: ClaimAction, amount: Decimal, due: bool) -> None:
        plain = {
            ClaimAction.MARK_READY: claims.mark_ready,
            ClaimAction.BACK_TO_DRAFT: claims.back_to_draft,
            ClaimAction.EXPIRE: claims.expire,
        }
        if action in plain:
            self.attempt(plain[action], claim_id)
        elif action is ClaimAction.SUBMIT:
            self.attempt(claims.submit, claim_id, case_number="C-1", via="portal")
        elif action is ClaimAction.WITHDRAW:
            self.attempt(claims.withdraw, claim_id, reason="given up")
        elif action is ClaimAction.APPEAL:
            self.attempt(claims.appeal, claim_id, text="look again")
        elif action is ClaimAction.DISCARD:
            self.attempt(claims.discard, claim_id)
        elif action in (ClaimAction.PAY, ClaimAction.PAY_MORE):
            self.pay(claim_id, amount, whole=due)
        elif action is ClaimAction.RECORD_OFFER:
            self.attempt(claims.record_offer, claim_id, amount=Money(amount, "SGD"))
        elif action is ClaimAction.ACCEPT_OFFER:
            self.attempt(claims.accept_offer, claim_id)
        elif action is ClaimAction.DECLINE_OFFER:
            self.attempt(claims.decline_offer, claim_id, text="more")
        elif action is ClaimAction.FOLLOW_UP:
            next_on = (self.now + timedelta(days=3)).date() if due else None
            self.attempt(claims.follow_up, claim_id, channel=Channel.PHONE, text="when?", next_on=next_on)
        elif action in (ClaimAction.TAKE_BACK, ClaimAction.AWAIT_AGAIN, ClaimAction.AWAIT_PART_AGAIN):
            self.take_a_payout_back(claim_id, amount, due)
        else:
            until = self.now + timedelta(days=2) if due or action is ClaimAction.ASK_INFORMATION else None
            granted = Money(amount, "SGD")
            answer = {"amount": granted, "text": "words", "due_at": until, "denial_code": "late"}
            self.attempt(claims.record_answer, claim_id, action, **answer)

    def pay(self, claim_id: int, amount: Decimal, *, whole: bool) -> None:
        claim = self.session.get_one(Claim, claim_id)
        if whole and claim.approved is not None and claim.approved > claim.paid:
            amount = claim.approved - claim.paid
        paid = Money(amount, "SGD")
        day = self.now.date()
        # Three references only, so that the same payment is met twice now and then.
        reference = f"P-{int(amount) % 3}"
        keep = int(amount) % 2 == 0
        self.attempt(
            payouts.record_payout, claim_id, received=paid, paid_on=day, reference=reference, keep_surplus=keep
        )

    def take_a_payout_back(self, claim_id: int, amount: Decimal, whole: bool) -> None:
        made = self.session.scalars(select(Payout.id).where(Payout.claim_id == claim_id).order_by(Payout.id)).all()
        if not made:
            return
        how = list(PayoutBack)[int(amount) % 3]
        part = None if whole else Money(amount, "SGD")
        back = made[int(amount * 10) % len(made)]
        self.attempt(payouts.reverse_payout, back, how=how, amount=part, note="gone again")

    @rule(place=which, how=st.sampled_from(MoneyWay))
    def a_task_about_money_is_settled(self, place: int, how: MoneyWay) -> None:
        waiting = self.session.scalars(
            select(Clock.id).where(Clock.kind == ClockKind.MONEY, Clock.state == ClockState.RUNNING).order_by(Clock.id)
        ).all()
        if waiting:
            self.attempt(money_tasks.resolve_money_task, waiting[place % len(waiting)], how=how, note="agreed")

    @rule()
    def the_parcel_arrives_after_all(self) -> None:
        self.attempt(money_tasks.parcel_arrived, self.case, at=self.now)

    @rule()
    def the_sweep_finds_late_payments(self) -> None:
        for clock in money_tasks.late_payments(self.session, actor=SYSTEM, now=self.now):
            self.attempt(money_tasks.chase_payment, clock)

    @rule(amount=money)
    def dollars_come(self, amount: Decimal) -> None:
        worth = Money(amount, "USD").times(Decimal("1.3"), "SGD")
        self.on_claim(
            0,
            payouts.record_payout,
            received=Money(amount, "USD"),
            amount=worth,
            paid_on=self.now.date(),
            reference=f"USD {amount}",
        )

    @rule(amount=money, account=st.sampled_from([Account.LOSS_GOODS, Account.LOSS_FREIGHT]))
    def more_is_lost(self, amount: Decimal, account: Account) -> None:
        self.attempt(ledger.post_loss, self.case, account=account, amount=Money(amount, "SGD"))

    @rule(place=which)
    def a_posting_is_taken_back(self, place: int) -> None:
        ids = self.session.scalars(select(Posting.id).order_by(Posting.id)).all()
        if ids:
            self.attempt(ledger.reverse, ids[place % len(ids)], note="a slip")

    @rule(value=money)
    def the_value_is_corrected(self, value: Decimal) -> None:
        shown = self.session.get_one(Incident, self.case).value_at_risk
        self.attempt(incidents.edit, self.case, seen={"value_at_risk": shown}, typed={"value_at_risk": value})

    @rule(hours=st.integers(1, 200))
    def somebody_promises(self, hours: int) -> None:
        self.attempt(
            contacts.log_contact,
            self.case,
            party=Party.CARRIER,
            channel=Channel.PHONE,
            at=self.now,
            summary="talked",
            promise="call back",
            promise_due_at=self.now + timedelta(hours=hours),
        )

    @rule(kept=st.booleans())
    def a_promise_ends(self, kept: bool) -> None:
        found = self.session.scalars(select(Clock.id).where(Clock.kind == ClockKind.PROMISE)).first()
        if found is not None:
            self.attempt(contacts.settle_promise, found, kept=kept)

    @rule(result=st.sampled_from(Result))
    def close(self, result: Result) -> None:
        # Nobody closes a case in the very microsecond in which its loss was changed.
        self.now += timedelta(seconds=1)
        self.attempt(incidents.close, self.case, cause=Cause.UNKNOWN, result=result)

    @rule()
    def reopen(self) -> None:
        before = self.goods_before_closing
        self.attempt(incidents.reopen, self.case, reason="not over")
        incident = self.session.get_one(Incident, self.case)
        if incident.state is not IncidentState.CLOSED and before is not None:
            assert ledger.booked(self.session, self.case, Account.LOSS_GOODS) == before

    @property
    def goods_before_closing(self) -> Decimal | None:
        """The goods loss a closed case had before it was closed."""
        incident = self.session.get_one(Incident, self.case)
        if incident.state is not IncidentState.CLOSED or incident.closed_at is None:
            return None
        back = ledger.taken_back(self.session, self.case, Account.LOSS_GOODS, at=incident.closed_at)
        return ledger.booked(self.session, self.case, Account.LOSS_GOODS) + sum(
            (one.amount for one in back), Decimal(0)
        )

    @invariant()
    def the_books_balance(self) -> None:
        session = self.session
        session.execute(text("set constraints all immediate"))
        session.execute(text("set constraints all deferred"))
        session.expire_all()
        incident = session.scalars(select(Incident)).one()
        assert ledger.imbalances(session, actor=SYSTEM) == []
        assert 0 <= incident.recovered <= incident.gross_loss
        came, held = Decimal(0), Decimal(0)
        for claim in session.scalars(select(Claim)):
            paid = session.scalar(select(func.sum(Payout.amount)).where(Payout.claim_id == claim.id)) or Decimal(0)
            gone = session.scalar(
                select(func.sum(PayoutReversal.amount))
                .join(Payout, Payout.id == PayoutReversal.payout_id)
                .where(Payout.claim_id == claim.id)
            )
            assert claim.paid + claim.surplus == paid - (gone or Decimal(0))
            assert 0 <= claim.paid <= (claim.approved or 0) <= claim.demand
            assert claim.state is not S.PAID or claim.paid == claim.approved
            came += claim.paid
            held += claim.surplus
        assert incident.recovered == came
        assert ledger.booked(session, self.case, Account.PAYER_CREDIT) == -held

    @invariant()
    def the_chain_holds(self) -> None:
        assert check_chain(self.session, self.case) is None

    @invariant()
    def clocks_agree_with_states(self) -> None:
        incident = self.session.scalars(select(Incident)).one()
        ticking = running(self.session, self.case)
        assert incident.next_due_at == min((clock.due_at or clock.opens_at for clock in ticking), default=None)  # type: ignore[type-var]
        assert incident.state is not IncidentState.CLOSED or not ticking
        of_claims = [clock for clock in ticking if clock.claim_id is not None]
        told = [clock.title if clock.kind is ClockKind.MONEY else clock.kind for clock in of_claims]
        assert len(set(zip([clock.claim_id for clock in of_claims], told, strict=True))) == len(of_claims)
        for claim in self.session.scalars(select(Claim)):
            own = [clock for clock in of_claims if clock.claim_id == claim.id]
            assert claim.next_due_at == min((clock.due_at or clock.opens_at for clock in own), default=None)  # type: ignore[type-var]
            assert claim.surplus or not [clock for clock in own if clock.title == PAID_TWICE]
            for clock in own:
                may = MONEY_MAY_RUN[clock.title] if clock.kind is ClockKind.MONEY else MAY_RUN[clock.kind]
                assert claim.state in may, (claim.state, clock.kind, clock.title)

    @invariant()
    def the_story_ends_where_the_claim_is(self) -> None:
        for claim in self.session.scalars(select(Claim)):
            steps = self.session.scalars(select(ClaimStep).where(ClaimStep.claim_id == claim.id).order_by(ClaimStep.id))
            told = list(steps)
            assert told[-1].target == claim.state
            assert [one.source for one in told[1:]] == [one.target for one in told[:-1]]

    def teardown(self) -> None:
        self.session.close()
        self.outer.rollback()
        self.connection.close()


def test_a_claims_whole_life_keeps_books_chain_and_clocks(worker_engine: Engine) -> None:
    class Here(Life):
        engine = worker_engine

    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
