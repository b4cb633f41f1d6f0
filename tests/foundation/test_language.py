"""Sentences come in the reader's language, dates and spans in the reader's spelling."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from core.foundation import formats, language
from core.foundation.money import Money


@pytest.mark.parametrize(
    ("wanted", "got"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
        ("zh-TW", "zh-CN"),
        ("en-US", "en"),
        ("de-DE,zh;q=0.5", "zh-CN"),
        ("en;q=0.3, zh;q=0.9", "zh-CN"),
        ("zh;q=0, en;q=0.1", "en"),
        ("zh;q=much", "zh-CN"),
        ("fr", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_the_nearest_language_is_chosen(wanted: str | None, got: str) -> None:
    assert language.best(wanted) == got


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(hours=19), "19 h"),
        (timedelta(days=2, hours=2), "2 d 2 h"),
        (timedelta(minutes=40), "40 min"),
        (timedelta(hours=3, minutes=10), "3 h 10 min"),
        (timedelta(days=4), "4 d"),
        (timedelta(days=12, hours=5), "12 d"),
        (timedelta(hours=-2), "2 h late"),
        (timedelta(0), "0 min"),
    ],
)
def test_a_span_is_told_in_at_most_two_units(span: timedelta, said: str) -> None:
    assert formats.span(span) == said


def test_a_moment_is_shown_in_the_zone_asked_for() -> None:
    moment = datetime(2026, 11, 22, 20, 59, tzinfo=UTC)
    assert formats.moment(moment, "Asia/Shanghai") == "23 Nov 04:59"
    with language.using("zh-CN"):
        assert formats.moment(moment, "Asia/Shanghai") == "11-23 04:59"
        assert formats.day(date(2026, 11, 23), year=True) == "2026-11-23"


def test_nothing_is_a_dash_and_amounts_carry_their_currency() -> None:
    assert formats.moment(None, "UTC") == formats.amount(None) == "—"
    assert formats.amount(Money(Decimal("1488"), "SGD")) == "SGD 1,488.00"
    assert formats.amount(Money(Decimal("73000"), "VND")) == "VND 73,000"


def test_a_thread_without_a_language_asks_the_edge() -> None:
    asked: list[str] = []

    def edge() -> str:
        return "zh-CN"

    language.provide(edge)
    try:
        thread = threading.Thread(target=lambda: asked.append(language.current()))
        thread.start()
        thread.join()
    finally:
        language._providers.remove(edge)
    assert asked == ["zh-CN"]
