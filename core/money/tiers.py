"""Tiers: which value is absorbed, insured or claimed, and why. The policy is a row; every change is a new version."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.errors import Invalid
from core.foundation.formats import amount
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import Tag, TierPolicy
from core.models.incident import Tier
from core.money import rates

LONGEST_NOTE = 500
SEED = Path(__file__).parent.parent / "data" / "value_policy.toml"


@dataclass(frozen=True)
class Proposal:
    """The tier a value falls in: with the value in base currency, the rate's day (None: no rate needed) and the
    sentence why.
    """

    tier: Tier
    base: Money
    rate_on: date | None
    policy_version: int
    sentence: str


def load_seed(session: Session, base_currency: str, now: datetime) -> bool:
    """Put in the starting policy, converted to the base currency, if there is none; whether it did."""
    if session.scalar(select(TierPolicy.version).limit(1)) is not None:
        return False
    with SEED.open("rb") as file:
        bands = tomllib.load(file)["bands_in_sgd"]

    def band(name: str) -> Decimal:
        return rates.convert(session, Money(Decimal(bands[name]), "SGD"), base_currency, now.date()).money.amount

    session.add(
        TierPolicy(
            currency=base_currency,
            insure_from=band("insure_from"),
            claim_from=band("claim_from"),
            note="Starting policy",
            created_at=now,
        )
    )
    session.flush()
    return True


def _policy(session: Session) -> TierPolicy:
    found = session.scalars(select(TierPolicy).order_by(TierPolicy.version.desc()).limit(1)).first()
    if found is None:
        raise Invalid(_("There is no value policy yet. A manager sets one in Settings."))
    return found


@read(Permission.POLICY_READ)
def current_policy(session: Session, *, actor: Actor) -> TierPolicy:
    """The policy that holds now. Raises `Invalid` when none was set."""
    return _policy(session)


@read(Permission.POLICY_READ)
def propose(session: Session, value: Money, *, actor: Actor, now: datetime) -> Proposal:
    """The tier for a value at risk under the policy that holds now. Raises `Invalid` when a rate or the policy is
    missing.
    """
    policy = _policy(session)
    converted = rates.convert(session, value, policy.currency, now.date())
    base = converted.money
    insure, claim = (
        Money(policy.insure_from, policy.currency),
        Money(policy.claim_from, policy.currency),
    )
    if base < insure:
        tier, why = (
            Tier.ABSORB,
            _(
                "{value} is below {limit}: a claim would cost more than it brings.",
                value=amount(base),
                limit=amount(insure),
            ),
        )
    elif base < claim:
        tier, why = (
            Tier.INSURE,
            _(
                "{value} lies between {low} and {high}.",
                value=amount(base),
                low=amount(insure),
                high=amount(claim),
            ),
        )
    else:
        tier, why = (
            Tier.CLAIM,
            _(
                "{value} is at or above {limit}.",
                value=amount(base),
                limit=amount(claim),
            ),
        )
    return Proposal(tier, base, converted.on_date, policy.version, why)


@verb(Permission.POLICY_EDIT)
def edit_policy(
    session: Session,
    *,
    actor: Actor,
    seen_version: int,
    insure_from: Money,
    claim_from: Money,
    note: str,
    now: datetime,
) -> TierPolicy:
    """Make a new version of the policy; open cases keep the tier they were given. Amounts in one currency.

    Raises `Invalid` when the bands are out of order, and when the policy moved on since `seen_version`.
    """
    # Two at once queue at the row both saw; whoever comes second reads again and finds a newer one.
    session.execute(select(TierPolicy.version).order_by(TierPolicy.version.desc()).limit(1).with_for_update())
    old = _policy(session)
    if old.version != seen_version:
        raise Invalid(_("The policy was changed meanwhile. Reload the page and look at it again."))
    if insure_from.currency != claim_from.currency:
        raise Invalid(_("Both bands are written in one currency."), "claim_from")
    if claim_from < insure_from:
        raise Invalid(_("“Claim from” cannot be below “insure from”."), "claim_from")
    policy = TierPolicy(
        currency=insure_from.currency,
        insure_from=insure_from.amount,
        claim_from=claim_from.amount,
        note=checked(note, LONGEST_NOTE, "note"),
        created_at=now,
        created_by=actor.person_id,
    )
    session.add(policy)
    session.flush()
    audit.record(
        session,
        Tag.POLICY_EDITED,
        actor=actor,
        now=now,
        subject=("tier_policy", policy.version),
        before={
            "currency": old.currency,
            "insure_from": old.insure_from,
            "claim_from": old.claim_from,
        },
        after={
            "currency": policy.currency,
            "insure_from": policy.insure_from,
            "claim_from": policy.claim_from,
        },
    )
    return policy
