"""What the screen of an answer is drawn from: the choice, the list of proof, the rules, the texts, what the guard finds, what was sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.cases.evidence import EvidenceItem
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import AnswerDraft, Dispute, DisputeAnswer, Incident, Person
from core.models.answer import Plea
from core.models.dispute import DisputeState, ReturnReason
from core.recovery.answers import composing, drafts, modules
from core.recovery.answers.composing import Choice
from core.recovery.answers.facts import gather
from core.recovery.answers.guard import Finding
from core.recovery.answers.modules import Exhibit, Module
from core.recovery.answers.plan import languages_of
from core.recovery.answers.rules import PlatformRule


@dataclass(frozen=True)
class SentAnswer:
    """One answer as it went. Words of others are as they came: show them as text."""

    id: int
    number: int
    plea: Plea
    amount: Money | None
    language: str
    text: str
    reading: str
    rules: Sequence[Mapping[str, Any]]
    exhibits: Sequence[Mapping[str, Any]]
    set_aside: Sequence[Mapping[str, Any]]
    sent_at: datetime
    sent_by: str | None


@dataclass(frozen=True)
class Written:
    """The draft's texts as stored. `findings` are what the guard stops, `answered` what of it a person set aside with a reason.
    `version` is which writing of it this is."""

    text: str
    reading: str
    updated_at: datetime
    updated_by: str | None
    findings: tuple[Finding, ...]
    answered: tuple[Mapping[str, Any], ...]
    version: int


@dataclass(frozen=True)
class AnswerDesk:
    """Everything for one dispute. `choice` is the draft's, else the one advised; `modules` the list of proof under its reason,
    `missing` the required places nothing is in; `lists` the list under each reason of the platform and the usual one (None),
    `fillings` what of the evidence belongs there. `rules` fit the case today, `resting` are those of the choice as they
    read today, or last. `today` is the day where the shop is, `left` what the actor may promise, `written` None before an answer is begun.
    """

    dispute_id: int
    incident_id: int
    reference: str
    return_number: str
    state: DisputeState
    market: str
    zone: str
    currency: str
    reason: ReturnReason | None
    amount: Money | None
    left: Money
    today: date
    due_at: datetime | None
    languages: tuple[str, ...]
    reasons: Mapping[int, str]
    items: tuple[EvidenceItem, ...]
    choice: Choice
    modules: tuple[Module, ...]
    missing: tuple[Module, ...]
    exhibits: tuple[Exhibit, ...]
    lists: Mapping[int | None, tuple[Module, ...]]
    fillings: Mapping[int | None, Mapping[str, tuple[int, ...]]]
    rules: tuple[PlatformRule, ...]
    resting: tuple[PlatformRule, ...]
    written: Written | None
    sent: tuple[SentAnswer, ...]


@read(Permission.DISPUTE_READ)
def answer_desk(session: Session, dispute_id: int, *, actor: Actor, now: datetime) -> AnswerDesk:
    """The desk of one dispute. Raises `NotFound`, and `WrongState` for a request of no case."""
    facts = gather(session, dispute_id, actor=actor)
    dispute, incident = facts.dispute, facts.incident
    draft = session.get(AnswerDraft, dispute_id)
    choice = drafts.choice_of(facts, draft) if draft is not None else drafts.advised(facts, now)
    reasons = modules.reasons_of(facts.modules)
    lists = {reason: drafts.list_of(facts, reason) for reason in (*reasons, None)}
    places = drafts.list_of(facts, choice.reason)
    carrier = facts.carrier.code if facts.carrier is not None else None
    may, today = actor.may(Permission.DISPUTE_EDIT), facts.day(now)
    return AnswerDesk(
        dispute_id=dispute.id,
        incident_id=incident.id,
        reference=incident.reference,
        return_number=dispute.return_number,
        state=dispute.state,
        market=facts.shop.market,
        zone=facts.shop.zone,
        currency=dispute.currency,
        reason=composing.reason_of(facts),
        amount=facts.amount,
        left=drafts.left_of(session, facts, actor=actor, now=now) if may else Money.zero(dispute.currency),
        today=today,
        due_at=dispute.response_due_at,
        languages=languages_of(facts.shop.market),
        reasons=reasons,
        items=tuple(one for one in facts.items if modules.usable(one)),
        choice=choice,
        modules=places,
        missing=modules.missing(places, choice.places, facts.items),
        exhibits=drafts.exhibits_of(facts, choice),
        lists=lists,
        fillings={
            reason: {one.module: one.evidence for one in modules.filled(places, facts.items)}
            for reason, places in lists.items()
        },
        rules=tuple(facts.library.fitting(facts.shop.market, composing.reason_of(facts), choice.plea, carrier, today)),
        resting=tuple(one for code in choice.rules if (one := facts.library.known(code, today)) is not None),
        written=_written(session, draft, drafts.findings_of(session, facts, draft, actor=actor, now=now) if may else ())
        if draft is not None
        else None,
        sent=sent_of(session, dispute_id, actor=actor),
    )


@read(Permission.DISPUTE_READ)
def dispute_by_number(session: Session, reference: str, return_number: str, *, actor: Actor) -> int:
    """The dispute of that return number in a case. Raises `NotFound`."""
    query = select(Dispute.id).join(Incident, Incident.id == Dispute.incident_id)
    found = session.scalar(query.where(Incident.reference == reference, Dispute.return_number == return_number))
    if found is None:
        raise NotFound(_("There is no such dispute."))
    return found


@read(Permission.DISPUTE_READ)
def sent_of(session: Session, dispute_id: int, *, actor: Actor) -> tuple[SentAnswer, ...]:
    """The answers that went, the latest first."""
    query = (
        select(DisputeAnswer, Person.name)
        .outerjoin(Person, Person.id == DisputeAnswer.sent_by)
        .where(DisputeAnswer.dispute_id == dispute_id)
        .order_by(DisputeAnswer.number.desc())
    )
    return tuple(
        SentAnswer(
            one.id,
            one.number,
            one.plea,
            None if one.amount is None else Money(one.amount, one.currency),
            one.language,
            one.text,
            one.reading,
            one.rules,
            one.exhibits,
            one.set_aside,
            one.sent_at,
            who,
        )
        for one, who in session.execute(query)
    )


def _written(session: Session, draft: AnswerDraft, findings: Sequence[Finding]) -> Written:
    answered = {one["key"]: one for one in draft.set_aside}
    by = session.get(Person, draft.updated_by) if draft.updated_by is not None else None
    open_ones = tuple(one for one in findings if not (one.arguable and one.key in answered))
    held = tuple(answered[one.key] for one in findings if one.arguable and one.key in answered)
    return Written(draft.text, draft.reading, draft.updated_at, by.name if by else None, open_ones, held, draft.version)
