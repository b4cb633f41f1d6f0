"""Parcels that fell silent: the curves of the demo's own two years, some parcels past their line, and one that arrived after all."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, text

from core.demo.ground import Ground
from core.foundation.columns import UtcDateTime
from core.foundation.permissions import SYSTEM
from core.insight.silence import remake_curves
from core.models import Shipment, Suspicion
from core.models.watch import SuspicionState
from core.recovery.silent import line, withdraw
from core.recovery.silent.parcel import HEARD

PAST = 7
"""So many dear parcels are past their line."""
FROM_DAYS, TO_DAYS = 26, 48

_HUSH = text(
    """
    update shipment s set delivered_at = null, completed_at = null, status = 'shipped', status_text = null,
      cancel_reason = null, last_scan_at = s.first_scan_at, status_changed_at = s.first_scan_at
    where s.id in (
      select t.id from shipment t
      where t.first_scan_at >= :low and t.first_scan_at < :high and t.shipped_at >= cast(:low as timestamptz) - interval '9 days'
        and t.status in ('delivered', 'completed') and not exists (select from incident i where i.shipment_id = t.id)
      order by t.value desc, t.id limit :few)
    """
)


def hush(base: Ground) -> None:
    """Before the sweep: what the history says, and parcels that are silent for longer than most of it."""
    base.session.execute(
        _HUSH,
        {
            "low": base.now - timedelta(days=TO_DAYS),
            "high": base.now - timedelta(days=FROM_DAYS),
            "few": PAST,
        },
    )
    base.session.expire_all()
    remake_curves(base.session, actor=SYSTEM, now=base.now - timedelta(hours=3))


_WAITING = text(
    f"""
    select i.id, i.shipment_id, {HEARD} as since
    from incident i join shipment s on s.id = i.shipment_id
    where i.type = 'lost' and i.state <> 'closed' and i.noticed_at < :until and {HEARD} < i.noticed_at and s.delivered_at is null
      and not exists (select from claim c where c.incident_id = i.id)
    order by (i.noticed_by = 'silence') desc, i.noticed_at desc, i.id limit 1
    """  # noqa: S608 -- the piece is the watch's own word
).bindparams(bindparam("until", type_=UtcDateTime()))


def arrive(base: Ground) -> None:
    """After the sweep: a parcel taken in as lost was delivered an hour ago."""
    for case, shipment_id, since in base.session.execute(_WAITING, {"until": base.now - timedelta(hours=2)}).all():
        base.session.add(
            Suspicion(
                shipment_id=shipment_id,
                state=SuspicionState.TAKEN,
                since=since,
                day=(base.now - since).days,
                line_day=line().plain,
                plain=True,
                raised_at=base.now - timedelta(hours=3),
                looked_at=base.now - timedelta(hours=3),
                incident_id=case,
            )
        )
        shipment = base.session.get_one(Shipment, shipment_id)
        shipment.delivered_at = shipment.last_scan_at = base.now - timedelta(minutes=50)
        base.session.flush()
        withdraw(base.session, actor=SYSTEM, now=base.now - timedelta(minutes=40))
