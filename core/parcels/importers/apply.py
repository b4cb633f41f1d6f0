"""A file read → the database, set by set: whole tables by COPY, never row by row.

Everything happens inside the caller's transaction; what goes wrong leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

import psycopg
from sqlalchemy import bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session
from sqlalchemy.types import Text

from core.models import ImportRun, Incident, IncidentOffer, Shop
from core.models.imports import OfferCause, OfferState
from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers import undoing
from core.parcels.importers.copying import checks_planned_once, copy, cursor_of, line, moment
from core.parcels.importers.merge import Decision, Stored
from core.parcels.importers.parcel import Parcel
from core.parcels.shipments import folded
from core.parcels.tracking.told import lift, retell

FROM_FILE: dict[str, tuple[str, ...]] = {
    "carrier_id": ("carrier",),
    "service": ("carrier",),
    "carrier_text": ("carrier",),
    "order_number": (),
    "parcel_number": ("parcel_number",),
    "tracking_number": ("tracking_number",),
    "status": (),
    "status_text": (),
    "return_status_text": ("return_status",),
    "cancel_reason": ("cancel_reason",),
    "ordered_at": ("ordered_at",),
    "paid_at": ("paid_at",),
    "accepted_at": ("shipped_at",),
    "shipped_at": ("shipped_at",),
    "delivered_at": ("delivered_at",),
    "completed_at": ("completed_at",),
    "status_changed_at": (),
    "return_due_at": (),
    "value": (),
    "freight": ("shipping_fee",),
    "weight_kg": ("line_weight", "order_weight"),
    "buyer_username": ("buyer_username",),
    "content_hash": (),
}
"""Columns of a shipment that a file decides → the fields of the file they come from, where a file may lack them.

What a file has no column for it does not take away: Order.all of Vietnam knows no delivery, tracking does.
"""

ONCE_BY_HAND = frozenset(
    {
        "tracking_number",
        "carrier_id",
        "service",
        "shipped_at",
        "accepted_at",
        "delivered_at",
        "freight",
        "weight_kg",
        "buyer_username",
    }
)
"""What a person may have entered and the first file that tells of the parcel leaves as it is, where the file says nothing."""


def take_time(session: Session) -> None:
    """Let this transaction take as long as a large file needs."""
    session.execute(text("set local statement_timeout = '15min'"))
    session.execute(text("set local idle_in_transaction_session_timeout = '15min'"))


NO_SHOP = 0
"""In the place of a shop: files whose rows belong to no one shop follow each other too."""


def wait_turn(session: Session, shop_id: int) -> None:
    """Let imports into one shop follow each other: the next one begins when this transaction has ended."""
    session.execute(text("set local lock_timeout = '5min'"))
    session.execute(text("select pg_advisory_xact_lock(hashtext('recoup.import'), :shop)"), {"shop": shop_id})
    session.execute(text("set local lock_timeout = '30s'"))


_STORED = text(
    """
    select id, order_number, parcel_number, tracking_number, coalesce(t.status_before, status) as status, return_status_text,
           ordered_at, paid_at, shipped_at, case when t.shipment_id is null then delivered_at else t.delivered_before end
           as delivered_at, completed_at, source_at, content_hash
    from shipment
    -- What scans say of a parcel says nothing about which of two files is the newer one.
    left join tracking_told t on t.shipment_id = shipment.id
    where shop_id = :shop and (order_number = any(:orders) or (content_hash is null and order_number = any(:trackings)))
    """
).bindparams(bindparam("orders", type_=ARRAY(Text)), bindparam("trackings", type_=ARRAY(Text)))


def stored_parcels(session: Session, shop_id: int, parcels: Sequence[Parcel]) -> list[Stored]:
    """What is stored of these orders."""
    known = session.execute(
        _STORED,
        {
            "shop": shop_id,
            "orders": list({one.order_number for one in parcels}),
            # A parcel entered by its tracking number alone goes by that until its order is known.
            "trackings": list({folded(one.tracking_number) for one in parcels if one.tracking_number}),
        },
    )
    return [
        Stored(
            row.id,
            row.order_number,
            row.parcel_number,
            row.tracking_number,
            ShipmentStatus(row.status),
            row.return_status_text,
            (row.ordered_at, row.paid_at, row.shipped_at, row.delivered_at, row.completed_at),
            row.source_at,
            None if row.content_hash is None else bytes(row.content_hash),
        )
        for row in known
    ]


def of_other_shops(session: Session, shop: Shop | None, orders: Sequence[str]) -> list[tuple[str, int, str]]:
    """Which other shops have these orders already: the shop's name, how many of them, and one of their numbers."""
    if not orders:
        return []
    query = text(
        "select h.name, count(distinct s.order_number), min(s.order_number) from shipment s join shop h on h.id = s.shop_id"
        " where s.order_number = any(:orders) and s.shop_id <> :shop group by h.name order by 2 desc, 1"
    ).bindparams(bindparam("orders", type_=ARRAY(Text)))
    found = session.execute(query, {"orders": list(set(orders)), "shop": shop.id if shop is not None else 0})
    return [(name, count, example) for name, count, example in found]


def write(
    session: Session,
    shop: Shop,
    run: ImportRun,
    decisions: list[Decision],
    *,
    fields: Collection[str],
    as_of: datetime | None,
    now: datetime,
) -> dict[int, int]:
    """Write new and changed parcels with their lines. Returns `id(decision)` → shipment id.

    `fields` are those the file has a column for, `as_of` is the newest moment in it.
    """
    new = [one for one in decisions if one.stored is None]
    changed = [one for one in decisions if one.stored is not None and one.changes]
    ids = dict(zip(map(id, new), _new_ids(session, len(new)), strict=True))
    ids |= {id(one): one.stored.id for one in decisions if one.stored is not None}
    cursor = cursor_of(session)
    constant = [shop.id, shop.market, shop.currency, run.id, moment(as_of), moment(now), moment(now), 1]
    columns = ("shop_id", "market", "currency", "import_id", "source_at", "created_at", "updated_at", "version")
    copy(
        cursor,
        f"copy shipment (id, {', '.join(columns)}, {', '.join(FROM_FILE)}) from stdin",
        (line([ids[id(one)], *constant, *_facts(one)]) for one in new),
    )
    # What scans say is taken off while the file writes, and laid over its words again.
    scanned = lift(session, [ids[id(one)] for one in changed])
    if changed:
        _update(cursor, changed, ids, run.id, fields=fields, as_of=as_of, now=now)
    copy(
        cursor,
        "copy shipment_line (shipment_id, line, sku, name, variation, quantity, unit_price, subtotal, source_row) from stdin",
        (row for one in (*new, *changed) for row in _item_lines(ids[id(one)], one.parcel)),
    )
    session.expire_all()
    retell(session, scanned, now=now)
    undoing.told(
        session,
        run,
        made=[ids[id(one)] for one in new],
        known=[one.stored.id for one in decisions if one.stored is not None],
    )
    return {id(one): ids[id(one)] for one in decisions}


def _new_ids(session: Session, count: int) -> list[int]:
    if not count:
        return []
    drawn = text(
        "select nextval(ids) from (select cast(pg_get_serial_sequence('shipment', 'id') as regclass) as ids offset 0) s,"
        " generate_series(1, :n)"
    )
    return list(session.execute(drawn, {"n": count}).scalars())


def _update(
    cursor: psycopg.Cursor[Any],
    changed: list[Decision],
    ids: dict[int, int],
    import_id: int,
    *,
    fields: Collection[str],
    as_of: datetime | None,
    now: datetime,
) -> None:
    names = ", ".join(FROM_FILE)
    cursor.execute("drop table if exists changed_parcel")
    cursor.execute(f"create temporary table changed_parcel on commit drop as select id, {names} from shipment limit 0")  # noqa: S608
    copy(
        cursor,
        f"copy changed_parcel (id, {names}) from stdin",
        (line([ids[id(one)], *_facts(one)]) for one in changed),
    )
    cursor.execute("analyze changed_parcel")
    become = {
        name: f"coalesce(c.{name}, case when s.source_at is null or '{name}' = any(c.listed) then s.{name} end)"
        if name in ONCE_BY_HAND
        else f"c.{name}"
        for name, sources in FROM_FILE.items()
        if not sources or any(source in fields for source in sources)
    }
    if "buyer_username" in become:  # whoever was taken out of the record stays out
        become["buyer_username"] = f"case when s.redacted_at is null then {become['buyer_username']} end"
    # Parameters of the update stand in the same words where its changes are noted. What a list of the team's own filled in stays
    # where this file says nothing.
    cursor.execute(
        "alter table changed_parcel add column import_id int, add column source_at timestamptz, add column listed text[]"
    )
    cursor.execute(
        "update changed_parcel p set import_id = %s, source_at = %s, listed = (select array_agg(distinct name)"
        " from import_change k join import_run r on r.id = k.import_id and r.kind = 'tracking',"
        " jsonb_object_keys(k.changes) as name where k.shipment_id = p.id)",
        (import_id, as_of),
    )
    become |= {"import_id": "c.import_id", "source_at": "c.source_at"}
    undoing.note(cursor, import_id, "changed_parcel", become, lines=True)
    told = ", ".join(f"{name} = {value}" for name, value in become.items())
    with checks_planned_once(cursor):
        cursor.execute(
            f"update shipment s set {told}, updated_at = %s, version = version + 1"  # noqa: S608
            " from changed_parcel c where s.id = c.id",
            (now,),
        )
    cursor.execute("delete from shipment_line l using changed_parcel c where l.shipment_id = c.id")


def _facts(decision: Decision) -> list[Any]:
    """The values of `FROM_FILE`. Handing over to the carrier is its acceptance."""
    parcel = decision.parcel
    return [
        parcel.carrier_id,
        parcel.service,
        parcel.carrier_text,
        parcel.order_number,
        parcel.parcel_number,
        parcel.tracking_number,
        parcel.status.value,
        parcel.status_text,
        parcel.return_status_text,
        parcel.cancel_reason,
        moment(parcel.ordered_at),
        moment(parcel.paid_at),
        moment(parcel.shipped_at),
        moment(parcel.shipped_at),
        moment(parcel.delivered_at),
        moment(parcel.completed_at),
        moment(parcel.status_changed_at),
        moment(parcel.return_due_at),
        parcel.value,
        parcel.freight,
        parcel.weight_kg,
        parcel.buyer_username,
        "\\x" + decision.digest.hex(),
    ]


def _item_lines(shipment_id: int, parcel: Parcel) -> Iterator[str]:
    for at, item in enumerate(parcel.lines, 1):
        yield line(
            [
                shipment_id,
                at,
                item.sku,
                item.name,
                item.variation,
                item.quantity,
                item.unit_price,
                item.subtotal,
                item.row,
            ]
        )


def offer(
    session: Session,
    offered: Sequence[tuple[int | None, Parcel]],
    run: ImportRun | None,
    *,
    now: datetime,
) -> int:
    """Offer what the file says is lost or damaged as incidents, each once; returns how many offers are new.

    A parcel that has the incident already, or whose offer was taken or dismissed before, is not offered again. Without a run nothing
    is written, only counted; a parcel that is not stored yet has no id and counts.
    """
    if not offered:
        return 0
    ids = [shipment for shipment, _parcel in offered if shipment is not None]
    taken = set(
        session.execute(
            select(Incident.shipment_id, Incident.type)
            .where(Incident.shipment_id.in_(ids))
            .union(select(IncidentOffer.shipment_id, IncidentOffer.type).where(IncidentOffer.shipment_id.in_(ids)))
        ).all()
    )
    new = [(shipment, one) for shipment, one in offered if (shipment, one.offers) not in taken]
    if run is not None and new:
        session.execute(
            insert(IncidentOffer)
            .values(
                [
                    {
                        "shipment_id": shipment,
                        "type": one.offers,
                        "cause": OfferCause.FAILED if one.status is ShipmentStatus.FAILED else OfferCause.PARCEL,
                        "reason": one.cancel_reason or one.status_text,
                        "import_id": run.id,
                        "created_at": now,
                        "state": OfferState.OPEN,
                    }
                    for shipment, one in new
                ]
            )
            .on_conflict_do_nothing()
        )
    return len(new)


def withdraw_offers(session: Session, changed: list[int]) -> list[int]:
    """Take back open offers of a loss for parcels that a newer file no longer calls lost, or no longer failed to deliver; which.

    What a buyer's return or money found says does not hang on the parcel's state.
    """
    if not changed:
        return []
    return list(
        session.execute(
            text(
                "update incident_offer o set state = 'dismissed' from shipment s where o.shipment_id = s.id"
                " and o.state = 'open' and o.type = :lost and s.status <> 'lost' and s.id = any(:ids)"
                " and (o.cause = 'parcel' or o.cause = 'failed' and s.status not in ('failed', 'cancelled')) returning o.id"
            ),
            {"lost": IncidentType.LOST.value, "ids": changed},
        ).scalars()
    )


__all__ = ["of_other_shops", "offer", "stored_parcels", "take_time", "wait_turn", "withdraw_offers", "write"]
