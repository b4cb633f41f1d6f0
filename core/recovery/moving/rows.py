"""What runs under a rule or a calendar, and the dates it would have under another (inner)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from core.cases.clocks.moments import replaced
from core.foundation.calendars import CalendarBook
from core.foundation.errors import NotFound
from core.foundation.language import _
from core.models import Claim, Clock, Incident, RuleCard, Shipment
from core.models.claim import ENDED, ClaimState
from core.models.clock import LIVING, ClockKind
from core.models.incident import IncidentState
from core.models.rule import ClockEvent
from core.recovery import rule_cards
from core.recovery.rule_cards import Card, Facts, Unknown
from core.recovery.rule_cards.reads import card_of
from core.recovery.watching import LIMITS, WATCHED
from core.recovery.windows import Window

UNFILED = (ClaimState.DRAFT, ClaimState.READY)
MOST_ROWS = 20_000
"""More clocks than this are not listed at once: the list says that it was cut."""


@dataclass(frozen=True)
class Touched:
    """One clock or unfiled claim that a change touches, or a filed claim that keeps its dates. Moments in UTC.

    `clock_id` is None for a claim without a running clock. `kept` says in a sentence why this one stays as it is; ""
    where it may be moved.
    """

    incident_id: int
    reference: str
    clock_id: int | None
    claim_id: int | None
    claim: str | None
    payer: str
    kind: ClockKind
    rule: str
    version: int
    zone: str
    old_opens: datetime | None
    old_due: datetime | None
    new_opens: datetime | None
    new_due: datetime | None
    filed: bool = False
    kept: str = ""

    @property
    def difference(self) -> timedelta | None:
        """How much later the end comes, or the opening where there is no end; negative: earlier. None where one is new."""
        old, new = self.old_due, self.new_due
        if old is None and new is None:
            old, new = self.old_opens, self.new_opens
        return None if old is None or new is None else new - old

    @property
    def moves(self) -> bool:
        """Whether the dates would be others."""
        return not self.kept and (self.old_opens, self.old_due) != (self.new_opens, self.new_due)


@dataclass(frozen=True)
class Preview:
    """What a change touches, dates that move first. `cut`: there are more than are listed."""

    rows: tuple[Touched, ...]
    cut: bool = False

    @property
    def moving(self) -> tuple[Touched, ...]:
        """Those whose dates would be others."""
        return tuple(row for row in self.rows if row.moves)

    @property
    def cases(self) -> tuple[int, ...]:
        """The cases that could be moved, each once."""
        return tuple(dict.fromkeys(row.incident_id for row in self.rows if not row.kept))


@dataclass(frozen=True)
class Moved:
    """The references of the cases that were moved, and of those that were not, each with why."""

    moved: tuple[str, ...]
    kept: tuple[tuple[str, str], ...]


CardFor = Callable[[str, int | None], Card | None]


def of_code(code: str) -> Any:
    return RuleCard.code == code


def of_calendar(calendar: str) -> Any:
    return RuleCard.calendar == calendar


def cards_of(session: Session, which: Any) -> CardFor:
    """Every version the condition names, to be looked up by code and version."""
    cards = {(row.code, row.version): card_of(row) for row in session.scalars(select(RuleCard).where(which))}
    return lambda code, version: cards.get((code, version or 0))


def version_of(session: Session, code: str, version: int) -> Card:
    row = session.scalars(select(RuleCard).where(RuleCard.code == code, RuleCard.version == version)).one_or_none()
    if row is None:
        raise NotFound(_("There is no such rule card."))
    return card_of(row)


@dataclass(frozen=True)
class FoundRows:
    clocks: Sequence[tuple[Clock, Incident, Shipment, Claim | None]]
    claims: Sequence[tuple[Claim, Incident, Shipment, RuleCard]]
    cut: bool


def rows_under(session: Session, which: Any, incident_ids: Collection[int] | None = None) -> FoundRows:
    """Living watched clocks under the cards, and claims under them that have no such clock."""
    under = tuple_(Clock.rule, Clock.rule_version).in_(select(RuleCard.code, RuleCard.version).where(which))
    of_clocks = (
        select(Clock, Incident, Shipment, Claim)
        .join(Incident, Incident.id == Clock.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Claim, Claim.id == Clock.claim_id, isouter=True)
        .where(Clock.state.in_(LIVING), Clock.kind.in_(WATCHED), Incident.state != IncidentState.CLOSED, under)
        .order_by(Clock.due_at, Clock.id)
        .limit(MOST_ROWS + 1)
    )
    of_claims = (
        select(Claim, Incident, Shipment, RuleCard)
        .join(RuleCard, RuleCard.id == Claim.rule_card_id)
        .join(Incident, Incident.id == Claim.incident_id)
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .where(which, Claim.state.not_in(ENDED), Incident.state != IncidentState.CLOSED)
        .order_by(Claim.id)
        .limit(MOST_ROWS + 1)
    )
    if incident_ids is not None:
        of_clocks = of_clocks.where(Incident.id.in_(incident_ids))
        of_claims = of_claims.where(Incident.id.in_(incident_ids))
    clocked: list[tuple[Clock, Incident, Shipment, Claim | None]] = list(session.execute(of_clocks).all())
    windowed = {
        claim.id for clock, _i, _s, claim in clocked if claim is not None and clock.kind is ClockKind.CLAIM_WINDOW
    }
    claims = [row for row in session.execute(of_claims).all() if row[0].id not in windowed]
    cut = len(clocked) > MOST_ROWS or len(claims) > MOST_ROWS
    return FoundRows(clocked[:MOST_ROWS], claims[:MOST_ROWS], cut)


def of_clock(clock: Clock, incident: Incident, claim: Claim | None, found: Window | Unknown) -> Touched:
    filed = claim is not None and claim.state not in UNFILED
    moments = replaced(found.opens_at, found.due_at, clock.held) if isinstance(found, Window) else None
    return Touched(
        incident_id=incident.id,
        reference=incident.reference,
        clock_id=clock.id,
        claim_id=clock.claim_id,
        claim=claim.reference if claim else None,
        payer=clock.title,
        kind=clock.kind,
        rule=clock.rule,
        version=clock.rule_version or 0,
        zone=found.zone if isinstance(found, Window) else clock.zone,
        old_opens=clock.opens_at,
        old_due=clock.due_at,
        new_opens=moments.opens if moments else None,
        new_due=moments.due if moments else None,
        filed=filed,
        kept=keeps(filed, found),
    )


def of_claim(claim: Claim, incident: Incident, card: RuleCard, found: Window | Unknown) -> Touched:
    filed = claim.state not in UNFILED
    window = found if isinstance(found, Window) else None
    return Touched(
        incident_id=incident.id,
        reference=incident.reference,
        clock_id=None,
        claim_id=claim.id,
        claim=claim.reference,
        payer=claim.payer_name,
        kind=ClockKind.CLAIM_WINDOW,
        rule=card.code,
        version=card.version,
        zone=claim.zone,
        old_opens=claim.opens_at,
        old_due=claim.due_at,
        new_opens=window.opens_at if window else None,
        new_due=window.due_at if window else None,
        filed=filed,
        kept=_("The claim is filed; it keeps the rule it was filed under.") if filed else "",
    )


def keeps(filed: bool, found: Window | Unknown) -> str:
    if filed:
        return _("The claim is filed; it keeps the rule it was filed under.")
    if isinstance(found, Unknown):
        return found.reason
    if found.opens_at is None and found.due_at is None:
        return _("This version names no dates, so the clock keeps those it has.")
    return ""


def clock_window(
    clock: Clock, card: Card, incident: Incident, shipment: Shipment, book: CalendarBook
) -> Window | Unknown:
    """What a card gives for a clock: its window, or, for a trace or documents, the limit that counts from the same fact."""
    facts = _facts(incident, shipment, clock.reasoning, clock.event_at)
    if clock.kind is ClockKind.CLAIM_WINDOW:
        return rule_cards.claim_window(card, facts, book)
    limits = [one for one in rule_cards.further(card, facts, book) if LIMITS[one.kind] is clock.kind]
    event = _event_of(clock.reasoning)
    same = [one for one in limits if one.event is event] or limits
    return same[0].window if same else Unknown(_("This version has no such limit, so the clock keeps its dates."))


def claim_window(
    claim: Claim, under: RuleCard, card: Card, incident: Incident, shipment: Shipment, book: CalendarBook
) -> Window | Unknown:
    reasoning = claim.window_why or [{"kind": "start", "event": under.clock_event.value}]
    return rule_cards.claim_window(card, _facts(incident, shipment, reasoning, claim.event_at), book)


def _facts(incident: Incident, shipment: Shipment, reasoning: Iterable[Any], event_at: datetime | None) -> Facts:
    """What is known of the parcel. A date that a person typed for the old event is known of that event, of no other."""
    rows = list(reasoning)
    facts = rule_cards.facts_of(shipment, reported_at=incident.noticed_at)
    event = _event_of(rows)
    stood_in = any(row.get("kind") == "stand_in" for row in rows)
    if event is None or event_at is None or stood_in or facts.of(event) is not None:
        return facts
    known: dict[str, Any] = {f"{event.value}_at": event_at}
    return replace(facts, **known)


def _event_of(reasoning: Iterable[Any]) -> ClockEvent | None:
    return next((ClockEvent(row["event"]) for row in reasoning if row.get("kind") == "start"), None)
