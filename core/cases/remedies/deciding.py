"""Deciding about a remedy: approve, decline, ask back; answering and withdrawing by those who proposed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from core.cases.remedies.pieces import deciding, locked, looks, somebody, steps_of, words, write
from core.cases.remedies.proposing import over_of
from core.cases.remedies.states import REMEDIES
from core.cases.remedies.words import over_words
from core.foundation.errors import GuardFailed
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Person, Remedy, RemedyStep, Tag
from core.models.remedy import RemedyAction, RemedyState
from core.money import authority
from core.money.authority import Keys, Measured, Policy, Power

LONGEST_NOTE = 1_000


@verb(Permission.REMEDY_PROPOSE)
def approve(session: Session, remedy_id: int, *, actor: Actor, note: str = "", now: datetime) -> Remedy:
    """Approve what is proposed, by one's own authority or in the place of somebody one stands in for.

    Where two are needed the first approval is kept and the remedy waits on. Somebody behind it has to have the authority for
    it as things stand now. Raises `WrongState` (decided already, one's own, approved by one before), `GuardFailed` where the
    limits do not reach.
    """
    somebody(actor)
    said = checked(note, LONGEST_NOTE, "note")
    incident, remedy = locked(session, remedy_id)
    steps = steps_of(session, remedy.id)
    target = REMEDIES.step(remedy.state, RemedyAction.APPROVE, looks(session, actor, incident, remedy, steps, now))
    authority.queue(session)
    best, needs, refusal = _reach(session, actor, remedy, steps, now)
    if refusal is not None:
        raise GuardFailed(refusal)
    remedy.needs, last = needs, _last(steps, needs)
    if last:
        remedy.state, remedy.granted_at = target, now
    write(
        session,
        incident,
        remedy,
        RemedyAction.APPROVE,
        Tag.REMEDY_APPROVED,
        actor=actor,
        now=now,
        text=said,
        power=best.power,
        covered=best.fits,
        more={"authority_of": best.power.of, "one_more": not last},
    )
    return remedy


@read(Permission.REMEDY_READ)
def out_of_reach(session: Session, remedy_id: int, *, actor: Actor, now: datetime) -> str | None:
    """Why the actor's approval would not do as things stand, as a sentence; None where it would, or nothing is to decide."""
    remedy = session.get(Remedy, remedy_id)
    if remedy is None or remedy.state is not RemedyState.PROPOSED or not deciding(session, actor, remedy, now):
        return None
    return _reach(session, actor, remedy, steps_of(session, remedy_id), now)[2]


def _reach(
    session: Session, actor: Actor, remedy: Remedy, steps: Sequence[RemedyStep], now: datetime
) -> tuple[Measured, int, str | None]:
    """The best of the actor's powers measured against it, the approvals it needs by now, and why this one would not do."""
    policy, keys = authority.current(session, now), Keys(remedy.order_key, remedy.buyer_key, remedy.batch_key)
    powers = deciding(session, actor, remedy, now)
    taken = {one.authority_of for one in steps if one.action is RemedyAction.APPROVE}
    # Two persons who both lean on a third one's authority are not two with authority of their own.
    lent = {one.authority_of for one in steps if one.action is RemedyAction.GRANT}
    free = [power for power in powers if power.of not in taken and (power.own or power.of not in lent)]
    measured = [_measured(session, power, remedy, keys, policy, now) for power in free or powers]
    best = next((one for one in measured if one.fits), measured[0])
    needs = max(remedy.needs, _needed(best, steps))
    if not free:
        return best, needs, _("Whoever you stand in for approved it already: a second person is needed.")
    if _last(steps, needs) and not best.fits and not _covered_before(session, remedy, steps, keys, policy, now):
        over = over_words(over_of(best, policy))
        return (
            best,
            needs,
            _("This is above your authority: {over}. Somebody with more of it has to approve.", over=over),
        )
    return best, needs, None


def _last(steps: Sequence[RemedyStep], needs: int) -> bool:
    """Whether one more approval is all it needs."""
    return 1 + sum(one.action is RemedyAction.APPROVE for one in steps) >= needs


def _measured(session: Session, power: Power, remedy: Remedy, keys: Keys, policy: Policy, now: datetime) -> Measured:
    weight = Money(remedy.base_amount, remedy.base_currency)
    if weight.currency != policy.currency:
        weight, _on = authority.weigh(session, (weight,), policy, now)
    return authority.measure(session, power, keys, weight, policy=policy, now=now, besides=remedy.id)


def _needed(best: Measured, steps: Sequence[RemedyStep]) -> int:
    """Approvals by others that are needed as things stand: more may have been given for the order since it was proposed."""
    if not best.two:
        return 1
    return 1 if any(one.action is RemedyAction.GRANT for one in steps) else 2


def _covered_before(
    session: Session, remedy: Remedy, steps: Sequence[RemedyStep], keys: Keys, policy: Policy, now: datetime
) -> bool:
    """Whether the authority of somebody who stood behind it before still reaches."""
    for step in steps:
        if not step.covered or step.authority_of is None:
            continue
        holder = session.get_one(Person, step.authority_of)
        power = Power(step.person_id, holder.id, holder.role)
        if holder.active and _measured(session, power, remedy, keys, policy, now).fits:
            return True
    return False


@verb(Permission.REMEDY_PROPOSE)
def decline(session: Session, remedy_id: int, *, actor: Actor, reason: str, now: datetime) -> Remedy:
    """Decline what is proposed, with the reason. Raises `WrongState`, `Invalid` naming `reason`."""
    why = words(reason, "reason", _("Say why it is declined."))
    return _move(session, remedy_id, RemedyAction.DECLINE, Tag.REMEDY_DECLINED, why, actor, now)


@verb(Permission.REMEDY_PROPOSE)
def ask_back(session: Session, remedy_id: int, *, actor: Actor, question: str, now: datetime) -> Remedy:
    """Ask whoever proposed it something first. Raises `WrongState`, `Invalid` naming `question`."""
    asked = words(question, "question", _("Write what you want to know."))
    return _move(session, remedy_id, RemedyAction.ASK, Tag.REMEDY_ASKED_BACK, asked, actor, now)


@verb(Permission.REMEDY_PROPOSE)
def answer(session: Session, remedy_id: int, *, actor: Actor, text: str, now: datetime) -> Remedy:
    """Answer what was asked back; it waits for approval again. Raises `WrongState`, `Invalid` naming `text`."""
    said = words(text, "text", _("Write the answer."))
    return _move(session, remedy_id, RemedyAction.ANSWER, Tag.REMEDY_ANSWERED, said, actor, now)


@verb(Permission.REMEDY_PROPOSE)
def withdraw(session: Session, remedy_id: int, *, actor: Actor, reason: str, now: datetime) -> Remedy:
    """Take a proposal back that was not given yet, with the reason. Raises `WrongState`, `Invalid` naming `reason`."""
    why = words(reason, "reason", _("Say why it is withdrawn."))
    return _move(session, remedy_id, RemedyAction.WITHDRAW, Tag.REMEDY_WITHDRAWN, why, actor, now)


def _move(
    session: Session, remedy_id: int, action: RemedyAction, tag: Tag, text: str, actor: Actor, now: datetime
) -> Remedy:
    somebody(actor)
    incident, remedy = locked(session, remedy_id)
    seen = looks(session, actor, incident, remedy, steps_of(session, remedy.id), now)
    remedy.state = REMEDIES.step(remedy.state, action, seen)
    if remedy.state is RemedyState.WITHDRAWN:
        remedy.granted_at = None
    write(session, incident, remedy, action, tag, actor=actor, now=now, text=text)
    return remedy
