"""Bringing a file in, and what follows from it: the unfiled windows of open cases go with the dates the file tells, and
a lost parcel that was delivered after all becomes a task for every payer that was asked.

The importers know parcels and nothing of claims; this is the door the screens and the command line use.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from core.foundation.gate import verb
from core.foundation.permissions import Actor, Permission
from core.parcels.importers import FileResult, import_file
from core.recovery.money_tasks import follow_arrivals
from core.recovery.watching import follow_import


@verb(Permission.IMPORT_RUN)
def bring_in(
    session: Session,
    source: Path | bytes,
    *,
    actor: Actor,
    shop: str,
    market: str | None = None,
    file_name: str | None = None,
    dry_run: bool = False,
    now: datetime,
) -> FileResult:
    """Import one file (as `import_file`, with its refusals), then let clocks and claims follow the parcels it changed."""
    result = import_file(
        session, source, actor=actor, shop=shop, market=market, file_name=file_name, dry_run=dry_run, now=now
    )
    # A parcel that is new has no case yet.
    if result.run_id is not None and result.updated:
        follow_import(session, result.run_id, actor=actor, now=now)
        follow_arrivals(session, result.run_id, actor=actor, now=now)
    return result
