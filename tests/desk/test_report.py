"""The files of a manager's question: the figures, the cases behind them, and no text that becomes a formula."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from python_calamine import CalamineWorkbook
from sqlalchemy.orm import Session

from core.desk.report import report_csv, report_xlsx
from core.foundation.errors import NotAllowed
from core.foundation.language import using
from core.foundation.permissions import Actor, Role
from core.insight.explore import Dimension, Measure, Narrow, Question, explore, reads
from tests.desk.exploring import team
from tests.factories import NOW
from tests.people import acting


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD, "lena")


def book(session: Session, question: Question, actor: Actor) -> CalamineWorkbook:
    out = io.BytesIO()
    count = report_xlsx(session, question, out, actor=actor, base_currency="SGD", now=NOW, name="=Mine")
    out.seek(0)
    opened = CalamineWorkbook.from_filelike(out)
    assert len(opened.get_sheet_by_index(1).to_python()) - 1 == count
    return opened


def test_the_cases_behind_stand_on_the_second_sheet(session: Session, lead: Actor) -> None:
    team(session, parcels=80)
    question = Question(Measure.INCIDENTS, Dimension.MARKET, narrow=Narrow(tiers=("claim",)))  # type: ignore[arg-type]
    opened = book(session, question, lead)
    assert opened.sheet_names == ["Numbers", "Cases", "About"]
    head, *rows = opened.get_sheet_by_index(0).to_python()
    assert head == ["Market", "Incidents", "Cases", "Cases behind"]
    cases = opened.get_sheet_by_index(1).to_python()
    markets = [row[cases[0].index("Market")] for row in cases[1:]]
    assert {row[0]: row[1] for row in rows} == {
        **{one: markets.count(one) for one in set(markets)},
        "All": len(markets),
    }
    assert {row[cases[0].index("Tier")] for row in cases[1:]} == {"Claim"}


def test_two_dimensions_stand_across_and_every_figure_once_more_with_its_interval(
    session: Session, lead: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "FEWEST", 2)
    team(session, parcels=160)
    question = Question(Measure.SUCCESS, Dimension.SHOP, Dimension.TYPE)
    opened = book(session, question, lead)
    assert opened.sheet_names == ["Figures", "Cases", "Numbers", "About"]
    answer = explore(session, question, actor=lead, base_currency="SGD", now=NOW)
    head, *rows = opened.get_sheet_by_index(0).to_python()
    assert head == ["Shop", *(one.name for one in answer.columns), "All"]
    for row, key in zip(rows, answer.rows, strict=False):
        said = [answer.at(key.code, one.code).value for one in answer.columns]
        assert row[1:-1] == ["" if one is None else pytest.approx(round(float(one) * 100, 1)) for one in said]
    numbers = opened.get_sheet_by_index(2).to_python()
    assert numbers[0][2:] == ["Claim success, %", "Low end", "High end", "Counted", "Claims", "Cases behind"]
    assert numbers[-1][:2] == ["All", "All"]


def test_what_others_wrote_never_becomes_a_formula(session: Session, lead: Actor) -> None:
    team(session, parcels=60)
    question = Question(Measure.INCIDENTS, Dimension.PRODUCT, narrow=Narrow(products=("=Nameless",)))
    opened = book(session, question, lead)
    assert [row[0] for row in opened.get_sheet_by_index(0).to_python()[1:]] == ["'=Nameless", "All"]
    about: list[list[Any]] = opened.get_sheet_by_name("About").to_python()
    assert ["View", "'=Mine"] in about and ["Product", "'=Nameless"] in about


def test_the_text_has_a_line_for_every_figure_in_the_readers_language(session: Session, lead: Actor) -> None:
    team(session, parcels=60)
    out = io.BytesIO()
    question = Question(Measure.NET, Dimension.MONTH, narrow=Narrow(since=date(2026, 1, 1)))
    with using("en"):
        count = report_csv(session, question, out, actor=lead, base_currency="SGD", now=NOW)
    head, *rows = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert head == ["Month", "Net loss, SGD", "Cases", "Cases behind"]
    assert len(rows) == count
    assert rows[-1][0] == "All"
    assert sum(float(row[1]) for row in rows[:-1]) == pytest.approx(float(rows[-1][1]), abs=0.2)


def test_only_who_may_export_gets_a_file(session: Session) -> None:
    viewer = acting(session, Role.VIEWER, "vic")
    question = Question(Measure.INCIDENTS, Dimension.MONTH)
    for write in (report_xlsx, report_csv):
        with pytest.raises(NotAllowed):
            write(session, question, io.BytesIO(), actor=viewer, base_currency="SGD", now=NOW)
