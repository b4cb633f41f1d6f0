"""The rules for the screen: how each stands today, how many answers rest on it, and every version it had."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation.errors import NotFound
from core.foundation.gate import read
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import AnswerDraft, DisputeAnswer, Person, PlatformRuleVersion
from core.models.platform_rule import Topic
from core.models.rule import Origin
from core.recovery.answers.rules.library import Library, library_of, rule_of
from core.recovery.answers.rules.values import PlatformRule, shipped


@dataclass(frozen=True)
class Standing:
    """How one rule stands. `rule` holds today, or is the newest there is; `coming` takes its place on a later day.

    `sent` answers went with it, `drafts` are being written with it. `newer`: the team's words stand in for Recoup's, and Recoup's
    changed since.
    """

    rule: PlatformRule
    coming: PlatformRule | None
    versions: int
    sent: int
    drafts: int
    newer: bool

    def due(self, today: date) -> bool:
        """Whether it is long since somebody looked at its source, for what holds or for what is to come."""
        return self.rule.due(today) and (self.coming is None or self.coming.due(today))

    @property
    def shipped(self) -> bool:
        """Whether Recoup ships a rule of this code."""
        return self.rule.code in shipped()


@dataclass(frozen=True)
class Version:
    """One version of a rule. `added_at` None: as it was shipped. `note` says why it was retired, `sent` how many answers rest on it."""

    rule: PlatformRule
    added_at: datetime | None
    added_by: str | None
    note: str
    sent: int


@read(Permission.PLATFORM_RULE_READ)
def list_rules(session: Session, *, actor: Actor, today: date) -> Sequence[Standing]:
    """Every rule, retired ones too, by topic; within one those for every market first."""
    library, sent, drafts = library_of(session), _sent(session), _drafts(session)
    by_code: Counter[str] = Counter()
    for (code, _version), n in sent.items():
        by_code[code] += n
    found = [_standing(library, code, today, by_code[code], drafts[code]) for code in library.versions]
    return sorted(found, key=lambda one: (list(Topic).index(one.rule.topic), sorted(one.rule.markets)))


@read(Permission.PLATFORM_RULE_READ)
def rule_versions(session: Session, code: str, *, actor: Actor) -> Sequence[Version]:
    """Every version of a rule, the newest first. Raises `NotFound`."""
    rows = session.execute(
        select(PlatformRuleVersion, Person.name)
        .outerjoin(Person, Person.id == PlatformRuleVersion.added_by)
        .where(PlatformRuleVersion.code == code)
    )
    kept = {row.version: (row, name) for row, name in rows}
    versions, sent = library_of(session).versions.get(code), _sent(session)
    if not versions:
        raise NotFound(_("There is no such rule."))
    return tuple(_told(one, kept.get(one.version), sent[code, one.version]) for one in versions)


def _standing(library: Library, code: str, today: date, sent: int, drafts: int) -> Standing:
    rows = library.versions[code]
    held, newest = library.holding(code, today), rows[0]
    coming = newest if held is not None and newest != held else None
    ours = next((one for one in rows if one.origin is Origin.SEED), None)
    newer = newest.origin is Origin.HAND and ours is not None and ours.says() != shipped()[code].says()
    return Standing(held or newest, coming, len(rows), sent, drafts, newer)


def _told(rule: PlatformRule, kept: tuple[PlatformRuleVersion, str | None] | None, sent: int) -> Version:
    if kept is None:
        return Version(rule, None, None, "", sent)
    row, name = kept
    # The first row of a shipped rule was written beside the team's version; nobody wrote its words then.
    as_shipped = row.origin is Origin.SEED and row.added_by is None
    return Version(rule_of(row), None if as_shipped else row.added_at, name, row.note, sent)


def _sent(session: Session) -> Counter[tuple[str, int]]:
    """How many answers went with each version of each rule. An answer from before rules had versions went with the shipped one."""
    each = select(func.jsonb_array_elements(DisputeAnswer.rules).label("rule")).subquery()
    code, version = each.c.rule.op("->>")("code").label("code"), each.c.rule.op("->>")("version").label("version")
    rows = session.execute(select(code, version, func.count()).group_by("code", "version"))
    found: Counter[tuple[str, int]] = Counter()
    for name, number, n in rows:
        found[name, int(number or 1)] += n
    return found


def _drafts(session: Session) -> Counter[str]:
    """How many answers are being written with each rule."""
    each = select(func.jsonb_array_elements_text(AnswerDraft.rules).label("code")).subquery()
    rows = session.execute(select(each.c.code, func.count()).group_by(each.c.code))
    return Counter({row[0]: row[1] for row in rows})
