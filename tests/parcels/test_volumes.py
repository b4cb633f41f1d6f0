"""Monthly volumes: read in many spellings, the newest file's figure stands, and taking it away leaves the one before."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid
from core.foundation.permissions import SYSTEM
from core.models import Carrier, ChannelVolume
from core.parcels.carrier_names import load_seed
from core.parcels.importers import FileResult
from core.parcels.importers.values import Unreadable
from core.parcels.volumes import month_in, standing
from core.recovery.bringing import bring_in, take_out
from tests.factories import NOW, make_shop
from tests.parcels.lists import as_csv

HEADINGS = ("Month", "Shop", "Carrier", "Service", "Parcels")


def brought(
    session: Session, *rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS, shop: str = ""
) -> FileResult:
    load_seed(session)
    return bring_in(session, as_csv(headings, *rows), actor=SYSTEM, shop=shop, file_name="volumes.csv", now=NOW)


def figures(session: Session) -> dict[tuple[str, str], int]:
    """Carrier's code and month → parcels, as they stand."""
    codes = {one.id: one.code for one in session.scalars(select(Carrier))}
    return {(codes[row.carrier_id], f"{row.month:%Y-%m}"): row.parcels for row in session.execute(standing())}


@pytest.mark.parametrize(
    "text", ["2026-02", "2026/2", "202602", "02/2026", "2026-02-01", "2026-02-28 00:00:00", "2026年2月", "Feb 2026", "February 2026"]
)  # fmt: skip
def test_a_month_is_read_in_many_spellings(text: str) -> None:
    assert month_in(text) == date(2026, 2, 1)


@pytest.mark.parametrize("text", ["", "2026", "2026-13", "soon", "45000"])
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        month_in(text)


def test_figures_come_in_by_shop_channel_and_month(session: Session) -> None:
    make_shop(session, name="Lion")
    result = brought(
        session, ("2026-01", "lion", "SPX Express", "", "1,200"), ("2026-02", "Lion", "SPX Express", "", 900)
    )
    assert (result.new, result.more["months"], result.refused) == (2, 2, 0)
    assert figures(session) == {("spx", "2026-01"): 1200, ("spx", "2026-02"): 900}


def test_a_file_without_a_shop_needs_one_given(session: Session) -> None:
    make_shop(session, name="Lion")
    rows = (("2026-01", "SPX Express", 5),)
    with pytest.raises(Invalid, match="Choose the shop"):
        brought(session, *rows, headings=("Month", "Carrier", "Parcels"))
    assert brought(session, *rows, headings=("Month", "Carrier", "Parcels"), shop="Lion").new == 1


def test_a_newer_files_figure_stands_and_the_difference_is_said(session: Session) -> None:
    make_shop(session, name="Lion")
    first = brought(session, ("2026-01", "Lion", "SPX Express", "", 1200))
    later = brought(session, ("2026-01", "Lion", "SPX Express", "", 1300))
    assert (later.updated, len(later.conflicts)) == (1, 1)
    assert figures(session) == {("spx", "2026-01"): 1300}
    again = brought(session, ("2026-01", "Lion", "SPX Express", "", 1300))
    assert again.run_id == later.run_id and again.unchanged == 1
    take_out(session, later.run_id or 0, actor=SYSTEM, now=NOW)
    assert figures(session) == {("spx", "2026-01"): 1200}
    take_out(session, first.run_id or 0, actor=SYSTEM, now=NOW)
    assert not session.scalars(select(ChannelVolume)).all()


def test_the_month_that_has_begun_where_the_shop_is_lies_in_no_future(session: Session) -> None:
    make_shop(session, name="Lion")
    night = datetime(2026, 11, 30, 16, 30, tzinfo=UTC)
    load_seed(session)
    rows = (("2026-12", "SPX Express", 5), ("2027-01", "SPX Express", 5))
    data = as_csv(("Month", "Carrier", "Parcels"), *rows)
    found = bring_in(session, data, actor=SYSTEM, shop="Lion", file_name="volumes.csv", now=night)
    assert (found.new, [row for row, *_rest in found.refused_rows]) == (1, [3])


def test_rows_that_are_no_figure_are_refused_with_a_reason(session: Session) -> None:
    make_shop(session, name="Lion")
    result = brought(
        session,
        ("2026-01", "Lion", "SPX Express", "", 5),
        ("2026-01", "Lion", "SPX Express", "", 6),
        ("2026-01", "Tiger", "SPX Express", "", 6),
        ("2026-01", "Lion", "Nobody knows", "", 6),
        ("2026-01", "Lion", "SPX Express", "", "many"),
        ("2027-01", "Lion", "SPX Express", "", 6),
    )
    assert [row for row, *_rest in result.refused_rows] == [3, 4, 5, 6, 7]
