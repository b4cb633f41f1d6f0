"""The head of a case: what it is, where it stands, whose it is, and the next irreversible moment with one button."""

from __future__ import annotations

import streamlit as st

from core.cases.words import STAGE_LABELS, TYPE_LABELS
from core.desk.next_step import BY_CLOCK, Next, Step
from core.desk.story import Header
from core.foundation.formats import amount, listed, moment
from core.foundation.language import N_, _
from core.foundation.permissions import Permission
from core.models.incident import IncidentState, IncidentType, Stage
from pages.parts import badges, case_answer, state
from pages.parts.case_view import View
from pages.parts.formats import dotted, gray, plain

MORE: dict[str, tuple[str, str, Permission]] = {
    "assign": (N_("Assign"), "person", Permission.INCIDENT_ASSIGN),
    "edit": (N_("Edit"), "edit", Permission.INCIDENT_EDIT),
    "loss": (N_("Post a loss"), "remove_circle", Permission.LEDGER_POST),
    "arrived": (N_("The parcel arrived after all"), "package_2", Permission.CLAIM_ANSWER),
    "close": (N_("Close the case"), "check_circle", Permission.INCIDENT_CLOSE),
}
ICONS: dict[Step, str] = {
    Step.EVIDENCE: "add_photo_alternate",
    Step.LOSS: "remove_circle",
    Step.READY: "task_alt",
    Step.SUBMIT: "outgoing_mail",
    Step.EXPIRE: "event_busy",
    Step.SEND: "attach_file",
    Step.APPEAL: "gavel",
    Step.ANSWER: "reply",
    Step.FOLLOW_UP: "forward_to_inbox",
    Step.PAYOUT: "payments",
    Step.PROMISE: "handshake",
    Step.WRITE: "chat",
    Step.CONTACT: "call",
    Step.DRAFT: "note_add",
    Step.TASK: "task_alt",
    Step.MONEY: "account_balance",
    Step.OFFER: "balance",
    Step.DISPUTE: "task_alt",
    Step.RESUME: "play_circle",
    Step.ASSIGN: "person",
    Step.DISCARD: "delete",
    Step.CLOSE: "check_circle",
}


def what(header: Header) -> str:
    """What went wrong and where, as a title says it."""
    if header.stage is Stage.UNKNOWN:
        return _(TYPE_LABELS[header.type])
    return _("{type} in {stage}", type=_(TYPE_LABELS[header.type]), stage=_(STAGE_LABELS[header.stage]).lower())


def draw(view: View) -> None:
    """Title, badges and buttons, the line of facts, the next step."""
    header = view.story.header
    marks = f"{badges.case_state(header.state)} {badges.tier(header.tier)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.title(plain(f"{header.reference} · {what(header)}"), anchor=False, width="content")
        st.markdown(marks, width="stretch" if not view.phone else "content")
        _buttons(view)
    st.markdown(gray(_facts(header, view)))
    if view.next is not None:
        _next(view, view.next)
    elif header.state is IncidentState.CLOSED:
        _ended(header, view)


def _buttons(view: View) -> None:
    me, closed, lost = view.me, not view.story.header.open, view.story.header.type is IncidentType.LOST
    if me.may(Permission.CONTACT_LOG):
        st.button(
            _("Log contact"), icon=":material/call:", key="case-contact", on_click=state.open_dialog, args=("contact",)
        )
    if closed:
        if me.may(Permission.INCIDENT_REOPEN):
            st.button(
                _("Reopen"), icon=":material/undo:", key="case-reopen", on_click=state.open_dialog, args=("reopen",)
            )
        if lost and view.story.header.recovered and me.may(Permission.CLAIM_ANSWER):
            st.button(
                _("The parcel arrived after all"),
                icon=":material/package_2:",
                key="case-arrived",
                on_click=state.open_dialog,
                args=("arrived",),
            )
        return
    offered = [name for name, (_words, _icon, right) in MORE.items() if me.may(right) and (lost or name != "arrived")]
    if offered:
        st.menu_button(
            _("More"),
            offered,
            key="case-more",
            format_func=lambda name: f":material/{MORE[name][1]}: {_(MORE[name][0])}",
            on_click=_chosen,
        )


def _chosen() -> None:
    state.open_dialog(st.session_state["case-more"])


def _facts(header: Header, view: View) -> str:
    carrier = " ".join(part for part in (header.carrier or _("carrier not known"), header.service) if part)
    return dotted(
        plain(carrier),
        plain(header.tracking_number) if header.tracking_number else None,
        _("order {number}", number=plain(header.order_number)),
        plain(f"{header.shop} ({header.market})"),
        plain(amount(header.value)),
        _("owner {name}", name=plain(header.owner)) if header.owner else _("no owner"),
        _("registered {when}", when=plain(moment(header.registered_at, view.me.zone, year=True))),
        _("in group {references}", references=plain(listed(header.groups))) if header.groups else None,
    )


def _next(view: View, found: Next) -> None:
    if found.at is None:
        mark = badges.badge(_("No clock"), "gray", "schedule")
    else:
        mark = badges.opening(found.at, view.now) if found.opens else badges.due(found.at, view.now)
    words = f"{mark} **{_('Next: {what}', what=plain(found.sentence))}**"
    if found.detail:
        words += f"  \n{gray(plain(found.detail))}"
    with st.container(
        border=True, horizontal=not view.phone, vertical_alignment="center", gap="medium" if not view.phone else "small"
    ):
        st.markdown(words, width="stretch")
        request = case_answer.waiting(found.clock_id, view) if found.step is Step.DISPUTE else None
        if request is not None:
            # The way to write it, not to say that it is done: that can be said there, and in the section below.
            case_answer.draw(request, view, primary=True, key="case-next", wide=view.phone)
        elif found.step is not None:
            st.button(
                found.button,
                icon=f":material/{ICONS[found.step]}:",
                type="primary" if case_answer.next_leads(view) else "secondary",
                key="case-next",
                width="stretch" if view.phone else "content",
                on_click=state.open_dialog,
                args=(found.step.value, found.clock_id if found.step in BY_CLOCK else found.claim_id),
            )


def _ended(header: Header, view: View) -> None:
    from core.cases.words import CAUSE_LABELS, RESULT_LABELS

    result = _(RESULT_LABELS[header.result]) if header.result else ""
    cause = _(CAUSE_LABELS[header.cause]) if header.cause else ""
    when = moment(header.closed_at, view.me.zone, year=True)
    words = f"**{plain(result)}** · {plain(cause)}  \n{gray(plain(_('Closed {when}', when=when)))}"
    if header.closing_note:
        words += f"  \n{plain(header.closing_note)}"
    with st.container(border=True):
        st.markdown(words)
