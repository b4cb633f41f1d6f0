"""Who is asked first: the payers of a parcel ranked by their windows and caps, each with the reason in a sentence.

A window that closes within a week comes before everything else, the soonest first: it is gone for good. Among the others
whoever pays most comes first, then whoever closes first. What may not be filed yet stands behind what may, what has closed
comes last. A payer that pays nothing stands before those only.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import IntEnum

from sqlalchemy.orm import Session

from core.desk.payers import Payer, payers
from core.foundation import clock
from core.foundation.formats import amount, day, span
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, RuleCard, Shipment
from core.models.incident import IncidentType
from core.models.rule import FilingChannel, PayerKind
from core.recovery import caps, rule_cards
from core.recovery.caps import Cap

HURRY = timedelta(days=7)
"""A window that closes within a week decides; one that is open longer leaves the time to ask by the amount."""


class Stand(IntEnum):
    """How a payer's window stands, in the order payers are asked."""

    HURRY = 0
    OPEN = 1
    ASLEEP = 2
    NOTHING = 3
    CLOSED = 4


@dataclass(frozen=True)
class Advice:
    """One payer with its place among the others. `sentence` says when and why, `doubts` what is unsure about its rule.

    `rank` counts from 0. `cap` is in the parcel's currency; None where the parcel is not stored yet.
    """

    rank: int
    name: str
    of: Payer
    stand: Stand
    cap: Cap | None
    sentence: str
    doubts: tuple[str, ...]

    @property
    def closed(self) -> bool:
        """Whether its window has closed."""
        return self.stand is Stand.CLOSED


@read(Permission.RULE_READ)
def advise(
    session: Session,
    shipment_id: int,
    kind: IncidentType,
    *,
    actor: Actor,
    reported_at: datetime,
    incident_id: int | None = None,
    now: datetime,
) -> list[Advice]:
    """The payers of a stored parcel for such an incident, one card each, in the order to ask them. Raises `NotFound`."""
    found = payers(session, shipment_id, kind, actor=actor, reported_at=reported_at, incident_id=incident_id, now=now)
    shipment = session.get_one(Shipment, shipment_id)
    carrier = session.get(Carrier, shipment.carrier_id) if shipment.carrier_id else None
    capped: list[tuple[Payer, Cap | None]] = []
    for one in first_of_each(found):
        card = session.get(RuleCard, one.card.id)
        capped.append((one, caps.cap_of(session, card, shipment, now=now) if card is not None else None))
    return ranked(capped, carrier.name if carrier else None, actor=actor, now=now)


def first_of_each(found: Iterable[Payer]) -> list[Payer]:
    """Of each kind of payer the closest card that can tell a window, else the closest (inner)."""
    chosen: dict[PayerKind, Payer] = {}
    for one in found:
        there = chosen.get(one.card.payer_kind)
        if there is None or (there.window is None and one.window is not None):
            chosen[one.card.payer_kind] = one
    return list(chosen.values())


def ranked(
    found: Iterable[tuple[Payer, Cap | None]], carrier: str | None, *, actor: Actor, now: datetime
) -> list[Advice]:
    """Payers with their caps (None: not worked out) in the order to ask them (inner)."""
    ordered = sorted(found, key=lambda one: _place(one[0], one[1], now))
    made = []
    for rank, (payer, cap) in enumerate(ordered):
        stand = _stand(payer, cap, now)
        name = rule_cards.payer_of(payer.card, carrier)
        doubts = tuple(payer.card.doubts(clock.local_day(now, actor.zone), payer.window))
        made.append(Advice(rank, name, payer, stand, cap, _sentence(rank, payer, cap, stand, now), doubts))
    return made


def _stand(payer: Payer, cap: Cap | None, now: datetime) -> Stand:
    window = payer.window
    if window is not None and window.is_late(now):
        return Stand.CLOSED
    if payer.card.cap.get("kind") == "none" or (cap is not None and cap.limit is not None and not cap.limit):
        return Stand.NOTHING
    if window is not None and window.is_early(now):
        return Stand.ASLEEP
    if window is not None and window.due_at is not None and window.due_at - now < HURRY:
        return Stand.HURRY
    return Stand.OPEN


def _place(payer: Payer, cap: Cap | None, now: datetime) -> tuple[int, Decimal, float]:
    stand = _stand(payer, cap, now)
    window = payer.window
    moment = None if window is None else window.opens_at if stand is Stand.ASLEEP else window.due_at
    when = moment.timestamp() if moment is not None else float("inf")
    pays = cap.limit.amount if cap is not None and cap.limit is not None else Decimal(0)
    # Whoever closes this week is asked by the date, everybody else by the amount.
    return (int(stand), Decimal(0) if stand is Stand.HURRY else -pays, when)


def _sentence(rank: int, payer: Payer, cap: Cap | None, stand: Stand, now: datetime) -> str:
    told = [_when(payer, stand, now)]
    if stand is Stand.NOTHING:
        told.append(_("pays nothing"))
    elif stand is not Stand.CLOSED and cap is not None:
        told.append(_("pays up to {cap}", cap=amount(cap.limit)) if cap.limit is not None else _unsaid(payer, cap))
    if payer.card.channel is FilingChannel.PLATFORM and payer.card.payer_kind is not PayerKind.PLATFORM:
        told.append(_("only through the platform"))
    elif payer.card.channel is FilingChannel.FORWARDER:
        told.append(_("only through the forwarder"))
    why = _(", ").join(told)
    if stand in (Stand.CLOSED, Stand.NOTHING):
        return why
    return _("ask first: {why}", why=why) if rank == 0 else _("next: {why}", why=why)


def _unsaid(payer: Payer, cap: Cap) -> str:
    """A cap that has no figure: not known at all, or not to be worked out, and why."""
    return cap.sentence.rstrip(".") if payer.card.cap else _("how much it pays is not known")


def _when(payer: Payer, stand: Stand, now: datetime) -> str:
    window = payer.window
    if window is None:
        return _("its window is not known")
    if stand is Stand.CLOSED and window.due_at is not None:
        return _("closed on {day}", day=day(clock.local_day(window.due_at, window.zone)))
    if window.is_early(now) and window.opens_at is not None:
        return _("opens in {span}", span=span(window.opens_at - now))
    if window.due_at is None:
        return _("open, no closing date known")
    return _("closes in {span}", span=span(window.due_at - now))
