"""Writing down what a source said of requests, and everything that follows from it (inner).

A request is made of its statements: each is kept, and the request's own row is worked out of all of them anew. So files may come in
any order, and a statement can be taken away as if it had never been made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation import audit, buyers
from core.foundation.permissions import Actor
from core.models import Dispute, DisputeVersion, ImportRun, Incident, Shop, Tag
from core.models.dispute import DisputeState, DisputeStatus, Source
from core.models.imports import OfferCause
from core.money import ledger
from core.recovery.disputes import books, clocks, following, offering
from core.recovery.disputes.dues import next_due, response_due
from core.recovery.disputes.linking import Wanted, parcels_of
from core.recovery.disputes.sets import among
from core.recovery.disputes.statements import (
    AMOUNTS,
    FIELDS,
    TEXTS,
    Facts,
    Statement,
    from_json,
    progress_of,
    standing,
    to_json,
)

TOLD = (
    "status",
    "reason",
    "reassessed",
    "amount",
    "compensation",
    "response_due_at",
    "refunded_at",
    "return_tracking_number",
)
"""Fields whose change is told in the history of the case."""


@dataclass(frozen=True)
class Saying:
    """One statement to be written down: of which request, the row of the file it stands on, and as of when, where it says so."""

    return_number: str
    facts: Facts
    row: int | None = None
    as_of: datetime | None = None


def read_statements(session: Session, dispute_ids: Iterable[int]) -> dict[int, list[Statement]]:
    """Everything that was said of these disputes, by dispute."""
    found: dict[int, list[Statement]] = {}
    query = select(DisputeVersion).where(among(DisputeVersion.dispute_id, dispute_ids))
    for row in session.scalars(query.order_by(DisputeVersion.id)):
        found.setdefault(row.dispute_id, []).append(
            Statement(row.id, row.source, row.as_of, row.progress, from_json(row.facts))
        )
    return found


def stored(session: Session, shop_id: int, numbers: Iterable[str], *, lock: bool) -> dict[str, Dispute]:
    """The shop's disputes of those return numbers. Locked in the order of their ids, so that two imports never wait for each other."""
    query = select(Dispute).where(Dispute.shop_id == shop_id, among(Dispute.return_number, numbers))
    if lock:
        query = query.order_by(Dispute.id).with_for_update().execution_options(populate_existing=True)
    return {one.return_number: one for one in session.scalars(query)}


def write_down(
    session: Session,
    shop: Shop,
    sayings: Sequence[Saying],
    *,
    source: Source,
    import_id: int | None = None,
    as_of: datetime,
    actor: Actor,
    now: datetime,
    offers: bool = True,
) -> list[Dispute]:
    """Keep the statements and let the disputes, their cases' clocks and the offers follow. The disputes, by return number.

    Without `offers` nothing is offered: the caller knows the case.
    """
    numbers = list(dict.fromkeys(one.return_number for one in sayings))
    lock_cases(session, shop.id, numbers)
    known = stored(session, shop.id, numbers, lock=True)
    # Once a buyer's data went out of the record, no later file brings it in again.
    gone = {number for number, one in known.items() if one.redacted_at is not None}
    sayings = [
        replace(one, facts=buyers.without_own(one.facts)) if one.return_number in gone else one for one in sayings
    ]
    new = {number: _new(shop, number, now) for number in numbers if number not in known}
    for number, some in _by_number(sayings).items():
        if number in new:
            # Worked out before it is stored: a row that is put in whole needs no update.
            said = [Statement(0, source, one.as_of or as_of, progress_of(one.facts), one.facts) for one in some]
            _stand(new[number], standing(said), shop, now)
            following.stand(new[number], said, None, now)
    link(session, shop, list(new.values()))
    session.add_all(new.values())
    known |= new
    session.flush()
    before = {number: 1 if number in new else progress_of({"status": one.status}) for number, one in known.items()}
    rows = [
        {
            "dispute_id": known[one.return_number].id,
            "source": source,
            "import_id": import_id,
            "source_row": one.row,
            "person_id": actor.person_id,
            "at": now,
            "as_of": one.as_of or as_of,
            "progress": progress_of(one.facts, before[one.return_number]),
            "facts": to_json(one.facts),
        }
        for one in sayings
    ]
    if rows:
        session.execute(insert(DisputeVersion), rows)
    disputes = [known[number] for number in numbers]
    work_out(session, shop, disputes, actor=actor, now=now, offers=offers)
    return disputes


def _new(shop: Shop, number: str, now: datetime) -> Dispute:
    return Dispute(
        shop_id=shop.id,
        return_number=number,
        status=DisputeStatus.REQUESTED,
        currency=shop.currency,
        items=[],
        pictures=[],
        state=DisputeState.OPENED,
        state_at=now,
        created_at=now,
        updated_at=now,
    )


def _by_number(sayings: Sequence[Saying]) -> dict[str, list[Saying]]:
    found: dict[str, list[Saying]] = {}
    for one in sayings:
        found.setdefault(one.return_number, []).append(one)
    return found


def lock_cases(session: Session, shop_id: int, numbers: Sequence[str]) -> None:
    """Lock the cases of these disputes, in the order of their ids: a case is locked before anything of it."""
    mine = select(Dispute.incident_id).where(Dispute.shop_id == shop_id, among(Dispute.return_number, numbers))
    query = select(Incident).where(Incident.id.in_(mine)).order_by(Incident.id).with_for_update()
    session.scalars(query.execution_options(populate_existing=True)).all()


def work_out(
    session: Session,
    shop: Shop,
    disputes: Sequence[Dispute],
    *,
    actor: Actor,
    now: datetime,
    offers: bool = True,
) -> None:
    """Work the disputes' rows out of their statements anew; cases, clocks and offers follow."""
    said = read_statements(session, (one.id for one in disputes))
    changes: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
    for one in disputes:
        changed = _stand(one, standing(said.get(one.id, ())), shop, now)
        if changed[1]:
            one.updated_at = now
            changes[one.id] = changed
    moved = {one.dispute.id: one for one in following.restand(session, disputes, said, now=now)}
    link(session, shop, disputes)
    session.flush()
    _tell_cases(session, shop, disputes, changes, moved, actor=actor, now=now)
    if offers:
        offer(session, disputes, actor=actor, now=now)


def _stand(dispute: Dispute, facts: Facts, shop: Shop, now: datetime) -> tuple[dict[str, Any], dict[str, Any]]:
    """Put what stands into the row; what it was and what it is now, of the fields that are told of."""
    due, basis = response_due(facts, shop.market)
    wanted: dict[str, Any] = {name: facts.get(name, "" if name in TEXTS else None) for name in FIELDS}
    wanted |= {"status": facts.get("status", DisputeStatus.REQUESTED)}
    wanted |= {"items": facts.get("items", []), "pictures": facts.get("pictures", [])}
    wanted |= {"response_due_at": due, "response_basis": basis}
    before, after = {}, {}
    for name, value in wanted.items():
        was = getattr(dispute, name)
        if was != value:
            setattr(dispute, name, value)
            if name in TOLD:
                before[name], after[name] = was, value
    # Once there is a case its clocks know what is settled already.
    if dispute.incident_id is None and dispute.next_due_at != (soonest := next_due(dispute, shop.market, now)):
        dispute.next_due_at = soonest
    return before, after


def link(session: Session, shop: Shop, disputes: Sequence[Dispute]) -> list[Dispute]:
    """Find the parcels of disputes that have none yet; those that got one."""
    without = [one for one in disputes if one.shipment_id is None and one.order_number]
    wanted = [
        Wanted(one.order_number, one.tracking_number, frozenset(item["sku"] for item in one.items if item.get("sku")))
        for one in without
    ]
    linked = []
    for dispute, shipment_id in zip(without, parcels_of(session, shop.id, wanted), strict=True):
        if shipment_id is not None:
            dispute.shipment_id = shipment_id
            linked.append(dispute)
    session.flush()
    return linked


def _tell_cases(
    session: Session,
    shop: Shop,
    disputes: Sequence[Dispute],
    changes: Mapping[int, tuple[dict[str, Any], dict[str, Any]]],
    moved: Mapping[int, following.Moved],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Let the cases of changed disputes follow, in the order of their ids."""
    concerned = sorted(
        (one for one in disputes if one.incident_id is not None and (one.id in changes or one.id in moved)),
        key=lambda one: (one.incident_id or 0, one.id),
    )
    for one in concerned:
        if one.incident_id is None:
            continue
        incident = ledger.lock_incident(session, one.incident_id)
        if one.id in changes:
            before, after = changes[one.id]
            record(session, Tag.DISPUTE_UPDATED, one, incident, actor=actor, now=now, before=before, after=after)
        if one.id in moved:
            tell_move(session, moved[one.id], incident, actor=actor, now=now)
        books.follow(session, one, incident, actor=actor, now=now, told=True)
        clocks.follow(session, incident, one, shop, actor=actor, now=now)
        if one.id in moved:
            following.lead_on(session, incident, one, actor=actor, now=now)
        touch(session, incident, now)


def tell_move(session: Session, moved: following.Moved, incident: Incident, *, actor: Actor, now: datetime) -> None:
    """Keep a move nobody made as a step, and in the trail."""
    step = following.step_of(moved, actor=actor, now=now)
    session.add(step)
    session.flush()
    before, after = {"state": moved.source}, {"state": moved.dispute.state, "action": step.action}
    record(session, Tag.DISPUTE_MOVED, moved.dispute, incident, actor=actor, now=now, before=before, after=after)


def record(
    session: Session,
    tag: Tag,
    dispute: Dispute,
    incident: Incident | None,
    *,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write a change of a dispute to the trail, in its case's chain where it has one."""
    told = {"return_number": dispute.return_number, **(after or {})}
    if any(name in told for name in AMOUNTS):
        told["currency"] = dispute.currency
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("dispute", dispute.id),
        chain=None if incident is None else incident.id,
        before=dict(before or {}),
        after=told,
    )


def attach(
    session: Session, dispute: Dispute, incident: Incident, shop: Shop, *, actor: Actor, now: datetime, tag: Tag
) -> None:
    """Make a dispute part of a case (locked by the caller): told in its history, its moments become clocks."""
    dispute.incident_id = incident.id
    session.flush()
    told = {name: getattr(dispute, name) for name in TOLD if getattr(dispute, name) not in (None, "")}
    record(session, tag, dispute, incident, actor=actor, now=now, after={**told, "joined": incident.reference})
    books.follow(session, dispute, incident, actor=actor, now=now, told=True)
    clocks.follow(session, incident, dispute, shop, actor=actor, now=now)
    if dispute.shipment_id is not None:
        offering.withdraw(session, [dispute.shipment_id])
    touch(session, incident, now)


def newest_runs(session: Session, disputes: Sequence[Dispute]) -> dict[int, int]:
    """Dispute → the import that told of it last; an offer belongs to that one, and goes with it."""
    query = select(DisputeVersion.dispute_id, DisputeVersion.import_id).where(
        among(DisputeVersion.dispute_id, [one.id for one in disputes]), DisputeVersion.import_id.is_not(None)
    )
    return {dispute: run for dispute, run in session.execute(query.order_by(DisputeVersion.id)) if run is not None}


def offer(session: Session, disputes: Sequence[Dispute], *, actor: Actor, now: datetime, later: bool = False) -> int:
    """Offer incidents for what these disputes point to; how many are new. Those whose case stands go to it, and what no longer
    holds is withdrawn. `later`: the files that told of them were taken in before, and count them too.
    """
    free = [one for one in disputes if one.incident_id is None]
    wanted = [(one, said) for one in free if (said := offering.of_dispute(one)) is not None]
    cases = offering.standing_cases(session, (said for _one, said in wanted))
    runs = newest_runs(session, [one for one, _said in wanted])
    rest: dict[int | None, list[offering.Suggestion]] = {}
    for one, said in wanted:
        case = cases.get((said.shipment_id, said.type))
        if case is None:
            rest.setdefault(runs.get(one.id), []).append(said)
            continue
        incident = ledger.lock_incident(session, case)
        shop = session.get_one(Shop, one.shop_id)
        attach(session, one, incident, shop, actor=actor, now=now, tag=Tag.DISPUTE_UPDATED)
    offering.withdraw(session, (one.shipment_id for one in free if one.shipment_id is not None))
    made = {
        run: offering.offer(session, some, cause=OfferCause.RETURN, import_id=run, now=now)
        for run, some in rest.items()
    }
    if later:
        _count(session, made)
    return sum(made.values())


def _count(session: Session, made: Mapping[int | None, int]) -> None:
    """Offers that came of a file after it was taken in stand with what it brought."""
    for run_id, n in made.items():
        if run_id is not None and n:
            run = session.get_one(ImportRun, run_id, with_for_update=True, populate_existing=True)
            run.counts = {**run.counts, "offers": int(run.counts.get("offers", 0)) + n}
    session.flush()
