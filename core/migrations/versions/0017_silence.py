"""How long parcels of a channel stay silent before they arrive, and which are silent for too long."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def _moment(name: str, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


LEVELS = ("service", "carrier", "market", "all")


def upgrade() -> None:
    op.create_table(
        "silence_curve",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("level", _words("curve_level", *LEVELS), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=True),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("market", sa.CHAR(length=2), nullable=True),
        *[
            sa.Column(name, sa.BigInteger(), nullable=False)
            for name in ("waits", "arrived", "moved", "returned", "lost")
        ],
        sa.Column("line_day", sa.SmallInteger(), nullable=True),
        sa.Column("plain_day", sa.SmallInteger(), nullable=False),
        *[sa.Column(name, postgresql.ARRAY(sa.REAL()), nullable=False) for name in ("chances", "lows", "highs")],
        sa.Column("told", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("sources", postgresql.ARRAY(sa.Text()), nullable=False),
        _moment("made_at", nullable=False),
        sa.ForeignKeyConstraint(["carrier_id"], ["carrier.id"], name=op.f("fk_silence_curve_carrier_id_carrier")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_silence_curve")),
    )
    op.create_index(
        "uq_silence_curve_channel",
        "silence_curve",
        ["level", "carrier_id", "service", "market"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_table(
        "suspicion",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "state",
            _words("suspicion_state", "standing", "taken", "moved", "arrived", "returned", "confirmed"),
            nullable=False,
        ),
        _moment("since", nullable=False),
        sa.Column("day", sa.SmallInteger(), nullable=False),
        sa.Column("line_day", sa.SmallInteger(), nullable=False),
        sa.Column("plain", sa.Boolean(), nullable=False),
        *[sa.Column(name, sa.REAL(), nullable=True) for name in ("chance", "low", "high")],
        sa.Column("told", sa.Integer(), nullable=True),
        sa.Column("source", _words("curve_level", *LEVELS), nullable=True),
        sa.Column("payer", sa.Text(), server_default="", nullable=False),
        _moment("opens_at"),
        _moment("due_at"),
        sa.Column("zone", sa.Text(), nullable=True),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column("rule_version", sa.Integer(), nullable=True),
        sa.Column("doubtful", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("window_closed", sa.Boolean(), server_default="false", nullable=False),
        _moment("raised_at", nullable=False),
        _moment("looked_at", nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        _moment("ended_at"),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_suspicion_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_suspicion_shipment_id_shipment"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_suspicion")),
    )
    op.create_index(
        "ix_suspicion_standing",
        "suspicion",
        ["due_at", "shipment_id"],
        postgresql_where=sa.text("state = 'standing'"),
    )
    op.create_index(op.f("ix_suspicion_incident_id"), "suspicion", ["incident_id"])
    op.create_index("ix_suspicion_looked", "suspicion", ["looked_at"])
