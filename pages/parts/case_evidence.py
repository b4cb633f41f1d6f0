"""The evidence of a case: each payer's own list with its meter, what is missing and until when it can be had; the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import streamlit as st

from core.cases import evidence
from core.cases.kinds import WHO_LABELS, kind_name
from core.cases.proof import Gap, Gone, Item
from core.cases.words import payer_said
from core.desk.case_proof import PayerProof, case_proof
from core.desk.story import EvidenceRow
from core.foundation.formats import day, moment, number, span
from core.foundation.language import _, _n
from core.foundation.permissions import Permission
from pages.parts import case_advice, links, state
from pages.parts.badges import badge, urgency
from pages.parts.case_view import Noticed, View
from pages.parts.choices import segments
from pages.parts.formats import cut, dotted, gray, plain
from pages.parts.lines import heading

PICTURES = 8


def payers(view: View) -> list[PayerProof]:
    """The payers of the case with their lists, the claim looked at first."""
    found = case_proof(view.story, [(one.name, one.of.card) for one in view.advice])
    looked = view.claim.id if view.claim else None
    return sorted(found, key=lambda one: one.claim is None or one.claim.id != looked)


def draw(view: View) -> None:
    """The list of the payer looked at with its meter; the other files; the pictures."""
    files = [one for one in view.story.evidence if one.withdrawn_at is None]
    noticed = view.noticed
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
        return f"{plain(cut(payer_said(by_key[one].gap.payer), 24))} {number(by_key[one].gap.percent)} %"

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
            plain(_("{payer} names no document. Enclose what proves the loss.", payer=payer_said(of.payer))),
            width="stretch",
        )
        return
    said = _(
        "{payer}: {have} of {all} documents, {percent} %",
        payer=payer_said(of.payer),
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
    gone = f" {gone_badge(item.gone, view)}" if item.gone else ""
    words = [f":orange[:material/error:] **{plain(kind_name(need.code))}**{gone}  \n{second}"]
    for fault in need.faults:
        words.append(gray(f":material/visibility_off: {plain(cut(fault.name, 40))}: {plain(fault.reason)}"))
    row: dict[str, Any] = {} if view.phone else {"horizontal": True, "vertical_alignment": "center", "wrap": False}
    with st.container(gap="xsmall", **row):
        st.markdown("  \n".join(words), width="stretch")
        if may_add:
            # On a desk the line is the box: each box more is paid for on every click.
            with st.container(horizontal=True, gap="xsmall") if view.phone else nullcontext():
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


def gone_badge(gone: Gone, view: View) -> str:
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
    way = look(one, view)
    if one.unreadable:
        return f":red[:material/visibility_off:] {plain(kind_name(one.kind))} {case_advice.unreadable(one.unreadable)} {way}"
    marks = case_advice.mark(noticed.get(one.id, ()))
    return f":green[:material/check_circle:] {plain(kind_name(one.kind))} {second} {marks} {way}"


def can_look(one: EvidenceRow, view: View) -> bool:
    """Whether the file is there and for this person: many show who the buyer is."""
    return one.removed_at is None and evidence.may_see(one.kind, view.me)


def look(one: EvidenceRow, view: View) -> str:
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
