"""The answer as a table: one line for each part, or the parts of two dimensions across; the totals last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.desk import report_words
from core.foundation import formats
from core.foundation.language import _
from core.insight.explore import ALL, DIMENSION_LABELS, SHARES, Answer, Key, Measure
from pages.parts import tables
from pages.parts.insights_words import between, cell, value

Place = tuple[str, str]
"""The codes of a row and of a column."""


def draw(answer: Answer, key: str, phone: bool) -> Place | None:
    """Draw it; the figure that was chosen."""
    rows = [*answer.rows, Key(ALL, _("All"))]
    columns, config = (_alone if answer.question.columns is None else _across)(answer, rows, phone)
    narrow = answer.question.columns is None and not phone
    found = tables.cells(columns, key=key, alt=report_words.title(answer.question), config=config, narrow=narrow)
    if found is None or found[0] >= len(rows):
        return None
    row, name = rows[found[0]].code, found[1]
    place = int(name.removeprefix("c")) if name.startswith("c") and name[1:].isdecimal() else None
    column = answer.columns[place].code if place is not None and place < len(answer.columns) else ALL
    return row, column


def _alone(answer: Answer, rows: Sequence[Key], phone: bool) -> tuple[dict[str, Sequence[Any]], dict[str, Any]]:
    question, currency = answer.question, answer.currency
    figures = [answer.at(key.code) for key in rows]
    columns: dict[str, Sequence[Any]] = {
        "name": [key.name for key in rows],
        "value": [value(one, question, currency) for one in figures],
    }
    config = {
        "name": st.column_config.TextColumn(_(DIMENSION_LABELS[question.rows]), width=150 if phone else 260),
        "value": _right(report_words.unit(question.measure, currency), 150 if phone else 190),
    }
    if question.measure in SHARES:
        columns["between"] = [between(one, question.measure) for one in figures]
        config["between"] = _right(_("95 % interval"), 130)
    if question.measure is not Measure.INCIDENTS:
        columns["n"] = [formats.number(one.n) for one in figures]
        config["n"] = _right(report_words.stands_on(question.measure), 100)
    if question.measure in (Measure.RATE, Measure.SUCCESS, Measure.DAYS):
        columns["cases"] = [formats.number(one.cases) for one in figures]
        config["cases"] = _right(_("Cases behind"), 110)
    return columns, config


def _across(answer: Answer, rows: Sequence[Key], phone: bool) -> tuple[dict[str, Sequence[Any]], dict[str, Any]]:
    question, currency = answer.question, answer.currency
    width = 142 if question.measure in SHARES else 92
    columns: dict[str, Sequence[Any]] = {"name": [key.name for key in rows]}
    config = {"name": st.column_config.TextColumn(_(DIMENSION_LABELS[question.rows]), width=110 if phone else 170)}
    # The totals stand first: with many parts the others run out of the window.
    for place, column in enumerate((Key(ALL, _("All")), *answer.columns), -1):
        name = "all" if column.code == ALL else f"c{place}"
        columns[name] = [cell(answer.at(row.code, column.code), question, currency) for row in rows]
        config[name] = _right(column.name, width)
    return columns, config


def _right(label: str, width: int) -> Any:
    return st.column_config.TextColumn(label, width=width, alignment="right")
