"""The files of a manager's question, made when they are asked for, and the line that makes them on a schedule."""

from __future__ import annotations

import io
import shlex
from collections.abc import Callable
from typing import BinaryIO

import streamlit as st

from core.desk.report import report_csv, report_xlsx
from core.foundation import clock, database, language
from core.foundation.clock import local_day
from core.foundation.config import settings
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.insight.explore import Question
from core.team import views
from pages.parts.address import SAVED, Address


def draw(question: Question, filters: Address, me: Actor) -> None:
    """The popover; off, with its reason, for those who may not export."""
    if not me.may(Permission.INCIDENT_EXPORT):
        st.button(_("Export"), icon=":material/lock:", disabled=True, key="insights-export-off")
        st.caption(_("Your role may look, not export."))
        return
    place = st.popover(_("Export"), icon=":material/download:", key="insights-export", on_change="rerun")
    if not place.open:
        return
    with place:
        st.caption(_("The workbook has the figures first and the cases behind them on its second sheet."))
        name = f"recoup-{question.measure}-{local_day(clock.now(), me.zone).isoformat()}"
        _button(_("Workbook (XLSX)"), "table", report_xlsx, question, me, f"{name}.xlsx")
        _button(_("Text (CSV)"), "csv", report_csv, question, me, f"{name}.csv")
        _schedule(filters, me)


def _button(label: str, icon: str, write: Callable[..., int], question: Question, me: Actor, name: str) -> None:
    kind = name.rpartition(".")[2]
    st.download_button(
        label,
        data=lambda: _file(write, question, me),
        file_name=name,
        mime="text/csv" if kind == "csv" else "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        icon=f":material/{icon}:",
        on_click="ignore",
        key=f"insights-{kind}",
        width="stretch",
    )


def _schedule(filters: Address, me: Actor) -> None:
    """How the view that is looked at is made by itself; only a shared one can be."""
    saved = filters.value(SAVED)
    if saved is None:
        st.caption(_("Save this as a view and share it, then a schedule can make the file by itself."))
        return
    with database.reading() as session:
        found = next((one for one in views.list_views(session, filters.page, actor=me) if one.id == saved), None)
    if found is None or not found.shared:
        st.caption(_("Share this view, then a schedule can make the file by itself."))
        return
    st.caption(_("On a schedule (cron), on the machine Recoup runs on:"))
    st.code(f"python -m core report {shlex.quote(found.name)} --out report.xlsx", language=None, wrap_lines=True)


def _file(write: Callable[..., int], question: Question, me: Actor) -> BinaryIO:
    """The file, made in a thread of the server's own, which speaks no language yet."""
    out: BinaryIO = io.BytesIO()
    with language.using(me.language), database.reading() as session:
        write(session, question, out, actor=me, base_currency=settings().base_currency, now=clock.now())
    out.seek(0)
    return out
