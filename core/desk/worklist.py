"""The worklist: what has to be done now, by the next irreversible moment and the money behind it.

A row is a running clock that asks something of us, an open case without an owner, or one nobody touched for days. Rows
stand in four buckets by their moment; within one by moment, then by money in the base currency.

- A claim window that is not open yet counts by its opening; open, by its end.
- What is late by more than three days comes last in its bucket: one more hour costs it nothing, while a window that
  closes tonight is lost tomorrow.
- A payer's answer or payment is somebody else's turn: until its moment has passed it stands under "later", then it is
  late.
- A case without an owner, or a silent one, has no irreversible moment of its own. It stands where its next clock puts
  it, under "this week" at the latest.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Integer,
    Row,
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
    text,
    union_all,
)
from sqlalchemy.orm import Session

from core.foundation.columns import UtcDateTime
from core.foundation.gate import read
from core.foundation.language import N_, _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Claim, Clock, Contact, Incident, Person, Shipment
from core.models.claim import ClaimState
from core.models.clock import ClockKind
from core.models.contact import Party
from core.models.incident import IncidentType

DAY, THREE_DAYS, WEEK = timedelta(hours=24), timedelta(hours=72), timedelta(days=7)

SILENT_OURS = timedelta(days=3)
"""A case that waits for us is silent after three days: evidence such as hub video is kept for a week or less."""
SILENT_THEIRS = timedelta(days=7)
"""A case that waits for a payer is silent after a week: payers answer in five to thirty days, we ask every week."""

MOST_ROWS = 200
"""Rows of a bucket that one read gives at most."""

EVER = datetime(9999, 1, 1, tzinfo=UTC)
NEVER = datetime(1, 1, 2, tzinfo=UTC)


class Kind(StrEnum):
    """Why a row is on the list."""

    CLAIM = "claim"
    INFORMATION = "information"
    APPEAL = "appeal"
    ANSWER = "answer"
    PAYMENT = "payment"
    PROMISE = "promise"
    UNASSIGNED = "unassigned"
    SILENT = "silent"


class Bucket(IntEnum):
    """How soon."""

    DAY = 0
    THREE_DAYS = 1
    WEEK = 2
    LATER = 3


class Do(StrEnum):
    """The action a row leads to on the case screen, as `?do=`. Stable: it stands in addresses."""

    PREPARE = "prepare"
    FILE = "file"
    SEND = "send"
    APPEAL = "appeal"
    ANSWER = "answer"
    PAYOUT = "payout"
    PROMISE = "promise"
    ASSIGN = "assign"
    LOOK = "look"


KIND_LABELS: dict[Kind, str] = {
    Kind.CLAIM: N_("Claim"),
    Kind.INFORMATION: N_("Asked"),
    Kind.APPEAL: N_("Appeal"),
    Kind.ANSWER: N_("Answer"),
    Kind.PAYMENT: N_("Payment"),
    Kind.PROMISE: N_("Promise"),
    Kind.UNASSIGNED: N_("Unassigned"),
    Kind.SILENT: N_("Silent"),
}
BUCKET_LABELS: dict[Bucket, str] = {
    Bucket.DAY: N_("Overdue and next 24 hours"),
    Bucket.THREE_DAYS: N_("Next 3 days"),
    Bucket.WEEK: N_("This week"),
    Bucket.LATER: N_("Later and waiting"),
}
CLOCK_KINDS: dict[ClockKind, Kind] = {
    ClockKind.CLAIM_WINDOW: Kind.CLAIM,
    ClockKind.INFORMATION: Kind.INFORMATION,
    ClockKind.APPEAL: Kind.APPEAL,
    ClockKind.ANSWER: Kind.ANSWER,
    ClockKind.PAYMENT: Kind.PAYMENT,
    ClockKind.PROMISE: Kind.PROMISE,
}
WAITING = (ClockKind.ANSWER, ClockKind.PAYMENT)
"""Clocks that run against somebody else."""


@dataclass(frozen=True)
class Work:
    """One row. `moment` (UTC) is None where no clock runs or no end is known; `opens` means an opening, not an end.

    `money` is the value at risk in the base currency, `number` the tracking number or else the order's, `words` the
    payer of a claim's clock or the text of a promise (what people wrote: show it as text).
    """

    bucket: Bucket
    kind: Kind
    moment: datetime | None
    opens: bool
    reference: str
    type: IncidentType
    money: Decimal
    currency: str
    owner_id: int | None
    owner: str | None
    carrier: str | None
    number: str
    words: str
    clock_id: int | None
    claim: str | None
    claim_state: ClaimState | None
    promise_by: Party | None
    touched_at: datetime

    def late(self, now: datetime) -> bool:
        """Whether its moment has passed."""
        return self.moment is not None and self.moment < now

    @property
    def query(self) -> dict[str, str]:
        """The address of the action on the case screen."""
        more = {"claim": self.claim} if self.claim else {}
        if self.kind is Kind.PROMISE and self.clock_id is not None:
            more["clock"] = str(self.clock_id)
        return {"ref": self.reference, "do": action(self).value, **more}


@read(Permission.INCIDENT_READ)
def worklist(
    session: Session,
    *,
    actor: Actor,
    now: datetime,
    mine: bool = False,
    kinds: Collection[Kind] = (),
    buckets: Collection[Bucket] = tuple(Bucket),
    limit: int = 12,
) -> list[Work]:
    """The first `limit` rows of each wanted bucket, in order, in one statement. `mine` keeps the actor's own cases.

    `kinds` empty means all. Ask for one row more than is shown to know whether there are others.
    """
    wanted = frozenset(kinds) or frozenset(Kind)
    if mine and wanted <= {Kind.UNASSIGNED}:
        return []
    # Planning this anew would cost more than running it; its indexes suit every value. Until the transaction ends.
    session.execute(_KEEP_THE_PLAN)
    rows = session.execute(
        _statement(mine, wanted, tuple(sorted(set(buckets))), min(limit, MOST_ROWS)),
        {**moments(now), "owner": actor.person_id},
    )
    return [_work(row, now) for row in rows]


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


def _work(row: Row[Any], now: datetime) -> Work:
    found: Any = row
    kind = CLOCK_KINDS[found.clock_kind] if found.clock_kind else Kind(found.kind)
    return Work(
        bucket=Bucket(found.bucket),
        kind=kind,
        moment=found.moment,
        opens=found.opens,
        reference=found.reference,
        type=found.type,
        money=found.base_value,
        currency=found.base_currency,
        owner_id=found.owner_id,
        owner=found.owner,
        carrier=found.carrier,
        number=found.number,
        words=found.words or "",
        clock_id=found.clock_id,
        claim=found.claim,
        claim_state=found.claim_state,
        promise_by=found.promise_by,
        touched_at=found.touched_at,
    )


# --- the words of a row ----------------------------------------------------------------------------------------------

_FILE = {
    IncidentType.LOST: N_("File the loss claim with {payer}"),
    IncidentType.DAMAGED: N_("File the damage claim with {payer}"),
    IncidentType.MISSING_CONTENTS: N_("File the missing-contents claim with {payer}"),
    IncidentType.DELAYED: N_("File the delay claim with {payer}"),
}
_PREPARE = {
    IncidentType.LOST: N_("Prepare the loss claim on {payer}"),
    IncidentType.DAMAGED: N_("Prepare the damage claim on {payer}"),
    IncidentType.MISSING_CONTENTS: N_("Prepare the missing-contents claim on {payer}"),
    IncidentType.DELAYED: N_("Prepare the delay claim on {payer}"),
}
_PROMISED = {
    Party.CARRIER: N_("Ask the carrier about its promise: {promise}"),
    Party.BUYER: N_("Ask the buyer about the promise: {promise}"),
    Party.PLATFORM: N_("Ask the platform about its promise: {promise}"),
    Party.INSURER: N_("Ask the insurer about its promise: {promise}"),
}


def sentence(work: Work, now: datetime) -> str:
    """What to do, verb first, in the reader's language. Holds what people wrote: show it as text."""
    match work.kind:
        case Kind.CLAIM:
            table = _PREPARE if work.opens or work.claim_state in (None, ClaimState.DRAFT) else _FILE
            return _(table[work.type], payer=work.words)
        case Kind.INFORMATION:
            return _("Send {payer} what it asked for", payer=work.words)
        case Kind.APPEAL:
            return _("Appeal the answer of {payer}", payer=work.words)
        case Kind.ANSWER if work.late(now):
            return _("Ask {payer} for the overdue answer", payer=work.words)
        case Kind.ANSWER:
            return _("Await the answer of {payer}", payer=work.words)
        case Kind.PAYMENT if work.late(now):
            return _("Ask {payer} for the overdue payment", payer=work.words)
        case Kind.PAYMENT:
            return _("Await the payment of {payer}", payer=work.words)
        case Kind.PROMISE if work.promise_by is not None:
            return _(_PROMISED[work.promise_by], promise=work.words)
        case Kind.PROMISE:
            return _("Keep the promise: {promise}", promise=work.words)
        case Kind.UNASSIGNED:
            return _("Give this case an owner")
        case Kind.SILENT:
            return _("Move this case on, or close it")


def action(work: Work) -> Do:
    """Where the row's button leads."""
    match work.kind:
        case Kind.CLAIM:
            return Do.PREPARE if work.opens or work.claim_state in (None, ClaimState.DRAFT) else Do.FILE
        case Kind.INFORMATION:
            return Do.SEND
        case Kind.APPEAL:
            return Do.APPEAL
        case Kind.ANSWER:
            return Do.ANSWER
        case Kind.PAYMENT:
            return Do.PAYOUT
        case Kind.PROMISE:
            return Do.PROMISE
        case Kind.UNASSIGNED:
            return Do.ASSIGN
        case Kind.SILENT:
            return Do.LOOK


ACTION_LABELS: dict[Do, str] = {
    Do.PREPARE: N_("Prepare"),
    Do.FILE: N_("File claim"),
    Do.SEND: N_("Add files"),
    Do.APPEAL: N_("Appeal"),
    Do.ANSWER: N_("Follow up"),
    Do.PAYOUT: N_("Follow up"),
    Do.PROMISE: N_("Settle"),
    Do.ASSIGN: N_("Assign"),
    Do.LOOK: N_("Open"),
}


# --- the statement ---------------------------------------------------------------------------------------------------
#
# For each bucket (a row of VALUES) a lateral join takes the first rows of each source straight off its index, so the
# cost follows the rows shown, not the rows there are. States stand in the text and not as parameters: only then can a
# plan that is kept for all values use the partial indexes.

_KEEP_THE_PLAN = text("SET LOCAL plan_cache_mode = force_generic_plan")
RUNNING = Clock.state == literal_column("'running'")
OPEN = Incident.state != literal_column("'closed'")
_now = bindparam("now", type_=UtcDateTime())


def bound(name: str) -> Any:
    """One of the `moments`, as a value of a statement (inner)."""
    return bindparam(name, type_=UtcDateTime())


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


def _clock_rows(kinds: frozenset[Kind], mine: bool) -> Select[Any]:
    wanted = [kind for kind, is_ in CLOCK_KINDS.items() if is_ in kinds]
    query = select().select_from(Clock).join(Incident, Incident.id == Clock.incident_id).where(RUNNING)
    if len(wanted) < len(CLOCK_KINDS):
        query = query.where(Clock.kind.in_(wanted))
    return query.where(Clock.owner_id == bindparam("owner")) if mine else query


def _sources(kinds: frozenset[Kind], mine: bool, b: Any) -> list[Select[Any]]:
    """One select per source, each ordered and cut, correlated to the bucket `b`."""
    found: list[Select[Any]] = []
    if kinds & set(CLOCK_KINDS.values()):
        due = _clock_rows(kinds, mine).add_columns(*_columns("clock", Clock.due_at, opens=False, clock=True))
        started = or_(Clock.opens_at.is_(None), Clock.opens_at <= _now)
        ours = or_(Clock.kind.not_in(WAITING), Clock.due_at < _now)
        within = and_(Clock.due_at >= b.c.low, Clock.due_at < b.c.high)
        by_due = (Clock.due_at, Incident.base_value.desc(), Clock.id)
        found.append(due.where(started, ours, within).order_by(*by_due))
        old = _clock_rows(kinds, mine).add_columns(
            *_columns("clock", Clock.due_at, opens=False, clock=True, stale=True)
        )
        before = and_(b.c.bucket == int(Bucket.DAY), Clock.due_at < bound("stale"))
        found.append(old.where(started, before).order_by(*by_due))
        if kinds & {Kind.ANSWER, Kind.PAYMENT}:
            theirs = and_(b.c.bucket == int(Bucket.LATER), Clock.kind.in_(WAITING), Clock.due_at >= _now)
            found.append(due.where(theirs).order_by(*by_due))
        if Kind.CLAIM in kinds:
            opening = _clock_rows(kinds, mine).add_columns(*_columns("clock", Clock.opens_at, opens=True, clock=True))
            ahead = and_(Clock.opens_at > _now, Clock.opens_at >= b.c.low, Clock.opens_at < b.c.high)
            # Openings of one moment are many and none is irreversible: taken as they come, not by money.
            found.append(opening.where(ahead).order_by(Clock.opens_at))
            # Open, and nobody knows until when: the payer publishes no end.
            unending = null().cast(UtcDateTime())
            endless = _clock_rows(kinds, mine).add_columns(*_columns("clock", unending, opens=False, clock=True))
            since = and_(b.c.bucket == int(Bucket.WEEK), Clock.due_at.is_(None), Clock.opens_at <= _now)
            found.append(endless.where(since).order_by(Clock.opens_at))
    if Kind.UNASSIGNED in kinds and not mine:
        nobodys = select(*_columns("unassigned", Incident.next_due_at, opens=False, clock=False)).where(
            OPEN, Incident.owner_id.is_(None)
        )
        timed = and_(Incident.next_due_at >= b.c.case_low, Incident.next_due_at < b.c.case_high)
        # The owner stands in the order only so that it is the index's order.
        by_next = (Incident.owner_id, Incident.next_due_at, Incident.base_value.desc())
        found.append(nobodys.where(timed).order_by(*by_next))
        untimed = and_(b.c.bucket == int(Bucket.WEEK), Incident.next_due_at.is_(None))
        found.append(nobodys.where(untimed).order_by(Incident.registered_at))
    if Kind.SILENT in kinds:
        silent = select(*_columns("silent", null().cast(UtcDateTime()), opens=False, clock=False)).where(
            b.c.bucket == int(Bucket.WEEK), OPEN, *silence()
        )
        owned = Incident.owner_id == bindparam("owner") if mine else Incident.owner_id.is_not(None)
        found.append(silent.where(owned).order_by(Incident.touched_at))
    return found


def silence() -> tuple[Any, ...]:
    """An open case nobody touched for days; a clock that rings within three days would have a row already (inner)."""
    return (
        Incident.touched_at < bound("ours"),
        or_(Incident.state != literal_column("'claiming'"), Incident.touched_at < bound("theirs")),
        or_(Incident.next_due_at.is_(None), Incident.next_due_at >= bound("three")),
    )


@lru_cache(maxsize=256)
def _statement(mine: bool, kinds: frozenset[Kind], wanted: tuple[Bucket, ...], limit: int) -> Select[Any]:
    b = _buckets(wanted)
    most: Any = literal_column(str(int(limit)))
    parts = [select(part.limit(most).correlate(b).lateral()) for part in _sources(kinds, mine, b)]
    every = union_all(*parts).subquery()
    by_moment = (every.c.stale, every.c.moment.asc().nulls_last(), every.c.money.desc())
    first = select(every).order_by(*by_moment).limit(most).lateral("first")
    return (
        select(
            b.c.bucket,
            first.c.kind,
            first.c.moment,
            first.c.opens,
            first.c.clock_id,
            Clock.kind.label("clock_kind"),
            func.coalesce(Claim.payer_name, Clock.title).label("words"),
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
        )
        .select_from(b)
        .join(first, literal_column("true"))
        .join(Incident, Incident.id == first.c.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .outerjoin(Clock, Clock.id == first.c.clock_id)
        .outerjoin(Claim, Claim.id == Clock.claim_id)
        .outerjoin(Contact, Contact.id == Clock.contact_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .outerjoin(Person, Person.id == Incident.owner_id)
        .order_by(b.c.bucket, first.c.stale, first.c.moment.asc().nulls_last(), first.c.money.desc(), first.c.clock_id)
    )
