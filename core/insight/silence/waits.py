"""The team's silences, counted by channel, whole days and end, in one statement (inner).

Where a parcel's scans are known each gap between two of them is a silence. Where they are not, its own moments tell: from
shipping to the first scan, and from there to its end. Of a parcel whose last scan is its delivery nobody knows where it was
scanned in between, so its whole way from the first scan stands for its last silence: longer than it was, which makes the watch
late rather than false. A silence that still lasts, or whose end has no date, is open.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import bindparam, text
from sqlalchemy.orm import Session

from core.foundation.columns import UtcDateTime
from core.insight.silence.curves import End, Waits
from core.insight.silence.pooling import Channel, Terms

# What became of a parcel, and when. A case that was closed as a loss ends the wait of a parcel nobody declared anything about.
_PARCELS = """
  select s.id, s.carrier_id, s.service, s.market, s.first_scan_at, s.last_scan_at,
    coalesce(s.shipped_at, s.accepted_at) as sent_at,
    case
      when s.delivered_at is not null or s.status in ('delivered', 'completed') then 'arrived'
      when s.status in ('returning', 'returned', 'failed', 'cancelled') then 'returned'
      when s.status = 'lost' or i.closed_at is not null then 'lost'
      else 'open'
    end as fate,
    case
      when s.delivered_at is not null or s.status in ('delivered', 'completed')
        then coalesce(s.delivered_at, s.completed_at)
      when s.status in ('returning', 'returned', 'failed', 'cancelled') then s.status_changed_at
      when s.status = 'lost' then coalesce(s.status_changed_at, i.closed_at)
      when i.closed_at is not null then i.closed_at
      else cast(:now as timestamptz)
    end as ended_at
  from shipment s
  left join incident i on i.shipment_id = s.id and i.type = 'lost' and i.state = 'closed'
    and i.result not in ('arrived', 'no_loss')
  where coalesce(s.shipped_at, s.accepted_at) >= :since and coalesce(s.shipped_at, s.accepted_at) < :now
"""
_BY_SCANS = """
  select w.carrier_id, w.service, w.market, w.at as began_at,
    coalesce(w.next_at, w.ended_at) as ended_at,
    case
      when w.next_at is null then w.fate
      when w.next_state = 'delivered' then 'arrived'
      when w.next_state in ('returning', 'returned') then 'returned'
      when w.next_state in ('lost', 'destroyed', 'cancelled') then 'lost'
      else 'moved'
    end as fate
  from (
    select p.carrier_id, p.service, p.market, p.fate, p.ended_at, e.at, e.state,
      lead(e.at) over scans as next_at, lead(e.state) over scans as next_state,
      bool_or(e.state in ('delivered', 'returning', 'returned', 'lost', 'destroyed', 'cancelled')) over scans as over
    from parcel p join tracking_event e on e.shipment_id = p.id and e.state not in ('announced', 'silent') and e.at < :now
    window scans as (partition by e.shipment_id order by e.at, e.key)
  ) w
  where not w.over
"""
_BY_MOMENTS = """
  select p.carrier_id, p.service, p.market, w.began_at, w.ended_at, w.fate
  from parcel p
  cross join lateral (values
    (p.sent_at, least(p.first_scan_at, p.ended_at), case when p.first_scan_at < p.ended_at then 'moved' else p.fate end),
    (case when p.last_scan_at > p.first_scan_at and p.last_scan_at < p.ended_at then p.last_scan_at
          when p.first_scan_at < p.ended_at then p.first_scan_at end, p.ended_at, p.fate)
  ) as w(began_at, ended_at, fate)
  where w.began_at is not null {without_scans}
"""
_WITHOUT_SCANS = "and not exists (select from tracking_event e where e.shipment_id = p.id)"
_COUNT = """
with parcel as materialized ({parcels}), wait as ({waits})
select carrier_id, service, market, fate, least(floor(extract(epoch from ended_at - began_at) / 86400), :beyond)::int as day,
  count(*) as n
from wait where ended_at >= began_at
group by 1, 2, 3, 4, 5
"""
_ANY_SCAN = text("select exists (select from tracking_event)")


def waits(session: Session, given: Terms, now: datetime) -> dict[Channel, Waits]:
    """The silences of every channel that began within the history the terms name."""
    scans = session.scalar(_ANY_SCAN)
    parts = [_BY_MOMENTS.format(without_scans=_WITHOUT_SCANS if scans else "")]
    if scans:
        parts.append(_BY_SCANS)
    statement = text(_COUNT.format(parcels=_PARCELS, waits=" union all ".join(parts))).bindparams(
        bindparam("now", type_=UtcDateTime()), bindparam("since", type_=UtcDateTime())
    )
    values = {"now": now, "since": now - timedelta(days=given.history), "beyond": given.horizon + 1}
    found: dict[Channel, Waits] = {}
    for row in session.execute(statement, values):
        channel = Channel(row.carrier_id, row.service, row.market)
        found.setdefault(channel, Waits.none(given.horizon)).add(End(row.fate), row.day, row.n)
    return found
