"""What a manager's answer says of itself: what was asked, of which days, at which rates, and what was left out."""

from __future__ import annotations

from datetime import date

from core.cases import words
from core.desk.register import Choices
from core.foundation import formats
from core.foundation.language import _, _n
from core.insight.comparison.outcomes import minimum
from core.insight.explore import (
    DIMENSION_LABELS,
    MEASURE_LABELS,
    MEASURE_SENTENCES,
    MONEY,
    SUMS,
    Answer,
    CountedBy,
    Dimension,
    Measure,
    Question,
    band_name,
    place_code,
)
from core.insight.explore.answers import FEWEST


def title(question: Question) -> str:
    """The question in a line: `Net loss by carrier and month`."""
    measure, rows = _(MEASURE_LABELS[question.measure]), _(DIMENSION_LABELS[question.rows])
    if question.columns is None:
        return _("{measure} by {rows}", measure=measure, rows=rows.lower())
    columns = _(DIMENSION_LABELS[question.columns])
    return _("{measure} by {rows} and {columns}", measure=measure, rows=rows.lower(), columns=columns.lower())


def unit(measure: Measure, currency: str) -> str:
    """The measure with its unit: the heading of its figures."""
    label = _(MEASURE_LABELS[measure])
    if measure in MONEY:
        return _("{measure}, {currency}", measure=label, currency=currency)
    if measure is Measure.SUCCESS:
        return _("{measure}, %", measure=label)
    if measure is Measure.FIRST:
        return _("{measure}, hours", measure=label)
    return label


def stands_on(measure: Measure) -> str:
    """What a measure's figures stand on."""
    if measure is Measure.RATE:
        return _("Parcels")
    return _("Claims") if measure in (Measure.SUCCESS, Measure.DAYS) else _("Cases")


def notes(answer: Answer) -> list[str]:
    """Sentences to stand under the figures: what they are, their days, their rates, what is not among them."""
    question = answer.question
    told = [_(MEASURE_SENTENCES[question.measure]), period(question, answer.until)]
    if question.measure in MONEY:
        told += _rates(answer)
    if answer.young:
        told.append(
            _n(
                "{n} parcel shipped later is too young to judge and left out.",
                "{n} parcels shipped later are too young to judge and left out.",
                answer.young,
            )
        )
    if answer.waiting:
        told.append(
            _n(
                "{n} more case is open and nobody has acted on it yet.",
                "{n} more cases are open and nobody has acted on them yet.",
                answer.waiting,
            )
        )
    if question.measure not in SUMS:
        told.append(_silence(question.measure))
    return told + _parts(answer)


def period(question: Question, until: date | None) -> str:
    """Which days count, in a sentence."""
    since = question.narrow.since
    first, last = formats.day(since, year=True), formats.day(until, year=True)
    if question.day is CountedBy.SHIPPED:
        if since is None:
            return _("Parcels shipped until {last}.", last=last)
        return _("Parcels shipped {first} – {last}.", first=first, last=last)
    if since is None and until is None:
        return _("All cases that were ever registered.")
    if since is None:
        return _("Cases registered until {last}.", last=last)
    if until is None:
        return _("Cases registered since {first}.", first=first)
    return _("Cases registered {first} – {last}.", first=first, last=last)


def _rates(answer: Answer) -> list[str]:
    told = []
    if answer.rates is not None:
        first, last = (formats.day(one, year=True) for one in answer.rates)
        days = first if first == last else f"{first} – {last}"
        told.append(
            _(
                "In {currency}, each case at the rates it was taken in with, of {days}.",
                currency=answer.currency,
                days=days,
            )
        )
    if answer.unrated:
        told.append(
            _n(
                "{n} case is left out: its currency has no rate.",
                "{n} cases are left out: their currency has no rate.",
                answer.unrated,
            )
        )
    return told


def _silence(measure: Measure) -> str:
    if measure is Measure.RATE:
        return _("Nothing is said below {n} parcels.", n=minimum().parcels)
    if measure is Measure.FIRST:
        return _("Nothing is said below {n} cases.", n=FEWEST)
    return _("Nothing is said below {n} claims.", n=FEWEST)


def _parts(answer: Answer) -> list[str]:
    """What is to be known of the dimensions."""
    told, dimensions = [], answer.question.dimensions
    if Dimension.PRODUCT in dimensions:
        told.append(_("A case of several products counts with each of them, and once in the total."))
    if (Dimension.BAND in dimensions or answer.question.narrow.bands) and answer.bands.rate_on is not None:
        day = formats.day(answer.bands.rate_on, year=True)
        told.append(_("Value bands are of the parcel's goods, at the rates of {day}.", day=day))
    if Dimension.CARRIER in dimensions and answer.question.measure is Measure.RATE:
        told.append(_("A case counts with the carrier it was registered with."))
    hidden = answer.hidden_rows + answer.hidden_columns
    if hidden:
        told.append(
            _n(
                "{n} smaller part is not shown; the totals count it.",
                "{n} smaller parts are not shown; the totals count them.",
                hidden,
            )
        )
    return told


def filters(answer: Answer, choices: Choices) -> list[tuple[str, str]]:
    """The filters that are set, each as its name and what it lets through."""
    narrow = answer.question.narrow
    shops, carriers, owners = dict(choices.shops), dict(choices.carriers), dict(choices.owners)
    found: list[tuple[str, list[str]]] = [
        (_("Type"), [_(words.TYPE_LABELS[one]) for one in narrow.types]),
        (_("Stage"), [_(words.STAGE_LABELS[one]) for one in narrow.stages]),
        (_("State"), [_(words.STATE_LABELS[one]) for one in narrow.states]),
        (_("Cause"), [_(words.CAUSE_LABELS[one]) if one else _("No cause yet") for one in narrow.causes]),
        (_("Tier"), [_(words.TIER_LABELS[one]) for one in narrow.tiers]),
        (_("Result"), [_(words.RESULT_LABELS[one]) for one in narrow.results]),
        (_("Owner"), [owners.get(one) or _("no owner") for one in narrow.owners]),
        (_("Carrier"), [carriers.get(one) or _("Carrier not known") for one in narrow.carriers]),
        (_("Shop"), [shops.get(one) or str(one) for one in narrow.shops]),
        (_("Market"), list(narrow.markets)),
        (_("Service"), [one or _("Service not known") for one in narrow.services]),
        (_("Product"), [one or _("Product not known") for one in narrow.products]),
        (_("Value band"), [band_name(answer.bands, place_code(one)) for one in narrow.bands]),
    ]
    return [(name, formats.listed(values)) for name, values in found if values]
