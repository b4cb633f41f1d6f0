"""The dialogs of the evidence of a case: adding files, all of them with their facts and withdrawing, until when one can be had."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import streamlit as st

from core.cases import evidence, proof
from core.cases.kinds import kind_name, kinds
from core.desk.case_proof import gone_in, missing_kinds
from core.desk.story import EvidenceRow
from core.foundation import clock
from core.foundation.formats import moment, number
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import case_advice, case_video, dialogs, links, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.case_evidence import can_look, gone_badge, look, payers
from pages.parts.case_view import View
from pages.parts.formats import dotted, gray, plain
from pages.parts.who import actor

TAKEN = ("image", "video", "application/pdf", ".pdf", ".heic", ".xlsx", ".xls", ".csv", ".eml", ".msg")
"""What the upload offers to choose from; what a file is, core reads from its bytes."""


def add(view: View, kind: str | None) -> None:
    """Add files of one kind. Each stands for itself: one that is refused does not hold up the others."""
    me, form = actor(), view.form("evidence", kind or "")
    missing = missing_kinds(payers(view))
    codes = [*missing, *(code for code in kinds() if code not in missing)]
    chosen = st.selectbox(
        _("What the files show"),
        codes,
        index=codes.index(kind) if kind in codes else 0,
        format_func=kind_name,
        key=state.widget(form, "kind"),
    )
    uploads = st.file_uploader(
        _("Files, or photos straight from the camera"),
        type=TAKEN,
        accept_multiple_files=True,
        key=state.widget(form, "files"),
    )
    note = st.text_input(_("Note (optional)"), key=state.widget(form, "note"), max_chars=500)
    save = st.button(_("Add"), type="primary", width="stretch", key=state.widget(form, "save"), icon=":material/add:")
    if not save:
        return
    if not uploads:
        st.warning(_("Choose at least one file first."), icon=":material/info:")
        return
    added: list[int] = []
    with st.status(_("Reading the files"), expanded=False) as status:
        for upload in uploads:
            written = act(
                lambda session, upload=upload: (
                    evidence.add_evidence(  # type: ignore[misc]
                        session,
                        view.id,
                        actor=me,
                        name=upload.name,
                        data=upload,
                        kind=chosen,
                        note=note,
                        now=clock.now(),
                    ).id
                ),
                key=f"{state.key(form)}-{upload.file_id}",
            )
            added += [] if written is None else [written.result]
        failed = len(uploads) - len(added)
        status.update(
            label=_n("{n} file was not taken", "{n} files were not taken", failed) if failed else _("Done"),
            state="error" if failed else "complete",
            expanded=bool(failed),
        )
    if len(added) == len(uploads):
        state.forget(form)
        state.memory().notices.append(_n("{n} file added.", "{n} files added.", len(added)))
        if not case_advice.after_upload(view, added):
            dialogs.done()


def files(view: View, _subject: Any) -> None:
    """Every file of the case with its facts, withdrawn ones too."""
    me, noticed = actor(), view.noticed
    for one in view.story.evidence:
        with st.container(border=True, gap="xsmall"):
            st.markdown(_facts(one, view))
            if one.withdrawn_at is not None:
                continue
            case_advice.draw(view, noticed.get(one.id, ()))
            with st.container(horizontal=True, gap="small"):
                if can_look(one, view):
                    case_video.draw(view, one)
                if me.may(Permission.EVIDENCE_WITHDRAW):
                    _withdraw(view, one)
    if not me.may(Permission.EVIDENCE_WITHDRAW):
        st.caption(_("Withdrawing evidence is a lead's. Ask one if a file is wrong."), width="stretch")


def _facts(one: EvidenceRow, view: View) -> str:
    zone = view.me.zone
    taken = one.taken_text or (moment(one.taken_at, zone, year=True) if one.taken_at else None)
    size = _("{n} KB", n=number(max(1, one.size // 1024)))
    pixels = f"{one.width} × {one.height}" if one.width and one.height else None
    lines = [
        f"**{plain(kind_name(one.kind))}** · {plain(one.name)} · {look(one, view)}",
        gray(dotted(plain(one.media_type), size, pixels, _("taken {when}", when=plain(taken)) if taken else None)),
        gray(
            _(
                "added {when} by {who}",
                when=plain(moment(one.added_at, zone, year=True)),
                who=plain(one.added_by or "Recoup"),
            )
        ),
        gray(f"sha256 {one.sha256}"),
    ]
    if one.note:
        lines.append(plain(one.note))
    if one.unreadable:
        lines.append(case_advice.unreadable(one.unreadable))
    if source := next((other for other in view.story.evidence if other.id == one.derived_from), None):
        lines.append(gray(plain(_("a copy made of “{name}”", name=source.name))))
    if can_look(one, view):
        ways = ((_("Original"), links.original(one.id)), (_("Copy to share, without place"), links.shared(one.id)))
        lines.append(" · ".join(f"[{words}]({link})" for words, link in ways))
    if one.withdrawn_at is not None:
        said = _(
            "Withdrawn {when} by {who}: {why}",
            when=moment(one.withdrawn_at, zone),
            who=one.withdrawn_by or "Recoup",
            why=one.withdrawn_reason,
        )
        lines.append(f"{badge(_('Withdrawn'), 'gray', 'undo')} {plain(said)}")
    return "  \n".join(lines)


def gone_on(view: View, kind: str) -> None:
    """Until when one kind of proof can be had: what is typical and where that is from, and the day somebody knows better."""
    form, me = view.form("gone", kind), actor()
    gone = gone_in(view.story, kind)
    st.markdown(f"**{plain(kind_name(kind))}**")
    if gone is not None:
        st.markdown(f"{gone_badge(gone, view)}  \n{gray(plain(gone.why))}")
        if gone.perishes is not None and not gone.by_hand:
            said = _(
                "Source: {source} · sureness {confidence}",
                source=gone.perishes.source,
                confidence=gone.perishes.confidence,
            )
            st.caption(plain(said), width="stretch")
    today = clock.local_day(view.now, view.story.header.shop_zone)
    chosen: date | None = st.date_input(
        _("The last day it can be had"),
        gone.on if gone is not None else today + timedelta(days=7),
        key=state.widget(form, "on"),
        format="YYYY-MM-DD",
    )
    save = st.button(_("Set the day"), type="primary", width="stretch", key=state.widget(form, "save"))
    back = gone is not None and gone.by_hand and st.button(_("Back to what is typical"), key=state.widget(form, "back"))
    if not save and not back:
        return
    on = chosen if save else None

    def write(session: Any) -> str:
        proof.set_gone_on(session, view.id, kind, actor=me, on=on, now=clock.now())
        return kind

    if act(
        write,
        key=state.key(form),
        notice=_("Noted until when it can be had."),
    ):
        state.forget(form)
        dialogs.done()


def _withdraw(view: View, one: EvidenceRow) -> None:
    form = view.form("withdraw", one.id)
    with st.popover(_("Withdraw"), icon=":material/undo:", key=f"case-withdraw-{one.id}"):
        reason = st.text_input(_("Why it is withdrawn"), key=state.widget(form, "reason"), max_chars=500)
        if st.button(_("Withdraw"), key=state.widget(form, "save")) and act(
            lambda session: (
                evidence.withdraw_evidence(session, one.id, actor=actor(), reason=reason, now=clock.now()).id
            ),
            key=state.key(form),
            notice=_("Evidence withdrawn. The file stays on record."),
        ):
            dialogs.done()
