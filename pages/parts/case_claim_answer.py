"""What the payer did, and what we do about it: its answer with the reason of a denial, its offer, asking again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.cases.words import CHANNEL_LABELS
from core.desk.story import ClaimRow
from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import amount, figure, listed
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Claim
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel
from core.recovery import claims
from core.recovery.claim_states import ANSWERS, CLAIMS, ClaimAction
from core.recovery.claims import denial_codes
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_claim_denial import reversal_words
from pages.parts.case_claim_shared import claim_of, day_input, moment_input, save
from pages.parts.case_view import View
from pages.parts.choices import segments
from pages.parts.formats import gray, plain
from pages.parts.who import actor

A = ClaimAction

RECORDED = ANSWERS | {A.RECORD_OFFER}
"""What is written down in the dialog of an answer."""
NEEDS_TEXT = frozenset({A.REJECT, A.ASK_INFORMATION})
DENIES = frozenset({A.REJECT, A.PARTLY_APPROVE})
DECIDES = frozenset({A.APPROVE, A.PARTLY_APPROVE, A.REJECT})
AMOUNTS: dict[ClaimAction, str] = {
    A.PARTLY_APPROVE: N_("Approved in {currency}"),
    A.RECORD_OFFER: N_("Offered in {currency}"),
}
DATES: dict[ClaimAction, str] = {
    A.ASK_INFORMATION: N_("Wanted by"),
    A.APPROVE: N_("To be paid by (optional)"),
    A.PARTLY_APPROVE: N_("To be paid by (optional)"),
    A.RECORD_OFFER: N_("Offer stands until (optional)"),
}


def answers_open(claim: ClaimRow) -> list[ClaimAction]:
    """What the payer may have done, the state being what it is."""
    rows = [row for row in CLAIMS if claim.state in row.sources and row.action in RECORDED]
    return [ClaimAction(row.action) for row in rows if row.action is not A.CLOSE]


def answer(view: View, claim_id: Any, first: ClaimAction | None = None) -> None:
    """Write down what the payer did."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, spots = view.form("answer", claim.id), Spots()
    actions = answers_open(claim)
    if not actions:
        st.info(_("No answer is awaited for this claim now."))
        return
    action = st.radio(
        _("What happened"),
        actions,
        index=actions.index(first) if first in actions else 0,
        format_func=lambda one: _(CLAIMS.row(one).label),
        key=state.widget(form, "action"),
    )
    part = _amount(form, claim, action, spots)
    code = _code(view, form, claim, action, spots) if action in DENIES else None
    if action is A.SEND_INFORMATION and claim.asked:
        st.markdown(f"{gray(_('The payer asks'))}  \n{plain(claim.asked)}")
    text = st.text_area(_words_of(action), key=state.widget(form, "text"), height=90) or ""
    spots.under("text")
    due = day_input(form, "due", _(DATES[action]), me.zone) if action in DATES else None
    spots.under("due_at")
    said_at = None
    if action in DECIDES:
        said_at = moment_input(form, _("Answered on ({zone})", zone=me.zone), _("At"), view.now, me.zone)
        spots.under("answered_at")
    if save(_("Save the answer"), form, "reply"):

        def write(session: Any) -> str:
            money = Money.parse(part, claim.demand.currency, field="amount") if part.strip() else None
            if action is A.RECORD_OFFER:
                return _offer(session, claim, money, text, due, me).reference
            now = clock.now()
            return claims.record_answer(
                session,
                claim.id,
                action,
                actor=me,
                amount=money,
                text=text,
                due_at=due,
                denial_code=code or None,
                answered_at=_when(said_at, claim, now),
                now=now,
            ).reference

        if act(write, key=state.key(form), notice=_("Answer saved."), spots=spots):
            dialogs.done()


def _words_of(action: ClaimAction) -> str:
    """Whose words are written down: the payer's, but for what we sent."""
    if action is A.SEND_INFORMATION:
        return _("What was sent (optional)")
    return _("The payer's words") if action in NEEDS_TEXT else _("The payer's words (optional)")


def _when(said_at: datetime | None, claim: ClaimRow, now: datetime) -> datetime | None:
    """When the payer answered. What was left as it was filled in is the minute the dialog opened: after the filing."""
    if said_at is None:
        return None
    filed = claim.submitted_at
    return filed if filed is not None and 0 < (filed - said_at).total_seconds() < 60 else said_at


def _amount(form: str, claim: ClaimRow, action: ClaimAction, spots: Spots) -> str:
    if action not in AMOUNTS:
        return ""
    typed = st.text_input(
        _(AMOUNTS[action], currency=claim.demand.currency),
        key=state.widget(form, "amount"),
        placeholder=figure(claim.demand),
    )
    spots.under("amount")
    return typed


def _code(view: View, form: str, claim: ClaimRow, action: ClaimAction, spots: Spots) -> str | None:
    """Why it was denied: the code, what it means, what it says is missing, and how such denials went."""
    codes = denial_codes()
    needed = action is A.REJECT
    chosen: str | None = st.selectbox(
        _("Why it was denied") if needed else _("Why the rest was denied (optional)"),
        list(codes),
        index=None,
        format_func=lambda code: codes[code].name,
        key=state.widget(form, "code"),
        placeholder=_("Choose the reason"),
    )
    spots.under("denial_code")
    if chosen is None:
        return None
    code = codes[chosen]
    missing = listed(kind_name(kind) for kind in code.missing)
    rows = [gray(plain(code.meaning))]
    if missing:
        rows.append(f":orange[:material/error:] {plain(_('What it says is missing: {documents}.', documents=missing))}")
    with database.reading() as session:
        found = claims.reversal(session, chosen, claim.payer_name, actor=view.me)
    rows.append(gray(plain(reversal_words(found))))
    st.markdown("  \n".join(rows))
    return chosen


def _offer(session: Any, claim: ClaimRow, money: Money | None, text: str, due: datetime | None, me: Actor) -> Claim:
    if money is None:
        raise Invalid(_("Write the amount that was offered."), "amount")
    return claims.record_offer(session, claim.id, actor=me, amount=money, text=text, due_at=due, now=clock.now())


def send(view: View, claim_id: Any) -> None:
    """What was asked has been sent: the same as an answer, begun at that choice."""
    answer(view, claim_id, A.SEND_INFORMATION)


def offer(view: View, claim_id: Any) -> None:
    """Take the payer's offer, or turn it down with the reasons."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    if claim.offered is None or A.ACCEPT_OFFER not in {row.action for row in CLAIMS if claim.state in row.sources}:
        st.info(_("No offer waits for a decision."))
        return
    form, spots = view.form("offer", claim.id), Spots()
    st.markdown(
        badges.badge(amount(claim.offered), "violet", "handshake")
        + " "
        + plain(_("offered of {demand}.", demand=amount(claim.demand)))
    )
    due = [
        one.due_at
        for one in view.story.clocks
        if one.claim_id == claim.id and one.kind is ClockKind.OFFER and one.state is ClockState.RUNNING and one.due_at
    ]
    if due:
        st.markdown(f"{plain(_('To decide'))} {badges.due(min(due), view.now)}")
    if claim.answer_text:
        st.markdown(f"{gray(_('The payer wrote:'))}  \n{plain(claim.answer_text)}")
    take = segments(
        _("Decision"),
        [A.ACCEPT_OFFER, A.DECLINE_OFFER],
        key=state.widget(form, "take"),
        default=A.ACCEPT_OFFER,
        words=lambda one: _(CLAIMS.row(one).label),
        hidden=True,
        width="stretch",
    )
    text = st.text_area(
        _("What the payer was answered") if take is A.DECLINE_OFFER else _("What the payer was answered (optional)"),
        key=state.widget(form, "text"),
        height=90,
    )
    spots.under("text")
    paid_by = None
    if take is A.ACCEPT_OFFER:
        paid_by = day_input(form, "due", _("To be paid by (optional)"), me.zone)
        spots.under("due_at")
    if save(_(CLAIMS.row(take).label), form, "handshake" if take is A.ACCEPT_OFFER else "block"):

        def write(session: Any) -> str:
            if take is A.ACCEPT_OFFER:
                done = claims.accept_offer(
                    session, claim.id, actor=me, text=text or "", due_at=paid_by, now=clock.now()
                )
            else:
                done = claims.decline_offer(session, claim.id, actor=me, text=text or "", now=clock.now())
            return done.reference

        if act(write, key=state.key(form), notice=_("Decision saved."), spots=spots):
            dialogs.done()


def follow_up(view: View, claim_id: Any) -> None:
    """Note that the payer was asked for its answer, or its payment, and when it is asked again."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, spots = view.form("follow-up", claim.id), Spots()
    st.caption(
        plain(
            _(
                "Case number {number}. What was said is logged as a contact; the next date starts by itself.",
                number=claim.case_number or "—",
            )
        )
    )
    channel = segments(
        _("How"),
        list(Channel),
        key=state.widget(form, "channel"),
        default=Channel.EMAIL,
        words=lambda one: _(CHANNEL_LABELS[one]),
    )
    text = st.text_area(_("What was asked and said"), key=state.widget(form, "text"), height=100)
    spots.under("summary")
    left, right = st.columns(2)
    name = left.text_input(_("Name (optional)"), key=state.widget(form, "name"), max_chars=200)
    staff = right.text_input(_("Staff number (optional)"), key=state.widget(form, "staff"), max_chars=200)
    next_on = st.date_input(_("Ask again on (optional)"), None, key=state.widget(form, "next"), format="YYYY-MM-DD")
    spots.under("next_on")
    if save(_("Save the follow-up"), form, "forum") and act(
        lambda session: (
            claims.follow_up(
                session,
                claim.id,
                actor=me,
                channel=channel,
                text=text or "",
                name=name,
                staff_number=staff,
                next_on=next_on,
                now=clock.now(),
            ).reference
        ),
        key=state.key(form),
        notice=_("Follow-up saved."),
        spots=spots,
    ):
        dialogs.done()
