"""Column types that every table shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import CHAR, DateTime, Dialect, Enum, Numeric
from sqlalchemy.types import TypeDecorator

E = TypeVar("E", bound=StrEnum)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: `timestamptz`. A datetime without a zone is refused; what is read back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None or value.utcoffset() is None:
            raise ValueError(f"a moment without a zone cannot be stored: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)


class CurrencyCode(TypeDecorator[str]):
    """An ISO 4217 code, three capital letters: `char(3)`."""

    impl = CHAR(3)
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is not None and not re.fullmatch(r"[A-Z]{3}", value):
            raise ValueError(f"not a currency code: {value!r}")
        return value


def Amount() -> Numeric[Any]:  # noqa: N802 - used as a column type, so it is spelt like one
    """An amount of money: `numeric(20, 4)`, a Decimal in Python. Its currency stands in a column beside it."""
    return Numeric(20, 4, asdecimal=True)


def enum_column(kind: type[E], name: str | None = None) -> Enum:
    """A closed list of words: text with a CHECK (`ck_<table>_<enum name>`), read back as the StrEnum.

    A table with two columns of one kind gives the second a `name` of its own. A new word is a migration that changes
    the CHECK; nothing in the database is a type of its own.
    """
    name = name or re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()
    return Enum(
        kind,
        values_callable=lambda words: [word.value for word in words],
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=40,
        name=name,
    )
