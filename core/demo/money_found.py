"""Money that came: an income list and a wallet of two English-speaking shops, this morning, with compensation for some of their cases.

Most lines fit a claim; some are a part, or come in two, or are for a parcel nobody has taken in, or are told by both files.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import text

from core.demo import workbooks
from core.demo.ground import Ground
from core.demo.scripts import HOURS
from core.parcels.importers import import_file
from core.recovery import settlements

MARKETS = ("MY", "SG", "PH")
CLAIMS, LOOSE = 9, 3
"""Claims of a shop that are paid, and parcels without a case that are."""

INCOME = (
    "View By",
    "Order ID",
    "refund id",
    "Payout Completed Date",
    "Product Price",
    "Lost Compensation",
    "Total Released Amount",
)
WALLET = (
    "Date", "Transaction Type", "Description", "Order ID", "Money Direction", "Amount", "Status", "Balance After Transactions",
)  # fmt: skip

_SHOPS = text(
    """
    SELECT p.id, p.name FROM shop p JOIN incident i ON i.shop_id = p.id JOIN claim c ON c.incident_id = i.id
    WHERE p.market = ANY (CAST(:markets AS text[])) AND c.state IN ('approved', 'partly_approved', 'submitted', 'in_review')
        AND i.state <> 'closed'
    GROUP BY p.id, p.name ORDER BY count(*) DESC, p.id LIMIT 2
    """
)
_CLAIMS = text(
    """
    SELECT DISTINCT ON (s.order_number) s.order_number, coalesce(c.approved, c.demand) - c.paid AS owed
    FROM claim c JOIN incident i ON i.id = c.incident_id JOIN shipment s ON s.id = i.shipment_id
    WHERE i.shop_id = :shop AND i.state <> 'closed' AND c.currency = s.currency
        AND c.state IN ('approved', 'partly_approved', 'submitted', 'in_review')
        AND coalesce(c.approved, c.demand) - c.paid > 1
    ORDER BY s.order_number DESC, c.id LIMIT :n
    """
)
_LOOSE = text(
    """
    SELECT s.order_number, s.value FROM shipment s
    WHERE s.shop_id = :shop AND s.status = 'shipped' AND s.delivered_at IS NULL AND s.shipped_at < :old
        AND NOT EXISTS (SELECT FROM incident i WHERE i.shipment_id = s.id)
    ORDER BY s.shipped_at DESC, s.id LIMIT :n
    """
)


def come(base: Ground) -> int:
    """Both files of both shops; how many matches they bring. Nobody has decided about them yet."""
    found = 0
    for shop in base.session.execute(_SHOPS, {"markets": list(MARKETS)}).all():
        given = {"shop": shop.id, "n": CLAIMS}
        owed = base.session.execute(_CLAIMS, given).all()
        loose = base.session.execute(_LOOSE, {"shop": shop.id, "n": LOOSE, "old": base.now - timedelta(days=20)}).all()
        if not owed:
            continue
        income, wallet = _rows(
            base, [(row.order_number, row.owed) for row in owed], [(row.order_number, row.value) for row in loose]
        )
        for name, headings, rows in (
            ("Income.released", INCOME, income),
            ("my_balance_transaction_report", WALLET, wallet),
        ):
            out = io.BytesIO()
            workbooks.write(out, headings, rows)
            result = import_file(
                base.session,
                out.getvalue(),
                actor=base.desk.team.agents[0],
                shop=shop.name,
                file_name=f"{name}.{base.now:%Y%m%d}.xlsx",
                kinds=settlements.KINDS,
                now=base.now - 2 * HOURS,
            )
            found += result.more.get("matches", 0)
    return found


def _rows(
    base: Ground, owed: Sequence[tuple[str, Decimal]], loose: Sequence[tuple[str, Decimal]]
) -> tuple[list[Sequence[str]], list[Sequence[str]]]:
    """The rows of the income list and of the wallet. Every third claim is paid by the wallet, the others by the income list."""
    day = (base.now - timedelta(days=3)).date()
    income: list[Sequence[str]] = []
    wallet: list[Sequence[str]] = []
    balance = Decimal(1000)

    def released(order: str, amount: Decimal) -> None:
        income.append(("Order", order, "", day.isoformat(), "0.00", f"{amount:.2f}", f"{amount:.2f}"))
        income.append(("Sku", order, "", day.isoformat(), "0.00", f"{amount:.2f}", f"{amount:.2f}"))

    def moved(order: str, amount: Decimal, words: str) -> None:
        nonlocal balance
        balance += amount
        at = f"{day:%Y-%m-%d} 10:{len(wallet):02d}:00"
        wallet.append((at, "Adjustment", words, order, "In", f"{amount:.2f}", "Completed", f"{balance:.2f}"))

    for place, (order, amount) in enumerate(owed):
        if place == 1:
            released(order, (amount * Decimal("0.6")).quantize(Decimal("0.01")))
        elif place == 3:
            half = (amount * Decimal("0.4")).quantize(Decimal("0.01"))
            released(order, half)
            moved(order, amount - half, "Lost parcel compensation, second part")
        elif place % 3 == 2:
            moved(order, amount, "Lost parcel compensation")
        else:
            released(order, amount)
        if place == 0:
            moved(order, amount, "Lost parcel compensation")
    for order, value in loose:
        released(order, value)
    moved("", Decimal("18.50"), "Compensation for lost parcel, weekly settlement")
    return income, wallet
