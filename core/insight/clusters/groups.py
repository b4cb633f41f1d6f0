"""Incident groups: opened by an alarm or by a person, filled, looked at, closed with a conclusion."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Carrier, GroupMember, Incident, IncidentGroup, Person, Shipment, Tag
from core.models.group import Dimension, GroupState
from core.models.incident import IncidentState, IncidentType
from core.models.reference import next_references

P = Permission

LONGEST_NAME = 120
LONGEST_TEXT = 1_000
MOST_SHOWN = 200


@dataclass(frozen=True)
class Group:
    """A group as it is shown. `carrier` names the carrier of its key, `numbers` are those of its alarm (empty when made by
    hand), `also` the codes of other alarms of the same cases. Moments in UTC.
    """

    id: int
    reference: str
    dimension: Dimension
    key: Mapping[str, Any]
    carrier: str | None
    name: str
    type: IncidentType | None
    numbers: Mapping[str, Any]
    also: Sequence[Mapping[str, Any]]
    note: str
    state: GroupState
    cases: int
    opened_at: datetime
    opened_by: str | None
    closed_at: datetime | None
    conclusion: str
    version: int


@dataclass(frozen=True)
class GroupCase:
    """A case of a group: `number` is its parcel's tracking or order number, `value` its value at risk."""

    incident_id: int
    reference: str
    type: IncidentType
    state: IncidentState
    number: str
    value: Money
    noticed_at: datetime


def key_text(codes: Mapping[str, Any]) -> str:
    """The key of a group in one text, the same for the same key (inner)."""
    return json.dumps(codes, sort_keys=True, ensure_ascii=False)


# --- reads -----------------------------------------------------------------------------------------------------------------


@read(P.GROUP_READ)
def list_groups(session: Session, *, actor: Actor, state: GroupState | None = GroupState.OPEN) -> list[Group]:
    """The groups of a state (None: all), the latest first, at most `MOST_SHOWN`."""
    query = select(IncidentGroup).order_by(IncidentGroup.opened_at.desc(), IncidentGroup.id.desc()).limit(MOST_SHOWN)
    if state is not None:
        query = query.where(IncidentGroup.state == state)
    return _shown(session, list(session.scalars(query)))


@read(P.GROUP_READ)
def group_cases(session: Session, group_id: int, *, actor: Actor) -> list[GroupCase]:
    """The cases of a group in the order they were noticed."""
    rows = session.execute(
        select(Incident, Shipment.tracking_number, Shipment.order_number)
        .join(GroupMember, GroupMember.incident_id == Incident.id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(GroupMember.group_id == group_id)
        .order_by(Incident.noticed_at, Incident.id)
    )
    return [
        GroupCase(
            one.id,
            one.reference,
            one.type,
            one.state,
            tracking or order,
            Money(one.value_at_risk, one.currency),
            one.noticed_at,
        )
        for one, tracking, order in rows
    ]


@read(P.GROUP_READ)
def count_open(session: Session, *, actor: Actor) -> int:
    """How many groups wait for a conclusion."""
    return session.scalar(select(func.count()).where(IncidentGroup.state == GroupState.OPEN)) or 0


def _shown(session: Session, groups: list[IncidentGroup]) -> list[Group]:
    if not groups:
        return []
    members = session.execute(
        select(GroupMember.group_id, func.count().label("n"))
        .where(GroupMember.group_id.in_([one.id for one in groups]))
        .group_by(GroupMember.group_id)
    )
    counted = {row.group_id: row.n for row in members}
    people = {one.opened_by for one in groups} - {None}
    names = {person.id: person.name for person in session.scalars(select(Person).where(Person.id.in_(people)))}
    ids = {one.key.get("carrier_id") for one in groups} - {None}
    carriers = {carrier.id: carrier.name for carrier in session.scalars(select(Carrier).where(Carrier.id.in_(ids)))}
    return [
        Group(
            id=one.id,
            reference=one.reference,
            dimension=one.dimension,
            key=one.key,
            carrier=carriers.get(one.key.get("carrier_id", 0)),
            name=one.name,
            type=one.type,
            numbers=one.numbers,
            also=one.also,
            note=one.note,
            state=one.state,
            cases=counted.get(one.id, 0),
            opened_at=one.opened_at,
            opened_by=names.get(one.opened_by) if one.opened_by is not None else None,
            closed_at=one.closed_at,
            conclusion=one.conclusion,
            version=one.version,
        )
        for one in groups
    ]


# --- verbs -----------------------------------------------------------------------------------------------------------------


@verb(P.GROUP_EDIT)
def open_group(
    session: Session, *, actor: Actor, name: str, references: Collection[str], note: str = "", now: datetime
) -> IncidentGroup:
    """Put cases together under a name. Raises `Invalid` without a name or with fewer than two cases, `NotFound` for a reference."""
    clean = checked(name, LONGEST_NAME, "name")
    if not clean:
        raise Invalid(_("Give the group a name: what its cases have in common."), "name")
    cases = _cases(session, references)
    if len(cases) < 2:
        raise Invalid(_("A group has two cases or more."), "references")
    group = IncidentGroup(
        reference=next_references(session, "GRP", now)[0],
        dimension=Dimension.MANUAL,
        name=clean,
        note=checked(note, LONGEST_TEXT, "note"),
        opened_at=now,
        opened_by=actor.person_id,
    )
    session.add(group)
    session.flush()
    add_members(session, group, cases, Tag.GROUP_OPENED, actor=actor, now=now)
    return group


@verb(P.GROUP_EDIT)
def add_cases(session: Session, group_id: int, *, actor: Actor, references: Collection[str], now: datetime) -> int:
    """Put more cases into an open group; gives how many are new in it. Raises `NotFound`, `WrongState`."""
    group = _open(session, group_id)
    return add_members(session, group, _cases(session, references), Tag.GROUP_EDITED, actor=actor, now=now)


@verb(P.GROUP_EDIT)
def remove_case(session: Session, group_id: int, incident_id: int, *, actor: Actor, now: datetime) -> None:
    """Take a case out of an open group; it stays in its own right. Raises `NotFound`, `WrongState`."""
    group = _open(session, group_id)
    member = session.get(GroupMember, (group_id, incident_id))
    case = session.get(Incident, incident_id, with_for_update=True)
    if member is None or case is None:
        raise NotFound(_("This case is not in the group."))
    session.delete(member)
    session.flush()
    _record(session, Tag.GROUP_EDITED, group, actor, now, chain=case.id, out=case.reference)


@verb(P.GROUP_EDIT)
def close_group(session: Session, group_id: int, *, actor: Actor, conclusion: str, now: datetime) -> None:
    """Close a group with what was found and done. Its cases go on. Raises `Invalid` without a conclusion, `WrongState`."""
    group = _open(session, group_id)
    clean = checked(conclusion, LONGEST_TEXT, "conclusion")
    if not clean:
        raise Invalid(_("Say what was found and what is done about it."), "conclusion")
    group.state, group.conclusion, group.closed_at, group.closed_by = GroupState.CLOSED, clean, now, actor.person_id
    session.flush()
    _record(session, Tag.GROUP_CLOSED, group, actor, now, conclusion=clean)


def add_members(
    session: Session, group: IncidentGroup, cases: Sequence[Incident], tag: Tag, *, actor: Actor, now: datetime
) -> int:
    """Put cases into a group, each once, told in the group's trail and in every case's own (inner); gives how many are new."""
    there = set(session.scalars(select(GroupMember.incident_id).where(GroupMember.group_id == group.id)))
    new = [one for one in cases if one.id not in there]
    session.add_all(
        GroupMember(group_id=group.id, incident_id=one.id, added_at=now, added_by=actor.person_id) for one in new
    )
    session.flush()
    if new or tag is Tag.GROUP_OPENED:
        _record(session, tag, group, actor, now, added=[one.reference for one in new])
    for one in new:
        _record(session, tag, group, actor, now, chain=one.id)
    return len(new)


def _record(
    session: Session,
    tag: Tag,
    group: IncidentGroup,
    actor: Actor,
    now: datetime,
    *,
    chain: int | None = None,
    **more: Any,
) -> None:
    after = {"title": group.reference, "name": group.name, "dimension": group.dimension, "key": group.key, **more}
    audit.record(session, tag, actor=actor, now=now, subject=("group", group.id), chain=chain, after=after)


def _cases(session: Session, references: Collection[str]) -> list[Incident]:
    """The cases of these references, locked in the order of their ids. Raises `NotFound` naming those that are not there."""
    wanted = {one.strip().upper() for one in references if one.strip()}
    found = list(
        session.scalars(select(Incident).where(Incident.reference.in_(wanted)).order_by(Incident.id).with_for_update())
    )
    if missing := sorted(wanted - {one.reference for one in found}):
        raise NotFound(_("There is no case {references}.", references=", ".join(missing)))
    return found


def _open(session: Session, group_id: int) -> IncidentGroup:
    group = session.get(IncidentGroup, group_id, with_for_update=True, populate_existing=True)
    if group is None:
        raise NotFound(_("There is no such group."))
    if group.state is not GroupState.OPEN:
        raise WrongState(_("The group {reference} is closed.", reference=group.reference))
    return group


def standing(session: Session, keys: Collection[tuple[str, str, str]]) -> dict[tuple[str, str, str], IncidentGroup]:
    """The latest group of each (dimension, key text, type), open or closed (inner)."""
    rows = session.scalars(
        select(IncidentGroup)
        .where(tuple_(IncidentGroup.dimension, IncidentGroup.key_text, IncidentGroup.type).in_(list(keys)))
        .order_by(IncidentGroup.id)
    )
    return {(one.dimension.value, one.key_text, one.type.value): one for one in rows if one.type is not None}
