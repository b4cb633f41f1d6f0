"""Decisions about channels: who may, what is kept, and who is warned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from core.foundation.permissions import Role
from core.insight.comparison import Cell, Channel, Minimum, Outcome, Period, Scope, compare
from core.insight.decisions import (
    Numbers,
    decide,
    decisions_of,
    dropped,
    dropped_among,
    numbers_of,
    standing_decisions,
)
from core.models import ChannelDecision, ImportRun, Shop, Tag
from core.models.channel_decision import Decided
from tests.factories import NOW, make_carrier, make_shipment, make_shop
from tests.people import acting

TODAY = date(2026, 11, 23)


def make_run(session: Session, shop: Shop) -> int:
    """An import as its row tells it; its id."""
    run = ImportRun(
        shop_id=shop.id,
        file_name="a.xlsx",
        sha256=bytes(32),
        report="order_all",
        market="SG",
        at=NOW,
        counts={},
        headings=[],
        unknown_headings=[],
    )
    session.add(run)
    session.flush()
    return run.id


LATER = TODAY + timedelta(days=90)


@pytest.fixture
def channel(session: Session) -> Channel:
    return Channel(make_carrier(session).id, "Standard", "PH")


def numbers(channel: Channel) -> Numbers:
    cells = [Cell(channel, 0, 1000, 30, 12), Cell(Channel(None, None, "PH"), 0, 1000, 10, 0)]
    found = compare(cells, Minimum(100, 1.0))
    row = next(one for one in found.channels if one.channel == channel)
    return numbers_of(row, None, [Outcome.LOST], Scope(Period.year_to(TODAY)), "SGD")


def made(session: Session, channel: Channel, decided: Decided = Decided.WATCH, **more: object) -> ChannelDecision:
    values = {"reason": "thrice the others' losses", "again_on": LATER, "numbers": numbers(channel), "now": NOW}
    return decide(session, channel, actor=acting(session, Role.MANAGER, None), decided=decided, **{**values, **more})  # type: ignore[arg-type]


def test_a_decision_keeps_its_reason_its_person_and_the_numbers_of_the_day(session: Session, channel: Channel) -> None:
    made(session, channel)
    [found] = standing_decisions(session, actor=acting(session, Role.VIEWER), now=NOW)
    assert (found.channel, found.decided, found.reason, found.by) == (
        channel,
        Decided.WATCH,
        "thrice the others' losses",
        "Manager-Mei",
    )
    assert found.numbers == numbers(channel)
    assert (found.numbers.n, found.numbers.events, found.numbers.outcomes) == (1000, 30, ("lost",))
    # Wilson's interval of 30 in 1,000.
    assert (found.numbers.low, found.numbers.high) == pytest.approx((0.02109, 0.04251), abs=1e-4)
    assert session.scalar(select(func.count()).where(AuditEvent.tag == Tag.CHANNEL_DECIDED)) == 1


def test_who_did_not_see_what_another_decided_meanwhile_is_told_before_it_is_replaced(
    session: Session, channel: Channel
) -> None:
    manager = acting(session, Role.MANAGER)

    def decided(one: Channel, what: Decided, seen: int) -> ChannelDecision:
        return decide(
            session,
            one,
            actor=manager,
            decided=what,
            reason="so",
            again_on=None,
            numbers=numbers(channel),
            seen=seen,
            now=NOW,
        )

    first = decided(channel, Decided.KEEP, 0)
    with pytest.raises(Conflict, match=r"decided about this channel meanwhile: Keep \(so\)"):
        decided(channel, Decided.DROP, 0)
    assert decided(channel, Decided.DROP, first.id).decided is Decided.DROP
    # Of another service of the same carrier nobody decided.
    assert decided(replace(channel, service=None), Decided.DROP, 0).id


def test_the_latest_decision_stands_and_the_older_ones_are_kept(session: Session, channel: Channel) -> None:
    manager = acting(session, Role.MANAGER)
    other = replace(channel, service=None)
    for one, decided in ((channel, Decided.KEEP), (other, Decided.KEEP), (channel, Decided.DROP)):
        decide(
            session,
            one,
            actor=manager,
            decided=decided,
            reason="so",
            again_on=None,
            numbers=numbers(channel),
            now=NOW,
        )
    standing = standing_decisions(session, actor=manager, now=NOW)
    assert [(one.channel.service, one.decided) for one in standing] == [
        ("Standard", Decided.DROP),
        (None, Decided.KEEP),
    ]
    assert [one.decided for one in decisions_of(session, channel, actor=manager, now=NOW)] == [
        Decided.DROP,
        Decided.KEEP,
    ]


def test_only_a_dropped_channel_warns_and_only_until_it_is_decided_anew(session: Session, channel: Channel) -> None:
    manager = acting(session, Role.MANAGER)

    def word(decided: Decided) -> None:
        decide(
            session,
            channel,
            actor=manager,
            decided=decided,
            reason="so",
            again_on=LATER,
            trial_parcels=500 if decided is Decided.TRIAL else None,
            numbers=numbers(channel),
            now=NOW,
        )

    word(Decided.WATCH)
    assert dropped(session, channel, actor=manager, now=NOW) is None
    word(Decided.DROP)
    found = dropped(session, channel, actor=manager, now=NOW)
    assert found is not None and found.decided is Decided.DROP
    assert dropped(session, replace(channel, market="SG"), actor=manager, now=NOW) is None
    word(Decided.TRIAL)
    assert dropped(session, channel, actor=manager, now=NOW) is None


def test_what_is_due_to_be_looked_at_again_comes_first(session: Session, channel: Channel) -> None:
    made(session, channel, again_on=TODAY + timedelta(days=1))
    manager = acting(session, Role.LEAD)
    made_later = replace(channel, service="Express")
    decide(
        session,
        made_later,
        actor=acting(session, Role.ADMIN),
        decided=Decided.KEEP,
        reason="so",
        again_on=None,
        numbers=numbers(channel),
        now=NOW,
    )
    found = standing_decisions(session, actor=manager, now=NOW + timedelta(days=1))
    assert [(one.channel.service, one.due) for one in found] == [("Standard", True), ("Express", False)]
    assert not any(one.due for one in standing_decisions(session, actor=manager, now=NOW))


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"reason": "  "}, "reason"),
        ({"again_on": TODAY}, "again_on"),
        ({"again_on": None}, "again_on"),
        ({"decided": Decided.TRIAL, "again_on": None}, "again_on"),
        ({"decided": Decided.TRIAL}, "trial_parcels"),
        ({"decided": Decided.TRIAL, "trial_parcels": 0}, "trial_parcels"),
    ],
)
def test_a_decision_without_a_reason_or_a_day_to_come_is_refused(
    session: Session, channel: Channel, more: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        made(session, channel, **more)  # type: ignore[arg-type]
    assert refused.value.field == field


def test_a_channel_nobody_is_known_to_carry_cannot_be_decided_about(session: Session, channel: Channel) -> None:
    with pytest.raises(NotFound):
        made(session, replace(channel, carrier_id=None), numbers=numbers(channel))


def test_an_import_tells_the_parcels_shipped_with_a_channel_after_it_was_dropped(session: Session) -> None:
    carrier, shop = make_carrier(session), make_shop(session)
    channel, run = Channel(carrier.id, None, "SG"), make_run(session, shop)
    manager = acting(session, Role.MANAGER)
    decide(
        session,
        channel,
        actor=manager,
        decided=Decided.DROP,
        reason="so",
        again_on=None,
        numbers=numbers(channel),
        now=NOW - timedelta(days=5),
    )
    for days, of in ((6, run), (4, run), (3, run), (2, None)):
        make_shipment(session, shop, carrier, shipped_at=NOW - timedelta(days=days), import_id=of)
    make_shipment(session, shop, shipped_at=NOW, import_id=run)
    [(found, count)] = dropped_among(session, [run], actor=manager, now=NOW)
    assert (found.channel, count) == (channel, 2)
    assert dropped_among(session, [], actor=manager, now=NOW) == []


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.LEAD])
def test_who_does_not_manage_does_not_decide(session: Session, channel: Channel, role: Role) -> None:
    with pytest.raises(NotAllowed):
        decide(
            session,
            channel,
            actor=acting(session, role),
            decided=Decided.DROP,
            reason="so",
            again_on=None,
            numbers=numbers(channel),
            now=NOW,
        )


def test_a_decision_is_neither_changed_nor_removed(session: Session, channel: Channel) -> None:
    one = made(session, channel)
    one.reason = "another"
    with pytest.raises(DBAPIError, match="append-only"):
        session.flush()
