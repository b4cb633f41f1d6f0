"""Return exports brought in: what the file says, what becomes of it, and taking it away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.desk import import_runs
from core.foundation.permissions import Actor, Role
from core.models import Clock, Dispute, DisputeVersion, ExchangeRate, ImportRun, Incident, IncidentOffer, Shipment, Shop
from core.models.clock import ClockState
from core.models.dispute import DisputeStatus, ReturnReason
from core.models.imports import OfferState
from core.models.incident import IncidentType, NoticedBy, Stage
from core.parcels.importers import FileResult
from core.recovery import disputes, intake
from core.recovery.bringing import bring_in, take_out
from tests.factories import NOW, make_policy, make_rates, make_shipment, make_shop
from tests.people import acting
from tests.recovery.returning import BR, ID, ID_ROW, TH, TH_ROW, book, br

S = DisputeStatus


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    session.add(ExchangeRate(currency="BRL", on_date=NOW.date(), per_usd=Decimal("5.4"), source="test rates"))
    return acting(session, Role.ADMIN, "mei")


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, name="Casa Azul", market="BR", currency="BRL", zone="America/Sao_Paulo")


@pytest.fixture
def parcel(session: Session, shop: Shop) -> Shipment:
    return make_shipment(session, shop, order_number="261113TESTBR01", tracking_number="BR000000001")


def bring(
    session: Session, mei: Actor, rows: Sequence[dict[str, Any]], headings: Sequence[str] = BR, **more: Any
) -> FileResult:
    given = {"shop": "Casa Azul", "file_name": "Order.return_refund.20261101_20261122.xls", "now": NOW, **more}
    return bring_in(session, book(rows, headings), actor=mei, **given)


def count(session: Session, what: Any) -> int:
    return session.scalar(select(func.count()).select_from(what)) or 0


def test_a_return_export_becomes_requests_and_offers(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    rows = [br(), br(number="2611180AAAA0002", order="261113NOTHERE1"), br(number="2611180AAAA0003", reason="Outro")]
    result = bring(session, mei, rows)
    assert result.report == "Order.return_refund"
    assert (result.new, result.updated, result.offers, result.refused) == (3, 0, 1, 0)
    made = session.scalars(select(Dispute).order_by(Dispute.return_number)).all()
    assert [(one.reason, one.shipment_id) for one in made] == [
        (ReturnReason.DAMAGED, parcel.id),
        (ReturnReason.DAMAGED, None),
        (ReturnReason.OTHER, parcel.id),
    ]
    assert made[0].amount == Decimal("331.08")
    assert made[0].response_due_at == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    assert any("not imported yet" in said for said in result.said())


def test_a_preview_says_the_same_and_writes_nothing(session: Session, mei: Actor, shop: Shop, parcel: Shipment) -> None:
    seen = bring(session, mei, [br()], dry_run=True)
    assert (seen.new, seen.offers, seen.run_id) == (1, 1, None)
    (shown,) = seen.shown
    assert (shown["Return"], shown["Reason"], shown["State"]) == ("2611180AAAA0001", "Damaged", "Requested")
    assert count(session, Dispute) == count(session, IncidentOffer) == count(session, ImportRun) == 0
    done = bring(session, mei, [br()])
    assert (done.new, done.offers) == (seen.new, seen.offers)


def test_the_same_file_again_changes_nothing(session: Session, mei: Actor, shop: Shop, parcel: Shipment) -> None:
    data = book([br()])
    first, again = (bring_in(session, data, actor=mei, shop="Casa Azul", now=NOW) for _time in range(2))
    assert (again.run_id, again.new, again.updated, again.unchanged, again.offers) == (first.run_id, 0, 0, 1, 0)
    assert count(session, DisputeVersion) == 1


def test_a_newer_file_adds_to_the_history_and_an_older_one_overwrites_nothing(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    bring(session, mei, [br(status="Em análise")])
    older = bring(session, mei, [br()])
    (dispute,) = session.scalars(select(Dispute))
    assert dispute.status is S.JUDGING
    assert (older.updated, older.unchanged) == (0, 1)
    assert len(older.conflicts) == 1
    assert count(session, DisputeVersion) == 2
    newer = bring(session, mei, [br(status="Encerrado", paid_us="R$50,00")])
    session.refresh(dispute)
    assert (newer.updated, dispute.status, dispute.compensation) == (1, S.CLOSED, Decimal(50))


def test_taking_the_offer_brings_the_files_deadline_to_today(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    bring(session, mei, [br()])
    offer = session.scalars(select(IncidentOffer)).one()
    incident = intake.take_in(
        session,
        actor=mei,
        shipment_id=parcel.id,
        type=offer.type,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.IMPORT,
        noticed_at=NOW,
        offer_id=offer.id,
        now=NOW,
    )
    (clock,) = session.scalars(select(Clock).where(Clock.dispute_id.is_not(None)))
    assert (clock.incident_id, clock.due_at) == (incident.id, datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    # A newer file moves it, and its end ends it.
    bring(session, mei, [br(due="2026-11-26 10:00")])
    session.refresh(clock)
    assert clock.due_at == datetime(2026, 11, 26, 13, 0, tzinfo=UTC)
    bring(session, mei, [br(status="Cancelado")])
    session.refresh(clock)
    assert clock.state is ClockState.CANCELLED


def test_an_order_that_comes_after_its_return_is_offered_then(session: Session, mei: Actor, shop: Shop) -> None:
    result = bring(session, mei, [br()])
    assert (result.offers, result.more.get("unknown")) == (0, 1)
    shipment = make_shipment(session, shop, order_number="261113TESTBR01")
    assert disputes.find_parcels(session, shop.id, actor=mei, now=NOW) == 1
    offer = session.scalars(select(IncidentOffer)).one()
    assert (offer.shipment_id, offer.import_id) == (shipment.id, result.run_id)
    (told,) = import_runs.list_runs(session, actor=mei)
    assert told.counts["offers"] == 1, "the file that told of the return counts what was offered for it later"


def test_deleting_the_file_leaves_what_was_known_before_it(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    bring(session, mei, [br()])
    second = bring(session, mei, [br(status="Em análise", amount="R$300,00"), br(number="2611180AAAA0002")])
    run = session.get_one(ImportRun, second.run_id)
    take_out(session, run.id, actor=mei, now=NOW)
    session.expire_all()
    (left,) = session.scalars(select(Dispute))
    assert (left.return_number, left.status, left.amount) == ("2611180AAAA0001", S.REQUESTED, Decimal("331.08"))
    assert [one.state for one in session.scalars(select(IncidentOffer))] == [OfferState.OPEN]


@pytest.mark.parametrize(
    ("market", "headings", "row", "kind"),
    [
        ("TH", TH, TH_ROW, IncidentType.MISSING_CONTENTS),
        ("ID", ID, ID_ROW, None),
    ],
)
def test_the_other_layouts_are_brought_in_too(
    session: Session, mei: Actor, market: str, headings: Sequence[str], row: dict[str, Any], kind: IncidentType | None
) -> None:
    known = {"TH": ("THB", "Asia/Bangkok"), "ID": ("IDR", "Asia/Jakarta")}[market]
    shop = make_shop(session, name="Casa Azul", market=market, currency=known[0], zone=known[1])
    make_shipment(session, shop, order_number="261110TESTTH01")
    result = bring(session, mei, [row], headings)
    assert (result.new, result.refused) == (1, 0)
    assert [one.type for one in session.scalars(select(IncidentOffer))] == ([kind] if kind else [])


def test_a_request_known_by_hand_gets_the_files_word_as_a_further_one(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    incident = intake.take_in(
        session,
        actor=mei,
        shipment_id=parcel.id,
        type=IncidentType.DAMAGED,
        stage=Stage.LAST_MILE,
        noticed_by=NoticedBy.BUYER,
        noticed_at=NOW,
        now=NOW,
    )
    disputes.enter_dispute(
        session,
        incident.id,
        actor=mei,
        return_number="2611180AAAA0001",
        reason=ReturnReason.DAMAGED,
        due_at=NOW + timedelta(hours=5),
        now=NOW,
    )
    result = bring(session, mei, [br(status="Em análise")], now=NOW + timedelta(hours=1))
    assert result.updated == 1
    assert any("entered by hand" in sentence for sentence, _values in result.conflicts)
    assert count(session, Incident) == 1
