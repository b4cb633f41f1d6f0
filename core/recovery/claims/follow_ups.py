"""Follow-ups: asking a payer that has not answered or paid, each a contact, each setting the next date."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from core.cases import clocks, contacts
from core.cases.incidents import touch
from core.foundation.clock import end_of_day
from core.foundation.errors import Invalid
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Incident, RuleCard, Tag
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState
from core.models.contact import Channel, Party
from core.models.rule import DayUnit, PayerKind
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import money, times
from core.recovery.claims.pieces import (
    due_moment,
    locked,
    record,
    refresh,
    start_clock,
    start_own,
    step,
    target_of,
)

PARTIES: dict[PayerKind, Party] = {
    PayerKind.CARRIER: Party.CARRIER,
    PayerKind.PLATFORM: Party.PLATFORM,
    PayerKind.INSURER: Party.INSURER,
    PayerKind.SUPPLIER: Party.SUPPLIER,
}


@verb(Permission.CLAIM_ANSWER)
def follow_up(
    session: Session,
    claim_id: int,
    *,
    actor: Actor,
    channel: Channel,
    text: str,
    name: str = "",
    staff_number: str = "",
    next_on: date | None = None,
    now: datetime,
) -> Claim:
    """Note that the payer was asked after its answer, or after its payment where it has approved.

    The talk is logged as a contact. A clock that was late is settled as missed and the next one starts: on `next_on` (a
    day in the actor's zone), by the card's follow-up time, or by a reminder of our own. One that is not late runs on
    unless `next_on` says otherwise. Raises `Invalid` without words or for a day that has passed.
    """
    claim, incident, card = locked(session, claim_id)
    due_at = None if next_on is None else end_of_day(next_on, actor.zone)
    if due_at is not None and due_at <= now:
        raise Invalid(_("This date has passed already."), "next_on")
    target_of(session, claim, incident, card, ClaimAction.FOLLOW_UP, actor, now)
    contact = contacts.log_contact(
        session,
        incident.id,
        actor=actor,
        party=PARTIES[claim.payer_kind],
        channel=channel,
        at=now,
        name=name,
        staff_number=staff_number,
        summary=text,
        now=now,
    )
    claim.followed_up_at = now
    session.flush()
    step(session, claim, ClaimAction.FOLLOW_UP, claim.state, actor=actor, now=now, note=contact.summary, due_at=due_at)
    after = {"text": contact.summary, "channel": channel, "contact": contact.id, "next": due_at}
    record(session, Tag.CLAIM_FOLLOWED_UP, claim, actor=actor, now=now, after=after)
    _next(session, incident, claim, card, due_at, actor, now)
    touch(session, incident, now)
    return claim


def _next(
    session: Session,
    incident: Incident,
    claim: Claim,
    card: RuleCard,
    due_at: datetime | None,
    actor: Actor,
    now: datetime,
) -> None:
    """Settle the clock that was asked about and start the next."""
    granted = claim.state in (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED)
    kind = ClockKind.PAYMENT if granted else ClockKind.ANSWER
    found = clocks.living(session, incident.id, claim_id=claim.id, kinds=(kind,))
    # Whoever asks for the money has done what these tasks are for.
    money.end_tasks(session, incident, claim, ClockState.MET, money.AWAITED, actor, now)
    if due_at is None and any(one.due_at is not None and one.due_at > now for one in found):
        return
    for one in found:
        late = one.due_at is not None and one.due_at <= now
        clocks.settle(session, incident, one, ClockState.MISSED if late else ClockState.CANCELLED, actor=actor, now=now)
    if granted and not claim.paid < (claim.approved or 0):
        refresh(session, claim)
    elif due_at is not None:
        start_clock(session, incident, claim, card, kind, due_at, actor, now, rule=times.OWN)
    elif card.follow_up_days:
        until = due_moment(session, claim, card, now, card.follow_up_days, card.follow_up_unit or DayUnit.CALENDAR_DAYS)
        start_clock(session, incident, claim, card, kind, until, actor, now)
    else:
        start_own(session, incident, claim, card, kind, times.own("follow_up"), actor, now)
