"""Silent parcels whose claim window closes within a few days.

Some payers count from acceptance, shipping or the first scan: their windows run from the import on. Shown are parcels
underway without an incident whose window closes within a few days and that nobody has scanned for a while; how many days
stands in `data/watch.toml`.

A million parcels are not reckoned one by one. A window's end never moves back when its event moves on, so for each rule
card the range of event days whose end falls in the horizon is found by halving, and one statement takes the parcels of
these ranges off an index over what is underway. Only those few are then reckoned exactly, with the rank of their cards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Integer, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import Session, aliased

from core.foundation import clock
from core.foundation.columns import UtcDateTime
from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import Carrier, RuleCard, Shipment
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, DayUnit
from core.recovery import rule_cards
from core.recovery.rule_cards import Card
from core.recovery.silent.parcel import HEARD, SilentParcel, bounds
from core.recovery.watching import Shelf, one_per_payer
from core.recovery.windows import Span, Window, due_after
from core.team.calendars import team_calendars

EARLY = (ClockEvent.ACCEPTED, ClockEvent.SHIPPED, ClockEvent.FIRST_SCAN)
"""Events that happen before anybody can complain."""

_SPREAD = timedelta(days=60)
"""Acceptance, shipping and the first scan of one parcel lie at most so far apart; the index knows their earliest."""
_DAY = timedelta(days=1)


def closing_soon(session: Session, worth: Mapping[str, Decimal], *, actor: Actor, now: datetime) -> list[SilentParcel]:
    """Silent parcels whose window closes within the horizon (inner). What is worth less than `worth` says is left out."""
    near = ranges(session, now)
    if not near:
        return []
    found = _candidates(session, near, now)
    shelf = Shelf(session, actor)
    kept = (one for one in found if one.shipment.value >= worth.get(one.shipment.currency, 0))
    return [row for one in kept if (row := _row(one, shelf, now)) is not None]


# --- which days of the event close within the horizon --------------------------------------------------------------------


@dataclass(frozen=True)
class Range:
    """Events of [low, high) close the window of a card within the horizon. Carrier, market None: any."""

    carrier_code: str | None
    market: str | None
    event: ClockEvent
    low: datetime
    high: datetime


def ranges(session: Session, now: datetime) -> list[Range]:
    """The ranges of every card for losses that runs before anybody complains and has a known end (inner)."""
    book = team_calendars(session)
    until = now + bounds().closes_within
    found = []
    for card in _early_cards(session, now.date()):
        if card.within is None or card.within_unit is None:
            continue
        try:
            calendar = book(card.calendar) if card.calendar else None
            low, high = event_range(Span(card.within, card.within_unit), card.zone, calendar, now, until)
        except Refusal:
            continue
        found.append(Range(card.carrier_code, card.market, card.clock_event, low, high))
    return found


def event_range(span: Span, zone: str, calendar: Any, after: datetime, until: datetime) -> tuple[datetime, datetime]:
    """The events [low, high) whose `span` ends after `after` and not after `until` (inner).

    The end of a span never moves back when the event moves on, so both bounds are found by halving over days.
    """
    if span.unit is DayUnit.HOURS:
        length = timedelta(hours=span.n)
        second = timedelta(seconds=1)
        return after - length + second, until - length + second

    def first_day(beyond: datetime) -> date:
        """The first local day whose end lies beyond that moment."""
        high = clock.local_day(beyond, zone) + _DAY
        reach = 1
        while due_after(clock.start_of_day(high - reach * _DAY, zone), span, zone, calendar) > beyond:
            reach *= 2
        low = high - reach * _DAY
        while (high - low).days > 1:
            middle = low + (high - low).days // 2 * _DAY
            if due_after(clock.start_of_day(middle, zone), span, zone, calendar) > beyond:
                high = middle
            else:
                low = middle
        return high

    return clock.start_of_day(first_day(after), zone), clock.start_of_day(first_day(until), zone)


def _early_cards(session: Session, on: date) -> list[RuleCard]:
    """Each card for losses in the version valid on a day, if it counts from an early event."""
    valid = (
        select(RuleCard)
        .where(RuleCard.type == IncidentType.LOST, RuleCard.valid_from <= on)
        .ext(distinct_on(RuleCard.code))
        .order_by(RuleCard.code, RuleCard.version.desc())
        .subquery()
    )
    card = aliased(RuleCard, valid)
    query = select(card).where(card.clock_event.in_(EARLY), card.within.is_not(None), card.retired.is_(False))
    return list(session.scalars(query))


# --- the parcels -----------------------------------------------------------------------------------------------------------

_START = """case {event}
  when 'accepted' then coalesce(s.accepted_at, least(s.first_scan_at, s.shipped_at))
  when 'shipped' then coalesce(s.shipped_at, least(s.accepted_at, s.first_scan_at))
  else coalesce(s.first_scan_at, least(s.accepted_at, s.shipped_at)) end"""

_CANDIDATES = text(
    f"""
    SELECT s.id, {HEARD} as heard, k.name as carrier
    from (
      select found.id, min(found.start_at) as start_at
      from unnest(:carriers, :markets, :events, :lows, :highs) as r(carrier, market, event, low, high)
      cross join lateral (
        select s.id, {_START.format(event="r.event")} as start_at
        from shipment s
        where coalesce(s.carrier_id, 0) = r.carrier
          and s.delivered_at is null and s.status::text = any ('{{shipped,failed,lost,unknown,returning}}'::text[])
          and least(s.accepted_at, s.shipped_at, s.first_scan_at) >= r.low - :spread
          and least(s.accepted_at, s.shipped_at, s.first_scan_at) < r.high
          and (r.market is null or s.market = r.market)
          and {_START.format(event="r.event")} >= r.low
          and {_START.format(event="r.event")} < r.high
          and {HEARD} <= :silent
          and not exists (select from incident i where i.shipment_id = s.id)
          and not exists (select from watch_aside w where w.shipment_id = s.id and w.at >= {HEARD})
        order by least(s.accepted_at, s.shipped_at, s.first_scan_at)
        limit :most
      ) found
      group by found.id
    ) chosen
    join shipment s on s.id = chosen.id
    left join carrier k on k.id = s.carrier_id
    order by chosen.start_at, s.id
    limit :most
    """  # noqa: S608 -- the pieces are this module's own words
).bindparams(
    bindparam("carriers", type_=ARRAY(BigInteger)),
    bindparam("markets", type_=ARRAY(Text)),
    bindparam("events", type_=ARRAY(Text)),
    bindparam("lows", type_=ARRAY(UtcDateTime)),
    bindparam("highs", type_=ARRAY(UtcDateTime)),
    bindparam("silent", type_=UtcDateTime()),
    bindparam("most", type_=Integer),
)


@dataclass(frozen=True)
class _Candidate:
    shipment: Shipment
    heard: datetime
    carrier: str | None


def _candidates(session: Session, ranges: Iterable[Range], now: datetime) -> list[_Candidate]:
    rows = _spread(session, ranges)
    heard = session.execute(
        _CANDIDATES,
        {
            "carriers": [row[0] for row in rows],
            "markets": [row[1].market for row in rows],
            "events": [row[1].event.value for row in rows],
            "lows": [row[1].low for row in rows],
            "highs": [row[1].high for row in rows],
            "spread": _SPREAD,
            "silent": now - bounds().silent_for,
            "most": bounds().most,
        },
    ).all()
    parcels = {
        one.id: one for one in session.scalars(select(Shipment).where(Shipment.id.in_([row.id for row in heard])))
    }
    return [_Candidate(parcels[row.id], row.heard, row.carrier) for row in heard]


def _spread(session: Session, ranges: Iterable[Range]) -> list[tuple[int, Range]]:
    """Each range with the id of the carrier it is looked up under; a card for any carrier under each, and under none (0)."""
    ids = {row.code: row.id for row in session.execute(select(Carrier.code, Carrier.id))}
    found = []
    for one in dict.fromkeys(ranges):
        if one.carrier_code is None:
            found += [(carrier_id, one) for carrier_id in (0, *ids.values())]
        elif one.carrier_code in ids:
            found.append((ids[one.carrier_code], one))
    return found


def _row(one: _Candidate, shelf: Shelf, now: datetime) -> SilentParcel | None:
    """The parcel as it is shown: the window that closes first of those its payers give; None if none closes in time."""
    shipment, until = one.shipment, now + bounds().closes_within
    cards = shelf.cards(shipment, IncidentType.LOST, now.date())
    facts = rule_cards.facts_of(shipment)
    closing: list[tuple[datetime, Window, Card, str]] = [
        (held.found.due_at, held.found, held.card, held.payer)
        for held in one_per_payer(cards, facts, one.carrier, shelf.book)
        if isinstance(held.found, Window) and held.found.due_at is not None and held.card.clock_event in EARLY
    ]
    soon = [row for row in closing if now < row[0] <= until]
    if not soon:
        return None
    due, window, card, payer = min(soon, key=lambda row: row[0])
    return SilentParcel(
        shipment_id=shipment.id,
        number=shipment.tracking_number or shipment.order_number,
        carrier=one.carrier or shipment.carrier_text,
        market=shipment.market,
        value=Money(shipment.value, shipment.currency),
        payer=payer,
        due_at=due,
        zone=window.zone,
        silent_since=one.heard,
        rule=card.code,
        rule_version=card.version,
        doubtful=bool(card.doubts(now.date())),
    )
