"""Moving a dispute: what a person did or saw, kept with exactly what was sent; its clocks and the books follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases import evidence
from core.cases.incidents import touch
from core.foundation.errors import Invalid, NotFound
from core.foundation.formats import amount as written
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.foundation.transitions import Offer
from core.models import Dispute, DisputeStep, Incident, Shop, Tag
from core.models.dispute import DisputeState, Negotiation, Source, StepBy
from core.models.incident import IncidentState
from core.money import ledger
from core.recovery.disputes import books, following, promises
from core.recovery.disputes.recording import Saying, read_statements, record, write_down
from core.recovery.disputes.statements import told_at
from core.recovery.disputes.states import DISPUTES, DisputeAction, DisputeFacts

LONGEST_NOTE = 2_000
LONGEST_SENT = 20_000
LONGEST_REFERENCE = 100
MOST_EXHIBITS = 60

A, S = DisputeAction, DisputeState

NO_MOVES = frozenset({A.NOTE, A.FOLLOW, A.EXPIRE})
"""What stands among the steps and is in no table."""

NEEDS_WORDS = frozenset({A.ANSWER, A.SEND_MORE, A.REQUEST_COMPENSATION})
"""Actions whose text is kept as it was sent."""

NEEDS_AMOUNT = frozenset({A.RECORD_OFFER, A.COUNTER, A.WIN_PART})
"""Actions that say nothing without an amount."""

REFUNDS = frozenset({A.ACCEPT_OFFER, A.COUNTER_TAKEN, A.CONCEDE, A.WIN, A.WIN_PART, A.LOSE, A.BUYER_WITHDRAWS})
"""Actions whose amount is what the buyer gets of our money."""


@dataclass(frozen=True)
class Sent:
    """What went to the platform: the exact `text` in `language`, the `exhibits` as the text refers to them
    (`{"number", "module", "evidence_id", "sha256", "name"}`), the platform's number of the `reason` we answered under, the evidence that
    shows it was sent, and what the platform calls it.
    """

    text: str = ""
    language: str = ""
    exhibits: Sequence[Mapping[str, Any]] = field(default=())
    reason: int | None = None
    receipt_id: int | None = None
    reference: str = ""


@verb(Permission.DISPUTE_EDIT)
def move_dispute(
    session: Session,
    dispute_id: int,
    action: DisputeAction,
    *,
    actor: Actor,
    sent: Sent | None = None,
    note: str = "",
    amount: Money | None = None,
    due_at: datetime | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Dispute:
    """Move a dispute by what was done or seen, `at` that moment (aware; now if not given).

    `amount` is in the dispute's currency: what is offered, what the buyer gets (`REFUNDS`), the compensation asked, granted or paid; where
    it is left out, the amount that stands is meant. What we decide to give keeps to what the actor may promise (`promises`)
    and counts into the limits from `now` on. `due_at` is until when an offer waits. What was sent is kept to the letter. A
    decided dispute books the refund and the compensation (`books`).

    Raises `NotFound`, `WrongState` with the reason, `Invalid` naming `sent`, `amount`, `due_at`, `receipt_id`, `reference`, `note` or `at`.
    """
    if action in NO_MOVES:
        raise ValueError(f"{action} is no move of a person")
    dispute, incident, shop = locked(session, dispute_id)
    actor.require(DISPUTES.row(action).permission)
    target = DISPUTES.step(dispute.state, action, facts_of(session, dispute, incident))
    if incident is None:
        raise RuntimeError("the guards let no dispute without a case through")
    given = sent or Sent()
    _checked(session, incident, action, given, due_at, at, now)
    step = _step(dispute, action, given, at or now, actor)
    step.note, step.due_at = checked(note, LONGEST_NOTE, "note"), due_at
    step.amount = _amount(session, dispute, action, amount)
    gives = None if step.amount is None else Money(step.amount, dispute.currency)
    gift = promises.hold(session, dispute, incident, action, gives, actor=actor, now=now)
    _carry_out(session, dispute, incident, shop, action, target, step, actor=actor, now=now)
    promises.keep(session, gift, step)
    return dispute


def answered_there(
    session: Session, dispute: Dispute, incident: Incident, shop: Shop, *, actor: Actor, note: str, now: datetime
) -> None:
    """Take it that we answered at the platform: somebody said that it was done, without what was sent (inner; all is locked)."""
    if dispute.state not in DISPUTES.row(A.ANSWER).sources:
        return
    step = _step(dispute, A.ANSWER, Sent(), now, actor)
    step.note = checked(note, LONGEST_NOTE, "note")
    _carry_out(session, dispute, incident, shop, A.ANSWER, S.ANSWERED, step, actor=actor, now=now)


def settled_by_line(
    session: Session, dispute_id: int, amount: Money, *, reference: str, actor: Actor, now: datetime
) -> bool:
    """Take it that a line of the platform's files (`reference`) paid the compensation of a dispute, where it has an open case and no
    claim on the platform stands for that money; whether it moved (inner: the matching asked for its right).
    """
    dispute, incident, shop = locked(session, dispute_id)
    row = DISPUTES.row(A.PAY)
    if incident is None or incident.state is IncidentState.CLOSED or dispute.state not in row.sources:
        return False
    if books.claimed(session, incident) is not None:
        return False
    actor.require(row.permission)
    step = _step(dispute, A.PAY, Sent(), now, actor)
    step.amount, step.reference = amount.amount, reference
    _carry_out(session, dispute, incident, shop, A.PAY, S.PAID, step, actor=actor, now=now)
    return True


def line_let_go(session: Session, dispute_id: int, *, reference: str, actor: Actor, note: str, now: datetime) -> None:
    """Take back what `settled_by_line` booked under that reference; what somebody had booked by hand stays (inner)."""
    dispute, incident, shop = locked(session, dispute_id)
    row = DISPUTES.row(A.TAKE_BACK)
    if incident is None or incident.state is IncidentState.CLOSED or dispute.payment_posting_id is None:
        return
    last = select(DisputeStep.reference).where(DisputeStep.dispute_id == dispute.id, DisputeStep.action == A.PAY)
    if session.scalar(last.order_by(DisputeStep.id.desc()).limit(1)) != reference:
        return
    actor.require(row.permission)
    step = _step(dispute, A.TAKE_BACK, Sent(), now, actor)
    step.note = checked(note, LONGEST_NOTE, "note")
    _carry_out(session, dispute, incident, shop, A.TAKE_BACK, S.COMPENSATION_APPROVED, step, actor=actor, now=now)


def _carry_out(
    session: Session,
    dispute: Dispute,
    incident: Incident,
    shop: Shop,
    action: DisputeAction,
    target: DisputeState,
    step: DisputeStep,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    source = dispute.state
    _put(dispute, action, target, step, now)
    said = read_statements(session, [dispute.id]).get(dispute.id, [])
    following.stand(dispute, said, dispute.answered_at, now)
    if source is not dispute.state:
        dispute.state_at = step.at
    step.target = dispute.state
    session.add(step)
    session.flush()
    _tell_platform_facts(session, shop, dispute, action, step, actor=actor, now=now)
    books.follow(session, dispute, incident, actor=actor, now=now)
    _record(session, dispute, incident, step, actor=actor, now=now)
    following.settle_clocks(session, incident, dispute, shop, action, actor=actor, now=now)
    if source is not dispute.state:
        following.lead_on(session, incident, dispute, actor=actor, now=now)
    touch(session, incident, now)


@verb(Permission.DISPUTE_EDIT)
def note_dispute(session: Session, dispute_id: int, *, actor: Actor, text: str, now: datetime) -> DisputeStep:
    """Keep what was said in the mediation, beside the dispute's moves. Raises `NotFound`, `Invalid` for no words."""
    dispute, incident, _shop = locked(session, dispute_id)
    words = checked(text, LONGEST_NOTE, "note")
    if not words:
        raise Invalid(_("Write what was said."), "note")
    step = _step(dispute, A.NOTE, Sent(), now, actor)
    step.note = words
    session.add(step)
    session.flush()
    record(session, Tag.DISPUTE_NOTED, dispute, incident, actor=actor, now=now, after={"note": words})
    if incident is not None:
        touch(session, incident, now)
    return step


@read(Permission.DISPUTE_READ)
def dispute_offers(session: Session, dispute_id: int, *, actor: Actor) -> list[Offer]:
    """The moves that start from where the dispute is, each with the reason when it cannot be made. Raises `NotFound`."""
    dispute = session.get(Dispute, dispute_id)
    if dispute is None:
        raise NotFound(_("There is no such dispute."))
    incident = session.get(Incident, dispute.incident_id) if dispute.incident_id is not None else None
    return DISPUTES.offers(dispute.state, actor, facts_of(session, dispute, incident))


def locked(session: Session, dispute_id: int) -> tuple[Dispute, Incident | None, Shop]:
    """The dispute with its case locked first, as everywhere (inner). Raises `NotFound`."""
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound(_("There is no such dispute."))
    # The case is locked before anything of it, as everywhere.
    incident = ledger.lock_incident(session, found.incident_id) if found.incident_id is not None else None
    session.refresh(found, with_for_update=True)
    return found, incident, session.get_one(Shop, found.shop_id)


def facts_of(session: Session, dispute: Dispute, incident: Incident | None) -> DisputeFacts:
    """What the guards of the table look at (inner)."""
    return facts_in(session, dispute, None if incident is None else incident.state)


def facts_in(session: Session, dispute: Dispute, state: IncidentState | None) -> DisputeFacts:
    """The same of a dispute whose case stands so; None: it belongs to no case (inner)."""
    left = dispute.counter_limit
    if left is not None:
        told = told_at(read_statements(session, [dispute.id]).get(dispute.id, ()), ("counter_limit",))
        ours = select(func.count()).where(DisputeStep.dispute_id == dispute.id, DisputeStep.action == A.COUNTER)
        left -= session.scalar(ours if told is None else ours.where(DisputeStep.at > told)) or 0
    is_open = state is not None and state is not IncidentState.CLOSED
    return DisputeFacts(state is not None, is_open, left, dispute.return_number)


def _checked(
    session: Session,
    incident: Incident,
    action: DisputeAction,
    sent: Sent,
    due_at: datetime | None,
    at: datetime | None,
    now: datetime,
) -> None:
    if action in NEEDS_WORDS and not sent.text.strip():
        raise Invalid(_("Put in what was sent: it is kept as it went."), "sent")
    if len(sent.exhibits) > MOST_EXHIBITS:
        raise Invalid(_("An answer takes at most {n} exhibits. Choose fewer.", n=MOST_EXHIBITS), "sent")
    if at is not None and at > now:
        raise Invalid(_("This is noted once it has happened: that moment is still to come."), "at")
    if due_at is not None and due_at <= now:
        raise Invalid(_("That moment has passed already. Write a later one, or none."), "due_at")
    evidence.check_receipt(session, incident.id, sent.receipt_id)


def _step(dispute: Dispute, action: DisputeAction, sent: Sent, at: datetime, actor: Actor) -> DisputeStep:
    return DisputeStep(
        dispute_id=dispute.id,
        by=StepBy.PERSON,
        action=action.value,
        source=dispute.state,
        target=dispute.state,
        at=at,
        person_id=actor.person_id,
        sent=checked(sent.text, LONGEST_SENT, "sent"),
        language=sent.language,
        exhibits=[dict(one) for one in sent.exhibits],
        reason=sent.reason,
        receipt_id=sent.receipt_id,
        reference=checked(sent.reference, LONGEST_REFERENCE, "reference"),
    )


def _amount(session: Session, dispute: Dispute, action: DisputeAction, amount: Money | None) -> Decimal | None:
    """The amount of a move, in the dispute's currency; what stands, where none was given."""
    if amount is not None:
        if amount.currency != dispute.currency:
            raise Invalid(
                _("This shop sells in {currency}; write the amount in it.", currency=dispute.currency), "amount"
            )
        if amount.amount < 0:
            raise Invalid(_("An amount cannot be negative."), "amount")
        if action is A.COUNTER:
            _within(dispute, amount)
        return amount.amount
    if action in NEEDS_AMOUNT:
        raise Invalid(_("Write the amount."), "amount")
    if action in (A.ACCEPT_OFFER, A.COUNTER_TAKEN):
        found = dispute.offered if action is A.ACCEPT_OFFER else _last_counter(session, dispute.id)
        if found is None:
            raise Invalid(_("Write the amount."), "amount")
        return found
    if action in (A.CONCEDE, A.LOSE):
        if action is A.CONCEDE and dispute.amount is None:
            # What nobody knows no limit holds.
            raise Invalid(_("Write the amount."), "amount")
        return dispute.amount
    if action in (A.WIN, A.BUYER_WITHDRAWS):
        return Decimal(0)
    if action is A.GRANT:
        return dispute.compensation
    if action is A.PAY:
        found = dispute.granted if dispute.granted is not None else dispute.compensation
        if found is None:
            raise Invalid(_("Write the amount."), "amount")
        return found
    return None


def _within(dispute: Dispute, amount: Money) -> None:
    """Not more and not less than the platform takes, where it has said how much."""
    if dispute.solutions is None:
        return
    if not dispute.solutions:
        raise Invalid(
            _("The platform lets nothing be offered for this return. Answer it, or accept the refund."), "amount"
        )
    least, most = (
        [Decimal(one[name]) for one in dispute.solutions.values() if one.get(name) is not None]
        for name in ("least", "most")
    )
    if most and amount.amount > max(most):
        said = written(Money(max(most), dispute.currency))
        raise Invalid(_("The platform takes at most {amount} as an offer.", amount=said), "amount")
    if least and amount.amount < min(least):
        said = written(Money(min(least), dispute.currency))
        raise Invalid(_("The platform takes at least {amount} as an offer.", amount=said), "amount")


def _last_counter(session: Session, dispute_id: int) -> Decimal | None:
    query = select(DisputeStep.amount).where(DisputeStep.dispute_id == dispute_id, DisputeStep.action == A.COUNTER)
    return session.scalar(query.order_by(DisputeStep.id.desc()).limit(1))


def _put(dispute: Dispute, action: DisputeAction, target: DisputeState, step: DisputeStep, now: datetime) -> None:
    """Keep what the move says. Beginning to prepare says nothing of the platform, so anything it says later counts as newer."""
    if DISPUTES.row(action).target is not None:
        dispute.moved_to = target
        dispute.moved_at = None if action is A.PREPARE else now
    if action is A.ANSWER:
        dispute.answered_at = step.at
    if action in REFUNDS:
        dispute.refunded = step.amount
    elif action is A.GRANT:
        dispute.granted = step.amount
    elif action is A.REFUSE:
        dispute.granted = None
    elif action in (A.PAY, A.TAKE_BACK):
        dispute.paid = step.amount if action is A.PAY else None


def _tell_platform_facts(
    session: Session,
    shop: Shop,
    dispute: Dispute,
    action: DisputeAction,
    step: DisputeStep,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """An offer is a fact of the request: it is a statement like those of files, and so its day becomes a clock."""
    facts: dict[str, Any] = {}
    if action is A.RECORD_OFFER:
        facts = {"negotiation": Negotiation.PENDING_RESPOND, "offered": step.amount, "offer_due_at": step.due_at}
    elif action is A.COUNTER:
        facts = {"negotiation": Negotiation.PENDING_BUYER_RESPOND}
    elif action in (A.ACCEPT_OFFER, A.DECLINE_OFFER, A.COUNTER_TAKEN, A.COUNTER_REFUSED):
        facts = {"negotiation": Negotiation.TERMINATED}
    told = {name: value for name, value in facts.items() if value is not None}
    if told:
        write_down(
            session,
            shop,
            [Saying(dispute.return_number, told)],
            source=Source.HAND,
            as_of=now,
            actor=actor,
            now=now,
            offers=False,
        )


def _record(
    session: Session, dispute: Dispute, incident: Incident, step: DisputeStep, *, actor: Actor, now: datetime
) -> None:
    tag = Tag.DISPUTE_ANSWERED if step.action == A.ANSWER else Tag.DISPUTE_MOVED
    after: dict[str, Any] = {"action": step.action, "state": dispute.state, "step": step.id}
    if step.amount is not None:
        after |= {"figure": step.amount, "currency": dispute.currency}
    for name in ("note", "reference", "reason", "due_at", "receipt_id"):
        if (value := getattr(step, name)) not in (None, ""):
            after[name] = value
    if step.exhibits:
        after["exhibits"] = len(step.exhibits)
    record(session, tag, dispute, incident, actor=actor, now=now, before={"state": step.source}, after=after)
