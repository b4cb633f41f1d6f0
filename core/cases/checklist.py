"""What a payer still lacks: the documents its rule card lists against the evidence the case holds."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.cases.proof.meter import Need, count_up
from core.cases.proof.pieces import pieces_of
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import RuleCard

__all__ = ["Need", "checklist", "lacking", "needs"]


def needs(session: Session, incident_id: int, card: RuleCard) -> tuple[Need, ...]:
    """The card's documents with what the case holds of each, in the card's order (inner). Withdrawn evidence does not
    count, nor what cannot be read or is in a format the payer does not take.
    """
    return count_up(card.documents, pieces_of(session, incident_id))


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
