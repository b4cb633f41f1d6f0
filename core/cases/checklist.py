"""What a payer still lacks: the documents its rule card lists against the evidence the case holds."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Evidence, RuleCard


@dataclass(frozen=True)
class Need:
    """One required document: its evidence kind, how many are asked for, how many the case holds, the card's remark."""

    code: str
    count: int
    have: int
    note: str

    @property
    def met(self) -> bool:
        """Whether enough are there."""
        return self.have >= self.count


def needs(session: Session, incident_id: int, card: RuleCard) -> tuple[Need, ...]:
    """The card's documents with what the case holds of each, in the card's order (inner). Withdrawn evidence does not
    count.
    """
    standing = select(Evidence.kind, func.count()).where(
        Evidence.incident_id == incident_id, Evidence.withdrawn_at.is_(None)
    )
    held = {row[0]: row[1] for row in session.execute(standing.group_by(Evidence.kind))}
    return tuple(
        Need(row["code"], int(row.get("count", 1)), held.get(row["code"], 0), str(row.get("note", "")))
        for row in card.documents
    )


def lacking(found: tuple[Need, ...]) -> tuple[str, ...]:
    """The codes of what is not there in full."""
    return tuple(need.code for need in found if not need.met)


@read(Permission.EVIDENCE_READ)
def checklist(session: Session, incident_id: int, rule_card_id: int, *, actor: Actor) -> tuple[Need, ...]:
    """The checklist of a case for one payer's rule card. Raises `NotFound`."""
    card = session.get(RuleCard, rule_card_id)
    if card is None:
        raise NotFound(_("There is no such rule card."))
    return needs(session, incident_id, card)
