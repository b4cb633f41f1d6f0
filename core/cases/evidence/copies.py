"""Copies of a video for receivers who take stills only, or little: a contact sheet, a part of it. The video stays whole."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.evidence.adding import Entry, enter, standing
from core.cases.evidence.door import take_in
from core.cases.evidence.names import clean_name
from core.foundation import files, sniff, videos
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.sniff import Family
from core.models import Evidence, Incident, StoredFile
from core.money import ledger

PICTURES = 12
"""Of a contact sheet, where nobody says another number."""
LIMIT = 28_000_000
"""Bytes of a clip, where nobody says another number: Shopee takes 30 MB."""


@verb(Permission.EVIDENCE_ADD)
def make_contact_sheet(
    session: Session,
    evidence_id: int,
    *,
    actor: Actor,
    count: int = PICTURES,
    times: Sequence[float] = (),
    now: datetime,
) -> Evidence:
    """A JPEG with pictures of a video in a grid, each with its time, under the file's name and hash, as evidence of the same
    kind. `times` are seconds; without them `count` pictures are spread over the video.

    The same sheet asked for again is the one that stands. Raises `NotFound`; `WrongState` when the video was withdrawn or
    cannot be seen; `Invalid`; `Unavailable` when it takes too long.
    """
    source, media_type = _video(session, evidence_id)
    how: dict[str, Any] = {"what": "contact_sheet", "count": len(times) or count}
    if times:
        how["times"] = [round(time, 3) for time in times]
    found = _made(session, source, how)
    if found is not None:
        return found
    path = files.store().path(source.sha256)
    moments = list(times) or videos.spread(_length(source, path, media_type), count)
    sheet = videos.contact_sheet(path, media_type, times=moments, title=source.name, under=f"sha256 {source.sha256}")
    name = _stem(source.name) + ".sheet.jpg"
    return _enter(session, source, sheet.data, name, how | {"frames": list(sheet.times)}, actor=actor, now=now)


@verb(Permission.EVIDENCE_ADD)
def make_clip(
    session: Session,
    evidence_id: int,
    *,
    actor: Actor,
    start: float,
    end: float,
    limit_bytes: int = LIMIT,
    now: datetime,
) -> Evidence:
    """The part of a video from `start` to `end` (seconds) as an MP4 of at most `limit_bytes`, as evidence of the same kind.

    Copied without loss where it fits, from the key picture before `start`; else encoded smaller. `derived_how` says which,
    and from when to when it really goes. Asked for again, it is the one that stands. Refusals as for the contact sheet.
    """
    source, media_type = _video(session, evidence_id)
    how = {"what": "clip", "start": round(start, 3), "end": round(end, 3), "limit": limit_bytes}
    found = _made(session, source, how)
    if found is not None:
        return found
    path = files.store().path(source.sha256)
    clip = videos.clip(path, media_type, start=start, end=end, limit_bytes=limit_bytes)
    name = f"{_stem(source.name)}.{_code(clip.start)}-{_code(clip.end)}.mp4"
    really = {"from": clip.start, "to": clip.end, "encoded": clip.encoded}
    return _enter(session, source, clip.data, name, how | really, actor=actor, now=now)


def _video(session: Session, evidence_id: int) -> tuple[Evidence, str]:
    source = session.get(Evidence, evidence_id)
    if source is None:
        raise NotFound(_("There is no such evidence."))
    media_type = session.get_one(StoredFile, source.sha256).media_type
    if sniff.BY_MEDIA_TYPE[media_type].family is not Family.VIDEO:
        raise WrongState(_("“{name}” is no video.", name=source.name))
    if source.withdrawn_at is not None:
        raise WrongState(_("This was withdrawn already."))
    if source.unreadable is not None:
        raise WrongState(_("“{name}” cannot be seen, so nothing can be made from it.", name=source.name))
    return source, media_type


def _length(source: Evidence, path: Any, media_type: str) -> float:
    film = videos.probe(path, media_type)
    if film.unreadable is not None:
        raise Invalid(_("“{name}” cannot be seen, so nothing can be made from it.", name=source.name))
    return film.seconds or 0.0


def _made(session: Session, source: Evidence, how: dict[str, Any]) -> Evidence | None:
    """The standing copy made from it in the same way."""
    return session.scalars(
        select(Evidence)
        .where(Evidence.derived_from == source.id, Evidence.withdrawn_at.is_(None), Evidence.derived_how.contains(how))
        .order_by(Evidence.id)
        .limit(1)
    ).one_or_none()


def _enter(
    session: Session, source: Evidence, data: bytes, name: str, how: dict[str, Any], *, actor: Actor, now: datetime
) -> Evidence:
    """Put the copy beside its source, unless somebody has meanwhile. The case is locked only now that it is made."""
    taken = take_in(io.BytesIO(data), name)
    incident: Incident = ledger.lock_incident(session, source.incident_id)
    session.refresh(source)
    if source.withdrawn_at is not None:
        raise WrongState(_("This was withdrawn already."))
    there = standing(session, incident.id, taken.sha256)
    if there is not None:
        return there
    entry = Entry(clean_name(name), source.kind, "", taken, source=source, how=how)
    return enter(session, incident, entry, actor=actor, now=now)


def _stem(name: str) -> str:
    return name.rpartition(".")[0] or name


def _code(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}m{rest:02}s"
