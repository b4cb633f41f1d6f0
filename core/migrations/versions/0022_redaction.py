"""Buyers' data goes after its days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# A redaction may take words out of rows that otherwise never change: their texts and JSON, and it may say that a file is gone. Numbers,
# moments, states, hashes and whose a row is stay. It names itself for its transaction (recoup.redacting), and its own row stays for ever.
REDACTS = """
CREATE FUNCTION recoup_redacts(relation oid, was jsonb, becomes jsonb) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    number text := nullif(current_setting('recoup.redacting', true), '');
BEGIN
    IF number IS NULL OR NOT EXISTS (SELECT 1 FROM redaction WHERE id = number::bigint) THEN
        RETURN false;
    END IF;
    RETURN NOT EXISTS (
        SELECT 1 FROM pg_attribute a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
            AND (was -> a.attname::text) IS DISTINCT FROM (becomes -> a.attname::text)
            AND a.atttypid NOT IN ('text'::regtype, 'jsonb'::regtype) AND a.attname <> 'removed_at'
    );
END
$$
"""

LET_IT = """
    IF TG_OP = 'UPDATE' AND recoup_redacts(TG_RELID, to_jsonb(OLD), to_jsonb(NEW)) THEN
        RETURN NEW;
    END IF;
"""

REFUSE_CHANGE = f"""
CREATE OR REPLACE FUNCTION recoup_refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    {LET_IT}
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""

# The others as they were, with the same way through.
EVIDENCE_STAYS = f"""
CREATE OR REPLACE FUNCTION recoup_evidence_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    {LET_IT}
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.incident_id, NEW.sha256, NEW.name, NEW.kind, NEW.note, NEW.added_at, NEW.added_by,
                            NEW.derived_from, NEW.derived_how, NEW.removed_at)
        IS DISTINCT FROM (OLD.id, OLD.incident_id, OLD.sha256, OLD.name, OLD.kind, OLD.note, OLD.added_at, OLD.added_by,
                          OLD.derived_from, OLD.derived_how, OLD.removed_at)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    THEN
        RAISE EXCEPTION 'evidence is append-only: withdraw it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""
ADVICE_STAYS = f"""
CREATE OR REPLACE FUNCTION recoup_advice_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    {LET_IT}
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
PAUSE = f"""
CREATE OR REPLACE FUNCTION recoup_pause_ends_once() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    {LET_IT}
    IF TG_OP = 'DELETE' OR OLD.until_at IS NOT NULL
        OR (NEW.id, NEW.clock_id, NEW.reason, NEW.note, NEW.from_at, NEW.paused_by)
        IS DISTINCT FROM (OLD.id, OLD.clock_id, OLD.reason, OLD.note, OLD.from_at, OLD.paused_by)
    THEN
        RAISE EXCEPTION 'a pause is ended once and never changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""
STATEMENT = f"""
CREATE OR REPLACE FUNCTION recoup_statement_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    {LET_IT}
    IF TG_OP = 'DELETE' AND OLD.import_id IS NOT NULL
        AND current_setting('recoup.deleting_import', true) = OLD.import_id::text
    THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$
"""


def upgrade() -> None:
    _redactions()
    for name in ("shipment", "dispute", "import_run"):
        op.add_column(name, sa.Column("redacted_at", sa.DateTime(timezone=True), nullable=True))
    for name in ("evidence", "stored_file"):
        op.add_column(name, sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("shop", sa.Column("redact_days", sa.Integer(), nullable=True))
    op.create_check_constraint(op.f("ck_shop_redact_days_positive"), "shop", "redact_days > 0")
    op.create_check_constraint(
        op.f("ck_shipment_redacted_without_buyer"), "shipment", "redacted_at is null or buyer_username is null"
    )
    op.create_index(
        "ix_shipment_buyer",
        "shipment",
        [sa.text("lower(buyer_username)")],
        postgresql_where=sa.text("buyer_username is not null"),
    )
    op.create_index("ix_contact_called", "contact", [sa.text("lower(name)")], postgresql_where=sa.text("name <> ''"))
    for function in (REDACTS, REFUSE_CHANGE, EVIDENCE_STAYS, ADVICE_STAYS, PAUSE, STATEMENT):
        op.execute(function)


def _redactions() -> None:
    why = sa.Enum("age", "asked", name="redaction_why", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "redaction",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("why", why, nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("counts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("(why = 'age') = (days is not null)", name=op.f("ck_redaction_age_in_days")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_redaction_incident_id_incident")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_redaction_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redaction")),
    )
    op.create_index(op.f("ix_redaction_incident_id"), "redaction", ["incident_id"])
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON redaction "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON redaction "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
