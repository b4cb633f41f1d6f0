"""Drafting a claim: who is asked first and why, its window, what is lacking, how much."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import streamlit as st

from core.cases.kinds import kind_name
from core.cases.words import payer_said
from core.desk import payers
from core.desk.case_claims import ENDED, needs_under
from core.desk.payers import Payer
from core.foundation import clock, database
from core.foundation.formats import figure, moment
from core.foundation.language import _
from core.foundation.money import Money
from core.recovery import claims
from core.recovery.rule_cards import Card
from core.recovery.windows import Window
from pages.parts import badges, dialogs, state
from pages.parts.act import act
from pages.parts.at_input import Spots
from pages.parts.case_claim_shared import save
from pages.parts.case_view import View
from pages.parts.formats import gray, plain
from pages.parts.who import actor

MOST_PAYERS = 12


def draft(view: View, _subject: Any) -> None:
    """Choose who has to pay, see the window and what is lacking, draft."""
    form, spots, header = view.form("draft"), Spots(), view.story.header
    found = _payers(view)
    if not found:
        st.info(_("No rule card fits this parcel. An admin can add one in Settings."))
        return
    payer, event_at = _chosen(view, found, form, spots)
    demand = st.text_input(
        _("Demand in {currency} (empty: the booked loss up to the cap)", currency=header.value.currency),
        key=state.widget(form, "demand"),
        placeholder=figure(header.gross or header.value),
    )
    spots.under("demand")
    note = st.text_area(_("Note (optional)"), key=state.widget(form, "note"), height=70)
    if not save(_("Draft claim"), form, "note_add"):
        return

    def write(session: Any) -> str:
        money = Money.parse(demand, header.value.currency, field="demand") if demand.strip() else None
        return claims.draft_claim(
            session,
            view.id,
            actor=actor(),
            rule_card_id=payer.card.id,
            demand=money,
            event_at=event_at,
            note=note or "",
            now=clock.now(),
        ).reference

    done = act(
        write,
        key=state.key(form),
        notice=lambda reference: _("Claim {reference} drafted.", reference=reference),
        spots=spots,
    )
    if done:
        st.query_params["claim"] = done.result
        dialogs.done()


def _payers(view: View) -> list[Payer]:
    """Who can be asked, in the order to ask them; cards of a payer that was not chosen for it come behind."""
    header = view.story.header
    with database.reading() as session:
        found = payers.payers(
            session,
            header.shipment_id,
            header.type,
            actor=actor(),
            reported_at=header.noticed_at,
            incident_id=header.id,
            now=view.now,
        )[:MOST_PAYERS]
    rank = {one.of.card.id: one.rank for one in view.advice}
    return sorted(found, key=lambda one: rank.get(one.card.id, len(rank)))


def _chosen(view: View, found: list[Payer], form: str, spots: Spots) -> tuple[Payer, datetime | None]:
    """The payer that is chosen, with its window, what is lacking and what is doubtful; and when the window starts, if typed."""
    me, by_id = actor(), {one.card.id: one for one in found}
    payer = by_id[
        st.radio(
            _("Who has to pay"),
            list(by_id),
            format_func=lambda card_id: plain(by_id[card_id].card.title),
            captions=[_caption(view, one) for one in found],
            key=state.widget(form, "card"),
        )
    ]
    event_at = _window(payer, form, me.zone, spots, view.now)
    _lacks(view, payer.card)
    for doubt in payer.card.doubts(clock.local_day(view.now, me.zone), payer.window):
        st.markdown(f":orange[:material/warning:] {plain(doubt)}")
    return payer, event_at


def _window(payer: Payer, form: str, zone: str, spots: Spots, now: datetime) -> datetime | None:
    """The window in words; where it rests on a fact nobody stored, the input for it: what was typed there."""
    if payer.window is not None:
        st.markdown(_window_words(payer.window, now))
        return None
    st.markdown(f":orange[:material/help:] {plain(payer.unknown or '')}")
    if not payer.event_missing:
        return None
    event_at = event_input(form, zone)
    spots.under("event_at")
    return event_at


def _caption(view: View, payer: Payer) -> str:
    """Who it is, why it stands where it stands, and whether it was asked already."""
    advice = next((one for one in view.advice if one.of.card.id == payer.card.id), None)
    name = advice.name if advice else payer.card.payer_name
    claimed = next((one for one in view.story.claims if one.payer_name == name and one.state not in ENDED), None)
    said = [payer_said(name), advice.sentence if advice else payer.card.window_text()]
    if claimed is not None:
        said.append(_("claimed as {reference}", reference=claimed.reference))
    return plain(" · ".join(said))


def _window_words(window: Window, now: datetime) -> str:
    marks = []
    if window.opens_at is not None and window.opens_at > now:
        marks.append(badges.opening(window.opens_at, now))
    if window.due_at is not None:
        when = moment(window.due_at, window.zone, year=True)
        marks.append(
            f"{plain(_('closes {when} ({zone})', when=when, zone=window.zone))} {badges.due(window.due_at, now)}"
        )
    return " ".join(marks) or gray(_("No closing date is known: file as soon as it is open."))


def event_input(form: str, zone: str) -> datetime | None:
    """The moment the window counts from, where nobody stored it: a day in the viewer's zone."""
    found: date | None = st.date_input(
        _("When it starts ({zone})", zone=zone), None, key=state.widget(form, "event"), format="YYYY-MM-DD"
    )
    return None if found is None else clock.start_of_day(found, zone)


def _lacks(view: View, card: Card) -> None:
    missing = [kind_name(need.code) for need in needs_under(view.story, card.documents) if not need.met]
    if missing:
        st.markdown(
            f":orange[:material/error:] {plain(_('Still missing: {documents}.', documents=', '.join(missing)))}"
        )
    elif card.documents:
        st.markdown(f":green[:material/check_circle:] {_('Every document is there.')}")
