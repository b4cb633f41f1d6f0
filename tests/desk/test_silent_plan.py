"""The watch over silent parcels, over many: it reads an index of what is underway, never every parcel."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.foundation.permissions import Role
from core.models import Carrier
from core.recovery.silent import silent_parcels
from tests.desk.plans import explained, scanned
from tests.factories import NOW, make_policy, make_rule_card
from tests.people import acting


def test_over_many_parcels_the_watch_comes_off_its_index(many: Session) -> None:
    actor = acting(many, Role.AGENT, "watcher")
    make_policy(many)
    many.execute(
        text(
            "update shipment set accepted_at = cast(:now as timestamptz) - interval '1 day' * (id % 200),"
            " delivered_at = case when id % 40 > 0 then cast(:now as timestamptz) end"
        ),
        {"now": NOW},
    )
    many.execute(text("delete from clock"))
    many.execute(text("analyze shipment"))
    for carrier in many.scalars(select(Carrier)).all()[:6]:
        make_rule_card(many, carrier_code=carrier.code, within=30, valid_from=date(2026, 1, 1))
    with explained(many) as plans:
        silent_parcels(many, actor=actor, now=NOW)
    [plan] = [plan for plan in plans if "watch_aside" in plan]
    assert "ix_shipment_underway" in plan
    assert not scanned(plan) & {"shipment", "incident"}, plan
