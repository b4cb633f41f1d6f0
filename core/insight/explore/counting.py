"""Cases, claims and parcels counted for a question, each in one statement (two where products divide: a case with two counts
in both, and once in the total)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Date, Numeric, case, cast, extract, func, literal, select, true, tuple_
from sqlalchemy.orm import Session

from core.foundation import clock
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.insight.comparison.outcomes import Outcome, mature_after
from core.insight.explore import keys, standing
from core.insight.explore.answers import ALL, Counted, rolled_up
from core.insight.explore.bands import BandChoice, Bands
from core.insight.explore.questions import MONEY, OF_PARCELS, TIMES, CountedBy, Dimension, Measure, Narrow, Question
from core.models import Claim, Incident, Shipment
from core.models.incident import IncidentType
from core.money import rates

Codes = tuple[str, ...]
"""The code of each dimension of a question, `ALL` where it is summed over."""

_HARM = {
    IncidentType.LOST: Outcome.LOST,
    IncidentType.DAMAGED: Outcome.DAMAGED,
    IncidentType.MISSING_CONTENTS: Outcome.MISSING_CONTENTS,
    IncidentType.DELAYED: Outcome.LATE,
}
_AMOUNTS: Mapping[Measure, Any] = {
    Measure.GROSS: Incident.gross_loss,
    Measure.RECOVERED: Incident.recovered,
    Measure.NET: Incident.gross_loss - Incident.recovered,
}


@dataclass(frozen=True)
class Factors:
    """What amounts are multiplied by to stand in today's base currency: those taken in under another base currency, and those
    of cases that had no value when they were taken in."""

    kept: Mapping[str, Decimal]
    own: Mapping[str, Decimal]


@dataclass(frozen=True)
class Setting:
    """What every count of a question shares: how its bands are drawn, whose days it means, when it is asked."""

    question: Question
    bands: Bands
    zone: str
    now: datetime
    factors: Factors | None = None

    @property
    def judged_until(self) -> date:
        """The last day of shipping on which every parcel is old enough to be judged by the kinds of cases asked for."""
        outcomes = [_HARM[kind] for kind in self.question.narrow.types or tuple(IncidentType)]
        return clock.local_day(self.now, self.zone) - timedelta(days=mature_after(outcomes))

    @property
    def until(self) -> date | None:
        """The last day that counts: of shipping none to come, and for a rate none on which parcels are too young."""
        question = self.question
        last = question.narrow.until
        if question.day is CountedBy.REGISTERED:
            return last
        latest = self.judged_until if question.measure is Measure.RATE else clock.local_day(self.now, self.zone)
        return min(last, latest) if last else latest

    def of_band(self) -> BandChoice | None:
        """The bands asked for."""
        places = self.question.narrow.bands
        return BandChoice(self.bands, places) if places else None


def cases(session: Session, asked: Setting) -> dict[Codes, Counted]:
    """What the cases tell, for every place and every total."""
    found: dict[Codes, Counted] = {}
    for sets in _sets(asked.question.dimensions):
        for row in session.execute(_statement(asked, sets)):
            found[_codes(asked.question.dimensions, row)] = Counted(row.cases, row.n, row.value)
    return found


def rate_days(session: Session, asked: Setting) -> tuple[tuple[date, date] | None, int]:
    """The first and the last day of the rates the amounts were converted at, and how many cases could not be."""
    unrated = func.count().filter(_amount(asked, Incident.gross_loss).is_(None))
    query = _joined(asked, select(func.min(Incident.rate_on), func.max(Incident.rate_on), unrated))
    row = session.execute(query.where(*_conditions(asked))).one()
    return ((row[0], row[1]) if row[0] else None), row[2]


def waiting(session: Session, asked: Setting) -> int:
    """Open cases nobody has acted on yet."""
    query = _joined(asked, select(func.count()).select_from(Incident)).where(Incident.closed_at.is_(None))
    return session.scalar(query.where(*_conditions(asked), standing.first_action().is_(None))) or 0


def parcels(session: Session, asked: Setting) -> tuple[dict[Codes, int], int]:
    """Parcels shipped, for every place and every total, and how many more are too young to be judged."""
    dimensions = asked.question.dimensions
    found: dict[Codes, int] = {}
    young = 0
    for sets in _sets(dimensions):
        # Only what parcels have divides them; over anything else every part stands on all of them.
        kept = {place for one in sets for place in one if dimensions[place] in OF_PARCELS}
        divided = [dimension if place in kept else None for place, dimension in enumerate(dimensions)]
        rows = session.execute(_parcels(asked, divided)).all()
        counted = {_parcel_codes(divided, row): row.n for row in rows}
        if () in sets:
            young = sum(row.young for row in rows)
        for one in sets:
            found |= rolled_up(counted, tuple(place in one for place in range(len(dimensions))))
    return found, young


def _sets(dimensions: Sequence[Dimension]) -> list[list[tuple[int, ...]]]:
    """What is grouped by: each dimension, both, none; those with the product apart, since a case may hold several."""
    every = [(0,), ()] if len(dimensions) == 1 else [(0, 1), (0,), (1,), ()]
    apart = [place for place, dimension in enumerate(dimensions) if dimension is Dimension.PRODUCT]
    if not apart:
        return [every]
    return [[one for one in every if apart[0] in one], [one for one in every if apart[0] not in one]]


def _statement(asked: Setting, sets: Sequence[tuple[int, ...]]) -> Any:
    """Grouped counts: the inner query gives a row for each case or claim, the outer adds them up."""
    question = asked.question
    used = {place for one in sets for place in one}
    lines = standing.lines_of(Incident.shipment_id)
    divided = [
        keys.of_case(dimension, question.day, asked.bands, asked.zone, lines) if place in used else literal(ALL)
        for place, dimension in enumerate(question.dimensions)
    ]
    told = _inner(asked, divided, {question.dimensions[place] for place in used}, lines).subquery("told")
    columns = [told.c[f"key{place}"] for place in range(len(divided))]
    grouped = [tuple_(*(columns[place] for place in one)) for one in sets]
    unused = [place for place in range(len(columns)) if place not in used]
    query = select(
        *columns,
        *(func.grouping(columns[place]).label(f"over{place}") for place in sorted(used)),
        *(literal(1).label(f"over{place}") for place in unused),
        *_sums(question.measure, told.c),
    )
    if "passed" in told.c:
        query = query.where(told.c.passed.is_not(None))
    return query.group_by(func.grouping_sets(*grouped), *(columns[place] for place in unused))


def _inner(asked: Setting, divided: Sequence[Any], used: set[Dimension], lines: Any) -> Any:
    measure = asked.question.measure
    columns = [column.label(f"key{place}") for place, column in enumerate(divided)]
    query: Any = select(*columns, Incident.id.label("id"))
    if measure is Measure.RATE:
        query = query.add_columns(Incident.shipment_id.label("parcel"))
    elif measure in MONEY:
        query = query.add_columns(_amount(asked, _AMOUNTS[measure]).label("amount"))
    elif measure is Measure.SUCCESS:
        query = query.add_columns(standing.granted().label("granted")).join(Claim, Claim.incident_id == Incident.id)
        query = query.where(standing.decided())
    elif measure is Measure.DAYS:
        filed = cast(func.timezone(asked.zone, Claim.submitted_at), Date)
        passed = cast(standing.first_money() - filed, Numeric)
        query = query.add_columns(passed.label("passed")).join(Claim, Claim.incident_id == Incident.id)
    elif measure is Measure.FIRST:
        acts = standing.first_actions(_of_case(asked))
        hours = extract("epoch", func.least(acts.c.at, Incident.closed_at) - Incident.registered_at) / 3600
        query = query.add_columns(hours.label("passed")).outerjoin(acts, acts.c.id == Incident.id)
    query = _joined(asked, query, used)
    if Dimension.PRODUCT in used:
        query = _with_lines(query, lines, true(), asked.question.narrow)
    return query.where(*_conditions(asked))


def _sums(measure: Measure, told: Any) -> tuple[Any, ...]:
    """The columns `cases`, `n` and `value` of `Counted`."""
    count, found = func.count(), tuple[Any, ...]()
    match measure:
        case Measure.INCIDENTS:
            found = (count, count, count)
        case Measure.RATE:
            found = (count, count, func.count(told.parcel.distinct()))
        case Measure.GROSS | Measure.RECOVERED | Measure.NET:
            found = (count, count, func.coalesce(func.sum(told.amount), 0))
        case Measure.SUCCESS:
            found = (func.count(told.id.distinct()), count, count.filter(told.granted))
        case Measure.DAYS:
            found = (func.count(told.id.distinct()), count, func.percentile_cont(0.5).within_group(told.passed))
        case Measure.FIRST:
            found = (count, count, func.percentile_cont(0.5).within_group(told.passed))
    return tuple(column.label(name) for column, name in zip(found, ("cases", "n", "value"), strict=True))


def _joined(asked: Setting, query: Any, used: set[Dimension] | frozenset[Dimension] = frozenset()) -> Any:
    """The tables beside the case that the question needs."""
    narrow, day = asked.question.narrow, asked.question.day
    of_shipment = {Dimension.SERVICE, Dimension.BAND} | (TIMES if day is CountedBy.SHIPPED else frozenset())
    if used & of_shipment or narrow.services or narrow.products or narrow.bands or day is CountedBy.SHIPPED:
        query = query.join(Shipment, Shipment.id == Incident.shipment_id)
    return query


def _with_lines(query: Any, lines: Any, on: Any, narrow: Narrow) -> Any:
    """A row for each product of a parcel; of the products asked for, where some are."""
    query = query.outerjoin(lines, on)
    return query.where(func.coalesce(lines.c.product, "").in_(narrow.products)) if narrow.products else query


def _conditions(asked: Setting) -> list[Any]:
    narrow = asked.question.narrow
    shipped = asked.question.day is CountedBy.SHIPPED
    of_parcel = standing.parcels(
        services=narrow.services,
        products=narrow.products,
        bands=asked.of_band(),
        since=narrow.since if shipped else None,
        until=asked.until if shipped else None,
        zone=asked.zone,
    )
    return of_parcel + _of_case(asked)


def _of_case(asked: Setting) -> list[Any]:
    """What is asked of the case itself."""
    narrow = asked.question.narrow
    lists: tuple[tuple[Any, tuple[Any, ...], Any], ...] = (
        (Incident.type, narrow.types, None),
        (Incident.stage, narrow.stages, None),
        (Incident.state, narrow.states, None),
        (Incident.tier, narrow.tiers, None),
        (Incident.result, narrow.results, None),
        (Incident.shop_id, narrow.shops, None),
        (Incident.market, narrow.markets, None),
        (Incident.cause, narrow.causes, None),
        (Incident.owner_id, narrow.owners, 0),
        (Incident.carrier_id, narrow.carriers, 0),
    )
    found = [standing.either(field, chosen, none) for field, chosen, none in lists if chosen]
    if asked.question.day is CountedBy.REGISTERED:
        if narrow.since:
            found.append(Incident.registered_at >= clock.start_of_day(narrow.since, asked.zone))
        if narrow.until:
            found.append(Incident.registered_at < clock.start_of_day(narrow.until + timedelta(days=1), asked.zone))
    return found


def _amount(asked: Setting, amount: Any) -> Any:
    """An amount of a case in the base currency of today: at the rate its value was taken in with; where there is none, because
    nothing was at risk or the team had another base currency, at today's."""
    factors = asked.factors
    if factors is None:
        raise ValueError("amounts are counted without their rates")
    at_risk = (
        Incident.base_value / func.nullif(Incident.value_at_risk, 0) * _factor(Incident.base_currency, factors.kept)
    )
    return amount * case((Incident.value_at_risk > 0, at_risk), else_=_factor(Incident.currency, factors.own))


def factors(session: Session, base_currency: str, on: date) -> Factors:
    """The factors of a day, asked for once for all of a question's statements."""
    kept = session.scalars(select(Incident.base_currency).distinct()).all()
    own = session.scalars(select(Incident.currency).where(Incident.value_at_risk == 0).distinct()).all()
    return Factors(_factors(session, kept, base_currency, on), _factors(session, own, base_currency, on))


def _factors(session: Session, currencies: Sequence[str], to: str, on: date) -> dict[str, Decimal]:
    found = {}
    for currency in currencies:
        try:
            # A million, so that a currency of small units does not lose its digits to rounding.
            found[currency] = rates.convert(session, Money(Decimal(10**6), currency), to, on).money.amount / 10**6
        except Refusal:
            continue
    return found


def _factor(field: Any, factors: Mapping[str, Decimal]) -> Any:
    whens = [(field == currency, literal(factor, Numeric)) for currency, factor in sorted(factors.items())]
    return case(*whens, else_=None) if whens else literal(None, Numeric)


def _parcels(asked: Setting, divided: Sequence[Dimension | None]) -> Any:
    narrow = asked.question.narrow
    cut = clock.start_of_day(asked.judged_until + timedelta(days=1), asked.zone)
    judged, lines = Shipment.shipped_at < literal(cut, UtcDateTime()), standing.all_lines()
    columns = [
        (literal(ALL) if dimension is None else keys.of_parcel(dimension, asked.bands, asked.zone, lines)).label(
            f"key{place}"
        )
        for place, dimension in enumerate(divided)
    ]
    query = select(*columns, judged.label("judged")).where(Shipment.shipped_at.is_not(None))
    if Dimension.PRODUCT in divided:
        query = _with_lines(query, lines, lines.c.shipment_id == Shipment.id, narrow)
    query = query.where(
        *standing.parcels(
            services=narrow.services,
            products=narrow.products,
            bands=asked.of_band(),
            since=narrow.since,
            until=narrow.until,
            zone=asked.zone,
        ),
        *(
            standing.either(field, chosen, none)
            for field, chosen, none in (
                (Shipment.shop_id, narrow.shops, None),
                (Shipment.market, narrow.markets, None),
                (Shipment.carrier_id, narrow.carriers, 0),
            )
            if chosen
        ),
    )
    told = query.subquery("told")
    grouped = [told.c[f"key{place}"] for place in range(len(divided))]
    return select(
        *grouped,
        func.count().filter(told.c.judged).label("n"),
        func.count().filter(~told.c.judged).label("young"),
    ).group_by(*grouped)


def _codes(dimensions: Sequence[Dimension], row: Any) -> Codes:
    return tuple(
        ALL if getattr(row, f"over{place}") else keys.code_of(dimension, row[place])
        for place, dimension in enumerate(dimensions)
    )


def _parcel_codes(divided: Sequence[Dimension | None], row: Any) -> Codes:
    return tuple(
        ALL if dimension is None else keys.code_of(dimension, row[place]) for place, dimension in enumerate(divided)
    )
