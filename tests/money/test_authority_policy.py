"""Versions of the limits at their edges: what may be set, what is told of it, and what holds before the team's first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotAllowed
from core.foundation.money import Money
from core.foundation.permissions import Role
from core.models import AuditEvent, Tag
from core.money import authority
from core.money.authority import Limits
from tests.factories import NOW, make_policy, make_rates
from tests.giving import sgd
from tests.people import acting


@pytest.fixture(autouse=True)
def policy(session: Session) -> None:
    make_policy(session)
    make_rates(session)


def edit(session: Session, **more: Any) -> Any:
    values: dict[str, Any] = {
        "actor": more.pop("actor", None) or acting(session, Role.MANAGER),
        "seen_version": 0,
        "currency": "SGD",
        "limits": {Role.AGENT: Limits(sgd("10"), sgd("40"), sgd("40"), None)},
        "buyer_days": 30,
        "batch_days": 7,
        "two_from": sgd("100"),
        "note": "First month",
        "now": NOW,
        **more,
    }
    return authority.edit_authority(session, **values)


@pytest.mark.parametrize(
    "more",
    [
        {"limits": {Role.AGENT: Limits(sgd("40"), sgd("40"), sgd("40"), sgd("40"))}},
        {"limits": {Role.AGENT: Limits(sgd("0"), sgd("0"), sgd("0"), sgd("0"))}},
        {"limits": {Role.AGENT: Limits(None, sgd("5"), None, None)}},
        {"buyer_days": 1, "batch_days": 730},
        {"buyer_days": 730, "batch_days": 1},
        {"two_from": sgd("0.01")},
        {"note": "x" * 500},
    ],
)
def test_limits_may_go_to_the_very_edge(session: Session, more: dict[str, Any]) -> None:
    made = edit(session, **more)
    assert authority.current(session, NOW).version == made.version > 0


@pytest.mark.parametrize(
    ("field", "more"),
    [
        ("agent.per_day", {"limits": {Role.AGENT: Limits(sgd("40"), sgd("39.99"), None, None)}}),
        ("agent.per_buyer", {"limits": {Role.AGENT: Limits(sgd("40"), None, sgd("39.99"), None)}}),
        ("agent.per_batch", {"limits": {Role.AGENT: Limits(sgd("40"), None, None, sgd("39.99"))}}),
        ("lead.per_case", {"limits": {Role.LEAD: Limits(sgd("-0.01"), None, None, None)}}),
        ("buyer_days", {"buyer_days": 731}),
        ("batch_days", {"batch_days": 0}),
        ("two_from", {"two_from": sgd("-1")}),
        ("two_from", {"two_from": Money(Decimal(5), "USD")}),
        ("note", {"note": "x" * 501}),
    ],
)
def test_one_step_beyond_the_edge_is_refused_at_its_field(session: Session, field: str, more: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        edit(session, **more)
    assert refused.value.field == field
    assert authority.current(session, NOW).version == 0, "nothing was kept of it"


def test_a_version_is_read_back_as_it_was_written_and_told_in_the_trail(session: Session) -> None:
    manager = acting(session, Role.MANAGER)
    made = edit(session, actor=manager)
    found = authority.current(session, NOW)
    assert found.of(Role.AGENT) == Limits(sgd("10"), sgd("40"), sgd("40"), None)
    assert (found.buyer_days, found.batch_days, found.two_from) == (30, 7, sgd("100"))
    assert (found.note, found.at) == ("First month", NOW)
    told = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.AUTHORITY_EDITED)).one()
    assert (told.before["version"], told.after["version"]) == (0, made.version)
    assert (told.before["buyer_days"], told.after["buyer_days"]) == (90, 30)
    assert told.after["note"] == "First month"


def test_a_viewer_has_no_limits_whatever_a_version_says(session: Session) -> None:
    edit(session, limits={Role.VIEWER: Limits(None, None, None, None), Role.ADMIN: Limits(None, None, None, None)})
    found = authority.current(session, NOW)
    assert found.of(Role.VIEWER).per_case == sgd("0")
    assert found.of(Role.ADMIN).per_case is None


@pytest.mark.parametrize("role", [Role.AGENT, Role.LEAD, Role.VIEWER])
def test_only_who_edits_authority_sets_limits(session: Session, role: Role) -> None:
    with pytest.raises(NotAllowed):
        edit(session, actor=acting(session, role))
