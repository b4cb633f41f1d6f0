"""What people decide to give in disputes counts into every limit."""

from __future__ import annotations

import hashlib
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# What was given before this table was there, with what the limits add up over. What it was worth in the base currency was not kept:
# it stands in the case's own, which the limits convert.
BEFORE = """
SELECT step.id AS step_id, step.dispute_id, dispute.incident_id, dispute.currency, step.amount, step.at, step.person_id,
    shop.id AS shop_id, shop.zone, parcel.order_number, parcel.buyer_username, parcel.carrier_id, parcel.market AS sold_in,
    coalesce(parcel.accepted_at, parcel.shipped_at) AS handed_at
FROM dispute_step step
JOIN dispute ON dispute.id = step.dispute_id
JOIN incident ON incident.id = dispute.incident_id
JOIN shipment parcel ON parcel.id = incident.shipment_id
JOIN shop ON shop.id = parcel.shop_id
WHERE step.by = 'person' AND step.action IN ('counter', 'accept_offer', 'concede') AND step.amount > 0
ORDER BY step.id
"""


def upgrade() -> None:
    _table()
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON dispute_gift "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON dispute_gift "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
    _before()


def _table() -> None:
    amount, moment = sa.Numeric(precision=20, scale=4), sa.DateTime(timezone=True)
    op.create_table(
        "dispute_gift",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("step_id", sa.BigInteger(), nullable=False),
        sa.Column("dispute_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("base_currency", sa.CHAR(3), nullable=False),
        sa.Column("base_amount", amount, nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("buyer_key", sa.Text(), nullable=False),
        sa.Column("batch_key", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("authority_of", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0 and base_amount > 0", name=op.f("ck_dispute_gift_amounts_positive")),
        sa.ForeignKeyConstraint(["authority_of"], ["person.id"], name=op.f("fk_dispute_gift_authority_of_person")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_gift_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_dispute_gift_incident_id_incident")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_gift_person_id_person")),
        sa.ForeignKeyConstraint(["step_id"], ["dispute_step.id"], name=op.f("fk_dispute_gift_step_id_dispute_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_gift")),
        sa.UniqueConstraint("step_id", name=op.f("uq_dispute_gift_step_id")),
    )
    op.create_index(op.f("ix_dispute_gift_dispute_id"), "dispute_gift", ["dispute_id"])
    op.create_index(op.f("ix_dispute_gift_incident_id"), "dispute_gift", ["incident_id"])
    op.create_index("ix_dispute_gift_order", "dispute_gift", ["order_key"])
    for name, column in (("buyer", "buyer_key"), ("batch", "batch_key"), ("person", "person_id")):
        op.create_index(f"ix_dispute_gift_{name}", "dispute_gift", [column, "at"])
    op.create_index("ix_dispute_gift_authority", "dispute_gift", ["authority_of", "at"])


def _before() -> None:
    connection = op.get_bind()
    rows = [_row(one) for one in connection.execute(sa.text(BEFORE)).mappings()]
    if rows:
        names = list(rows[0])
        connection.execute(
            sa.text(f"INSERT INTO dispute_gift ({', '.join(names)}) VALUES ({', '.join(f':{one}' for one in names)})"),  # noqa: S608 -- our own names
            rows,
        )


def _row(one: Any) -> dict[str, Any]:
    """As `core.money.authority.keys` told them when this was written."""
    order = f"{one['shop_id']}:{one['order_number']}"
    handed = one["handed_at"]
    day = handed.astimezone(ZoneInfo(one["zone"])).date().isoformat() if handed is not None else "?"
    name = (one["buyer_username"] or "").strip().casefold()
    buyer = f"{one['sold_in']}\n{name}" if name and "*" not in name else order
    return {
        **{
            name: one[name]
            for name in ("step_id", "dispute_id", "incident_id", "currency", "amount", "at", "person_id")
        },
        "base_currency": one["currency"],
        "base_amount": one["amount"],
        "order_key": order,
        "buyer_key": hashlib.sha256(buyer.encode()).hexdigest()[:32],
        "batch_key": f"{one['carrier_id'] or '?'}:{one['sold_in']}:{day}",
        "authority_of": one["person_id"],
    }
