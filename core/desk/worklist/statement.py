"""The statement behind the worklist.

For each bucket a lateral join takes the first rows of each source straight off its index, so the cost follows the rows
shown, not the rows there are. States stand in the text and not as parameters: only then can a plan that is kept for all
values use the partial indexes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    union_all,
)

from core.cases.clocks import every_window_closed
from core.desk.worklist.rows import CLOCK_KINDS, OPENING, WAITING, Bucket, Kind
from core.foundation.columns import UtcDateTime
from core.models import Carrier, Claim, Clock, Contact, Incident, Person, RuleCard, Shipment

DAY, THREE_DAYS, WEEK = timedelta(hours=24), timedelta(hours=72), timedelta(days=7)

SILENT_OURS = timedelta(days=3)
"""A case that waits for us is silent after three days: evidence such as hub video is kept for a week or less."""
SILENT_THEIRS = timedelta(days=7)
"""A case that waits for a payer is silent after a week: payers answer in five to thirty days, we ask every week."""

EVER = datetime(9999, 1, 1, tzinfo=UTC)
NEVER = datetime(1, 1, 2, tzinfo=UTC)

RUNNING = Clock.state == literal_column("'running'")
OPEN = Incident.state != literal_column("'closed'")
_now = bindparam("now", type_=UtcDateTime())


def bound(name: str) -> Any:
    """One of the `moments`, as a value of a statement (inner)."""
    return bindparam(name, type_=UtcDateTime())


def moments(now: datetime) -> dict[str, datetime]:
    """The bounds of the buckets and of silence, as the statements name them (inner)."""
    return {
        "now": now,
        "day": now + DAY,
        "three": now + THREE_DAYS,
        "week": now + WEEK,
        "ours": now - SILENT_OURS,
        "theirs": now - SILENT_THEIRS,
        "stale": now - THREE_DAYS,
    }


def _buckets(wanted: tuple[Bucket, ...]) -> Subquery:
    """Per bucket: the bounds for a clock, and those for the next clock of a case that is here for another reason."""
    ever, never = literal(EVER, UtcDateTime()), literal(NEVER, UtcDateTime())
    day, three, week = bound("day"), bound("three"), bound("week")
    rows = {
        Bucket.DAY: (bound("stale"), day, never, day),
        Bucket.THREE_DAYS: (day, three, day, three),
        Bucket.WEEK: (three, week, three, ever),
        Bucket.LATER: (week, ever, week, week),
    }
    # Not VALUES: SQLAlchemy would spell a statement with one anew each time, at fifteen milliseconds.
    lines = [
        select(
            literal_column(str(int(bucket)), Integer).label("bucket"),
            low.label("low"),
            high.label("high"),
            case_low.label("case_low"),
            case_high.label("case_high"),
        )
        for bucket, (low, high, case_low, case_high) in rows.items()
        if bucket in wanted
    ]
    return union_all(*lines).subquery("bounds") if len(lines) > 1 else lines[0].subquery("bounds")


def _columns(kind: str, moment: Any, *, opens: bool, clock: bool, stale: bool = False) -> list[Any]:
    return [
        literal_column("true" if stale else "false").label("stale"),
        literal_column(f"'{kind}'").label("kind"),
        (Clock.id if clock else null().cast(Clock.id.type)).label("clock_id"),
        Incident.id.label("incident_id"),
        moment.label("moment"),
        literal_column("true" if opens else "false").label("opens"),
        Incident.base_value.label("money"),
    ]


def _clock_rows(kinds: frozenset[Kind], mine: bool, escalated: bool) -> Select[Any]:
    wanted = [kind for kind, is_ in CLOCK_KINDS.items() if is_ in kinds]
    query = select().select_from(Clock).join(Incident, Incident.id == Clock.incident_id).where(RUNNING)
    if len(wanted) < len(CLOCK_KINDS):
        query = query.where(Clock.kind.in_(wanted))
    if escalated:
        query = query.where(Clock.escalation > literal_column("0"))
    return query.where(Clock.owner_id == bindparam("owner")) if mine else query


def _sources(kinds: frozenset[Kind], mine: bool, escalated: bool, b: Any) -> list[Select[Any]]:
    """One select per source, each ordered and cut, correlated to the bucket `b`."""
    found: list[Select[Any]] = []
    if kinds & set(CLOCK_KINDS.values()):
        found += _ending(kinds, mine, escalated, b)
        if kinds & OPENING:
            found += _opening(kinds, mine, escalated, b)
    if escalated:
        return found
    if Kind.UNASSIGNED in kinds and not mine:
        found += _unassigned(b)
    if Kind.ENDED in kinds:
        found.append(_ended(mine, b))
    if Kind.SILENT in kinds:
        found.append(_silent(mine, b))
    return found


def _ending(kinds: frozenset[Kind], mine: bool, escalated: bool, b: Any) -> list[Select[Any]]:
    """Clocks by when they end: those within the bucket, the stale ones in the first, and what others owe us in the last."""
    due = _clock_rows(kinds, mine, escalated).add_columns(*_columns("clock", Clock.due_at, opens=False, clock=True))
    started = or_(Clock.opens_at.is_(None), Clock.opens_at <= _now)
    ours = or_(Clock.kind.not_in(WAITING), Clock.due_at < _now)
    within = and_(Clock.due_at >= b.c.low, Clock.due_at < b.c.high)
    by_due = (Clock.due_at, Incident.base_value.desc(), Clock.id)
    old = _clock_rows(kinds, mine, escalated).add_columns(
        *_columns("clock", Clock.due_at, opens=False, clock=True, stale=True)
    )
    before = and_(b.c.bucket == int(Bucket.DAY), Clock.due_at < bound("stale"))
    found = [due.where(started, ours, within).order_by(*by_due), old.where(started, before).order_by(*by_due)]
    if kinds & {Kind.ANSWER, Kind.PAYMENT}:
        theirs = and_(b.c.bucket == int(Bucket.LATER), Clock.kind.in_(WAITING), Clock.due_at >= _now)
        found.append(due.where(theirs).order_by(*by_due))
    return found


def _opening(kinds: frozenset[Kind], mine: bool, escalated: bool, b: Any) -> list[Select[Any]]:
    """Windows that are still to open, and those that are open while nobody knows until when: the payer publishes no end."""
    ahead = _clock_rows(kinds, mine, escalated).add_columns(*_columns("clock", Clock.opens_at, opens=True, clock=True))
    within = and_(Clock.opens_at > _now, Clock.opens_at >= b.c.low, Clock.opens_at < b.c.high)
    unending = null().cast(UtcDateTime())
    endless = _clock_rows(kinds, mine, escalated).add_columns(*_columns("clock", unending, opens=False, clock=True))
    since = and_(b.c.bucket == int(Bucket.WEEK), Clock.due_at.is_(None), Clock.opens_at <= _now)
    # Openings of one moment are many and none is irreversible: taken as they come, not by money.
    return [ahead.where(within).order_by(Clock.opens_at), endless.where(since).order_by(Clock.opens_at)]


def _unassigned(b: Any) -> list[Select[Any]]:
    """Open cases without an owner, by their next clock, and those without one."""
    nobodys = select(*_columns("unassigned", Incident.next_due_at, opens=False, clock=False)).where(
        OPEN, Incident.owner_id.is_(None)
    )
    timed = and_(Incident.next_due_at >= b.c.case_low, Incident.next_due_at < b.c.case_high)
    # The owner stands in the order only so that it is the index's order.
    by_next = (Incident.owner_id, Incident.next_due_at, Incident.base_value.desc())
    untimed = and_(b.c.bucket == int(Bucket.WEEK), Incident.next_due_at.is_(None))
    return [nobodys.where(timed).order_by(*by_next), nobodys.where(untimed).order_by(Incident.registered_at)]


def _ended(mine: bool, b: Any) -> Select[Any]:
    """Cases whose every window has closed."""
    whose = [Incident.owner_id == bindparam("owner")] if mine else []
    lost = select(*_columns("ended", null().cast(UtcDateTime()), opens=False, clock=False)).where(
        b.c.bucket == int(Bucket.WEEK), every_window_closed(), *whose
    )
    return lost.order_by(Incident.registered_at)


def _silent(mine: bool, b: Any) -> Select[Any]:
    """Open cases that have an owner and that nobody touched for days."""
    owned = Incident.owner_id == bindparam("owner") if mine else Incident.owner_id.is_not(None)
    silent = select(*_columns("silent", null().cast(UtcDateTime()), opens=False, clock=False)).where(
        b.c.bucket == int(Bucket.WEEK), OPEN, *silence()
    )
    return silent.where(owned).order_by(Incident.touched_at)


def silence() -> tuple[Any, ...]:
    """An open case nobody touched for days; a clock that rings within three days would have a row already (inner)."""
    return (
        Incident.touched_at < bound("ours"),
        or_(Incident.state != literal_column("'claiming'"), Incident.touched_at < bound("theirs")),
        or_(Incident.next_due_at.is_(None), Incident.next_due_at >= bound("three")),
    )


@lru_cache(maxsize=256)
def statement(
    mine: bool, kinds: frozenset[Kind], escalated: bool, wanted: tuple[Bucket, ...], limit: int
) -> Select[Any]:
    """The first `limit` rows of each wanted bucket, with the words and names their lines need (inner)."""
    b = _buckets(wanted)
    most: Any = literal_column(str(int(limit)))
    parts = [select(part.limit(most).correlate(b).lateral()) for part in _sources(kinds, mine, escalated, b)]
    every = union_all(*parts).subquery()
    by_moment = (every.c.stale, every.c.moment.asc().nulls_last(), every.c.money.desc())
    first = select(every).order_by(*by_moment).limit(most).lateral("first")
    return (
        select(*_shown(b, first))
        .select_from(b)
        .join(first, literal_column("true"))
        .join(Incident, Incident.id == first.c.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Clock, Clock.id == first.c.clock_id)
        .outerjoin(RuleCard, and_(RuleCard.code == Clock.rule, RuleCard.version == Clock.rule_version))
        .outerjoin(Claim, Claim.id == Clock.claim_id)
        .outerjoin(Contact, Contact.id == Clock.contact_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .order_by(
            b.c.bucket,
            first.c.stale,
            first.c.moment.asc().nulls_last(),
            first.c.money.desc(),
            first.c.clock_id,
            Incident.touched_at,
            Incident.id,
        )
    )


def _shown(b: Any, first: Any) -> list[Any]:
    """What a line of the list is made of."""
    return [
        b.c.bucket,
        first.c.kind,
        first.c.moment,
        first.c.opens,
        first.c.clock_id,
        Clock.kind.label("clock_kind"),
        Clock.title,
        Clock.zone,
        Clock.rule,
        Clock.escalation,
        RuleCard.confidence,
        RuleCard.checked_on,
        Claim.payer_name.label("payer"),
        Claim.approved,
        (Claim.paid + Claim.surplus).label("paid"),
        Claim.currency.label("claim_currency"),
        Contact.promise_by,
        Claim.reference.label("claim"),
        Claim.state.label("claim_state"),
        Incident.reference,
        Incident.type,
        Incident.base_value,
        Incident.base_currency,
        Incident.touched_at,
        Incident.owner_id,
        Person.name.label("owner"),
        func.coalesce(Carrier.name, Shipment.carrier_text).label("carrier"),
        func.coalesce(Shipment.tracking_number, Shipment.order_number).label("number"),
    ]
