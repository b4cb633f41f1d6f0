"""Taking an import away again: exactly what it wrote, or a sentence naming what stands on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import ImportRun, Shop, Tag
from core.parcels.importers import apply, raw_rows
from core.parcels.importers.copying import checks_planned_once, cursor_of
from core.parcels.importers.kinds import Kinds


@dataclass(frozen=True)
class Deleted:
    """A file that was taken away: its name, its runs, and the shipments whose dates or status are as they were before."""

    file: str
    run_ids: tuple[int, ...]
    touched: tuple[int, ...]


@verb(Permission.IMPORT_DELETE)
def delete_import(session: Session, run_id: int, *, actor: Actor, kinds: Kinds, now: datetime) -> Deleted:
    """Take away everything that the file of this run brought, its newest sheet first; the run stays in the history as deleted.

    What the file changed becomes what it was before; what something else changed since stays. Raises `NotFound`, and `WrongState`
    (nothing has been written then) where a later import, a case or a match stands on it.
    """
    runs = _runs_of(session, run_id)
    apply.take_time(session)
    for shop_id in sorted(_turns(runs, kinds)):
        apply.wait_turn(session, shop_id)
    touched: dict[int, None] = {}
    for run in runs:
        kind = kinds.get(run.kind)
        if kind is None:
            raise WrongState(_("Recoup no longer knows this kind of file and cannot take it back."))
        with checks_planned_once(cursor_of(session)):
            touched |= dict.fromkeys(kind.delete(session, run, actor=actor, now=now))
        raw_rows.drop(session, run)
        run.undo = {}
        run.deleted_at, run.deleted_by = now, actor.person_id
        shop = session.get(Shop, run.shop_id) if run.shop_id is not None else None
        audit.record(
            session,
            Tag.IMPORT_DELETED,
            actor=actor,
            now=now,
            subject=("import", run.id),
            before={"report": run.report, "shop": shop.name if shop else "", "rows": run.counts.get("rows", 0)},
            after={"name": run.file_name},
        )
    session.flush()
    return Deleted(runs[0].file_name, tuple(run.id for run in runs), tuple(touched))


def _runs_of(session: Session, run_id: int) -> list[ImportRun]:
    """The runs of the file, newest first, locked."""
    one = session.get(ImportRun, run_id)
    if one is None or one.deleted_at is not None:
        raise NotFound(_("There is no such import."))
    first = one.file_id or one.id
    runs = list(
        session.scalars(
            select(ImportRun)
            .where(or_(ImportRun.id == first, ImportRun.file_id == first), ImportRun.deleted_at.is_(None))
            .order_by(ImportRun.id.desc())
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if not runs:
        # Somebody deleted it while this waited for the rows.
        raise NotFound(_("There is no such import."))
    return runs


def _turns(runs: list[ImportRun], kinds: Kinds) -> set[int]:
    """Whose imports have to wait meanwhile, as `apply.wait_turn` takes it."""
    shops = {run.shop_id for run in runs if run.shop_id is not None}
    if any((kind := kinds.get(run.kind)) is not None and not kind.needs_shop for run in runs):
        shops.add(apply.NO_SHOP)
    return shops


__all__ = ["Deleted", "delete_import"]
