"""The cards a new installation starts with (inner: called at start and by the demo, which decide no rights).

`core/data/rule_cards.toml` says where each card comes from. Loading only ever adds: a card nobody has yet, and a new
version of a card whose newest version came from an older seed and that nobody touched since. A version a team made, a card
it retired and every earlier version are left as they are, and cases stay under the version they were opened under.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
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
from core.models.rule import Origin
from core.recovery.rule_cards.terms import EDITABLE, IDENTITY, checked

DATA = Path(__file__).parent.parent.parent / "data" / "rule_cards.toml"

TYPE_TITLES = {
    "lost": "lost",
    "damaged": "damaged",
    "missing_contents": "missing contents",
    "delayed": "delayed",
}
"""How a card's stored title names its kind of incident; like the rest of a card it is data, in English."""


def load_seed(session: Session, now: datetime) -> int:
    """Add what the seed knows and this installation does not, and say how many versions that made.

    Safe to run at every start, and twice at once.
    """
    newest = {row.code: row for row in session.scalars(select(RuleCard).where(RuleCard.superseded_at.is_(None)))}
    cards = seed_cards()
    added = _write(session, [card for card in cards if card["code"] not in newest], {}, now)
    behind = [card for card in cards if card["code"] in newest and _is_behind(newest[card["code"]], card)]
    renewed = _renew(session, behind, now) if behind else []
    for tag, codes in ((Tag.RULE_ADDED, added), (Tag.RULE_EDITED, renewed)):
        if codes:
            after = {"codes": sorted(codes), "source": DATA.name}
            audit.record(session, tag, actor=SYSTEM, now=now, subject=("rule_card", None), after=after)
    return len(added) + len(renewed)


def _is_behind(row: RuleCard, card: Mapping[str, Any]) -> bool:
    """Whether a version is an older seed's and untouched, and today's seed says something else."""
    return (
        row.origin is Origin.SEED
        and not row.retired
        and any(getattr(row, name) != card[name] for name in (*IDENTITY, *EDITABLE))
    )


def _renew(session: Session, cards: Sequence[Mapping[str, Any]], now: datetime) -> list[str]:
    """Today's seed as a new version of these cards. Who comes second waits for the first and finds nothing behind."""
    wanted = {card["code"]: card for card in cards}
    held = session.scalars(
        select(RuleCard)
        .where(RuleCard.code.in_(wanted), RuleCard.superseded_at.is_(None))
        .order_by(RuleCard.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    old = [row for row in held if _is_behind(row, wanted[row.code])]
    for row in old:
        row.superseded_at = now
    session.flush()
    return _write(session, [wanted[row.code] for row in old], {row.code: row.version for row in old}, now)


def _write(session: Session, cards: Sequence[Mapping[str, Any]], after: Mapping[str, int], now: datetime) -> list[str]:
    """Store seed cards, each in the version after the one it had. Gives the codes that were not there yet."""
    if not cards:
        return []
    rows = [
        {
            **card,
            "version": after.get(card["code"], 0) + 1,
            "created_at": now,
            "retired": False,
            "origin": Origin.SEED,
        }
        for card in cards
    ]
    return list(session.scalars(insert(RuleCard).values(rows).on_conflict_do_nothing().returning(RuleCard.code)))


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
                "limits": [one for one in entry.get("limits", ()) if kind in one.get("types", entry["types"])],
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
    "value_basis",
    "receiver",
    "portal",
    "form",
    "source",
    "confidence",
    "note",
)


def _spans(entry: Mapping[str, Any]) -> dict[str, Any]:
    spans: dict[str, Any] = {}
    for key, number in (
        ("not_before", "not_before"),
        ("within", "within"),
        ("answer", "answer_days"),
        ("appeal", "appeal_days"),
        ("follow_up", "follow_up_days"),
    ):
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
