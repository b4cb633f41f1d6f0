"""What is known of a parcel, as far as windows start from it, and the window a card gives for it.

A fact that is not known may have a stand-in: a parcel without an acceptance scan was accepted about when it was
shipped. The stand-in is the earliest of the facts that can take its place, so that a closing date is never told too
late, and the window says that it rests on one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from core.foundation.calendars import CalendarBook, calendar_of
from core.foundation.errors import Refusal
from core.foundation.language import N_, _
from core.models.rule import ClockEvent, DayUnit, LimitKind
from core.parcels.markets import markets
from core.recovery.rule_cards.limit_terms import limit_rule
from core.recovery.rule_cards.terms import window_rule
from core.recovery.window_words import event_name
from core.recovery.windows import Window, WindowRule, window

E = ClockEvent

STAND_INS: dict[ClockEvent, tuple[ClockEvent, ...]] = {
    E.ACCEPTED: (E.FIRST_SCAN, E.SHIPPED),
    E.SHIPPED: (E.ACCEPTED, E.FIRST_SCAN),
    E.FIRST_SCAN: (E.ACCEPTED, E.SHIPPED),
    E.STATUS_CHANGED: (E.DELIVERED,),
}
"""Which facts may take a missing one's place. Delivery, notices and the last scan have no substitute."""

AT_DESTINATION = frozenset({E.DELIVERED, E.EXPECTED, E.LAST_SCAN, E.STATUS_CHANGED})
"""Facts of the place the parcel goes to: a card for no market counts from them in that market's zone."""


class RuleTerms(Protocol):
    """A rule card as far as its window goes: the table's row or the card of the reads."""

    @property
    def clock_event(self) -> ClockEvent: ...
    @property
    def market(self) -> str | None: ...
    @property
    def zone(self) -> str: ...
    @property
    def calendar(self) -> str | None: ...
    @property
    def not_before(self) -> int | None: ...
    @property
    def not_before_unit(self) -> DayUnit | None: ...
    @property
    def within(self) -> int | None: ...
    @property
    def within_unit(self) -> DayUnit | None: ...


class LimitTerms(RuleTerms, Protocol):
    """A rule card as far as its further limits go."""

    @property
    def limits(self) -> Sequence[Mapping[str, Any]]: ...


@dataclass(frozen=True)
class Facts:
    """Moments (aware) a window may start from.

    `event_at` is the card's own event, typed by a person because nothing stored it.
    """

    market: str | None = None
    accepted_at: datetime | None = None
    shipped_at: datetime | None = None
    first_scan_at: datetime | None = None
    last_scan_at: datetime | None = None
    expected_at: datetime | None = None
    delivered_at: datetime | None = None
    status_changed_at: datetime | None = None
    carrier_notice_at: datetime | None = None
    trace_finished_at: datetime | None = None
    reported_at: datetime | None = None
    event_at: datetime | None = None

    def of(self, event: ClockEvent) -> datetime | None:
        """When the event happened, if it is known."""
        found: datetime | None = getattr(self, f"{event.value}_at")
        return found


@dataclass(frozen=True)
class Start:
    """The moment a window starts from, and the fact that stands in for the card's event where that is not known."""

    at: datetime
    stand_in: ClockEvent | None = None


@dataclass(frozen=True)
class Unknown:
    """No window can be told. `reason` is a sentence that says why and what to do; with `event_missing` a date helps."""

    reason: str
    event_missing: bool = False


@dataclass(frozen=True)
class Further:
    """One further limit of a card for one parcel: what it is about, what it counts from, its window, what is wanted."""

    kind: LimitKind
    event: ClockEvent
    window: Window | Unknown
    note: str


_FROM_SHIPMENT = (
    "market",
    "accepted_at",
    "shipped_at",
    "first_scan_at",
    "last_scan_at",
    "expected_at",
    "delivered_at",
    "status_changed_at",
)


def facts_of(
    shipment: Any,
    *,
    reported_at: datetime | None = None,
    carrier_notice_at: datetime | None = None,
    trace_finished_at: datetime | None = None,
    event_at: datetime | None = None,
) -> Facts:
    """The facts of a shipment (its row, or anything with its columns) and those the case knows beside it."""
    known = {name: getattr(shipment, name) for name in _FROM_SHIPMENT}
    return Facts(
        **known,
        reported_at=reported_at,
        carrier_notice_at=carrier_notice_at,
        trace_finished_at=trace_finished_at,
        event_at=event_at,
    )


def start_of(event: ClockEvent, facts: Facts) -> Start | None:
    """Where a window for this event starts: the fact itself, else what a person typed, else the earliest stand-in."""
    known = facts.of(event) or facts.event_at
    if known is not None:
        return Start(known)
    stand_ins = [(at, other) for other in STAND_INS.get(event, ()) if (at := facts.of(other))]
    return Start(*min(stand_ins)) if stand_ins else None


def clock_event_moment(card: RuleTerms, facts: Facts) -> datetime | None:
    """The moment the card's clock started, stand-ins included; None while nothing that could start it is known."""
    found = start_of(card.clock_event, facts)
    return found.at if found else None


def zone_for(card: RuleTerms, market: str | None) -> str:
    """The zone the card's days are counted in for a parcel of that market."""
    return _zone(card, card.clock_event, market)


def _zone(card: RuleTerms, event: ClockEvent, market: str | None) -> str:
    if card.market is None and event in AT_DESTINATION and market in markets():
        return markets()[market].zone
    return card.zone


def claim_window(card: RuleTerms, facts: Facts, book: CalendarBook = calendar_of) -> Window | Unknown:
    """The window the card gives for this parcel, or why none can be told.

    `book` gives the calendars: wherever there is a session, `core.team.calendars.team_calendars(session)`. A card whose
    window nobody published gives `Unknown`, never an invented date.
    """
    if card.within is None and card.not_before is None:
        return Unknown(_("This payer's window is not known: file at once."))
    terms = {name: getattr(card, name) for name in _TERMS}
    return _counted(card, card.clock_event, facts, lambda zone: window_rule(terms, zone, book))


def further(card: LimitTerms, facts: Facts, book: CalendarBook = calendar_of) -> list[Further]:
    """The windows of the card's further limits for this parcel, in the card's order.

    Counted as `claim_window` counts, each from its own event; a limit that names no days is `Unknown` and says what is
    wanted.
    """
    return [_further(card, limit, facts, book) for limit in card.limits]


def _further(card: LimitTerms, limit: Mapping[str, Any], facts: Facts, book: CalendarBook) -> Further:
    kind, event, note = LimitKind(limit["kind"]), ClockEvent(limit["event"]), str(limit.get("note", ""))
    if "within" not in limit and "not_before" not in limit:
        return Further(kind, event, Unknown(note), note)
    # A date typed for the window's own event says nothing of another one.
    own = facts if event is card.clock_event else replace(facts, event_at=None)
    calendar = card.calendar
    found = _counted(card, event, own, lambda zone: limit_rule(limit, zone, book(calendar) if calendar else None))
    return Further(kind, event, found, note)


def _counted(card: RuleTerms, event: ClockEvent, facts: Facts, rule: Callable[[str], WindowRule]) -> Window | Unknown:
    start = start_of(event, facts)
    if start is None:
        return Unknown(_(_MISSING, event=event_name(event)), event_missing=True)
    try:
        made = rule(_zone(card, event, facts.market))
        return window(made, start.at, stand_in=start.stand_in.value if start.stand_in else None)
    except Refusal as refusal:
        # A date out of all reason in an outside file must not keep the case from being worked on.
        return Unknown(refusal.message)


_TERMS = ("clock_event", "not_before", "not_before_unit", "within", "within_unit", "calendar")
_MISSING = N_("The window counts from {event}, and when that was is not known. File at once, or enter the date.")
