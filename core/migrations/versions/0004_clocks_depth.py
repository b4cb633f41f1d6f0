"""Clocks that pause, wake, escalate, and come in more kinds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
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
)
STATES = ("running", "paused", "met", "missed", "cancelled")
REASONS = ("waiting_buyer", "waiting_carrier", "waiting_platform", "payer_agreed")

# A pause may only be ended, and once: what it was and since when stays as it was put in.
PAUSE = """
CREATE FUNCTION recoup_pause_ends_once() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
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


def _one_of(table: str, name: str, column: str, words: tuple[str, ...]) -> None:
    """Widen the CHECK of a closed list of words."""
    op.drop_constraint(op.f(f"ck_{table}_{name}"), table, type_="check")
    allowed = ", ".join(f"'{word}'" for word in words)
    op.create_check_constraint(op.f(f"ck_{table}_{name}"), table, f"{column} IN ({allowed})")


def upgrade() -> None:
    _one_of("clock", "clock_kind", "kind", KINDS)
    _one_of("clock", "clock_state", "state", STATES)
    moment = sa.DateTime(timezone=True)
    op.add_column("clock", sa.Column("paused_at", moment, nullable=True))
    op.add_column("clock", sa.Column("held", sa.Interval(), server_default=sa.text("'0'::interval"), nullable=False))
    op.add_column("clock", sa.Column("woke_at", moment, nullable=True))
    op.add_column("clock", sa.Column("quiet_until", moment, nullable=True))
    op.add_column("clock", sa.Column("escalation", sa.SmallInteger(), server_default="0", nullable=False))
    op.add_column("clock", sa.Column("escalated_at", moment, nullable=True))
    # A window that was open when its clock started never slept, so it never wakes.
    op.execute("UPDATE clock SET woke_at = created_at WHERE opens_at <= created_at")
    op.drop_constraint(op.f("ck_clock_settled_with_date"), "clock", type_="check")
    for name, condition in (
        ("settled_with_date", "(state in ('running', 'paused')) = (settled_at is null)"),
        ("paused_with_date", "(state = 'paused') = (paused_at is not null)"),
        ("held_not_negative", "held >= interval '0'"),
        ("escalated_with_date", "escalation between 0 and 2 and (escalation = 0) = (escalated_at is null)"),
    ):
        op.create_check_constraint(op.f(f"ck_clock_{name}"), "clock", condition)
    asleep = sa.text("state = 'running' and woke_at is null")
    op.create_index("ix_clock_asleep", "clock", ["opens_at"], unique=False, postgresql_where=asleep)
    missed = sa.text("state = 'missed'")
    op.create_index("ix_clock_missed", "clock", ["incident_id"], unique=False, postgresql_where=missed)
    _pauses()


def _pauses() -> None:
    moment = sa.DateTime(timezone=True)
    reason = sa.Enum(*REASONS, name="pause_reason", native_enum=False, create_constraint=True, length=40)
    op.create_table(
        "clock_pause",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("clock_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", reason, nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("from_at", moment, nullable=False),
        sa.Column("until_at", moment, nullable=True),
        sa.Column("paused_by", sa.Integer(), nullable=True),
        sa.Column("resumed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("until_at is null or until_at >= from_at", name=op.f("ck_clock_pause_ends_after_start")),
        sa.CheckConstraint("reason <> 'payer_agreed' or note <> ''", name=op.f("ck_clock_pause_agreed_with_note")),
        sa.ForeignKeyConstraint(["clock_id"], ["clock.id"], name=op.f("fk_clock_pause_clock_id_clock")),
        sa.ForeignKeyConstraint(["paused_by"], ["person.id"], name=op.f("fk_clock_pause_paused_by_person")),
        sa.ForeignKeyConstraint(["resumed_by"], ["person.id"], name=op.f("fk_clock_pause_resumed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_pause")),
    )
    op.create_index(op.f("ix_clock_pause_clock_id_from_at"), "clock_pause", ["clock_id", "from_at"], unique=False)
    lasting = sa.text("until_at is null")
    op.create_index("uq_clock_pause_open", "clock_pause", ["clock_id"], unique=True, postgresql_where=lasting)
    op.execute(PAUSE)
    op.execute(
        "CREATE TRIGGER pause_ends_once BEFORE UPDATE OR DELETE ON clock_pause "
        "FOR EACH ROW EXECUTE FUNCTION recoup_pause_ends_once()"
    )
    op.execute(
        "CREATE TRIGGER refuse_emptying BEFORE TRUNCATE ON clock_pause "
        "FOR EACH STATEMENT EXECUTE FUNCTION recoup_refuse_change()"
    )
