"""Figures that are kept: each for what it depends on, and only for those who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import pytest
import streamlit as st

from core.foundation import database
from core.foundation.errors import NotAllowed
from core.foundation.permissions import SYSTEM
from core.insight import comparison
from core.insight.comparison import Channel, Period, Scope
from pages.parts import carriers_scorecard, measures
from tests.people import OUT

SCOPE = Scope(Period(date(2026, 1, 1), date(2026, 3, 31)))
ONE = Channel(1, "Standard", "VN")


@pytest.fixture(autouse=True)
def _no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def reading() -> Iterator[None]:
        yield

    monkeypatch.setattr(database, "reading", reading)
    st.cache_data.clear()


def test_what_channels_cost_is_counted_anew_for_other_parcels(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def channel_money(*_scope: Any, parcels: Any, **_more: Any) -> list[Any]:
        asked.append(parcels)
        return []

    monkeypatch.setattr(comparison, "channel_money", channel_money)
    for parcels in ({ONE: 5}, {ONE: 5}, None, {ONE: 6}):
        measures.channel_money(SYSTEM, SCOPE, parcels)
    assert asked == [{ONE: 5}, None, {ONE: 6}]


def test_a_scorecard_that_is_kept_is_still_shown_only_to_those_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers_scorecard, "scorecard_facts", lambda *_scope, **_more: "figures")
    assert str(carriers_scorecard.facts_of(SYSTEM, 1, SCOPE, ())) == "figures"
    with pytest.raises(NotAllowed):
        carriers_scorecard.facts_of(OUT, 1, SCOPE, ())
