"""What the answers to several disputes stand on: of each the list of proof, what the case has of it, what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.desk.disputes_list.reads import disputes_named
from core.desk.disputes_list.rows import DisputeLine
from core.foundation.errors import Refusal
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import AnswerDraft
from core.models.dispute import OPEN_STATES
from core.recovery.answers import modules
from core.recovery.answers.drafts import advised, choice_of, list_of
from core.recovery.answers.facts import gather
from core.recovery.disputes import STATE_LABELS


@dataclass(frozen=True)
class Checklist:
    """One dispute: of `required` things to show `there` are there, `missing` in the platform's words or ours (show them as text).

    `usual`: the platform named nothing, the usual list stands for its own. `reason`: why no answer can be prepared; None where one can.
    """

    line: DisputeLine
    required: int
    there: int
    missing: tuple[str, ...]
    usual: bool
    reason: str | None


@read(Permission.DISPUTE_READ)
def checklists(session: Session, ids: Sequence[int], *, actor: Actor, now: datetime) -> list[Checklist]:
    """The lists of some disputes, in the order they were asked for: of the draft where there is one, else of what the case has."""
    return [_checklist(session, line, actor, now) for line in disputes_named(session, ids, actor=actor)]


def _checklist(session: Session, line: DisputeLine, actor: Actor, now: datetime) -> Checklist:
    try:
        facts = gather(session, line.id, actor=actor)
    except Refusal as refusal:
        return Checklist(line, 0, 0, (), False, refusal.message)
    draft = session.get(AnswerDraft, line.id)
    choice = advised(facts, now) if draft is None else choice_of(facts, draft)
    places = list_of(facts, choice.reason)
    required = [one for one in places if one.required]
    missing = modules.missing(places, choice.places, facts.items)
    reason = None if line.state in OPEN_STATES else _("It is over: {state}.", state=_(STATE_LABELS[line.state]).lower())
    return Checklist(
        line,
        len(required),
        len(required) - len(missing),
        tuple(one.requirement for one in missing),
        not any(one.given for one in places),
        reason,
    )
