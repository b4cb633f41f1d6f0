"""Lines of income and wallet files, and what they pay for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# A match that is accepted holds its lines alone, and pays out each of them to the last unit: no more, so that nothing is paid twice.
HELD = """
CREATE FUNCTION recoup_match_holds_its_lines() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1
    FROM settlement_share s JOIN settlement_line l ON l.id = s.line_id
    JOIN settlement_match m ON m.id = s.match_id AND m.state = 'accepted'
    WHERE s.match_id = NEW.id
    GROUP BY l.id HAVING sum(s.amount) <> l.amount OR l.match_id IS DISTINCT FROM NEW.id;
    IF FOUND THEN
        RAISE EXCEPTION 'match % does not hold its lines whole', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END
$$
"""


def upgrade() -> None:
    _matches()
    _lines()
    _repeats()
    _shares()
    op.execute(HELD)
    op.execute(
        "CREATE CONSTRAINT TRIGGER match_holds_its_lines AFTER INSERT OR UPDATE OF state ON settlement_match "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'accepted') "
        "EXECUTE FUNCTION recoup_match_holds_its_lines()"
    )


def _matches() -> None:
    op.create_table(
        "settlement_match",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "suggested",
                "accepted",
                "rejected",
                "undone",
                name="match_state",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "way",
            sa.Enum(
                "one",
                "several_lines",
                "several_claims",
                "part",
                "more",
                "booked",
                "hand",
                name="match_way",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("expected", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint(
            "(state = 'suggested') = (decided_at is null)", name=op.f("ck_settlement_match_decided_with_date")
        ),
        sa.CheckConstraint(
            "(way = 'booked') = (payout_id is not null)", name=op.f("ck_settlement_match_booked_with_payout")
        ),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settlement_match_amount_positive")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_settlement_match_decided_by_person")),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_settlement_match_payout_id_payout")),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_settlement_match_shop_id_shop")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_match")),
    )
    op.create_index(
        op.f("ix_settlement_match_state_decided_at_id"), "settlement_match", ["state", "decided_at", "id"], unique=False
    )
    op.create_index(
        "ix_settlement_match_suggested",
        "settlement_match",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'suggested'"),
    )
    op.create_index(
        "uq_settlement_match_payout",
        "settlement_match",
        ["payout_id"],
        unique=True,
        postgresql_where=sa.text("payout_id is not null and state in ('suggested', 'accepted')"),
    )


def _lines() -> None:
    op.create_table(
        "settlement_line",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("shop_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column(
            "source",
            sa.Enum(
                "income",
                "adjustment",
                "wallet",
                name="settlement_source",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column(
            "kind",
            sa.Enum(
                "release",
                "compensation",
                "taken_back",
                "other",
                name="settlement_kind",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("rule", sa.Text(), nullable=True),
        sa.Column(
            "type",
            sa.Enum(
                "lost",
                "damaged",
                "missing_contents",
                "delayed",
                name="incident_type",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=True,
        ),
        sa.Column("order_number", sa.Text(), nullable=True),
        sa.Column("return_number", sa.Text(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=False),
        sa.Column("said", sa.Text(), server_default="", nullable=False),
        sa.Column("told", sa.LargeBinary(), nullable=False),
        sa.Column("twin_id", sa.BigInteger(), nullable=True),
        sa.Column("match_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount <> 0 or kind = 'release'", name=op.f("ck_settlement_line_worth_something")),
        sa.CheckConstraint("kind <> 'compensation' or amount > 0", name=op.f("ck_settlement_line_compensation_came")),
        sa.CheckConstraint("kind <> 'taken_back' or amount < 0", name=op.f("ck_settlement_line_taken_back_went")),
        sa.CheckConstraint("twin_id is null or match_id is null", name=op.f("ck_settlement_line_twin_is_not_matched")),
        sa.CheckConstraint("twin_id is null or twin_id <> id", name=op.f("ck_settlement_line_twin_is_another")),
        sa.ForeignKeyConstraint(["import_id"], ["import_run.id"], name=op.f("fk_settlement_line_import_id_import_run")),
        sa.ForeignKeyConstraint(
            ["match_id"], ["settlement_match.id"], name=op.f("fk_settlement_line_match_id_settlement_match")
        ),
        sa.ForeignKeyConstraint(["shop_id"], ["shop.id"], name=op.f("fk_settlement_line_shop_id_shop")),
        sa.ForeignKeyConstraint(
            ["twin_id"], ["settlement_line.id"], name=op.f("fk_settlement_line_twin_id_settlement_line")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_line")),
        sa.UniqueConstraint("shop_id", "told", name=op.f("uq_settlement_line_shop_id_told")),
    )
    op.create_index(op.f("ix_settlement_line_import_id"), "settlement_line", ["import_id"], unique=False)
    op.create_index(
        "ix_settlement_line_match_id",
        "settlement_line",
        ["match_id"],
        unique=False,
        postgresql_where=sa.text("match_id is not null"),
    )
    op.create_index(
        "ix_settlement_line_open",
        "settlement_line",
        ["paid_on", "id"],
        unique=False,
        postgresql_where=sa.text("kind = 'compensation' and match_id is null and twin_id is null"),
    )
    op.create_index(
        op.f("ix_settlement_line_shop_id_order_number"), "settlement_line", ["shop_id", "order_number"], unique=False
    )
    op.create_index(
        "ix_settlement_line_twin_id",
        "settlement_line",
        ["twin_id"],
        unique=False,
        postgresql_where=sa.text("twin_id is not null"),
    )


def _repeats() -> None:
    op.create_table(
        "settlement_repeat",
        sa.Column("import_id", sa.Integer(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import_run.id"], name=op.f("fk_settlement_repeat_import_id_import_run")
        ),
        sa.ForeignKeyConstraint(
            ["line_id"], ["settlement_line.id"], name=op.f("fk_settlement_repeat_line_id_settlement_line")
        ),
        sa.PrimaryKeyConstraint("import_id", "line_id", name=op.f("pk_settlement_repeat")),
    )
    op.create_index(op.f("ix_settlement_repeat_line_id"), "settlement_repeat", ["line_id"], unique=False)


def _shares() -> None:
    op.create_table(
        "settlement_share",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("match_id", sa.BigInteger(), nullable=False),
        sa.Column("line_id", sa.BigInteger(), nullable=False),
        sa.Column("claim_id", sa.BigInteger(), nullable=True),
        sa.Column("dispute_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("owed", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("payout_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount > 0", name=op.f("ck_settlement_share_amount_positive")),
        sa.CheckConstraint("num_nonnulls(claim_id, dispute_id) = 1", name=op.f("ck_settlement_share_pays_one")),
        sa.ForeignKeyConstraint(["claim_id"], ["claim.id"], name=op.f("fk_settlement_share_claim_id_claim")),
        sa.ForeignKeyConstraint(["dispute_id"], ["dispute.id"], name=op.f("fk_settlement_share_dispute_id_dispute")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["settlement_line.id"], name=op.f("fk_settlement_share_line_id_settlement_line")
        ),
        sa.ForeignKeyConstraint(
            ["match_id"], ["settlement_match.id"], name=op.f("fk_settlement_share_match_id_settlement_match")
        ),
        sa.ForeignKeyConstraint(["payout_id"], ["payout.id"], name=op.f("fk_settlement_share_payout_id_payout")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_share")),
        sa.UniqueConstraint(
            "match_id", "line_id", "claim_id", name=op.f("uq_settlement_share_match_id_line_id_claim_id")
        ),
        sa.UniqueConstraint("payout_id", name=op.f("uq_settlement_share_payout_id")),
    )
    op.create_index(
        "ix_settlement_share_claim_id",
        "settlement_share",
        ["claim_id"],
        unique=False,
        postgresql_where=sa.text("claim_id is not null"),
    )
    op.create_index(
        "ix_settlement_share_dispute_id",
        "settlement_share",
        ["dispute_id"],
        unique=False,
        postgresql_where=sa.text("dispute_id is not null"),
    )
    op.create_index(op.f("ix_settlement_share_line_id"), "settlement_share", ["line_id"], unique=False)
