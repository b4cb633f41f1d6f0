"""One claim for the drawer: what the row does not hold, its living clocks, its last pack and the talk about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, literal_column, select
from sqlalchemy.orm import Session

from core.desk.claims_list.rows import WIDTH, ClaimLine, lines
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimStep, Clock, Incident, Pack, RuleCard, Shop
from core.models.clock import LIVING, ClockKind, ClockState
from core.models.incident import IncidentState
from core.models.rule import FilingChannel
from core.recovery.claim_states import ClaimAction
from core.recovery.claims import cap_basis


@dataclass(frozen=True)
class ClaimTask:
    """One clock of the claim that is not over. `raised` as in `ClaimLine`; `zone` is its rule's."""

    kind: ClockKind
    title: str
    opens_at: datetime | None
    due_at: datetime | None
    zone: str
    paused: bool
    raised: int


@dataclass(frozen=True)
class ClaimDetails:
    """What the drawer shows beyond the row. `pack_id` is the last pack's; `tasks` come by their moment."""

    line: ClaimLine
    channel: FilingChannel
    cap_text: str
    note: str
    answer_text: str
    answered_at: datetime | None
    submitted_at: datetime | None
    submitted_via: str | None
    asked: str
    shop: str
    case_state: IncidentState
    rule_title: str
    rule_version: int
    zone: str
    opens_at: datetime | None
    closes_at: datetime | None
    followed_up_at: datetime | None
    follow_ups: int
    pack_id: int | None
    pack_draft: bool | None
    pack_built_at: datetime | None
    tasks: tuple[ClaimTask, ...]


_BEYOND = [name for name in ClaimDetails.__dataclass_fields__ if name not in ("line", "tasks")]
"""The fields in the order of the statement's further columns."""


@read(Permission.CLAIM_READ)
def claim_details(session: Session, reference: str, *, actor: Actor) -> ClaimDetails:
    """One claim for the drawer. `asked` is what the payer last asked for. Raises `NotFound`."""
    row: Any = session.execute(_details(), {"reference": reference.strip().upper()}).one_or_none()
    if row is None:
        raise NotFound(_("There is no claim {reference}.", reference=reference.strip()[:40]))
    more: dict[str, Any] = dict(zip(_BEYOND, row[WIDTH:-1], strict=True))
    more["cap_text"] = cap_basis.tell(row.cap_basis, more["cap_text"])
    return ClaimDetails(line=ClaimLine(*row[:WIDTH]), tasks=_tasks(session, row[0]), **more)


def _tasks(session: Session, claim_id: int) -> tuple[ClaimTask, ...]:
    rows = session.execute(
        select(
            Clock.kind,
            Clock.title,
            Clock.opens_at,
            Clock.due_at,
            Clock.zone,
            Clock.state == ClockState.PAUSED,
            Clock.escalation,
        )
        .where(Clock.claim_id == claim_id, Clock.state.in_(LIVING))
        .order_by(func.coalesce(Clock.due_at, Clock.opens_at), Clock.id)
    )
    return tuple(ClaimTask(*row) for row in rows)


@lru_cache(maxsize=1)
def _details() -> Any:
    asked = (
        select(ClaimStep.note)
        .where(ClaimStep.claim_id == Claim.id, ClaimStep.action == ClaimAction.ASK_INFORMATION.value)
        .order_by(ClaimStep.at.desc(), ClaimStep.id.desc())
        .limit(1)
        .correlate(Claim)
        .scalar_subquery()
    )
    follow_ups = (
        select(func.count())
        .select_from(ClaimStep)
        .where(ClaimStep.claim_id == Claim.id, ClaimStep.action == "follow_up")
        .correlate(Claim)
        .scalar_subquery()
    )
    pack = (
        select(Pack.id, Pack.draft, Pack.built_at)
        .where(Pack.claim_id == Claim.id)
        .order_by(Pack.built_at.desc(), Pack.id.desc())
        .limit(1)
        .correlate(Claim)
        .lateral("pack")
    )
    return (
        lines()
        .add_columns(
            Claim.channel,
            Claim.cap_text,
            Claim.note,
            Claim.answer_text,
            Claim.answered_at,
            Claim.submitted_at,
            Claim.submitted_via,
            func.coalesce(asked, ""),
            Shop.name,
            Incident.state,
            RuleCard.title,
            RuleCard.version,
            Claim.zone,
            Claim.opens_at,
            Claim.due_at,
            Claim.followed_up_at,
            follow_ups,
            pack.c.id,
            pack.c.draft,
            pack.c.built_at,
            Claim.cap_basis,
        )
        .join(Shop, Shop.id == Incident.shop_id)
        .join(RuleCard, RuleCard.id == Claim.rule_card_id)
        .outerjoin(pack, literal_column("true"))
        .where(Claim.reference == bindparam("reference"))
    )
