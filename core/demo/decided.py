"""What the demo's manager decided about channels a season ago, on the numbers of that day."""

from __future__ import annotations

from datetime import timedelta

from core.demo.ground import Ground
from core.demo.scripts import DAYS
from core.foundation.clock import local_day
from core.insight.comparison import Compared, Outcome, Period, Scope, compare_channels
from core.insight.decisions import decide, numbers_of
from core.models.channel_decision import Decided

SINCE = 95 * DAYS
AGAIN = timedelta(days=90)


def decide_about_channels(base: Ground) -> None:
    """One channel is watched and due to be looked at again since a few days, the best one is kept."""
    manager, then = base.desk.team.manager, base.now - SINCE
    scope, outcomes = Scope(Period.year_to(local_day(then, manager.zone))), (Outcome.LOST,)
    currency = base.world.rates.base
    found = compare_channels(base.session, outcomes, scope, actor=manager, base_currency=currency, now=then)
    told = [one for one in found.channels if one.standardised is not None and one.channel.carrier_id is not None]
    told.sort(key=lambda one: (one.standardised.ratio if one.standardised else 0, one.n))
    if len(told) < 2:
        return

    def write_down(one: Compared, decided: Decided, reason: str) -> None:
        decide(
            base.session,
            one.channel,
            actor=manager,
            decided=decided,
            reason=reason,
            again_on=local_day(then, manager.zone) + AGAIN if decided is Decided.WATCH else None,
            numbers=numbers_of(one, None, outcomes, scope, currency),
            now=then,
        )

    write_down(
        told[-1], Decided.WATCH, "Loses more than the others on its lane; not sure yet. Look again after the season."
    )
    write_down(told[0], Decided.KEEP, "Few losses, quick answers.")
