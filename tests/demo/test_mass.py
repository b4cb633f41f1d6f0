"""The mass is written as the verbs write it: the same scripts played both ways leave the same rows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.demo import build as building
from core.demo import ground, load, mass, shipments, stories, words
from core.demo.lives import Teller
from core.demo.play import Player
from core.demo.proofs import Proofs
from core.demo.scripts import Life
from core.demo.shipments import TYPES
from core.foundation import audit
from core.foundation.language import using

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
UNLIKE = {"version", "search_grams", "hash", "previous"}
"""Columns that need not be equal: how often a row was written, and what follows from the others."""


def _rows(session: Session, table: str) -> list[dict[str, Any]]:
    order = "posting_id, line" if table == "entry" else "id"
    found = session.execute(text(f"SELECT * FROM {table} ORDER BY {order}")).mappings()
    return [{name: value for name, value in row.items() if name not in UNLIKE} for row in found]


def _kinds_of_steps(lives: list[Life]) -> set[str]:
    return {step.verb for life in lives for step in life.steps}


def _mixed(base: ground.Ground, places: list[int]) -> list[Life]:
    """Some sixty lives: all that hold a rare verb, filled up with the first others."""
    told = []
    for number, place in enumerate(places):
        wish = stories.WISHES[number % len(stories.WISHES)] if number % 2 else stories.Wish(1, "", "")
        kind = TYPES[base.made.wrong[place]]
        life = Teller(base.desk, base.reader(place), kind, words.dice(place), arc=wish.arc, until=wish.until).tell()
        if life.steps:
            told.append(life)
    rare = {"reopen", "post_loss", "expire", "edit", "appeal", "withdraw"}
    told.sort(key=lambda life: not any(step.verb in rare for step in life.steps))
    return told[:60]


def test_the_mass_leaves_the_same_rows_as_the_verbs(session: Session) -> None:
    with using("en"):
        base = ground.lay(
            session, incidents=0, count=6_000, seed=5, password="quiet-river-9", base_currency="SGD", now=NOW
        )
        chosen = shipments.choose_wrong(base.made, 400, np.random.default_rng(3), recent=90, at_least=200)
        shipments.let_it_happen(base.made, np.random.default_rng(4))
        base.load_parcels()
        lives = _mixed(base, chosen.tolist())
        lives.sort(key=lambda one: one.registered_at)
        numbers = building.Numbers()
        numbers.give(lives)
        assert _kinds_of_steps(lives) >= {
            "register", "assign", "edit", "comment", "log_contact", "settle_promise", "add_evidence", "post_loss", "draft_claim",
            "mark_ready", "expire", "withdraw", "submit", "record_answer", "appeal", "record_payout", "close", "reopen",
        }  # fmt: skip

        before = _highest(session)
        first = session.begin_nested()
        player = Player(session, Proofs(5))
        for life in lives:
            building.count_from(session, *numbers.of[life.parcel.id])
            player.play(life)
        session.flush()
        by_verbs = {table: _rows(session, table) for table in mass.COLUMNS}
        began = {table: rows[0]["id"] - 1 for table, rows in by_verbs.items() if table in mass.WITH_IDS}
        began["audit_event"] = before["audit_event"]
        first.rollback()
        session.expire_all()

        sheets = mass.Sheets(before)
        for life in lives:
            mass.CaseWriter(base.world, sheets, life, *numbers.of[life.parcel.id]).write()
        for table, lines in sheets.take().items():
            load.copy(load.connection_of(session), table, mass.COLUMNS[table], [lines])
    for table in mass.COLUMNS:
        assert _alike(_rows(session, table), table, before) == _alike(by_verbs[table], table, began), table
    for (incident,) in session.execute(text("SELECT id FROM incident")):
        assert audit.check_chain(session, incident) is None


POINTS = {
    "incident_id": "incident", "chain": "incident", "claim_id": "claim", "contact_id": "contact", "posting_id": "posting",
    "reverses_id": "posting",
}  # fmt: skip
"""Columns that hold another row's id, and its table; `subject_id` names its table beside it."""


def _alike(rows: list[dict[str, Any]], table: str, before: dict[str, int]) -> list[dict[str, Any]]:
    """Rows with the ids counted from the first one this play made."""
    found = []
    for row in rows:
        points = {"id": table, **POINTS, "subject_id": row.get("subject", "")}
        plain = {
            name: value - before.get(points[name], 0) if name in points and value is not None else value
            for name, value in row.items()
        }
        if "advice" in (plain.get("after") or {}):
            # What the door notices depends on which other cases hold the same file; the mass shares a few files.
            plain["after"] = {name: value for name, value in plain["after"].items() if name != "advice"}
        if "posting" in (plain.get("before") or {}):
            plain["before"] = {**plain["before"], "posting": plain["before"]["posting"] - before["posting"]}
        found.append(plain)
    return found


def _highest(session: Session) -> dict[str, int]:
    return {
        table: session.execute(text(f"SELECT coalesce(max(id), 0) FROM {table}")).scalar_one()
        for table in mass.WITH_IDS
    }
