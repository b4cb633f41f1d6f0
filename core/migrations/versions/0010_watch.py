"""The watch over silent parcels: an index over those underway, and the warnings set aside; escalated clocks by moment; open
cases without any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

# Written as Postgres gives it back, so that an index put aside and made again is the same to the letter.
UNDERWAY = "delivered_at is null and status::text = any ('{shipped,failed,lost,unknown,returning}'::text[])"


def upgrade() -> None:
    op.create_table(
        "watch_aside",
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_watch_aside_person_id_person")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_watch_aside_shipment_id_shipment")),
        sa.PrimaryKeyConstraint("shipment_id", name=op.f("pk_watch_aside")),
    )
    op.create_index(
        "ix_shipment_underway",
        "shipment",
        [sa.text("coalesce(carrier_id, 0)"), sa.text("least(accepted_at, shipped_at, first_scan_at)")],
        postgresql_where=sa.text(UNDERWAY),
    )
    op.create_index(
        "ix_clock_escalated",
        "clock",
        ["due_at", "id"],
        postgresql_where=sa.text("state = 'running' and escalation > 0"),
    )
    op.create_index(
        "ix_incident_untimed",
        "incident",
        ["registered_at"],
        postgresql_where=sa.text("state <> 'closed' and next_due_at is null"),
    )
