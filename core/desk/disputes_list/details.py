"""One dispute for the drawer beside the list, and what presses before anybody opened the list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.desk.disputes_list.filters import open_
from core.desk.disputes_list.rows import DisputeLine, line_of, lines
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Dispute, DisputeStep, Shipment
from core.models.clock import ClockKind
from core.models.dispute import OPEN_STATES, ReturnReason, StepBy
from core.recovery.disputes.dues import FALLBACK, dues

DAY, THREE_DAYS = timedelta(hours=24), timedelta(hours=72)


@dataclass(frozen=True)
class Asked:
    """One moment that still counts; `stopgap`: it is only the market's usual day."""

    kind: ClockKind
    at: datetime
    stopgap: bool


@dataclass(frozen=True)
class DisputeDetails:
    """One dispute: its row, the buyer's reason in our words and the source's, each moment, how often we wrote and who made the offer.

    Words of the source are to be shown as text. `number` is what a case would be registered with; empty where no parcel is known.
    """

    line: DisputeLine
    buyers_reason: ReturnReason | None
    reason_text: str
    asked: tuple[Asked, ...]
    written: int
    offered_by: str
    counters_left: int | None
    number: str

    @property
    def open(self) -> bool:
        """Whether somebody still waits for somebody."""
        return self.line.state in OPEN_STATES


@dataclass(frozen=True)
class Pressing:
    """Disputes whose next moment is less than 24 hours away, those of them without a case, those of three days without one (no clock
    tells of them), and open ones whose day has passed.
    """

    day: int
    day_loose: int
    loose: int
    passed: int


@read(Permission.DISPUTE_READ)
def dispute_details(session: Session, dispute_id: int, *, actor: Actor) -> DisputeDetails:
    """The facts of one dispute. Raises `NotFound`."""
    found = session.execute(lines().where(Dispute.id == dispute_id)).one_or_none()
    if found is None:
        raise NotFound(_("There is no such dispute."))
    row = line_of(found)
    dispute = session.get_one(Dispute, dispute_id)
    parcel = session.get(Shipment, dispute.shipment_id) if dispute.shipment_id is not None else None
    written = select(func.count()).where(
        DisputeStep.dispute_id == dispute_id, DisputeStep.by == StepBy.PERSON, DisputeStep.sent != ""
    )
    return DisputeDetails(
        row,
        dispute.reason,
        dispute.reason_text,
        tuple(Asked(one.kind, one.at, one.rule == FALLBACK) for one in dues(dispute, row.market)),
        session.scalar(written) or 0,
        dispute.offered_by,
        dispute.counter_limit,
        (parcel.tracking_number or parcel.order_number) if parcel is not None else "",
    )


@read(Permission.DISPUTE_READ)
def pressing(session: Session, *, actor: Actor, now: datetime) -> Pressing:
    """What presses: one walk over the next three days of an index."""
    loose, soon = Dispute.incident_id.is_(None), Dispute.next_due_at < now + DAY
    ahead = session.execute(
        select(
            func.count().filter(soon),
            func.count().filter(soon, loose),
            func.count().filter(loose),
        ).where(Dispute.next_due_at >= now, Dispute.next_due_at < now + THREE_DAYS)
    ).one()
    passed = session.scalar(select(func.count()).where(open_(), Dispute.next_due_at < now)) or 0
    return Pressing(*ahead, passed)
