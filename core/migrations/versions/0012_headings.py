"""The team's own spellings of headings."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "heading_alias",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("report_table", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("heading <> '' and key <> ''", name=op.f("ck_heading_alias_not_blank")),
        sa.CheckConstraint(
            "(retired_at is null) or retired_at >= added_at", name=op.f("ck_heading_alias_retired_after_added")
        ),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_heading_alias_added_by_person")),
        sa.ForeignKeyConstraint(["retired_by"], ["person.id"], name=op.f("fk_heading_alias_retired_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_heading_alias")),
    )
    op.create_index(
        "uq_heading_alias_in_use",
        "heading_alias",
        ["report_table", "language", "key"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
