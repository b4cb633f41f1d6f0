"""Files of exchange rates: on a day one unit of a currency was worth so much of another.

Recoup keeps what one US dollar bought. A pair with the dollar is that, or its inverse; a pair without it needs the other currency's
rate, of the same file and day or the newest one known by then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotAllowed, WrongState
from core.foundation.formats import day
from core.foundation.language import N_, _
from core.foundation.money import Money
from core.foundation.permissions import Actor, Permission
from core.models import ExchangeRate, ImportRun
from core.money.rates import LONGEST_SOURCE, PLACES
from core.parcels.importers.kinds import MOST_SHOWN, Cells, Into, Notice, Plan, Refused, Rows
from core.parcels.importers.recognise import Recognised
from core.parcels.importers.values import Dates, Unreadable, text_of

FIELDS = ("on", "from_currency", "to_currency", "rate", "source")
MOST_NAMED = 10
_FIGURE = {
    ".": re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?", re.ASCII),
    ",": re.compile(r"(?:\d{1,3}(?:\.\d{3})+|\d+)?(?:,\d+)?", re.ASCII),
}
"""What parts whole from broken → a figure written so."""
Key = tuple[str, date]


@dataclass(frozen=True)
class _Row:
    """One row understood: `one` of a currency was worth `rate` of `other`."""

    at: int
    on: date
    one: str
    other: str
    rate: Decimal
    source: str


@dataclass
class RatePlan(Plan):
    """Rates by currency and day: units for one US dollar, and who says so; `known` are those that stand."""

    rates: dict[Key, tuple[Decimal, str]] = field(default_factory=dict)
    known: dict[Key, tuple[Decimal, str]] = field(default_factory=dict)

    def write(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> None:
        """See `Plan.write`. What stood before is noted with the run."""
        changed = {key: one for key, one in self.rates.items() if self.known.get(key, (None,))[0] != one[0]}
        if not changed:
            return
        rows = [
            {"currency": currency, "on_date": on, "per_usd": rate, "source": source}
            for (currency, on), (rate, source) in changed.items()
        ]
        for at in range(0, len(rows), 5_000):
            put = insert(ExchangeRate).values(rows[at : at + 5_000])
            session.execute(
                put.on_conflict_do_update(
                    index_elements=["currency", "on_date"],
                    set_={"per_usd": put.excluded.per_usd, "source": put.excluded.source},
                )
            )
        session.expire_all()
        run.undo = {
            "rates": [
                [key[0], key[1].isoformat(), str(one[0]), *map(str, self.known.get(key, ()))]
                for key, one in changed.items()
            ]
        }


class RateKind:
    """Rows → rates of days."""

    table = "rates"
    fields = FIELDS
    needs_shop = False

    def plan(
        self, session: Session, found: Recognised, rows: Rows, into: Into, *, actor: Actor, now: datetime
    ) -> RatePlan:
        """See `Kind.plan`. Raises `NotAllowed` for who may not enter rates."""
        _require(actor)
        refused: dict[int, Refused] = {}
        dates = Dates((cells[0] for cells in rows.cells), into.market, ZoneInfo(into.zone))
        point = point_of(text_of(cells[3]) for cells in rows.cells)
        read: list[_Row] = []
        for at, cells in zip(rows.numbers, rows.cells, strict=True):
            try:
                read.append(_row(at, cells, dates, point, into.zone, now))
            except Unreadable as why:
                refused[at] = Refused(why.sentence, why.values)
        rates = _per_usd(session, read, refused)
        known = _known(session, list(rates))
        moved = [key for key, one in rates.items() if key in known and known[key][0] != one[0]]
        new = sum(1 for key in rates if key not in known)
        return RatePlan(
            counts={"rates": len(rates), "new": new, "updated": len(moved), "unchanged": len(rates) - new - len(moved)},
            refused=refused,
            conflicts=_conflicts(moved, rates, known),
            shown=[
                {
                    _("Day"): day(on, year=True),
                    _("Currency"): currency,
                    _("For one US dollar"): f"{rate.normalize():f}",
                    _("Source"): source,
                }
                for (currency, on), (rate, source) in list(rates.items())[:MOST_SHOWN]
            ],
            rates=rates,
            known=known,
        )

    def delete(self, session: Session, run: ImportRun, *, actor: Actor, now: datetime) -> list[int]:
        """See `Kind.delete`. A rate that was entered anew since stays. Raises `NotAllowed` for who may not enter rates."""
        _require(actor)
        noted = {(one[0], date.fromisoformat(one[1])): one[2:] for one in run.undo.get("rates", ())}
        later = select(ImportRun).where(
            ImportRun.kind == self.table, ImportRun.id > run.id, ImportRun.deleted_at.is_(None)
        )
        for other in session.scalars(later.order_by(ImportRun.id.desc())):
            if any((one[0], date.fromisoformat(one[1])) in noted for one in other.undo.get("rates", ())):
                raise WrongState(
                    _("A later import has rates of the same days: {file}. Delete that first.", file=other.file_name)
                )
        stands = _known(session, list(noted))
        back = {key: before for key, (after, *before) in noted.items() if stands.get(key, (None,))[0] == Decimal(after)}
        for (currency, on), before in back.items():
            found = session.get_one(ExchangeRate, (currency, on))
            if before:
                found.per_usd, found.source = Decimal(before[0]), before[1]
            else:
                session.execute(
                    delete(ExchangeRate).where(ExchangeRate.currency == currency, ExchangeRate.on_date == on)
                )
        session.flush()
        session.expire_all()
        return []


def _require(actor: Actor) -> None:
    if not actor.may(Permission.POLICY_EDIT):
        raise NotAllowed(_("Exchange rates are entered by those who edit the value policy. Ask a manager."))


def point_of(texts: Iterable[str]) -> str | None:
    """What parts whole from broken in a column of figures, "." or ","; None where none of them shows it, or they differ."""
    shown = {found for text in texts if (found := _point(text))}
    return shown.pop() if len(shown) == 1 else None


def _point(text: str) -> str | None:
    """The same of one figure. 1.234,5 and 0,125 and 45,5 show it; of 1,234 nobody can tell."""
    if text.startswith("\x1f"):
        return None
    marks = [one for one in text if one in ".,"]
    if len(set(marks)) == 2:
        return marks[-1]
    if not marks:
        return None
    other = "," if marks[0] == "." else "."
    if len(marks) > 1:
        return other
    whole, _mark, broken = text.replace(" ", "").partition(marks[0])
    thousands = len(broken) == 3 and 1 <= len(whole) <= 3 and not whole.startswith("0")
    return None if thousands else marks[0]


def _rate(text: str, point: str | None) -> Decimal:
    """A figure of a column whose point is known, or not. Raises `Unreadable`."""
    plain = text.removeprefix("\x1f").replace(" ", "")
    if plain != text.replace(" ", ""):
        point = "."
    else:
        point = _point(text) or point
        if point is None and "," in plain:
            raise Unreadable(
                N_("“{text}” may be a thousand or a broken number. Write rates without marks between thousands."),
                text=plain,
            )
        if not _FIGURE[point or "."].fullmatch(plain):
            raise Unreadable(N_("“{text}” is not an exchange rate."), text=plain)
        plain = plain.replace("," if point != "," else ".", "").replace(",", ".")
    try:
        rate = Decimal(plain)
    except InvalidOperation:
        rate = Decimal(0)
    if not rate.is_finite() or not 0 < rate < Decimal(10) ** 11:
        raise Unreadable(N_("“{text}” is not an exchange rate."), text=plain)
    return rate


def _row(at: int, cells: Cells, dates: Dates, point: str | None, zone: str, now: datetime) -> _Row:
    on_text, one, other, rate_text, source = map(text_of, cells)
    if not on_text:
        raise Unreadable(N_("The row has no date."))
    on = local_day(dates.moment(on_text), zone)
    if on > local_day(now, zone):
        raise Unreadable(N_("A rate of a day to come is not known yet."))
    rate = _rate(rate_text, point)
    one, other = _currency(one), _currency(other)
    if one == other:
        raise Unreadable(N_("The row names {text} twice."), text=one)
    return _Row(at, on, one, other, rate, source[:LONGEST_SOURCE])


def _currency(text: str) -> str:
    code = text.strip().upper()
    try:
        if len(code) != 3 or not (code.isalpha() and code.isascii()):
            raise ValueError(code)
        Money.zero(code)
    except (ValueError, LookupError, Invalid):
        raise Unreadable(N_("“{text}” is not a currency code."), text=text.removeprefix("\x1f")) from None
    return code


def _per_usd(session: Session, rows: list[_Row], refused: dict[int, Refused]) -> dict[Key, tuple[Decimal, str]]:
    """What one US dollar bought, by currency and day; of two rows of one day the later one counts."""
    rates: dict[Key, tuple[Decimal, str]] = {}
    crossed: list[_Row] = []

    @cache
    def newest(currency: str, on: date) -> Decimal | None:
        return _newest(session, currency, on)

    for row in rows:
        if row.one == "USD":
            _take(rates, (row.other, row.on), row.rate, row, refused)
        elif row.other == "USD":
            _take(rates, (row.one, row.on), 1 / row.rate, row, refused)
        else:
            crossed.append(row)
    for row in crossed:
        base = rates.get((row.other, row.on), (None,))[0] or newest(row.other, row.on)
        if base is not None:
            _take(rates, (row.one, row.on), base / row.rate, row, refused)
            continue
        base = rates.get((row.one, row.on), (None,))[0] or newest(row.one, row.on)
        if base is not None:
            _take(rates, (row.other, row.on), base * row.rate, row, refused)
            continue
        refused[row.at] = Refused(
            N_("Neither {one} nor {other} has a rate to the US dollar by that day."),
            {"one": row.one, "other": row.other},
        )
    return rates


def _take(
    rates: dict[Key, tuple[Decimal, str]], key: Key, rate: Decimal, row: _Row, refused: dict[int, Refused]
) -> None:
    rounded = round(rate, PLACES)
    if not 0 < rounded < Decimal(10) ** 11:
        refused[row.at] = Refused(N_("“{text}” is not an exchange rate."), {"text": str(row.rate)})
        return
    rates[key] = (rounded, row.source or _("a file of rates"))


def _newest(session: Session, currency: str, on: date) -> Decimal | None:
    return session.scalar(
        select(ExchangeRate.per_usd)
        .where(ExchangeRate.currency == currency, ExchangeRate.on_date <= on)
        .order_by(ExchangeRate.on_date.desc())
        .limit(1)
    )


def _known(session: Session, keys: list[Key]) -> dict[Key, tuple[Decimal, str]]:
    found: dict[Key, tuple[Decimal, str]] = {}
    for at in range(0, len(keys), 5_000):
        part = tuple_(ExchangeRate.currency, ExchangeRate.on_date).in_(keys[at : at + 5_000])
        rows = session.execute(
            select(ExchangeRate.currency, ExchangeRate.on_date, ExchangeRate.per_usd, ExchangeRate.source).where(part)
        )
        found |= {(row.currency, row.on_date): (row.per_usd, row.source) for row in rows}
    return found


def _conflicts(
    moved: list[Key], rates: dict[Key, tuple[Decimal, str]], known: dict[Key, tuple[Decimal, str]]
) -> list[Notice]:
    said: list[Notice] = [
        (
            N_("{currency} on {day}: {old} is known, the file says {new}. The file's rate will stand."),
            {
                "currency": key[0],
                "day": key[1].isoformat(),
                "old": f"{known[key][0].normalize():f}",
                "new": f"{rates[key][0].normalize():f}",
            },
        )
        for key in moved[:MOST_NAMED]
    ]
    if len(moved) > MOST_NAMED:
        said.append((N_("And {n} more figures differ from those known."), {"n": len(moved) - MOST_NAMED}))
    return said


__all__ = ["RateKind"]
