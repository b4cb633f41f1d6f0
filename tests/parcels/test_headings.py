"""What the team says headings mean."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.audit import AuditEvent
from core.foundation.errors import Duplicate, Invalid, NotAllowed, NotFound, WrongState
from core.foundation.permissions import SYSTEM, Role
from core.models import HeadingAlias
from core.parcels import headings
from core.parcels.importers import import_file
from core.parcels.importers.tables import heading_tables
from core.parcels.importers.team import team_tables
from tests.factories import NOW
from tests.parcels import exports
from tests.people import acting


def add(
    session: Session, heading: str, field: str, *, table: str = "orders", language: str = "vi"
) -> headings.AliasRow:
    return headings.add_alias(
        session, actor=SYSTEM, table=table, language=language, heading=heading, field=field, now=NOW
    )


RENAMED = tuple("Mã đơn mới" if one == "Mã đơn hàng" else one for one in exports.VN)
ROW = {**exports.vn(), "Mã đơn mới": "260201AAAA0001"}


def bring(session: Session) -> object:
    data = exports.excelize(exports.table([ROW], RENAMED))
    return import_file(session, data, actor=SYSTEM, shop="Lion", market="VN", now=NOW)


def test_a_renamed_heading_counts_from_the_next_file_on_and_no_longer_once_it_is_taken_back(session: Session) -> None:
    with pytest.raises(Invalid, match=r"looks like Order.all.*known as “Mã đơn hàng”.*what these mean: “Mã đơn mới”"):
        bring(session)
    alias = add(session, "  Mã đơn\n mới ", "order_number")
    assert alias.heading == "Mã đơn mới"
    assert bring(session).orders == 1  # type: ignore[attr-defined]
    headings.retire_alias(session, alias.id, actor=SYSTEM, now=NOW + timedelta(hours=1))
    with pytest.raises(Invalid, match=r"looks like Order.all.*known as “Mã đơn hàng”.*what these mean: “Mã đơn mới”"):
        bring(session)
    assert heading_tables().tables["orders"].columns["vi"].get("Mã đơn mới") is None


def test_a_language_recoup_did_not_know_is_added_heading_by_heading(session: Session) -> None:
    words = {"order_number": "注文番号", "order_status": "注文状況", "product_name": "商品名", "quantity": "個数"}
    for field, heading in words.items():
        add(session, heading, field, language="ja")
    data = exports.excelize([[*words.values(), "価格"], ["26A", "完了", "紙", "1", "9"]])
    result = import_file(session, data, actor=SYSTEM, shop="Lion", market="SG", now=NOW)
    assert (result.language, result.orders, result.unknown_headings) == ("ja", 1, ("価格",))


def test_a_heading_that_would_mean_two_things_is_refused_with_what_it_means(session: Session) -> None:
    with pytest.raises(Invalid, match="means “Order ID” in these files already") as caught:
        add(session, "Mã đơn hàng", "tracking_number")
    assert caught.value.field == "heading"
    add(session, "Mã gói", "parcel_number")
    with pytest.raises(Invalid, match="one heading cannot mean two things"):
        add(session, "Mã gói", "tracking_number")
    with pytest.raises(Duplicate, match="means just that"):
        add(session, "Mã gói", "parcel_number")
    with pytest.raises(Duplicate, match="means just that"):
        add(session, "Mã đơn hàng", "order_number")


def test_the_same_heading_may_mean_another_thing_in_other_files_and_languages(session: Session) -> None:
    add(session, "Mã gói", "parcel_number")
    add(session, "Mã gói", "tracking_number", table="tracking")
    add(session, "Mã gói", "tracking_number", language="id")


def test_letter_case_counts_in_seller_centres_files_and_not_in_the_teams_own(session: Session) -> None:
    add(session, "order ref", "order_number", language="en")
    add(session, "Order Ref", "order_number", language="en")
    add(session, "Our Ref", "order_number", table="tracking", language="en")
    with pytest.raises(Duplicate):
        add(session, "OUR REF", "order_number", table="tracking", language="en")


def test_a_currency_behind_a_heading_is_left_off_as_in_files(session: Session) -> None:
    assert add(session, "Giá trị đơn (VND)", "order_value").heading == "Giá trị đơn"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"heading": "  \x00 "}, "heading"),
        ({"heading": "(VND)"}, "heading"),
        ({"heading": "x" * 201}, "heading"),
        ({"field": "no_such_field"}, "field"),
        ({"language": "Vietnamese!"}, "language"),
    ],
)
def test_what_is_no_heading_field_or_language_is_refused(session: Session, change: dict[str, str], field: str) -> None:
    wanted = {"heading": "Mã gói", "field": "parcel_number", "language": "vi", **change}
    with pytest.raises(Invalid) as caught:
        add(session, wanted["heading"], wanted["field"], language=wanted["language"])
    assert caught.value.field == field


def test_files_recoup_does_not_read_have_no_headings(session: Session) -> None:
    with pytest.raises(NotFound):
        add(session, "x", "order_number", table="recipes")
    with pytest.raises(NotFound):
        headings.known_headings(session, "recipes", actor=SYSTEM)


def test_a_heading_is_taken_back_once(session: Session) -> None:
    alias = add(session, "Mã gói", "parcel_number")
    headings.retire_alias(session, alias.id, actor=SYSTEM, now=NOW)
    with pytest.raises(WrongState, match="taken back already"):
        headings.retire_alias(session, alias.id, actor=SYSTEM, now=NOW)
    with pytest.raises(NotFound):
        headings.retire_alias(session, 0, actor=SYSTEM, now=NOW)
    again = add(session, "Mã gói", "tracking_number")
    assert [one.id for one in headings.list_aliases(session, actor=SYSTEM)] == [again.id]
    assert len(headings.list_aliases(session, actor=SYSTEM, retired=True)) == 2


def test_who_said_it_and_when_is_kept(session: Session) -> None:
    alias = add(session, "Mã gói", "parcel_number")
    headings.retire_alias(session, alias.id, actor=SYSTEM, now=NOW)
    tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.subject == "heading").order_by(AuditEvent.id)).all()
    assert list(tags) == ["heading.added", "heading.retired"]


def test_leads_say_what_headings_mean_and_others_may_look(session: Session) -> None:
    for role in (Role.AGENT, Role.VIEWER):
        actor = acting(session, role)
        with pytest.raises(NotAllowed):
            headings.add_alias(session, actor=actor, table="orders", language="vi", heading="x", field="sku", now=NOW)
        assert headings.list_aliases(session, actor=actor) == []
    lead = acting(session, Role.LEAD)
    made = headings.add_alias(session, actor=lead, table="orders", language="vi", heading="x", field="sku", now=NOW)
    assert headings.list_aliases(session, actor=lead)[0].added_by == made.added_by == lead.name


def test_the_teams_word_stands_when_a_later_recoup_says_otherwise_and_lost_fields_do_no_harm(session: Session) -> None:
    for table, heading, field in (("orders", "Mã đơn hàng", "sku"), ("orders", "x", "gone"), ("gone", "x", "sku")):
        session.add(
            HeadingAlias(report_table=table, language="vi", heading=heading, key=heading, field=field, added_at=NOW)
        )
    session.flush()
    found = team_tables(session, actor=SYSTEM).tables["orders"].columns["vi"]
    assert found["Mã đơn hàng"] == "sku" and "x" not in found


def test_every_known_heading_is_listed_with_its_field_and_whose_it_is(session: Session) -> None:
    alias = add(session, "Mã gói", "parcel_number")
    listed = headings.known_headings(session, "orders", actor=SYSTEM)
    assert headings.KnownHeading("vi", "Mã gói", "parcel_number", alias.id) in listed
    assert headings.KnownHeading("vi", "Mã Kiện Hàng", "parcel_number", None) in listed


def test_every_table_and_language_has_a_name() -> None:
    tables = heading_tables()
    assert headings.TABLE_LABELS.keys() == tables.tables.keys()
    assert headings.LANGUAGE_LABELS.keys() == tables.languages.keys()
    for table in tables.tables.values():
        assert all(table.words(field, "zh-Hans") for field in table.fields)
