"""Income, adjustment and wallet files as kinds of the importers' pipeline: their lines are kept, and looked at for matches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.types import LargeBinary

from core.foundation.errors import WrongState
from core.foundation.formats import amount as written
from core.foundation.formats import day, listed
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor
from core.models import ImportRun, Shop
from core.models.settlement import SettlementKind, SettlementSource
from core.parcels.importers.kinds import MOST_SHOWN, Into, Notice, Plan, Rows
from core.parcels.importers.recognise import Recognised
from core.recovery.settlements import lines as reading
from core.recovery.settlements.lines import Lines, NewLine
from core.recovery.settlements.suggesting import Order, drop, look
from core.recovery.settlements.telling import same_money_within
from core.recovery.settlements.words import KIND_LABELS

_COMPENSATIONS = (SettlementKind.COMPENSATION, SettlementKind.TAKEN_BACK)
_NAMED = 3
"""Claims that a refusal names."""


@dataclass
class MoneyPlan(Plan):
    """The lines of a file: those that are new, and those that another file told before."""

    shop: Shop | None = None
    new: tuple[NewLine, ...] = ()
    again: tuple[NewLine, ...] = ()

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`: the lines, what of them other lists tell too, and what they may pay."""
        if self.shop is None:
            raise RuntimeError("a file of money without a shop")
        _keep(session, self.shop, run, self.new)
        _repeat(session, self.shop, run, self.again)
        orders = [
            (self.shop.id, one.order_number) for one in self.new if one.kind in _COMPENSATIONS and one.order_number
        ]
        if not orders:
            return
        _twin(session, run)
        found = look(session, sorted(set(orders)), now=now)
        self.counts["matches"], self.counts["offers"] = found.new, found.offered


class MoneyKind:
    """One of the three lists of money: rows → lines of one shop."""

    needs_shop = True

    def __init__(self, source: SettlementSource) -> None:
        self.source = source

    @property
    def table(self) -> str:
        """See `Kind.table`."""
        return _TABLES[self.source][0]

    @property
    def fields(self) -> tuple[str, ...]:
        """See `Kind.fields`."""
        return _TABLES[self.source][1]

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> MoneyPlan:
        """See `Kind.plan`."""
        if into.shop is None or into.market is None:
            raise RuntimeError("a file of money without a shop")
        read = self._read(found, rows, into)
        known = set() if into.is_new else _known(session, into.shop, [one.told for one in read.lines])
        fresh = [one for one in read.lines if one.told not in known]
        told = {} if into.is_new else _told_otherwise(session, into.shop, fresh)
        new = tuple(one for one in fresh if _same(one) not in told)
        compensations = [one for one in read.lines if one.kind in _COMPENSATIONS]
        return MoneyPlan(
            counts={
                "lines": len(read.lines),
                "compensations": len(compensations),
                "new": len(new),
                "unchanged": len(read.lines) - len(fresh),
            },
            refused=read.refused,
            notices=_notices(read),
            conflicts=[_conflict(one, told[_same(one)], into.shop.currency) for one in fresh if _same(one) in told],
            shown=[_words(one, into.shop.currency) for one in (compensations or read.lines)[:MOST_SHOWN]],
            shop=into.shop,
            new=new,
            again=tuple(one for one in read.lines if one.told in known),
        )

    def _read(self, found: Recognised, rows: Rows, into: Into) -> Lines:
        if into.market is None:
            raise RuntimeError("a file of money without a market")
        if self.source is SettlementSource.INCOME:
            at = found.columns.get("compensation")
            heading = found.headings[at].strip() if at is not None else ""
            return reading.read_income(rows, into.market, into.zone, heading)
        read = reading.read_wallet if self.source is SettlementSource.WALLET else reading.read_adjustments
        return read(rows, into.market, into.zone)

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`. Raises `WrongState` while a match or a case stands on one of the file's lines."""
        gone = {"run": run.id}
        _nothing_stands(session, run)
        orders: list[Order] = [(one.shop_id, one.order_number) for one in session.execute(text(_ORDERS_OF), gone)]
        session.execute(text(_REHOME), gone)
        session.execute(text("DELETE FROM settlement_repeat WHERE import_id = :run"), gone)
        drop(session, list(session.execute(text(_HELD), gone).scalars()))
        for statement in _DELETE:
            session.execute(text(statement), gone)
        session.expire_all()
        look(session, orders, now=now)
        return []


_TABLES: dict[SettlementSource, tuple[str, tuple[str, ...]]] = {
    SettlementSource.INCOME: ("income", reading.INCOME_FIELDS),
    SettlementSource.ADJUSTMENT: ("adjustments", reading.ADJUSTMENT_FIELDS),
    SettlementSource.WALLET: ("wallet", reading.WALLET_FIELDS),
}
KINDS = {kind.table: kind for kind in map(MoneyKind, SettlementSource)}
"""Field table → its kind, for the dict of all kinds."""


# --- planning -------------------------------------------------------------------------------------------------------------


def _known(session: Session, shop: Shop, told: Sequence[bytes]) -> set[bytes]:
    query = text("SELECT told FROM settlement_line WHERE shop_id = :shop AND told = ANY (:told)")
    query = query.bindparams(bindparam("told", type_=ARRAY(LargeBinary)))
    return {bytes(one) for one in session.execute(query, {"shop": shop.id, "told": list(told)}).scalars()}


Same = tuple[str, str, date, SettlementKind]


def _same(one: NewLine) -> Same:
    """What an income list has one line for: the order, the return, the day, the kind."""
    return one.order_number or "", one.return_number or "", one.paid_on, one.kind


def _told_otherwise(session: Session, shop: Shop, new: Sequence[NewLine]) -> dict[Same, Decimal]:
    """What earlier income lists told of the same orders, returns and days, with another amount."""
    orders = sorted({one.order_number for one in new if one.source is SettlementSource.INCOME and one.order_number})
    if not orders:
        return {}
    rows = session.execute(
        text(
            "SELECT order_number, coalesce(return_number, '') AS return_number, paid_on, kind, amount FROM settlement_line"
            " WHERE shop_id = :shop AND source = 'income' AND order_number = ANY (CAST(:orders AS text[]))"
        ),
        {"shop": shop.id, "orders": orders},
    )
    return {(row.order_number, row.return_number, row.paid_on, SettlementKind(row.kind)): row.amount for row in rows}


def _notices(read: Lines) -> list[Notice]:
    said: list[Notice] = []
    if read.items:
        said.append(
            (
                N_("{n} rows of single items repeat what the row of their order says: they are left out."),
                {"n": read.items},
            )
        )
    if read.waiting:
        said.append(
            (
                N_("{n} rows are money that has not moved: it counts once a later file says that it has."),
                {"n": read.waiting},
            )
        )
    return said


def _conflict(one: NewLine, there: Decimal, currency: str) -> Notice:
    return (
        N_("Order {order}, {day}: an earlier file says {there}, this one {here}. What the earlier one says stands."),
        {
            "order": one.order_number or "",
            "day": one.paid_on.isoformat(),
            "there": f"{Money(there, currency).amount} {currency}",
            "here": f"{one.amount} {currency}",
        },
    )


def _words(one: NewLine, currency: str) -> dict[str, str]:
    return {
        _("Row"): str(one.row),
        _("Order"): one.order_number or "",
        _("Kind"): _(KIND_LABELS[one.kind]),
        _("Amount"): written(Money(one.amount, currency)),
        _("Paid on"): day(one.paid_on, year=True),
        _("The file's words"): one.said,
    }


# --- writing --------------------------------------------------------------------------------------------------------------

_INSERT = text(
    """
    INSERT INTO settlement_line
        (shop_id, import_id, row, source, kind, rule, type, order_number, return_number, amount, currency, paid_on, said, told)
    SELECT :shop, :run, row, source, kind, rule, type, order_number, return_number, amount, :currency, paid_on, said, told
    FROM unnest(CAST(:rows AS int[]), CAST(:sources AS text[]), CAST(:kinds AS text[]), CAST(:rules AS text[]),
        CAST(:types AS text[]), CAST(:orders AS text[]), CAST(:returns AS text[]), CAST(:amounts AS numeric[]),
        CAST(:days AS date[]), CAST(:said AS text[]), :told)
        AS n(row, source, kind, rule, type, order_number, return_number, amount, paid_on, said, told)
    ON CONFLICT (shop_id, told) DO NOTHING
    """
).bindparams(bindparam("told", type_=ARRAY(LargeBinary)))
_REPEAT = text(
    """
    INSERT INTO settlement_repeat (import_id, line_id, row)
    SELECT :run, l.id, n.row FROM unnest(CAST(:rows AS int[]), :told) AS n(row, told)
    JOIN settlement_line l ON l.shop_id = :shop AND l.told = n.told AND l.import_id <> :run
    ON CONFLICT DO NOTHING
    """
).bindparams(bindparam("told", type_=ARRAY(LargeBinary)))


def _keep(session: Session, shop: Shop, run: ImportRun, new: Sequence[NewLine]) -> None:
    if not new:
        return
    session.execute(
        _INSERT,
        {
            "shop": shop.id,
            "run": run.id,
            "currency": shop.currency,
            "rows": [one.row for one in new],
            "sources": [one.source.value for one in new],
            "kinds": [one.kind.value for one in new],
            "rules": [one.rule for one in new],
            "types": [one.type.value if one.type else None for one in new],
            "orders": [one.order_number for one in new],
            "returns": [one.return_number for one in new],
            "amounts": [one.amount for one in new],
            "days": [one.paid_on for one in new],
            "said": [one.said for one in new],
            "told": [one.told for one in new],
        },
    )


def _repeat(session: Session, shop: Shop, run: ImportRun, again: Sequence[NewLine]) -> None:
    if again:
        given = {"rows": [one.row for one in again], "told": [one.told for one in again]}
        session.execute(_REPEAT, {"run": run.id, "shop": shop.id, **given})


# The wallet tells what income lists tell: a line of the same order and amount, a few days apart, is the same money. Each stands for
# one at most: the nth of the one for the nth of the other.
_TWIN = text(
    """
    WITH fresh AS (
        SELECT l.*, row_number() OVER (PARTITION BY order_number, amount, source = 'wallet' ORDER BY paid_on, id) AS nth
        FROM settlement_line l
        WHERE import_id = :run AND kind IN ('compensation', 'taken_back') AND order_number IS NOT NULL
    ), there AS (
        SELECT o.*, row_number() OVER (PARTITION BY o.order_number, o.amount, o.source = 'wallet' ORDER BY o.paid_on, o.id) AS nth
        FROM settlement_line o
        WHERE o.import_id <> :run AND o.kind IN ('compensation', 'taken_back') AND o.twin_id IS NULL
            AND NOT EXISTS (SELECT FROM settlement_line t WHERE t.twin_id = o.id)
            AND EXISTS (SELECT FROM fresh f WHERE f.shop_id = o.shop_id AND f.order_number = o.order_number
                AND f.amount = o.amount AND (f.source = 'wallet') <> (o.source = 'wallet')
                AND abs(f.paid_on - o.paid_on) <= :days)
    )
    UPDATE settlement_line l SET twin_id = there.id
    FROM fresh JOIN there ON there.shop_id = fresh.shop_id AND there.order_number = fresh.order_number
        AND there.amount = fresh.amount AND (there.source = 'wallet') <> (fresh.source = 'wallet') AND there.nth = fresh.nth
        AND abs(there.paid_on - fresh.paid_on) <= :days
    WHERE l.id = fresh.id
    """
)


def _twin(session: Session, run: ImportRun) -> None:
    """Mark the lines that tell money which another list has told already."""
    session.execute(_TWIN, {"run": run.id, "days": same_money_within().days})


# --- deleting -------------------------------------------------------------------------------------------------------------

# The file's lines that no other file told.
_GONE = """(SELECT l.id FROM settlement_line l WHERE l.import_id = :run
    AND NOT EXISTS (SELECT FROM settlement_repeat r WHERE r.line_id = l.id AND r.import_id <> :run))"""
_ORDERS_OF = """SELECT DISTINCT shop_id, order_number FROM settlement_line
    WHERE import_id = :run AND order_number IS NOT NULL AND kind IN ('compensation', 'taken_back')"""
_REHOME = """
    UPDATE settlement_line l SET import_id = r.import_id, row = r.row
    FROM (SELECT DISTINCT ON (line_id) line_id, import_id, row FROM settlement_repeat WHERE import_id <> :run
        ORDER BY line_id, import_id) AS r
    WHERE l.import_id = :run AND r.line_id = l.id
"""
_HELD = f"""SELECT DISTINCT m.id FROM settlement_match m JOIN settlement_share h ON h.match_id = m.id
    WHERE m.state = 'suggested' AND h.line_id IN {_GONE}"""  # noqa: S608 -- our own text
_DELETE = (
    # A line that was re-homed stands in its further file by itself.
    """DELETE FROM settlement_repeat r USING settlement_line l WHERE l.id = r.line_id AND l.import_id = r.import_id""",
    f"UPDATE settlement_line SET twin_id = NULL WHERE twin_id IN {_GONE}",  # noqa: S608
    f"DELETE FROM settlement_share WHERE line_id IN {_GONE}",  # noqa: S608
    """DELETE FROM settlement_match m WHERE m.state IN ('rejected', 'undone')
        AND NOT EXISTS (SELECT FROM settlement_share h WHERE h.match_id = m.id)""",
    "DELETE FROM incident_offer WHERE import_id = :run AND cause = 'money'",
    f"DELETE FROM settlement_line WHERE id IN {_GONE}",  # noqa: S608
)


def _nothing_stands(session: Session, run: ImportRun) -> None:
    """Raise `WrongState` naming the claims and cases that rest on the file's lines."""
    matched = session.execute(
        text(
            f"SELECT DISTINCT coalesce(c.reference, d.return_number) FROM settlement_share h"  # noqa: S608
            f" JOIN settlement_match m ON m.id = h.match_id AND m.state = 'accepted'"
            f" LEFT JOIN claim c ON c.id = h.claim_id LEFT JOIN dispute d ON d.id = h.dispute_id"
            f" WHERE h.line_id IN {_GONE} ORDER BY 1"
        ),
        {"run": run.id},
    ).scalars()
    if names := [str(one) for one in matched]:
        raise WrongState(
            _(
                "Compensation of this file is matched: {claims}. Take these matches back first.",
                claims=listed(names[:_NAMED]) + ("…" if len(names) > _NAMED else ""),
            )
        )
    taken = session.execute(
        text(
            "SELECT i.reference FROM incident_offer o JOIN incident i ON i.id = o.incident_id"
            " WHERE o.import_id = :run AND o.cause = 'money' AND o.state = 'taken' ORDER BY i.id"
        ),
        {"run": run.id},
    ).scalars()
    if cases := [str(one) for one in taken]:
        raise WrongState(
            _(
                "Cases were made of what this file told: {cases}. It stays as long as they do.",
                cases=listed(cases[:_NAMED]),
            )
        )
