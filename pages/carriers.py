"""Carriers: which channel loses and breaks how much, how surely, and what it costs after claims."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from core.foundation import clock
from core.foundation.config import settings
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.foundation.permissions import Permission
from core.insight.comparison import Outcome
from core.insight.decisions import numbers_of
from core.models.group import GroupState
from pages.parts import (
    carriers_decisions,
    carriers_scorecard,
    carriers_table,
    carriers_view,
    clusters_view,
    figures,
    measures,
    state,
)
from pages.parts.act import notices
from pages.parts.carriers_words import Line, lines
from pages.parts.formats import plain
from pages.parts.who import actor, on_phone

me = actor()
state.enter("carriers")
phone, now, currency = on_phone(), clock.now(), settings().base_currency
choices = figures.choices(me)
filters = carriers_view.address(choices)
st.title(_("Carriers"), anchor=False)
carriers_view.draw_filters(filters, choices, me)
outcomes = carriers_view.outcomes_of(filters)


def _side_by_side(*parts: Callable[[], None]) -> None:
    """Beside each other on a desk, below each other on a phone."""
    places = [st.container() for _part in parts] if phone else st.columns(len(parts), gap="medium")
    for place, draw in zip(places, parts, strict=True):
        with place:
            draw()


def _draw() -> None:
    scope = carriers_view.scope_of(filters, now, me.zone)
    found, names = measures.compared(me, outcomes, scope)
    carriers_view.draw_counted(found, outcomes, scope)
    if not found.n:
        st.info(
            _("No parcel of this time is old enough to judge. Choose a longer period, or import the shop's orders."),
            icon=":material/inbox:",
        )
        return
    counted = {one.channel: one.n + one.young for one in found.channels} if outcomes != (Outcome.LATE,) else None
    money = measures.channel_money(me, scope, counted) if me.may(Permission.LEDGER_READ) else []
    told: list[Line] = lines(found, names, money)
    _side_by_side(
        lambda: carriers_view.draw_funnel(told, found, outcomes), lambda: carriers_view.draw_forest(told, found)
    )
    of = carriers_table.draw_table(told, currency, phone)
    standing = carriers_decisions.standing(me)
    carriers_decisions.draw(standing, measures.changes(me, standing) if standing else {}, me, of)
    if money:
        carriers_view.draw_costs(told, currency)
        carriers_table.draw_money(told, currency)
    channel = of.compared.channel if of else None
    months, stages = measures.course(me, outcomes, scope, channel), measures.stages(me, scope, channel)
    _side_by_side(
        lambda: carriers_view.draw_course(months, of), lambda: carriers_view.draw_stages(stages, of, currency)
    )
    carriers_decisions.draw_dialog(
        {
            one.compared.channel: (one.name, numbers_of(one.compared, one.money, outcomes, scope, currency))
            for one in told
        },
        found.rate,
    )
    carriers_scorecard.draw_dialog(scope, outcomes)


groups = clusters_view.groups(me)
waiting = any(one.state is GroupState.OPEN for one in groups)
# An alarm comes before the comparison; that there is none can be read at the end.
if waiting:
    clusters_view.draw(groups, me)
try:
    _draw()
except Invalid as refusal:
    st.info(plain(refusal.message), icon=":material/event_busy:")
if not waiting:
    clusters_view.draw(groups, me)
filters.write()
notices()
