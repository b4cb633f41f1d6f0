"""Fight, settle or accept: what each way leaves us of the amount in dispute, less what it costs to handle (pure).

Counted from losing all of it: accepting leaves nothing, settling what the offer leaves, fighting the chance of being upheld times what is
kept then. Goods that come back, and what a carrier may pay after a loss, are not counted: they are the same on every way or not known yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from core.foundation.money import Money
from core.insight.odds.model import Chance
from core.insight.odds.settings import Way


@dataclass(frozen=True)
class Worth:
    """What one way leaves us, after handling. `low` and `high` differ where the outcome is not known."""

    way: Way
    low: Money
    middle: Money
    high: Money
    handling: Money


@dataclass(frozen=True)
class Advice:
    """The ways that are open, the best first. `best` is None where the interval of fighting holds the next best way: no
    difference is shown.

    `worth_offering` is the most that could be given to the buyer before fighting is better; None where nothing could.
    """

    chance: Chance
    amount: Money
    ways: tuple[Worth, ...]
    best: Way | None
    worth_offering: Money | None

    def of(self, way: Way) -> Worth | None:
        """One of the ways, where it is open."""
        return next((one for one in self.ways if one.way is way), None)


def weigh(chance: Chance, amount: Money, offer: Money | None, costs: Mapping[Way, Money]) -> Advice:
    """Set the ways beside each other. `offer` is what the buyer would be content with, if there is an offer; costs are in the amount's
    currency.
    """
    kept = amount.amount * Decimal(str(chance.share))
    fight = _worth(
        Way.FIGHT,
        [kept * Decimal(str(rate)) for rate in (chance.low, chance.rate, chance.high)],
        costs[Way.FIGHT],
    )
    others = [_worth(Way.ACCEPT, [Decimal(0)] * 3, costs[Way.ACCEPT])]
    if offer is not None:
        left = amount.amount - offer.amount
        others.append(_worth(Way.SETTLE, [left] * 3, costs[Way.SETTLE]))
    ways = sorted([fight, *others], key=lambda one: (-one.middle.amount, one.way))
    return Advice(chance, amount, tuple(ways), _best(fight, others), _worth_offering(fight, amount, costs[Way.SETTLE]))


def _worth(way: Way, left: list[Decimal], cost: Money) -> Worth:
    low, middle, high = (Money(one - cost.amount, cost.currency) for one in left)
    return Worth(way, low, middle, high, cost)


def _best(fight: Worth, others: list[Worth]) -> Way | None:
    next_best = max(others, key=lambda one: one.middle.amount)
    if fight.low.amount > next_best.middle.amount:
        return Way.FIGHT
    if fight.high.amount < next_best.middle.amount:
        return next_best.way
    return None


def _worth_offering(fight: Worth, amount: Money, cost: Money) -> Money | None:
    most = Money(amount.amount - max(fight.middle.amount, Decimal(0)) - cost.amount, amount.currency)
    return most if most.amount > 0 else None
