"""A file into the database: once, again, newer, older, by hand before, refused rows, offers, rights."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import orjson
import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM, Role
from core.models import (
    Base,
    Carrier,
    ImportBlock,
    ImportRow,
    ImportRun,
    IncidentOffer,
    Shipment,
    ShipmentLine,
    Shop,
    Tag,
)
from core.models.imports import OfferState
from core.models.incident import IncidentType
from core.models.shipment import ShipmentStatus
from core.parcels.importers import FileResult, apply, import_file
from core.parcels.importers.copying import copy, cursor_of
from core.parcels.importers.kinds import unpack
from core.parcels.kept_rows import kept_rows
from core.parcels.shipments import enter_shipment
from tests.factories import NOW, make_incident, make_shop
from tests.parcels import exports
from tests.parcels.exports import lost, shipping, vn
from tests.people import OUT, acting

S = ShipmentStatus


def bring(session: Session, *rows: dict[str, object], shop: str = "Lion", dry_run: bool = False) -> FileResult:
    """Import a Vietnamese file with these rows."""
    return import_file(
        session,
        exports.vn_file(*rows),
        actor=SYSTEM,
        shop=shop,
        file_name="Order.all.20260201_20260228.xlsx",
        dry_run=dry_run,
        now=NOW,
    )


def only(session: Session) -> Shipment:
    return session.scalars(select(Shipment)).one()


def counts(session: Session) -> dict[str, int]:
    """How many rows every table has."""
    return {
        table.name: session.scalar(select(func.count()).select_from(table)) or 0
        for table in Base.metadata.sorted_tables
    }


def state(session: Session) -> list[tuple[object, ...]]:
    """All shipments with their lines, without ids and times of writing."""
    rows: list[tuple[object, ...]] = []
    for one in session.scalars(select(Shipment).order_by(Shipment.order_number, Shipment.parcel_number)):
        lines = session.execute(
            select(ShipmentLine.line, ShipmentLine.name, ShipmentLine.quantity, ShipmentLine.unit_price)
            .where(ShipmentLine.shipment_id == one.id)
            .order_by(ShipmentLine.line)
        ).all()
        rows.append(
            (
                one.order_number,
                one.parcel_number,
                one.tracking_number,
                one.status,
                one.completed_at,
                one.value,
                tuple(lines),
            )
        )
    return rows


def test_a_new_name_opens_the_shop_in_the_files_market(session: Session) -> None:
    bring(session, vn())
    shop = session.scalars(select(Shop)).one()
    assert (shop.name, shop.market, shop.currency, shop.zone) == ("Lion", "VN", "VND", "Asia/Ho_Chi_Minh")


def test_a_parcel_arrives_with_all_its_facts(session: Session) -> None:
    bring(session, vn(), vn(name="Khăn giấy", price="10000.00", quantity="3"))
    parcel = only(session)
    assert parcel.order_number == "260201AAAA0001" and parcel.tracking_number == "SPXVN000000001"
    assert parcel.ordered_at == datetime(2026, 2, 1, 3, 0, tzinfo=UTC)
    assert parcel.shipped_at == parcel.accepted_at == datetime(2026, 2, 2, 10, 43, tzinfo=UTC)
    assert parcel.status is S.COMPLETED and parcel.value == Decimal(176_000) and parcel.currency == "VND"
    carrier = session.get_one(Carrier, parcel.carrier_id)
    assert carrier.code == "spx" and parcel.service == "Nhanh" and parcel.carrier_text == "Nhanh-SPX Express"
    lines = session.scalars(select(ShipmentLine).order_by(ShipmentLine.line)).all()
    assert [(one.line, one.name, one.quantity, one.source_row) for one in lines] == [
        (1, "Giấy vệ sinh 10 cuộn", 2, 2),
        (2, "Khăn giấy", 3, 3),
    ]


def test_the_result_says_exactly_what_came_in(session: Session) -> None:
    result = bring(session, vn(), vn(quantity="1"), lost(order="2", package="2"), vn(order="", package="3"))
    assert result.counts() == {
        "file": "Order.all.20260201_20260228.xlsx",
        "report": "Order.all",
        "market": "VN",
        "rows": 4,
        "orders": 2,
        "shipments": 2,
        "new": 2,
        "updated": 0,
        "unchanged": 0,
        "refused": 1,
        "unknown_headings": [],
        "offers": 1,
    }


def test_the_same_file_again_changes_nothing_at_all(session: Session) -> None:
    first = bring(session, vn(), lost(order="2", package="2"), vn(order="3", package="3", quantity="x"))
    before = counts(session)
    again = bring(session, vn(), lost(order="2", package="2"), vn(order="3", package="3", quantity="x"))
    assert (again.new, again.updated, again.unchanged, again.offers) == (0, 0, 2, 0)
    assert again.run_id == first.run_id and counts(session) == before


def test_the_same_facts_in_another_file_change_no_shipment(session: Session) -> None:
    bring(session, vn())
    before = only(session).version
    again = bring(session, vn(**{"Ghi chú": "seller's own note"}))
    assert again.unchanged == 1 and only(session).version == before
    assert session.scalar(select(func.count()).select_from(ImportRun)) == 2


def test_a_newer_file_updates(session: Session) -> None:
    bring(session, shipping())
    result = bring(session, vn(), vn(name="Khăn giấy"))
    assert (result.new, result.updated) == (0, 1)
    parcel = only(session)
    assert parcel.status is S.COMPLETED and parcel.completed_at is not None and parcel.version == 2
    assert parcel.import_id == result.run_id
    assert session.scalar(select(func.count()).select_from(ShipmentLine)) == 2


def test_an_older_file_never_overwrites_newer_facts(session: Session) -> None:
    bring(session, vn())
    for older in (shipping(), shipping(status="Chờ lấy hàng", shipped="", tracking=""), shipping(status="Đang bay")):
        assert bring(session, older).unchanged == 1
    assert only(session).status is S.COMPLETED and only(session).shipped_at is not None


def test_a_preview_tells_what_it_leaves_because_newer_facts_are_known(session: Session) -> None:
    bring(session, vn(), vn(order="2", package="2"), vn(order="3", package="3"))
    assert bring(session, vn(order="3", package="3"), dry_run=True).conflicts == ()
    older = bring(session, shipping(), shipping(order="2", package="2"), vn(order="3", package="3"), dry_run=True)
    [(sentence, values)] = older.conflicts
    assert "newer than this file" in sentence and values == {"n": 2, "orders": "260201AAAA0001; 2"}


def test_a_preview_asks_whether_it_is_the_right_shop_where_another_one_has_the_orders(session: Session) -> None:
    bring(session, vn(), vn(order="2", package="2"))
    for shop in ("Tiger", "Lion"):
        told = bring(session, vn(), vn(order="7", package="7"), shop=shop, dry_run=True).conflicts
        if shop == "Lion":
            assert told == ()
        else:
            [(sentence, values)] = told
            assert "right shop" in sentence
            assert values == {"n": 1, "shop": "Lion", "example": "260201AAAA0001"}


def test_a_preview_tells_that_the_shop_counts_in_another_currency(session: Session) -> None:
    make_shop(session, name="Merlion", market="VN", currency="USD", zone="Asia/Ho_Chi_Minh")
    [(_sentence, values)] = bring(session, vn(), shop="Merlion", dry_run=True).conflicts
    assert values == {"theirs": "VND", "shop": "Merlion", "ours": "USD"}


def test_a_return_that_began_is_newer_than_an_order_without_one(session: Session) -> None:
    returned = vn(returns="Đã Chấp Thuận Yêu Cầu")
    assert bring(session, vn()).new == 1
    assert bring(session, returned).updated == 1
    assert bring(session, vn(**{"Ghi chú": "older"})).unchanged == 1
    assert only(session).return_status_text == "Đã Chấp Thuận Yêu Cầu"


def test_a_corrected_file_of_the_same_moment_updates(session: Session) -> None:
    bring(session, vn())
    assert bring(session, vn(price="80000.00")).updated == 1
    assert only(session).value == 160_000


def test_an_order_that_got_its_package_number_meanwhile_stays_one_shipment(session: Session) -> None:
    bring(session, shipping(status="Chờ lấy hàng", package="", tracking="", shipped="", carrier="Nhanh"))
    assert bring(session, shipping()).updated == 1
    assert only(session).parcel_number == "5844080868559459432"
    assert bring(session, shipping(status="Chờ lấy hàng", package="", tracking="", shipped="")).unchanged == 1


def test_an_order_that_was_split_meanwhile_keeps_the_first_parcel_and_adds_the_second(session: Session) -> None:
    bring(session, shipping(status="Chờ lấy hàng", package="", tracking="", shipped=""))
    result = bring(session, shipping(), shipping(package="77", tracking="SPXVN000000002"))
    assert (result.new, result.updated) == (1, 1)
    assert session.scalar(select(func.count()).select_from(Shipment)) == 2


def test_shops_do_not_share_orders(session: Session) -> None:
    bring(session, vn(), shop="Lion")
    assert bring(session, vn(), shop="Tiger").new == 1


def test_a_parcel_entered_by_hand_is_met_by_its_tracking_number_and_filled_up(session: Session) -> None:
    shop = make_shop(session, market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    entered = enter_shipment(
        session,
        actor=acting(session),
        shop_id=shop.id,
        tracking_number="spxvn-000000001",
        value=Money(Decimal(5), "VND"),
        now=NOW,
    )
    result = bring(session, vn(), shop=shop.name)
    assert (result.new, result.updated) == (0, 1)
    assert only(session).id == entered.id and only(session).order_number == "260201AAAA0001"
    assert only(session).value == 146_000


def test_what_a_person_entered_and_the_file_does_not_say_stays(session: Session) -> None:
    shop = make_shop(session, market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    enter_shipment(
        session,
        actor=acting(session),
        shop_id=shop.id,
        order_number="260201AAAA0001",
        tracking_number="SPXVN000000001",
        shipped_at=datetime(2026, 2, 2, tzinfo=UTC),
        delivered_at=datetime(2026, 2, 4, tzinfo=UTC),
        value=Money(Decimal(5), "VND"),
        now=NOW,
    )
    bring(session, vn(package="", tracking="", shipped=""), shop=shop.name)
    parcel = only(session)
    assert parcel.tracking_number == "SPXVN000000001" and parcel.status is S.COMPLETED
    assert parcel.shipped_at == datetime(2026, 2, 2, tzinfo=UTC)
    bring(session, vn(price="80000.00"), shop=shop.name)
    assert only(session).delivered_at == datetime(2026, 2, 4, tzinfo=UTC), (
        "a file without that column takes nothing away"
    )


def test_a_lost_parcel_is_offered_once(session: Session) -> None:
    assert bring(session, lost()).offers == 1
    offer = session.scalars(select(IncidentOffer)).one()
    assert offer.type is IncidentType.LOST and offer.reason == exports.LOST and offer.state is OfferState.OPEN
    offer.state = OfferState.DISMISSED
    session.flush()
    assert bring(session, lost(**{"Ghi chú": "again"})).offers == 0
    assert session.scalars(select(IncidentOffer)).one().state is OfferState.DISMISSED


def test_a_parcel_that_has_the_incident_already_is_not_offered(session: Session) -> None:
    bring(session, shipping())
    make_incident(session, only(session), type=IncidentType.LOST)
    assert bring(session, lost()).offers == 0
    assert not session.scalars(select(IncidentOffer)).all()


def test_an_offer_is_taken_back_when_a_newer_file_no_longer_says_lost(session: Session) -> None:
    bring(session, lost())
    bring(session, vn())
    assert only(session).status is S.COMPLETED
    assert session.scalars(select(IncidentOffer)).one().state is OfferState.DISMISSED


def test_a_dry_run_says_the_same_and_writes_nothing(session: Session) -> None:
    before = counts(session)
    tried = bring(session, vn(), lost(order="2", package="2"), dry_run=True)
    assert counts(session) == before and tried.dry_run and tried.run_id is None
    assert tried.counts() == bring(session, vn(), lost(order="2", package="2")).counts()
    before = counts(session)
    assert bring(session, vn(price="1.00"), dry_run=True).updated == 1
    assert counts(session) == before and only_value(session) == 146_000


def only_value(session: Session) -> Decimal:
    return session.scalars(select(Shipment.value).where(Shipment.order_number == "260201AAAA0001")).one()


def test_refused_rows_are_kept_with_number_and_reason(session: Session) -> None:
    result = bring(session, vn(), vn(order="2", package="2", quantity="two"))
    assert result.refused_rows == ((3, "“{text}” is not a quantity.", {"text": "two"}),)
    row = session.scalars(select(ImportRow)).one()
    assert row.row == 3 and orjson.loads(row.refused) == ["“{text}” is not a quantity.", {"text": "two"}]
    assert row.raw[exports.VN.index("Số lượng")] == "two"


def test_every_raw_row_is_kept_but_for_the_buyers_name_phone_and_address(session: Session) -> None:
    result = bring(session, vn(**{"Nhận xét từ Người mua": "gọi 0900"}), vn(order="2", package="2"))
    block = session.scalars(select(ImportBlock)).one()
    rows = unpack(block.body)
    assert list(rows) == [2, 3] and (block.first_row, block.last_row) == (2, 3)
    text = b"".join(rows.values()).decode()
    for secret in ("Nguyễn Văn A", "84900000000", "12 Phố Huế", "Phường 2", "Quận 1", "gọi 0900"):
        assert secret not in text
    assert "buyer_one" in text and "Hà Nội" in text
    run = session.get_one(ImportRun, result.run_id)
    assert "Số điện thoại" in run.counts["blanked"] and "Địa chỉ nhận hàng" in run.counts["blanked"]


def test_a_parcels_raw_rows_can_be_read_again(session: Session) -> None:
    bring(session, vn(order="9", package="9"), vn(), vn(quantity="1"))
    parcel = session.scalars(select(Shipment).where(Shipment.order_number == "260201AAAA0001")).one()
    rows = kept_rows(session, parcel.id, actor=SYSTEM)
    assert [row.row for row in rows] == [3, 4]
    assert rows[1].cells["Số lượng"] == "1" and rows[1].cells["Tên Người nhận"] == ""
    with pytest.raises(NotFound):
        kept_rows(session, 0, actor=SYSTEM)
    with pytest.raises(NotAllowed):
        kept_rows(session, parcel.id, actor=OUT)


def test_unknown_headings_are_reported_and_their_cells_kept(session: Session) -> None:
    data = exports.excelize(exports.table([{**vn(), "Cột mới": "giữ"}], (*exports.VN, "Cột mới")))
    result = import_file(session, data, actor=SYSTEM, shop="Lion", now=NOW)
    assert result.unknown_headings == ("Cột mới",)
    run = session.scalars(select(ImportRun)).one()
    assert run.unknown_headings == ["Cột mới"]
    assert kept_rows(session, only(session).id, actor=SYSTEM)[0].cells["Cột mới"] == "giữ"


def test_signs_that_mean_something_to_the_database_are_only_signs(session: Session) -> None:
    name = "C:\\N \\. 'x' \"y\"\tz \r\n;--"
    bring(session, vn(name=name, order="\\N"))
    assert only(session).order_number == "\\N"
    assert session.scalars(select(ShipmentLine.name)).one() == name.replace("\r\n", "\n").strip()


def test_an_import_leaves_one_audit_row_with_its_counts(session: Session) -> None:
    result = bring(session, vn())
    event = session.scalars(select(AuditEvent).where(AuditEvent.tag == Tag.IMPORT_APPLIED)).one()
    assert event.subject == "import" and event.subject_id == result.run_id and event.after["new"] == 1


def test_a_parcel_somebody_enters_at_the_same_moment_is_a_conflict_and_no_bug(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(session, vn())
    monkeypatch.setattr(apply, "stored_parcels", lambda *_: [])
    with pytest.raises(Conflict, match="same moment"), session.begin_nested():
        bring(session, vn(price="80000.00"))
    assert only(session).value == 146_000


def test_the_market_must_be_the_shops(session: Session) -> None:
    make_shop(session, name="Merlion", market="SG")
    with pytest.raises(Invalid, match="market VN, not SG"):
        bring(session, vn(), shop="Merlion")
    with pytest.raises(Invalid, match="sells in SG, not in VN"):
        import_file(session, exports.vn_file(vn()), actor=SYSTEM, shop="Merlion", market="VN", now=NOW)
    with pytest.raises(Invalid, match="does not know the market"):
        import_file(session, exports.vn_file(vn()), actor=SYSTEM, shop="New", market="XX", now=NOW)


def test_a_report_of_another_kind_is_refused_by_its_name(session: Session) -> None:
    with pytest.raises(Invalid, match=r"Order\.completed"):
        import_file(
            session, exports.vn_file(vn()), actor=SYSTEM, shop="L", file_name="Order.completed.xlsx", kinds={}, now=NOW
        )


def test_rights_are_asked(session: Session) -> None:
    data = exports.vn_file(vn())
    for actor in (OUT, acting(session, Role.VIEWER)):
        with pytest.raises(NotAllowed):
            import_file(session, data, actor=actor, shop="Lion", now=NOW)
    agent = acting(session, Role.AGENT)
    with pytest.raises(NotFound, match="no shop called Lion"):
        import_file(session, data, actor=agent, shop="Lion", now=NOW)
    make_shop(session, name="Lion", market="VN", currency="VND", zone="Asia/Ho_Chi_Minh")
    result = import_file(session, data, actor=agent, shop="lion", now=NOW)
    assert session.get_one(ImportRun, result.run_id).person_id == agent.person_id


def test_files_in_any_order_end_alike(session: Session) -> None:
    early = shipping(status="Chờ lấy hàng", package="", tracking="", shipped="")
    middle, late = shipping(), vn(returns="Đã Chấp Thuận Yêu Cầu")
    ends = []
    for turn, files in enumerate(
        ([early, middle, late], [late, early, middle], [middle, late, early], [late, middle, early])
    ):
        with session.begin_nested() as nested:
            for row in files:
                bring(session, row, shop=f"Shop {turn}")
            ends.append(state(session))
            nested.rollback()
        session.expire_all()
    assert ends[0] and all(end == ends[0] for end in ends)


def test_the_checks_of_what_is_copied_are_planned_once_and_nothing_else_is(session: Session) -> None:
    """A plan for any list of orders reads far more than one for the list there is."""
    session.execute(text("create temp table told (mode text)"))
    note = "begin new.mode := current_setting('plan_cache_mode'); return new; end"
    session.execute(text(f"create function pg_temp.note() returns trigger language plpgsql as $${note}$$"))
    session.execute(text("create trigger note before insert on told for each row execute function pg_temp.note()"))
    copy(cursor_of(session), "copy told from stdin", ["?\n"])
    assert session.scalar(text("select mode from told")) == "auto"
    assert session.scalar(text("show plan_cache_mode")) == "force_custom_plan"


def test_the_checks_of_an_import_still_refuse(session: Session) -> None:
    bring(session, vn())
    assert session.scalar(text("show plan_cache_mode")) == "force_custom_plan"
    with pytest.raises(IntegrityError):
        session.execute(text("update shipment set carrier_id = 0"))


def test_an_older_and_a_newer_word_of_one_parcel_keep_the_digest_they_were_written_with(session: Session) -> None:
    bring(session, shipping())
    first = only(session).content_hash
    assert first is not None and len(first) == 16
    assert bring(session, shipping()).unchanged == 1
    bring(session, vn())
    session.expire_all()
    assert only(session).content_hash not in (None, first)
    assert bring(session, vn()).unchanged == 1
