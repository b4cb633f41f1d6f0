"""The list of proof: each place with its exhibits under their numbers, what is still missing, and the files to put in."""

from __future__ import annotations

import streamlit as st

from core.cases.kinds import kind_name
from core.foundation import clock, database
from core.foundation.language import _
from core.foundation.permissions import Permission
from core.recovery import answers
from core.recovery.answers import Module
from pages.parts import badges, links
from pages.parts.answer_view import AnswerView
from pages.parts.formats import cut, gray, plain


def draw(view: AnswerView) -> None:
    """The section."""
    desk = view.desk
    if desk.written is None:
        return
    with st.container(border=True, gap="small"):
        st.header(_("Proof"), anchor=False)
        given = any(one.given for one in desk.modules)
        said = (
            _("The platform's own list for this return.")
            if given
            else _("The usual list for this reason; the platform gave none.")
        )
        st.caption(said)
        for module in desk.modules:
            st.markdown(_place(view, module))
        if view.me.may(Permission.BUYER_READ):
            _files(view)


def _place(view: AnswerView, module: Module) -> str:
    """One place: what it asks for, what is there, what is missing."""
    lines = [f"**{plain(cut(' '.join(module.requirement.split()), 400))}**"]
    held = view.exhibits_of(module.code)
    for one in held:
        name = plain(cut(one.item.name, 40))
        lines.append(
            f":green[:material/check:] **{one.number}** [{plain(kind_name(one.item.kind))}]({links.evidence(one.item.id)}) {gray(name)}"
        )
    if not held:
        mark = (
            badges.badge(_("missing"), "orange", "error")
            if module.required
            else gray(plain(_("optional, nothing chosen")))
        )
        lines.append(mark)
    return "  \n".join(lines)


def _files(view: AnswerView) -> None:
    number = view.desk.return_number
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            _("PDF"),
            lambda: _bundle(view).paper,
            file_name=f"answer-{number}.pdf",
            mime="application/pdf",
            icon=":material/picture_as_pdf:",
            key="answer-pdf",
            on_click="ignore",
        )
        st.download_button(
            _("Pictures to put in (ZIP)"),
            lambda: _bundle(view).zipped(clock.now()),
            file_name=f"answer-{number}.zip",
            mime="application/zip",
            icon=":material/folder_zip:",
            key="answer-zip",
            on_click="ignore",
        )
    st.caption(_("Converted to what the platform takes: JPG or PNG, 10 MB each, 3 a place."))


def _bundle(view: AnswerView) -> answers.Bundle:
    with database.reading() as session:
        return answers.bundle_of(session, view.desk.dispute_id, actor=view.me, now=clock.now())
