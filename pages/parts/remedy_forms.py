"""Deciding about what a buyer is offered, wherever it is shown: approve, ask back, decline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from core.cases import remedies
from core.cases.remedies import Row
from core.foundation import clock, database
from core.foundation.language import _
from core.foundation.transitions import Offer
from core.models.remedy import RemedyAction
from pages.parts import state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.formats import plain
from pages.parts.who import actor, on_phone

WORDS = 1_000


def decide(row: Row, form: str, done: Callable[[], None], *, main: bool = False) -> None:
    """One line for words, and the three buttons; those that are off say why. `done` runs after a decision. `main`: approving
    is the view's one main button.
    """
    me, spots = actor(), Spots()
    offers = {action: row.offer(action) for action in (RemedyAction.APPROVE, RemedyAction.ASK, RemedyAction.DECLINE)}
    if not any(one is not None and one.permitted for one in offers.values()):
        reasons = dict.fromkeys(one.reason for one in offers.values() if one is not None and one.reason)
        for reason in reasons:
            st.caption(f":material/lock: {plain(reason)}")
        return
    offers[RemedyAction.APPROVE] = _reaching(row, offers[RemedyAction.APPROVE])
    said = st.text_input(
        _("Your words (needed to decline or to ask back)"), key=state.widget(form, "words"), max_chars=WORDS
    )
    spots.under("reason", "question", "note")
    verbs: dict[RemedyAction, tuple[str, str, str, Callable[[Any], Any]]] = {
        RemedyAction.APPROVE: (
            _("Approve"),
            "thumb_up",
            _("Approved."),
            lambda session: remedies.approve(session, row.id, actor=me, note=said, now=clock.now()),
        ),
        RemedyAction.ASK: (
            _("Ask back"),
            "help",
            _("The question is sent back."),
            lambda session: remedies.ask_back(session, row.id, actor=me, question=said, now=clock.now()),
        ),
        RemedyAction.DECLINE: (
            _("Decline"),
            "block",
            _("Declined."),
            lambda session: remedies.decline(session, row.id, actor=me, reason=said, now=clock.now()),
        ),
    }
    pressed = _buttons(verbs, offers, form, main)
    if pressed is not None:
        _label, _icon, notice, write = verbs[pressed]
        if act(lambda session: write(session).id, key=state.key(form), notice=notice, spots=spots):
            done()


def _reaching(row: Row, offer: Offer | None) -> Offer | None:
    """The button to approve, off with the reason where the actor's limits do not reach."""
    if offer is None or not offer.permitted:
        return offer
    with database.reading() as session:
        why = remedies.out_of_reach(session, row.id, actor=actor(), now=clock.now())
    return offer if why is None else replace(offer, permitted=False, reason=why)


def _buttons(
    verbs: dict[RemedyAction, Any], offers: dict[RemedyAction, Any], form: str, main: bool
) -> RemedyAction | None:
    """The buttons side by side, on a phone one below the other; the one that was pressed."""
    phone, pressed, off = on_phone(), None, []
    with st.container(horizontal=not phone, gap="small"):
        for action, (label, icon, _notice, _write) in verbs.items():
            offer = offers[action]
            if offer is None:
                continue
            if st.button(
                label,
                type="primary" if main and action is RemedyAction.APPROVE and offer.permitted else "secondary",
                icon=f":material/{icon if offer.permitted else 'lock'}:",
                disabled=not offer.permitted,
                width="stretch" if phone else "content",
                key=state.widget(form, action.value),
            ):
                pressed = action
            if offer.reason:
                off.append(offer.reason)
    for reason in dict.fromkeys(off):
        st.caption(f":material/lock: {plain(reason)}")
    return pressed
