"""Filling a form with what a case knows and people answered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from core.foundation import files
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimTemplate
from core.models.claim import ClaimState
from core.models.template import TemplateFormat
from core.recovery.packs import fields
from core.recovery.packs.facts import PackFacts, gather
from core.recovery.packs.fit.make import Form
from core.recovery.templates import document, workbook


@read(Permission.PACK_BUILD)
def fill(session: Session, template_id: int, claim_id: int, *, actor: Actor, now: datetime) -> Form:
    """A form filled for a claim, to look at; it is kept nowhere. Raises `NotFound`, `Invalid`."""
    claim = session.get(Claim, claim_id)
    if claim is None:
        raise NotFound(_("There is no such claim."))
    facts = gather(session, claim_id, actor=actor, draft=claim.state is ClaimState.DRAFT, now=now)
    return fill_for(session, template_id, facts)


def fill_for(session: Session, template_id: int, facts: PackFacts) -> Form:
    """A form filled from gathered facts (inner). A retired one still fills: the person chose it before."""
    row = session.get(ClaimTemplate, template_id)
    if row is None:
        raise NotFound(_("There is no such form."))
    data, values = files.store().read(row.sha256), fields.values(facts)
    if row.format is TemplateFormat.XLSX:
        made = workbook.filled(data, row.file_name, values)
    else:
        made = document.filled(data, row.file_name, values, fields.items(facts))
    return Form(row.name, row.format.value, made)
