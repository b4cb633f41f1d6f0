"""Remedies, authority and the result for the shop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

ONLY_GROWS = ("authority_policy", "authority_limit", "shop_result", "remedy_step")


def _words(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    _authority_policy()
    _authority_limit()
    _stand_in()
    _shop_result()
    _remedy()
    _remedy_step()
    for table in ONLY_GROWS:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION recoup_refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
        )


def _authority_policy() -> None:
    op.create_table(
        "authority_policy",
        sa.Column("version", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("buyer_days", sa.Integer(), nullable=False),
        sa.Column("batch_days", sa.Integer(), nullable=False),
        sa.Column("two_from", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("buyer_days > 0 and batch_days > 0", name=op.f("ck_authority_policy_looks_back")),
        sa.CheckConstraint("two_from is null or two_from > 0", name=op.f("ck_authority_policy_two_from_positive")),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_authority_policy_created_by_person")),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_authority_policy")),
    )


def _authority_limit() -> None:
    op.create_table(
        "authority_limit",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            _words("role", "agent", "lead", "manager", "admin", "viewer"),
            nullable=False,
        ),
        sa.Column("per_case", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("per_day", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("per_buyer", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.Column("per_batch", sa.Numeric(precision=20, scale=4), nullable=True),
        sa.CheckConstraint(
            "coalesce(per_case, 0) >= 0 and coalesce(per_day, 0) >= 0 and coalesce(per_buyer, 0) >= 0 and coalesce(per_batch, 0) >= 0",
            name=op.f("ck_authority_limit_limits_not_negative"),
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["authority_policy.version"], name=op.f("fk_authority_limit_version_authority_policy")
        ),
        sa.PrimaryKeyConstraint("version", "role", name=op.f("pk_authority_limit")),
    )


def _stand_in() -> None:
    op.create_table(
        "stand_in",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("stand_in_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("(ended_at is null) = (ended_by is null)", name=op.f("ck_stand_in_ended_by_somebody")),
        sa.CheckConstraint("person_id <> stand_in_id", name=op.f("ck_stand_in_somebody_else")),
        sa.CheckConstraint("until_at > from_at", name=op.f("ck_stand_in_ends_after_start")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.id"], name=op.f("fk_stand_in_ended_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stand_in_person_id_person")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_stand_in_set_by_person")),
        sa.ForeignKeyConstraint(["stand_in_id"], ["person.id"], name=op.f("fk_stand_in_stand_in_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stand_in")),
    )
    op.create_index(op.f("ix_stand_in_person_id_until_at"), "stand_in", ["person_id", "until_at"])
    op.create_index(op.f("ix_stand_in_stand_in_id_until_at"), "stand_in", ["stand_in_id", "until_at"])


def _shop_result() -> None:
    op.create_table(
        "shop_result",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column("rating", sa.SmallInteger(), nullable=True),
        sa.Column("review_avoided", sa.Boolean(), nullable=True),
        sa.Column("came_back", sa.Boolean(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("rating between 1 and 5", name=op.f("ck_shop_result_stars")),
        sa.CheckConstraint(
            "rating is not null or review_avoided is not null or came_back is not null",
            name=op.f("ck_shop_result_says_something"),
        ),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_shop_result_incident_id_incident")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shop_result_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shop_result")),
    )
    op.create_index(op.f("ix_shop_result_incident_id_id"), "shop_result", ["incident_id", "id"])


def _remedy() -> None:
    op.create_table(
        "remedy",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("incident_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "kind",
            _words("remedy_kind", "reship", "refund", "partial_refund", "voucher"),
            nullable=False,
        ),
        sa.Column(
            "state",
            _words("remedy_state", "proposed", "asked", "approved", "declined", "done", "withdrawn"),
            nullable=False,
        ),
        sa.Column(
            "asked",
            _words("asked", "reship", "refund", "partial_refund", "voucher"),
            nullable=True,
        ),
        sa.Column("currency", sa.CHAR(3), nullable=False),
        sa.Column("amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("cost", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("base_currency", sa.CHAR(3), nullable=False),
        sa.Column("base_amount", sa.Numeric(precision=20, scale=4), nullable=False),
        sa.Column("rate_on", sa.Date(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order_key", sa.Text(), nullable=False),
        sa.Column("buyer_key", sa.Text(), nullable=False),
        sa.Column("batch_key", sa.Text(), nullable=False),
        sa.Column("needs", sa.SmallInteger(), nullable=False),
        sa.Column("over", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column(
            "near",
            _words("near", "case", "day", "buyer", "batch", "two"),
            nullable=True,
        ),
        sa.Column("authority_version", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Integer(), nullable=True),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=True),
        sa.Column("replaced", sa.Numeric(precision=20, scale=4), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_remedy_done_with_date")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_remedy_has_reason")),
        sa.CheckConstraint(
            "state <> 'done' or cost = 0 or posting_id is not null", name=op.f("ck_remedy_done_with_posting")
        ),
        sa.CheckConstraint(
            "state not in ('approved', 'done') or granted_at is not null", name=op.f("ck_remedy_granted_with_date")
        ),
        sa.CheckConstraint("amount > 0 and cost >= 0 and base_amount > 0", name=op.f("ck_remedy_amounts_positive")),
        sa.CheckConstraint("needs between 0 and 2", name=op.f("ck_remedy_needs_at_most_two")),
        sa.CheckConstraint("replaced >= 0 and replaced <= cost", name=op.f("ck_remedy_replaced_within_cost")),
        sa.ForeignKeyConstraint(["done_by"], ["person.id"], name=op.f("fk_remedy_done_by_person")),
        sa.ForeignKeyConstraint(["incident_id"], ["incident.id"], name=op.f("fk_remedy_incident_id_incident")),
        sa.ForeignKeyConstraint(["posting_id"], ["posting.id"], name=op.f("fk_remedy_posting_id_posting")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_remedy_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy")),
    )
    op.create_index("ix_remedy_batch", "remedy", ["batch_key", "granted_at"])
    op.create_index("ix_remedy_buyer", "remedy", ["buyer_key", "granted_at"])
    op.create_index(op.f("ix_remedy_incident_id"), "remedy", ["incident_id"])
    op.create_index("ix_remedy_near", "remedy", ["granted_at"], postgresql_where=sa.text("near is not null"))
    op.create_index(
        "ix_remedy_open",
        "remedy",
        ["proposed_at"],
        postgresql_where=sa.text("state::text = any ('{proposed,asked,approved}'::text[])"),
    )
    op.create_index(
        "ix_remedy_order",
        "remedy",
        ["order_key"],
        postgresql_where=sa.text("state::text = any ('{approved,done}'::text[])"),
    )
    op.create_index("ix_remedy_posting", "remedy", ["posting_id"], postgresql_where=sa.text("posting_id is not null"))


def _remedy_step() -> None:
    op.create_table(
        "remedy_step",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("remedy_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "action",
            _words(
                "remedy_action",
                "propose",
                "grant",
                "approve",
                "decline",
                "ask",
                "answer",
                "do",
                "withdraw",
                "take_back",
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("authority_of", sa.Integer(), nullable=True),
        sa.Column("covered", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("not covered or authority_of is not null", name=op.f("ck_remedy_step_covered_by_somebody")),
        sa.ForeignKeyConstraint(["authority_of"], ["person.id"], name=op.f("fk_remedy_step_authority_of_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_remedy_step_person_id_person")),
        sa.ForeignKeyConstraint(["remedy_id"], ["remedy.id"], name=op.f("fk_remedy_step_remedy_id_remedy")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remedy_step")),
    )
    op.create_index(
        "ix_remedy_step_authority",
        "remedy_step",
        ["authority_of", "at"],
        postgresql_where=sa.text("covered"),
    )
    op.create_index("ix_remedy_step_person", "remedy_step", ["person_id", "at"], postgresql_where=sa.text("covered"))
    op.create_index(op.f("ix_remedy_step_remedy_id_id"), "remedy_step", ["remedy_id", "id"])
