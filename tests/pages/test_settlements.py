"""Compensation found: accepting, refusing, matching by hand, and what the empty screen says."""

from __future__ import annotations

from decimal import Decimal

import pytest
import streamlit as st
from sqlalchemy import select

from core.foundation import clock, database
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, SettlementMatch
from core.models.claim import ClaimState
from core.models.dispute import ReturnReason
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.rule import PayerKind
from core.models.settlement import MatchState
from core.recovery import claims, disputes, settlements
from core.recovery.disputes import DisputeAction
from core.recovery.intake import take_in
from tests.factories import NOW, make_policy, make_rates, make_rule_card, make_shipment
from tests.pages.conftest import Screens, field, run, words
from tests.people import acting
from tests.recovery.claiming import filed
from tests.recovery.settlements.money import make_line


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    st.cache_data.clear()


def paid(amount: str = "318.00", *, known: bool = True) -> str:
    """A filed claim and a line of money for its order, or for none: the claim's reference."""
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        mei = acting(session, Role.LEAD, "lead-of-the-claim")
        parcel = make_shipment(session)
        incident = take_in(
            session, actor=mei, shipment_id=parcel.id, type=IncidentType.LOST, stage=Stage.UNKNOWN,
            noticed_by=NoticedBy.BUYER, noticed_at=NOW, now=NOW,
        )  # fmt: skip
        claim = filed(session, mei, incident)
        make_line(session, parcel if known else None, amount, **({} if known else {"shop_id": parcel.shop_id}))
        settlements.suggest(session, actor=SYSTEM, now=clock.now())
        return claim.reference


def state_of(reference: str) -> ClaimState:
    with database.reading() as session:
        return session.scalars(select(Claim.state).where(Claim.reference == reference)).one()


def match() -> SettlementMatch:
    with database.reading() as session:
        return session.scalars(select(SettlementMatch)).one()


def test_without_files_the_screen_says_where_they_come_in(screens: Screens) -> None:
    assert "No income or wallet file was imported yet" in words(screens.open("claims.py", view="money"))


def test_accepting_books_the_payout_and_taking_it_back_unbooks_it(screens: Screens) -> None:
    reference = paid()
    test = screens.open("claims.py", view="money")
    assert "Fits exactly" in words(test)
    test.button(key=f"settle-{match().id}-accept").click()
    run(test)
    assert state_of(reference) is ClaimState.PAID
    assert "Every compensation that fits a claim is decided." in words(test)
    agent = screens.open("claims.py", view="money", money="matched")
    assert agent.button(key=f"settle-{match().id}-back").disabled
    assert "Taking it back reverses a payout" in words(agent)
    test = screens.open("claims.py", Role.LEAD, view="money", money="matched")
    test.button(key=f"settle-{match().id}-back").click()
    run(test)
    field(test, "text_area", "Why").set_value("of another parcel")
    next(one for one in test.button if one.label == "Take back" and "save" in str(one.key)).click()
    run(test)
    assert match().state is MatchState.UNDONE
    assert state_of(reference) is ClaimState.APPROVED


def test_what_does_not_belong_together_is_not_suggested_again(screens: Screens) -> None:
    paid()
    test = screens.open("claims.py", view="money")
    test.button(key=f"settle-{match().id}-no").click()
    run(test)
    assert match().state is MatchState.REJECTED


def test_a_line_of_no_order_is_matched_by_hand(screens: Screens) -> None:
    reference = paid(known=False)
    test = screens.open("claims.py", view="money", money="unknown")
    next(one for one in test.button if one.label == "Match by hand").click()
    run(test)
    field(test, "text_input", "Other claims, with commas between").set_value(reference)
    next(one for one in test.button if one.label == "Match").click()
    run(test)
    assert state_of(reference) is ClaimState.PAID


def test_money_beside_a_booked_compensation_is_accepted_only_as_money_of_its_own(screens: Screens) -> None:
    with database.transaction() as session:
        make_rates(session)
        make_policy(session)
        mei = acting(session, Role.LEAD, "lead-of-the-claim")
        parcel = make_shipment(session, value=Decimal(100))
        incident = take_in(
            session, actor=mei, shipment_id=parcel.id, type=IncidentType.LOST, stage=Stage.UNKNOWN,
            noticed_by=NoticedBy.BUYER, noticed_at=NOW, now=NOW,
        )  # fmt: skip
        money = Money(Decimal(40), "SGD")
        dispute = disputes.enter_dispute(
            session,
            incident.id,
            actor=mei,
            return_number="RT-40",
            reason=ReturnReason.NOT_RECEIVED,
            amount=money,
            now=NOW,
        )
        disputes.move_dispute(session, dispute.id, DisputeAction.PAY, actor=mei, amount=money, now=NOW)
        card = make_rule_card(session, payer_kind=PayerKind.PLATFORM, payer_name="Shopee", documents=[])
        demand = Money(Decimal(30), "SGD")
        claim = claims.draft_claim(session, incident.id, actor=mei, rule_card_id=card.id, demand=demand, now=NOW)
        claims.mark_ready(session, claim.id, actor=mei, now=NOW)
        claims.submit(session, claim.id, actor=mei, case_number="SP-1", via="portal", now=NOW)
        make_line(session, parcel, "30.00")
        settlements.suggest(session, actor=SYSTEM, now=clock.now())
        reference = claim.reference
    test = screens.open("claims.py", view="money")
    test.button(key=f"settle-{match().id}-accept").click()
    run(test)
    assert "SGD 40.00 for return RT-40" in "".join(one.value for one in test.error).replace("\\", "")
    assert state_of(reference) is ClaimState.SUBMITTED
    test.button(key=f"settle-{match().id}-besides").click()
    run(test)
    assert state_of(reference) is ClaimState.PAID
