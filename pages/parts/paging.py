"""A list in pages, the same on every list: what was found or why it cannot be searched for, how many there are, the pager."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import streamlit as st

from core.foundation import database
from core.foundation.errors import Invalid
from core.foundation.language import _
from pages.parts.address import Address
from pages.parts.formats import plain

T = TypeVar("T")


class Page(Protocol):
    """One page of a list, numbered from 1."""

    @property
    def number(self) -> int: ...

    @property
    def counted(self) -> int | None:
        """How many rows there are in all, where this page alone tells."""
        ...


def read(look: Callable[[Any], T]) -> T | None:
    """What `look` finds with a session; None, with the reason shown here, for what cannot be searched for."""
    try:
        with database.reading() as session:
            return look(session)
    except Invalid as refusal:
        st.info(plain(refusal.message), icon=":material/search:")
        return None


def total(found: Page, count: Callable[[], int]) -> int:
    """How many rows there are: told by the first page where it is the only one, else counted."""
    return found.counted if found.counted is not None and found.number == 1 else count()


def foot(filters: Address, rows: int, *, size: int, most: int, said: str, beyond: str, hint: str = "") -> None:
    """How many there are, and the way to the other pages of `size` rows. Nobody counts beyond `most`: then `beyond` is said."""
    pages = max(1, -(-min(rows, most) // size))
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute", gap="small"):
        st.caption((beyond if rows > most else said) + hint)
        if pages > 1:
            filters.turn(pages)


def nothing(filters: Address, said: str, *keep: str) -> None:
    """No row fits: says so, and offers to clear every filter but those to `keep`."""
    st.info(said, icon=":material/filter_alt_off:")
    st.button(_("Clear all filters"), on_click=filters.clear, args=keep, key=f"{filters.page}-clear")
