"""Where an answer to the platform stands, and what every stage sent."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

STATES = (
    "opened",
    "preparing",
    "answered",
    "judging",
    "offered",
    "countered",
    "won",
    "partly_won",
    "lost",
    "settled",
    "conceded",
    "withdrawn",
    "expired",
    "closed",
    "compensation_requested",
    "compensation_approved",
    "compensation_rejected",
    "paid",
)
PROOF = ("not_needed", "pending", "uploaded", "overdue")
COMPENSATION = (
    "not_applicable",
    "initial_stage",
    "pending_request",
    "not_required",
    "requested",
    "approved",
    "rejected",
    "cancelled",
    "not_eligible",
)
NEGOTIATION = ("pending_respond", "pending_buyer_respond", "terminated")

# What is known of the requests of before, as far as their status tells it.
BEFORE = """
UPDATE dispute SET
    state = CASE
        WHEN status = 'cancelled' THEN 'withdrawn'
        WHEN status IN ('judging', 'seller_dispute') THEN 'judging'
        WHEN status IN ('refund_paid', 'closed') AND our_reason <> '' AND refunded_at IS NOT NULL THEN 'lost'
        WHEN status = 'closed' OR (status = 'refund_paid' AND next_due_at IS NULL) THEN 'closed'
        WHEN response_due_at < now() THEN 'expired'
        ELSE 'opened'
    END,
    state_at = updated_at
"""


def upgrade() -> None:
    _life()
    _steps()
    _modules()


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)


def _add(name: str, kind: sa.types.TypeEngine[Any], *checked: str) -> None:
    """A column; `checked` are the words it may hold (a CHECK is not added with a column)."""
    op.add_column("dispute", sa.Column(name, kind, nullable=True))
    if checked:
        allowed = ", ".join(f"'{word}'" for word in checked)
        op.create_check_constraint(op.f(f"ck_dispute_{name}"), "dispute", f"{name} IN ({allowed})")


def _life() -> None:
    word = sa.String(length=40)
    _add("proof_status", word, *PROOF)
    _add("compensation_status", word, *COMPENSATION)
    _add("negotiation", word, *NEGOTIATION)
    _add("offered_solution", word, "return_refund", "refund_only")
    _add("moved_to", word, *STATES)
    for name in ("offered", "refunded", "granted", "paid"):
        _add(name, sa.Numeric(20, 4))
    _add("counter_limit", sa.SmallInteger())
    for name in ("refund_posting_id", "payment_posting_id"):
        _add(name, sa.BigInteger())
        op.create_foreign_key(op.f(f"fk_dispute_{name}_posting"), "dispute", "posting", [name], ["id"])
    for name in ("moved_at", "answered_at", "state_at"):
        _add(name, sa.DateTime(timezone=True))
    op.add_column("dispute", sa.Column("offered_by", sa.Text(), server_default="", nullable=False))
    op.add_column("dispute", sa.Column("pictures", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column("dispute", sa.Column("state", word, server_default="opened", nullable=False))
    op.execute(BEFORE)
    op.alter_column("dispute", "state_at", nullable=False)
    allowed = ", ".join(f"'{state}'" for state in STATES)
    op.create_check_constraint(op.f("ck_dispute_dispute_state"), "dispute", f"state IN ({allowed})")
    op.create_check_constraint(
        op.f("ck_dispute_outcome_not_negative"),
        "dispute",
        "(offered is null or offered >= 0) and (refunded is null or refunded >= 0)"
        " and (granted is null or granted >= 0) and (paid is null or paid >= 0)",
    )
    op.create_check_constraint(
        op.f("ck_dispute_counter_limit_not_negative"), "dispute", "counter_limit is null or counter_limit >= 0"
    )
    op.create_index(
        "ix_dispute_waiting",
        "dispute",
        ["response_due_at"],
        postgresql_where=sa.text("state in ('opened', 'preparing') and response_due_at is not null"),
    )


def _steps() -> None:
    op.create_table(
        "dispute_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dispute_id", sa.BigInteger(), nullable=False),
        sa.Column("by", _words("step_by", "person", "platform", "time"), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("source", _words("source", *STATES), nullable=False),
        sa.Column("target", _words("target", *STATES), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("sent", sa.Text(), server_default="", nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("exhibits", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=True),
        sa.Column("receipt_id", sa.BigInteger(), nullable=True),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("amount", sa.Numeric(20, 4), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amount is null or amount >= 0", name=op.f("ck_dispute_step_amount_not_negative")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_step_dispute_id_dispute")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dispute_step_person_id_person")),
        sa.ForeignKeyConstraint(["receipt_id"], ["evidence.id"], name=op.f("fk_dispute_step_receipt_id_evidence")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_step")),
    )
    op.create_index(op.f("ix_dispute_step_dispute_id_id"), "dispute_step", ["dispute_id", "id"])
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON dispute_step "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON dispute_step "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )


def _modules() -> None:
    op.create_table(
        "dispute_module",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dispute_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.SmallInteger(), nullable=False),
        sa.Column("reason_text", sa.Text(), server_default="", nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("requirement", sa.Text(), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("samples", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["dispute_id"], ["dispute.id"], name=op.f("fk_dispute_module_dispute_id_dispute"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["told_by"], ["person.id"], name=op.f("fk_dispute_module_told_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute_module")),
    )
    op.create_index(
        "uq_dispute_module_current",
        "dispute_module",
        ["dispute_id", "reason", "number"],
        unique=True,
        postgresql_where=sa.text("retired_at is null"),
    )
