"""Files of exchange rates: pairs with the dollar, pairs through another currency, and the way back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotAllowed, WrongState
from core.foundation.permissions import SYSTEM, Actor, Role
from core.models import ExchangeRate
from core.parcels.importers import FileResult
from core.recovery.bringing import bring_in, take_out
from tests.factories import NOW
from tests.parcels.lists import as_csv
from tests.people import acting

HEADINGS = ("Date", "From", "To", "Rate", "Source")


def brought(session: Session, *rows: tuple[object, ...], actor: Actor = SYSTEM) -> FileResult:
    return bring_in(session, as_csv(HEADINGS, *rows), actor=actor, file_name="rates.csv", now=NOW)


def rates(session: Session) -> dict[tuple[str, date], Decimal]:
    return {(one.currency, one.on_date): one.per_usd for one in session.scalars(select(ExchangeRate))}


@pytest.fixture(autouse=True)
def none(session: Session) -> None:
    session.execute(delete(ExchangeRate))


def test_pairs_with_the_dollar_and_through_another_currency_come_in(session: Session) -> None:
    result = brought(
        session,
        ("2026-02-01", "USD", "SGD", "1.30", "MAS"),
        ("2026-02-01", "CNY", "USD", "0.125", "PBOC"),
        ("2026-02-01", "SGD", "PHP", "45", "BSP"),
        ("2026-02-01", "VND", "IDR", "0.6", "x"),
    )
    on = date(2026, 2, 1)
    assert rates(session) == {("SGD", on): Decimal("1.3"), ("CNY", on): Decimal(8), ("PHP", on): Decimal("58.5")}
    assert (result.new, result.refused) == (3, 1)


def test_the_same_again_changes_nothing_and_another_figure_is_said_and_stands(session: Session) -> None:
    first = brought(session, ("2026-02-01", "USD", "SGD", "1.30", "MAS"))
    assert brought(session, ("2026-02-01", "USD", "SGD", "1.30", "MAS")).run_id == first.run_id
    later = brought(session, ("2026-02-01", "USD", "SGD", "1.31", "MAS"))
    assert (later.updated, len(later.conflicts)) == (1, 1)
    assert rates(session) == {("SGD", date(2026, 2, 1)): Decimal("1.31")}
    with pytest.raises(WrongState, match=r"rates\.csv"):
        take_out(session, first.run_id or 0, actor=SYSTEM, now=NOW)
    take_out(session, later.run_id or 0, actor=SYSTEM, now=NOW)
    assert rates(session) == {("SGD", date(2026, 2, 1)): Decimal("1.3")}
    take_out(session, first.run_id or 0, actor=SYSTEM, now=NOW)
    assert not rates(session)


def test_rows_that_are_no_rate_are_refused_with_a_reason(session: Session) -> None:
    result = brought(
        session,
        ("2026-02-01", "USD", "SGD", "1.30", "MAS"),
        ("", "USD", "PHP", "58", ""),
        ("2027-02-01", "USD", "PHP", "58", ""),
        ("2026-02-01", "USD", "PHP", "-1", ""),
        ("2026-02-01", "USD", "dollars", "1", ""),
        ("2026-02-01", "SGD", "SGD", "1", ""),
    )
    assert [row for row, *_rest in result.refused_rows] == [3, 4, 5, 6, 7]


def test_rates_come_in_only_by_those_who_may_enter_them(session: Session) -> None:
    with pytest.raises(NotAllowed):
        brought(session, ("2026-02-01", "USD", "SGD", "1.30", "MAS"), actor=acting(session, Role.AGENT))
