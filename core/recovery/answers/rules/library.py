"""The one library of rules answers rest on: what Recoup ships, and what the team wrote in its place or beside it (inner)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import PlatformRuleVersion
from core.models.answer import Plea
from core.models.dispute import ReturnReason
from core.models.platform_rule import Topic
from core.models.rule import Confidence, Origin
from core.recovery.answers.rules.values import PlatformRule, shipped


@dataclass(frozen=True)
class Library:
    """Every version of every rule by its code, the newest first; shipped rules in their order, then the team's own.

    What holds on a day is the newest version whose `valid_from` has come; a rule whose newest version is retired holds no more.
    """

    versions: Mapping[str, tuple[PlatformRule, ...]]

    def holding(self, code: str, day: date) -> PlatformRule | None:
        """The version of a rule that holds on a day; None before the first, and for a retired or unknown one."""
        rows = self.versions.get(code, ())
        if not rows or rows[0].retired:
            return None
        return next((one for one in rows if not one.retired and one.begun(day)), None)

    def known(self, code: str, day: date) -> PlatformRule | None:
        """The version that holds on a day, else the newest there is; None for a code nobody knows."""
        return self.holding(code, day) or next(iter(self.versions.get(code, ())), None)

    def on(self, day: date) -> Mapping[str, PlatformRule]:
        """Code → the rules that hold on a day."""
        return {code: held for code in self.versions if (held := self.holding(code, day)) is not None}

    def fitting(
        self, market: str, reason: ReturnReason | None, plea: Plea, carrier: str | None, day: date
    ) -> Sequence[PlatformRule]:
        """The rules an answer can rest on: first those that speak of just this, then those of the market, then the general ones."""
        found = [
            one
            for one in self.on(day).values()
            if one.serves(market)
            and (not one.reasons or reason in one.reasons)
            and (not one.pleas or plea in one.pleas)
            and (not one.carriers or carrier in one.carriers)
        ]
        order = list(Confidence)
        return sorted(found, key=lambda one: (-_closeness(one), order.index(one.confidence)))

    def outdated(self, market: str, day: date) -> Iterator[tuple[str, str, PlatformRule]]:
        """Texts that hold in a market no more on a day, each with its language and the version that has it. A rule of another
        market may still say the same.
        """
        held = self.on(day)
        today = {text for one in held.values() if one.serves(market) for text in one.words.values()}
        for rows in self.versions.values():
            for one in rows:
                now = held.get(one.code)
                if now is None or one.version < now.version:
                    yield from ((text, code, one) for code, text in one.words.items() if text not in today)


def library_of(session: Session) -> Library:
    """The library as it is now, in one statement."""
    rows = session.scalars(
        select(PlatformRuleVersion).order_by(PlatformRuleVersion.code, PlatformRuleVersion.version.desc())
    )
    return merged(rule_of(row) for row in rows)


def merged(written: Iterable[PlatformRule]) -> Library:
    """The shipped rules and the written versions (the newest of each code first).

    A shipped rule nobody touched follows what Recoup ships: where the newest version written is Recoup's own, a newer one of
    Recoup's comes after it.
    """
    mine: dict[str, list[PlatformRule]] = {}
    for one in written:
        mine.setdefault(one.code, []).append(one)
    found = {code: _followed(rule, mine.pop(code, [])) for code, rule in shipped().items()}
    own = sorted(mine.items(), key=lambda pair: (len(pair[0]), pair[0]))
    return Library(found | {code: tuple(rows) for code, rows in own})


def _followed(rule: PlatformRule, rows: list[PlatformRule]) -> tuple[PlatformRule, ...]:
    if not rows:
        return (rule,)
    newest = rows[0]
    if newest.origin is Origin.HAND or newest.retired or newest.says() == rule.says():
        return tuple(rows)
    return (replace(rule, version=newest.version + 1), *rows)


def rule_of(row: PlatformRuleVersion) -> PlatformRule:
    """A stored version as a value."""
    return PlatformRule(
        code=row.code,
        topic=row.topic,
        markets=frozenset(row.markets),
        reasons=frozenset(map(ReturnReason, row.reasons)),
        pleas=frozenset(map(Plea, row.pleas)),
        carriers=frozenset(row.carriers),
        words=dict(row.words),
        source=row.source,
        checked_on=row.checked_on,
        confidence=row.confidence,
        valid_from=row.valid_from,
        version=row.version,
        origin=row.origin,
        retired=row.retired,
    )


def _closeness(rule: PlatformRule) -> int:
    return 4 * bool(rule.carriers) + 3 * bool(rule.reasons) + 2 * bool(rule.pleas) + bool(rule.markets)


def advised(rules: Sequence[PlatformRule]) -> tuple[str, ...]:
    """The codes an answer begins with: the closest two that are more than one unofficial word; how long goods may be sent back
    says something only where it was too late, so that is a person's to add.
    """
    fit = [
        one for one in rules if one.confidence is not Confidence.LOW and (one.topic is not Topic.RETURN or one.pleas)
    ]
    return tuple(one.code for one in fit)[:2]
