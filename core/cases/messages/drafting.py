"""A message to begin with: its text filled from the case, beside the same text in the language the agent reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.cases.messages.library import (
    FALLBACK,
    Language,
    Promise,
    languages,
    market_languages,
    recognised,
    rules,
)
from core.cases.messages.own import Text, shipped_text, text_for
from core.cases.messages.promising import Approved, approved
from core.cases.messages.rendering import Filled, day_text, fill, money_text
from core.cases.messages.sending import latest_clock
from core.foundation.clock import local_day
from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _, current
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Clock, Incident, Message, Shipment, ShipmentLine, Shop
from core.models.clock import LIVING
from core.models.incident import IncidentState, IncidentType
from core.models.message import Situation


@dataclass(frozen=True)
class Desk:
    """What is chosen from before a message is written. `language` is the one offered first; `recognised` says that the
    buyer's own words told it. `today` is the day in the shop's zone, in which the days of a message are counted.
    `situation` is the one that usually comes next; `amounts` what is approved or given for the case, by the situation that names
    it.
    """

    buyer_said: str
    market: str
    zone: str
    currency: str
    language: str
    recognised: bool
    usual: tuple[str, ...]
    today: date
    situation: Situation
    amounts: Mapping[Situation, Money]


@dataclass(frozen=True)
class Draft:
    """A filled text. `reading` is the same situation in the language the agent reads, None where that is the buyer's own.
    `names` is what the text says of the day and the amount, as they stand in it. `same` says that the reading is a translation
    of the text: a text of the team's own has none, and is read in whatever the team or Recoup says of that situation.
    """

    source: Text
    text: str
    missing: tuple[str, ...]
    reading: str | None
    names: tuple[str, ...] = ()
    same: bool = True


@read(Permission.MESSAGE_READ)
def desk_of(session: Session, incident_id: int, *, actor: Actor, now: datetime) -> Desk:
    """What a message of a case is chosen from. Raises `NotFound`."""
    row = session.execute(
        select(Incident.buyer_said, Incident.market, Incident.currency, Incident.type, Incident.state, Shop.zone)
        .join(Shop, Shop.id == Incident.shop_id)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such case."))
    stands = approved(session, incident_id)
    usual, told = market_languages(row.market), recognised(row.buyer_said, row.market)
    return Desk(
        row.buyer_said,
        row.market,
        row.zone,
        row.currency,
        told or usual[0],
        told is not None,
        usual,
        local_day(now, row.zone),
        _next(session, incident_id, row.type, row.state, stands),
        stands.amounts,
    )


def _next(session: Session, incident_id: int, type: IncidentType, state: IncidentState, stands: Approved) -> Situation:
    """What is usually written next: sorry first, then what was approved for the buyer, proof asked or the parcel looked for,
    then word that we still wait.
    """
    if state is IncidentState.CLOSED:
        return Situation.CLOSING
    rows = session.execute(
        select(Message.situation, Clock.state, Message.sent_at)
        .outerjoin(Clock, Clock.id == latest_clock())
        .where(Message.incident_id == incident_id)
        .order_by(Message.sent_at.desc(), Message.id.desc())
    ).all()
    if not rows:
        return Situation.APOLOGY
    for situation, approved_at in reversed(stands.to_tell):
        if not any(one is situation and sent_at >= approved_at for one, _clock, sent_at in rows):
            return situation
    for situation, clock, _sent_at in rows:
        if rules()[situation].promise is Promise.BUYER and clock in LIVING:
            return situation if situation is Situation.PARTIAL else Situation.REMINDER
    written = {situation for situation, _clock, _sent_at in rows}
    first = Situation.PHOTOS if type in (IncidentType.DAMAGED, IncidentType.MISSING_CONTENTS) else Situation.WHERE
    return Situation.WAITING if first in written else first


def day_offered(situation: Situation, today: date) -> date | None:
    """The day a message of that situation names unless another is chosen; None where it names none."""
    days = rules()[situation].days
    return None if days is None else today + timedelta(days=days)


@read(Permission.MESSAGE_READ)
def draft(
    session: Session,
    incident_id: int,
    *,
    actor: Actor,
    situation: Situation,
    language: str,
    day: date | None = None,
    amount: Money | None = None,
) -> Draft:
    """A message of that situation, filled from the case; `day` is a day in the shop's zone. Raises `NotFound`, and `Invalid`
    naming `language` for one Recoup does not know.
    """
    facts, market = _facts(session, incident_id)
    source = text_for(session, situation, language)
    filled = _filled(source, facts, market, day, amount)
    reader = current() if current() in languages() else FALLBACK
    reading, same = None, True
    if reader != source.language:
        # The shipped texts say the same in all languages. One of the team's own says what the team wrote in it.
        other = shipped_text(situation, reader) if source.id is None else text_for(session, situation, reader)
        reading, same = _filled(other, facts, market, day, amount).text, source.id is None
    names = _names(source.language, market, day, amount, filled.text)
    return Draft(source, filled.text, filled.missing, reading, names, same)


def _filled(source: Text, facts: dict[str, str], market: str, day: date | None, amount: Money | None) -> Filled:
    language: Language = languages()[source.language]
    return fill(source.text, {**facts, **_chosen(language, market, day, amount)})


def _chosen(language: Language, market: str, day: date | None, amount: Money | None) -> dict[str, str]:
    """The day and the amount as the text has them."""
    said = {"day": day_text(day, language)} if day is not None else {}
    return said if amount is None else {**said, "amount": money_text(amount, language, market)}


def _names(code: str, market: str, day: date | None, amount: Money | None, text: str) -> tuple[str, ...]:
    said = _chosen(languages()[code], market, day, amount).values()
    return tuple(one for one in said if one in text)


def _facts(session: Session, incident_id: int) -> tuple[dict[str, str], str]:
    """What the case knows by the names texts use; an item only where the parcel holds one kind."""
    lines = select(func.min(ShipmentLine.name)).where(ShipmentLine.shipment_id == Shipment.id)
    item = lines.having(func.count() == 1).scalar_subquery()
    row = session.execute(
        select(
            Incident.market,
            Shipment.buyer_username,
            Shipment.order_number,
            Shipment.tracking_number,
            Shipment.last_place,
            Carrier.name,
            Shop.name,
            item,
        )
        .join(Shipment, Shipment.id == Incident.shipment_id)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .where(Incident.id == incident_id)
    ).one_or_none()
    if row is None:
        raise NotFound(_("There is no such case."))
    market, buyer, order, tracking, place, carrier, shop, item_name = row
    named = {
        "buyer": buyer,
        "order": order,
        "tracking": tracking,
        "place": place,
        "carrier": carrier,
        "shop": shop,
        "item": item_name,
    }
    return {name: value or "" for name, value in named.items()}, market
