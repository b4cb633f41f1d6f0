"""Saved views, and the indexes that claims of one payer or market, paused and escalated ones come off."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("screen", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("shared", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("pinned", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("name <> '' and screen <> ''", name=op.f("ck_saved_view_named")),
        sa.CheckConstraint("jsonb_typeof(query) = 'object'", name=op.f("ck_saved_view_query_is_an_object")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_saved_view_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
    )
    op.create_index(
        "uq_saved_view_name", "saved_view", ["owner_id", "screen", sa.literal_column("lower(name)")], unique=True
    )
    op.create_index("ix_saved_view_shared", "saved_view", ["screen"], postgresql_where=sa.text("shared"))
    op.create_index("ix_claim_payer_name_next_due_at_id", "claim", ["payer_name", "next_due_at", "id"])
    op.create_index("ix_clock_paused", "clock", ["claim_id"], postgresql_where=sa.text("state = 'paused'"))
    op.create_index(
        "ix_clock_raised", "clock", ["claim_id"], postgresql_where=sa.text("state = 'running' and escalation > 0")
    )
    op.create_index("ix_incident_open_market", "incident", ["market"], postgresql_where=sa.text("state <> 'closed'"))
