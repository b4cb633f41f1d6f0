"""Whose authority somebody may use: one's own, and that of those one stands in for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, aliased

from core.foundation import audit
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Invalid, NotAllowed, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from core.foundation.texts import checked
from core.models import Person, StandIn, Tag

LONGEST = timedelta(days=90)
"""How long one stand-in may be set for. Longer is another role."""
LONGEST_NOTE = 300


_now = bindparam("now", type_=UtcDateTime())
_LENT = (
    select(Person.id, Person.role, Person.name)
    .join(StandIn, StandIn.person_id == Person.id)
    .where(
        StandIn.stand_in_id == bindparam("person_id"),
        StandIn.ended_at.is_(None),
        StandIn.from_at <= _now,
        StandIn.until_at > _now,
        Person.active,
    )
    .distinct()
    .order_by(Person.id)
)
"""Built once, so that only its values travel: the case screen is drawn on every click."""


@dataclass(frozen=True)
class Power:
    """The authority of `of` (an id), with its role, as used by `person`. `name` is whose it is, None for one's own."""

    person: int
    of: int
    role: Role
    name: str | None = None

    @property
    def own(self) -> bool:
        """Whether it is one's own."""
        return self.person == self.of

    def may(self, permission: Permission) -> bool:
        """Whether the role holds the right."""
        return permission in ROLE_PERMISSIONS[self.role]


@dataclass(frozen=True)
class Stand:
    """One stand-in: who for whom, from when until when."""

    id: int
    person_id: int
    person: str
    stand_in_id: int
    stand_in: str
    from_at: datetime
    until_at: datetime
    note: str

    def lasts(self, now: datetime) -> bool:
        """Whether it holds now."""
        return self.from_at <= now < self.until_at


def powers_of(session: Session, actor: Actor, now: datetime) -> tuple[Power, ...]:
    """Every authority the actor may use now, one's own first (inner). Nobody's for who is nobody on the team.

    A stand-in stands for the person, not for those whom that person stands in for.
    """
    if actor.person_id is None or actor.role is None:
        return ()
    rows = session.execute(_LENT, {"person_id": actor.person_id, "now": now})
    others = [Power(actor.person_id, number, role, name) for number, role, name in rows]
    return (Power(actor.person_id, actor.person_id, actor.role), *others)


@read(Permission.REMEDY_READ)
def list_stand_ins(session: Session, *, actor: Actor, now: datetime) -> list[Stand]:
    """The stand-ins that hold now or are to come, the soonest first."""
    other = aliased(Person)
    rows = session.execute(
        select(
            StandIn.id,
            Person.id,
            Person.name,
            other.id,
            other.name,
            StandIn.from_at,
            StandIn.until_at,
            StandIn.note,
        )
        .join(Person, Person.id == StandIn.person_id)
        .join(other, other.id == StandIn.stand_in_id)
        .where(StandIn.ended_at.is_(None), StandIn.until_at > now)
        .order_by(StandIn.from_at, StandIn.id)
    )
    return [Stand(*row) for row in rows]


@verb(Permission.REMEDY_APPROVE)
def set_stand_in(
    session: Session,
    *,
    actor: Actor,
    person_id: int,
    stand_in_id: int,
    from_at: datetime,
    until_at: datetime,
    note: str = "",
    now: datetime,
) -> StandIn:
    """Have somebody decide in a person's place from `from_at` until `until_at`.

    One's own stand-in is set by oneself, another's by who may edit authority. Raises `NotAllowed`, and `Invalid` naming
    `person_id`, `stand_in_id`, `from_at`, `until_at` or `note`.
    """
    setter = _editor(actor, person_id)
    person, other = session.get(Person, person_id), session.get(Person, stand_in_id)
    if person is None or not person.active or Permission.REMEDY_APPROVE not in ROLE_PERMISSIONS[person.role]:
        raise Invalid(_("Choose somebody on the team who may approve."), "person_id")
    if other is None or not other.active or Permission.REMEDY_PROPOSE not in ROLE_PERMISSIONS[other.role]:
        raise Invalid(_("Choose somebody on the team who may offer buyers something."), "stand_in_id")
    if person_id == stand_in_id:
        raise Invalid(_("Nobody stands in for themselves."), "stand_in_id")
    if until_at <= from_at or until_at <= now:
        raise Invalid(_("Choose a last day that is not before the first and not over."), "until_at")
    if until_at - from_at > LONGEST:
        raise Invalid(_("A stand-in holds for at most {n} days.", n=LONGEST.days), "until_at")
    made = StandIn(
        person_id=person_id,
        stand_in_id=stand_in_id,
        from_at=from_at,
        until_at=until_at,
        note=checked(note, LONGEST_NOTE, "note"),
        set_at=now,
        set_by=setter,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        Tag.STAND_IN_SET,
        actor=actor,
        now=now,
        subject=("stand_in", made.id),
        after=_facts(made, person, other),
    )
    return made


@verb(Permission.REMEDY_APPROVE)
def end_stand_in(session: Session, stand_in_id: int, *, actor: Actor, now: datetime) -> StandIn:
    """End one before its time. Raises `NotFound`, `NotAllowed` as `set_stand_in`, `WrongState` when it is over."""
    found = session.get(StandIn, stand_in_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(_("There is no such stand-in."))
    editor = _editor(actor, found.person_id)
    if found.ended_at is not None or found.until_at <= now:
        raise WrongState(_("This stand-in is over already."))
    found.ended_at, found.ended_by = now, editor
    session.flush()
    people = (session.get_one(Person, found.person_id), session.get_one(Person, found.stand_in_id))
    audit.record(
        session, Tag.STAND_IN_ENDED, actor=actor, now=now, subject=("stand_in", found.id), before=_facts(found, *people)
    )
    return found


def _editor(actor: Actor, person_id: int) -> int:
    if actor.person_id is None or (actor.person_id != person_id and not actor.may(Permission.AUTHORITY_EDIT)):
        raise NotAllowed(
            _("You may set only your own stand-in. Ask somebody who may change the limits to set or end another's.")
        )
    return actor.person_id


def _facts(made: StandIn, person: Person, other: Person) -> dict[str, object]:
    return {
        "person_id": person.id,
        "person": person.name,
        "stand_in_id": other.id,
        "stand_in": other.name,
        "from_at": made.from_at,
        "until_at": made.until_at,
        "note": made.note,
    }
