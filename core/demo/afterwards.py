"""What a desk has around its cases beside their own stories: windows watched, clocks paused, money short, parcels silent.

All of it goes through the verbs, after the cases are there; a few of each, so that a demo shows them and stays quick.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import exists, select, text
from sqlalchemy.orm import Session

from core.cases import clocks
from core.demo import silence, words
from core.demo.decided import decide_about_channels
from core.demo.ground import Ground
from core.demo.scripts import DAYS, HOURS
from core.foundation.clock import local_day
from core.foundation.errors import Refusal
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM
from core.insight.clusters import look_for_clusters
from core.models import Claim, Clock, Incident
from core.models.claim import ClaimState
from core.models.clock import ClockKind, ClockState, PauseReason
from core.models.incident import IncidentState, Tier
from core.recovery import claims, payouts, silent
from core.recovery.sweep import sweep
from core.recovery.watching import watch

WATCHED = 300
"""Open cases of the mass whose payers are watched: the latest. The stories watch theirs from their first day."""
SHORT, SILENT, FEW = 3, 9, 3
CARELESS = 60 * DAYS
"""Since when one packer of the demo is careless."""


def happen(base: Ground) -> None:
    """Everything, in the order it would come about."""
    _watch_the_rest(base)
    _pause(base)
    _pay_short(base)
    _offer(base)
    fall_silent(base)
    _pack_badly(base)
    decide_about_channels(base)
    look_for_clusters(base.session, actor=SYSTEM, now=base.now)
    silence.hush(base)
    # Two hours ago: what falls due today is still to be saved.
    sweep(actor=SYSTEM, now=base.now - 2 * HOURS, transaction=lambda: _inside(base.session))
    silence.arrive(base)
    base.session.flush()


@contextmanager
def _inside(session: Session) -> Iterator[Session]:
    """A part of the demo's one transaction, for what opens its own elsewhere."""
    with session.begin_nested():
        yield session


def _watch_the_rest(base: Ground) -> None:
    """Open cases without a claim, taken in before payers were watched."""
    claimed = exists().where(Claim.incident_id == Incident.id)
    watched = exists().where(Clock.incident_id == Incident.id, Clock.kind == ClockKind.CLAIM_WINDOW)
    found = base.session.scalars(
        select(Incident)
        .where(Incident.state != IncidentState.CLOSED, Incident.tier != Tier.ABSORB, ~claimed, ~watched)
        .order_by(Incident.registered_at.desc(), Incident.id)
        .limit(WATCHED)
    ).all()
    watch(base.session, sorted(found, key=lambda one: one.id), actor=SYSTEM, now=base.now - 3 * HOURS)


def _running(base: Ground, kinds: Sequence[ClockKind]) -> list[Clock]:
    """Running clocks of owned cases that are still to come, the latest case first, one for each case."""
    found = base.session.scalars(
        select(Clock)
        .join(Incident, Incident.id == Clock.incident_id)
        .where(
            Clock.kind.in_(kinds),
            Clock.state == ClockState.RUNNING,
            Clock.due_at > base.now + 1 * DAYS,
            Clock.opens_at.is_(None),
            Incident.owner_id.is_not(None),
        )
        .order_by(Incident.registered_at.desc(), Clock.id)
    )
    return list({clock.incident_id: clock for clock in found}.values())


PAUSES = (
    (ClockKind.PROMISE, PauseReason.WAITING_BUYER, "Buyer is away until the weekend; 买家周末才能拍照。"),
    (ClockKind.ANSWER, PauseReason.WAITING_CARRIER, "Hub opens its inquiry again on Monday."),
    (
        ClockKind.CLAIM_WINDOW,
        PauseReason.PAYER_AGREED,
        "Claims desk, Ms Aisyah, by mail: the window waits for their trace.",
    ),
)


def _pause(base: Ground) -> None:
    """A few clocks wait for somebody, one of them because its payer agreed."""
    team, when = base.desk.team, base.now - 2.5 * HOURS
    for kind, reason, note in PAUSES:
        for number, clock in enumerate(_running(base, (kind,))[: 1 if kind is ClockKind.CLAIM_WINDOW else 2]):
            at = max(when, clock.created_at + timedelta(minutes=5))
            if at < base.now:
                by = team.agents[number % len(team.agents)]
                clocks.pause(base.session, clock.id, actor=by, reason=reason, note=note, now=at)


def _pay_short(base: Ground) -> None:
    """Some payers send less than they granted: a task each."""
    found = base.session.scalars(
        select(Claim)
        .where(Claim.state == ClaimState.APPROVED, Claim.paid == 0, Claim.answered_at < base.now - 2 * DAYS)
        .order_by(Claim.answered_at.desc(), Claim.id)
        .limit(SHORT)
    ).all()
    for number, claim in enumerate(found):
        part = Money((claim.demand * Decimal("0.6")).quantize(Decimal(1)), claim.currency)
        at = base.now - (5 + number) * HOURS
        if not part.amount or part.amount >= claim.demand:
            continue
        try:
            with base.session.begin_nested():
                payouts.record_payout(
                    base.session,
                    claim.id,
                    actor=base.desk.team.lead,
                    received=part,
                    paid_on=local_day(at, "Asia/Shanghai"),
                    reference=f"SHORT-{claim.reference}",
                    now=at,
                )
        except Refusal:
            # Another payer of the same case has covered the loss: nothing is short there.
            continue


def _offer(base: Ground) -> None:
    """A payer offers less than was asked, and waits for a yes or no."""
    found = base.session.scalars(
        select(Claim)
        .where(Claim.state == ClaimState.IN_REVIEW, Claim.submitted_at < base.now - 2 * DAYS)
        .order_by(Claim.submitted_at.desc(), Claim.id)
        .limit(1)
    ).all()
    for claim in found:
        amount = Money((claim.demand * Decimal("0.7")).quantize(Decimal(1)), claim.currency)
        if amount.amount:
            claims.record_offer(
                base.session,
                claim.id,
                actor=base.desk.team.agents[0],
                amount=amount,
                text="We can settle this at once without further proof.",
                due_at=base.now + 3 * DAYS,
                now=base.now - 6 * HOURS,
            )


_HUSH = text(
    """
    update shipment s set delivered_at = null, completed_at = null, status = 'shipped', status_text = null,
      cancel_reason = null, last_scan_at = s.first_scan_at, status_changed_at = s.first_scan_at
    where s.id in (
      select t.id from shipment t
      where t.carrier_id = :carrier and (cast(:market as text) is null or t.market = :market)
        and t.accepted_at >= :low and t.accepted_at < :high and t.first_scan_at <= :quiet and t.insured is null
        and t.status in ('shipped', 'delivered', 'completed')
        and not exists (select from incident i where i.shipment_id = t.id)
      order by t.value desc limit :few)
    """
)


def fall_silent(base: Ground) -> None:
    """Some dear parcels were scanned once and never again; their carriers' windows close within days."""
    ids = base.reader.carrier_ids
    left = SILENT
    for one in silent.ranges(base.session, base.now):
        if left <= 0 or one.carrier_code not in ids:
            continue
        done = base.session.execute(
            _HUSH,
            {
                "carrier": ids[one.carrier_code],
                "market": one.market,
                "low": one.low + 1 * DAYS,
                "high": one.high,
                "quiet": base.now - silent.bounds().silent_for - 2 * DAYS,
                "few": min(FEW, left),
            },
        )
        left -= done.rowcount  # type: ignore[attr-defined]
    base.session.expire_all()


def _pack_badly(base: Ground) -> None:
    """Most parcels that broke lately were packed by one person: what the cluster alarm is there to see."""
    packer = words.words()["warehouse"][-1]["packers"][-1]
    base.session.execute(
        text(
            "update shipment s set packed_by = :packer from incident i where i.shipment_id = s.id and i.type = 'damaged'"
            " and s.packed_by is not null and s.shipped_at > :since and s.id % 3 > 0"
        ),
        {"packer": packer, "since": base.now - CARELESS},
    )
