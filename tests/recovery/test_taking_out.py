"""A file taken out again, as a person sees it: archives and workbooks whole, clocks back where they were, cases that hold it."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.clocks import running
from core.foundation.audit import AuditEvent, check_chain
from core.foundation.errors import WrongState
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import Clock, ExchangeRate, ImportBlock, ImportRun, Incident, SettlementLine, Shipment, Tag
from core.models.clock import ClockKind
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.rule import ClockEvent, PayerKind
from core.parcels.importers import FileResult
from core.recovery import claims
from core.recovery.bringing import bring_in, take_out
from core.recovery.intake import take_in
from tests.factories import NOW, make_policy, make_rates, make_rule_card
from tests.parcels import exports
from tests.parcels.exports import shipping, vn
from tests.people import acting
from tests.recovery.claiming import filed
from tests.recovery.test_claim_money import brazilian

DAY = timedelta(days=1)


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    session.add(ExchangeRate(currency="BRL", on_date=NOW.date(), per_usd=Decimal("5.30"), source="test"))
    return acting(session, Role.AGENT)


def bring(session: Session, data: bytes, name: str, shop: str = "Lion", market: str | None = None) -> FileResult:
    return bring_in(session, data, actor=SYSTEM, shop=shop, market=market, file_name=name, now=NOW)


def out(session: Session, result: FileResult, which: int = 0) -> None:
    take_out(session, result.run_ids()[which], actor=SYSTEM, now=NOW)


def count(session: Session, table: type[Shipment] | type[ImportBlock] | type[SettlementLine]) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def test_an_archive_of_several_files_goes_whole_whichever_of_them_is_named(session: Session) -> None:
    first = bring(session, exports.vn_file(vn(order="9", package="9")), "Order.all.xlsx")
    before = count(session, Shipment), count(session, ImportBlock)
    packed = exports.archive(
        {
            "may_part_1_of_2.xlsx": exports.vn_file(vn(), vn(order="2", package="2")),
            "may_part_2_of_2.xlsx": exports.vn_file(
                vn(order="2", package="2", name="Khăn"), vn(order="3", package="3")
            ),
            "june.xlsx": exports.vn_file(vn(order="4", package="4"), vn(order="9", package="9", tracking="LATER")),
        }
    )
    for which in (0, 1):
        result = bring(session, packed, "exports.zip")
        assert (len(result.run_ids()), result.new, result.updated) == (2, 4, 1)
        out(session, result, which)
        assert (count(session, Shipment), count(session, ImportBlock)) == before
        runs = session.scalars(select(ImportRun).where(ImportRun.id.in_(result.run_ids())))
        assert {run.deleted_at for run in runs} == {NOW}
    assert session.scalars(select(Shipment)).one().tracking_number == "SPXVN000000001"
    out(session, first)
    assert not count(session, Shipment)


def test_an_archive_whose_files_tell_one_parcel_twice_goes_back_to_before_both(session: Session) -> None:
    bring(session, exports.vn_file(shipping()), "Order.all.xlsx")
    packed = exports.archive(
        {"a.xlsx": exports.vn_file(shipping(tracking="ONE")), "b.xlsx": exports.vn_file(vn(tracking="TWO"))}
    )
    result = bring(session, packed, "both.zip")
    parcel = session.scalars(select(Shipment)).one()
    assert (parcel.tracking_number, parcel.status) == ("TWO", "completed")
    out(session, result)
    session.refresh(parcel)
    assert (parcel.tracking_number, parcel.status) == ("SPXVN000000001", "shipped")


def test_a_workbook_of_several_sheets_goes_with_all_its_runs(session: Session) -> None:
    book = exports.sheets(
        {
            "Income": [
                ["No. Pesanan", "Tanggal Dana Dilepaskan", "Total Penghasilan", "Kompensasi"],
                ["26A", "2026-11-20", "10.000", "2.000"],
            ],
            "Adjustment": [
                ["No. Pesanan", "Tanggal Penyesuaian", "Alasan Penyesuaian", "Biaya Penyesuaian"],
                ["26A", "2026-11-21", "Kompensasi Kehilangan", "3.000"],
            ],
        }
    )
    for which in (0, 1):
        result = bring(session, book, "Income.xlsx", "Toko", "ID")
        assert [session.get_one(ImportRun, one).sheet for one in result.run_ids()] == ["Income", "Adjustment"]
        assert count(session, SettlementLine)
        out(session, result, which)
        assert not count(session, SettlementLine) and not count(session, ImportBlock)


@pytest.fixture
def counted(session: Session, mei: Actor) -> Incident:
    """A lost parcel of Brazil whose insurer's window counts from the delivery the first file told."""
    make_rule_card(
        session,
        documents=[],
        payer_kind=PayerKind.INSURER,
        payer_name="Assured",
        clock_event=ClockEvent.DELIVERED,
        within=14,
    )
    bring(
        session,
        brazilian("Enviado", f"{NOW - 6 * DAY:%Y-%m-%d %H:%M}"),
        "Order.all.20261101_20261120.xlsx",
        "Onça",
        "BR",
    )
    parcel = session.scalars(select(Shipment)).one()
    return take_in(
        session,
        actor=mei,
        shipment_id=parcel.id,
        type=IncidentType.LOST,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )


def window(session: Session, incident: Incident) -> tuple[datetime | None, datetime | None]:
    [clock] = running(session, incident.id, kinds=(ClockKind.CLAIM_WINDOW,))
    session.refresh(clock)
    return clock.event_at, clock.due_at


def later(session: Session) -> FileResult:
    """A newer file that tells another day of delivery."""
    return bring(
        session,
        brazilian("Concluído", f"{NOW - 3 * DAY:%Y-%m-%d %H:%M}"),
        "Order.all.20261101_20261123.xlsx",
        "Onça",
        "BR",
    )


def test_a_delivery_that_is_taken_back_moves_the_clock_back_with_a_trace(session: Session, counted: Incident) -> None:
    before = window(session, counted)
    result = later(session)
    moved = window(session, counted)
    assert moved != before and moved[1] is not None and before[1] is not None and moved[1] > before[1]
    out(session, result)
    assert window(session, counted) == before
    trail = select(AuditEvent).where(AuditEvent.tag == Tag.CLOCK_MOVED).order_by(AuditEvent.id)
    there, back = session.scalars(trail).all()
    assert (there.before["due_at"], there.after["due_at"]) == (back.after["due_at"], back.before["due_at"])
    assert check_chain(session, counted.id) is None


def test_the_dates_of_an_unfiled_claim_go_back_with_the_file(session: Session, mei: Actor, counted: Incident) -> None:
    [clock] = running(session, counted.id, kinds=(ClockKind.CLAIM_WINDOW,))
    card = make_rule_card(
        session,
        documents=[],
        payer_kind=PayerKind.INSURER,
        payer_name="Assured",
        clock_event=ClockEvent.DELIVERED,
        within=14,
    )
    claim = claims.draft_claim(session, counted.id, actor=mei, rule_card_id=card.id, now=NOW)
    before = claim.event_at, claim.due_at
    result = later(session)
    session.refresh(claim)
    assert (claim.event_at, claim.due_at) != before
    out(session, result)
    session.refresh(claim)
    assert (claim.event_at, claim.due_at) == before
    assert session.get_one(Clock, clock.id).state == "cancelled"


def test_a_file_that_told_a_payer_was_asked_in_vain_stays_and_names_the_case(session: Session, mei: Actor) -> None:
    make_rates(session)
    bring(session, brazilian("Enviado"), "Order.all.20261101_20261110.xlsx", "Onça", "BR")
    parcel = session.scalars(select(Shipment)).one()
    incident = take_in(
        session, actor=mei, shipment_id=parcel.id, type=IncidentType.LOST, stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER, noticed_at=NOW - 5 * DAY, now=NOW,
    )  # fmt: skip
    filed(session, mei, incident)
    result = later(session)
    with (
        pytest.raises(WrongState, match=rf"told by it that their parcel arrived: {incident.reference}\."),
        session.begin_nested(),
    ):
        out(session, result)
    session.refresh(parcel)
    assert parcel.delivered_at is not None


def test_the_file_that_brought_a_case_s_parcel_stays_and_names_the_case(session: Session, counted: Incident) -> None:
    [run_id] = session.scalars(select(ImportRun.id))
    with pytest.raises(WrongState, match=rf"parcels of this file: {counted.reference}\. It stays"):
        take_out(session, run_id, actor=SYSTEM, now=NOW)
