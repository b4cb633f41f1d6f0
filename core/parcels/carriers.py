"""Carriers, and the spellings by which outside files name them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from core.foundation import audit
from core.foundation.edits import merge
from core.foundation.errors import Duplicate, Invalid, NotFound
from core.foundation.gate import read, verb
from core.foundation.language import _
from core.foundation.permissions import Actor, Permission
from core.models import Carrier, CarrierAlias, Tag

P = Permission

EDITABLE = ("name", "website", "phone", "active")
"""What `edit_carrier` changes. The code stays: rule cards name it."""

LONGEST_NAME = 80
_CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class CarrierRow:
    """A carrier as lists show it, with every spelling that means it (folded, in order)."""

    id: int
    code: str
    name: str
    website: str | None
    phone: str | None
    active: bool
    aliases: tuple[str, ...]


def fold(text: str) -> str:
    """A spelling as aliases are kept and compared: composed Unicode, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", text.replace("\x00", "")).casefold().split())


@read(P.CARRIER_READ)
def list_carriers(session: Session, *, actor: Actor, active: bool | None = None) -> list[CarrierRow]:
    """Every carrier by name, active ones first; only the active or only the closed when asked."""
    query = select(Carrier).order_by(Carrier.active.desc(), func.lower(Carrier.name))
    if active is not None:
        query = query.where(Carrier.active.is_(active))
    names: dict[int, list[str]] = {}
    for alias in session.scalars(select(CarrierAlias).order_by(CarrierAlias.alias)):
        names.setdefault(alias.carrier_id, []).append(alias.alias)
    return [_row(one, names.get(one.id, [])) for one in session.scalars(query)]


@read(P.CARRIER_READ)
def get_carrier(session: Session, carrier_id: int, *, actor: Actor) -> CarrierRow:
    """One carrier. Raises `NotFound`."""
    return _row(_found(session.get(Carrier, carrier_id)), _aliases(session, carrier_id))


@verb(P.CARRIER_EDIT)
def add_carrier(
    session: Session,
    *,
    actor: Actor,
    code: str,
    name: str,
    website: str = "",
    phone: str = "",
    now: datetime,
) -> CarrierRow:
    """A new carrier; its name is its first spelling. Raises `Invalid`, and `Duplicate` for a taken code or name."""
    values = _checked({"code": code, "name": name, "website": website, "phone": phone})
    _unused(session, values)
    carrier = Carrier(**values)
    session.add(carrier)
    session.flush()
    taken = session.get(CarrierAlias, fold(values["name"]))
    if taken is None:
        session.add(CarrierAlias(alias=fold(values["name"]), carrier_id=carrier.id))
        session.flush()
    audit.record(session, Tag.CARRIER_ADDED, actor=actor, now=now, subject=("carrier", carrier.id), after=values)
    return _row(carrier, _aliases(session, carrier.id))


@verb(P.CARRIER_EDIT)
def edit_carrier(
    session: Session,
    carrier_id: int,
    *,
    actor: Actor,
    seen: Mapping[str, Any],
    typed: Mapping[str, Any],
    now: datetime,
) -> CarrierRow:
    """Change `EDITABLE` fields. `seen` is what the form showed, `typed` what came back; `Conflict` where both moved one."""
    if unknown := set(typed) - set(EDITABLE):
        raise Invalid(_("These fields cannot be edited here: {fields}.", fields=", ".join(sorted(unknown))))
    carrier = _locked(session, carrier_id)
    changes = merge({name: getattr(carrier, name) for name in EDITABLE}, seen, _checked(typed))
    if changes:
        _unused(session, changes, but=carrier.id)
        before = {name: getattr(carrier, name) for name in changes}
        for name, value in changes.items():
            setattr(carrier, name, value)
        session.flush()
        _written(session, carrier, actor, now, before, changes)
    return _row(carrier, _aliases(session, carrier.id))


@verb(P.CARRIER_EDIT)
def set_aliases(
    session: Session,
    carrier_id: int,
    *,
    actor: Actor,
    aliases: list[str],
    now: datetime,
) -> CarrierRow:
    """Say by which spellings files call a carrier, all of them. Raises `Duplicate` for one that means another carrier."""
    carrier = _locked(session, carrier_id)
    wanted = sorted({folded for text in aliases if (folded := fold(text))})
    if too_long := next((one for one in wanted if len(one) > 200), None):
        raise Invalid(_("“{text}” is too long for a carrier's name.", text=too_long[:40]), "aliases")
    others = session.execute(
        select(CarrierAlias.alias, Carrier.name)
        .join(Carrier, Carrier.id == CarrierAlias.carrier_id)
        .where(CarrierAlias.alias.in_(wanted), CarrierAlias.carrier_id != carrier_id)
    ).first()
    if others is not None:
        raise Duplicate(_("“{alias}” already means {carrier}.", alias=others.alias, carrier=others.name), others.name)
    before = _aliases(session, carrier_id)
    if wanted != before:
        session.execute(
            delete(CarrierAlias).where(CarrierAlias.carrier_id == carrier_id, CarrierAlias.alias.not_in(wanted))
        )
        session.add_all(CarrierAlias(alias=one, carrier_id=carrier_id) for one in wanted if one not in before)
        session.flush()
        _written(session, carrier, actor, now, {"aliases": before}, {"aliases": wanted})
    return _row(carrier, wanted)


def _written(
    session: Session, carrier: Carrier, actor: Actor, now: datetime, before: Mapping[str, Any], after: Mapping[str, Any]
) -> None:
    audit.record(
        session,
        Tag.CARRIER_EDITED,
        actor=actor,
        now=now,
        subject=("carrier", carrier.id),
        before={"carrier": carrier.name, **before},
        after=after,
    )


def _row(carrier: Carrier, aliases: list[str]) -> CarrierRow:
    return CarrierRow(
        carrier.id, carrier.code, carrier.name, carrier.website, carrier.phone, carrier.active, tuple(aliases)
    )


def _aliases(session: Session, carrier_id: int) -> list[str]:
    query = select(CarrierAlias.alias).where(CarrierAlias.carrier_id == carrier_id).order_by(CarrierAlias.alias)
    return sorted(session.scalars(query))


def _found(carrier: Carrier | None) -> Carrier:
    if carrier is None:
        raise NotFound(_("There is no such carrier."))
    return carrier


def _locked(session: Session, carrier_id: int) -> Carrier:
    return _found(session.get(Carrier, carrier_id, with_for_update=True, populate_existing=True))


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are stored. Raises `Invalid` with the field's name."""
    found: dict[str, Any] = {}
    for field, value in values.items():
        if field == "active":
            found[field] = bool(value)
            continue
        text = " ".join(str(value or "").replace("\x00", "").split())
        if field == "code":
            text = text.lower()
            if not _CODE.fullmatch(text) or len(text) > 40:
                raise Invalid(_("A carrier's code has small letters, digits and dashes, like ninja-van."), "code")
        elif field == "name" and not 1 <= len(text) <= LONGEST_NAME:
            raise Invalid(_("A carrier's name has 1 to {n} characters.", n=LONGEST_NAME), "name")
        elif field == "website" and text and not re.fullmatch(r"https?://[^\s]{3,200}", text):
            raise Invalid(_("A website starts with https://."), "website")
        elif field == "phone" and len(text) > 60:
            raise Invalid(_("A phone number has at most 60 characters."), "phone")
        found[field] = text or None
    return found


def _unused(session: Session, values: Mapping[str, Any], but: int = 0) -> None:
    if code := values.get("code"):
        taken = session.scalar(select(Carrier.name).where(Carrier.code == code))
        if taken is not None:
            raise Duplicate(_("The code {code} is {carrier}'s.", code=code, carrier=taken), taken)
    if name := values.get("name"):
        taken = session.scalar(select(Carrier.name).where(func.lower(Carrier.name) == name.lower(), Carrier.id != but))
        if taken is not None:
            raise Duplicate(_("There is a carrier called {name} already.", name=taken), taken)
