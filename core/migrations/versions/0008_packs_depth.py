"""Packs that fit their receiver, and forms to fill."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

APPEND_ONLY = ("pack_part", "claim_answer")


def upgrade() -> None:
    # A pack of before names no receiver: it is its archive alone.
    op.add_column("pack", sa.Column("receiver", sa.Text(), nullable=True))
    op.add_column("pack", sa.Column("since", sa.DateTime(timezone=True), nullable=True))
    op.add_column("pack", sa.Column("left_out", postgresql.JSONB(), server_default="[]", nullable=False))
    _parts()
    _answers()
    _templates()
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
        )


def _parts() -> None:
    op.create_table(
        "pack_part",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("pack_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sending", sa.Integer(), nullable=False),
        sa.Column("module", sa.Text(), server_default="", nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("holds", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("number > 0 and sending > 0", name=op.f("ck_pack_part_counted_from_one")),
        sa.CheckConstraint("size > 0", name=op.f("ck_pack_part_not_empty")),
        sa.ForeignKeyConstraint(["pack_id"], ["pack.id"], name=op.f("fk_pack_part_pack_id_pack")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_pack_part_sha256_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pack_part")),
        sa.UniqueConstraint("pack_id", "number", name=op.f("uq_pack_part_pack_id_number")),
        info={"append_only": True},
    )


def _answers() -> None:
    op.create_table(
        "claim_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["answered_by"], ["person.id"], name=op.f("fk_claim_answer_answered_by_person")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_claim_answer_claim_id_claim")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_answer")),
        info={"append_only": True},
    )
    op.create_index(
        op.f("ix_claim_answer_claim_id_field_id"), "claim_answer", ["claim_id", "field", "id"], unique=False
    )


def _templates() -> None:
    op.create_table(
        "claim_template",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column(
            "format",
            sa.Enum("xlsx", "docx", name="template_format", native_enum=False, length=40, create_constraint=True),
            nullable=False,
        ),
        sa.Column("receiver", sa.Text(), nullable=True),
        sa.Column("carrier_code", sa.Text(), nullable=True),
        sa.Column("payer_name", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("fields", postgresql.JSONB(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_claim_template_version_positive")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_claim_template_added_by_person")),
        sa.ForeignKeyConstraint(["retired_by"], ["person.id"], name=op.f("fk_claim_template_retired_by_person")),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_claim_template_sha256_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim_template")),
        sa.UniqueConstraint("name", "version", name=op.f("uq_claim_template_name_version")),
    )
    op.create_index(
        "uq_claim_template_current",
        "claim_template",
        ["name"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
