"""Messages as they were sent: kept word for word, in the contact log, with the clock of what they promise or ask."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, aliased

from core.cases import clocks
from core.cases.contacts import log_contact
from core.cases.messages.agreeing import Agreed, Kept, agreed_of, besides, due_of, times_of
from core.cases.messages.library import Language, Promise, languages, rules
from core.cases.messages.promising import too_much
from core.cases.messages.rendering import LONGEST_TEXT
from core.cases.messages.times import Time
from core.cases.messages.tone import FLAW_LABELS, Flaw, flaws
from core.cases.messages.words import PROMISES, SAID, SITUATION_LABELS, rule_of, situation_of
from core.foundation import audit
from core.foundation.errors import GuardFailed, Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Clock, Contact, Incident, Message, MessageTemplate, Person, Shop, Tag
from core.models.clock import LIVING, ClockState
from core.models.contact import Channel, Party
from core.models.incident import IncidentState
from core.models.message import Situation
from core.money import ledger

PROOF = frozenset({Situation.PHOTOS, Situation.REMINDER})
"""What asks for the buyer's proof, first and again."""
SHOWN = 200
"""Characters of a message in the contact log; the whole stands with the message."""


@dataclass(frozen=True)
class Sent:
    """One message as it was sent. `promise` is the clock that came with it: its moment, and where it stands."""

    id: int
    situation: Situation
    language: str
    text: str
    flaws: tuple[Flaw, ...]
    sent_at: datetime
    sent_by: str | None
    clock_id: int | None
    clock_state: ClockState | None
    due_at: datetime | None

    @property
    def asks(self) -> bool:
        """Whether it asked the buyer for something."""
        return rules()[self.situation].promise is Promise.BUYER

    @property
    def waits(self) -> bool:
        """Whether what it asked for, or promised, is still open."""
        return self.clock_state in LIVING


@verb(Permission.MESSAGE_WRITE)
def mark_sent(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    situation: Situation,
    language: str,
    text: str,
    day: date | None = None,
    amount: Money | None = None,
    template_id: int | None = None,
    agreed: Sequence[Agreed] = (),
    now: datetime,
) -> Message:
    """Keep a message that was sent to the buyer, exactly as it was. `day` is the day it names, in the shop's zone,
    `amount` the money it promises, in the case's currency, `agreed` what was decided on each other time it promises.

    It is logged as a talk; the day becomes the clock of a promise (ours, or what the buyer was asked for). What earlier
    messages promised to write is kept by it; an earlier request for the same is replaced. Raises `GuardFailed` for a text
    with a gap, that promises what is not approved for the case, or a time no clock is agreed for; `Invalid` naming `text`,
    `language`, `day` or `agreed`; `WrongState` for a free promise in a closed case, where no clock runs; `NotFound`.
    """
    clean = checked(text, LONGEST_TEXT, "text")
    spoken = _language(language)
    found = _wrong(clean, situation, spoken)
    rule = rules()[situation]
    incident = ledger.lock_incident(session, incident_id)
    if (refusal := too_much(session, incident_id, situation, clean, amount)) is not None:
        raise GuardFailed(refusal, ("promise",))
    zone = session.get_one(Shop, incident.shop_id).zone
    times = times_of(session, clean, language, market=incident.market, zone=zone, now=now)
    due_at = _due(day, times, zone, now) if rule.promise is not None else None
    kept = agreed_of(besides(times, situation, day), agreed, day=day, zone=zone, now=now)
    if incident.state is IncidentState.CLOSED and any(one.due_at for one in kept):
        raise WrongState(
            _(
                "This case is closed, and no clock runs in it. Reopen it before you promise a time, or say why it needs no clock."
            )
        )
    version = _version(session, template_id, situation, spoken)
    _settle_earlier(session, incident, situation, actor=actor, now=now)
    contact = log_contact(
        session,
        incident_id,
        actor=actor,
        party=Party.BUYER,
        channel=Channel.CHAT,
        at=now,
        summary=_short(clean),
        promise=_(PROMISES[situation]) if due_at is not None else "",
        promise_by=Party.BUYER if rule.promise is Promise.BUYER else None,
        promise_due_at=due_at,
        rule=rule_of(situation),
        zone=zone,
        now=now,
    )
    made = Message(
        incident_id=incident_id,
        situation=situation,
        language=language,
        template_id=template_id,
        template_version=version,
        text=clean,
        flaws=[one.value for one in found],
        contact_id=contact.id,
        sent_at=now,
        sent_by=actor.person_id,
    )
    session.add(made)
    session.flush()
    for one in kept:
        _promise_of(session, incident_id, one, zone, actor=actor, now=now)
    _trail(session, made, kept, actor, now)
    return made


def _promise_of(session: Session, incident_id: int, kept: Kept, zone: str, *, actor: Actor, now: datetime) -> None:
    """The clock of a time promised in free words besides the day of the message: an entry of its own in the log."""
    if kept.due_at is None:
        return
    log_contact(
        session,
        incident_id,
        actor=actor,
        party=Party.BUYER,
        channel=Channel.CHAT,
        at=now,
        summary=_short(kept.time.said),
        promise=_short(kept.time.said),
        promise_due_at=kept.due_at,
        rule=SAID,
        zone=zone,
        now=now,
    )


@read(Permission.MESSAGE_READ)
def messages_of(session: Session, incident_id: int, *, actor: Actor) -> Sequence[Sent]:
    """Every message of a case, latest first, with where its promise or request stands."""
    rows = session.execute(_sent_in_case(), {"incident_id": incident_id})
    return tuple(
        Sent(number, situation, language, text, tuple(Flaw(one) for one in wrong), at, who, clock_id, state, due_at)
        for number, situation, language, text, wrong, at, who, clock_id, state, due_at in rows
    )


@cache
def _sent_in_case() -> Any:
    """Built once, so that only its value travels: the case screen is drawn on every click."""
    return (
        select(
            Message.id,
            Message.situation,
            Message.language,
            Message.text,
            Message.flaws,
            Message.sent_at,
            Person.name,
            Clock.id,
            Clock.state,
            Contact.promise_due_at,
        )
        .join(Contact, Contact.id == Message.contact_id)
        .outerjoin(Clock, Clock.id == latest_clock())
        .outerjoin(Person, Person.id == Message.sent_by)
        .where(Message.incident_id == bindparam("incident_id"))
        .order_by(Message.sent_at.desc(), Message.id.desc())
    )


def latest_clock() -> Any:
    """The clock of a message, as a part of a statement over `Message`: a case closed and opened again has one for each time
    (inner).
    """
    every = aliased(Clock)
    latest = select(func.max(every.id)).where(
        every.incident_id == Message.incident_id, every.contact_id == Message.contact_id
    )
    return latest.correlate(Message).scalar_subquery()


def _trail(session: Session, made: Message, kept: Sequence[Kept], actor: Actor, now: datetime) -> None:
    """The words themselves may hold the buyer's name; the trail proves them without repeating them."""
    audit.record(
        session,
        Tag.MESSAGE_SENT,
        actor=actor,
        now=now,
        subject=("message", made.id),
        chain=made.incident_id,
        after={
            "situation": made.situation,
            "language": made.language,
            "template_id": made.template_id,
            "template_version": made.template_version,
            "sha256": hashlib.sha256(made.text.encode()).hexdigest(),
            "flaws": made.flaws,
            **({"times": [one.told for one in kept]} if kept else {}),
        },
    )


def _language(code: str) -> Language:
    found = languages().get(code)
    if found is None:
        raise Invalid(_("Recoup has no texts in “{language}”.", language=code), "language")
    return found


def _wrong(text: str, situation: Situation, language: Language) -> tuple[Flaw, ...]:
    if not text:
        raise Invalid(_("Write the message."), "text")
    found = flaws(text, situation, language)
    if Flaw.GAP in found:
        raise GuardFailed(_("This cannot be sent: {what}.", what=_(FLAW_LABELS[Flaw.GAP])), (Flaw.GAP.value,))
    return found


def _due(day: date | None, times: Sequence[Time], zone: str, now: datetime) -> datetime:
    """The last moment of the day a message names, in the shop's zone, or the hour it comes to."""
    if day is None:
        raise Invalid(_("Choose the day the message names."), "day")
    return due_of(day, times, zone, now)


def _version(session: Session, template_id: int | None, situation: Situation, language: Language) -> int:
    if template_id is None:
        return language.version
    found = session.get(MessageTemplate, template_id)
    if found is None or found.situation is not situation:
        raise NotFound(_("There is no such text."))
    return found.version


def _settle_earlier(session: Session, incident: Incident, situation: Situation, *, actor: Actor, now: datetime) -> None:
    """Writing keeps the promise to write, in time or late; asking again takes the place of what was asked before."""
    living = select(Clock).where(Clock.incident_id == incident.id, Clock.state.in_(LIVING)).order_by(Clock.id)
    for clock in session.scalars(living).all():
        about = situation_of(clock.rule)
        if about is None:
            continue
        promise = rules()[about].promise
        if promise is Promise.WORD:
            late = clock.due_at is not None and clock.due_at < now
            clocks.settle(session, incident, clock, _kept(late), actor=actor, now=now)
        elif promise is Promise.BUYER and _same(about, situation):
            clocks.settle(session, incident, clock, ClockState.CANCELLED, actor=actor, now=now)


def is_word(rule: str) -> bool:
    """Whether the clock of that rule is a promise to write, which the next message keeps."""
    about = situation_of(rule)
    return about is not None and rules()[about].promise is Promise.WORD


def _same(one: Situation, other: Situation) -> bool:
    """Whether two messages ask for the same."""
    return one is other or {one, other} <= PROOF


def _kept(late: bool) -> ClockState:
    return ClockState.MISSED if late else ClockState.MET


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= SHOWN else flat[: SHOWN - 1].rstrip() + "…"


def sentence(situation: Situation, language: str) -> str:
    """A message in a few words, for the history: `Refund, Bahasa Melayu`."""
    spoken = languages().get(language)
    return _(
        "{situation}, {language}",
        situation=_(SITUATION_LABELS[situation]),
        language=spoken.name if spoken else language,
    )
