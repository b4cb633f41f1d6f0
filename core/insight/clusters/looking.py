"""The daily look: counts, raises alarms, and opens one group for what is one thing.

A burnt lorry shows in its hand-over, its hub and its packer at once. So alarms are taken the least likely first, and one that
shares half of its cases with a group is told there instead of opening a second.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Date, cast, func, or_, select, text
from sqlalchemy.orm import Session

from core.foundation.gate import verb
from core.foundation.permissions import Actor, Permission
from core.insight.clusters import groups
from core.insight.clusters.counting import GroupKey, count
from core.insight.clusters.scan import Raised, look
from core.insight.clusters.settings import alarm
from core.models import (
    ClusterLook,
    GroupMember,
    Incident,
    IncidentGroup,
    Shipment,
    ShipmentLine,
    Shop,
    Tag,
    TrackingEvent,
)
from core.models.group import Dimension, GroupState
from core.models.incident import Result
from core.models.reference import next_references

EVERY = timedelta(hours=20)
"""At least so long between two looks of one day's sweep: the stated rate counts one look a day."""
LOCK = 0x5265_636F_7570_43
"""The advisory lock of a look: "RecoupC"."""
SHARED = 0.5
"""A part of an alarm's cases in a group, from which on it is the same thing."""


@verb(Permission.GROUP_EDIT)
def look_for_clusters(session: Session, *, actor: Actor, now: datetime) -> list[str] | None:
    """Look once a day; gives the references of the groups that were opened, None where today's look is done (or being done)."""
    if not session.scalar(text("select pg_try_advisory_xact_lock(:lock)"), {"lock": LOCK}):
        return None
    last = session.scalar(select(func.max(ClusterLook.at)))
    if last is not None and last > now - EVERY:
        return None
    session.execute(text("set local statement_timeout = '5min'"))
    rules = alarm()
    counted = count(session, rules, now=now)
    found = look(counted.candidates, rules.rate, least_cases=rules.least_cases, least_ratio=rules.least_ratio)
    session.add(
        ClusterLook(at=now, parcels=counted.parcels, looks=found.looks, rate=rules.rate, alarms=len(found.raised))
    )
    session.flush()
    return _open_groups(session, list(found.raised), actor=actor, now=now)


def _open_groups(session: Session, raised: list[Raised[GroupKey]], *, actor: Actor, now: datetime) -> list[str]:
    standing = groups.standing(session, {_name(one.candidate.key) for one in raised})
    opened: list[str] = []
    for one in raised:
        key = one.candidate.key
        cases = _cases_of(session, key)
        ids = {case.id for case in cases}
        known = standing.get(_name(key))
        if known is not None and known.state is GroupState.OPEN:
            known.numbers = _numbers(one)
            groups.add_members(session, known, cases, Tag.GROUP_EDITED, actor=actor, now=now)
        elif (other := _same_thing(session, ids)) is not None:
            _tell(other, key)
        elif known is None or _new_since(session, known, ids):
            made = _make(session, one, now)
            groups.add_members(session, made, cases, Tag.GROUP_OPENED, actor=actor, now=now)
            standing[_name(key)] = made
            opened.append(made.reference)
    session.flush()
    return opened


def _name(key: GroupKey) -> tuple[str, str, str]:
    return key.dimension.value, groups.key_text(key.codes()), key.type.value


def _make(session: Session, one: Raised[GroupKey], now: datetime) -> IncidentGroup:
    key = one.candidate.key
    made = IncidentGroup(
        reference=next_references(session, "GRP", now)[0],
        dimension=key.dimension,
        key=key.codes(),
        key_text=groups.key_text(key.codes()),
        type=key.type,
        numbers=_numbers(one),
        also=[],
        opened_at=now,
    )
    session.add(made)
    session.flush()
    return made


def _numbers(one: Raised[GroupKey]) -> dict[str, Any]:
    """The figures the alarm rested on."""
    key = one.candidate.key
    return {
        "n": one.candidate.n,
        "events": one.candidate.events,
        "expected": round(one.candidate.expected, 3),
        "chance": one.chance,
        "looks": one.looks,
        "first": key.first.isoformat(),
        "last": key.last.isoformat(),
        "horizon": key.horizon,
    }


def _cases_of(session: Session, key: GroupKey) -> list[Incident]:
    """The cases of a group's parcels of its type, locked in the order of their ids, however late they were noticed."""
    day = cast(func.timezone(Shop.zone, Shipment.shipped_at), Date)
    query = (
        select(Incident)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Shipment.shop_id)
        .where(
            Incident.type == key.type,
            or_(Incident.result.is_(None), Incident.result.not_in([Result.ARRIVED, Result.NO_LOSS])),
            day >= key.first,
            day <= key.last,
        )
        .order_by(Incident.id)
        .with_for_update(of=Incident)
    )
    if key.dimension is Dimension.HANDOVER:
        query = query.where(Shipment.carrier_id == key.carrier_id, func.coalesce(Shipment.origin, "") == key.value)
    elif key.dimension is Dimension.LANE:
        query = query.where(Shipment.origin == key.value, Shipment.market == key.market)
    elif key.dimension is Dimension.PACKER:
        query = query.where(Shipment.packed_by == key.value)
    elif key.dimension is Dimension.PRODUCT:
        held = select(ShipmentLine.shipment_id).where(ShipmentLine.sku == key.value)
        query = query.where(Shipment.id.in_(held))
    else:
        held = select(TrackingEvent.shipment_id).where(TrackingEvent.place == key.value)
        query = query.where(Shipment.id.in_(held))
    return list(session.scalars(query))


def _same_thing(session: Session, ids: set[int]) -> IncidentGroup | None:
    """The open group that holds at least half of these cases, the fullest if several do."""
    held = session.execute(
        select(GroupMember.group_id, func.count())
        .join(IncidentGroup, IncidentGroup.id == GroupMember.group_id)
        .where(GroupMember.incident_id.in_(ids), IncidentGroup.state == GroupState.OPEN)
        .group_by(GroupMember.group_id)
        .order_by(func.count().desc(), GroupMember.group_id)
    ).first()
    if held is None or held[1] < SHARED * len(ids):
        return None
    return session.get(IncidentGroup, held[0])


def _tell(group: IncidentGroup, key: GroupKey) -> None:
    said = {"dimension": key.dimension.value, "type": key.type.value, **key.codes()}
    if said not in group.also:
        group.also = [*group.also, said]


def _new_since(session: Session, closed: IncidentGroup, ids: set[int]) -> bool:
    """Whether cases came that a closed group did not have: what was concluded once is not asked again."""
    had = set(session.scalars(select(GroupMember.incident_id).where(GroupMember.group_id == closed.id)))
    return bool(ids - had)
