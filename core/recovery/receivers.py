"""Receivers: what whoever gets a claim takes. Rows of `data/receivers.toml`; nothing here knows of packs."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from core.foundation import formats
from core.foundation.errors import Invalid
from core.foundation.formats import clauses, listed
from core.foundation.language import _, _n, current
from core.models import RuleCard
from core.models.incident import IncidentType
from core.models.rule import Confidence, FilingChannel

TABLE = Path(__file__).parent.parent / "data" / "receivers.toml"
GENERIC = {FilingChannel.PLATFORM: "portal", FilingChannel.DIRECT: "email", FilingChannel.FORWARDER: "email"}
"""Who is written to where no receiver belongs to the payer."""

MB = 1_000_000


@dataclass(frozen=True)
class Film:
    """What a receiver takes of films: bytes, seconds, endings."""

    max: int
    seconds: int
    types: tuple[str, ...]


@dataclass(frozen=True)
class Module:
    """One part of a receiver's form, and the kinds of evidence that belong there; the last one takes what is left."""

    code: str
    names: Mapping[str, str]
    kinds: tuple[str, ...]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names[current()]


@dataclass(frozen=True)
class Receiver:
    """One receiver's limits. Sizes in bytes, None where there is no limit; `ours` names those nobody published."""

    code: str
    names: Mapping[str, str]
    types: tuple[str, ...]
    one_file: bool
    file_max: int
    total_max: int | None
    count_max: int | None
    module_max: int | None
    modules: tuple[Module, ...]
    sendings: int | None
    video: Film | None
    name_max: int
    paper: bool
    sheet: bool
    forms: bool
    short_side: int
    ours: tuple[str, ...]
    source: str
    confidence: Confidence
    checked_on: date
    note: str
    match: Mapping[str, tuple[str, ...]]

    @property
    def name(self) -> str:
        """In the reader's language."""
        return self.names[current()]

    def takes(self, ending: str) -> bool:
        """Whether files of this ending (`jpg`) are taken as they are."""
        return ending in self.types

    def module_of(self, kind: str) -> str:
        """The module a kind of evidence belongs to; empty where the receiver has none."""
        for module in self.modules:
            if kind in module.kinds:
                return module.code
        return self.modules[-1].code if self.modules else ""

    def module_name(self, code: str) -> str:
        """What people call a module."""
        return next((module.name for module in self.modules if module.code == code), code)


@lru_cache(maxsize=1)
def receivers() -> Mapping[str, Receiver]:
    """Code → receiver, in the order they are offered."""
    with TABLE.open("rb") as file:
        data = tomllib.load(file)
    return {row["code"]: _receiver(row, data["checked_on"]) for row in data["receiver"]}


def receiver(code: str) -> Receiver:
    """One receiver. Raises `Invalid`."""
    found = receivers().get(code)
    if found is None:
        raise Invalid(_("There is no receiver “{code}”.", code=code), "receiver")
    return found


def advised(card: RuleCard, type_: IncidentType, payer_name: str = "") -> Receiver:
    """Whom a claim under this card goes to: the card's own receiver, else by payer, carrier and channel, else generic."""
    named = getattr(card, "receiver", None)
    if named and named in receivers():
        return receivers()[named]
    payer = (payer_name or card.payer_name).casefold()
    for one in receivers().values():
        if _belongs(one, card, payer, type_):
            return one
    return receivers()[GENERIC[card.channel]]


def in_order(first: Receiver) -> list[Receiver]:
    """All receivers, the advised one first."""
    return [first, *(one for one in receivers().values() if one.code != first.code)]


def limits(one: Receiver) -> str:
    """What it takes, in a sentence or two: types, sizes, counts."""
    said = [_types(one), _("{size} a file", size=megabytes(one.file_max))]
    if one.total_max and one.total_max != one.file_max:
        said.append(_("{size} in all", size=megabytes(one.total_max)))
    if one.count_max and not one.one_file:
        said.append(_n("{n} file", "{n} files", one.count_max))
    if one.module_max:
        said.append(_n("{n} picture a module", "{n} pictures a module", one.module_max))
    if one.video:
        film = _("films up to {size} and {n} s", size=megabytes(one.video.max), n=one.video.seconds)
        said.append(film)
    return clauses(said)


def _types(one: Receiver) -> str:
    names = [ending.upper() for ending in one.types]
    return _("one {types}", types=_(" or ").join(names)) if one.one_file else listed(names)


def megabytes(size: int) -> str:
    """`3 MB`, `0.4 MB`."""
    return _("{n} MB", n=formats.number(round(size / MB, 1)))


def _belongs(one: Receiver, card: RuleCard, payer: str, type_: IncidentType) -> bool:
    match = one.match
    if match["payer_kinds"] and card.payer_kind.value not in match["payer_kinds"]:
        return False
    if match["incidents"] and type_.value not in match["incidents"]:
        return False
    if match["channel"] and card.channel.value not in match["channel"]:
        return False
    by_name = any(payer.startswith(part) or f" {part}" in f" {payer}" for part in match["payers"])
    return by_name or (card.payer_kind.value == "carrier" and card.carrier_code in match["carriers"])


def _receiver(row: Mapping[str, Any], checked_on: date) -> Receiver:
    film = row.get("video")
    modules = tuple(
        Module(one["code"], {"en": one["en"], "zh-CN": one["zh-CN"]}, tuple(one["kinds"]))
        for one in row.get("modules", ())
    )
    return Receiver(
        code=row["code"],
        names={"en": row["en"], "zh-CN": row["zh-CN"]},
        types=tuple(row["types"]),
        one_file=row.get("one_file", False),
        file_max=row["file_max"],
        total_max=row.get("total_max"),
        count_max=row.get("count_max"),
        module_max=row.get("module_max"),
        modules=modules,
        sendings=row.get("sendings"),
        video=Film(film["max"], film["seconds"], tuple(film["types"])) if film else None,
        name_max=row.get("name_max", 80),
        paper=row.get("paper", False),
        sheet=row.get("sheet", False),
        forms=row.get("forms", False),
        short_side=row["short_side"],
        ours=tuple(row.get("ours", ())),
        source=row["source"],
        confidence=Confidence(row["confidence"]),
        checked_on=row.get("checked_on", checked_on),
        note=row.get("note", ""),
        match={
            name: tuple(row.get(name, ())) if not isinstance(row.get(name), str) else (row[name],)
            for name in ("payers", "payer_kinds", "incidents", "carriers", "channel")
        },
    )
