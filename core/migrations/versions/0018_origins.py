"""Where a parcel was shipped from, who packed it, and where it was seen last."""

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
