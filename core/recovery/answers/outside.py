"""What went to the platform without Recoup: held against the case after the fact, and kept with what the guard finds in it.

It has gone, so nothing can stop it any more; but nobody keeps it without having read what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation.errors import GuardFailed, Invalid
from core.foundation.formats import clauses
from core.foundation.gate import read, verb
from core.foundation.language import _, _n
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import AnswerDraft, Dispute
from core.models.answer import Plea
from core.recovery.answers import drafts, knowing
from core.recovery.answers.composing import Choice
from core.recovery.answers.facts import Facts, gather
from core.recovery.answers.guard import Finding, check
from core.recovery.answers.modules import usable
from core.recovery.answers.plan import wordings
from core.recovery.disputes.life import LONGEST_NOTE, NEEDS_WORDS, Sent, move_dispute
from core.recovery.disputes.states import DisputeAction


@read(Permission.DISPUTE_EDIT)
def findings_outside(
    session: Session,
    dispute_id: int,
    text: str,
    language: str,
    *,
    actor: Actor,
    amount: Money | None = None,
    now: datetime,
) -> tuple[Finding, ...]:
    """What the guard finds in a text that went already, in that language (`wordings`); `amount` is what it asks for. The proof is the
    one of the answer that was begun; without one, what the case has for each place of the platform's list.

    Raises `NotFound`, `WrongState` for a request of no case, `Invalid` naming `language`.
    """
    if language not in wordings():
        raise Invalid(_("No answers are written in that language here."), "language")
    facts = gather(session, dispute_id, actor=actor)
    draft = session.get(AnswerDraft, dispute_id)
    choice = drafts.choice_of(facts, draft) if draft is not None else drafts.advised(facts, now)
    held = knowing.known(
        facts,
        # What was asked for is not known: nothing is held against it that only follows from that.
        plea=draft.plea if draft is not None else Plea.COMPENSATE,
        amount=amount or (choice.amount if draft is not None else None),
        exhibits=_numbers(facts, choice if draft is not None else None),
        missing=drafts.missing_of(facts, choice),
        rules=choice.rules,
        left=drafts.left_of(session, facts, actor=actor, now=now),
        now=now,
    )
    return check(text, language, held)


def _numbers(facts: Facts, choice: Choice | None) -> list[int]:
    """The numbers of the answer being written; without one, as many as the case has evidence to show."""
    if choice is None:
        return list(range(1, sum(usable(one) for one in facts.items) + 1))
    return [one.number for one in drafts.exhibits_of(facts, choice)]


@verb(Permission.DISPUTE_EDIT)
def went_outside(
    session: Session,
    dispute_id: int,
    action: DisputeAction,
    *,
    actor: Actor,
    sent: Sent,
    read_findings: Collection[str] = (),
    note: str = "",
    amount: Money | None = None,
    at: datetime | None = None,
    now: datetime,
) -> Dispute:
    """Keep what somebody put into the platform without Recoup, and move the dispute. `sent.language` is what it was written in;
    `read_findings` are the keys of what the guard found that the person has read. What it found is kept in the step's remark.

    Raises `GuardFailed` (`missing`: the keys) where something was found that nobody read, and what `move_dispute` raises.
    """
    if action not in NEEDS_WORDS:
        raise ValueError(f"{action} sends no words")
    if sent.text.strip():
        found = findings_outside(session, dispute_id, sent.text, sent.language, actor=actor, amount=amount, now=now)
        if unread := [one for one in found if one.key not in read_findings]:
            said = _n(
                "The guard found {n} thing in it. Read it, then say that it went like this.",
                "The guard found {n} things in it. Read them, then say that it went like this.",
                len(unread),
            )
            raise GuardFailed(said, tuple(one.key for one in unread))
        note = _remark(note, found)
    return move_dispute(session, dispute_id, action, actor=actor, sent=sent, note=note, amount=amount, at=at, now=now)


def _remark(note: str, found: Collection[Finding]) -> str:
    what = clauses([one.said for one in found])
    told = (
        _("Sent outside Recoup; the guard found: {what}", what=what)
        if found
        else _("Sent outside Recoup; the guard found nothing.")
    )
    room = max(LONGEST_NOTE - len(note) - 1, 0)
    return f"{note.strip()}\n{told[:room]}".strip()
