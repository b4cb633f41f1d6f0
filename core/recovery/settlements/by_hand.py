"""What a person says of lines: these pay those claims, and this one is money of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, SettlementLine, SettlementMatch
from core.models.settlement import MatchState, MatchWay, SettlementKind
from core.recovery.settlements.deciding import MOST, accept
from core.recovery.settlements.pairing import Pair, Share, split
from core.recovery.settlements.suggesting import drop, propose, still_owed, suggest

_ZERO = Decimal(0)


@verb(Permission.SETTLEMENT_MATCH)
def match_by_hand(
    session: Session,
    line_ids: Sequence[int],
    references: Sequence[str],
    *,
    actor: Actor,
    keep_surplus: bool = False,
    besides: bool = False,
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
    return accept(session, match_id, actor=actor, keep_surplus=keep_surplus, besides=besides, now=now)


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
