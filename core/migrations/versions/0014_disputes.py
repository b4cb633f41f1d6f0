"""Disputes, each with its history; the clocks of what the platform asks; what an offer rests on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

KINDS = (
    "claim_window",
    "answer",
    "information",
    "appeal",
    "payment",
    "promise",
    "proof",
    "trace",
    "documents",
    "money",
    "offer",
    "dispute_response",
    "dispute_return",
    "dispute_evidence",
    "dispute_compensation",
    "dispute_offer",
)
REASONS = (
    "not_received",
    "missing",
    "damaged",
    "spilled",
    "spoiled",
    "package_damaged",
    "scratched",
    "defective",
    "wrong_item",
    "not_as_described",
    "counterfeit",
    "expired",
    "used",
    "wrong_address",
    "changed_mind",
    "agreed",
    "other",
    "unknown",
)
STATUSES = (
    "requested",
    "processing",
    "accepted",
    "judging",
    "seller_dispute",
    "refund_paid",
    "cancelled",
    "closed",
    "unknown",
)

# What was said stays as it was said. A statement goes with the import it came with, and only while that one is deleted.
STATEMENT = """
CREATE FUNCTION recoup_statement_stays() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
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
    op.drop_constraint(op.f("ck_clock_clock_kind"), "clock", type_="check")
    allowed = ", ".join(f"'{word}'" for word in KINDS)
    op.create_check_constraint(op.f("ck_clock_clock_kind"), "clock", f"kind IN ({allowed})")
    _disputes()
    _versions()
    op.add_column("clock", sa.Column("dispute_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(op.f("fk_clock_dispute_id_dispute"), "clock", "dispute", ["dispute_id"], ["id"])
    named = sa.text("dispute_id is not null")
    op.create_index("ix_clock_dispute", "clock", ["dispute_id"], unique=False, postgresql_where=named)
    cause = _words("offer_cause", "parcel", "failed", "return", "money")
    op.add_column("incident_offer", sa.Column("cause", cause, server_default="parcel", nullable=False))


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _disputes() -> None:
    op.create_table(
        "dispute",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("return_number", sa.Text(), nullable=False),
        _text("order_number"),
        _text("tracking_number"),
        sa.Column("shipment_id", sa.BigInteger(), nullable=True),
        sa.Column("incident_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", _words("request_kind", "normal", "in_transit", "on_the_spot"), nullable=True),
        sa.Column("validation", _words("validation", "seller", "warehouse"), nullable=True),
        sa.Column("solution", _words("solution", "return_refund", "refund_only"), nullable=True),
        sa.Column("reason", _words("return_reason", *REASONS), nullable=True),
        _text("reason_text"),
        sa.Column("reassessed", _words("reassessed", *REASONS), nullable=True),
        _text("reassessed_text"),
        _text("buyer_said"),
        sa.Column("status", _words("dispute_status", *STATUSES), nullable=False),
        _text("status_text"),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=True),
        sa.Column("compensation", sa.Numeric(20, 4), nullable=True),
        sa.Column("items", postgresql.JSONB(), server_default="[]", nullable=False),
        _moment("requested_at"),
        _moment("refunded_at"),
        _moment("response_due_at"),
        sa.Column("response_basis", _words("due_basis", "given", "fallback"), nullable=True),
        _moment("return_due_at"),
        _moment("evidence_due_at"),
        _moment("compensation_due_at"),
        _moment("offer_due_at"),
        _moment("next_due_at"),
        _text("return_tracking_number"),
        _text("return_carrier_text"),
        _text("return_status_text"),
        _moment("returned_at"),
        _text("our_reason"),
        _text("our_note"),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("return_number <> ''", name=op.f("ck_dispute_numbered")),
        sa.CheckConstraint(
            "(amount is null or amount >= 0) and (compensation is null or compensation >= 0)",
            name=op.f("ck_dispute_not_negative"),
        ),
        sa.CheckConstraint(
            "(response_due_at is null) = (response_basis is null)", name=op.f("ck_dispute_response_with_basis")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_dispute_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["shipment_id"], ["shipment.id"], name=op.f("fk_dispute_shipment_id_shipment"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_dispute_incident_id_incident")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
        sa.UniqueConstraint("shop_id", "return_number", name=op.f("uq_dispute_shop_id_return_number")),
    )
    for columns in (["shop_id", "order_number"], ["shipment_id"], ["incident_id"]):
        op.create_index(op.f(f"ix_dispute_{'_'.join(columns)}"), "dispute", columns, unique=False)
    due, unlinked = sa.text("next_due_at is not null"), sa.text("shipment_id is null")
    op.create_index("ix_dispute_due", "dispute", ["next_due_at", "id"], unique=False, postgresql_where=due)
    op.create_index(
        "ix_dispute_unlinked", "dispute", ["shop_id", "order_number"], unique=False, postgresql_where=unlinked
    )


def _versions() -> None:
    op.create_table(
        "dispute_version",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dispute_id", sa.BigInteger(), nullable=False),
        sa.Column("source", _words("source", "import", "hand"), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        _moment("at", nullable=False),
        _moment("as_of", nullable=False),
        sa.Column("progress", sa.SmallInteger(), nullable=False),
        sa.Column("facts", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint(
            "(source = 'import') = (import_id is not null)", name=op.f("ck_dispute_version_import_named")
        ),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_version_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_dispute_version_import_id_import_run")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_version_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_version")),
    )
    op.create_index(op.f("ix_dispute_version_dispute_id"), "dispute_version", ["dispute_id"], unique=False)
    op.create_index(op.f("ix_dispute_version_import_id"), "dispute_version", ["import_id"], unique=False)
    op.execute(STATEMENT)
    op.execute(
        "CREATE TRIGGER statement_stays BEFORE UPDATE OR DELETE ON dispute_version "
        "FOR EACH ROW EXECUTE FUNCTION recoup_statement_stays()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON dispute_version "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
