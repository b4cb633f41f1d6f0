"""Buyers' data that came with files: out of the raw rows after their days, and never in again by a later file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import config
from core.foundation.permissions import Actor, Role
from core.models import Dispute, ImportRow, ImportRun, SettlementLine, Shipment
from core.parcels.kept_rows import kept_rows
from core.recovery.bringing import bring_in, take_out
from core.recovery.redaction import Redacted
from tests.factories import NOW, make_policy, make_rates, make_shop
from tests.parcels import exports
from tests.parcels.exports import vn
from tests.people import acting
from tests.recovery.redaction.clearing import redacted
from tests.recovery.returning import BR, book, br
from tests.recovery.settlements.money import make_line, make_run

LATER = NOW + timedelta(days=400)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path) -> Iterator[Path]:
    with config.override(data_dir=tmp_path, redact_days=0):
        yield tmp_path


@pytest.fixture
def mei(session: Session) -> Actor:
    make_policy(session)
    make_rates(session)
    return acting(session, Role.ADMIN, "mei")


def redact(session: Session) -> Redacted:
    return redacted(session, LATER)


def orders(session: Session, mei: Actor, *rows: dict[str, object], name: str = "Order.all.xlsx") -> None:
    bring_in(session, exports.vn_file(*rows), actor=mei, shop="Sao Mai", file_name=name, now=NOW)


@pytest.fixture
def parcel(session: Session, mei: Actor) -> Shipment:
    make_shop(session, name="Sao Mai", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    orders(session, mei, vn())
    return session.scalars(select(Shipment)).one()


def test_the_raw_rows_of_an_old_file_lose_the_username_and_keep_the_rest(
    session: Session, mei: Actor, parcel: Shipment
) -> None:
    (before,) = kept_rows(session, parcel.id, actor=mei)
    assert "buyer_one" in before.cells.values()
    found = redact(session)
    assert (found.imports, found.parcels, found.failed) == (1, 1, [])
    (after,) = kept_rows(session, parcel.id, actor=mei)
    assert "buyer_one" not in after.cells.values()
    changed = {name for name, cell in before.cells.items() if after.cells[name] != cell}
    assert len(changed) == 1
    assert session.scalars(select(ImportRun.redacted_at)).one() == LATER


def test_a_viewer_reads_raw_rows_without_the_username(session: Session, mei: Actor, parcel: Shipment) -> None:
    viewer = acting(session, Role.VIEWER)
    (row,) = kept_rows(session, parcel.id, actor=viewer)
    assert "buyer_one" not in row.cells.values()
    assert "b***e" in row.cells.values()
    assert parcel.order_number in row.cells.values()


def test_a_later_file_of_the_same_order_brings_no_name_back(session: Session, mei: Actor, parcel: Shipment) -> None:
    redact(session)
    orders(session, mei, vn(status="Hoàn thành", quantity="1"), name="Order.all.later.xlsx")
    session.expire_all()
    found = session.scalars(select(Shipment)).one()
    assert found.buyer_username is None
    assert found.value == 73_000, "the rest of the file was taken in"


def test_taking_a_file_back_brings_no_name_back(session: Session, mei: Actor, parcel: Shipment) -> None:
    orders(session, mei, vn(**{"Người Mua": "buyer_two", "quantity": "1"}), name="Order.all.later.xlsx")
    redact(session)
    newest = session.scalars(select(ImportRun.id).order_by(ImportRun.id.desc()).limit(1)).one()
    take_out(session, newest, actor=mei, now=LATER)
    session.expire_all()
    assert session.scalars(select(Shipment.buyer_username)).all() == [None]


def test_a_request_without_a_case_loses_what_the_buyer_wrote_and_no_file_brings_it_back(
    session: Session, mei: Actor
) -> None:
    make_shop(session, name="Casa Azul", market="BR", currency="BRL", zone="America/Sao_Paulo")
    given: dict[str, Any] = {
        "actor": mei,
        "shop": "Casa Azul",
        "file_name": "Order.return_refund.20261101_20261122.xls",
    }
    bring_in(session, book([br()], BR), now=NOW, **given)
    said = session.scalars(select(Dispute)).one().buyer_said
    assert said
    assert redact(session).disputes == 1
    found = session.scalars(select(Dispute)).one()
    assert (found.buyer_said, found.redacted_at) == ("***", LATER)
    bring_in(session, book([br(), br(return_number="999")], BR), now=LATER, **given)
    session.expire_all()
    kept = session.scalars(select(Dispute.buyer_said).where(Dispute.id == found.id)).one()
    assert said not in kept


def test_money_lines_of_an_old_file_lose_whom_they_name_and_nothing_else(session: Session, mei: Actor) -> None:
    shop = make_shop(session)
    old, young = make_run(session, shop.id), make_run(session, shop.id, at=LATER)
    named, plain = "Refund to wulan.k@mail.example, lost parcel", "Lost parcel compensation"
    for run, words in ((old, named), (old, plain), (old, ""), (young, named)):
        make_line(session, None, "5", shop_id=shop.id, import_id=run.id, said=words)
    assert redact(session).imports == 1
    kept = session.scalars(select(SettlementLine.said).order_by(SettlementLine.id)).all()
    assert kept == ["Refund to ***, lost parcel", plain, "", named]


def test_refused_rows_of_an_old_file_lose_whom_they_name_in_words_too(
    session: Session, mei: Actor, parcel: Shipment
) -> None:
    run = session.scalars(select(ImportRun)).one()
    place = run.headings.index("Người Mua")
    raw: list[Any] = [None] * len(run.headings)
    raw[place], raw[0], raw[1] = "buyer_two", "call 9123 4567 or wulan.k@mail.example", 12
    session.add(ImportRow(import_id=run.id, row=9, raw=raw, refused="No order number."))
    session.flush()
    redact(session)
    kept = session.scalars(select(ImportRow.raw).where(ImportRow.import_id == run.id, ImportRow.row == 9)).one()
    assert kept[place] is None
    assert "9123" not in str(kept) and "wulan" not in str(kept)
    assert (kept[0][:4], kept[1]) == ("call", 12)
