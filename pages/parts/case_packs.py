"""The pack of a claim: built in one click, handed over as a ZIP or its PDF alone."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.formats import moment, number
from core.foundation.language import LANGUAGES, _, current
from core.foundation.permissions import Permission
from core.models.claim import ClaimState
from core.recovery import packs
from core.recovery.packs import PackFile
from pages.parts import links, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.case_view import View
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor

OVER = frozenset({ClaimState.EXPIRED, ClaimState.WITHDRAWN})


def draw(view: View, claim: ClaimRow) -> None:
    """The button that builds, and opens what was built."""
    if claim.state in OVER or not view.me.may(Permission.PACK_BUILD):
        return
    form = view.form("pack", claim.id)
    if st.button(_("Build pack"), icon=":material/folder_zip:", width="stretch", key=state.widget(form, "save")):
        with st.spinner(_("Building the pack")):
            done = _build(claim.id, form, current())
        if done:
            state.open_dialog("packs", claim.id)
            st.rerun()


def _build(claim_id: int, form: str, language: str) -> bool:
    me = actor()
    done = act(
        lambda session: packs.build_pack(session, claim_id, actor=me, language=language, now=clock.now()).id,
        key=state.key(form),
        notice=_("Pack built."),
    )
    return done is not None


def show(view: View, claim_id: Any) -> None:
    """Every pack of the claim, the newest first, and building one in another language."""
    me = actor()
    with database.reading() as session:
        found = packs.list_packs(session, claim_id, actor=me)
    if not found:
        st.caption(_("No pack built yet."))
    for index, one in enumerate(found):
        with st.container(border=True, gap="xsmall"):
            st.markdown(_words(one, me.zone))
            with st.container(horizontal=True):
                st.link_button(
                    _("Download ZIP"),
                    links.pack(one.id),
                    icon=":material/download:",
                    type="primary" if index == 0 else "secondary",
                )
                st.link_button(_("PDF alone"), links.pack_pdf(one.id), icon=":material/picture_as_pdf:")
    if me.may(Permission.PACK_BUILD):
        for tag, name in LANGUAGES.items():
            form = view.form(f"pack-{tag}", claim_id)
            if st.button(
                _("Build in {language}", language=name),
                icon=":material/folder_zip:",
                type="tertiary",
                key=state.widget(form, "save"),
            ):
                with st.spinner(_("Building the pack")):
                    done = _build(claim_id, form, tag)
                if done:
                    st.rerun()


def _words(one: PackFile, zone: str) -> str:
    mark = " " + badge(_("Draft"), "gray", "edit_note") if one.draft else ""
    size = _("{n} KB", n=number(max(1, one.size // 1024)))
    second = dotted(
        plain(moment(one.built_at, zone, year=True)),
        plain(one.built_by or "Recoup"),
        size,
        LANGUAGES.get(one.language, one.language),
    )
    return f"**{plain(one.file_name)}**{mark}  \n{gray(second)}  \n{gray(f'sha256 {one.sha256}')}"
