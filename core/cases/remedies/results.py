"""What came of a case for the shop: the buyer's stars, whether a bad review was avoided, whether the buyer came back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation import audit
from core.foundation.errors import Invalid
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Person, ShopResult, Tag
from core.money import ledger

_LATEST = (
    select(ShopResult.rating, ShopResult.review_avoided, ShopResult.came_back, ShopResult.at, Person.name)
    .outerjoin(Person, Person.id == ShopResult.person_id)
    .where(ShopResult.incident_id == bindparam("incident_id"))
    .order_by(ShopResult.id.desc())
    .limit(1)
)
"""Built once, so that only its value travels: the case screen is drawn on every click."""


@dataclass(frozen=True)
class Result:
    """The latest note. None: not known (yet)."""

    rating: int | None
    review_avoided: bool | None
    came_back: bool | None
    at: datetime
    by: str | None


@read(Permission.REMEDY_READ)
def result_of(session: Session, incident_id: int, *, actor: Actor) -> Result | None:
    """What was last noted of a case; None where nobody did."""
    row = session.execute(_LATEST, {"incident_id": incident_id}).one_or_none()
    return Result(*row) if row is not None else None


@verb(Permission.REMEDY_PROPOSE)
def record_result(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    rating: int | None = None,
    review_avoided: bool | None = None,
    came_back: bool | None = None,
    now: datetime,
) -> ShopResult:
    """Note how a case ended for the shop, closed or not: it takes the place of what was noted before.

    Raises `Invalid` where nothing is known, or `rating` is not one to five stars.
    """
    if rating is None and review_avoided is None and came_back is None:
        raise Invalid(_("Note at least one: the stars, the review, or whether the buyer came back."), "rating")
    if rating is not None and not 1 <= rating <= 5:
        raise Invalid(_("Stars go from one to five."), "rating")
    incident = ledger.lock_incident(session, incident_id)
    before = result_of(session, incident_id, actor=actor)
    made = ShopResult(
        incident_id=incident.id,
        rating=rating,
        review_avoided=review_avoided,
        came_back=came_back,
        at=now,
        person_id=actor.person_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        Tag.RESULT_RECORDED,
        actor=actor,
        now=now,
        subject=("shop_result", made.id),
        chain=incident.id,
        before=_facts(before.rating, before.review_avoided, before.came_back) if before else {},
        after=_facts(rating, review_avoided, came_back),
    )
    touch(session, incident, now)
    return made


def _facts(rating: int | None, review_avoided: bool | None, came_back: bool | None) -> dict[str, object]:
    return {"rating": rating, "review_avoided": review_avoided, "came_back": came_back}
