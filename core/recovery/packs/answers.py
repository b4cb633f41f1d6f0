"""What a person writes into a claim's form because the case does not know it: asked when the pack is built, kept with the claim."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimAnswer, Incident, Tag
from core.money import ledger
from core.recovery.packs import fields
from core.recovery.packs.facts import latest_answers
from core.recovery.receivers import Receiver

LONGEST = 1_000


@dataclass(frozen=True)
class Asked:
    """One field a receiver's form asks of a person: its code and name, and what was answered last."""

    code: str
    name: str
    text: str


@read(Permission.CLAIM_READ)
def asked(session: Session, claim_id: int, receiver: Receiver | None, *, actor: Actor) -> list[Asked]:
    """What the receiver's form asks of a person for this claim, with the answers there are. Raises `NotFound`."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    incident = session.get_one(Incident, claim.incident_id)
    given = latest_answers(session, claim_id)
    wanted = fields.asked(receiver, incident.type.value)
    return [Asked(one.code, one.name, given.get(one.code, "")) for one in wanted]


@verb(Permission.PACK_BUILD)
def answer(session: Session, claim_id: int, *, actor: Actor, answers: Mapping[str, str], now: datetime) -> list[str]:
    """Keep answers that are new or changed; an empty one takes the answer back. The codes that changed.

    Raises `Invalid` for a field that no form asks for or a text that is too long.
    """
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    typed = {code: _clean(code, text) for code, text in answers.items()}
    ledger.lock_incident(session, claim.incident_id)
    before = latest_answers(session, claim_id)
    changed = {code: text for code, text in typed.items() if text != before.get(code, "")}
    if not changed:
        return []
    session.add_all(
        ClaimAnswer(claim_id=claim_id, field=code, text=text, answered_at=now, answered_by=actor.person_id)
        for code, text in changed.items()
    )
    session.flush()
    audit.record(
        session,
        Tag.CLAIM_EDITED,
        actor=actor,
        now=now,
        subject=("claim", claim.id),
        chain=claim.incident_id,
        # Which fields, never their text: addresses of people have no place in a record that cannot be redacted.
        after={"reference": claim.reference, "answers": sorted(changed)},
    )
    return sorted(changed)


def _clean(code: str, text: str) -> str:
    known = fields.fields().get(code)
    if known is None or not known.ask:
        raise Invalid(_("There is no question “{code}” in any form.", code=code), code)
    clean = text.replace("\x00", "").strip()
    if len(clean) > LONGEST:
        raise Invalid(_("This is too long: at most {n} characters.", n=LONGEST), code)
    return clean
