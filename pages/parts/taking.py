"""What a screen shows, taken away as a workbook or as text. A file is made when its button is pressed, not while the page is drawn."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from typing import Any, BinaryIO, Literal

import streamlit as st

from core.foundation import clock, database, language
from core.foundation.clock import local_day
from core.foundation.language import _
from core.foundation.permissions import Actor

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

Write = Callable[[Any, BinaryIO], object]
"""Writes a file with a session."""


def popover(
    name: str,
    me: Actor,
    xlsx: Write,
    text: Write,
    *,
    of: str = "",
    said: str = "",
    more: Callable[[], None] = lambda: None,
) -> None:
    """The two files of a screen behind one button. `name` is the screen's; `of` what the files are called after and `said` what
    they hold, where that is not the list the filters let through; `more` is drawn below them.
    """
    place = st.popover(_("Export"), icon=":material/download:", key=f"{name}-export", on_change="rerun")
    if not place.open:
        return
    with place:
        st.caption(said or _("Everything the filters let through, not only this page."))
        buttons(stem(of or name, me), _made(xlsx, me), _made(text, me), key=name, width="stretch")
        more()


def stem(name: str, me: Actor) -> str:
    """The name of a file without its ending: what it is of, and the reader's day."""
    return f"recoup-{name}-{local_day(clock.now(), me.zone).isoformat()}"


def buttons(
    stem: str,
    xlsx: Callable[[], Any],
    text: Callable[[], Any],
    *,
    key: str,
    width: Literal["stretch", "content"] = "content",
) -> None:
    """A button for the workbook and one for the text; `stem` is the name of both without its ending."""
    kinds = (("xlsx", _("Workbook (XLSX)"), xlsx, XLSX, "table"), ("csv", _("Text (CSV)"), text, "text/csv", "csv"))
    for ending, label, data, mime, icon in kinds:
        st.download_button(
            label,
            data=data,
            file_name=f"{stem}.{ending}",
            mime=mime,
            icon=f":material/{icon}:",
            on_click="ignore",
            key=f"{key}-{ending}",
            width=width,
        )


def _made(write: Write, me: Actor) -> Callable[[], BinaryIO]:
    """The file, made in a thread of the server's own, which speaks no language yet."""

    def make() -> BinaryIO:
        out: BinaryIO = io.BytesIO()
        with language.using(me.language), database.reading() as session:
            write(session, out)
        out.seek(0)
        return out

    return make


def as_csv(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as text that spreadsheets open with its Chinese intact."""
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode("utf-8-sig")
