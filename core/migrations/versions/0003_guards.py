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
