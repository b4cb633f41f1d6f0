"""What a file is, by its bytes; and what becomes of files that mean harm."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotFound, Refusal, TooLarge
from core.foundation.permissions import SYSTEM
from core.models import ImportRow, ImportRun, Shipment, Shop
from core.parcels.importers import containers, import_file, workbooks
from core.parcels.importers.workbooks import workbook_sheets
from tests.factories import NOW
from tests.parcels import exports

_KEPT = (
    select(Shipment.order_number, ImportRow.raw)
    .select_from(Shipment)
    .outerjoin(ImportRow, ImportRow.refused.is_not(None))
)


def brought(session: Session, data: bytes | Path, name: str = "Order.all.20260201_20260228.xlsx") -> int:
    """Import, and say how many shipments there are."""
    import_file(session, data, actor=SYSTEM, shop="Lion", market="VN", file_name=name, now=NOW)
    return session.scalar(select(func.count()).select_from(Shipment)) or 0


def refused(session: Session, data: bytes, kind: type[Refusal] = Refusal) -> str:
    """Import what must be refused; nothing of it may stay. Returns the sentence."""
    with pytest.raises(kind) as caught, session.begin_nested():
        brought(session, data)
    assert not session.scalar(select(func.count()).select_from(ImportRun))
    assert not session.scalar(select(func.count()).select_from(Shop))
    return caught.value.message


def test_a_false_dimension_and_a_second_sheet_part_hide_nothing(session: Session) -> None:
    assert brought(session, exports.vn_file(exports.vn(), exports.vn(order="260201AAAA0002", package="2"))) == 2


def test_a_file_saved_again_by_excel_reads_the_same(session: Session) -> None:
    assert brought(session, exports.by_excel(exports.table([exports.vn()]))) == 1


def test_a_name_that_ends_in_xls_decides_nothing(session: Session) -> None:
    assert brought(session, exports.vn_file(exports.vn()), "Order.all.20260201_20260228.xls") == 1


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_of_text_is_read_whatever_its_delimiter_and_encoding(
    session: Session, delimiter: str, encoding: str
) -> None:
    lines = [delimiter.join(f'"{cell}"' for cell in row) for row in exports.table([exports.vn()])]
    assert brought(session, "\r\n".join(lines).encode(encoding), "orders.csv") == 1


def test_an_empty_file_is_refused_with_a_sentence(session: Session) -> None:
    assert "empty" in refused(session, b"")
    assert "empty" in refused(session, b"\x00" * 40)


def test_a_workbook_with_nothing_in_it_is_refused(session: Session) -> None:
    assert "nothing in this file" in refused(session, exports.excelize([[""]]))


def test_headings_without_rows_are_refused(session: Session) -> None:
    assert "no rows below" in refused(session, exports.vn_file())


def test_the_bare_archive_of_an_empty_period_says_so(session: Session) -> None:
    bare = b"PK\x05\x06" + b"\x00" * 18
    assert "no orders in that period" in refused(session, bare)


def test_a_locked_workbook_asks_for_its_password_and_opens_with_it(session: Session) -> None:
    data = exports.locked(exports.vn_file(exports.vn()), "secret")
    for password, sentence in ((None, "Give its password"), ("", "Give its password"), ("Secret", "not the password")):
        with pytest.raises(Invalid, match=sentence) as caught, session.begin_nested():
            import_file(session, data, actor=SYSTEM, shop="Lion", password=password, now=NOW)
        assert caught.value.field == "password"
    result = import_file(session, data, actor=SYSTEM, shop="Lion", password="secret", now=NOW)
    assert result.shipments == 1
    kept = session.scalars(select(ImportRun)).one()
    assert "secret" not in repr([getattr(kept, one.name) for one in ImportRun.__table__.columns])


def test_a_password_nobody_needs_does_no_harm(session: Session) -> None:
    result = import_file(session, exports.vn_file(exports.vn()), actor=SYSTEM, shop="Lion", password="x", now=NOW)
    assert result.shipments == 1


@pytest.mark.parametrize("cut", [30, 900, 3000])
def test_a_broken_archive_is_refused(session: Session, cut: int) -> None:
    refused(session, exports.vn_file(exports.vn())[:-cut], Invalid)


@pytest.mark.parametrize("data", [b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n", b"hello", bytes(range(256)) * 20])
def test_what_is_no_table_is_refused(session: Session, data: bytes) -> None:
    refused(session, data, Invalid)


def test_a_zip_bomb_is_not_opened(session: Session) -> None:
    made = io.BytesIO(exports.vn_file(exports.vn()))
    with zipfile.ZipFile(made, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/air.bin", b"\x00" * (64 * 1024**2))
    assert "far larger" in refused(session, made.getvalue(), TooLarge)


def test_a_workbook_of_too_many_parts_is_not_opened(session: Session) -> None:
    made = io.BytesIO(exports.vn_file(exports.vn()))
    with zipfile.ZipFile(made, "a") as archive:
        for n in range(workbooks.MOST_PARTS):
            archive.writestr(f"xl/media/{n}.bin", b"")
    assert "parts inside" in refused(session, made.getvalue(), TooLarge)


def test_two_cells_a_million_rows_apart_end_in_a_sentence_and_not_in_the_process(session: Session) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
        "</sheetData></worksheet>"
    )
    assert "memory" in refused(session, exports.workbook(sheet), TooLarge)


def test_entities_that_double_and_double_again_are_not_followed(session: Session) -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    sheet = f'<?xml version="1.0"?><!DOCTYPE worksheet [{lol}]><worksheet><sheetData><row><c><v>&l9;</v></c></row></sheetData></worksheet>'
    refused(session, exports.workbook(sheet))


def test_sixteen_thousand_columns_are_refused(session: Session) -> None:
    assert "hundreds of columns" in refused(session, exports.excelize([["Mã đơn hàng"] * 16_384]), TooLarge)


def test_a_million_empty_rows_below_are_no_rows(session: Session) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}" s="1"/></row>' for n in range(3, 200_000))
    made = exports.vn_file(exports.vn())
    with zipfile.ZipFile(io.BytesIO(made)) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode().replace("</sheetData>", f"{rows}</sheetData>")
        strings = archive.read("xl/sharedStrings.xml").decode().split(">", 1)[1].removesuffix("</sst>")
    assert brought(session, exports.workbook(sheet, strings)) == 1


def test_formulas_are_read_as_their_results_and_never_run(session: Session) -> None:
    cells = exports.table([exports.vn(name='=HYPERLINK("http://x","y")')])
    assert brought(session, exports.excelize(cells)) == 1
    assert session.scalars(select(Shipment)).one().value == 146_000


def test_a_file_over_the_limit_is_refused_before_it_is_read(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "Order.all.xlsx"
    path.write_bytes(exports.vn_file(exports.vn()))
    monkeypatch.setattr(containers, "LARGEST_FILE", 100)
    with pytest.raises(TooLarge, match="MB"):
        brought(session, path)
    with pytest.raises(TooLarge, match="MB"):
        brought(session, path.read_bytes())


def test_a_file_that_is_not_there_and_a_folder_are_refused(session: Session, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        brought(session, tmp_path / "none.xlsx")
    with pytest.raises(Invalid, match="folder"):
        brought(session, tmp_path)


def test_an_endless_name_is_cut(session: Session) -> None:
    import_file(
        session,
        exports.vn_file(exports.vn()),
        actor=SYSTEM,
        shop="Lion",
        file_name=f"{'a' * 5_000}\x00/../Order.all.xlsx",
        now=NOW,
    )
    assert session.scalars(select(ImportRun)).one().file_name == "Order.all.xlsx"


@pytest.mark.parametrize(("machine", "gets"), [(1, 1), (4, 2), (64, 4)])
def test_a_child_may_take_half_the_machine_but_enough_and_not_too_much(
    machine: int, gets: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = psutil.virtual_memory()._replace(total=machine * 1024**3)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: whole)
    assert workbooks.memory() == gets * 1024**3


def test_a_child_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "SECONDS", 0.001)
    with pytest.raises(TooLarge, match="time"):
        list(workbook_sheets(exports.vn_file(exports.vn())))


@pytest.mark.parametrize("heading", ["Tên sản phẩm", "Mã đơn hàng", "Ghi chú"])
def test_a_letter_no_database_keeps_is_taken_out_of_a_cell(session: Session, heading: str) -> None:
    row = {**exports.vn(), heading: "Cup_x0000_260201"}
    assert (
        brought(session, exports.excelize(exports.table([row, exports.vn(order="260201AAAA0002", quantity="?")]))) == 1
    )
    assert "\0" not in repr([(one.order_number, one.raw) for one in session.execute(_KEPT)])


def test_a_heading_with_such_a_letter_is_read_without_it(session: Session) -> None:
    headings = [f"{one}_x0000_" if one == "Ghi chú" else one for one in exports.VN]
    cells = [headings, exports.table([exports.vn()])[1]]
    assert brought(session, exports.excelize(cells)) == 1


def test_such_a_letter_far_down_in_a_table_of_text_does_no_harm(session: Session) -> None:
    rows = [exports.vn(order=f"260201AAAA{n:04}", package=str(n)) for n in range(300)]
    text = "\r\n".join(";".join(map(str, row)) for row in exports.table(rows))
    assert len(text) > 1 << 16
    at = text.rindex("Combo 2")
    assert brought(session, (text[:at] + "\0" + text[at:]).encode(), "orders.csv") == 300


@pytest.mark.parametrize("as_text", [True, False])
def test_a_cell_of_a_million_letters_is_refused(session: Session, as_text: bool) -> None:
    cells = exports.table([exports.vn(name="A" * 1_000_000)])
    if not as_text:
        assert "far more text" in refused(session, exports.excelize(cells), TooLarge)
        return
    cells = exports.table([dict.fromkeys(exports.VN, "A" * 100000)])
    assert "far more text" in refused(session, "\n".join("\t".join(row) for row in cells).encode(), TooLarge)


def test_a_file_of_more_rows_than_memory_should_hold_is_refused(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.parcels.importers.run.MOST_ROWS", 3)
    rows = [exports.vn(order=f"260201AAAA000{n}", package=str(n)) for n in range(4)]
    assert "more than" in refused(session, exports.vn_file(*rows), TooLarge)
    halves = {"a.xlsx": exports.vn_file(*rows[:2]), "b.xlsx": exports.vn_file(*rows[2:])}
    assert "more than" in refused(session, exports.archive(halves), TooLarge)
    assert brought(session, exports.vn_file(*rows[:3])) == 3


def test_a_table_of_text_of_endless_lines_is_refused(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.parcels.importers.texts.MOST_LINES", 1_000)
    text = "\n".join(";".join(map(str, row)) for row in exports.table([exports.vn()]))
    assert "rows" in refused(session, text.encode() + b"\n" * 2_000, TooLarge)


def test_what_a_refusal_quotes_of_a_cell_is_cut(session: Session) -> None:
    result = import_file(
        session, exports.vn_file(exports.vn(price="9" * 5_000), exports.vn(order="260201AAAA0002")),
        actor=SYSTEM, shop="Lion", now=NOW,
    )  # fmt: skip
    assert result.refused == 1 and len(result.refused_rows[0][2]["text"]) < 120
