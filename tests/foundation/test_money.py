"""Amounts are decimals with a currency, read from what people type and never mixed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.foundation.errors import Invalid
from core.foundation.formats import amount
from core.foundation.money import Money, decimals, total


@pytest.mark.parametrize(
    ("typed", "currency", "value"),
    [
        ("1,488.50", "SGD", "1488.50"),
        ("1488.5", "SGD", "1488.50"),
        (" SGD 12 ", "SGD", "12.00"),
        ("１２．５", "SGD", "12.50"),
        ("1 488", "VND", "1488"),
        ("73,000", "VND", "73000"),
        ("¥9.9", "CNY", "9.90"),
        (".5", "SGD", "0.50"),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed: str, currency: str, value: str) -> None:
    assert Money.parse(typed, currency) == Money(Decimal(value), currency)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("", "SGD"),
        ("abc", "SGD"),
        ("-5", "SGD"),
        ("1.234", "SGD"),
        ("12.000", "IDR"),
        ("1.500", "BRL"),
        ("1.5", "VND"),
        ("1,48", "SGD"),
        ("1.488,50", "SGD"),
        ("1e9", "SGD"),
        ("9999999999999", "SGD"),
        ("NaN", "SGD"),
    ],
)
def test_what_is_no_amount_is_refused_and_never_guessed(typed: str, currency: str) -> None:
    with pytest.raises(Invalid):
        Money.parse(typed, currency)


@pytest.mark.parametrize(
    ("value", "currency"), [("1.005", "SGD"), ("10.5", "VND"), ("1e13", "SGD"), ("NaN", "SGD"), ("Infinity", "SGD")]
)
def test_an_amount_from_outside_is_never_rounded(value: str, currency: str) -> None:
    with pytest.raises(Invalid) as refused:
        Money.exactly(Decimal(value), currency, field="demand")
    assert refused.value.field == "demand"


def test_currencies_do_not_add_up_without_a_rate() -> None:
    with pytest.raises(ValueError, match="rate"):
        Money(Decimal(1), "SGD") + Money(Decimal(1), "PHP")


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError):
        Money(1.5, "SGD")  # type: ignore[arg-type]


@given(st.decimals("0", "999999999", places=2), st.sampled_from(["SGD", "VND", "PHP", "TWD", "BRL"]))
def test_what_is_shown_can_be_typed_back(value: Decimal, currency: str) -> None:
    shown = Money(value, currency)
    assert Money.parse(amount(shown), currency) == shown


@given(st.lists(st.decimals("0", "99999", places=2), max_size=20))
def test_a_sum_of_cents_is_exact(values: list[Decimal]) -> None:
    assert total((Money(v, "SGD") for v in values), "SGD").amount == sum(values, Decimal(0))


def test_each_currency_keeps_its_own_decimals() -> None:
    assert (decimals("SGD"), decimals("VND")) == (2, 0)
    assert Money(Decimal("10.5"), "VND").amount == Decimal(11)
