"""Two people at one case at the same moment: nothing is lost, nothing happens twice, nobody sees a bug."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core.cases import contacts, incidents
from core.cases.clocks import running
from core.desk.soundness import soundness
from core.foundation import database
from core.foundation.errors import Conflict, Duplicate, Refusal, Unavailable
from core.foundation.files import Store
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, Incident, Posting
from core.models.contact import Channel, Party
from core.models.incident import Cause, IncidentType, Result, Stage
from core.models.ledger import Account
from core.money import ledger
from core.recovery import claims, payouts
from core.recovery.claim_states import ClaimAction
from tests.cases.test_incidents import register, sgd
from tests.factories import NOW, make_policy, make_rates, make_rule_card, make_shipment
from tests.people import person

Work = Callable[[Session], Any]


def at_once(*works: Work) -> list[Any]:
    """Each work in a transaction and thread of its own, started together; what each gave or was refused with."""
    together = threading.Barrier(len(works))
    found: list[Any] = [None] * len(works)

    def run(place: int, work: Work) -> None:
        together.wait()
        try:
            with database.transaction() as session:
                found[place] = work(session)
        except Exception as error:
            found[place] = error

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def case(live_database: str) -> int:
    with database.transaction() as session:
        make_policy(session)
        make_rates(session)
        return register(session, SYSTEM).id


def holds(tmp_path: Any) -> bool:
    with database.reading() as session:
        return soundness(session, Store(tmp_path), actor=SYSTEM).ok


def test_every_kind_of_work_on_one_case_at_once_is_all_kept(case: int, tmp_path: Any) -> None:
    with database.transaction() as session:
        owner = person(session, Role.AGENT).id
        card = make_rule_card(session).id

    def talk(session: Session) -> None:
        contacts.log_contact(
            session,
            case,
            actor=SYSTEM,
            party=Party.CARRIER,
            channel=Channel.PHONE,
            at=NOW,
            summary="talked",
            promise="call",
            promise_due_at=NOW + timedelta(days=1),
            now=NOW,
        )

    done = at_once(
        *[lambda s, n=n: incidents.comment(s, case, actor=SYSTEM, text=f"remark {n}", now=NOW) for n in range(4)],
        lambda s: incidents.edit(
            s, case, actor=SYSTEM, seen={"stage": Stage.LAST_MILE}, typed={"stage": Stage.CUSTOMS}, now=NOW
        ),
        lambda s: incidents.assign(s, case, actor=SYSTEM, owner_id=owner, now=NOW),
        lambda s: ledger.post_loss(s, case, actor=SYSTEM, account=Account.LOSS_FREIGHT, amount=sgd("16.20"), now=NOW),
        talk,
        lambda s: claims.draft_claim(s, case, actor=SYSTEM, rule_card_id=card, now=NOW),
    )
    assert [one for one in done if isinstance(one, Exception)] == []
    assert holds(tmp_path)
    with database.reading() as session:
        kept = session.get_one(Incident, case)
        assert (kept.stage, kept.owner_id, str(kept.gross_loss)) == (Stage.CUSTOMS, owner, "334.2000")
        assert {clock.owner_id for clock in running(session, case)} == {owner}


def test_one_parcel_registered_by_four_at_once_is_one_case(live_database: str) -> None:
    with database.transaction() as session:
        make_policy(session)
        shipment = make_shipment(session)
    done = at_once(*[lambda s: register(s, SYSTEM, shipment).reference for _ in range(4)])
    [made] = [one for one in done if isinstance(one, str)]
    assert [one.reference for one in done if isinstance(one, Duplicate)] == [made] * 3


def test_one_loss_taken_back_by_two_at_once_is_taken_back_once(case: int) -> None:
    with database.reading() as session:
        [goods] = ledger.standing_postings(session, case, Account.LOSS_GOODS)
    done = at_once(*[lambda s: ledger.reverse(s, goods.id, actor=SYSTEM, note="no", now=NOW)] * 2)
    assert sorted(type(one).__name__ for one in done) == ["Posting", "WrongState"]
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Posting)) == 2


def test_two_payouts_at_once_never_bring_more_than_was_granted(case: int, tmp_path: Any) -> None:
    with database.transaction() as session:
        claim = claims.draft_claim(
            session, case, actor=SYSTEM, rule_card_id=make_rule_card(session, documents=[]).id, now=NOW
        ).id
        claims.mark_ready(session, claim, actor=SYSTEM, now=NOW)
        claims.submit(session, claim, actor=SYSTEM, case_number="1", via="portal", now=NOW)
        claims.record_answer(session, claim, ClaimAction.APPROVE, actor=SYSTEM, now=NOW)

    def pay(reference: str) -> Work:
        return lambda s: payouts.record_payout(
            s, claim, actor=SYSTEM, received=sgd("200"), paid_on=NOW.date(), reference=reference, now=NOW
        )

    done = at_once(pay("P-1"), pay("P-2"), pay("P-1"))
    refused = [one for one in done if isinstance(one, Exception)]
    assert len(refused) == 2 and all(isinstance(one, Refusal) for one in refused)
    assert holds(tmp_path)


def test_two_payers_that_pay_at_once_never_bring_more_than_was_lost(case: int, tmp_path: Any) -> None:
    made = []
    with database.transaction() as session:
        for payer in ("First", "Second"):
            card = make_rule_card(session, payer_name=payer, carrier_code=payer.lower(), documents=[])
            claim = claims.draft_claim(session, case, actor=SYSTEM, rule_card_id=card.id, now=NOW).id
            claims.mark_ready(session, claim, actor=SYSTEM, now=NOW)
            claims.submit(session, claim, actor=SYSTEM, case_number=payer, via="portal", now=NOW)
            claims.record_answer(session, claim, ClaimAction.APPROVE, actor=SYSTEM, now=NOW)
            made.append(claim)
        whole = Money(session.get_one(Incident, case).gross_loss, "SGD")

    def pay(claim: int, keep: bool) -> Work:
        return lambda s: payouts.record_payout(
            s,
            claim,
            actor=SYSTEM,
            received=whole,
            paid_on=NOW.date(),
            reference=f"P-{keep}",
            keep_surplus=keep,
            now=NOW,
        )

    done = at_once(pay(made[0], False), pay(made[1], False))
    [refused] = [one for one in done if isinstance(one, Exception)]
    assert isinstance(refused, Refusal) and "through CL-" in refused.message
    assert [one for one in at_once(*[pay(claim, True) for claim in made]) if isinstance(one, Exception)] == []
    assert holds(tmp_path)
    with database.reading() as session:
        kept = session.get_one(Incident, case)
        assert kept.recovered == kept.gross_loss
        assert session.scalar(select(func.sum(Claim.surplus))) == 2 * whole.amount


def test_a_case_is_not_closed_and_claimed_at_once(case: int, tmp_path: Any) -> None:
    with database.transaction() as session:
        card = make_rule_card(session).id
    done = at_once(
        lambda s: incidents.close(s, case, actor=SYSTEM, cause=Cause.STOLEN, result=Result.ABSORBED, now=NOW),
        lambda s: claims.draft_claim(s, case, actor=SYSTEM, rule_card_id=card, now=NOW),
    )
    assert len([one for one in done if isinstance(one, Refusal)]) == 1
    assert holds(tmp_path)


def test_batches_in_opposite_order_do_not_lock_each_other_out(live_database: str) -> None:
    with database.transaction() as session:
        make_policy(session)
        rows = [incidents.NewIncident(make_shipment(session).id, str(n), IncidentType.LOST) for n in range(12)]
    done = at_once(
        lambda s: incidents.register_many(s, rows, actor=SYSTEM, now=NOW),
        lambda s: incidents.register_many(s, rows[::-1], actor=SYSTEM, now=NOW),
    )
    assert sorted(len(one.made) for one in done) == [0, 12]


def test_who_waits_too_long_for_somebody_elses_work_is_told_so(case: int) -> None:
    def impatient(session: Session) -> None:
        session.execute(text("set local lock_timeout = '100ms'"))
        incidents.comment(session, case, actor=SYSTEM, text="hello", now=NOW)

    with database.transaction() as first:
        ledger.lock_incident(first, case)
        [told] = at_once(impatient)
    assert isinstance(told, Unavailable) and "try again" in told.message


def test_a_record_that_moved_under_a_write_is_a_conflict_and_no_bug(case: int) -> None:
    def unlocked(session: Session) -> None:
        kept = session.get_one(Incident, case)
        at_once(lambda other: incidents.comment(other, case, actor=SYSTEM, text="first", now=NOW))
        kept.buyer_said = "second"

    [told] = at_once(unlocked)
    assert isinstance(told, Conflict) and "meanwhile" in told.message
