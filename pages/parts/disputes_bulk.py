"""Answers to several disputes prepared at once: the bar over the grid, the checklist before, the report after.

The batch goes in portions, every portion a transaction of its own under its own key: a second click, or a run that was
interrupted, finds what is done and goes on with the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import streamlit as st

from core.desk.disputes_list import Checklist, DisputeLine, checklists
from core.desk.export import harmless
from core.foundation import clock, database
from core.foundation.formats import number
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.recovery.answers import prepare_many
from core.recovery.bulk import portions
from core.recovery.disputes import STATE_LABELS
from pages.parts import disputes_words as words
from pages.parts import state, tables, taking
from pages.parts.act import act, attempt
from pages.parts.formats import cut, gray, plain
from pages.parts.who import actor

DIALOG = "disputes-prepare"
AHEAD, REPORT = "disputes-ahead", "disputes-report"


@dataclass(frozen=True)
class Made:
    """What became of the batch: return numbers begun, and of the others why not."""

    made: tuple[str, ...] = ()
    refused: tuple[tuple[str, str], ...] = ()


def draw_bar(ticked: Sequence[DisputeLine], me: Actor) -> None:
    """What can be done with the ticked disputes. It stands there before anything is ticked, so that the grid under it never moves
    away from the hand that ticks.
    """
    if not me.may(Permission.DISPUTE_EDIT):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.button(
            _("Prepare answers"),
            icon=":material/edit_note:",
            key="disputes-bulk-prepare",
            disabled=not ticked,
            on_click=_begin,
            args=(tuple(row.id for row in ticked),),
        )
        # On the right, where the grid's own toolbar floats over the bar.
        if ticked:
            chosen = _n("{n} dispute chosen", "{n} disputes chosen", len(ticked))
            st.markdown(f"**{plain(chosen)}**", width="stretch")
        else:
            st.markdown(gray(plain(_("Tick disputes to prepare several answers together."))), width="stretch")


def _begin(ids: tuple[int, ...]) -> None:
    kept = state.memory().found
    kept.pop(REPORT, None)
    kept.pop(AHEAD, None)
    state.open_dialog(DIALOG, ids)


def draw_dialog(ids: tuple[int, ...]) -> None:
    """The dialog: first what stands in the way, then what became of it."""
    st.dialog(_("Prepare answers"), width="large", on_dismiss=close)(_body)(ids)


def close() -> None:
    """Close it. What was refused stays ticked: the grid is made anew with it."""
    kept = state.memory()
    report, ahead = kept.found.pop(REPORT, None), kept.found.pop(AHEAD, None)
    state.close_dialog()
    if isinstance(report, Made) and ahead is not None:
        refused = {number for number, _why in report.refused}
        st.session_state["disputes-ticked"] = [one.line.id for one in ahead[1] if one.line.return_number in refused]
        st.session_state["disputes-drawers"] = int(st.session_state.get("disputes-drawers", 0)) + 1


def _body(ids: tuple[int, ...]) -> None:
    report = state.memory().found.get(REPORT)
    if isinstance(report, Made):
        _report(report)
        return
    st.caption(
        _(
            "Each answer is written from its case in the market's language, with the proof the case has. Somebody reads every one "
            "before it goes out."
        )
    )
    found = _ahead(ids)
    _table(found)
    can = [one.line.id for one in found if one.reason is None]
    if not can:
        st.info(_("None of them can be prepared now."), icon=":material/lock:")
        return
    form = DIALOG
    said = _n("Prepare {n} answer", "Prepare {n} answers", len(can))
    if st.button(said, type="primary", width="stretch", icon=":material/check:", key=state.widget(form, "save")):
        _run(form, [one.line.id for one in found])


def _ahead(ids: tuple[int, ...]) -> list[Checklist]:
    """The checklists, asked once for a dialog and not on every click in it."""
    kept = state.memory().found
    if kept.get(AHEAD, (None,))[0] != ids:
        kept[AHEAD] = (ids, attempt(lambda: _lists(ids)) or [])
    found: list[Checklist] = kept[AHEAD][1]
    return found


def _lists(ids: Sequence[int]) -> list[Checklist]:
    with database.reading() as session:
        return checklists(session, ids, actor=actor(), now=clock.now())


def _table(found: Sequence[Checklist]) -> None:
    off = sum(1 for one in found if one.reason is not None)
    if off:
        said = _n("{n} of {all} will be refused", "{n} of {all} will be refused", off, all=len(found))
        st.markdown(f":orange[:material/lock:] **{plain(said)}**")
    text = st.column_config.TextColumn
    st.dataframe(
        pa.table(
            {
                "return": [one.line.return_number for one in found],
                "case": [tables.text(one.line.incident) for one in found],
                "state": [tables.chip(_(STATE_LABELS[one.line.state])) for one in found],
                "proof": [_proof(one) for one in found],
                "missing": [_missing(one) for one in found],
            }
        ),
        hide_index=True,
        height="content" if len(found) <= 8 else 320,
        row_height=tables.ROW_HEIGHT,
        alt=_("The chosen disputes, their proof and what is missing"),
        column_config={
            "return": text(_("Return"), width=140),
            "case": text(_("Case"), width=118),
            "state": tables.chips(
                _("State"),
                [(_(STATE_LABELS[one]), colour) for one, (colour, _icon) in words.COLOURS.items()],
                width=140,
            ),
            "proof": text(_("Proof"), width=90),
            "missing": text(_("Missing, or in the way"), width="large"),
        },
    )


def _proof(one: Checklist) -> str:
    if one.reason is not None and not one.required:
        return "—"
    return _("{n} of {all}", n=number(one.there), all=number(one.required))


def _missing(one: Checklist) -> str:
    if one.reason is not None:
        return one.reason
    if not one.missing:
        return "✓"
    return "; ".join(cut(words_, 60) for words_ in one.missing)


def _run(form: str, ids: Sequence[int]) -> None:
    """Do the batch in portions with the form's key, show how far it is, and then the report."""
    parts = portions(ids)
    bar = st.progress(0.0, _("Working")) if len(parts) > 1 else None
    total, key, me = Made(), state.key(form), actor()
    for place, part in enumerate(parts):

        def write(session: Any, some: Sequence[int] = part) -> Any:
            found = prepare_many(session, some, actor=me, now=clock.now())
            return {"made": list(found.made), "refused": [list(one) for one in found.refused]}

        done = act(write, key=f"{key}-{place}")
        if done is None:
            break
        refused = tuple((str(return_number), str(why)) for return_number, why in done.result["refused"])
        total = Made(total.made + tuple(done.result["made"]), total.refused + refused)
        if bar is not None:
            n = len(total.made) + len(total.refused)
            bar.progress((place + 1) / len(parts), _("{n} of {all} done", n=number(n), all=number(len(ids))))
    if total.made or total.refused:
        kept = state.memory().found
        kept[REPORT] = total
        # The lists are told anew with the report: drafts hold what was there.
        kept[AHEAD] = (tuple(ids), _lists(ids))
        state.forget(form)
        st.rerun()


def _report(report: Made) -> None:
    """What is begun, what is still missing in it, what was refused and why; the same as a file."""
    found: list[Checklist] = state.memory().found.get(AHEAD, ((), []))[1]
    begun = _n("{n} answer is prepared.", "{n} answers are prepared.", len(report.made))
    st.markdown(f":green[:material/check_circle:] **{plain(begun)}**")
    if report.refused:
        said = _n("{n} was refused:", "{n} were refused:", len(report.refused))
        st.markdown(f":red[:material/block:] **{plain(said)}**")
        for return_number, why in report.refused[:5]:
            st.caption(f"{plain(return_number)}: {plain(why)}")
    mine = [one for one in found if one.line.return_number in set(report.made)]
    short = [one for one in mine if one.missing]
    if short:
        said = _n("{n} of them still lacks proof:", "{n} of them still lack proof:", len(short))
        st.markdown(f":orange[:material/rule:] **{plain(said)}**")
    if mine:
        _table(sorted(mine, key=lambda one: not one.missing))
    _file(found, report)
    if st.button(_("Close"), type="primary", width="stretch", key="disputes-report-close"):
        close()
        st.rerun()


def _file(found: Sequence[Checklist], report: Made) -> None:
    """The checklists as a file: what to get for which case."""
    refused = dict(report.refused)
    head = [_("Return number"), _("Case"), _("Order number"), _("Proof"), _("Missing, or in the way")]
    rows = [
        [
            one.line.return_number,
            one.line.incident or "",
            harmless(one.line.order_number),
            _proof(one),
            harmless(refused.get(one.line.return_number) or "; ".join(one.missing)),
        ]
        for one in found
    ]
    st.download_button(
        _("Checklist (CSV)"),
        data=lambda: taking.as_csv([head, *rows]),
        file_name=f"{taking.stem('disputes-checklist', actor())}.csv",
        mime="text/csv",
        icon=":material/csv:",
        on_click="ignore",
        key="disputes-report-csv",
    )
