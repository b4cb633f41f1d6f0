"""When a claim may be filed and until when: pure arithmetic on a rule and the moment its clock started.

How days are counted, for every rule:

- All counting happens on the calendar of the rule's zone. The day of the event is day 0 and is never counted itself.
- *Within 30 days* closes at the last second of day 30 (`clock.end_of_day`); *not before 21 days* opens at the first
  moment of day 21. Working days count only days the rule's calendar works. Months go to the same day of the month, or
  its last day where there is no such day. Hours are exact hours from the moment itself.
- Where the two ends would cross, the window opens no later than it closes: a claim filed early can be filed again, one
  filed late cannot.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any

from core.foundation import clock
from core.foundation.calendars import (
    Calendar,
    DayOff,
    add_business_days,
    holiday_name,
    is_made_up,
    is_published,
    reason_off,
)
from core.foundation.errors import Invalid
from core.foundation.language import _
from core.models.rule import ClockEvent, DayUnit
from core.recovery import window_words as words

_DAY = timedelta(days=1)
_NAMED = (DayOff.HOLIDAY, DayOff.ADDED)
_LONGEST = {DayUnit.HOURS: 24 * 366, DayUnit.CALENDAR_DAYS: 3660, DayUnit.BUSINESS_DAYS: 2600, DayUnit.MONTHS: 120}
_DAYS_AT_LEAST = {DayUnit.HOURS: 1 / 24, DayUnit.CALENDAR_DAYS: 1.0, DayUnit.BUSINESS_DAYS: 1.0, DayUnit.MONTHS: 28.0}


@dataclass(frozen=True)
class Span:
    """A length of time as a rule writes it: 14 business days, 9 months, 48 hours."""

    n: int
    unit: DayUnit

    def __post_init__(self) -> None:
        if not 0 <= self.n <= _LONGEST[self.unit]:
            raise Invalid(_("A period may be at most ten years long."), field="within")


@dataclass(frozen=True)
class WindowRule:
    """What starts the clock, from when and until when, counted where.

    `calendar` is needed where working days are counted. Without `within` no closing end is known; without `not_before`
    the window is open from the event on.
    """

    event: ClockEvent
    zone: str
    within: Span | None = None
    not_before: Span | None = None
    calendar: Calendar | None = None

    def __post_init__(self) -> None:
        clock.zone_of(self.zone)
        spans = [span for span in (self.within, self.not_before) if span]
        if self.calendar is None and any(span.unit is DayUnit.BUSINESS_DAYS for span in spans):
            raise Invalid(_("Working days need a calendar: say whose."), field="calendar")
        if self.within and self.within.n == 0:
            raise Invalid(_("A window closes at least one day after it starts."), field="within")
        if self.within and self.not_before and _certainly_after(self.not_before, self.within):
            raise Invalid(_("The window would close before it opens."), field="not_before")


class End(StrEnum):
    """The two ends of a window."""

    OPENS = "opens"
    DUE = "due"


class StepKind(StrEnum):
    """What one line of the day-by-day reasoning is."""

    EVENT = "event"
    COUNTED = "counted"
    MONTH = "month"
    HOURS = "hours"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    ADDED = "added"


@dataclass(frozen=True)
class Step:
    """One line of the reasoning towards one end: the day, what it is, the count reached.

    The end falls on the day of the line that is `last`. A day `made_up` counts although it is a weekend or a holiday.
    """

    end: End
    day: date
    kind: StepKind
    count: int = 0
    name: str = ""
    last: bool = False
    unpublished: bool = False
    made_up: bool = False

    def sentence(self) -> str:
        """The line in words, without its date."""
        return words.step(self)

    def plain(self) -> dict[str, Any]:
        """The line as JSON."""
        return {
            "end": self.end.value,
            "day": self.day.isoformat(),
            "kind": self.kind.value,
            "count": self.count,
            "name": self.name,
            "last": self.last,
            "unpublished": self.unpublished,
            "made_up": self.made_up,
            "sentence": self.sentence(),
        }


@dataclass(frozen=True)
class Window:
    """The window of one rule for one event, moments in UTC.

    Without `opens_at` it is open since the event; without `due_at` no end is known.
    """

    rule: WindowRule
    event_at: datetime
    opens_at: datetime | None
    due_at: datetime | None
    crossed: bool = False
    stand_in: str | None = None

    @property
    def zone(self) -> str:
        """The zone that decides the two ends."""
        return self.rule.zone

    def is_open(self, now: datetime) -> bool:
        """Whether a claim filed at `now` is neither too early nor too late."""
        return not self.is_early(now) and not self.is_late(now)

    def is_early(self, now: datetime) -> bool:
        """Whether the window has not opened yet."""
        return self.opens_at is not None and now < self.opens_at

    def is_late(self, now: datetime) -> bool:
        """Whether the window has closed."""
        return self.due_at is not None and now > self.due_at

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The reasoning day by day: towards the opening, then towards the closing end, each from the event on."""
        ends = ((End.OPENS, self.rule.not_before), (End.DUE, self.rule.within))
        return tuple(step for end, span in ends if span for step in _steps(self.rule, self.event_at, end, span))

    @property
    def unpublished(self) -> tuple[int, ...]:
        """Years the counting passed through whose holidays are not announced yet: the ends may still move."""
        spans = (self.rule.within, self.rule.not_before)
        if not any(span and span.unit is DayUnit.BUSINESS_DAYS for span in spans):
            return ()
        return tuple(sorted({step.day.year for step in self.steps if step.unpublished}))

    def why(self) -> list[dict[str, Any]]:
        """The reasoning in few lines, as plain data to be kept with a clock or claim: `window_words.tell` tells it."""
        return words.why(self)

    def sentences(self) -> list[str]:
        """Why these dates, in the reader's language."""
        return words.tell(self.why())


def window(rule: WindowRule, event_moment: datetime, *, stand_in: str | None = None) -> Window:
    """The window that `rule` gives for an event (aware, any zone). `stand_in` names the fact used in the event's place.

    Raises `Invalid` for an event outside the years that can be reckoned with, `ValueError` for a moment without a zone.
    """
    event = clock.utc(event_moment)
    if not datetime(1991, 1, 1, tzinfo=UTC) <= event < datetime(2088, 1, 1, tzinfo=UTC):
        raise Invalid(_("{year} is not a year a parcel can have been sent in.", year=event.year), field="event")
    due = _end(rule, event, rule.within) if rule.within else None
    opens = _start(rule, event, rule.not_before) if rule.not_before else None
    crossed = opens is not None and due is not None and opens > due
    return Window(rule, event, due if crossed else opens, due, crossed, stand_in)


def add_months(day: date, months: int) -> date:
    """The same day of the month so many months on; the month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def add_span(day: date, span: Span, calendar: Calendar | None) -> date:
    """The day a span in days or months leads to from `day`, which is day 0. Hours have no place here: `ValueError`."""
    if span.unit is DayUnit.CALENDAR_DAYS:
        return day + span.n * _DAY
    if span.unit is DayUnit.MONTHS:
        return add_months(day, span.n)
    if span.unit is DayUnit.BUSINESS_DAYS and calendar is not None:
        return add_business_days(day, span.n, calendar).day
    raise ValueError("hours are counted from a moment, working days on a calendar")


def due_after(event: datetime, span: Span, zone: str, calendar: Calendar | None = None) -> datetime:
    """When something asked for within `span` of a moment is due, in UTC: answers, appeals, promises."""
    if span.unit is DayUnit.HOURS:
        return clock.utc(event) + timedelta(hours=span.n)
    return clock.end_of_day(add_span(clock.local_day(event, zone), span, calendar), zone)


def _end(rule: WindowRule, event: datetime, span: Span) -> datetime:
    return due_after(event, span, rule.zone, rule.calendar)


def _start(rule: WindowRule, event: datetime, span: Span) -> datetime:
    if span.unit is DayUnit.HOURS or span.n == 0:
        return event + timedelta(hours=span.n)
    day = add_span(clock.local_day(event, rule.zone), span, rule.calendar)
    # A day that a zone skipped begins where the next one does; no window opens before its own event.
    return max(event, clock.start_of_day(day, rule.zone))


def _certainly_after(opening: Span, closing: Span) -> bool:
    """Whether the opening lies behind the closing whatever the event: only this is an error in a rule."""
    if opening.unit is closing.unit:
        return opening.n > closing.n
    longest = {DayUnit.HOURS: 1 / 24, DayUnit.CALENDAR_DAYS: 1.0, DayUnit.BUSINESS_DAYS: 7.0, DayUnit.MONTHS: 31.0}
    return opening.n * _DAYS_AT_LEAST[opening.unit] > closing.n * longest[closing.unit] + 1


def _steps(rule: WindowRule, event: datetime, end: End, span: Span) -> Iterator[Step]:
    first = clock.local_day(event, rule.zone)
    yield Step(end, first, StepKind.EVENT, last=span.n == 0)
    if span.unit is DayUnit.HOURS:
        reached = clock.local_day(event + timedelta(hours=span.n), rule.zone)
        yield Step(end, reached, StepKind.HOURS, span.n, last=True)
    elif span.unit is DayUnit.MONTHS:
        for n in range(1, span.n + 1):
            yield Step(end, add_months(first, n), StepKind.MONTH, n, last=n == span.n)
    else:
        yield from _daily(end, first, span, rule.calendar if span.unit is DayUnit.BUSINESS_DAYS else None)


def _daily(end: End, first: date, span: Span, calendar: Calendar | None) -> Iterator[Step]:
    day, counted = first, 0
    while counted < span.n:
        day += _DAY
        off = reason_off(day, calendar) if calendar else None
        made_up = calendar is not None and off is None and is_made_up(day, calendar)
        counted += off is None
        yield Step(
            end,
            day,
            StepKind(off.value) if off else StepKind.COUNTED,
            counted,
            name=holiday_name(day, calendar) if calendar and (made_up or off in _NAMED) else "",
            last=counted == span.n,
            unpublished=calendar is not None and not is_published(day.year, calendar),
            made_up=made_up,
        )
