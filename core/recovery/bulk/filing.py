"""Claims filed or followed up together, and what such a batch would meet."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.evidence import add_evidence
from core.foundation.errors import Refusal
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, Evidence
from core.models.claim import ClaimState
from core.models.contact import Channel
from core.recovery import claims
from core.recovery.bulk.report import Ahead, Receipt, Report, Row
from core.recovery.bulk.rows import each, known, one_payer, row, tried
from core.recovery.claim_states import CLAIMS, ClaimAction

RECEIPT = "receipt"


@read(Permission.CLAIM_READ)
def look_ahead(
    session: Session, claim_ids: Sequence[int], action: ClaimAction, *, actor: Actor, now: datetime
) -> list[Ahead]:
    """What an action would meet on each claim, in the given order: the same guards the verbs ask, without doing it.

    MARK_READY stands for preparing: a claim that is ready already only gets its pack.
    """
    found = []
    for claim, case in known(session, claim_ids):
        reason = None if action is ClaimAction.MARK_READY and claim.state is ClaimState.READY else ""
        if reason is not None:
            reason = _reason(session, claim, action, actor, now)
        found.append(Ahead(claim.id, claim.incident_id, claim.reference, case, claim.payer_name, claim.state, reason))
    return found


@verb(Permission.CLAIM_SUBMIT)
def submit_many(
    session: Session,
    claim_ids: Sequence[int],
    *,
    actor: Actor,
    via: str,
    number: str = "",
    numbers: Mapping[int, str] | None = None,
    receipt: Receipt | None = None,
    now: datetime,
) -> Report:
    """Note that claims of one payer were filed now: `numbers` has each one's case number, `number` the common one.

    The receipt is added to each case once. Raises `Invalid` for claims of several payers, `TooLarge` beyond `MOST`.
    """
    one_payer(session, claim_ids)

    def one(claim: Claim, case: str) -> Row:
        own = (numbers or {}).get(claim.id, "").strip() or number.strip()

        def write() -> str:
            proof = _receipt(session, claim.incident_id, receipt, actor, now) if receipt else None
            claims.submit(session, claim.id, actor=actor, case_number=own, via=via, receipt_id=proof, now=now)
            return _("Filed under {number}.", number=own)

        return row(claim, case, *tried(session, write))

    return each(session, claim_ids, one)


@verb(Permission.CLAIM_ANSWER)
def follow_up_many(
    session: Session,
    claim_ids: Sequence[int],
    *,
    actor: Actor,
    channel: Channel,
    text: str,
    name: str = "",
    staff_number: str = "",
    next_on: date | None = None,
    now: datetime,
) -> Report:
    """Note one talk with the payer about several of its claims, and when each is asked after again.

    Raises `Invalid` for claims of several payers, `TooLarge` beyond `MOST`.
    """
    one_payer(session, claim_ids)

    def one(claim: Claim, case: str) -> Row:
        def write() -> str:
            claims.follow_up(
                session,
                claim.id,
                actor=actor,
                channel=channel,
                text=text,
                name=name,
                staff_number=staff_number,
                next_on=next_on,
                now=now,
            )
            return _("Followed up.")

        return row(claim, case, *tried(session, write))

    return each(session, claim_ids, one)


def _receipt(session: Session, incident_id: int, receipt: Receipt, actor: Actor, now: datetime) -> int:
    """The receipt among the case's evidence: the one that is there already, or a new one."""
    digest = hashlib.sha256(receipt.data).hexdigest()
    there = session.scalar(
        select(Evidence.id).where(
            Evidence.incident_id == incident_id, Evidence.sha256 == digest, Evidence.withdrawn_at.is_(None)
        )
    )
    if there is not None:
        return there
    added = add_evidence(session, incident_id, actor=actor, name=receipt.name, data=receipt.data, kind=RECEIPT, now=now)
    return added.id


def _reason(session: Session, claim: Claim, action: ClaimAction, actor: Actor, now: datetime) -> str | None:
    """Why the claim would not take this action now; None when it would."""
    for offer in claims.offers_of(session, claim, actor=actor, now=now):
        if offer.action == action:
            return offer.reason
    try:
        CLAIMS.step(claim.state, action)
    except Refusal as refusal:
        return refusal.message
    return None
