"""Imports: Seller Centre files in, with a preview; what came in before; what was refused."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from core.desk import import_runs
from core.desk.import_runs import RunRow
from core.foundation import database
from core.foundation.formats import moment, number
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from pages.parts import import_offers, import_upload, state
from pages.parts.act import notices
from pages.parts.formats import dotted, gray, line, plain
from pages.parts.lines import figures
from pages.parts.who import actor, on_phone


def _past(me: Actor) -> None:
    with database.reading() as session:
        runs = import_runs.list_runs(session, actor=me)
        waiting = import_runs.count_offers(session, actor=me)
    if waiting and me.may(Permission.INCIDENT_REGISTER) and not state.memory().found.get(import_upload.RESULT):
        import_offers.way(waiting)
    st.header(_("Past imports"), anchor=False)
    if not runs:
        st.caption(_("Nothing imported yet. Export “Order.all” in Seller Centre and drop it above."))
        return
    if on_phone():
        for run in runs[:15]:
            with st.container(border=True, gap="xsmall"):
                st.markdown(_words(run, me))
                _details(run, me)
        return
    table = _table(runs, me)
    event = st.dataframe(
        table,
        column_config=figures(table, *table.columns[3:-1]),
        hide_index=True,
        height="content" if len(runs) <= 15 else 560,
        row_height=34,
        key="imports-past",
        on_select="rerun",
        selection_mode="single-row",
        alt=_("Past imports"),
    )
    chosen = event["selection"]["rows"]
    if chosen and chosen[0] < len(runs):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_words(runs[chosen[0]], me))
            _details(runs[chosen[0]], me)
    else:
        st.caption(_("Select a row to see what was refused and which headings nobody knew."))


def _table(runs: list[RunRow], me: Actor) -> pd.DataFrame:
    columns = {
        "orders": _("Orders"),
        "new": _("New"),
        "updated": _("Updated"),
        "refused": _("Refused"),
        "offers": _("Offered"),
    }
    return pd.DataFrame(
        {
            _("When"): [moment(one.at, me.zone, year=True) for one in runs],
            _("File"): [one.file_name for one in runs],
            _("Shop"): [one.shop for one in runs],
            **{words: [number(int(one.counts.get(name, 0))) for one in runs] for name, words in columns.items()},
            _("By"): [one.by or "Recoup" for one in runs],
        }
    )


def _words(run: RunRow, me: Actor) -> str:
    counts = run.counts
    said = _(
        "{rows} rows, {orders} orders, {new} new, {updated} updated, {unchanged} unchanged, {refused} refused",
        **{
            name: number(int(counts.get(name, 0)))
            for name in ("rows", "orders", "new", "updated", "unchanged", "refused")
        },
    )
    second = dotted(plain(run.shop), run.market, plain(run.report), plain(moment(run.at, me.zone, year=True)))
    return f"**{line(run.file_name)}**  \n{plain(said)}  \n{gray(second)}"


def _details(run: RunRow, me: Actor) -> None:
    if run.unknown_headings:
        said = _("Headings nobody knows, kept with the raw rows: {list}.", list=", ".join(run.unknown_headings))
        st.caption(plain(said))
    if run.counts.get("refused"):
        import_upload.refused_button(me, run.id, run.file_name, "past")


me = actor()
state.enter("imports")
st.title(_("Imports"), anchor=False)
if me.may(Permission.IMPORT_RUN):
    import_upload.draw(me)
_past(me)
notices()
