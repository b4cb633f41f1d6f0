"""Two people changed the same field: both values are shown, and the one who came second chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

import streamlit as st

from core.foundation.errors import Conflict, FieldConflict
from core.foundation.language import _
from pages.parts import state
from pages.parts.formats import plain

MINE, THEIRS = "mine", "theirs"


class Clash:
    """The place in an edit form where clashes are shown and settled.

    Made where it is to appear, above the save button. `labels` names the fields, `shown` says a field's value in words
    (text as it is where a field has no entry). What was typed stays in the form's own fields.
    """

    def __init__(
        self, form: str, labels: Mapping[str, str], shown: Mapping[str, Callable[[Any], str]] | None = None
    ) -> None:
        self.form, self.labels, self.shown = form, labels, shown or {}
        self.place = st.empty()
        if self._fields():
            self._draw()

    def settle(self, seen: Mapping[str, Any], typed: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """`seen` and `typed` after the choices: both sides of a clash are known now, so theirs counts as seen."""
        known, wanted = dict(seen), dict(typed)
        for one in self._fields():
            known[one.field] = one.theirs
            if st.session_state.get(self._key(one)) == THEIRS:
                wanted[one.field] = one.theirs
        return known, wanted

    def show(self, conflict: Conflict) -> None:
        """Remember what clashes and draw the choices."""
        state.form(self.form).clashes = conflict.fields
        self._draw()

    def _fields(self) -> tuple[FieldConflict, ...]:
        return state.form(self.form).clashes

    def _key(self, one: FieldConflict) -> str:
        return state.widget(self.form, f"clash-{one.field}-{crc32(str(one.theirs).encode()) % 10_000}")

    def _draw(self) -> None:
        with self.place.container(border=True):
            st.markdown(
                ":orange-badge[:material/merge: {}] {}".format(
                    _("Changed meanwhile"),
                    _("Somebody else changed this while you were typing. Choose what should stand, then save again."),
                )
            )
            for one in self._fields():
                say = self.shown.get(one.field, lambda value: str(value) if value not in (None, "") else "—")
                words: dict[Any, str] = {
                    MINE: plain(_("Yours: {value}", value=say(one.yours))),
                    THEIRS: plain(_("Theirs: {value}", value=say(one.theirs))),
                }
                st.radio(
                    plain(self.labels.get(one.field, one.field)),
                    list(words),
                    format_func=words.__getitem__,
                    key=self._key(one),
                )
