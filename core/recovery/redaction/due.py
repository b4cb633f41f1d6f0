"""Which parcels, disputes and files are past their days (inner). Shops may have days of their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

# A parcel's days begin when its last case is closed. While a clock runs or its dispute has a moment to come, or was heard of lately,
# its buyer is needed.
_CASES = text(
    """
    with past as (
        select i.shipment_id, i.shop_id, max(i.closed_at) as ended
        from incident i
        group by i.shipment_id, i.shop_id
        having bool_and(i.state = 'closed') and max(i.closed_at) <= :now - make_interval(days => 1)
    )
    select p.shipment_id, coalesce(h.redact_days, :days) as days
    from past p
    join shop h on h.id = p.shop_id
    join shipment s on s.id = p.shipment_id
    where s.redacted_at is null and p.ended <= :now - make_interval(days => coalesce(h.redact_days, :days))
        and not exists (
            select 1 from dispute d where d.shipment_id = p.shipment_id
            and (d.next_due_at > :now or d.updated_at > :now - make_interval(days => coalesce(h.redact_days, :days)))
        )
        and not exists (
            select 1 from clock c join incident i on i.id = c.incident_id
            where i.shipment_id = p.shipment_id and c.state in ('running', 'paused')
        )
    order by p.shipment_id
    """
)

PARCELS = """
    select s.id from shipment s join shop h on h.id = s.shop_id
    where s.buyer_username is not null
        and coalesce(
            greatest(s.ordered_at, s.shipped_at, s.delivered_at, s.completed_at, s.status_changed_at, s.last_scan_at), s.created_at
        ) <= :now - make_interval(days => coalesce(h.redact_days, :days))
        and not exists (select 1 from incident i where i.shipment_id = s.id)
        and not exists (select 1 from dispute d where d.shipment_id = s.id and d.redacted_at is null)
"""
"""Parcels without a case or a dispute that still has its buyer."""

_DISPUTES = text(
    """
    select d.id, coalesce(h.redact_days, :days) as days
    from dispute d join shop h on h.id = d.shop_id
    where d.redacted_at is null and d.incident_id is null
        and not exists (select 1 from incident i where i.shipment_id = d.shipment_id)
        and d.updated_at <= :now - make_interval(days => coalesce(h.redact_days, :days))
        and (d.next_due_at is null or d.next_due_at <= :now)
    order by d.id
    """
)

_FILES = text(
    """
    select r.id, coalesce(h.redact_days, :days) as days
    from import_run r left join shop h on h.id = r.shop_id
    where r.redacted_at is null and r.deleted_at is null
        and r.at <= :now - make_interval(days => coalesce(h.redact_days, :days))
    order by r.id
    """
)

Due = list[tuple[int, int]]
"""Ids with the days that hold for them."""


def cases(session: Session, days: int, now: datetime) -> Due:
    """Parcels whose cases are all over."""
    return [(row[0], row[1]) for row in session.execute(_CASES, {"days": days, "now": now})]


def disputes(session: Session, days: int, now: datetime) -> Due:
    """Disputes of no case that nothing more was heard of."""
    return [(row[0], row[1]) for row in session.execute(_DISPUTES, {"days": days, "now": now})]


def old_files(session: Session, days: int, now: datetime) -> Due:
    """Imports whose raw rows are past their days."""
    return [(row[0], row[1]) for row in session.execute(_FILES, {"days": days, "now": now})]
