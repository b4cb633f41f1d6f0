"""Conditions over many values at once: a file may hold more requests than a statement may have parameters (inner)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, any_, literal
from sqlalchemy.dialects.postgresql import ARRAY


def among(column: Any, values: Iterable[Any]) -> ColumnElement[bool]:
    """Whether the column holds one of `values`, which travel as one array."""
    found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
    return found
