"""What the policy absorbs is not watched: from which value on a parcel is (inner)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Shop
from core.money import rates, tiers


def floors(session: Session, actor: Actor, on: date) -> dict[str, Decimal]:
    """Per currency of the shops: from which value on a loss is more than absorbed. A currency that cannot be told, and all of them
    without a policy, are left out: what cannot be judged is watched.
    """
    try:
        policy = tiers.current_policy(session, actor=actor)
    except Refusal:
        return {}
    least = Money(policy.insure_from, policy.currency)
    found: dict[str, Decimal] = {}
    for currency in session.scalars(select(Shop.currency).distinct()):
        try:
            found[currency] = rates.convert(session, least, currency, on).money.amount
        except Refusal:
            continue
    return found
