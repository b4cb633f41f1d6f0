"""Intake: what will happen. The tier and why, the windows that run, and what to ask the buyer for."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.cases.kinds import kind_name, kinds
from core.desk import asking, payers
from core.desk.asking import Advice
from core.foundation import database
from core.foundation.errors import Refusal
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.incident import IncidentType
from core.money import tiers
from core.money.tiers import Proposal
from pages.parts import badges
from pages.parts.formats import gray, plain
from pages.parts.intake_parcel import Found, Parcel

SHOWN = 4


def draw(me: Actor, parcel: Parcel, kind: IncidentType, value: str, now: datetime) -> None:
    """The card, from one read. A value that cannot be read says so at its own field, not here."""
    proposal, found = _read(me, parcel, kind, value, now)
    with st.container(border=True, gap="small"):
        st.header(_("What will happen"), anchor=False)
        if proposal is not None:
            st.markdown(f"{badges.tier(proposal.tier)} {plain(proposal.sentence)}")
        dated = [one for one in found if one.of.moment is not None and not one.closed]
        if dated:
            st.subheader(_n("{n} window to watch", "{n} windows to watch", len(dated)), anchor=False)
        elif found:
            st.markdown(gray(_("No payer's closing date is known: claim as soon as the case stands.")))
        else:
            st.markdown(gray(_("No rule card fits this parcel yet.")))
        if found:
            st.markdown("  \n".join(_line(one, now) for one in found[:SHOWN]))
        wanted = _from_buyer(kind, found)
        if wanted:
            st.subheader(_("Ask the buyer for"), anchor=False)
            st.markdown("  \n".join(f":material/photo_camera: {plain(kind_name(code))}" for code in wanted))


def _read(
    me: Actor, parcel: Parcel, kind: IncidentType, value: str, now: datetime
) -> tuple[Proposal | None, list[Advice]]:
    with database.reading() as session:
        proposal: Proposal | None = None
        try:
            money = Money.parse(value, parcel.currency) if value.strip() else None
            proposal = tiers.propose(session, money, actor=me, now=now) if money else None
        except Refusal:
            proposal = None
        if isinstance(parcel, Found):
            return proposal, asking.advise(session, parcel.facts.id, kind, actor=me, reported_at=now, now=now)
        unsaved = payers.payers_unsaved(
            session,
            kind,
            actor=me,
            carrier_id=parcel.carrier.id if parcel.carrier else None,
            market=parcel.shop.market,
            shipped_at=parcel.shipped_at(),
            now=now,
        )
        carrier = parcel.carrier.name if parcel.carrier else None
        return proposal, asking.ranked(
            [(one, None) for one in asking.first_of_each(unsaved)], carrier, actor=me, now=now
        )


def _line(one: Advice, now: datetime) -> str:
    """A payer with its badge, the reason for its place, and what is unsure about its rule."""
    window = one.of.window
    if one.closed:
        mark = badges.badge(_("closed"), "gray", "event_busy")
    elif window is not None and window.opens_at is not None and window.opens_at > now:
        mark = badges.opening(window.opens_at, now)
    elif window is not None and window.due_at is not None:
        mark = badges.due(window.due_at, now)
    elif window is None:
        mark = badges.badge(_("not known"), "gray", "help")
    else:
        mark = badges.badge(_("open"), "green")
    doubt = f" {gray(':material/help: ' + _('unsure rule'))}" if one.doubts else ""
    return f"{mark} **{plain(one.name)}** {gray(plain(one.sentence))}{doubt}"


def _from_buyer(kind: IncidentType, found: list[Advice]) -> list[str]:
    """What only the buyer can give of the documents the payers want, each once."""
    wanted = [one.code for payer in found[:SHOWN] for one in payer.of.card.documents]
    return [code for code in dict.fromkeys(wanted) if kinds().get(code, {}).get("who") == "buyer"]
