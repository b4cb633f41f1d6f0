"""What taking a list writes: the facts it adds to known parcels, and the parcels nobody knew."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.errors import Conflict
from core.foundation.language import _
from core.foundation.permissions import Actor
from core.models import ImportRun, Shop
from core.parcels.importers import undoing
from core.parcels.importers.copying import copy, cursor_of, line, moment
from core.parcels.importers.kinds import Plan
from core.parcels.shipments import status_by
from core.parcels.tracking_lists.facts import FACTS, OURS, Listed


@dataclass
class ListPlan(Plan):
    """Known parcels with what they become, and parcels to enter."""

    changed: dict[int, dict[str, Any]] = field(default_factory=dict)
    known: tuple[int, ...] = ()
    fresh: tuple[Listed, ...] = ()
    shops: dict[int, Shop] = field(default_factory=dict)

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`. Raises `Conflict` where somebody entered one of the parcels meanwhile."""
        run_id = run.id
        cursor = cursor_of(session)
        if self.changed:
            self._update(session, run_id, now)
        drawn = text("select nextval(pg_get_serial_sequence('shipment', 'id')) from generate_series(1, :n)")
        made = list(session.execute(drawn, {"n": len(self.fresh)}).scalars()) if self.fresh else []
        columns = "id, shop_id, market, currency, order_number, parcel_number, status, value, import_id, created_at, updated_at, version"
        try:
            copy(
                cursor,
                f"copy shipment ({columns}, accepted_at, {', '.join(FACTS)}) from stdin",
                (self._fresh(one, shipment, run_id, now) for one, shipment in zip(self.fresh, made, strict=True)),
            )
        except UniqueViolation as error:
            raise Conflict(
                _("Somebody entered one of these parcels at the same moment. Import the file again.")
            ) from error
        self.touched = list(self.changed)
        session.expire_all()
        undoing.told(session, run, made=made, known=self.known)

    def _update(self, session: Session, run_id: int, now: datetime) -> None:
        cursor = cursor_of(session)
        cursor.execute("drop table if exists listed_parcel")
        cursor.execute(
            f"create temporary table listed_parcel on commit drop as select id, accepted_at, status, {', '.join(FACTS)}"  # noqa: S608
            " from shipment limit 0"
        )
        names = ("accepted_at", "status", *FACTS)
        copy(
            cursor,
            f"copy listed_parcel (id, {', '.join(names)}) from stdin",
            (line([shipment, *(_cell(facts.get(name)) for name in names)]) for shipment, facts in self.changed.items()),
        )
        # What came in while the list was read is there now: the platform's word stands, of the team's own the list's.
        cursor.execute("select s.id from shipment s join listed_parcel c on c.id = s.id order by s.id for update of s")
        become = {
            name: f"coalesce(c.{name}, s.{name})" if name in OURS else f"coalesce(s.{name}, c.{name})" for name in names
        }
        undoing.note(cursor, run_id, "listed_parcel", become)
        cursor.execute(
            f"update shipment s set {', '.join(f'{name} = {value}' for name, value in become.items())}, updated_at = %s,"  # noqa: S608
            " version = version + 1 from listed_parcel c where s.id = c.id",
            (now,),
        )

    def _fresh(self, one: Listed, shipment: int, run_id: int, now: datetime) -> str:
        shop = self.shops[one.shop_id or 0]
        status = status_by(one.facts.get("shipped_at"), one.facts.get("delivered_at"))
        head = [shipment, shop.id, shop.market, shop.currency, one.order, one.parcel, status.value, 0, run_id]
        shipped = moment(one.facts.get("shipped_at"))
        return line([*head, moment(now), moment(now), 1, shipped, *(_cell(one.facts.get(name)) for name in FACTS)])


def _cell(value: Any) -> Any:
    return moment(value) if isinstance(value, datetime) else value
