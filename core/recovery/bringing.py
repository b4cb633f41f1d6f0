"""Bringing a file in, and what follows from it: the unfiled windows of open cases go with the dates the file tells, and
a lost parcel that was delivered after all becomes a task for every payer that was asked. And taking a file out again.

The importers know parcels and nothing of claims; this is the door the screens and the command line use.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from core.foundation.errors import WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.parcels import importers
from core.parcels.importers import Deleted, FileResult, Waiting, import_file, in_turn
from core.parcels.importers.kinds import Kinds
from core.parcels.rate_files import RateKind
from core.parcels.tracking.kind import TrackingKind
from core.parcels.tracking_lists import ListKind
from core.parcels.volumes import VolumeKind
from core.recovery import disputes, settlements
from core.recovery.money_tasks import arrivals_taken_away, follow_arrivals
from core.recovery.silent import withdrawn
from core.recovery.watching import follow_shipments

KINDS: Kinds = {
    **importers.KINDS,
    ListKind.table: ListKind(),
    RateKind.table: RateKind(),
    VolumeKind.table: VolumeKind(),
    TrackingKind.table: TrackingKind(),
    disputes.RETURNS.table: disputes.RETURNS,
    disputes.DETAILS.table: disputes.DETAILS,
    **settlements.KINDS,
}
"""Every kind of file Recoup takes, by field table. A new kind is a line here."""


@verb(Permission.IMPORT_RUN)
def bring_in(
    session: Session,
    source: Path | bytes | Waiting,
    *,
    actor: Actor,
    shop: str = "",
    market: str | None = None,
    file_name: str | None = None,
    password: str | None = None,
    dry_run: bool = False,
    now: datetime,
) -> FileResult:
    """Import one file (as `import_file`, with its refusals), then let clocks and claims follow the parcels it changed."""
    result = import_file(
        session,
        source,
        actor=actor,
        shop=shop,
        market=market,
        file_name=file_name,
        password=password,
        dry_run=dry_run,
        kinds=KINDS,
        now=now,
    )
    # A parcel that is new has no case yet.
    if result.touched:
        follow_shipments(session, result.touched, actor=actor, now=now)
        follow_arrivals(session, result.touched, actor=actor, now=now)
        withdrawn(session, result.touched, actor=actor, now=now)
    if result.new and not result.dry_run:
        # Returns may have come before their orders.
        offers = disputes.follow_runs(session, result.run_ids(), actor=actor, now=now)
        result = replace(result, offers=result.offers + offers)
    return result


@verb(Permission.IMPORT_DELETE)
def take_out(session: Session, run_id: int, *, actor: Actor, now: datetime) -> Deleted:
    """Delete the file of this import (as `delete_import`, with its refusals); the windows of open cases go back with the dates."""
    deleted = importers.delete_import(session, run_id, actor=actor, kinds=KINDS, now=now)
    if deleted.touched:
        if told := arrivals_taken_away(session, deleted.touched):
            raise WrongState(
                _(
                    "These cases were told by it that their parcel arrived: {references}. It stays as long as they do.",
                    references="; ".join(told[:6]) + (" …" if len(told) > 6 else ""),
                )
            )
        follow_shipments(session, deleted.touched, actor=actor, now=now)
    return deleted


__all__ = ["KINDS", "Waiting", "bring_in", "in_turn", "take_out"]
