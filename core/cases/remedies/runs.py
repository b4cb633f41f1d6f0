"""Runs: several remedies just under a limit, by one person, to one buyer or for one batch. Nothing is forbidden about them;
whoever approves is to see them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation.gate import read
from core.foundation.money import Money, total
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, Incident, Person, Remedy, Shop
from core.models.remedy import RemedyState, Scope
from core.money.authority import near

MOST = 2_000
"""Remedies close to a limit that are looked at, the latest first: far more than a team gives in the days looked at."""


class RunOf(StrEnum):
    """What the remedies of a run have in common."""

    PERSON = "person"
    BUYER = "buyer"
    BATCH = "batch"


@dataclass(frozen=True)
class Run:
    """One run, latest remedy first. `name`: the person, the buyer's shop, or the carrier; `limits` what they came close to.

    `sum` is in the base currency. `cases` are `(reference, amount)` of each.
    """

    of: RunOf
    name: str
    people: tuple[str, ...]
    limits: tuple[Scope, ...]
    sum: Money
    last_at: datetime
    cases: tuple[tuple[str, Money], ...]


@dataclass(frozen=True)
class _Close:
    """One remedy that came close to a limit on its proposer's own authority."""

    remedy: Remedy
    reference: str
    by: str
    shop: str
    carrier: str | None


@read(Permission.REMEDY_APPROVE)
def runs(session: Session, *, actor: Actor, now: datetime) -> tuple[Run, ...]:
    """The runs of the last days (`data/authority.toml`), the greatest first. A person's own are not shown to that person."""
    said = near()
    found = session.execute(
        select(Remedy, Incident.reference, Person.name, Shop.name, Carrier.name)
        .join(Incident, Incident.id == Remedy.incident_id)
        .join(Person, Person.id == Remedy.proposed_by)
        .join(Shop, Shop.id == Incident.shop_id)
        .outerjoin(Carrier, Carrier.id == Incident.carrier_id)
        .where(
            Remedy.near.is_not(None),
            Remedy.granted_at > now - said.within,
            Remedy.proposed_by != actor.person_id,
            Remedy.state.in_((RemedyState.APPROVED, RemedyState.DONE)),
        )
        .order_by(Remedy.granted_at.desc(), Remedy.id.desc())
        .limit(MOST)
    )
    close = [_Close(*row) for row in found]
    told = [
        *_grouped(close, RunOf.PERSON, lambda one: (one.remedy.proposed_by, one.by)),
        *_grouped(close, RunOf.BUYER, lambda one: (one.remedy.buyer_key, one.shop)),
        *_grouped(close, RunOf.BATCH, lambda one: (one.remedy.batch_key, one.carrier or "")),
    ]
    return tuple(sorted(told, key=lambda one: (-len(one.cases), one.of, one.name)))


def _grouped(close: Iterable[_Close], of: RunOf, key: Callable[[_Close], tuple[Any, str]]) -> list[Run]:
    groups: dict[tuple[Any, str, str], list[_Close]] = {}
    for one in close:
        groups.setdefault((*key(one), one.remedy.base_currency), []).append(one)
    return [
        Run(
            of,
            name,
            tuple(dict.fromkeys(one.by for one in members)),
            tuple(dict.fromkeys(one.remedy.near for one in members if one.remedy.near is not None)),
            total((Money(one.remedy.base_amount, currency) for one in members), currency),
            max(one.remedy.granted_at for one in members if one.remedy.granted_at is not None),
            tuple((one.reference, Money(one.remedy.amount, one.remedy.currency)) for one in members),
        )
        for (_key, name, currency), members in groups.items()
        if len(members) >= near().times
    ]
