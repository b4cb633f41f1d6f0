"""What is decided for the buyer in a dispute is a promise like any other: nobody gives more than they may, or than was asked for, and
all of it counts into the limits.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Dispute, DisputeGift, DisputeStep, Incident
from core.money import authority
from core.money.rates import convert
from core.recovery.disputes.states import DisputeAction

GIVES = frozenset(
    {DisputeAction.COUNTER, DisputeAction.ACCEPT_OFFER, DisputeAction.CONCEDE, DisputeAction.COUNTER_TAKEN}
)
"""Moves that are our own decision to give, or say what came of it; what the platform or the buyer decided is only written down."""


def hold(
    session: Session,
    dispute: Dispute,
    incident: Incident,
    action: DisputeAction,
    amount: Money | None,
    *,
    actor: Actor,
    now: datetime,
) -> DisputeGift | None:
    """What a decision gives, to be kept with its step (`keep`); None where it gives nothing that was not promised before (inner).

    Raises `Invalid` naming `amount` where it gives more than the buyer asks for, or than the actor may promise.
    """
    if action not in GIVES or not amount:
        return None
    if action is DisputeAction.COUNTER and dispute.amount is not None and amount.amount > dispute.amount:
        asked = written(Money(dispute.amount, dispute.currency))
        raise Invalid(_("The buyer asks for {amount}; offer no more than that.", amount=asked), "amount")
    authority.queue(session)
    money = convert(session, amount, incident.currency, now.date()).money
    if action is DisputeAction.COUNTER_TAKEN:
        offered = authority.standing_gift(session, dispute.id)
        if offered is not None and money.amount <= offered.amount:
            return None
    left = authority.authority_left(session, actor, incident.id, now, dispute_id=dispute.id)
    # Both: a unit of a small currency is less than what limits are rounded to.
    fits = money.amount <= left.amount
    gift = authority.promise(session, actor, incident, dispute.id, money, now) if fits else None
    if gift is None:
        said = _(
            "This promises {amount}; you may promise {left} here. Ask for approval first, under “For the buyer”.",
            amount=written(amount),
            left=written(left),
        )
        raise Invalid(said, "amount")
    return gift


def keep(session: Session, gift: DisputeGift | None, step: DisputeStep) -> None:
    """Let what was given count from now on, whatever moment the step tells (inner; the step has its id)."""
    if gift is not None:
        gift.step_id = step.id
        session.add(gift)
        session.flush()
