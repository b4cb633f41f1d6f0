"""The files of a manager's question, made when they are asked for, and the line that makes them on a schedule."""

from __future__ import annotations

import shlex

import streamlit as st

from core.desk.report import report_csv, report_xlsx
from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.insight.explore import Question
from core.team import views
from pages.parts import taking
from pages.parts.address import SAVED, Address


def draw(question: Question, filters: Address, me: Actor) -> None:
    """The popover; off, with its reason, for those who may not export."""
    if not me.may(Permission.INCIDENT_EXPORT):
        st.button(_("Export"), icon=":material/lock:", disabled=True, key="insights-export-off")
        st.caption(_("Your role may look, not export."))
        return
    base, now = settings().base_currency, clock.now
    taking.popover(
        "insights",
        me,
        lambda session, out: report_xlsx(session, question, out, actor=me, base_currency=base, now=now()),
        lambda session, out: report_csv(session, question, out, actor=me, base_currency=base, now=now()),
        of=question.measure,
        said=_("The workbook has the figures first and the cases behind them on its second sheet."),
        more=lambda: _schedule(filters, me),
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
