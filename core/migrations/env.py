"""What Alembic runs. It gets an open connection and, to compare, the models' metadata; it opens no database itself."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context

from core.foundation.columns import CurrencyCode, UtcDateTime
from core.foundation.database import Base


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own column types as what they are in the database, so that an old migration needs no code of today."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, CurrencyCode):
        return "sa.CHAR(3)"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transaction_per_migration=True,
    compare_server_default=True,
    render_item=render_item,
)
with context.begin_transaction():
    context.run_migrations()
