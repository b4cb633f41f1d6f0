"""Pausing, resuming and moving clocks: what was left stays left, and nothing that was paused is forgotten."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.cases import clocks, contacts, incidents
from core.cases.clocks import pause, resume
from core.desk import case_claims
from core.desk.history import sentence
from core.desk.soundness import soundness
from core.desk.story import story
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import Invalid, NotAllowed, NotFound, TooLate, WrongState
from core.foundation.files import Store
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Claim, Clock, ClockPause, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.contact import Channel, Party
from core.models.incident import Cause, Result
from core.models.rule import ClockEvent
from core.models.tags import Tag
from core.recovery import claims
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_incident, make_rule_card
from tests.people import acting

R = PauseReason


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT)


def a_clock(
    session: Session, kind: ClockKind = ClockKind.PROMISE, due: float | None = 30, opens: float | None = None
) -> tuple[Incident, Clock]:
    incident = make_incident(session)
    clock = clocks.start(
        session,
        incident,
        kind,
        actor=SYSTEM,
        now=NOW,
        rule="test",
        zone="Asia/Singapore",
        due_at=None if due is None else hours(due),
        opens_at=None if opens is None else hours(opens),
        title="Ninja Van",
    )
    return incident, clock


def a_window(session: Session, due: float = 90, opens: float | None = -5) -> tuple[Incident, Clock, Claim]:
    incident = make_incident(session)
    opens_at = None if opens is None else hours(opens)
    claim = make_claim(session, incident, opens_at=opens_at, due_at=hours(due))
    clock = make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(due), claim=claim, opens_at=opens_at)
    return incident, clock, claim


def told(session: Session, incident: Incident) -> list[str]:
    query = select(AuditEvent.tag).where(AuditEvent.chain == incident.id).order_by(AuditEvent.sequence)
    return list(session.scalars(query))


def test_a_paused_clock_leaves_the_cases_next_moment_and_comes_back_with_what_was_left(
    session: Session, mei: Actor
) -> None:
    incident, clock = a_clock(session, due=30)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, note="the buyer is away", now=hours(10))
    assert (clock.state, clock.paused_at) == (ClockState.PAUSED, hours(10))
    assert (incident.next_due_at, incident.next_clock) == (None, None)
    assert clocks.running(session, incident.id) == [] and clocks.living(session, incident.id) == [clock]
    resume(session, clock.id, actor=mei, now=hours(17))
    assert (clock.state, clock.paused_at) == (ClockState.RUNNING, None)
    assert clock.due_at == hours(37) and clock.held == timedelta(hours=7)
    assert (incident.next_due_at, incident.next_clock) == (hours(37), "promise")
    assert told(session, incident) == [Tag.CLOCK_STARTED, Tag.CLOCK_PAUSED, Tag.CLOCK_RESUMED]
    assert check_chain(session, incident.id) is None


def test_several_pauses_add_up_to_the_microsecond(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session, due=500)
    at, held = NOW, timedelta(0)
    for n in range(1, 5):
        at += timedelta(hours=n, microseconds=n)
        pause(session, clock.id, actor=mei, reason=R.WAITING_CARRIER, now=at)
        at += timedelta(days=n, microseconds=7 * n)
        held += timedelta(days=n, microseconds=7 * n)
        resume(session, clock.id, actor=mei, now=at)
    session.expire(clock)
    assert clock.held == held and clock.due_at == hours(500) + held
    pauses = clocks.pauses_of(session, clock.incident_id, actor=mei)
    assert sum((one.until_at - one.from_at for one in pauses if one.until_at), timedelta(0)) == held


def test_both_ends_of_a_window_move_by_the_pause_and_the_claim_follows(session: Session, mei: Actor) -> None:
    incident, clock, claim = a_window(session, due=90, opens=20)
    note = "Ms Lim of the claims desk agreed by phone on 23 Nov"
    pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note=note, now=hours(5))
    assert claim.next_due_at is None
    stands = clocks.window_now(session, claim, hours(45))
    assert (stands.opens, stands.due) == (hours(60), hours(130))
    resume(session, clock.id, actor=mei, now=hours(29))
    assert (clock.opens_at, clock.due_at) == (claim.opens_at, claim.due_at) == (hours(44), hours(114))
    assert claim.next_due_at == incident.next_due_at == hours(114)


@pytest.mark.parametrize("kind", [ClockKind.CLAIM_WINDOW, ClockKind.APPEAL, ClockKind.INFORMATION, ClockKind.TRACE])
def test_what_a_payer_set_is_paused_only_with_the_payers_word(session: Session, mei: Actor, kind: ClockKind) -> None:
    _incident, clock = a_clock(session, kind)
    with pytest.raises(Invalid, match="runs on whatever we do") as refused:
        pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, note="waiting", now=NOW)
    assert refused.value.field == "reason"
    with pytest.raises(Invalid, match="who agreed") as refused:
        pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="  ", now=NOW)
    assert refused.value.field == "note"
    assert clocks.running(session, clock.incident_id) == [clock]
    pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="Mr Tan, mail of today", now=NOW)
    assert clocks.running(session, clock.incident_id) == []


@pytest.mark.parametrize("kind", list(ClockKind))
def test_every_kind_says_what_may_pause_it_and_why(kind: ClockKind) -> None:
    rule = clocks.rules().kinds[kind]
    assert rule.why and R.PAYER_AGREED in clocks.pause_reasons(kind)
    assert not rule.irreversible or clocks.pause_reasons(kind) == (R.PAYER_AGREED,)
    assert rule.lead_unowned >= rule.lead >= rule.manager


def test_a_window_that_closed_cannot_be_paused_any_more(session: Session, mei: Actor) -> None:
    _incident, clock, _claim = a_window(session, due=10)
    with pytest.raises(TooLate, match="ended on 23 Nov"):
        pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(11))


def test_a_late_answer_may_still_be_paused_and_stays_as_late_as_it_was(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session, ClockKind.ANSWER, due=10)
    pause(session, clock.id, actor=mei, reason=R.WAITING_CARRIER, now=hours(12))
    resume(session, clock.id, actor=mei, now=hours(50))
    assert clock.due_at == hours(48)


def test_a_clock_is_paused_once_and_resumed_once(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session)
    with pytest.raises(WrongState, match="is not paused"):
        resume(session, clock.id, actor=mei, now=NOW)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=NOW)
    with pytest.raises(WrongState, match="paused already"):
        pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=hours(1))
    resume(session, clock.id, actor=mei, now=hours(2))
    with pytest.raises(WrongState):
        resume(session, clock.id, actor=mei, now=hours(3))
    with pytest.raises(NotFound):
        pause(session, 10**9, actor=mei, reason=R.WAITING_BUYER, now=NOW)


def test_a_viewer_may_not_pause(session: Session) -> None:
    _incident, clock = a_clock(session)
    with pytest.raises(NotAllowed, match="pause and resume clocks"):
        pause(session, clock.id, actor=acting(session, Role.VIEWER), reason=R.WAITING_BUYER, now=NOW)


def test_settling_a_paused_clock_ends_its_pause_and_keeps_the_hold(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    contacts.log_contact(
        session,
        incident.id,
        actor=mei,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        summary="they search",
        promise="search the hub",
        promise_due_at=hours(20),
        now=NOW,
    )
    [clock] = clocks.running(session, incident.id)
    pause(session, clock.id, actor=mei, reason=R.WAITING_CARRIER, now=hours(5))
    contacts.settle_promise(session, clock.id, actor=mei, kept=True, now=hours(9))
    assert (clock.state, clock.settled_at, clock.paused_at) == (ClockState.MET, hours(9), None)
    assert (clock.held, clock.due_at) == (timedelta(hours=4), hours(24))
    [kept] = clocks.pauses_of(session, incident.id, actor=mei)
    assert (kept.until_at, kept.resumed_by) == (hours(9), mei.person_id)
    with pytest.raises(WrongState, match="over"):
        pause(session, clock.id, actor=mei, reason=R.WAITING_CARRIER, now=hours(10))


def test_closing_a_case_ends_its_paused_clocks_too(session: Session, mei: Actor, tmp_path: Path) -> None:
    incident, clock = a_clock(session)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=hours(1))
    incidents.close(
        session, incident.id, actor=mei, cause=Cause.UNKNOWN, result=Result.ABSORBED, note="let go", now=hours(3)
    )
    assert (clock.state, clock.held) == (ClockState.CANCELLED, timedelta(hours=2))
    assert soundness(session, Store(tmp_path), actor=SYSTEM).pauses == ()


def test_a_paused_clock_goes_to_the_cases_new_owner(session: Session, mei: Actor) -> None:
    incident, clock = a_clock(session)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=hours(1))
    incidents.assign(session, incident.id, actor=mei, owner_id=mei.person_id, now=hours(2))
    assert clock.owner_id == mei.person_id


def test_a_changed_rule_keeps_past_pauses(session: Session, mei: Actor) -> None:
    incident, clock, claim = a_window(session, due=90, opens=20)
    pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(2))
    resume(session, clock.id, actor=mei, now=hours(12))
    moved = clocks.move(
        session, incident, clock, actor=mei, now=hours(13), opens_at=hours(40), due_at=hours(200), rule_version=2
    )
    assert moved and (clock.opens_at, clock.due_at, clock.rule_version) == (hours(50), hours(210), 2)
    assert (claim.opens_at, claim.due_at, incident.next_due_at) == (hours(50), hours(210), hours(210))
    again = clocks.move(session, incident, clock, actor=mei, now=hours(14), opens_at=hours(40), due_at=hours(200))
    assert not again and told(session, incident).count(Tag.CLOCK_MOVED) == 1


def test_a_rule_may_change_while_the_clock_is_paused(session: Session, mei: Actor) -> None:
    incident, clock, claim = a_window(session, due=90, opens=None)
    pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(2))
    clocks.move(session, incident, clock, actor=mei, now=hours(5), opens_at=None, due_at=hours(100))
    assert incident.next_due_at is None
    resume(session, clock.id, actor=mei, now=hours(12))
    assert clock.due_at == claim.due_at == incident.next_due_at == hours(110)


def test_a_clock_that_is_over_is_not_moved(session: Session, mei: Actor) -> None:
    incident, clock = a_clock(session)
    clocks.settle(session, incident, clock, ClockState.MET, actor=mei, now=hours(1))
    assert not clocks.move(session, incident, clock, actor=mei, now=hours(2), opens_at=None, due_at=hours(99))


def test_a_window_that_takes_anothers_place_inherits_its_pauses(session: Session, mei: Actor, tmp_path: Path) -> None:
    incident, old = a_clock(session, ClockKind.CLAIM_WINDOW, due=90)
    pause(session, old.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(2))
    clocks.settle(session, incident, old, ClockState.CANCELLED, actor=mei, now=hours(12))
    new = clocks.start(
        session,
        incident,
        ClockKind.CLAIM_WINDOW,
        actor=mei,
        now=hours(12),
        rule="test",
        zone="UTC",
        due_at=hours(80),
    )
    assert clocks.inherit(session, incident, old, new, actor=mei, now=hours(12))
    assert (new.due_at, new.held, incident.next_due_at) == (hours(90), timedelta(hours=10), hours(90))
    assert soundness(session, Store(tmp_path), actor=SYSTEM).pauses == ()


def test_a_machine_whose_clock_runs_behind_makes_no_negative_pause(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session, due=30)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=hours(10))
    resume(session, clock.id, actor=mei, now=hours(9))
    assert (clock.due_at, clock.held) == (hours(30), timedelta(0))


def test_the_history_says_why_a_clock_was_paused_and_until_when_it_runs_on(session: Session, mei: Actor) -> None:
    incident, clock = a_clock(session, due=30)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, note="on holiday", now=NOW)
    resume(session, clock.id, actor=mei, now=hours(24))
    clocks.move(session, incident, clock, actor=mei, now=hours(25), opens_at=None, due_at=hours(100), rule_version=3)
    rows = session.scalars(select(AuditEvent).where(AuditEvent.chain == incident.id).order_by(AuditEvent.sequence))
    said = [sentence(row.tag, "Mei", row.before, row.after, "Asia/Singapore") for row in rows]
    assert said[1] == "Mei paused the clock: Promise, Ninja Van; Waiting for the buyer; on holiday"
    assert said[2] == "Mei let the clock run on: Promise, Ninja Van, until 25 Nov 2026 18:00"
    assert said[3].startswith("Mei moved the clock: Promise, Ninja Van: end of the window 25 Nov 2026 18:00 → ")
    assert said[3].endswith("rule version — → 3")


def test_the_database_itself_ends_a_pause_once_and_keeps_it(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=NOW)
    resume(session, clock.id, actor=mei, now=hours(2))
    for change in (
        "UPDATE clock_pause SET until_at = now()",
        "DELETE FROM clock_pause",
        "UPDATE clock_pause SET note = 'x'",
    ):
        with pytest.raises(DBAPIError, match="ended once"), session.begin_nested():
            session.execute(text(change))


def test_a_clock_has_one_lasting_pause_at_most(session: Session, mei: Actor) -> None:
    _incident, clock = a_clock(session)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=NOW)
    session.add(ClockPause(clock_id=clock.id, reason=R.WAITING_BUYER, from_at=hours(1)))
    with pytest.raises(DBAPIError, match="uq_clock_pause_open"), session.begin_nested():
        session.flush()


@pytest.mark.parametrize(
    "slip",
    [
        "UPDATE clock SET held = interval '3 hours'",
        "UPDATE clock SET state = 'running', paused_at = NULL",
    ],
)
def test_the_check_finds_a_hold_that_is_not_its_pauses(session: Session, mei: Actor, tmp_path: Path, slip: str) -> None:
    incident, clock = a_clock(session)
    pause(session, clock.id, actor=mei, reason=R.WAITING_BUYER, now=NOW)
    assert soundness(session, Store(tmp_path), actor=SYSTEM).pauses == ()
    session.execute(text(slip))
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.pauses == (incident.reference,) and not found.ok


def test_what_was_escalated_for_an_earlier_moment_is_looked_at_again_after_a_move(session: Session, mei: Actor) -> None:
    incident, clock, _claim = a_window(session, due=20)
    clock.escalation, clock.escalated_at = 2, NOW
    clocks.move(session, incident, clock, actor=mei, now=NOW, opens_at=hours(-5), due_at=hours(2000))
    kept = session.get_one(Clock, clock.id, populate_existing=True)
    assert kept.escalation == 0 and kept.escalated_at is None
    assert kept.quiet_until is not None and kept.quiet_until > NOW


def test_a_window_that_is_moved_ahead_sleeps_again(session: Session, mei: Actor) -> None:
    incident, clock, _claim = a_window(session, due=900, opens=-5)
    clock.woke_at = NOW
    clocks.move(session, incident, clock, actor=mei, now=NOW, opens_at=hours(50), due_at=hours(900))
    assert clock.woke_at is None


def test_a_window_the_payer_holds_open_can_still_be_filed(session: Session, mei: Actor) -> None:
    incident = make_incident(session, gross_loss=Decimal(200))
    card = make_rule_card(session, documents=[])
    claim = make_claim(session, incident, card, state=ClaimState.READY, due_at=hours(10))
    clock = make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(10), claim=claim)
    pause(session, clock.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(5))
    found_story = story(session, incident.reference, actor=mei)
    assert found_story.claims
    for offer in (
        *claims.claim_offers(session, claim.id, actor=mei, now=hours(40)),
        *case_claims.offers(found_story, found_story.claims[0], actor=mei, now=hours(40)),
    ):
        if offer.action in ("submit", "expire"):
            assert offer.permitted == (offer.action == "submit")
    with pytest.raises(WrongState, match="is open until"):
        claims.expire(session, claim.id, actor=mei, now=hours(40))
    claims.submit(session, claim.id, actor=mei, case_number="NV-1", via="portal", now=hours(40))
    assert (clock.state, clock.due_at, clock.held) == (ClockState.MET, hours(45), timedelta(hours=35))


def test_drafting_and_counting_from_another_fact_keep_what_the_payer_granted(
    session: Session, mei: Actor, tmp_path: Path
) -> None:
    incident = make_incident(session, gross_loss=Decimal(200), value_at_risk=Decimal(200))
    card = make_rule_card(session, documents=[], clock_event=ClockEvent.CARRIER_NOTICE, payer_name="Ninja Van")
    watched = clocks.start(
        session,
        incident,
        ClockKind.CLAIM_WINDOW,
        actor=SYSTEM,
        now=NOW,
        rule=card.code,
        zone="Asia/Singapore",
        due_at=hours(200),
        title="Ninja Van",
    )
    pause(session, watched.id, actor=mei, reason=R.PAYER_AGREED, note="Ms Lim", now=hours(2))
    claim = claims.draft_claim(session, incident.id, actor=mei, rule_card_id=card.id, event_at=NOW, now=hours(26))
    [window] = clocks.living(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))
    assert (watched.state, watched.held, window.held) == (
        ClockState.CANCELLED,
        timedelta(hours=24),
        timedelta(hours=24),
    )
    first = window.due_at
    assert claim.due_at == first and claim.next_due_at == first and first is not None
    claims.set_event(session, claim.id, actor=mei, event_at=NOW - timedelta(days=3), now=hours(27))
    [window] = clocks.living(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))
    assert window.due_at == claim.due_at == first - timedelta(days=3) and window.held == timedelta(hours=24)
    claims.discard(session, claim.id, actor=mei, now=hours(28))
    [again] = clocks.living(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))
    assert (again.claim_id, again.due_at, again.held) == (None, window.due_at, timedelta(hours=24))
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.pauses == found.clocks == ()
