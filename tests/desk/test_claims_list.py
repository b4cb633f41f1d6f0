from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session

from core.desk.claims_list import (
    GROUPS,
    NOBODY,
    ClaimFilter,
    Group,
    Moment,
    claim_details,
    claims_board,
    claims_by_group,
    claims_choices,
    claims_count,
    claims_page,
)
from core.foundation.errors import NotAllowed, NotFound
from core.foundation.permissions import Actor, Role
from core.models import ClaimStep
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.rule import FilingChannel, PayerKind
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def listed(session: Session, actor: Actor, **wanted: object) -> list[str]:
    return [row.reference for row in claims_page(session, ClaimFilter(**wanted), actor=actor, now=NOW).rows]  # type: ignore[arg-type]


def test_every_state_stands_in_exactly_one_group() -> None:
    assert sorted(state for states in GROUPS.values() for state in states) == sorted(ClaimState)


def test_running_claims_come_by_their_next_moment_and_ended_ones_only_when_asked_for(
    session: Session, mei: Actor
) -> None:
    incident = make_incident(session, owner_id=mei.person_id)
    late, early, none = (make_claim(session, incident, payer_name=name) for name in "ABC")
    paid = make_claim(session, incident, state=ClaimState.PAID)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(90), claim=late, opens_at=hours(-1))
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(9), claim=early)
    assert listed(session, mei) == [early.reference, late.reference, none.reference]
    assert listed(session, mei, groups=(Group.PAID,)) == [paid.reference]
    row = claims_page(session, ClaimFilter(), actor=mei, now=NOW).rows[1]
    assert (row.clock, row.opens_at, row.due_at) == (ClockKind.CLAIM_WINDOW, hours(-1), hours(90))
    assert (row.incident, row.owner, row.demand, row.currency) == (incident.reference, "Mei", Decimal(100), "SGD")


def test_filters_narrow_by_payer_carrier_and_owner(session: Session, mei: Actor) -> None:
    mine, other = make_incident(session, owner_id=mei.person_id), make_incident(session)
    wanted = make_claim(session, mine, payer_kind=PayerKind.PLATFORM)
    make_claim(session, other)
    assert listed(session, mei, payers=(PayerKind.PLATFORM,)) == [wanted.reference]
    assert listed(session, mei, carriers=(mine.carrier_id,)) == [wanted.reference]
    assert listed(session, mei, owners=(mei.person_id,)) == [wanted.reference]
    assert claims_count(session, ClaimFilter(), actor=mei, now=NOW) == 2


@pytest.mark.parametrize("typed", ["cl-2026-77777", "NV/88213", "0429981165", "inc-2026-00042"])
def test_a_search_finds_a_claim_by_any_of_its_numbers(session: Session, mei: Actor, typed: str) -> None:
    incident = make_incident(session, reference="INC-2026-00042", search_text="inc-2026-00042 spxsg0429981165")
    make_claim(session, make_incident(session))
    make_claim(session, incident, reference="CL-2026-77777", state=ClaimState.SUBMITTED, case_number="NV/88213")
    assert listed(session, mei, text=typed) == ["CL-2026-77777"]


def test_a_search_looks_among_ended_claims_too(session: Session, mei: Actor) -> None:
    incident = make_incident(session, search_text="spxsg0429981165")
    claim = make_claim(session, incident, state=ClaimState.CLOSED)
    assert listed(session, mei, text="0429981165") == [claim.reference]
    assert listed(session, mei, text="zz") == []


def test_groups_are_counted_and_the_board_has_a_column_for_each(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    for state in (ClaimState.DRAFT, ClaimState.READY, ClaimState.REJECTED, ClaimState.EXPIRED):
        make_claim(session, incident, state=state, payer_name=state.value)
    counts = claims_by_group(session, actor=mei)
    assert (counts[Group.PREPARE], counts[Group.DENIED], counts[Group.PAID], counts[Group.ENDED]) == (2, 1, 0, 1)
    board = claims_board(session, ClaimFilter(), actor=mei, now=NOW, limit=1)
    assert (len(board), len(board[Group.PREPARE].rows), board[Group.PREPARE].more) == (6, 1, True)
    assert list(claims_board(session, ClaimFilter(groups=(Group.DENIED,)), actor=mei, now=NOW)) == [Group.DENIED]


def test_the_drawer_tells_what_the_payer_last_asked_for(session: Session, mei: Actor) -> None:
    claim = make_claim(session, make_incident(session), state=ClaimState.INFORMATION_ASKED, note="ours")
    for hour, words in ((1, "the waybill"), (2, "proof of value")):
        session.add(
            ClaimStep(
                claim_id=claim.id, action="ask_information", target="information_asked", at=hours(hour), note=words
            )
        )
    session.flush()
    found = claim_details(session, claim.reference.lower(), actor=mei)
    assert (found.asked, found.note, found.line.reference) == ("proof of value", "ours", claim.reference)
    with pytest.raises(NotFound):
        claim_details(session, "CL-1999-00001", actor=mei)


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    for read in (claims_page, claims_count, claims_board):
        with pytest.raises(NotAllowed):
            read(session, ClaimFilter(), actor=OUT, now=NOW)
    with pytest.raises(NotAllowed):
        claims_by_group(session, actor=OUT)
    with pytest.raises(NotAllowed):
        claim_details(session, "CL-2026-00001", actor=OUT)


def test_moments_tell_late_from_soon_from_not_open_yet_and_from_paused(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    made = {
        name: make_claim(session, incident, payer_name=name, state=state)
        for name, state in (
            ("late", ClaimState.SUBMITTED),
            ("today", ClaimState.READY),
            ("later", ClaimState.READY),
            ("asleep", ClaimState.DRAFT),
            ("resting", ClaimState.SUBMITTED),
            ("endless", ClaimState.DRAFT),
        )
    }
    make_clock(session, incident, ClockKind.ANSWER, hours(-1), claim=made["late"], escalation=1, escalated_at=hours(0))
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(20), claim=made["today"])
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(60), claim=made["later"])
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(300), claim=made["asleep"], opens_at=hours(30))
    make_clock(
        session,
        incident,
        ClockKind.ANSWER,
        hours(40),
        claim=made["resting"],
        state=ClockState.PAUSED,
        paused_at=hours(-2),
    )
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, None, claim=made["endless"], opens_at=hours(-9))
    made["asleep"].opens_at, made["endless"].opens_at = hours(30), hours(-9)
    made["resting"].next_due_at = None
    session.flush()

    def names(**wanted: object) -> list[str]:
        found = set(listed(session, mei, **wanted))
        return [name for name, one in made.items() if one.reference in found]

    assert names(moment=Moment.LATE) == ["late"]
    assert names(moment=Moment.DAY) == ["today"]
    assert names(moment=Moment.THREE) == ["today", "later"]
    assert names(moment=Moment.SLEEPING) == ["asleep"]
    assert names(moment=Moment.PAUSED) == ["resting"]
    assert names(raised=True) == ["late"]
    rows = {row.reference: row for row in claims_page(session, ClaimFilter(), actor=mei, now=NOW).rows}
    assert rows[made["resting"].reference].paused
    assert rows[made["late"].reference].raised == 1


def test_every_further_filter_narrows_to_what_it_names(session: Session, mei: Actor) -> None:
    manila = make_shop(session, market="PH", currency="PHP", zone="Asia/Manila")
    there = make_incident(session, make_shipment(session, manila), base_value=Decimal(900), owner_id=mei.person_id)
    wanted = make_claim(
        session,
        there,
        state=ClaimState.REJECTED,
        payer_name="Ping An, Manila",
        channel=FilingChannel.FORWARDER,
        denial_code="late",
    )
    make_clock(session, there, ClockKind.APPEAL, hours(24 * 3), claim=wanted)
    other = make_claim(session, make_incident(session))
    only = [wanted.reference]
    assert listed(session, mei, shops=(manila.id,)) == only
    assert listed(session, mei, markets=("PH",)) == only
    assert listed(session, mei, by=("Ping An, Manila",)) == only
    assert listed(session, mei, channels=(FilingChannel.FORWARDER,)) == only
    assert listed(session, mei, denials=("late",)) == only
    assert listed(session, mei, least=Decimal(800)) == only
    assert listed(session, mei, most=Decimal(800)) == [other.reference]
    assert listed(session, mei, owners=(NOBODY,)) == [other.reference]
    assert set(listed(session, mei, owners=(NOBODY, mei.person_id))) == {wanted.reference, other.reference}
    assert listed(session, mei, day=(NOW + timedelta(days=3)).date()) == only
    assert listed(session, mei, day=NOW.date()) == []
    assert claims_choices(session, actor=mei).payers == ("Ninja Van", "Ping An, Manila")


def test_the_drawer_has_the_living_clocks_the_last_pack_and_the_talks(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    claim = make_claim(session, incident, state=ClaimState.SUBMITTED, followed_up_at=hours(-5))
    make_clock(session, incident, ClockKind.ANSWER, hours(40), claim=claim)
    make_clock(session, incident, ClockKind.MONEY, hours(20), claim=claim, title="unpaid")
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(1), claim=claim, state=ClockState.MET, settled_at=NOW)
    for hour in (-9, -5):
        session.add(ClaimStep(claim_id=claim.id, action="follow_up", target="submitted", at=hours(hour), note="?"))
    session.flush()
    found = claim_details(session, claim.reference, actor=mei)
    assert [task.kind for task in found.tasks] == [ClockKind.MONEY, ClockKind.ANSWER]
    assert (found.follow_ups, found.followed_up_at, found.pack_id) == (2, hours(-5), None)
