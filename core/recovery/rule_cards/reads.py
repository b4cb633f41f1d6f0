"""Rule cards as they are read: one, all, and those that apply to a case, the most specific first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Protocol, cast

from sqlalchemy import ColumnElement, exists, or_, select, tuple_
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from core.foundation import formats
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Clock, RuleCard
from core.models.incident import IncidentType
from core.models.rule import ClockEvent, Confidence, DayUnit, FilingChannel, Origin, PayerKind, ValueBasis
from core.recovery import window_words
from core.recovery.rule_cards.terms import EDITABLE
from core.recovery.windows import Window

STALE_DAYS = 365
"""A rule that was checked longer ago than this says so wherever it decides."""


@dataclass(frozen=True)
class Document:
    """One document a payer wants: its evidence kind, how many, a remark, file endings it is taken in, who can get it."""

    code: str
    count: int
    note: str
    formats: tuple[str, ...] = ()
    who: str = ""

    def plain(self) -> dict[str, Any]:
        """The document as it is stored on a card."""
        more = {"formats": list(self.formats)} if self.formats else {}
        return {
            "code": self.code,
            "count": self.count,
            "note": self.note,
            **more,
            **({"who": self.who} if self.who else {}),
        }


@dataclass(frozen=True)
class Card:
    """One version of a rule card, its fields as in `core.models.rule.RuleCard`; `id` is what a claim refers to."""

    id: int
    code: str
    version: int
    title: str
    payer_kind: PayerKind
    payer_name: str
    carrier_code: str | None
    service: str | None
    market: str | None
    type: IncidentType
    channel: FilingChannel
    clock_event: ClockEvent
    not_before: int | None
    not_before_unit: DayUnit | None
    within: int | None
    within_unit: DayUnit | None
    calendar: str | None
    zone: str
    documents: tuple[Document, ...]
    cap: dict[str, Any]
    answer_days: int | None
    answer_unit: DayUnit | None
    appeal_days: int | None
    appeal_unit: DayUnit | None
    follow_up_days: int | None
    follow_up_unit: DayUnit | None
    value_basis: ValueBasis
    receiver: str | None
    limits: tuple[dict[str, Any], ...]
    portal: str | None
    form: str | None
    source: str
    confidence: Confidence
    checked_on: date
    valid_from: date
    note: str
    created_at: datetime
    created_by: int | None
    superseded_at: datetime | None
    retired: bool
    origin: Origin

    def scheduled(self, today: date) -> bool:
        """Whether this version only takes effect on a day to come."""
        return self.valid_from > today

    @property
    def window_known(self) -> bool:
        """Whether the card knows an opening or a closing end."""
        return self.within is not None or self.not_before is not None

    def window_text(self) -> str:
        """The window in words: `within 30 days of delivery`, `not before 40 working days (CN) after the last scan`."""
        return window_text(self)

    def values(self) -> dict[str, Any]:
        """The fields a new version may change, as the form and the verbs take them."""
        found = {name: getattr(self, name) for name in EDITABLE}
        return {**found, "documents": [one.plain() for one in self.documents], "limits": list(self.limits)}

    def doubts(self, today: date, window: Window | None = None) -> list[str]:
        """What should make a reader careful, as sentences; empty for a rule that is sure and fresh."""
        return doubts(self, today, window)


def window_text(card: RuleCard | Card) -> str:
    """A card's window in words, in the reader's language."""
    event = window_words.event_name(card.clock_event)
    opens = _length(card.not_before, card.not_before_unit, card.calendar)
    within = _length(card.within, card.within_unit, card.calendar)
    if opens and within:
        return _("not before {opens} and within {within} of {event}", opens=opens, within=within, event=event)
    if within:
        return _("within {within} of {event}", within=within, event=event)
    if opens:
        return _("not before {opens} after {event}; no closing date known", opens=opens, event=event)
    return _("window not known: file at once")


def payer_of(card: RuleCard | Card, carrier: str | None) -> str:
    """Who is asked under a card: its payer, or, under a carrier's card for no carrier in particular, the parcel's carrier."""
    if carrier and card.payer_kind is PayerKind.CARRIER and card.carrier_code is None:
        return carrier
    return card.payer_name


class Doubtful(Protocol):
    """A rule card as far as doubts go: the table's row, the card of the reads, or a row of a wider statement."""

    @property
    def confidence(self) -> Confidence: ...
    @property
    def checked_on(self) -> date: ...


def doubts(card: Doubtful, today: date, window: Window | None = None) -> list[str]:
    """What should make a reader careful about a card, as sentences in the reader's language.

    With the `window` it gave, also that its working days ran through a year whose holidays are not announced yet. To be
    shown wherever the card decides something: clocks, windows, claims, intake, packs.
    """
    found = []
    if card.confidence is Confidence.LOW:
        found.append(
            _("This rule rests on a single unofficial source. Confirm it with the payer before relying on it.")
        )
    if (today - card.checked_on).days > STALE_DAYS:
        when = formats.day(card.checked_on, year=True)
        found.append(_("This rule was last checked on {day}, more than a year ago.", day=when))
    if window is not None:
        found.extend(window_words.tell(row for row in window.why() if row["kind"] == "unpublished"))
    return found


def is_doubtful(card: Doubtful, today: date) -> bool:
    """Whether `doubts` has anything to say of the card itself: for lists, which show a mark instead of sentences."""
    return card.confidence is Confidence.LOW or (today - card.checked_on).days > STALE_DAYS


@read(Permission.RULE_READ)
def doubts_for(
    session: Session, rules: Iterable[tuple[str, int | None]], *, actor: Actor, today: date
) -> dict[tuple[str, int | None], list[str]]:
    """The doubts of many cards in one statement, by (code, version) as clocks keep them; sure ones are left out."""
    wanted = {one for one in rules if one[1] is not None}
    if not wanted:
        return {}
    columns = (RuleCard.code, RuleCard.version, RuleCard.confidence, RuleCard.checked_on)
    rows = session.execute(select(*columns).where(tuple_(RuleCard.code, RuleCard.version).in_(wanted)))
    return {(row.code, row.version): said for row in rows if (said := doubts(cast("Doubtful", row), today))}


@read(Permission.RULE_READ)
def get_card(session: Session, card_id: int, *, actor: Actor) -> Card:
    """One version of a card. Raises `NotFound`."""
    return card_of(found(session.get(RuleCard, card_id)))


@read(Permission.RULE_READ)
def card_versions(session: Session, code: str, *, actor: Actor) -> list[Card]:
    """Every version of a card, the newest first. Raises `NotFound`."""
    rows = session.scalars(select(RuleCard).where(RuleCard.code == code).order_by(RuleCard.version.desc())).all()
    if not rows:
        found(None)
    return [card_of(row) for row in rows]


def valid_on(versions: Iterable[Card], day: date) -> Card | None:
    """Of a card's versions the one that holds on a day: the newest whose `valid_from` has come. None before the first."""
    held = [one for one in versions if one.valid_from <= day]
    return max(held, key=lambda one: one.version) if held else None


def may_decide(session: Session, incident_id: int, card: RuleCard, day: date) -> bool:
    """Whether a case may be claimed under this very version: the one that holds that day, or the one it is under (inner).

    A retired card decides nothing new.
    """
    if card.retired or session.scalar(select(exists().where(RuleCard.code == card.code, RuleCard.retired))):
        return False
    return pins_of(session, incident_id).get(card.code) == card.version or is_in_force(session, card, day)


def is_in_force(session: Session, card: RuleCard, day: date) -> bool:
    """Whether this very version is the one that holds on a day, and the card is not retired (inner).

    A version written for a day to come supersedes nothing until that day.
    """
    if card.valid_from > day:
        return False
    of_code = select(RuleCard.version, RuleCard.retired).where(RuleCard.code == card.code)
    rows = session.execute(of_code.where(or_(RuleCard.retired, RuleCard.valid_from <= day))).all()
    return not any(row.retired for row in rows) and max(row.version for row in rows) == card.version


@read(Permission.RULE_READ)
def list_cards(
    session: Session,
    *,
    actor: Actor,
    search: str = "",
    payer_kind: PayerKind | None = None,
    market: str | None = None,
    kind: IncidentType | None = None,
    retired: bool = False,
) -> list[Card]:
    """The current version of every card by payer and title. `search` looks in code, title, payer and note.

    `market` keeps the cards of that market and those for every market.
    """
    query = select(RuleCard).where(RuleCard.superseded_at.is_(None), RuleCard.retired.is_(retired))
    if payer_kind is not None:
        query = query.where(RuleCard.payer_kind == payer_kind)
    if market is not None:
        query = query.where(or_(RuleCard.market == market, RuleCard.market.is_(None)))
    if kind is not None:
        query = query.where(RuleCard.type == kind)
    for word in search.replace("\x00", "").split():
        query = query.where(_mentions(word))
    return [card_of(row) for row in session.scalars(query.order_by(RuleCard.payer_name, RuleCard.title, RuleCard.id))]


@read(Permission.RULE_READ)
def find_cards(
    session: Session,
    *,
    actor: Actor,
    carrier_id: int | None,
    market: str,
    kind: IncidentType,
    on_date: date,
    service: str | None = None,
    pins: Mapping[str, int] = MappingProxyType({}),
) -> list[Card]:
    """The cards that apply to such a case on a day, the most specific first: own carrier, then own market.

    Each code in the version valid on that day, or in the one the case is under (`pins` of `pins_of`). A card for one
    service of a carrier applies when the shipment's service names it, and stands behind the general one while the service
    is not known. A card that knows nothing and is for everybody stands back where the payer's kind has a card of its own.
    """
    carrier = session.scalar(select(Carrier.code).where(Carrier.id == carrier_id)) if carrier_id else None
    valid = (
        select(RuleCard)
        .where(RuleCard.valid_from <= on_date)
        .ext(distinct_on(RuleCard.code))
        .order_by(RuleCard.code, RuleCard.version.desc())
        .subquery()
    )
    card = aliased(RuleCard, valid)
    closed = select(RuleCard.code).where(RuleCard.retired)
    rows = session.scalars(
        select(card).where(
            card.type == kind,
            or_(card.carrier_code.is_(None), card.carrier_code == carrier),
            or_(card.market.is_(None), card.market == market),
            card.code.not_in(closed),
        )
    )
    pinned = _pinned(session, list(rows), pins)
    applicable = [card_of(row) for row in pinned if _serves(row, service)]
    taken = {one.payer_kind for one in applicable if _is_specific(one) or _tells(one)}
    ranked = sorted(applicable, key=lambda one: _rank(one, service))
    return [one for one in ranked if _is_specific(one) or _tells(one) or one.payer_kind not in taken]


def pins_of(session: Session, incident_id: int) -> dict[str, int]:
    """The version of each card a case is under, by its clocks: it keeps it until somebody moves the case (inner)."""
    kept = (
        select(Clock.rule, Clock.rule_version)
        .where(Clock.incident_id == incident_id, Clock.rule_version.is_not(None))
        .order_by(Clock.id)
    )
    return {code: version for code, version in session.execute(kept) if version is not None}


def _pinned(session: Session, rows: Sequence[RuleCard], pins: Mapping[str, int]) -> Sequence[RuleCard]:
    """The rows, each whose case is under another version exchanged for that one."""
    other = [(row.code, pins[row.code]) for row in rows if pins.get(row.code, row.version) != row.version]
    if not other:
        return rows
    kept = {
        row.code: row
        for row in session.scalars(select(RuleCard).where(tuple_(RuleCard.code, RuleCard.version).in_(other)))
    }
    return [kept.get(row.code, row) for row in rows]


def card_of(row: RuleCard) -> Card:
    """A stored version as the reads give it (inner)."""
    values = {name: getattr(row, name) for name in Card.__dataclass_fields__ if name != "documents"}
    values["limits"] = tuple(row.limits or ())
    return Card(documents=documents_of(row.documents), **values)


def documents_of(rows: Iterable[Mapping[str, Any]]) -> tuple[Document, ...]:
    """A card's stored documents as the reads give them (inner)."""
    return tuple(
        Document(
            one["code"],
            int(one.get("count", 1)),
            str(one.get("note", "")),
            tuple(one.get("formats", ())),
            str(one.get("who", "")),
        )
        for one in rows
    )


def found(row: RuleCard | None) -> RuleCard:
    """The row, or `NotFound` (inner)."""
    if row is None:
        raise NotFound(_("There is no such rule card."))
    return row


def _length(n: int | None, unit: DayUnit | None, calendar: str | None) -> str:
    return window_words.span(n, unit, calendar) if n is not None and unit is not None else ""


def _mentions(word: str) -> ColumnElement[bool]:
    columns = (RuleCard.code, RuleCard.title, RuleCard.payer_name, RuleCard.note)
    return or_(*(column.icontains(word, autoescape=True) for column in columns))


def _serves(card: RuleCard, service: str | None) -> bool:
    """Whether a card made for one service applies to a parcel sent by `service` (None: nobody knows by which)."""
    if card.service is None:
        return True
    if service is None:
        return card.carrier_code is not None
    return card.service.casefold() in service.casefold()


def _is_specific(card: Card) -> bool:
    return card.carrier_code is not None or card.market is not None or card.service is not None


def _tells(card: Card) -> bool:
    return card.window_known or bool(card.cap)


_PAYERS = (PayerKind.CARRIER, PayerKind.PLATFORM, PayerKind.INSURER, PayerKind.SUPPLIER)


def _rank(card: Card, service: str | None) -> tuple[Any, ...]:
    """Sorts the closest fit first, between equals the surer one. A service fits closely once it is known."""
    return (
        card.carrier_code is None,
        card.market is None,
        not _tells(card),
        (card.service is None) if service else (card.service is not None),
        _PAYERS.index(card.payer_kind),
        list(Confidence).index(card.confidence),
        card.code,
    )
