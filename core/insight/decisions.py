"""Keep, watch, drop or try: what was decided about a channel, why, by whom, on which numbers, and when to look again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Conflict, Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.insight.comparison import Channel, ChannelMoney, Compared, Outcome, Scope
from core.models import Carrier, ChannelDecision, Person, Shipment, Tag
from core.models.channel_decision import Decided

LONGEST_REASON = 1_000
MOST_TRIED = 10_000_000

DECIDED_LABELS: dict[Decided, str] = {
    Decided.KEEP: N_("Keep"),
    Decided.WATCH: N_("Watch"),
    Decided.TRIAL: N_("Trial"),
    Decided.DROP: N_("Drop"),
}


@dataclass(frozen=True)
class Numbers:
    """The figures a decision rested on: parcels judged, events, rate with interval (shares), verdict, net per 100 parcels in
    `currency`; by which outcomes, over which ship dates, and of which parcels where not all were looked at (see `Scope`).
    """

    outcomes: tuple[str, ...]
    first: date
    last: date
    n: int
    events: int
    rate: float | None
    low: float | None
    high: float | None
    verdict: str
    net_per_100: str | None
    currency: str
    shops: tuple[int, ...] = ()
    bands: tuple[int, ...] = ()
    products: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Decision:
    """One decision. `due` says that the day to look again has come; a trial is due, too, once `trial_parcels` are shipped."""

    id: int
    channel: Channel
    carrier: str
    decided: Decided
    reason: str
    again_on: date | None
    trial_parcels: int | None
    due: bool
    numbers: Numbers | None
    at: datetime
    by: str | None


def numbers_of(
    one: Compared, money: ChannelMoney | None, outcomes: Sequence[Outcome], scope: Scope, currency: str
) -> Numbers:
    """The figures of a comparison's row, to be frozen with a decision."""
    net = money.net_per_100 if money else None
    return Numbers(
        outcomes=tuple(outcome.value for outcome in outcomes),
        first=scope.period.first,
        last=scope.period.last,
        n=one.n,
        events=one.events,
        rate=one.rate,
        low=one.interval.low if one.interval else None,
        high=one.interval.high if one.interval else None,
        verdict=one.verdict.value,
        net_per_100=None if net is None else f"{net:.2f}",
        currency=currency,
        shops=scope.shops,
        bands=scope.bands,
        products=scope.products,
        origins=scope.origins,
    )


@verb(Permission.CARRIER_DECIDE)
def decide(
    session: Session,
    channel: Channel,
    *,
    actor: Actor,
    decided: Decided,
    reason: str,
    again_on: date | None,
    trial_parcels: int | None = None,
    numbers: Numbers,
    seen: int | None = None,
    now: datetime,
) -> ChannelDecision:
    """Decide about a channel. `again_on` is a day to come in the actor's zone; watching and trying need one. A trial needs
    `trial_parcels`, the parcels the channel is given; nothing else has any. `seen` is the decision that stood when the person
    began to decide, 0 for none; without it nothing is compared.

    Raises `Invalid` naming the field, `NotFound` for a channel without a known carrier, `Conflict` where somebody decided meanwhile.
    """
    # Locked, so that of two who decide at once the second hears of the first.
    carrier = (
        session.get(Carrier, channel.carrier_id, with_for_update=seen is not None)
        if channel.carrier_id is not None
        else None
    )
    if carrier is None:
        raise NotFound(_("Nobody knows who carries this channel: name the carrier of its parcels first."))
    why = checked(reason, LONGEST_REASON, "reason")
    if not why:
        raise Invalid(_("Say why, in a few words."), "reason")
    _bounded(decided, again_on, trial_parcels, local_day(now, actor.zone))
    if seen is not None:
        _unchanged(session, channel, seen, actor, now)
    made = ChannelDecision(
        carrier_id=carrier.id,
        service=channel.service,
        market=channel.market,
        decided=decided,
        reason=why,
        again_on=again_on,
        trial_parcels=trial_parcels if decided is Decided.TRIAL else None,
        numbers=_plain(numbers),
        at=now,
        person_id=actor.person_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        Tag.CHANNEL_DECIDED,
        actor=actor,
        now=now,
        subject=("channel_decision", made.id),
        after={
            "carrier": carrier.name,
            "service": channel.service,
            "market": channel.market,
            "decided": decided,
            "reason": why,
            "again_on": again_on,
            "trial_parcels": made.trial_parcels,
            "numbers": made.numbers,
        },
    )
    return made


def _unchanged(session: Session, channel: Channel, seen: int, actor: Actor, now: datetime) -> None:
    """Nobody decided about the channel since."""
    latest = next(iter(decisions_of(session, channel, actor=actor, now=now)), None)
    if latest is not None and latest.id != seen:
        raise Conflict(
            _(
                "{who} decided about this channel meanwhile: {decision} ({reason}). Save again if yours is to stand instead.",
                who=latest.by or "Recoup",
                decision=_(DECIDED_LABELS[latest.decided]),
                reason=latest.reason,
            )
        )


def _bounded(decided: Decided, again_on: date | None, trial_parcels: int | None, today: date) -> None:
    """Watching has a day, a trial a size as well."""
    if again_on is not None and again_on <= today:
        raise Invalid(_("The day to look again lies ahead."), "again_on")
    if again_on is None and decided in (Decided.WATCH, Decided.TRIAL):
        raise Invalid(_("Say when to look again: watching without a day is forgetting."), "again_on")
    if decided is Decided.TRIAL and (trial_parcels is None or not 0 < trial_parcels <= MOST_TRIED):
        raise Invalid(_("Say how many parcels the trial takes: a trial without a size never ends."), "trial_parcels")


@read(Permission.CARRIER_READ)
def standing_decisions(session: Session, *, actor: Actor, now: datetime) -> list[Decision]:
    """The decision that stands for each channel, those due to be looked at again first, then the latest first."""
    later = aliased(ChannelDecision)
    superseded = (
        select(later.id)
        .where(
            later.carrier_id == ChannelDecision.carrier_id,
            later.market == ChannelDecision.market,
            later.service.is_not_distinct_from(ChannelDecision.service),
            later.id > ChannelDecision.id,
        )
        .exists()
    )
    today = local_day(now, actor.zone)
    found = [_decision(row, today) for row in session.execute(_ROWS.where(~superseded))]
    return sorted(found, key=lambda one: (not one.due, -one.id))


@read(Permission.CARRIER_READ)
def count_due(session: Session, *, actor: Actor, now: datetime) -> int:
    """For how many channels the day to look again has come."""
    return sum(one.due for one in standing_decisions(session, actor=actor, now=now))


@read(Permission.CARRIER_READ)
def decisions_of(session: Session, channel: Channel, *, actor: Actor, now: datetime) -> list[Decision]:
    """Every decision about a channel, the latest first."""
    today = local_day(now, actor.zone)
    query = _ROWS.where(
        ChannelDecision.carrier_id == channel.carrier_id,
        ChannelDecision.market == channel.market,
        ChannelDecision.service.is_not_distinct_from(channel.service),
    )
    return [_decision(row, today) for row in session.execute(query.order_by(ChannelDecision.id.desc()))]


@read(Permission.CARRIER_READ)
def dropped(session: Session, channel: Channel, *, actor: Actor, now: datetime) -> Decision | None:
    """The decision to drop a channel, if that is the one that stands: whoever meets its parcels is warned."""
    latest = decisions_of(session, channel, actor=actor, now=now)
    return latest[0] if latest and latest[0].decided is Decided.DROP else None


@read(Permission.CARRIER_READ)
def dropped_among(
    session: Session, import_ids: Collection[int], *, actor: Actor, now: datetime
) -> list[tuple[Decision, int]]:
    """The dropped channels whose parcels came in with some imports, with how many were shipped after the decision."""
    given_up = [one for one in standing_decisions(session, actor=actor, now=now) if one.decided is Decided.DROP]
    found = []
    for one in given_up:
        count = session.scalar(
            select(func.count()).where(
                Shipment.import_id.in_(import_ids),
                Shipment.carrier_id == one.channel.carrier_id,
                Shipment.service.is_not_distinct_from(one.channel.service),
                Shipment.market == one.channel.market,
                Shipment.shipped_at > one.at,
            )
        )
        if count:
            found.append((one, count))
    return found


_ROWS = (
    select(ChannelDecision, Carrier.name.label("carrier"), Person.name.label("by"))
    .join(Carrier, Carrier.id == ChannelDecision.carrier_id)
    .outerjoin(Person, Person.id == ChannelDecision.person_id)
)


def _decision(row: Any, today: date) -> Decision:
    made: ChannelDecision = row[0]
    return Decision(
        id=made.id,
        channel=Channel(made.carrier_id, made.service, made.market),
        carrier=row.carrier,
        decided=made.decided,
        reason=made.reason,
        again_on=made.again_on,
        trial_parcels=made.trial_parcels,
        due=made.again_on is not None and made.again_on <= today,
        numbers=_read(made.numbers),
        at=made.at,
        by=row.by,
    )


def _plain(numbers: Numbers) -> dict[str, Any]:
    stored = {name: list(value) if isinstance(value, tuple) else value for name, value in vars(numbers).items()}
    return {**stored, "first": numbers.first.isoformat(), "last": numbers.last.isoformat()}


def _read(stored: dict[str, Any]) -> Numbers | None:
    if not stored:
        return None
    first, last = date.fromisoformat(stored["first"]), date.fromisoformat(stored["last"])
    kept: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in stored.items()}
    return Numbers(**(kept | {"first": first, "last": last}))
