"""The data folders that are measured on: built by `python -m core demo`, or kept from an earlier run."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

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


@dataclass(frozen=True)
class Samples:
    """What is asked for on the screens: references, numbers and names that are there."""

    references: tuple[str, ...]
    number: str
    carrier: int
    usernames: tuple[str, ...]


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
    return Samples(tuple(references), number, carrier, tuple(names))


def database_size() -> float:
    """Gigabytes of the database."""
    with database.reading() as session:
        return float(session.execute(text("SELECT pg_database_size(current_database())")).scalar_one()) / 1e9
