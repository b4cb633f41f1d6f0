"""The forms a team keeps: added, replaced by a next version, retired, and offered for the claims they belong to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit, files
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimTemplate, Person, RuleCard, StoredFile, Tag
from core.models.template import TemplateFormat
from core.recovery import receivers
from core.recovery.packs.fit.pieces import MEDIA_TYPES
from core.recovery.templates.reading import look_into, refuse_unknown

LONGEST_NAME = 80


@dataclass(frozen=True)
class Template:
    """One version of a form: for a receiver, a carrier or a payer, or for all."""

    id: int
    name: str
    version: int
    format: TemplateFormat
    receiver: str | None
    carrier_code: str | None
    payer_name: str | None
    file_name: str
    sha256: str
    fields: tuple[str, ...]
    added_at: datetime
    added_by: str | None
    retired_at: datetime | None


@verb(Permission.TEMPLATE_EDIT)
def add_template(
    session: Session,
    *,
    actor: Actor,
    name: str,
    file_name: str,
    data: bytes,
    receiver: str | None = None,
    carrier_code: str | None = None,
    payer_name: str | None = None,
    now: datetime,
) -> Template:
    """Keep a form. One of the same name is retired, and this is its next version.

    Raises `Invalid` for a form that may not be opened, asks for unknown fields (naming the nearest) or for none, and for an
    unknown receiver; `TooLarge`.
    """
    clean = " ".join(name.split())
    if not clean or len(clean) > LONGEST_NAME:
        raise Invalid(_("Give the form a name of at most {n} characters.", n=LONGEST_NAME), "name")
    found = look_into(data, file_name)
    refuse_unknown(found)
    if receiver:
        receivers.receiver(receiver)
    stored = files.store().put(data)
    session.execute(
        insert(StoredFile)
        .values(sha256=stored.sha256, size=stored.size, media_type=MEDIA_TYPES[found.format.value], stored_at=now)
        .on_conflict_do_nothing()
    )
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"claim-template:{clean}", 0))))
    before = session.scalars(
        select(ClaimTemplate).where(ClaimTemplate.name == clean).order_by(ClaimTemplate.version.desc()).limit(1)
    ).one_or_none()
    if before is not None and before.retired_at is None:
        before.retired_at, before.retired_by = now, actor.person_id
        session.flush()
    row = ClaimTemplate(
        name=clean,
        version=before.version + 1 if before else 1,
        format=found.format,
        receiver=receiver or None,
        carrier_code=carrier_code or None,
        payer_name=payer_name or None,
        file_name=file_name[-160:],
        sha256=stored.sha256,
        fields=list(found.fields),
        added_at=now,
        added_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    _record(session, Tag.TEMPLATE_ADDED, row, actor, now)
    return _templates(session, ClaimTemplate.id == row.id)[0]


@verb(Permission.TEMPLATE_EDIT)
def retire_template(session: Session, template_id: int, *, actor: Actor, now: datetime) -> Template:
    """Offer a form no longer. Packs it was filled for keep it. Raises `NotFound`, `WrongState`."""
    row = session.scalars(select(ClaimTemplate).where(ClaimTemplate.id == template_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound(_("There is no such form."))
    if row.retired_at is not None:
        raise WrongState(_("This form was retired already."))
    row.retired_at, row.retired_by = now, actor.person_id
    session.flush()
    _record(session, Tag.TEMPLATE_RETIRED, row, actor, now)
    return _templates(session, ClaimTemplate.id == template_id)[0]


@read(Permission.TEMPLATE_READ)
def list_templates(session: Session, *, actor: Actor, retired: bool = False) -> list[Template]:
    """The forms by name, the newest version first; retired ones only when asked."""
    return _templates(session, True if retired else ClaimTemplate.retired_at.is_(None))


@read(Permission.TEMPLATE_READ)
def templates_for(session: Session, claim_id: int, receiver: str | None = None, *, actor: Actor) -> list[Template]:
    """The forms that belong to a claim: to the receiver it goes to, its carrier or its payer, or to all."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    card = session.get_one(RuleCard, claim.rule_card_id)
    general = (
        ClaimTemplate.receiver.is_(None) & ClaimTemplate.carrier_code.is_(None) & ClaimTemplate.payer_name.is_(None)
    )
    mine = or_(
        general,
        ClaimTemplate.receiver == receiver,
        ClaimTemplate.carrier_code == card.carrier_code,
        ClaimTemplate.payer_name == claim.payer_name,
    )
    return _templates(session, ClaimTemplate.retired_at.is_(None) & mine)


@read(Permission.CLAIM_READ)
def sample_claims(session: Session, *, actor: Actor, most: int = 5) -> list[tuple[int, str]]:
    """The newest claims, to try a form on: id and reference."""
    rows = session.execute(
        select(Claim.id, Claim.reference).order_by(Claim.created_at.desc(), Claim.id.desc()).limit(most)
    )
    return [(row.id, row.reference) for row in rows]


def _record(session: Session, tag: Tag, row: ClaimTemplate, actor: Actor, now: datetime) -> None:
    after = {"name": row.name, "version": row.version, "format": row.format, "sha256": row.sha256}
    audit.record(session, tag, actor=actor, now=now, subject=("claim_template", row.id), after=after)


def _templates(session: Session, where: object) -> list[Template]:
    query = (
        select(ClaimTemplate, Person.name)
        .outerjoin(Person, Person.id == ClaimTemplate.added_by)
        .where(where)  # type: ignore[arg-type]
        .order_by(ClaimTemplate.name, ClaimTemplate.version.desc())
    )
    return [
        Template(
            id=row.id,
            name=row.name,
            version=row.version,
            format=row.format,
            receiver=row.receiver,
            carrier_code=row.carrier_code,
            payer_name=row.payer_name,
            file_name=row.file_name,
            sha256=row.sha256,
            fields=tuple(row.fields),
            added_at=row.added_at,
            added_by=name,
            retired_at=row.retired_at,
        )
        for row, name in session.execute(query)
    ]
