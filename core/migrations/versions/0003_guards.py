"""What the database itself does not let happen, whoever asks: rows of the record changed or removed, a posting out of balance."""

from __future__ import annotations

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Every table whose model carries info={"append_only": True}; a test holds the two together.
APPEND_ONLY = (
    "audit_event",
    "claim_step",
    "comment",
    "contact",
    "entry",
    "pack",
    "payout",
    "posting",
    "stored_file",
    "tier_policy",
)

BALANCE = """
CREATE FUNCTION recoup_posting_balances() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM entry WHERE posting_id = NEW.posting_id GROUP BY currency HAVING sum(amount) <> 0;
    IF FOUND THEN
        RAISE EXCEPTION 'posting % is out of balance', NEW.posting_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
"""

# Evidence may only be withdrawn: what it is, where it belongs and since when stays as it was put in.
EVIDENCE = """
CREATE FUNCTION recoup_evidence_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (NEW.id, NEW.incident_id, NEW.sha256, NEW.name, NEW.kind, NEW.note, NEW.added_at, NEW.added_by)
        IS DISTINCT FROM (OLD.id, OLD.incident_id, OLD.sha256, OLD.name, OLD.kind, OLD.note, OLD.added_at, OLD.added_by)
        OR (OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at)
    THEN
        RAISE EXCEPTION 'evidence is append-only: withdraw it' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END
$$
"""


def upgrade() -> None:
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
        )
    op.execute(BALANCE)
    op.execute(
        "CREATE CONSTRAINT TRIGGER posting_balances AFTER INSERT ON entry "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION recoup_posting_balances()"
    )
    op.execute(EVIDENCE)
    op.execute(
        "CREATE TRIGGER evidence_stays BEFORE UPDATE OR DELETE ON evidence "
        "FOR EACH ROW EXECUTE FUNCTION recoup_evidence_stays()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON evidence "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
