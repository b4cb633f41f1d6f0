"""Deciding about matches: accept, refuse, take back, or say by hand what pays what.

Money moves only through the doors of claims and payouts. Where the payer paid without a word, its payment is its answer: the claim is
approved for what came, then paid. Every door asks for its own right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from core.foundation import audit
from core.foundation.database import IN_THE_WAY
from core.foundation.errors import Invalid, NotFound, Refusal, TooLarge, WrongState
from core.foundation.formats import amount as written
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import (
    Claim,
    Dispute,
    Incident,
    Payout,
    PayoutReversal,
    SettlementLine,
    SettlementMatch,
    SettlementShare,
    Tag,
)
from core.models.claim import ClaimState
from core.models.ledger import PayoutBack
from core.models.settlement import MatchState, MatchWay, SettlementKind
from core.money import ledger
from core.recovery import claims, payouts
from core.recovery.claim_states import CLAIMS, ClaimAction
from core.recovery.disputes.life import line_let_go, settled_by_line
from core.recovery.settlements.pairing import Pair, Share, split
from core.recovery.settlements.suggesting import GRANTED, UNFILED, drop, propose, still_owed, suggest, unit

LONGEST_NOTE = 400
MOST = 50
"""Matches decided in one go, and lines or claims put together by hand."""

_ZERO = Decimal(0)


@dataclass(frozen=True)
class ManyDone:
    """What became of several: how many stand, and those refused, each with its match and the sentence why."""

    accepted: int
    refused: tuple[tuple[int, str], ...]


@verb(Permission.SETTLEMENT_MATCH)
def accept(
    session: Session, match_id: int, *, actor: Actor, keep_surplus: bool = False, now: datetime
) -> SettlementMatch:
    """Take a suggestion: what came is booked as payouts of its claims, by the payouts' own door and its refusals.

    A claim its payer said nothing of is approved for what came. With `keep_surplus` what is beyond a claim is booked as owed back.
    Where a payout stands in the books already, none is made. Raises `NotFound` for a suggestion that is gone, `WrongState` for one
    that was decided, that its claim has moved away from, or whose claim was never filed.
    """
    match, shares, cases = _locked(session, match_id, MatchState.SUGGESTED)
    found = _claims(session, shares)
    for claim in found.values():
        _as_suggested(match, claim, shares)
    if match.payout_id is None:
        for claim in found.values():
            _pay(session, claim, match, [one for one in shares if one.claim_id == claim.id], keep_surplus, actor, now)
        _pay_disputes(session, match, shares, actor, now)
    else:
        _still_booked(session, match.payout_id)
    match.state, match.decided_at, match.decided_by = MatchState.ACCEPTED, now, actor.person_id
    session.flush()
    _record(session, Tag.SETTLEMENT_MATCHED, match, shares, cases, actor, now)
    return match


@verb(Permission.SETTLEMENT_MATCH)
def accept_many(session: Session, match_ids: Sequence[int], *, actor: Actor, now: datetime) -> ManyDone:
    """Accept several, each whole or not at all. Raises `TooLarge` beyond `MOST`."""
    if len(match_ids) > MOST:
        raise TooLarge(_("At most {n} at once. Choose fewer.", n=MOST))
    done, refused = 0, []
    for match_id in dict.fromkeys(match_ids):
        try:
            with session.begin_nested():
                accept(session, match_id, actor=actor, now=now)
            done += 1
        except Refusal as refusal:
            refused.append((match_id, refusal.message))
        except StaleDataError:
            refused.append((match_id, _("Somebody changed this meanwhile. Look at it again.")))
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in IN_THE_WAY:
                raise
            refused.append((match_id, _("Somebody else is working on this case at this very moment. Try it again.")))
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
    for payout_id in (one.payout_id for one in shares if one.payout_id is not None):
        if _left_of(session, payout_id):
            payouts.reverse_payout(session, payout_id, actor=actor, how=PayoutBack.MISTAKE, note=why, now=now)
    for dispute_id in sorted({one.dispute_id for one in shares if one.dispute_id is not None}):
        reference = _of_dispute(session, shares, dispute_id)
        line_let_go(session, dispute_id, reference=reference, actor=actor, note=why, now=now)
    _let_go(session, match, MatchState.UNDONE, why, actor, now)
    _record(session, Tag.SETTLEMENT_UNMATCHED, match, shares, cases, actor, now)
    _again(session, shares, actor, now)
    return match


@verb(Permission.SETTLEMENT_MATCH)
def match_by_hand(
    session: Session,
    line_ids: Sequence[int],
    references: Sequence[str],
    *,
    actor: Actor,
    keep_surplus: bool = False,
    now: datetime,
) -> SettlementMatch:
    """Say that these lines pay the claims of these references: several lines one claim, or one line several claims.

    Suggestions that held the lines are dropped. Raises `NotFound`, `Invalid` (several for several, currencies that differ, lines
    that are no compensation that came), `WrongState` for a line that is matched, and what `accept` raises.
    """
    lines = _lines_to_match(session, line_ids)
    found = _named(session, references)
    if len(lines) > 1 and len(found) > 1:
        raise Invalid(_("Match several lines with one claim, or one line with several claims."), "claim")
    currency = lines[0].currency
    currencies = [*(one.currency for one in lines), *(one.currency for one in found)]
    if other := next((one for one in currencies if one != currency), None):
        raise Invalid(
            _("The money is in {one}, the claim in {other}. Record it on the case.", one=currency, other=other), "claim"
        )
    held = [one.match_id for one in lines if one.match_id is not None]
    drop(session, sorted(set(held)))
    demands = [(("claim", one.id), max(still_owed(one), default=_ZERO)) for one in found]
    if len(lines) == 1:
        shares = tuple(split(lines[0].id, lines[0].amount, demands))
    else:
        shares = tuple(Share(one.id, demands[0][0], one.amount) for one in lines)
    expected = sum((amount for _key, amount in demands), _ZERO)
    group = (lines[0].shop_id, lines[0].order_number or "", currency)
    match_id = propose(session, group, Pair(MatchWay.HAND, shares, expected), now)
    return accept(session, match_id, actor=actor, keep_surplus=keep_surplus, now=now)


@verb(Permission.SETTLEMENT_MATCH)
def tell_apart(session: Session, line_id: int, *, actor: Actor, now: datetime) -> SettlementLine:
    """Say that a line taken for the same money as another list's is money of its own: it is matched from now on."""
    line = session.get(SettlementLine, line_id, with_for_update=True, populate_existing=True)
    if line is None:
        raise NotFound(_("There is no such line."))
    line.twin_id = None
    session.flush()
    if line.order_number:
        suggest(session, [(line.shop_id, line.order_number)], actor=actor, now=now)
    return line


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


def _claims(session: Session, shares: Sequence[SettlementShare]) -> dict[int, Claim]:
    """The claims in the order of their cases, read afresh under the cases' locks."""
    ids = {one.claim_id for one in shares if one.claim_id is not None}
    query = select(Claim).where(Claim.id.in_(ids)).order_by(Claim.incident_id, Claim.id)
    return {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}


def _as_suggested(match: SettlementMatch, claim: Claim, shares: Sequence[SettlementShare]) -> None:
    """A claim that moved since is no longer what was suggested, and nothing is booked on one that was never filed."""
    if match.payout_id is not None:
        return
    seen = next(one.owed for one in shares if one.claim_id == claim.id)
    if match.way is not MatchWay.HAND and max(still_owed(claim), default=_ZERO) != seen:
        raise WrongState(_("{reference} has moved since this was suggested. Look again.", reference=claim.reference))
    if claim.state in UNFILED:
        raise WrongState(
            _(
                "File {reference} first, under the number the payer gave it: money is booked on filed claims.",
                reference=claim.reference,
            )
        )


def _pay(
    session: Session,
    claim: Claim,
    match: SettlementMatch,
    shares: Sequence[SettlementShare],
    keep_surplus: bool,
    actor: Actor,
    now: datetime,
) -> None:
    """Approve the claim for what came, where nobody had, and book each line as a payout of its own."""
    came = sum((one.amount for one in shares), _ZERO)
    slack = unit(claim.currency)
    _approve(session, claim, came, slack, actor, now)
    over = claim.paid + came - (claim.approved or _ZERO)
    for share in shares:
        line = session.get_one(SettlementLine, share.line_id)
        made = payouts.record_payout(
            session,
            claim.id,
            actor=actor,
            received=Money(share.amount, match.currency),
            paid_on=line.paid_on,
            reference=_reference(line),
            keep_surplus=keep_surplus or _ZERO < over <= slack,
            told_by_payer=True,
            now=now,
        )
        share.payout_id = made.id
    session.flush()
    short = (claim.approved or _ZERO) - claim.paid
    if claim.state in GRANTED and _ZERO < short <= slack:
        # Nobody asks a payer for its last cent.
        note = _("Paid but for {amount}.", amount=written(Money(short, claim.currency)))
        claims.record_answer(session, claim.id, ClaimAction.CLOSE, actor=actor, text=note, now=now)


def _pay_disputes(
    session: Session, match: SettlementMatch, shares: Sequence[SettlementShare], actor: Actor, now: datetime
) -> None:
    """The compensation of disputes that have no claim: booked with the dispute, where it has a case."""
    came: dict[int, Decimal] = {}
    for share in shares:
        if share.dispute_id is not None:
            came[share.dispute_id] = came.get(share.dispute_id, _ZERO) + share.amount
    for dispute_id, amount in sorted(came.items()):
        reference = _of_dispute(session, shares, dispute_id)
        money = Money(amount, match.currency)
        settled_by_line(session, dispute_id, money, reference=reference, actor=actor, now=now)


def _approve(session: Session, claim: Claim, came: Decimal, slack: Decimal, actor: Actor, now: datetime) -> None:
    """The payment is the payer's answer, where it gave none: for all of it, or for the part that came."""
    together = claim.paid + came
    whole = together >= claim.demand - slack
    if claim.state in GRANTED or claim.state in (ClaimState.PAID, ClaimState.CLOSED):
        more = together > (claim.approved or _ZERO) and claim.approved != claim.demand
        if not (more and whole and claim.state in CLAIMS.row(ClaimAction.APPROVE).sources):
            return
    said = _("Paid without an answer: the line stands in the platform's files.")
    if claim.state is ClaimState.OFFERED and claim.offered is not None and abs(together - claim.offered) <= slack:
        claims.accept_offer(session, claim.id, actor=actor, text=said, now=now)
    elif whole:
        claims.record_answer(session, claim.id, ClaimAction.APPROVE, actor=actor, text=said, now=now)
    else:
        part = Money(together, claim.currency)
        claims.record_answer(
            session, claim.id, ClaimAction.PARTLY_APPROVE, actor=actor, amount=part, text=said, now=now
        )


def _reference(line: SettlementLine) -> str:
    """How the payout is referred to: the list, the order and the line, in no language."""
    return f"{line.source.value} {line.order_number or line.paid_on.isoformat()} #{line.id}"


def _of_dispute(session: Session, shares: Sequence[SettlementShare], dispute_id: int) -> str:
    """How what a match paid a dispute is referred to: by the first of its lines."""
    line = next(one.line_id for one in shares if one.dispute_id == dispute_id)
    return _reference(session.get_one(SettlementLine, line))


def _still_booked(session: Session, payout_id: int) -> None:
    if session.scalar(select(PayoutReversal.id).where(PayoutReversal.payout_id == payout_id).limit(1)) is not None:
        raise WrongState(_("The payout was taken back meanwhile. Look again."))


def _left_of(session: Session, payout_id: int) -> Decimal:
    """What of a payout was not taken back."""
    gone = session.scalars(select(PayoutReversal.amount).where(PayoutReversal.payout_id == payout_id))
    return session.get_one(Payout, payout_id).amount - sum(gone, _ZERO)


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


def _lines_to_match(session: Session, line_ids: Sequence[int]) -> list[SettlementLine]:
    ids = sorted(set(line_ids))
    if not ids or len(ids) > MOST:
        raise Invalid(_("Choose at least one line and at most {n}.", n=MOST), "line")
    query = select(SettlementLine).where(SettlementLine.id.in_(ids)).order_by(SettlementLine.id).with_for_update()
    lines = list(session.scalars(query.execution_options(populate_existing=True)))
    if len(lines) < len(ids):
        raise NotFound(_("There is no such line."))
    for line in lines:
        if line.amount <= 0 or line.kind is SettlementKind.RELEASE:
            raise Invalid(_("Only money that came in for a loss is matched."), "line")
        if line.twin_id is not None:
            raise WrongState(_("This line tells money that another list tells too. Match that one."))
        if line.match_id is not None and session.get_one(SettlementMatch, line.match_id).state is MatchState.ACCEPTED:
            raise WrongState(_("This line is matched already."))
    return lines


def _named(session: Session, references: Sequence[str]) -> list[Claim]:
    """The claims of these references, in the given order."""
    wanted = list(dict.fromkeys(one.strip().upper() for one in references if one.strip()))
    if not wanted or len(wanted) > MOST:
        raise Invalid(_("Write the claim's reference, like CL-2026-00001."), "claim")
    found = {one.reference: one for one in session.scalars(select(Claim).where(Claim.reference.in_(wanted)))}
    if missing := next((one for one in wanted if one not in found), None):
        raise NotFound(_("There is no claim {reference}.", reference=missing))
    return [found[one] for one in wanted]


def _record(
    session: Session,
    tag: Tag,
    match: SettlementMatch,
    shares: Sequence[SettlementShare],
    cases: Mapping[int, Incident],
    actor: Actor,
    now: datetime,
) -> None:
    """A row in the trail of every case the match touches, with what came to it."""
    for incident_id in sorted(cases):
        told = _told(session, shares, incident_id)
        after: dict[str, Any] = {**told, "currency": match.currency, "way": match.way.value}
        if match.note:
            after["note"] = match.note
        audit.record(
            session, tag, actor=actor, now=now, subject=("settlement_match", match.id), chain=incident_id, after=after
        )


def _told(session: Session, shares: Sequence[SettlementShare], incident_id: int) -> dict[str, Any]:
    """What came to a case: how much, for which claim or dispute, by which lines."""
    claimed = dict(session.execute(select(Claim.id, Claim.reference).where(Claim.incident_id == incident_id)).all())
    of_case = select(Dispute.id, Dispute.return_number).where(Dispute.incident_id == incident_id)
    disputed = dict(session.execute(of_case).all())
    mine = [one for one in shares if one.claim_id in claimed or one.dispute_id in disputed]
    names = [claimed[one.claim_id] if one.claim_id in claimed else disputed[one.dispute_id or 0] for one in mine]
    return {
        "reference": ", ".join(dict.fromkeys(names)),
        "amount": sum((one.amount for one in mine), _ZERO),
        "lines": [one.line_id for one in mine],
    }
