"""Changing rule cards: every change is a new version, and the one a case was opened under is kept as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from core.foundation import audit, edits
from core.foundation.clock import local_day
from core.foundation.errors import Duplicate, Invalid, WrongState
from core.foundation.gate import verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, RuleCard, Tag
from core.models.rule import Origin
from core.recovery.rule_cards.reads import Card, card_of, found
from core.recovery.rule_cards.terms import EDITABLE, IDENTITY, checked, read_field


@verb(Permission.RULE_EDIT)
def add_card(session: Session, *, actor: Actor, values: Mapping[str, Any], now: datetime) -> Card:
    """A new card, version 1. `values` holds `terms.IDENTITY` and `terms.EDITABLE`.

    Raises `Invalid` naming the field, `Duplicate` for a code that is taken.
    """
    card = checked(values, local_day(now, actor.zone))
    _known_carrier(session, card["carrier_code"])
    row = _insert(session, card, 1, actor, now)
    if row is None:
        raise Duplicate(_("There is a rule card with the code {code} already.", code=card["code"]), card["code"])
    after = {name: card[name] for name in (*IDENTITY, *EDITABLE)}
    audit.record(session, Tag.RULE_ADDED, actor=actor, now=now, subject=("rule_card", row.id), after=after)
    return card_of(row)


@verb(Permission.RULE_EDIT)
def edit_card(
    session: Session, code: str, *, actor: Actor, seen: Mapping[str, Any], typed: Mapping[str, Any], now: datetime
) -> Card:
    """A new version of the card with what was typed; the old one stays for the cases under it.

    `seen` holds the values the form showed. Nothing changed: the current version is given back and none is made. Raises
    `Invalid` naming the field, `Conflict` where somebody else changed the same field, `WrongState` for a retired card.
    """
    if unknown := set(typed) - set(EDITABLE):
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    row = _locked(session, code)
    if row.retired:
        raise WrongState(_("This rule card is retired."))
    current = _values(row)
    # Values are compared as they are stored, so that a form's words and lists are not mistaken for changes.
    today = local_day(now, actor.zone)
    whole = checked({**current, **typed}, today)
    was = {name: read_field(name, seen[name]) for name in typed if name in seen}
    changes = edits.merge(current, was, {name: whole[name] for name in typed})
    if not changes:
        return card_of(row)
    card = checked({**current, **changes}, today)
    if "carrier_code" in changes:
        _known_carrier(session, card["carrier_code"])
    row.superseded_at = now
    session.flush()
    made = _insert(session, card, row.version + 1, actor, now)
    if made is None:
        raise RuntimeError(f"version {row.version + 1} of {code} is there although the card was locked")
    audit.record(
        session,
        Tag.RULE_EDITED,
        actor=actor,
        now=now,
        subject=("rule_card", made.id),
        before={"code": code, "version": row.version, **{name: current[name] for name in changes}},
        after={"code": code, "version": made.version, **changes},
    )
    return card_of(made)


@verb(Permission.RULE_EDIT)
def retire_card(session: Session, code: str, *, actor: Actor, reason: str, now: datetime) -> Card:
    """Take a card out of use: claims under it go on, new ones no longer find it, and no seed brings it back."""
    row = _locked(session, code)
    if row.retired:
        raise WrongState(_("This rule card is retired."))
    said = reason.replace("\x00", "").strip()
    if not said:
        raise Invalid(_("Say why, in a few words."), "reason")
    row.retired = True
    session.flush()
    audit.record(
        session,
        Tag.RULE_RETIRED,
        actor=actor,
        now=now,
        subject=("rule_card", row.id),
        before={"code": code, "version": row.version},
        after={"retired": True, "reason": said[:1000]},
    )
    return card_of(row)


def proposed(session: Session, code: str, values: Mapping[str, Any], *, actor: Actor, now: datetime) -> Card:
    """The version that `edit_card` would make of the newest one with these fields, not saved (inner, for previews).

    Its `id` is 0. Raises `NotFound`, `Invalid` naming the field.
    """
    if unknown := set(values) - set(EDITABLE):
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    newest = select(RuleCard).where(RuleCard.code == code, RuleCard.superseded_at.is_(None))
    row = found(session.scalars(newest).one_or_none())
    whole = checked({**_values(row), **values}, local_day(now, actor.zone))
    version = row.version if whole == _values(row) else row.version + 1
    made = RuleCard(
        **whole,
        id=0,
        version=version,
        created_at=now,
        created_by=None,
        superseded_at=None,
        retired=row.retired,
        origin=Origin.HAND,
    )
    return card_of(made)


def _locked(session: Session, code: str) -> RuleCard:
    current = select(RuleCard).where(RuleCard.code == code, RuleCard.superseded_at.is_(None))
    return found(session.scalars(current.with_for_update().execution_options(populate_existing=True)).one_or_none())


def _values(row: RuleCard) -> dict[str, Any]:
    """The stored values as `checked` would write them, so that old spellings do not look like changes."""
    return checked({name: getattr(row, name) for name in (*IDENTITY, *EDITABLE)}, date.max)


def _insert(session: Session, card: Mapping[str, Any], version: int, actor: Actor, now: datetime) -> RuleCard | None:
    values = {
        **card,
        "version": version,
        "created_at": now,
        "created_by": actor.person_id,
        "retired": False,
        "origin": Origin.HAND,
    }
    return session.scalars(insert(RuleCard).values(values).on_conflict_do_nothing().returning(RuleCard)).one_or_none()


def _known_carrier(session: Session, code: str | None) -> None:
    if code is not None and session.scalar(select(Carrier.id).where(Carrier.code == code)) is None:
        raise Invalid(_("There is no carrier with the code “{code}”.", code=code), "carrier_code")
