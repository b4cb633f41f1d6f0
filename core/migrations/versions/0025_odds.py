"""Disputes listed by what is due next, and by what ended last, however many there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

STILL_OPEN = (
    "state in ('opened', 'preparing', 'answered', 'judging', 'offered', 'countered', "
    "'compensation_requested', 'compensation_approved')"
)


def upgrade() -> None:
    op.create_index("ix_dispute_open", "dispute", ["next_due_at", "id"], postgresql_where=sa.text(STILL_OPEN))
    op.create_index("ix_dispute_over", "dispute", ["state_at", "id"], postgresql_where=sa.text(f"not ({STILL_OPEN})"))
    # What ended and still asks something, such as compensation after a loss.
    op.create_index(
        "ix_dispute_after",
        "dispute",
        ["next_due_at", "id"],
        postgresql_where=sa.text(f"not ({STILL_OPEN}) and next_due_at is not null"),
    )
