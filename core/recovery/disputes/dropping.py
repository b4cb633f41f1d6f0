"""What the platform's interface says of one request, dropped at it: its detail, what it wants proof of, what it lets us offer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.cases.incidents import touch
from core.foundation.errors import Invalid
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Dispute, DisputeModule, Tag
from core.models.dispute import Source
from core.parcels.importers.platform_json import Said, read_answers, refused, sort_out
from core.parcels.importers.values import Unreadable
from core.recovery.disputes.interface import Detail, Module, detail_of, modules_of, solutions_of, text
from core.recovery.disputes.life import locked
from core.recovery.disputes.recording import Saying, record, write_down


@dataclass(frozen=True)
class Dropped:
    """What was in it: how many statements and evidence modules of this request, and whether it tells what may be offered. None of
    them: it only says that the platform took something.
    """

    statements: int
    modules: int
    solutions: bool


@dataclass(frozen=True)
class _Of:
    details: list[Detail]
    modules: list[Module]
    solutions: list[dict[str, object]]
    named: frozenset[str]


@verb(Permission.DISPUTE_EDIT)
def drop_json(session: Session, dispute_id: int, data: bytes | str, *, actor: Actor, now: datetime) -> Dropped:
    """Take what the interface answered about this request: `get_return_detail`, `get_return_list`, `get_return_dispute_reason`,
    `get_available_solutions`; one answer, several in a list, or one to a line. A newer list of reasons retires the older one.

    Raises `NotFound`, `TooLarge`, and `Invalid` with a sentence for an error of the interface, for JSON that is none of these, and for
    another return's or another currency's.
    """
    found = _read(sort_out(read_answers(data)))
    dispute, incident, shop = locked(session, dispute_id)
    mine = _mine(found, dispute)
    sayings = [Saying(dispute.return_number, one.facts, None, min(one.as_of or now, now)) for one in mine]
    sayings += [Saying(dispute.return_number, {"solutions": one}, None, now) for one in found.solutions]
    if sayings:
        write_down(session, shop, sayings, source=Source.HAND, as_of=now, actor=actor, now=now)
    if found.modules:
        _replace(session, dispute, found.modules, actor, now)
        told = {"modules": len(found.modules)}
        record(session, Tag.DISPUTE_UPDATED, dispute, incident, actor=actor, now=now, after=told)
    if incident is not None:
        touch(session, incident, now)
    return Dropped(len(mine), len(found.modules), bool(found.solutions))


def _read(said: Said) -> _Of:
    if said.refusals and not said.returns and not said.others:
        raise Invalid(refused(said.refusals[0]))
    if not said.returns and not said.others:
        raise Invalid(_("There is nothing about a return in this JSON."))
    try:
        details = [detail_of(one) for one in said.returns]
        modules = [one for some in said.others for one in modules_of(some)]
        solutions = [one for some in said.others if (one := solutions_of(some)) is not None]
    except Unreadable as why:
        raise Invalid(_(why.sentence, **why.values)) from None
    numbers = [one.return_number for one in details] + [text(one.get("return_sn")).upper() for one in said.others]
    return _Of(details, modules, solutions, frozenset(one for one in numbers if one))


def _mine(found: _Of, dispute: Dispute) -> list[Detail]:
    if found.named and dispute.return_number not in found.named:
        theirs = sorted(found.named)[0]
        raise Invalid(_("This is about return {theirs}, not {ours}.", theirs=theirs, ours=dispute.return_number))
    mine = [one for one in found.details if one.return_number == dispute.return_number]
    if other := next((one.currency for one in mine if one.currency not in ("", dispute.currency)), None):
        said = _("This return is in {theirs}, the shop sells in {ours}.", theirs=other, ours=dispute.currency)
        raise Invalid(said)
    return mine


def _replace(session: Session, dispute: Dispute, modules: Sequence[Module], actor: Actor, now: datetime) -> None:
    session.execute(
        update(DisputeModule)
        .where(DisputeModule.dispute_id == dispute.id, DisputeModule.retired_at.is_(None))
        .values(retired_at=now)
    )
    session.add_all(
        DisputeModule(
            dispute_id=dispute.id,
            reason=one.reason,
            reason_text=one.reason_text,
            number=one.number,
            requirement=one.requirement,
            required=one.required,
            samples=list(one.samples),
            told_at=now,
            told_by=actor.person_id,
        )
        for one in modules
    )
    session.flush()
