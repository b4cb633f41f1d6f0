"""Amounts with their currency. Decimals only, quantised in one place, never added across currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision

from core.foundation.errors import Invalid
from core.foundation.language import _

LARGEST = Decimal("999999999999.99")
"""Fits `Amount` columns with room for sums; a larger figure in this field is a slip of the keyboard."""

_CURRENCY = re.compile(r"[A-Z]{3}")
_FIGURE = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+")


@lru_cache(maxsize=256)
def decimals(currency: str) -> int:
    """How many decimals the currency is written with (CLDR): 2 for SGD, 0 for VND."""
    return get_currency_precision(currency)


def quantise(value: Decimal, currency: str) -> Decimal:
    """`value` at the currency's own decimals, half up as invoices round. The only rounding in Recoup."""
    return value.quantize(Decimal(1).scaleb(-decimals(currency)), ROUND_HALF_UP)


def _too_fine(text: str, currency: str, field: str | None) -> Invalid:
    return Invalid(
        _("{currency} has {n} decimals; “{text}” has more.", currency=currency, n=decimals(currency), text=text), field
    )


@dataclass(frozen=True, order=False)
class Money:
    """An amount in a currency (ISO 4217 code), always at the currency's decimals."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not isinstance(self.amount, Decimal):
            raise TypeError("Money takes a Decimal")
        if not _CURRENCY.fullmatch(self.currency):
            raise ValueError(f"not a currency code: {self.currency!r}")
        object.__setattr__(self, "amount", quantise(self.amount, self.currency))

    @classmethod
    def zero(cls, currency: str) -> Money:
        return cls(Decimal(0), currency)

    @classmethod
    def parse(cls, text: str, currency: str, *, field: str | None = None) -> Money:
        """Read what a person typed: `1,488.50`, `1488.5`, `1 488.50`, with full-width digits and a code or sign
        around it.

        A comma groups thousands and a point opens the decimals, as all screens show it. Raises `Invalid` on anything
        else, on more decimals than the currency has, on negative and on absurdly large amounts.
        """
        import unicodedata

        plain = unicodedata.normalize("NFKC", text).strip().upper().removeprefix(currency).removesuffix(currency)
        plain = re.sub(r"[\s\u00a0']", "", plain).lstrip("$¥₫฿₱")
        if not _FIGURE.fullmatch(plain):
            raise Invalid(_("“{text}” is not an amount. Write it like 1,488.50.", text=text), field)
        whole, _point, fraction = plain.partition(".")
        if len(fraction) > decimals(currency):
            # Zeros too: who writes 12.000 means twelve thousand, where points group the thousands.
            raise _too_fine(text, currency, field)
        return cls.exactly(Decimal(f"{whole.replace(',', '') or '0'}.{fraction or '0'}"), currency, field=field)

    @classmethod
    def exactly(cls, value: Decimal, currency: str, *, field: str | None = None) -> Money:
        """An amount from outside, never rounded: `Invalid` when it is no number, absurdly large, or finer than the
        currency.
        """
        text = str(value)
        if not value.is_finite():
            raise Invalid(_("“{text}” is not an amount. Write it like 1,488.50.", text=text), field)
        if abs(value) > LARGEST:
            raise Invalid(_("{text} is too large to be an amount here.", text=text), field)
        if value != quantise(value, currency):
            raise _too_fine(text, currency, field)
        return cls(value, currency)

    def _same(self, other: Money) -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not add up without a rate")

    def __add__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: Money) -> Money:
        self._same(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __lt__(self, other: Money) -> bool:
        self._same(other)
        return self.amount < other.amount

    def __le__(self, other: Money) -> bool:
        self._same(other)
        return self.amount <= other.amount

    def __bool__(self) -> bool:
        return self.amount != 0

    def times(self, rate: Decimal, currency: str | None = None) -> Money:
        """This amount at `rate`, in `currency` (its own if not given)."""
        return Money(self.amount * rate, currency or self.currency)


def total(amounts: Iterable[Money], currency: str) -> Money:
    """The sum of amounts that are all in `currency`."""
    result = Money.zero(currency)
    for one in amounts:
        result = result + one
    return result
