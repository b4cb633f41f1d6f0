"""The filters of a page in its address, under codes that stay the same in every language and version.

`bind="query-params"` would write the words a person sees, icon and language included. Here the address is read before the
widgets are made and written after them; when the browser's Back button or a link changed it, it wins over the widgets.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from zlib import crc32

import streamlit as st

_MEMORY = "recoup-address"
LONGEST = 200


@dataclass(frozen=True)
class One:
    """One code out of a few; the default is left out of the address."""

    codes: Sequence[str]
    default: str | None = None

    def parse(self, text: str) -> Any:
        return text if text in self.codes else self.default

    def code(self, value: Any) -> str:
        return "" if value is None or value == self.default else str(value)


@dataclass(frozen=True)
class Many:
    """Any of some codes, with commas between."""

    codes: Iterable[str]

    def parse(self, text: str) -> Any:
        known = list(self.codes)
        return [code for code in dict.fromkeys(text.split(",")) if code in known]

    def code(self, value: Any) -> str:
        return ",".join(value or ())


@dataclass(frozen=True)
class Text:
    """A line somebody typed."""

    def parse(self, text: str) -> Any:
        return text[:LONGEST]

    def code(self, value: Any) -> str:
        return str(value or "").strip()[:LONGEST]


@dataclass(frozen=True)
class Day:
    """A calendar day, as 2026-11-23."""

    def parse(self, text: str) -> Any:
        try:
            return date.fromisoformat(text)
        except ValueError:
            return None

    def code(self, value: Any) -> str:
        return value.isoformat() if isinstance(value, date) else ""


@dataclass(frozen=True)
class Number:
    """A page number, from 1."""

    def parse(self, text: str) -> Any:
        return min(max(int(text), 1), 1000) if text.isascii() and text.isdecimal() and len(text) < 6 else 1

    def code(self, value: Any) -> str:
        return "" if not isinstance(value, int) or value <= 1 else str(value)


Field = One | Many | Text | Day | Number


@dataclass
class Address:
    """The filters of one page: `key(name)` is the widget's key, `value(name)` what it holds, `write()` comes last."""

    page: str
    fields: Mapping[str, Field]
    _now: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        here = {name: str(st.query_params.get(name, "")) for name in self.fields}
        self._now = {name: text for name, text in here.items() if text}
        known = self._now == self._memory().get(self.page)
        for name, kind in self.fields.items():
            # A widget that was not drawn for a while has forgotten its value; the address has not.
            if not known or self.key(name) not in st.session_state:
                st.session_state[self.key(name)] = kind.parse(self._now.get(name, ""))

    def _memory(self) -> dict[str, dict[str, str]]:
        if _MEMORY not in st.session_state:
            st.session_state[_MEMORY] = {}
        found: dict[str, dict[str, str]] = st.session_state[_MEMORY]
        return found

    def key(self, name: str) -> str:
        """The key of a filter's widget."""
        return f"{self.page}-{name}"

    def value(self, name: str) -> Any:
        """What a filter holds now."""
        return st.session_state[self.key(name)]

    def put(self, name: str, value: Any) -> None:
        """Set a filter that has no widget, or whose widget is not made yet in this run."""
        st.session_state[self.key(name)] = value

    def turn(self, pages: int) -> None:
        """Draw the pager of a list whose page number is the filter `page`; it starts anew under other filters."""
        key = f"{self.page}-turn-{crc32(self.signature('page').encode())}"
        here = min(self.value("page"), pages)
        st.pagination(pages, default=here, key=key, on_change=self._turned, args=(key,))

    def _turned(self, key: str) -> None:
        self.put("page", st.session_state[key])

    def clear(self, *keep: str) -> None:
        """Let everything through again. Usable as a button's `on_click`."""
        for name, kind in self.fields.items():
            if name not in keep:
                st.session_state[self.key(name)] = kind.parse("")

    def write(self) -> None:
        """Bring the address in line with the widgets, and keep what a page without them would lose."""
        wanted = {name: kind.code(self.value(name)) for name, kind in self.fields.items()}
        wanted = {name: code for name, code in wanted.items() if code}
        if wanted != self._now:
            others = {name: st.query_params.get_all(name) for name in st.query_params if name not in self.fields}
            st.query_params.from_dict({**others, **wanted})
        self._memory()[self.page] = wanted

    def signature(self, *without: str) -> str:
        """The filters as one text: what a list's page number belongs to."""
        return "&".join(
            f"{name}={kind.code(self.value(name))}" for name, kind in self.fields.items() if name not in without
        )
