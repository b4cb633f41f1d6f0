"""The reads: a question answered, and what its filters offer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.money import quantise
from core.foundation.permissions import Actor, Permission
from core.insight.comparison.outcomes import minimum
from core.insight.explore import answers, counting
from core.insight.explore.answers import ALL, FEWEST, MOST_COLUMNS, MOST_ROWS, Answer, Counted, Figure, Place
from core.insight.explore.bands import Bands, draw
from core.insight.explore.counting import Codes, Setting
from core.insight.explore.naming import named
from core.insight.explore.questions import MONEY, OF_PARCELS, RIGHTS, SUMS, Measure, Question
from core.models import Shipment

MOST_SERVICES = 200


@read(Permission.INCIDENT_READ)
def explore(
    session: Session, question: Question, *, actor: Actor, base_currency: str, now: datetime, most: int | None = None
) -> Answer:
    """Answer a question. Days are of the actor's zone, amounts in `base_currency`, names in the reader's language.

    At most `most` rows of what has no order of its own (`MOST_ROWS` unless told; a file may hold more). Raises `NotAllowed`
    where the measure asks for more than the right to see incidents.
    """
    for right in RIGHTS[question.measure]:
        actor.require(right)
    bands = draw(session, base_currency, now.date())
    rated = counting.factors(session, base_currency, now.date()) if question.measure in MONEY else None
    asked = Setting(question, bands, actor.zone, now, rated)
    counted = counting.cases(session, asked)
    shipped, young = counting.parcels(session, asked) if question.measure is Measure.RATE else ({}, 0)
    if question.measure is Measure.RATE:
        counted = _of_parcels(question, counted, shipped)
    figures = _figures(question, counted, base_currency)
    rates, unrated = counting.rate_days(session, asked) if question.measure in MONEY else (None, 0)
    weigh = answers.weight(question.measure)
    rows, hidden_rows = answers.ordered(question.rows, answers.by_row(figures), weigh, most or MOST_ROWS)
    columns, hidden_columns = (
        answers.ordered(question.columns, answers.by_column(figures), weigh, MOST_COLUMNS)
        if question.columns
        else ([], 0)
    )
    return Answer(
        question,
        named(session, question.rows, rows, bands),
        named(session, question.columns, columns, bands) if question.columns else (),
        _whole(question, figures, rows, columns),
        base_currency,
        bands,
        hidden_rows,
        hidden_columns,
        young,
        asked.until,
        rates,
        unrated,
        counting.waiting(session, asked) if question.measure is Measure.FIRST else 0,
    )


@read(Permission.INCIDENT_READ)
def drawn_bands(session: Session, *, actor: Actor, base_currency: str, now: datetime) -> Bands:
    """The value bands as they are drawn today."""
    return draw(session, base_currency, now.date())


@read(Permission.INCIDENT_READ)
def services_there(session: Session, *, actor: Actor) -> tuple[str, ...]:
    """The services parcels were sent by, the most used first."""
    rows = session.execute(
        select(Shipment.service)
        .where(Shipment.service.is_not(None), Shipment.service != "")
        .group_by(Shipment.service)
        .order_by(func.count().desc(), Shipment.service)
        .limit(MOST_SERVICES)
    )
    return tuple(row.service for row in rows)


def _of_parcels(
    question: Question, cases: Mapping[Codes, Counted], shipped: Mapping[Codes, int]
) -> dict[Codes, Counted]:
    """Cases over the parcels they arose from: every part that has parcels is told, those without a case too."""
    own = [dimension in OF_PARCELS for dimension in question.dimensions]
    found: dict[Codes, Counted] = {}
    for codes in {*cases, *shipped}:
        over = tuple(code if mine else ALL for code, mine in zip(codes, own, strict=True))
        one = cases.get(codes, Counted(0, 0, 0))
        found[codes] = Counted(one.cases, shipped.get(over, 0), one.value)
    return found


def _figures(question: Question, counted: Mapping[Codes, Counted], currency: str) -> dict[Place, Figure]:
    least = minimum().parcels if question.measure is Measure.RATE else FEWEST
    found: dict[Place, Figure] = {}
    for codes, one in counted.items():
        value = one.value
        if question.measure in MONEY:
            value = quantise(Decimal(value or 0), currency)
        elif value is not None and question.measure not in SUMS:
            value = float(value)
        place = (codes[0], codes[1] if len(codes) > 1 else ALL)
        found[place] = answers.figure(question.measure, Counted(one.cases, one.n, value), least)
    return found


def _whole(
    question: Question, figures: Mapping[Place, Figure], rows: list[str], columns: list[str]
) -> dict[Place, Figure]:
    """The figures that are shown; where nothing was counted stands a zero, or nothing."""
    empty = answers.zero(question.measure)
    return {(row, column): figures.get((row, column), empty) for row in (*rows, ALL) for column in (*columns, ALL)}
