"""What a demo's cases stand on: the team, shops, rates, policy, carriers, rule cards, shared files, and the parcels as columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import numpy as np
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.demo import load, mass, people, rows, shipments, words
from core.demo.proofs import Proofs
from core.demo.scripts import Desk
from core.demo.shipments import TYPES, Parcel, Parcels, Reader
from core.desk.opening import first_rows
from core.foundation.money import Money
from core.foundation.permissions import SYSTEM
from core.models import Carrier, StoredFile
from core.models.incident import IncidentType
from core.models.rule import DayUnit
from core.money import rates, tiers
from core.parcels.shops import add_shop
from core.recovery import rule_cards
from core.recovery.rule_cards import Card

CONTRACTS = ("JT-SG", "FLASH-TH", "NINJA-VAN-MY", "GHN-VN", "CORREIOS-BR", "JT-ID")
"""Rule cards the demo's team says to have a contract for, with times for answers and appeals."""

BEFORE = timedelta(days=760)
"""The team was there before the first parcel."""

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(frozen=True)
class Ground:
    """Everything but the cases. The parcels are still to be loaded: what goes wrong changes them first."""

    session: Session
    seed: int
    now: datetime
    made: Parcels
    reader: Reader
    desk: Desk
    world: mass.World
    sign_ins: tuple[people.SignIn, ...]
    carriers: Mapping[str, str]

    def load_parcels(self, tell: Tell = lambda _said: None) -> None:
        """COPY the parcels and their item lines into the database."""
        connection = load.connection_of(self.session)
        texts = rows.Texts(self.made, self.reader.shop_ids, self.reader.carrier_ids, dict(self.carriers))
        written = f"{self.now:%Y-%m-%d %H:%M}+00"
        load.copy(connection, "shipment", rows.SHIPMENT, ahead(rows.shipment_chunks(self.made, texts, written)))
        tell("their item lines")
        load.copy(connection, "shipment_line", rows.LINE, ahead(rows.line_chunks(self.made, texts)))


def lay(
    session: Session,
    *,
    incidents: int,
    count: int,
    seed: int,
    password: str,
    base_currency: str,
    now: datetime,
    tell: Tell = lambda _said: None,
) -> Ground:
    """Everything a demo of that size stands on, in an empty database."""
    tell("team, shops, rule cards")
    start = now - BEFORE
    team, sign_ins = people.hire(session, incidents=incidents, password=password, now=start)
    first_rows(session, base_currency, start)
    _contracts(session, now)
    shop_ids = [
        add_shop(session, actor=SYSTEM, name=plan.name, market=plan.market, now=start).id for plan in words.shops()
    ]
    carriers = session.execute(select(Carrier.id, Carrier.code, Carrier.name)).all()
    tell("files")
    world = _world(session, seed, base_currency, {row.id: row.name for row in carriers}, start)
    made = shipments.make(count, now, np.random.default_rng([seed, 20]))
    reader = Reader(made, shop_ids, {row.code: row.id for row in carriers})
    desk = Desk(team, now, _cards(session, now, reader.carrier_ids), world.tier, _cap(world))
    return Ground(session, seed, now, made, reader, desk, world, sign_ins, {row.code: row.name for row in carriers})


def _contracts(session: Session, now: datetime) -> None:
    agreed = {"answer_days": 12, "answer_unit": DayUnit.CALENDAR_DAYS, "appeal_days": 14}
    for card in rule_cards.list_cards(session, actor=SYSTEM):
        if card.code.rsplit("-LOST")[0].rsplit("-DAMAGED")[0] not in CONTRACTS:
            continue
        seen = {name: getattr(card, name) for name in (*agreed, "note")}
        note = f"{card.note} Demo: times for answer and appeal as if agreed in a contract.".strip()
        rule_cards.edit_card(session, card.code, actor=SYSTEM, seen=seen, typed={**agreed, "note": note}, now=now)


def _world(session: Session, seed: int, base_currency: str, carriers: dict[int, str], start: datetime) -> mass.World:
    """What the cases are written under, with the shared files in the store."""
    policy = tiers.current_policy(session, actor=SYSTEM)
    newest = {rate.currency: rate for rate in reversed(rates.list_rates(session, actor=SYSTEM))}
    shared = Proofs(seed).store_shared()
    stored = {file.sha256: {"size": file.size, "media_type": file.media_type} for file in shared.values()}
    session.execute(
        insert(StoredFile)
        .values([{"sha256": sha256, "stored_at": start, **more} for sha256, more in stored.items()])
        .on_conflict_do_nothing()
    )
    known = mass.Rates(
        base_currency,
        {currency: rate.per_usd for currency, rate in newest.items()},
        min(rate.on_date for rate in newest.values()),
    )
    return mass.World(known, policy.version, policy.insure_from, policy.claim_from, shared, carriers)


def _cards(
    session: Session, now: datetime, carriers: Mapping[str, int]
) -> Callable[[Parcel, IncidentType], Sequence[Card]]:
    """The cards for a parcel, asked for once for each channel and type."""
    found = {
        (channel, kind): rule_cards.find_cards(
            session,
            actor=SYSTEM,
            carrier_id=carriers[channel.carrier],
            market=channel.market,
            kind=kind,
            on_date=now.date(),
            service=channel.service,
        )
        for channel in words.channels()
        for kind in TYPES
    }
    return lambda parcel, kind: found[parcel.channel, kind]


def _cap(world: mass.World) -> Callable[[Parcel, Card, bool], Money | None]:
    return lambda parcel, card, has_invoice: world.cap(card, parcel, has_invoice).limit


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, each made in another thread while the one before it is being used."""
    with ThreadPoolExecutor(1) as pool:
        coming: Future[T | None] = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item
