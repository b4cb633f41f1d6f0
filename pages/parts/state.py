"""What a browser tab remembers between two runs: blank forms and their submission keys, the open dialog, notices.

All of it hangs on one plain object. Changing that object is ordinary Python, so nothing can interrupt a page between
the commit of a write and the note that it happened; a `st.session_state[...] = …` there could.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any
from uuid import uuid4

import streamlit as st

from core.foundation.errors import FieldConflict

_NAME = "recoup"
_GOING = 3.0
"""Seconds for which a second click of a double click is taken along to the page the first one opened."""
_LATE_CLICK = 0.8
"""Seconds after arriving for which a click that was made before still follows."""


@dataclass
class Form:
    """A form since it was last blank: the key its one write carries, its number in this tab, what it showed."""

    key: str = field(default_factory=lambda: uuid4().hex)
    number: int = 1
    seen: dict[str, Any] = field(default_factory=dict)
    clashes: tuple[FieldConflict, ...] = ()


@dataclass(frozen=True)
class Opened:
    """The dialog that is open, and for what."""

    name: str
    subject: Any = None


@dataclass(frozen=True)
class Going:
    """Where the person is being taken after a write."""

    page: str
    query: dict[str, str]
    until: float


@dataclass
class Memory:
    """Everything this tab remembers that is not a widget's own value. `told` is shown once and kept nowhere else,
    `found` is what a page worked out and shows until something changes."""

    forms: dict[str, Form] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)
    opened: Opened | None = None
    going: Going | None = None
    told: dict[str, str] = field(default_factory=dict)
    found: dict[str, Any] = field(default_factory=dict)
    place: str = ""


def memory() -> Memory:
    """This tab's memory, made on first use."""
    found: Memory | None = st.session_state.get(_NAME)
    if found is None:
        found = st.session_state[_NAME] = Memory()
    return found


def form(name: str) -> Form:
    """The form of that name as it stands in this tab."""
    forms = memory().forms
    if name not in forms:
        forms[name] = Form()
    return forms[name]


def key(name: str) -> str:
    """The submission key of a form: made with the blank form, the same until its write succeeded."""
    return form(name).key


def widget(name: str, part: str) -> str:
    """The widget key of one part of a form, such as `intake-number-1`.

    It changes when the form becomes blank again: the fields are empty then, and a late second click on the old button
    finds no button to press.
    """
    return f"{name}-{part}-{form(name).number}"


def renew(kept: Memory, used: str) -> None:
    """Make the form whose key was used blank again. A key of an earlier form renews nothing."""
    for name, one in kept.forms.items():
        if one.key == used:
            kept.forms[name] = Form(number=one.number + 1)
            return


def forget(name: str) -> None:
    """Make a form blank without writing it."""
    kept = memory()
    if name in kept.forms:
        kept.forms[name] = Form(number=kept.forms[name].number + 1)


def seen(name: str, current: Mapping[str, Any]) -> dict[str, Any]:
    """What the form showed when it was drawn first: `current` on the first call since it was blank, then that again."""
    one = form(name)
    if not one.seen:
        one.seen = dict(current)
    return one.seen


def open_dialog(name: str, subject: Any = None) -> None:
    """Say which dialog the page draws from now on. Usable as a button's `on_click`."""
    memory().opened = Opened(name, subject)


def close_dialog() -> None:
    """No dialog from now on, and what it showed once is gone. Usable as `on_dismiss`."""
    kept = memory()
    kept.opened = None
    kept.told.clear()


def enter(place: str) -> None:
    """At the top of a page: a dialog left open on another page, or on another case, does not come along."""
    kept = memory()
    if kept.place != place:
        close_dialog()
        kept.place = place


def opened() -> Opened | None:
    """The dialog that is open."""
    return memory().opened


def going(page: str, **query: str) -> Going:
    """Where a write takes the person, from now on."""
    return Going(page, query, monotonic() + _GOING)


def go(page: str, **query: str) -> None:
    """Take the person to a page, and a second click of the same hand with them."""
    memory().going = going(page, **query)
    st.switch_page(page, query_params=query)


def follow() -> None:
    """At the top of a page that sends people on: a click that came too late follows the first one."""
    where = memory().going
    if where is not None and monotonic() < where.until:
        st.switch_page(where.page, query_params=where.query)


def arrived() -> None:
    """At the end of the page people were sent to: they are there. A click already on its way still comes along."""
    kept = memory()
    if kept.going is not None:
        kept.going = replace(kept.going, until=min(kept.going.until, monotonic() + _LATE_CLICK))
