"""What is decided for the buyer in a dispute is a promise like any other: nobody gives more than they may, or than was asked for."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.formats import amount as written
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Dispute, Incident
from core.money.authority import authority_left, queue
from core.money.rates import convert
from core.recovery.disputes.states import DisputeAction

GIVES = frozenset({DisputeAction.COUNTER, DisputeAction.ACCEPT_OFFER, DisputeAction.CONCEDE})
"""Moves that are our own decision to give; what the platform or the buyer decided is only written down."""


def hold(
    session: Session,
    dispute: Dispute,
    incident: Incident,
    action: DisputeAction,
    amount: Money | None,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Raise `Invalid` naming `amount` where a decision gives more than the buyer asks for, or than the actor may promise (inner)."""
    if action not in GIVES or amount is None:
        return
    if action is DisputeAction.COUNTER and dispute.amount is not None and amount.amount > dispute.amount:
        asked = written(Money(dispute.amount, dispute.currency))
        raise Invalid(_("The buyer asks for {amount}; offer no more than that.", amount=asked), "amount")
    queue(session)
    left = authority_left(session, actor, incident.id, now)
    given = convert(session, amount, left.currency, now.date()).money if amount.currency != left.currency else amount
    if given.amount > left.amount:
        said = _(
            "This promises {amount}; you may promise {left} here. Ask for approval first, under “For the buyer”.",
            amount=written(amount),
            left=written(left),
        )
        raise Invalid(said, "amount")
