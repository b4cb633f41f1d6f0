"""The policy of authority: limits per role, as versions. Before the team's first one, the shipped file holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.config import settings
from core.foundation.errors import Invalid, WrongState
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import ROLE_PERMISSIONS, Actor, Permission, Role
from core.foundation.texts import checked
from core.models import AuthorityLimit, AuthorityPolicy, Tag, TierPolicy
from core.money import rates
from core.money.authority.shipped import raw

LONGEST_NOTE = 500
LONGEST_LOOK = 730
"""Days the limits per buyer and per batch may look back at most."""
SHIPPED = 0
"""The version of the shipped limits."""


@dataclass(frozen=True)
class Limits:
    """What a role may give by itself, in the policy's currency. None: no limit."""

    per_case: Money | None
    per_day: Money | None
    per_buyer: Money | None
    per_batch: Money | None


@dataclass(frozen=True)
class Policy:
    """One version. `version` 0 is the shipped one; `by` who set it, `at` when (None: shipped)."""

    version: int
    currency: str
    limits: Mapping[Role, Limits]
    buyer_days: int
    batch_days: int
    two_from: Money | None
    note: str = ""
    at: datetime | None = None

    def of(self, role: Role | None) -> Limits:
        """The limits of a role; nothing at all for one that is not named, or that may not give anything."""
        zero = Money.zero(self.currency)
        if role is None or Permission.REMEDY_PROPOSE not in ROLE_PERMISSIONS[role]:
            return Limits(zero, zero, zero, zero)
        return self.limits.get(role, Limits(zero, zero, zero, zero))


def current(session: Session, now: datetime) -> Policy:
    """The policy that holds now (inner). Raises `Invalid` when the shipped one cannot be converted for want of a rate."""
    row = session.scalars(select(AuthorityPolicy).order_by(AuthorityPolicy.version.desc()).limit(1)).first()
    if row is None:
        return _shipped(session, now)

    def money(value: Decimal | None) -> Money | None:
        return None if value is None else Money(value, row.currency)

    found = session.scalars(select(AuthorityLimit).where(AuthorityLimit.version == row.version))
    limits = {
        one.role: Limits(money(one.per_case), money(one.per_day), money(one.per_buyer), money(one.per_batch))
        for one in found
    }
    return Policy(
        row.version,
        row.currency,
        limits,
        row.buyer_days,
        row.batch_days,
        money(row.two_from),
        row.note,
        row.created_at,
    )


def _shipped(session: Session, now: datetime) -> Policy:
    """The file's limits in the currency values are tiered in."""
    tiers = session.scalar(select(TierPolicy.currency).order_by(TierPolicy.version.desc()).limit(1))
    currency, said = tiers or settings().base_currency, raw()

    def money(value: str | None) -> Money | None:
        if value is None:
            return None
        return rates.convert(session, Money(Decimal(value), "SGD"), currency, now.date()).money

    names = ("per_case", "per_day", "per_buyer", "per_batch")
    limits = {
        Role(role): Limits(*(money(written.get(name)) for name in names))
        for role, written in said["limits_in_sgd"].items()
    }
    return Policy(SHIPPED, currency, limits, said["buyer_days"], said["batch_days"], money(said.get("two_from")))


@read(Permission.REMEDY_READ)
def see_authority(session: Session, *, actor: Actor, now: datetime) -> Policy:
    """The policy that holds now. Raises `Invalid` as `current`."""
    return current(session, now)


@verb(Permission.AUTHORITY_EDIT)
def edit_authority(
    session: Session,
    *,
    actor: Actor,
    seen_version: int,
    currency: str,
    limits: Mapping[Role, Limits],
    buyer_days: int,
    batch_days: int,
    two_from: Money | None,
    note: str,
    now: datetime,
) -> AuthorityPolicy:
    """Make a new version; what was given before keeps counting. Amounts in `currency`.

    Raises `Invalid` naming the field (`agent.per_day`, `two_from`, `buyer_days`, `note`), `WrongState` when the policy moved
    on since `seen_version`.
    """
    session.execute(text("LOCK TABLE authority_policy IN SHARE ROW EXCLUSIVE MODE"))
    old = current(session, now)
    if old.version != seen_version:
        raise WrongState(_("The limits were changed meanwhile. Reload the page and look at them again."))
    why = checked(note, LONGEST_NOTE, "note")
    if not why:
        raise Invalid(_("Say why the limits change."), "note")
    _sound(currency, limits, buyer_days, batch_days, two_from)
    row = AuthorityPolicy(
        currency=currency,
        buyer_days=buyer_days,
        batch_days=batch_days,
        two_from=two_from.amount if two_from is not None else None,
        note=why,
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    new = {role: _plain(one) for role, one in limits.items()}
    session.add_all(AuthorityLimit(version=row.version, role=role, **values) for role, values in new.items())
    session.flush()
    audit.record(
        session,
        Tag.AUTHORITY_EDITED,
        actor=actor,
        now=now,
        subject=("authority_policy", row.version),
        before={
            "version": old.version,
            **_facts(old.currency, old.limits, old.buyer_days, old.batch_days, old.two_from),
        },
        after={"version": row.version, **_facts(currency, limits, buyer_days, batch_days, two_from), "note": why},
    )
    return row


def _plain(one: Limits) -> dict[str, Decimal | None]:
    return {name: money.amount if money is not None else None for name, money in vars(one).items()}


def _facts(
    currency: str, limits: Mapping[Role, Limits], buyer_days: int, batch_days: int, two_from: Money | None
) -> dict[str, object]:
    return {
        "currency": currency,
        "limits": {role.value: _plain(one) for role, one in limits.items()},
        "buyer_days": buyer_days,
        "batch_days": batch_days,
        "two_from": two_from.amount if two_from is not None else None,
    }


def _sound(
    currency: str, limits: Mapping[Role, Limits], buyer_days: int, batch_days: int, two_from: Money | None
) -> None:
    for role, one in limits.items():
        for name, money in vars(one).items():
            field = f"{role.value}.{name}"
            if money is not None and money.currency != currency:
                raise Invalid(_("All limits are written in {currency}.", currency=currency), field)
            if money is not None and money.amount < 0:
                raise Invalid(_("A limit cannot be negative."), field)
            if money is not None and one.per_case is not None and name != "per_case" and money < one.per_case:
                raise Invalid(_("A limit that adds up cannot be below the limit for one order."), field)
    if two_from is not None and (two_from.currency != currency or two_from.amount <= 0):
        raise Invalid(_("Write an amount above zero, or leave the field empty for never."), "two_from")
    for field, days in (("buyer_days", buyer_days), ("batch_days", batch_days)):
        if not 1 <= days <= LONGEST_LOOK:
            raise Invalid(_("Choose between 1 and {n} days.", n=LONGEST_LOOK), field)
