"""Builds a whole demo in one transaction: the ground, two years of parcels, cases in every state, files and books."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.demo import (
    afterwards,
    answered,
    given,
    ground,
    judged,
    lived,
    load,
    mass,
    money_found,
    people,
    questions,
    returns,
    scans,
    shipments,
    spellings,
    stories,
    words,
    workbooks,
    written,
)
from core.demo.ground import Ground, Tell
from core.demo.lives import Teller
from core.demo.play import Player
from core.demo.proofs import Proofs
from core.demo.scripts import Life
from core.demo.shipments import NEVER, TYPES
from core.foundation.errors import WrongState
from core.foundation.language import _, using
from core.models import AuditEvent, Incident, Person, Shipment, Shop
from core.models.reference import ReferenceCounter
from core.parcels.importers import import_file

CHUNK = 4_000
MANY = 40_000
"""From so many parcels on, indexes are put aside while loading."""

TABLES = ("shipment", "shipment_line", *mass.COLUMNS)


@dataclass(frozen=True)
class Built:
    """What a demo holds, and how to sign in."""

    shipments: int
    incidents: int
    stories: int
    offers: int
    sign_ins: tuple[people.SignIn, ...]


def refuse_if_used(session: Session) -> None:
    """Raise `WrongState` where somebody's data is: a demo fills an empty database and nothing else."""
    tables = ((Person, _("people")), (Shop, _("shops")), (Shipment, _("shipments")), (Incident, _("incidents")))
    for table, noun in tables:
        count = session.scalar(select(func.count()).select_from(select(table.id).limit(1000).subquery()))
        if count:
            raise WrongState(
                _(
                    "This database is in use: it holds {n} {noun}. The demo only fills an empty one. Set RECOUP_DATA_DIR "
                    "to a new folder, or DATABASE_URL to an empty database.",
                    n=count,
                    noun=noun,
                )
            )


def build(
    session: Session,
    *,
    incidents: int,
    shipments: int,
    seed: int,
    password: str,
    base_currency: str,
    now: datetime,
    tell: Tell = lambda _said: None,
) -> Built:
    """Fill the empty database behind `session`; the caller commits. `tell` hears what is being done.

    The same seed, sizes and moment give the same demo, but for the password's hash.
    """
    load.take_time(load.connection_of(session))
    with using("en"):
        base = ground.lay(
            session,
            incidents=incidents,
            count=shipments,
            seed=seed,
            password=password,
            base_currency=base_currency,
            now=now.replace(second=0, microsecond=0),
            tell=tell,
        )
        return _cases(base, min(incidents, shipments), tell)


def _cases(base: Ground, count: int, tell: Tell) -> Built:
    connection = load.connection_of(base.session)
    places, told = _what_went_wrong(base, count)
    numbers = Numbers()
    many = len(base.made) >= MANY
    with load.unburdened(connection, TABLES) if many else nullcontext():
        tell(f"{len(base.made):,} parcels")
        base.load_parcels(tell)
        tell(f"{len(places) - len(told):,} cases")
        ours = {life.parcel.id for life in told}
        _mass(base, [place for place in places if place + 1 not in ours], numbers, told)
        if many:
            tell("indexes and foreign keys")
    load.count_on(connection, ["shipment", *mass.WITH_IDS])
    load.analyse(connection, TABLES)
    tell(f"{len(told):,} stories")
    _stories(base, told, numbers)
    tell("clocks")
    afterwards.happen(base)
    questions.keep(base.session, base.now)
    spellings.say(base)
    tell("an import")
    offers = _import(base, min(360, len(base.made) // 10))
    offers += returns.ask(base)
    lived.live(base)
    judged.judge(base)
    scans.come(base)
    written.write(base)
    money_found.come(base)
    given.give(base)
    answered.answer(base)
    load.analyse(connection, ("person", "shop", "stored_file", "incident_offer", "import_run", "import_row"))
    return Built(len(base.made), len(places), len(told), offers, base.sign_ins)


def _what_went_wrong(base: Ground, count: int) -> tuple[list[int], list[Life]]:
    """The places of all parcels with a case, and the stories among them."""
    made, rng = base.made, np.random.default_rng([base.seed, 21])
    total = min(stories.MOST, count * 2 // 5)
    soon = stories.closing_soon(made, base.reader, base.desk, rng) if total else []
    chosen = shipments.choose_wrong(made, count, rng, recent=stories.RECENT, at_least=total * 2)
    taken = set(chosen.tolist())
    soon = [(place, kind) for place, kind in soon if place not in taken]
    fresh = chosen[made.shipped[chosen] > made.now - stories.RECENT * shipments.DAY]
    shipments.let_it_happen(made, rng, soon=soon)
    kept = chosen.tolist()
    told = stories.tell(base.desk, base.reader, fresh.tolist(), soon, total=total, seed=base.seed)
    # A parcel whose window closes soon takes the place of another, so that the number of cases is what was asked for.
    used = {life.parcel.id - 1 for life in told}
    extra = used - set(kept)
    spare = [place for place in kept if place not in used][: len(extra)]
    return sorted((set(kept) - set(spare)) | extra), told


def _mass(base: Ground, places: list[int], numbers: Numbers, told: list[Life]) -> None:
    """Write the cases of all these parcels, about in the order they were noticed, so that references grow with the days."""
    made, connection = base.made, load.connection_of(base.session)
    late = made.last_scan[places] + 8 * shipments.DAY
    noticed = np.where(made.delivered[places] != NEVER, made.delivered[places], late)
    ordered = [places[n] for n in np.argsort(noticed, kind="stable")]
    # People, shops and cards are in the trail already.
    sheets = mass.Sheets({"audit_event": base.session.scalar(select(func.max(AuditEvent.id))) or 0})
    waiting = sorted(told, key=lambda life: life.registered_at)
    for tables in ground.ahead(_chunks(base, ordered, sheets, numbers, waiting)):
        for table in mass.COLUMNS:
            if table in tables:
                load.copy(connection, table, mass.COLUMNS[table], [tables[table]])
    numbers.give(waiting)


def _chunks(
    base: Ground, ordered: list[int], sheets: mass.Sheets, numbers: Numbers, waiting: list[Life]
) -> Iterator[dict[str, bytes]]:
    """The rows of some thousand cases at a time. Stories of the same days get their numbers among them."""
    for start in range(0, len(ordered), CHUNK):
        lives = [
            Teller(base.desk, base.reader(place), TYPES[base.made.wrong[place]], words.dice(base.seed, place)).tell()
            for place in ordered[start : start + CHUNK]
        ]
        lives = [life for life in lives if life.steps]
        last = start + CHUNK >= len(ordered)
        until = base.now if last else max(life.registered_at for life in lives)
        ripe = [life for life in waiting if life.registered_at <= until]
        del waiting[: len(ripe)]
        numbers.give([*lives, *ripe])
        for life in sorted(lives, key=lambda one: one.registered_at):
            mass.CaseWriter(base.world, sheets, life, *numbers.of[life.parcel.id]).write()
        yield sheets.take()


def _stories(base: Ground, told: list[Life], numbers: Numbers) -> None:
    """Play the stories through the verbs, each under the reference its day gives it."""
    still_open = {life.parcel.id for life in told if not life.reached.startswith("closed")}
    player = Player(base.session, Proofs(base.seed, still_open), watched=True)
    for life in sorted(told, key=lambda one: one.registered_at):
        count_from(base.session, *numbers.of[life.parcel.id])
        player.play(life)
        base.session.expire_all()
    for (kind, year), last in numbers.last.items():
        _count(base.session, kind, year, last)


def count_from(session: Session, reference: str, claim_reference: str) -> None:
    """Let the next case and claim get these references."""
    for one in (reference, claim_reference):
        if one:
            kind, year, number = one.split("-")
            _count(session, kind, int(year), int(number) - 1)


def _count(session: Session, kind: str, year: int, last: int) -> None:
    row = insert(ReferenceCounter).values(kind=kind, year=year, last=last)
    session.execute(row.on_conflict_do_update(index_elements=["kind", "year"], set_={"last": last}))


def _import(base: Ground, count: int) -> int:
    """A real import of a real workbook, this morning; how many incidents it offers. Nobody has taken those up yet."""
    shop = next(plan for plan in words.shops() if plan.market == "VN")
    orders = workbooks.order_rows(base.now - timedelta(hours=4), days=21, seed=base.seed, lost=0.06)
    until, since = base.now, base.now - timedelta(days=21)
    result = import_file(
        base.session,
        workbooks.order_all(orders, count),
        actor=base.desk.team.agents[-1],
        shop=shop.name,
        file_name=f"Order.all.{since:%Y%m%d}_{until:%Y%m%d}.xlsx",
        now=base.now - timedelta(hours=3),
    )
    return result.offers


class Numbers:
    """References by parcel, given in the order of the days: `INC-2026-00001`, and the claim's."""

    def __init__(self) -> None:
        self.of: dict[int, tuple[str, str]] = {}
        self.last: dict[tuple[str, int], int] = {}

    def give(self, lives: Sequence[Life]) -> None:
        """Give each life its case's number and, if it comes to a claim, the claim's."""
        drafts = {}
        for life in sorted(lives, key=lambda one: one.registered_at):
            self.of[life.parcel.id] = (self._next("INC", life.registered_at), "")
            if draft := next((step for step in life.steps if step.verb == "draft_claim"), None):
                drafts[life.parcel.id] = draft.at
        for parcel, at in sorted(drafts.items(), key=lambda one: (one[1], one[0])):
            self.of[parcel] = (self.of[parcel][0], self._next("CL", at))

    def _next(self, kind: str, at: datetime) -> str:
        year = at.astimezone(ZoneInfo("Asia/Shanghai")).year
        number = self.last[kind, year] = self.last.get((kind, year), 0) + 1
        return f"{kind}-{year}-{number:05d}"
