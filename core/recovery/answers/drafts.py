"""The answer being written: begun from the case, chosen anew, edited, and findings of the guard answered with a reason."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation import audit
from core.foundation.edits import merge
from core.foundation.errors import Conflict, Invalid, NotFound, Refusal, WrongState
from core.foundation.gate import verb
from core.foundation.language import _, current
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import AnswerDraft, Dispute, Incident, Tag
from core.models.answer import Plea
from core.models.dispute import DisputeState
from core.money.authority import authority_left
from core.recovery.answers import composing, knowing, modules
from core.recovery.answers.composing import Choice
from core.recovery.answers.facts import Facts, gather
from core.recovery.answers.guard import Finding, check
from core.recovery.answers.modules import Exhibit, Module, Place
from core.recovery.answers.plan import languages_of, wordings
from core.recovery.disputes.life import LONGEST_SENT, locked, move_dispute
from core.recovery.disputes.recording import record
from core.recovery.disputes.states import DisputeAction

LONGEST_WHY = 300
MOST_EXHIBITS = 40
MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Prepared:
    """What became of several at once: return numbers that have an answer begun now, and of the others why not."""

    made: tuple[str, ...]
    refused: tuple[tuple[str, str], ...]


@verb(Permission.DISPUTE_EDIT)
def prepare_answer(
    session: Session,
    dispute_id: int,
    *,
    actor: Actor,
    choice: Choice | None = None,
    keep_text: bool = False,
    seen: int | None = None,
    now: datetime,
) -> AnswerDraft:
    """Write the answer from the case. Without a `choice` the one advised; a draft there is already stays as it is then.

    With a `choice` it is written anew by it; with `keep_text` only the choice is kept, and the texts stay as they were edited. The
    dispute is in preparation from then on. `seen` is the version the choice was made over (0: there was none). Raises `Conflict` where
    somebody wrote meanwhile, `NotFound`, `WrongState` for a request of no case or one that is over,
    `Invalid` naming `plea`, `amount`, `language`, `rules` or `exhibits`.
    """
    dispute, incident, _shop = locked(session, dispute_id)
    facts = gather(session, dispute_id, actor=actor)
    if incident is None:
        raise RuntimeError("gathered facts have a case")
    draft = session.get(AnswerDraft, dispute_id)
    if choice is None and draft is not None:
        return draft
    if seen is not None and seen != (draft.version if draft is not None else 0):
        raise Conflict(_("Somebody changed this answer meanwhile. Open it again, so that nothing of theirs is lost."))
    chosen = _checked(facts, choice or advised(facts, now), now)
    if dispute.state is DisputeState.OPENED:
        move_dispute(session, dispute_id, DisputeAction.PREPARE, actor=actor, now=now)
    keep = keep_text and draft is not None
    values = _values(facts, chosen, now, texts=not keep)
    before = _told(draft) if draft is not None else {}
    if draft is None:
        draft = AnswerDraft(dispute_id=dispute_id, started_at=now, set_aside=[], **values)
        session.add(draft)
    else:
        for name, value in values.items():
            setattr(draft, name, value)
    _save(session, draft, dispute, incident, before, actor=actor, now=now)
    return draft


@verb(Permission.DISPUTE_EDIT)
def prepare_many(session: Session, dispute_ids: Sequence[int], *, actor: Actor, now: datetime) -> Prepared:
    """Begin the answers of several disputes, at most 100 at once, each on its own: one that is refused stops no other. Raises `Invalid`."""
    if len(dispute_ids) > MOST_AT_ONCE:
        raise Invalid(_("Choose at most {n} at once.", n=MOST_AT_ONCE))
    made, refused = [], []
    # In the order of their cases, so that two who prepare at once never wait for each other.
    found = [one for number in dict.fromkeys(dispute_ids) if (one := session.get(Dispute, number)) is not None]
    for dispute in sorted(found, key=lambda one: (one.incident_id or 0, one.id)):
        number = dispute.return_number
        try:
            with session.begin_nested():
                prepare_answer(session, dispute.id, actor=actor, now=now)
        except Refusal as refusal:
            refused.append((number, refusal.message))
        else:
            made.append(number)
    return Prepared(tuple(made), tuple(refused))


@verb(Permission.DISPUTE_EDIT)
def edit_answer(
    session: Session, dispute_id: int, *, actor: Actor, seen: Mapping[str, Any], typed: Mapping[str, Any], now: datetime
) -> AnswerDraft:
    """Keep what a person wrote: `text` and `reading`. `seen` is what the form showed. Raises `NotFound`, `Conflict`, `Invalid`."""
    dispute, incident, _shop = locked(session, dispute_id)
    draft = _draft(session, dispute_id)
    if wrong := typed.keys() - {"text", "reading"}:
        raise Invalid(_("{field} cannot be changed here.", field=", ".join(sorted(wrong))))
    wanted = {name: checked(str(value), LONGEST_SENT, name).replace("\r\n", "\n") for name, value in typed.items()}
    changes = merge({"text": draft.text, "reading": draft.reading}, seen, wanted)
    if not changes:
        return draft
    if not changes.get("text", draft.text):
        raise Invalid(_("Write the answer."), "text")
    before = _told(draft)
    for name, value in changes.items():
        setattr(draft, name, value)
    _save(session, draft, dispute, incident, before, actor=actor, now=now)
    return draft


@verb(Permission.DISPUTE_EDIT)
def set_aside(session: Session, dispute_id: int, *, actor: Actor, key: str, why: str, now: datetime) -> AnswerDraft:
    """Answer a finding of the guard with a reason; it is kept with the answer as sent. Only words and days can be argued about.

    Raises `NotFound`, `WrongState` for a finding that is not there any more or is not to be argued with, `Invalid` naming `why`.
    """
    dispute, incident, _shop = locked(session, dispute_id)
    draft = _draft(session, dispute_id)
    clean = checked(why, LONGEST_WHY, "why")
    if not clean:
        raise Invalid(_("Say why it may stand."), "why")
    facts = gather(session, dispute_id, actor=actor)
    finding = next((one for one in findings_of(session, facts, draft, actor=actor, now=now) if one.key == key), None)
    if finding is None:
        raise WrongState(_("The guard does not find this any more. Look at what it finds now."))
    if not finding.arguable:
        raise WrongState(_("This cannot be set aside: change the answer."))
    before = _told(draft)
    told = {"key": key, "words": finding.said, "why": clean, "who": actor.name}
    draft.set_aside = [*(one for one in draft.set_aside if one["key"] != key), told]
    _save(session, draft, dispute, incident, before, actor=actor, now=now)
    return draft


@verb(Permission.DISPUTE_EDIT)
def drop_answer(session: Session, dispute_id: int, *, actor: Actor, now: datetime) -> None:
    """Throw the draft away. Raises `NotFound`."""
    dispute, incident, _shop = locked(session, dispute_id)
    draft = _draft(session, dispute_id)
    before = _told(draft)
    session.delete(draft)
    session.flush()
    record(
        session, Tag.DISPUTE_DRAFTED, dispute, incident, actor=actor, now=now, before=before, after={"dropped": True}
    )


# --- inner ----------------------------------------------------------------------------------------------------------------


def advised(facts: Facts, now: datetime) -> Choice:
    """The answer a case suggests (inner)."""
    plea = composing.advised_plea(facts)
    language, reading = composing.advised_languages(facts, current())
    reason = next(iter(modules.reasons_of(facts.modules)), None)
    places = modules.filled(list_of(facts, reason), facts.items)
    rules = composing.advised_rules(facts, plea, now)
    return Choice(plea, composing.advised_amount(facts, plea), language, reading, reason, rules, places)


def list_of(facts: Facts, reason: int | None) -> tuple[Module, ...]:
    """The list of proof under one of the platform's reasons (inner)."""
    return modules.places_of(facts.modules, reason, composing.reason_of(facts))


def choice_of(facts: Facts, draft: AnswerDraft) -> Choice:
    """What a stored draft was made of (inner)."""
    places = tuple(Place(one["module"], tuple(one["evidence"])) for one in draft.exhibits)
    return Choice(
        draft.plea,
        facts.money(draft.amount),
        draft.language,
        draft.reading_language,
        draft.reason,
        tuple(draft.rules),
        places,
    )


def exhibits_of(facts: Facts, choice: Choice) -> tuple[Exhibit, ...]:
    """The numbered exhibits of a choice (inner)."""
    return modules.numbered(choice.places, facts.items)


def findings_of(
    session: Session, facts: Facts, draft: AnswerDraft, *, actor: Actor, now: datetime
) -> tuple[Finding, ...]:
    """What the guard finds in both texts of a draft (inner), each thing once; also what was set aside."""
    choice = choice_of(facts, draft)
    held = knowing.known(
        facts,
        plea=choice.plea,
        amount=choice.amount,
        exhibits=(one.number for one in exhibits_of(facts, choice)),
        missing=missing_of(facts, choice),
        rules=choice.rules,
        left=left_of(session, facts, actor=actor, now=now),
        now=now,
    )
    found = check(draft.text, draft.language, held)
    if draft.reading:
        found += check(draft.reading, draft.reading_language, held)
    return tuple({one.key: one for one in found}.values())


def left_of(session: Session, facts: Facts, *, actor: Actor, now: datetime) -> Money:
    """What the actor may promise in the dispute (inner); nothing, where the limit cannot be told in its currency."""
    try:
        return authority_left(session, actor, facts.incident.id, now, dispute_id=facts.dispute.id)
    except Invalid:
        return Money.zero(facts.incident.currency)


def missing_of(facts: Facts, choice: Choice) -> tuple[str, ...]:
    """Required places nothing is in (inner): only what the platform asked for in this very case, for the usual list is advice."""
    places = list_of(facts, choice.reason)
    return tuple(one.requirement for one in modules.missing(places, choice.places, facts.items) if one.given)


def _draft(session: Session, dispute_id: int) -> AnswerDraft:
    found = session.get(AnswerDraft, dispute_id, populate_existing=True)
    if found is None:
        raise NotFound(_("No answer was begun for this return. Write it from the case first."))
    return found


def _checked(facts: Facts, choice: Choice, now: datetime) -> Choice:
    market = facts.shop.market
    if choice.language not in languages_of(market) or choice.reading_language not in wordings():
        raise Invalid(_("No answers are written in that language here."), "language")
    _rules(facts, choice.rules, facts.day(now))
    known = {one.code for one in list_of(facts, choice.reason)}
    if choice.reason is not None and choice.reason not in modules.reasons_of(facts.modules):
        raise Invalid(_("The platform gave no such reason for this return."), "reason")
    if any(one.module not in known for one in choice.places):
        raise Invalid(_("There is no such place in the list of proof."), "exhibits")
    usable = {one.id for one in facts.items if modules.usable(one)}
    chosen = [number for one in choice.places for number in one.evidence]
    if len(chosen) > MOST_EXHIBITS:
        raise Invalid(_("An answer takes at most {n} exhibits. Choose fewer.", n=MOST_EXHIBITS), "exhibits")
    if not usable.issuperset(chosen):
        raise Invalid(_("An exhibit is not among the case's evidence, or cannot be shown as a picture."), "exhibits")
    _amount(facts, choice.amount)
    return choice


def _rules(facts: Facts, codes: Iterable[str], today: date) -> None:
    for code in codes:
        if facts.library.holding(code, today) is not None:
            continue
        last = facts.library.known(code, today)
        if last is None:
            raise Invalid(_("There is no rule {code}.", code=code), "rules")
        raise Invalid(_("This rule is not in use, choose another: “{rule}”", rule=last.reading), "rules")


def _amount(facts: Facts, amount: Money | None) -> None:
    if amount is None:
        return
    if amount.currency != facts.dispute.currency:
        said = _("This shop sells in {currency}; write the amount in it.", currency=facts.dispute.currency)
        raise Invalid(said, "amount")
    if amount.amount <= 0:
        raise Invalid(_("Write an amount above zero."), "amount")


def _values(facts: Facts, choice: Choice, now: datetime, *, texts: bool) -> dict[str, Any]:
    exhibits = exhibits_of(facts, choice)
    named = choice.amount if choice.plea in (Plea.PARTIAL, Plea.COMPENSATE) else None
    values: dict[str, Any] = {
        "plea": choice.plea,
        "amount": named.amount if named is not None else None,
        "reason": choice.reason,
        "rules": list(choice.rules),
        "exhibits": [one.plain() for one in choice.places],
    }
    if texts:
        values |= {
            "language": choice.language,
            "text": composing.compose(facts, choice, exhibits, choice.language, now),
            "reading_language": choice.reading_language,
            "reading": composing.compose(facts, choice, exhibits, choice.reading_language, now),
        }
    return values


def _told(draft: AnswerDraft) -> dict[str, Any]:
    """A draft as the trail has it: its words may hold the buyer's, so they are proven by their hash and not repeated."""
    return {
        "plea": draft.plea,
        "figure": Decimal(draft.amount) if draft.amount is not None else None,
        "language": draft.language,
        "rules": list(draft.rules),
        "exhibits": sum(len(one["evidence"]) for one in draft.exhibits),
        "sha256": hashlib.sha256(draft.text.encode()).hexdigest(),
        "reading_sha256": hashlib.sha256(draft.reading.encode()).hexdigest(),
        "set_aside": [one["key"] for one in draft.set_aside],
    }


def _save(
    session: Session,
    draft: AnswerDraft,
    dispute: Dispute,
    incident: Incident | None,
    before: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    draft.updated_at, draft.updated_by = now, actor.person_id
    session.flush()
    after = _told(draft)
    changed = {name: value for name, value in after.items() if before.get(name) != value}
    if not changed:
        return
    tag = Tag.EXHIBIT_SET if before and set(changed) == {"exhibits"} else Tag.DISPUTE_DRAFTED
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("dispute", dispute.id),
        chain=None if incident is None else incident.id,
        before={name: before.get(name) for name in changed if before},
        after={"return_number": dispute.return_number, "currency": dispute.currency, **changed},
    )
    if incident is not None:
        touch(session, incident, now)
