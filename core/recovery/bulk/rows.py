"""What every batch is made of: the claims in order, each row in a savepoint, one payer, the bounds (inner)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.database import on_its_own
from core.foundation.errors import Invalid, NotFound, Refusal, TooLarge
from core.foundation.formats import listed
from core.foundation.language import _
from core.models import Claim, Incident
from core.recovery.bulk.report import MOST, Outcome, Report, Row


def each(session: Session, claim_ids: Sequence[int], one: Callable[[Claim, str], Row]) -> Report:
    """Every claim in the order of the cases; the report in the order that was given."""
    bounded(claim_ids)
    found = known(session, claim_ids)
    done = {claim.id: one(claim, case) for claim, case in sorted(found, key=lambda pair: pair[0].incident_id)}
    return Report(tuple(done[claim.id] for claim, _case in found))


def known(session: Session, claim_ids: Sequence[int]) -> list[tuple[Claim, str]]:
    """The claims with their cases' references, in the given order, each once. Raises `NotFound` for one that is none."""
    wanted = list(dict.fromkeys(claim_ids))
    found = {
        claim.id: (claim, case)
        for claim, case in session.execute(
            select(Claim, Incident.reference)
            .join(Incident, Incident.id == Claim.incident_id)
            .where(Claim.id.in_(wanted))
        )
    }
    if len(found) < len(wanted):
        raise NotFound(_("There is no such claim."))
    return [found[one] for one in wanted]


def bounded(rows: Sequence[Any]) -> None:
    if len(rows) > MOST:
        raise TooLarge(_("At most {n} claims at once. Choose fewer.", n=MOST))


def one_payer(session: Session, claim_ids: Sequence[int]) -> None:
    """Raise `Invalid` with the payers' names, unless it is one."""
    names = sorted(set(session.scalars(select(Claim.payer_name).where(Claim.id.in_(list(claim_ids))))))
    if len(names) > 1:
        raise Invalid(_("Choose claims of one payer. These are of {payers}.", payers=listed(names[:5])))


def tried(session: Session, write: Callable[[], str]) -> tuple[Outcome, str]:
    """Do it within a savepoint: done with its sentence, or undone with the reason. A bug is no reason: it is raised."""
    try:
        with on_its_own(session):
            return Outcome.DONE, write()
    except Refusal as refusal:
        return Outcome.REFUSED, refusal.message


def row(claim: Claim, case: str, outcome: Outcome, said: str) -> Row:
    return Row(claim.incident_id, case, claim.id, claim.reference, outcome, said)
