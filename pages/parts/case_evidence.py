"""The evidence of a case: what the payer asks for and what is there, the pictures, adding and withdrawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.cases import evidence
from core.cases.checklist import Need
from core.cases.kinds import kind_name, kinds
from core.desk.case_claims import needs_of
from core.desk.story import EvidenceRow
from core.foundation import clock
from core.foundation.formats import moment, number
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Permission
from pages.parts import dialogs, links, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.case_view import View
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import line
from pages.parts.who import actor

WHO: dict[str, str] = {
    "warehouse": N_("our warehouse can get it"),
    "buyer": N_("the buyer can get it"),
    "office": N_("the office can get it"),
    "carrier": N_("the carrier gives it"),
    "platform": N_("the platform gives it"),
}
TAKEN = ("image", "video", "application/pdf", ".pdf", ".heic", ".xlsx", ".xls", ".csv", ".eml", ".msg")
"""What the upload offers to choose from; what a file is, core reads from its bytes."""
PICTURES = 8


def draw(view: View) -> None:
    """The checklist of the claim looked at, or the list of files; then the pictures."""
    files = [one for one in view.story.evidence if one.withdrawn_at is None]
    needs = needs_of(view.story, view.claim) if view.claim else ()
    with st.container(border=True, gap="small"):
        _heading(view, needs, bool(files))
        listed = {need.code for need in needs}
        _list(view, needs, files)
        others = [one for one in files if one.kind not in listed]
        if others:
            st.markdown("  \n".join(_file_words(one, view) for one in others))
        if not needs and not files:
            st.caption(_("No evidence yet. Add what you have: it may be gone next week."))
        _pictures(files)
        _manage(view)


def _heading(view: View, needs: Sequence[Need], any_files: bool) -> None:
    title = _("Evidence for {payer}", payer=view.claim.payer_name) if view.claim else _("Evidence")
    met = sum(need.met for need in needs)
    mark = ""
    if needs:
        said = _("{have} of {all}", have=met, all=len(needs))
        mark = " " + badge(said, "green" if met == len(needs) else "orange")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.header(plain(title) + mark, anchor=False, width="stretch")
        if view.me.may(Permission.EVIDENCE_ADD):
            st.button(
                _("Add files"),
                icon=":material/add_photo_alternate:",
                key="case-add-files",
                on_click=state.open_dialog,
                args=("evidence",),
            )


def _list(view: View, needs: Sequence[Need], files: Sequence[EvidenceRow]) -> None:
    """What is there as one piece of text; what is missing a line each, with the button that mends it."""
    have = ["  \n".join(_file_words(one, view) for one in files if one.kind == need.code) for need in needs if need.met]
    if have:
        st.markdown("  \n".join(have))
    may_add = view.me.may(Permission.EVIDENCE_ADD)
    for need in needs:
        if need.met:
            continue
        who = kinds().get(need.code, {}).get("who", "")
        short = _("{have} of {all}", have=need.have, all=need.count) if need.count > 1 else None
        second = dotted(short, _(WHO[who]) if who in WHO else None, plain(need.note) if need.note else None)
        line(
            f":orange[:material/error:] {plain(kind_name(need.code))} {gray(second)}",
            button=_("Upload") if may_add else "",
            key=f"case-need-{need.code}",
            on_click=state.open_dialog,
            args=("evidence", need.code),
        )


def _file_words(one: EvidenceRow, view: View) -> str:
    """One file that is there: what it proves, its hash on a desk, when it came, and the way to look at it."""
    digest = None if view.phone else f"sha256 {one.sha256[:4]}…{one.sha256[-2:]}"
    second = gray(dotted(digest, plain(moment(one.added_at, view.me.zone))))
    look = f"[{_('View')}]({links.evidence(one.id)})"
    return f":green[:material/check_circle:] {plain(kind_name(one.kind))} {second} {look}"


def _pictures(files: Sequence[EvidenceRow]) -> None:
    shown = [one for one in files if one.media_type.startswith("image/")][:PICTURES]
    if not shown:
        return
    with st.grid(min_column_width=120, gap="small"):
        for one in shown:
            name = plain(kind_name(one.kind))
            st.markdown(
                f"[![{name}]({links.thumbnail(one.id)})]({links.evidence(one.id)})  \n{gray(name)}",
                text_alignment="center",
            )


def _manage(view: View) -> None:
    """Everything that ever came in, with its numbers, and the way to withdraw."""
    count = len(view.story.evidence)
    if count:
        st.button(
            _n("Details of {n} file", "Details of {n} files", count),
            type="tertiary",
            icon=":material/folder_open:",
            key="case-files",
            on_click=state.open_dialog,
            args=("files",),
        )


# --- dialogs ------------------------------------------------------------------------------------------------------------


def add(view: View, kind: str | None) -> None:
    """Add files of one kind. Each stands for itself: one that is refused does not hold up the others."""
    me, form = actor(), view.form("evidence", kind or "")
    missing = [need.code for need in needs_of(view.story, view.claim) if not need.met] if view.claim else []
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
    done = 0
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
            done += written is not None
        failed = len(uploads) - done
        status.update(
            label=_n("{n} file was not taken", "{n} files were not taken", failed) if failed else _("Done"),
            state="error" if failed else "complete",
            expanded=bool(failed),
        )
    if done == len(uploads):
        state.forget(form)
        state.memory().notices.append(_n("{n} file added.", "{n} files added.", done))
        dialogs.done()


def files(view: View, _subject: Any) -> None:
    """Every file of the case with its facts, withdrawn ones too."""
    me = actor()
    for one in view.story.evidence:
        with st.container(border=True, gap="xsmall"):
            st.markdown(_facts(one, view))
            if one.withdrawn_at is None and me.may(Permission.EVIDENCE_WITHDRAW):
                _withdraw(view, one)
    if not me.may(Permission.EVIDENCE_WITHDRAW):
        st.caption(_("Withdrawing evidence is a lead's. Ask one if a file is wrong."), width="stretch")


def _facts(one: EvidenceRow, view: View) -> str:
    zone = view.me.zone
    taken = one.taken_text or (moment(one.taken_at, zone, year=True) if one.taken_at else None)
    size = _("{n} KB", n=number(max(1, one.size // 1024)))
    pixels = f"{one.width} × {one.height}" if one.width and one.height else None
    lines = [
        f"**{plain(kind_name(one.kind))}** · {plain(one.name)} · [{_('View')}]({links.evidence(one.id)})",
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
    lines.append(
        f"[{_('Original')}]({links.original(one.id)}) · [{_('Copy to share, without place')}]({links.shared(one.id)})"
    )
    if one.withdrawn_at is not None:
        said = _(
            "Withdrawn {when} by {who}: {why}",
            when=moment(one.withdrawn_at, zone),
            who=one.withdrawn_by or "Recoup",
            why=one.withdrawn_reason,
        )
        lines.append(f"{badge(_('Withdrawn'), 'gray', 'undo')} {plain(said)}")
    return "  \n".join(lines)


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
