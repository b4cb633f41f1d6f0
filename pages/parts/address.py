"""The filters of a page in its address, under codes that stay the same in every language and version.

`bind="query-params"` would write the words a person sees, icon and language included. Here the address is read before the
widgets are made and written after them; when the browser's Back button or a link changed it, it wins over the widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar
from zlib import crc32

import streamlit as st

from core.insight.explore import unwritten, written

T = TypeVar("T")

_MEMORY = "recoup-address"
_OF_A_CASE = {"ref", "do", "claim", "clock"}
LONGEST = 200
MOST_WORDS = 20


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
class Words:
    """Any texts, with commas between; which there are is not known beforehand. An empty one stands for none being there."""

    def parse(self, text: str) -> Any:
        return [unwritten(code)[:LONGEST] for code in dict.fromkeys(text.split(",")[:MOST_WORDS]) if code]

    def code(self, value: Any) -> str:
        return ",".join(written(one) for one in value or ())


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


@dataclass(frozen=True)
class Record:
    """The number of a record, such as a saved view's; None for none."""

    def parse(self, text: str) -> Any:
        return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 16 else None

    def code(self, value: Any) -> str:
        return str(value) if isinstance(value, int) else ""


Field = One | Many | Words | Text | Day | Number | Record
SAVED = "saved"
"""The filter that names the saved view; see `pages.parts.views`."""


@dataclass
class _Kept:
    """What is remembered of a page from one run to the next: its address, and whose values the widgets still hold."""

    codes: dict[str, str] = field(default_factory=dict)
    held: set[str] = field(default_factory=set)


class Address:
    """The filters of one page: `key(name)` is the widget's key, `value(name)` what it holds, `write()` comes last.

    A widget that was not drawn in the last run (its popover was closed) has forgotten its value; the address has not.
    """

    def __init__(
        self, page: str, fields: Mapping[str, Field], preset: Callable[[int], Mapping[str, str]] | None = None
    ) -> None:
        """`preset` gives the codes of a saved view, for an address that names nothing but one."""
        self.page, self.fields = page, fields
        self._drawn: set[str] = set()
        here = {name: str(st.query_params.get(name, "")) for name in fields}
        self._now = {name: text for name, text in here.items() if text}
        kept = self._kept()
        # Back from a case or another list, Streamlit leaves that one's address on ours: what was looked at here before is meant.
        of_a_case = any(name in st.query_params for name in _OF_A_CASE - set(fields))
        known = self._now == kept.codes or of_a_case or self._of_another_page()
        codes = kept.codes if known else self._now
        if preset is not None and not known and set(codes) == {SAVED} and (saved := fields[SAVED].parse(codes[SAVED])):
            codes = {**preset(saved), **codes}
        for name, kind in fields.items():
            if not known or name not in kept.held or self._key(name) not in st.session_state:
                st.session_state[self._key(name)] = kind.parse(codes.get(name, ""))

    def _of_another_page(self) -> bool:
        """Whether the address is, to the letter, the one another page was left with."""
        whole = {name: str(text) for name, text in st.query_params.items()}
        others = (kept.codes for page, kept in st.session_state[_MEMORY].items() if page != self.page)
        return bool(whole) and any(whole == codes for codes in others)

    def _kept(self) -> _Kept:
        if _MEMORY not in st.session_state:
            st.session_state[_MEMORY] = {}
        found: _Kept = st.session_state[_MEMORY].setdefault(self.page, _Kept())
        return found

    def _key(self, name: str) -> str:
        return f"{self.page}-{name}"

    def key(self, name: str) -> str:
        """The key of a filter's widget, which is drawn now."""
        self._drawn.add(name)
        return self._key(name)

    def value(self, name: str) -> Any:
        """What a filter holds now."""
        return st.session_state[self._key(name)]

    def each(self, name: str, kind: Callable[[str], T]) -> tuple[T, ...]:
        """The codes a filter of several holds now, each as what it stands for."""
        return tuple(kind(code) for code in self.value(name))

    def only(self, name: str, kind: Callable[[str], T]) -> T | None:
        """The code a filter of one holds now, as what it stands for; None for none."""
        code = self.value(name)
        return kind(code) if code else None

    def put(self, name: str, value: Any) -> None:
        """Set a filter that has no widget, or whose widget is not made yet in this run."""
        st.session_state[self._key(name)] = value
        self._kept().held.add(name)

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
                self.put(name, kind.parse(""))

    def apply(self, codes: Mapping[str, str]) -> None:
        """Let through what these codes say and nothing else. Usable as a button's `on_click`."""
        for name, kind in self.fields.items():
            self.put(name, kind.parse(codes.get(name, "")))

    def codes(self, *without: str) -> dict[str, str]:
        """The filters that are set, as codes."""
        found = {name: kind.code(self.value(name)) for name, kind in self.fields.items() if name not in without}
        return {name: code for name, code in found.items() if code}

    def known(self, codes: Mapping[str, str], *without: str) -> dict[str, str]:
        """What of some codes this page knows today: a carrier that is gone is no longer among them."""
        found = {name: kind.code(kind.parse(codes.get(name, ""))) for name, kind in self.fields.items()}
        return {name: code for name, code in found.items() if code and name not in without}

    def write(self) -> None:
        """Bring the address in line with the widgets, and note which of them keep their value until the next run."""
        wanted = {name: kind.code(self.value(name)) for name, kind in self.fields.items()}
        wanted = {name: code for name, code in wanted.items() if code}
        if wanted != self._now or _OF_A_CASE & set(st.query_params):
            st.query_params.from_dict(wanted)
        kept = self._kept()
        kept.codes, kept.held = wanted, self._drawn

    def signature(self, *without: str) -> str:
        """The filters as one text: what a list's page number belongs to."""
        return "&".join(
            f"{name}={kind.code(self.value(name))}" for name, kind in self.fields.items() if name not in without
        )
