"""Figures over many rows, kept a little while: counts and sums only, never a row anybody acts on.

Each is kept per scope, everything it depends on being an argument; after a write of one's own it is counted anew. The
slow ones are counted again in the background, so that a figure that has grown old keeps nobody waiting.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import streamlit as st

from core.cases import remedies
from core.cases.remedies import Desk, Run
from core.desk import asking, claims_list, disputes_list, register, tiles
from core.desk.asking import Advice
from core.desk.claims_calendar import Day, calendar
from core.desk.claims_list import ClaimChoices, ClaimFilter, Group
from core.desk.disputes_list import DisputeFilter, Pressing
from core.desk.disputes_list import Group as DisputeGroup
from core.desk.register import Choices, Filter
from core.desk.story import Header
from core.desk.tiles import Tiles
from core.foundation import clock, database
from core.foundation.config import settings
from core.foundation.permissions import Actor, Permission
from core.insight import clusters, decisions, explore
from core.insight import odds as odds_of
from core.insight.explore import RIGHTS, Answer, Bands, Question
from core.models.incident import IncidentType
from core.recovery import silent
from core.recovery.silent import Arrival, SilentParcel
from pages.parts import state

KEPT_S = 30
"""Seconds a figure may be old: less than anybody waits before looking again."""
SELDOM_S = 600
"""Seconds for what only an import changes, and only offers a choice."""


def _own_writes() -> tuple[str, ...]:
    """Changes when this tab has written something, so that people see what they did in the figures too."""
    return tuple(sorted(form.key for form in state.memory().forms.values() if form.number > 1))


def _on(*parts: object) -> str:
    """All that a figure of Today depends on, as one word: arguments are hashed one by one, for eight figures on every click."""
    return "\n".join(str(part) for part in (*parts, *_own_writes()))


def _sees(me: Actor) -> bool:
    """Whether a search finds by what buyers are called: the same words find more then."""
    return me.may(Permission.BUYER_READ)


def today(me: Actor, *, mine: bool) -> Tiles:
    """The tiles above the worklist."""
    me.require(Permission.INCIDENT_READ)
    base = settings().base_currency
    return _today(scope=_on(me.person_id if mine else None, mine, me.zone, base), _mine=mine, _base=base, _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=200, show_spinner=False, refresh_mode="background")
def _today(*, scope: str, _mine: bool, _base: str, _actor: Actor) -> Tiles:
    # The actor only opens the gate: whose figures these are, and in which zone, stands in the scope.
    with database.reading() as session:
        return tiles.tiles(session, actor=_actor, now=clock.now(), base_currency=_base, mine=_mine)


def register_count(me: Actor, wanted: Filter) -> int:
    """How many cases a filter of the register lets through, up to the bound."""
    me.require(Permission.INCIDENT_READ)
    return _register_count(wanted, me.zone, _sees(me), _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _register_count(wanted: Filter, zone: str, sees_buyers: bool, writes: tuple[str, ...], *, _actor: Actor) -> int:
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
    return _claims_count(wanted, me.zone, _sees(me), _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _claims_count(wanted: ClaimFilter, zone: str, sees_buyers: bool, writes: tuple[str, ...], *, _actor: Actor) -> int:
    with database.reading() as session:
        return claims_list.claims_count(session, wanted, actor=_actor, now=clock.now())


def claims_choices(me: Actor) -> ClaimChoices:
    """What the filters of the claims offer."""
    me.require(Permission.CLAIM_READ)
    return _claims_choices(_own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False)
def _claims_choices(writes: tuple[str, ...], *, _actor: Actor) -> ClaimChoices:
    with database.reading() as session:
        return claims_list.claims_choices(session, actor=_actor)


def claims_calendar(me: Actor, wanted: ClaimFilter, first: date, days: int) -> dict[date, Day]:
    """What opens and closes on some days."""
    me.require(Permission.CLAIM_READ)
    timeless = replace(wanted, moment=None, raised=False, day=None)
    return _claims_calendar(timeless, first, days, me.zone, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=200, show_spinner=False, refresh_mode="background")
def _claims_calendar(
    wanted: ClaimFilter, first: date, days: int, zone: str, writes: tuple[str, ...], *, _actor: Actor
) -> dict[date, Day]:
    with database.reading() as session:
        return calendar(session, wanted, actor=_actor, first=first, days=days)


def claims_by_group(me: Actor) -> dict[Group, int]:
    """How many claims stand in each group."""
    me.require(Permission.CLAIM_READ)
    return _claims_by_group(_own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _claims_by_group(writes: tuple[str, ...], *, _actor: Actor) -> dict[Group, int]:
    with database.reading() as session:
        return claims_list.claims_by_group(session, actor=_actor)


def advice(me: Actor, header: Header, language: str) -> list[Advice]:
    """Who is asked first in a case, and why; nothing where the reader may not see rules. Told in `language`."""
    if not me.may(Permission.RULE_READ):
        return []
    asked = (header.shipment_id, header.id, header.type, header.noticed_at)
    return _advice(*asked, language, me.zone, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _advice(
    shipment_id: int,
    incident_id: int,
    kind: IncidentType,
    noticed_at: datetime,
    language: str,
    zone: str,
    writes: tuple[str, ...],
    *,
    _actor: Actor,
) -> list[Advice]:
    with database.reading() as session:
        return asking.advise(
            session,
            shipment_id,
            kind,
            actor=_actor,
            reported_at=noticed_at,
            incident_id=incident_id,
            now=clock.now(),
        )


def silent_parcels(me: Actor) -> list[SilentParcel]:
    """Parcels nobody asked about whose window closes soon; nothing where the reader may not see parcels."""
    if not me.may(Permission.SHIPMENT_READ):
        return []
    return _silent_parcels(scope=_on(me.zone), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _silent_parcels(*, scope: str, _actor: Actor) -> list[SilentParcel]:
    with database.reading() as session:
        return silent.silent_parcels(session, actor=_actor, now=clock.now())


def remedy_runs(me: Actor) -> tuple[Run, ...]:
    """Runs of offers just under a limit, for whoever approves; a person's own are not among them."""
    if not me.may(Permission.REMEDY_APPROVE):
        return ()
    return _remedy_runs(scope=_on(me.person_id), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _remedy_runs(*, scope: str, _actor: Actor) -> tuple[Run, ...]:
    with database.reading() as session:
        return remedies.runs(session, actor=_actor, now=clock.now())


def remedies_waiting(me: Actor) -> Desk | None:
    """What waits for somebody to decide, to answer or to give, with the first of each; None where nothing waits."""
    found = _remedies_waiting(scope=_on(me.person_id, me.role), _actor=me)
    return None if found.empty else found


@st.cache_data(ttl=KEPT_S, max_entries=200, show_spinner=False, refresh_mode="background")
def _remedies_waiting(*, scope: str, _actor: Actor) -> Desk:
    with database.reading() as session:
        return remedies.desk(session, actor=_actor, now=clock.now(), most=1)


def open_groups(me: Actor) -> int:
    """How many incident groups wait for a conclusion."""
    me.require(Permission.GROUP_READ)
    return _open_groups(scope=_on(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _open_groups(*, scope: str, _actor: Actor) -> int:
    with database.reading() as session:
        return clusters.count_open(session, actor=_actor)


def decisions_due(me: Actor) -> int:
    """For how many channels the day to look again has come."""
    me.require(Permission.CARRIER_READ)
    return _decisions_due(scope=_on(me.zone), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _decisions_due(*, scope: str, _actor: Actor) -> int:
    with database.reading() as session:
        return decisions.count_due(session, actor=_actor, now=clock.now())


def arrivals(me: Actor) -> list[Arrival]:
    """Open cases of silent parcels that arrived after all; nothing where the reader may not see cases."""
    if not me.may(Permission.INCIDENT_READ):
        return []
    return _arrivals(scope=_on(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _arrivals(*, scope: str, _actor: Actor) -> list[Arrival]:
    with database.reading() as session:
        return silent.arrivals(session, actor=_actor)


def explored(me: Actor, question: Question, language: str) -> Answer:
    """A manager's question answered. Told in `language`."""
    me.require(Permission.INCIDENT_READ)
    for right in RIGHTS[question.measure]:
        me.require(right)
    return _explored(question, language, me.zone, settings().base_currency, _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=200, show_spinner=False)
def _explored(
    question: Question, language: str, zone: str, base_currency: str, writes: tuple[str, ...], *, _actor: Actor
) -> Answer:
    with database.reading() as session:
        return explore.explore(session, question, actor=_actor, base_currency=base_currency, now=clock.now())


def bands(me: Actor) -> Bands:
    """The value bands as they are drawn today."""
    me.require(Permission.INCIDENT_READ)
    return _bands(settings().base_currency, _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=10, show_spinner=False)
def _bands(base_currency: str, *, _actor: Actor) -> Bands:
    with database.reading() as session:
        return explore.drawn_bands(session, actor=_actor, base_currency=base_currency, now=clock.now())


def services(me: Actor) -> tuple[str, ...]:
    """The services a filter offers."""
    me.require(Permission.INCIDENT_READ)
    return _services(_actor=me)


@st.cache_data(ttl=SELDOM_S, max_entries=5, show_spinner=False)
def _services(*, _actor: Actor) -> tuple[str, ...]:
    with database.reading() as session:
        return explore.services_there(session, actor=_actor)


def disputes_count(me: Actor, wanted: DisputeFilter) -> int:
    """How many disputes a filter lets through, up to the bound."""
    me.require(Permission.DISPUTE_READ)
    return _disputes_count(wanted, _sees(me), _own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=500, show_spinner=False)
def _disputes_count(wanted: DisputeFilter, sees_buyers: bool, writes: tuple[str, ...], *, _actor: Actor) -> int:
    with database.reading() as session:
        return disputes_list.disputes_count(session, wanted, actor=_actor, now=clock.now())


def disputes_by_group(me: Actor) -> dict[DisputeGroup, int]:
    """How many disputes stand in each group."""
    me.require(Permission.DISPUTE_READ)
    return _disputes_by_group(_own_writes(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _disputes_by_group(writes: tuple[str, ...], *, _actor: Actor) -> dict[DisputeGroup, int]:
    with database.reading() as session:
        return disputes_list.disputes_by_group(session, actor=_actor, now=clock.now())


def disputes_pressing(me: Actor) -> Pressing | None:
    """What presses among the disputes; None where the reader may not see them."""
    if not me.may(Permission.DISPUTE_READ):
        return None
    return _disputes_pressing(scope=_on(), _actor=me)


@st.cache_data(ttl=KEPT_S, max_entries=50, show_spinner=False, refresh_mode="background")
def _disputes_pressing(*, scope: str, _actor: Actor) -> Pressing:
    with database.reading() as session:
        return disputes_list.pressing(session, actor=_actor, now=clock.now())


def odds(me: Actor) -> odds_of.Known:
    """What the team's decided disputes say of the next, and whether it held."""
    me.require(Permission.DISPUTE_READ)
    return _odds(me.zone, _actor=me)


@st.cache_data(ttl=SELDOM_S, max_entries=20, show_spinner=False, refresh_mode="background")
def _odds(zone: str, *, _actor: Actor) -> odds_of.Known:
    with database.reading() as session:
        return odds_of.known_odds(session, actor=_actor)
