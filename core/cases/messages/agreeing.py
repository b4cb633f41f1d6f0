"""What a message promises in free words, held against the clocks agreed for it: no time is promised that nothing reminds of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core.cases.messages.library import FALLBACK, Promise, folded, languages, market_languages, recognised, rules
from core.cases.messages.times import Time, Whose, times_in
from core.foundation.clock import end_of_day
from core.foundation.errors import GuardFailed, Invalid
from core.foundation.formats import day as told
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models.message import Situation
from core.team.calendars import team_calendar

LONGEST_REASON = 300
_OURS = frozenset({Promise.WORD, Promise.DEED})


@dataclass(frozen=True)
class Agreed:
    """What is agreed of a time the text names: `words` as written there, `day` its clock (in the shop's zone), None for none.
    `reason` says why that is not the day the text comes to.
    """

    words: str
    day: date | None
    reason: str = ""


@dataclass(frozen=True)
class Kept:
    """One time that was looked at before a message went, as agreed; `due_at` its own clock, None for none."""

    time: Time
    day: date | None
    due_at: datetime | None
    reason: str

    @property
    def told(self) -> dict[str, Any]:
        """As the trail has it."""
        return {"words": self.time.words, "promised": self.time.day, "clock": self.day, "reason": self.reason}


def times_of(session: Session, text: str, language: str, *, market: str, zone: str, now: datetime) -> tuple[Time, ...]:
    """The times a message names, in its language, in English, in those of the market and in the one it seems to be written in
    (inner).
    """
    if not text.strip():
        return ()
    known = languages()
    codes = [language, FALLBACK, recognised(text, market) or FALLBACK, *market_languages(market)]
    found = [one for one in dict.fromkeys(codes) if one in known]
    return times_in(text, found, now=now, zone=zone, calendar=team_calendar(session, market))


@read(Permission.MESSAGE_READ)
def times_named(
    session: Session, text: str, language: str, *, actor: Actor, market: str, zone: str, now: datetime
) -> tuple[Time, ...]:
    """The times a message not sent yet names, to be agreed on; `language`, `market` and `zone` are those of its desk."""
    return times_of(session, text, language, market=market, zone=zone, now=now)


def wanted(situation: Situation) -> Whose:
    """Whose time the day of a message of that situation is."""
    return Whose.BUYERS if rules()[situation].promise is Promise.BUYER else Whose.OURS


def besides(times: Iterable[Time], situation: Situation, day: date | None) -> tuple[Time, ...]:
    """What we promise besides the day of the message, each to be agreed on: its clock is not this one."""
    own = day if rules()[situation].promise in _OURS else None
    return tuple(one for one in times if one.whose is Whose.OURS and one.day != own)


def agreed_of(
    times: Sequence[Time], agreed: Sequence[Agreed], *, day: date | None, zone: str, now: datetime
) -> list[Kept]:
    """What is agreed of each of these times (inner). Raises `GuardFailed` for one nothing is agreed on, `Invalid` naming `agreed`
    for another day than the text's, or none, without a reason, and for a day that is over.
    """
    found = []
    for one in times:
        said = next((each for each in agreed if folded(each.words) == folded(one.words)), None)
        if said is None:
            raise GuardFailed(
                _(
                    "The text promises “{words}”, which is {day}. Agree on its clock, or say why it needs none.",
                    words=one.words,
                    day=told(one.day),
                ),
                ("promised",),
            )
        reason = checked(said.reason, LONGEST_REASON, "agreed")
        if said.day != one.day and not reason:
            raise Invalid(
                _("Say why the clock is not the day the text promises: “{words}”.", words=one.words), "agreed"
            )
        own = said.day is not None and said.day != day
        found.append(Kept(one, said.day, due_of(said.day, [one], zone, now) if own and said.day else None, reason))
    return found


def due_of(day: date, times: Iterable[Time], zone: str, now: datetime) -> datetime:
    """When a promise of that day is due: its end in the zone, or the hour the text comes to (inner). Raises `Invalid` naming
    `day` for a day that is over.
    """
    due_at = end_of_day(day, zone)
    if due_at <= now:
        raise Invalid(_("The day the message names is over. Choose a later one."), "day")
    hours = [one.at for one in times if one.at is not None and one.day == day and one.whose is Whose.OURS]
    return min([due_at, *(one for one in hours if one > now)])
