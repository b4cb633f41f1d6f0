"""The data folders that are measured on: built by `python -m core demo`, or kept from an earlier run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.foundation import config, database, startup
from core.foundation.permissions import ROLE_PERMISSIONS, Actor
from core.models import Person
from tests.bench.server import ROOT, environment

PASSWORD = "bench-all-the-way"
SEED = 11


@dataclass(frozen=True)
class Size:
    """How large a demo is."""

    shipments: int
    incidents: int


def build(folder: Path, size: Size) -> float | None:
    """Fill the folder, unless an earlier run did with the same size; seconds it took, None where it was there."""
    mark = folder / "bench.json"
    wanted = {"shipments": size.shipments, "incidents": size.incidents, "seed": SEED}
    if mark.is_file():
        if json.loads(mark.read_text()) != wanted:
            raise SystemExit(f"{folder} holds other data; name another folder or empty it")
        return None
    folder.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "core", "demo", "--incidents", str(size.incidents), "--shipments", str(size.shipments),
        "--seed", str(SEED), "--password", PASSWORD, "--json",
    ]  # fmt: skip
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, stdout=subprocess.DEVNULL)
    took = time.perf_counter() - began
    mark.write_text(json.dumps(wanted))
    return took


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """This process on the folder's database and files for the length of the block."""
    with config.override(data_dir=folder, database_url=""):
        startup.database_up()
        try:
            yield
        finally:
            startup.database_down()


def actor(session: Session, username: str) -> Actor:
    """One of the demo's people as an actor."""
    person = session.query(Person).filter_by(username=username).one()
    return Actor(
        person.id,
        person.username,
        person.name,
        person.role,
        ROLE_PERMISSIONS[person.role],
        person.language or "en",
        person.zone or "UTC",
    )


Makeup = tuple[Any, ...]
"""What a case is made of: where it stands, and how many there are of everything its screen shows."""


@dataclass(frozen=True)
class Samples:
    """What is asked for on the screens: references, numbers and names that are there; `closed` are closed cases by what each is made of."""

    references: tuple[str, ...]
    number: str
    carrier: int
    usernames: tuple[str, ...]
    closed: Mapping[Makeup, str]


def samples(session: Session) -> Samples:
    """Cases of every state, a tracking number of one of them, and the people who can sign in."""
    references = [
        row[0]
        for state in ("registered", "proving", "claiming", "closed")
        for row in session.execute(
            text("SELECT reference FROM incident WHERE state = :state ORDER BY md5(reference) LIMIT 10"),
            {"state": state},
        )
    ]
    number, carrier = session.execute(
        text(
            "SELECT s.tracking_number, s.carrier_id FROM incident i JOIN shipment s ON s.id = i.shipment_id"
            " WHERE i.reference = :reference"
        ),
        {"reference": references[-1]},
    ).one()
    names = [row[0] for row in session.execute(text("SELECT username FROM person WHERE active ORDER BY id"))]
    return Samples(tuple(references), number, carrier, tuple(names), _closed(session))


def twins(large: Samples, small: Samples) -> tuple[str, str]:
    """A closed case of the one and a closed case of the other that are made of the same: of those with a twin the one with the most in
    it. Two cases taken anyhow would be compared by what happened in them.
    """
    shared = [one for one in large.closed if one in small.closed]
    if not shared:
        raise SystemExit("no closed case of the one is made as one of the other")
    fullest = max(shared, key=_fullness)
    return large.closed[fullest], small.closed[fullest]


def _fullness(makeup: Makeup) -> int:
    """How many things a case is made of."""
    return sum(one if isinstance(one, int) else len(one.split()) for one in makeup)


def _closed(session: Session) -> dict[Makeup, str]:
    rows = session.execute(_MADE_OF).all()
    found: dict[Makeup, str] = {}
    for reference, *makeup in rows:
        found.setdefault(tuple(makeup), reference)
    return found


_MADE_OF = text("""
    select i.reference, i.tier, i.type,
        array_to_string(array(select c.kind || c.state from clock c where c.incident_id = i.id order by 1), ' '),
        array_to_string(array(select c.state from claim c where c.incident_id = i.id order by 1), ' '),
        array_to_string(array(select e.kind from evidence e where e.incident_id = i.id order by 1), ' '),
        array_to_string(array(select d.state from dispute d
            where d.incident_id = i.id or (d.incident_id is null and d.shipment_id = i.shipment_id)
            order by 1), ' '),
        (select count(*) from contact c where c.incident_id = i.id),
        (select count(*) from posting p where p.incident_id = i.id),
        (select count(*) from message m where m.incident_id = i.id),
        (select count(*) from remedy r where r.incident_id = i.id),
        (select count(*) from shop_result r where r.incident_id = i.id),
        (select least(count(*), 7) from tracking_event t where t.shipment_id = i.shipment_id),
        (select least(count(*), 11) from audit_event a where a.chain = i.id)
    from (select * from incident where state = 'closed' order by md5(reference) limit 1000) i
    order by md5(i.reference)
""")


def database_size() -> float:
    """Gigabytes of the database."""
    with database.reading() as session:
        return float(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()) / 1e9
