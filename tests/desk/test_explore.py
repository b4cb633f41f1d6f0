"""Every figure on the screen is what the cases behind it say: counted again, one by one, from the register's own list."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.desk.behind import behind
from core.desk.register import Filter, export_rows
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotAllowed
from core.foundation.intervals import interval
from core.foundation.money import quantise
from core.foundation.permissions import Actor, Role
from core.insight.comparison import Minimum
from core.insight.explore import (
    ALL,
    Answer,
    CountedBy,
    Dimension,
    Figure,
    Measure,
    Narrow,
    Question,
    explore,
    question_of,
    reads,
    standing,
)
from core.models import Claim, Comment, Incident, Payout, PayoutReversal, Shipment, ShipmentLine
from core.models.claim import ClaimState
from core.models.incident import Cause, IncidentType, Stage, Tier
from tests.desk.exploring import PRODUCTS, SERVICES, team
from tests.factories import NOW, make_shipment
from tests.people import OUT, acting

TODAY = date(2026, 11, 23)
YEAR = Narrow(since=TODAY - timedelta(days=364), until=TODAY)
ASKED, PLACES = 8, 9
"""Questions about two dimensions asked of each measure, and the figures looked behind in each question."""


@pytest.fixture
def lead(session: Session) -> Actor:
    return acting(session, Role.LEAD, "lena")


def ask(session: Session, question: Question, actor: Actor) -> Answer:
    return explore(session, question, actor=actor, base_currency="SGD", now=NOW)


def questions(measure: Measure, many: int, seed: int) -> Iterator[Question]:
    """Questions at random: each dimension once as rows, then pairs of them under filters."""
    dice = random.Random(seed)
    for dimension in Dimension:
        yield Question(measure, dimension, by=dice.choice(list(CountedBy)), narrow=YEAR)
    for _n in range(many):
        rows, columns = dice.sample(list(Dimension), 2)
        yield Question(measure, rows, columns, dice.choice(list(CountedBy)), _narrow(dice))


def _narrow(dice: random.Random) -> Narrow:
    every: dict[str, Any] = {
        "types": (IncidentType.LOST, IncidentType.DELAYED),
        "stages": tuple(list(Stage)[:4]),
        "causes": (None, Cause.STOLEN, Cause.WEATHER),
        "tiers": (Tier.CLAIM, Tier.INSURE),
        "owners": (0,),
        "carriers": (0,),
        "markets": ("SG", "VN"),
        "services": ("", "Economy, by sea"),
        "products": ("LAMP-1", "", "*"),
        "bands": (0, 2, -1),
        "since": TODAY - timedelta(days=dice.randint(200, 300)),
        "until": TODAY - timedelta(days=dice.randint(0, 60)),
    }
    chosen = dice.sample(sorted(every), 2)
    return Narrow(**{name: every[name] for name in chosen})


def listed(session: Session, wanted: Filter, actor: Actor) -> list[Incident]:
    """The cases the register lists."""
    references = [row.reference for row in export_rows(session, wanted, actor=actor)]
    return list(session.scalars(select(Incident).where(Incident.reference.in_(references))))


def claims_of(session: Session, cases: list[Incident]) -> list[Claim]:
    return list(session.scalars(select(Claim).where(Claim.incident_id.in_([one.id for one in cases]))))


def was_decided(claim: Claim) -> bool:
    return claim.submitted_at is not None and claim.state in (
        ClaimState.REJECTED,
        ClaimState.PARTLY_APPROVED,
        ClaimState.PAID,
    )


def first_money(session: Session, claim: Claim) -> date | None:
    days = []
    for payout in session.scalars(select(Payout).where(Payout.claim_id == claim.id)):
        back = session.scalars(select(PayoutReversal.amount).where(PayoutReversal.payout_id == payout.id)).all()
        days += [payout.paid_on] if sum(back) < payout.amount else []
    return min(days, default=None)


def in_base(one: Incident, amount: Decimal) -> Decimal:
    """By hand: the rate the case was taken in with, else the rates of the tests (MXN has none)."""
    per_usd = {"SGD": Decimal("1.30"), "VND": Decimal(25400), "USD": Decimal(1)}
    if one.value_at_risk > 0:
        return amount * one.base_value / one.value_at_risk * per_usd["SGD"] / per_usd[one.base_currency]
    rate = per_usd.get(one.currency)
    return amount / rate * per_usd["SGD"] if rate else Decimal(0)


def first_hours(session: Session, one: Incident) -> float:
    marks: list[datetime] = [one.closed_at] if one.closed_at else []
    marks += session.scalars(
        select(Comment.at).where(
            Comment.incident_id == one.id, Comment.person_id.is_not(None), Comment.at > one.registered_at
        )
    )
    marks += [
        claim.created_at
        for claim in claims_of(session, [one])
        if claim.created_by is not None and claim.created_at > one.registered_at
    ]
    return (min(marks) - one.registered_at).total_seconds() / 3600


def recount(session: Session, measure: Measure, cases: list[Incident]) -> tuple[int, Any]:
    """What a measure stands on, and its value, from the cases themselves."""
    match measure:
        case Measure.INCIDENTS:
            return len(cases), len(cases)
        case Measure.RATE:
            return -1, len({one.shipment_id for one in cases})
        case Measure.GROSS | Measure.RECOVERED | Measure.NET:
            kinds = {Measure.GROSS: (1, 0), Measure.RECOVERED: (0, 1), Measure.NET: (1, -1)}[measure]
            amounts = [in_base(one, one.gross_loss * kinds[0] + one.recovered * kinds[1]) for one in cases]
            return len(cases), sum(amounts, Decimal(0))
        case Measure.SUCCESS:
            decided = [one for one in claims_of(session, cases) if was_decided(one)]
            return len(decided), sum(one.state is not ClaimState.REJECTED for one in decided)
        case Measure.DAYS:
            days = [
                (on - local_day(claim.submitted_at, "Asia/Shanghai")).days
                for claim in claims_of(session, cases)
                if claim.submitted_at and (on := first_money(session, claim)) is not None
            ]
            return len(days), median(days) if days else None
        case Measure.FIRST:
            hours = [first_hours(session, one) for one in cases]
            return len(hours), median(hours) if hours else None


def agrees(measure: Measure, found: Figure, n: int, value: Any) -> bool:
    if measure is Measure.RATE:
        return bool(found.events == value)
    if measure is Measure.SUCCESS:
        return (found.n, found.events) == (n, value)
    if found.n != n:
        return False
    if found.few or value is None:
        return found.value is None
    if isinstance(value, Decimal):
        return found.value is not None and abs(Decimal(found.value) - value) <= Decimal("0.02")
    return found.value == pytest.approx(value)


@pytest.mark.parametrize("measure", Measure)
def test_every_figure_agrees_with_the_cases_the_register_lists_behind_it(
    session: Session, lead: Actor, measure: Measure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reads, "minimum", lambda: Minimum(1, 1.0))
    team(session)
    dice, checked = random.Random(measure.value), 0
    for question in questions(measure, ASKED, seed=len(measure)):
        answer = ask(session, question, lead)
        every = sorted(answer.figures, key=lambda place: -answer.figures[place].cases)
        for row, column in {(ALL, ALL), *every[:2], *dice.sample(every, min(PLACES, len(every)))}:
            found = answer.at(row, column)
            cases = listed(session, behind(answer, row, column), lead)
            assert len(cases) == found.cases, (question, row, column)
            n, value = recount(session, measure, cases)
            assert agrees(measure, found, n, value), (question, row, column, found, n, value)
            checked += bool(cases)
    assert checked > 80


def test_a_rate_stands_on_the_parcels_shipped_and_its_interval_is_the_shares(session: Session, lead: Actor) -> None:
    team(session)
    answer = ask(session, Question(Measure.RATE, Dimension.MARKET, Dimension.TYPE, narrow=YEAR), lead)
    judged = TODAY - timedelta(days=45)
    shipped = [
        one
        for one in session.scalars(select(Shipment).where(Shipment.shipped_at.is_not(None)))
        if one.shipped_at and YEAR.since <= local_day(one.shipped_at, lead.zone) <= judged  # type: ignore[operator]
    ]
    assert answer.until == judged
    assert answer.total.n == len(shipped)
    young = sum(
        1
        for one in session.scalars(select(Shipment).where(Shipment.shipped_at.is_not(None)))
        if one.shipped_at and local_day(one.shipped_at, lead.zone) > judged
    )
    assert answer.young == young > 0
    for market in ("SG", "VN", "MX"):
        # The kind of case does not divide parcels: each kind stands on all of the market's.
        assert {answer.at(market, kind).n for kind in IncidentType} == {sum(one.market == market for one in shipped)}
    total = answer.total
    assert total.value == pytest.approx(total.events / total.n)
    assert total.interval == interval(total.events, total.n)


def test_below_the_minimum_a_share_and_a_middle_are_silent_and_say_so(session: Session, lead: Actor) -> None:
    team(session, parcels=24)
    for measure in (Measure.RATE, Measure.SUCCESS, Measure.DAYS, Measure.FIRST):
        answer = ask(session, Question(measure, Dimension.OWNER, Dimension.MARKET), lead)
        least = 100 if measure is Measure.RATE else 5
        thin = [one for one in answer.figures.values() if 0 < one.n < least]
        assert thin
        assert all(one.value is None and one.few and one.interval is None for one in thin), measure


def test_a_month_without_a_case_is_a_zero_between_the_others_not_a_gap(session: Session, lead: Actor) -> None:
    from tests.factories import make_incident

    for at in ("2026-08-31T17:00+00:00", "2026-11-02T00:00+00:00"):
        make_incident(session, registered_at=datetime.fromisoformat(at))
    answer = ask(session, Question(Measure.INCIDENTS, Dimension.MONTH), lead)
    # The first is of September in Shanghai.
    assert [(one.code, one.name, answer.at(one.code).value) for one in answer.rows] == [
        ("2026-09", "Sept 2026", 1),
        ("2026-10", "Oct 2026", 0),
        ("2026-11", "Nov 2026", 1),
    ]


def test_a_case_with_two_products_counts_in_both_and_once_in_all(session: Session, lead: Actor) -> None:
    team(session)
    answer = ask(session, Question(Measure.INCIDENTS, Dimension.PRODUCT, Dimension.MONTH), lead)
    whole = len(list(session.scalars(select(Incident))))
    assert answer.total.value == whole
    assert sum(answer.at(one.code).cases for one in answer.rows) > whole


def test_a_parcel_counts_once_with_a_product_however_its_lines_repeat_it(session: Session) -> None:
    parcel = make_shipment(session)
    for line, code in enumerate(("CUP", "CUP", "LAMP-1", "CUP", "BOX"), start=2):
        session.add(
            ShipmentLine(shipment_id=parcel.id, line=line, name="Thing", sku=code, quantity=1, unit_price=1, subtotal=1)
        )
    session.flush()
    lines = standing.all_lines()
    found = session.scalars(select(lines.c.product).where(lines.c.shipment_id == parcel.id)).all()
    assert sorted(found) == ["BOX", "CUP", "LAMP-1"]


def test_amounts_name_the_days_of_their_rates_and_how_many_cases_have_none(session: Session, lead: Actor) -> None:
    team(session)
    answer = ask(session, Question(Measure.GROSS, Dimension.MARKET), lead)
    cases = list(session.scalars(select(Incident)))
    days = [one.rate_on for one in cases if one.rate_on]
    assert answer.rates == (min(days), max(days))
    assert answer.unrated == sum(one.value_at_risk == 0 and one.currency == "MXN" for one in cases) > 0
    assert answer.currency == "SGD"
    value = answer.total.value
    assert isinstance(value, Decimal) and value == quantise(value, "SGD")


def test_waiting_cases_are_told_where_the_first_action_is_measured(session: Session, lead: Actor) -> None:
    team(session)
    answer = ask(session, Question(Measure.FIRST, Dimension.TYPE), lead)
    assert answer.waiting == len(list(session.scalars(select(Incident)))) - answer.total.cases > 0


def test_more_parts_than_fit_are_counted_and_the_heaviest_stay(session: Session, lead: Actor) -> None:
    team(session)
    question = Question(Measure.INCIDENTS, Dimension.STAGE)
    answer = explore(session, question, actor=lead, base_currency="SGD", now=NOW, most=2)
    assert len(answer.rows) == 2 and answer.hidden_rows == len(Stage) - 2
    weights = [answer.at(one.code).cases for one in answer.rows]
    assert weights == sorted(weights, reverse=True)
    assert sum(weights) < answer.total.cases


@pytest.mark.parametrize("measure", [Measure.GROSS, Measure.RECOVERED, Measure.NET, Measure.DAYS])
def test_money_is_only_for_those_who_may_see_the_ledger(session: Session, measure: Measure) -> None:
    from dataclasses import replace

    from core.foundation.permissions import Permission

    viewer = acting(session, Role.VIEWER, "vic")
    blind = replace(viewer, permissions=viewer.permissions - {Permission.LEDGER_READ})
    with pytest.raises(NotAllowed):
        ask(session, Question(measure, Dimension.MONTH), blind)
    assert ask(session, Question(measure, Dimension.MONTH), viewer).total.cases == 0


def test_nobody_explores_without_the_right_to_see_cases(session: Session) -> None:
    with pytest.raises(NotAllowed):
        ask(session, Question(Measure.INCIDENTS, Dimension.MONTH), OUT)


# --- questions from codes ------------------------------------------------------------------------------------------------


def test_the_same_dimension_twice_or_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(Invalid, match="two different"):
        Question(Measure.INCIDENTS, Dimension.MONTH, Dimension.MONTH)
    with pytest.raises(Invalid, match="before it starts"):
        question_of({"since": "2026-02-01", "until": "2026-01-01"}, TODAY)


def test_periods_move_with_the_day() -> None:
    def days(code: str) -> tuple[date | None, date | None]:
        narrow = question_of({"days": code}, TODAY).narrow
        return narrow.since, narrow.until

    assert days("last") == (date(2026, 10, 1), date(2026, 10, 31))
    assert days("month") == (date(2026, 11, 1), TODAY)
    assert days("30") == (TODAY - timedelta(days=29), TODAY)
    assert days("all") == (None, None)
    assert days("nonsense") == days("365") == (TODAY - timedelta(days=364), TODAY)


def test_codes_nobody_knows_any_more_are_left_out() -> None:
    codes = {
        "measure": "joy", "rows": "colour", "columns": "smell", "type": "lost,stolen", "cause": "none,stolen,x",
        "owner": "0,a,-3", "service": "Economy%2C by sea,*", "band": "none,2,x", "market": "SG,Singapore", "since": "soon",
    }  # fmt: skip
    question = question_of(codes, TODAY)
    assert (question.measure, question.rows, question.columns) == (Measure.INCIDENTS, Dimension.MONTH, None)
    narrow = question.narrow
    assert narrow.types == (IncidentType.LOST,)
    assert narrow.causes == (None, Cause.STOLEN)
    assert narrow.owners == (0,)
    assert narrow.services == ("Economy, by sea", "")
    assert narrow.bands == (-1, 2)
    assert narrow.markets == ("SG",)


def test_any_text_survives_as_a_code() -> None:
    from core.insight.explore import unwritten, written

    for text in (*SERVICES[1:], *PRODUCTS, "%2C", "a%,*b", "华南, 仓"):
        assert text is not None
        assert unwritten(written(text)) == text
        assert "," not in written(text)
