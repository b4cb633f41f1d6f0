"""Answers to disputes: the one being written, those that went, and the files that went along."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


PLEAS = ("reject", "return_first", "partial", "compensate")
APPEND_ONLY = ("dispute_answer", "answer_file")


def _plea() -> sa.Enum:
    return sa.Enum(*PLEAS, name="plea", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "answer_draft",
        sa.Column("dispute_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("plea", _plea(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reading_language", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("rules", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("exhibits", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("set_aside", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_by", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_answer_draft_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["updated_by"], ["person.id"], name=op.f("fk_answer_draft_updated_by_person")),
        sa.PrimaryKeyConstraint("dispute_id", name=op.f("pk_answer_draft")),
    )
    op.create_table(
        "dispute_answer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dispute_id", sa.BigInteger(), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("plea", _plea(), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("reading_language", sa.Text(), nullable=False),
        sa.Column("reading", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("exhibits", postgresql.JSONB(), nullable=False),
        sa.Column("set_aside", postgresql.JSONB(), nullable=False),
        sa.Column("pdf_sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_dispute_answer_has_words")),
        sa.CheckConstraint("number > 0", name=op.f("ck_dispute_answer_counted_from_one")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_answer_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_dispute_answer_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["pdf_sha256"], ["stored_file.sha256"], name=op.f("fk_dispute_answer_pdf_sha256_stored_file")
        ),
        sa.ForeignKeyConstraint(["receipt_id"], ["evidence.id"], name=op.f("fk_dispute_answer_receipt_id_evidence")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_dispute_answer_sent_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_answer")),
        sa.UniqueConstraint("dispute_id", "number", name=op.f("uq_dispute_answer_dispute_id_number")),
    )
    op.create_index(op.f("ix_dispute_answer_incident_id"), "dispute_answer", ["incident_id"])
    op.create_table(
        "answer_file",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("module", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("sha256", sa.CHAR(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("holds", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_answer_file_counted_from_one")),
        sa.CheckConstraint("size > 0", name=op.f("ck_answer_file_not_empty")),
        sa.ForeignKeyConstraint(
            ["answer_id"], ["dispute_answer.id"], name=op.f("fk_answer_file_answer_id_dispute_answer")
        ),
        sa.ForeignKeyConstraint(["sha256"], ["stored_file.sha256"], name=op.f("fk_answer_file_sha256_stored_file")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer_file")),
        sa.UniqueConstraint("answer_id", "number", name=op.f("uq_answer_file_answer_id_number")),
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
        )
