"""Files of exchange rates: pairs with the dollar, pairs through another currency, and the way back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, text
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


def test_thousands_are_told_from_broken_numbers_or_refused(session: Session) -> None:
    brought(session, ("2026-02-01", "USD", "IDR", "16.250,50", ""), ("2026-02-01", "USD", "SGD", "1,30", ""))
    brought(session, ("2026-02-02", "USD", "VND", "25,450.5", ""), ("2026-02-02", "USD", "IDR", "16,300", ""))
    on, next_day = date(2026, 2, 1), date(2026, 2, 2)
    assert rates(session) == {
        ("IDR", on): Decimal("16250.5"),
        ("SGD", on): Decimal("1.3"),
        ("VND", next_day): Decimal("25450.5"),
        ("IDR", next_day): Decimal(16300),
    }
    alone = brought(session, ("2026-02-03", "USD", "VND", "25,450", ""))
    assert (alone.new, alone.refused) == (0, 1) and "25,450" in str(alone.refused_rows[0])


def test_a_lead_who_may_not_enter_rates_cannot_take_them_away_either(session: Session) -> None:
    result = brought(session, ("2026-02-01", "USD", "SGD", "1.30", "MAS"))
    with pytest.raises(NotAllowed):
        take_out(session, result.run_id or 0, actor=acting(session, Role.LEAD), now=NOW)
    assert len(rates(session)) == 1


def test_files_of_no_shop_wait_for_each_other(session: Session) -> None:
    """Each notes what stood before it, so that none may come between its reading and its writing."""
    brought(session, ("2026-02-01", "USD", "SGD", "1.30", "MAS"))
    held = text(
        "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and objid = 0"
        " and classid = cast(hashtext('recoup.import') as bigint) & 4294967295"
    )
    assert session.scalar(held) == 1
