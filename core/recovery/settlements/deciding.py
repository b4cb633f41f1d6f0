"""Deciding about suggestions: accept, refuse, take back.

Money moves only through the doors of claims, payouts and disputes (`booking`). Every door asks for its own right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.foundation.database import on_its_own
from core.foundation.errors import Invalid, NotFound, Refusal, TooLarge, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Claim, Dispute, Incident, SettlementLine, SettlementMatch, SettlementShare, Tag
from core.models.settlement import MatchState
from core.money import ledger
from core.recovery.settlements.booking import book, unbook
from core.recovery.settlements.suggesting import suggest
from core.recovery.settlements.trail import record

LONGEST_NOTE = 400
MOST = 50
"""Matches decided in one go, and lines or claims put together by hand."""


@dataclass(frozen=True)
class ManyDone:
    """What became of several: how many stand, and those refused, each with its match and the sentence why."""

    accepted: int
    refused: tuple[tuple[int, str], ...]


@verb(Permission.SETTLEMENT_MATCH)
def accept(
    session: Session,
    match_id: int,
    *,
    actor: Actor,
    keep_surplus: bool = False,
    besides: bool = False,
    now: datetime,
) -> SettlementMatch:
    """Take a suggestion: what came is booked as payouts of its claims, by the payouts' own door and its refusals.

    A claim its payer said nothing of is approved for what came. With `keep_surplus` what is beyond a claim is booked as owed back;
    `besides` says that it came besides the compensation of a return that is booked in the case.
    Where a payout stands in the books already, none is made. Raises `NotFound` for a suggestion that is gone, `WrongState` for one
    that was decided, that its claim has moved away from, or whose claim was never filed.
    """
    match, shares, cases = _locked(session, match_id, MatchState.SUGGESTED)
    book(session, match, shares, actor=actor, keep_surplus=keep_surplus, besides=besides, now=now)
    match.state, match.decided_at, match.decided_by = MatchState.ACCEPTED, now, actor.person_id
    session.flush()
    record(session, Tag.SETTLEMENT_MATCHED, match, shares, cases, actor, now)
    return match


@verb(Permission.SETTLEMENT_MATCH)
def accept_many(session: Session, match_ids: Sequence[int], *, actor: Actor, now: datetime) -> ManyDone:
    """Accept several, each whole or not at all. Raises `TooLarge` beyond `MOST`."""
    if len(match_ids) > MOST:
        raise TooLarge(_("At most {n} at once. Choose fewer.", n=MOST))
    done, refused = 0, []
    for match_id in dict.fromkeys(match_ids):
        try:
            with on_its_own(session):
                accept(session, match_id, actor=actor, now=now)
            done += 1
        except Refusal as refusal:
            refused.append((match_id, refusal.message))
    return ManyDone(done, tuple(refused))


@verb(Permission.SETTLEMENT_MATCH)
def reject(session: Session, match_id: int, *, actor: Actor, note: str = "", now: datetime) -> SettlementMatch:
    """Say that a suggestion is wrong: it is not made again, and its lines are looked at anew."""
    why = checked(note, LONGEST_NOTE, "note")
    match, shares, _cases = _locked(session, match_id, MatchState.SUGGESTED)
    _let_go(session, match, MatchState.REJECTED, why, actor, now)
    _again(session, shares, actor, now)
    return match


@verb(Permission.SETTLEMENT_MATCH)
def unmatch(session: Session, match_id: int, *, actor: Actor, note: str, now: datetime) -> SettlementMatch:
    """Take an accepted match back: the payouts it made are reversed as booked in error, its lines are free again.

    A payout somebody had booked by hand stays, and so does what was taken back meanwhile. Raises `Invalid` without a reason;
    reversing needs its own right.
    """
    why = checked(note, LONGEST_NOTE, "note")
    if not why:
        raise Invalid(_("Say why the match is taken back."), "note")
    match, shares, cases = _locked(session, match_id, MatchState.ACCEPTED)
    unbook(session, shares, actor=actor, note=why, now=now)
    _let_go(session, match, MatchState.UNDONE, why, actor, now)
    record(session, Tag.SETTLEMENT_UNMATCHED, match, shares, cases, actor, now)
    _again(session, shares, actor, now)
    return match


# --- the pieces -----------------------------------------------------------------------------------------------------------


def _locked(
    session: Session, match_id: int, state: MatchState
) -> tuple[SettlementMatch, list[SettlementShare], dict[int, Incident]]:
    """The match in that state, its shares and their cases; the cases are locked first, as every move on a case does."""
    wanted = select(SettlementShare).where(SettlementShare.match_id == match_id).order_by(SettlementShare.id)
    shares = list(session.scalars(wanted.execution_options(populate_existing=True)))
    cases = _cases(session, shares)
    for incident_id in sorted(cases):
        cases[incident_id] = ledger.lock_incident(session, incident_id)
    match = session.get(SettlementMatch, match_id, with_for_update=True, populate_existing=True)
    if match is None or not shares:
        raise NotFound(_("This suggestion is gone: what it rested on has changed. Look again."))
    if match.state is not state:
        raise WrongState(_("Somebody has decided about this already. Look again."))
    return match, shares, cases


def _cases(session: Session, shares: Sequence[SettlementShare]) -> dict[int, Incident]:
    claimed = select(Claim.incident_id).where(Claim.id.in_([one.claim_id for one in shares if one.claim_id]))
    disputed = select(Dispute.incident_id).where(Dispute.id.in_([one.dispute_id for one in shares if one.dispute_id]))
    wanted = select(Incident).where(Incident.id.in_(claimed) | Incident.id.in_(disputed))
    return {one.id: one for one in session.scalars(wanted)}


def _let_go(
    session: Session, match: SettlementMatch, state: MatchState, note: str, actor: Actor, now: datetime
) -> None:
    match.state, match.decided_at, match.decided_by, match.note = state, now, actor.person_id, note
    session.flush()
    session.execute(update(SettlementLine).where(SettlementLine.match_id == match.id).values(match_id=None))


def _again(session: Session, shares: Sequence[SettlementShare], actor: Actor, now: datetime) -> None:
    """Look at the freed lines anew."""
    ids = {one.line_id for one in shares}
    query = select(SettlementLine.shop_id, SettlementLine.order_number).where(
        SettlementLine.id.in_(ids), SettlementLine.order_number.is_not(None)
    )
    orders = sorted({(shop, number) for shop, number in session.execute(query) if number})
    if orders:
        suggest(session, orders, actor=actor, now=now)
