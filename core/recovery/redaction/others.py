"""What belongs to no case: parcels that came through, disputes nobody made a case of, the raw rows of old files (inner)."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Sequence
from datetime import datetime

import orjson
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from core.foundation import audit, buyers
from core.foundation.permissions import Actor
from core.models import Dispute, ImportBlock, ImportRow, ImportRun, Redaction, SettlementLine, Tag
from core.models.redaction import RedactionWhy
from core.parcels.importers.kinds import unpack
from core.parcels.importers.own_cells import own_columns
from core.recovery.redaction.due import PARCELS
from core.recovery.redaction.parcel import Known, begin, rewrite
from core.recovery.redaction.reach import reached

_PARCELS = text(
    f"""
    with past as ({PARCELS} limit :most),
    gone as (
        update shipment s set buyer_username = null, redacted_at = :now from past where s.id = past.id returning s.id
    ),
    kept as (
        update import_change c set changes = c.changes - 'buyer_username' from past
        where c.shipment_id = past.id and c.changes ? 'buyer_username' returning 1
    )
    select count(*) from gone
    """  # noqa: S608 -- our own words
)

_COUNT = text(f"select count(*) from ({PARCELS}) as due")  # noqa: S608 -- our own words


def parcels(session: Session, days: int, *, actor: Actor, most: int, now: datetime) -> int:
    """At most `most` parcels without a case lose their buyer's name; how many there were."""
    found: int = session.execute(_PARCELS, {"days": days, "now": now, "most": most}).scalar_one()
    if found:
        _tell(session, {"parcels": found}, days, actor, now)
    return found


def count_parcels(session: Session, days: int, now: datetime) -> int:
    """How many parcels without a case still have their buyer's name, past their days."""
    return int(session.execute(_COUNT, {"days": days, "now": now}).scalar_one())


def disputes(session: Session, ids: Sequence[int], days: int, *, actor: Actor, now: datetime) -> int:
    """Disputes without a case lose what the buyer wrote and was called."""
    _tell(session, {"disputes": len(ids)}, days, actor, now)
    asked = {"disputes": list(ids), "incidents": [], "shipments": []}
    for one in reached():
        if ":disputes" in one.where:
            rewrite(session, one, asked, Known())
    session.execute(update(Dispute).where(Dispute.id.in_(ids)).values(redacted_at=now))
    return len(ids)


def raw_rows(session: Session, run_id: int, days: int, *, actor: Actor, now: datetime) -> int:
    """An old file's raw rows lose the buyer's cells, its refused rows and money lines whoever they name; how many rows changed."""
    run = session.get_one(ImportRun, run_id, with_for_update=True)
    _tell(session, {"files": 1}, days, actor, now)
    columns = own_columns(run.kind, run.headings)
    changed = _blocks(session, run, columns) if columns else 0
    for row in session.scalars(select(ImportRow).where(ImportRow.import_id == run_id)):
        raw = [buyers.without_buyers(cell) if isinstance(cell, str) else cell for cell in _blank(row.raw, columns)]
        if raw != row.raw:
            row.raw, changed = raw, changed + 1
    said = select(SettlementLine.said).where(SettlementLine.import_id == run_id, SettlementLine.said != "").distinct()
    for words in session.scalars(said).all():
        if (kept := buyers.without_buyers(words)) != words:
            mine = SettlementLine.import_id == run_id
            session.execute(update(SettlementLine).where(mine, SettlementLine.said == words).values(said=kept))
    run.redacted_at = now
    session.flush()
    return changed


def _blank(row: Sequence[object], columns: Collection[int]) -> list[object]:
    return [None if at in columns and cell not in (None, "") else cell for at, cell in enumerate(row)]


def _blocks(session: Session, run: ImportRun, columns: Collection[int]) -> int:
    """Rewrite the blocks of raw rows with the cells of `columns` empty, one at a time: a file may have a hundred thousand rows."""
    changed = 0
    firsts = session.scalars(select(ImportBlock.first_row).where(ImportBlock.import_id == run.id)).all()
    for first in firsts:
        block = session.get_one(ImportBlock, (run.id, first))
        rows = {number: orjson.loads(row) for number, row in unpack(block.body).items()}
        blank = {number: _blank(row, columns) for number, row in rows.items()}
        if blank != rows:
            changed += sum(blank[number] != row for number, row in rows.items())
            lines = [orjson.dumps(list(blank)), *(orjson.dumps(row) for row in blank.values())]
            block.body = zlib.compress(b"\n".join(lines), 1)
            session.flush()
        session.expunge(block)
    return changed


def _tell(session: Session, counts: dict[str, int], days: int, actor: Actor, now: datetime) -> Redaction:
    made = begin(session, incident_id=None, actor=actor, why=RedactionWhy.AGE, days=days, counts=counts, now=now)
    audit.record(
        session,
        Tag.BUYER_REDACTED,
        actor=actor,
        now=now,
        subject=("redaction", made.id),
        after={"why": made.why, "days": days, "counts": counts},
    )
    return made
