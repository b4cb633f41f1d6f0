"""The schedule for the payer in a dialog: what stands in it, what does not and why, its sums, and the files."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any, BinaryIO

import streamlit as st

from core.cases.words import payer_said
from core.desk import claim_schedule
from core.desk.claim_schedule import Schedule
from core.foundation import clock, database, formats
from core.foundation.language import LANGUAGES, _, _n, current
from core.foundation.permissions import Actor
from pages.parts import choices, taking
from pages.parts.act import attempt
from pages.parts.formats import gray, plain
from pages.parts.who import actor


def draw(ids: tuple[int, ...]) -> None:
    """The preview and the two files."""
    me = actor()

    def look() -> Schedule:
        with database.reading() as session:
            return claim_schedule.schedule(session, ids, actor=me)

    made: Schedule | None = attempt(look)
    if made is None:
        return
    sums = formats.listed(formats.amount(one) for one in made.demands)
    said = _n("{n} parcel", "{n} parcels", len(made.lines))
    st.markdown(f"**{plain(payer_said(made.payer))}** · {plain(said)} · {plain(sums)}")
    st.caption(_("One line for each tracking number. Sums are by currency."))
    for one in made.left_out:
        st.markdown(f":orange[:material/block:] **{plain(one.reference)}** {gray(plain(one.said))}")
    if made.without_pack:
        n = len(made.without_pack)
        words = _n(
            "{n} claim has no complete pack yet: prepare it first.",
            "{n} claims have no complete pack yet: prepare them first.",
            n,
        )
        st.markdown(f":orange[:material/folder_off:] {plain(words)} {gray(plain(', '.join(made.without_pack[:8])))}")
    language = choices.segments(
        _("Language of the headings"),
        list(LANGUAGES),
        key="claims-schedule-language",
        default=current(),
        words=lambda tag: LANGUAGES[tag],
    )
    now = clock.now()
    stem = claim_schedule.file_stem(made.payer, now, me.zone)
    with st.container(horizontal=True, gap="small"):
        _file(
            _("Schedule (XLSX)"), f"{stem}.xlsx", taking.XLSX, "table", claim_schedule.schedule_xlsx, ids, me, language
        )
        _file(
            _("Schedule and packs (ZIP)"),
            f"{stem}.zip",
            "application/zip",
            "folder_zip",
            claim_schedule.schedule_zip,
            ids,
            me,
            language,
        )


def _file(
    label: str,
    name: str,
    mime: str,
    icon: str,
    write: Callable[..., Any],
    ids: tuple[int, ...],
    me: Actor,
    language: str,
) -> None:
    def made() -> BinaryIO:
        out: BinaryIO = io.BytesIO()
        with database.reading() as session:
            write(session, ids, out, actor=me, language=language, now=clock.now())
        out.seek(0)
        return out

    st.download_button(
        label,
        data=made,
        file_name=name,
        mime=mime,
        icon=f":material/{icon}:",
        on_click="ignore",
        key=f"claims-schedule-{icon}",
    )
