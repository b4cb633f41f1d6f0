"""The payouts of a claim, and what still stands of each."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Payout, PayoutReversal


@read(Permission.LEDGER_READ)
def list_payouts(session: Session, claim_id: int, *, actor: Actor) -> list[Payout]:
    """The payouts of a claim, oldest first."""
    return list(session.scalars(select(Payout).where(Payout.claim_id == claim_id).order_by(Payout.id)))


@dataclass(frozen=True)
class PayoutLine:
    """A payout as a person reads it: `left` is what still stands of it, `backs` what was taken back, oldest first."""

    payout: Payout
    amount: Money
    left: Money
    backs: tuple[PayoutReversal, ...]


@read(Permission.LEDGER_READ)
def payout_lines(session: Session, claim_id: int, *, actor: Actor) -> list[PayoutLine]:
    """The payouts of a claim with what was taken back of each, oldest first."""
    found = list_payouts(session, claim_id, actor=actor)
    backs: dict[int, list[PayoutReversal]] = {}
    ids = [one.id for one in found]
    for back in session.scalars(
        select(PayoutReversal).where(PayoutReversal.payout_id.in_(ids)).order_by(PayoutReversal.id)
    ):
        backs.setdefault(back.payout_id, []).append(back)
    return [
        PayoutLine(
            one,
            Money(one.amount, one.currency),
            Money(one.amount - sum((back.amount for back in backs.get(one.id, [])), Decimal(0)), one.currency),
            tuple(backs.get(one.id, [])),
        )
        for one in found
    ]
