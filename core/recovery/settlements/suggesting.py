"""Suggesting matches: the open lines of some orders, or of all, against what is still owed for them; set by set.

A suggestion is only ever derived: one that no longer holds is dropped, one that still does keeps its id.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.errors import Conflict
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.money import decimals
from core.foundation.permissions import Actor, Permission
from core.models.claim import ClaimState
from core.models.incident import IncidentType
from core.models.rule import FilingChannel, PayerKind
from core.models.settlement import MatchWay
from core.recovery.settlements.pairing import Booked, Owed, Paid, Pair, Share, pair

Order = tuple[int, str]
"""A shop's id and an order's number."""

GRANTED = (ClaimState.APPROVED, ClaimState.PARTLY_APPROVED)
UNFILED = (ClaimState.DRAFT, ClaimState.READY)
NEVER = (ClaimState.EXPIRED, ClaimState.WITHDRAWN)
"""Claims in these states take no money."""

Group = tuple[int, str, str]
"""An order and the currency its lines are in."""


@dataclass(frozen=True)
class Suggested:
    """What looking brought: how many matches stand as suggestions now, how many of them are new, how many cases were offered."""

    standing: int
    new: int
    offered: int


@verb(Permission.SETTLEMENT_MATCH)
def suggest(session: Session, orders: Sequence[Order] | None = None, *, actor: Actor, now: datetime) -> Suggested:
    """Suggest what the open compensation lines of `orders` (all where None) may pay. Accepted and refused matches stay.

    A parcel that compensation came for and that has no case is offered as one.
    """
    return look(session, orders, now=now)


def look(session: Session, orders: Sequence[Order] | None, *, now: datetime) -> Suggested:
    """What `suggest` does, for whoever brings lines in (inner: rights are the caller's)."""
    found = _load(session, orders)
    pairs = [(group, one) for group in found.lines for one in _pairs(found, group)]
    standing = {_print(one): match for match, one in found.suggested.items()}
    wanted = {_print(one): (group, one) for group, one in pairs}
    gone = [match for printed, match in standing.items() if printed not in wanted]
    new = [pair for printed, pair in wanted.items() if printed not in standing]
    _drop(session, gone)
    _store(session, new, now)
    offered = _offer(session, orders, now)
    return Suggested(len(wanted), len(new), offered)


@verb(Permission.SETTLEMENT_MATCH)
def follow(session: Session, *, actor: Actor, now: datetime) -> Suggested:
    """Look again where it may help: at open lines whose order has a claim or a dispute, or a parcel nobody was asked about; and at
    suggestions whose claim has moved since. What the sweep does.
    """
    due = [(row.shop_id, row.order_number) for row in session.execute(text(_DUE))]
    return look(session, due, now=now) if due else Suggested(0, 0, 0)


_DUE = """
    SELECT DISTINCT l.shop_id, l.order_number FROM settlement_line l
    JOIN shipment s ON s.shop_id = l.shop_id AND s.order_number = l.order_number
    WHERE l.kind = 'compensation' AND l.match_id IS NULL AND l.twin_id IS NULL AND (
        EXISTS (SELECT FROM incident i JOIN claim c ON c.incident_id = i.id WHERE i.shipment_id = s.id)
        OR NOT EXISTS (SELECT FROM incident_offer o WHERE o.shipment_id = s.id)
            AND NOT EXISTS (SELECT FROM incident i WHERE i.shipment_id = s.id))
    UNION
    SELECT l.shop_id, l.order_number FROM settlement_line l
    JOIN dispute d ON d.shop_id = l.shop_id AND d.order_number = l.order_number AND d.compensation > 0
    WHERE l.kind = 'compensation' AND l.match_id IS NULL AND l.twin_id IS NULL
    UNION
    SELECT l.shop_id, l.order_number FROM settlement_match m
    JOIN settlement_share h ON h.match_id = m.id JOIN settlement_line l ON l.id = h.line_id
    LEFT JOIN claim c ON c.id = h.claim_id
    WHERE m.state = 'suggested' AND (c.state IN ('expired', 'withdrawn')
        OR m.payout_id IS NULL AND h.owed IS DISTINCT FROM CASE
            WHEN c.id IS NULL THEN h.owed
            WHEN c.state IN ('approved', 'partly_approved', 'paid', 'closed') THEN coalesce(c.approved, 0) - c.paid
            ELSE c.demand - c.paid END
        OR EXISTS (SELECT FROM payout_reversal r WHERE r.payout_id = m.payout_id))
"""


@dataclass
class _Found:
    """What stands in the database of the orders in question."""

    lines: dict[Group, list[Paid]]
    owed: dict[Group, list[Owed]]
    booked: dict[Group, list[Booked]]
    refused: dict[int, set[tuple[int, tuple[str, int]]]]
    suggested: dict[int, Pair]


def unit(currency: str) -> Decimal:
    """The currency's smallest unit: amounts that differ by no more are taken for the same."""
    return Decimal(1).scaleb(-decimals(currency))


def _pairs(found: _Found, group: Group) -> list[Pair]:
    lines = found.lines[group]
    refused = [pair for line in lines for pair in found.refused.get(line.id, ())]
    return pair(
        lines,
        found.owed.get(group, ()),
        unit=unit(group[2]),
        booked=found.booked.get(group, ()),
        refused=refused,
    )


def _print(one: Pair) -> tuple[object, ...]:
    """What makes a pair this pair."""
    shares = frozenset((share.line, share.key, share.amount) for share in one.shares)
    return one.way, shares, one.expected, one.payout


# --- what there is --------------------------------------------------------------------------------------------------------

# The open lines, of all orders or of some; everything else is looked up by their orders.
_OPEN = """
    SELECT l.* FROM settlement_line l {some}
    WHERE l.kind = 'compensation' AND l.twin_id IS NULL AND l.order_number IS NOT NULL
        AND (l.match_id IS NULL OR EXISTS (SELECT FROM settlement_match m WHERE m.id = l.match_id AND m.state = 'suggested'))
"""
_SOME = """JOIN (SELECT DISTINCT shop_id, order_number
        FROM unnest(CAST(:shops AS int[]), CAST(:orders AS text[])) AS w(shop_id, order_number)) AS w
        ON w.shop_id = l.shop_id AND w.order_number = l.order_number"""
_LINES = "SELECT id, shop_id, order_number, currency, amount, paid_on, type, return_number FROM ({open}) AS l"
_ORDERS = "(SELECT DISTINCT shop_id, order_number FROM ({open}) AS l) AS o"
_CLAIMS = """
    SELECT c.id, o.shop_id, o.order_number, c.currency, c.state, c.demand, c.approved, c.offered, c.cap, c.paid, c.payer_kind,
        c.channel, coalesce(c.submitted_at, c.created_at) AS since, i.type, d.return_number
    FROM {orders}
    JOIN shipment s ON s.shop_id = o.shop_id AND s.order_number = o.order_number
    JOIN incident i ON i.shipment_id = s.id
    JOIN claim c ON c.incident_id = i.id
    LEFT JOIN LATERAL (SELECT min(return_number) AS return_number FROM dispute WHERE incident_id = i.id HAVING count(*) = 1) AS d
        ON true
    WHERE c.state <> ALL (CAST(:never AS text[]))
"""
_DISPUTES = """
    SELECT d.id, o.shop_id, o.order_number, d.currency, d.compensation, d.return_number
    FROM {orders}
    JOIN dispute d ON d.shop_id = o.shop_id AND d.order_number = o.order_number
    WHERE d.compensation > 0 AND NOT EXISTS (
        SELECT FROM settlement_share h JOIN settlement_match m ON m.id = h.match_id AND m.state = 'accepted'
        WHERE h.dispute_id = d.id)
"""
_PAYOUTS = """
    SELECT p.id, p.claim_id, o.shop_id, o.order_number, p.received_currency AS currency, p.received_amount, p.paid_on
    FROM {orders}
    JOIN shipment s ON s.shop_id = o.shop_id AND s.order_number = o.order_number
    JOIN incident i ON i.shipment_id = s.id
    JOIN claim c ON c.incident_id = i.id
    JOIN payout p ON p.claim_id = c.id
    WHERE NOT EXISTS (SELECT FROM payout_reversal r WHERE r.payout_id = p.id)
        AND NOT EXISTS (SELECT FROM settlement_share h JOIN settlement_match m ON m.id = h.match_id AND m.state = 'accepted'
            WHERE h.payout_id = p.id)
        AND NOT EXISTS (SELECT FROM settlement_match m WHERE m.payout_id = p.id AND m.state = 'accepted')
"""
_REFUSED = """
    SELECT h.line_id, h.claim_id, h.dispute_id FROM settlement_share h
    JOIN settlement_match m ON m.id = h.match_id AND m.state IN ('rejected', 'undone')
    JOIN ({open}) AS l ON l.id = h.line_id
"""
_STANDING = """
    SELECT m.id, m.way, m.expected, m.payout_id, h.line_id, h.claim_id, h.dispute_id, h.amount
    FROM ({open}) AS l
    JOIN settlement_match m ON m.id = l.match_id AND m.state = 'suggested'
    JOIN settlement_share h ON h.match_id = m.id AND h.line_id = l.id
    ORDER BY m.id, h.id
"""


def _opened(orders: Sequence[Order] | None) -> tuple[str, dict[str, Any]]:
    """The open lines as a statement, and what it is given."""
    if orders is None:
        return _OPEN.format(some=""), {}
    given = {"shops": [shop for shop, _number in orders], "orders": [number for _shop, number in orders]}
    return _OPEN.format(some=_SOME), given


def _load(session: Session, orders: Sequence[Order] | None) -> _Found:
    opened, given = _opened(orders)

    def rows(statement: str, **more: Any) -> Iterable[Any]:
        return session.execute(
            text(statement.format(open=opened, orders=_ORDERS.format(open=opened))), {**given, **more}
        )

    lines: dict[Group, list[Paid]] = defaultdict(list)
    for row in rows(_LINES):
        kind = IncidentType(row.type) if row.type else None
        paid = Paid(row.id, row.amount, row.paid_on, kind, row.return_number)
        lines[row.shop_id, row.order_number, row.currency].append(paid)
    owed: dict[Group, list[Owed]] = defaultdict(list)
    for row in rows(_CLAIMS, never=[state.value for state in NEVER]):
        owed[row.shop_id, row.order_number, row.currency].append(_claim(row))
    for row in rows(_DISPUTES):
        key = ("dispute", row.id)
        demand = Owed(key, (row.compensation,), (9,), return_number=row.return_number)
        owed[row.shop_id, row.order_number, row.currency].append(demand)
    booked: dict[Group, list[Booked]] = defaultdict(list)
    for row in rows(_PAYOUTS):
        payout = Booked(row.id, ("claim", row.claim_id), row.received_amount, row.paid_on)
        booked[row.shop_id, row.order_number, row.currency].append(payout)
    refused: dict[int, set[tuple[int, tuple[str, int]]]] = defaultdict(set)
    for row in rows(_REFUSED):
        refused[row.line_id].add((row.line_id, _key(row)))
    return _Found(lines, owed, booked, refused, _standing(rows(_STANDING)))


def _key(row: Any) -> tuple[str, int]:
    return ("claim", row.claim_id) if row.claim_id is not None else ("dispute", row.dispute_id)


def _standing(rows: Iterable[Any]) -> dict[int, Pair]:
    heads: dict[int, Any] = {}
    shares: dict[int, list[Share]] = defaultdict(list)
    for row in rows:
        heads[row.id] = row
        shares[row.id].append(Share(row.line_id, _key(row), row.amount))
    return {
        id: Pair(MatchWay(head.way), tuple(shares[id]), head.expected, head.payout_id) for id, head in heads.items()
    }


def _claim(row: Any) -> Owed:
    """A claim as something owed: what was granted, or what was offered, asked and capped while nobody granted anything."""
    state = ClaimState(row.state)
    kind = PayerKind(row.payer_kind)
    near = 0 if kind is PayerKind.PLATFORM else 1 if row.channel == FilingChannel.PLATFORM else 2
    how_far = 0 if state in GRANTED else 2 if state in UNFILED else 1
    rank = (near, how_far, int(row.since.timestamp()))
    return Owed(("claim", row.id), still_owed(row), rank, IncidentType(row.type), row.return_number)


def still_owed(claim: Any) -> tuple[Decimal, ...]:
    """What a claim (a row with its amounts and state) may still bring, the likeliest first; nothing where all of it came."""
    state = ClaimState(claim.state)
    if state in NEVER:
        return ()
    if state in (*GRANTED, ClaimState.PAID, ClaimState.CLOSED):
        likely = [claim.approved]
    else:
        likely = [claim.offered if state is ClaimState.OFFERED else None, claim.demand, claim.cap]
    rest = dict.fromkeys(one - claim.paid for one in likely if one is not None and one <= claim.demand)
    return tuple(one for one in rest if one > 0)


# A parcel without a case. Where the line does not say what happened, a parcel that never arrived is taken for lost; of one that did
# arrive a person has to say it, and of an order with several parcels which one.
_OFFER = """
    INSERT INTO incident_offer (shipment_id, type, cause, reason, import_id, created_at, state)
    SELECT DISTINCT ON (s.id, k.type) s.id, k.type, 'money',
        concat_ws(' ', nullif(l.said, ''), trim_scale(l.amount)::text, l.currency, l.paid_on::text), l.import_id, :now, 'open'
    FROM ({open}) AS l
    JOIN shipment s ON s.shop_id = l.shop_id AND s.order_number = l.order_number
    CROSS JOIN LATERAL (SELECT coalesce(l.type, CASE WHEN s.delivered_at IS NULL AND s.completed_at IS NULL
        AND s.status NOT IN ('delivered', 'completed', 'returned') THEN 'lost' END) AS type) AS k
    WHERE l.match_id IS NULL AND k.type IS NOT NULL
        AND NOT EXISTS (SELECT FROM shipment t WHERE t.shop_id = s.shop_id AND t.order_number = s.order_number AND t.id <> s.id)
        AND NOT EXISTS (SELECT FROM incident i WHERE i.shipment_id = s.id)
    ORDER BY s.id, k.type, l.paid_on, l.id
    ON CONFLICT DO NOTHING
"""


def _offer(session: Session, orders: Sequence[Order] | None, now: datetime) -> int:
    opened, given = _opened(orders)
    done = session.execute(text(_OFFER.format(open=opened)), {**given, "now": now})
    return int(done.rowcount)  # type: ignore[attr-defined]


# --- writing --------------------------------------------------------------------------------------------------------------


def _drop(session: Session, matches: Sequence[int]) -> None:
    """Take suggestions away that nobody decided meanwhile."""
    if not matches:
        return
    still = session.execute(
        text(
            "SELECT id FROM settlement_match WHERE id = ANY (CAST(:ids AS bigint[])) AND state = 'suggested' FOR UPDATE"
        ),
        {"ids": list(matches)},
    )
    ids = {"ids": list(still.scalars())}
    for statement in (
        "UPDATE settlement_line SET match_id = NULL WHERE match_id = ANY (CAST(:ids AS bigint[]))",
        "DELETE FROM settlement_share WHERE match_id = ANY (CAST(:ids AS bigint[]))",
        "DELETE FROM settlement_match WHERE id = ANY (CAST(:ids AS bigint[]))",
    ):
        session.execute(text(statement), ids)
    session.expire_all()


_DRAW = "SELECT nextval(pg_get_serial_sequence('settlement_match', 'id')) FROM generate_series(1, :n)"
_MATCHES = """
    INSERT INTO settlement_match (id, shop_id, state, way, amount, expected, currency, payout_id, made_at)
    SELECT id, shop_id, 'suggested', way, amount, expected, currency, payout_id, :now
    FROM unnest(CAST(:ids AS bigint[]), CAST(:shops AS int[]), CAST(:ways AS text[]), CAST(:amounts AS numeric[]),
        CAST(:expected AS numeric[]), CAST(:currencies AS text[]), CAST(:payouts AS bigint[]))
        AS n(id, shop_id, way, amount, expected, currency, payout_id)
"""
_SHARES = """
    INSERT INTO settlement_share (match_id, line_id, claim_id, dispute_id, amount, owed)
    SELECT n.match_id, n.line_id, n.claim_id, n.dispute_id, n.amount,
        CASE WHEN c.id IS NULL THEN d.compensation
            WHEN c.state IN ('approved', 'partly_approved', 'paid', 'closed') THEN coalesce(c.approved, 0) - c.paid
            ELSE c.demand - c.paid END
    FROM unnest(CAST(:matches AS bigint[]), CAST(:lines AS bigint[]), CAST(:claims AS bigint[]), CAST(:disputes AS bigint[]),
        CAST(:amounts AS numeric[])) AS n(match_id, line_id, claim_id, dispute_id, amount)
    LEFT JOIN claim c ON c.id = n.claim_id LEFT JOIN dispute d ON d.id = n.dispute_id
"""
_HOLD = """
    UPDATE settlement_line l SET match_id = n.match_id
    FROM (SELECT DISTINCT match_id, line_id FROM unnest(CAST(:matches AS bigint[]), CAST(:lines AS bigint[]))
        AS n(match_id, line_id)) AS n
    WHERE l.id = n.line_id AND l.match_id IS NULL AND l.twin_id IS NULL
"""


def _store(session: Session, pairs: Sequence[tuple[Group, Pair]], now: datetime) -> list[int]:
    """Write suggestions, three statements however many. Returns their ids."""
    if not pairs:
        return []
    ids = list(session.execute(text(_DRAW), {"n": len(pairs)}).scalars())
    session.execute(
        text(_MATCHES),
        {
            "now": now,
            "ids": ids,
            "shops": [group[0] for group, _one in pairs],
            "ways": [one.way.value for _group, one in pairs],
            "amounts": [sum((share.amount for share in one.shares), Decimal(0)) for _group, one in pairs],
            "expected": [one.expected for _group, one in pairs],
            "currencies": [group[2] for group, _one in pairs],
            "payouts": [one.payout for _group, one in pairs],
        },
    )
    shares = [(id, share) for id, (_group, one) in zip(ids, pairs, strict=True) for share in one.shares]
    matches, lines = [id for id, _share in shares], [share.line for _id, share in shares]
    session.execute(
        text(_SHARES),
        {
            "matches": matches,
            "lines": lines,
            "claims": [share.key[1] if share.key[0] == "claim" else None for _id, share in shares],
            "disputes": [share.key[1] if share.key[0] == "dispute" else None for _id, share in shares],
            "amounts": [share.amount for _id, share in shares],
        },
    )
    held = session.execute(text(_HOLD), {"matches": matches, "lines": lines})
    if held.rowcount != len(set(lines)):  # type: ignore[attr-defined]
        raise Conflict(_("Somebody is matching these lines at this very moment. Try it again."))
    session.expire_all()
    return ids


def propose(session: Session, group: Group, one: Pair, now: datetime) -> int:
    """Write one suggestion that a person made (inner). Returns its id."""
    return _store(session, [(group, one)], now)[0]


def drop(session: Session, matches: Sequence[int]) -> None:
    """Take suggestions away (inner)."""
    _drop(session, matches)
