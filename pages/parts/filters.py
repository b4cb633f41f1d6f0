"""The controls of a list's filters, the same on every list: search, pills, what stands in the popover, the way out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from core.desk.register import NOBODY, Choices
from core.foundation.language import _, _n
from pages.parts.address import Address
from pages.parts.formats import chosen


def search(filters: Address, placeholder: str, *, phone: bool, width: int = 300) -> None:
    """The line that is searched for."""
    st.text_input(
        _("Search"),
        key=filters.key("q"),
        type="search",
        icon=":material/search:",
        placeholder=placeholder,
        label_visibility="collapsed",
        width="stretch" if phone else width,
    )


def pills(filters: Address, name: str, label: str, words: Mapping[str, str]) -> None:
    """The codes of a filter side by side; any number may be chosen."""
    picked = filters.value(name)
    st.pills(
        label,
        list(words),
        selection_mode="multi",
        key=filters.key(name),
        format_func=lambda code: chosen(words[code], code in picked),
        label_visibility="collapsed",
    )


def rare(filters: Address, names: Sequence[str], inside: Callable[[], None]) -> None:
    """The filters that are seldom needed, in a popover that computes nothing while it is closed, and the way out."""
    # Under another label it would be another popover, and closed.
    place = st.popover(_("Filters"), icon=":material/tune:", key=f"{filters.page}-rare", on_change="rerun")
    if place.open:
        with place:
            inside()
    if n := sum(1 for name in names if filters.value(name)):
        st.button(
            _n("Clear {n} filter", "Clear {n} filters", n),
            type="tertiary",
            icon=":material/filter_alt_off:",
            on_click=filters.clear,
            args=tuple(name for name in filters.fields if name not in names),
            key=f"{filters.page}-clear-rare",
        )


def several(filters: Address, name: str, label: str, words: Mapping[str, str]) -> None:
    """A filter of which any number of codes may be chosen, in the popover."""
    st.multiselect(label, list(words), key=filters.key(name), format_func=lambda code: words.get(code, code))


def named(filters: Address, name: str, label: str, known: Sequence[tuple[int, str]], nobody: str = "") -> None:
    """A filter of records in the popover, such as shops, by number and name. `nobody` says what having none is called."""
    first = {str(NOBODY): nobody} if nobody else {}
    several(filters, name, label, first | {str(number): said for number, said in known})


def numbers(known: Sequence[tuple[int, str]], *first: int) -> list[str]:
    """The codes of a filter of records; `first` are numbers that stand before them, such as that of none."""
    return [*map(str, first), *(str(number) for number, _said in known)]


def markets(filters: Address, choices: Choices) -> None:
    """The filter of markets in the popover."""
    several(filters, "market", _("Market"), {code: code for code in choices.markets})


def one(
    filters: Address,
    name: str,
    label: str,
    words: Mapping[str, str],
    *,
    none: str = "",
    width: Literal["stretch"] | int = "stretch",
    hidden: bool = True,
) -> None:
    """A filter of which one code may be chosen; `none` says what choosing none means, where that can be."""
    st.selectbox(
        label,
        list(words),
        key=filters.key(name),
        # Without a first choice of its own it can be emptied again.
        index=None if none else 0,
        placeholder=none or None,
        format_func=lambda code: words.get(code, code),
        label_visibility="collapsed" if hidden else "visible",
        width=width,
    )


def texts(filters: Address, name: str, label: str, known: Sequence[str], none: str) -> None:
    """A filter of `Words` in the popover: those that are known, and what is typed. `none` says what an empty one means."""
    picked = [one for one in filters.value(name) if one not in known]
    st.multiselect(
        label,
        [*known, *picked, *([] if "" in picked else [""])],
        key=filters.key(name),
        format_func=lambda text: text or none,
        accept_new_options=True,
    )


def first_page_again(filters: Address, *without: str) -> None:
    """A page number belongs to the filter it was turned under. `without` are filters that do not change the list."""
    key = f"{filters.page}-turned"
    now = filters.signature("page", *without)
    if st.session_state.get(key, now) != now:
        filters.put("page", 1)
    st.session_state[key] = now
