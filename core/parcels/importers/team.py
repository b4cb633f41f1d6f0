"""The heading tables as they count now: the shipped ones with what the team said in Settings."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.permissions import Actor, Permission
from core.models import HeadingAlias
from core.parcels.importers.tables import HeadingTables, heading_tables


@read(Permission.IMPORT_READ)
def team_tables(session: Session, *, actor: Actor) -> HeadingTables:
    """The shipped tables with the team's own headings, which go before what a later Recoup may say of the same words."""
    tables = heading_tables()
    changed = dict(tables.tables)
    query = select(HeadingAlias).where(HeadingAlias.retired_at.is_(None)).order_by(HeadingAlias.id)
    for one in session.scalars(query):
        table = changed.get(one.report_table)
        # A table or field of a later Recoup, gone again with it, is passed over.
        if table is not None and one.field in table.fields:
            changed[table.name] = table.with_alias(one.language, one.key, one.field)
    return replace(tables, tables=changed)
