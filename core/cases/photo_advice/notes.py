"""Advice as it is kept: written with the evidence, read with its sentences, set aside by a person with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select
from sqlalchemy.orm import Session

from core.cases.photo_advice.checks import AdviceCode, Found, Weight, checks
from core.cases.photo_advice.words import TITLES, sentences
from core.foundation import audit
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Evidence, EvidenceAdvice, Incident, Person, Tag
from core.money import ledger

LONGEST_WHY = 500

_OF_CASE = (
    select(EvidenceAdvice, Person.name)
    .join(Evidence, Evidence.id == EvidenceAdvice.evidence_id)
    .outerjoin(Person, Person.id == EvidenceAdvice.dismissed_by)
    .where(Evidence.incident_id == bindparam("incident_id"), Evidence.withdrawn_at.is_(None))
    .order_by(EvidenceAdvice.evidence_id, EvidenceAdvice.id)
)
"""Built once, so that only its value travels: the case screen is drawn on every click."""

_OWN = frozenset({AdviceCode.NO_LABEL, AdviceCode.NO_OUTER_BOX})


@dataclass(frozen=True)
class Advice:
    """One thing noticed about a file, in the reader's language: `title` in a word, `what` was noticed, what to `do`, `why`
    it matters. `dismissed_why` is set where a person set it aside.
    """

    id: int
    evidence_id: int
    code: AdviceCode
    weight: Weight
    title: str
    what: str
    do: str
    at: datetime
    dismissed_at: datetime | None
    dismissed_by: str | None
    dismissed_why: str | None

    @property
    def open(self) -> bool:
        """Whether nobody has set it aside."""
        return self.dismissed_at is None


@dataclass(frozen=True)
class CaseAdvice:
    """What the pictures of a case do not show. `wanted` are the evidence kinds that would."""

    code: AdviceCode
    weight: Weight
    title: str
    what: str
    do: str
    wanted: tuple[str, ...]


def keep(session: Session, evidence: Evidence, found: Iterable[Found], *, now: datetime) -> None:
    """Write down what was noticed about a file that has just come in (inner)."""
    rows = [{"evidence_id": evidence.id, "code": one.code.value, "params": one.params, "at": now} for one in found]
    if rows:
        session.execute(insert(EvidenceAdvice), rows)


@read(Permission.EVIDENCE_READ)
def advice_of(session: Session, incident_id: int, *, actor: Actor) -> dict[int, tuple[Advice, ...]]:
    """Evidence id → what was noticed about it, set aside or not, in the order of the checks; withdrawn evidence is left out.

    Other cases are named only to those who may see cases.
    """
    rows = session.execute(_OF_CASE, {"incident_id": incident_id}).all()
    references = _references(session, [row[0].params for row in rows], actor)
    found: dict[int, list[Advice]] = {}
    for advice, name in rows:
        found.setdefault(advice.evidence_id, []).append(_told(advice, name, references, actor))
    return {evidence: tuple(some) for evidence, some in found.items()}


def _references(session: Session, params: Sequence[dict[str, Any]], actor: Actor) -> dict[int, str]:
    """The references of the cases that advice speaks of, as far as the reader may see them."""
    ids = {case for one in params for case in one.get("incidents", ())}
    if not ids or not actor.may(Permission.INCIDENT_READ):
        return {}
    rows = session.execute(select(Incident.id, Incident.reference).where(Incident.id.in_(ids)))
    return {row[0]: row[1] for row in rows}


def _told(advice: EvidenceAdvice, who: str | None, references: dict[int, str], actor: Actor) -> Advice:
    code = AdviceCode(advice.code)
    what, do = sentences(code, advice.params, references, actor.zone)
    return Advice(
        advice.id,
        advice.evidence_id,
        code,
        checks()[code].weight,
        _(TITLES[code]),
        what,
        do,
        advice.at,
        advice.dismissed_at,
        who,
        advice.dismissed_why,
    )


@verb(Permission.EVIDENCE_ADD)
def dismiss(session: Session, advice_id: int, *, actor: Actor, why: str, now: datetime) -> EvidenceAdvice:
    """Set one advice aside, with a reason. It stays on record. Raises `Invalid` without a reason, `NotFound`, and
    `WrongState` when it was set aside already or its file was withdrawn.
    """
    reason = why.replace("\x00", "").strip()
    if not reason:
        raise Invalid(_("Say why it can be set aside."), "why")
    if len(reason) > LONGEST_WHY:
        raise Invalid(_("This is too long: at most {n} characters.", n=LONGEST_WHY), "why")
    advice = session.get(EvidenceAdvice, advice_id)
    if advice is None:
        raise NotFound(_("There is no such advice."))
    evidence = session.get_one(Evidence, advice.evidence_id)
    ledger.lock_incident(session, evidence.incident_id)
    session.refresh(advice)
    session.refresh(evidence)
    if advice.dismissed_at is not None:
        raise WrongState(_("This advice was set aside already."))
    if evidence.withdrawn_at is not None:
        raise WrongState(_("The file was withdrawn; there is nothing left to advise."))
    advice.dismissed_at, advice.dismissed_by, advice.dismissed_why = now, actor.person_id, reason
    session.flush()
    audit.record(
        session,
        Tag.ADVICE_DISMISSED,
        actor=actor,
        now=now,
        subject=("evidence", evidence.id),
        chain=evidence.incident_id,
        before={"name": evidence.name, "kind": evidence.kind},
        after={"advice": advice.code, "reason": reason},
    )
    return advice


@read(Permission.EVIDENCE_READ)
def lacking_pictures(session: Session, incident_id: int, *, actor: Actor) -> tuple[CaseAdvice, ...]:
    """What a case's pictures do not show: the label, the outer box. Nothing before it has a picture of a parcel at all."""
    kind = session.scalar(select(Incident.type).where(Incident.id == incident_id))
    standing = select(Evidence.kind).where(Evidence.incident_id == incident_id, Evidence.withdrawn_at.is_(None))
    return () if kind is None else missing_views(kind, set(session.scalars(standing.distinct())))


def missing_views(incident_type: str, kinds: set[str]) -> tuple[CaseAdvice, ...]:
    """The same of plain values: the incident's type and the kinds of its standing evidence."""
    if not kinds & set(checks()[AdviceCode.BLURRED].kinds):
        return ()
    found = []
    for code in sorted(_OWN):
        rule = checks()[code]
        wanted = tuple(rule.numbers["wanted"])
        if incident_type in rule.numbers["types"] and not kinds & set(wanted):
            what, do = sentences(code, {}, {}, "UTC")
            found.append(CaseAdvice(code, rule.weight, _(TITLES[code]), what, do, wanted))
    return tuple(found)
