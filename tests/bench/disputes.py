"""Ten thousand open disputes for the list to be measured on, written into a demo's database as rows."""

from __future__ import annotations

from sqlalchemy import text

from core.foundation import database

OPEN = 10_000

_FILL = text("""
    insert into dispute (shop_id, return_number, order_number, shipment_id, status, reason, solution, currency, amount, items, pictures,
        state, state_at, requested_at, response_due_at, response_basis, next_due_at, created_at, updated_at)
    select p.shop_id, '26BENCH' || lpad(n::text, 8, '0'), p.order_number, p.id, 'requested',
        (array['damaged', 'missing', 'not_received', 'wrong_item'])[1 + n % 4],
        (array['refund_only', 'return_refund'])[1 + n % 2], p.currency, p.value, '[]', '[]',
        (array['opened', 'opened', 'preparing', 'answered', 'judging', 'offered'])[1 + n % 6],
        now() - interval '1 day', now() - interval '1 day', now() + interval '1 minute' * (n - 200), 'given',
        case when n % 6 not in (3, 4) then now() + interval '1 minute' * (n - 200) end, now(), now()
    from (select *, row_number() over (order by id) as n from shipment order by id desc limit :count) p
    on conflict do nothing
""")


def fill(count: int = OPEN) -> None:
    """Put them in, unless an earlier run did."""
    with database.transaction() as session:
        session.execute(_FILL, {"count": count})
        session.execute(text("analyze dispute"))
