"""Raising suspicions: parcels silent past the line of their channel, with their chance and the window that closes first.

One statement finds them, off the index over what is underway; only those it brings up anew are reckoned with their payers' cards.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Numeric, Text, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from core.foundation.columns import UtcDateTime
from core.foundation.gate import verb
from core.foundation.permissions import Actor, Permission
from core.models import Shipment, Suspicion
from core.models.incident import IncidentType
from core.recovery import rule_cards
from core.recovery.silent.parcel import HEARD, UNDERWAY, line
from core.recovery.silent.worth import floors
from core.recovery.watching import Shelf, one_per_payer
from core.recovery.windows import Window

# A row that is there already is written again only where it says something else now, or its window may have changed with the
# cards of a new day.
_RAISE = text(
    f"""
    with quiet as materialized (
      select s.id, s.carrier_id, s.service, s.market, {HEARD} as since,
        floor(extract(epoch from :now - {HEARD}) / 86400)::int as day
      from shipment s
      left join unnest(:currencies, :worth) as floors(currency, worth) on floors.currency = s.currency
      where {UNDERWAY} and s.status in ('shipped', 'unknown')
        and {HEARD} <= :now - make_interval(days => :earliest) and {HEARD} > :now - make_interval(days => :horizon)
        and s.value >= coalesce(floors.worth, 0)
        and not exists (select from incident i where i.shipment_id = s.id)
        and not exists (select from watch_aside w where w.shipment_id = s.id and w.at >= {HEARD})
    ), candidate as materialized (
      select p.id, p.since, p.day, coalesce(c.line_day, c.plain_day, :plain) as line_day, c.line_day is null as plain,
        c.chances[p.day + 1] as chance, c.lows[p.day + 1] as low, c.highs[p.day + 1] as high, c.told[p.day + 1] as told,
        c.sources[p.day + 1] as source
      from quiet p
      left join silence_curve own on own.level = 'service' and coalesce(own.carrier_id, 0) = coalesce(p.carrier_id, 0)
        and coalesce(own.service, '') = coalesce(p.service, '') and own.market = p.market
      left join silence_curve kin on kin.level = 'carrier' and coalesce(kin.carrier_id, 0) = coalesce(p.carrier_id, 0)
        and kin.market = p.market
      left join silence_curve near on near.level = 'market' and near.market = p.market
      left join silence_curve everybody on everybody.level = 'all'
      left join silence_curve c on c.id = coalesce(own.id, kin.id, near.id, everybody.id)
      where p.day >= coalesce(c.line_day, c.plain_day, :plain)
    ), gone as (
      delete from suspicion q where q.state = 'standing' and not exists (select from candidate c where c.id = q.shipment_id)
    )
    insert into suspicion as q (shipment_id, state, since, day, line_day, plain, chance, low, high, told, source, raised_at, looked_at)
    select id, 'standing', since, day, line_day, plain, chance, low, high, told, source, :now, :now from candidate order by id
    on conflict (shipment_id) do update set state = 'standing', since = excluded.since, day = excluded.day,
      line_day = excluded.line_day, plain = excluded.plain, chance = excluded.chance, low = excluded.low, high = excluded.high,
      told = excluded.told, source = excluded.source, looked_at = excluded.looked_at, ended_at = null, incident_id = null,
      raised_at = case when q.state = 'standing' and q.since = excluded.since then q.raised_at else excluded.raised_at end
    where (q.state, q.since, q.day, q.line_day, q.plain) is distinct from
      (excluded.state, excluded.since, excluded.day, excluded.line_day, excluded.plain) or q.looked_at < :stale
    returning q.shipment_id, q.raised_at = :now as fresh
    """  # noqa: S608 -- the pieces are this package's own words
).bindparams(
    bindparam("now", type_=UtcDateTime()),
    bindparam("stale", type_=UtcDateTime()),
    bindparam("currencies", type_=ARRAY(Text)),
    bindparam("worth", type_=ARRAY(Numeric)),
)
_STALE = timedelta(hours=20)
_AT_ONCE = 500


@verb(Permission.CLOCK_SWEEP)
def raise_suspicions(session: Session, *, actor: Actor, now: datetime) -> int:
    """Bring what stands in line with the parcels as they are: raise what passed its line, take back what no longer is past
    it. How many were raised that did not stand before.
    """
    worth = floors(session, actor, now.date())
    figures = line()
    found = session.execute(
        _RAISE,
        {
            "now": now,
            "stale": now - _STALE,
            "earliest": figures.earliest,
            "plain": figures.plain,
            "horizon": figures.horizon,
            "currencies": list(worth),
            "worth": list(worth.values()),
        },
    ).all()
    shelf = Shelf(session, actor)
    ids = [row.shipment_id for row in found]
    for start in range(0, len(ids), _AT_ONCE):
        _window_beside(session, ids[start : start + _AT_ONCE], shelf, now)
    return sum(row.fresh for row in found)


def _window_beside(session: Session, ids: Sequence[int], shelf: Shelf, now: datetime) -> None:
    """Note the window that closes first beside each suspicion."""
    parcels = session.scalars(select(Shipment).where(Shipment.id.in_(ids))).all()
    session.execute(update(Suspicion), [{"shipment_id": one.id, **_window(one, shelf, now)} for one in parcels])


def _window(shipment: Shipment, shelf: Shelf, now: datetime) -> dict[str, Any]:
    """The columns that tell a parcel's window, should it be taken in as lost now."""
    nothing: dict[str, Any] = dict.fromkeys(("opens_at", "due_at", "zone", "rule", "rule_version"))
    nothing |= {"payer": "", "doubtful": False, "window_closed": False}
    cards = shelf.cards(shipment, IncidentType.LOST, now.date())
    facts = rule_cards.facts_of(shipment, reported_at=now)
    ends = [
        (one.found.due_at, one.found, one)
        for one in one_per_payer(cards, facts, shelf.carrier(shipment.carrier_id), shelf.book)
        if isinstance(one.found, Window) and one.found.due_at is not None
    ]
    ahead = [row for row in ends if row[0] > now]
    if not ahead:
        return {**nothing, "window_closed": bool(ends)}
    due, window, held = min(ahead, key=lambda row: row[0])
    return {
        "payer": held.payer,
        "opens_at": window.opens_at,
        "due_at": due,
        "zone": window.zone,
        "rule": held.card.code,
        "rule_version": held.card.version,
        "doubtful": bool(held.card.doubts(now.date())),
        "window_closed": False,
    }
