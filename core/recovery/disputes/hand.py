"""Requests that a person enters on a case, changes, and says to be done with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases import clocks as case_clocks
from core.cases.incidents import comment, touch
from core.foundation import formats
from core.foundation.edits import merge
from core.foundation.errors import Duplicate, Invalid, NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Clock, Dispute, Incident, Shipment, Shop, Tag
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.dispute import ReturnReason, Solution, Source
from core.money import ledger
from core.recovery.disputes.clocks import refresh
from core.recovery.disputes.dues import COLUMNS
from core.recovery.disputes.life import answered_there, locked
from core.recovery.disputes.recording import Saying, attach, record, write_down
from core.recovery.disputes.words import FACT_LABELS

LONGEST_NUMBER = 40
LONGEST_WORDS = 2_000
EDITED = ("status", "reason", "solution", "amount", *COLUMNS.values())
"""What a person may change of a request."""


@verb(Permission.DISPUTE_EDIT)
def enter_dispute(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    return_number: str,
    reason: ReturnReason,
    solution: Solution | None = None,
    amount: Money | None = None,
    due_at: datetime | None = None,
    requested_at: datetime | None = None,
    buyer_said: str = "",
    now: datetime,
) -> Dispute:
    """Enter the buyer's request that a case is about. One that a file told of already gets what was typed as a further statement.

    `amount` is in the shop's currency, `due_at` the moment to answer by; without it the market's usual days count from
    `requested_at`, where there are any. Raises `NotFound`, `Invalid` naming `return_number`, `amount`, `due_at` or `requested_at`,
    and `Duplicate` where another case has that request.
    """
    incident = ledger.lock_incident(session, incident_id)
    shop = session.get_one(Shop, incident.shop_id)
    shipment = session.get_one(Shipment, incident.shipment_id)
    number = "".join(return_number.split()).upper()
    if not number or len(number) > LONGEST_NUMBER:
        raise Invalid(_("Write the return number as the platform shows it."), "return_number")
    if due_at is not None and due_at <= now:
        raise Invalid(_("That moment has passed already. Write a later one, or none."), "due_at")
    if requested_at is not None and requested_at > now:
        raise Invalid(_("It cannot have been asked for in the future."), "requested_at")
    _not_elsewhere(session, shop, number, incident, shipment)
    facts = {
        "order_number": shipment.order_number,
        "reason": reason,
        "solution": solution,
        "amount": _amount(amount, shop),
        "response_due_at": due_at,
        "buyer_said": checked(buyer_said, LONGEST_WORDS, "buyer_said"),
        "requested_at": requested_at,
    }
    made = write_down(
        session,
        shop,
        [Saying(number, {name: value for name, value in facts.items() if value not in (None, "")})],
        source=Source.HAND,
        as_of=now,
        actor=actor,
        now=now,
        offers=False,
    )[0]
    made.shipment_id = incident.shipment_id
    if made.incident_id is None:
        attach(session, made, incident, shop, actor=actor, now=now, tag=Tag.DISPUTE_OPENED)
    return made


def _not_elsewhere(session: Session, shop: Shop, number: str, incident: Incident, shipment: Shipment) -> None:
    """Raise `Duplicate` where another case has that request, `Invalid` where files say that it is of another order."""
    query = (
        select(Dispute.order_number, Dispute.incident_id, Incident.reference)
        .outerjoin(Incident, Incident.id == Dispute.incident_id)
        .where(Dispute.shop_id == shop.id, Dispute.return_number == number)
    )
    known = session.execute(query).one_or_none()
    if known is None or known.incident_id == incident.id:
        return
    if known.reference is not None:
        said = _("Return {number} belongs to {reference} already.", number=number, reference=known.reference)
        raise Duplicate(said, known.reference)
    if known.order_number not in ("", shipment.order_number):
        said = _("Return {number} is of the order {order}, not of this one.", number=number, order=known.order_number)
        raise Invalid(said, "return_number")


def _amount(amount: Money | None, shop: Shop) -> Any:
    if amount is None:
        return None
    if amount.currency != shop.currency:
        raise Invalid(_("This shop sells in {currency}; write the amount in it.", currency=shop.currency), "amount")
    if amount.amount < 0:
        raise Invalid(_("An amount cannot be negative."), "amount")
    return amount.amount


@verb(Permission.DISPUTE_EDIT)
def change_dispute(
    session: Session,
    dispute_id: int,
    *,
    actor: Actor,
    seen: Mapping[str, Any],
    typed: Mapping[str, Any],
    now: datetime,
) -> Dispute:
    """Note what the platform shows now: fields of `EDITED`, amounts as Decimal. `seen` is what the form showed.

    Kept as a statement of its own, so that the history tells both. Raises `NotFound`, `Conflict` where somebody else changed the
    same field, `Invalid` for a field that is not to be changed here or emptied.
    """
    dispute, incident, shop = locked(session, dispute_id)
    if wrong := typed.keys() - set(EDITED):
        named = formats.listed(_(FACT_LABELS[name]) if name in FACT_LABELS else name for name in sorted(wrong))
        raise Invalid(_("{field} cannot be changed here.", field=named))
    changes = merge({name: getattr(dispute, name) for name in EDITED}, seen, typed)
    if emptied := [name for name, value in changes.items() if value is None]:
        raise Invalid(_("A field that was filled cannot be emptied: write what holds now."), emptied[0])
    if not changes:
        return dispute
    if (amount := changes.get("amount")) is not None and amount < 0:
        raise Invalid(_("An amount cannot be negative."), "amount")
    write_down(
        session, shop, [Saying(dispute.return_number, changes)], source=Source.HAND, as_of=now, actor=actor, now=now
    )
    if incident is not None:
        touch(session, incident, now)
    return dispute


@verb(Permission.DISPUTE_EDIT)
def add_to_case(session: Session, dispute_id: int, *, actor: Actor, incident_id: int, now: datetime) -> Dispute:
    """Say that a request of the case's parcel, which belongs to no case yet, is about this one.

    Raises `NotFound`, `WrongState` where it has a case already, `Invalid` where it is about another parcel.
    """
    incident = ledger.lock_incident(session, incident_id)
    found = session.get(Dispute, dispute_id)
    if found is None:
        raise NotFound(_("There is no such dispute."))
    session.refresh(found, with_for_update=True)
    if found.incident_id is not None:
        raise WrongState(_("This dispute belongs to a case already."))
    if found.shipment_id != incident.shipment_id:
        raise Invalid(_("This dispute is about another parcel."))
    shop = session.get_one(Shop, found.shop_id)
    attach(session, found, incident, shop, actor=actor, now=now, tag=Tag.DISPUTE_UPDATED)
    return found


@verb(Permission.DISPUTE_EDIT)
def settle_due(session: Session, clock_id: int, *, actor: Actor, done: bool, note: str = "", now: datetime) -> Clock:
    """Say that what the platform asked was done there, or is not needed (`done` false). `note` is kept as a remark on the case.

    A request that was to be answered counts as answered from then on; `move_dispute` keeps what was sent as well.

    Raises `NotFound`, and `WrongState` where the clock is over already.
    """
    kinds: tuple[ClockKind, ...] = tuple(COLUMNS)
    incident_id = session.scalar(select(Clock.incident_id).where(Clock.id == clock_id, Clock.kind.in_(kinds)))
    if incident_id is None:
        raise NotFound(_("There is no such task."))
    incident = ledger.lock_incident(session, incident_id)
    clock = session.scalars(select(Clock).where(Clock.id == clock_id).execution_options(populate_existing=True)).one()
    if clock.state not in LIVING or clock.dispute_id is None:
        raise WrongState(_("This task is settled already."))
    case_clocks.settle(session, incident, clock, ClockState.MET if done else ClockState.CANCELLED, actor=actor, now=now)
    dispute = session.get_one(Dispute, clock.dispute_id)
    told = {"settled": clock.kind, "done": done}
    record(session, Tag.DISPUTE_UPDATED, dispute, incident, actor=actor, now=now, after=told)
    if done and clock.kind is ClockKind.DISPUTE_RESPONSE:
        shop = session.get_one(Shop, dispute.shop_id)
        answered_there(session, dispute, incident, shop, actor=actor, note="", now=now)
    refresh(session, dispute)
    if note.strip():
        comment(session, incident.id, actor=actor, text=note, now=now)
    touch(session, incident, now)
    return clock
