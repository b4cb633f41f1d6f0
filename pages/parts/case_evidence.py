"""The evidence of a case: each payer's own list with its meter, what is missing and until when it can be had; the pictures,
adding and withdrawing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st

from core.cases import evidence, proof
from core.cases.kinds import WHO_LABELS, kind_name, kinds
from core.cases.proof import Gap, Gone, Item
from core.desk.case_proof import PayerProof, case_proof, gone_in, missing_kinds
from core.desk.story import EvidenceRow
from core.foundation import clock
from core.foundation.formats import day, moment, number, span
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import case_advice, case_video, dialogs, links, state
from pages.parts.act import act
from pages.parts.badges import badge, urgency
from pages.parts.case_advice import Noticed
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.lines import heading
from pages.parts.who import actor

TAKEN = ("image", "video", "application/pdf", ".pdf", ".heic", ".xlsx", ".xls", ".csv", ".eml", ".msg")
"""What the upload offers to choose from; what a file is, core reads from its bytes."""
PICTURES = 8


def payers(view: View) -> list[PayerProof]:
    """The payers of the case with their lists, the claim looked at first."""
    found = case_proof(view.story, [(one.name, one.of.card) for one in view.advice])
    looked = view.claim.id if view.claim else None
    return sorted(found, key=lambda one: one.claim is None or one.claim.id != looked)


def draw(view: View) -> None:
    """The list of the payer looked at with its meter; the other files; the pictures."""
    files = [one for one in view.story.evidence if one.withdrawn_at is None]
    noticed = case_advice.read(view) if files and view.me.may(Permission.EVIDENCE_READ) else {}
    asked = payers(view)
    with st.container(border=True, gap="small"):
        heading(
            _("Evidence"),
            button=_("Add files") if view.me.may(Permission.EVIDENCE_ADD) else "",
            icon="add_photo_alternate",
            key="case-add-files",
            dialog="evidence",
        )
        shown = _chosen(view, asked)
        if shown is not None:
            _meter(shown.gap)
            _list(view, shown.gap, files, noticed)
        listed = {item.need.code for item in shown.gap.items} if shown else set()
        others = [one for one in files if one.kind not in listed]
        if others:
            st.markdown("  \n".join(_file_words(one, view, noticed) for one in others))
        if shown is None and not files:
            st.caption(_("No evidence yet. Add what you have: it may be gone next week."))
        case_advice.line_of(view, noticed)
        case_advice.lacking(view, {one.kind for one in files})
        _pictures(files, view)
        _manage(view)


def _chosen(view: View, asked: Sequence[PayerProof]) -> PayerProof | None:
    """The payer whose list is shown; each says how full its list is. One payer alone needs no choice."""
    if not asked:
        return None
    if len(asked) == 1:
        return asked[0]
    by_key = {one.key: one for one in asked}
    key = f"case-proof-payer-{view.id}"
    if st.session_state.get(key) not in by_key:
        st.session_state.pop(key, None)

    def words(one: str) -> str:
        return f"{plain(cut(by_key[one].gap.payer, 24))} {number(by_key[one].gap.percent)} %"

    def icon(one: str) -> str:
        return "check_circle" if by_key[one].gap.full else "incomplete_circle"

    found = segments(
        _("Whose list"),
        list(by_key),
        key=key,
        default=asked[0].key,
        words=words,
        icons=icon,
        hidden=True,
    )
    return by_key.get(found, asked[0])


def _meter(of: Gap) -> None:
    met = sum(item.need.met for item in of.items)
    if not of.items:
        st.caption(
            plain(_("{payer} names no document. Enclose what proves the loss.", payer=of.payer)), width="stretch"
        )
        return
    said = _(
        "{payer}: {have} of {all} documents, {percent} %",
        payer=of.payer,
        have=number(met),
        all=number(len(of.items)),
        percent=number(of.percent),
    )
    st.progress(of.percent, text=plain(said))


def _list(view: View, of: Gap, files: Sequence[EvidenceRow], noticed: Noticed) -> None:
    """What is there as one piece of text; what is missing a line each, soonest gone first, with the button that mends it."""
    for item in of.missing:
        _missing(view, item, files)
    counted = {one for item in of.items for one in item.need.counted}
    have = [
        _file_words(one, view, noticed)
        for item in of.items
        if item.need.met
        for one in files
        if one.kind == item.need.code and one.id in counted
    ]
    if have:
        st.markdown("  \n".join(have))


def _missing(view: View, item: Item, files: Sequence[EvidenceRow]) -> None:
    """One thing that is missing: how many, who can get it, until when; below it the files that do not count, and why."""
    need, may_add = item.need, view.me.may(Permission.EVIDENCE_ADD)
    short = _("{have} of {all}", have=number(need.have), all=number(need.count)) if need.count > 1 else None
    who = _(WHO_LABELS[need.who]) if need.who in WHO_LABELS else plain(need.who)
    second = gray(dotted(short, who, plain(need.note) if need.note else None))
    gone = f" {_gone_badge(item.gone, view)}" if item.gone else ""
    words = [f":orange[:material/error:] **{plain(kind_name(need.code))}**{gone}  \n{second}"]
    for fault in need.faults:
        words.append(gray(f":material/visibility_off: {plain(cut(fault.name, 40))}: {plain(fault.reason)}"))
    row: dict[str, Any] = {} if view.phone else {"horizontal": True, "vertical_alignment": "center", "wrap": False}
    with st.container(gap="xsmall" if view.phone else "small", **row):
        st.markdown("  \n".join(words), width="stretch")
        if may_add:
            with st.container(horizontal=True, gap="xsmall", width="stretch" if view.phone else "content"):
                _buttons(need.code, dated=item.gone is not None and view.story.header.open)


def _buttons(code: str, *, dated: bool) -> None:
    if dated:
        st.button(
            _("Set day"),
            key=f"case-gone-{code}",
            type="tertiary",
            icon=":material/event:",
            help=_("Say until when it can be had, where you know better than what is typical."),
            on_click=state.open_dialog,
            args=("gone", code),
        )
    st.button(_("Upload"), key=f"case-need-{code}", on_click=state.open_dialog, args=("evidence", code))


def _gone_badge(gone: Gone, view: View) -> str:
    """Until when it can be had: what is typical as such, what a person set as it is."""
    if gone.at <= view.now:
        said = (
            _("gone since {day}", day=day(gone.on))
            if gone.by_hand
            else _("probably gone since {day}", day=day(gone.on))
        )
        return badge(said, "red", "event_busy")
    told = {"day": day(gone.on), "span": span(gone.at - view.now)}
    said = _("gone on {day}, in {span}", **told) if gone.by_hand else _("gone about {day}, in {span}", **told)
    return badge(said, urgency(gone.at, view.now), "hourglass_bottom")


def _file_words(one: EvidenceRow, view: View, noticed: Noticed) -> str:
    """One file that is there: what it proves, its hash on a desk, when it came, what was noticed, and the way to look at it."""
    digest = None if view.phone else f"sha256 {one.sha256[:4]}…{one.sha256[-2:]}"
    second = gray(dotted(digest, plain(moment(one.added_at, view.me.zone))))
    look = _look(one, view)
    if one.unreadable:
        return f":red[:material/visibility_off:] {plain(kind_name(one.kind))} {case_advice.unreadable(one.unreadable)} {look}"
    marks = case_advice.mark(noticed.get(one.id, ()))
    return f":green[:material/check_circle:] {plain(kind_name(one.kind))} {second} {marks} {look}"


def can_look(one: EvidenceRow, view: View) -> bool:
    """Whether the file is there and for this person: many show who the buyer is."""
    return one.removed_at is None and evidence.may_see(one.kind, view.me)


def _look(one: EvidenceRow, view: View) -> str:
    """The way to look at a file, or why there is none."""
    if can_look(one, view):
        return f"[{_('View')}]({links.evidence(one.id)})"
    why = _("removed with the buyer's data") if one.removed_at is not None else _("shows the buyer, not for you")
    return gray(f":material/visibility_off: {plain(why)}")


def _pictures(files: Sequence[EvidenceRow], view: View) -> None:
    seen = ("image/", "video/")
    shown = [one for one in files if one.media_type.startswith(seen) and not one.unreadable and can_look(one, view)]
    shown = shown[:PICTURES]
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
    me, noticed = actor(), case_advice.read(view)
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
        f"**{plain(kind_name(one.kind))}** · {plain(one.name)} · {_look(one, view)}",
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
        st.markdown(f"{_gone_badge(gone, view)}  \n{gray(plain(gone.why))}")
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
