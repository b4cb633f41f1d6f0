"""Answers to several disputes prepared at once: the bar over the grid, the checklist before, the report after."""

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
from core.recovery.disputes import STATE_LABELS
from pages.parts import batches, state, tables, taking
from pages.parts import disputes_words as words
from pages.parts.formats import cut, gray, plain
from pages.parts.who import actor

DIALOG = "disputes-prepare"
PAGE = "disputes"


@dataclass(frozen=True)
class Made:
    """What became of the batch: return numbers begun, of the others why not, and the lists as they are now."""

    made: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]
    lists: Sequence[Checklist]


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
            on_click=batches.begin,
            args=(PAGE, DIALOG, tuple(row.id for row in ticked)),
        )
        # On the right, where the grid's own toolbar floats over the bar.
        if ticked:
            chosen = _n("{n} dispute chosen", "{n} disputes chosen", len(ticked))
            st.markdown(f"**{plain(chosen)}**", width="stretch")
        else:
            st.markdown(gray(plain(_("Tick disputes to prepare several answers together."))), width="stretch")


def draw_dialog(ids: tuple[int, ...]) -> None:
    """The dialog: first what stands in the way, then what became of it."""
    st.dialog(_("Prepare answers"), width="large", on_dismiss=close)(_body)(ids)


def close() -> None:
    """Close it. What was refused stays ticked."""
    batches.close(
        PAGE,
        lambda report: [one.line.id for one in report.lists if one.line.return_number in dict(report.refused)],
    )


def _body(ids: tuple[int, ...]) -> None:
    report = batches.report(PAGE, Made)
    if report is not None:
        _report(report)
        return
    st.caption(
        _(
            "Each answer is written from its case in the market's language, with the proof the case has. Somebody reads every one "
            "before it goes out."
        )
    )
    found = batches.ahead(PAGE, ids, lambda: _lists(ids))
    _table(found)
    can = [one.line.id for one in found if one.reason is None]
    if not can:
        st.info(_("None of them can be prepared now."), icon=":material/lock:")
        return
    said = _n("Prepare {n} answer", "Prepare {n} answers", len(can))
    if st.button(said, type="primary", width="stretch", icon=":material/check:", key=state.widget(DIALOG, "save")):
        _run([one.line.id for one in found])


def _lists(ids: Sequence[int]) -> list[Checklist]:
    with database.reading() as session:
        return checklists(session, ids, actor=actor(), now=clock.now())


def _table(found: Sequence[Checklist]) -> None:
    batches.refusals(sum(1 for one in found if one.reason is not None), len(found))
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


def _run(ids: Sequence[int]) -> None:
    """Do the batch, and then show what became of it."""
    me = actor()

    def write(session: Any, some: Sequence[int]) -> Any:
        found = prepare_many(session, some, actor=me, now=clock.now())
        return {"made": list(found.made), "refused": [list(one) for one in found.refused]}

    done = batches.run(DIALOG, ids, write)
    made = tuple(str(return_number) for part in done for return_number in part["made"])
    refused = tuple((str(return_number), str(why)) for part in done for return_number, why in part["refused"])
    if made or refused:
        # The lists are told anew with the report: drafts hold what was there.
        batches.tell(PAGE, DIALOG, Made(made, refused, _lists(ids)))


def _report(report: Made) -> None:
    """What is begun, what is still missing in it, what was refused and why; the same as a file."""
    begun = _n("{n} answer is prepared.", "{n} answers are prepared.", len(report.made))
    st.markdown(f":green[:material/check_circle:] **{plain(begun)}**")
    if report.refused:
        said = _n("{n} was refused:", "{n} were refused:", len(report.refused))
        st.markdown(f":red[:material/block:] **{plain(said)}**")
        for return_number, why in report.refused[:5]:
            st.caption(f"{plain(return_number)}: {plain(why)}")
    mine = [one for one in report.lists if one.line.return_number in set(report.made)]
    short = [one for one in mine if one.missing]
    if short:
        said = _n("{n} of them still lacks proof:", "{n} of them still lack proof:", len(short))
        st.markdown(f":orange[:material/rule:] **{plain(said)}**")
    if mine:
        _table(sorted(mine, key=lambda one: not one.missing))
    _file(report)
    if st.button(_("Close"), type="primary", width="stretch", key="disputes-report-close"):
        close()
        st.rerun()


def _file(report: Made) -> None:
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
        for one in report.lists
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
