"""Marking an answer as sent: held by the guard, its pictures and paper kept as they went, the dispute moved with the exact text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.cases import evidence
from core.foundation import files
from core.foundation.errors import Conflict, GuardFailed, NotFound
from core.foundation.formats import listed
from core.foundation.gate import read, verb
from core.foundation.language import _, _n
from core.foundation.permissions import Actor, Permission
from core.models import AnswerDraft, AnswerFile, DisputeAnswer, StoredFile
from core.models.answer import Plea
from core.models.dispute import Dispute
from core.recovery.answers import drafts, fitting
from core.recovery.answers.composing import DECIDED, PAID_BACK
from core.recovery.answers.facts import Facts, gather
from core.recovery.answers.fitting import Picture
from core.recovery.answers.guard import Finding
from core.recovery.answers.modules import Exhibit
from core.recovery.answers.paper import paper
from core.recovery.disputes.life import Sent, locked, move_dispute
from core.recovery.disputes.states import DISPUTES, DisputeAction


@dataclass(frozen=True)
class Bundle:
    """What goes to the platform: the paper, the pictures, both in one ZIP. `name` begins every file's name."""

    name: str
    paper: bytes
    pictures: tuple[Picture, ...]

    def zipped(self, at: datetime) -> bytes:
        """Everything in one ZIP."""
        return fitting.zipped(self.pictures, self.paper, self.name, at)


@read(Permission.EVIDENCE_READ)
def bundle_of(session: Session, dispute_id: int, *, actor: Actor, now: datetime) -> Bundle:
    """The paper and pictures of the answer being written; the paper is marked as a draft.

    Raises `NotFound` where none was begun, `Invalid` or `TooLarge` with the file for what cannot become a picture.
    """
    _may_have(actor)
    draft = session.get(AnswerDraft, dispute_id)
    if draft is None:
        raise NotFound(_("No answer was begun for this return. Write it from the case first."))
    facts = gather(session, dispute_id, actor=actor)
    return _bundle(facts, draft, now, mark=_("DRAFT"))


@read(Permission.EVIDENCE_READ)
def sent_bundle(session: Session, answer_id: int, *, actor: Actor) -> Bundle:
    """An answer as it went: the paper and the pictures from the store. Raises `NotFound`."""
    _may_have(actor)
    answer = session.get(DisputeAnswer, answer_id)
    if answer is None:
        raise NotFound(_("There is no such answer."))
    rows = session.scalars(select(AnswerFile).where(AnswerFile.answer_id == answer_id).order_by(AnswerFile.number))
    store = files.store()
    pictures = tuple(
        Picture(one.number, one.module, one.file_name, one.media_type, store.read(one.sha256), tuple(one.holds))
        for one in rows
    )
    number = session.scalar(select(Dispute.return_number).where(Dispute.id == answer.dispute_id))
    return Bundle(f"answer-{number}-{answer.number}", store.read(answer.pdf_sha256), pictures)


def _may_have(actor: Actor) -> None:
    """Labels and chats show the buyer: the paper and the pictures are for who may see buyers."""
    actor.require(Permission.DISPUTE_READ)
    actor.require(Permission.BUYER_READ)


@verb(Permission.DISPUTE_EDIT)
def mark_answered(
    session: Session,
    dispute_id: int,
    *,
    actor: Actor,
    receipt_id: int | None = None,
    reference: str = "",
    note: str = "",
    now: datetime,
) -> DisputeAnswer:
    """Keep the answer as it went and move the dispute. `receipt_id` is evidence of the case that shows it was sent.

    Raises `GuardFailed` with everything the guard stops (`missing`: the keys), `NotFound`, `WrongState`, `Invalid` naming
    `receipt_id`, `reference` or `note`, and what keeps an exhibit from becoming a picture.
    """
    for _attempt in range(2):
        # Pictures take seconds: they are made before the case is locked, and once more where somebody was quicker.
        draft = _draft(session, dispute_id)
        seen = _seen(draft, facts := gather(session, dispute_id, actor=actor))
        _guarded(session, facts, draft, actor=actor, now=now)
        made = _bundle(facts, draft, now, mark=None)
        locked(session, dispute_id)
        draft, facts = _draft(session, dispute_id), gather(session, dispute_id, actor=actor)
        if _seen(draft, facts) == seen:
            draft.set_aside = _guarded(session, facts, draft, actor=actor, now=now)
            return _send(session, facts, draft, made, receipt_id, reference, note, actor=actor, now=now)
    raise Conflict(_("The case changed while the answer was put together. Look at it again."))


def _seen(draft: AnswerDraft, facts: Facts) -> tuple[int, tuple[int, ...]]:
    """What the paper and the pictures were made of."""
    return draft.version, tuple(one.id for one in facts.items)


def _send(
    session: Session,
    facts: Facts,
    draft: AnswerDraft,
    made: Bundle,
    receipt_id: int | None,
    reference: str,
    note: str,
    *,
    actor: Actor,
    now: datetime,
) -> DisputeAnswer:
    answer = _keep(session, facts, draft, made, receipt_id, actor=actor, now=now)
    sent = Sent(draft.text, draft.language, list(answer.exhibits), draft.reason, receipt_id, reference)
    action = action_of(facts.dispute, draft.plea)
    amount = facts.money(draft.amount) if action is DisputeAction.REQUEST_COMPENSATION else None
    session.delete(draft)
    session.flush()
    move_dispute(session, answer.dispute_id, action, actor=actor, sent=sent, note=note, amount=amount, now=now)
    return answer


def action_of(dispute: Dispute, plea: Plea) -> DisputeAction:
    """What sending an answer is in the dispute's life (inner): an answer, more of it, or asking for compensation."""
    paid_back = dispute.status in PAID_BACK or dispute.refunded_at is not None or dispute.state in DECIDED
    if plea is Plea.COMPENSATE and paid_back:
        return DisputeAction.REQUEST_COMPENSATION
    more = DISPUTES.row(DisputeAction.SEND_MORE)
    return DisputeAction.SEND_MORE if dispute.state in more.sources else DisputeAction.ANSWER


def open_findings(findings: Sequence[Finding], set_aside: Sequence[Mapping[str, Any]]) -> list[Finding]:
    """What still stops an answer: everything but what a person answered with a reason and may argue about (inner)."""
    keys = {str(one["key"]) for one in set_aside}
    return [one for one in findings if not (one.arguable and one.key in keys)]


def _guarded(
    session: Session, facts: Facts, draft: AnswerDraft, *, actor: Actor, now: datetime
) -> list[dict[str, Any]]:
    """Raise `GuardFailed` where something stops the answer; else what of its findings was set aside with a reason."""
    every = drafts.findings_of(session, facts, draft, actor=actor, now=now)
    found = open_findings(every, draft.set_aside)
    if found:
        said = _n(
            "{n} thing stops this answer: {what}",
            "{n} things stop this answer: {what}",
            len(found),
            what=listed(one.said for one in found[:5]),
        )
        raise GuardFailed(said, tuple(one.key for one in found))
    keys = {one.key for one in every}
    return [one for one in draft.set_aside if one["key"] in keys]


def _draft(session: Session, dispute_id: int) -> AnswerDraft:
    found = session.get(AnswerDraft, dispute_id, populate_existing=True)
    if found is None:
        raise NotFound(_("No answer was begun for this return. Write it from the case first."))
    return found


def _bundle(facts: Facts, draft: AnswerDraft, now: datetime, *, mark: str | None) -> Bundle:
    choice = drafts.choice_of(facts, draft)
    exhibits = drafts.exhibits_of(facts, choice)
    pictures = fitting.fit(exhibits, files.store(), now)
    places = {one.code: " ".join(one.requirement.split()) for one in drafts.list_of(facts, choice.reason) if one.given}
    made = paper(
        text=draft.text,
        language=draft.language,
        number=facts.dispute.return_number,
        order=facts.dispute.order_number or facts.shipment.order_number,
        exhibits=exhibits,
        drawn=pictures,
        requirements=places,
        zone=facts.shop.zone,
        draft=mark,
        at=now,
    )
    return Bundle(f"answer-{facts.dispute.return_number}", made, pictures)


def _keep(
    session: Session,
    facts: Facts,
    draft: AnswerDraft,
    made: Bundle,
    receipt_id: int | None,
    *,
    actor: Actor,
    now: datetime,
) -> DisputeAnswer:
    evidence.check_receipt(session, facts.incident.id, receipt_id)
    store = files.store()
    pdf = store.put(made.paper)
    stored = [store.put(one.data) for one in made.pictures]
    _note(
        session, [(pdf, "application/pdf"), *zip(stored, (one.media_type for one in made.pictures), strict=True)], now
    )
    count = select(func.count()).where(DisputeAnswer.dispute_id == draft.dispute_id)
    exhibits = drafts.exhibits_of(facts, drafts.choice_of(facts, draft))
    answer = DisputeAnswer(
        dispute_id=draft.dispute_id,
        incident_id=facts.incident.id,
        number=(session.scalar(count) or 0) + 1,
        plea=draft.plea,
        amount=draft.amount,
        currency=facts.dispute.currency,
        language=draft.language,
        text=draft.text,
        reading_language=draft.reading_language,
        reading=draft.reading,
        reason=draft.reason,
        rules=[_rule(facts, code, draft.language, now) for code in draft.rules],
        exhibits=[_exhibit(one) for one in exhibits],
        set_aside=list(draft.set_aside),
        pdf_sha256=pdf.sha256,
        receipt_id=receipt_id,
        sent_at=now,
        sent_by=actor.person_id,
    )
    session.add(answer)
    session.flush()
    for one, picture in zip(stored, made.pictures, strict=True):
        session.add(
            AnswerFile(
                answer_id=answer.id,
                number=picture.number,
                module=picture.module,
                file_name=picture.file_name,
                media_type=picture.media_type,
                sha256=one.sha256,
                size=one.size,
                holds=list(picture.holds),
            )
        )
    session.flush()
    return answer


def _rule(facts: Facts, code: str, language: str, now: datetime) -> dict[str, Any]:
    rule = facts.library.holding(code, facts.day(now))
    if rule is None:
        raise RuntimeError(f"the guard let rule {code} pass, which does not hold")
    return {
        "code": code,
        "version": rule.version,
        "text": rule.text(language),
        "source": rule.source,
        "checked_on": rule.checked_on.isoformat(),
        "confidence": rule.confidence.value,
    }


def _exhibit(one: Exhibit) -> dict[str, Any]:
    item = one.item
    return {
        "number": one.number,
        "module": one.module,
        "evidence_id": item.id,
        "kind": item.kind,
        "name": item.name,
        "sha256": item.sha256,
    }


def _note(session: Session, stored: Sequence[tuple[files.Stored, str]], now: datetime) -> None:
    rows = {
        one.sha256: {"sha256": one.sha256, "size": one.size, "media_type": kind, "stored_at": now}
        for one, kind in stored
    }
    session.execute(insert(StoredFile).on_conflict_do_nothing(), list(rows.values()))
