"""Scans of parcels."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

STATES = (
    "announced",
    "picked_up",
    "in_transit",
    "customs",
    "out_for_delivery",
    "at_pickup",
    "failed_attempt",
    "delivered",
    "returning",
    "returned",
    "damaged",
    "trouble",
    "lost",
    "destroyed",
    "cancelled",
    "silent",
    "unknown",
)
SOURCES = ("17track", "aftership", "file", "pasted")
STATUSES = (
    "ordered",
    "shipped",
    "delivered",
    "completed",
    "cancelled",
    "failed",
    "lost",
    "returning",
    "returned",
    "unknown",
)


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "tracking_event",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("offset_minutes", sa.SmallInteger(), nullable=True),
        sa.Column("state", _words("scan_state", STATES), nullable=False),
        sa.Column("source", _words("scan_source", SOURCES), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("place", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("added_at", moment, nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("octet_length(key) = 16", name=op.f("ck_tracking_event_key_length")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tracking_event_shipment_id_shipment")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_tracking_event_import_id_import_run")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_tracking_event_added_by_person")),
        sa.PrimaryKeyConstraint("shipment_id", "key", name=op.f("pk_tracking_event")),
    )
    op.create_index(
        op.f("ix_tracking_event_import_id"),
        "tracking_event",
        ["import_id"],
        unique=False,
        postgresql_where=sa.text("import_id is not null"),
    )
    op.create_table(
        "tracking_told",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("status_before", _words("status_before", STATUSES), nullable=False),
        sa.Column("status_told", _words("status_told", STATUSES), nullable=False),
        sa.Column("first_scan_before", moment, nullable=True),
        sa.Column("first_scan_told", moment, nullable=True),
        sa.Column("last_scan_before", moment, nullable=True),
        sa.Column("last_scan_told", moment, nullable=True),
        sa.Column("delivered_before", moment, nullable=True),
        sa.Column("delivered_told", moment, nullable=True),
        sa.Column("place_before", sa.Text(), nullable=True),
        sa.Column("place_told", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_tracking_told_shipment_id_shipment")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_tracking_told")),
    )
    op.create_table(
        "tracking_again",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("later_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_tracking_again_import_id_import_run")),
        sa.ForeignKeyConstraint(["later_id"], ["import_run.id"], name=op.f("fk_tracking_again_later_id_import_run")),
        sa.PrimaryKeyConstraint("import_id", "later_id", name=op.f("pk_tracking_again")),
    )
    op.create_index(op.f("ix_tracking_again_later_id"), "tracking_again", ["later_id"], unique=False)
