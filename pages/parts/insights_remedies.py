"""What remedies bring the shop, in a dialog of Insights: stars, reviews and buyers who came back, by what was given and how soon."""

from __future__ import annotations

from datetime import timedelta

import pyarrow as pa
import streamlit as st

from core.cases.remedies import KIND_LABELS
from core.foundation import clock, database, formats
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.insight.remedy_results import FEWEST, Brought, Share, Speed, Stars, remedy_results
from pages.parts import dialogs, state, tables
from pages.parts.choices import segments
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor, on_phone

DIALOG = "remedy-results"
SPEEDS: dict[Speed, str] = {
    Speed.DAY: N_("within a day"),
    Speed.THREE_DAYS: N_("within 3 days"),
    Speed.LATER: N_("later"),
}
PERIODS = (90, 365, 0)


def button(me: Actor) -> None:
    """The way to it."""
    if me.may(Permission.REMEDY_READ):
        st.button(
            _("What remedies bring"),
            icon=":material/redeem:",
            key="insights-remedies",
            on_click=state.open_dialog,
            args=(DIALOG,),
        )


def dialog() -> None:
    """The dialog, where it is open."""
    found = state.opened()
    if found is not None and found.name == DIALOG:
        dialogs.show(_("What remedies bring the shop"), _show, width="large")


def _show() -> None:
    days = segments(
        _("Cases noticed in"),
        PERIODS,
        key="remedy-results-period",
        default=365,
        words=lambda n: _("{n} days", n=n) if n else _("all of it"),
        hidden=True,
    )
    since = clock.now() - timedelta(days=days) if days else None
    with database.reading() as session:
        found = remedy_results(session, actor=actor(), since=since)
    if not found:
        st.info(_("Nothing was given and no result noted in this time. Both are noted on the case."))
        return
    if on_phone():
        for one in found:
            st.markdown(f"**{plain(_name(one))}**  \n{gray(plain(_told(one)))}")
    else:
        _table(found)
    st.caption(
        _(
            "A case counts under the first thing its buyer got and how soon after noticing; in brackets how many were noted, then"
            " the 95 % interval. Below {n} notes nothing is said. It shows what was seen, not what a remedy caused: small parcels"
            " are settled sooner.",
            n=FEWEST,
        )
    )


def _table(found: tuple[Brought, ...]) -> None:
    columns = {
        "name": [_name(one) for one in found],
        "cases": [formats.number(one.cases) for one in found],
        "stars": [_stars(one.stars) for one in found],
        "avoided": [_share(one.avoided) for one in found],
        "back": [_share(one.back) for one in found],
    }
    column = st.column_config.TextColumn
    st.dataframe(
        pa.table(columns),
        hide_index=True,
        height="content",
        row_height=tables.ROW_HEIGHT,
        alt=_("What remedies bring: stars, reviews avoided and buyers who came back, by what was given and how soon"),
        column_config={
            "name": column(_("Given"), width=210),
            "cases": column(_("Cases"), width=64, alignment="right"),
            "stars": column(_("Stars"), width=140, alignment="right"),
            "avoided": column(_("No bad review"), width=165, alignment="right"),
            "back": column(_("Buyer came back"), width=165, alignment="right"),
        },
    )


def _name(one: Brought) -> str:
    if one.kind is None:
        return _("Nothing given")
    soon = _(SPEEDS[one.speed]) if one.speed is not None else ""
    return formats.clauses([_(KIND_LABELS[one.kind]), soon])


def _told(one: Brought) -> str:
    """A line for a phone."""
    return dotted(
        _("cases: {n}", n=formats.number(one.cases)),
        _("stars {figure}", figure=_stars(one.stars)),
        _("no bad review {figure}", figure=_share(one.avoided)),
        _("came back {figure}", figure=_share(one.back)),
    )


def _stars(one: Stars) -> str:
    if one.mean is None:
        return _few(one.n)
    low, high = formats.number(one.low, 1), formats.number(one.high, 1)
    return f"{formats.number(one.mean, 1)}{formats.aside(one.n)} {low}–{high}"


def _share(one: Share) -> str:
    if one.between is None:
        return _few(one.n)
    share, low, high = (round(100 * value) for value in (one.events / one.n, one.between.low, one.between.high))
    return f"{share} %{formats.aside(one.n)} {low}–{high}"


def _few(n: int) -> str:
    return _("too few ({n})", n=n) if n else formats.NOTHING
