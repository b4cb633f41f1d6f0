"""The ledger balances, only grows, and never lets more come back than was lost."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from core.foundation.audit import check_chain
from core.foundation.errors import Invalid, NotAllowed, WrongState
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import Entry, Posting
from core.models.ledger import Account
from core.money import ledger
from tests.factories import NOW, make_incident
from tests.people import OUT, acting


def sgd(amount: str) -> Money:
    return Money(Decimal(amount), "SGD")


def test_a_loss_is_booked_on_both_sides_and_counted_on_the_case(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    ledger.post_loss(
        session, incident.id, actor=actor, account=Account.LOSS_FREIGHT, amount=sgd("16.20"), note="return", now=NOW
    )
    found = ledger.balance(session, incident.id, actor=actor)
    assert (found.gross, found.recovered, found.net) == (sgd("16.20"), sgd("0"), sgd("16.20"))
    assert incident.gross_loss == Decimal("16.20")
    assert session.scalar(select(func.sum(Entry.amount))) == 0
    assert check_chain(session, incident.id) is None


def test_a_loss_in_another_currency_or_of_nothing_is_refused(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    for wrong in (Money(Decimal(5), "PHP"), sgd("0")):
        with pytest.raises(Invalid):
            ledger.post_loss(session, incident.id, actor=actor, account=Account.LOSS_OTHER, amount=wrong, now=NOW)


def test_a_recovery_account_is_not_a_loss(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    with pytest.raises(Invalid):
        ledger.post_loss(session, incident.id, actor=actor, account=Account.BANK, amount=sgd("5"), now=NOW)


def test_a_reversed_loss_counts_no_longer_and_both_postings_stay(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    first = ledger.post_loss(
        session, incident.id, actor=actor, account=Account.LOSS_GOODS, amount=sgd("318.00"), now=NOW
    )
    ledger.reverse(session, first.id, actor=actor, note="wrong parcel", now=NOW)
    found = ledger.balance(session, incident.id, actor=actor)
    assert not found.gross and len(found.lines) == 2
    assert found.lines[0].reversed and found.lines[1].reversal
    with pytest.raises(WrongState):
        ledger.reverse(session, first.id, actor=actor, note="again", now=NOW)


def test_a_reversal_needs_a_reason(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    first = ledger.post_loss(session, incident.id, actor=actor, account=Account.LOSS_GOODS, amount=sgd("1"), now=NOW)
    with pytest.raises(Invalid):
        ledger.reverse(session, first.id, actor=actor, note="  ", now=NOW)


def test_more_than_the_loss_cannot_come_back(session: Session) -> None:
    actor, incident = acting(session), make_incident(session)
    ledger.post_loss(session, incident.id, actor=actor, account=Account.LOSS_GOODS, amount=sgd("100"), now=NOW)
    sides = [(Account.BANK, sgd("100.01")), (Account.RECOVERY_CARRIER, sgd("-100.01"))]
    with pytest.raises(Invalid, match="more than the loss"):
        ledger.post(session, incident, sides, actor=actor, now=NOW, on_date=NOW.date())


def test_the_database_refuses_more_recovered_than_lost_whoever_writes_it(session: Session) -> None:
    incident = make_incident(session)
    with pytest.raises(IntegrityError, match="recovered_at_most_lost"), session.begin_nested():
        session.execute(text("update incident set recovered = 1 where id = :id"), {"id": incident.id})


def test_the_database_refuses_a_posting_out_of_balance(session: Session) -> None:
    incident = make_incident(session)
    posting = Posting(incident_id=incident.id, at=NOW, on_date=NOW.date())
    session.add(posting)
    session.flush()
    session.add(Entry(posting_id=posting.id, line=1, account=Account.BANK, amount=Decimal(1), currency="SGD"))
    session.flush()
    with pytest.raises(DBAPIError, match="out of balance"), session.begin_nested():
        session.execute(text("set constraints all immediate"))
    session.execute(text("set constraints all deferred"))
    session.add(Entry(posting_id=posting.id, line=2, account=Account.GOODS, amount=Decimal(-1), currency="SGD"))
    session.flush()


@pytest.mark.parametrize("change", ["update entry set amount = 2", "delete from entry", "truncate posting cascade"])
def test_what_is_posted_cannot_be_changed_or_removed(session: Session, change: str) -> None:
    actor, incident = acting(session), make_incident(session)
    ledger.post_loss(session, incident.id, actor=actor, account=Account.LOSS_GOODS, amount=sgd("1"), now=NOW)
    session.execute(text("set constraints all immediate"))
    with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
        session.execute(text(change))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(amounts=st.lists(st.decimals("0.01", "9999", places=2), min_size=1, max_size=6), back=st.sets(st.integers(0, 5)))
def test_any_run_of_losses_and_reversals_keeps_the_books_in_balance(
    session: Session, amounts: list[Decimal], back: set[int]
) -> None:
    incident = make_incident(session)
    postings = [
        ledger.post_loss(
            session, incident.id, actor=SYSTEM, account=Account.LOSS_OTHER, amount=Money(a, "SGD"), now=NOW
        )
        for a in amounts
    ]
    for index in back:
        if index < len(postings):
            ledger.reverse(session, postings[index].id, actor=SYSTEM, note="no", now=NOW)
    standing = sum((a for i, a in enumerate(amounts) if i not in back), Decimal(0))
    assert ledger.balance(session, incident.id, actor=SYSTEM).gross.amount == standing
    assert [row for row in ledger.imbalances(session, actor=SYSTEM) if row.incident_id == incident.id] == []


def test_a_viewer_reads_the_ledger_and_posts_nothing(session: Session) -> None:
    viewer, incident = acting(session, Role.VIEWER), make_incident(session)
    assert ledger.balance(session, incident.id, actor=viewer).lines == ()
    with pytest.raises(NotAllowed):
        ledger.post_loss(session, incident.id, actor=viewer, account=Account.LOSS_GOODS, amount=sgd("1"), now=NOW)
    with pytest.raises(NotAllowed):
        ledger.balance(session, incident.id, actor=OUT)
