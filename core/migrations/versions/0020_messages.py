"""Messages to buyers, and the team's own words for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SITUATIONS = (
    "apology",
    "photos",
    "reminder",
    "where",
    "lost",
    "reship",
    "refund",
    "partial",
    "waiting",
    "closing",
    "thanks",
)


def _situation() -> sa.Enum:
    return sa.Enum(*SITUATIONS, name="situation", native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "message_template",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("situation", _situation(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("retired_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("version > 0", name=op.f("ck_message_template_version_positive")),
        sa.CheckConstraint("text <> ''", name=op.f("ck_message_template_has_words")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_message_template_added_by_person")),
        sa.ForeignKeyConstraint(["retired_by"], ["person.id"], name=op.f("fk_message_template_retired_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_template")),
        sa.UniqueConstraint(
            "situation", "language", "version", name=op.f("uq_message_template_situation_language_version")
        ),
    )
    op.create_index(
        "uq_message_template_current",
        "message_template",
        ["situation", "language"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("situation", _situation(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("template_id", sa.Integer(), nullable=True),
        sa.Column("template_version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("flaws", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("contact_id", sa.BigInteger(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("text <> ''", name=op.f("ck_message_has_words")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_message_incident_id_incident")),
        sa.ForeignKeyConstraint(
            ["template_id"], ["message_template.id"], name=op.f("fk_message_template_id_message_template")
        ),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id_contact")),
        sa.ForeignKeyConstraint(["sent_by"], ["person.id"], name=op.f("fk_message_sent_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(op.f("ix_message_incident_id_sent_at"), "message", ["incident_id", "sent_at"])
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON message "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON message "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
