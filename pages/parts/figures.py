"""Figures over many rows, kept a little while: counts and sums only, never a row anybody acts on.

Each is kept per scope, everything it depends on being an argument; after a write of one's own it is counted anew. The
slow ones are counted again in the background, so that a figure that has grown old keeps nobody waiting.
"""

from __future__ import annotations

import streamlit as st

from core.desk import claims_list, register, tiles
from core.desk.claims_list import ClaimFilter, Group
from core.desk.register import Choices, Filter
from core.desk.tiles import Tiles
from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.permissions import Actor, Permission
from pages.parts import state

KEPT_S = 30
"""Seconds a figure may be old: less than anybody waits before looking again."""


def _own_writes() -> tuple[str, ...]:
    """Changes when this tab has written something, so that people see what they did in the figures too."""
    return tuple(sorted(form.key for form in state.memory().forms.values() if form.number > 1))


def today(me: Actor, *, mine: bool) -> Tiles:
    """The tiles above the worklist."""
    me.require(Permission.INCIDENT_READ)
    return _today(me.person_id if mine else None, mine, me.zone, settings().base_currency, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=200, show_spinner=False, refresh_mode="background")
def _today(
    person_id: int | None, mine: bool, zone: str, base_currency: str, writes: tuple[str, ...], *, _actor: Actor
) -> Tiles:
    # The actor only opens the gate: whose figures these are, and in which zone, stands in the arguments that count.
    with database.reading() as session:
        return tiles.tiles(session, actor=_actor, now=clock.now(), base_currency=base_currency, mine=mine)


def register_count(me: Actor, wanted: Filter) -> int:
    """How many cases a filter of the register lets through, up to the bound."""
    me.require(Permission.INCIDENT_READ)
    return _register_count(wanted, me.zone, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _register_count(wanted: Filter, zone: str, writes: tuple[str, ...], *, _actor: Actor) -> int:
    with database.reading() as session:
        return register.register_count(session, wanted, actor=_actor)


def choices(me: Actor) -> Choices:
    """What the filters offer."""
    me.require(Permission.INCIDENT_READ)
    return _choices(_own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False)
def _choices(writes: tuple[str, ...], *, _actor: Actor) -> Choices:
    with database.reading() as session:
        return register.register_choices(session, actor=_actor)


def claims_count(me: Actor, wanted: ClaimFilter) -> int:
    """How many claims a filter lets through, up to the bound."""
    me.require(Permission.CLAIM_READ)
    return _claims_count(wanted, me.zone, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _claims_count(wanted: ClaimFilter, zone: str, writes: tuple[str, ...], *, _actor: Actor) -> int:
    with database.reading() as session:
        return claims_list.claims_count(session, wanted, actor=_actor, now=clock.now())


def claims_by_group(me: Actor) -> dict[Group, int]:
    """How many claims stand in each group."""
    me.require(Permission.CLAIM_READ)
    return _claims_by_group(_own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _claims_by_group(writes: tuple[str, ...], *, _actor: Actor) -> dict[Group, int]:
    with database.reading() as session:
        return claims_list.claims_by_group(session, actor=_actor)
