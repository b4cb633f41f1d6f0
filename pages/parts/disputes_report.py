"""The disputes as a file, made when it is asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import BinaryIO

import streamlit as st

from core.desk.disputes_list import DisputeFilter, disputes_csv, disputes_xlsx
from core.foundation import clock, database, language
from core.foundation.clock import local_day
from core.foundation.language import _
from core.foundation.permissions import Actor


def draw(wanted: DisputeFilter, me: Actor) -> None:
    """The two files of everything the filter lets through."""
    place = st.popover(_("Export"), icon=":material/download:", key="disputes-export", on_change="rerun")
    if not place.open:
        return
    with place:
        st.caption(_("Everything the filters let through, not only this page."))
        name = f"recoup-disputes-{local_day(clock.now(), me.zone).isoformat()}"
        st.download_button(
            _("Workbook (XLSX)"),
            data=lambda: _file(disputes_xlsx, wanted, me),
            file_name=f"{name}.xlsx",
            mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            icon=":material/table:",
            on_click="ignore",
            key="disputes-xlsx",
            width="stretch",
        )
        st.download_button(
            _("Text (CSV)"),
            data=lambda: _file(disputes_csv, wanted, me),
            file_name=f"{name}.csv",
            mime="text/csv",
            icon=":material/csv:",
            on_click="ignore",
            key="disputes-csv",
            width="stretch",
        )


def _file(write: Callable[..., int], wanted: DisputeFilter, me: Actor) -> BinaryIO:
    """The file, made in a thread of the server's own, which speaks no language yet."""
    out: BinaryIO = io.BytesIO()
    with language.using(me.language), database.reading() as session:
        write(session, wanted, out, actor=me, now=clock.now())
    out.seek(0)
    return out
