"""Which lines of money pay which demands: worked out for one order at a time, from figures alone.

Surest first: a payout that is in the books already, one line for one demand, several lines for one, one line for several, and
last what is left where only one demand can be meant. Amounts are the same when they differ by no more than `unit`, the currency's
smallest. Every line and every demand is used once at most; what a person refused is not proposed again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import combinations
from typing import TypeVar

from core.models.incident import IncidentType
from core.models.settlement import MatchWay

MOST_TOGETHER = 5
"""Lines, or demands, that may make up one amount together."""
MOST_TRIED = 12
"""Lines, or demands, of one order among which sums are looked for."""
BOOKED_WITHIN = timedelta(days=21)
"""A payout that was typed in by hand may stand under the day somebody saw it."""

_ZERO = Decimal(0)

T = TypeVar("T")


@dataclass(frozen=True)
class Paid:
    """A line of money: more than zero, in the one currency all of it is in."""

    id: int
    amount: Decimal
    on: date
    type: IncidentType | None = None
    return_number: str | None = None


@dataclass(frozen=True)
class Owed:
    """A demand: a claim or a dispute, by `key`. `amounts` are what it may bring, the likeliest first: granted, offered, asked, capped.

    A lower `rank` is likelier to be what the platform's own files pay.
    """

    key: tuple[str, int]
    amounts: tuple[Decimal, ...]
    rank: tuple[int, ...] = ()
    type: IncidentType | None = None
    return_number: str | None = None

    @property
    def most(self) -> Decimal:
        """What it may bring at most."""
        return max(self.amounts, default=_ZERO)


@dataclass(frozen=True)
class Booked:
    """A payout in the books that no line stands for yet, with the claim it was booked for."""

    id: int
    key: tuple[str, int]
    amount: Decimal
    on: date


@dataclass(frozen=True)
class Share:
    """How much of a line goes where."""

    line: int
    key: tuple[str, int]
    amount: Decimal


@dataclass(frozen=True)
class Pair:
    """Lines and what they pay. `expected` is what was owed of that, `payout` the one in the books, where there was one."""

    way: MatchWay
    shares: tuple[Share, ...]
    expected: Decimal
    payout: int | None = None

    @property
    def lines(self) -> frozenset[int]:
        """Its lines."""
        return frozenset(share.line for share in self.shares)


@dataclass
class _Left:
    """What is not paired yet."""

    lines: list[Paid]
    owed: list[Owed]
    unit: Decimal
    refused: frozenset[tuple[int, tuple[str, int]]]
    pairs: list[Pair] = field(default_factory=list)

    def may(self, lines: Iterable[Paid], owed: Iterable[Owed]) -> bool:
        """Whether nobody refused any of it."""
        demands = list(owed)
        return all((line.id, one.key) not in self.refused for line in lines for one in demands)

    def take(
        self, way: MatchWay, lines: Sequence[Paid], owed: Sequence[Owed], shares: Iterable[Share], expected: Decimal
    ) -> None:
        """Pair them, and leave them out from now on."""
        self.pairs.append(Pair(way, tuple(shares), expected))
        gone, done = {one.id for one in lines}, {one.key for one in owed}
        self.lines = [one for one in self.lines if one.id not in gone]
        self.owed = [one for one in self.owed if one.key not in done]


def pair(
    lines: Iterable[Paid],
    owed: Iterable[Owed],
    *,
    unit: Decimal,
    booked: Iterable[Booked] = (),
    refused: Iterable[tuple[int, tuple[str, int]]] = (),
) -> list[Pair]:
    """Pair the lines of one order, all in one currency, with its demands and its booked payouts. The order given does not matter."""
    left = _Left(
        sorted((one for one in lines if one.amount > 0), key=lambda one: (one.on, one.id)),
        sorted((one for one in owed if one.most > 0), key=lambda one: (one.rank, one.key)),
        unit,
        frozenset(refused),
    )
    _booked(left, sorted(booked, key=lambda one: (one.on, one.id)))
    # To the unit before within a unit, so that a neighbour never takes what fits another exactly.
    for slack in (_ZERO, unit):
        _one_to_one(left, slack)
    for slack in (_ZERO, unit):
        _several_lines(left, slack)
    for slack in (_ZERO, unit):
        _several_demands(left, slack)
    _what_is_left(left)
    return left.pairs


def _booked(left: _Left, booked: Sequence[Booked]) -> None:
    for payout in booked:
        near = [
            one
            for one in left.lines
            if abs(one.on - payout.on) <= BOOKED_WITHIN and (one.id, payout.key) not in left.refused
        ]
        found = _summing(near, payout.amount, left.unit, least=1)
        if found:
            shares = tuple(Share(one.id, payout.key, one.amount) for one in found)
            left.pairs.append(Pair(MatchWay.BOOKED, shares, payout.amount, payout.id))
            gone = {one.id for one in found}
            left.lines = [one for one in left.lines if one.id not in gone]


def _one_to_one(left: _Left, slack: Decimal) -> None:
    for one in list(left.owed):
        for amount in one.amounts:
            fits = [line for line in left.lines if abs(line.amount - amount) <= slack and left.may([line], [one])]
            if amount > 0 and fits:
                line = min(fits, key=lambda line: (_strange(line, one), abs(line.amount - amount), line.on, line.id))
                left.take(MatchWay.ONE, [line], [one], [Share(line.id, one.key, line.amount)], amount)
                break


def _strange(line: Paid, one: Owed) -> tuple[bool, bool]:
    """Whether the line names another return or another kind of loss than the demand."""
    other_return = line.return_number is not None and one.return_number not in (None, line.return_number)
    other_type = line.type is not None and one.type not in (None, line.type)
    return other_return, other_type


def _several_lines(left: _Left, slack: Decimal) -> None:
    for one in list(left.owed):
        for amount in one.amounts:
            fits = [line for line in left.lines if left.may([line], [one])]
            if amount > 0 and (found := _summing(fits, amount, slack, least=2)):
                shares = [Share(line.id, one.key, line.amount) for line in found]
                left.take(MatchWay.SEVERAL_LINES, found, [one], shares, amount)
                break


def _several_demands(left: _Left, slack: Decimal) -> None:
    for line in list(left.lines):
        fits = [one for one in left.owed if left.may([line], [one])]
        for some in _groups(fits, least=2):
            expected = sum((one.amounts[0] for one in some), _ZERO)
            if abs(expected - line.amount) <= slack and all(one.amounts[0] > 0 for one in some):
                shares = split(line.id, line.amount, [(one.key, one.amounts[0]) for one in some])
                left.take(MatchWay.SEVERAL_CLAIMS, [line], some, shares, expected)
                break


def _what_is_left(left: _Left) -> None:
    """A part of what is owed, or more than it: only where a single demand is the likeliest and can be meant."""
    if not left.owed or not left.lines:
        return
    best = left.owed[0].rank[:1]
    likely = [one for one in left.owed if one.rank[:1] == best]
    if len(likely) > 1:
        return
    one = likely[0]
    lines = [line for line in left.lines if left.may([line], [one]) and not any(_strange(line, one))]
    if not lines:
        return
    came = sum((line.amount for line in lines), _ZERO)
    way = MatchWay.PART if came <= one.most else MatchWay.MORE
    shares = [Share(line.id, one.key, line.amount) for line in lines]
    left.take(way, lines, [one], shares, one.most)


def split(line: int, amount: Decimal, demands: Sequence[tuple[tuple[str, int], Decimal]]) -> list[Share]:
    """A line over several demands, each what it is owed, in their order; what is left over, or short, falls on the last one.

    A demand that nothing is left for gets no share.
    """
    shares, rest = [], amount
    for at, (key, owed) in enumerate(demands):
        part = rest if at == len(demands) - 1 else min(owed, rest)
        if part > 0:
            shares.append(Share(line, key, part))
        rest -= part
    return shares


def _summing(lines: Sequence[Paid], amount: Decimal, slack: Decimal, *, least: int) -> tuple[Paid, ...] | None:
    """The fewest, earliest lines whose sum is `amount`; those that are exact before those that are off by `slack`."""
    near: tuple[Paid, ...] | None = None
    for some in _groups(lines, least=least):
        off = abs(sum((one.amount for one in some), _ZERO) - amount)
        if not off:
            return some
        if off <= slack and near is None:
            near = some
    return near


def _groups(some: Sequence[T], *, least: int) -> Iterator[tuple[T, ...]]:
    """Groups of a few, the small ones first; and all of them together, however many they are."""
    few = some[:MOST_TRIED]
    for size in range(least, min(len(few), MOST_TOGETHER) + 1):
        yield from combinations(few, size)
    if len(some) > MOST_TOGETHER:
        yield tuple(some)
