"""Changing an open case: its fields, its owner, its remarks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.incidents.registering import LOSING_TYPES, active_person
from core.cases.incidents.words import checked_text, touch
from core.foundation import audit, edits
from core.foundation.errors import Invalid, WrongState
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Comment, Incident, Tag
from core.models.incident import IncidentState
from core.money import giving, ledger, tiers

EDITABLE = ("stage", "noticed_by", "buyer_said", "value_at_risk", "tier")
"""The fields of a case a form may change; everything else moves through a verb of its own."""


@verb(Permission.INCIDENT_EDIT)
def edit(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    seen: Mapping[str, Any],
    typed: Mapping[str, Any],
    now: datetime,
) -> Incident:
    """Change fields of an open case. `seen` is what the form showed, `typed` what came back (values as on the row).

    Raises `Conflict` only where the same field moved meanwhile. A new value books the difference and proposes the
    tier anew.
    """
    if unknown := set(typed) - set(EDITABLE):
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it to edit."))
    current = {name: getattr(incident, name) for name in EDITABLE}
    changes = edits.merge(current, seen, typed)
    if not changes:
        return incident
    if "buyer_said" in changes:
        changes["buyer_said"] = checked_text(changes["buyer_said"], "buyer_said")
    if "value_at_risk" in changes:
        _revalue(session, incident, changes, actor, now)
    before = {name: current[name] for name in changes}
    for name, value in changes.items():
        setattr(incident, name, value)
    touch(session, incident, now, words="buyer_said" in changes)
    audit.record(
        session,
        Tag.INCIDENT_EDITED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before=before,
        after=changes,
    )
    return incident


def _revalue(session: Session, incident: Incident, changes: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Book a changed value: the old goods loss is taken back and the new one booked, the tier proposed anew."""
    worth = Money.exactly(changes["value_at_risk"], incident.currency, field="value_at_risk")
    if worth.amount < 0:
        raise Invalid(_("A value cannot be negative."), "value_at_risk")
    changes["value_at_risk"] = worth.amount
    proposal = tiers.propose(session, worth, actor=actor, now=now)
    if proposal.tier is not incident.tier:
        changes.setdefault("tier", proposal.tier)
    incident.base_value, incident.rate_on = proposal.base.amount, proposal.rate_on
    incident.base_currency, incident.tier_policy_version = proposal.base.currency, proposal.policy_version
    if incident.type not in LOSING_TYPES:
        return
    loss = giving.loss_with(session, incident, giving.left_of(session, incident, worth))
    _covers_what_came_back(incident, loss)
    giving.level(session, incident, worth, actor=actor, note=_("The value was corrected."), now=now)


def _covers_what_came_back(incident: Incident, loss: Money) -> None:
    if loss.amount < incident.recovered:
        raise Invalid(
            _(
                "{recovered} came back for this case already; with this value only {loss} would be lost.",
                recovered=written(Money(incident.recovered, incident.currency)),
                loss=written(loss),
            ),
            "value_at_risk",
        )


@verb(Permission.INCIDENT_ASSIGN)
def assign(session: Session, incident_id: int, *, actor: Actor, owner_id: int | None, now: datetime) -> Incident:
    """Give an open case to somebody on the team, or to nobody. Its running clocks go with it."""
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it to assign."))
    owner = active_person(session, owner_id)
    if incident.owner_id == owner_id:
        return incident
    before = incident.owner_id
    incident.owner_id = owner_id
    clocks.hand_over(session, incident)
    touch(session, incident, now)
    audit.record(
        session,
        Tag.INCIDENT_ASSIGNED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before={"owner_id": before},
        after={"owner_id": owner_id, "name": owner.name if owner else None},
    )
    return incident


@verb(Permission.INCIDENT_COMMENT)
def comment(session: Session, incident_id: int, *, actor: Actor, text: str, now: datetime) -> Comment:
    """Write a remark on a case, open or closed. Raises `Invalid` when there are no words."""
    clean = checked_text(text, "text")
    if not clean:
        raise Invalid(_("Write something first."), "text")
    incident = ledger.lock_incident(session, incident_id)
    made = Comment(incident_id=incident.id, person_id=actor.person_id, at=now, text=clean)
    session.add(made)
    session.flush()
    touch(session, incident, now, words=True)
    audit.record(
        session,
        Tag.INCIDENT_COMMENTED,
        actor=actor,
        now=now,
        subject=("comment", made.id),
        chain=incident.id,
        after={"text": clean},
    )
    return made
