"""A dispute on its case: the buttons that move it with their reasons, where it stands, what is left with the carrier, what was done."""

from __future__ import annotations

import streamlit as st

from core.cases.words import CLOCK_LABELS, payer_said
from core.desk.case_disputes import DisputeRow, StepRow
from core.foundation.formats import amount, clauses, moment
from core.foundation.language import N_, _, _n
from core.foundation.permissions import Permission
from core.foundation.transitions import Offer
from core.models.claim import ENDED
from core.models.clock import LIVING, ClockKind
from core.models.dispute import DisputeState
from core.models.rule import PayerKind
from core.recovery.disputes import DisputeAction
from pages.parts import badges, case_answer, state
from pages.parts.case_view import View
from pages.parts.disputes_words import state_badge
from pages.parts.formats import cut, dotted, gray, plain

A, S = DisputeAction, DisputeState

BIG: dict[DisputeState, tuple[DisputeAction, ...]] = {
    S.OFFERED: (A.ACCEPT_OFFER, A.COUNTER, A.DECLINE_OFFER),
    S.COUNTERED: (A.COUNTER_TAKEN, A.COUNTER_REFUSED),
    S.JUDGING: (A.WIN, A.LOSE),
    S.CLOSED: (A.WIN, A.LOSE),
    S.LOST: (A.REQUEST_COMPENSATION,),
    S.EXPIRED: (A.REQUEST_COMPENSATION,),
    S.COMPENSATION_REQUESTED: (A.GRANT, A.REFUSE),
    S.COMPENSATION_APPROVED: (A.PAY,),
}
"""What mostly comes next: with a button of its own. Everything else stands behind “What happened”."""

ICONS: dict[DisputeAction, str] = {
    A.ACCEPT_OFFER: "handshake",
    A.COUNTER: "sync_alt",
    A.DECLINE_OFFER: "block",
    A.COUNTER_TAKEN: "handshake",
    A.COUNTER_REFUSED: "block",
    A.WIN: "check_circle",
    A.LOSE: "cancel",
    A.REQUEST_COMPENSATION: "request_quote",
    A.GRANT: "thumb_up",
    A.REFUSE: "block",
    A.PAY: "payments",
}
AGAINST_US = frozenset({S.LOST, S.PARTLY_WON, S.SETTLED, S.CONCEDED, S.EXPIRED, S.COMPENSATION_REJECTED})


def buttons(row: DisputeRow, view: View) -> None:
    """What moves the request now; an action that is off says why, in words that need no hovering."""
    found = {DisputeAction(one.action): one for one in row.offers}
    reason = next((one.reason for one in row.offers if one.reason), None)
    if row.offers and all(not one.permitted for one in row.offers):
        case_answer.draw(row, view)
        st.caption(f":material/info: {plain(reason or '')}")
        return
    # One button leads on a screen: that of the next moment, where it has one.
    leads = case_answer.next_leads(view)
    with st.container(horizontal=True, gap="small"):
        case_answer.draw(row, view, primary=not leads and row.state in (S.OPENED, S.PREPARING))
        for action in BIG.get(row.state, ()):
            if action in found:
                _big(row, found[action], first=not leads and action is BIG[row.state][0])
        if found:
            st.button(
                _("What happened"),
                icon=":material/flag:",
                key=f"dispute-move-{row.id}",
                on_click=state.open_dialog,
                args=("move-dispute", row.id),
            )
        st.button(
            _("Update"),
            icon=":material/edit:",
            key=f"dispute-change-{row.id}",
            on_click=state.open_dialog,
            args=("change-dispute", row.id),
        )
        _more(row)
    off = {found[one].reason for one in BIG.get(row.state, ()) if one in found and found[one].reason}
    for said in sorted(one for one in off if one):
        st.caption(f":material/info: {plain(said)}")


def _big(row: DisputeRow, offer: Offer, *, first: bool) -> None:
    action = DisputeAction(offer.action)
    st.button(
        _(offer.label),
        icon=f":material/{ICONS[action] if offer.permitted else 'lock'}:",
        type="primary" if first and row.state is not S.JUDGING else "secondary",
        disabled=not offer.permitted,
        key=f"dispute-{action}-{row.id}",
        on_click=state.open_dialog,
        args=("move-dispute", (row.id, action.value)),
    )


def _more(row: DisputeRow) -> None:
    words = {
        "note-dispute": f":material/note_alt: {_('Note of the mediation')}",
        "drop-dispute": f":material/data_object: {_('Take in what the interface says')}",
    }
    words |= {
        f"dispute:{due.clock_id}": f":material/task_alt: {_('Done: {what}', what=_due_words(due.kind))}"
        for due in row.dues
        if due.clock_id is not None and due.state in LIVING
    }
    key = f"dispute-more-{row.id}"
    st.menu_button(
        _("More"),
        list(words),
        key=key,
        type="tertiary",
        format_func=lambda name: words[name],
        on_click=_chosen,
        args=(key, row.id),
    )


def _due_words(kind: ClockKind) -> str:
    return _(CLOCK_LABELS[kind]).lower()


def _chosen(key: str, dispute_id: int) -> None:
    name = str(st.session_state[key])
    if name.startswith("dispute:"):
        state.open_dialog("dispute", int(name.removeprefix("dispute:")))
    else:
        state.open_dialog(name, dispute_id)


def standing(row: DisputeRow, view: View) -> list[str]:
    """Lines of where it stands: since when, what is offered, what came of it, and what is left with the carrier."""
    since = _("since {when}", when=moment(row.state_at, view.me.zone, year=True))
    told = [f"{state_badge(row.state)} {gray(plain(since))}"]
    sums = [
        (N_("offer {amount}"), row.offered if row.state in (S.OFFERED, S.COUNTERED) else None),
        (N_("the buyer gets {amount}"), row.refunded),
        (N_("granted {amount}"), row.granted if row.paid is None else None),
        (N_("paid {amount}"), row.paid),
    ]
    said = [_(words, amount=amount(value)) for words, value in sums if value is not None]
    if row.state is S.OFFERED and row.counters_left is not None:
        said.append(_n("{n} counter-offer left", "{n} counter-offers left", row.counters_left))
    if row.modules:
        said.append(_n("the platform wants {n} proof", "the platform wants {n} proofs", row.modules))
    if said:
        told.append(plain(clauses(said)))
    return told


def carrier(row: DisputeRow, view: View) -> None:
    """A request that went against us leads to the carrier's claim that is still open, with its clock."""
    if row.state not in AGAINST_US or not row.mine or not view.story.header.open:
        return
    payer = view.story.header.carrier
    filed = [one for one in view.story.claims if one.payer_kind is PayerKind.CARRIER and one.state not in ENDED]
    window = next(
        (
            one
            for one in view.story.clocks
            if one.kind is ClockKind.CLAIM_WINDOW and one.state in LIVING and one.title == payer
        ),
        None,
    )
    if filed:
        said = _(
            "What is left: {reference} on {payer}.", reference=filed[0].reference, payer=payer_said(filed[0].payer_name)
        )
        mark = badges.due(filed[0].next_due_at, view.now) if filed[0].next_due_at is not None else ""
        st.markdown(f":material/local_shipping: {plain(said)} {mark}")
        return
    if window is None or payer is None:
        return
    mark = badges.due(window.due_at, view.now) if window.due_at is not None else badges.badge(_("open"), "green")
    st.markdown(f":material/local_shipping: {plain(_('What is left: a claim on {payer}.', payer=payer))} {mark}")
    if view.me.may(Permission.CLAIM_PREPARE):
        st.button(
            _("Draft a claim"),
            icon=":material/note_add:",
            key=f"dispute-claim-{row.id}",
            on_click=state.open_dialog,
            args=("draft",),
        )


def steps(row: DisputeRow, view: View) -> None:
    """What was done, the latest first, with exactly what was sent."""
    if not row.steps:
        return
    label = _n("What was done, {n} step", "What was done, {n} steps", len(row.steps))
    with st.expander(label, icon=":material/checklist:"):
        st.markdown("\n\n".join(_step(one, view) for one in row.steps))


def _step(one: StepRow, view: View) -> str:
    head = gray(plain(dotted(moment(one.at, view.me.zone, year=True), one.by)))
    what = f"**{plain(_(one.what))}**" + (f" → {state_badge(one.target)}" if one.moved else "")
    rows = [head, what]
    more = clauses(
        [
            amount(one.amount) if one.amount is not None else "",
            _("by {when}", when=moment(one.due_at, view.me.zone)) if one.due_at else "",
            one.reference,
            _("receipt {name}", name=one.receipt) if one.receipt else "",
            _n("{n} exhibit", "{n} exhibits", len(one.exhibits)) if one.exhibits else "",
        ]
    )
    if more:
        rows.append(plain(more))
    if one.note:
        rows.append(plain(one.note))
    if one.sent:
        rows.append("> " + plain(cut(one.sent, 1_500)).replace("\n", "\n> "))
    return "  \n".join(rows)
