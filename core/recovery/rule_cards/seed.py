"""The cards a new installation starts with (inner: called at start and by the demo, which decide no rights).

`core/data/rule_cards.toml` says where each card comes from. Loading only ever adds: a card that is there in any
version, or was retired, is left as the team has it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.permissions import SYSTEM
from core.models import RuleCard, Tag
from core.recovery.rule_cards.terms import checked

DATA = Path(__file__).parent.parent.parent / "data" / "rule_cards.toml"

TYPE_TITLES = {
    "lost": "lost",
    "damaged": "damaged",
    "missing_contents": "missing contents",
    "delayed": "delayed",
}
"""How a card's stored title names its kind of incident; like the rest of a card it is data, in English."""


def load_seed(session: Session, now: datetime) -> int:
    """Add the seed cards that are not there yet, and say how many. Safe to run at every start, and twice at once."""
    there = set(session.scalars(select(RuleCard.code)))
    absent = [card for card in seed_cards() if card["code"] not in there]
    if not absent:
        return 0
    rows = [{**card, "version": 1, "created_at": now, "retired": False} for card in absent]
    added = session.scalars(insert(RuleCard).values(rows).on_conflict_do_nothing().returning(RuleCard.code)).all()
    if added:
        after = {"codes": sorted(added), "source": DATA.name}
        audit.record(session, Tag.RULE_ADDED, actor=SYSTEM, now=now, subject=("rule_card", None), after=after)
    return len(added)


@cache
def seed_cards() -> tuple[dict[str, Any], ...]:
    """Every seed card as checked column values, in the order of the file. A mistake in the file raises `Invalid`."""
    with DATA.open("rb") as file:
        data = tomllib.load(file)
    return tuple(checked(card, date.max) for card in _expanded(data))


def _expanded(data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """One card for each kind of incident an entry stands for."""
    for entry in data["card"]:
        for kind in entry["types"]:
            yield {
                **{name: entry.get(name) for name in _PLAIN},
                "code": f"{entry['code']}-{kind.upper().replace('_', '-')}",
                "title": f"{entry['title']}: {TYPE_TITLES[kind]}",
                "type": kind,
                "payer_kind": entry["payer"],
                "carrier_code": entry.get("carrier"),
                "clock_event": entry["clock"],
                "documents": _documents(entry.get("documents", ["@type"]), kind, data["sets"]),
                "checked_on": entry.get("checked_on", data["checked_on"]),
                "valid_from": entry.get("valid_from", data["valid_from"]),
                **_spans(entry),
            }


_PLAIN = (
    "payer_name",
    "service",
    "market",
    "channel",
    "calendar",
    "zone",
    "cap",
    "appeal_days",
    "portal",
    "form",
    "source",
    "confidence",
    "note",
)


def _spans(entry: Mapping[str, Any]) -> dict[str, Any]:
    spans: dict[str, Any] = {}
    for key, number in (("not_before", "not_before"), ("within", "within"), ("answer", "answer_days")):
        n, unit = entry.get(key, (None, None))
        spans |= {number: n, f"{key}_unit": unit}
    return spans


def _documents(listed: list[Any], kind: str, sets: Mapping[str, list[str]]) -> list[dict[str, Any]]:
    """The list with `@type` put in full; an entry written out wins over the same one of the set."""
    own = {one if isinstance(one, str) else one["code"] for one in listed} - {"@type"}
    full: list[dict[str, Any]] = []
    for one in listed:
        if one == "@type":
            full.extend({"code": code} for code in sets[kind] if code not in own)
        else:
            full.append({"code": one} if isinstance(one, str) else dict(one))
    return full
