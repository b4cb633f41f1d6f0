"""Windows under which nobody claims yet: listed payer by payer, the soonest closing first."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from core.desk.claims_start import startable, startable_payers
from core.foundation.errors import NotAllowed
from core.foundation.permissions import Actor, Role
from core.models.clock import ClockKind, ClockState
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_incident
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def test_only_running_windows_without_a_claim_count_and_they_come_by_their_closing(
    session: Session, mei: Actor
) -> None:
    first, second = make_incident(session), make_incident(session, owner_id=mei.person_id)
    make_clock(session, first, ClockKind.CLAIM_WINDOW, hours(90), title="Ninja Van", rule="NV-1")
    make_clock(session, second, ClockKind.CLAIM_WINDOW, hours(9), title="Ninja Van", rule="NV-1", opens_at=hours(2))
    make_clock(session, second, ClockKind.CLAIM_WINDOW, hours(30), title="Shopee", rule="SH-1")
    make_clock(session, first, ClockKind.CLAIM_WINDOW, hours(5), claim=make_claim(session, first))
    make_clock(session, first, ClockKind.TRACE, hours(5), title="Ninja Van")
    over = make_incident(session)
    make_clock(session, over, ClockKind.CLAIM_WINDOW, hours(5), title="Ninja Van", state=ClockState.MET, settled_at=NOW)
    assert startable_payers(session, actor=mei) == {"Ninja Van": 2, "Shopee": 1}
    rows = startable(session, "Ninja Van", actor=mei, now=NOW)
    assert [row.incident for row in rows] == [second.reference, first.reference]
    assert (rows[0].rule, rows[0].opens_at, rows[0].due_at, rows[0].owner) == ("NV-1", hours(2), hours(9), "Mei")


def test_a_window_that_has_closed_is_not_offered(session: Session, mei: Actor) -> None:
    make_clock(session, make_incident(session), ClockKind.CLAIM_WINDOW, hours(-1), title="Ninja Van")
    assert startable(session, "Ninja Van", actor=mei, now=NOW) == []


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    with pytest.raises(NotAllowed):
        startable_payers(session, actor=OUT)
    with pytest.raises(NotAllowed):
        startable(session, "Ninja Van", actor=OUT, now=NOW)
