"""A manager's question as a file: a workbook with the figures first and the cases behind them on the second sheet, or a table.

Texts others wrote never become formulas (`core.desk.export.harmless`); numbers stay numbers.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, BinaryIO

from sqlalchemy.orm import Session

from core.desk import export, report_words, workbook
from core.desk.behind import behind
from core.desk.export import harmless
from core.desk.register import export_rows, register_choices
from core.foundation import formats
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.insight.explore import (
    ALL,
    DIMENSION_LABELS,
    MONEY,
    SHARES,
    Answer,
    Figure,
    Key,
    Measure,
    Question,
    explore,
)

MOST = 50_000
"""Rows of a file: more than anybody reads, less than a sheet holds."""
_SCALES = {Measure.RATE: 1000, Measure.SUCCESS: 100}


@read(Permission.INCIDENT_EXPORT)
def report_xlsx(
    session: Session,
    question: Question,
    out: BinaryIO,
    *,
    actor: Actor,
    base_currency: str,
    now: datetime,
    name: str = "",
) -> int:
    """Write the answer as a workbook; gives the number of cases on its second sheet.

    Sheets: the figures, the cases behind all of them, with two dimensions every figure with its interval, and what was asked
    (`name`: the view's). Raises as `explore`.
    """
    answer = _answer(session, question, actor, base_currency, now)
    cases = (export.cells(row, actor.zone) for row in export_rows(session, behind(answer), actor=actor))
    numbers = workbook.Sheet(_("Numbers"), _headings(answer), _widths(answer), _lines(answer))
    first = numbers
    if question.columns is not None:
        widths = [26, *([14] * (len(answer.columns) + 1))]
        first = workbook.Sheet(_("Figures"), [_rows_heading(answer), *_across(answer)], widths, _matrix(answer))
    tables = [
        first,
        workbook.Sheet(
            _("Cases"), export.headings(actor.zone), [column.width for column in export.COLUMNS], cases
        ),
        *([] if question.columns is None else [numbers]),
        workbook.Sheet(
            _("About"), [_("What"), _("Said")], [24, 110], _about(session, answer, actor, now, name)
        ),
    ]  # fmt: skip
    return workbook.write_sheets(out, tables)[1]


@read(Permission.INCIDENT_EXPORT)
def report_csv(
    session: Session, question: Question, out: BinaryIO, *, actor: Actor, base_currency: str, now: datetime
) -> int:
    """Write every figure of the answer as a line of CSV (UTF-8 with a byte order mark); gives the number of lines."""
    answer = _answer(session, question, actor, base_currency, now)
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    sheet = csv.writer(text)
    sheet.writerow(_headings(answer))
    count = 0
    for line in _lines(answer):
        sheet.writerow(["" if cell is None else cell for cell in line])
        count += 1
    text.flush()
    text.detach()
    return count


def number(figure: Figure, measure: Measure) -> Decimal | int | None:
    """A figure as a spreadsheet takes it: a rate per thousand, a share in per cent, hours and days with one decimal."""
    value = figure.value
    if value is None:
        return None
    if measure in MONEY:
        return Decimal(value)
    if measure is Measure.INCIDENTS:
        return int(value)
    return _rounded(float(value), measure)


def _rounded(value: float, measure: Measure) -> Decimal:
    places = Decimal("0.001") if measure is Measure.RATE else Decimal("0.1")
    return Decimal(value * _SCALES.get(measure, 1)).quantize(places)


def _answer(session: Session, question: Question, actor: Actor, base_currency: str, now: datetime) -> Answer:
    return explore(session, question, actor=actor, base_currency=base_currency, now=now, most=MOST)


def _rows_heading(answer: Answer) -> str:
    return _(DIMENSION_LABELS[answer.question.rows])


def _across(answer: Answer) -> list[str]:
    return [*(harmless(key.name) for key in answer.columns), _("All")]


def _matrix(answer: Answer) -> Iterator[Sequence[Any]]:
    """The figures with the columns across, and the totals last."""
    measure = answer.question.measure
    for row in (*answer.rows, Key(ALL, _("All"))):
        cells = [number(answer.at(row.code, column), measure) for column in (*(c.code for c in answer.columns), ALL)]
        yield [harmless(row.name), *cells]


def _headings(answer: Answer) -> list[str]:
    question = answer.question
    by = [_(DIMENSION_LABELS[one]) for one in question.dimensions]
    share = [_("Low end"), _("High end"), _("Counted")] if question.measure in SHARES else []
    return [
        *by,
        report_words.unit(question.measure, answer.currency),
        *share,
        report_words.stands_on(question.measure),
        _("Cases behind"),
    ]


def _widths(answer: Answer) -> list[int]:
    return [
        *([26] * len(answer.question.dimensions)),
        *([16] * (len(_headings(answer)) - len(answer.question.dimensions))),
    ]


def _lines(answer: Answer) -> Iterator[list[Any]]:
    """Every figure in a line of its own, the totals last; parts without anything are left out where two dimensions meet."""
    question, every = answer.question, Key(ALL, _("All"))
    for row in (*answer.rows, every):
        for column in (*answer.columns, every) if question.columns else (every,):
            figure = answer.at(row.code, column.code)
            if question.columns and not figure.n and not figure.cases:
                continue
            names = [row.name, column.name][: len(question.dimensions)]
            yield [
                *map(harmless, names),
                number(figure, question.measure),
                *_share(figure, question.measure),
                figure.n,
                figure.cases,
            ]


def _share(figure: Figure, measure: Measure) -> list[Any]:
    if measure not in SHARES:
        return []
    ends = figure.interval
    return [
        None if ends is None else _rounded(ends.low, measure),
        None if ends is None else _rounded(ends.high, measure),
        figure.events,
    ]


def _about(session: Session, answer: Answer, actor: Actor, now: datetime, name: str) -> Iterator[Sequence[Any]]:
    if name:
        yield [_("View"), harmless(name)]
    yield [_("Question"), report_words.title(answer.question)]
    for note in report_words.notes(answer):
        yield [None, note]
    choices = register_choices(session, actor=actor)
    for heading, said in report_words.filters(answer, choices):
        yield [heading, harmless(said)]
    yield [_("Made"), f"{formats.moment(now, actor.zone, year=True)} ({actor.zone})"]
