"""Dialogs that move a claim without more than a note, and change what an unfiled one asks for: each one write."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases.words import payer_said
from core.foundation import clock, database
from core.foundation.errors import Invalid
from core.foundation.formats import amount, figure
from core.foundation.language import _
from core.foundation.money import Money
from core.recovery import claims, rule_cards
from core.recovery.claim_states import CLAIMS, ClaimAction
from pages.parts import dialogs, state
from pages.parts.act import act, attempt
from pages.parts.case_claim_draft import event_input
from pages.parts.case_claim_shared import claim_of, save
from pages.parts.case_view import View
from pages.parts.conflict import Clash
from pages.parts.formats import plain
from pages.parts.who import actor

__all__ = ["back_to_draft", "close_claim", "discard", "edit", "event", "expire", "ready", "withdraw"]

A = ClaimAction


def ready(view: View, claim_id: Any) -> None:
    """Declare a draft complete."""
    _plain_move(
        view,
        claim_id,
        "ready",
        A.MARK_READY,
        claims.mark_ready,
        _("Demand, window and documents are checked once more."),
    )


def back_to_draft(view: View, claim_id: Any) -> None:
    """Take a ready claim back."""
    _plain_move(view, claim_id, "draft-again", A.BACK_TO_DRAFT, claims.back_to_draft, "")


def expire(view: View, claim_id: Any) -> None:
    """Put a claim away whose window has closed."""
    _plain_move(
        view, claim_id, "expire", A.EXPIRE, claims.expire, _("The claim ends; another payer may still be asked.")
    )


def _plain_move(view: View, claim_id: Any, name: str, action: ClaimAction, move: Any, words: str) -> None:
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form = view.form(name, claim.id)
    st.markdown(f"**{plain(claim.reference)}** · {plain(payer_said(claim.payer_name))} · {plain(amount(claim.demand))}")
    if words:
        st.caption(words)
    if save(_(CLAIMS.row(action).label), form) and act(
        lambda session: move(session, claim.id, actor=me, now=clock.now()).id,
        key=state.key(form),
        notice=_("Claim {reference} moved on.", reference=claim.reference),
    ):
        dialogs.done()


def close_claim(view: View, claim_id: Any) -> None:
    """End a claim on which nothing more is to come."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form = view.form("close-claim", claim.id)
    note = st.text_area(_("Note (optional)"), key=state.widget(form, "note"), height=70)
    if save(_("Close claim"), form, "archive") and act(
        lambda session: (
            claims.record_answer(session, claim.id, A.CLOSE, actor=me, text=note or "", now=clock.now()).reference
        ),
        key=state.key(form),
        notice=_("Claim {reference} closed.", reference=claim.reference),
    ):
        dialogs.done()


def discard(view: View, claim_id: Any) -> None:
    """Throw an unfiled draft away."""
    _plain_move(
        view, claim_id, "discard", A.DISCARD, claims.discard, _("The payer never saw it. Its window is watched on.")
    )


def withdraw(view: View, claim_id: Any) -> None:
    """Take a claim back."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form = view.form("withdraw-claim", claim.id)
    reason = st.text_input(_("Why it is withdrawn"), key=state.widget(form, "reason"), max_chars=500)
    if save(_("Withdraw claim"), form, "cancel") and act(
        lambda session: claims.withdraw(session, claim.id, actor=me, reason=reason, now=clock.now()).reference,
        key=state.key(form),
        notice=_("Claim {reference} withdrawn.", reference=claim.reference),
    ):
        dialogs.done()


def edit(view: View, claim_id: Any) -> None:
    """Change what an unfiled claim asks for."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form, currency = view.form("edit-claim", claim.id), claim.demand.currency
    seen = state.seen(form, {"demand": claim.demand.amount, "note": claim.note})
    shown = {"demand": lambda value: amount(Money(value, currency))}
    demand = st.text_input(
        _("Demand in {currency}", currency=currency),
        figure(Money(seen["demand"], currency)),
        key=state.widget(form, "demand"),
    )
    note = st.text_area(_("Note (optional)"), seen["note"], key=state.widget(form, "note"), height=90) or ""
    clash = Clash(form, {"demand": _("Demand"), "note": _("Note")}, shown)
    if save(_("Save"), form):
        parsed = attempt(lambda: Money.parse(demand, currency, field="demand"))
        if parsed is None:
            return
        known, wanted = clash.settle(seen, {"demand": parsed.amount, "note": note})
        if act(
            lambda session: (
                claims.edit_claim(session, claim.id, actor=me, seen=known, typed=wanted, now=clock.now()).reference
            ),
            key=state.key(form),
            notice=_("Saved."),
            clash=clash,
        ):
            dialogs.done()


def event(view: View, claim_id: Any) -> None:
    """Say when the window starts, where the parcel does not know it."""
    me, claim = actor(), claim_of(view, claim_id)
    if claim is None:
        return
    form = view.form("event", claim.id)
    with database.reading() as session:
        card = rule_cards.get_card(session, claim.rule_card_id, actor=me)
    st.caption(plain(_("This rule counts {window}.", window=card.window_text())))
    event_at = event_input(form, me.zone)
    if save(_("Save"), form):

        def write(session: Any) -> str:
            if event_at is None:
                raise Invalid(_("Choose the day."), "event_at")
            return claims.set_event(session, claim.id, actor=me, event_at=event_at, now=clock.now()).reference

        if act(write, key=state.key(form), notice=_("The window was computed anew.")):
            dialogs.done()
