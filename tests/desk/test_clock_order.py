"""All clocks of a case stand side by side in the order they matter: 200 generated cases with six clocks each.

The expected order is worked out here from what the words of the rules say, row by row, not from the code that sorts.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy.orm import Session

from core.cases import clocks
from core.desk.clock_order import in_order
from core.desk.next_step import next_step
from core.desk.story import ClockRow, story
from core.foundation.permissions import SYSTEM
from core.models import Clock, Incident
from core.models.clock import ClockKind, ClockState, PauseReason
from tests.desk.builders import make_claim
from tests.factories import NOW, make_carrier, make_incident, make_rule_card, make_shipment, make_shop

CASES, EACH = 200, 6
K = ClockKind

THE_PLATFORMS = {kind for kind in K if kind.value.startswith("dispute_")}
LOST_FOR_GOOD = {K.CLAIM_WINDOW, K.APPEAL, K.PROOF, K.TRACE, K.DOCUMENTS} | THE_PLATFORMS
SOMEBODY_ELSES = {K.ANSWER, K.PAYMENT}
ONLY_LATER = {K.INFORMATION, K.PROMISE, K.MONEY, K.OFFER}


def test_every_kind_is_told_apart_here() -> None:
    assert set(ClockKind) == LOST_FOR_GOOD | SOMEBODY_ELSES | ONLY_LATER


def started(session: Session, incident: Incident, dice: random.Random, claim_id: int) -> Clock:
    """A clock as the rooms start it: some asleep, some without an end, some late, some paused, met or missed."""
    kind = dice.choice(list(ClockKind))
    due: datetime | None = NOW + timedelta(hours=dice.randint(-60, 900))
    opens = None
    if kind in (K.CLAIM_WINDOW, K.TRACE, K.DOCUMENTS) and dice.random() < 0.5:
        opens = NOW + timedelta(hours=dice.randint(-400, 500))
        due = None if dice.random() < 0.3 else opens + timedelta(hours=dice.randint(1, 900))
    about = None if kind in {K.PROOF, K.PROMISE} | THE_PLATFORMS else claim_id
    clock = clocks.start(
        session,
        incident,
        kind,
        actor=SYSTEM,
        now=NOW - timedelta(days=30),
        rule="T-1",
        zone="Asia/Singapore",
        opens_at=opens,
        due_at=due,
        title="packing_video" if kind is K.PROOF else "Flash",
        claim_id=about,
    )
    chance = dice.random()
    if chance < 0.12:
        state = dice.choice([ClockState.MET, ClockState.MISSED])
        at = NOW - timedelta(minutes=dice.randint(1, 9000))
        clocks.settle(session, incident, clock, state, actor=SYSTEM, now=at)
    elif chance < 0.24 and (due is None or due > NOW):
        why = PauseReason.PAYER_AGREED
        clocks.pause(session, clock.id, actor=SYSTEM, reason=why, note="by mail", now=NOW - timedelta(minutes=5))
    return clock


def comes_before(one: ClockRow, other: ClockRow) -> bool:
    """Whether `one` may stand before `other`, from the words: what is asked of us by its moment, then windows without an
    end, then others' turns, then what is lost, paused, over.
    """

    def turn(row: ClockRow) -> str:
        if row.state in (ClockState.MET, ClockState.MISSED):
            return "over"
        if row.state is ClockState.PAUSED:
            return "paused"
        if row.due_at is None:
            return "no end"
        if row.kind in SOMEBODY_ELSES and row.due_at >= NOW:
            return "theirs"
        if row.kind in LOST_FOR_GOOD and row.due_at < NOW:
            return "lost"
        return "ours"

    order = ["ours", "no end", "theirs", "lost", "paused", "over"]
    first, second = turn(one), turn(other)
    if first != second:
        return order.index(first) < order.index(second)
    if first == "over":
        assert one.settled_at is not None and other.settled_at is not None
        return one.settled_at >= other.settled_at
    here, there = one.due_at or one.opens_at, other.due_at or other.opens_at
    assert here is not None and there is not None
    return here >= there if first == "lost" else here <= there


def test_two_hundred_cases_with_six_clocks_each_list_them_in_the_right_order(session: Session) -> None:
    dice = random.Random(20261123)
    card, shop, carrier = make_rule_card(session), make_shop(session), make_carrier(session)
    kinds, states = set(), set()
    for number in range(CASES):
        incident = make_incident(session, make_shipment(session, shop, carrier))
        claim = make_claim(session, incident, card)
        for _ in range(EACH):
            started(session, incident, dice, claim.id)
        told = story(session, incident.reference, actor=SYSTEM)
        listed = in_order(told.clocks, NOW)
        assert len(listed) == EACH
        for before, after in pairwise(listed):
            assert comes_before(before, after), (number, before, after)
        _leads(told, listed)
        kinds |= {row.kind for row in listed}
        states |= {row.state for row in listed}
    assert kinds == set(ClockKind)
    assert states == {ClockState.RUNNING, ClockState.PAUSED, ClockState.MET, ClockState.MISSED}


def _leads(told: Any, listed: list[ClockRow]) -> None:
    """The case's next step is about the clock that stands first."""
    following = next_step(told, actor=SYSTEM, now=NOW)
    running = [row for row in listed if row.state is ClockState.RUNNING]
    assert following is not None
    if running:
        first = running[0]
        asleep = first.opens_at is not None and (first.opens_at > NOW or first.due_at is None)
        assert following.at == (first.opens_at if asleep else first.due_at)
        assert following.clock_id == first.id
