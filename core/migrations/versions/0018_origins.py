"""Where a parcel was shipped from, who packed it, where it was seen last; how many parcels a trial of a channel takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shipment", sa.Column("origin", sa.Text(), nullable=True))
    op.add_column("shipment", sa.Column("packed_by", sa.Text(), nullable=True))
    op.add_column("shipment", sa.Column("last_place", sa.Text(), nullable=True))
    op.create_index(op.f("ix_shipment_origin"), "shipment", ["origin"], postgresql_where=sa.text("origin is not null"))
    op.create_index(op.f("ix_shipment_line_sku_shipment_id"), "shipment_line", ["sku", "shipment_id"])
    op.add_column("channel_decision", sa.Column("trial_parcels", sa.Integer(), nullable=True))
    op.create_check_constraint(
        op.f("ck_channel_decision_only_a_trial_has_a_size"),
        "channel_decision",
        "trial_parcels is null or (decided = 'trial' and trial_parcels > 0)",
    )
