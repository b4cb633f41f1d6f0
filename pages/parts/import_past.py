"""Past imports: what each brought, its refused rows, and taking it away again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pandas as pd
import streamlit as st

from core.desk import import_runs
from core.desk.import_runs import RunRow
from core.foundation import clock, database
from core.foundation.formats import apart, day, moment, number
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.parcels.importers.kinds import COUNT_LABELS
from core.recovery.bringing import take_out
from pages.parts import dialogs, import_upload, state, who
from pages.parts.act import act
from pages.parts.formats import dotted, gray, line, plain
from pages.parts.import_preview import WIDE
from pages.parts.lines import figures
from pages.parts.who import actor

DIALOG = "imports-delete"
MOST_ON_PHONE = 15
NARROWER = 230


def draw(me: Actor) -> None:
    """The list, and what was chosen of it."""
    with database.reading() as session:
        runs = import_runs.list_runs(session, actor=me)
    st.header(_("Past imports"), anchor=False)
    if not runs:
        st.caption(_("Nothing imported yet. Export “Order.all” in Seller Centre and drop it above."))
        return
    if who.on_phone():
        for run in runs[:MOST_ON_PHONE]:
            _card(run, me)
    else:
        _list(runs, me)
    opened = state.opened()
    if opened is not None and opened.name == DIALOG:
        dialogs.show(_("Delete an import"), lambda: _delete(opened.subject))


def _list(runs: list[RunRow], me: Actor) -> None:
    table = _table(runs, me)
    # The day of a deletion takes its room from the names, so that both can be read without moving the table.
    wide = NARROWER if _("Deleted") in table.columns else WIDE
    event = st.dataframe(
        table,
        column_config={_("File"): st.column_config.TextColumn(width=wide), **figures(table, *table.columns[4:8])},
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
        _card(runs[chosen[0]], me)
    else:
        st.caption(_("Select a row to see what came in and was refused, or to delete the import."))


def _table(runs: list[RunRow], me: Actor) -> pd.DataFrame:
    columns = {"new": _("New"), "updated": _("Updated"), "refused": _("Refused"), "offers": _("Offered")}
    return pd.DataFrame(
        {
            _("When"): [moment(one.at, me.zone, year=True) for one in runs],
            _("File"): [one.file_name if not one.sheet else f"{one.file_name} · {one.sheet}" for one in runs],
            _("Recognised as"): [one.report for one in runs],
            _("Shop"): [one.shop for one in runs],
            **{words: [number(int(one.counts.get(name, 0))) for one in runs] for name, words in columns.items()},
            _("By"): [one.by or "Recoup" for one in runs],
            **(
                {_("Deleted"): [_day(one.deleted_at, me.zone) for one in runs]}
                if any(one.deleted_at for one in runs)
                else {}
            ),
        }
    )


def _day(at: datetime | None, zone: str) -> str:
    return day(clock.local_day(at, zone), year=True) if at else ""


def _card(run: RunRow, me: Actor) -> None:
    with st.container(border=True, gap="xsmall"):
        second = dotted(plain(run.shop), run.market, plain(run.report), plain(moment(run.at, me.zone, year=True)))
        name = run.file_name if not run.sheet else f"{run.file_name} · {run.sheet}"
        st.markdown(f"**{line(name)}**  \n{plain(_counts(run))}  \n{gray(second)}")
        if run.unknown_headings:
            said = _("Headings nobody knows, kept with the raw rows: {list}.", list=", ".join(run.unknown_headings))
            st.caption(plain(said))
        if run.deleted_at is not None:
            st.caption(
                plain(
                    _(
                        "Deleted by {who} on {moment}; nothing of it is left but this line.",
                        who=run.deleted_by or "Recoup",
                        moment=moment(run.deleted_at, me.zone, year=True),
                    )
                )
            )
            return
        with st.container(horizontal=True, gap="small"):
            if run.counts.get("refused"):
                import_upload.refused_button(me, run.id, _("Refused rows"), "past")
            may = me.may(Permission.IMPORT_DELETE)
            if may or me.may(Permission.IMPORT_RUN):
                st.button(
                    _("Delete this import"),
                    icon=":material/delete:",
                    key=f"imports-delete-{run.id}",
                    disabled=not may,
                    help=None if may else _("Leads and managers delete imports."),
                    on_click=state.open_dialog,
                    args=(DIALOG, run.id),
                )


def _counts(run: RunRow) -> str:
    said = [f"{_(COUNT_LABELS[name])} {number(count)}" for name, count in run.figures().items()]
    return apart(said) or _("Nothing came in with it.")


def _delete(run_id: Any) -> None:
    """What will go, and the button that takes it away."""
    me = actor()
    with database.reading() as session:
        found = import_runs.file_of(session, int(run_id), actor=me)
    st.markdown(f"**{line(found.file_name)}**")
    st.markdown(_("This takes away what the file brought:"))
    for run in found.runs:
        name = dotted(plain(run.report), plain(run.sheet))
        st.markdown(f"- {name}: {plain(_counts(run))}")
    st.markdown(
        _(
            "What it changed becomes what it was before; what something else changed since stays. A case made of it, or a later"
            " import of the same parcels, keeps it from being deleted, and is named."
        )
    )
    form = f"imports-delete-{run_id}"
    if st.button(_("Delete"), type="primary", icon=":material/delete:", key=state.widget(form, "save")):
        done = act(
            lambda session: list(take_out(session, int(run_id), actor=me, now=clock.now()).run_ids),
            key=state.key(form),
            notice=_("The import was deleted."),
        )
        if done is not None:
            import_upload.forget(done.result)
            dialogs.done()


__all__ = ["draw"]
