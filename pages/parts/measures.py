"""Figures over whole years of parcels, kept some minutes: what managers look at, never what anybody acts on.

Each is kept per scope and zone. The actor opens the gate; whose figures these are makes no difference to them.
"""

from __future__ import annotations

import streamlit as st

from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.permissions import Actor, Permission
from core.insight import comparison, since
from core.insight.comparison import (
    Channel,
    ChannelMoney,
    ChannelNames,
    Choices,
    Comparison,
    Month,
    Outcome,
    Scope,
    StageLoss,
)
from core.insight.decisions import Decision
from core.insight.since import Change

KEPT_S = 300
"""Seconds a figure over months may be old."""

Outcomes = tuple[Outcome, ...]


def compared(me: Actor, outcomes: Outcomes, scope: Scope) -> tuple[Comparison, ChannelNames]:
    """The channels of a scope side by side, and their carriers' names."""
    me.require(Permission.CARRIER_READ)
    return _compared(outcomes, scope, me.zone, settings().base_currency, _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=100, show_spinner=False)
def _compared(
    outcomes: Outcomes, scope: Scope, zone: str, base_currency: str, *, _actor: Actor
) -> tuple[Comparison, ChannelNames]:
    with database.reading() as session:
        found = comparison.compare_channels(
            session, outcomes, scope, actor=_actor, base_currency=base_currency, now=clock.now()
        )
        names = comparison.channel_names(session, [one.channel for one in found.channels], actor=_actor)
    return found, names


def channel_money(me: Actor, scope: Scope, parcels: dict[Channel, int] | None) -> list[ChannelMoney]:
    """What the channels of a scope cost, before and after claims. `parcels` are the scope's by channel, if they are counted."""
    me.require(Permission.LEDGER_READ)
    counted = None if parcels is None else tuple(parcels.items())
    return _channel_money(scope, counted, me.zone, settings().base_currency, _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=100, show_spinner=False)
def _channel_money(
    scope: Scope, counted: tuple[tuple[Channel, int], ...] | None, zone: str, base_currency: str, *, _actor: Actor
) -> list[ChannelMoney]:
    with database.reading() as session:
        parcels = None if counted is None else dict(counted)
        return comparison.channel_money(
            session, scope, actor=_actor, base_currency=base_currency, now=clock.now(), parcels=parcels
        )


def course(me: Actor, outcomes: Outcomes, scope: Scope, channel: Channel | None = None) -> list[Month]:
    """One channel of a scope, or all, by month of shipping."""
    me.require(Permission.CARRIER_READ)
    return _course(outcomes, scope, channel, me.zone, settings().base_currency, _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=100, show_spinner=False)
def _course(
    outcomes: Outcomes, scope: Scope, channel: Channel | None, zone: str, base_currency: str, *, _actor: Actor
) -> list[Month]:
    with database.reading() as session:
        return comparison.months(
            session, outcomes, scope, actor=_actor, channel=channel, base_currency=base_currency, now=clock.now()
        )


def stages(me: Actor, scope: Scope, channel: Channel | None = None) -> list[StageLoss]:
    """The cases of a scope's parcels by stage, of one channel or of all."""
    me.require(Permission.CARRIER_READ)
    return _stages(scope, channel, me.zone, settings().base_currency, me.may(Permission.LEDGER_READ), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=100, show_spinner=False)
def _stages(
    scope: Scope, channel: Channel | None, zone: str, base_currency: str, sees_money: bool, *, _actor: Actor
) -> list[StageLoss]:
    with database.reading() as session:
        return comparison.stages(
            session, scope, actor=_actor, channel=channel, base_currency=base_currency, now=clock.now()
        )


def choices(me: Actor) -> Choices:
    """What the filters offer beside shops and markets."""
    me.require(Permission.CARRIER_READ)
    return _choices(_actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=1, show_spinner=False)
def _choices(*, _actor: Actor) -> Choices:
    with database.reading() as session:
        return comparison.comparison_choices(session, actor=_actor)


def changes(me: Actor, decisions: list[Decision]) -> dict[int, Change]:
    """What changed since some decisions, by their ids."""
    me.require(Permission.CARRIER_READ)
    return _changes(tuple(one.id for one in decisions), me.zone, settings().base_currency, _actor=me, _of=decisions)


@st.cache_data(ttl=KEPT_S, max_entries=20, show_spinner=False)
def _changes(
    ids: tuple[int, ...], zone: str, base_currency: str, *, _actor: Actor, _of: list[Decision]
) -> dict[int, Change]:
    with database.reading() as session:
        return since.changes(session, _of, actor=_actor, base_currency=base_currency, now=clock.now())
