"""Lists of tracking numbers: they fill gaps, say where they disagree, enter what nobody knew, and can be taken away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.foundation.permissions import SYSTEM
from core.models import Carrier, Shipment
from core.models.shipment import ShipmentStatus
from core.parcels.importers import FileResult, import_file
from core.parcels.tracking_lists import ListKind
from core.recovery.bringing import bring_in, take_out
from tests.factories import NOW, make_shop
from tests.parcels import exports
from tests.parcels.exports import shipping, vn
from tests.parcels.lists import as_csv
from tests.parcels.test_deleting import everything

HEADINGS = (
    "Order number", "Tracking number", "First mile tracking number", "Last mile tracking number", "Carrier", "Handed over",
    "Warehouse", "Packer",
)  # fmt: skip


def listed(session: Session, *rows: tuple[str, ...], shop: str = "Lion", dry_run: bool = False) -> FileResult:
    return bring_in(
        session,
        as_csv(HEADINGS, *rows),
        actor=SYSTEM,
        shop=shop,
        file_name="parcels.csv",
        dry_run=dry_run,
        now=NOW,
    )


def exported(session: Session, *rows: dict[str, object]) -> FileResult:
    return import_file(session, exports.vn_file(*rows), actor=SYSTEM, shop="Lion", file_name="Order.all.xlsx", now=NOW)


def parcel(session: Session, order: str = "260201AAAA0001") -> Shipment:
    return session.scalars(select(Shipment).where(Shipment.order_number == order)).one()


def test_a_list_fills_what_the_export_does_not_know(session: Session) -> None:
    exported(session, shipping(tracking="", package="", shipped="", carrier="Nhanh"))
    result = listed(
        session,
        ("260201AAAA0001", "spxvn-000000001", "FM1", "LM1", "SPX Express", "2026-02-02 17:43", "Hà Nội 2", "Mai"),
    )
    assert (result.new, result.updated, result.conflicts, result.refused) == (0, 1, (), 0)
    found = parcel(session)
    assert (found.tracking_number, found.first_mile_number, found.last_mile_number) == ("SPXVN000000001", "FM1", "LM1")
    assert (found.origin, found.packed_by) == ("Hà Nội 2", "Mai")
    assert found.shipped_at == found.accepted_at == datetime(2026, 2, 2, 10, 43, tzinfo=UTC)
    assert session.get_one(Carrier, found.carrier_id).code == "spx"


def test_what_the_platform_says_stands_and_the_disagreement_is_said(session: Session) -> None:
    exported(session, shipping())
    result = listed(session, ("260201AAAA0001", "OTHER1", "", "", "", "2026-01-20", "", ""))
    assert result.updated == 0 and len(result.conflicts) == 2
    assert parcel(session).tracking_number == "SPXVN000000001"


def test_a_parcel_without_an_order_is_met_by_its_tracking_number_and_entered_only_with_one(session: Session) -> None:
    exported(session, shipping())
    result = listed(
        session,
        ("", "SPXVN000000001", "", "", "", "", "Kho 1", ""),
        ("", "NOBODY1", "", "", "", "", "", ""),
        ("260203NEW00001", "SPXVN9", "", "", "SPX Express", "2026-02-03", "", "An"),
    )
    assert (result.new, result.updated, result.more["unknown"]) == (1, 1, 1)
    assert parcel(session).origin == "Kho 1"
    entered = parcel(session, "260203NEW00001")
    assert entered.status is ShipmentStatus.SHIPPED and entered.packed_by == "An" and entered.value == 0


def test_an_entered_parcel_is_filled_up_by_the_export_and_keeps_what_the_list_told(session: Session) -> None:
    make_shop(session, name="Lion", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    listed(session, ("260201AAAA0001", "SPXVN000000001", "", "LM1", "", "2026-02-02", "Kho 1", ""))
    assert exported(session, vn(shipped="")).updated == 1
    found = parcel(session)
    assert found.value == 146_000 and (found.last_mile_number, found.origin) == ("LM1", "Kho 1")
    assert found.shipped_at == datetime(2026, 2, 1, 17, 0, tzinfo=UTC)


def test_what_a_list_filled_in_is_not_emptied_by_a_later_export(session: Session) -> None:
    exported(session, shipping(shipped=""))
    listed(session, ("260201AAAA0001", "", "", "", "", "2026-02-02", "", ""))
    exported(session, vn(shipped=""))
    assert parcel(session).shipped_at == datetime(2026, 2, 1, 17, 0, tzinfo=UTC)


def test_the_same_list_again_changes_nothing_and_a_preview_writes_nothing(session: Session) -> None:
    exported(session, shipping())
    row = ("260201AAAA0001", "", "FM1", "", "", "", "Kho 1", "")
    before = everything(session)
    tried = listed(session, row, dry_run=True)
    assert everything(session) == before and tried.updated == 1 and tried.shown[0]["Order number"] == "260201AAAA0001"
    first = listed(session, row)
    again = listed(session, row)
    assert again.updated == 0 and again.run_id == first.run_id


def test_a_list_is_taken_away_exactly(session: Session) -> None:
    exported(session, shipping(tracking="", package="", shipped=""))
    before = everything(session)
    result = listed(
        session,
        ("260201AAAA0001", "SPXVN000000001", "FM1", "", "", "2026-02-02", "Kho 1", "An"),
        ("260203NEW00001", "SPXVN9", "", "", "", "2026-02-03", "", ""),
    )
    take_out(session, result.run_id or 0, actor=SYSTEM, now=NOW)
    assert everything(session) == before


def test_rows_that_cannot_be_meant_are_refused_with_a_reason(session: Session) -> None:
    exported(session, shipping(), shipping(package="77", tracking="SPXVN000000002"))
    result = listed(
        session,
        ("260201AAAA0001", "SOMETHING", "", "", "", "", "", ""),
        ("", "", "", "", "", "2026-02-02", "", ""),
        ("260201AAAA0009", "", "", "", "", "someday", "", ""),
    )
    assert [row for row, *_rest in result.refused_rows] == [2, 3, 4]
    assert result.new == 0 and len(session.scalars(select(Shipment)).all()) == 2


def test_what_the_platform_says_while_a_list_is_read_stands(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    exported(session, shipping(tracking="", package="", shipped=""))
    plan = ListKind.plan

    def overtaken(self: ListKind, at: Session, *found: Any, **more: Any) -> Any:
        made = plan(self, at, *found, **more)
        at.execute(text("update shipment set tracking_number = 'PLATFORM1', origin = 'Kho 2'"))
        return made

    monkeypatch.setattr(ListKind, "plan", overtaken)
    listed(session, ("260201AAAA0001", "LIST1", "", "", "", "2026-02-02", "Kho 1", ""))
    session.expire_all()
    found = parcel(session)
    assert (found.tracking_number, found.origin) == ("PLATFORM1", "Kho 1")
