"""What Insights says in words: a figure in a cell, a figure in a sentence, the finding over a chart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from core.desk.report_words import stands_on
from core.foundation import formats
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.insight.explore import (
    ALL,
    MEASURE_LABELS,
    MONEY,
    SHARES,
    SUMS,
    Answer,
    Figure,
    Key,
    Measure,
    Question,
)

NOTHING = formats.NOTHING


def value(figure: Figure, question: Question, currency: str) -> str:
    """A figure in a cell; a dash where nothing can be said."""
    found, measure = figure.value, question.measure
    if found is None:
        return NOTHING
    if measure is Measure.INCIDENTS:
        return formats.number(int(found))
    if measure in MONEY:
        return formats.figure(Money(Decimal(found), currency)) if found else formats.number(0)
    if measure in SHARES:
        return share(float(found), measure)
    if measure is Measure.FIRST:
        return formats.span(timedelta(minutes=round(float(found) * 60)))
    return _("{days} d", days=formats.number(float(found), 0 if float(found).is_integer() else 1))


def share(part: float, measure: Measure) -> str:
    """A share as it is read: a rate per thousand, anything else in per cent."""
    if measure is Measure.RATE:
        return formats.number(part * 1000, 2)
    return f"{formats.number(part * 100, 0 if part in (0, 1) else 1)} %"


def between(figure: Figure, measure: Measure) -> str:
    """The interval of a share: `3.1 – 5.6`."""
    ends = figure.interval
    if ends is None:
        return NOTHING
    scale, places = (1000, 2) if measure is Measure.RATE else (100, 1)
    return f"{formats.number(ends.low * scale, places)} – {formats.number(ends.high * scale, places)}"


def cell(figure: Figure, question: Question, currency: str) -> str:
    """A figure where two dimensions meet: a share with its interval."""
    said = value(figure, question, currency)
    return f"{said} ({between(figure, question.measure)})" if figure.interval else said


def named(answer: Answer, row: str, column: str) -> str:
    """The parts a figure belongs to: `Ninja Van · Lost`."""
    names = [_name(answer.rows, row), _name(answer.columns, column)]
    return " · ".join(name for name in names if name) or _("All")


def _name(keys: tuple[Key, ...], code: str) -> str:
    return next((key.name for key in keys if key.code == code and code != ALL), "")


def sentence(figure: Figure, answer: Answer) -> str:
    """A figure with what it stands on."""
    question, currency = answer.question, answer.currency
    measure, said = question.measure, value(figure, question, currency)
    behind = formats.aside(formats.pair(stands_on(measure).lower(), formats.number(figure.n)))
    if figure.few:
        return _("too little to say anything") + behind
    if figure.value is None:
        return _("nothing to tell")
    if measure is Measure.RATE:
        said = _("{rate} per 1,000", rate=said)
    if measure in MONEY:
        said = f"{currency} {said}"
    if measure in SHARES:
        return _(
            "{value}, 95 % interval {between}: {events} of {n} {noun}",
            value=said,
            events=formats.number(figure.events),
            n=formats.number(figure.n),
            noun=stands_on(measure).lower(),
            between=between(figure, measure),
        )
    if measure is Measure.INCIDENTS:
        return _n("{n} case", "{n} cases", figure.cases)
    return said + behind


def finding(answer: Answer) -> str:
    """What the figures show, in a line: the total and the part that stands out."""
    question, currency = answer.question, answer.currency
    label, total = _(MEASURE_LABELS[question.measure]), value(answer.total, question, currency)
    told = [(key, found) for key in answer.rows if (found := answer.at(key.code)).value is not None]
    if question.measure in MONEY:
        total = f"{currency} {total}"
    if answer.total.value is None:
        return _("{measure}: too little to say anything", measure=label)
    if len(told) < 2:
        return formats.pair(label, total)
    if question.measure in SHARES:
        return _(
            "{measure}: {total} over all; {stands_out}",
            measure=label,
            total=total,
            stands_out=_standing_out(answer, told),
        )
    key, most = max(told, key=lambda one: float(one[1].value or 0))
    figure = value(most, question, currency)
    if question.measure in SUMS:
        return _(
            "{measure}: {total} in all; most: {name}, {figure}",
            measure=label,
            total=total,
            name=key.name,
            figure=figure,
        )
    return _(
        "{measure}: {total} over all; longest: {name}, {figure}",
        measure=label,
        total=total,
        name=key.name,
        figure=figure,
    )


def _standing_out(answer: Answer, told: Sequence[tuple[Key, Figure]]) -> str:
    """The part whose interval begins highest, if that is above the whole: the highest share alone may be luck."""
    measure, whole = answer.question.measure, float(answer.total.value or 0)
    key, most = max(told, key=lambda one: one[1].interval.low if one[1].interval else 0.0)
    if most.interval is None or most.interval.low <= whole:
        return _("no part is clearly above it")
    return _("above it even at the low end: {name}, {between}", name=key.name, between=between(most, measure))
