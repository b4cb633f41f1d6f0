"""The dialogs that move a dispute on its case: what was done or happened, what was said in the mediation, what the interface says."""

from __future__ import annotations

import hashlib
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.desk.case_disputes import DisputeRow
from core.foundation import clock, database
from core.foundation.formats import clauses, figure
from core.foundation.language import N_, _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.recovery import answers, disputes
from core.recovery.answers import Finding
from core.recovery.disputes import DISPUTES, DisputeAction, Sent
from core.recovery.disputes.life import LONGEST_REFERENCE, LONGEST_SENT, NEEDS_WORDS
from pages.parts import badges, dialogs, state
from pages.parts.act import act, attempt
from pages.parts.at_input import Spots
from pages.parts.case_claim_shared import day_input, moment_input, save
from pages.parts.case_view import View
from pages.parts.disputes_words import state_badge
from pages.parts.formats import cut, dotted, plain
from pages.parts.who import actor

A = DisputeAction

AMOUNTS: dict[DisputeAction, str] = {
    A.RECORD_OFFER: N_("Offered in {currency}"),
    A.COUNTER: N_("What we offer in {currency}"),
    A.ACCEPT_OFFER: N_("What the buyer gets in {currency}"),
    A.COUNTER_TAKEN: N_("What the buyer gets in {currency}"),
    A.CONCEDE: N_("What the buyer gets in {currency}"),
    A.WIN_PART: N_("What the buyer gets in {currency}"),
    A.LOSE: N_("What the buyer gets in {currency}"),
    A.REQUEST_COMPENSATION: N_("Asked for in {currency} (optional)"),
    A.GRANT: N_("Granted in {currency}"),
    A.PAY: N_("Paid in {currency}"),
}
TEXTS: dict[DisputeAction, str] = {
    A.ANSWER: N_("What was sent, to the letter"),
    A.SEND_MORE: N_("What was sent, to the letter"),
    A.REQUEST_COMPENSATION: N_("What was asked for, to the letter"),
}


def _row(view: View, dispute_id: Any) -> DisputeRow | None:
    # A link names no request: then the case's own is meant.
    row = next((one for one in view.disputes if dispute_id in (None, one.id) and one.mine), None)
    if row is None:
        st.info(_("This request is not here any more."), icon=":material/info:")
    return row


def move(view: View, subject: Any) -> None:
    """Say what was done or what happened: one of the moves that start from where it stands."""
    dispute_id, first = subject if isinstance(subject, (tuple, list)) else (subject, None)
    row = _row(view, dispute_id)
    if row is None:
        return
    # Beginning to prepare is what opening the answer does.
    open_now = [A(one.action) for one in row.offers if one.permitted and one.action is not A.PREPARE]
    if not open_now:
        st.info(next((one.reason for one in row.offers if one.reason), None) or _("Nothing is left to say of it."))
        return
    form, spots, me = view.form("move-dispute", f"{row.id}-{first or ''}"), Spots(), actor()
    st.markdown(f"{plain(_('Return {number}', number=row.return_number))} {state_badge(row.state)}")
    action = _action(form, open_now, first)
    typed = _amount_input(form, row, action, spots)
    due = None
    if action is A.RECORD_OFFER:
        due = day_input(form, "due", _("Offer stands until (optional)"), view.story.header.shop_zone)
        spots.under("due_at")
    sent = _sent_inputs(form, row, view, action, spots)
    note = st.text_area(_("Note (optional)"), key=state.widget(form, "note"), height=70) or ""
    spots.under("note")
    at = moment_input(form, _("When ({zone})", zone=me.zone), _("At"), view.now, me.zone)
    spots.under("at")
    read = _held_against(form, row, sent, me)
    if not save(_("Save"), form):
        return
    money = attempt(lambda: Money.parse(typed, row.currency, field="amount")) if typed.strip() else None
    if typed.strip() and money is None:
        return

    def write(session: Any) -> int:
        now = clock.now()
        common: dict[str, Any] = {"actor": me, "note": note, "amount": money, "at": min(at, now), "now": now}
        if action in NEEDS_WORDS:
            return answers.went_outside(session, row.id, action, sent=sent, read_findings=read, **common).id
        return disputes.move_dispute(session, row.id, action, sent=sent, due_at=due, **common).id

    if act(write, key=state.key(form), notice=_("Said, and kept."), spots=spots):
        dialogs.done()


def _action(form: str, open_now: list[DisputeAction], first: Any) -> DisputeAction:
    """What happened: what the button said that was pressed, where it can still happen, else one to choose."""
    if first in open_now:
        st.markdown(f"**{plain(_(DISPUTES.row(A(first)).label))}**")
        return A(first)
    return st.radio(
        _("What happened"),
        open_now,
        format_func=lambda one: _(DISPUTES.row(one).label),
        key=state.widget(form, "action"),
    )


def _amount_input(form: str, row: DisputeRow, action: DisputeAction, spots: Spots) -> str:
    if action not in AMOUNTS:
        return ""
    usual = {
        A.ACCEPT_OFFER: row.offered,
        A.CONCEDE: row.amount,
        A.LOSE: row.amount,
        A.GRANT: row.compensation,
        A.PAY: row.granted if row.granted is not None else row.compensation,
    }.get(action)
    typed = st.text_input(
        _(AMOUNTS[action], currency=row.currency),
        figure(usual) if usual is not None else "",
        key=state.widget(form, f"amount-{action}"),
    )
    spots.under("amount")
    return typed


def _sent_inputs(form: str, row: DisputeRow, view: View, action: DisputeAction, spots: Spots) -> Sent:
    """What went, in which language, and what shows it. It went without Recoup: an answer that Recoup knows is said on its own screen."""
    if action not in NEEDS_WORDS:
        return Sent()
    said = _("For what went already, without Recoup. An answer written here is marked as sent under “Answer”.")
    st.caption(f":material/info: {plain(said)}")
    text = st.text_area(_(TEXTS[action]), key=state.widget(form, "sent"), height=140, max_chars=LONGEST_SENT) or ""
    spots.under("sent")
    wordings, usual = answers.wordings(), answers.languages_of(row.market)
    language = st.selectbox(
        _("Language it was written in"),
        [*usual, *(code for code in wordings if code not in usual)],
        format_func=lambda code: wordings[code].name,
        key=state.widget(form, "language"),
    )
    spots.under("language")
    files = {one.id: one for one in view.story.evidence if one.withdrawn_at is None}
    receipt: int | None = st.selectbox(
        _("What shows that it was sent (optional)"),
        list(files),
        index=None,
        format_func=lambda one: dotted(kind_name(files[one].kind), cut(files[one].name, 40)),
        key=state.widget(form, "receipt"),
        placeholder=_("Choose a file of the case"),
    )
    spots.under("receipt_id")
    reference = st.text_input(
        _("The platform's number for it (optional)"),
        key=state.widget(form, "reference"),
        max_chars=LONGEST_REFERENCE,
    )
    spots.under("reference")
    return Sent(text, language, (), None, receipt, reference or "")


def _held_against(form: str, row: DisputeRow, sent: Sent, me: Actor) -> frozenset[str]:
    """What the guard finds in a text that went already, for the person to read; the keys of what was read."""
    if not sent.text.strip():
        return frozenset()

    def look() -> tuple[Finding, ...]:
        with database.reading() as session:
            return answers.findings_outside(session, row.id, sent.text, sent.language, actor=me, now=clock.now())

    found = attempt(look)
    if found is None:
        return frozenset()
    if not found:
        st.markdown(badges.badge(_("nothing stops it"), "green", "check_circle"))
        return frozenset()
    st.markdown(badges.badge(_n("The guard finds {n} thing", "The guard finds {n} things", len(found)), "red", "block"))
    st.markdown("  \n".join(f":red[:material/error:] {plain(one.said)}" for one in found))
    keys = frozenset(one.key for one in found)
    # What is found anew is to be read anew.
    seen = hashlib.sha256("".join(sorted(keys)).encode()).hexdigest()[:12]
    read = st.checkbox(_("It went like this all the same"), key=state.widget(form, f"read-{seen}"))
    return keys if read else frozenset()


def note(view: View, dispute_id: Any) -> None:
    """Keep what was said in the mediation."""
    row = _row(view, dispute_id)
    if row is None:
        return
    form, spots = view.form("note-dispute", row.id), Spots()
    text = st.text_area(_("What was said, and by whom"), key=state.widget(form, "text"), height=140) or ""
    spots.under("note")
    if save(_("Keep it"), form) and act(
        lambda session: disputes.note_dispute(session, row.id, actor=actor(), text=text, now=clock.now()).id,
        key=state.key(form),
        notice=_("Kept."),
        spots=spots,
    ):
        dialogs.done()


def drop(view: View, dispute_id: Any) -> None:
    """Take in what the platform's interface says of this return, as JSON."""
    row = _row(view, dispute_id)
    if row is None:
        return
    form = view.form("drop-dispute", row.id)
    st.caption(
        _(
            "JSON of get_return_detail, get_return_list, get_return_dispute_reason or get_available_solutions."
            " Who the buyer is, is not kept."
        )
    )
    file = st.file_uploader(_("File"), type=["json", "txt"], key=state.widget(form, "file"))
    typed = st.text_area(_("Or paste it"), key=state.widget(form, "text"), height=120) or ""
    if not save(_("Take it in"), form, "data_object"):
        return
    data: bytes | str = file.getvalue() if file is not None else typed
    if not data:
        st.error(_("Choose a file or paste the JSON."), icon=":material/error:")
        return
    if act(
        lambda session: _told(disputes.drop_json(session, row.id, data, actor=actor(), now=clock.now())),
        key=state.key(form),
        notice=_said,
    ):
        dialogs.done()


def _said(told: Any) -> str:
    return str(told)


def _told(found: disputes.Dropped) -> str:
    said = [
        _("what it says of the return") if found.statements else "",
        _n("{n} proof it wants", "{n} proofs it wants", found.modules) if found.modules else "",
        _("what may be offered") if found.solutions else "",
    ]
    if not any(said):
        return _("The platform says only that it took what was sent. Nothing else is in it.")
    return _("Taken in: {what}.", what=clauses(said))
