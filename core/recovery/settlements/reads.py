"""The platform's money as a screen shows it: suggestions with their reason, lines that wait and why, what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation.config import settings
from core.foundation.errors import Refusal
from core.foundation.formats import amount as written
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models.claim import ClaimState
from core.models.incident import IncidentType
from core.models.rule import PayerKind
from core.models.settlement import MatchState, MatchWay, SettlementSource
from core.money import rates
from core.recovery.settlements.suggesting import UNFILED

PAGE = 20
LONGEST_SEARCH = 80


class Group(StrEnum):
    """What a line, or the match that holds it, waits for."""

    SUGGESTED = "suggested"
    NO_CASE = "no_case"
    NO_CLAIM = "no_claim"
    UNKNOWN = "unknown"
    TWICE = "twice"
    TAKEN_BACK = "taken_back"
    MATCHED = "matched"


GROUP_LABELS: dict[Group, str] = {
    Group.SUGGESTED: N_("To accept"),
    Group.NO_CASE: N_("Without a case"),
    Group.NO_CLAIM: N_("No fitting claim"),
    Group.UNKNOWN: N_("Unknown parcel"),
    Group.TWICE: N_("Told twice"),
    Group.TAKEN_BACK: N_("Taken back"),
    Group.MATCHED: N_("Matched"),
}
OF_MATCHES = (Group.SUGGESTED, Group.MATCHED)
"""Groups of matches; the others are groups of lines."""


@dataclass(frozen=True)
class LineRow:
    """A line of money: `number` is the parcel's tracking number or its order's, `cases` the references of the order's cases."""

    id: int
    source: SettlementSource
    amount: Money
    paid_on: date
    said: str
    order_number: str | None
    return_number: str | None
    type: IncidentType | None
    shop: str
    file_name: str
    row: int
    number: str | None = None
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """What a match pays: a claim, or a dispute where no claim stands for it. `amount` is its share, `owed` what it could still bring.

    `unfiled`: nothing can be booked on it before it is filed. `back`: a payout made of it was taken back since.
    """

    reference: str
    is_claim: bool
    case: str | None
    payer: str
    payer_kind: PayerKind | None
    state: ClaimState | None
    amount: Money
    owed: Money | None
    unfiled: bool
    back: bool


@dataclass(frozen=True)
class MatchRow:
    """A match: its lines, what they pay, and how sure that is. `by` and `decided_at` are of whoever decided."""

    id: int
    state: MatchState
    way: MatchWay
    amount: Money
    expected: Money | None
    payout: str | None
    lines: tuple[LineRow, ...]
    targets: tuple[Target, ...]
    by: str | None
    decided_at: datetime | None

    @property
    def exact(self) -> bool:
        """Whether what came is what was owed, so that it can be taken along with others."""
        sure = (MatchWay.ONE, MatchWay.SEVERAL_LINES, MatchWay.SEVERAL_CLAIMS, MatchWay.BOOKED)
        return self.way in sure and not any(one.unfiled for one in self.targets)


@dataclass(frozen=True)
class Wanted:
    """Which lines or matches: a group, words (order, tracking, claim, case or return number), a shop."""

    group: Group = Group.SUGGESTED
    text: str = ""
    shop: int | None = None


@dataclass(frozen=True)
class Overview:
    """How many of each group, what the suggestions come to, and what is granted and in no file yet.

    `awaited` claims are granted and not paid, with no line for them: not missing, while files reach to `reach` only. The sums are in
    the base currency at rates of `rates_on`, the oldest that was used; None where a rate is missing.
    """

    counts: dict[Group, int]
    suggested: Money | None
    awaited: int
    awaited_sum: Money | None
    reach: date | None
    rates_on: date | None


_OPEN = "l.kind = 'compensation' AND l.match_id IS NULL AND l.twin_id IS NULL"
_PARCEL = "EXISTS (SELECT FROM shipment s WHERE s.shop_id = l.shop_id AND s.order_number = l.order_number)"
_CASE = """EXISTS (SELECT FROM shipment s JOIN incident i ON i.shipment_id = s.id
    WHERE s.shop_id = l.shop_id AND s.order_number = l.order_number)"""
_LINES: dict[Group, str] = {
    Group.NO_CASE: f"{_OPEN} AND {_PARCEL} AND NOT {_CASE}",
    Group.NO_CLAIM: f"{_OPEN} AND {_CASE}",
    Group.UNKNOWN: f"{_OPEN} AND NOT {_PARCEL}",
    Group.TWICE: "l.twin_id IS NOT NULL",
    Group.TAKEN_BACK: "l.kind = 'taken_back' AND l.twin_id IS NULL",
}
_STATES = {Group.SUGGESTED: "suggested", Group.MATCHED: "accepted"}
# Words name an order, however: each way is asked of its own index once, not of every line.
_NAMED = """(
    SELECT shop_id, order_number FROM settlement_line WHERE order_number = :words OR return_number = :words
    UNION SELECT shop_id, order_number FROM shipment WHERE tracking_number = :words
    UNION SELECT s.shop_id, s.order_number FROM incident i JOIN shipment s ON s.id = i.shipment_id WHERE i.reference = :words
    UNION SELECT s.shop_id, s.order_number FROM claim c JOIN incident i ON i.id = c.incident_id
        JOIN shipment s ON s.id = i.shipment_id WHERE c.reference = :words OR c.case_number = :words
)"""
_OF_SHOP = " AND l.shop_id = :shop"
_OF_WORDS = f" AND (l.shop_id, l.order_number) IN {_NAMED}"


def _narrow(wanted: Wanted) -> str:
    """The part of a WHERE on lines `l` that leaves out what is not wanted."""
    return (_OF_SHOP if wanted.shop is not None else "") + (_OF_WORDS if wanted.text.strip() else "")


@read(Permission.SETTLEMENT_READ)
def overview(session: Session, *, actor: Actor, now: datetime) -> Overview:
    """The counts of all groups and the sums beside them."""
    counts = {
        group: session.scalar(text(f"SELECT count(*) FROM settlement_line l WHERE {where}")) or 0  # noqa: S608 -- ours
        for group, where in _LINES.items()
    }
    for group, state in _STATES.items():
        held = text("SELECT count(*) FROM settlement_match WHERE state = :state")
        counts[group] = session.scalar(held, {"state": state}) or 0
    sums = session.execute(
        text("SELECT currency, sum(amount) AS total FROM settlement_match WHERE state = 'suggested' GROUP BY 1")
    ).all()
    awaited = session.execute(text(_AWAITED)).all()
    suggested, first = _together(session, sums, now.date())
    awaited_sum, second = _together(session, awaited, now.date())
    return Overview(
        counts={group: counts[group] for group in Group},
        suggested=suggested,
        awaited=sum(row.n for row in awaited),
        awaited_sum=awaited_sum,
        reach=session.scalar(text("SELECT max(paid_on) FROM settlement_line")),
        rates_on=min((one for one in (first, second) if one is not None), default=None),
    )


def _together(session: Session, sums: Sequence[Any], on: date) -> tuple[Money | None, date | None]:
    """Sums of several currencies in the base currency, and the day of the oldest rate that was needed."""
    base = settings().base_currency
    total, oldest = Money.zero(base), None
    for row in sums:
        money = Money(row.total, row.currency)
        try:
            found = rates.convert(session, money, base, on)
        except Refusal:
            return None, None
        total = total + found.money
        if row.currency != base and found.on_date is not None:
            oldest = min(oldest or found.on_date, found.on_date)
    return total, oldest


_AWAITED = """
    SELECT c.currency, count(*) AS n, sum(c.approved - c.paid) AS total FROM claim c
    WHERE c.state IN ('approved', 'partly_approved') AND c.approved > c.paid AND NOT EXISTS (
        SELECT FROM settlement_share h JOIN settlement_match m ON m.id = h.match_id AND m.state = 'suggested'
        WHERE h.claim_id = c.id)
    GROUP BY c.currency ORDER BY 3 DESC
"""


@read(Permission.SETTLEMENT_READ)
def list_lines(session: Session, wanted: Wanted, *, actor: Actor, page: int = 1) -> tuple[list[LineRow], int]:
    """A page of a group of lines, the latest first, and how many there are in all."""
    where = f"FROM settlement_line l WHERE {_LINES[wanted.group]}{_narrow(wanted)}"
    given = _given(wanted)
    total = session.scalar(text(f"SELECT count(*) {where}"), given) or 0
    ids = session.scalars(
        text(f"SELECT l.id {where} ORDER BY l.paid_on DESC, l.id DESC LIMIT :n OFFSET :skip"),
        {**given, "n": PAGE, "skip": PAGE * (page - 1)},
    ).all()
    found = _lines(session, ids)
    return [found[one] for one in ids], total


@read(Permission.SETTLEMENT_READ)
def list_matches(session: Session, wanted: Wanted, *, actor: Actor, page: int = 1) -> tuple[list[MatchRow], int]:
    """A page of suggestions, the largest first, or of what was accepted, the latest first; and how many there are in all."""
    # Behind the words and the shop stand a match's lines.
    narrow = _narrow(wanted)
    lines = f"SELECT h.match_id FROM settlement_line l JOIN settlement_share h ON h.line_id = l.id WHERE true{narrow}"  # noqa: S608
    where = "FROM settlement_match m WHERE m.state = :state" + (f" AND m.id IN ({lines})" if narrow else "")
    given = {**_given(wanted), "state": _STATES[wanted.group]}
    total = session.scalar(text(f"SELECT count(*) {where}"), given) or 0
    order = "m.amount DESC, m.id" if wanted.group is Group.SUGGESTED else "m.decided_at DESC, m.id DESC"
    ids = session.scalars(
        text(f"SELECT m.id {where} ORDER BY {order} LIMIT :n OFFSET :skip"),
        {**given, "n": PAGE, "skip": PAGE * (page - 1)},
    ).all()
    return _matches(session, ids), total


@read(Permission.SETTLEMENT_READ)
def claims_of_line(session: Session, line_id: int, *, actor: Actor) -> list[Target]:
    """The claims of a line's order, whatever their state: what a person may match it with by hand."""
    rows = session.execute(text(_OF_ORDER), {"line": line_id})
    return [_target(row, row.currency) for row in rows]


def reason(match: MatchRow) -> str:
    """Why the lines and what they pay are thought to belong together, as a sentence in the reader's language (inner)."""
    expected = written(match.expected) if match.expected is not None else ""
    sentences = {
        MatchWay.ONE: N_("What came is what is owed, {expected}, to the smallest unit."),
        MatchWay.SEVERAL_LINES: N_("{n} lines together are what is owed, {expected}."),
        MatchWay.SEVERAL_CLAIMS: N_("One line is what {m} demands of this order are owed together, {expected}."),
        MatchWay.PART: N_("Less came than is owed, {expected}: accepting it approves the claim for this part."),
        MatchWay.MORE: N_("More came than is owed, {expected}: what is beyond it is booked as owed back to the payer."),
        MatchWay.BOOKED: N_("This payout stands in the books already, as {payout}: accepting it books nothing twice."),
        MatchWay.HAND: N_("A person put them together."),
    }
    return _(
        sentences[match.way], expected=expected, n=len(match.lines), m=len(match.targets), payout=match.payout or ""
    )


def _given(wanted: Wanted) -> dict[str, Any]:
    return {"shop": wanted.shop, "words": wanted.text.strip()[:LONGEST_SEARCH].upper()}


_LINE = text(
    """
    SELECT l.id, l.source, l.amount, l.currency, l.paid_on, l.said, l.order_number, l.return_number, l.type, l.row,
        p.name AS shop, r.file_name, s.number, s.cases
    FROM settlement_line l JOIN shop p ON p.id = l.shop_id JOIN import_run r ON r.id = l.import_id
    LEFT JOIN LATERAL (
        SELECT min(coalesce(s.tracking_number, s.order_number)) AS number,
            array_agg(DISTINCT i.reference) FILTER (WHERE i.id IS NOT NULL) AS cases
        FROM shipment s LEFT JOIN incident i ON i.shipment_id = s.id
        WHERE s.shop_id = l.shop_id AND s.order_number = l.order_number
    ) AS s ON true
    WHERE l.id = ANY (CAST(:ids AS bigint[]))
    """
)


def _lines(session: Session, ids: Sequence[int]) -> dict[int, LineRow]:
    return {
        row.id: LineRow(
            row.id,
            SettlementSource(row.source),
            Money(row.amount, row.currency),
            row.paid_on,
            row.said,
            row.order_number,
            row.return_number,
            IncidentType(row.type) if row.type else None,
            row.shop,
            row.file_name,
            row.row,
            row.number,
            tuple(row.cases or ()),
        )
        for row in session.execute(_LINE, {"ids": list(ids)})
    }


_MATCH = text(
    """
    SELECT m.id, m.state, m.way, m.amount, m.expected, m.currency, p.reference AS payout, e.name AS by, m.decided_at
    FROM settlement_match m LEFT JOIN payout p ON p.id = m.payout_id LEFT JOIN person e ON e.id = m.decided_by
    WHERE m.id = ANY (CAST(:ids AS bigint[]))
    """
)
_SHARE = text(
    """
    SELECT h.match_id, h.line_id, h.amount, h.owed, c.id AS claim_id, coalesce(c.reference, d.return_number) AS reference,
        coalesce(ci.reference, di.reference) AS "case", coalesce(c.payer_name, '') AS payer, c.payer_kind, c.state,
        EXISTS (SELECT FROM payout_reversal r WHERE r.payout_id = h.payout_id) AS back
    FROM settlement_share h
    LEFT JOIN claim c ON c.id = h.claim_id LEFT JOIN incident ci ON ci.id = c.incident_id
    LEFT JOIN dispute d ON d.id = h.dispute_id LEFT JOIN incident di ON di.id = d.incident_id
    WHERE h.match_id = ANY (CAST(:ids AS bigint[]))
    ORDER BY h.id
    """
)
_OF_ORDER = """
    SELECT c.id AS claim_id, c.reference, i.reference AS "case", c.payer_name AS payer, c.payer_kind, c.state, c.currency,
        greatest(coalesce(c.approved, c.demand) - c.paid, 0) AS owed, 0 AS amount, false AS back
    FROM settlement_line l JOIN shipment s ON s.shop_id = l.shop_id AND s.order_number = l.order_number
    JOIN incident i ON i.shipment_id = s.id JOIN claim c ON c.incident_id = i.id
    WHERE l.id = :line ORDER BY c.id LIMIT 20
"""


def _target(row: Any, currency: str, amount: Decimal | None = None) -> Target:
    state = ClaimState(row.state) if row.state else None
    return Target(
        row.reference,
        row.claim_id is not None,
        row.case,
        row.payer,
        PayerKind(row.payer_kind) if row.payer_kind else None,
        state,
        Money(row.amount if amount is None else amount, currency),
        Money(row.owed, currency) if row.owed is not None else None,
        state in UNFILED,
        row.back,
    )


def _matches(session: Session, ids: Sequence[int]) -> list[MatchRow]:
    heads = {row.id: row for row in session.execute(_MATCH, {"ids": list(ids)})}
    shares: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_SHARE, {"ids": list(ids)}):
        shares[row.match_id].append(row)
    lines = _lines(session, [row.line_id for some in shares.values() for row in some])
    return [_match(heads[one], shares[one], lines) for one in ids]


def _match(head: Any, shares: Sequence[Any], lines: dict[int, LineRow]) -> MatchRow:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for row in shares:
        sums[row.reference] += row.amount
    first = {row.reference: row for row in reversed(shares)}
    return MatchRow(
        head.id,
        MatchState(head.state),
        MatchWay(head.way),
        Money(head.amount, head.currency),
        Money(head.expected, head.currency) if head.expected is not None else None,
        head.payout,
        tuple(lines[one] for one in dict.fromkeys(row.line_id for row in shares)),
        tuple(
            _target(first[name], head.currency, sums[name]) for name in dict.fromkeys(row.reference for row in shares)
        ),
        head.by,
        head.decided_at,
    )
