"""The platform's rules as the team writes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "platform_rule",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topic", _words("topic", "response", "proof", "reason", "return", "compensation"), nullable=False),
        sa.Column("markets", postgresql.JSONB(), nullable=False),
        sa.Column("reasons", postgresql.JSONB(), nullable=False),
        sa.Column("pleas", postgresql.JSONB(), nullable=False),
        sa.Column("carriers", postgresql.JSONB(), nullable=False),
        sa.Column("words", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("confidence", _words("confidence", "H", "M", "L"), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("retired", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", _words("origin", "seed", "hand"), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_platform_rule_version_positive")),
        sa.CheckConstraint("source <> ''", name=op.f("ck_platform_rule_has_source")),
        sa.CheckConstraint(
            "coalesce(words->>'en', '') <> '' and coalesce(words->>'zh-CN', '') <> ''",
            name=op.f("ck_platform_rule_in_two_languages"),
        ),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_platform_rule_added_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform_rule")),
        sa.UniqueConstraint("code", "version", name=op.f("uq_platform_rule_code_version")),
    )
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON platform_rule "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON platform_rule "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
