"""A voucher has a message of its own."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

SITUATIONS = (
    "apology",
    "photos",
    "reminder",
    "where",
    "lost",
    "reship",
    "refund",
    "partial",
    "voucher",
    "waiting",
    "closing",
    "thanks",
)


def upgrade() -> None:
    allowed = ", ".join(f"'{one}'" for one in SITUATIONS)
    for table in ("message", "message_template"):
        name = op.f(f"ck_{table}_situation")
        op.drop_constraint(name, table, type_="check")
        op.create_check_constraint(name, table, f"situation IN ({allowed})")
