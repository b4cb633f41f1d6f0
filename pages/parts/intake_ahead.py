"""Intake: what will happen. The tier and why, the windows that run, and what to ask the buyer for."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from core.cases.kinds import kind_name, kinds
from core.desk import payers
from core.desk.payers import Payer
from core.foundation import database
from core.foundation.errors import Refusal
from core.foundation.formats import moment
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models.incident import IncidentType
from core.money import tiers
from core.money.tiers import Proposal
from core.recovery.windows import Window
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
        dated = [(one, one.window) for one in found if one.window is not None and one.moment is not None]
        if dated:
            st.subheader(_n("{n} window to watch", "{n} windows to watch", len(dated)), anchor=False)
            st.markdown("  \n".join(_window(one, window, now) for one, window in dated[:SHOWN]))
        elif found:
            st.markdown(gray(_("No payer's closing date is known: claim as soon as the case stands.")))
        else:
            st.markdown(gray(_("No rule card fits this parcel yet.")))
        wanted = _from_buyer(kind, found)
        if wanted:
            st.subheader(_("Ask the buyer for"), anchor=False)
            st.markdown("  \n".join(f":material/photo_camera: {plain(kind_name(code))}" for code in wanted))


def _read(
    me: Actor, parcel: Parcel, kind: IncidentType, value: str, now: datetime
) -> tuple[Proposal | None, list[Payer]]:
    with database.reading() as session:
        proposal: Proposal | None = None
        try:
            money = Money.parse(value, parcel.currency) if value.strip() else None
            proposal = tiers.propose(session, money, actor=me, now=now) if money else None
        except Refusal:
            proposal = None
        if isinstance(parcel, Found):
            return proposal, payers.payers(session, parcel.facts.id, kind, actor=me, reported_at=now, now=now)
        return proposal, payers.payers_unsaved(
            session,
            kind,
            actor=me,
            carrier_id=parcel.carrier.id if parcel.carrier else None,
            market=parcel.shop.market,
            shipped_at=parcel.shipped_at(),
            now=now,
        )


def _window(one: Payer, window: Window, now: datetime) -> str:
    name = plain(one.card.payer_name)
    if window.opens_at is not None and window.opens_at > now:
        when = _("opens {when} ({zone})", when=moment(window.opens_at, window.zone), zone=window.zone)
        return f"{badges.opening(window.opens_at, now)} {name}: {gray(plain(when))}"
    if window.due_at is None:
        return f"{badges.badge(_('open'), 'green')} {name}: {gray(_('no closing date known'))}"
    when = _("closes {when} ({zone})", when=moment(window.due_at, window.zone), zone=window.zone)
    return f"{badges.due(window.due_at, now)} {name}: {gray(plain(when))}"


def _from_buyer(kind: IncidentType, found: list[Payer]) -> list[str]:
    """What only the buyer can give of the documents the payers want, each once."""
    wanted = [one.code for payer in found[:SHOWN] for one in payer.card.documents]
    return [code for code in dict.fromkeys(wanted) if kinds().get(code, {}).get("who") == "buyer"]
