from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.desk.tiles import tiles
from core.desk.worklist import Bucket, Do, Kind, Work, action, sentence, worklist
from core.foundation.errors import NotAllowed
from core.foundation.permissions import Actor, Role
from core.models import Contact, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.incident import IncidentState
from core.models.rule import Confidence
from tests.desk.builders import hours, make_claim, make_clock
from tests.factories import NOW, make_incident, make_rule_card
from tests.people import OUT, acting


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def owned(session: Session, actor: Actor, **more: Any) -> Incident:
    return make_incident(session, owner_id=actor.person_id, **more)


def only(rows: list[Work]) -> Work:
    assert len(rows) == 1, rows
    return rows[0]


def test_a_window_that_closes_tonight_comes_with_its_claim_and_the_button_that_files_it(
    session: Session, mei: Actor
) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident, state=ClaimState.READY)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(19), claim=claim, opens_at=hours(-50))
    row = only(worklist(session, actor=mei, now=NOW))
    assert (row.bucket, row.kind, row.moment, row.opens) == (Bucket.DAY, Kind.CLAIM, hours(19), False)
    assert (row.reference, row.claim, row.owner) == (incident.reference, claim.reference, "Mei")
    assert (row.money, row.currency) == (Decimal("318.0000"), "SGD")
    assert sentence(row, NOW) == "File the loss claim with Ninja Van"
    assert row.query == {"ref": incident.reference, "do": "file", "claim": claim.reference}


def test_a_draft_is_prepared_before_it_is_filed(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(60), claim=claim)
    row = only(worklist(session, actor=mei, now=NOW))
    assert (row.bucket, action(row)) == (Bucket.THREE_DAYS, Do.PREPARE)
    assert sentence(row, NOW) == "Prepare the loss claim on Ninja Van"


def test_a_window_that_is_not_open_counts_by_its_opening(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident, state=ClaimState.READY)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(700), claim=claim, opens_at=hours(50))
    row = only(worklist(session, actor=mei, now=NOW))
    assert (row.bucket, row.moment, row.opens) == (Bucket.THREE_DAYS, hours(50), True)
    assert action(row) is Do.PREPARE


def test_an_open_window_without_an_end_is_work_for_this_week(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident, state=ClaimState.READY)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, None, claim=claim, opens_at=hours(-5))
    row = only(worklist(session, actor=mei, now=NOW))
    assert (row.bucket, row.moment, row.late(NOW)) == (Bucket.WEEK, None, False)


@pytest.mark.parametrize("kind", [ClockKind.ANSWER, ClockKind.PAYMENT])
def test_a_payers_turn_waits_under_later_until_its_moment_has_passed(
    session: Session, mei: Actor, kind: ClockKind
) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident, state=ClaimState.SUBMITTED)
    make_clock(session, incident, kind, hours(3), claim=claim)
    assert only(worklist(session, actor=mei, now=NOW)).bucket is Bucket.LATER
    after = only(worklist(session, actor=mei, now=hours(4)))
    assert after.bucket is Bucket.DAY
    assert sentence(after, hours(4)).startswith("Ask Ninja Van for the overdue")


def test_what_was_asked_and_what_can_be_appealed_lead_to_their_actions(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    asked = make_claim(session, incident, state=ClaimState.INFORMATION_ASKED, payer_name="SPX")
    denied = make_claim(session, incident, state=ClaimState.REJECTED)
    make_clock(session, incident, ClockKind.INFORMATION, hours(30), claim=asked)
    make_clock(session, incident, ClockKind.APPEAL, hours(100), claim=denied)
    first, second = worklist(session, actor=mei, now=NOW)
    assert (sentence(first, NOW), action(first), first.bucket) == (
        "Send SPX what it asked for",
        Do.SEND,
        Bucket.THREE_DAYS,
    )
    assert (sentence(second, NOW), action(second), second.bucket) == (
        "Appeal the answer of Ninja Van",
        Do.APPEAL,
        Bucket.WEEK,
    )


def test_a_promise_says_whose_it_is_and_what_was_promised(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    talk = Contact(
        incident_id=incident.id,
        party=Party.CARRIER,
        channel=Channel.PHONE,
        at=NOW,
        summary="called",
        promise="search the hub",
        promise_by=Party.CARRIER,
        promise_due_at=hours(5),
        logged_at=NOW,
    )
    session.add(talk)
    session.flush()
    theirs = make_clock(session, incident, ClockKind.PROMISE, hours(5), title="search the hub", contact_id=talk.id)
    make_clock(session, incident, ClockKind.PROMISE, hours(6), title="call the buyer back")
    first, second = worklist(session, actor=mei, now=NOW)
    assert sentence(first, NOW) == "Ask the carrier about its promise: search the hub"
    assert first.query["clock"] == str(theirs.id)
    assert sentence(second, NOW) == "Keep the promise: call the buyer back"


def test_rows_of_a_bucket_stand_by_moment_then_by_money(session: Session, mei: Actor) -> None:
    moments = [(hours(9), 5), (hours(2), 1), (hours(9), 50), (hours(-3), 2)]
    for due, money in moments:
        incident = owned(session, mei, base_value=Decimal(money))
        make_clock(session, incident, ClockKind.PROMISE, due)
    rows = worklist(session, actor=mei, now=NOW)
    assert [row.moment for row in rows] == [hours(-3), hours(2), hours(9), hours(9)]
    assert [int(row.money) for row in rows] == [2, 1, 50, 5]
    assert [row.money for row in worklist(session, actor=mei, now=NOW, limit=3)] == [2, 1, 50]


def test_what_is_long_late_does_not_hide_what_can_still_be_saved(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    for due in (-1000, -80, -60, 20):
        make_clock(session, incident, ClockKind.PROMISE, hours(due))
    assert [row.moment for row in worklist(session, actor=mei, now=NOW)] == [
        hours(-60),
        hours(20),
        hours(-1000),
        hours(-80),
    ]
    assert worklist(session, actor=mei, now=NOW, limit=2)[1].moment == hours(20)


def test_mine_leaves_out_the_cases_of_others_and_of_nobody(session: Session, mei: Actor) -> None:
    wei = acting(session, Role.AGENT, "wei")
    for incident in (owned(session, mei), owned(session, wei), make_incident(session)):
        make_clock(session, incident, ClockKind.PROMISE, hours(2))
    assert len(worklist(session, actor=mei, now=NOW)) == 4  # three promises and the case without an owner
    assert only(worklist(session, actor=mei, now=NOW, mine=True)).owner_id == mei.person_id


def test_a_case_without_an_owner_stands_where_its_next_clock_puts_it(session: Session, mei: Actor) -> None:
    urgent, calm, far = (make_incident(session) for _ in range(3))
    make_clock(session, urgent, ClockKind.PROMISE, hours(20))
    make_clock(session, far, ClockKind.PROMISE, hours(500))
    rows = worklist(session, actor=mei, now=NOW, kinds=[Kind.UNASSIGNED])
    assert [(row.bucket, row.reference) for row in rows] == [
        (Bucket.DAY, urgent.reference),
        (Bucket.WEEK, far.reference),
        (Bucket.WEEK, calm.reference),
    ]
    assert {action(row) for row in rows} == {Do.ASSIGN}
    assert worklist(session, actor=mei, now=NOW, kinds=[Kind.UNASSIGNED], mine=True) == []


def test_a_case_nobody_touched_is_silent_sooner_when_it_waits_for_us(session: Session, mei: Actor) -> None:
    four, eight = NOW - timedelta(days=4), NOW - timedelta(days=8)
    ours = owned(session, mei, touched_at=four, state=IncidentState.PROVING)
    owned(session, mei, touched_at=four, state=IncidentState.CLAIMING)
    theirs = owned(session, mei, touched_at=eight, state=IncidentState.CLAIMING)
    rung = owned(session, mei, touched_at=eight)
    make_clock(session, rung, ClockKind.PROMISE, hours(5))
    rows = worklist(session, actor=mei, now=NOW, kinds=[Kind.SILENT])
    assert [row.reference for row in rows] == [theirs.reference, ours.reference]
    assert {row.bucket for row in rows} == {Bucket.WEEK}


def test_settled_clocks_and_closed_cases_ask_for_nothing(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    make_clock(session, incident, ClockKind.PROMISE, hours(1), state=ClockState.MET, settled_at=NOW)
    assert worklist(session, actor=mei, now=NOW) == []


def test_kinds_and_buckets_narrow_the_list(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident)
    make_clock(session, incident, ClockKind.CLAIM_WINDOW, hours(5), claim=claim)
    make_clock(session, incident, ClockKind.PROMISE, hours(90))
    assert only(worklist(session, actor=mei, now=NOW, kinds=[Kind.PROMISE])).kind is Kind.PROMISE
    assert only(worklist(session, actor=mei, now=NOW, buckets=[Bucket.DAY])).kind is Kind.CLAIM


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    with pytest.raises(NotAllowed):
        worklist(session, actor=OUT, now=NOW)
    with pytest.raises(NotAllowed):
        tiles(session, actor=OUT, now=NOW, base_currency="SGD")


def test_the_tiles_count_what_the_list_holds(session: Session, mei: Actor) -> None:
    late, soon, far = (owned(session, mei, base_value=Decimal(n)) for n in (10, 20, 40))
    make_clock(session, late, ClockKind.PROMISE, hours(-2))
    make_clock(session, soon, ClockKind.PROMISE, hours(30))
    make_clock(session, soon, ClockKind.PROMISE, hours(3))
    claim = make_claim(session, far, state=ClaimState.SUBMITTED)
    make_clock(session, far, ClockKind.ANSWER, hours(2), claim=claim)
    found = tiles(session, actor=mei, now=NOW, base_currency="SGD")
    assert (found.overdue, found.due, found.waiting) == (1, 1, 1)
    assert (int(found.risk), found.risk_cases) == (30, 2)
    assert found.bucket(Bucket.THREE_DAYS, frozenset()) == (1, Decimal(20))
    assert tiles(session, actor=mei, now=NOW, base_currency="USD").risk == 0


@pytest.mark.parametrize("mine", [False, True])
def test_over_many_rows_each_bucket_holds_what_the_tiles_say(many: Session, mine: bool) -> None:
    actor = acting(many, Role.AGENT, "counter")
    if mine:
        owner = many.scalar(select(Incident.owner_id).where(Incident.owner_id.is_not(None)).limit(1))
        actor = Actor(owner, "agent", "Agent", actor.role, actor.permissions, "en", "UTC")
    found = tiles(many, actor=actor, now=NOW, base_currency="SGD", mine=mine)
    for kind in Kind:
        rows = worklist(many, actor=actor, now=NOW, mine=mine, kinds=[kind], limit=200)
        for bucket in Bucket:
            held, money = found.bucket(bucket, frozenset({kind}))
            listed = [row for row in rows if row.bucket is bucket]
            assert len(listed) == min(held, 200), (kind, bucket)
            if held <= 200 and bucket is not Bucket.LATER:
                assert sum((row.money for row in listed), Decimal(0)) == money, (kind, bucket)


def test_proof_that_perishes_says_until_when_and_leads_to_its_files(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    clock = make_clock(session, incident, ClockKind.PROOF, hours(30), title="packing_video")
    row = only(worklist(session, actor=mei, now=NOW))
    assert (row.bucket, row.kind, action(row)) == (Bucket.THREE_DAYS, Kind.PROOF, Do.PROOF)
    assert sentence(row, NOW) == "Get it before it is gone on 24 Nov: Packing video"
    assert sentence(row, hours(31)) == "Ask whether it can still be had: Packing video"
    assert row.query == {"ref": incident.reference, "do": "proof", "clock": str(clock.id)}


def test_a_trace_sleeps_until_it_may_be_asked_for_and_documents_are_sent(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    make_clock(session, incident, ClockKind.TRACE, hours(900), title="4PX", opens_at=hours(50))
    make_clock(session, incident, ClockKind.DOCUMENTS, hours(20), title="FedEx")
    documents, trace = worklist(session, actor=mei, now=NOW)
    assert sentence(documents, NOW) == "Send FedEx the documents"
    assert (sentence(trace, NOW), trace.opens, trace.bucket) == ("Ask 4PX for a trace", True, Bucket.THREE_DAYS)
    assert {action(documents), action(trace)} == {Do.TASK}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("unpaid", "Chase Ninja Van: nothing of SGD 100.00 has come"),
        ("short_paid", "Chase Ninja Van: paid SGD 60.00 of SGD 100.00"),
        ("payout_reversed", "Chase Ninja Van: it took its payment back"),
        ("paid_twice", "Settle with Ninja Van: it paid more than it owes"),
        ("arrived_later", "Settle with Ninja Van: the parcel arrived after all"),
    ],
)
def test_money_that_is_not_what_it_should_be_is_a_task_of_its_own(
    session: Session, mei: Actor, code: str, words: str
) -> None:
    incident = owned(session, mei)
    claim = make_claim(
        session, incident, state=ClaimState.APPROVED, approved=Decimal(100), paid=Decimal(60), answered_at=NOW
    )
    make_clock(session, incident, ClockKind.MONEY, hours(5), claim=claim, title=code)
    row = only(worklist(session, actor=mei, now=NOW))
    assert (sentence(row, NOW), action(row)) == (words, Do.MONEY)


def test_what_went_to_the_lead_is_marked_and_can_be_asked_for_alone(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    make_clock(session, incident, ClockKind.PROMISE, hours(-9))
    raised = make_clock(session, incident, ClockKind.PROMISE, hours(-5), escalation=1, escalated_at=NOW)
    assert [row.escalation for row in worklist(session, actor=mei, now=NOW)] == [0, 1]
    assert only(worklist(session, actor=mei, now=NOW, escalated=True)).clock_id == raised.id
    assert worklist(session, actor=mei, now=NOW, escalated=True, kinds=[Kind.UNASSIGNED]) == []


def test_a_paused_clock_asks_for_nothing(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    make_clock(session, incident, ClockKind.PROMISE, hours(2), state=ClockState.PAUSED, paused_at=NOW)
    assert worklist(session, actor=mei, now=NOW) == []


def test_an_offer_is_decided_on(session: Session, mei: Actor) -> None:
    incident = owned(session, mei)
    claim = make_claim(session, incident, state=ClaimState.SUBMITTED)
    make_clock(session, incident, ClockKind.OFFER, hours(40), claim=claim)
    row = only(worklist(session, actor=mei, now=NOW))
    assert (sentence(row, NOW), action(row)) == ("Decide on the offer of Ninja Van", Do.OFFER)


def test_a_case_whose_every_window_has_closed_is_to_be_closed(session: Session, mei: Actor) -> None:
    lost, still = owned(session, mei), owned(session, mei)
    for incident in (lost, still):
        make_clock(
            session,
            incident,
            ClockKind.CLAIM_WINDOW,
            hours(-30),
            title="Flash",
            state=ClockState.MISSED,
            settled_at=NOW,
        )
        incident.next_due_at = incident.next_clock = None
    make_claim(session, still, state=ClaimState.SUBMITTED)
    row = only(worklist(session, actor=mei, now=NOW, mine=True))
    assert (row.reference, row.kind, row.bucket, action(row)) == (lost.reference, Kind.ENDED, Bucket.WEEK, Do.CLOSE)
    assert sentence(row, NOW) == "Close the case: every window has closed"
    found = tiles(session, actor=mei, now=NOW, base_currency="SGD")
    assert found.bucket(Bucket.WEEK, frozenset({Kind.ENDED}))[0] == 1


def test_a_moment_under_a_rule_that_rests_on_little_or_was_checked_long_ago_says_so(
    session: Session, mei: Actor
) -> None:
    sure = make_rule_card(session)
    low = make_rule_card(session, confidence=Confidence.LOW)
    old = make_rule_card(session, checked_on=(NOW - timedelta(days=400)).date())
    for n, card in enumerate((sure, low, old)):
        under = {"rule": card.code, "rule_version": card.version}
        make_clock(session, owned(session, mei), ClockKind.CLAIM_WINDOW, hours(5 + n), **under)
    make_clock(session, owned(session, mei), ClockKind.PROMISE, hours(9))
    assert [row.unsure for row in worklist(session, actor=mei, now=NOW)] == [False, True, True, False]
