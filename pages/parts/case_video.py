"""Copies of a video for a receiver: a contact sheet, a part of it. Drawn with the video's row in the files' dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.cases import evidence
from core.desk.story import EvidenceRow
from core.foundation import clock, videos
from core.foundation.formats import number
from core.foundation.language import _
from core.foundation.permissions import Permission
from pages.parts import state
from pages.parts.act import act, attempt
from pages.parts.case_view import View
from pages.parts.who import actor

COUNTS = (6, 12, 20)
LIMITS = (28, 10, 3)
"""Megabytes: Shopee's video, its picture, DHL's whole claim; with room to spare."""


def draw(view: View, one: EvidenceRow) -> None:
    """The two buttons of a video that stands and can be seen, for those who may add evidence; nothing for anything else."""
    if not one.media_type.startswith("video/") or one.withdrawn_at is not None:
        return
    if one.unreadable or not view.me.may(Permission.EVIDENCE_ADD):
        return
    _sheet(view, one)
    _clip(view, one)


def _sheet(view: View, one: EvidenceRow) -> None:
    form = view.form("sheet", one.id)
    with st.popover(_("Contact sheet"), icon=":material/grid_view:", key=f"case-sheet-{one.id}"):
        st.caption(
            _("For receivers who take pictures only: stills of the video with their times. The video stays whole.")
        )
        count = st.segmented_control(
            _("Pictures"), COUNTS, default=COUNTS[1], required=True, key=state.widget(form, "count")
        )
        if st.button(_("Make the contact sheet"), type="primary", key=state.widget(form, "save")):
            _make(
                lambda session: (
                    evidence.make_contact_sheet(
                        session, one.id, actor=actor(), count=count or COUNTS[1], now=clock.now()
                    ).id
                ),
                form,
                _("The contact sheet is with the case's files."),
            )


def _clip(view: View, one: EvidenceRow) -> None:
    form = view.form("clip", one.id)
    with st.popover(_("Trimmed clip"), icon=":material/content_cut:", key=f"case-clip-{one.id}"):
        st.caption(_("For receivers who take short or small videos: a part of it as MP4. The video stays whole."))
        start = st.text_input(_("From"), value="0:00", key=state.widget(form, "start"), max_chars=12)
        end = st.text_input(_("To"), value="0:30", key=state.widget(form, "end"), max_chars=12)
        limit = st.segmented_control(
            _("At most"),
            LIMITS,
            default=LIMITS[0],
            required=True,
            format_func=lambda n: _("{n} MB", n=number(n)),
            key=state.widget(form, "limit"),
        )
        if not st.button(_("Make the clip"), type="primary", key=state.widget(form, "save")):
            return
        times = attempt(lambda: (videos.moment_of(start, "start"), videos.moment_of(end, "end")))
        if times is not None:
            _make(
                lambda session: (
                    evidence.make_clip(
                        session,
                        one.id,
                        actor=actor(),
                        start=times[0],
                        end=times[1],
                        limit_bytes=(limit or LIMITS[0]) * 1_000_000,
                        now=clock.now(),
                    ).id
                ),
                form,
                _("The clip is with the case's files."),
            )


def _make(write: Callable[[Any], Any], form: str, notice: str) -> None:
    with st.spinner(_("Working on the video")):
        done = act(write, key=state.key(form), notice=notice)
    if done:
        st.rerun()
