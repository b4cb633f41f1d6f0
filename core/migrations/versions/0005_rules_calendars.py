"""Rule cards with further limits, and working-day calendars a team keeps itself."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

UNITS = ("hours", "calendar_days", "business_days", "months")
BASES = ("declared", "transaction", "cost", "invoice", "none_stated")


def upgrade() -> None:
    _rule_cards()
    _calendars()


def _rule_cards() -> None:
    op.add_column("rule_card", sa.Column("appeal_unit", _words("appeal_unit", *UNITS), nullable=True))
    op.add_column("rule_card", sa.Column("follow_up_days", sa.Integer(), nullable=True))
    op.add_column("rule_card", sa.Column("follow_up_unit", _words("follow_up_unit", *UNITS), nullable=True))
    op.add_column(
        "rule_card",
        sa.Column("value_basis", _words("value_basis", *BASES), server_default="none_stated", nullable=False),
    )
    op.add_column("rule_card", sa.Column("receiver", sa.Text(), nullable=True))
    op.add_column("rule_card", sa.Column("limits", postgresql.JSONB(), server_default="[]", nullable=False))
    op.add_column(
        "rule_card", sa.Column("origin", _words("origin", "seed", "hand"), server_default="hand", nullable=False)
    )
    # An appeal was counted in calendar days before it could say so.
    op.execute("update rule_card set appeal_unit = 'calendar_days' where appeal_days is not null")
    # Until now only the seed wrote a first version that nobody signed.
    op.execute("update rule_card set origin = 'seed' where version = 1 and created_by is null")


def _calendars() -> None:
    op.create_table(
        "calendar_day",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", _words("day_kind", "added", "struck", "workday"), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("source", _words("day_source", "hand", "ical"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["person.id"], name=op.f("fk_calendar_day_created_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_day")),
        sa.UniqueConstraint("calendar", "day", name=op.f("uq_calendar_day_calendar_day")),
    )
    op.create_table(
        "calendar_choice",
        sa.Column("calendar", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(), nullable=True),
        sa.Column("published_through", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "published_through is null or published_through between 1990 and 2099",
            name=op.f("ck_calendar_choice_year_in_reach"),
        ),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_calendar_choice_changed_by_person")),
        sa.PrimaryKeyConstraint("calendar", name=op.f("pk_calendar_choice")),
    )


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=40)
