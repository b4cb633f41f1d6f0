"""Deciding by properties: once is as good as twice, and no order of files ends differently."""

from __future__ import annotations

import copy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from core.models.shipment import ShipmentStatus
from core.parcels.importers.merge import Stored, decide
from core.parcels.importers.parcel import Line, Parcel

BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
LIFE = (ShipmentStatus.ORDERED, ShipmentStatus.SHIPPED, ShipmentStatus.DELIVERED, ShipmentStatus.COMPLETED)


def parcel(order: str, number: str, tracking: str | None, status: ShipmentStatus, day: int, price: int) -> Parcel:
    """A parcel as a file of that day tells it."""
    at = LIFE.index(status)
    moments = [BEGIN + timedelta(days=n) if n <= at else None for n in range(4)]
    return Parcel(
        order_number=order,
        parcel_number=number,
        tracking_number=tracking,
        carrier_id=None,
        service=None,
        carrier_text=None,
        status=status,
        status_text=status.value,
        return_status_text=None,
        cancel_reason=None,
        ordered_at=moments[0],
        paid_at=None,
        shipped_at=moments[1],
        delivered_at=moments[2],
        completed_at=moments[3],
        status_changed_at=None,
        return_due_at=None,
        value=Decimal(price),
        freight=None,
        weight_kg=None,
        buyer_username=f"told on day {day}",
        offers=None,
        lines=[Line(None, "x", None, 1, Decimal(price), Decimal(price), 2)],
        rows=[2],
    )


class Database:
    """What `apply` does with decisions, in a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[int, tuple[Parcel, datetime, bytes]] = {}
        self._ids = count(1)

    def stored(self) -> list[Stored]:
        return [
            Stored(
                key, one.order_number, one.parcel_number, one.tracking_number, one.status, one.return_status_text,
                one.moments, as_of, digest,
            )
            for key, (one, as_of, digest) in self.rows.items()
        ]  # fmt: skip

    def take(self, parcels: list[Parcel], as_of: datetime) -> int:
        """Apply one file; returns how many rows were written."""
        written = 0
        for decision in decide(copy.deepcopy(parcels), self.stored(), as_of):
            if decision.changes:
                key = decision.stored.id if decision.stored else next(self._ids)
                self.rows[key] = (decision.parcel, as_of, decision.digest)
                written += 1
        return written

    def said(self) -> list[tuple[str, str, str, str | None]]:
        return sorted(
            (one.order_number, one.parcel_number, one.status.value, one.buyer_username)
            for one, *_ in self.rows.values()
        )


@st.composite
def lives(draw: st.DrawFn) -> list[tuple[list[Parcel], datetime]]:
    """Files of successive days about the same orders: each order goes forward only, and gets its numbers once it ships."""
    orders = draw(st.integers(1, 4))
    files = []
    steps = [0] * orders
    for day in range(draw(st.integers(2, 4))):
        told = []
        for order in range(orders):
            steps[order] = min(3, steps[order] + draw(st.integers(0, 2)))
            status = LIFE[steps[order]]
            shipped = steps[order] > 0
            if draw(st.booleans()) or day == 0:
                told.append(
                    parcel(
                        f"order {order}",
                        f"package {order}" if shipped else "",
                        f"tracking {order}" if shipped else None,
                        status,
                        day,
                        draw(st.integers(1, 3)),
                    )
                )
        files.append((told, BEGIN + timedelta(days=10 + day)))
    return files


@given(lives())
def test_a_file_again_writes_nothing(files: list[tuple[list[Parcel], datetime]]) -> None:
    database = Database()
    for parcels, as_of in files:
        database.take(parcels, as_of)
        before = database.said()
        assert database.take(parcels, as_of) == 0 and database.said() == before
    database.take(*files[0])
    assert database.said() == before


@given(lives(), st.randoms(use_true_random=False))
def test_files_in_any_order_end_alike(files: list[tuple[list[Parcel], datetime]], random: object) -> None:
    in_order, shuffled = Database(), Database()
    for parcels, as_of in files:
        in_order.take(parcels, as_of)
    mixed = list(files)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for parcels, as_of in mixed:
        shuffled.take(parcels, as_of)
    assert shuffled.said() == in_order.said()


@given(lives())
def test_no_order_becomes_two_shipments_by_getting_its_numbers(files: list[tuple[list[Parcel], datetime]]) -> None:
    database = Database()
    for parcels, as_of in files:
        database.take(parcels, as_of)
    orders = [order for order, *_ in database.said()]
    assert len(orders) == len(set(orders))
