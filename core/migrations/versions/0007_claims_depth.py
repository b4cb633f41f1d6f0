"""Denials by code, offers, follow-ups, money owed back, payouts taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CLAIM_STATES = (
    "draft",
    "ready",
    "submitted",
    "in_review",
    "information_asked",
    "offered",
    "approved",
    "partly_approved",
    "rejected",
    "appealed",
    "paid",
    "closed",
    "expired",
    "withdrawn",
)
ACCOUNTS = (
    "loss.goods",
    "loss.freight",
    "loss.reship",
    "loss.refund",
    "loss.other",
    "recovery.carrier",
    "recovery.platform",
    "recovery.insurer",
    "recovery.supplier",
    "payer.credit",
    "goods",
    "bank",
)
PARTIES = ("carrier", "buyer", "platform", "insurer", "supplier")
CLOCK_KINDS = (
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
)


def _one_of(table: str, name: str, column: str, words: tuple[str, ...]) -> None:
    """Widen the CHECK of a closed list of words."""
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    allowed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({allowed})")


def upgrade() -> None:
    _one_of("claim", "claim_state", "state", CLAIM_STATES)
    _one_of("entry", "account", "account", ACCOUNTS)
    _one_of("contact", "party", "party", PARTIES)
    _one_of("contact", "promise_by", "promise_by", PARTIES)
    _one_of("clock", "clock_kind", "kind", CLOCK_KINDS)
    _claims()
    _payouts()


def _claims() -> None:
    amount = sa.Numeric(precision=20, scale=4)
    op.add_column("claim", sa.Column("denial_code", sa.Text(), nullable=True))
    op.add_column("claim", sa.Column("offered", amount, nullable=True))
    op.add_column("claim", sa.Column("followed_up_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("claim", sa.Column("surplus", amount, server_default="0", nullable=False))
    op.add_column("claim", sa.Column("cap_basis", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_check_constraint(op.f("ck_claim_surplus_not_negative"), "claim", "surplus >= 0")
    op.create_check_constraint(
        op.f("ck_claim_offered_within_demand"), "claim", "offered is null or (offered > 0 and offered <= demand)"
    )
    op.add_column("claim_step", sa.Column("denial_code", sa.Text(), nullable=True))
    denied = sa.text("denial_code is not null")
    op.create_index(
        "ix_claim_step_denied", "claim_step", ["denial_code", "claim_id"], unique=False, postgresql_where=denied
    )


def _payouts() -> None:
    amount = sa.Numeric(precision=20, scale=4)
    how = sa.Enum(
        "bounced", "returned", "mistake", name="payout_back", native_enum=False, create_constraint=True, length=40
    )
    op.drop_constraint(op.f("uq_payout_claim_id_reference"), "payout", type_="unique")
    op.create_index(op.f("ix_payout_claim_id_reference"), "payout", ["claim_id", "reference"], unique=False)
    op.create_table(
        "payout_reversal",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        sa.Column("how", how, nullable=False),
        sa.Column("amount", amount, nullable=False),
        sa.Column("credit", amount, server_default="0", nullable=False),
        sa.Column("on_date", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payout_reversal_amount_positive")),
        sa.CheckConstraint("credit >= 0 and credit <= amount", name=op.f("ck_payout_reversal_credit_within_amount")),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_payout_reversal_payout_id_payout")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_payout_reversal_person_id_person")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_payout_reversal_posting_id_posting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payout_reversal")),
        sa.UniqueConstraint("posting_id", name=op.f("uq_payout_reversal_posting_id")),
    )
    op.create_index(op.f("ix_payout_reversal_payout_id"), "payout_reversal", ["payout_id"], unique=False)
    op.execute(
        "CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON payout_reversal "
        "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON payout_reversal "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
