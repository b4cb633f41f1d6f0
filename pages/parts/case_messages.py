"""What was written to the buyer, word for word, and what it asked for or promised; what is still open is settled here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases import contacts, messages
from core.cases.messages import Sent
from core.desk.story import Header
from core.desk.story_sql import Part
from core.foundation import clock
from core.foundation.formats import moment
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models.clock import ClockState
from core.models.message import Situation
from pages.parts import badges, case_contacts, dialogs, state
from pages.parts.act import act
from pages.parts.case_view import View
from pages.parts.formats import dotted, gray, plain
from pages.parts.lines import heading
from pages.parts.who import actor

SHOWN = 6


def read(session: Any, header: Header, me: Actor) -> tuple[Sent, ...]:
    """The messages of a case, latest first; nothing for who may not read them."""
    if Part.MESSAGES not in header.parts or not me.may(Permission.MESSAGE_READ):
        return ()
    return tuple(messages.messages_of(session, header.id, actor=me))


def draw(view: View) -> None:
    """The section: the way to write, what still waits, what was sent."""
    if not view.me.may(Permission.MESSAGE_READ):
        return
    with st.container(border=True, gap="small"):
        heading(
            _("Messages to the buyer"),
            button=_("Write") if view.me.may(Permission.MESSAGE_WRITE) else "",
            icon="chat",
            key="case-write",
            dialog="write",
        )
        if not view.messages:
            st.caption(
                _("Nothing was written to the buyer yet. Buyers who hear early and kindly rarely go to the platform.")
            )
        for one in view.messages[:SHOWN]:
            _message(one, view)
        if rest := view.messages[SHOWN:]:
            with st.expander(_("Earlier ({n})", n=len(rest)), icon=":material/history:"):
                for one in rest:
                    st.markdown(f"**{plain(_said(one))}**  \n{gray(plain(_sent(one, view)))}")
                    st.text(one.text)


def _said(one: Sent) -> str:
    return messages.sentence(one.situation, one.language)


def _sent(one: Sent, view: View) -> str:
    return dotted(moment(one.sent_at, view.me.zone, year=True), one.sent_by)


def _message(one: Sent, view: View) -> None:
    with st.container(gap="xxsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            rows = [f"**{plain(_said(one))}** {_flaws(one)}".rstrip(), gray(plain(_sent(one, view))), _open(one, view)]
            st.markdown("  \n".join(row for row in rows if row), width="stretch")
            if one.waits and one.clock_id is not None and view.me.may(Permission.CONTACT_LOG):
                st.button(
                    _("Settle"),
                    icon=":material/handshake:",
                    key=f"message-settle-{one.id}",
                    on_click=state.open_dialog,
                    args=("promise", one.clock_id),
                )
        with st.expander(_("As it was sent"), key=f"message-text-{one.id}"):
            st.text(one.text)


def _flaws(one: Sent) -> str:
    """What the check of its tone still missed when it went."""
    return " ".join(badges.badge(_(messages.FLAW_LABELS[flaw]), "orange", "error") for flaw in one.flaws)


def _open(one: Sent, view: View) -> str:
    """Where the moment it named stands, as Markdown; nothing for a message without one."""
    if one.due_at is None or one.clock_state is None:
        return ""
    mark = badges.clock_state(one.clock_state, one.due_at, None, view.now)
    if one.clock_state is not ClockState.RUNNING:
        return f"{mark} {gray(plain(_(messages.PROMISES[one.situation])))}"
    return f"{mark} {gray(plain(messages.chore(one.situation, late=one.due_at < view.now)))}"


# --- dialogs ------------------------------------------------------------------------------------------------------------


def settle(view: View, clock_id: Any) -> None:
    """Say what came of what a message asked for or promised; any other promise is settled as its talk was logged."""
    found = next((one for one in view.messages if one.clock_id == clock_id), None)
    if found is None or found.due_at is None:
        case_contacts.settle(view, clock_id)
        return
    if not found.waits:
        st.info(_("This is settled already."))
        return
    me, form = actor(), view.form("promise", clock_id)
    late = found.due_at < view.now
    st.markdown(
        f"**{plain(_(messages.PROMISES[found.situation]))}** {badges.due(found.due_at, view.now)}  \n"
        f"{gray(plain(f'{_said(found)}, {_sent(found, view)}'))}"
    )
    st.text(found.text[:300] + ("…" if len(found.text) > 300 else ""))
    came, off = _answers(found, form, late=late)
    if (came or off) and act(
        lambda session: contacts.settle_promise(session, clock_id, actor=me, kept=came, now=clock.now()).id,
        key=state.key(form),
        notice=_("Settled."),
    ):
        if came and found.asks and found.situation is not Situation.PARTIAL and me.may(Permission.EVIDENCE_ADD):
            # What came is proof of the case: the next thing is to put it there.
            state.open_dialog("evidence")
            st.rerun()
        dialogs.done()


def _answers(one: Sent, form: str, *, late: bool) -> tuple[bool, bool]:
    """The buttons of one open moment: it came or was done, or not; and writing to the buyer about it."""
    partial = one.situation is Situation.PARTIAL
    if one.asks:
        yes, no = (_("The buyer answered"), _("No answer")) if partial else (_("It came"), _("It does not come"))
        again, what = (_("Ask again"), one.situation) if partial else (_("Remind the buyer"), Situation.REMINDER)
    else:
        yes, no, again, what = _("Done"), _("Not done"), _("Write to the buyer"), None
    with st.container(horizontal=True, gap="small"):
        came = st.button(
            yes,
            type="secondary" if late and one.asks else "primary",
            icon=":material/check:",
            key=state.widget(form, "came"),
        )
        if actor().may(Permission.MESSAGE_WRITE) and st.button(
            again,
            type="primary" if late and one.asks else "secondary",
            icon=":material/chat:",
            key=state.widget(form, "again"),
        ):
            state.open_dialog("write", what.value if what else None)
            st.rerun()
        off = st.button(no, icon=":material/close:", key=state.widget(form, "off"))
    if not partial and one.asks:
        st.caption(_("Once it came, the next step adds the files to the case."))
    return came, off
