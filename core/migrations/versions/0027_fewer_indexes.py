"""One index of parcels fewer, and a cheaper one: what each costs is paid with every parcel that comes in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_index("uq_shipment_parcel", "shipment")
    op.drop_index("ix_shipment_order_number", "shipment")
    op.create_index("uq_shipment_parcel", "shipment", ["order_number", "shop_id", "parcel_number"], unique=True)
    op.drop_index("ix_shipment_buyer", "shipment")
    op.create_index(
        "ix_shipment_buyer",
        "shipment",
        [sa.text("lower(buyer_username)")],
        postgresql_using="hash",
        postgresql_where=sa.text("buyer_username is not null"),
    )
