"""Income, adjustment and wallet files through the pipeline: kept once, matched, and deleted exactly."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import WrongState
from core.foundation.permissions import SYSTEM, Actor
from core.models import (
    ImportRun,
    IncidentOffer,
    SettlementLine,
    SettlementMatch,
    SettlementRepeat,
    SettlementShare,
    Shipment,
    Shop,
)
from core.models.incident import IncidentType, NoticedBy, Stage
from core.models.settlement import SettlementKind, SettlementSource
from core.parcels.importers import FileResult, import_file
from core.recovery import settlements
from core.recovery.intake import take_in
from tests.factories import NOW, make_shipment, make_shop
from tests.parcels import exports
from tests.recovery.claiming import filed
from tests.recovery.settlements.money import matches

ORDER, OTHER_ORDER = "261103CC5B1RNV", "261104CC5B1RNX"
INCOME = (
    "View By",
    "Order ID",
    "refund id",
    "Payout Completed Date",
    "Product Price",
    "Lost Compensation",
    "Total Released Amount (RM)",
)
WALLET = (
    "Date",
    "Transaction Type",
    "Description",
    "Order ID",
    "Money Direction",
    "Amount",
    "Status",
    "Balance After Transactions",
)


@pytest.fixture
def shop(session: Session, mei: Actor) -> Shop:
    return make_shop(session, market="MY", currency="MYR", zone="Asia/Kuala_Lumpur")


@pytest.fixture
def parcel(session: Session, shop: Shop) -> Shipment:
    from core.models import ExchangeRate

    session.merge(ExchangeRate(currency="MYR", on_date=NOW.date(), per_usd=Decimal("4.4"), source="test"))
    return make_shipment(session, shop, order_number=ORDER, value=Decimal("89.90"))


def bring(session: Session, shop: Shop, headings: Sequence[Any], *rows: Sequence[Any], above: int = 0) -> FileResult:
    lead = [("Income report", *[""] * (len(headings) - 1))] * above
    return import_file(
        session,
        exports.excelize([*lead, headings, *rows]),
        actor=SYSTEM,
        shop=shop.name,
        file_name="Income.released.my.xlsx",
        kinds=settlements.KINDS,
        now=NOW,
    )


def income(amount: str = "89.90", order: str = ORDER, day: str = "2026-11-20", view: str = "Order") -> tuple[str, ...]:
    return (view, order, "", day, "89.90", amount, amount)


def wallet(
    amount: str = "89.90", order: str = ORDER, at: str = "2026-11-21 10:00:00", balance: str = "100.00"
) -> tuple[str, ...]:
    return (at, "Adjustment", "Lost parcel compensation", order, "In", amount, "Completed", balance)


def lines(session: Session, kind: SettlementKind = SettlementKind.COMPENSATION) -> list[SettlementLine]:
    query = select(SettlementLine).where(SettlementLine.kind == kind).order_by(SettlementLine.id)
    return list(session.scalars(query.execution_options(populate_existing=True)))


def case(session: Session, mei: Actor, parcel: Shipment) -> Any:
    return take_in(
        session, actor=mei, shipment_id=parcel.id, type=IncidentType.LOST, stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.BUYER, noticed_at=NOW, now=NOW,
    )  # fmt: skip


def delete(session: Session, run_id: int | None) -> None:
    run = session.get_one(ImportRun, run_id)
    kind = next(one for one in settlements.KINDS.values() if _table(run.report) == one.table)
    assert kind.delete(session, run, actor=SYSTEM, now=NOW) == []


def _table(report: str) -> str:
    return {"Income": "income", "Wallet": "wallet", "Income adjustments": "adjustments"}[report]


def test_an_income_file_is_kept_and_matched(session: Session, mei: Actor, shop: Shop, parcel: Shipment) -> None:
    claim = filed(session, mei, case(session, mei, parcel))
    found = bring(session, shop, INCOME, income(), income(view="Sku"), above=2)
    assert (found.report, found.new, found.more["compensations"], found.more["matches"]) == ("Income", 2, 1, 1)
    (line,) = lines(session)
    assert (line.amount, line.currency, line.source, line.type) == (
        Decimal("89.90"), "MYR", SettlementSource.INCOME, IncidentType.LOST,
    )  # fmt: skip
    (match,) = matches(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    assert claim.paid == Decimal("89.90")


def test_the_same_file_again_changes_nothing(session: Session, shop: Shop) -> None:
    first = bring(session, shop, INCOME, income())
    again = bring(session, shop, INCOME, income())
    assert (again.run_id, again.new) == (first.run_id, 0)
    assert len(lines(session)) == 1


def test_an_overlapping_file_brings_only_what_is_new(session: Session, shop: Shop) -> None:
    bring(session, shop, INCOME, income())
    found = bring(session, shop, INCOME, income(), income("20.00", OTHER_ORDER))
    assert (found.new, found.unchanged, len(lines(session))) == (2, 2, 2)
    assert session.scalar(select(func.count()).select_from(SettlementRepeat)) == 2


def test_deleting_takes_exactly_its_own_lines(session: Session, shop: Shop) -> None:
    first = bring(session, shop, INCOME, income())
    second = bring(session, shop, INCOME, income(), income("20.00", OTHER_ORDER))
    delete(session, first.run_id)
    assert [(one.import_id, one.row) for one in lines(session)] == [(second.run_id, 2), (second.run_id, 3)]
    delete(session, second.run_id)
    for table in (SettlementLine, SettlementRepeat, SettlementMatch, SettlementShare, IncidentOffer):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_a_file_whose_compensation_is_matched_is_not_deleted(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    claim = filed(session, mei, case(session, mei, parcel))
    found = bring(session, shop, INCOME, income())
    (match,) = matches(session)
    settlements.accept(session, match.id, actor=mei, now=NOW)
    with pytest.raises(WrongState, match=claim.reference):
        delete(session, found.run_id)
    settlements.unmatch(session, match.id, actor=mei, note="wrong parcel", now=NOW)
    delete(session, found.run_id)
    assert lines(session) == []


def test_suggestions_and_refusals_go_with_their_file(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    filed(session, mei, case(session, mei, parcel))
    found = bring(session, shop, INCOME, income())
    settlements.reject(session, matches(session)[0].id, actor=mei, now=NOW)
    delete(session, found.run_id)
    bring(session, shop, WALLET, wallet())
    assert len(matches(session)) == 1


def test_compensation_without_a_case_is_offered_and_a_case_of_it_holds_the_file(
    session: Session, mei: Actor, shop: Shop, parcel: Shipment
) -> None:
    found = bring(session, shop, WALLET, wallet())
    assert found.offers == 1
    offer = session.scalars(select(IncidentOffer)).one()
    incident = take_in(
        session, actor=mei, shipment_id=parcel.id, type=IncidentType.LOST, stage=Stage.UNKNOWN,
        noticed_by=NoticedBy.IMPORT, noticed_at=NOW, offer_id=offer.id, now=NOW,
    )  # fmt: skip
    with pytest.raises(WrongState, match=incident.reference):
        delete(session, found.run_id)


def test_the_wallet_and_the_income_list_tell_the_same_money_once(
    session: Session, shop: Shop, parcel: Shipment
) -> None:
    first = bring(session, shop, INCOME, income())
    bring(session, shop, WALLET, wallet(), wallet("89.90", at="2026-11-30 10:00:00", balance="200.00"))
    one, again, later = lines(session)
    assert (again.twin_id, later.twin_id) == (one.id, None)
    delete(session, first.run_id)
    assert [line.twin_id for line in lines(session)] == [None, None]


def test_an_income_list_that_says_another_amount_of_the_same_order_is_a_conflict(session: Session, shop: Shop) -> None:
    bring(session, shop, INCOME, income())
    found = bring(session, shop, INCOME, income("70.00"))
    assert len(found.conflicts) == 2
    assert [line.amount for line in lines(session)] == [Decimal("89.90")]


def test_a_preview_writes_nothing(session: Session, shop: Shop) -> None:
    found = import_file(
        session, exports.excelize([WALLET, wallet()]), actor=SYSTEM, shop=shop.name, file_name="wallet.xlsx",
        kinds=settlements.KINDS, dry_run=True, now=NOW,
    )  # fmt: skip
    assert (found.changes, found.more["compensations"]) == (True, 1)
    assert found.shown[0]["Kind"] == "Compensation"
    assert lines(session) == []
