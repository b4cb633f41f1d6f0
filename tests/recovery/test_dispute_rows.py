from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from core.models.dispute import DisputeStatus, ReturnReason, Solution, Validation
from core.parcels.importers.kinds import Rows
from core.parcels.importers.tables import heading_tables, numbered
from core.parcels.markets import market
from core.recovery.disputes.rows import FIELDS, ReturnFile, ReturnReader
from tests.recovery import returning
from tests.recovery.returning import BR, BR_ROW, ID, ID_ROW, TH, TH_ROW, br

S = DisputeStatus
LANGUAGES = {"BR": ("pt", BR, "America/Sao_Paulo"), "TH": ("th", TH, "Asia/Bangkok"), "ID": ("id", ID, "Asia/Jakarta")}


def read(rows: Sequence[dict[str, Any]], code: str = "BR") -> ReturnFile:
    language, headings, zone = LANGUAGES[code]
    known = heading_tables().tables["returns"].columns[language]
    columns: dict[str, int] = {}
    for at, name in enumerate(numbered(list(headings))):
        if name in known:
            columns.setdefault(known[name], at)
    cells = [
        [line[columns[name]] if name in columns else "" for name in FIELDS]
        for line in returning.table(rows, headings)[1:]
    ]
    taken = Rows(count=len(cells), numbers=list(range(2, len(cells) + 2)), cells=list(cells))
    return ReturnReader(taken, market(code), zone, language).read()


def test_a_brazilian_request_is_read_with_its_deadline_in_the_shops_zone() -> None:
    (one,) = read([BR_ROW]).told
    facts = one.facts
    assert (one.return_number, facts["order_number"], one.row) == ("2611180AAAA0001", "261113TESTBR01", 2)
    assert (facts["reason"], facts["reason_text"]) == (ReturnReason.DAMAGED, "Produto danificado")
    assert (facts["amount"], facts["status"]) == (Decimal("331.08"), S.REQUESTED)
    assert (facts["solution"], facts["validation"]) == (Solution.RETURN_REFUND, Validation.SELLER)
    assert facts["response_due_at"] == datetime(2026, 11, 24, 21, 0, tzinfo=UTC)
    assert facts["requested_at"] == datetime(2026, 11, 21, 12, 30, tzinfo=UTC)
    assert facts["items"] == [
        {"name": "Luminária de mesa", "sku": "LUM-1", "variation": "", "quantity": 1, "price": "331.08"}
    ]
    assert facts["tracking_number"] == "BR000000001"
    assert "comprador" not in str(facts) and "Flores" not in str(facts) and "5511" not in str(facts)


def test_a_thai_date_without_a_time_lasts_until_the_end_of_that_day_there() -> None:
    (one,) = read([TH_ROW], "TH").told
    assert one.facts["reason"] is ReturnReason.MISSING
    assert one.facts["solution"] is Solution.REFUND_ONLY
    due = one.facts["response_due_at"]
    assert due.astimezone(UTC).date().isoformat() == "2026-11-25"
    assert due >= datetime(2026, 11, 25, 16, 59, tzinfo=UTC)


def test_an_indonesian_list_without_numbers_of_orders_or_money_is_taken_as_far_as_it_goes() -> None:
    (one,) = read([ID_ROW], "ID").told
    assert one.facts["reason"] is ReturnReason.NOT_RECEIVED
    assert one.facts["status"] is S.ACCEPTED
    assert one.facts.keys().isdisjoint({"order_number", "amount", "response_due_at"})


def test_the_items_of_one_request_stand_on_rows_of_their_own() -> None:
    rows = [br(), br(name="Lâmpada", sku="LAMP-9", quantity="3", **{"Preço da unidade": "R$12,50"}), br()]
    (one,) = read(rows).told
    assert [(item["sku"], item["quantity"], item["price"]) for item in one.facts["items"]] == [
        ("LUM-1", 1, "331.08"),
        ("LAMP-9", 3, "12.5"),
    ]
    assert one.facts["amount"] == Decimal("331.08")
    assert one.rows == [2, 3, 4]


def test_one_id_with_two_states_is_two_statements_the_further_one_last() -> None:
    rows = [br(status="Reembolsado", refunded="2026-11-22 10:00"), br(status="Solicitado")]
    told = read(rows).told
    assert [one.facts["status"] for one in told] == [S.REQUESTED, S.REFUND_PAID]


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2026-11-24 18:00", "2026-11-24T21:00"),
        ("Responda até 2026-11-24.", "2026-11-25T02:59"),
        ("2026-11-24", "2026-11-25T02:59"),
    ],
)
def test_a_deadline_is_lifted_out_of_whatever_holds_it(cell: str, moment: str) -> None:
    (one,) = read([br(due=cell)]).told
    assert one.facts["response_due_at"].isoformat().startswith(moment)


def test_a_deadline_in_the_sentence_of_the_state_is_lifted_where_its_column_is_empty() -> None:
    (one,) = read([br(due="", status="Solicitado, responda até 2026-11-26")]).told
    assert one.facts["status"] is S.REQUESTED
    assert one.facts["response_due_at"].isoformat().startswith("2026-11-27T02:59")


def test_a_deadline_that_cannot_be_read_is_refused_and_takes_its_request_with_it() -> None:
    result = read([br(), br(sku="B", name="B", due="soon"), br(number="2611180AAAA0009")])
    # What stands on the request's first row counts for all of it, so only a request without any readable deadline is refused.
    assert [one.return_number for one in result.told] == ["2611180AAAA0001", "2611180AAAA0009"]
    refused = read([br(due="soon"), br(due="soon", sku="B", name="B")])
    assert refused.told == []
    assert set(refused.refused) == {2, 3}
    assert "soon" in refused.refused[2].values["text"]
    assert refused.refused[3].values == {"row": "2"}


def test_a_row_without_a_return_number_is_refused() -> None:
    result = read([br(number="")])
    assert result.refused[2].sentence == "The row has no return number."


def test_both_reasons_are_kept() -> None:
    (one,) = read([br(revised="Arrependimento")]).told
    assert (one.facts["reason"], one.facts["reassessed"]) == (ReturnReason.DAMAGED, ReturnReason.CHANGED_MIND)
    assert one.facts["reassessed_text"] == "Arrependimento"


def test_amounts_are_read_in_the_way_the_file_writes_them() -> None:
    """Two files of one shop write money differently; one file does not."""
    (comma,) = read([br(amount="R$1.331,08", paid_us="R$20,00")]).told
    assert (comma.facts["amount"], comma.facts["compensation"]) == (Decimal("1331.08"), Decimal(20))
    (point,) = read([br(amount="R$1331.08", **{"Preço da unidade": "R$1331.08"}, paid_us="--")]).told
    assert point.facts["amount"] == Decimal("1331.08")
    assert "compensation" not in point.facts


def test_a_date_that_decides_nothing_is_left_out_and_said() -> None:
    result = read([br(refunded="3 dias")])
    assert "refunded_at" not in result.told[0].facts
    assert any("3 dias" in str(values) for _sentence, values in result.notices)


def test_words_nobody_knows_are_said_once() -> None:
    result = read([br(reason="Xyzzy", status="Plugh"), br(number="2611180AAAA0002", reason="Xyzzy")])
    assert {one.facts["reason"] for one in result.told} == {ReturnReason.UNKNOWN}
    assert [values["texts"] for _sentence, values in result.notices] == ["Plugh", "Xyzzy"]


def test_a_break_of_html_in_a_reason_is_a_space() -> None:
    (one,) = read([br(reason="Produto<br>danificado")]).told
    assert one.facts["reason_text"] == "Produto danificado"
