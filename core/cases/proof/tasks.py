"""The clocks of proof that perishes: started for what payers ask for and the case does not hold, met when it comes in.

`start_clocks` and `follow` are inner: whoever registers, adds or withdraws has asked for the right and locked the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents import touch
from core.cases.kinds import facts_of
from core.cases.proof.meter import count_up, union
from core.cases.proof.perishing import Dates, Gone, gone_of
from core.cases.proof.pieces import pieces_of
from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Clock, Incident, ProofDate, RuleCard, Shipment, Shop, Tag
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.incident import IncidentState
from core.money import ledger

RULE = "proof"
"""What clocks of proof name as their rule."""

LONGEST_AHEAD = timedelta(days=3 * 366)
"""How far ahead the day on which proof is gone may be set."""


class Asking(Protocol):
    """A rule card as far as its list goes: the table's row or the card of the reads."""

    @property
    def documents(self) -> Any: ...


@dataclass(frozen=True)
class Task:
    """One piece of proof to get before it is gone, with its running clock. `who` can usually get it."""

    clock_id: int
    kind: str
    who: str
    due_at: datetime
    zone: str
    reasoning: list[Any]


@read(Permission.EVIDENCE_READ)
def first_tasks(session: Session, incident_id: int, *, actor: Actor) -> list[Task]:
    """What to get first: the perishing proof a case still lacks, soonest gone first."""
    return [
        Task(one.id, one.title, facts_of(one.title).who, one.due_at, one.zone, one.reasoning)
        for one in clocks.running(session, incident_id, kinds=(ClockKind.PROOF,))
        if one.due_at is not None
    ]


def start_clocks(
    session: Session, incident: Incident, cards: Iterable[Asking], *, actor: Actor, now: datetime
) -> list[Clock]:
    """Start a clock for each kind that some payer asks for, that perishes, and of which the case holds too little (inner).

    What is gone by what is typical when the case opens gets no clock: the case says so where it lists what is missing. A
    kind whose clock runs already keeps it.
    """
    wanted = [one for one in union(card.documents for card in cards) if facts_of(one.code).perishes is not None]
    if not wanted:
        return []
    lacks = [need for need in count_up(wanted, pieces_of(session, incident.id)) if not need.met]
    if not lacks:
        return []
    dates, by_hand = dates_of(session, incident.id)
    over = (ClockState.MET, ClockState.CANCELLED)
    there = {clock.title for clock in _proof_clocks(session, incident.id) if clock.state not in over}
    found = [(need, gone_of(need.code, dates, by_hand)) for need in lacks if need.code not in there]
    begun = [(need, gone) for need, gone in found if gone is not None and gone.at > now]
    begun.sort(key=lambda one: one[1].at)
    return [_start(session, incident, need.code, need.count, gone, actor=actor, now=now) for need, gone in begun]


def follow(session: Session, incident: Incident, kind: str, *, actor: Actor, now: datetime) -> None:
    """Bring the clock of one kind in line with what the case holds, after evidence of it came or went (inner).

    Enough of it meets the clock; too little again starts it again, as long as it can still be had.
    """
    if facts_of(kind).perishes is None and session.get(ProofDate, (incident.id, kind)) is None:
        return
    mine = [one for one in _proof_clocks(session, incident.id) if one.title == kind]
    last = mine[-1] if mine else None
    needed = max(_asked(session, incident.id).get(kind, 0), _needed(last))
    if not needed:
        return
    [need] = count_up([{"code": kind, "count": needed}], pieces_of(session, incident.id))
    if last is not None and last.state in LIVING:
        if need.met:
            clocks.settle(session, incident, last, ClockState.MET, actor=actor, now=now)
        return
    if need.met or incident.state is IncidentState.CLOSED or (last is not None and last.state is not ClockState.MET):
        return
    dates, by_hand = dates_of(session, incident.id)
    gone = gone_of(kind, dates, by_hand)
    if gone is not None and gone.at > now:
        _start(session, incident, kind, needed, gone, actor=actor, now=now)


def follow_dates(session: Session, incidents: Iterable[Incident], *, actor: Actor, now: datetime) -> int:
    """Let the clocks of proof follow facts that became known or were told anew; how many moved (inner).

    Where a person set the day it stays. One statement for all the cases; more only for those with such clocks.
    """
    cases = {incident.id: incident for incident in incidents}
    query = select(Clock).where(Clock.incident_id.in_(cases), Clock.kind == ClockKind.PROOF, Clock.state.in_(LIVING))
    return sum(
        _moved(session, cases[clock.incident_id], clock, actor=actor, now=now)
        for clock in session.scalars(query.order_by(Clock.incident_id, Clock.id)).all()
    )


def _moved(session: Session, incident: Incident, clock: Clock, *, actor: Actor, now: datetime) -> bool:
    dates, by_hand = dates_of(session, incident.id)
    gone = gone_of(clock.title, dates, by_hand)
    if gone is None or gone.by_hand or gone.since == clock.event_at:
        return False
    before = {"due_at": clock.due_at}
    clock.event_at, clock.due_at, clock.reasoning = gone.since, gone.at, gone.reasoning(_needed(clock))
    session.flush()
    audit.record(
        session,
        Tag.CLOCK_MOVED,
        actor=actor,
        now=now,
        subject=("clock", clock.id),
        chain=incident.id,
        before=before,
        after={"kind": clock.kind, "title": clock.title, "due_at": clock.due_at},
    )
    clocks.refresh(session, incident)
    return True


@verb(Permission.EVIDENCE_ADD)
def set_gone_on(
    session: Session, incident_id: int, kind: str, *, actor: Actor, on: date | None, now: datetime
) -> Gone | None:
    """Say until when proof of a kind can be had in this case, where somebody knows; None goes back to what is typical.

    `on` is a day in the shop's zone, the last on which it can be had. A missing kind gets its clock by that day, one that
    is gone already loses it as missed. Raises `NotFound`, `WrongState` for a closed case, `Invalid`.
    """
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it first."))
    if not facts_of(kind).who:
        raise NotFound(_("There is no such kind of evidence."))
    dates, by_hand = dates_of(session, incident_id)
    today = local_day(now, dates.zone)
    if on is not None and not today - LONGEST_AHEAD <= on <= today + LONGEST_AHEAD:
        raise Invalid(_("Choose a day within three years of today."), "on")
    old = by_hand.get(kind)
    _keep(session, incident_id, kind, on, actor, now)
    audit.record(
        session,
        Tag.PROOF_DATED,
        actor=actor,
        now=now,
        subject=("incident", incident_id),
        chain=incident_id,
        before={"kind": kind, "gone_on": old},
        after={"kind": kind, "gone_on": on},
    )
    by_hand = {code: day for code, day in by_hand.items() if code != kind} | ({kind: on} if on is not None else {})
    gone = gone_of(kind, dates, by_hand)
    _restart(session, incident, kind, gone, actor=actor, now=now)
    touch(session, incident, now)
    return gone


def _restart(
    session: Session, incident: Incident, kind: str, gone: Gone | None, *, actor: Actor, now: datetime
) -> None:
    mine = [one for one in _proof_clocks(session, incident.id) if one.title == kind]
    needed = max(_asked(session, incident.id).get(kind, 0), _needed(mine[-1] if mine else None), 1)
    still = gone is not None and gone.at > now
    for one in mine:
        if one.state in LIVING:
            state = ClockState.CANCELLED if still or gone is None else ClockState.MISSED
            clocks.settle(session, incident, one, state, actor=actor, now=now)
    [need] = count_up([{"code": kind, "count": needed}], pieces_of(session, incident.id))
    if gone is not None and still and not need.met:
        _start(session, incident, kind, needed, gone, actor=actor, now=now)


def _keep(session: Session, incident_id: int, kind: str, on: date | None, actor: Actor, now: datetime) -> None:
    row = session.get(ProofDate, (incident_id, kind))
    if on is None:
        if row is not None:
            session.delete(row)
    elif row is None:
        session.add(
            ProofDate(incident_id=incident_id, kind=kind, gone_on=on, set_at=now, set_by=actor.person_id),
        )
    else:
        row.gone_on, row.set_at, row.set_by = on, now, actor.person_id
    session.flush()


def _start(
    session: Session, incident: Incident, kind: str, needed: int, gone: Gone, *, actor: Actor, now: datetime
) -> Clock:
    return clocks.start(
        session,
        incident,
        ClockKind.PROOF,
        actor=actor,
        now=now,
        rule=RULE,
        zone=gone.zone,
        event_at=None if gone.by_hand else gone.since,
        due_at=gone.at,
        reasoning=gone.reasoning(needed),
        title=kind,
    )


def _proof_clocks(session: Session, incident_id: int) -> list[Clock]:
    """Every clock of proof of the case, oldest first."""
    query = select(Clock).where(Clock.incident_id == incident_id, Clock.kind == ClockKind.PROOF).order_by(Clock.id)
    return list(session.scalars(query))


def _needed(clock: Clock | None) -> int:
    """How many a clock was started for."""
    if clock is None:
        return 0
    rows = [row for row in clock.reasoning if isinstance(row, Mapping) and row.get("kind") == "proof"]
    return int(rows[0].get("needed", 1)) if rows else 1


_NAMED = select(RuleCard.documents).where(
    or_(
        exists().where(
            Clock.incident_id == bindparam("incident"),
            Clock.rule == RuleCard.code,
            Clock.rule_version == RuleCard.version,
        ),
        exists().where(Claim.incident_id == bindparam("incident"), Claim.rule_card_id == RuleCard.id),
    )
)


def _asked(session: Session, incident_id: int) -> dict[str, int]:
    """How many of each kind the payers of the case ask for: by the cards its windows and claims stand under."""
    lists = session.execute(_NAMED, {"incident": incident_id}).scalars()
    return {one.code: one.count for one in union(lists)}


_DATES = (
    select(
        Shop.zone,
        Incident.noticed_at,
        Shipment.ordered_at,
        Shipment.accepted_at,
        Shipment.shipped_at,
        Shipment.delivered_at,
    )
    .join(Shipment, Shipment.id == Incident.shipment_id)
    .join(Shop, Shop.id == Incident.shop_id)
    .where(Incident.id == bindparam("incident"))
)


def dates_of(session: Session, incident_id: int) -> tuple[Dates, dict[str, date]]:
    """The moments of a case from which proof perishes, and the days people set (inner). Raises `NotFound`."""
    row = session.execute(_DATES, {"incident": incident_id}).one_or_none()
    if row is None:
        raise NotFound(_("There is no such incident."))
    return Dates(*row), days_set(session, incident_id)


def days_set(session: Session, incident_id: int) -> dict[str, date]:
    """Kind → the day a person set for it (inner)."""
    query = select(ProofDate.kind, ProofDate.gone_on).where(ProofDate.incident_id == incident_id)
    return {row[0]: row[1] for row in session.execute(query)}
