"""Incidents: registering, editing, assigning, closing. One door for each change; the ledger and the clocks follow."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.cases import clocks
from core.cases.words import STATE_LABELS, TYPE_LABELS
from core.foundation import audit, edits
from core.foundation.errors import Duplicate, Invalid, NotFound, Refusal, WrongState
from core.foundation.gate import read, verb
from core.foundation.grams import normalise
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.transitions import Transition, Transitions
from core.models import Carrier, Comment, Contact, Incident, IncidentOffer, Person, Posting, Shipment, ShipmentLine, Tag
from core.models.clock import ClockState
from core.models.imports import OfferState
from core.models.incident import Cause, IncidentState, IncidentType, NoticedBy, Result, Stage, Tier
from core.models.ledger import Account
from core.models.reference import next_references
from core.money import ledger, tiers

LONGEST_TEXT = 10_000
"""Characters of a buyer's words, a comment or a note; a longer text belongs into a file."""

LOSING_TYPES = (IncidentType.LOST, IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS)
"""Types whose value is a loss from the moment they are registered. A delay is none until the parcel counts as lost."""


class IncidentAction(StrEnum):
    """What moves a case."""

    PROVE = "prove"
    CLAIM = "claim"
    CLOSE = "close"
    REOPEN = "reopen"


_OPEN = frozenset({IncidentState.REGISTERED, IncidentState.PROVING, IncidentState.CLAIMING})


def _no_claim_waits(subject: Any) -> str | None:
    """A case does not close over a claim that a payer still has to answer or pay."""
    waiting: Sequence[str] = getattr(subject, "open_claims", ())
    if waiting:
        return _("Claim {references} is still open. End it first.", references=", ".join(waiting))
    return None


INCIDENTS: Transitions[IncidentState] = Transitions(
    N_("case"),
    STATE_LABELS,
    (
        Transition(
            IncidentAction.PROVE,
            N_("Start proving"),
            frozenset({IncidentState.REGISTERED}),
            IncidentState.PROVING,
            Permission.EVIDENCE_ADD,
        ),
        Transition(
            IncidentAction.CLAIM,
            N_("Start claiming"),
            frozenset({IncidentState.REGISTERED, IncidentState.PROVING}),
            IncidentState.CLAIMING,
            Permission.CLAIM_SUBMIT,
        ),
        Transition(
            IncidentAction.CLOSE,
            N_("Close"),
            _OPEN,
            IncidentState.CLOSED,
            Permission.INCIDENT_CLOSE,
            (_no_claim_waits,),
        ),
        Transition(
            IncidentAction.REOPEN,
            N_("Reopen"),
            frozenset({IncidentState.CLOSED}),
            IncidentState.PROVING,
            Permission.INCIDENT_REOPEN,
        ),
    ),
)


@dataclass(frozen=True)
class ClosingSubject:
    """What the closing guard looks at: the references of claims that still wait for a payer."""

    open_claims: tuple[str, ...]


@dataclass(frozen=True)
class NewIncident:
    """One row of a batch: the shipment by id, with the number the person typed for it."""

    shipment_id: int
    number: str
    type: IncidentType
    stage: Stage = Stage.UNKNOWN
    noticed_by: NoticedBy = NoticedBy.BUYER
    buyer_said: str = ""
    offer_id: int | None = None


@dataclass(frozen=True)
class ManyResult:
    """What a batch made, and what it refused with which sentence; the good rows stand although others were refused."""

    made: tuple[tuple[str, str], ...]
    refused: tuple[tuple[str, str], ...]


@read(Permission.INCIDENT_READ)
def standing(session: Session, shipment_id: int, type: IncidentType, *, actor: Actor) -> str | None:
    """The reference of the incident that is already there for this shipment and type."""
    return session.scalar(
        select(Incident.reference).where(Incident.shipment_id == shipment_id, Incident.type == type)
    )


@read(Permission.INCIDENT_READ)
def incident_by_reference(session: Session, reference: str, *, actor: Actor) -> Incident:
    """The case with that reference (any letter case). Raises `NotFound`."""
    found = session.scalars(select(Incident).where(Incident.reference == reference.strip().upper())).one_or_none()
    if found is None:
        raise NotFound(_("There is no incident {reference}.", reference=reference.strip()[:40]))
    return found


@verb(Permission.INCIDENT_REGISTER)
def register(
    session: Session,
    *,
    actor: Actor,
    shipment_id: int,
    type: IncidentType,
    stage: Stage,
    noticed_by: NoticedBy,
    noticed_at: datetime,
    buyer_said: str = "",
    value: Money | None = None,
    tier: Tier | None = None,
    owner_id: int | None = None,
    offer_id: int | None = None,
    now: datetime,
) -> Incident:
    """Register one incident. `value` is the value at risk in the shipment's currency (its own value if not given).

    Raises `Duplicate` with the standing reference when this shipment and type is registered, `Invalid` on a value in
    another currency or a moment to come, `NotFound` when there is no such shipment.
    """
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(_("There is no such shipment."))
    _not_yet(session, shipment, type, actor)
    worth = _value_of(shipment, value)
    if noticed_at > now:
        raise Invalid(_("It cannot have been noticed in the future."), "noticed_at")
    proposal = tiers.propose(session, worth, actor=actor, now=now)
    _active_person(session, owner_id)
    incident = Incident(
        reference=next_references(session, "INC", now)[0],
        shipment_id=shipment.id,
        shop_id=shipment.shop_id,
        carrier_id=shipment.carrier_id,
        market=shipment.market,
        type=type,
        stage=stage,
        noticed_by=noticed_by,
        noticed_at=noticed_at,
        buyer_said=_text(buyer_said, "buyer_said"),
        state=IncidentState.REGISTERED,
        tier=tier or proposal.tier,
        tier_policy_version=proposal.policy_version,
        owner_id=owner_id,
        currency=worth.currency,
        value_at_risk=worth.amount,
        base_currency=proposal.base.currency,
        base_value=proposal.base.amount,
        rate_on=proposal.rate_on,
        registered_at=now,
        registered_by=actor.person_id,
        touched_at=now,
        search_text="",
    )
    incident.search_text = search_text(session, incident, shipment)
    session.add(incident)
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        # Somebody registered the same at this very moment; their row stands.
        session.expunge(incident)
        _not_yet(session, shipment, type, actor)
        raise
    _take_offer(session, incident, offer_id, shipment_id)
    audit.record(
        session,
        Tag.INCIDENT_REGISTERED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        after={
            "reference": incident.reference,
            "type": type,
            "stage": stage,
            "noticed_by": noticed_by,
            "tier": incident.tier,
            "value_at_risk": worth.amount,
            "currency": worth.currency,
            "order_number": shipment.order_number,
            "tracking_number": shipment.tracking_number,
        },
    )
    if type in LOSING_TYPES and worth:
        ledger.book_loss(session, incident, Account.LOSS_GOODS, worth, actor=actor, note="", now=now)
    return incident


def _not_yet(session: Session, shipment: Shipment, type: IncidentType, actor: Actor) -> None:
    there = standing(session, shipment.id, type, actor=actor) if actor.may(Permission.INCIDENT_READ) else None
    if there is not None:
        raise Duplicate(
            _(
                "{reference} is already registered for this parcel as “{type}”. Open it instead of registering it twice.",
                reference=there,
                type=_(TYPE_LABELS[type]),
            ),
            there,
        )


def _value_of(shipment: Shipment, value: Money | None) -> Money:
    worth = value if value is not None else Money(shipment.value, shipment.currency)
    if worth.currency != shipment.currency:
        raise Invalid(
            _("This shipment is in {currency}; write the value in it.", currency=shipment.currency), "value"
        )
    if worth.amount < 0:
        raise Invalid(_("A value cannot be negative."), "value")
    return worth


def _active_person(session: Session, person_id: int | None) -> Person | None:
    if person_id is None:
        return None
    found = session.get(Person, person_id)
    if found is None or not found.active:
        raise Invalid(_("Choose somebody who is on the team."), "owner_id")
    return found


def _text(text: str, field: str) -> str:
    clean = text.replace("\x00", "").strip()
    if len(clean) > LONGEST_TEXT:
        raise Invalid(
            _("This text has more than {n} characters. Put it into a file and add it as evidence.", n=LONGEST_TEXT),
            field,
        )
    return clean


def _take_offer(session: Session, incident: Incident, offer_id: int | None, shipment_id: int) -> None:
    query = select(IncidentOffer).where(IncidentOffer.shipment_id == shipment_id, IncidentOffer.type == incident.type)
    if offer_id is not None:
        query = select(IncidentOffer).where(IncidentOffer.id == offer_id, IncidentOffer.shipment_id == shipment_id)
    offer = session.scalars(query.with_for_update()).one_or_none()
    if offer is not None:
        offer.state, offer.incident_id = OfferState.TAKEN, incident.id


def search_text(session: Session, incident: Incident, shipment: Shipment) -> str:
    """What the register's search looks in: every number and name of the case and the words written in it, normalised."""
    carrier = session.scalar(select(Carrier.name).where(Carrier.id == shipment.carrier_id))
    items = session.scalars(select(ShipmentLine.name).where(ShipmentLine.shipment_id == shipment.id).limit(20))
    parts: list[str | None] = [
        incident.reference,
        shipment.order_number,
        shipment.parcel_number,
        shipment.tracking_number,
        shipment.first_mile_number,
        shipment.last_mile_number,
        shipment.buyer_username,
        carrier,
        incident.buyer_said,
        *items,
    ]
    if incident.id is not None:
        said = select(Contact.summary, Contact.name, Contact.staff_number).where(Contact.incident_id == incident.id)
        parts += [part for row in session.execute(said.limit(200)) for part in row]
        parts += list(session.scalars(select(Comment.text).where(Comment.incident_id == incident.id).limit(200)))
    return normalise("\n".join(part for part in parts if part))


def touch(session: Session, incident: Incident, now: datetime, *, words: bool = False) -> None:
    """Note that somebody worked on the case now; with `words`, also renew what the search looks in (inner)."""
    incident.touched_at = now
    if words:
        shipment = session.get_one(Shipment, incident.shipment_id)
        incident.search_text = search_text(session, incident, shipment)
    session.flush()


@verb(Permission.INCIDENT_REGISTER)
def register_many(session: Session, rows: Sequence[NewIncident], *, actor: Actor, now: datetime) -> ManyResult:
    """Register a batch. Each row stands for itself: one that is refused does not undo the others."""
    made: list[tuple[str, str]] = []
    refused: list[tuple[str, str]] = []
    for row in rows:
        try:
            with session.begin_nested():
                incident = register(
                    session,
                    actor=actor,
                    shipment_id=row.shipment_id,
                    type=row.type,
                    stage=row.stage,
                    noticed_by=row.noticed_by,
                    noticed_at=now,
                    buyer_said=row.buyer_said,
                    offer_id=row.offer_id,
                    owner_id=actor.person_id,
                    now=now,
                )
            made.append((row.number, incident.reference))
        except Refusal as refusal:
            refused.append((row.number, refusal.message))
    return ManyResult(tuple(made), tuple(refused))


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

    Raises `Conflict` only where the same field moved meanwhile. A new value books the difference and proposes the tier anew.
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
        changes["buyer_said"] = _text(changes["buyer_said"], "buyer_said")
    if "value_at_risk" in changes:
        _revalue(session, incident, Money(changes["value_at_risk"], incident.currency), changes, actor, now)
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


def _revalue(
    session: Session, incident: Incident, worth: Money, changes: dict[str, Any], actor: Actor, now: datetime
) -> None:
    """Book a changed value: the old goods loss is taken back and the new one booked, the tier proposed anew."""
    if worth.amount < 0:
        raise Invalid(_("A value cannot be negative."), "value_at_risk")
    proposal = tiers.propose(session, worth, actor=actor, now=now)
    changes.setdefault("tier", proposal.tier)
    incident.base_value, incident.rate_on = proposal.base.amount, proposal.rate_on
    incident.base_currency, incident.tier_policy_version = proposal.base.currency, proposal.policy_version
    if incident.type not in LOSING_TYPES:
        return
    note = _("The value was corrected.")
    old: Iterable[Posting] = ledger.standing_postings(session, incident.id, Account.LOSS_GOODS)
    # The new loss goes in first: taking the old one back first could leave less loss than was already recovered.
    if worth:
        ledger.book_loss(session, incident, Account.LOSS_GOODS, worth, actor=actor, note=note, now=now)
    for posting in old:
        ledger.take_back(session, incident, posting, actor=actor, note=note, now=now)


@verb(Permission.INCIDENT_ASSIGN)
def assign(session: Session, incident_id: int, *, actor: Actor, owner_id: int | None, now: datetime) -> Incident:
    """Give an open case to somebody on the team, or to nobody. Its running clocks go with it."""
    incident = ledger.lock_incident(session, incident_id)
    if incident.state is IncidentState.CLOSED:
        raise WrongState(_("The case is closed. Reopen it to assign."))
    owner = _active_person(session, owner_id)
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
    clean = _text(text, "text")
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


def move(session: Session, incident: Incident, action: IncidentAction, *, actor: Actor, now: datetime) -> None:
    """Move the case because something in it happened: evidence came, a claim went out (inner: rights were asked there).

    A case that is past that state already stays where it is; a closed one is not moved.
    """
    row = INCIDENTS.row(action)
    if incident.state not in row.sources:
        return
    before, incident.state = incident.state, INCIDENTS.step(incident.state, action)
    session.flush()
    audit.record(
        session,
        Tag.INCIDENT_MOVED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before={"state": before},
        after={"state": incident.state},
    )


@verb(Permission.INCIDENT_CLOSE)
def close(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    cause: Cause,
    result: Result,
    note: str = "",
    now: datetime,
) -> Incident:
    """Close a case with its cause and result. A parcel that arrived, or no loss, takes the booked goods loss back.

    Raises `WrongState` while a claim still waits for its payer, and `Invalid` when the result contradicts the ledger.
    """
    incident = ledger.lock_incident(session, incident_id)
    subject = ClosingSubject(open_claims(session, incident.id))
    target = INCIDENTS.step(incident.state, IncidentAction.CLOSE, subject)
    clean = _text(note, "note")
    _agrees(incident, result)
    if result in (Result.ARRIVED, Result.NO_LOSS):
        for posting in ledger.standing_postings(session, incident.id, Account.LOSS_GOODS):
            reason = _("No loss after all.")
            ledger.take_back(session, incident, posting, actor=actor, note=reason, now=now)
    clocks.settle_all(session, incident, ClockState.CANCELLED, actor=actor, now=now)
    before = incident.state
    incident.state, incident.cause, incident.result = target, cause, result
    incident.closing_note, incident.closed_at = clean, now
    touch(session, incident, now)
    audit.record(
        session,
        Tag.INCIDENT_CLOSED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before={"state": before},
        after={"cause": cause, "result": result, "note": clean},
    )
    return incident


def open_claims(session: Session, incident_id: int) -> tuple[str, ...]:
    """References of the case's claims that are not ended (inner)."""
    from core.models import Claim
    from core.models.claim import ClaimState

    ended = (ClaimState.PAID, ClaimState.CLOSED, ClaimState.EXPIRED, ClaimState.WITHDRAWN)
    query = select(Claim.reference).where(Claim.incident_id == incident_id, Claim.state.not_in(ended))
    return tuple(session.scalars(query.order_by(Claim.id)))


def _agrees(incident: Incident, result: Result) -> None:
    """The result says what the ledger says."""
    gross, back = incident.gross_loss, incident.recovered
    if result is Result.RECOVERED and (back == 0 or back < gross):
        raise Invalid(_("Not everything came back: choose “recovered in part” or “absorbed”."), "result")
    if result is Result.PARTLY_RECOVERED and not Decimal(0) < back < gross:
        raise Invalid(_("“Recovered in part” needs a payout that is less than the loss."), "result")
    if result in (Result.ABSORBED, Result.ARRIVED, Result.NO_LOSS) and back > 0:
        raise Invalid(_("Money came back for this case: choose “recovered” or “recovered in part”."), "result")


@verb(Permission.INCIDENT_REOPEN)
def reopen(session: Session, incident_id: int, *, actor: Actor, reason: str, now: datetime) -> Incident:
    """Open a closed case again, with the reason. A goods loss that closing took back is booked again."""
    incident = ledger.lock_incident(session, incident_id)
    target = INCIDENTS.step(incident.state, IncidentAction.REOPEN)
    clean = _text(reason, "reason")
    if not clean:
        raise Invalid(_("Say why the case is opened again."), "reason")
    before = {"cause": incident.cause, "result": incident.result, "note": incident.closing_note}
    taken_back = incident.result in (Result.ARRIVED, Result.NO_LOSS) and incident.type in LOSING_TYPES
    incident.state, incident.cause, incident.result = target, None, None
    incident.closing_note, incident.closed_at = "", None
    if taken_back and incident.value_at_risk > 0:
        worth = Money(incident.value_at_risk, incident.currency)
        ledger.book_loss(session, incident, Account.LOSS_GOODS, worth, actor=actor, note=clean, now=now)
    touch(session, incident, now)
    audit.record(
        session,
        Tag.INCIDENT_REOPENED,
        actor=actor,
        now=now,
        subject=("incident", incident.id),
        chain=incident.id,
        before=before,
        after={"reason": clean},
    )
    return incident


_REFERENCE = re.compile(r"INC-\d{4}-\d{5,}")


def is_reference(text: str) -> bool:
    """Whether a text looks like a case's reference."""
    return bool(_REFERENCE.fullmatch(text.strip().upper()))


@read(Permission.INCIDENT_READ)
def count_open(session: Session, *, actor: Actor, owner_id: int | None = None) -> int:
    """How many cases are open, of one person or of all."""
    query = select(func.count()).where(Incident.state != IncidentState.CLOSED)
    if owner_id is not None:
        query = query.where(Incident.owner_id == owner_id)
    return session.scalar(query) or 0
