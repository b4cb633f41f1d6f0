"""One schedule for the payer: the claims of a batch as a workbook, one line for each tracking number.

Carriers take one claim for each tracking number, so a parcel stands in the schedule once: of two claims on one number the
larger demand is kept, and the other is named with the reason. What people wrote can never become a formula.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO

from sqlalchemy.orm import Session

from core.desk.claim_schedule.lines import LeftOut, Line, Schedule, filled, one_each, read_lines, sums
from core.desk.claim_schedule.sheet import CHANNEL_LABELS, COLUMNS, written
from core.foundation.clock import local_day
from core.foundation.errors import Invalid
from core.foundation.formats import listed
from core.foundation.gate import read
from core.foundation.language import LANGUAGES, _, current, using
from core.foundation.permissions import Actor, Permission
from core.recovery import packs

__all__ = [
    "CHANNEL_LABELS",
    "COLUMNS",
    "LeftOut",
    "Line",
    "Schedule",
    "file_stem",
    "schedule",
    "schedule_xlsx",
    "schedule_zip",
]

_UNSAFE = re.compile(r"[^0-9A-Za-z\u4e00-\u9fff]+")


@read(Permission.INCIDENT_EXPORT)
def schedule(session: Session, claim_ids: Sequence[int], *, actor: Actor) -> Schedule:
    """What would stand in the schedule of these claims, without writing it.

    Raises `Invalid` for claims of several payers, or when none can stand in it; `TooLarge` beyond 200; `NotFound`.
    """
    found = read_lines(session, claim_ids)
    payers = sorted({line.payer for line in found})
    if len(payers) > 1:
        raise Invalid(_("Choose claims of one payer. These are of {payers}.", payers=listed(payers[:5])))
    kept, left_out = one_each(found)
    return Schedule(
        payers[0],
        tuple(filled(session, kept)),
        tuple(left_out),
        sums((line.demand, line.currency) for line in kept),
        sums((line.value, line.value_currency) for line in kept),
    )


@read(Permission.INCIDENT_EXPORT)
def schedule_xlsx(
    session: Session,
    claim_ids: Sequence[int],
    out: BinaryIO,
    *,
    actor: Actor,
    language: str | None = None,
    now: datetime,
) -> Schedule:
    """Write the schedule as a workbook, headings in `language` (the reader's, if not given). Refuses as `schedule`."""
    with using(language if language in LANGUAGES else current()):
        made = schedule(session, claim_ids, actor=actor)
        written(made, now).save(out)
    return made


@read(Permission.INCIDENT_EXPORT)
def schedule_zip(
    session: Session,
    claim_ids: Sequence[int],
    out: BinaryIO,
    *,
    actor: Actor,
    language: str | None = None,
    now: datetime,
) -> Schedule:
    """Write the schedule with the latest complete pack of each claim beside it. Claims without one are in
    `without_pack`.
    """
    sheet = io.BytesIO()
    made = schedule_xlsx(session, claim_ids, sheet, actor=actor, language=language, now=now)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{file_stem(made.payer, now, actor.zone)}.xlsx", sheet.getvalue())
        for line in made.lines:
            if line.pack_id is not None:
                pack = packs.get_pack(session, line.pack_id, actor=actor)
                # Compressed already.
                archive.write(pack.path, f"packs/{pack.file_name}", zipfile.ZIP_STORED)
    return made


def file_stem(payer: str, now: datetime, zone: str) -> str:
    """The file's name without its ending: `claims-Ninja-Van-2026-11-23`."""
    return f"claims-{_UNSAFE.sub('-', payer).strip('-')[:40] or 'payer'}-{local_day(now, zone).isoformat()}"
