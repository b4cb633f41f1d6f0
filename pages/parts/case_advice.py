"""What Recoup noticed about the files of a case: advice to follow or to set aside, never a refusal."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import streamlit as st

from core.cases import evidence, photo_advice
from core.cases.kinds import kind_name
from core.cases.photo_advice import Advice, CaseAdvice, Weight
from core.cases.proof import unreadable_words
from core.desk.story import EvidenceRow, Story
from core.desk.story_sql import Part
from core.foundation import clock, database
from core.foundation.formats import moment
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from pages.parts import links, state
from pages.parts.act import act
from pages.parts.badges import badge
from pages.parts.case_view import Noticed, View
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import line
from pages.parts.who import actor


def read(session: Any, found: Story, me: Actor) -> Noticed:
    """What was noticed about the case's files, in the page's own reading; nothing where there is none, or not for these eyes."""
    if Part.ADVICE not in found.header.parts or not me.may(Permission.EVIDENCE_READ):
        return {}
    return photo_advice.advice_of(session, found.header.id, actor=me)


def mark(advice: Sequence[Advice]) -> str:
    """Badges of what nobody has set aside yet, to stand behind a file's name; empty when there is nothing."""
    return " ".join(_badge(one) for one in advice if one.open)


def line_of(view: View, noticed: Noticed) -> None:
    """One line in the evidence section: how many files are worth another look, and the way there."""
    count = sum(any(one.open for one in advice) for advice in noticed.values())
    if count:
        words = _n("{n} file is worth another look", "{n} files are worth another look", count)
        kinds = dict.fromkeys(one.title for advice in noticed.values() for one in advice if one.open)
        line(
            f":orange[:material/visibility:] {plain(words)} {gray(plain(', '.join(kinds)))}",
            button=_("Look"),
            key="case-advice",
            args=("advice",),
        )


def lacking(view: View, kinds: Collection[str]) -> None:
    """What the case's pictures do not show, a line each with the button that mends it. `kinds`: of its standing evidence."""
    for one in photo_advice.missing_views(view.story.header.type, set(kinds)):
        _lacking(view, one)


def _lacking(view: View, one: CaseAdvice) -> None:
    line(
        f":orange[:material/visibility:] {plain(one.what)} {gray(plain(one.do))}",
        button=_("Upload") if view.me.may(Permission.EVIDENCE_ADD) else "",
        key=f"case-lacking-{one.code}",
        args=("evidence", one.wanted[0]),
    )


def after_upload(view: View, added: Sequence[int]) -> bool:
    """After files came in: whether there is something to say about them. Then the dialog that says it opens."""
    with database.reading() as session:
        noticed = photo_advice.advice_of(session, view.id, actor=view.me)
    told = any(noticed.get(one) for one in added)
    if told:
        state.open_dialog("advice", tuple(added))
        st.rerun()
    return told


def summary(view: View, subject: Any) -> None:
    """The dialog: every file with advice that stands, or those that have just come in (`subject`: their ids)."""
    noticed = view.noticed
    rows = {one.id: one for one in view.story.evidence if one.withdrawn_at is None}
    asked = [one for one in (subject or noticed) if any(advice.open for advice in noticed.get(one, ()))]
    shown = [rows[one] for one in asked if one in rows]
    if not shown:
        st.success(_("Nothing is left to look at."), icon=":material/check_circle:")
        return
    st.caption(_("The files are kept. This is advice: follow it, or set it aside with a reason."), width="stretch")
    for one in shown:
        with st.container(border=True, gap="small"):
            _file(view, one)
            draw(view, noticed[one.id])


def _file(view: View, one: EvidenceRow) -> None:
    words = f"**{plain(kind_name(one.kind))}**  \n{gray(plain(one.name))}"
    there = one.removed_at is None and evidence.may_see(one.kind, view.me)
    if not there or not one.media_type.startswith(("image/", "video/")):
        st.markdown(words)
        return
    picture, text = st.columns([1, 2.4], gap="medium", vertical_alignment="center")
    alt = plain(kind_name(one.kind))
    picture.markdown(f"[![{alt}]({links.thumbnail(one.id)})]({links.evidence(one.id)})")
    text.markdown(words)


def draw(view: View, advice: Sequence[Advice]) -> None:
    """The advice about one file: what, what to do, and the way to set it aside; what was set aside, with who and why."""
    for one in advice:
        if one.open:
            _open(view, one)
        else:
            said = _(
                "set aside {when} by {who}: {why}",
                when=moment(one.dismissed_at, view.me.zone),
                who=one.dismissed_by or "Recoup",
                why=one.dismissed_why,
            )
            st.markdown(f"{badge(one.title, 'gray', 'visibility_off')} {gray(plain(said))}")


def _open(view: View, one: Advice) -> None:
    st.markdown(f"{_badge(one)} {plain(one.what)}  \n{plain(one.do)}")
    if not view.me.may(Permission.EVIDENCE_ADD):
        return
    form = view.form("advice", one.id)
    with st.popover(_("Set aside"), icon=":material/visibility_off:", key=f"case-advice-{one.id}"):
        why = st.text_input(_("Why it can be set aside"), key=state.widget(form, "why"), max_chars=500)
        if st.button(_("Set aside"), key=state.widget(form, "save")) and act(
            lambda session: photo_advice.dismiss(session, one.id, actor=actor(), why=why, now=clock.now()).id,
            key=state.key(form),
            notice=_("Set aside. The advice stays on record."),
        ):
            st.rerun()


def _badge(one: Advice) -> str:
    return badge(one.title, *(("orange", "visibility") if one.weight is Weight.MEND else ("gray", "info")))


def unreadable(code: str) -> str:
    """The badge and reason of a file that nobody can look at, as Markdown."""
    return dotted(badge(_("Cannot be looked at"), "red", "error"), plain(unreadable_words(code)))
