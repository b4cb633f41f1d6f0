"""Imports of every kind, and their exact deletion."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# What was imported before its shipments were noted: those that name it as their import were brought or told by it, and by no other.
NOTED = """
UPDATE import_run r SET told = s.ids
FROM (SELECT import_id, range_agg(int8range(id, id, '[]')) AS ids FROM shipment WHERE import_id IS NOT NULL GROUP BY import_id) s
WHERE s.import_id = r.id
"""


def upgrade() -> None:
    _runs()
    _changes()
    _volumes()


def _runs() -> None:
    op.alter_column("import_run", "shop_id", existing_type=sa.Integer(), nullable=True)
    op.alter_column("import_run", "market", existing_type=sa.CHAR(2), nullable=True)
    ranges = postgresql.INT8MULTIRANGE()
    for column in (
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column("sheet", sa.Text(), server_default="", nullable=False),
        sa.Column("kind", sa.Text(), server_default="orders", nullable=False),
        sa.Column("made", ranges, server_default="{}", nullable=False),
        sa.Column("told", ranges, server_default="{}", nullable=False),
        sa.Column("undo", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deleted_by", sa.Integer(), nullable=True),
    ):
        op.add_column("import_run", column)
    op.create_foreign_key(op.f("fk_import_run_file_id_import_run"), "import_run", "import_run", ["file_id"], ["id"])
    op.create_foreign_key(op.f("fk_import_run_deleted_by_person"), "import_run", "person", ["deleted_by"], ["id"])
    op.create_index(op.f("ix_import_run_sha256"), "import_run", ["sha256"], unique=False)
    later = sa.text("file_id is not null")
    op.create_index(op.f("ix_import_run_file_id"), "import_run", ["file_id"], unique=False, postgresql_where=later)
    op.execute(NOTED)
    # Imports from before cannot be undone exactly: what they changed was not written down.
    op.execute("""UPDATE import_run SET undo = '{"before": true}' """)


def _changes() -> None:
    op.create_table(
        "import_change",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("shipment_id", sa.BigInteger(), nullable=False),
        sa.Column("changes", postgresql.JSONB(), nullable=False),
        sa.Column("lines", postgresql.JSONB(), nullable=True),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_import_change_import_id_import_run")),
        sa.ForeignKeyConstraint(["shipment_id"], ["shipment.id"], name=op.f("fk_import_change_shipment_id_shipment")),
        sa.PrimaryKeyConstraint("import_id", "shipment_id", name=op.f("pk_import_change")),
    )
    op.create_index(op.f("ix_import_change_shipment_id"), "import_change", ["shipment_id"], unique=False)


def _volumes() -> None:
    op.create_table(
        "channel_volume",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("carrier_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), server_default="", nullable=False),
        sa.Column("parcels", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("extract(day from month) = 1", name=op.f("ck_channel_volume_month_first_day")),
        sa.CheckConstraint("parcels >= 0", name=op.f("ck_channel_volume_parcels_not_negative")),
        sa.ForeignKeyConstraint(["carrier_id"], ["carrier.id"], name=op.f("fk_channel_volume_carrier_id_carrier")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_channel_volume_import_id_import_run")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_channel_volume_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_volume")),
    )
    op.create_index(op.f("ix_channel_volume_import_id"), "channel_volume", ["import_id"], unique=False)
    op.create_index(
        "uq_channel_volume",
        "channel_volume",
        ["shop_id", "carrier_id", "service", "month", "import_id"],
        unique=True,
    )
