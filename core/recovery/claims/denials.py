"""Denials by code: what each means, what it says is missing, and how often it was reversed.

The codes are rows of `data/denial_codes.toml`. A reversal rate counts claims: of those a payer denied with a code and that
were appealed, how many it then granted more.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, aliased

from core.foundation.errors import Invalid
from core.foundation.gate import read
from core.foundation.intervals import Interval, wilson
from core.foundation.language import _, current
from core.foundation.permissions import Actor, Permission
from core.models import Claim, ClaimStep

TABLE = Path(__file__).parents[2] / "data" / "denial_codes.toml"


@dataclass(frozen=True)
class DenialCode:
    """One reason of a payer. `missing` are the evidence kinds it says are lacking; name, meaning and answer are told in
    the reader's language.
    """

    code: str
    missing: tuple[str, ...]
    source: str
    confidence: str
    words: dict[str, dict[str, str]]

    @property
    def name(self) -> str:
        """What the payer says, in few words."""
        return self.words["name"][current()]

    @property
    def meaning(self) -> str:
        """What is behind it."""
        return self.words["meaning"][current()]

    @property
    def answer(self) -> str:
        """How it is usually answered."""
        return self.words["answer"][current()]


@lru_cache(maxsize=1)
def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


@lru_cache(maxsize=1)
def denial_codes() -> dict[str, DenialCode]:
    """Every code, in the order they are offered."""
    return {
        row["code"]: DenialCode(
            row["code"],
            tuple(row["missing"]),
            row["source"],
            row["confidence"],
            {part: {"en": row[part], "zh-CN": row[f"{part}_zh"]} for part in ("name", "meaning", "answer")},
        )
        for row in _table()["code"]
    }


def denial_name(code: str) -> str:
    """A code in words; one that is not known is shown as it is."""
    found = denial_codes().get(code)
    return code if found is None else found.name


def checked_code(code: str | None, *, needed: bool) -> str | None:
    """The code as it is kept. Raises `Invalid` for one that does not exist, or none where one is `needed`."""
    if not code:
        if needed:
            raise Invalid(_("Choose why the payer denied it: the appeal starts from it."), "denial_code")
        return None
    if code not in denial_codes():
        raise Invalid(_("There is no denial code “{code}”.", code=code), "denial_code")
    return code


@dataclass(frozen=True)
class Reversal:
    """How denials with a code went, of one payer or (`payer` None) of all: claims denied, appealed, and reversed, that
    is, granted more after the appeal. Of appeals that are not answered yet nothing is known: they are in `waiting`.
    """

    code: str
    payer: str | None
    denied: int
    appealed: int
    waiting: int
    reversed: int

    @property
    def n(self) -> int:
        """Appeals with an answer: what the rate is of."""
        return self.appealed - self.waiting

    @property
    def told(self) -> bool:
        """Whether there are enough answered appeals to name a rate."""
        return self.n >= least_appeals()

    @property
    def rate(self) -> float | None:
        """The share of answered appeals that were granted more; None below the minimum."""
        return self.reversed / self.n if self.told else None

    @property
    def interval(self) -> Interval | None:
        """The rate's 95 % interval, Wilson's; None below the minimum."""
        return wilson(self.reversed, self.n) if self.told else None


def least_appeals() -> int:
    """How many answered appeals a rate needs to be told."""
    return int(_table()["least_appeals"])


@read(Permission.CLAIM_READ)
def reversals(session: Session, *, actor: Actor, code: str | None = None, payer: str | None = None) -> list[Reversal]:
    """Denials by code × payer, of one code or payer if given; the most denied first.

    A claim denied twice with one code counts once, by its first denial. Answered means: a later answer or the claim's end.
    """
    return [Reversal(row.code, row.payer, *_counts(row)) for row in session.execute(_statement(code, payer, True))]


@read(Permission.CLAIM_READ)
def reversal(session: Session, code: str, payer: str, *, actor: Actor) -> Reversal:
    """The figures of a code for one payer; where they are too few to tell a rate, those of all payers together."""
    for one, of_payer in ((payer, True), (None, False)):
        row = session.execute(_statement(code, one, of_payer)).one_or_none()
        if row is not None:
            found = Reversal(code, one, *_counts(row))
            if found.told or one is None:
                return found
    return Reversal(code, None, 0, 0, 0, 0)


def _counts(row: Any) -> tuple[int, int, int, int]:
    return row.denied, row.appealed, row.waiting, row.turned


def _statement(code: str | None, payer: str | None, by_payer: bool) -> Any:
    """One row per code (and payer): claims denied, appealed after it, waiting for the answer, granted more."""
    step, appeal, answer = aliased(ClaimStep), aliased(ClaimStep), aliased(ClaimStep)
    first = (
        select(
            step.claim_id,
            step.denial_code,
            func.min(step.id).label("id"),
        )
        .where(step.denial_code.is_not(None))
        .group_by(step.claim_id, step.denial_code)
    )
    if code is not None:
        first = first.where(step.denial_code == code)
    denied = first.subquery("denied")
    at = (
        select(func.min(appeal.id))
        .where(appeal.claim_id == denied.c.claim_id, appeal.action == "appeal", appeal.id > denied.c.id)
        .scalar_subquery()
    )
    of = select(
        denied.c.denial_code,
        denied.c.claim_id,
        Claim.payer_name,
        at.label("appeal"),
        func.coalesce(select(ClaimStep.amount).where(ClaimStep.id == denied.c.id).scalar_subquery(), 0).label("before"),
    ).join(Claim, Claim.id == denied.c.claim_id)
    if payer is not None:
        of = of.where(Claim.payer_name == payer)
    rows = of.subquery("rows")
    after = and_(answer.claim_id == rows.c.claim_id, answer.id > rows.c.appeal)
    granted = answer.action.in_(["approve", "partly_approve", "accept_offer"])
    ended = answer.action.in_(["approve", "partly_approve", "accept_offer", "reject", "withdraw", "close"])
    turned = exists().where(after, granted, answer.amount > rows.c.before)
    answered = exists().where(after, ended)
    appealed = rows.c.appeal.is_not(None)
    columns = [rows.c.denial_code.label("code"), *([rows.c.payer_name.label("payer")] if by_payer else [])]
    return (
        select(
            *columns,
            func.count().label("denied"),
            func.count().filter(appealed).label("appealed"),
            func.count().filter(appealed & ~answered).label("waiting"),
            func.count().filter(appealed & turned).label("turned"),
        )
        .group_by(*[column.element for column in columns])
        .order_by(func.count().desc(), *[column.element for column in columns])
    )
