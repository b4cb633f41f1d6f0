from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.desk.disputes_list import (
    NOBODY,
    OURS,
    DisputeFilter,
    DisputeLine,
    Group,
    Pressing,
    Within,
    Written,
    dispute_details,
    disputes_by_group,
    disputes_count,
    disputes_csv,
    disputes_named,
    disputes_page,
    disputes_xlsx,
    pressing,
)
from core.desk.disputes_list.reads import _page
from core.foundation.errors import Invalid, NotAllowed, NotFound
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import AnswerDraft, Dispute
from core.models.answer import Plea
from core.models.clock import ClockKind
from core.models.dispute import (
    OPEN_STATES,
    DisputeState,
    DisputeStatus,
    DueBasis,
    Negotiation,
    RequestKind,
    ReturnReason,
    Solution,
    Source,
)
from core.recovery.disputes.expiring import lapse
from core.recovery.disputes.recording import Saying, write_down
from tests.desk.builders import hours
from tests.desk.disputing import loose_dispute, make_dispute
from tests.desk.plans import explained, scanned
from tests.factories import NOW, make_incident, make_shipment, make_shop
from tests.people import OUT, acting

S = DisputeState


@pytest.fixture
def mei(session: Session) -> Actor:
    return acting(session, Role.AGENT, "mei")


def listed(session: Session, actor: Actor, **wanted: Any) -> list[str]:
    found = disputes_page(session, DisputeFilter(**wanted), actor=actor, now=NOW)
    return [row.return_number for row in found.rows]


def due(n: float, **more: Any) -> dict[str, Any]:
    """A moment to answer by, given in the request itself."""
    return {"response_due_at": hours(n), "response_basis": DueBasis.GIVEN, "next_due_at": hours(n), **more}


def test_every_state_stands_in_exactly_one_group_at_any_hour(session: Session, mei: Actor) -> None:
    for state in DisputeState:
        for n in (-5, 5, None):
            make_dispute(session, state=state, **(due(n) if n is not None else {}))
    everywhere = [number for group in Group for number in listed(session, mei, groups=(group,))]
    assert sorted(everywhere) == sorted(set(everywhere))
    assert len(everywhere) == len(DisputeState) * 3
    counts = disputes_by_group(session, actor=mei, now=NOW)
    open_, every, ours = len(OPEN_STATES), len(DisputeState), len(OURS)
    assert counts == {
        Group.DUE: every + ours,
        Group.PASSED: open_ + 2,
        Group.WAITING: open_ - ours,
        Group.DONE: 2 * (every - open_ - 1),
    }


def test_open_disputes_come_by_the_moment_that_cannot_be_taken_back(session: Session, mei: Actor) -> None:
    waiting = make_dispute(session, state=S.JUDGING)
    later, sooner = make_dispute(session, **due(30)), make_dispute(session, **due(4))
    late = make_dispute(session, **due(-2))
    undated = make_dispute(session)
    make_dispute(session, state=S.WON)
    lost = make_dispute(session, state=S.LOST, compensation_due_at=hours(20), next_due_at=hours(20))
    assert listed(session, mei) == [one.return_number for one in (late, sooner, lost, later, undated, waiting)]
    assert disputes_count(session, DisputeFilter(), actor=mei, now=NOW) == 6
    assert listed(session, mei, groups=(Group.DUE,)) == [one.return_number for one in (sooner, lost, later, undated)]


def test_what_ended_comes_the_latest_first_and_only_when_asked_for(session: Session, mei: Actor) -> None:
    old = make_dispute(session, state=S.LOST, state_at=hours(-90))
    new = make_dispute(session, state=S.WON, state_at=hours(-3))
    assert listed(session, mei) == []
    assert listed(session, mei, groups=(Group.DONE,)) == [new.return_number, old.return_number]


def test_a_row_tells_what_is_asked_by_when_and_whose_case_it_is(session: Session, mei: Actor) -> None:
    incident = make_incident(session, owner_id=mei.person_id)
    made = make_dispute(
        session,
        incident,
        reason=ReturnReason.DAMAGED,
        reassessed=ReturnReason.MISSING,
        evidence_due_at=hours(3),
        offered=Decimal(20),
        **{**due(9), "next_due_at": hours(3)},
    )
    row = disputes_page(session, DisputeFilter(), actor=mei, now=NOW).rows[0]
    assert (row.due, row.due_at, row.stopgap) == (ClockKind.DISPUTE_EVIDENCE, hours(3), False)
    assert (row.incident, row.owner, row.reason) == (incident.reference, "Mei", ReturnReason.MISSING)
    assert (row.amount, row.offered, row.currency, row.drafted) == (Decimal(80), Decimal(20), "SGD", False)
    made.response_basis, made.next_due_at = DueBasis.FALLBACK, made.response_due_at
    session.add(
        AnswerDraft(
            dispute_id=made.id,
            plea=Plea.REJECT,
            language="en",
            text="We ask to decline it.",
            reading_language="zh_CN",
            started_at=NOW,
            updated_at=NOW,
        )
    )
    session.flush()
    row = disputes_page(session, DisputeFilter(), actor=mei, now=NOW).rows[0]
    assert (row.due, row.stopgap, row.drafted) == (ClockKind.DISPUTE_RESPONSE, True, True)
    assert listed(session, mei, written=Written.YES) == [made.return_number]
    assert listed(session, mei, written=Written.NO) == []
    assert listed(session, mei, stopgap=True) == [made.return_number]


def test_a_request_without_a_case_or_even_a_parcel_is_listed_too(session: Session, mei: Actor) -> None:
    loose = loose_dispute(session, **due(5))
    bare = Dispute(
        shop_id=make_shop(session).id,
        return_number="2611200BARE0001",
        status=loose.status,
        currency="SGD",
        state_at=NOW,
        created_at=NOW,
        updated_at=NOW,
    )
    session.add(bare)
    make_dispute(session, **due(6))
    session.flush()
    assert listed(session, mei, loose=True) == [loose.return_number, bare.return_number]
    row = disputes_page(session, DisputeFilter(text="2611200bare0001"), actor=mei, now=NOW).rows[0]
    assert (row.incident, row.carrier, row.tracking_number, row.reason) == (None, None, None, ReturnReason.UNKNOWN)
    assert listed(session, mei, reasons=(ReturnReason.UNKNOWN,)) == [bare.return_number]


def test_filters_narrow_by_reason_shop_market_carrier_owner_kind_and_moment(session: Session, mei: Actor) -> None:
    shop = make_shop(session, market="PH", currency="PHP", zone="Asia/Manila")
    incident = make_incident(session, make_shipment(session, shop), owner_id=mei.person_id)
    wanted = make_dispute(
        session,
        incident,
        reason=ReturnReason.MISSING,
        kind=RequestKind.IN_TRANSIT,
        solution=Solution.REFUND_ONLY,
        **due(20),
    )
    other = make_dispute(session, **due(60))
    for narrow in (
        {"reasons": (ReturnReason.MISSING,)},
        {"shops": (shop.id,)},
        {"markets": ("PH",)},
        {"carriers": (incident.carrier_id,)},
        {"owners": (mei.person_id,)},
        {"kinds": (RequestKind.IN_TRANSIT,)},
        {"solutions": (Solution.REFUND_ONLY,)},
        {"within": Within.DAY},
    ):
        assert listed(session, mei, **narrow) == [wanted.return_number], narrow
    assert listed(session, mei, within=Within.THREE) == [wanted.return_number, other.return_number]
    assert listed(session, mei, owners=(NOBODY,)) == [other.return_number]
    assert listed(session, mei, owners=(NOBODY, mei.person_id)) == [wanted.return_number, other.return_number]
    assert listed(session, mei, states=(S.OPENED,), markets=("PH", "SG")) == [wanted.return_number, other.return_number]
    assert disputes_count(session, DisputeFilter(markets=("PH",)), actor=mei, now=NOW) == 1


def test_a_moment_of_this_second_is_still_due_and_the_end_of_a_span_is_not_in_it(session: Session, mei: Actor) -> None:
    second = 1 / 3600
    moments = {"now": 0, "gone": -second, "day": 24 - second, "next": 24, "week": 7 * 24 - second, "later": 7 * 24}
    made = {name: make_dispute(session, **due(n)).return_number for name, n in moments.items()}

    def named(**wanted: Any) -> set[str]:
        numbers = listed(session, mei, **wanted)
        return {name for name, number in made.items() if number in numbers}

    assert named(groups=(Group.PASSED,)) == {"gone"}
    assert named(groups=(Group.DUE,)) == set(made) - {"gone"}
    assert named(within=Within.DAY) == {"now", "day"}
    assert named(within=Within.WEEK) == {"now", "day", "next", "week"}


def test_a_search_finds_a_dispute_by_any_of_its_numbers_ended_or_not(session: Session, mei: Actor) -> None:
    incident = make_incident(session, reference="INC-2026-00042", search_text="inc-2026-00042 spxsg0429981165 lamp")
    made = make_dispute(session, incident, state=S.LOST)
    make_dispute(session)
    parcel = session.scalars(
        text("select tracking_number from shipment where id = :id"), {"id": made.shipment_id}
    ).one()
    for typed in (made.return_number.lower(), made.order_number, parcel, "INC-2026-00042", "lamp"):
        assert listed(session, mei, text=typed) == [made.return_number], typed
    assert listed(session, mei, text="nothing like it") == []
    with pytest.raises(Invalid):
        listed(session, mei, text="zz")


def test_some_named_disputes_come_in_the_order_they_were_asked_for(session: Session, mei: Actor) -> None:
    one, two = make_dispute(session), make_dispute(session)
    found = disputes_named(session, [two.id, 999_999_999, one.id], actor=mei)
    assert [row.id for row in found] == [two.id, one.id]


def test_the_drawer_tells_both_reasons_every_moment_and_how_a_case_would_be_registered(
    session: Session, mei: Actor
) -> None:
    made = loose_dispute(
        session,
        reason=ReturnReason.DAMAGED,
        reason_text="Produto danificado",
        reassessed=ReturnReason.MISSING,
        counter_limit=2,
        evidence_due_at=hours(30),
        **due(6),
    )
    found = dispute_details(session, made.id, actor=mei)
    assert (found.line.reason, found.buyers_reason, found.reason_text) == (
        ReturnReason.MISSING,
        ReturnReason.DAMAGED,
        "Produto danificado",
    )
    assert [(one.kind, one.at) for one in found.asked] == [
        (ClockKind.DISPUTE_RESPONSE, hours(6)),
        (ClockKind.DISPUTE_EVIDENCE, hours(30)),
    ]
    assert (found.open, found.written, found.counters_left) == (True, 0, 2)
    assert found.number == found.line.tracking_number
    with pytest.raises(NotFound):
        dispute_details(session, 999_999_999, actor=mei)


def test_what_presses_tells_those_without_a_case_apart(session: Session, mei: Actor) -> None:
    make_dispute(session, **due(5))
    loose_dispute(session, **due(6))
    loose_dispute(session, **due(60))
    make_dispute(session, **due(60))
    loose_dispute(session, **due(100))
    make_dispute(session, **due(-1))
    make_dispute(session, state=S.WON, **due(-1))
    assert pressing(session, actor=mei, now=NOW) == Pressing(day=2, day_loose=1, loose=2, passed=1)


def test_of_a_dispute_without_a_case_the_sweep_lets_the_next_moment_follow_the_passed_one(
    session: Session, mei: Actor
) -> None:
    shop = make_shop(session)
    facts = {"response_due_at": hours(2), "evidence_due_at": hours(40), "status": DisputeStatus.SELLER_DISPUTE}
    facts |= {"return_due_at": hours(5)}
    saying = [Saying("2611200AAAA0009", facts)]
    write_down(session, shop, saying, source=Source.HAND, as_of=NOW, actor=mei, now=NOW, offers=False)

    def row() -> DisputeLine:
        return disputes_page(session, DisputeFilter(text="2611200AAAA0009"), actor=mei, now=NOW).rows[0]

    assert row().due_at in (hours(5), hours(40))
    lapse(session, actor=SYSTEM, now=hours(6))
    assert (row().due, row().due_at) == (ClockKind.DISPUTE_EVIDENCE, hours(40))


@pytest.mark.parametrize(
    ("facts", "before", "after"),
    [
        ({"status": DisputeStatus.ACCEPTED, "compensation_due_at": hours(5)}, S.OPENED, S.CLOSED),
        ({"status": DisputeStatus.REFUND_PAID, "evidence_due_at": hours(5)}, S.OPENED, S.CLOSED),
        ({"response_due_at": hours(5)}, S.OPENED, S.EXPIRED),
        ({"negotiation": Negotiation.PENDING_RESPOND, "offer_due_at": hours(5)}, S.OFFERED, S.OPENED),
    ],
    ids=["granted", "paid", "to answer", "offered"],
)
def test_the_sweep_moves_a_dispute_on_the_second_its_moment_passes(
    session: Session, mei: Actor, facts: dict[str, Any], before: DisputeState, after: DisputeState
) -> None:
    saying = [Saying("2611200AAAA0010", facts)]
    [made] = write_down(
        session, make_shop(session), saying, source=Source.HAND, as_of=NOW, actor=mei, now=NOW, offers=False
    )
    assert made.state is before
    assert lapse(session, actor=SYSTEM, now=hours(5) - timedelta(seconds=1)) == (0, None)
    assert lapse(session, actor=SYSTEM, now=hours(5)) == (1, None)
    session.refresh(made)
    assert made.state is after
    assert lapse(session, actor=SYSTEM, now=hours(6)) == (0, None), "once"


def test_pages_follow_each_other_without_a_gap(session: Session, mei: Actor) -> None:
    incident = make_incident(session)
    made = [make_dispute(session, incident, **due(n % 3)).return_number for n in range(7)]
    pages = [disputes_page(session, DisputeFilter(), actor=mei, now=NOW, page=n, limit=3) for n in (1, 2, 3)]
    assert sorted(row.return_number for page in pages for row in page.rows) == sorted(made)
    assert [page.more for page in pages] == [True, True, False]


def test_the_files_hold_everything_with_numbers_as_numbers_and_no_formula(session: Session, mei: Actor) -> None:
    shop = make_shop(session, name='=HYPERLINK("http://example.org")')
    make_dispute(session, make_incident(session, make_shipment(session, shop)), **due(5))
    make_dispute(session, **due(9))
    make_dispute(session, state=S.WON)
    out = io.BytesIO()
    assert disputes_csv(session, DisputeFilter(), out, actor=mei, now=NOW) == 2
    rows = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert rows[0]["Shop"].startswith("'=")
    assert (rows[0]["State"], rows[0]["Amount"], rows[0]["Reason"]) == ("To answer", "80.0000", "Damaged")
    assert rows[0][f"Next moment ({mei.zone})"].startswith("2026-11-23")
    out = io.BytesIO()
    assert disputes_xlsx(session, DisputeFilter(), out, actor=mei, now=NOW) == 2
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    heads = [cell.value for cell in sheet[1]]
    assert sheet.cell(2, heads.index("Amount") + 1).value == 80


def test_who_may_see_nothing_is_refused(session: Session) -> None:
    reads: tuple[Callable[..., Any], ...] = (disputes_page, disputes_count)
    for read in reads:
        with pytest.raises(NotAllowed):
            read(session, DisputeFilter(), actor=OUT, now=NOW)
    with pytest.raises(NotAllowed):
        disputes_by_group(session, actor=OUT, now=NOW)


MANY = """
insert into dispute (shop_id, return_number, order_number, shipment_id, status, reason, currency, amount, state, state_at,
    requested_at, response_due_at, response_basis, next_due_at, created_at, updated_at)
  select :shop, 'R' || lpad(n::text, 14, '0'), 'O' || n, case when n % 4000 = 7 then :shipment end, 'requested',
    (array['damaged', 'missing', 'not_received'])[1 + n % 3], 'SGD', 10 + n % 90,
    (array['opened', 'preparing', 'answered', 'judging', 'won', 'lost', 'expired', 'closed'])[1 + n % 8],
    cast(:now as timestamptz) - interval '1 minute' * n, cast(:now as timestamptz) - interval '1 day',
    cast(:now as timestamptz) + interval '1 minute' * (n - 500), 'given',
    case when n % 8 < 2 then cast(:now as timestamptz) + interval '1 minute' * (n - 500) end,
    cast(:now as timestamptz), cast(:now as timestamptz)
  from generate_series(1, 20000) n
"""


def test_with_many_disputes_the_lists_come_off_an_index(session: Session, mei: Actor) -> None:
    shipment = make_shipment(session)
    session.execute(text(MANY), {"shop": shipment.shop_id, "shipment": shipment.id, "now": NOW})
    session.execute(text("analyze dispute"))
    for wanted in (
        DisputeFilter(),
        DisputeFilter(groups=(Group.DUE,)),
        DisputeFilter(groups=(Group.DONE,)),
        DisputeFilter(within=Within.DAY),
        DisputeFilter(text="R00000000000777"),
    ):
        if wanted.text:
            # All these disputes hang on one parcel, so that the planner may read them all; what counts is that it need not.
            session.execute(text("set local enable_seqscan = off"))
        with explained(session) as plans:
            rows = disputes_page(session, wanted, actor=mei, now=NOW).rows
        assert rows
        assert "dispute" not in set().union(*(scanned(plan) for plan in plans)), "\n".join(plans)
    late = disputes_page(session, DisputeFilter(groups=(Group.DUE,)), actor=mei, now=NOW).rows[0]
    assert late.due_at is not None
    assert late.due_at - NOW < timedelta(minutes=10)


def test_a_kept_plan_sees_how_many_rows_a_page_wants(session: Session) -> None:
    """As a parameter the limit is unknown to a plan that is kept, and every open dispute is sorted for fifty."""
    for wanted in (DisputeFilter(), DisputeFilter(groups=(Group.DUE, Group.WAITING))):
        said = str(_page(wanted, 50, 100).compile(session.get_bind()))
        assert "LIMIT 51 OFFSET 100" in said and "LIMIT 151" in said and "LIMIT %(" not in said
