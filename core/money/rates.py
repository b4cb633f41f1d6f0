"""Exchange rates: rows with a day and a source, and the one conversion everything uses.

A rate says how many units of a currency one US dollar bought on a day. An amount is converted at the newest rates not
later
than the asked day; a currency whose first rate is later still uses that first one, and the result names its date
either way.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from sqlalchemy import case, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.clock import local_day
from core.foundation.errors import Invalid
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked
from core.models import ExchangeRate, Tag

PLACES = 8
"""Decimals of a rate, as its column keeps them."""
LONGEST_SOURCE = 200
SEED = Path(__file__).parent.parent / "data" / "exchange_rates.toml"


@dataclass(frozen=True)
class Converted:
    """An amount in another currency, with the day and source of the older of the two rates used (None: none was
    needed).
    """

    money: Money
    on_date: date | None
    source: str


def load_seed(session: Session) -> int:
    """Put in the starting rates that are not there yet; returns how many came in. A rate somebody entered stays."""
    with SEED.open("rb") as file:
        seed = tomllib.load(file)
    rows = [
        {
            "currency": currency,
            "on_date": seed["on_date"],
            "per_usd": Decimal(rate),
            "source": seed["source"],
        }
        for currency, rate in seed["per_usd"].items()
    ]
    done = session.execute(insert(ExchangeRate).values(rows).on_conflict_do_nothing().returning(ExchangeRate.currency))
    return len(done.all())


def _rate(session: Session, currency: str, on: date) -> ExchangeRate:
    # The newest rate up to the day comes first; only where there is none, the earliest one after it.
    late = ExchangeRate.on_date > on
    found = session.scalars(
        select(ExchangeRate)
        .where(ExchangeRate.currency == currency)
        .order_by(
            late,
            case((late, None), else_=ExchangeRate.on_date).desc().nulls_last(),
            ExchangeRate.on_date,
        )
        .limit(1)
    ).first()
    if found is None:
        raise Invalid(
            _(
                "There is no exchange rate for {currency} yet. A manager can enter one in Settings.",
                currency=currency,
            )
        )
    return found


def convert(session: Session, money: Money, to: str, on: date) -> Converted:
    """`money` in currency `to` at the rates of day `on`. Raises `Invalid` when a currency has no rate at all."""
    if money.currency == to:
        return Converted(money, None, "")
    source, target = _rate(session, money.currency, on), _rate(session, to, on)
    older = min(source, target, key=lambda rate: rate.on_date)
    return Converted(money.times(target.per_usd / source.per_usd, to), older.on_date, older.source)


@read(Permission.POLICY_READ)
def list_rates(session: Session, *, actor: Actor) -> list[ExchangeRate]:
    """Every currency's rates, newest first within a currency."""
    rows = select(ExchangeRate).order_by(ExchangeRate.currency, ExchangeRate.on_date.desc())
    return list(session.scalars(rows))


@verb(Permission.POLICY_EDIT)
def add_rate(
    session: Session,
    currency: str,
    *,
    actor: Actor,
    on_date: date,
    per_usd: str,
    source: str,
    now: datetime,
) -> ExchangeRate:
    """Enter a day's rate (`per_usd`: units of `currency` for one US dollar, as text). The same day again replaces
    it.
    """
    code = currency.strip().upper()
    probe = Money.parse("1", code) if len(code) == 3 and code.isalpha() and code.isascii() else None
    try:
        value = Decimal(per_usd.strip().replace(",", ""))
    except ArithmeticError:
        value = Decimal(0)
    if probe is None:
        raise Invalid(
            _(
                "“{text}” is not a currency code. Write three letters, like SGD.",
                text=currency,
            ),
            "currency",
        )
    if not value.is_finite() or not 0 < value < Decimal(10) ** 11 or value != round(value, PLACES):
        raise Invalid(_("A rate is a positive number with at most {n} decimals, like 1.29.", n=PLACES), "per_usd")
    if on_date > local_day(now, actor.zone):
        raise Invalid(_("A rate of a day to come is not known yet."), "on_date")
    origin = checked(source, LONGEST_SOURCE, "source")
    if not origin:
        raise Invalid(_("Say where the rate is from."), "source")
    if code == "USD" and value != 1:
        raise Invalid(_("One US dollar buys one US dollar."), "per_usd")
    row = {"currency": code, "on_date": on_date, "per_usd": value, "source": origin}
    new = session.scalar(insert(ExchangeRate).values(row).on_conflict_do_nothing().returning(ExchangeRate.currency))
    rate = session.get_one(ExchangeRate, (code, on_date), with_for_update=True, populate_existing=True)
    before = {} if new else {"per_usd": rate.per_usd, "source": rate.source}
    rate.per_usd, rate.source = value, origin
    session.flush()
    audit.record(
        session,
        Tag.RATE_ADDED,
        actor=actor,
        now=now,
        subject=("exchange_rate", None),
        before=before,
        after=row,
    )
    return rate
