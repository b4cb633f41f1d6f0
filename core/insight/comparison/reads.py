"""The comparison as a person asks for it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.compare import Comparison, compare
from core.insight.comparison.counts import count
from core.insight.comparison.outcomes import Outcome, minimum
from core.insight.comparison.scope import Channel, Scope
from core.models import Carrier

ChannelNames = dict[int, str]
"""Carrier id → what people read."""


@read(Permission.CARRIER_READ)
def compare_channels(
    session: Session,
    outcomes: Collection[Outcome],
    scope: Scope,
    *,
    actor: Actor,
    base_currency: str,
    now: datetime,
) -> Comparison:
    """Compare the channels of a scope by any of some outcomes.

    Ship dates are days of the actor's zone; value bands are drawn in `base_currency`. Raises `Invalid` for no outcome.
    """
    cells = count(session, outcomes, scope, zone=actor.zone, base_currency=base_currency, now=now)
    return compare(cells, minimum())


@read(Permission.CARRIER_READ)
def channel_names(session: Session, channels: Collection[Channel], *, actor: Actor) -> ChannelNames:
    """The names of the channels' carriers."""
    wanted = {channel.carrier_id for channel in channels if channel.carrier_id is not None}
    rows = session.execute(select(Carrier.id, Carrier.name).where(Carrier.id.in_(wanted)))
    return {row.id: row.name for row in rows}
