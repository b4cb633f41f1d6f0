"""What photos look like, what advice they got, and when proof perishes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# As in 0003, with where a copy came from; what was written at the door stays.
EVIDENCE_STAYS = """
CREATE OR REPLACE FUNCTION recoup_evidence_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.incident_id, NEW.sha256, NEW.name, NEW.kind, NEW.note, NEW.added_at, NEW.added_by,
                            NEW.derived_from, NEW.derived_how)
        IS DISTINCT FROM (OLD.id, OLD.incident_id, OLD.sha256, OLD.name, OLD.kind, OLD.note, OLD.added_at, OLD.added_by,
                          OLD.derived_from, OLD.derived_how)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    THEN
        RAISE EXCEPTION 'evidence is append-only: withdraw it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""

# Advice may be set aside once; what was advised stays.
ADVICE_STAYS = """
CREATE FUNCTION recoup_advice_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.evidence_id, NEW.code, NEW.params, NEW.at)
        IS DISTINCT FROM (OLD.id, OLD.evidence_id, OLD.code, OLD.params, OLD.at)
        OR (OLD.dismissed_at IS NOT NULL AND (NEW.dismissed_at, NEW.dismissed_by, NEW.dismissed_why)
            IS DISTINCT FROM (OLD.dismissed_at, OLD.dismissed_by, OLD.dismissed_why))
    THEN
        RAISE EXCEPTION 'advice is append-only: set it aside' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


# What the record says of a case's chain, kept where cutting the chain does not reach: as long as it ever was, and its last hash.
NOTE_HEAD = """
CREATE FUNCTION recoup_note_head() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO chain_head (chain, length, head)
    SELECT DISTINCT ON (chain) chain, sequence, hash FROM added WHERE chain IS NOT NULL ORDER BY chain, sequence DESC
    ON CONFLICT (chain) DO UPDATE SET length = EXCLUDED.length, head = EXCLUDED.head
        WHERE chain_head.length < EXCLUDED.length;
    RETURN NULL;
END
$$
"""
HEAD_GROWS = """
CREATE FUNCTION recoup_head_grows() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.chain <> OLD.chain OR NEW.length <= OLD.length THEN
        RAISE EXCEPTION 'a chain only grows' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    _proof()
    _pictures()


def _proof() -> None:
    """Until when proof can be had where a person knows better than the table, and the head of every case's chain."""
    op.create_table(
        "proof_date",
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("gone_on", sa.Date(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer()),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_proof_date_incident_id_incident")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_proof_date_set_by_person")),
        sa.PrimaryKeyConstraint("incident_id", "kind", name=op.f("pk_proof_date")),
    )
    op.create_table(
        "chain_head",
        sa.Column("chain", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("length > 0", name=op.f("ck_chain_head_not_empty")),
        sa.PrimaryKeyConstraint("chain", name=op.f("pk_chain_head")),
    )
    op.execute(
        "INSERT INTO chain_head (chain, length, head) SELECT DISTINCT ON (chain) chain, sequence, hash "
        "FROM audit_event WHERE chain IS NOT NULL ORDER BY chain, sequence DESC"
    )
    op.execute(NOTE_HEAD)
    op.execute(HEAD_GROWS)
    op.execute(
        "CREATE TRIGGER note_head AFTER INSERT ON audit_event REFERENCING NEW TABLE AS added "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_note_head()"
    )
    op.execute(
        "CREATE TRIGGER head_grows BEFORE UPDATE OR DELETE ON chain_head "
        "FOR EACH ROW EXECUTE FUNCTION recoup_head_grows()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON chain_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )


def _pictures() -> None:
    """What pictures look like, what was advised about a file, whether it can be read, and what it was made from."""
    op.add_column("evidence", sa.Column("unreadable", sa.Text()))
    op.add_column("evidence", sa.Column("derived_from", sa.BigInteger()))
    op.add_column("evidence", sa.Column("derived_how", postgresql.JSONB()))
    op.create_foreign_key("fk_evidence_derived_from_evidence", "evidence", "evidence", ["derived_from"], ["id"])
    op.create_check_constraint(
        op.f("ck_evidence_derived_with_how"), "evidence", "(derived_from is null) = (derived_how is null)"
    )
    op.create_index("ix_evidence_sha256", "evidence", ["sha256"])
    op.create_index(
        "ix_evidence_derived_from", "evidence", ["derived_from"], postgresql_where=sa.text("derived_from is not null")
    )
    op.execute(EVIDENCE_STAYS)
    _prints()
    _advice()


def _prints() -> None:
    bands = {
        "band_1": "((phash >> 48) & 65535)::integer",
        "band_2": "((phash >> 32) & 65535)::integer",
        "band_3": "((phash >> 16) & 65535)::integer",
        "band_4": "(phash & 65535)::integer",
    }
    op.create_table(
        "picture_print",
        sa.Column("sha256", sa.CHAR(64), sa.ForeignKey("stored_file.sha256"), nullable=False),
        sa.Column("phash", sa.BigInteger()),
        sa.Column("dhash", sa.BigInteger()),
        *(sa.Column(name, sa.Integer(), sa.Computed(quarter, persisted=True)) for name, quarter in bands.items()),
        sa.Column("sharpness", sa.Float(), nullable=False),
        sa.Column("brightness", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_picture_print")),
    )
    for name in bands:
        op.create_index(f"ix_picture_print_{name}", "picture_print", [name])


def _advice() -> None:
    op.create_table(
        "evidence_advice",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        sa.Column("evidence_id", sa.BigInteger(), sa.ForeignKey("evidence.id"), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("params", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dismissed_at", sa.DateTime(timezone=True)),
        sa.Column("dismissed_by", sa.Integer(), sa.ForeignKey("person.id")),
        sa.Column("dismissed_why", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_advice")),
        sa.UniqueConstraint("evidence_id", "code", name=op.f("uq_evidence_advice_evidence_id_code")),
        sa.CheckConstraint(
            "(dismissed_at is null) = (dismissed_why is null)", name=op.f("ck_evidence_advice_dismissed_with_reason")
        ),
    )
    op.execute(ADVICE_STAYS)
    op.execute(
        "CREATE TRIGGER advice_stays BEFORE UPDATE OR DELETE ON evidence_advice "
        "FOR EACH ROW EXECUTE FUNCTION recoup_advice_stays()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON evidence_advice "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
