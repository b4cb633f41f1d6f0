"""Writing rules: each change is a new version. What was sent keeps the version it rested on; what is being written uses today's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.foundation import audit, edits
from core.foundation.clock import local_day
from core.foundation.errors import Invalid, NotFound, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.foundation.texts import checked as checked_text
from core.models import Carrier, PlatformRuleVersion, Tag
from core.models.rule import Origin
from core.recovery.answers.rules.library import library_of, rule_of
from core.recovery.answers.rules.terms import PLAIN, checked, fields, spoken, values_of
from core.recovery.answers.rules.values import PlatformRule, shipped

OWN = "team-"
"""How the codes of the team's own rules begin; no shipped one does."""
LONGEST_WHY = 300


@verb(Permission.PLATFORM_RULE_EDIT)
def add_rule(session: Session, *, actor: Actor, values: Mapping[str, Any], now: datetime) -> PlatformRule:
    """A rule of the team's own, version 1; its code is made here. `values` holds the fields of `terms.fields`.

    Raises `Invalid` naming the field.
    """
    clean = checked(values)
    _day_of(clean["checked_on"], actor, now)
    _carriers(session, clean["carriers"])
    _one_at_a_time(session, OWN)
    used = session.scalars(select(PlatformRuleVersion.code).where(PlatformRuleVersion.code.startswith(OWN)).distinct())
    code = f"{OWN}{max((int(one.removeprefix(OWN)) for one in used), default=0) + 1}"
    made = _write(session, _rule(code, clean), actor=actor, now=now)
    _record(session, Tag.PLATFORM_RULE_ADDED, made, actor, now)
    return rule_of(made)


@verb(Permission.PLATFORM_RULE_EDIT)
def edit_rule(
    session: Session, code: str, *, actor: Actor, seen: Mapping[str, Any], typed: Mapping[str, Any], now: datetime
) -> PlatformRule:
    """A new version of a rule, shipped ones too, with what was typed. `seen` holds the fields as the form showed them.

    Nothing changed: the newest version is given back and none is made. Raises `NotFound`, `WrongState` for a retired rule,
    `Invalid` naming the field, `Conflict` where somebody else changed the same field.
    """
    if unknown := set(typed) - set(fields()):
        raise Invalid(_("{field} cannot be changed here.", field=", ".join(sorted(unknown))))
    newest = _newest(session, code)
    if newest.retired:
        raise WrongState(_("This rule is retired. Bring it back first."))
    current = values_of(newest)
    whole = checked({**current, **typed})
    was = {name: seen[name] for name in typed if name in seen}
    changes = edits.merge(current, was, {name: whole[name] for name in typed})
    if not changes:
        return newest
    clean = checked({**current, **changes})
    if "checked_on" in changes:
        _day_of(clean["checked_on"], actor, now)
    _carriers(session, set(clean["carriers"]) - newest.carriers)
    made = _follow(session, newest, _rule(code, clean), actor=actor, now=now)
    _record(session, Tag.PLATFORM_RULE_EDITED, made, actor, now, before={name: current[name] for name in changes})
    return rule_of(made)


@verb(Permission.PLATFORM_RULE_EDIT)
def retire_rule(session: Session, code: str, *, actor: Actor, why: str, now: datetime) -> PlatformRule:
    """Take a rule out of use: no answer can rest on it from now on; those that went keep it. Raises `NotFound`, `WrongState` when
    it was, `Invalid` naming `why`.
    """
    newest = _newest(session, code)
    if newest.retired:
        raise WrongState(_("This rule is retired already."))
    said = checked_text(why, LONGEST_WHY, "why")
    if not said:
        raise Invalid(_("Say why, in a few words."), "why")
    made = _follow(session, newest, replace(newest, retired=True), actor=actor, now=now, note=said)
    _record(session, Tag.PLATFORM_RULE_RETIRED, made, actor, now)
    return rule_of(made)


@verb(Permission.PLATFORM_RULE_EDIT)
def bring_rule_back(session: Session, code: str, *, actor: Actor, now: datetime) -> PlatformRule:
    """Use a retired rule again, as it read last. Raises `NotFound`, `WrongState` for one in use."""
    newest = _newest(session, code)
    if not newest.retired:
        raise WrongState(_("This rule is in use already."))
    made = _follow(session, newest, replace(newest, retired=False), actor=actor, now=now)
    _record(session, Tag.PLATFORM_RULE_RESTORED, made, actor, now)
    return rule_of(made)


@verb(Permission.PLATFORM_RULE_EDIT)
def use_shipped(session: Session, code: str, *, actor: Actor, now: datetime) -> PlatformRule:
    """Use Recoup's own words of a shipped rule again; from then on it follows what Recoup ships. Raises `NotFound` for a rule of the
    team's own, `WrongState` where it is Recoup's already, or retired.
    """
    newest, ours = _newest(session, code), shipped().get(code)
    if ours is None:
        raise NotFound(_("There is no such rule."))
    if newest.retired:
        raise WrongState(_("This rule is retired. Bring it back first."))
    if newest.origin is Origin.SEED:
        raise WrongState(_("This rule reads as Recoup's already."))
    made = _follow(session, newest, ours, actor=actor, now=now)
    _record(session, Tag.PLATFORM_RULE_EDITED, made, actor, now)
    return rule_of(made)


def _newest(session: Session, code: str) -> PlatformRule:
    """The newest version of a rule, nobody else writing one until the end of the transaction."""
    _one_at_a_time(session, code)
    rows = library_of(session).versions.get(code)
    if not rows:
        raise NotFound(_("There is no such rule."))
    return rows[0]


def _follow(
    session: Session, newest: PlatformRule, next_one: PlatformRule, *, actor: Actor, now: datetime, note: str = ""
) -> PlatformRuleVersion:
    """Write the version after the newest; a shipped one becomes a row before it, so that what was replaced stays in the history."""
    stored = select(PlatformRuleVersion.id).where(
        PlatformRuleVersion.code == newest.code, PlatformRuleVersion.version == newest.version
    )
    if session.scalar(stored) is None:
        _write(session, newest, actor=None, now=now)
    return _write(session, replace(next_one, version=newest.version + 1), actor=actor, now=now, note=note)


def _rule(code: str, values: Mapping[str, Any]) -> PlatformRule:
    """The team's own version of checked fields."""
    return PlatformRule(
        code=code,
        topic=values["topic"],
        markets=frozenset(values["markets"]),
        reasons=frozenset(values["reasons"]),
        pleas=frozenset(values["pleas"]),
        carriers=frozenset(values["carriers"]),
        words=spoken(values),
        source=values["source"],
        checked_on=values["checked_on"],
        confidence=values["confidence"],
        valid_from=values["valid_from"],
        origin=Origin.HAND,
    )


def _write(
    session: Session, rule: PlatformRule, *, actor: Actor | None, now: datetime, note: str = ""
) -> PlatformRuleVersion:
    values = values_of(rule)
    made = PlatformRuleVersion(
        code=rule.code,
        version=rule.version,
        words=dict(rule.words),
        retired=rule.retired,
        note=note,
        origin=rule.origin,
        added_at=now,
        added_by=None if actor is None else actor.person_id,
        **{name: values[name] for name in PLAIN},
    )
    session.add(made)
    session.flush()
    return made


def _day_of(checked_on: date, actor: Actor, now: datetime) -> None:
    if checked_on > local_day(now, actor.zone):
        raise Invalid(_("Nobody can have looked at it on a day to come."), "checked_on")


def _carriers(session: Session, codes: Iterable[str]) -> None:
    wanted = set(codes)
    known = set(session.scalars(select(Carrier.code).where(Carrier.code.in_(wanted)))) if wanted else set()
    if unknown := wanted - known:
        raise Invalid(_("There is no carrier with the code “{code}”.", code=min(unknown)), "carriers")


def _one_at_a_time(session: Session, code: str) -> None:
    """Until the end of the transaction nobody else writes a version of this rule."""
    name = f"recoup platform rule {code}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def _record(
    session: Session,
    tag: Tag,
    made: PlatformRuleVersion,
    actor: Actor,
    now: datetime,
    before: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    after = {"code": made.code, "version": made.version, "words": made.words, "source": made.source}
    told = {name: getattr(made, name) for name in before if name in PLAIN}
    audit.record(
        session,
        tag,
        actor=actor,
        now=now,
        subject=("platform_rule", made.id),
        before=dict(before),
        after={**after, **told, **({"reason": made.note} if made.note else {})},
    )
