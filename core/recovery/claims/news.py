"""What is new in a case since its payer was last written to: what an appeal, or a delta pack, should bring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimStep, Contact, Evidence
from core.recovery.claim_states import ClaimAction

WRITTEN = (ClaimAction.SEND_INFORMATION, ClaimAction.APPEAL)
"""Moves after the filing with which the payer was sent what the case held."""

OURS_ONLY = ("receipt",)
"""Kinds of evidence that prove our own filing; the payer has no use for them."""


@dataclass(frozen=True)
class News:
    """Evidence (not withdrawn) and talks put in after `since`, oldest first; `since` None: the payer has nothing yet."""

    since: datetime | None
    evidence_ids: tuple[int, ...]
    contact_ids: tuple[int, ...]


@read(Permission.CLAIM_READ)
def new_since(session: Session, claim_id: int, *, actor: Actor) -> News:
    """What came into the claim's case since it was filed, appealed, or information was sent. Raises `NotFound`."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    since = session.scalar(
        select(func.max(ClaimStep.at)).where(ClaimStep.claim_id == claim.id, ClaimStep.action.in_(WRITTEN))
    )
    if since is None or (claim.submitted_at is not None and claim.submitted_at > since):
        since = claim.submitted_at
    files = (
        select(Evidence.id)
        .where(
            Evidence.incident_id == claim.incident_id,
            Evidence.withdrawn_at.is_(None),
            Evidence.kind.not_in(OURS_ONLY),
        )
        .order_by(Evidence.added_at, Evidence.id)
    )
    talks = select(Contact.id).where(Contact.incident_id == claim.incident_id).order_by(Contact.at, Contact.id)
    if since is not None:
        files, talks = files.where(Evidence.added_at > since), talks.where(Contact.logged_at > since)
    return News(since, tuple(session.scalars(files)), tuple(session.scalars(talks)))
