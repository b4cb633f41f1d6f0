"""The whole record is looked through, and what was changed behind our back is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.cases import remedies
from core.desk.soundness import soundness
from core.foundation.files import Store
from core.foundation.permissions import SYSTEM, Role
from core.models import Incident, StoredFile
from core.models.dispute import ReturnReason
from core.recovery import claims, disputes
from core.recovery.disputes import DisputeAction
from tests.cases.test_incidents import register
from tests.factories import NOW, make_policy, make_rates, make_rule_card
from tests.giving import a_case, offer, sgd
from tests.people import acting


@pytest.fixture
def incident(session: Session) -> Incident:
    make_policy(session)
    return register(session, acting(session))


def test_an_untouched_record_holds(session: Session, incident: Incident, tmp_path: Path) -> None:
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.ok
    assert (found.cases, found.events) == (1, 2)


def test_each_kind_of_damage_is_named(session: Session, incident: Incident, tmp_path: Path) -> None:
    store = Store(tmp_path)
    kept = store.put(b"a photo")
    session.add(StoredFile(sha256=kept.sha256, size=kept.size, media_type="image/jpeg", stored_at=NOW))
    session.add(StoredFile(sha256="f" * 64, size=1, media_type="image/jpeg", stored_at=NOW))
    session.flush()
    path = store.path(kept.sha256)
    path.chmod(0o600)
    path.write_bytes(b"b photo")
    session.execute(text("alter table audit_event disable trigger user"))
    session.execute(text("update audit_event set tag = 'x' where sequence = 2"))
    claim = claims.draft_claim(session, incident.id, actor=SYSTEM, rule_card_id=make_rule_card(session).id, now=NOW)
    session.execute(text("update claim set paid = 5, next_due_at = now()"))
    session.execute(text("update incident set gross_loss = gross_loss + 1, next_due_at = now()"))
    found = soundness(session, store, actor=SYSTEM)
    assert [(one.sequence, one.kind) for one in found.chains] == [(2, "changed")]
    assert [one.incident_id for one in found.books] == [incident.id]
    assert found.clocks == (incident.reference, claim.reference)
    assert found.payments == (claim.reference,)
    assert dict(found.files) == {kept.sha256: "changed", "f" * 64: "missing"}
    assert not found.ok


def test_money_that_is_owed_back_by_the_claim_and_not_by_the_books_is_named(
    session: Session, incident: Incident, tmp_path: Path
) -> None:
    claim = claims.draft_claim(session, incident.id, actor=SYSTEM, rule_card_id=make_rule_card(session).id, now=NOW)
    session.execute(text("update claim set surplus = 5"))
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.payments == (claim.reference, incident.reference)


def test_what_a_buyer_was_given_and_the_books_do_not_say_is_named(session: Session, tmp_path: Path) -> None:
    make_policy(session)
    make_rates(session)
    manager = acting(session, Role.MANAGER)
    cases = [a_case(session) for _n in range(3)]
    given = [
        remedies.mark_given(session, offer(session, case, manager, "30").id, actor=manager, now=NOW) for case in cases
    ]
    lost = disputes.enter_dispute(
        session,
        cases[1].id,
        actor=manager,
        return_number="RT1",
        reason=ReturnReason.NOT_RECEIVED,
        amount=sgd("400"),
        now=NOW,
    )
    disputes.move_dispute(session, lost.id, DisputeAction.LOSE, actor=manager, now=NOW)
    assert soundness(session, Store(tmp_path), actor=SYSTEM).ok
    session.execute(text("update remedy set cost = 31, amount = 31 where id = :id"), {"id": given[0].id})
    session.execute(text("update dispute set refunded = 390 where id = :id"), {"id": lost.id})
    session.expire_all()
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.outcomes == (cases[0].reference, cases[1].reference)
    assert not found.ok


def test_compensation_that_is_booked_and_was_not_paid_is_named(session: Session, tmp_path: Path) -> None:
    make_policy(session)
    make_rates(session)
    manager = acting(session, Role.MANAGER)
    case = a_case(session)
    asked: dict[str, Any] = {"return_number": "RT1", "reason": ReturnReason.NOT_RECEIVED, "amount": sgd("100")}
    lost = disputes.enter_dispute(session, case.id, actor=manager, now=NOW, **asked)
    disputes.move_dispute(session, lost.id, DisputeAction.PAY, actor=manager, amount=sgd("20"), now=NOW)
    assert soundness(session, Store(tmp_path), actor=SYSTEM).ok
    session.execute(text("update dispute set paid = 19 where id = :id"), {"id": lost.id})
    session.expire_all()
    assert soundness(session, Store(tmp_path), actor=SYSTEM).outcomes == (case.reference,)
