"""Incidents that belong together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "cluster_look",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parcels", sa.Integer(), nullable=False),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("rate", sa.Float(), nullable=False),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cluster_look")),
    )
    op.create_index(op.f("ix_cluster_look_at"), "cluster_look", ["at"])
    op.create_table(
        "incident_group",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column(
            "dimension", _words("dimension", "handover", "hub", "lane", "product", "packer", "manual"), nullable=False
        ),
        sa.Column("key", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("key_text", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("type", _words("incident_type", "lost", "damaged", "missing_contents", "delayed"), nullable=True),
        sa.Column("numbers", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("also", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=True),
        sa.Column("state", _words("group_state", "open", "closed"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.Column("conclusion", sa.Text(), server_default="", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(dimension = 'manual') = (name <> '')", name=op.f("ck_incident_group_named_by_hand")),
        sa.CheckConstraint(
            "(state = 'closed') = (closed_at is not null)", name=op.f("ck_incident_group_closed_with_date")
        ),
        sa.CheckConstraint("state = 'open' or conclusion <> ''", name=op.f("ck_incident_group_closed_with_conclusion")),
        sa.ForeignKeyConstraint(["closed_by"], ["person.id"], name=op.f("fk_incident_group_closed_by_person")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_incident_group_opened_by_person")),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_incident_group_owner_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_group")),
        sa.UniqueConstraint("reference", name=op.f("uq_incident_group_reference")),
    )
    op.create_index(op.f("ix_incident_group_state_opened_at"), "incident_group", ["state", "opened_at"])
    op.create_index(
        "uq_incident_group_open",
        "incident_group",
        ["dimension", "key_text", "type"],
        unique=True,
        postgresql_where=sa.text("state = 'open' and dimension <> 'manual'"),
    )
    op.create_table(
        "group_member",
        sa.Column("group_id", sa.Integer(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_group_member_added_by_person")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["incident_group.id"], name=op.f("fk_group_member_group_id_incident_group")
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_group_member_incident_id_incident")),
        sa.PrimaryKeyConstraint("group_id", "incident_id", name=op.f("pk_group_member")),
    )
    op.create_index(op.f("ix_group_member_incident_id"), "group_member", ["incident_id"])
