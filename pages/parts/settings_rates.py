"""Settings: exchange rates."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from core.foundation import clock, database
from core.foundation.clock import local_day
from core.foundation.formats import day, number
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import ExchangeRate
from core.money import rates
from pages.parts import dialogs, state
from pages.parts.act import act
from pages.parts.formats import cut
from pages.parts.lines import heading
from pages.parts.who import actor

ADD = "rate-add"


def draw(me: Actor) -> None:
    """The newest rate of every currency, and the dialog that is open."""
    with database.reading() as session:
        found = rates.list_rates(session, actor=me)
    heading(
        _("Exchange rates"),
        button=_("Enter a rate") if me.may(Permission.POLICY_EDIT) else "",
        key="rate-open",
        dialog=ADD,
    )
    st.caption(_("How much of a currency one US dollar buys. Every converted amount names the day of its rate."))
    if found:
        st.dataframe(_table(found), hide_index=True, height="content", row_height=34, alt=_("Exchange rates"))
    else:
        st.info(_("No rate yet. Values in other currencies cannot be compared until one is entered."))
    opened = state.opened()
    if opened and opened.name == ADD:
        dialogs.show(_("Enter a rate"), lambda: _add(sorted({one.currency for one in found})))


def _table(found: list[ExchangeRate]) -> pd.DataFrame:
    newest: dict[str, ExchangeRate] = {}
    for one in found:
        newest.setdefault(one.currency, one)
    return pd.DataFrame(
        {
            _("Currency"): list(newest),
            _("For one US dollar"): [number(one.per_usd.normalize()) for one in newest.values()],
            _("Day"): [day(one.on_date, year=True) for one in newest.values()],
            _("Source"): [cut(one.source, 80) for one in newest.values()],
        }
    )


def _add(known: list[str]) -> None:
    me = actor()
    currency = st.selectbox(_("Currency"), known, key=state.widget(ADD, "currency"), accept_new_options=True) or ""
    on_date = st.date_input(
        _("Day"), local_day(clock.now(), me.zone), key=state.widget(ADD, "day"), format="YYYY-MM-DD"
    )
    rate = st.text_input(_("For one US dollar"), key=state.widget(ADD, "rate"), placeholder="1.29")
    source = st.text_input(_("Source"), key=state.widget(ADD, "source"), max_chars=200)
    if st.button(_("Save"), type="primary", width="stretch", key=state.widget(ADD, "save")):

        def write(session: Any) -> str:
            made = rates.add_rate(
                session, currency, actor=me, on_date=on_date, per_usd=rate, source=source, now=clock.now()
            )
            return made.currency

        if act(write, key=state.key(ADD), notice=_("Saved.")):
            dialogs.done()
