"""Dialogs of compensation: taking a match back with its reason, and saying by hand what a line pays."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core.cases.words import payer_said
from core.foundation import clock, database
from core.foundation.formats import amount, day
from core.foundation.language import _
from core.recovery import settlements
from core.recovery.settlements import LineRow, Target
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_claim_money import besides_words
from pages.parts.case_claim_shared import save
from pages.parts.formats import gray, plain
from pages.parts.who import actor

BACK, HAND = "settlement-back", "settlement-hand"


def draw(name: str, subject: Any) -> bool:
    """Draw the dialog of that name; False where it is none of these."""
    if name == BACK:
        dialogs.show(_("Take a match back"), lambda: _back(*subject))
    elif name == HAND:
        dialogs.show(_("Match by hand"), lambda: _hand(subject), width="medium")
    else:
        return False
    return True


def _back(match_id: int, money: str) -> None:
    form, spots = f"settle-back-{match_id}", Spots()
    said = _("The payouts of {amount} are reversed as booked in error, and the line is free again.", amount=money)
    st.markdown(plain(said))
    note = st.text_area(_("Why"), key=state.widget(form, "note"), max_chars=400)
    spots.under("note")
    if save(_("Take back"), form, "undo") and act(
        lambda session: settlements.unmatch(session, match_id, actor=actor(), note=note, now=clock.now()).id,
        key=state.key(form),
        notice=_("The match is taken back."),
        spots=spots,
    ):
        dialogs.done()


def _hand(line: LineRow) -> None:
    form, spots, me = f"settle-hand-{line.id}", Spots(), actor()
    with database.reading() as session:
        known = settlements.claims_of_line(session, line.id, actor=me)
    st.markdown(
        f"**{plain(amount(line.amount))}** {gray(plain(day(line.paid_on, year=True)))}  \n{gray(plain(line.said))}"
    )
    picked: list[str] = []
    if known:
        words = {one.reference: one for one in known}
        picked = st.pills(
            _("Claims of this order"),
            list(words),
            selection_mode="multi",
            key=state.widget(form, "known"),
            format_func=lambda name: _claim_words(words[name]),
        )
    typed = st.text_input(
        _("Other claims, with commas between"),
        key=state.widget(form, "typed"),
        placeholder="CL-2026-00001",
        max_chars=200,
    )
    spots.under("claim", "line")
    keep = st.checkbox(
        _("More came than was granted or lost: keep the surplus as owed back to the payer"),
        key=state.widget(form, "keep"),
    )
    spots.under("amount")
    besides = st.checkbox(besides_words(), key=state.widget(form, "besides"))
    spots.under("besides")
    if save(_("Match"), form, "link"):
        names = [*picked, *typed.replace("，", ",").split(",")]
        if act(
            lambda session: (
                settlements.match_by_hand(
                    session,
                    [line.id],
                    names,
                    actor=me,
                    keep_surplus=bool(keep),
                    besides=bool(besides),
                    now=clock.now(),
                ).id
            ),
            key=state.key(form),
            notice=_("{amount} is matched.", amount=amount(line.amount)),
            spots=spots,
        ):
            dialogs.done()


def _claim_words(one: Target) -> str:
    mark = badges.claim_state(one.state) if one.state is not None else ""
    owed = plain(amount(one.owed)) if one.owed is not None else ""
    return f"{plain(one.reference)} · {plain(payer_said(one.payer))} {mark} {owed}"
