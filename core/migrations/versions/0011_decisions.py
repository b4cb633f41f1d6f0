"""What was decided about a channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

DECIDED = ("keep", "watch", "trial", "drop")


def upgrade() -> None:
    op.create_table(
        "channel_decision",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("market", sa.CHAR(length=2), nullable=False),
        sa.Column(
            "decided",
            sa.Enum(*DECIDED, name="decided", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("again_on", sa.Date(), nullable=True),
        sa.Column("numbers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_channel_decision_has_a_reason")),
        sa.ForeignKeyConstraint(["carrier_id"], ["carrier.id"], name=op.f("fk_channel_decision_carrier_id_carrier")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_channel_decision_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_decision")),
    )
    op.create_index(op.f("ix_channel_decision_again_on"), "channel_decision", ["again_on"])
    op.create_index(
        op.f("ix_channel_decision_carrier_id_market_id"), "channel_decision", ["carrier_id", "market", "id"]
    )
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON channel_decision "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON channel_decision "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
