"""The parcels to look at, as Today lists them, and setting one aside."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.columns import UtcDateTime
from core.foundation.errors import NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Shipment, Tag, WatchAside
from core.models.watch import CurveLevel
from core.recovery.silent.parcel import HEARD, Chance, SilentParcel, bounds
from core.recovery.silent.windows import closing_soon
from core.recovery.silent.worth import floors

_NEVER = datetime.max.replace(tzinfo=UTC)

# The sweep raised these; a parcel that moved, got a case or was set aside since then is not shown any more.
_STANDING = text(
    f"""
    select q.shipment_id, coalesce(s.tracking_number, s.order_number) as number, coalesce(k.name, s.carrier_text) as carrier,
      s.market, s.value, s.currency, q.since, q.line_day, q.plain, q.chance, q.low, q.high, q.told, q.source,
      q.payer, q.zone, q.rule, q.rule_version, q.doubtful,
      case when q.due_at > :now then q.due_at end as due_at, q.opens_at,
      q.window_closed or q.due_at <= :now as window_closed
    from suspicion q
    join shipment s on s.id = q.shipment_id
    left join carrier k on k.id = s.carrier_id
    where q.state = 'standing' and s.delivered_at is null and {HEARD} <= q.since
      and not exists (select from incident i where i.shipment_id = q.shipment_id)
      and not exists (select from watch_aside w where w.shipment_id = q.shipment_id and w.at >= q.since)
    order by q.due_at, q.shipment_id
    limit :most
    """  # noqa: S608 -- the piece is this package's own word
).bindparams(bindparam("now", type_=UtcDateTime()))


@read(Permission.SHIPMENT_READ)
def silent_parcels(session: Session, *, actor: Actor, now: datetime) -> list[SilentParcel]:
    """The parcels to look at, the soonest to close first, at most `bounds().most` of each kind. What the policy absorbs is left
    out.
    """
    worth = floors(session, actor, now.date())
    found = {row.shipment_id: row for row in closing_soon(session, worth, actor=actor, now=now)}
    for row in _past_the_line(session, now):
        found[row.shipment_id] = _both(row, found.get(row.shipment_id))
    # The least the policy does not absorb is the same money in every currency: values are told apart by how often it fits in.
    return sorted(
        found.values(),
        key=lambda row: (
            row.due_at or _NEVER,
            -row.value.amount / (worth.get(row.value.currency) or 1),
            row.shipment_id,
        ),
    )


def _past_the_line(session: Session, now: datetime) -> list[SilentParcel]:
    return [_parcel(row) for row in session.execute(_STANDING, {"now": now, "most": bounds().most})]


def _parcel(row: Any) -> SilentParcel:
    chance = None
    if row.chance is not None:
        chance = Chance(row.chance, row.low, row.high, row.told, CurveLevel(row.source))
    return SilentParcel(
        shipment_id=row.shipment_id,
        number=row.number,
        carrier=row.carrier,
        market=row.market,
        value=Money(row.value, row.currency),
        payer=row.payer,
        due_at=row.due_at,
        zone=row.zone or "UTC",
        silent_since=row.since,
        rule=row.rule or "",
        rule_version=row.rule_version,
        doubtful=row.doubtful,
        opens_at=row.opens_at,
        window_closed=bool(row.window_closed),
        line_day=row.line_day,
        plain=row.plain,
        chance=chance,
    )


def _both(past: SilentParcel, closing: SilentParcel | None) -> SilentParcel:
    """What the sweep knows of a parcel, with the window as it is reckoned now where one closes soon."""
    if closing is None:
        return past
    told = {name: getattr(closing, name) for name in ("payer", "due_at", "zone", "rule", "rule_version", "doubtful")}
    return SilentParcel(**{**past.__dict__, **told, "window_closed": False})


@verb(Permission.INCIDENT_REGISTER)
def set_aside(session: Session, shipment_id: int, *, actor: Actor, reason: str = "", now: datetime) -> None:
    """Take a parcel off the watch until it moves and falls silent anew. Raises `NotFound`."""
    shipment = session.get(Shipment, shipment_id)
    if shipment is None:
        raise NotFound(_("There is no such shipment."))
    clean = checked(reason, 400, "reason")
    values = {"at": now, "person_id": actor.person_id, "reason": clean}
    row = insert(WatchAside).values(shipment_id=shipment_id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["shipment_id"], set_=values))
    audit.record(
        session,
        Tag.WATCH_SET_ASIDE,
        actor=actor,
        now=now,
        subject=("shipment", shipment_id),
        after={"title": shipment.tracking_number or shipment.order_number, "reason": clean},
    )
