"""The sweep: what time alone does to clocks, once for each, whoever else is at it, and whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from typer import Exit

from core.cases import clocks
from core.cases.clocks.moments import level
from core.commands import sweep as command
from core.desk.soundness import soundness
from core.foundation import audit, database
from core.foundation.audit import AuditEvent
from core.foundation.files import Store
from core.foundation.permissions import SYSTEM, Role
from core.models import Claim, ClaimStep, Clock, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.tags import Tag
from core.recovery import claims
from core.recovery.claim_states import CLAIMS, ClaimAction, ClaimFacts
from core.recovery.sweep import Report, sweep, sweep_alone
from core.recovery.sweep.needs import Need, needs
from core.web.sweeper import Sweeper
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_incident
from tests.people import acting

IRREVERSIBLE = [kind for kind, rule in clocks.rules().kinds.items() if rule.irreversible]
LATE_ONLY = [kind for kind in ClockKind if kind not in IRREVERSIBLE]


def at(session: Session, now: datetime, **more: Any) -> Report:
    """Sweep inside the test's own transaction: each batch is a savepoint."""

    @contextmanager
    def transaction() -> Iterator[Session]:
        with session.begin_nested():
            yield session

    session.flush()
    session.expunge_all()
    report = sweep(actor=SYSTEM, now=now, transaction=transaction, **more)
    session.expire_all()
    return report


def clock_of(session: Session, kind: ClockKind, due: float | None, *, owned: bool = False, **more: Any) -> int:
    incident = make_incident(session, owner_id=acting(session, Role.AGENT, f"mei-{kind}").person_id if owned else None)
    return make_clock(session, incident, kind, None if due is None else hours(due), **more).id


def unfiled(session: Session, due: float, state: ClaimState = ClaimState.DRAFT) -> tuple[Incident, Claim, Clock]:
    incident = make_incident(session)
    claim = make_claim(session, incident, state=state, due_at=hours(due), opens_at=hours(-500))
    clock = make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(due), claim=claim, opens_at=hours(-500))
    clock.woke_at = hours(-500)
    return incident, claim, clock


def tags(session: Session, incident_id: int) -> list[str]:
    query = select(AuditEvent.tag).where(AuditEvent.chain == incident_id).order_by(AuditEvent.sequence)
    return list(session.scalars(query))


def sound(session: Session, tmp_path: Path) -> None:
    found = soundness(session, Store(tmp_path), actor=SYSTEM)
    assert found.ok, found


# --- waking ----------------------------------------------------------------------------------------------------------


def test_a_window_wakes_by_itself_once_when_it_opens(session: Session) -> None:
    number = clock_of(session, ClockKind.CLAIM_WINDOW, 900, opens_at=hours(10))
    assert at(session, hours(9)) == Report()
    assert at(session, hours(10)) == Report(woke=1)
    clock = session.get_one(Clock, number)
    assert clock.woke_at == hours(10) and clock.state is ClockState.RUNNING
    assert at(session, hours(11)) == Report()
    assert tags(session, clock.incident_id) == [Tag.CLOCK_WOKE]


def test_a_window_that_was_open_from_its_start_never_wakes(session: Session) -> None:
    incident = make_incident(session)
    clocks.start(
        session,
        incident,
        ClockKind.CLAIM_WINDOW,
        actor=SYSTEM,
        now=NOW,
        rule="X",
        zone="UTC",
        opens_at=hours(-5),
        due_at=hours(900),
    )
    assert at(session, hours(1)) == Report()


def test_nothing_escalates_in_the_second_it_wakes(session: Session) -> None:
    number = clock_of(session, ClockKind.CLAIM_WINDOW, 20, opens_at=hours(10))
    assert at(session, hours(10)) == Report(woke=1)
    assert at(session, hours(10)) == Report()
    assert at(session, hours(13)) == Report()
    assert at(session, hours(14)) == Report(escalated=1)
    assert session.get_one(Clock, number).escalation == 2


def test_a_frozen_clock_does_not_escalate_the_second_it_is_resumed(session: Session) -> None:
    mei = acting(session, Role.AGENT)
    number = clock_of(session, ClockKind.CLAIM_WINDOW, 80)
    clocks.pause(session, number, actor=mei, reason=PauseReason.PAYER_AGREED, note="Ms Lim", now=hours(1))
    assert at(session, hours(79)) == Report() and at(session, hours(5000)) == Report()
    session.get_one(Clock, number).due_at = hours(11)
    clocks.resume(session, number, actor=mei, now=hours(5001))
    assert session.get_one(Clock, number).due_at == hours(5011)
    assert at(session, hours(5001)) == Report()
    assert at(session, hours(5005)) == Report(escalated=1)


# --- escalating ------------------------------------------------------------------------------------------------------


def test_a_clock_goes_to_the_lead_then_to_the_manager_once_each(session: Session) -> None:
    number = clock_of(session, ClockKind.CLAIM_WINDOW, 200, owned=True)
    assert at(session, hours(127)) == Report()
    assert at(session, hours(128)) == Report(escalated=1)
    assert at(session, hours(129)) == Report()
    assert at(session, hours(176)) == Report(escalated=1)
    assert at(session, hours(177)) == Report()
    clock = session.get_one(Clock, number)
    assert (clock.escalation, clock.escalated_at) == (2, hours(176))
    assert tags(session, clock.incident_id) == [Tag.CLOCK_ESCALATED] * 2


def test_a_clock_without_an_owner_goes_to_the_lead_sooner(session: Session) -> None:
    clock_of(session, ClockKind.CLAIM_WINDOW, 200)
    assert at(session, hours(31)) == Report()
    assert at(session, hours(32)) == Report(escalated=1)


def test_a_window_that_is_not_open_yet_sleeps_undisturbed(session: Session) -> None:
    clock_of(session, ClockKind.CLAIM_WINDOW, 30, opens_at=hours(29))
    assert at(session, hours(28)) == Report()


def test_a_window_without_a_known_end_goes_to_the_lead_by_its_opening(session: Session) -> None:
    number = clock_of(session, ClockKind.CLAIM_WINDOW, None, owned=True, opens_at=hours(0), woke_at=hours(0))
    assert at(session, hours(95)) == Report()
    assert at(session, hours(96)) == Report(escalated=1)
    assert at(session, hours(10_000)) == Report(escalated=1)
    assert session.get_one(Clock, number).state is ClockState.RUNNING


@given(
    kind=st.sampled_from(list(ClockKind)),
    due=st.none() | st.integers(-400, 400),
    opens=st.none() | st.integers(-400, 400),
    owned=st.booleans(),
    now=st.integers(-400, 400),
)
def test_the_statement_and_the_arithmetic_agree_about_levels(
    worker_engine: Any, kind: ClockKind, due: int | None, opens: int | None, owned: bool, now: int
) -> None:
    if (due is None and opens is None) or (due is not None and opens is not None and opens > due):
        return
    with worker_engine.connect() as connection, Session(connection) as session:
        incident = make_incident(session)
        clock = make_clock(
            session,
            incident,
            kind,
            None if due is None else hours(due),
            opens_at=None if opens is None else hours(opens),
            woke_at=NOW,
            rule="own",
            owner_id=acting(session).person_id if owned else None,
        )
        expected = level(kind, clock.opens_at, clock.due_at, owned=owned, now=hours(now))
        found = needs(session, hours(now))
        assert [one.level for one in found if one.need is Need.ESCALATE] == ([expected] if expected else [])
        session.rollback()


# --- missing ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", IRREVERSIBLE)
def test_what_cannot_come_back_is_missed_once_its_moment_has_passed(session: Session, kind: ClockKind) -> None:
    number = clock_of(session, kind, 10)
    session.get_one(Clock, number).escalation, session.get_one(Clock, number).escalated_at = 2, NOW
    assert at(session, hours(10)) == Report()
    assert at(session, hours(10) + timedelta(microseconds=1)) == Report(missed=1)
    clock = session.get_one(Clock, number)
    assert clock.state is ClockState.MISSED and clock.settled_at == hours(10) + timedelta(microseconds=1)
    assert session.get_one(Incident, clock.incident_id).next_due_at is None
    assert tags(session, clock.incident_id) == [Tag.CLOCK_SETTLED]
    assert at(session, hours(900)) == Report()


@pytest.mark.parametrize("kind", LATE_ONLY)
def test_what_can_still_be_done_only_becomes_late(session: Session, kind: ClockKind) -> None:
    number = clock_of(session, kind, 10)
    assert at(session, hours(5000)) == Report(escalated=1)
    clock = session.get_one(Clock, number)
    assert (clock.state, clock.escalation) == (ClockState.RUNNING, 2)
    assert session.get_one(Incident, clock.incident_id).next_due_at == hours(10)


def test_a_reminder_of_our_own_is_never_missed(session: Session) -> None:
    clock_of(session, ClockKind.TRACE, 10, rule="own")
    assert at(session, hours(500)).missed == 0


def test_a_paused_clock_is_neither_missed_nor_escalated(session: Session, tmp_path: Path) -> None:
    mei = acting(session, Role.AGENT)
    number = clock_of(session, ClockKind.APPEAL, 10)
    clocks.pause(session, number, actor=mei, reason=PauseReason.PAYER_AGREED, note="Ms Lim", now=NOW)
    assert at(session, hours(500)) == Report()
    sound(session, tmp_path)


@pytest.mark.parametrize("state", [ClaimState.DRAFT, ClaimState.READY])
def test_an_unfiled_claim_is_put_away_with_its_window(session: Session, tmp_path: Path, state: ClaimState) -> None:
    incident, claim, clock = unfiled(session, 10, state)
    assert at(session, hours(11)) == Report(missed=1, expired=1)
    claim, clock = session.get_one(Claim, claim.id), session.get_one(Clock, clock.id)
    assert (claim.state, claim.next_due_at, clock.state) == (ClaimState.EXPIRED, None, ClockState.MISSED)
    assert tags(session, incident.id) == [Tag.CLAIM_MOVED, Tag.CLOCK_SETTLED]
    sound(session, tmp_path)


def test_many_at_once_leave_what_one_through_the_claims_own_door_leaves(session: Session) -> None:
    swept, by_hand = unfiled(session, 10), unfiled(session, 10)
    claims.expire(session, by_hand[1].id, actor=SYSTEM, now=hours(11))
    assert at(session, hours(11)) == Report(missed=1, expired=1)

    def left(incident: Incident, claim: Claim, clock: Clock) -> list[Any]:
        case = session.get_one(Incident, incident.id)
        steps = select(
            ClaimStep.action, ClaimStep.source, ClaimStep.target, ClaimStep.at, ClaimStep.person_id, ClaimStep.note
        )
        trail = select(AuditEvent.tag, AuditEvent.at, AuditEvent.person_id, AuditEvent.before, AuditEvent.after)
        told = session.execute(trail.where(AuditEvent.chain == incident.id).order_by(AuditEvent.sequence)).all()
        own = session.get_one(Claim, claim.id)
        return [
            [getattr(case, name) for name in ("state", "next_due_at", "next_clock", "touched_at")],
            [getattr(own, name) for name in ("state", "next_due_at", "opens_at", "due_at", "answered_at")],
            [getattr(session.get_one(Clock, clock.id), name) for name in ("state", "settled_at", "held")],
            session.execute(steps.where(ClaimStep.claim_id == claim.id)).all(),
            [(row.tag, row.at, row.person_id, row.before, {**row.after, "reference": ""}) for row in told],
        ]

    assert left(*swept) == left(*by_hand)


def test_the_bulk_door_asks_what_the_claims_own_door_asks() -> None:
    row = CLAIMS.row(ClaimAction.EXPIRE)
    assert [guard.__name__ for guard in row.guards] == ["still_open"]
    assert {"due_at", "now"} <= set(ClaimFacts.__dataclass_fields__)


def test_a_claim_with_other_clocks_goes_through_its_own_door(session: Session, tmp_path: Path) -> None:
    incident, claim, _clock = unfiled(session, 10)
    make_clock(session, incident, ClockKind.DOCUMENTS, hours(90), claim=claim)
    assert at(session, hours(11)).expired == 1
    states = set(session.scalars(select(Clock.state).where(Clock.claim_id == claim.id)))
    assert states == {ClockState.MISSED}
    sound(session, tmp_path)


def test_a_filed_claims_forgotten_window_is_missed_and_the_claim_stays(session: Session) -> None:
    incident = make_incident(session)
    claim = make_claim(session, incident, state=ClaimState.SUBMITTED, due_at=hours(10))
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(10), claim=claim)
    assert at(session, hours(11)) == Report(missed=1)
    assert session.get_one(Claim, claim.id).state is ClaimState.SUBMITTED


def test_a_case_that_lost_its_last_window_is_known(session: Session) -> None:
    lost, _claim, _clock = unfiled(session, 10)
    waits, other, _window = unfiled(session, 10)
    make_claim(session, waits, state=ClaimState.SUBMITTED, payer_name="Insurer")
    quiet = make_incident(session)
    query = select(Incident.id).where(clocks.every_window_closed()).order_by(Incident.id)
    assert session.scalars(query).all() == []
    at(session, hours(11))
    assert session.scalars(query).all() == [lost.id]
    assert {waits.id, quiet.id} & set(session.scalars(query)) == set() and other.id


def test_the_next_moment_is_that_of_what_still_runs(session: Session, tmp_path: Path) -> None:
    incident, _claim, _clock = unfiled(session, 10)
    make_clock(session, incident, ClockKind.PROMISE, hours(400), owner_id=None)
    at(session, hours(11))
    case = session.get_one(Incident, incident.id)
    assert (case.next_due_at, case.next_clock) == (hours(400), "promise")
    sound(session, tmp_path)


# --- failing, and others at work -------------------------------------------------------------------------------------

TROUBLE = """
CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.title = 'trouble' THEN RAISE EXCEPTION 'no'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER trouble BEFORE UPDATE ON clock FOR EACH ROW EXECUTE FUNCTION trouble();
"""


def test_a_row_that_fails_is_told_and_the_others_go_on(session: Session, tmp_path: Path) -> None:
    good = [clock_of(session, ClockKind.APPEAL, 10 + n) for n in range(7)]
    bad = clock_of(session, ClockKind.APPEAL, 5, title="trouble")
    good += [clock_of(session, ClockKind.APPEAL, 3 + n) for n in range(3)]
    session.execute(text(TROUBLE))
    report = at(session, hours(50))
    assert report.missed == 10
    [(number, why)] = report.failed
    assert number == bad and "The log says what" in why
    assert {session.get_one(Clock, one).state for one in good} == {ClockState.MISSED}
    assert session.get_one(Clock, bad).state is ClockState.RUNNING
    sound(session, tmp_path)


def test_a_claim_whose_own_date_says_otherwise_is_told_with_the_claims_own_sentence(session: Session) -> None:
    _incident, claim, clock = unfiled(session, 10)
    claim.due_at = hours(300)
    assert at(session, hours(11)).failed == [(clock.id, "The window is open until 6 Dec 2026 00:00 (Asia/Singapore).")]
    assert session.get_one(Claim, claim.id).state is ClaimState.DRAFT


def test_small_batches_give_the_same(session: Session, tmp_path: Path) -> None:
    for n in range(9):
        clock_of(session, ClockKind.APPEAL, n)
        unfiled(session, n)
    assert at(session, hours(50), batch=2) == Report(missed=18, expired=9)
    sound(session, tmp_path)


def test_it_stops_between_batches_when_asked(session: Session) -> None:
    for n in range(4):
        clock_of(session, ClockKind.APPEAL, n)
    turns = iter([False, True])
    assert at(session, hours(50), batch=1, stop=lambda: next(turns)).missed == 1


def committed(count: int) -> list[int]:
    with database.transaction() as session:
        for n in range(count):
            unfiled(session, 10)
            clock_of(session, ClockKind.CLAIM_WINDOW, 3000, opens_at=hours(n % 3))
            clock_of(session, ClockKind.ANSWER, 5)
        return list(session.scalars(select(Incident.id).order_by(Incident.id)))


def together(*works: Any) -> list[Any]:
    barrier, found = threading.Barrier(len(works)), list[Any]([None] * len(works))

    def run(place: int) -> None:
        barrier.wait()
        found[place] = works[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(works))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_two_sweeps_at_once_do_each_thing_once(live_database: str, tmp_path: Path) -> None:
    cases = committed(40)
    first, second = together(*[lambda: sweep(actor=SYSTEM, now=hours(300), batch=7)] * 2)
    assert first.failed == second.failed == []
    assert first.expired + second.expired == 40 and first.woke + second.woke == 40
    assert first.escalated + second.escalated == 40 and first.missed + second.missed == 40
    with database.reading() as session:
        for case in cases:
            told = tags(session, case)
            assert len(told) == len(set(told)) and audit.check_chain(session, case) is None
        sound(session, tmp_path)
    assert sweep(actor=SYSTEM, now=hours(300)) == Report()


def test_a_case_that_somebody_saves_is_waited_for_at_the_end(live_database: str) -> None:
    [case, *_others] = committed(3)
    holding, let_go = threading.Event(), threading.Event()

    def person() -> None:
        with database.transaction() as session:
            session.execute(select(Incident.id).where(Incident.id == case).with_for_update())
            holding.set()
            let_go.wait(20)

    thread = threading.Thread(target=person)
    thread.start()
    holding.wait(20)
    threading.Timer(0.3, let_go.set).start()
    report = sweep(actor=SYSTEM, now=hours(300))
    thread.join()
    assert (report.expired, report.woke, report.escalated, report.failed) == (3, 3, 3, [])


def test_only_one_app_process_sweeps(live_database: str) -> None:
    committed(1)
    with database.engine().connect() as other:
        other.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": 0x5265_636F_7570_53})
        assert sweep_alone(actor=SYSTEM, now=hours(300)) is None
        other.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": 0x5265_636F_7570_53})
    done = sweep_alone(actor=SYSTEM, now=hours(300))
    assert done is not None and done.expired == 1
    assert sweep_alone(actor=SYSTEM, now=hours(300)) == Report()


def test_a_gone_database_is_not_taken_for_failing_rows(session: Session) -> None:
    class Gone(Exception):
        sqlstate = "57P01"

    turns = iter([True])

    def transaction() -> AbstractContextManager[Session]:
        @contextmanager
        def opened() -> Iterator[Session]:
            if next(turns, False):
                yield session
            else:
                raise OperationalError("SELECT", {}, Gone())

        return opened()

    clock_of(session, ClockKind.APPEAL, 1)
    with pytest.raises(Exception, match="Gone"):
        sweep(actor=SYSTEM, now=hours(50), transaction=transaction)


def test_the_app_sweeps_by_itself_and_stops_cleanly(live_database: str) -> None:
    with database.transaction() as session:
        incident = make_incident(session, value_at_risk=Decimal(1))
        make_clock(session, incident, ClockKind.APPEAL, NOW - timedelta(days=3000))
    sweeper = Sweeper(0.05, first_after=0.0)
    sweeper.start()
    for _turn in range(200):
        with database.reading() as session:
            if session.scalar(select(Clock.state)) is ClockState.MISSED:
                break
        threading.Event().wait(0.05)
    sweeper.stop()
    assert "recoup-clocks" not in {thread.name for thread in threading.enumerate()}
    with database.reading() as session:
        assert session.scalar(select(Clock.state)) is ClockState.MISSED


def test_the_apps_sweep_can_be_switched_off() -> None:
    sweeper = Sweeper(0)
    sweeper.start()
    assert "recoup-clocks" not in {thread.name for thread in threading.enumerate()}
    sweeper.stop()


def test_rows_written_by_the_thousand_are_chained_as_single_ones_are(session: Session) -> None:
    one, other = make_incident(session), make_incident(session)
    audit.record(session, Tag.INCIDENT_COMMENTED, actor=SYSTEM, now=NOW, subject=("incident", one.id), chain=one.id)
    nasty = {
        "title": 'a "q" \x00 \ud800 {} \\ 中文',
        "due_at": hours(1),
        "n": None,
        "amount": Decimal("1.50"),
        "list": [1, {}],
    }
    rows = [
        audit.Entry(Tag.CLOCK_WOKE, SYSTEM, hours(n), ("clock", n), case.id, {"kind": ClockKind.APPEAL}, nasty)
        for n, case in enumerate((one, other, one, one))
    ]
    audit.write_many(session, rows)
    audit.record(session, Tag.INCIDENT_COMMENTED, actor=SYSTEM, now=NOW, subject=("incident", one.id), chain=one.id)
    assert audit.check_chain(session, one.id) is None and audit.check_chain(session, other.id) is None
    assert audit.head(session, one.id)[0] == 5 and audit.head(session, other.id)[0] == 1
    [event] = session.scalars(select(AuditEvent).where(AuditEvent.chain == other.id))
    assert (event.at, event.after["amount"], event.before) == (hours(1), "1.5", {"kind": "appeal"})
    audit.write_many(session, [])


def test_the_command_tells_what_it_did_and_ends_with_one_where_a_clock_failed(
    live_database: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def at_work() -> Iterator[None]:
        yield

    monkeypatch.setattr(command, "at_work", at_work)
    monkeypatch.setattr("core.foundation.clock.now", lambda: hours(300))
    committed(2)
    command.run(as_json=False)
    assert capsys.readouterr().out == "2 clocks woke, 2 escalated, 2 missed, 2 claims put away.\n"
    with database.transaction() as session:
        clock_of(session, ClockKind.APPEAL, 5, title="trouble")
        session.execute(text(TROUBLE))
    with pytest.raises(Exit) as ended:
        command.run(as_json=True)
    told = capsys.readouterr()
    assert ended.value.exit_code == 1 and '"missed": 0' in told.out and '"failed": [' in told.out
    assert "The log says what" in told.err
